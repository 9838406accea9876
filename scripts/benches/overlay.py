"""Fields in depth zones, beside geopandas.overlay and a loop over a tree."""

import geopandas as gpd
import numpy as np
import shapely
from affine import Affine
from rasterio import features
from scipy.ndimage import gaussian_filter

from benches import Row, timed
from knr_gis.overlay import make_zones, measure


def random_fields(n: int, width_m: float, height_m: float, seed: int) -> gpd.GeoDataFrame:
    """Return ``n`` fields of 12 vertices and about 0.6 ha, scattered over a strip."""
    rng = np.random.default_rng(seed)
    centre = rng.uniform((0, 0), (width_m, height_m), (n, 2))
    angle = (np.arange(12) + rng.uniform(0.1, 0.9, (n, 12))) * (2 * np.pi / 12)
    radius = rng.uniform(35, 55, (n, 12))
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=-1) * radius[..., None] + centre[:, None]
    return gpd.GeoDataFrame(geometry=shapely.polygons(ring), crs="EPSG:6681")


def staircase_zones(width_m: float, height_m: float, cell_m: float, seed: int) -> gpd.GeoDataFrame:
    """Return depth zones made of grid cells, as the published ones are: large, ragged, side by side."""
    rng = np.random.default_rng(seed)
    rows, columns = int(height_m / cell_m), int(width_m / cell_m)
    rough = [gaussian_filter(rng.normal(size=(rows, columns)), sigma) * sigma for sigma in (1, 4, 16)]
    ground = np.linspace(-1.0, 7.0, rows)[:, None] + np.sum(rough, axis=0)
    depth = np.digitize(-ground, [-6.0, -5.0, -4.0, -3.0, -1.5, 0.0]).astype(np.uint8)
    found = list(features.shapes(depth, mask=depth > 0, transform=Affine(cell_m, 0, 0, 0, -cell_m, height_m)))
    by_class = {"depth": [int(value) for _, value in found]}
    return gpd.GeoDataFrame(by_class, geometry=[shapely.geometry.shape(g) for g, _ in found], crs="EPSG:6681")


def strtree_loop(fields: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> float:
    """Return the covered area by the usual loop: a tree, then an intersection for each pair."""
    areas, wet = fields.geometry.to_numpy(), zones.geometry.to_numpy()
    field, zone = shapely.STRtree(wet).query(areas, predicate="intersects")
    return float(shapely.area(shapely.intersection(areas[field], wet[zone])).sum())


def overlaid_area(fields: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> float:
    """Return the covered area by geopandas.overlay."""
    return float(gpd.overlay(fields, zones, how="intersection").area.sum())


def bench_overlay(repeat: int) -> list[Row]:
    """Hectares of 5,000 fields in staircase depth zones: ours, geopandas.overlay, a loop over a tree."""
    width, height = 120_000.0, 8_000.0
    fields, zones = (
        random_fields(5_000, width, height, seed=7),
        staircase_zones(width, height, 20.0, seed=8),
    )
    shapes, wet = fields.geometry.to_numpy(), zones.geometry.to_numpy()
    split_s, prepared = timed(lambda: make_zones(wet), repeat)
    cut_s, table = timed(lambda: measure(shapes, prepared), repeat)
    tree_s, by_tree = timed(lambda: strtree_loop(fields, zones), 1)
    their_s, theirs = timed(lambda: overlaid_area(fields, zones), 1)
    many = random_fields(100_000, width, height, seed=9).geometry.to_numpy()
    many_s, _ = timed(lambda: measure(many, prepared), 1)
    for answer in (by_tree, theirs):
        np.testing.assert_allclose(table["amount"].sum(), answer, rtol=1e-9)
    vertices = int(shapely.get_num_coordinates(wet).sum())
    size = f"{len(fields):,} fields, {len(zones):,} zones of {vertices:,} vertices"
    return [
        Row("knr_gis: split and measure", split_s + cut_s, size),
        Row("- make_zones (split)", split_s, "once for each hazard"),
        Row("- measure", cut_s, "every cut proved by its area"),
        Row("STRtree, intersection pair by pair", tree_s, "n=1; same total to 1e-9"),
        Row("geopandas.overlay", their_s, "n=1; same total to 1e-9"),
        Row("knr_gis: measure 100,000 fields", many_s, "n=1; for the growth: 20 times the fields"),
    ]
