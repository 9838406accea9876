"""When a road is closed, as stretches of time: read from the rows of the rules anew, for the validator."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import isnan

import geopandas as gpd

from knr_gis.analyses.inputs import numbers, texts
from knr_gis.analyses.seasons import MonthDay, month_day
from knr_gis.analyses.tourism.calendar import minutes_of

Stretch = tuple[datetime, datetime]
_WHOLE, _NIGHTS = "closed", "closed_daily"
_COLUMNS = ("rule_kind", "from_date", "to_date", "from_hour", "to_hour")
_ONE = timedelta(days=1)
_AROUND = 2  # a leg that sets out on a date may go on past midnight
_EVER = datetime(9000, 1, 1)  # noqa: DTZ001  local time throughout


@dataclass(frozen=True)
class Closure:
    """
    The dates and hours of one row.

    Parameters
    ----------
    first, last
        None: unknown; ``year`` None: every year.
    begin, end
        Time of day after midnight.
    """

    nightly: bool
    first: MonthDay | None
    last: MonthDay | None
    year: int | None
    begin: timedelta
    end: timedelta

    @property
    def is_dated(self) -> bool:
        """Whether the dates are known; of a single year the last one may be open."""
        return self.first is not None and (self.last is not None or self.year is not None)


def closures_of(rules: gpd.GeoDataFrame | None) -> list[tuple[int, Closure]]:
    """Return the rows that close a road, and when: what cannot be read closes it always."""
    if rules is None:
        return []
    cells = {c: [text.strip() for text in texts(rules, c)] for c in _COLUMNS}
    rows = [row for row, kind in enumerate(cells["rule_kind"]) if kind in (_WHOLE, _NIGHTS)]
    years = numbers(rules, "year")
    return [
        (row, _closure({c: cells[c][row] for c in _COLUMNS}, None if isnan(years[row]) else int(years[row])))
        for row in rows
    ]


def _closure(cell: dict[str, str], year: int | None) -> Closure:
    first, last = month_day(cell["from_date"]), month_day(cell["to_date"])
    if bool(cell["to_date"]) and last is None:
        first = None
    hours = minutes_of(cell["from_hour"]), minutes_of(cell["to_hour"])
    if cell["rule_kind"] == _NIGHTS and (isnan(hours[0]) or isnan(hours[1])):
        hours = (0.0, 1440.0)
    begin = timedelta(minutes=0.0 if isnan(hours[0]) else hours[0])
    end = timedelta(minutes=1440.0 if isnan(hours[1]) else hours[1])
    return Closure(cell["rule_kind"] == _NIGHTS, first, last, year, begin, end)


def closed_near(closure: Closure, on: date) -> list[Stretch]:
    """Return when it is closed, for nights from the day before a date to two days after it."""
    seasons = list(_seasons(closure, on))
    if not closure.nightly:
        return seasons
    nights = []
    for day in (on + k * _ONE for k in range(-1, _AROUND + 1)):
        if any(begin.date() <= day and _midnight(day) < end for begin, end in seasons):
            over = closure.end if closure.end > closure.begin else closure.end + _ONE
            nights.append((_midnight(day) + closure.begin, _midnight(day) + over))
    return nights


def _seasons(closure: Closure, on: date) -> Iterator[Stretch]:
    """Yield the seasons of the years around a date: for nights whole days, else to the minute."""
    begin, end = (timedelta(0), _ONE) if closure.nightly else (closure.begin, closure.end)
    years = (on.year - 1, on.year, on.year + 1) if closure.year is None else (closure.year,)
    for year in years:
        if closure.first is None or not closure.is_dated:
            always = closure.year is None
            yield (_at(year, (1, 1)), _EVER if always else _at(year + 1, (1, 1)))
            continue
        starts = _at(year, closure.first, begin)
        if closure.last is None:
            yield (starts, _EVER)
            continue
        ends = _at(year, closure.last, end)
        yield (starts, ends if ends > starts else _at(year + 1, closure.last, end))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _at(year: int, day: MonthDay, after: timedelta = timedelta(0)) -> datetime:
    """Return a moment of a year; in a year without 29 February that day is the beginning of March."""
    try:
        return _midnight(date(year, *day)) + after
    except ValueError:
        return _midnight(date(year, 3, 1))
