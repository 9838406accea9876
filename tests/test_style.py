"""The class of a value: one answer for web map, print map and legend."""

import numpy as np
import pandas as pd
import pytest

from knr_gis.style import Style, StyleClass

DEPTH = Style(
    "#000000",
    column="depth_min_m",
    classes=(StyleClass("浅", "", "#111111", lower=0, upper=5), StyleClass("深", "", "#222222", lower=5)),
)
FLAG = Style(
    "#000000",
    column="tsunami",
    classes=(StyleClass("○", "", "#111111", value="true"), StyleClass("1", "", "#222222", value="1")),
)


@pytest.mark.parametrize(
    ("style", "values", "numbers"),
    [
        (DEPTH, [0, 4.99, 5, np.float64(7), -1], [0, 0, 1, 1, -1]),
        (DEPTH, [None, pd.NA, float("nan"), pd.NaT, "深い"], [-1] * 5),
        (DEPTH, pd.Series([1.0, None]), [0, -1]),
        (FLAG, [True, np.bool_(True), 1, "true", False, None], [0, 0, 1, 0, -1, -1]),
        (FLAG, pd.array([True, None, False], dtype="boolean"), [0, -1, -1]),
        (FLAG, [], []),
    ],
)
def test_first_class_that_covers_a_value(style, values, numbers):
    """Ranges are half open; what is missing or is no number belongs to no class; True is not 1."""
    assert style.class_numbers(values) == numbers
