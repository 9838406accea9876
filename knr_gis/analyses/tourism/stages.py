"""The days of a trip: kilometres, hours, ascent, timetable and two grading scales."""

from math import isnan
from typing import Any

import numpy as np
import pandas as pd

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.inputs import listed, texts
from knr_gis.analyses.tourism.calendar import sunset
from knr_gis.analyses.tourism.grading import GRADES, formulas, graded, scales
from knr_gis.analyses.tourism.part import Part
from knr_gis.analyses.tourism.timetable import (
    clock_text,
    date_text,
    leg_title,
    legs_frame,
    lost_before,
    moving_min,
    stops_frame,
    visit_rows,
    why_lost,
)
from knr_gis.analyses.tourism.trip import Day, Leg, Trip
from knr_gis.crs import to_web
from knr_gis.result import Chart, Note
from knr_gis.texts import say

_METRES, _HOUR = 1000.0, 60.0
NAN = float("nan")


def stages_part(trip: Trip) -> Part:
    """
    Return the timetable, the days and their grades.

    Figures of a day are unknown (NaN), not the sum of the rest, where one of its legs has no way.
    """
    legs, days, grades = legs_frame(trip), days_table(trip), gradings_table(trip)
    params, basis = formulas(set(grades["leg_mode"]))
    tables = {
        "legs": pd.DataFrame(legs.drop(columns=["geometry", "leg"])),
        "days": days, "timetable": visit_rows(trip),
        "stops": pd.DataFrame(stops_frame(trip).drop(columns="geometry")),
    }  # fmt: skip
    return Part(
        features={"legs": legs[~legs.geometry.isna()].reset_index(drop=True), "stops": stops_frame(trip)},
        tables=tables | {"gradings": grades},
        rows=stage_rows(legs, days, trip),
        charts=_charts(days),
        notes=_notes(trip, legs, days, graded_days=len(grades)),
        gaps=_untold(trip),
        params=params,
        basis=basis,
    )


def days_table(trip: Trip) -> pd.DataFrame:
    """Return one row for each day."""
    return pd.DataFrame([_day_row(trip, day) for day in trip.days])


def _day_row(trip: Trip, day: Day) -> dict[str, Any]:
    names = texts(trip.places, "name")
    inner = day.visits[1:]
    return {
        "day": day.number, "on_date": date_text(day.on),
        "from_name": names[day.visits[0].place], "to_name": names[day.visits[-1].place],
        "day_legs": len(day.legs), "day_legs_lost": sum(not leg.found for leg in day.legs),
        "day_km": _total(day.legs, "length_m") / _METRES,
        "day_way_min": sum(leg.arrive_min - leg.depart_min for leg in day.legs),
        "day_stay_min": sum(_stayed(trip, day, k) for k in range(1, len(day.visits))),
        "day_wait_min": sum(visit.start_min - visit.arrive_min for visit in inner),
        "ascent_m": _total(day.legs, "ascent_m"), "descent_m": _total(day.legs, "descent_m"),
        "depart": clock_text(day.visits[0].leave_min), "arrive": clock_text(_over(trip, day)),
        "sunset": clock_text(sunset_of(trip, day)),
    }  # fmt: skip


def _total(legs: tuple[Leg, ...], figure: str) -> float:
    """Return a figure of several legs; the length of rails, which is not known, is not part of it."""
    rides = figure == "length_m"
    return float(sum(getattr(leg, figure) for leg in legs if not (rides and leg.mode == "train")))


def _stayed(trip: Trip, day: Day, k: int) -> float:
    """Return the minutes of a visit; the night at a lodging is none."""
    visit = day.visits[k]
    sleeps = k == len(day.visits) - 1 and trip.places["kind"].iloc[visit.place] == "lodging"
    return 0.0 if sleeps else visit.leave_min - visit.start_min


def _over(trip: Trip, day: Day) -> float:
    """Return when a day is over: at a lodging on arrival, else after the last visit; NaN if a leg is lost."""
    if lost_before(day):
        return NAN
    last = day.visits[-1]
    return last.arrive_min if trip.places["kind"].iloc[last.place] == "lodging" else last.leave_min


def sunset_of(trip: Trip, day: Day) -> float:
    """Return the sunset of a day at its last place; NaN without a date."""
    if day.on is None:
        return NAN
    point = to_web(trip.places.iloc[[day.visits[-1].place]]).geometry.iloc[0]
    return sunset(day.on, point.x, point.y)


def gradings_table(trip: Trip) -> pd.DataFrame:
    """Return a row for each day and mode that a scale asks about; none for days by car alone."""
    asked = {mode for scale in scales().values() for mode in scale["modes"]}
    rows = []
    for day in trip.days:
        for mode in dict.fromkeys(leg.mode for leg in day.legs if leg.mode in asked):
            legs = tuple(leg for leg in day.legs if leg.mode == mode)
            figures = {
                "hours": sum(moving_min(trip, leg) for leg in legs) / _HOUR,
                "km": _total(legs, "length_m") / _METRES,
                "ascent_m": _total(legs, "ascent_m"), "descent_m": _total(legs, "descent_m"),
            }  # fmt: skip
            told = {"graded_h": figures["hours"], "day_km": figures["km"]} | {
                k: figures[k] for k in ("ascent_m", "descent_m")
            }
            rows.append({"day": day.number, "leg_mode": mode} | told | graded(mode, **figures))
    inputs = ["day", "leg_mode", "graded_h", "day_km", "ascent_m", "descent_m"]
    return pd.DataFrame(rows, columns=[*inputs, *GRADES])


