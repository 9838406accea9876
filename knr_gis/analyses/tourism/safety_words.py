"""What the safety of a trip says in words: the answer, what was taken for granted, what was not looked at."""

from math import isnan

import pandas as pd

from knr_gis.analyses.evacuation.naming import goal_name
from knr_gis.analyses.inputs import layer_title, listed
from knr_gis.analyses.tourism.fleeing import (
    IN_TIME,
    NEEDED,
    NO_DATA,
    NO_WAY,
    TOO_LATE,
    Fled,
)
from knr_gis.analyses.tourism.safety_tables import kilometres, leg_name, percent_unknown, place_of
from knr_gis.analyses.tourism.timetable import why_lost
from knr_gis.analyses.tourism.trip import Trip
from knr_gis.analyses.tourism.worst import Worst
from knr_gis.display import shown
from knr_gis.result import Note
from knr_gis.texts import say

_TINY_KM = 0.05
_LAYERS = {"hazard": "tsunami_inundation", "municipalities": "municipalities", "sites": "evacuation_sites"}


def headline(trip: Trip, fled: Fled, worst: Worst | None) -> Note:
    """Return how much of the way lies in danger, what becomes of it, and where it is worst."""
    of = kilometres(fled.steps)
    whole, lost = sum(of.values()), sum(not leg.found for leg in trip.legs)
    if not whole:
        return Note("safety.headline_nothing", {"legs": len(trip.legs)})
    gap = say("safety.headline_gap", lost=lost, legs=len(trip.legs)) if lost else ""
    if of[NO_DATA] == whole:
        return Note("safety.headline_unknown", {"km": km_text(whole), "gap": gap})
    values = {key: km_text(value) for key, value in of.items()}
    values |= {
        "km": km_text(whole), "danger": km_text(of[IN_TIME] + of[TOO_LATE] + of[NO_WAY]),
        "unknown": values[NO_DATA], "percent": f"{percent_unknown(of):.1f}", "gap": gap,
        "worst": _worst(trip, fled, worst),
    }  # fmt: skip
    return Note("safety.headline", values)


def _worst(trip: Trip, fled: Fled, worst: Worst | None) -> str:
    if worst is None:
        return say("safety.headline_no_worst")
    leg, step = next(leg for leg in trip.legs if leg.number == worst.leg), fled.steps.iloc[worst.row]
    margin = float(step["margin_min"])
    walk = f"{float(step['walk_min']):,.0f}"
    told = "" if isnan(margin) else say("safety.headline_margin", walk=walk, margin=f"{margin:,.0f}")
    return say(
        "safety.headline_worst", leg=leg_name(trip, leg), place=place_of(worst), margin=told,
        state=shown("safety_state", worst.state), start=f"{worst.from_km:.1f}", end=f"{worst.to_km:.1f}",
    )  # fmt: skip


def km_text(km: float) -> str:
    """Return kilometres with one decimal; a little is never 0.0."""
    return say("safety.tiny") if 0 < km < _TINY_KM else f"{km:,.1f}"


def notes(trip: Trip, fled: Fled) -> tuple[Note, ...]:
    """Return what must be read beside the profile, the gravest first."""
    steps, said = fled.steps, []
    missing = [name for name in NEEDED if trip.setting.layers.get(name) is None]
    if missing:
        names = listed([layer_title(_LAYERS[name]) for name in missing])
        return (Note("safety.note_no_hazard", {"names": names}),)
    of = kilometres(steps)
    if of[NO_DATA]:
        said.append(
            Note("safety.note_no_data", {"km": km_text(of[NO_DATA]), "percent": f"{percent_unknown(of):.1f}"})
        )
    if trip.setting.layers.get("sites") is None:
        said.append(Note("safety.note_no_sites"))
    said += _arrival_note(fled)
    if trip.setting.on is None:
        said.append(Note("safety.note_no_date", {"light": _lights(fled)}))
    else:
        said.append(Note("safety.note_light", {"light": _lights(fled)}))
    if fled.plan is not None:
        scenario = fled.plan.scenario
        said.append(Note("safety.note_walker", {
            "walker": shown("walker", scenario.walker), "delay": _delays(fled), "goal": goal_name(scenario),
        }))  # fmt: skip
    return (*said, Note("safety.note_not_safe"), Note("safety.note_limits"))


def _delays(fled: Fled) -> str:
    """Return the minutes before the start, by light where they differ."""
    found = sorted({plan.scenario.start_delay_min for plan in fled.plans.values()})
    return "・".join(f"{delay:g}" for delay in found) or "―"


def _arrival_note(fled: Fled) -> list[Note]:
    """Return over how many kilometres no arrival is known and the planning number counts."""
    steps = fled.steps
    if fled.plan is None or not len(steps):
        return []
    figure = steps[steps["arrival_source"] == "figure"]
    km = float((figure["to_m"] - figure["from_m"]).sum() / 1000)
    values = {"km": km_text(km), "minutes": f"{fled.plan.scenario.arrival_min:g}"}
    return [Note("safety.note_arrival", values)] if km else []


def _lights(fled: Fled) -> str:
    """Return the season and light of the way with its kilometres."""
    steps = fled.steps
    if not len(steps):
        return "―"
    length = ((steps["to_m"] - steps["from_m"]) / 1000).groupby([steps["season"], steps["time_of_day"]]).sum()
    parts = [
        say(
            "safety.light_km",
            season=shown("season", season),
            time=shown("time_of_day", time),
            km=km_text(km),
        )
        for (season, time), km in length.items()
    ]
    return "、".join(parts)


def gaps(trip: Trip, fled: Fled) -> list[tuple[str, str, object]]:
    """Return what was not judged: stretches without data by reason and municipality, legs without a way."""
    rows: list[tuple[str, str, object]] = [
        (leg_name(trip, leg), why_lost(leg), pd.NA) for leg in trip.legs if not leg.found
    ]
    steps = fled.steps[fled.steps["state"] == NO_DATA] if len(fled.steps) else fled.steps
    if not len(steps):
        return rows
    length = (
        ((steps["to_m"] - steps["from_m"]) / 1000).groupby([steps["reason"], steps["municipality"]]).sum()
    )
    for (reason, town), km in length.items():
        what = say("safety.gap_of", km=km_text(km), town=town or say("safety.no_town"))
        rows.append((what, shown("safety_reason", reason), pd.NA))
    return rows
