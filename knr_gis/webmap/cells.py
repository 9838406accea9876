"""Columns of a layer as the page reads them: each different text once, and an index per feature."""

from typing import Any

import numpy as np
import pandas as pd

from knr_gis.display import shown
from knr_gis.style import Style
from knr_gis.webmap.words import Words, value_words, words

Indexed = dict[str, list[Any]]


def plain(value: Any) -> Any:
    """Return a cell as a plain Python value; every kind of missing value is None."""
    if isinstance(value, list | tuple | dict | set | np.ndarray):
        return str(value)
    if value is None or pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def encode_column(series: pd.Series) -> Indexed:
    """Return ``words`` (different texts, in both languages) and ``index`` (the text of each row)."""
    column = str(series.name)
    return _encode(series, lambda value: words(shown(column, value, "ja"), shown(column, value, "en")))


def encode_split(series: pd.Series) -> Indexed:
    """Return the different values of a column in their order, as switches are called, and their index."""
    column = str(series.name)
    coded = _encode(
        series,
        lambda value: value_words(column, value) or words(shown(column, value), shown(column, value, "en")),
    )
    first = dict.fromkeys(coded["index"])  # the value that each text stands for, in the order of the rows
    values = dict(zip(coded["index"], map(plain, series), strict=True))
    order = sorted(first, key=lambda i: (values[i] is None, isinstance(values[i], str), values[i] or 0))
    place = {i: n for n, i in enumerate(order)}
    return {"words": [coded["words"][i] for i in order], "index": [place[i] for i in coded["index"]]}


def _encode(series: pd.Series, worded: Any) -> Indexed:
    numbers: dict[str, int] = {}
    texts: list[Words] = []
    known: dict[tuple[type, Any], int] = {}
    index = []
    for value in map(plain, series):
        key = (type(value), value)
        if key not in known:
            text = worded(value)
            known[key] = numbers.setdefault(str(text), len(texts))
            if known[key] == len(texts):
                texts.append(text)
        index.append(known[key])
    return {"words": texts, "index": index}


def class_numbers(frame: pd.DataFrame, style: Style) -> list[int]:
    """
    Return the number of the style class of each row.

    ``len(style.classes)`` stands for "no class covers it"; a layer with a single symbol has 0 throughout.
    """
    if not style.classes:
        return [0] * len(frame)
    if style.column not in frame.columns:
        return [len(style.classes)] * len(frame)
    none = len(style.classes)
    found = style.class_numbers(map(plain, frame[style.column]))
    return [none if number < 0 else number for number in found]
