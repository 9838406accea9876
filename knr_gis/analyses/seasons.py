"""Months, parts of the year, weekdays and days as people write them into tables."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from knr_gis.values import normal_text

MonthDay = tuple[int, int]
ALL_MONTHS = frozenset(range(1, 13))
# The longest day list that a range of dates may stand for: a year and a day is a slip of the pen.
_MOST_DAYS = 366

_WHOLE_YEAR = frozenset({*"通年 年中 一年中 年中無休 周年 all".split(), "all year", "year-round"})
_NOTHING = frozenset("なし 無し 無 無休 年中無休 定休日なし -".split())
_DAYS = "月火水木金土日"
_DASHES = re.compile(r"\s*(?:[-~〜‐‑–—―−ー]|から)\s*")
_PARTS = re.compile(r"[,、・;\s]+")
_END = re.compile(r"(\d{1,2})(?:月|(?:月|/)(\d{1,2})日?)?")
_DAY = re.compile(r"(?:\d{4}[-/.年])?\s*(\d{1,2})\s*(?:月|[-/.])\s*(\d{1,2})\s*日?")
_ISO = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_WEEKDAYS = re.compile(rf"(?:毎週)?([{_DAYS}])(?:曜日?)?")


class Season(NamedTuple):
    """A part of every year, both days within it; the last before the first runs over the new year."""

    first: MonthDay
    last: MonthDay

    def holds(self, on: date) -> bool:
        """Tell whether a date lies in it."""
        day = (on.month, on.day)
        if self.first <= self.last:
            return self.first <= day <= self.last
        return day >= self.first or day <= self.last

    @property
    def months(self) -> frozenset[int]:
        """The months that it touches, be it by a day."""
        length = self.last[0] - self.first[0] + (12 if self.last < self.first else 0)
        return frozenset((self.first[0] - 1 + k) % 12 + 1 for k in range(length + 1))


class Seasons(NamedTuple):
    """Whole months, and parts of the year given by days."""

    months: frozenset[int]
    dated: tuple[Season, ...]


def month_day(text: object) -> MonthDay | None:
    """
    Return month and day of ``11-04``, ``11/4`` or ``11月4日``; None where it is no day of any year.

    A year before them is passed over: a spreadsheet turns 11/4 into a date of the year in which it is typed.
    """
    found = _DAY.fullmatch(normal_text(text))
    return _valid(int(found[1]), int(found[2])) if found else None


def _valid(month: int, day: int) -> MonthDay | None:
    """Return month and day if there is such a day in a leap year."""
    try:
        date(2024, month, day)
    except ValueError:
        return None
    return month, day


def seasons_of(text: object) -> Seasons | None:
    """
    Return the parts of the year that a text lists; None where any of it cannot be read or it is blank.

    Read are ``4,5,6``, ``4-11``, ``4月～11月``, ``12月～3月``, ``4/29～10/31``, ``4月29日～10月``, ``通年``
    and lists of these. ``11月下旬から`` and ``2026-04-11`` (what a spreadsheet makes of 4-11) are not.
    """
    plain = normal_text(text).lower()
    if plain in _WHOLE_YEAR:
        return Seasons(ALL_MONTHS, ())
    plain = _DASHES.sub("-", plain).replace("まで", "").replace("翌年", "").replace("翌", "")
    parts = [_part(part) for part in _PARTS.split(plain) if part]
    if not parts or None in parts:
        return None
    known = [part for part in parts if part is not None]
    months = [m for part in known for m in part.months]
    return Seasons(frozenset(months), tuple(s for part in known for s in part.dated))


def _part(text: str) -> Seasons | None:
    """Return one entry of a list: a month, months from to, or days from to."""
    ends = [_END.fullmatch(end) for end in text.split("-")]
    if len(ends) > 2 or None in ends:
        return None
    found = [(int(e[1]), int(e[2]) if e[2] else None) for e in ends if e]
    if any(month not in ALL_MONTHS for month, _ in found):
        return None
    if all(day is None for _, day in found):
        return Seasons(frozenset(_months(found[0][0], found[-1][0])), ())
    return _dated(*found) if len(found) == 2 else None


def _months(first: int, last: int) -> Iterator[int]:
    """Yield the months from the first to the last, over the new year where the last is the smaller."""
    yield from ((first - 1 + k) % 12 + 1 for k in range((last - first) % 12 + 1))


def _dated(first: tuple[int, int | None], last: tuple[int, int | None]) -> Seasons | None:
    """Return days from to; a month without a day means its first or its last day."""
    begin = _valid(first[0], first[1] or 1)
    end = _valid(last[0], last[1]) if last[1] is not None else _month_end(last[0])
    return Seasons(frozenset(), (Season(begin, end),)) if begin and end else None


def _month_end(month: int) -> MonthDay:
    return month, (date(2024, month % 12 + 1, 1) - timedelta(days=1)).day


def weekdays_of(text: object) -> frozenset[int] | None:
    """
    Return the weekdays of a list such as ``月・火`` or ``水曜日``, 0 = Monday; ``無休`` gives none.

    None where it is blank or says more than weekdays (``第1・第3水曜``, ``月曜（祝日は翌日）``).
    """
    plain = normal_text(text)
    if plain in _NOTHING:
        return frozenset()
    parts = [_WEEKDAYS.fullmatch(part) for part in _PARTS.split(plain) if part]
    if not parts or None in parts:
        return None
    return frozenset(_DAYS.index(part[1]) for part in parts if part)


class ShutDays(NamedTuple):
    """Parts of every year, and single dates."""

    every_year: tuple[Season, ...]
    dates: frozenset[date]


def shut_days_of(text: object) -> ShutDays | None:
    """
    Return the days of a list such as ``12/29～1/3、2026-10-05``; None where it is blank or not readable.

    Dates with a year are ``2026-10-05`` or ``2026-10-05～2026-10-09``.
    """
    plain = normal_text(text)
    if plain in _NOTHING:
        return ShutDays((), frozenset())
    seasons: list[Season] = []
    days: set[date] = set()
    for part in (part for part in re.split(r"[,、;\s]+", plain) if part):
        if found := _iso_days(part):
            days |= found
        elif season := _season(part):
            seasons.append(season)
        else:
            return None
    return ShutDays(tuple(seasons), frozenset(days)) if seasons or days else None


def _season(text: str) -> Season | None:
    """Return one day of every year, or days or months from to."""
    if day := month_day(text):
        return Season(day, day)
    ends = [_END.fullmatch(end) for end in _DASHES.sub("-", text).split("-")]
    if len(ends) > 2 or None in ends:
        return None
    found = [(int(e[1]), int(e[2]) if e[2] else None) for e in ends if e]
    read = _dated(found[0], found[-1]) if all(month in ALL_MONTHS for month, _ in found) else None
    return read.dated[0] if read else None


def _iso_days(text: str) -> set[date]:
    """Return the days of ``2026-10-05`` or of two such dates with a dash between, else none."""
    ends = _ISO.findall(text)
    rest = _DASHES.sub("", _ISO.sub("", text))
    if not ends or len(ends) > 2 or rest:
        return set()
    try:
        first, last = (date(*map(int, end.split("-"))) for end in (ends[0], ends[-1]))
    except ValueError:
        return set()
    count = (last - first).days + 1
    return {first + timedelta(days=k) for k in range(count)} if count <= _MOST_DAYS else set()
