"""A regular grid of numbers on the ground: elevation or depth."""

from dataclasses import dataclass

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS


@dataclass(frozen=True)
class Grid:
    """
    Numbers on a north-up raster.

    Parameters
    ----------
    values
        Shape ``(rows, columns)``, float; unknown cells are NaN, never a sentinel number.
    transform
        Cell ``(column, row)`` to ``(x, y)``; row 0 lies in the north.
    crs
        CRS of ``x, y``.
    unit
        Unit of the values, e.g. ``"m"``.
    """

    values: NDArray[np.float32]
    transform: Affine
    crs: CRS
    unit: str = "m"

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Outer edge of the cells as ``(minx, miny, maxx, maxy)``."""
        rows, columns = self.values.shape
        x0, y0 = self.transform @ (0, 0)
        x1, y1 = self.transform @ (columns, rows)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def sample(grid: Grid, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the value of the cell under each point ``(x, y)`` in the grid's CRS; NaN outside."""
    columns, rows = ~grid.transform @ (np.asarray(x, float), np.asarray(y, float))
    row, column = np.floor(rows).astype(int), np.floor(columns).astype(int)
    height, width = grid.values.shape
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    found = np.full(len(row), np.nan)
    found[inside] = grid.values[row[inside], column[inside]]
    return found


def merge_grids(grids: list[Grid]) -> Grid:
    """
    Return one grid that covers all; where several know a cell, the first one counts.

    All grids must share CRS, unit and cell size; offsets are rounded to whole cells.
    """
    first = grids[0]
    cell = first.transform.a
    boxes = np.array([grid.bounds for grid in grids])
    x0, y1 = boxes[:, 0].min(), boxes[:, 3].max()
    rows = round((y1 - boxes[:, 1].min()) / cell)
    columns = round((boxes[:, 2].max() - x0) / cell)
    values = np.full((rows, columns), np.nan, dtype=np.float32)
    for grid, (left, _, _, top) in zip(grids, boxes, strict=True):
        row, column = round((y1 - top) / cell), round((left - x0) / cell)
        height, width = grid.values.shape
        window = values[row : row + height, column : column + width]
        np.copyto(window, grid.values[: window.shape[0], : window.shape[1]], where=np.isnan(window))
    return Grid(values, Affine(cell, 0, x0, 0, -cell, y1), first.crs, first.unit)
