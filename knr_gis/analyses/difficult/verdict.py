"""The verdict on the ground: who sets out from it makes it, or why not."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from knr_gis.analyses.difficult.anchors import Anchors
from knr_gis.analyses.difficult.ground import NOBODY, Ground
from knr_gis.analyses.evacuation.arrival import arrival_at
from knr_gis.analyses.evacuation.exits import goal_rows
from knr_gis.analyses.evacuation.plan import Plan
from knr_gis.analyses.evacuation.race import goals_of
from knr_gis.analyses.evacuation.safety import ways_to_safety
from knr_gis.analyses.evacuation.ways import Ways, times_over_streets
from knr_gis.analyses.inputs import Numbers, shapes_of
from knr_gis.overlay import Shapes

IN_TIME, DIFFICULT, NOT_EVALUATED, UNINHABITED = "in_time", "difficult", "not_evaluated", "uninhabited"
LATE, WALK_LIMIT, NO_WAY = "late", "walk_limit", "no_way"
FAR, EXCLUDED = "far_from_road", "excluded"
CAUSES = (LATE, WALK_LIMIT, NO_WAY)
# Every state of ground, and the verdict that it belongs to.
VERDICT_OF = {
    LATE: DIFFICULT, WALK_LIMIT: DIFFICULT, NO_WAY: DIFFICULT, IN_TIME: IN_TIME,
    FAR: NOT_EVALUATED, EXCLUDED: NOT_EVALUATED, UNINHABITED: UNINHABITED,
}  # fmt: skip
_SECONDS = 60.0
_TIE_M = 1e-6


def anchor_ways(anchors: Anchors, plan: Plan) -> Ways:
    """Return the way to safety of each anchor: over the streets, else over the terrain."""
    places, sites = shapely.points(anchors.middle), shapes_of(goals_of(plan))
    if plan.streets is not None and anchors.streets:
        return times_over_streets(
            places, sites, plan.streets, scenario=plan.scenario, inundation=plan.inundation
        )
    return ways_to_safety(
        places,
        sites,
        plan.paths,
        scenario=plan.scenario,
        inundation=plan.inundation,
        exclusion=plan.exclusion,
    )


def judge_ground(
    plan: Plan, anchors: Anchors, ways: Ways, allotted: pd.DataFrame, ground: Ground
) -> pd.DataFrame:
    """
    Return the ground of the zone with its verdict.

    From each place on the ground people walk straight to the nearest step of street (speed of
    ``access_speed_mps``), then the way of that step. A step with time to spare thus holds a strip of ground
    on both sides: as wide as the spare time lasts, and as the walk limit allows. Beyond
    ``snap_limit_m`` nothing is judged.

    Returns
    -------
    DataFrame
        One row per polygon: ``geometry``, ``area_m2``, ``piece`` (-1: nobody), ``muni``, ``depth_rank``,
        ``state``, ``anchor``, ``walk_s`` (from its middle), ``worst_s`` (from its farthest corner),
        ``deadline_min``; NaN where there is no way.
    """
    rest = _unwalked(ground)
    judged = _states(_told(allotted, plan, ground), plan, anchors, ways)
    whole = pd.concat([judged, _told(rest, plan, ground)], ignore_index=True)
    shapes, anchor = np.asarray(whole["geometry"], dtype=object), whole["anchor"].to_numpy(int)
    found, speed = anchor >= 0, plan.scenario.access_speed_mps if anchors.streets else np.inf
    away_m = np.full((2, len(whole)), np.nan)
    away_m[0, found] = shapely.distance(shapely.centroid(shapes[found]), anchors.shapes[anchor[found]])
    away_m[1, found] = farthest_m(shapes[found], anchors.ends[anchor[found]])
    walk, worst = np.append(ways.seconds, np.nan)[anchor] + away_m / speed
    return whole.assign(area_m2=shapely.area(shapes), walk_s=walk, worst_s=worst)


def _unwalked(ground: Ground) -> pd.DataFrame:
    """Return the ground that is not judged: where nobody lives, and where nobody walks."""
    part = np.flatnonzero((ground.piece == NOBODY) | ground.excluded)
    state = np.where(ground.excluded[part], EXCLUDED, UNINHABITED).astype(object)
    return pd.DataFrame({"anchor": -1, "part": part, "geometry": ground.parts[part], "state": state})


def _told(table: pd.DataFrame, plan: Plan, ground: Ground) -> pd.DataFrame:
    """Return the ground with municipality, depth class, piece and deadline."""
    part, scenario = table["part"].to_numpy(int), plan.scenario
    zone = plan.inundation.frame.iloc[ground.row[part]]
    middle = gpd.GeoSeries(shapely.centroid(np.asarray(table["geometry"], dtype=object)), crs=zone.crs)
    arrival = arrival_at(middle, pd.DataFrame(zone), plan.arrival, scenario)
    return table.assign(
        row=ground.row[part],
        piece=ground.piece[part],
        muni=zone["muni"].to_numpy(int),
        depth_rank=zone["depth_rank"].to_numpy(int),
        deadline_min=arrival.minutes - scenario.safety_margin_min,
    )


def _states(table: pd.DataFrame, plan: Plan, anchors: Anchors, ways: Ways) -> pd.DataFrame:
    """Return the walked ground, cut where the snap limit, the time or the walk limit ends."""
    scenario = plan.scenario
    shallow = ~goal_rows(plan.inundation, scenario.goal_depth_m)
    table = table.assign(state=IN_TIME, safe=shallow[table["row"].to_numpy(int)])
    anchor = table["anchor"].to_numpy(int)
    snap = np.where(table["safe"], np.inf, np.where(anchor < 0, -1.0, _limit(anchors, scenario.snap_limit_m)))
    near, far = parted(table, anchors, snap)
    in_reach, late = parted(near, anchors, _time_reach(near, plan, anchors, ways))
    cause = np.append(np.where(np.isnan(ways.seconds), NO_WAY, LATE).astype(object), NO_WAY)
    in_time, too_long = parted(in_reach, anchors, _walk_reach(in_reach, plan, anchors, ways))
    found = [
        in_time, too_long.assign(state=WALK_LIMIT), late.assign(state=cause[late["anchor"].to_numpy(int)]),
        far.assign(state=FAR),
    ]  # fmt: skip
    return pd.concat(found, ignore_index=True).drop(columns="safe")


def _limit(anchors: Anchors, metres: float) -> float:
    """Return a limit on the way to the street; a square has none."""
    return metres if anchors.streets else np.inf


def _time_reach(table: pd.DataFrame, plan: Plan, anchors: Anchors, ways: Ways) -> Numbers:
    """Return how far from its anchor ground may lie so that the time suffices; negative: not at all."""
    anchor, scenario = table["anchor"].to_numpy(int), plan.scenario
    left_min = table["deadline_min"].to_numpy(float) - scenario.start_delay_min
    spare = left_min * _SECONDS - np.append(ways.seconds, np.nan)[anchor]
    return _reach(spare * scenario.access_speed_mps, table, anchors)


def _walk_reach(table: pd.DataFrame, plan: Plan, anchors: Anchors, ways: Ways) -> Numbers:
    """Return how far from its anchor ground may lie so that the whole way is within the walk limit."""
    limit = plan.scenario.walk_limit_m or np.inf
    spare = limit - np.append(ways.distance_m, np.nan)[table["anchor"].to_numpy(int)]
    return _reach(spare, table, anchors)


def _reach(spare_m: Numbers, table: pd.DataFrame, anchors: Anchors) -> Numbers:
    spare = np.where(np.isnan(spare_m), -1.0, spare_m)
    if not anchors.streets:
        spare = np.where(spare >= -_TIE_M, np.inf, -1.0)
    return np.where(table["safe"].to_numpy(bool), np.inf, spare)


def parted(table: pd.DataFrame, anchors: Anchors, reach_m: Numbers) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Return the ground within a distance of its anchor, and the ground beyond.

    Round ends of a strip are drawn from within, so that what is called in time is.

    Parameters
    ----------
    table
        Columns ``anchor`` and ``geometry``.
    reach_m
        One distance per row; negative: all of it lies beyond.
    """
    shapes, anchor = np.asarray(table["geometry"], dtype=object), table["anchor"].to_numpy(int)
    inside, asked = np.isposinf(reach_m), np.flatnonzero(np.isfinite(reach_m) & (reach_m >= 0))
    lines = anchors.shapes
    inside[asked] = farthest_m(shapes[asked], anchors.ends[anchor[asked]]) <= reach_m[asked] + _TIE_M
    cut = asked[~inside[asked]]
    cut = cut[shapely.distance(shapes[cut], lines[anchor[cut]]) < reach_m[cut]]
    strips = shapely.buffer(lines[anchor[cut]], reach_m[cut], quad_segs=16)
    inner, outer = shapely.intersection(shapes[cut], strips), shapely.difference(shapes[cut], strips)
    outside = ~inside
    outside[cut] = False
    return (
        pd.concat([table[inside], _with_shapes(table.iloc[cut], inner)], ignore_index=True),
        pd.concat([table[outside], _with_shapes(table.iloc[cut], outer)], ignore_index=True),
    )


