"""The ground that people walk on where there is no street: a grid of cells and the steps between them."""

from dataclasses import dataclass

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS

from knr_gis.errors import AnalysisError
from knr_gis.network import Flags, Floats, Ints
from knr_gis.terrain.moves import METRICATION, N_NEAR, Moves, Steps, moves_of, open_steps

Heights = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Terrain:
    """
    A grid of ground.

    Parameters
    ----------
    transform
        Cell ``(column, row)`` to ``(x, y)``; row 0 lies in the north; square cells.
    crs
        In metres.
    passable
        Shape (rows, columns): where people can be at all.
    steps
        Shape (rows, columns), bits: which of the 16 steps (``moves.OFFSETS``) can be made.
    elevation
        Shape (rows, columns), metres; NaN = unknown, counted as level. None: nothing is known.
    speed_factor
        Shape (rows, columns), above 0: multiplies the speed (wetland, snow). None: 1 everywhere.
    wanted_cell_m
        Cell that was asked for; ``cell_m`` is larger where the grid would have become too large.
    """

    transform: Affine
    crs: CRS
    passable: Flags
    steps: Steps
    elevation: Heights | None
    speed_factor: Heights | None
    wanted_cell_m: float

    @property
    def cell_m(self) -> float:
        """Edge of a cell."""
        return float(self.transform.a)

    @property
    def is_coarsened(self) -> bool:
        """Whether the cells are larger than asked for."""
        return self.cell_m > self.wanted_cell_m

    @property
    def error_share(self) -> float:
        """How much too long a way on open level ground is at most, because there are only 8 or 16 steps."""
        return float(METRICATION[16 if (self.steps >> N_NEAR).any() else 8])

    @property
    def n_level(self) -> int:
        """Number of passable cells whose elevation is unknown; slopes to and from them count as level."""
        if self.elevation is None:
            return int(self.passable.sum())
        return int((self.passable & np.isnan(self.elevation)).sum())

    @property
    def moves(self) -> Moves:
        """The steps on flat arrays of this grid."""
        return moves_of(self.passable.shape[1], self.cell_m)

    def centres(self, cells: Ints) -> Floats:
        """Return the centres of cells (numbers in the flat grid), shape (n, 2); NaN for cell -1."""
        row, column = np.divmod(cells, self.passable.shape[1])
        x0, y0 = self.transform.c, self.transform.f
        xy = np.column_stack([x0 + (column + 0.5) * self.cell_m, y0 - (row + 0.5) * self.cell_m])
        return np.where((cells >= 0)[:, None], xy, np.nan)

    def cells(self, points_xy: Floats) -> Ints:
        """Return the cell under each point, shape (n,); -1 outside the grid and for points of no place."""
        x, y = np.asarray(points_xy, dtype=float).reshape(-1, 2).T
        column, row = (np.floor(np.nan_to_num(value, nan=-1.0)) for value in ~self.transform @ (x, y))
        rows, columns = self.passable.shape
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        return np.where(inside, row * columns + column, -1).astype(np.int64)


def terrain_of(
    passable: Flags,
    transform: Affine,
    *,
    crs: CRS,
    elevation: Heights | None = None,
    speed_factor: Heights | None = None,
    n_steps: int = 16,
) -> Terrain:
    """
    Return a terrain of which only cells are known: no lines, no roads.

    Parameters
    ----------
    passable, transform, crs, elevation, speed_factor
        See ``Terrain``.
    n_steps
        8 or 16; with 8 the ways are up to 8.24 % too long instead of 2.75 %.

    Raises
    ------
    AnalysisError
        If cells are not square, an array has another shape, or a speed factor is not above 0.
    """
    _require_square(transform)
    for name, array in (("elevation", elevation), ("speed_factor", speed_factor)):
        if array is not None and array.shape != passable.shape:
            raise AnalysisError("terrain.shape", name=name, found=array.shape, wanted=passable.shape)
    if speed_factor is not None:
        _require_positive(speed_factor[passable])
    steps = open_steps(passable) & np.uint16((1 << n_steps) - 1)
    return Terrain(transform, crs, passable, steps, elevation, speed_factor, float(transform.a))


def _require_square(transform: Affine) -> None:
    if not (transform.a > 0 and np.isclose(transform.a, -transform.e) and transform.b == transform.d == 0):
        raise AnalysisError("terrain.not_square", transform=tuple(transform)[:6])


def _require_positive(speed_factor: Heights) -> None:
    n_bad = int((~(np.isfinite(speed_factor) & (speed_factor > 0))).sum())
    if n_bad:
        raise AnalysisError("terrain.bad_factor", count=n_bad)
