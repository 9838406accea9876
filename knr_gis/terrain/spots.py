"""From points on the ground to cells of the terrain."""

from dataclasses import dataclass

import numpy as np

from knr_gis.network import Flags, Floats, Ints
from knr_gis.terrain.ground import Terrain


@dataclass(frozen=True, eq=False)
class Spots:
    """
    Where points meet the terrain.

    Parameters
    ----------
    cell
        Shape (P,): number of the cell; -1 where none is near enough.
    snap_m
        Shape (P,): 0 for a point on a passable cell, else the distance to the centre of the nearest
        one; NaN where there is none within the limit.
    """

    cell: Ints
    snap_m: Floats

    @property
    def reached(self) -> Flags:
        """Shape (P,): False where no passable cell is near enough."""
        return np.asarray(self.cell >= 0)


def snap_cells(terrain: Terrain, points_xy: Floats, *, limit_m: float) -> Spots:
    """
    Return the cell of each point: the one it lies on, else the nearest passable one within a limit.

    The distance is straight: it does not ask what lies between (a point in a river may come to either bank).
    """
    points = np.asarray(points_xy, dtype=float).reshape(-1, 2)
    cell = terrain.cells(points)
    on = (cell >= 0) & terrain.passable.ravel()[cell]
    cell, snap_m = np.where(on, cell, -1), np.where(on, 0.0, np.nan)
    for k in np.flatnonzero(~on & np.isfinite(points).all(axis=1)):
        cell[k], snap_m[k] = _nearest(terrain, points[k], limit_m)
    return Spots(cell, snap_m)


def _nearest(terrain: Terrain, point: Floats, limit_m: float) -> tuple[int, float]:
    """Return the nearest passable cell and the distance to its centre; -1 and NaN beyond the limit."""
    rows, columns = terrain.passable.shape
    column, row = (float(value) for value in ~terrain.transform @ (point[0], point[1]))
    reach = limit_m / terrain.cell_m + 1
    top, bottom = (int(np.clip(row + by, 0, rows)) for by in (-reach, reach + 1))
    left, right = (int(np.clip(column + by, 0, columns)) for by in (-reach, reach + 1))
    found_row, found_column = np.nonzero(terrain.passable[top:bottom, left:right])
    if not len(found_row):
        return -1, np.nan
    away = np.hypot(found_row + top + 0.5 - row, found_column + left + 0.5 - column) * terrain.cell_m
    k = int(away.argmin())
    near = away[k] <= limit_m
    return (
        (int((found_row[k] + top) * columns + found_column[k] + left), float(away[k]))
        if near
        else (-1, np.nan)
    )
