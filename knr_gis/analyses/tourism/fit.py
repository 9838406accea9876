"""Adventure travel: does each day hold two of activity, nature and culture, and how is the trip spread."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.inputs import listed
from knr_gis.analyses.tourism.calendar import Opening, opening_of
from knr_gis.analyses.tourism.part import Part
from knr_gis.analyses.tourism.trip import Day, Trip, Visit
from knr_gis.result import Basis, Blank, Chart, Note
from knr_gis.texts import say
from knr_gis.values import normal_text

THREE = ("activity", "nature", "culture")
_MONTHS = range(1, 13)
_YEAR = 2024  # any: only month and day count


@dataclass(frozen=True)
class Standard:
    """What counts as which of the three: themes, words of the activity, modes of travel."""

    least: int
    themes: dict[str, frozenset[str]]
    words: dict[str, tuple[str, ...]]
    modes: dict[str, frozenset[str]]
    basis: Basis


@cache
def standard() -> Standard:
    """Return the standard of ``at_fit.toml``."""
    table = tomllib.loads(Path(__file__).with_name("at_fit.toml").read_text(encoding="utf-8"))
    return Standard(
        least=table["least"],
        themes={k: frozenset(table[k]["theme"]) for k in THREE},
        words={k: tuple(table[k]["words"]) for k in THREE},
        modes={k: frozenset(table[k]["modes"]) for k in THREE},
        basis=Basis(table["source"], table["verified"]),
    )


def stands_for(theme: Any, activity: Any) -> frozenset[str]:
    """Return which of the three a place stands for by theme and activity; none where both are unknown."""
    known, themes, text = standard(), themes_of(theme), normal_text(activity)
    return frozenset(
        k for k in THREE if themes & known.themes[k] or any(word in text for word in known.words[k])
    )


def themes_of(theme: Any) -> frozenset[str]:
    """Return the themes of a cell that may hold several (``自然・野鳥``)."""
    text = normal_text(theme)
    for mark in "・/;|,":
        text = text.replace(mark, "、")
    return frozenset(part.strip() for part in text.split("、") if part.strip())


def fit_part(trip: Trip) -> Part:
    """
    Return how the trip fits adventure travel: the three by day, its spread over the year and the region.

    Tables ``at_days``, ``at_months`` (stops that are open, by month) and ``at_regions``.
    """
    days = _days_table(trip)
    months, unknown = _months(trip)
    regions = _regions_table(trip)
    lacking = [str(row.day) for row in days.itertuples() if row.at_fit == "no"]
    return Part(
        tables={"at_days": days, "at_months": months, "at_regions": regions},
        rows=[*_day_rows(days), *_month_rows(months), *_region_rows(regions)],
        charts=_charts(months),
        notes=_notes(lacking),
        gaps=_gaps(trip, unknown),
        params={"at_least": standard().least},
        basis={"at_least": standard().basis},
    )


def _days_table(trip: Trip) -> pd.DataFrame:
    """Return a row for each day: which of the three are there, by what, and whether that is enough."""
    rows = []
    for day in trip.days:
        by = _by_three(trip, day)
        held = sum(bool(names) for names in by.values())
        state = "no" if held < standard().least else "yes"
        told = {f"at_{k}": listed(by[k], 5) if by[k] else Blank.NOT_ASKED for k in THREE}
        rows.append({"day": day.number, "on_date": _iso(day), "at_count": held, "at_fit": state, **told})
    columns = ["day", "on_date", "at_count", "at_fit", *(f"at_{k}" for k in THREE)]
    return pd.DataFrame(rows, columns=columns)


def _iso(day: Day) -> str | None:
    return None if day.on is None else day.on.isoformat()


def _by_three(trip: Trip, day: Day) -> dict[str, list[str]]:
    """Return the stops and ways of a day that stand for each of the three."""
    found: dict[str, list[str]] = {k: [] for k in THREE}
    for visit in _stops(day):
        place = trip.places.iloc[visit.place]
        for k in stands_for(place["theme"], place["activity"]):
            found[k].append(str(place["name"]))
    for k in THREE:
        modes = {leg.mode for leg in day.legs if leg.found and leg.length_m > 0} & standard().modes[k]
        found[k] += [say(f"values.leg_mode.{mode}") for mode in sorted(modes)]
    return found


def _stops(day: Day) -> list[Visit]:
    return [visit for visit in day.visits if visit.kind == "stop"]


def _stop_rows(trip: Trip) -> list[int]:
    """Return the places of all stops, each once."""
    return list(dict.fromkeys(visit.place for day in trip.days for visit in _stops(day)))


def _months(trip: Trip) -> tuple[pd.DataFrame, int]:
    """Return how many of the stops are open in each month, and of how many stops the months are unknown."""
    openings = [opening_of(trip.places.iloc[row]) for row in _stop_rows(trip)]
    known = [months for months in map(open_months, openings) if months is not None]
    counts = [sum(month in months for months in known) for month in _MONTHS]
    table = pd.DataFrame(
        {"month": list(_MONTHS), "stops_open": counts, "stops_shut": [len(known) - n for n in counts]}
    )
    return table, len(openings) - len(known)


def open_months(opening: Opening) -> frozenset[int] | None:
    """Return the months in the middle of which a place is open; None where its season is unknown."""
    if opening.months is None:
        return None
    middle = {month: date(_YEAR, month, 15) for month in _MONTHS}
    dated = {m for m, day in middle.items() if any(season.holds(day) for season in opening.dated)}
    return opening.months | dated


def _regions_table(trip: Trip) -> pd.DataFrame:
    """Return stops, minutes of stay and nights by municipality."""
    rows = []
    for day in trip.days:
        rows += [(v.place, 1, v.leave_min - v.start_min, 0) for v in _stops(day)]
        rows += [(v.place, 0, 0.0, 1) for v in day.visits[1:] if v.kind == "lodging"]
    frame = pd.DataFrame(rows, columns=["place", "stops_count", "stay_sum_min", "nights_count"])
    frame = frame.astype({"stops_count": int, "nights_count": int, "stay_sum_min": float})
    at = trip.places.iloc[frame.pop("place").astype(int).to_numpy()]
    keyed = frame.assign(muni_code=_blank(at["muni_code"]), municipality=_blank(at["municipality"]))
    sums = keyed.groupby(["muni_code", "municipality"], sort=True).sum().reset_index()
    return sums[["muni_code", "municipality", "stops_count", "stay_sum_min", "nights_count"]]


def _blank(column: pd.Series) -> Any:
    return np.array(["" if pd.isna(value) else str(value) for value in column], dtype=object)


def _day_rows(days: pd.DataFrame) -> list[Row]:
    fit = int((days["at_fit"] == "yes").sum())
    rows: list[Row] = [
        ("", "", _day_name(r.day), "at_kinds", float(r.at_count), "種類") for r in days.itertuples()
    ]
    return [
        *rows,
        ("", "", "", "at_days_fit", float(fit), "日"),
    ]


def _day_name(day: int) -> str:
    return say("itinerary.day", day=day)


def _month_rows(months: pd.DataFrame) -> list[Row]:
    return [
        ("", "", say("itinerary.month", month=r.month), "at_stops_open", float(r.stops_open), "件")
        for r in months.itertuples()
    ]


def _region_rows(regions: pd.DataFrame) -> list[Row]:
    units = (("at_region_stops", "stops_count", "件"), ("at_region_nights", "nights_count", "泊"))
    rows: list[Row] = [
        (r.muni_code, r.municipality, "", measure, float(getattr(r, column)), unit)
        for r in regions.itertuples() if r.muni_code
        for measure, column, unit in units
    ]  # fmt: skip
    return rows + [("", "", "", m, float(regions[c].sum()), unit) for m, c, unit in units]


def _charts(months: pd.DataFrame) -> tuple[Chart, ...]:
    """Return the season: of the stops chosen, how many are open in which month."""
    if not int(months["stops_open"].sum() + months["stops_shut"].sum()):
        return ()
    names = tuple(say("itinerary.month", month=month) for month in months["month"])
    series: dict[str, tuple[float | Blank, ...]] = {
        say("itinerary.open"): tuple(float(n) for n in months["stops_open"]),
        say("itinerary.shut"): tuple(float(n) for n in months["stops_shut"]),
    }
    return (Chart("at_months", Note("itinerary.chart_months"), "stacked_bar", names, series, "件"),)


def _notes(lacking: list[str]) -> tuple[Note, ...]:
    if not lacking:
        return ()
    return (Note("itinerary.note_at_lacking", {"days": "、".join(lacking), "least": standard().least}),)


def _gaps(trip: Trip, unknown: int) -> list[tuple[str, str, object]]:
    rows = [trip.places.iloc[row] for row in _stop_rows(trip)]
    blank = sum(not themes_of(r["theme"]) and not normal_text(r["activity"]) for r in rows)
    told = (("gap_themes", blank), ("gap_months", unknown))
    return [(say(f"itinerary.{k}"), say(f"itinerary.{k}_why"), n) for k, n in told if n]
