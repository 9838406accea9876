"""Which months a place is open, as tables write them: ``4,5,6``, ``4月〜11月``, ``11-3``, ``通年``."""

import re

from knr_gis.analyses.inputs import Mask
from knr_gis.values import normal_text

_ALL_YEAR = ("通年", "all year", "year-round")
_MONTH = r"(1[0-2]|0?[1-9])"
# A day behind a slash is not told from a month: such texts are not read at all.
_ONE = rf"(?<!\d){_MONTH}(?!\d)"
_MONTHS = re.compile(rf"{_ONE}\s*月?\s*(?:[~〜\-–—]|から)\s*{_ONE}|{_ONE}")
_READABLE = re.compile(rf"(?:{_MONTHS.pattern}|[月,、・\s]|まで)*")
_WITHIN_MONTH = re.compile(r"\d{1,2}日|[上中下初]旬|末|頃")
_WINTER = frozenset({12, 1, 2, 3})


def open_months(text: object) -> frozenset[int] | None:
    """Return the months of a cell; None where it says none that we can read."""
    plain = _WITHIN_MONTH.sub("", normal_text(text).lower())
    if plain in _ALL_YEAR:
        return frozenset(range(1, 13))
    if not plain or not _READABLE.fullmatch(plain):
        return None
    months: set[int] = set()
    for first, last, single in _MONTHS.findall(plain):
        months |= {int(single)} if single else _range(int(first), int(last))
    return frozenset(months) or None


def _range(first: int, last: int) -> set[int]:
    """Return the months from one to another, over the turn of the year where the last is earlier."""
    length = (last - first) % 12 + 1
    return {(first - 1 + step) % 12 + 1 for step in range(length)}


def is_closed(month: int, months: list[str], *, shut_in_winter: Mask) -> list[bool]:
    """Tell which places are closed in a month: by their months, else by the flag for winter."""
    known = [open_months(text) for text in months]
    return [
        month not in stated if stated is not None else bool(shut) and month in _WINTER
        for stated, shut in zip(known, shut_in_winter, strict=True)
    ]
