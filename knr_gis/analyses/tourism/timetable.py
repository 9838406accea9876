"""A trip as tables: its legs, its stops and the hours of each day."""

import math
from dataclasses import replace
from datetime import date
from itertools import pairwise
from math import isnan
from typing import Any

import geopandas as gpd
import pandas as pd

from knr_gis.analyses.inputs import listed, texts
from knr_gis.analyses.tourism.calendar import opening_of, window_on
from knr_gis.analyses.tourism.trip import Day, Leg, Trip, Visit
from knr_gis.display import shown
from knr_gis.network import Floats
from knr_gis.result import Blank
from knr_gis.texts import say

# Places of these kinds are reached or left, not visited: they have no hours that a visit could miss.
NO_HOURS = ("lodging", "station", "settlement")
_METRES = 1000.0
_ROUNDING = 1e-6


def clock_text(minute: float) -> str:
    """Return minutes after midnight as ``09:30`` (``25:10`` past the next midnight); empty where unknown."""
    if isnan(minute):
        return ""
    whole = round(minute)
    return f"{whole // 60:02d}:{whole % 60:02d}"


def date_text(on: date | None) -> str:
    """Return a date as ``2026-07-01``; empty where there is none."""
    return on.isoformat() if on else ""


def leg_title(trip: Trip, leg: Leg) -> str:
    """Return a leg in words."""
    names = texts(trip.places, "name")
    return say("tourism.leg", start=names[leg.start], end=names[leg.end])


def why_lost(leg: Leg) -> str:
    """Return in words why a leg has no way: a closed or avoided road before what the roads alone allow."""
    return shown("leg_reason", leg.reason) if leg.reason else shown("leg_status", str(leg.status))


def moving_min(trip: Trip, leg: Leg) -> float:
    """Return the minutes on the way without the wait for a road to open; NaN where there is no way."""
    if not leg.found:
        return math.nan
    if leg.mode == "train" or not len(leg.edges):
        return leg.arrive_min - leg.depart_min
    ways = trip.setting.ways[leg.mode]
    seconds: Floats = ways.seconds[(~leg.forward.astype(bool)).astype(int), leg.edges]
    return float((seconds * leg.edge_m / ways.network.length_m[leg.edges]).sum() / 60)


def legs_frame(trip: Trip) -> gpd.GeoDataFrame:
    """Return one row for each leg, those without a way too (no line, no figures)."""
    names = texts(trip.places, "name")
    table = pd.DataFrame([_leg_row(trip, day, leg, names) for day in trip.days for leg in day.legs])
    return gpd.GeoDataFrame(table, geometry=[leg.line for leg in trip.legs], crs=trip.places.crs)


def lost_before(day: Day, leg: Leg | None = None) -> bool:
    """Tell whether a leg of a day, before a given one, has no way: the hours behind it are unknown."""
    before = day.legs if leg is None else day.legs[: [each.number for each in day.legs].index(leg.number)]
    return not all(each.found for each in before)


def _leg_row(trip: Trip, day: Day, leg: Leg, names: list[str]) -> dict[str, Any]:
    rules = {rule.rule_id: rule.name or rule.rule_id for rule in trip.setting.rules}
    minutes = leg.arrive_min - leg.depart_min
    wait = minutes - moving_min(trip, leg)
    known = leg.found and not lost_before(day, leg)
    return {
        "day": day.number, "stop_number": leg.number,
        "leg": f"{leg.number} {names[leg.start]}→{names[leg.end]}", "leg_mode": leg.mode,
        "from_name": names[leg.start], "to_name": names[leg.end], "leg_status": str(leg.status),
        "depart": clock_text(leg.depart_min) if known else "",
        "arrive": clock_text(leg.arrive_min) if known else "",
        "leg_km": leg.length_m / _METRES, "leg_min": minutes,
        "leg_wait_min": 0.0 if abs(wait) < _ROUNDING else wait,
        "ascent_m": leg.ascent_m, "descent_m": leg.descent_m,
        "closed_rules": listed([rules.get(r, r) for r in leg.closed]), "leg_reason": leg.reason,
        "from_snap_m": leg.snap_m[0], "to_snap_m": leg.snap_m[1],
    }  # fmt: skip


