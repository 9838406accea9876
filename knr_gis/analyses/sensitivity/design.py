"""Which runs are made, and what they tell: one factor at a time, then a fractional factorial."""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knr_gis.analyses.inputs import Numbers
from knr_gis.analyses.sensitivity.factors import Factor, Level

BASE, ONE, FACTORIAL = "base", "one_at_a_time", "factorial"
_FULL = 3  # up to so many factors all combinations are run

Signs = NDArray[np.int64]


@dataclass(frozen=True)
class Trial:
    """
    One run of the design.

    Parameters
    ----------
    levels
        The level of each factor by its key.
    varied
        The factor that is not at its base, of runs one at a time; else empty.
    """

    kind: str
    levels: dict[str, Level]
    varied: str = ""


def design(factors: list[Factor]) -> list[Trial]:
    """Return the base, each factor at each other level with all others at the base, then the factorial."""
    base = {factor.key: factor.base for factor in factors}
    ones = [
        Trial(ONE, {**base, factor.key: level}, factor.key) for factor in factors for level in factor.others
    ]
    crossed = [
        Trial(FACTORIAL, {f.key: f.pair[int(sign > 0)] for f, sign in zip(factors, row, strict=True)})
        for row in signs(len(factors))
    ]
    return [Trial(BASE, base), *ones, *crossed]


def signs(count: int) -> Signs:
    """
    Return the two-level design, shape (runs, count), of -1 and +1.

    Up to three factors: all combinations. From four on half of them, 2^(k-1): the last factor has the
    product of the signs of the others (generator D = ABC, or E = ABCD), so that each main effect is mixed
    only with the interaction of all the others: of three factors (resolution IV) or of four (resolution V).
    Source: Box, Hunter and Hunter, Statistics for Experimenters, fractional factorial designs [recalled].
    """
    free = count if count <= _FULL else count - 1
    rows = np.array(list(itertools.product((-1, 1), repeat=free)), dtype=np.int64).reshape(-1, free)
    return rows if free == count else np.column_stack([rows, rows.prod(axis=1)])


def main_effects(rows: Signs, response: Numbers) -> Numbers:
    """
    Return the mean response at the high level less that at the low one.

    Parameters
    ----------
    rows
        Shape (runs, factors): each column holds as many -1 as +1.
    response
        Shape (runs, m).

    Returns
    -------
    ndarray
        Shape (factors, m); NaN where a response is unknown in any run.
    """
    return np.asarray(rows.T @ response / (len(rows) / 2))