def _with_shapes(table: pd.DataFrame, shapes: Shapes) -> pd.DataFrame:
    """Return rows with new shapes, one row per polygon; points and lines of mere touching are no ground."""
    polygons, source = shapely.get_parts(shapes, return_index=True)
    polygons, inner = shapely.get_parts(polygons, return_index=True)
    ground = shapely.area(polygons) > 0
    return table.iloc[source[inner][ground]].assign(geometry=polygons[ground])


def farthest_m(shapes: Shapes, ends: Numbers) -> Numbers:
    """
    Return the distance of the farthest corner of each polygon from its line, shape (n,).

    Parameters
    ----------
    ends
        Shape (n, 2, 2): both ends of each line. The distance from a straight line is convex, so that no
        place of a polygon is farther than its farthest corner.
    """
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    start, step = ends[owner, 0], ends[owner, 1] - ends[owner, 0]
    length2 = (step * step).sum(axis=1)
    dot = ((xy - start) * step).sum(axis=1)
    share = np.clip(np.divide(dot, length2, out=np.zeros(len(dot)), where=length2 > 0), 0.0, 1.0)
    away = np.hypot(*(xy - start - share[:, None] * step).T)
    most = np.full(len(shapes), -np.inf)
    np.maximum.at(most, owner, away)
    return most
