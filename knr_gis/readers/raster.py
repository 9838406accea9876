"""GeoTIFF of elevation or of inundation depth, read through a window and clipped to the box."""

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.warp import Resampling, reproject
from rasterio.windows import Window, from_bounds

from knr_gis.crs import JGD2011, parse_crs, transform_bounds
from knr_gis.errors import CrsError, ReadError
from knr_gis.findings import Finding
from knr_gis.grid import Grid
from knr_gis.readers import ReadRequest, ReadResult
from knr_gis.readers.depth_areas import depth_polygons

Values = NDArray[np.float32]
DEPTH_LAYERS = ("tsunami_inundation", "tsunami_inundation_before", "flood_inundation")
# Numbers that publishers write for "no value" without declaring it.
_SENTINELS = (-9999.0, -99999.0, -32767.0, -32768.0, 9999.0, 99999.0, 32767.0, 65535.0)
# Deepest trench, highest summit; and 100 m, the most that depth_max_m allows (columns.toml).
_POSSIBLE_M = {"raster": (-11_000.0, 9_000.0), "polygon": (-11_000.0, 100.0)}
# A grid in memory has at most so many cells (256 MB); finer elevation is averaged.
MAX_CELLS = 64_000_000
_STRIP_CELLS = 16_000_000


def read_raster(request: ReadRequest) -> ReadResult:
    """
    Return a GeoTIFF as a grid (elevation) or as depth-class polygons (inundation).

    Only the window under ``request.bounds`` is read. Declared no-data, NaN, masked cells and the
    usual undeclared numbers (-9999, 32767, ...) become NaN; scale and offset are applied.

    Returns
    -------
    ReadResult
        For a layer of geometry ``raster`` a Grid; for ``tsunami_inundation`` polygons with
        ``depth_min_m``, ``depth_max_m`` (NaN = open), ``depth_label``; both in the file's CRS.

    Raises
    ------
    ReadError
        If the file is damaged, is a picture, is rotated, or does not touch the box.
    CrsError
        If neither the file nor the user states a CRS.
    """
    layer = request.layer
    if layer.geometry != "raster" and layer.id not in DEPTH_LAYERS:
        raise ReadError("read_raster.wrong_layer", file=request.path.name, layer=layer.title_ja)
    with _opened(request.path) as dataset:
        crs = _crs_of(dataset, request)
        _require_usable(dataset, request.path.name)
        window = _window(dataset, crs, request)
        if layer.geometry == "raster":
            return _read_elevation(dataset, window, request, crs=crs)
        return _read_depth(dataset, window, request, crs=crs)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open a raster; whatever GDAL says about it becomes one line for the user."""
    if path.is_file() and path.stat().st_size == 0:
        raise ReadError("read_raster.empty", file=path.name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path) as dataset:
                yield dataset
    except RasterioError as error:
        reason = error.__cause__ or error
        raise ReadError("read_raster.broken", file=path.name, reason=reason) from error


def _read_elevation(dataset: Any, window: Window, request: ReadRequest, *, crs: CRS) -> ReadResult:
    """Return the window as one grid, averaged to coarser cells where it would not fit."""
    factor = coarsening(window.width * window.height)
    rows, n_absurd = [], 0
    for strip in _strips(window, factor):
        values, n_bad = _read_values(dataset, strip, "raster")
        rows.append(coarsen(values, factor))
        n_absurd += n_bad
    grid = Grid(np.vstack(rows), dataset.window_transform(window) @ Affine.scale(factor), crs)
    if not np.isfinite(grid.values).any():
        raise ReadError("read_raster.no_values", file=request.path.name)
    findings = _absurd(request, n_absurd)
    if factor > 1:
        findings.append(Finding("grid_coarsened", request.layer.id, "info", values={"factor": factor}))
    return ReadResult(_north_up(grid), findings)


def _read_depth(dataset: Any, window: Window, request: ReadRequest, *, crs: CRS) -> ReadResult:
    """Return the window as depth-class polygons; large files are worked through in strips."""
    frames, n_absurd = [], 0
    for strip in _strips(window, 1):
        values, n_bad = _read_values(dataset, strip, "polygon")
        frames.append(depth_polygons(Grid(values, dataset.window_transform(strip), crs)))
        n_absurd += n_bad
    wet = [frame for frame in frames if not frame.empty]
    if not wet:
        raise ReadError("read_raster.all_dry", file=request.path.name)
    findings = _absurd(request, n_absurd)
    if np.issubdtype(np.dtype(dataset.dtypes[0]), np.integer) and dataset.scales[0] == 1:
        findings.append(Finding("depth_raster_whole_numbers", request.layer.id))
    return ReadResult(gpd.GeoDataFrame(pd.concat(wet, ignore_index=True), crs=crs), findings)


def _strips(window: Window, factor: int) -> Iterator[Window]:
    """Yield the window in strips that fit into memory; their heights are multiples of ``factor``."""
    height = max(1, _STRIP_CELLS // window.width // factor) * factor
    end = window.row_off + window.height
    for row in range(window.row_off, end, height):
        yield Window(window.col_off, row, window.width, min(height, end - row))


def _read_values(dataset: Any, window: Window, geometry: str) -> tuple[Values, int]:
    """Return cells in metres with NaN for unknown, and the count of impossible numbers."""
    raw = dataset.read(1, window=window, masked=True)
    with np.errstate(over="ignore"):  # 1e300 for "no value" becomes infinite, hence impossible, below
        values = np.asarray(raw.data, dtype=np.float32)
    values = np.where(np.ma.getmaskarray(raw) | np.isin(values, _SENTINELS), np.float32(np.nan), values)
    values = (values * np.float32(dataset.scales[0]) + np.float32(dataset.offsets[0])).astype(np.float32)
    low, high = _POSSIBLE_M[geometry]
    absurd = (values < low) | (values > high)
    values[absurd] = np.nan
    return values, int(absurd.sum())


def _absurd(request: ReadRequest, count: int) -> list[Finding]:
    return [Finding("raster_absurd", request.layer.id, values={"count": count})] if count else []


def coarsening(n_cells: int) -> int:
    """Return by how many cells in a row a grid must be averaged to have at most MAX_CELLS cells."""
    return max(1, math.ceil(math.sqrt(n_cells / MAX_CELLS)))


def coarsen(values: Values, factor: int) -> Values:
    """Return means over blocks of ``factor`` x ``factor`` cells; unknown cells do not count."""
    if factor == 1:
        return values
    rows, columns = (-size % factor for size in values.shape)
    padded = np.pad(values, ((0, rows), (0, columns)), constant_values=np.nan)
    height, width = padded.shape
    blocks = padded.reshape(height // factor, factor, width // factor, factor)
    count = np.isfinite(blocks).sum(axis=(1, 3))
    total = np.nansum(blocks, axis=(1, 3), dtype=np.float64)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def _crs_of(dataset: Any, request: ReadRequest) -> CRS:
    """Return the CRS that the file states, else the one that the user states."""
    if dataset.crs is not None and not CRS.from_wkt(dataset.crs.to_wkt()).is_engineering:
        return CRS.from_wkt(dataset.crs.to_wkt())
    if request.crs is None:
        raise CrsError("crs.missing", where=request.path.name)
    return parse_crs(request.crs)


def _require_usable(dataset: Any, file: str) -> None:
    """Raise ReadError for pictures, and for grids without a position or turned against north."""
    if dataset.count >= 3 and dataset.dtypes[0] == "uint8":
        raise ReadError("read_raster.picture", file=file)
    if dataset.transform == Affine.identity():
        raise ReadError("read_raster.no_position", file=file)
    if dataset.transform.b or dataset.transform.d:
        raise ReadError("read_raster.rotated", file=file)


def _window(dataset: Any, crs: CRS, request: ReadRequest) -> Window:
    """Return the window of whole cells that touches the box; raise ReadError when none does."""
    whole = Window(0, 0, dataset.width, dataset.height)
    if request.bounds is None:
        return whole
    west, south, east, north = transform_bounds(request.bounds, JGD2011, crs)
    top, bottom = (north, south) if dataset.transform.e < 0 else (south, north)
    exact = from_bounds(west, bottom, east, top, dataset.transform)
    left, right = max(0, math.floor(exact.col_off)), math.ceil(exact.col_off + exact.width)
    first, last = max(0, math.floor(exact.row_off)), math.ceil(exact.row_off + exact.height)
    right, last = min(dataset.width, right), min(dataset.height, last)
    if left >= right or first >= last:
        raise ReadError("read_raster.outside", file=request.path.name)
    return Window(left, first, right - left, last - first)


def _north_up(grid: Grid) -> Grid:
    """Return the grid with row 0 in the north."""
    if grid.transform.e < 0:
        return grid
    height = grid.values.shape[0]
    flipped = grid.transform @ Affine.translation(0, height) @ Affine.scale(1, -1)
    return Grid(grid.values[::-1].copy(), flipped, grid.crs, grid.unit)


def grid_to_crs(grid: Grid, crs: CRS, resolution_m: float) -> Grid:
    """
    Return a grid in another CRS with square cells whose edges are multiples of their size.

    Averages where cells become larger, interpolates bilinearly where they become smaller; unknown
    cells take no part.

    Parameters
    ----------
    crs
        In metres.
    resolution_m
        Edge of a cell.
    """
    west, south, east, north = transform_bounds(grid.bounds, grid.crs, crs)
    left, top = math.floor(west / resolution_m), math.ceil(north / resolution_m)
    shape = (top - math.floor(south / resolution_m), math.ceil(east / resolution_m) - left)
    transform = Affine(resolution_m, 0, left * resolution_m, 0, -resolution_m, top * resolution_m)
    values = np.full(shape, np.nan, dtype=np.float32)
    finer = (east - west) / grid.values.shape[1] < resolution_m
    reproject(
        grid.values, values, src_transform=grid.transform, dst_transform=transform,
        src_crs=grid.crs.to_wkt(), dst_crs=crs.to_wkt(), src_nodata=np.nan, dst_nodata=np.nan,
        resampling=Resampling.average if finer else Resampling.bilinear,
    )  # fmt: skip
    return Grid(values, transform, crs, grid.unit)
