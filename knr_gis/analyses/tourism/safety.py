"""A trip judged place by place: who leaves the car there and walks, and what else there is to do."""

from knr_gis.analyses.inputs import planning_number
from knr_gis.analyses.tourism.bailout import bailouts, detours, ways_round
from knr_gis.analyses.tourism.fallback import nights
from knr_gis.analyses.tourism.fleeing import Fled, flee
from knr_gis.analyses.tourism.part import Part
from knr_gis.analyses.tourism.profile import profile_charts
from knr_gis.analyses.tourism.safety_tables import (
    leg_table,
    plan_b_table,
    point_table,
    safety_layers,
    safety_rows,
    way_layers,
)
from knr_gis.analyses.tourism.safety_words import gaps, headline, notes
from knr_gis.analyses.tourism.trip import Trip
from knr_gis.analyses.tourism.worst import Worst, worst_by_leg, worst_of
from knr_gis.assumptions import all_assumptions
from knr_gis.display import shown_value
from knr_gis.result import Note

__all__ = ["safety_headline", "safety_part"]

# Season and light differ along the way; the others say who lives where.
_NOT_TOLD = ("season", "time_of_day", "demand", "year", "month")


def safety_part(trip: Trip) -> Part:
    """
    Return the safety profile of a trip: states along every leg, the worst stretches, what else there is.

    Every stretch is judged as the evacuation analysis judges a visitor on foot who stands there at that month
    and hour: minutes to the nearest usable site or out of danger, against the arrival of the water. Without
    a hazard layer everything is without data.
    """
    return _judged(trip)[0]


def safety_headline(trip: Trip) -> tuple[Note, Part]:
    """Return the answer in one sentence, and the part."""
    part, fled, worst = _judged(trip)
    return headline(trip, fled, worst_of(worst, fled)), part


def _judged(trip: Trip) -> tuple[Part, Fled, list[Worst]]:
    step_m = planning_number("safety_step_m", trip.setting.conditions.get("safety_step_m"), positive=True)
    fled = flee(trip, step_m)
    worst = worst_by_leg(fled, trip)
    made = bailouts(trip, fled, worst)
    scenario = {} if fled.plan is None else _params(fled)
    params = {"safety_step_m": step_m, **scenario}
    part = Part(
        features={**safety_layers(trip, fled, worst), **way_layers(trip, made)},
        tables={
            "safety_legs": leg_table(trip, fled, worst),
            "plan_b": plan_b_table(trip, made, ways_round(trip, fled), detours(trip), nights(trip, fled)),
            "safety_points": point_table(trip, fled),
        },
        rows=safety_rows(trip, fled),
        charts=profile_charts(trip, fled),
        notes=notes(trip, fled),
        gaps=gaps(trip, fled),
        params=params,
        basis={key: basis for plan in fled.plans.values() for key, basis in plan.scenario.basis.items()},
        assumptions=tuple(key for key in params if key in all_assumptions()),
    )
    return part, fled, worst


def _params(fled: Fled) -> dict[str, object]:
    """Return the values of the scenarios; where season or light changes one along the way, all of them."""
    plans = list(fled.plans.values()) or ([fled.plan] if fled.plan else [])
    sets = [plan.scenario.params for plan in plans]
    merged: dict[str, object] = {}
    for key in (key for params in sets for key in params if key not in _NOT_TOLD):
        values = list(
            {shown_value(key, params[key]): params[key] for params in sets if key in params}.items()
        )
        merged[key] = values[0][1] if len(values) == 1 else "・".join(text for text, _ in values)
    return merged
