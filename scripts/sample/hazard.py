"""A schematic tsunami: water level falling inland from each stretch of coast, cut into depth classes."""

import tomllib
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import shapely.geometry
from numpy.typing import NDArray
from rasterio.features import shapes, sieve
from scipy.ndimage import distance_transform_edt, gaussian_filter, label

from sample.outline import Land
from sample.plane import EPSG, Floats, read_facts, to_xy
from sample.terrain import Ground

SMOOTH_M = 150.0
WAVE_M_PER_MIN = 200.0  # how fast the edge of the water moves inland


def read_classes(file: Path) -> list[dict[str, float]]:
    """Return the depth classes of the package's definition file, shallowest first."""
    rows: list[dict[str, float]] = tomllib.loads(file.read_text(encoding="utf-8"))["classes"]
    return rows


def flood_depth(ground: Ground) -> tuple[Floats, NDArray[np.int64], Floats]:
    """
    Return depth (m, 0 where dry), stretch number and arrival (min) on the grid of the ground.

    The level at the shore falls as exp(-distance / reach); along rivers the distance counts 0.55.
    Only ground that the water can reach from the sea is wet.
    """
    stretch, level, reach, first = _nearest_stretch(ground)
    way = np.where(ground.river_m < 350, 0.55, 1.0) * ground.shore_m
    way = gaussian_filter(way, 1.5)
    depth = level * np.exp(-way / reach) - np.nan_to_num(ground.height, nan=1e6)
    wet = (depth >= 0.01) & (way < 3 * reach)
    parts, _ = label(wet | ground.wet)
    reached = np.isin(parts, np.unique(parts[ground.wet])) & wet
    arrival = first + way / WAVE_M_PER_MIN
    return np.where(reached, depth, 0.0), stretch, arrival


def _nearest_stretch(ground: Ground) -> tuple[NDArray[np.int64], Floats, Floats, Floats]:
    """Return for each cell its stretch, and the blended level, reach and arrival at the shore."""
    table = read_facts("hazard")["stretches"]
    seeds = np.full(ground.shape, 0, dtype=np.int64)
    points = to_xy([row[1:3] for row in table])
    columns, rows = ~ground.transform * (points[:, 0], points[:, 1])
    seeds[rows.astype(int), columns.astype(int)] = np.arange(1, len(table) + 1)
    _, (i, j) = distance_transform_edt(seeds == 0, return_indices=True)
    stretch = seeds[i, j] - 1
    numbers = np.array([row[3:6] for row in table], dtype=float)[stretch]
    blended = [gaussian_filter(numbers[..., k], 12) for k in range(3)]
    return stretch, blended[0], blended[1], blended[2]


def draw_inundation(ground: Ground, land: Land, classes: list[dict[str, float]]) -> gpd.GeoDataFrame:
    """Return polygons by stretch and depth class that do not overlap and lie on the land."""
    depth, stretch, arrival = flood_depth(ground)
    lower = np.array([row["lower_m"] for row in classes])
    rank = np.digitize(depth, lower)
    rank = sieve(rank.astype("int16"), 8)
    code = np.where(rank > 0, stretch * 10 + rank, 0).astype("int32")
    minutes = _mean_arrival(code, arrival)
    cells = _to_polygons(_grow_to_sea(code, ground), ground)
    clipped = cells.assign(geometry=shapely.make_valid(cells.intersection(land.dry_land).values))
    parts = clipped.explode(index_parts=False)
    parts = parts[(parts.geom_type == "Polygon") & (parts.area > 400)]
    return _rows(parts.dissolve("code").reset_index(), classes, minutes)


def _mean_arrival(code: NDArray[np.int32], arrival: Floats) -> pd.Series:
    inside = code > 0
    return pd.Series(arrival[inside]).groupby(code[inside]).mean().round()


def _grow_to_sea(code: NDArray[np.int32], ground: Ground) -> NDArray[np.int32]:
    """Return the classes carried two cells out to sea, so that cutting at the coast leaves no gap."""
    away, (i, j) = distance_transform_edt(code == 0, return_indices=True)
    outward = ground.wet & (away <= 2.9)
    return np.where(outward, code[i, j], code)


def _to_polygons(code: NDArray[np.int32], ground: Ground) -> gpd.GeoDataFrame:
    found = [
        (shapely.geometry.shape(g), int(v))
        for g, v in shapes(code, mask=code > 0, transform=ground.transform)
    ]
    geometry = shapely.coverage_simplify(np.array([g for g, _ in found]), SMOOTH_M)
    return gpd.GeoDataFrame({"code": [v for _, v in found]}, geometry=geometry, crs=EPSG)


def _rows(zones: gpd.GeoDataFrame, classes: list[dict[str, float]], minutes: pd.Series) -> gpd.GeoDataFrame:
    names = [row[0] for row in read_facts("hazard")["stretches"]]
    rows: list[dict[str, Any]] = []
    for zone in zones.itertuples():
        depth = classes[zone.code % 10 - 1]
        rows.append(
            {"name": names[zone.code // 10], "depth_label": _label(depth), "depth_min_m": depth["lower_m"],
             "depth_max_m": depth.get("upper_m"), "arrival_min": float(minutes[zone.code]),
             "geometry": zone.geometry}
        )  # fmt: skip
    return gpd.GeoDataFrame(rows, crs=EPSG)


def _label(depth: dict[str, float]) -> str:
    words = read_facts("words")["depth"]
    kind = "range" if "upper_m" in depth else "from"
    text: str = words[kind].format(lower=f"{depth['lower_m']:g}", upper=f"{depth.get('upper_m', 0):g}")
    return text
