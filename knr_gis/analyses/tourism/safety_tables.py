"""The safety of a trip as rows, tables and layers of the map."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.tourism.bailout import AROUND, Bailout, Detour, Way, WayRound
from knr_gis.analyses.tourism.fleeing import IN_TIME, NO_DATA, NO_WAY, STATES, TOO_LATE, Fled
from knr_gis.analyses.tourism.stretches import drawn
from knr_gis.analyses.tourism.timetable import clock_text, lost_before
from knr_gis.analyses.tourism.trip import Leg, Trip
from knr_gis.analyses.tourism.worst import Worst, road_names
from knr_gis.display import shown
from knr_gis.result import Blank
from knr_gis.texts import say

_KM = 1000.0
_EVALUATED = (IN_TIME, TOO_LATE, NO_WAY)
LEG_COLUMNS = [
    "day", "stop_number", "from_name", "to_name", "leg_mode", "leg_status", "leg_km", "zone_km",
    *(f"{state}_km" for state in STATES), "no_data_percent", "longest_walk_min", "least_margin_min",
    "worst_from_km", "worst_to_km", "worst_place", "worst_state",
]  # fmt: skip


def leg_name(trip: Trip, leg: Leg) -> str:
    """Return what a leg is called."""
    names = trip.places["name"]
    return say("safety.leg", number=leg.number, start=names.iloc[leg.start], end=names.iloc[leg.end])


def kilometres(steps: pd.DataFrame) -> dict[str, float]:
    """Return the kilometres in each state; together they are the whole."""
    length = (steps["to_m"] - steps["from_m"]) / _KM
    found = length.groupby(steps["state"]).sum()
    return {state: float(found.get(state, 0.0)) for state in STATES}


def percent_unknown(of: dict[str, float]) -> float:
    """Return the share without data in per cent; NaN where there is no kilometre."""
    whole = sum(of.values())
    return of[NO_DATA] / whole * 100 if whole else float("nan")


def safety_rows(trip: Trip, fled: Fled) -> list[Row]:
    """Return the kilometres by state for each municipality, each leg's gravest figures, and the whole."""
    steps, rows = fled.steps, []
    places: list[tuple[str, str]] = []
    if len(steps):
        keys = steps[["muni_code", "municipality"]].drop_duplicates()
        places = [key for key in keys.itertuples(index=False, name=None) if key[0]]
    for code, name in [*sorted(places), ("", "")]:
        part = steps if not code else steps[steps["muni_code"] == code]
        of = kilometres(part)
        rows += [(code, name, shown("safety_state", s), "safety_km", of[s], "km") for s in STATES]
        rows.append((code, name, "", "safety_km", sum(of.values()), "km"))
        rows.append((code, name, "", "safety_no_data_percent", percent_unknown(of), "%"))
    for leg in trip.legs:
        part = steps[steps["leg"] == leg.number]
        group = leg_name(trip, leg)
        rows += [("", "", group, key, value, "分") for key, value in _grave(part).items()]
    rows += [("", "", "", key, value, "分") for key, value in _grave(steps).items()]
    return rows


def _grave(part: pd.DataFrame) -> dict[str, float]:
    """Return the longest walk and the least margin of stretches in danger; nothing where none is."""
    walked = part[part["state"].isin(_EVALUATED)]
    if not len(walked):
        return {}
    return {
        "safety_longest_walk_min": float(walked["walk_min"].max()),
        "safety_least_margin_min": float(walked["margin_min"].min()),
    }


def leg_table(trip: Trip, fled: Fled, found: list[Worst]) -> pd.DataFrame:
    """Return one row for each leg, those without a way too."""
    worst = {w.leg: w for w in found}
    rows = [_leg_row(trip, fled, leg, worst.get(leg.number)) for leg in trip.legs]
    return pd.DataFrame(rows, columns=LEG_COLUMNS)


def _leg_row(trip: Trip, fled: Fled, leg: Leg, worst: Worst | None) -> dict[str, Any]:
    names = trip.places["name"]
    row: dict[str, Any] = {
        "day": leg.day, "stop_number": leg.number, "from_name": names.iloc[leg.start],
        "to_name": names.iloc[leg.end], "leg_mode": leg.mode, "leg_status": str(leg.status),
        "leg_km": leg.length_m / _KM,
    }  # fmt: skip
    if leg.number not in fled.courses:
        return row | dict.fromkeys(LEG_COLUMNS[len(row) :], Blank.NOT_ASKED)
    part = fled.steps[fled.steps["leg"] == leg.number]
    of, grave = kilometres(part), _grave(part)
    row |= {f"{state}_km": of[state] for state in STATES}
    row |= {"zone_km": float((part["to_m"] - part["from_m"])[part["in_zone"]].sum() / _KM)}
    row |= {"no_data_percent": percent_unknown(of)}
    row["longest_walk_min"] = grave.get("safety_longest_walk_min", Blank.NOT_ASKED)
    row["least_margin_min"] = grave.get("safety_least_margin_min", Blank.NOT_ASKED)
    return row | _worst_cells(worst)


