"""From what is given to a trip: stops found, put in order and walked by the clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from knr_gis.analyses.inputs import planning_number
from knr_gis.analyses.tourism.asked import Asked, read_asked, tour_given
from knr_gis.analyses.tourism.check_trip import require_sound
from knr_gis.analyses.tourism.order import BestOrder
from knr_gis.analyses.tourism.part import Part
from knr_gis.analyses.tourism.route import Pace, make_route, order_stops
from knr_gis.analyses.tourism.setting import Setting, make_setting
from knr_gis.analyses.tourism.stops import choose_stops
from knr_gis.analyses.tourism.trip import Trip

_TOLD = ("date", "mode", "start_time", "trains", "avoid", "avoid_how")
_STAY, _HOURS = "unknown_stay_min", "hours_per_day"


@dataclass(frozen=True, eq=False)
class Route:
    """
    A trip, what it was asked for, and how its order and days came about.

    Parameters
    ----------
    best
        None where the order was given.
    """

    trip: Trip
    asked: Asked
    pace: Pace
    best: BestOrder | None


def route_given(given: Mapping[str, Any]) -> Route:
    """
    Return the trip through the stops that are given, checked by the validator.

    Parameters
    ----------
    given
        ``asked.RouteConditions``, ``conditions.TourLayers`` and ``conditions.TourConditions``.
    """
    asked = read_asked(given)
    setting = make_setting(**tour_given(given))
    places = chosen_places(setting, asked)
    pace = pace_of(places, asked)
    stops = tuple(range(len(places)))
    best = order_stops(setting, places, stops, pace=pace) if asked.order == "best" else None
    trip = make_route(setting, places, best.order if best else stops, pace=pace)
    require_sound(trip)
    return Route(trip, asked, pace, best)


def chosen_places(setting: Setting, asked: Asked) -> gpd.GeoDataFrame:
    """Return the stops in the order given; for a round trip the first stands at the end once more."""
    layers = dict(setting.layers.get("spots") or {})
    lodging = setting.layers.get("lodging")
    chosen = choose_stops(layers if lodging is None else {**layers, "lodging": lodging}, list(asked.stops))
    again = chosen.iloc[:1] if asked.return_to_start else chosen.iloc[:0]
    return gpd.GeoDataFrame(pd.concat([chosen, again], ignore_index=True), crs=chosen.crs)


def pace_of(places: gpd.GeoDataFrame, asked: Asked) -> Pace:
    """Return how long days are: by hours unless a lodging between the ends says where nights are spent."""
    by_lodging = asked.hours_per_day is None and (places["kind"].iloc[1:-1] == "lodging").any()
    hours = None if by_lodging else planning_number(_HOURS, asked.hours_per_day, positive=True)
    return Pace(hours, asked.numbers[_STAY], asked.return_to_start)


def stated(route: Route) -> Part:
    """Return the conditions of a route and the planning numbers that it stands on."""
    setting, asked, pace = route.trip.setting, route.asked, route.pace
    told = {k: v for k, v in setting.conditions.items() if k in (*_TOLD, *setting.numbers_used)}
    numbers = {_STAY: pace.unknown_stay_min}
    numbers |= {} if pace.hours_per_day is None else {_HOURS: pace.hours_per_day}
    own = {"stops": list(asked.stops), "order": asked.order, "return_to_start": asked.return_to_start}
    return Part(params={**own, **told, **numbers}, assumptions=(*setting.numbers_used, *numbers))
