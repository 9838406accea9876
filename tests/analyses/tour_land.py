"""A land of few roads for the tests of tourism: rules, slopes and settings that a pencil can follow."""

from typing import Any

import geopandas as gpd
import numpy as np
from affine import Affine
from pyproj import CRS
from shapely.geometry import LineString, Point

from knr_gis.analyses.tourism.setting import Setting, make_setting
from knr_gis.grid import Grid
from tests import town

KM = 1000.0
RULE_COLUMNS = ("rule_id", "name", "rule_kind", "from_date", "to_date", "from_hour", "to_hour", "road_name")


def roads(*lines: list[tuple[float, float]], **columns: list[Any]) -> gpd.GeoDataFrame:
    return town.frame(columns, [LineString(line) for line in lines])


def rules(*rows: tuple[dict[str, str], list[tuple[float, float]]]) -> gpd.GeoDataFrame:
    table = {c: [values.get(c, "") for values, _ in rows] for c in RULE_COLUMNS}
    return town.frame(table, [LineString(line) for _, line in rows])


def places(*points: tuple[float, float], kind: str = "spot") -> gpd.GeoDataFrame:
    names = [f"P{k}" for k in range(len(points))]
    return town.frame({"name": names, "kind": [kind] * len(points)}, [Point(p) for p in points])


def plane(slope_x: float = 0.0, *, size_m: float = 20_000, cell_m: float = 200.0) -> Grid:
    """Heights that rise by ``slope_x`` per metre to the east, 0 at x = 0."""
    n = int(2 * size_m / cell_m)
    x = -size_m + (np.arange(n) + 0.5) * cell_m
    transform = Affine(cell_m, 0, -size_m, 0, -cell_m, size_m)
    return Grid(np.tile((slope_x * x).astype(np.float32), (n, 1)), transform, CRS.from_user_input(town.CRS))


def ridge(height_m: float, half_width_m: float, *, size_m: float = 5000, cell_m: float = 10.0) -> Grid:
    """A straight ridge along x = 0: a tent of the given height."""
    n = int(2 * size_m / cell_m)
    x = -size_m + (np.arange(n) + 0.5) * cell_m
    row = np.maximum(0.0, height_m * (1 - np.abs(x) / half_width_m)).astype(np.float32)
    transform = Affine(cell_m, 0, -size_m, 0, -cell_m, size_m)
    return Grid(np.tile(row, (n, 1)), transform, CRS.from_user_input(town.CRS))


def setting(frame: gpd.GeoDataFrame, **given: Any) -> Setting:
    return make_setting(**{"roads": frame, "spots": {}, **given})
