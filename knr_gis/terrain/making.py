"""The terrain of an analysis from its layers: land, water, roads and heights."""

import math
from collections.abc import Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.features import rasterize
from rasterio.warp import Resampling, reproject

from knr_gis.crs import Bounds, require_same_crs, transform_bounds
from knr_gis.errors import AnalysisError
from knr_gis.geometry import present
from knr_gis.grid import Grid
from knr_gis.network import Flags, Floats
from knr_gis.terrain.crossing import Shores, open_roads
from knr_gis.terrain.ground import Heights, Terrain, terrain_of
from knr_gis.terrain.moves import OFFSETS, Steps

MOST_CELLS = 6_000_000
_MARGIN_CELLS = 4  # what lies farther out than this cannot touch a step
Shapes = NDArray[np.object_]


def make_terrain(
    bounds: Bounds,
    cell_m: float,
    *,
    land: gpd.GeoDataFrame,
    barriers: Sequence[gpd.GeoDataFrame] = (),
    ways: gpd.GeoDataFrame | None = None,
    elevation: Grid | None = None,
) -> Terrain:
    """
    Return the terrain of an area.

    A cell is passable where its centre is on land and in no barrier polygon; no step crosses a shore, the
    edge of a barrier polygon or a barrier line, however thin they are. Roads lead over them (see
    ``open_roads``). Land that is narrower than a cell may be lost, with or without a road on it.

    Parameters
    ----------
    bounds
        ``(minx, miny, maxx, maxy)`` in the CRS of ``land``, in metres.
    cell_m
        Edge of a cell; made larger where the grid would have more than ``MOST_CELLS`` cells.
    land
        Polygons; neighbours may share edges, their common edge is no barrier.
    barriers
        Rivers, lakes, areas where nobody walks: lines and polygons.
    ways
        Roads that can be walked.
    elevation
        Heights in any CRS; averaged over the cells where it is finer than they are, else bilinear. What is
        unknown stays unknown.

    Raises
    ------
    AnalysisError
        If bounds or cell make no grid.
    CrsError
        If the layers are not in one CRS in metres.
    """
    crs = require_same_crs(land, *barriers, *([] if ways is None else [ways]))
    transform, shape = _grid(bounds, cell_m)
    window = _window(transform, shape)
    ground = _clipped([land], window)
    water = _clipped(barriers, window)
    passable = _covered(ground, transform, shape) & ~_covered(_polygons(water), transform, shape)
    heights = None if elevation is None else resampled(elevation, transform, shape, crs=crs)
    terrain = replace(terrain_of(passable, transform, crs=crs, elevation=heights), wanted_cell_m=cell_m)
    shores = Shores(ground, _polygons(water), _fences(ground, water, window))
    fenced = replace(terrain, steps=bar_steps(terrain.steps, shores.fences, transform))
    return fenced if ways is None else open_roads(fenced, _clipped([ways], window), shores)


def _grid(bounds: Bounds, cell_m: float) -> tuple[Affine, tuple[int, int]]:
    """Return the transform and shape of a grid of whole cells around the bounds, not too large."""
    west, south, east, north = bounds
    if not (np.isfinite(bounds).all() and east > west and north > south and cell_m > 0):
        raise AnalysisError("terrain.bad_bounds", bounds=bounds, cell=cell_m)
    cell = max(cell_m, math.ceil(math.sqrt((east - west) * (north - south) / MOST_CELLS)))
    while True:
        left, top = math.floor(west / cell), math.ceil(north / cell)
        shape = (top - math.floor(south / cell), math.ceil(east / cell) - left)
        if shape[0] * shape[1] <= MOST_CELLS:
            return Affine(cell, 0, left * cell, 0, -cell, top * cell), shape
        cell += 1.0


def _window(transform: Affine, shape: tuple[int, int]) -> Bounds:
    """Return the bounds of the grid and a margin around it."""
    x0, y1 = transform @ (-_MARGIN_CELLS, -_MARGIN_CELLS)
    x1, y0 = transform @ (shape[1] + _MARGIN_CELLS, shape[0] + _MARGIN_CELLS)
    return x0, y0, x1, y1


def _clipped(frames: Sequence[gpd.GeoDataFrame], window: Bounds) -> Shapes:
    """Return what of the frames lies in the window."""
    shapes = [present(frame).geometry.to_numpy() for frame in frames]
    every = np.concatenate([np.empty(0, dtype=object), *shapes])
    clipped = shapely.intersection(
        every[shapely.intersects(every, shapely.box(*window))], shapely.box(*window)
    )
    return np.asarray(clipped[~shapely.is_empty(clipped)], dtype=object)


def _polygons(shapes: Shapes) -> Shapes:
    return np.asarray(shapes[shapely.get_dimensions(shapes) == 2], dtype=object)


def _covered(polygons: Shapes, transform: Affine, shape: tuple[int, int]) -> Flags:
    """Return the cells whose centre is in a polygon."""
    if not len(polygons):
        return np.zeros(shape, dtype=bool)
    burnt = rasterize(((polygon, 1) for polygon in polygons), shape, transform=transform, dtype="uint8")
    return np.asarray(burnt, dtype=bool)


def _fences(ground: Shapes, water: Shapes, window: Bounds) -> Shapes:
    """Return all that bars steps as lines: shores, edges of barrier polygons, barrier lines."""
    shore = shapely.boundary(shapely.union_all(ground))
    areas = _polygons(water)
    lines = water[shapely.get_dimensions(water) == 1]
    edges = np.concatenate([[shore], shapely.boundary(areas), lines])
    parts = shapely.get_parts(edges[~shapely.is_missing(edges)])
    return np.asarray(parts[shapely.intersects(parts, shapely.box(*window))], dtype=object)


def bar_steps(steps: Steps, fences: Shapes, transform: Affine) -> Steps:
    """Return the steps without those that cross a fence."""
    from knr_gis.terrain.fences import bar  # noqa: PLC0415  numba takes a second to import

    barred = steps.copy()
    bar(barred, segments_of(fences, transform), OFFSETS)
    return barred


def segments_of(lines: Shapes, transform: Affine) -> Floats:
    """Return the segments of lines in cells from the centre of the first, (row, column) twice, none long."""
    fine = shapely.segmentize(lines, transform.a)
    xy, line = shapely.get_coordinates(fine, return_index=True)
    column, row = ~transform @ (xy[:, 0], xy[:, 1])
    places = np.column_stack([row - 0.5, column - 0.5])
    joined = line[1:] == line[:-1]
    return np.ascontiguousarray(np.hstack([places[:-1][joined], places[1:][joined]]))


def resampled(grid: Grid, transform: Affine, shape: tuple[int, int], *, crs: CRS) -> Heights:
    """Return a grid's values on other cells; averaged where it is finer than they are."""
    values = np.full(shape, np.nan, dtype=np.float32)
    west, _, east, _ = transform_bounds(grid.bounds, grid.crs, crs)
    finer = (east - west) / grid.values.shape[1] < transform.a
    reproject(
        grid.values.astype(np.float32, copy=False), values,
        src_transform=grid.transform, dst_transform=transform,
        src_crs=grid.crs.to_wkt(), dst_crs=crs.to_wkt(), src_nodata=np.nan, dst_nodata=np.nan,
        resampling=Resampling.average if finer else Resampling.bilinear,
    )  # fmt: skip
    return values
