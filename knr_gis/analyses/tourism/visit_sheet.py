"""What the places on a trip ask of visitors: guide, reservation, caps, with source and date."""

from datetime import date
from typing import Any

import pandas as pd

from knr_gis.analyses.inputs import numbers, texts
from knr_gis.analyses.tourism.calendar import guide_needed
from knr_gis.analyses.tourism.trip import Trip
from knr_gis.result import Blank

COLUMNS = [
    "day", "name", "guide_state", "guide_duty", "reservation", "daily_cap", "hourly_cap", "info_source",
    "confirmed_on",
]  # fmt: skip
_ASKED = ("guide_duty", "reservation", "daily_cap", "hourly_cap")


def visit_table(trip: Trip) -> pd.DataFrame:
    """Return the places visited that ask anything of their visitors, in order of the visits."""
    rows, seen = [], set()
    for day in trip.days:
        for place in (visit.place for visit in day.visits if visit.kind == "stop"):
            row = _row(trip, place, day.on)
            if (place, day.number) not in seen and _asks(row):
                seen.add((place, day.number))
                rows.append({"day": day.number, **row})
    return pd.DataFrame(rows, columns=COLUMNS)


def _asks(row: dict[str, Any]) -> bool:
    asked = [c for c in _ASKED if row[c] is not Blank.NOT_ASKED]
    return bool(asked) and not (asked == ["guide_duty"] and row["guide_state"] == "free")


def _row(trip: Trip, place: int, on: date | None) -> dict[str, Any]:
    one = trip.places.iloc[[place]]
    row: dict[str, Any] = {c: texts(one, c)[0] or Blank.NOT_ASKED for c in ("guide_duty", "reservation")}
    for column in ("daily_cap", "hourly_cap"):
        cap = numbers(one, column)[0]
        row[column] = cap if cap == cap else Blank.NOT_ASKED  # noqa: PLR0124  NaN is not equal to itself
    needed = guide_needed(one.iloc[0].get("guide_duty"), on)
    state = {True: "needed", False: "free", None: "unknown"}[needed]
    row["guide_state"] = state if row["guide_duty"] is not Blank.NOT_ASKED else Blank.NOT_ASKED
    return row | {c: texts(one, c)[0] for c in ("name", "info_source", "confirmed_on")}
