"""What a route between chosen stops is asked for, beside the conditions of every trip."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict, cast, get_args

from knr_gis.analyses.inputs import planning_number
from knr_gis.analyses.tourism import conditions
from knr_gis.analyses.tourism.conditions import TourConditions, TourGiven, TourLayers
from knr_gis.errors import AnalysisError

StopOrder = Literal["given", "best"]
MOST_ALTERNATIVES = 3
DEFAULTS: dict[str, Any] = {
    **conditions.DEFAULTS, "stops": [], "order": "given", "alternatives": 0, "return_to_start": False,
}  # fmt: skip
NUMBERS = (
    "unknown_stay_min", "service_within_m", "fuel_gap_km", "toilet_gap_min", "food_gap_min",
    "alternative_shared_percent", "alternative_more_percent",
)  # fmt: skip


class RouteConditions(TypedDict, total=False):
    """
    What is asked of a route; what is absent or None comes from ``DEFAULTS`` or ``assumptions.toml``.

    Parameters
    ----------
    stops
        Names in order; ``layer:name`` or ``name@municipality`` where a name is not unique.
    order
        ``given``, or ``best``: the first and the last stay, the others go where the trip ends earliest.
    alternatives
        How many other ways are looked for on each leg, 0 to 3.
    return_to_start
        Whether the trip ends where it began.
    hours_per_day
        A visit is over so long after the departure, or a night comes before it; where it is not given and a
        lodging stands among the stops, only lodgings end a day.
    unknown_stay_min
        Minutes at a place that tells no stay.
    service_within_m, fuel_gap_km, toilet_gap_min, food_gap_min
        How near to the way a service counts, and how far apart services may be.
    alternative_shared_percent, alternative_more_percent
        How much of another way may run over the ways already named, and how much longer it may take.
    """

    stops: list[str]
    order: StopOrder
    alternatives: int
    return_to_start: bool
    hours_per_day: float | None
    unknown_stay_min: float | None
    service_within_m: float | None
    fuel_gap_km: float | None
    toilet_gap_min: float | None
    food_gap_min: float | None
    alternative_shared_percent: float | None
    alternative_more_percent: float | None


class RouteGiven(TourGiven, RouteConditions):
    """Layers and conditions of a route."""


@dataclass(frozen=True)
class Asked:
    """
    What is asked of a route, read and checked.

    Parameters
    ----------
    hours_per_day
        None where it was not given.
    numbers
        Planning numbers by key (``NUMBERS``).
    """

    stops: tuple[str, ...]
    order: StopOrder
    alternatives: int
    return_to_start: bool
    hours_per_day: float | None
    numbers: dict[str, float] = field(default_factory=dict)


def read_asked(given: Mapping[str, Any]) -> Asked:
    """
    Return what is asked of a route.

    Raises
    ------
    AnalysisError
        If the order, the number of alternatives, or a planning number cannot be used.
    """
    chosen = {k: DEFAULTS[k] if given.get(k) is None else given[k] for k in ("order", "alternatives")}
    if chosen["order"] not in get_args(StopOrder):
        raise AnalysisError("route.bad_order", value=chosen["order"], choices="・".join(get_args(StopOrder)))
    count = chosen["alternatives"]
    if isinstance(count, bool) or count not in range(MOST_ALTERNATIVES + 1):
        raise AnalysisError("route.bad_alternatives", value=count, most=MOST_ALTERNATIVES)
    hours = given.get("hours_per_day")
    return Asked(
        stops=tuple(given.get("stops") or ()),
        order=cast("StopOrder", chosen["order"]),
        alternatives=int(count),
        return_to_start=bool(given.get("return_to_start")),
        hours_per_day=None if hours is None else planning_number("hours_per_day", hours, positive=True),
        numbers={key: planning_number(key, given.get(key)) for key in NUMBERS},
    )


def tour_given(given: Mapping[str, Any]) -> TourGiven:
    """Return the part of what is given that every trip has (``setting.make_setting``)."""
    names = {*TourLayers.__annotations__, *TourConditions.__annotations__}
    return cast("TourGiven", {key: value for key, value in given.items() if key in names})
