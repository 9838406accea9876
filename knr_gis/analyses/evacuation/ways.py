"""The way from each origin to safety: over the streets, else over the terrain."""

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from knr_gis.analyses.evacuation.exits import danger_stretches, find_exits, goal_rows, safe_at, with_spans
from knr_gis.analyses.evacuation.scenario import Scenario
from knr_gis.analyses.evacuation.walking import add_entries, broken, edge_times, layer_closed, snowed_in
from knr_gis.analyses.inputs import Mask, Numbers, is_true
from knr_gis.analyses.inundation import Inundation
from knr_gis.grid import Grid
from knr_gis.network import Network, build_network
from knr_gis.overlay import Shapes
from knr_gis.routing import Field, Reach, travel_from
from knr_gis.snapping import Snap, join_snaps, snap

NETWORK, TERRAIN = "network", "terrain"
FOUND, NO_ROUTE, FAR, EXCLUDED = "found", "no_route", "far_from_road", "excluded"
SITE_GOAL, EXIT_GOAL, HERE = "site", "exit", "here"
_SAME_M = 1e-6


@dataclass(frozen=True)
class Streets:
    """
    The walking network of a scenario.

    Parameters
    ----------
    base
        All streets that can be walked: where places meet the network.
    network
        The same edges, those closed by snow set apart; what is searched.
    seconds
        Shape (2, E) of ``network``; infinite = closed.
    exits
        Where the streets leave the danger; empty where these are no goals.
    closed
        Shape (E,) of ``base``: edges closed by snow.
    fallen
        Shape (E,) of ``base``: edges of fallen bridges.
    wet
        Shape (E,) of ``base``: edges of which some stretch lies in danger.
    entry
        Shape (E,) of ``base``: the edge of ``network`` on which a closed street is walked into, to a site on
        it; -1 where open.
    whole
        Shape (E,) of ``base``: edges that lie in danger from end to end, bridges that begin in it among them.
    """

    base: Network
    network: Network
    seconds: Numbers
    exits: Snap
    closed: Mask
    fallen: Mask
    wet: Mask
    entry: NDArray[np.int64]
    whole: Mask


@dataclass(frozen=True)
class Ways:
    """
    The nearest safety of each origin.

    Parameters
    ----------
    state
        Shape (n,): ``found``, ``no_route``, ``far_from_road`` or ``excluded``.
    goal
        Shape (n,): ``site``, ``exit``, ``here`` (safe where it stands), empty unless found.
    site
        Shape (n,): position of the site; -1 where the goal is none.
    seconds, distance_m
        Shape (n,): the whole way, from the origin to the door; NaN unless found.
    snap_m
        Shape (n,): of it, to the first street; NaN where there are no streets.
    lines
        Shape (n,): the way drawn, None unless found.
    method
        ``network`` or ``terrain``.
    site_far
        Shape (m,): sites too far from any street for anybody to be sent there.
    field
        The search over the streets, for the times of the streets themselves; None without streets.
    """

    state: NDArray[np.object_]
    goal: NDArray[np.object_]
    site: NDArray[np.intp]
    seconds: Numbers
    distance_m: Numbers
    snap_m: Numbers
    lines: Shapes
    method: str
    site_far: Mask
    field: Field | None = None


def make_streets(
    roads: gpd.GeoDataFrame | None, scenario: Scenario, inundation: Inundation, elevation: Grid | None
) -> Streets | None:
    """Return the walking network of a scenario, or None where there is no street that can be walked."""
    if roads is None or roads.empty:
        return None
    base = build_network(roads, mode="walk")
    if not len(base):
        return None
    snow = snowed_in(roads, scenario)[base.road]
    fallen = broken(base, roads, scenario, inundation)
    seconds = edge_times(base, roads, scenario, elevation)
    seconds = np.where(snow, seconds / max(scenario.snow_closed_speed_factor, 1e-9), seconds)
    if scenario.snow_closed_speed_factor == 0:
        seconds[:, snow] = np.inf
    seconds[:, fallen] = np.inf
    network, seconds, entry = _layered(base, snow, seconds)
    rows = goal_rows(inundation, scenario.goal_depth_m)
    stretches = with_spans(
        danger_stretches(base, inundation, rows), base, is_true(roads, "bridge")[base.road]
    )
    found = find_exits(base, stretches, inundation, rows, shut=fallen, closed=snow)
    exits = found if scenario.use_exits else found.take([])
    wet = np.zeros(len(base), dtype=bool)
    wet[stretches.edge] = True
    whole = np.zeros(len(base), dtype=bool)
    whole[stretches.edge[(stretches.start < _SAME_M) & (stretches.end > 1 - _SAME_M)]] = True
    return Streets(base, network, seconds, exits, snow, fallen, wet, entry, whole)


def _layered(base: Network, snow: Mask, seconds: Numbers) -> tuple[Network, Numbers, NDArray[np.int64]]:
    """Return the network with closed streets set apart, its times, and the entry of each closed edge."""
    if not snow.any():
        return base, seconds, np.full(len(base), -1, dtype=np.int64)
    network, entry = add_entries(layer_closed(base, snow), base, snow)
    times = np.zeros((2, len(network)))
    times[:, : len(base)] = seconds
    times[:, entry[snow]] = seconds[:, snow]
    return network, times, entry


