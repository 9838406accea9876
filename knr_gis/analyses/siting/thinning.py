"""How much a candidate could bring at most, as the crow flies; fewer candidates where there are too many."""

import geopandas as gpd
import numpy as np
import shapely
from scipy.spatial import cKDTree

from knr_gis.analyses.evacuation.plan import Plan
from knr_gis.analyses.evacuation.race import Run
from knr_gis.analyses.evacuation.ways import Streets
from knr_gis.analyses.inputs import Mask, Numbers, shapes_of
from knr_gis.network import Ints
from knr_gis.slopes import fastest_share

_CHUNK = 500
_FIRST_M = 50.0
_ROOMY = 10  # the first thinning leaves so many times what is looked at
_SLACK_M = 1.0


def hopes(places: gpd.GeoDataFrame, run: Run, weights: Numbers, missed: Mask) -> Numbers:
    """
    Return persons not in time who are near enough to each place, shape (m,).

    Nobody walks faster than the fastest street, so that no more can come in time: 0 is proof that
    a candidate brings nobody.

    Parameters
    ----------
    weights, missed
        Shape (n,): persons of each origin, and whether they are asked about.
    """
    scenario, minutes = run.plan.scenario, run.minutes_to_walk
    asked = np.flatnonzero(missed & (weights > 0) & (minutes >= 0))
    radius = minutes * 60.0 * _fastest_mps(run.plan) + _SLACK_M
    if scenario.walk_limit_m is not None:
        radius = np.minimum(radius, scenario.walk_limit_m + _SLACK_M)
    hope, tree = np.zeros(len(places)), cKDTree(shapely.get_coordinates(shapes_of(places)).reshape(-1, 2))
    at = shapely.get_coordinates(shapes_of(run.judged))
    for start in range(0, len(asked), _CHUNK):
        own = asked[start : start + _CHUNK]
        found = tree.query_ball_point(at[own], radius[own])
        lengths = [len(near) for near in found]
        if sum(lengths):
            np.add.at(hope, np.concatenate(found).astype(int), np.repeat(weights[own], lengths))
    return hope


def _fastest_mps(plan: Plan) -> float:
    """Return a speed that nobody exceeds anywhere."""
    speed = max(plan.scenario.access_speed_mps, plan.scenario.level_speed_mps)
    if isinstance(plan.paths, Streets):
        length, seconds = plan.paths.network.length_m, plan.paths.seconds
        with np.errstate(divide="ignore", invalid="ignore"):
            on_streets = np.nan_to_num(length / seconds, posinf=0.0)
        return max(speed, float(on_streets.max(initial=0.0)))
    return speed * fastest_share()


def thinned(places: gpd.GeoDataFrame, worth: Numbers, most: int) -> tuple[Ints, float]:
    """
    Return at most so many places, the one of most worth in each square, and the side of the squares.

    The side doubles from 50 m until few enough are left; 0 m where all are taken.
    """
    rows, side = np.arange(len(places)), 0.0
    order = np.lexsort((rows, -worth))
    xy = shapely.get_coordinates(shapes_of(places)).reshape(-1, 2)[order]
    kept = rows
    while len(kept) > most:
        side = side * 2 or _FIRST_M
        first = np.unique(np.floor(xy / side).astype(np.int64), axis=0, return_index=True)[1]
        kept = np.sort(order[first])
    return kept, side


def promising(
    places: gpd.GeoDataFrame, run: Run, *, weights: Numbers, missed: Mask, most: int
) -> tuple[Ints, Ints, float]:
    """
    Return the rows to be looked at, the rows passed over, and the side of the squares (0 m: none was).

    Rows in neither cannot bring anybody. Of those that could, one in each square is looked at.
    """
    room = places["capacity_persons"].to_numpy(float)
    first, wide = thinned(places, room, most * _ROOMY)
    hope = np.minimum(hopes(places.iloc[first], run, weights, missed), room[first])
    hopeful = np.flatnonzero(hope > 0)
    kept, side = thinned(places.iloc[first[hopeful]], hope[hopeful], most)
    passed = np.concatenate([
        np.setdiff1d(np.arange(len(places)), first), first[np.setdiff1d(hopeful, hopeful[kept])]
    ])  # fmt: skip
    return first[hopeful[kept]], np.sort(passed), max(wide, side)
