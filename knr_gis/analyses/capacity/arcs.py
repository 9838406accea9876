"""Which sites each origin reaches in time, and how long the ways are."""

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from knr_gis.analyses.evacuation.ground import Ground
from knr_gis.analyses.evacuation.race import Run
from knr_gis.analyses.evacuation.ways import FOUND, HERE, NO_ROUTE, Streets, site_doors, snap_open
from knr_gis.analyses.inputs import Mask, Numbers
from knr_gis.errors import AnalysisError
from knr_gis.reaching import Arcs, nearest_arcs
from knr_gis.routing import Reach, travel_from
from knr_gis.slopes import fastest_share
from knr_gis.snapping import Snap

# On the terrain every site is searched by itself.
MOST_ON_TERRAIN = 200
_SECONDS = 60.0
_TIE_S = 6e-8  # as in race.py: 1e-9 minutes
# Origins and sites stand on the centres of their cells, each less than a cell off.
_CELLS_OFF = 2.0
_SLACK_S = 1e-3  # the search stops a little later than needed; the rule itself is exact
_Index = NDArray[np.int64]


def arcs_in_time(run: Run) -> Arcs:
    """
    Return the ways from each origin to every usable site that it reaches in time.

    In time as in ``race``: start delay + walking time + safety margin not above the arrival, and the quickest
    way not longer than the limit. Costs are the seconds from the origin to the door. Origins that are not
    evaluated, or that are safe where they stand, have no way.

    Raises
    ------
    AnalysisError
        If people go over the terrain and there are too many sites to search from each.
    """
    budget = _budget_s(run)
    if not len(run.goals) or not (budget >= 0).any():
        return _arcs([], [], [])
    paths = run.plan.paths
    if isinstance(paths, Ground):
        return _over_ground(run, paths, budget).within(budget + _TIE_S)
    return _over_streets(run, paths, budget)


def _budget_s(run: Run) -> Numbers:
    """Return the seconds that each origin may walk, shape (n,); -inf for those who do not go."""
    goes = np.isin(run.ways.state, (FOUND, NO_ROUTE)) & (run.ways.goal != HERE)
    return np.where(goes, run.minutes_to_walk * _SECONDS, -np.inf)


def _over_streets(run: Run, streets: Streets, budget: Numbers) -> Arcs:
    scenario = run.plan.scenario
    speed, limit = scenario.access_speed_mps, scenario.snap_limit_m
    starts = snap_open(streets, _xy(run.judged), shut=streets.fallen, limit_m=limit)
    doors, owner = site_doors(streets, _xy(run.goals), limit)
    before, after = np.nan_to_num(starts.distance_m), np.nan_to_num(doors.distance_m)
    arcs = nearest_arcs(
        streets.network, doors, starts, cost_s=streets.seconds, limit_s=float(budget.max()) + _SLACK_S
    )
    arcs = arcs.plus(before / speed, after / speed).within(budget + _TIE_S)
    if scenario.walk_limit_m is not None:
        way_m = _lengths(arcs, streets, doors, starts) + before[arcs.origin] + after[arcs.site]
        arcs = arcs.take(way_m <= scenario.walk_limit_m)
    return quickest(arcs, owner)


def _lengths(arcs: Arcs, streets: Streets, doors: Snap, starts: Snap) -> Numbers:
    """Return the metres on the streets of the quickest way of each arc: one search for each door."""
    length = np.full(len(arcs), np.nan)
    for door in np.unique(arcs.site):
        own = np.flatnonzero(arcs.site == door)
        field = travel_from(
            streets.network, doors.take([door]), starts.take(arcs.origin[own]), cost_s=streets.seconds
        )
        length[own] = field.length_m
    return length


def quickest(arcs: Arcs, of: _Index) -> Arcs:
    """
    Return the ways to numbered places, of several ways from an origin to one place the quickest.

    Parameters
    ----------
    of
        Shape (sites,): the place of each site.
    """
    place = of[arcs.site]
    order = np.lexsort((arcs.cost_s, place, arcs.origin))
    origin, place = arcs.origin[order], place[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (origin[1:] != origin[:-1]) | (place[1:] != place[:-1])
    return Arcs(origin[first], place[first], arcs.cost_s[order][first], arcs.dropped)


def _over_ground(run: Run, ground: Ground, budget: Numbers) -> Arcs:
    """Return the ways over the terrain, however long, one search for each site that is not too far anyhow."""
    from knr_gis.terrain import snap_cells, sources_of, terrain_seconds  # noqa: PLC0415  numba takes a second

    scenario, terrain = run.plan.scenario, ground.terrain
    speed, limit = scenario.access_speed_mps, scenario.snap_limit_m
    origins, sites, seconds, ways = _xy(run.judged), [], [], []
    for k in _near_enough(run, budget, terrain.cell_m):
        door = snap_cells(terrain, _xy(run.goals)[[k]], limit_m=limit)
        if not door.reached.all():
            continue
        access = np.nan_to_num(door.snap_m)
        sources = sources_of(terrain, door, access_s=access / speed)
        found = terrain_seconds(terrain, sources, speed_mps=speed).at(origins, limit_m=limit)
        before = np.nan_to_num(found.snap_m)
        way_m = found.length_m + before + access
        on = np.flatnonzero(_allowed(found.status == Reach.REACHED, way_m, scenario.walk_limit_m))
        ways.append(on)
        sites.append(np.full(len(on), k))
        seconds.append((found.cost_s + before / speed)[on])
    return _arcs(ways, sites, seconds)


def _near_enough(run: Run, budget: Numbers, cell_m: float) -> _Index:
    """Return the sites that some origin could reach in time if it ran straight downhill all the way."""
    goes = budget >= 0
    most_m = run.plan.scenario.access_speed_mps * fastest_share() * float(budget[goes].max())
    away_m, _ = cKDTree(_xy(run.judged)[goes]).query(_xy(run.goals))
    near = np.flatnonzero(away_m <= most_m + _CELLS_OFF * cell_m)
    if len(near) > MOST_ON_TERRAIN:
        raise AnalysisError("capacity.terrain_too_many", count=len(near), most=MOST_ON_TERRAIN)
    return near.astype(np.int64)


def _allowed(reached: Mask, way_m: Numbers, limit_m: float | None) -> Mask:
    return reached if limit_m is None else np.asarray(reached & (way_m <= limit_m))


def _arcs(origins: list[_Index], sites: list[_Index], seconds: list[Numbers]) -> Arcs:
    """Return ways gathered site by site, ordered by origin."""
    none = np.empty(0, dtype=np.int64)
    origin, site = np.concatenate([none, *origins]), np.concatenate([none, *sites])
    order = np.lexsort((site, origin))
    return Arcs(origin[order], site[order], np.concatenate([np.empty(0), *seconds])[order])


def _xy(frame: gpd.GeoDataFrame) -> Numbers:
    return np.asarray(shapely.get_coordinates(frame.geometry.to_numpy()), dtype=np.float64)
