"""A terrain grid as bands of equal height, which is what every map can draw."""

import warnings

import geopandas as gpd
import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import shapes
from shapely.geometry import shape

from knr_gis.grid import Grid

_MOST_CELLS = 250_000


def elevation_bands(grid: Grid, breaks_m: list[float]) -> gpd.GeoDataFrame:
    """
    Return the land as polygons between heights.

    Parameters
    ----------
    grid
        Elevation in metres; unknown cells have no band.
    breaks_m
        Lower edges of the bands, ascending. Land below the first belongs to the first.

    Returns
    -------
    GeoDataFrame
        ``elevation_m`` (lower edge of the band), CRS of the grid. For drawing only: large grids
        are averaged over blocks first.
    """
    coarse = coarsen(grid, _MOST_CELLS)
    known = np.isfinite(coarse.values)
    band = np.digitize(np.nan_to_num(coarse.values), np.array(breaks_m[1:], dtype=np.float32)).astype(
        np.uint8
    )
    found = list(shapes(band, mask=known, connectivity=4, transform=coarse.transform))
    heights = [float(breaks_m[int(value)]) for _, value in found]
    return gpd.GeoDataFrame({"elevation_m": heights}, geometry=[shape(g) for g, _ in found], crs=grid.crs)


def coarsen(grid: Grid, most_cells: int) -> Grid:
    """Return the grid averaged over square blocks so that it has at most about ``most_cells`` cells."""
    step = int(np.ceil(np.sqrt(grid.values.size / most_cells)))
    if step <= 1:
        return grid
    values = _block_mean(grid.values, step)
    return Grid(values, grid.transform @ Affine.scale(step), grid.crs, grid.unit)


def _block_mean(values: NDArray[np.float32], step: int) -> NDArray[np.float32]:
    """Return block means; a block is unknown where all its cells are."""
    rows, columns = (-(-size // step) * step for size in values.shape)
    padded = np.full((rows, columns), np.nan, dtype=np.float32)
    padded[: values.shape[0], : values.shape[1]] = values
    blocks = padded.reshape(rows // step, step, columns // step, step)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a block of the sea has no mean
        return np.asarray(np.nanmean(blocks, axis=(1, 3)), dtype=np.float32)
