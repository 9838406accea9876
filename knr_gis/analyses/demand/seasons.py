"""Which months a place is open in, be it for a part of them: figures of visitors are by the month."""

import re

from knr_gis.analyses.inputs import Mask
from knr_gis.analyses.seasons import seasons_of
from knr_gis.values import normal_text

_WITHIN_MONTH = re.compile(r"[上中下初]旬|末|頃|ごろ")
_WINTER = frozenset({12, 1, 2, 3})


def open_months(text: object) -> frozenset[int] | None:
    """Return the months that a cell touches (``4月下旬〜6月``: 4 to 6); None where it cannot be read."""
    read = seasons_of(_WITHIN_MONTH.sub("", normal_text(text)))
    return None if read is None else read.months.union(*(season.months for season in read.dated))


def is_closed(month: int, months: list[str], *, shut_in_winter: Mask) -> list[bool]:
    """Tell which places are closed in a month: by their months, else by the flag for winter."""
    known = [open_months(text) for text in months]
    return [
        month not in stated if stated is not None else bool(shut) and month in _WINTER
        for stated, shut in zip(known, shut_in_winter, strict=True)
    ]
