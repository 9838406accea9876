"""A trip through stops that the user chose: the clock walks it leg by leg and says where days end."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

import geopandas as gpd
import numpy as np
import shapely

from knr_gis.analyses.inputs import numbers
from knr_gis.analyses.tourism.calendar import opening_of, window_on
from knr_gis.analyses.tourism.clock import Arrive, Course, Step, Windows, always_open, steps_of
from knr_gis.analyses.tourism.moves import travel_table
from knr_gis.analyses.tourism.order import BestOrder, Order, best_order
from knr_gis.analyses.tourism.setting import Setting
from knr_gis.analyses.tourism.timetable import NO_HOURS
from knr_gis.analyses.tourism.trains import make_legs, with_stations
from knr_gis.analyses.tourism.trip import Day, Leg, Trip, Visit, VisitKind
from knr_gis.network import Flags, Floats

NAN = math.nan


@dataclass(frozen=True)
class Pace:
    """
    How long days and visits are.

    Parameters
    ----------
    hours_per_day
        None: only lodgings end a day (and midnight does, on the road).
    unknown_stay_min
        Minutes at a place that tells no stay; stations, lodgings and villages are only passed.
    round_trip
        The last place is the first one again, without a stay.
    """

    hours_per_day: float | None
    unknown_stay_min: float
    round_trip: bool = False


def make_route(setting: Setting, places: gpd.GeoDataFrame, order: Order, *, pace: Pace) -> Trip:
    """
    Return the trip through places in an order.

    A day ends at a lodging, or where the next visit would not be over within ``hours_per_day``, or would find
    a door shut that is open on the next day. Legs without a way are states; the clock then goes on
    as if they took no time, and their products show no hours for the rest of that day.

    Parameters
    ----------
    places
        Points with the columns of ``places.PLACE_COLUMNS``.
    order
        Rows of ``places``; the first is the start.
    """
    known = with_stations(setting, places)
    legs = _Legs(setting, known)
    steps = steps_of(_course(setting, places, pace, legs.arrive), order)
    return Trip(setting, known, _days(setting, places, order, steps=steps, legs_of=legs.legs))


def order_stops(setting: Setting, places: gpd.GeoDataFrame, stops: Order, *, pace: Pace) -> BestOrder:
    """Return the stops in their best order; the first and the last stay."""
    xy = shapely.get_coordinates(places.geometry.to_numpy())
    table = cache(lambda on: travel_table(setting, xy, on, mode=setting.mode))

    def arrive(day: int, start: int, end: int, depart_min: float) -> float:
        return float(table(date_of(setting, day)).arrival(start, end, depart_min))

    return best_order(_course(setting, places, pace, arrive), stops)


def date_of(setting: Setting, day: int) -> date | None:
    """Return the date of a day (from 0)."""
    return None if setting.on is None else setting.on + timedelta(days=day)


class _Legs:
    """Legs as the clock asks for them, each made once."""

    def __init__(self, setting: Setting, places: gpd.GeoDataFrame) -> None:
        self.setting, self.places = setting, places
        self.legs = cache(self._legs)

    def _legs(self, day: int, start: int, end: int, depart_min: float) -> tuple[Leg, ...]:
        return make_legs(
            self.setting, self.places, start, end, mode=self.setting.mode, day=day + 1, number=0,
            on=date_of(self.setting, day), depart_min=depart_min,
        )  # fmt: skip

    def arrive(self, day: int, start: int, end: int, depart_min: float) -> float:
        """Return the arrival; inf where there is no way."""
        legs = self.legs(day, start, end, depart_min)
        return legs[-1].arrive_min if all(leg.found for leg in legs) else math.inf


def _course(setting: Setting, places: gpd.GeoDataFrame, pace: Pace, arrive: Arrive) -> Course:
    """Return the rules of the clock for some places."""
    lodging = np.asarray(places["kind"] == "lodging")
    start = float(setting.conditions["start_min"])
    end = math.inf if pace.hours_per_day is None else start + pace.hours_per_day * 60
    stays = _stays(places, pace, lodging)
    return Course(arrive, _windows(setting, places, pace), stays, lodging, start, end)


def _stays(places: gpd.GeoDataFrame, pace: Pace, lodging: Flags) -> Floats:
    """Return the minutes of each visit; none at a lodging and where a round trip comes home."""
    known = numbers(places, "stay_min")
    passed = np.asarray(places["kind"].isin(NO_HOURS))
    stays = np.where(np.isnan(known), np.where(passed, 0.0, pace.unknown_stay_min), known)
    stays[lodging] = 0.0
    stays[len(places) - 1 if pace.round_trip else len(places) :] = 0.0
    return np.asarray(stays)


def _windows(setting: Setting, places: gpd.GeoDataFrame, pace: Pace) -> Windows:
    """Return the hours of the places by day; with no date none are judged."""
    n = len(places)
    openings = [opening_of(places.iloc[row]) for row in range(n)]
    asked = ~np.asarray(places["kind"].isin(NO_HOURS))
    asked[n - 1 if pace.round_trip else n :] = False

    @cache
    def on_day(day: int) -> tuple[Floats, Floats]:
        opens, closes = always_open(n)
        on = date_of(setting, day)
        for row in np.flatnonzero(asked) if on is not None else ():
            opens[row], closes[row] = window_on(openings[row], on) or (NAN, NAN)
        return opens, closes

    return on_day


def _days(
    setting: Setting, places: gpd.GeoDataFrame, order: Order, *, steps: list[Step],
    legs_of: Callable[[int, int, int, float], tuple[Leg, ...]],
) -> tuple[Day, ...]:  # fmt: skip
    """Return the steps as days; the place of a night ends one and begins the next."""
    start, kinds = float(setting.conditions["start_min"]), places["kind"].tolist()
    days: list[tuple[list[Visit], list[Leg]]] = [([Visit(order[0], "start", start, start, start)], [])]
    number = 1
    for k, (step, place) in enumerate(zip(steps, order[1:], strict=True)):
        if step.day == len(days):
            kind: VisitKind = "lodging" if kinds[order[k]] == "lodging" else "start"
            days.append(([Visit(order[k], kind, start, start, start)], []))
        made = legs_of(step.day, order[k], place, step.depart_min)
        days[-1][1].extend(replace(leg, number=number + n) for n, leg in enumerate(made))
        number += len(made)
        days[-1][0].extend(_change(leg, onward) for leg, onward in pairwise(made))
        days[-1][0].append(_visit(step, place, kinds[place], last=k == len(steps) - 1))
    return tuple(
        Day(number, date_of(setting, number - 1), tuple(visits), tuple(legs))
        for number, (visits, legs) in enumerate(days, start=1)
    )


def _change(leg: Leg, onward: Leg) -> Visit:
    """Return the wait at a station between two legs."""
    return Visit(leg.end, "station", leg.arrive_min, leg.arrive_min, onward.depart_min)


def _visit(step: Step, place: int, kind: str, *, last: bool) -> Visit:
    """Return the visit behind a step; where no way led there, its arrival is unknown."""
    called: VisitKind = "lodging" if kind == "lodging" else "end" if last else "stop"
    if step.arrive_min == math.inf:
        return Visit(place, called, NAN, NAN, step.leave_min)
    return Visit(place, called, step.arrive_min, step.start_min, step.leave_min)
