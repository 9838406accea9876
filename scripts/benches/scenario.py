"""A whole evacuation scenario on a large network: layers in, accounts and tables out."""

import resource

import geopandas as gpd
import numpy as np
import shapely
from affine import Affine

from benches import Row, timed
from benches.fields import REACH_M, depth_grid, staircase_zones
from benches.network import CELL_M, LOOPS, SIDE, SITES, random_streets
from knr_gis.analyses.evacuation import evacuation
from knr_gis.analyses.evacuation.conditions import Given
from knr_gis.crs import parse_crs
from knr_gis.grid import Grid

_CRS = "EPSG:6681"
_MESH_M, _CELLS = 250.0, 20_000


def layers(seed: int) -> Given:
    """Return a region of 63 x 63 km: 13 municipalities, a ragged wet coast, 20,000 cells behind it, hills."""
    rng, side = np.random.default_rng(seed), SIDE * CELL_M
    edges = np.linspace(0, side, 14)
    towns = gpd.GeoDataFrame(
        {"muni_code": [f"{k:05d}" for k in range(13)], "name": [f"町{k}" for k in range(13)]},
        geometry=shapely.box(edges[:-1], 0, edges[1:], side), crs=_CRS,
    )  # fmt: skip
    shapes, depth = staircase_zones(depth_grid(side, seed=seed))
    hazard = gpd.GeoDataFrame(
        {"depth_min_m": depth.astype(float), "depth_max_m": depth + 1.0}, geometry=list(shapes), crs=_CRS
    )
    streets = random_streets(SIDE, LOOPS, seed)
    width = rng.choice([2.0, 4.0, 6.0, np.nan], len(streets), p=[0.1, 0.5, 0.2, 0.2])
    return {
        "hazard": hazard,
        "municipalities": towns,
        "sites": _sites(rng, side),
        "population": _cells(rng, side),
        "roads": streets.assign(width_m=width, bridge=rng.random(len(streets)) < 0.01, road_name=""),
        "elevation": _hills(rng, side),
    }


def _sites(rng: np.random.Generator, side: float) -> gpd.GeoDataFrame:
    place = shapely.points(rng.uniform((0, 0), (side, REACH_M * 1.5), (SITES, 2)))
    columns = {"name": [f"s{k}" for k in range(SITES)], "tsunami": True, "floor_height_m": 12.0}
    return gpd.GeoDataFrame(columns, geometry=place, crs=_CRS)


def _cells(rng: np.random.Generator, side: float) -> gpd.GeoDataFrame:
    x, y = np.meshgrid(np.arange(0, side - _MESH_M, _MESH_M), np.arange(0, REACH_M, _MESH_M))
    kept = rng.choice(x.size, min(_CELLS, x.size), replace=False)
    west, south = x.ravel()[kept], y.ravel()[kept]
    boxes = shapely.box(west, south, west + _MESH_M, south + _MESH_M)
    persons = rng.integers(1, 300, len(kept)).astype(float)
    return gpd.GeoDataFrame(
        {"persons": persons, "age_65_plus_persons": persons * 0.3}, geometry=boxes, crs=_CRS
    )


def _hills(rng: np.random.Generator, side: float) -> Grid:
    cells = int(side / 100)
    height = rng.uniform(0, 3, (cells, cells)) + np.linspace(300, 0, cells)[:, None]
    return Grid(height.astype(np.float32), Affine(100, 0, 0, 0, -100, side), parse_crs(_CRS))


def bench_scenario(repeat: int) -> list[Row]:
    """One winter night on 400,000 nodes, 450,000 edges, 500 sites, 20,000 cells: layers to table."""
    given: Given = {**layers(20260402), "season": "winter", "time_of_day": "night"}
    seconds, result = timed(lambda: evacuation(**given), repeat)
    origins = result.tables["origins"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    told = f"{len(origins):,} origins; peak {peak:.2f} GiB of the whole process, layers included"
    return [Row("knr_gis: evacuation, layers to table", seconds, told)]
