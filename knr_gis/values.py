"""What people write into cells, as numbers, flags and text; what cannot be read is unknown."""

import re
import unicodedata
from typing import Any

import numpy as np
import pandas as pd

_TRUE = frozenset("1 1.0 true t yes y ○ 〇 ◯ ◎ ● ✓ ✔ 有 有り あり 可 可能 該当 対象 はい".split())
_FALSE = frozenset("0 0.0 2 2.0 false f no n × ✕ ✗ x - ー 無 無し なし 不可 非該当 対象外 いいえ".split())
_MINUS = str.maketrans("−‐–▲△", "-----")  # what Japanese tables write for a minus sign
_NUMBER = re.compile(r"[-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:e[-+]?\d+)?", re.IGNORECASE)
_SENTINELS = frozenset({-999.0, -9999.0, 9999999.0})


def normal_text(value: Any) -> str:
    """Return a cell as NFKC text without surrounding blanks; an empty or missing cell is ``""``."""
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NA or value is pd.NaT:
        return ""
    return unicodedata.normalize("NFKC", str(value)).strip()


def to_number(value: Any) -> float:
    """Return the number of a cell; full-width digits, commas and units are understood."""
    if isinstance(value, bool):
        return float("nan")
    if isinstance(value, int | float | np.number):
        number = float(value)
    else:
        found = _NUMBER.search(normal_text(value).translate(_MINUS))
        number = float(found.group().replace(",", "")) if found else float("nan")
    return float("nan") if number in _SENTINELS else number


def to_flag(value: Any) -> bool | None:
    """Return True, False, or None where the cell says neither."""
    if isinstance(value, bool | np.bool_):
        return bool(value)
    text = normal_text(value).lower()
    if text in _TRUE:
        return True
    return False if text in _FALSE else None


def to_text(value: Any) -> str | None:
    """Return a cell as text as it is published (only blanks trimmed), or None when empty."""
    return str(value).strip() if normal_text(value) else None


def to_code(value: Any) -> str | None:
    """Return an identifier as text: ``1206.0`` becomes ``"1206"``, leading zeros are kept."""
    text = normal_text(value)
    return re.sub(r"\.0$", "", text) or None
