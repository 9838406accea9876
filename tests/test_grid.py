"""Grids: the cell under a point, and one grid from several."""

import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from knr_gis.grid import Grid, merge_grids, sample

PLANE = CRS.from_epsg(6681)


def grid(values: object, *, x: float = 0.0, y: float = 20.0, cell: float = 10.0) -> Grid:
    return Grid(np.array(values, dtype=np.float32), Affine(cell, 0, x, 0, -cell, y), PLANE)


TWO_BY_THREE = [[1, 2, 3], [4, np.nan, 6]]


def test_bounds_by_pencil() -> None:
    assert grid(TWO_BY_THREE).bounds == (0, 0, 30, 20)


def test_a_point_takes_the_cell_it_lies_in() -> None:
    x = np.array([0.0, 5.0, 10.0, 29.999, 5.0, 15.0])
    y = np.array([20.0, 15.0, 15.0, 10.001, 0.001, 5.0])
    found = sample(grid(TWO_BY_THREE), x, y)
    np.testing.assert_array_equal(found, [1, 1, 2, 3, 4, np.nan])


def test_outside_is_unknown_and_does_not_wrap_round() -> None:
    x = np.array([-0.001, 30.0, 5.0, 5.0])
    y = np.array([15.0, 15.0, 20.001, 0.0])
    assert np.isnan(sample(grid(TWO_BY_THREE), x, y)).all()


def test_no_points() -> None:
    assert len(sample(grid(TWO_BY_THREE), np.array([]), np.array([]))) == 0


@given(st.integers(1, 9), st.integers(1, 9), st.data())
def test_centres_find_their_own_cell(rows: int, columns: int, data: st.DataObject) -> None:
    values = np.arange(rows * columns).reshape(rows, columns)
    row, column = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))
    here = grid(values, x=-37_000.0, y=-110_000.0, cell=5.0)
    x, y = here.transform @ (column + 0.5, row + 0.5)
    assert sample(here, np.array([x]), np.array([y]))[0] == values[row, column]


def test_merging_keeps_the_first_that_knows() -> None:
    left = grid([[1, np.nan], [3, 4]])
    right = grid([[7, 8], [9, np.nan]], x=10.0)
    merged = merge_grids([left, right])
    assert merged.bounds == (0, 0, 30, 20)
    np.testing.assert_array_equal(merged.values, [[1, 7, 8], [3, 4, np.nan]])
    turned = merge_grids([right, left])
    np.testing.assert_array_equal(turned.values, [[1, 7, 8], [3, 9, np.nan]])


@pytest.mark.parametrize("shift", [(0.0, 0.0), (30.0, -20.0), (100.0, 50.0)])
def test_merged_grids_answer_as_their_parts(shift: tuple[float, float]) -> None:
    first = grid(TWO_BY_THREE)
    second = grid(np.array(TWO_BY_THREE) + 100, x=shift[0], y=20.0 + shift[1])
    merged = merge_grids([first, second])
    rng = np.random.default_rng(2)
    west, south, east, north = merged.bounds
    x, y = rng.uniform(west, east, 300), rng.uniform(south, north, 300)
    one, two = sample(first, x, y), sample(second, x, y)
    np.testing.assert_array_equal(sample(merged, x, y), np.where(np.isnan(one), two, one))
