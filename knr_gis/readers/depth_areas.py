"""Inundation as polygons of one depth class each, from cells of depth."""

from typing import Any

import geopandas as gpd
import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.features import shapes
from shapely.geometry import shape

from knr_gis.depth import DepthClass, depth_label, standard_classes
from knr_gis.grid import Grid


def depth_polygons(grid: Grid) -> gpd.GeoDataFrame:
    """
    Return the inundated area of a depth grid as polygons, one or more per depth class.

    Cells below the outer limit (0.01 m) and NaN cells are outside. Cells that touch at a corner
    only are not joined, so every polygon is valid and its area is cells times cell area.

    Parameters
    ----------
    grid
        Depth in metres.

    Returns
    -------
    GeoDataFrame
        ``depth_min_m``, ``depth_max_m`` (NaN = no upper bound), ``depth_label``, CRS of the grid.
    """
    classes = standard_classes()
    # In the grid's own precision, so that a cell of float32 0.3 counts as 0.3 and not as less.
    limits = np.array([c.lower_m for c in classes], dtype=np.float32)
    index = np.digitize(np.nan_to_num(grid.values, nan=-1.0), limits).astype(np.uint8)
    return class_polygons(index, list(classes), grid.transform, crs=grid.crs)


def class_polygons(
    index: NDArray[np.uint8], classes: list[DepthClass | None], transform: Affine, *, crs: CRS
) -> gpd.GeoDataFrame:
    """
    Return the polygons of a class grid.

    Parameters
    ----------
    index
        Shape (rows, columns): 0 is outside, ``n`` is ``classes[n - 1]``.
    classes
        Depth classes; None stands for "inundated, depth unknown".
    """
    pairs = [
        (shape(geometry), classes[int(value) - 1])
        for geometry, value in shapes(index, mask=index > 0, connectivity=4, transform=transform)
    ]
    return class_frame(pairs, crs)


def class_frame(pairs: list[tuple[Any, DepthClass | None]], crs: CRS) -> gpd.GeoDataFrame:
    """Return polygons with the columns of their depth class; an unknown depth is NaN, never 0."""
    bounds = [(None, None) if c is None else (c.lower_m, c.upper_m) for _, c in pairs]
    columns = {
        "depth_min_m": np.array([lower for lower, _ in bounds], dtype=float),
        "depth_max_m": np.array([upper for _, upper in bounds], dtype=float),
        "depth_label": [depth_label(*pair) for pair in bounds],
    }
    return gpd.GeoDataFrame(columns, geometry=[polygon for polygon, _ in pairs], crs=crs)
