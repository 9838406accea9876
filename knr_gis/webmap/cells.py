"""Columns of a layer as the page reads them: each different text once, and an index per feature."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from knr_gis.display import coded_column, shown
from knr_gis.style import Style
from knr_gis.texts import has_text
from knr_gis.webmap.words import Words, value_words, words

Array = NDArray[np.int64]
Indexed = dict[str, Any]


def plain(value: Any) -> Any:
    """Return a cell as a plain Python value; every kind of missing value is None."""
    if isinstance(value, list | tuple | dict | set | np.ndarray):
        return str(value)
    if value is None or pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def different(series: pd.Series) -> tuple[Array, list[Any]]:
    """Return the different values of a column as plain values, and which of them each row has."""
    if series.dtype != object or pd.api.types.infer_dtype(series, skipna=True) == "string":
        codes, values = pd.factorize(series, use_na_sentinel=False)
        return np.asarray(codes), [plain(value) for value in values]
    numbers: dict[tuple[type, Any], int] = {}  # True and 1 are one key without their type
    codes = [numbers.setdefault((type(value), value), len(numbers)) for value in map(plain, series)]
    return np.array(codes, dtype=np.int64), [value for _, value in numbers]


def encode_column(series: pd.Series) -> Indexed:
    """Return ``words`` (different texts, in both languages) and ``index`` (the text of each row)."""
    column = coded_column(str(series.name))
    codes, values = different(series)
    numbers: dict[str, int] = {}
    texts: list[Words] = []
    place = np.zeros(len(values), dtype=np.int64)
    for i, value in enumerate(values):
        text = _cell_words(column, value)
        place[i] = numbers.setdefault(str(text), len(texts))
        if place[i] == len(texts):
            texts.append(text)
    return {"words": texts, "index": place[codes] if len(values) else codes}


def _cell_words(column: str, value: Any) -> Words:
    """Return a cell in both languages; what reads the same in both is made once."""
    if isinstance(value, str) and value.strip() and not has_text(f"values.{column}.{value}"):
        return value
    text = shown(column, value, "ja")
    return text if isinstance(value, float) and value == value else words(text, shown(column, value, "en"))  # noqa: PLR0124


def encode_split(series: pd.Series) -> Indexed:
    """Return the different values of a column in their order, as switches are called, and their index."""
    column = str(series.name)
    codes, values = different(series)
    order = sorted(range(len(values)), key=lambda i: _sort_key(values[i]))
    place = np.empty(len(values), dtype=np.int64)
    place[order] = np.arange(len(values))
    called = [value_words(column, values[i]) or _cell_words(coded_column(column), values[i]) for i in order]
    return {"words": called, "index": place[codes] if len(values) else codes}


def _sort_key(value: Any) -> tuple[bool, bool, Any]:
    """Put numbers first, then texts, the unknown last."""
    return (value is None, isinstance(value, str), "" if value is None else value)


def class_numbers(frame: pd.DataFrame, style: Style) -> Array:
    """
    Return the number of the style class of each row.

    ``len(style.classes)`` stands for "no class covers it"; a layer with a single symbol has 0 throughout.
    """
    if not style.classes:
        return np.zeros(len(frame), dtype=np.int64)
    none = len(style.classes)
    if style.column not in frame.columns:
        return np.full(len(frame), none)
    codes, values = different(frame[style.column])
    found = np.array(style.class_numbers(values), dtype=np.int64)
    return np.where(found < 0, none, found)[codes] if len(values) else codes
