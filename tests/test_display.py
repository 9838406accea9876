"""Cells as people read them."""

import numpy as np
import pandas as pd
import pytest

from knr_gis.display import shown


@pytest.mark.parametrize("value", [None, pd.NA, float("nan"), np.float64("nan")])
def test_missing_is_neither_zero_nor_blank(value: object) -> None:
    text = shown("capacity_persons", value)
    assert "不明" in text
    assert "0" not in text


@pytest.mark.parametrize(("value", "text"), [(True, "○"), (False, "×"), (np.True_, "○"), (np.False_, "×")])
def test_flags_are_marks_whatever_library_they_come_from(value: object, text: str) -> None:
    assert shown("tsunami", value) == text


def test_flags_of_a_column_are_marks() -> None:
    column = pd.Series([True, False, None], dtype="boolean")
    assert [shown("tsunami", v) for v in column][:2] == ["○", "×"]


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (0, "0"), (1234567.0, "1,234,567"), (0.5, "0.5"), ("根室", "根室")]
)
def test_other_values(value: object, text: str) -> None:
    assert shown("note", value) == text