def visit_rows(trip: Trip) -> pd.DataFrame:
    """
    Return the timetable: a row for each visit in order; the place of a night stands twice.

    ``stop_number`` counts the places in the order in which they are come to; the evening and the morning at
    one place have the same.
    """
    names, number, rows = texts(trip.places, "name"), 1, []
    for day in trip.days:
        for k, visit in enumerate(day.visits):
            number += k > 0
            own = {"day": day.number, "on_date": date_text(day.on), "stop_number": number}
            rows.append(own | _visit_row(trip, day, k, names[visit.place]))
    return pd.DataFrame(rows)


def _visit_row(trip: Trip, day: Day, k: int, name: str) -> dict[str, Any]:
    """Return arrival, wait, stay and departure; what a morning or an evening has not is not asked."""
    first, last = k == 0, k == len(day.visits) - 1
    visit = day.visits[k] if all(leg.found for leg in day.legs[:k]) else _unknown(day.visits[k])
    sleeps = last and trip.places["kind"].iloc[visit.place] == "lodging"
    return {
        "name": name,
        "arrive": Blank.NOT_ASKED if first else clock_text(visit.arrive_min),
        "wait_min": Blank.NOT_ASKED if first else visit.start_min - visit.arrive_min,
        "visit_min": Blank.NOT_ASKED if first or sleeps else visit.leave_min - visit.start_min,
        "leave": Blank.NOT_ASKED if last else clock_text(visit.leave_min),
        "visit_state": Blank.NOT_ASKED if first else visit_state(trip, day, visit),
    }


def _unknown(visit: Visit) -> Visit:
    """Return a visit of which the hours are unknown because no way led to it, or to one before it."""
    return replace(visit, arrive_min=math.nan, start_min=math.nan, leave_min=math.nan)


def visit_state(trip: Trip, day: Day, visit: Visit) -> str | Blank:
    """
    Return whether a visit keeps to the hours of its place.

    ``met``, ``met_unknown`` (part of the hours or months is unknown), ``late`` (not within the hours),
    ``shut`` (closed on that date), ``not_judged`` (no date, or the hour of arrival is unknown).
    """
    place = trip.places.iloc[visit.place]
    comes_home = visit.kind == "end" and visit.leave_min == visit.start_min
    if place.get("kind") in NO_HOURS or comes_home:
        return Blank.NOT_ASKED
    if day.on is None or isnan(visit.start_min):
        return "not_judged"
    opening = opening_of(place)
    window = window_on(opening, day.on)
    if window is None:
        return "shut"
    if visit.start_min < window[0] or visit.leave_min > window[1]:
        return "late"
    return "met_unknown" if opening.unknown else "met"


def stops_frame(trip: Trip) -> gpd.GeoDataFrame:
    """Return each place that is come to, once for each time, with its number and its times."""
    table, places = visit_rows(trip), [visit.place for visit in trip.visits]
    mornings = [k == 0 for day in trip.days for k in range(len(day.visits))]
    again = [False, *(b == a for a, b in pairwise(places))]
    kept = [not (morning and same) for morning, same in zip(mornings, again, strict=True)]
    rows = [place for place, keep in zip(places, kept, strict=True) if keep]
    facts = trip.places.iloc[rows].reset_index(drop=True)
    own = table[kept].reset_index(drop=True)
    told = facts[[c for c in ("muni_code", "municipality", "layer", "kind", "theme") if c in facts]]
    labels = [f"{number} {name}" for number, name in zip(own["stop_number"], own["name"], strict=True)]
    joined = pd.concat([own, told], axis=1).assign(stop_label=labels)
    return gpd.GeoDataFrame(joined, geometry=facts.geometry.to_numpy(), crs=trip.places.crs)