def _worst_cells(worst: Worst | None) -> dict[str, Any]:
    keys = ("worst_from_km", "worst_to_km", "worst_place", "worst_state")
    if worst is None:
        return dict.fromkeys(keys, Blank.NOT_ASKED)
    return dict(zip(keys, (worst.from_km, worst.to_km, place_of(worst), worst.state), strict=True))


def place_of(worst: Worst) -> str:
    """Return road and municipality of a stretch; an unknown name of the road is said."""
    road = worst.road_name or say("safety.road_unnamed")
    return "・".join(part for part in (road, worst.municipality) if part)


def point_table(trip: Trip, fled: Fled) -> pd.DataFrame:
    """Return every stretch judged; what is out of danger has no walk, what is unknown says so."""
    steps = fled.steps
    if not len(steps):
        return pd.DataFrame()
    walked = steps["state"].isin(_EVALUATED)
    asked = {c: steps[c].astype(object).where(walked, Blank.NOT_ASKED) for c in (
        "walk_min", "distance_m", "arrival_min", "arrival_source", "margin_min", "goal_kind",
    )}  # fmt: skip
    site = steps["site_name"].astype(object).where(walked & (steps["site_name"] != ""), Blank.NOT_ASKED)
    return pd.DataFrame({
        "day": steps["day"], "stop_number": steps["leg"],
        "from_km": steps["from_km"], "to_km": steps["to_km"],
        "pass_time": pass_times(trip, steps), "road_name": road_names(trip, steps),
        "municipality": steps["municipality"], "elevation_m": steps["elevation_m"],
        "depth_class": steps["depth_class"], "safety_state": steps["state"],
        "safety_reason": steps["reason"].where(steps["reason"] != "", Blank.NOT_ASKED),
        "season": steps["season"], "time_of_day": steps["time_of_day"], **asked, "site_name": site,
    })  # fmt: skip


def pass_times(trip: Trip, steps: pd.DataFrame) -> list[str]:
    """Return when each stretch is passed; empty behind a leg of that day that has no way."""
    known = {
        leg.number for day in trip.days for leg in day.legs if not lost_before(day, leg)
    }  # fmt: skip
    pairs = zip(steps["leg"], steps["minute"], strict=True)
    return [clock_text(minute) if leg in known else "" for leg, minute in pairs]


