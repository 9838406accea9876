"""Data of the overlay bench, made from a seed: fields, roads, depth zones and municipalities of a coast."""

import itertools

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio import features
from scipy.ndimage import gaussian_filter, gaussian_filter1d, zoom

Shapes = NDArray[np.object_]
CELL_M = 10.0
HEIGHT_M = 50_000.0
REACH_M = 10_000.0  # the coast is y = 0; zones reach so far inland


def random_fields(n: int, width_m: float, *, seed: int) -> Shapes:
    """Return ``n`` fields of 12 vertices and about 0.6 ha that do not overlap, scattered over the strip."""
    rng = np.random.default_rng(seed)
    columns = int(np.sqrt(n * width_m / HEIGHT_M))
    rows = -(-n // columns)
    place = rng.permutation(columns * rows)[:n]
    pitch = np.array([width_m / columns, HEIGHT_M / rows])
    centre = (np.column_stack([place % columns, place // columns]) + 0.5) * pitch
    centre += rng.uniform(-1, 1, (n, 2)) * (pitch / 2 - 56)
    angle = (np.arange(12) + rng.uniform(0.1, 0.9, (n, 12))) * (2 * np.pi / 12)
    radius = rng.uniform(35, 55, (n, 12))
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=-1) * radius[..., None] + centre[:, None]
    return np.asarray(shapely.polygons(ring))


def random_roads(n: int, width_m: float, *, seed: int) -> Shapes:
    """Return ``n`` road edges of 5 vertices and about 120 m, scattered over the strip."""
    rng = np.random.default_rng(seed)
    start = rng.uniform((0, 0), (width_m, HEIGHT_M), (n, 1, 2))
    heading = rng.uniform(0, 2 * np.pi, (n, 1)) + np.cumsum(rng.normal(0, 0.4, (n, 4)), axis=1)
    step = np.stack([np.cos(heading), np.sin(heading)], axis=-1) * rng.uniform(20, 40, (n, 4, 1))
    return np.asarray(shapely.linestrings(np.concatenate([start, start + np.cumsum(step, axis=1)], axis=1)))


def depth_grid(width_m: float, *, seed: int) -> NDArray[np.uint8]:
    """Return depth classes 0 (dry) to 6 on cells of 10 m, first row at the coast, as a flood leaves them."""
    rng = np.random.default_rng(seed)
    rows, columns = int(REACH_M / CELL_M), int(width_m / CELL_M)
    coarse = gaussian_filter(rng.standard_normal((rows // 10 + 1, columns // 10 + 1)), 8)
    ground = zoom(coarse / coarse.std() * 1.4, 10, order=1)[:rows, :columns].astype(np.float32)
    fine = gaussian_filter(rng.standard_normal((rows, columns), dtype=np.float32), 1.5)
    ground += fine * (0.078 / fine.std())
    valleys = gaussian_filter1d(rng.standard_normal(columns), 300)
    ground += (valleys / valleys.std() * 2).astype(np.float32)
    ground += np.linspace(-6, 6, rows, dtype=np.float32)[:, None]
    return np.asarray(np.digitize(-ground, [0, 0.3, 1, 2, 5, 10]), dtype=np.uint8)


def staircase_zones(grid: NDArray[np.uint8]) -> tuple[Shapes, NDArray[np.int64]]:
    """Return the outlines of the classes of a grid, as the published zones are, and their classes."""
    found = list(features.shapes(grid, mask=grid > 0, transform=Affine(CELL_M, 0, 0, 0, CELL_M, 0)))
    shapes = np.array([shapely.geometry.shape(outline) for outline, _ in found], dtype=object)
    return shapes, np.array([int(value) for _, value in found])


def municipalities(count: int, width_m: float, *, seed: int) -> Shapes:
    """
    Return strips from the coast inland with ragged borders that neighbours share, of 12,000 vertices.

    The outer borders stand a hundredth of the width outside the strip, and the ends a kilometre.
    """
    rng = np.random.default_rng(seed)
    y = np.linspace(-1000, HEIGHT_M + 1000, 6000)
    middle = np.linspace(0, width_m, count + 1)
    middle[[0, -1]] += np.array([-1, 1]) * (width_m / 100 + 20)
    borders = []
    for x in middle:
        sway = gaussian_filter1d(rng.normal(0, width_m / 45, len(y)), 60) + rng.normal(0, 3, len(y))
        borders.append(np.column_stack([x + sway, y]))
    rings = [np.concatenate([a, b[::-1]]) for a, b in itertools.pairwise(borders)]
    return np.array([shapely.Polygon(ring) for ring in rings], dtype=object)
