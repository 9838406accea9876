"""Columns of a layer as the popup reads them: each different text once, and an index per feature."""

from typing import Any

import numpy as np
import pandas as pd

from knr_gis.display import shown
from knr_gis.style import Style


def plain(value: Any) -> Any:
    """Return a cell as a plain Python value; every kind of missing value is None."""
    if isinstance(value, list | tuple | dict | set | np.ndarray):
        return str(value)
    if value is None or pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def encode_column(series: pd.Series, *, language: str) -> dict[str, list[Any]]:
    """Return ``words`` (different texts) and ``index`` (the word of each row)."""
    column = str(series.name)
    words: dict[str, int] = {}
    known: dict[tuple[type, Any], int] = {}
    index = []
    for value in map(plain, series):
        key = (type(value), value)
        if key not in known:
            known[key] = words.setdefault(shown(column, value, language), len(words))
        index.append(known[key])
    return {"words": list(words), "index": index}


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