def over_streets(
    origins: Shapes, sites: Shapes, streets: Streets, scenario: Scenario, inundation: Inundation
) -> Ways:
    """Return the ways over the streets, drawn."""
    ways = times_over_streets(origins, sites, streets, scenario=scenario, inundation=inundation)
    if ways.field is None:
        return ways
    ends = np.full((len(origins), 2), np.nan)  # a way out of the zone ends on the street
    at_site = ways.goal == SITE_GOAL
    ends[at_site] = shapely.get_coordinates(sites)[ways.site[at_site]]
    return replace(ways, lines=ways.field.lines_between(shapely.get_coordinates(origins), ends))


def times_over_streets(
    origins: Shapes, sites: Shapes, streets: Streets, *, scenario: Scenario, inundation: Inundation
) -> Ways:
    """
    Return the ways without lines: one search from all safety outward, each place on its nearest street.

    For places by the hundred thousand, where drawing every way would take minutes.
    """
    speed, limit = scenario.access_speed_mps, scenario.snap_limit_m
    starts = snap_open(streets, shapely.get_coordinates(origins), shut=streets.fallen, limit_m=limit)
    doors, owner = site_doors(streets, shapely.get_coordinates(sites), limit)
    goals = join_snaps([doors, streets.exits, _already_out(starts, streets, scenario, inundation)])
    way_m = np.append(np.nan_to_num(doors.distance_m), np.zeros(len(goals) - len(doors)))
    field = travel_from(streets.network, goals, starts, cost_s=streets.seconds, access_s=way_m / speed)
    found = field.status == Reach.REACHED
    at_site = found & (field.source < len(doors))
    last_m = np.append(way_m, np.nan)[field.source]
    return Ways(
        state=np.where(found, FOUND, np.where(field.status == Reach.FAR, FAR, NO_ROUTE)).astype(object),
        goal=np.where(at_site, SITE_GOAL, np.where(found, EXIT_GOAL, "")).astype(object),
        site=np.where(at_site, np.append(owner, -1)[np.where(at_site, field.source, -1)], -1),
        seconds=np.where(found, field.cost_s + starts.distance_m / speed, np.nan),
        distance_m=np.where(found, field.length_m + starts.distance_m + last_m, np.nan),
        snap_m=starts.distance_m,
        lines=np.full(len(origins), None, dtype=object),
        method=NETWORK,
        site_far=~doors.reached[: len(sites)],
        field=field,
    )


def site_doors(streets: Streets, sites_xy: Numbers, limit_m: float) -> tuple[Snap, NDArray[np.int64]]:
    """
    Return where sites meet the streets, and the site of each door.

    A site on a street closed by snow has two doors: one for those who live on that street, and one for
    those who walk into it from the open streets.
    """
    first = snap_open(streets, sites_xy, shut=streets.fallen, limit_m=limit_m)
    cut = np.flatnonzero(_on_closed(streets, first))
    inward = replace(first.take(cut), edge=streets.entry[first.edge[cut]])
    return join_snaps([first, inward]), np.append(np.arange(len(sites_xy)), cut)


def _on_closed(streets: Streets, places: Snap) -> Mask:
    return np.asarray(places.reached & np.append(streets.closed, False)[places.edge])


def snap_open(streets: Streets, places_xy: Numbers, *, shut: Mask, limit_m: float) -> Snap:
    """
    Return each place on the nearest street that is not shut (shape (E,) of ``Streets.base``).

    At a corner of a street closed by snow and an open one, a place is on the open one.
    """
    found = _snap_without(streets.base, places_xy, shut, limit_m)
    cut = np.flatnonzero(_on_closed(streets, found))
    if not len(cut):
        return found
    other = _snap_without(streets.base, places_xy[cut], shut | streets.closed, limit_m)
    corner = np.flatnonzero(np.abs(other.xy - found.xy[cut]).max(axis=1) < _SAME_M)
    number = np.arange(len(found))
    number[cut[corner]] = len(found) + corner
    return join_snaps([found, other]).take(number)


def _snap_without(base: Network, places_xy: Numbers, shut: Mask, limit_m: float) -> Snap:
    open_ = np.flatnonzero(~shut)
    if not len(places_xy) or len(open_) == len(base):
        return snap(base, places_xy, limit_m=limit_m)
    found = snap(base.only(open_), places_xy, limit_m=limit_m)
    return replace(found, edge=np.append(open_, -1)[found.edge])


def _already_out(starts: Snap, streets: Streets, scenario: Scenario, inundation: Inundation) -> Snap:
    """
    Return the streets of origins that lie out of danger themselves: reaching them is reaching safety.

    Not so on a bridge that begins in danger: over a river the hazard data is blank.
    """
    dry = starts.reached & ~np.append(streets.whole, True)[starts.edge]
    on = np.flatnonzero(dry & scenario.use_exits)
    rows = goal_rows(inundation, scenario.goal_depth_m)
    out = on[safe_at(starts.xy[on], inundation, rows)] if len(on) else on
    return replace(starts.take(out), distance_m=np.zeros(len(out)))
