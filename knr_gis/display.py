"""Values as people read them: flags, codes and missing values, in Japanese or English."""

from enum import Enum
from typing import Any

import numpy as np
import pandas as pd

from knr_gis.texts import has_text, say

_LARGE = 100
_NONE = "―"
_DEGREES = ("longitude", "latitude")


def shown(column: str, value: Any, language: str | None = None) -> str:
    """
    Return a cell as text for a popup or table.

    Coded values are looked up as ``values.<column>.<value>``; a missing value reads 不明 for
    flags and ― otherwise, or what ``values.missing_of.<column>`` says, never 0 and never blank.
    ``values.same_as.<column>`` names the column whose codes and missing values a column shares.
    """
    if isinstance(value, Enum) and not isinstance(value, str):
        return _NONE  # ``Blank``: the question does not arise
    column = coded_column(column)
    if _is_missing(value):
        own = f"values.missing_of.{column}"
        return say(own if has_text(own) else "values.missing", language=language)
    if isinstance(value, bool | np.bool_):
        return say("values.yes" if value else "values.no", language=language)
    key = f"values.{column}.{value}"
    if isinstance(value, str) and has_text(key):
        return say(key, language=language)
    return _figure(column, value) if isinstance(value, float) else str(value)


def coded_column(column: str) -> str:
    """Return the column whose codes and missing values a column shares: itself, unless texts name another."""
    alias = f"values.same_as.{column}"
    return say(alias) if has_text(alias) else column


def shown_value(key: str, value: Any) -> str:
    """Return a scenario value as text: lists joined, floats short, codes in words, nothing as ―."""
    if value is None or value in ([], {}):
        return _NONE
    if isinstance(value, list | tuple):
        return "、".join(str(part) for part in value)
    if isinstance(value, dict):
        return "、".join(f"{name}: {part}" for name, part in value.items())
    return f"{value:g}" if isinstance(value, float) else shown(key, value)


def _is_missing(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value)  # noqa: PLR0124


def _figure(column: str, value: float) -> str:
    """Return a number with no more decimals than a reader can use; degrees keep all."""
    if column in _DEGREES:
        return f"{value:.10g}"
    value += 0.0  # a negative zero reads 0
    text = f"{value:,.{1 if abs(value) >= _LARGE else 2}f}"
    if value and not any(digit in "123456789" for digit in text):
        return f"{value:.2g}"
    return text.rstrip("0").rstrip(".") if "." in text else text
