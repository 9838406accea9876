"""When a place is open: months, hours and days off as tables state them, and the light of the day."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import isnan
from typing import Any

import pandas as pd

from knr_gis.analyses.seasons import (
    ALL_MONTHS,
    Season,
    Seasons,
    seasons_of,
    shut_days_of,
    weekdays_of,
)
from knr_gis.analyses.tourism.sun import sunrise, sunset
from knr_gis.values import normal_text, to_flag

__all__ = [
    "Opening", "guide_needed", "minutes_of", "months_of", "next_open", "opening_of", "sunrise", "sunset",
    "window_on",
]  # fmt: skip

DAY_MIN = 1440.0
SEARCH_DAYS = 400
# Months in which a place that is not "open in winter" is taken to be shut where its months are unknown.
WINTER = frozenset({12, 1, 2, 3})

_LATEST_MIN = 36 * 60.0  # 25:00 is an hour past midnight; nothing closes after noon of the next day
_CLOCK = re.compile(r"(午前|午後)?\s*(\d{1,2})\s*(?:[:時]\s*(?:(\d{1,2})(?:\s*分|:00)?)?)")
_ALL_DAY = frozenset("終日 常時 24時間 終日開放".split())


@dataclass(frozen=True)
class Opening:
    """
    When a place is open.

    Parameters
    ----------
    months
        Whole months; None: unknown, the place is then taken to be open and the plan must say so.
    opens_min, closes_min
        Minutes after midnight, above 1440 past the next midnight; NaN unknown.
    dated
        Parts of the year given by days, besides the months.
    shut_weekdays
        0 = Monday.
    shut_seasons, shut_dates
        Days off of every year, and single ones.
    unknown
        Columns whose text is blank or cannot be read: ``months_open``, ``opens``, ``closes``,
        ``closed_weekdays``, ``closed_dates`` (the last two only where there is a text).
    """

    months: frozenset[int] | None
    opens_min: float = float("nan")
    closes_min: float = float("nan")
    dated: tuple[Season, ...] = ()
    shut_weekdays: frozenset[int] = frozenset()
    shut_seasons: tuple[Season, ...] = ()
    shut_dates: frozenset[date] = frozenset()
    unknown: frozenset[str] = frozenset()


def minutes_of(text: object) -> float:
    """
    Return the minutes after midnight of ``09:30``, ``9時30分`` or ``午後5時``; NaN where it is no time.

    ``25:00`` is one in the morning of the next day, as Japanese timetables write it.
    """
    found = _CLOCK.fullmatch(normal_text(text))
    if not found:
        return float("nan")
    hour, minute = int(found[2]), int(found[3] or 0)
    if minute >= 60 or (found[1] and hour > 12):
        return float("nan")
    if found[1]:
        hour = hour % 12 + (12 if found[1] == "午後" else 0)
    total = hour * 60.0 + minute
    return total if total <= _LATEST_MIN else float("nan")


def months_of(text: object) -> frozenset[int] | None:
    """
    Return the months of ``4,5,6``, ``4-11``, ``4月～11月`` or ``通年``; None where they are unknown.

    A text that gives days (``4/29～10/31``) has no whole months: ``opening_of`` keeps its days.
    """
    read = seasons_of(text)
    return read.months if read and not read.dated else None


def opening_of(row: Mapping[str, Any] | pd.Series) -> Opening:
    """
    Return when the place of a row is open, from the columns that it has.

    Parameters
    ----------
    row
        ``months_open``, ``opens``, ``closes``, ``closed_weekdays``, ``closed_dates`` as text and ``winter``
        as a flag; any may be absent. Hours of which the end is not after the beginning are unknown.
    """
    season, hours = seasons_of(row.get("months_open")), _hours(row)
    weekdays, days = weekdays_of(row.get("closed_weekdays")), shut_days_of(row.get("closed_dates"))
    unknown = {
        "months_open": season is None,
        "opens": isnan(hours[0]),
        "closes": isnan(hours[1]),
        "closed_weekdays": weekdays is None and bool(normal_text(row.get("closed_weekdays"))),
        "closed_dates": days is None and bool(normal_text(row.get("closed_dates"))),
    }
    return Opening(
        _months(season, row.get("winter")), *hours,
        dated=season.dated if season else (),
        shut_weekdays=weekdays or frozenset(),
        shut_seasons=days.every_year if days else (),
        shut_dates=days.dates if days else frozenset(),
        unknown=frozenset(name for name, is_so in unknown.items() if is_so),
    )  # fmt: skip


def _hours(row: Mapping[str, Any] | pd.Series) -> tuple[float, float]:
    """Return the minutes of opening and closing; both unknown where they contradict each other."""
    if normal_text(row.get("opens")) in _ALL_DAY:
        return 0.0, DAY_MIN
    opens, closes = minutes_of(row.get("opens")), minutes_of(row.get("closes"))
    return (float("nan"), float("nan")) if closes <= opens else (opens, closes)


def _months(season: Seasons | None, winter: object) -> frozenset[int] | None:
    """Return the months; of an unknown season only that it is not the winter, where that is known."""
    if season is not None:
        return season.months
    return ALL_MONTHS - WINTER if to_flag(winter) is False else None


def window_on(opening: Opening, on: date | None) -> tuple[float, float] | None:
    """
    Return the minutes between which a place is open on a date; None where it is shut that day.

    An unknown hour leaves that side of the day open (0, 1440). With no date only the hours count.
    """
    if on is not None and not _is_open(opening, on):
        return None
    opens, closes = opening.opens_min, opening.closes_min
    return (0.0 if isnan(opens) else opens, DAY_MIN if isnan(closes) else closes)


def _is_open(opening: Opening, on: date) -> bool:
    shut = (
        on.weekday() in opening.shut_weekdays
        or on in opening.shut_dates
        or any(season.holds(on) for season in opening.shut_seasons)
    )
    in_season = (
        opening.months is None
        or on.month in opening.months
        or any(season.holds(on) for season in opening.dated)
    )
    return in_season and not shut


def next_open(opening: Opening, on: date) -> date | None:
    """Return the first date from ``on`` onwards on which the place is open; None within 400 days."""
    days = (on + timedelta(days=k) for k in range(SEARCH_DAYS))
    return next((day for day in days if _is_open(opening, day)), None)


def guide_needed(text: object, on: date | None) -> bool | None:
    """
    Tell whether a guide is a duty on a date.

    Parameters
    ----------
    text
        ``guide_duty``: 要, 不要, or the part of the year in which it is one (``5/10～7/31``).

    Returns
    -------
    bool or None
        None where it is blank, unreadable, or hangs on a date that is not given.
    """
    plain = normal_text(text)
    if plain in ("要", "必要", "必須"):
        return True
    if plain in ("不要", "任意"):
        return False
    season = seasons_of(plain)
    if season is None or on is None:
        return to_flag(plain) if season is None else None
    return on.month in season.months or any(part.holds(on) for part in season.dated)
