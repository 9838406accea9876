"""What a trip's tables say, as rows: visits and legs, as ``analyses/tourism/timetable.py`` lays them out."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from knr_gis.display import shown
from knr_gis.fonts import plain
from knr_gis.product import Product
from knr_gis.readable import heading
from knr_gis.result import Blank, Result
from knr_gis.texts import say

DAY, DATE, NUMBER, MODE = "day", "on_date", "stop_number", "leg_mode"
TIMETABLE, LEGS, DAYS, STOPS, DROPPED = "timetable", "legs", "days", "stops", "dropped"
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_DAY_MIN = 1440.0


@dataclass(frozen=True)
class Entry:
    """
    A visit or a leg.

    Parameters
    ----------
    on
        Its date; None where the trip has none.
    mode
        How a leg goes (``drive``, ``train`` ...); empty for a visit.
    begin, end
        Minutes after midnight of the date, beyond 1440 on the next day; None where unknown.
    """

    day: str
    on: date | None
    mode: str
    name: str
    begin: float | None
    end: float | None
    note: str


def is_trip(result: Result) -> bool:
    """Tell whether a result is a trip: it has a timetable by day."""
    table = result.tables.get(TIMETABLE)
    return table is not None and not table.empty and {DAY, DATE, "name"} <= set(table.columns)


def entries_of(product: Product) -> list[Entry]:
    """
    Return visits and legs in the order of time; a night is one entry from the evening to the morning.

    What has no known time stands at the end of its day.
    """
    found = [*_visits(product.result), *_legs(product.result)]
    late = float("inf")
    return sorted(
        found, key=lambda e: (e.on or date.min, e.day, late if e.begin is None else e.begin, e.mode != "")
    )


def _visits(result: Result) -> list[Entry]:
    rows = result.tables[TIMETABLE].to_dict("records")
    entries: list[Entry] = []
    for row in rows:
        visit = _visit(row)
        night = _same_night(entries[-1], visit) if entries else None
        entries = [*entries[:-1], night] if night else [*entries, visit]
    return entries


def _visit(row: dict[str, Any]) -> Entry:
    begin, end = minutes_of(row.get("arrive")), minutes_of(row.get("leave"))
    if end is None and begin is not None:  # the last of the trip has no departure
        end = begin + _number(row.get("wait_min")) + _number(row.get("visit_min"))
    begin = end if begin is None else begin
    return Entry(text_of(row[DAY]), date_of(row[DATE]), "", text_of(row["name"]), begin, end,
                 _told(row, ("wait_min", "visit_min", "visit_state")))  # fmt: skip


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and value == value else 0.0  # noqa: PLR0124


def _same_night(evening: Entry, morning: Entry) -> Entry | None:
    """Return one entry for an evening and the next morning at one place, else nothing."""
    if evening.name != morning.name or evening.day == morning.day or evening.on is None or morning.on is None:
        return None
    nights = (morning.on - evening.on).days * _DAY_MIN
    end = None if morning.end is None else morning.end + nights
    return Entry(evening.day, evening.on, "", evening.name, evening.begin,
                 evening.begin if end is None else end, evening.note)  # fmt: skip


def _legs(result: Result) -> list[Entry]:
    table = result.tables.get(LEGS)
    if table is None or not {DAY, "from_name", "to_name"} <= set(table.columns):
        return []
    dates = {text_of(r[DAY]): date_of(r[DATE]) for r in result.tables[TIMETABLE].to_dict("records")}
    return [_leg(row, dates.get(text_of(row[DAY]))) for row in table.to_dict("records")]


def _leg(row: dict[str, Any], on: date | None) -> Entry:
    name = say("export.gpx_from_to", start=text_of(row["from_name"]), end=text_of(row["to_name"]))
    begin, end = minutes_of(row.get("depart")), minutes_of(row.get("arrive"))
    known = begin is not None and end is not None
    note = _told(row, ("leg_status", "leg_km", "leg_min", "closed_rules"))
    return Entry(text_of(row[DAY]), on, text_of(row.get("leg_mode")) or "leg", name,
                 begin if known else None, end if known else None, note)  # fmt: skip


def _told(row: dict[str, Any], columns: tuple[str, ...]) -> str:
    """Return what columns say, in words; what is not asked or empty is left out."""
    told = [(c, row[c]) for c in columns if c in row and row[c] is not Blank.NOT_ASKED and row[c] != ""]
    return " / ".join(f"{heading(c)}: {shown(c, value)}" for c, value in told)


def text_of(value: Any) -> str:
    """Return a cell as plain text, empty where it is missing or not asked."""
    if value is None or isinstance(value, Blank) or pd.isna(value):
        return ""
    return plain(f"{value:g}" if isinstance(value, float) else value)


def date_of(value: Any) -> date | None:
    """Return the date of ``2026-07-01``; None where there is none."""
    try:
        return date.fromisoformat(text_of(value)[:10])
    except ValueError:
        return None


def minutes_of(value: Any) -> float | None:
    """Return minutes after midnight of ``9:30`` or ``25:10``; None where unknown or not asked."""
    clock = _CLOCK.fullmatch(text_of(value))
    return int(clock[1]) * 60.0 + int(clock[2]) if clock else None
