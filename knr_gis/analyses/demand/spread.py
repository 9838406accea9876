"""Where in a piece of a population cell people start from: its middle, along its streets, at its homes."""

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from knr_gis.analyses.inputs import Mask, Numbers, by_dimension, is_false, is_true, numbers, shapes_of, texts
from knr_gis.crs import require_same_crs
from knr_gis.errors import AnalysisError
from knr_gis.overlay import Shapes, make_zones, pieces
from knr_gis.values import normal_text

CELLS, STREETS, BUILDINGS = "cells", "streets", "buildings"
RULES = (CELLS, STREETS, BUILDINGS)
# One starting point stands for so much street: half of it is walked in less than a minute.
RUN_M = 100.0
# Uses in which people live, as own tables and OpenStreetMap write them; ``yes`` says nothing of the use.
_HOMES = frozenset(
    "住宅 戸建住宅 一戸建て 専用住宅 集合住宅 共同住宅 アパート マンション 長屋 併用住宅 店舗併用住宅 寮 "
    "yes residential house detached semidetached_house terrace apartments dormitory bungalow cabin "
    "farm".split()
)


@dataclass(frozen=True)
class Spread:
    """
    Starting points and the share of each piece that starts there.

    Parameters
    ----------
    points
        Points with ``piece`` (row of the areas) and ``share``; the shares of each piece sum to 1.
    fallback
        Shape ``(pieces,)``: no street or home was found in the piece, so its middle is taken.
    """

    points: gpd.GeoDataFrame
    fallback: Mask


def spread_people(
    areas: gpd.GeoSeries | gpd.GeoDataFrame,
    *,
    rule: str,
    roads: gpd.GeoDataFrame | None = None,
    buildings: gpd.GeoDataFrame | None = None,
) -> Spread:
    """
    Return where the people of each piece start from.

    Parameters
    ----------
    areas
        Polygons that do not overlap, in metres: pieces of population cells. A piece that is empty gets
        no point.
    rule
        ``cells``: one point inside each piece. ``streets``: in proportion to the length of the streets in
        the piece, one point per run of at most 100 m; bridges, tunnels and streets closed to walkers
        have no homes. ``buildings``: in proportion to the floor area of homes (ground area in the piece
        times storeys, 1 where unknown); buildings of unknown use count as homes.
    roads, buildings
        Needed by the rule of the same name; without them every piece falls back.

    Raises
    ------
    AnalysisError
        If the rule is not known.
    CrsError
        If the layers are not in one CRS in metres.
    """
    if rule not in RULES:
        raise AnalysisError("demand.bad_rule", value=rule, known="、".join(RULES))
    places = gpd.GeoDataFrame(geometry=areas.geometry)
    require_same_crs(*(frame for frame in (places, roads, buildings) if frame is not None))
    shapes = shapes_of(places)
    if rule == STREETS and roads is not None:
        weighed = _street_runs(shapes, roads)
    elif rule == BUILDINGS and buildings is not None:
        weighed = _home_parts(shapes, buildings)
    else:
        weighed = _nowhere()
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    missed = there & ~np.isin(np.arange(len(shapes)), weighed.piece)
    whole = pd.DataFrame(
        {"piece": np.flatnonzero(missed), "weight": 1.0, "geometry": inner_points(shapes[missed])}
    )
    table = pd.concat([part for part in (weighed, whole) if len(part)] or [weighed], ignore_index=True)
    return Spread(_shares(table, places), missed & (rule != CELLS))


def persons_at(spread: Spread, frame: pd.DataFrame, columns: Sequence[str]) -> gpd.GeoDataFrame:
    """Return the points with the persons of each column; rows of the frame are the pieces, NaN stays NaN."""
    piece, share = spread.points["piece"].to_numpy(int), spread.points["share"].to_numpy(float)
    return spread.points.assign(**{c: numbers(frame, c)[piece] * share for c in columns})


def inner_points(areas: Shapes) -> Shapes:
    """Return a point inside each area: its centroid where that lies within; shape ``(n,)``."""
    centres, inner = shapely.centroid(areas), shapely.point_on_surface(areas)
    return np.asarray(np.where(shapely.contains(areas, centres), centres, inner), dtype=object)


def _nowhere() -> pd.DataFrame:
    return pd.DataFrame({"piece": np.empty(0, int), "weight": np.empty(0), "geometry": np.empty(0, object)})


def _shares(table: pd.DataFrame, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the points in the order of the pieces, weights as shares of their piece."""
    ordered = table.sort_values("piece", kind="stable", ignore_index=True)
    share = ordered["weight"] / ordered.groupby("piece")["weight"].transform("sum")
    columns = {"piece": ordered["piece"].astype(int), "share": share.astype(float)}
    return gpd.GeoDataFrame(columns, geometry=list(ordered["geometry"]), crs=areas.crs)


def _street_runs(areas: Shapes, roads: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the middles of street runs in each piece, weighed by their length."""
    barred = is_false(roads, "walk") | is_true(roads, "bridge") | is_true(roads, "tunnel")
    lines = by_dimension(roads[~barred]).get(1)
    if lines is None:
        return _nowhere()
    cut = pieces(shapes_of(lines), make_zones(areas))
    parts, source = shapely.get_parts(np.asarray(cut["geometry"], dtype=object), return_index=True)
    length: Numbers = np.asarray(shapely.length(parts), dtype=float)
    count = np.maximum(np.ceil(length / RUN_M).astype(int), 1)
    along = (_positions(count) + 0.5) / np.repeat(count, count)
    middles = shapely.line_interpolate_point(np.repeat(parts, count), along, normalized=True)
    piece = np.repeat(cut["zone"].to_numpy(int)[source], count)
    return pd.DataFrame({"piece": piece, "weight": np.repeat(length / count, count), "geometry": middles})


def _positions(count: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0 ... count - 1 for each count, one behind the other."""
    return np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)


def _home_parts(areas: Shapes, buildings: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return a point in each part of a home that lies in a piece, weighed by its floor area."""
    grounds = by_dimension(buildings[_is_home(buildings)]).get(2)
    if grounds is None:
        return _nowhere()
    cut = pieces(shapes_of(grounds), make_zones(areas))
    storeys = np.nan_to_num(numbers(grounds, "storeys"), nan=1.0)[cut["feature"].to_numpy(int)]
    inside = inner_points(np.asarray(cut["geometry"], dtype=object))
    weight = cut["amount"].to_numpy(float) * np.maximum(storeys, 1.0)
    return pd.DataFrame({"piece": cut["zone"].to_numpy(int), "weight": weight, "geometry": inside})


def _is_home(buildings: gpd.GeoDataFrame) -> Mask:
    uses = [normal_text(use).lower() for use in texts(buildings, "building_use")]
    return np.array([not use or use in _HOMES for use in uses], dtype=bool)