def plan_b_table(
    trip: Trip, made: list[Bailout], rounds: list[WayRound], passes: list[Detour], nights: dict[int, Way]
) -> pd.DataFrame:
    """Return for each leg with a way what there is besides it: one row a leg."""
    of_leg = {b.worst.leg: b for b in made}
    round_of = {r.leg: r for r in rounds}
    rows = []
    for leg in (leg for leg in trip.legs if leg.found):
        told = detour_texts([d for d in passes if d.leg == leg.number])
        rows.append({
            "day": leg.day, "stop_number": leg.number, "leg": leg_name(trip, leg),
            **_bail_cells(of_leg.get(leg.number)), **_round_cells(round_of.get(leg.number)),
            "pass_detour": " ".join(told) or Blank.NOT_ASKED, **_night_cells(nights.get(leg.number)),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _bail_cells(made: Bailout | None) -> dict[str, Any]:
    keys = ("worst_km", "out_km", "out_min", "out_place", "refuge_name", "refuge_walk_min")
    if made is None:
        return dict.fromkeys(keys, Blank.NOT_ASKED)
    road, site = made.road, made.site
    return {
        "worst_km": made.worst.at_km, "out_km": road.km, "out_min": road.minutes,
        "out_place": road.place or say("safety.no_road_out" if road.line is None else "safety.unnamed_place"),
        "refuge_name": site.place or say("safety.no_refuge"),
        "refuge_walk_min": site.minutes if site.place else Blank.NOT_ASKED,
    }  # fmt: skip


def _night_cells(night: Way | None) -> dict[str, Any]:
    if night is None:
        return dict.fromkeys(("night_name", "night_km", "night_min"), Blank.NOT_ASKED)
    found = night.line is not None
    return {
        "night_name": night.place if found else say("safety.no_lodging"),
        "night_km": night.km if found else Blank.NOT_ASKED,
        "night_min": night.minutes if found else Blank.NOT_ASKED,
    }  # fmt: skip


def _round_cells(way: WayRound | None) -> dict[str, Any]:
    if way is None:
        return dict.fromkeys(("round_status", "round_km", "round_min"), Blank.NOT_ASKED)
    found = way.status == AROUND
    return {
        "round_status": way.status, "round_km": way.way.km if found else Blank.NOT_ASKED,
        "round_min": way.way.minutes if found else Blank.NOT_ASKED,
    }  # fmt: skip


def detour_texts(passes: list[Detour]) -> list[str]:
    """Return the closing rules on a leg with the way round them, those with one way round together."""
    names: dict[tuple[bool, str, str, str], list[str]] = {}
    for d in passes:
        stated = d.rule.detour or say("safety.no_detour_stated")
        key = (d.on_leg, stated, f"{d.way.km:,.0f}", f"{d.way.minutes:,.0f}")
        names.setdefault(key, []).append(d.rule.name or d.rule.rule_id)
    return [_detour_text("」「".join(found), key) for key, found in names.items()]


def _detour_text(name: str, key: tuple[bool, str, str, str]) -> str:
    on_leg, stated, km, minutes = key
    if not on_leg:
        return say("safety.pass_avoided", name=name, detour=stated)
    if km == "nan":
        return say("safety.pass_no_way", name=name, detour=stated)
    return say("safety.pass_on_leg", name=name, detour=stated, km=km, minutes=minutes)


def safety_layers(trip: Trip, fled: Fled, found: list[Worst]) -> dict[str, gpd.GeoDataFrame]:
    """Return the legs by state and depth, and the gravest stretch of each."""
    rows = list(_runs(trip, fled))
    worst = [_worst_row(trip, fled, w) for w in found]
    layers = {"safety": rows, "safety_worst": worst}
    crs = trip.setting.crs
    return {
        key: gpd.GeoDataFrame(part, geometry="geometry", crs=crs) for key, part in layers.items() if part
    }  # fmt: skip


def _runs(trip: Trip, fled: Fled) -> Iterator[dict[str, Any]]:
    """Yield the stretches of one leg, state and depth that follow each other as one."""
    steps = fled.steps
    if not len(steps):
        return
    names = road_names(trip, steps)
    keys = list(zip(*(steps[c] for c in ("leg", "state", "depth_class", "municipality")), names, strict=True))
    for _, group in groupby(range(len(steps)), key=lambda k: keys[k]):
        rows = list(group)
        yield _stretch(trip, fled, rows[0], rows[-1]) | {"road_name": names[rows[0]]}


def _stretch(trip: Trip, fled: Fled, first: int, last: int) -> dict[str, Any]:
    part = fled.steps.iloc[first : last + 1]
    number = int(part["leg"].iloc[0])
    grave, begin = _grave(part), part.iloc[0]
    return {
        "day": begin["day"], "stop_number": number,
        "leg": leg_name(trip, next(leg for leg in trip.legs if leg.number == number)),
        "from_km": begin["from_km"], "to_km": part["to_km"].iloc[-1], "municipality": begin["municipality"],
        "depth_class": begin["depth_class"], "safety_state": begin["state"], "safety_reason": begin["reason"],
        "pass_time": pass_times(trip, part)[0], "walk_min": grave.get("safety_longest_walk_min", np.nan),
        "margin_min": grave.get("safety_least_margin_min", np.nan),
        "geometry": drawn(fled.courses[number], begin["from_m"], part["to_m"].iloc[-1]),
    }  # fmt: skip


def _worst_row(trip: Trip, fled: Fled, worst: Worst) -> dict[str, Any]:
    row = _stretch(trip, fled, worst.first, worst.last)
    label = say("safety.worst_label", number=worst.leg)
    return row | {"road_name": worst.road_name, "municipality": worst.municipality, "worst_label": label}


def way_layers(trip: Trip, made: list[Bailout]) -> dict[str, gpd.GeoDataFrame]:
    """Return the ways out of the gravest places as lines, and where they end as points."""
    rows = [row for bail in made for row in _way_rows(bail)]
    if not rows:
        return {}
    lines = gpd.GeoDataFrame(rows, geometry="geometry", crs=trip.setting.crs)
    ends = lines.geometry.interpolate(1.0, normalized=True)
    return {"safety_ways": lines, "safety_ends": lines.assign(geometry=list(ends))}


def _way_rows(bail: Bailout) -> Iterator[dict[str, Any]]:
    ways = {"road": bail.road, "foot": bail.foot, "refuge": bail.site}
    if bail.foot.line is not None and bail.foot.place and bail.foot.place == bail.site.place:
        del ways["foot"]  # the nearest safety is the site
    for kind, way in ways.items():
        if way.line is not None:
            yield {
                "stop_number": bail.worst.leg, "out_kind": kind, "way_km": way.km, "way_min": way.minutes,
                "out_place": way.place or say("safety.unnamed_place"), "geometry": way.line,
            }  # fmt: skip
