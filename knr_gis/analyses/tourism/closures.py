"""Rules of the road: stretches closed for a season or for the night, and where one may not stop."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from math import isnan
from typing import Literal, cast, get_args

import geopandas as gpd
import pandas as pd
from shapely.geometry.base import BaseGeometry

from knr_gis.analyses.inputs import numbers, texts
from knr_gis.analyses.seasons import MonthDay, month_day
from knr_gis.analyses.tourism.calendar import DAY_MIN, minutes_of
from knr_gis.values import normal_text

RuleKind = Literal["closed", "no_stopping", "permit", "caution"]
# What a table may say; closed_daily is a closure whose hours hold on each day of the season.
DAILY = "closed_daily"


@dataclass(frozen=True)
class RoadRule:
    """
    One stretch of road and when a rule holds there.

    Parameters
    ----------
    kind
        ``closed``: nobody passes; ``no_stopping``: no stop may lie there; ``permit``, ``caution``: said.
    daily
        True: each night (or day) between the hours, those that begin on the days from first to last.
        False: without a break from the first day at ``from_min`` to the last day at ``until_min``.
    first, last
        Month and day, both within; the last before the first runs over the new year. None: all the year,
        for a closure also where the dates are unknown (it is then never passed: the cautious reading).
    year
        The year of the first day; None: every year, to be confirmed each year.
    from_min, until_min
        Minutes after midnight; NaN: from 0:00, until 24:00.
    unknown
        Columns that are blank where they may not be, or cannot be read.
    geometry
        Line in metres.
    """

    rule_id: str
    name: str
    kind: RuleKind
    daily: bool
    first: MonthDay | None
    last: MonthDay | None
    year: int | None
    from_min: float
    until_min: float
    detour: str
    info_source: str
    confirmed_on: str
    geometry: BaseGeometry | None
    road_name: str = ""
    note: str = ""
    unknown: frozenset[str] = frozenset()


def road_rules(frame: gpd.GeoDataFrame | None) -> tuple[RoadRule, ...]:
    """
    Return the rules of a layer, one for each row; without a layer there are none.

    Parameters
    ----------
    frame
        ``rule_id``, ``name``, ``rule_kind`` (``closed``, ``closed_daily``, ``no_stopping``, ``permit``,
        ``caution``), ``from_date``, ``to_date``, ``from_hour``, ``to_hour``, ``year``, ``detour``,
        ``road_name``, ``info_source``, ``confirmed_on``, ``note``. A kind that is none of
        these counts as ``caution`` and stands in ``unknown``.
    """
    if frame is None:
        return ()
    names = (
        "rule_id", "name", "rule_kind", "from_date", "to_date", "from_hour", "to_hour", "detour",
        "info_source", "confirmed_on", "road_name", "note",
    )  # fmt: skip
    table = pd.DataFrame({name: texts(frame, name) for name in names})
    years = numbers(frame, "year")
    ids = _unique([text or f"R{k}" for k, text in enumerate(table["rule_id"], 1)])
    return tuple(
        _rule(row, rule_id, year=None if isnan(year) else int(year), geometry=shape)
        for row, rule_id, year, shape in zip(
            table.to_dict("records"), ids, years, frame.geometry, strict=True
        )
    )


def _unique(ids: list[str]) -> Iterator[str]:
    """Yield the ids; the second of one id gets ``-2``."""
    count: dict[str, int] = {}
    for rule_id in ids:
        count[rule_id] = count.get(rule_id, 0) + 1
        yield rule_id if count[rule_id] == 1 else f"{rule_id}-{count[rule_id]}"


def _rule(row: dict[str, str], rule_id: str, *, year: int | None, geometry: BaseGeometry | None) -> RoadRule:
    daily = normal_text(row["rule_kind"]) == DAILY
    written = "closed" if daily else normal_text(row["rule_kind"])
    kind = cast("RuleKind", written if written in get_args(RuleKind) else "caution")
    first, last = month_day(row["from_date"]), month_day(row["to_date"])
    hours = minutes_of(row["from_hour"]), minutes_of(row["to_hour"])
    unknown = _unknown(row, kind=written, daily=daily, year=year)
    if "from_date" in unknown or "to_date" in unknown:
        first = last = None
    if daily and unknown & {"from_hour", "to_hour"}:
        hours = (float("nan"), float("nan"))
    return RoadRule(
        rule_id, row["name"] or row["road_name"], kind, daily, first, last, year, *hours,
        detour=row["detour"], info_source=row["info_source"], confirmed_on=row["confirmed_on"],
        geometry=geometry, road_name=row["road_name"], note=row["note"], unknown=unknown,
    )  # fmt: skip


def _unknown(row: dict[str, str], *, kind: str, daily: bool, year: int | None) -> frozenset[str]:
    """Return the columns that are blank where they may not be, or cannot be read."""
    found = {name for name in ("from_date", "to_date") if row[name] and month_day(row[name]) is None}
    found |= {n for n in ("from_hour", "to_hour") if row[n] and isnan(minutes_of(row[n]))}
    if kind not in get_args(RuleKind):
        found.add("rule_kind")
    if kind == "closed" or row["from_date"] or row["to_date"]:
        open_ended = year is not None and row["from_date"]
        found |= {n for n in ("from_date", "to_date") if not row[n] and not (n == "to_date" and open_ended)}
    if daily:
        found |= {name for name in ("from_hour", "to_hour") if not row[name]}
    return frozenset(found)


def in_force(rule: RoadRule, on: date, minute: float) -> bool:
    """
    Tell whether a rule holds at a minute of a date; minutes from 1440 on belong to the days after.

    The first minute is within, the last is not: closed until 9:00 is open at 9:00.
    """
    days, minute = divmod(minute, DAY_MIN)
    on += timedelta(days=int(days))
    return _nightly(rule, on, minute) if rule.daily else _without_break(rule, on, minute)


def _begins(rule: RoadRule) -> float:
    return 0.0 if isnan(rule.from_min) else rule.from_min


def _ends(rule: RoadRule) -> float:
    return DAY_MIN if isnan(rule.until_min) else rule.until_min


def _nightly(rule: RoadRule, on: date, minute: float) -> bool:
    begins, ends = _begins(rule), _ends(rule)
    if begins < ends:
        return begins <= minute < ends and _within(rule, on)
    before = on - timedelta(days=1)
    return (minute >= begins and _within(rule, on)) or (minute < ends and _within(rule, before))


def _within(rule: RoadRule, on: date) -> bool:
    """Tell whether a date lies from the first to the last day of the rule."""
    return _after_first(rule, on, DAY_MIN, from_min=0.0, until_min=2 * DAY_MIN)


def _without_break(rule: RoadRule, on: date, minute: float) -> bool:
    return _after_first(rule, on, minute, from_min=_begins(rule), until_min=_ends(rule))


def _after_first(rule: RoadRule, on: date, minute: float, *, from_min: float, until_min: float) -> bool:
    """Tell whether a moment lies from a minute of the first day to a minute of the last."""
    if rule.first is None:
        return rule.year is None or rule.year == on.year
    now, begin = (on.month, on.day, minute), (*rule.first, from_min)
    end = None if rule.last is None else (*rule.last, until_min)
    wraps = end is not None and end <= begin
    if rule.year is not None:
        year = on.year - rule.year
        return (year, *now) >= (0, *begin) and (end is None or (year, *now) < (int(wraps), *end))
    if end is None:
        return now >= begin
    return now >= begin or now < end if wraps else begin <= now < end


def spans(rules: Iterable[RoadRule], on: date) -> list[tuple[float, float, frozenset[str]]]:
    """
    Return the day cut where the set of closed rules changes: from minute, to minute, ids of those closed.

    The pieces run from 0 to 1440 without a gap, each without its last minute, and neighbours differ.
    """
    closing = [rule for rule in rules if rule.kind == "closed"]
    inner = {at for rule in closing for at in (_begins(rule), _ends(rule)) if 0 < at < DAY_MIN}
    cuts = [0.0, *sorted(inner), DAY_MIN]
    pieces: list[tuple[float, float, frozenset[str]]] = []
    for begin, end in pairwise(cuts):
        ids = frozenset(rule.rule_id for rule in closing if in_force(rule, on, begin))
        if pieces and pieces[-1][2] == ids:
            pieces[-1] = (pieces[-1][0], end, ids)
        else:
            pieces.append((begin, end, ids))
    return pieces
