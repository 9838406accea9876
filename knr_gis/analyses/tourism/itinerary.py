"""A dated plan of several days: which places, when, in which order, with a night at each day's end."""

from dataclasses import dataclass
from typing import Any, Unpack

from knr_gis.analyses.tourism.board import make_board
from knr_gis.analyses.tourism.caps import caps_part, taken_by
from knr_gis.analyses.tourism.check_trip import require_sound, require_sound_together
from knr_gis.analyses.tourism.conditions import TourGiven
from knr_gis.analyses.tourism.cues import cues_part
from knr_gis.analyses.tourism.dropped import with_dropped
from knr_gis.analyses.tourism.fit import fit_part
from knr_gis.analyses.tourism.part import joined
from knr_gis.analyses.tourism.plan_part import headline, plan_part
from knr_gis.analyses.tourism.planning import Plan, make_plan, travels_of
from knr_gis.analyses.tourism.rules_sheet import rules_part
from knr_gis.analyses.tourism.safety import safety_part
from knr_gis.analyses.tourism.services import services_part
from knr_gis.analyses.tourism.setting import Setting, make_setting
from knr_gis.analyses.tourism.stages import stages_part
from knr_gis.analyses.tourism.wishes import PlanGiven, Wishes, make_wishes
from knr_gis.errors import AnalysisError
from knr_gis.result import Result

__all__ = ["itinerary", "make_plans"]


@dataclass(frozen=True)
class Plans:
    """
    The plans of all parties.

    Parameters
    ----------
    lost
        Why the parties after the last plan have none; "" where all have one.
    """

    made: tuple[Plan, ...]
    lost: str = ""


def itinerary(**given: Unpack[PlanGiven]) -> Result:
    """
    Return a plan on its dates, and everything that must be known of it.

    Places are chosen and ordered by orienteering with hotel selection and time windows: the sum of the
    scores (``scores.py``) is as high as the search finds, and a bound says how much higher it could be. Every
    plan passes the validator (``check_trip.py``), which was written apart from the planner.

    Parameters
    ----------
    given
        Layers and conditions of a trip (``TourGiven``), and what is asked of the plan (``PlanConditions``).

    Raises
    ------
    CrsError
        If the layers are not in one CRS in metres.
    AnalysisError
        If a condition cannot be used, a name is unknown, or the days cannot be joined by lodgings.
    """
    wishes = make_wishes(dict(given))
    setting = make_setting(**_trip_conditions(dict(given)))
    plans = make_plans(setting, wishes)
    first, others = plans.made[0], [plan.trip for plan in plans.made[1:]]
    trip = first.trip
    parts = [
        plan_part(plans.made, lost=plans.lost),
        stages_part(trip),
        services_part(trip),
        safety_part(trip),
        rules_part(trip),
        fit_part(trip),
        caps_part(trip, others=others, persons=wishes.persons),
        cues_part(trip),
    ]
    return joined("itinerary", headline(first), parts)


def _trip_conditions(given: dict[str, Any]) -> Any:
    known = TourGiven.__annotations__
    return {key: value for key, value in given.items() if key in known}


def make_plans(setting: Setting, wishes: Wishes) -> Plans:
    """
    Return a plan for each party, one after another, each beside what those before it have taken of the caps.

    Raises
    ------
    AnalysisError
        If the first party finds no plan.
    """
    board = make_board(setting, wishes)
    travels = travels_of(board)
    made: list[Plan] = []
    for _ in range(wishes.parties):
        taken = taken_by([plan.trip for plan in made], wishes.persons)
        try:
            plan = make_plan(board, travels, taken)
        except AnalysisError as error:
            if not made:
                raise
            return Plans(tuple(made), str(error))
        made.append(with_dropped(plan))
        require_sound(made[-1].trip, wishes)
    require_sound_together([plan.trip for plan in made], wishes)
    return Plans(tuple(made))