def stage_rows(legs: pd.DataFrame, days: pd.DataFrame, trip: Trip) -> list[Row]:
    """Return the summary: by leg, by day and for the whole trip."""
    lost = sum(not leg.found for leg in trip.legs)
    stops = len(trip.legs) + 1 - sum(visit.kind == "station" for visit in trip.visits)
    rows: list[Row] = [
        ("", "", "", "days_count", float(len(days)), "日"), ("", "", "", "stops_count", float(stops), "件"),
        ("", "", "", "legs_count", float(len(legs)), "件"),
        ("", "", "", "legs_without_route", float(lost), "件"),
    ]  # fmt: skip
    for measure, column, unit in (("route_km", "leg_km", "km"), ("route_min", "leg_min", "分")):
        rows += [
            ("", "", str(leg.leg), measure, float(getattr(leg, column)), unit) for leg in legs.itertuples()
        ]
        counted = legs if column == "leg_min" else legs[legs["leg_mode"] != "train"]
        rows.append(("", "", "", measure, float(counted[column].sum(skipna=False)), unit))
    for measure, column, unit in (
        ("day_km", "day_km", "km"), ("day_way_min", "day_way_min", "分"), ("day_ascent_m", "ascent_m", "m"),
        ("day_descent_m", "descent_m", "m"),
    ):  # fmt: skip
        rows += [
            ("", "", say("stages.day", day=day), measure, float(value), unit)
            for day, value in zip(days["day"], days[column], strict=True)
        ]
    for column in ("ascent_m", "descent_m"):
        rows.append(("", "", "", f"route_{column}", float(legs[column].sum(skipna=False)), "m"))
    return rows


def _charts(days: pd.DataFrame) -> tuple[Chart, ...]:
    """Return the minutes of each day, where there are several."""
    if len(days) < 2:
        return ()
    parts = ("day_way_min", "day_stay_min", "day_wait_min")
    return (
        Chart(
            id="day_minutes",
            title=Note("stages.chart_minutes"),
            kind="stacked_bar",
            labels=tuple(say("stages.day", day=day) for day in days["day"]),
            series={say(f"measures.{p}"): tuple(float(v) for v in days[p]) for p in parts},
            unit="分",
        ),
    )


def _notes(trip: Trip, legs: pd.DataFrame, days: pd.DataFrame, *, graded_days: int) -> tuple[Note, ...]:
    """Return what must be read beside the stages, the gravest first."""
    lost = [
        say("stages.lost_leg", leg=leg_title(trip, leg), why=why_lost(leg))
        for leg in trip.legs
        if not leg.found
    ]
    said = [Note("tourism.note_gap", {"names": listed(lost)})] if lost else []
    said += _visit_notes(visit_rows(trip))
    said += _dark(trip, days)
    said += _closed_notes(trip, legs)
    threshold = trip.setting.conditions["ascent_threshold_m"]
    if not legs["ascent_m"].isna().all():
        said.append(Note("stages.note_ascent", {"metres": f"{threshold:g}"}))
    said += [Note("stages.note_grades")] if graded_days else []
    said += [Note("stages.note_train")] if "train" in set(legs["leg_mode"]) else []
    return (*said, *([Note("tourism.note_snap")] if lost else []))


def _closed_notes(trip: Trip, legs: pd.DataFrame) -> list[Note]:
    """Return the rules that leave a leg without a way, and those that only changed one."""
    found, said = np.array([leg.found for leg in trip.legs], dtype=bool), []
    for key, chosen in (("note_barred", ~found), ("note_closed", found)):
        names = sorted({name for name in legs.loc[chosen, "closed_rules"] if name})
        said += [Note(f"stages.{key}", {"names": listed(names)})] if names else []
    return said


def _visit_notes(timetable: pd.DataFrame) -> list[Note]:
    """Return the visits that miss the hours of their place, and those whose hours are unknown."""
    said = []
    for state in ("shut", "late", "met_unknown"):
        names = timetable.loc[[value == state for value in timetable["visit_state"]], "name"]
        if len(names):
            said.append(Note(f"stages.note_{state}", {"names": listed(list(dict.fromkeys(names)))}))
    return said


def _dark(trip: Trip, days: pd.DataFrame) -> list[Note]:
    """Return the days that end after sunset."""
    late = [day.number for day in trip.days if _over(trip, day) > sunset_of(trip, day)]
    if not late:
        return []
    told = [
        say(
            "stages.dark_day",
            day=day,
            arrive=days["arrive"].iloc[day - 1],
            sunset=days["sunset"].iloc[day - 1],
        )
        for day in late
    ]
    return [Note("stages.note_dark", {"days": listed(told)})]


def _untold(trip: Trip) -> list[tuple[str, str, object]]:
    """Return the legs without a way, and the legs of which the ascent is unknown."""
    gaps: list[tuple[str, str, object]] = [
        (leg_title(trip, leg), why_lost(leg), pd.NA) for leg in trip.legs if not leg.found
    ]
    flat = sum(leg.found and isnan(leg.ascent_m) for leg in trip.legs)
    return [*gaps, *([(say("stages.ascent"), say("stages.no_heights"), flat)] if flat else [])]
