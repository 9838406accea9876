"""Cells as people read them."""

import numpy as np
import pandas as pd
import pytest

from knr_gis.display import shown
from knr_gis.result import Blank
from knr_gis.routing import Reach


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


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (813.2020743, "813.2"),
        (1.631531374, "1.63"),
        (2.5, "2.5"),
        (0.004, "0.004"),
        (-0.3, "-0.3"),
        (100.0, "100"),
    ],
)
def test_figures_have_no_more_decimals_than_one_can_use(value: float, text: str) -> None:
    assert shown("distance_m", value) == text


def test_degrees_keep_their_decimals() -> None:
    assert shown("longitude", 144.38123) == "144.38123"


def test_empty_text_is_missing_and_a_missing_way_says_why() -> None:
    assert "不明" in shown("address", " ")
    assert shown("site_name", "") == shown("distance_m", float("nan")) == "―（経路なし・未評価）"


def test_a_question_that_does_not_arise_is_a_dash_and_not_the_name_of_our_marker() -> None:
    assert shown("arrive", Blank.NOT_ASKED) == "―"
    assert shown("leg_status", Reach.FAR) == shown("leg_status", "far") != "―"
