"""The way from each origin to its nearest site: over the streets, else along a straight line."""

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from knr_gis.analyses.inputs import Mask, Numbers
from knr_gis.network import Network, build_network, edge_seconds
from knr_gis.overlay import Shapes
from knr_gis.routing import Field, Reach, travel_from
from knr_gis.snapping import snap

NETWORK, STRAIGHT = "network", "straight_line"
FOUND, NO_ROUTE, FAR, EXCLUDED = "found", "no_route", "far_from_road", "excluded"
# A straight line over a lake is no way; so many of the nearest sites are looked at beyond it.
_CANDIDATES = 20
_MPS_TO_KMH = 3.6


@dataclass(frozen=True)
class Walking:
    """
    How people walk.

    Parameters
    ----------
    detour_factor
        Multiplies straight lines where there are no streets.
    snap_limit_m
        Farthest distance from a place to its street.
    """

    speed_mps: float
    detour_factor: float
    snap_limit_m: float


@dataclass(frozen=True)
class Ways:
    """
    The nearest site of each origin.

    Parameters
    ----------
    state
        Shape (n,): ``found``, ``no_route``, ``far_from_road`` or ``excluded``.
    site
        Shape (n,): position of the site; -1 unless found.
    distance_m
        Shape (n,): the whole way, from the origin to the door; NaN unless found.
    snap_m
        Shape (n,): of it, to the first street; NaN for straight lines.
    lines
        Shape (n,): the way drawn, None unless found.
    method
        ``network`` or ``straight_line``.
    site_far
        Shape (m,): sites too far from any street for anybody to be sent there.
    """

    state: NDArray[np.object_]
    site: NDArray[np.intp]
    distance_m: Numbers
    snap_m: Numbers
    lines: Shapes
    method: str
    site_far: Mask


def walkable(roads: gpd.GeoDataFrame | None) -> Network | None:
    """Return the walking network, or None where there is no street that can be walked."""
    if roads is None or roads.empty:
        return None
    network = build_network(roads, mode="walk")
    return network if len(network) else None


def nearest_sites(
    origins: Shapes,
    sites: Shapes,
    network: Network | None,
    *,
    exclusion: BaseGeometry | None,
    walking: Walking,
) -> Ways:
    """
    Return the nearest site of each origin.

    Parameters
    ----------
    origins, sites
        Points in metres, shapes (n,) and (m,).
    network
        None: straight lines times the detour factor.
    exclusion
        Area where nobody walks (islands, lakes): origins in it are ``excluded``, straight lines
        across it are no ways.
    """
    barred = _inside(origins, exclusion)
    if network is None:
        ways = _straight(origins, sites, exclusion, walking.detour_factor)
    else:
        ways = _over_streets(origins, sites, network, walking)
    return _without(ways, barred)


def _inside(points: Shapes, exclusion: BaseGeometry | None) -> Mask:
    if exclusion is None or exclusion.is_empty:
        return np.zeros(len(points), dtype=bool)
    shapely.prepare(exclusion)
    return np.asarray(shapely.intersects(exclusion, points))


def _without(ways: Ways, barred: Mask) -> Ways:
    """Return the ways, origins that nobody walks from set apart."""
    lines = ways.lines.copy()
    lines[barred] = None
    return replace(
        ways,
        state=np.where(barred, EXCLUDED, ways.state).astype(object),
        site=np.where(barred, -1, ways.site),
        distance_m=np.where(barred, np.nan, ways.distance_m),
        snap_m=np.where(barred, np.nan, ways.snap_m),
        lines=lines,
    )


def _over_streets(origins: Shapes, sites: Shapes, network: Network, walking: Walking) -> Ways:
    """One search from all sites outward over the streets, each origin and site on its nearest street."""
    starts = snap(network, shapely.get_coordinates(origins), limit_m=walking.snap_limit_m)
    ends = snap(network, shapely.get_coordinates(sites), limit_m=walking.snap_limit_m)
    cost = edge_seconds(network, speed_kmh=walking.speed_mps * _MPS_TO_KMH)
    access = np.nan_to_num(ends.distance_m) / walking.speed_mps
    field = travel_from(network, ends, starts, cost_s=cost, access_s=access)
    found = field.status == Reach.REACHED
    door = np.append(ends.distance_m, np.nan)[field.source]
    state = np.where(found, FOUND, np.where(field.status == Reach.FAR, FAR, NO_ROUTE)).astype(object)
    return Ways(
        state=state,
        site=np.where(found, field.source, -1),
        distance_m=np.where(found, field.length_m + starts.distance_m + door, np.nan),
        snap_m=starts.distance_m,
        lines=_street_lines(origins, sites, field, found),
        method=NETWORK,
        site_far=~ends.reached,
    )


def _street_lines(origins: Shapes, sites: Shapes, field: Field, found: Mask) -> Shapes:
    """Return the ways drawn from the origin itself to the door of the site."""
    lines = np.full(len(origins), None, dtype=object)
    for k in np.flatnonzero(found):
        way = field.path(int(k)).line
        ends = sites[field.source[k]]
        inner = [] if way is None else list(way.coords)
        lines[k] = LineString([origins[k].coords[0], *inner, ends.coords[0]])
    return lines


def _straight(origins: Shapes, sites: Shapes, exclusion: BaseGeometry | None, factor: float) -> Ways:
    """Look at the nearest sites in turn; the first whose straight line is free is taken."""
    n, count = len(origins), min(_CANDIDATES, len(sites))
    site, distance = np.full(n, -1, dtype=np.intp), np.full(n, np.nan)
    lines = np.full(n, None, dtype=object)
    if n and count:
        tree = cKDTree(shapely.get_coordinates(sites))
        near, order = tree.query(shapely.get_coordinates(origins), k=[*range(1, count + 1)])
        for rank in range(count):
            open_ = np.flatnonzero(site < 0)
            drawn = _lines(origins[open_], sites[order[open_, rank]])
            free = ~_inside(drawn, exclusion)
            taken = open_[free]
            site[taken], distance[taken] = order[taken, rank], near[taken, rank] * factor
            lines[taken] = drawn[free]
    state = np.where(site >= 0, FOUND, NO_ROUTE).astype(object)
    return Ways(state, site, distance, np.full(n, np.nan), lines, STRAIGHT, np.zeros(len(sites), dtype=bool))


def _lines(first: Shapes, second: Shapes) -> Shapes:
    ends = np.stack([shapely.get_coordinates(first), shapely.get_coordinates(second)], axis=1)
    return np.asarray(shapely.linestrings(ends), dtype=object)
