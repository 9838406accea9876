"""Where candidates come from: public buildings, buildings, points of a grid, the officer's own layer."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from knr_gis.analyses.evacuation.exits import goal_rows
from knr_gis.analyses.evacuation.plan import Plan
from knr_gis.analyses.inputs import Numbers, numbers, shapes_of, texts
from knr_gis.analyses.siting.ask import GRID, Ask
from knr_gis.errors import AnalysisError
from knr_gis.texts import say

STATED, AREA, PLANNED, UNLIMITED = "stated", "area", "planned", "unlimited"
_COLUMNS = ("capacity_persons", "refuge_area_m2", "floor_height_m", "storeys")
_KNOWN_AS = {"facilities": "facility_type", "buildings": "building_use", "layer": "site_kind"}
_MOST_POINTS = 1_000_000


def offered(
    plan: Plan, ask: Ask, facilities: gpd.GeoDataFrame | None, candidates: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame:
    """
    Return the candidates as points with ``name``, ``offer_type``, room and floors where known.

    Room is what is published, else the area divided by what a person takes, else the planning number; of a
    building whose area is known never more than one floor of it holds.

    Raises
    ------
    AnalysisError
        If the layer that is asked for is not there or holds nothing, or the grid is too fine.
    """
    if ask.candidates_from == GRID:
        points = _grid(plan, ask)
    else:
        own = {"facilities": facilities, "buildings": plan.layers.get("buildings"), "layer": candidates}
        points = _of_layer(
            _required(own[ask.candidates_from], ask.candidates_from), plan, ask.candidates_from
        )
    persons, source = _room(points, ask)
    return points.assign(capacity_persons=persons, capacity_source=source)


def _required(frame: gpd.GeoDataFrame | None, source: str) -> gpd.GeoDataFrame:
    placed = None if frame is None else frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    if placed is None or placed.empty:
        raise AnalysisError(f"siting.no_{source}")
    return placed.reset_index(drop=True)


def _of_layer(frame: gpd.GeoDataFrame, plan: Plan, source: str) -> gpd.GeoDataFrame:
    """Return the features of a layer as points; of points in a building its storeys and its area."""
    kind = texts(frame, _KNOWN_AS[source])
    columns = {c: numbers(frame, c) for c in _COLUMNS}
    shapes = shapes_of(frame)
    columns["ground_m2"] = np.where(shapely.area(shapes) > 0, shapely.area(shapes), np.nan)
    points = shapely.point_on_surface(shapes)
    table = gpd.GeoDataFrame({"offer_type": kind, **columns}, geometry=list(points), crs=frame.crs)
    if source == "facilities":
        table = _in_building(table, plan.layers.get("buildings"))
    names = _names(texts(frame, "name"), kind, table, plan)
    return table.assign(name=names)


def _in_building(points: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    """Return the points with storeys and area of the building they lie in, where they do not say them."""
    if buildings is None or buildings.empty:
        return points
    tree = shapely.STRtree(shapes_of(buildings))
    point, building = tree.query(points.geometry.to_numpy(), predicate="intersects")
    point, first = np.unique(point, return_index=True)
    rows = buildings.iloc[building[first]]
    found = {"storeys": numbers(rows, "storeys"), "ground_m2": shapely.area(shapes_of(rows))}
    filled = {}
    for column, values in found.items():
        filled[column] = points[column].to_numpy(float).copy()
        own = filled[column][point]
        filled[column][point] = np.where(np.isnan(own), values, own)
    return points.assign(**filled)


def _names(names: list[str], kinds: list[str], points: gpd.GeoDataFrame, plan: Plan) -> list[str]:
    """Return the names; what has none is told by its kind, its storeys and the nearest settlement."""
    near = near_names(points, plan)
    storeys = points["storeys"].to_numpy(float)
    return [
        name or say("siting.unnamed", number=k + 1, kind=kind or say("siting.building"), near=place,
                    storeys="" if np.isnan(high) else say("siting.storeys", storeys=int(high)))
        for k, (name, kind, place, high) in enumerate(zip(names, kinds, near, storeys, strict=True))
    ]  # fmt: skip


def near_names(points: gpd.GeoDataFrame, plan: Plan) -> list[str]:
    """Return words for the nearest settlement of each point; empty where there is no such layer."""
    homes = plan.layers.get("settlements")
    named = None if homes is None else homes[[bool(n) for n in texts(homes, "name")]]
    if named is None or named.empty or points.empty:
        return [""] * len(points)
    row = shapely.STRtree(shapes_of(named)).query_nearest(points.geometry.to_numpy(), all_matches=False)[1]
    names = texts(named, "name")
    return [say("siting.near", name=names[k]) for k in row]


def _grid(plan: Plan, ask: Ask) -> gpd.GeoDataFrame:
    """Return the points of a square grid on the land that people must leave."""
    zone = plan.inundation.frame[goal_rows(plan.inundation, plan.scenario.goal_depth_m)]
    step, crs = ask.candidate_grid_m, plan.inundation.frame.crs
    count = float(zone.geometry.area.sum()) / step**2
    if count > _MOST_POINTS:
        raise AnalysisError("siting.grid_too_fine", step=f"{step:g}", count=f"{count:,.0f}")
    parts = [_lattice(shape, step) for shape in shapes_of(zone)]
    xy = np.unique(np.concatenate([np.empty((0, 2)), *parts]), axis=0)
    if not len(xy):
        raise AnalysisError("siting.no_grid", step=f"{step:g}")
    unknown = {c: np.full(len(xy), np.nan) for c in (*_COLUMNS, "ground_m2")}
    table = gpd.GeoDataFrame(unknown, geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]), crs=crs)
    near = near_names(table, plan)
    names = [say("siting.grid_name", number=k + 1, near=place) for k, place in enumerate(near)]
    return table.assign(name=names, offer_type=say("siting.grid_type"))


def _lattice(shape: shapely.Geometry, step: float) -> Numbers:
    """Return the whole multiples of a step in both directions that lie in an area, shape (P, 2)."""
    x0, y0, x1, y1 = shapely.bounds(shape)
    xs = np.arange(np.ceil(x0 / step), np.floor(x1 / step) + 1) * step
    ys = np.arange(np.ceil(y0 / step), np.floor(y1 / step) + 1) * step
    xy = np.column_stack([axis.ravel() for axis in np.meshgrid(xs, ys)])
    shapely.prepare(shape)
    return np.asarray(xy[shapely.contains_xy(shape, xy)], dtype=float).reshape(-1, 2)


def _room(points: pd.DataFrame, ask: Ask) -> tuple[Numbers, np.ndarray]:
    """Return the persons that each candidate takes, and where the number is from."""
    if ask.count_room == "none":
        return np.full(len(points), np.inf), np.full(len(points), UNLIMITED, dtype=object)
    rule = ask.room_rule
    stated = points["capacity_persons"].to_numpy(float) * rule.stated_factor
    area = np.floor(points["refuge_area_m2"].to_numpy(float) / rule.area_per_person_m2)
    floor = np.floor(points["ground_m2"].to_numpy(float) / rule.area_per_person_m2)
    planned = np.fmin(ask.candidate_capacity_persons, floor)
    known = [~np.isnan(stated), ~np.isnan(area)]
    source = np.select(known, [STATED, AREA], default=PLANNED).astype(object)
    return np.select(known, [stated, area], default=planned), source
