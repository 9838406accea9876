"""Cells as people write them."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knr_gis.values import normal_text, to_code, to_flag, to_number, to_text

MISSING = [None, float("nan"), np.nan, pd.NA, pd.NaT, "", "  ", "　"]


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("12", 12),
        ("１２", 12),
        ("1,234人", 1234),
        ("１，２３４ 人", 1234),
        ("約300人", 300),
        ("-1.5", -1.5),
        ("－１．５m", -1.5),
        ("−1.5", -1.5),
        ("▲3", -3),
        (".5", 0.5),
        ("1e3", 1000),
        ("2.5E-2", 0.025),
        (7, 7),
        (np.float64(2.5), 2.5),
        (np.int64(4), 4),
        ("0", 0),
    ],
)
def test_number_of_a_cell(cell: object, number: float) -> None:
    assert to_number(cell) == number


@pytest.mark.parametrize("cell", [*MISSING, "不明", "-", "なし", True, -9999, "-9999", -999.0, "9999999"])
def test_what_is_no_number_is_unknown_and_never_zero(cell: object) -> None:
    assert math.isnan(to_number(cell))


@given(st.floats(-1e6, 1e6, allow_nan=False).filter(lambda v: v not in (-999.0, -9999.0)))
def test_a_number_survives_being_written(value: float) -> None:
    assert to_number(value) == value
    assert to_number(repr(value)) == value


@given(st.integers(0, 10**9).filter(lambda v: v != 9999999))
def test_thousands_separators_and_width_do_not_matter(value: int) -> None:
    grouped = f"{value:,}"
    wide = grouped.translate(str.maketrans("0123456789,", "０１２３４５６７８９，"))
    assert to_number(grouped) == to_number(wide) == value


@pytest.mark.parametrize(
    "cell", ["1", "○", "〇", "◯", "◎", "あり", "有", "TRUE", "Yes", "１", 1, 1.0, True, np.True_]
)
def test_yes(cell: object) -> None:
    assert to_flag(cell) is True


@pytest.mark.parametrize(
    "cell", ["0", "2", "×", "✕", "無", "なし", "false", "Ｎ", 0, 2, 2.0, False, np.False_]
)
def test_no(cell: object) -> None:
    assert to_flag(cell) is False


@pytest.mark.parametrize("cell", [*MISSING, "△", "?", "要確認", "3"])
def test_a_cell_that_says_neither_is_unknown(cell: object) -> None:
    assert to_flag(cell) is None


@pytest.mark.parametrize("cell", MISSING)
def test_missing_cells_are_no_text_and_no_code(cell: object) -> None:
    assert normal_text(cell) == ""
    assert to_text(cell) is None
    assert to_code(cell) is None


def test_text_is_kept_as_published() -> None:
    assert to_text(" 1ｍ以上〜2ｍ未満 ") == "1ｍ以上〜2ｍ未満"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("01206", "01206"),
        ("０１２０６", "01206"),
        (1206.0, "1206"),
        ("1206.0", "1206"),
        (1206, "1206"),
        ("E012.05", "E012.05"),
    ],
)
def test_codes_are_text(cell: object, code: str) -> None:
    assert to_code(cell) == code


@given(st.from_regex(r"[0-9]{1,12}", fullmatch=True))
def test_leading_zeros_of_a_code_are_kept(code: str) -> None:
    assert to_code(code) == code
