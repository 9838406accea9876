"""Rules of the road on a trip: closures, stretches without stopping, permits; in force or not when passed."""

from datetime import date
from math import isnan
from typing import Any

import numpy as np
import pandas as pd

from knr_gis.analyses.inputs import layer_title
from knr_gis.analyses.tourism.closures import RoadRule, in_force
from knr_gis.analyses.tourism.safety_tables import leg_name
from knr_gis.analyses.tourism.setting import ways_of
from knr_gis.analyses.tourism.timetable import clock_text
from knr_gis.analyses.tourism.trip import Leg, Trip
from knr_gis.result import Blank
from knr_gis.texts import say

IN_FORCE, NOT_IN_FORCE, NO_DATE, KEPT_AWAY = "in_force", "not_in_force", "no_date", "kept_away"
_KM = 1000.0
COLUMNS = [
    "day", "stop_number", "leg", "rule_name", "rule_kind", "rule_force", "way_km",
    "rule_period", "rule_hours", "detour", "note", "info_source", "confirmed_on",
]  # fmt: skip


def road_table(trip: Trip) -> pd.DataFrame:
    """Return one row for each rule of the road on each leg, and for those that changed its way."""
    rows = [
        row
        for day in trip.days
        for leg in day.legs
        if leg.found and leg.mode != "train"
        for rule in trip.setting.rules
        if (row := _row(trip, leg, rule, day.on)) is not None
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(trip: Trip, leg: Leg, rule: RoadRule, on: date | None) -> dict[str, Any] | None:
    if leg.mode == "train":
        return None
    edges = ways_of(trip.setting, leg.mode).rule_edges[rule.rule_id]
    on_it = np.isin(leg.edges, edges)
    if not on_it.any() and rule.rule_id not in leg.closed:
        return None
    return {
        "day": leg.day, "stop_number": leg.number, "leg": leg_name(trip, leg),
        "rule_name": rule.name or rule.rule_id,
        "rule_kind": "closed_daily" if rule.kind == "closed" and rule.daily else rule.kind,
        "rule_force": _force(rule, on, leg.enter_min[on_it].tolist()),
        "way_km": float(leg.edge_m[on_it].sum()) / _KM, "rule_period": period_text(rule),
        "rule_hours": hours_text(rule), "detour": rule.detour or Blank.NOT_ASKED,
        "note": rule.note or Blank.NOT_ASKED, "info_source": rule.info_source,
        "confirmed_on": rule.confirmed_on,
    }  # fmt: skip


def _force(rule: RoadRule, on: date | None, minutes: list[float]) -> str:
    """Return whether a rule holds while its stretch is passed, or that the leg keeps away from it."""
    if not minutes:
        return KEPT_AWAY
    if on is None:
        return IN_FORCE if _always(rule) else NO_DATE
    return IN_FORCE if any(in_force(rule, on, minute) for minute in minutes) else NOT_IN_FORCE


def _always(rule: RoadRule) -> bool:
    dated = rule.first is not None or rule.year is not None or rule.unknown
    return not dated and isnan(rule.from_min) and isnan(rule.until_min)


def period_text(rule: RoadRule) -> str:
    """Return the part of the year in which a rule holds; unknown dates are said."""
    if rule.unknown & {"from_date", "to_date"}:
        return say("rules_sheet.period_unknown")
    if rule.first is None:
        return say("rules_sheet.all_year")
    year = "" if rule.year is None else say("rules_sheet.year", year=rule.year)
    last = "" if rule.last is None else "{}/{}".format(*rule.last)
    return year + "{}/{}".format(*rule.first) + "〜" + last


def hours_text(rule: RoadRule) -> str:
    """Return the hours of a rule: those of each day, or when the first day begins and the last one ends."""
    if isnan(rule.from_min) and isnan(rule.until_min):
        return say("rules_sheet.all_day")
    start = clock_text(0.0 if isnan(rule.from_min) else rule.from_min)
    end = clock_text(24 * 60.0 if isnan(rule.until_min) else rule.until_min)
    return say("rules_sheet.hours_daily" if rule.daily else "rules_sheet.hours_once", start=start, end=end)


def road_gaps(trip: Trip) -> list[tuple[str, str, object]]:
    """Return that there are no rules of the road, or which of them lie on no road of the mode."""
    if trip.setting.layers.get("road_rules") is None:
        return [(layer_title("road_rules"), say("rules_sheet.gap_layer"), pd.NA)]
    unplaced = ways_of(trip.setting, trip.setting.mode).unplaced_rules
    return [(rule.name or rule.rule_id, say("rules_sheet.gap_rule"), pd.NA) for rule in unplaced]
