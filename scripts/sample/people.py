"""Synthetic people on the 500 m mesh: town totals as published and rounded, the rest by chance."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import jismesh.utils as ju
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from sample.outline import Land
from sample.plane import EPSG, SEED, Floats, point_at, read_rows, to_xy
from sample.plane import to_degrees as degrees_of

MESH_LEVEL = 4  # 500 m, nine digits
SCATTERED_FARMS = 110  # places outside the settlements, in each municipality
FEW = 3  # a mesh with so few people may be suppressed
SUPPRESSED = 2  # in each municipality


@dataclass(frozen=True)
class Homes:
    """Points where people live (n, 2) with the number of people each stands for."""

    xy: Floats
    persons: Floats


def draw_population(land: Land, countryside: BaseGeometry) -> gpd.GeoDataFrame:
    """
    Return mesh polygons with persons by age; the sum of each municipality is its total.

    Parameters
    ----------
    countryside
        Where farms stand outside the settlements.
    """
    frames = []
    for number, row in enumerate(read_rows("municipal_population")):
        area = land.municipalities.set_index("muni_code").geometry[row["muni_code"]]
        rng = np.random.default_rng(SEED + 500 + number)
        dry = area.difference(land.lakes.union_all())
        homes = _homes(row, dry, dry.intersection(countryside), rng=rng)
        counts = _with_ages(_count(homes, dry, int(row["persons"])), row, rng)
        squares = [_square(code) for code in counts["mesh_code"]]
        frames.append(_suppress(gpd.GeoDataFrame(counts, geometry=squares, crs=EPSG)))
    meshes: gpd.GeoDataFrame = pd.concat(frames, ignore_index=True)
    return meshes.sort_values("mesh_code", ignore_index=True)


def _homes(
    row: dict[str, str], dry: BaseGeometry, countryside: BaseGeometry, *, rng: np.random.Generator
) -> Homes:
    """Return homes around the settlements and, for the remainder, scattered over the municipality."""
    points, weights, rest = [], [], 1.0
    for place in [s for s in read_rows("settlements") if s["muni_code"] == row["muni_code"]]:
        at, radius = point_at(place["lon"], place["lat"]), float(place["radius_m"])
        n = int(np.clip(radius / 6, 30, 260))
        points.append(rng.normal([at.x, at.y], radius / 1.8, (n, 2)))
        weights.append(np.full(n, float(place["share"]) / n))
        rest -= float(place["share"])
    west, south, east, north = dry.bounds
    farms = rng.uniform([west, south], [east, north], (SCATTERED_FARMS * 25, 2))
    farms = farms[shapely.contains_xy(countryside, farms)][:SCATTERED_FARMS]
    points.append(farms)
    weights.append(np.full(len(farms), max(rest, 0.01) / len(farms)))
    return Homes(np.vstack(points), np.concatenate(weights))


def _count(homes: Homes, dry: Any, total: int) -> pd.DataFrame:
    """Return whole persons by mesh whose centre lies in the municipality; they sum to the total."""
    lonlat = np.array([degrees_of(shapely.Point(p), 9).coords[0] for p in homes.xy])
    codes = np.array(ju.to_meshcode(lonlat[:, 1], lonlat[:, 0], MESH_LEVEL)).astype(str)
    weights = pd.Series(homes.persons).groupby(codes).sum()
    centres = to_xy([_centre(code) for code in weights.index])
    weights = weights[shapely.contains_xy(dry, centres)]
    exact = weights / weights.sum() * total
    whole = np.floor(exact).astype(int)
    largest = (exact - whole).sort_values(ascending=False, kind="stable").index[: total - int(whole.sum())]
    whole[largest] += 1
    return whole[whole > 0].rename("persons").rename_axis("mesh_code").reset_index()


def _with_ages(counts: pd.DataFrame, row: dict[str, str], rng: np.random.Generator) -> pd.DataFrame:
    """Return the counts with age groups that sum to the persons; 75+ is part of 65+."""
    spread = rng.normal(1, 0.08, (3, len(counts)))
    persons = counts["persons"].to_numpy()
    young = _share(persons, float(row["young"]) * spread[0])
    old = _share(persons, float(row["old"]) * spread[1])
    return counts.assign(
        age_0_14_persons=young, age_15_64_persons=persons - young - old, age_65_plus_persons=old,
        age_75_plus_persons=_share(old, float(row["very_old"]) * spread[2]),
        households=np.maximum(1, np.round(persons / 2.05)).astype(int), suppressed=False,
    )  # fmt: skip


def _share(persons: NDArray[Any], share: Floats) -> NDArray[np.int64]:
    return np.round(persons * np.clip(share, 0, 0.6)).astype(int)


def _suppress(meshes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Hide a mesh with few people in a municipality; they are counted in the nearest larger mesh of it."""
    columns = [c for c in meshes.columns if c.endswith("persons")] + ["households"]
    result = meshes.astype(dict.fromkeys(columns, "Int64"))
    small = result.index[result["persons"] <= FEW]
    large = result[result["persons"] >= 10 * FEW]
    for i in small[:SUPPRESSED]:
        target = large.distance(result.geometry[i]).idxmin()
        result.loc[target, columns] = result.loc[target, columns] + result.loc[i, columns]
        result.loc[i, columns] = pd.NA
        result.loc[i, "suppressed"] = True
    return result


def _centre(code: str) -> list[float]:
    lat, lon = ju.to_meshpoint(code, 0.5, 0.5)
    return [float(lon), float(lat)]


def _square(code: str) -> shapely.Polygon:
    south, west = ju.to_meshpoint(code, 0, 0)
    north, east = ju.to_meshpoint(code, 1, 1)
    return shapely.Polygon(to_xy([[west, south], [east, south], [east, north], [west, north]]))
