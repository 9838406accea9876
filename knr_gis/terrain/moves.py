"""
Steps from cell to cell: to the 8 neighbours and, as the knight moves, to the 8 cells beyond them.

With 8 steps a straight way is drawn as a staircase that is up to 8.24 % too long (1 / cos 22.5°, 5.5 % on the
average of all directions); with 16 up to 2.75 % (1 / cos 13.28°, 1.4 % on the average). The error never
shortens a way.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knr_gis.network import Flags, Floats, Ints

Steps = NDArray[np.uint16]
# Row and column of each step; the opposite of step d is d ^ 1. First straight, then diagonal, then knight.
OFFSETS = np.array(
    [(0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, -1), (1, -1), (-1, 1),
     (1, 2), (-1, -2), (2, 1), (-2, -1), (2, -1), (-2, 1), (1, -2), (-1, 2)]
)  # fmt: skip
N_STRAIGHT = 4
N_NEAR = 8  # straight and diagonal
# Most that a way over open level ground is too long, by the number of steps.
METRICATION = {8: 1 / np.cos(np.pi / 8) - 1, 16: 1 / np.cos(np.arctan(0.5) / 2) - 1}
_REACH = 2
# A fence through the very centre of a cell would lie on both sides of it; so fences are moved by a hair (in
# rows and columns), as a whole, so that they stay without gaps.
HAIR = (1.3e-7, 2.9e-7)


@dataclass(frozen=True, eq=False)
class Moves:
    """
    The 16 steps on flat arrays of a grid.

    Parameters
    ----------
    offsets
        Shape (16,): what to add to the number of a cell.
    beside
        Shape (16, 2): the same for the two cells that a knight's move passes between (see ``between``).
    length_m
        Shape (16,).
    """

    offsets: Ints
    beside: Ints
    length_m: Floats


def moves_of(columns: int, cell_m: float) -> Moves:
    """Return the steps for a grid with so many columns."""
    beside = np.array([between(*step) for step in OFFSETS.tolist()])
    across = np.array([columns, 1])
    length_m = np.hypot(OFFSETS[:, 0], OFFSETS[:, 1]) * cell_m
    return Moves((OFFSETS @ across).astype(np.int64), (beside @ across).astype(np.int64), length_m)


def between(row: int, column: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the two cells beside the middle of a knight's move; of a diagonal step the corner cells."""
    down, right = int(np.sign(row)), int(np.sign(column))
    if abs(row) > 1:
        return (down, 0), (down, column)
    if abs(column) > 1:
        return (0, right), (row, right)
    return ((down, 0), (0, right)) if row and column else ((0, 0), (0, 0))


def open_steps(passable: Flags) -> Steps:
    """
    Return which of the 16 steps can be made from each cell, as bits.

    Both ends must be passable; a diagonal step does not slip between two barriers that touch at the
    corner; a knight's move needs both cells that it passes.

    Parameters
    ----------
    passable
        Shape (rows, columns).
    """
    rows, columns = passable.shape
    wide = np.pad(passable, _REACH)

    def at(row: int, column: int) -> Flags:
        return wide[_REACH + row : _REACH + row + rows, _REACH + column : _REACH + column + columns]

    steps = np.zeros(passable.shape, dtype=np.uint16)
    for number, (row, column) in enumerate(OFFSETS.tolist()):
        is_open = passable & at(row, column)
        if number >= N_STRAIGHT:
            first, second = (at(*cell) for cell in between(row, column))
            is_open &= (first | second) if number < N_NEAR else (first & second)
        steps |= is_open.astype(np.uint16) << np.uint16(number)
    return steps
