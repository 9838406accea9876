"""Steps that a line bars, compiled: a river, a shore or a wall is crossed by no step, however thin it is."""

import numpy as np
from numba import njit

from knr_gis.network import Floats, Ints
from knr_gis.terrain.moves import HAIR, Steps

_HAIR_ROW, _HAIR_COLUMN = HAIR
_REACH = 2


@njit(cache=True)
def bar(steps: Steps, segments: Floats, offsets: Ints) -> None:
    """
    Take from ``steps`` (in place) all that cross a segment.

    Parameters
    ----------
    steps
        Shape (rows, columns), bits.
    segments
        Shape (S, 4): row and column of both ends, in cells from the centre of the first cell. None should be
        longer than about a cell: the cells around each are looked at one by one.
    offsets
        Shape (16, 2): row and column of each step, the opposite of step d being d ^ 1.
    """
    rows, columns = steps.shape
    for s in range(len(segments)):
        y0, x0 = segments[s, 0] + _HAIR_ROW, segments[s, 1] + _HAIR_COLUMN
        y1, x1 = segments[s, 2] + _HAIR_ROW, segments[s, 3] + _HAIR_COLUMN
        top, bottom = max(0, int(np.floor(min(y0, y1))) - _REACH), min(rows - 1, int(max(y0, y1)) + 1)
        left, right = (
            max(0, int(np.floor(min(x0, x1))) - _REACH),
            min(columns - 1, int(max(x0, x1)) + 1 + _REACH),
        )
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                for step in range(0, len(offsets), 2):  # each pair of opposite steps once, downwards
                    if (steps[row, column] >> step) & 1:
                        down, aside = row + offsets[step, 0], column + offsets[step, 1]
                        if _crosses(y0, x0, y1, x1, row, column, down, aside):
                            steps[row, column] &= ~np.uint16(1 << step)
                            steps[down, aside] &= ~np.uint16(1 << (step ^ 1))


@njit(cache=True)
def _crosses(  # noqa: PLR0913, PLR0917  plain numbers are what is fast
    y0: float, x0: float, y1: float, x1: float, v0: float, u0: float, v1: float, u1: float
) -> bool:
    """Tell whether two segments have a point in common (also where they only touch)."""
    if _side(v0, u0, v1, u1, y0, x0) * _side(v0, u0, v1, u1, y1, x1) > 0:
        return False
    return _side(y0, x0, y1, x1, v0, u0) * _side(y0, x0, y1, x1, v1, u1) <= 0


@njit(cache=True)
def _side(y0: float, x0: float, y1: float, x1: float, y: float, x: float) -> float:
    """Return on which side of a line a point lies, as a sign."""
    return float(np.sign((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)))
