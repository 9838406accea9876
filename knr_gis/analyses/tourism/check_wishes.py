"""The validator's second half: whether a plan keeps to what was asked and to what its places allow."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import pandas as pd

from knr_gis.analyses.tourism.calendar import opening_of, sunset, window_on
from knr_gis.analyses.tourism.trip import Day, Trip, Visit
from knr_gis.analyses.tourism.wishes import Wishes
from knr_gis.crs import to_web
from knr_gis.result import Note
from knr_gis.values import normal_text, to_flag, to_number

_MINUTE = 0.02
_HOUR = 60


def wish_faults(trip: Trip, wishes: Wishes) -> list[Note]:
    """Return where a plan breaks opening times, light, nights, limits, caps, or the lists of the wishes."""
    found: list[Note] = [*_lists(trip, wishes)]
    for day in trip.days:
        found += [*_visits(trip, day, wishes), *_limits(trip, day, wishes), *_night(trip, day, wishes)]
    return [*found, *cap_faults([trip], wishes.persons)]


def _fault(key: str, day: int, where: str, **values: object) -> Note:
    return Note(f"check_trip.{key}", {"day": day, "where": where, **values})


def _place(trip: Trip, visit: Visit) -> pd.Series:
    return trip.places.iloc[visit.place]


def _stops(day: Day) -> list[Visit]:
    return [visit for visit in day.visits if visit.kind == "stop"]


def _visits(trip: Trip, day: Day, wishes: Wishes) -> Iterator[Note]:
    """Yield visits outside the months and hours of their place, cut short, or in the dark."""
    for visit in _stops(day):
        place = _place(trip, visit)
        name, window = str(place["name"]), window_on(opening_of(place), day.on)
        if window is None:
            yield _fault("shut", day.number, name)
        elif visit.start_min < window[0] - _MINUTE or visit.leave_min > window[1] + _MINUTE:
            yield _fault("hours", day.number, name)
        if visit.leave_min - visit.start_min < _stay(place, wishes) - _MINUTE:
            yield _fault("short_stay", day.number, name)
    yield from _in_the_dark(trip, day, wishes)


def _stay(place: pd.Series, wishes: Wishes) -> float:
    stated = to_number(place["stay_min"])
    return wishes.numbers["unknown_stay_min"] if math.isnan(stated) else stated


def _in_the_dark(trip: Trip, day: Day, wishes: Wishes) -> Iterator[Note]:
    """Yield visits that are not known to be indoors and go on after sunset."""
    if not wishes.outdoor_by_sunset or day.on is None:
        return
    outside = [visit for visit in _stops(day) if not to_flag(_place(trip, visit)["indoor"])]
    points = to_web(trip.places.iloc[[visit.place for visit in outside]]).geometry
    for visit, point in zip(outside, points, strict=True):
        if visit.leave_min > sunset(day.on, point.x, point.y) + _MINUTE:
            yield _fault("dark", day.number, str(_place(trip, visit)["name"]))


def _limits(trip: Trip, day: Day, wishes: Wishes) -> Iterator[Note]:
    """Yield a day that begins too early, ends too late, or is too long on the way."""
    if not day.visits:
        return
    start = float(trip.setting.conditions["start_min"])
    last = day.visits[-1]
    if day.visits[0].leave_min < start - _MINUTE or last.arrive_min > start + wishes.day_min + _MINUTE:
        yield _fault("day_hours", day.number, str(_place(trip, last)["name"]))
    moving = sum(_moving_min(trip, day, k) for k in range(len(day.legs)))
    if moving > wishes.drive_min + _MINUTE:
        yield _fault("on_the_way", day.number, f"{moving:.0f}")


def _moving_min(trip: Trip, day: Day, number: int) -> float:
    """Return the minutes of a leg on its edges, waits not counted."""
    leg = day.legs[number]
    if not leg.found or leg.mode == "train":
        return leg.arrive_min - leg.depart_min if leg.found else 0.0
    ways = trip.setting.ways[leg.mode]
    ahead = np.asarray(leg.forward, dtype=bool)
    seconds = np.where(ahead, ways.seconds[0][leg.edges], ways.seconds[1][leg.edges])
    return float((seconds / 60 * leg.edge_m / ways.network.length_m[leg.edges]).sum())


def _night(trip: Trip, day: Day, wishes: Wishes) -> Iterator[Note]:
    """Yield a night that is not spent at an allowed lodging that is open, and an end at the wrong place."""
    if not day.visits:
        return
    place, is_last = _place(trip, day.visits[-1]), day.number == len(trip.days)
    name = str(place["name"])
    if is_last and wishes.end:
        if not _named(place, [wishes.end]):
            yield _fault("wrong_end", day.number, name)
        return
    if place["kind"] != "lodging" or (wishes.lodgings and not _named(place, wishes.lodgings)):
        yield _fault("no_lodging", day.number, name)
    elif window_on(opening_of(place), day.on) is None or _named(place, wishes.never):
        yield _fault("lodging_shut", day.number, name)


def _named(place: pd.Series, wanted: Sequence[str]) -> bool:
    """Tell whether a place is one of those named, however the name is qualified."""
    name = normal_text(place["name"])
    plain = [normal_text(w) for w in wanted]
    return any(name in (w, w.partition(":")[2].partition("@")[0].strip(), w.partition("@")[0]) for w in plain)


def _lists(trip: Trip, wishes: Wishes) -> Iterator[Note]:
    """Yield a stop made twice, one on the never-list, and a must or lock that is not kept."""
    visits = [(day.number, visit) for day in trip.days for visit in _stops(day)]
    for row, count in Counter(visit.place for _, visit in visits).items():
        if count > 1:
            yield _fault("twice", 0, str(trip.places["name"].iloc[row]))
    for number, visit in visits:
        if _named(_place(trip, visit), wishes.never):
            yield _fault("never", number, str(_place(trip, visit)["name"]))
    yield from _wanted(trip, wishes, visits)
    if trip.days and not _named(_place(trip, trip.days[0].visits[0]), [wishes.start]):
        yield _fault("wrong_start", 1, wishes.start)


def _wanted(trip: Trip, wishes: Wishes, visits: list[tuple[int, Visit]]) -> Iterator[Note]:
    """Yield what is a must or locked to a day, and neither there on that day nor told as left out."""
    told = set(trip.dropped["name"]) if "name" in trip.dropped else set()
    for name in [*wishes.must, *wishes.locked]:
        on = [n for n, visit in visits if _named(_place(trip, visit), [name])]
        if not on and not any(_named(pd.Series({"name": t}), [name]) for t in told):
            yield _fault("must", 0, name)
        if on and name in wishes.locked and wishes.locked[name] not in on:
            yield _fault("lock", on[0], name)


def cap_faults(trips: Sequence[Trip], persons: float) -> list[Note]:
    """Return the caps that parties of so many persons each break together."""
    days: Counter[tuple[int, date | None]] = Counter()
    hours: Counter[tuple[int, date | None, int]] = Counter()
    nights: Counter[tuple[int, date | None]] = Counter()
    for trip in trips:
        for day in trip.days:
            for visit in _stops(day):
                days[visit.place, day.on] += 1
                hours[visit.place, day.on, int(visit.start_min // _HOUR)] += 1
            if day.visits and day.visits[-1].kind == "lodging":
                nights[day.visits[-1].place, day.on] += 1
    limits = (("daily_cap", days), ("hourly_cap", hours), ("capacity_persons", nights))
    places = trips[0].places
    return [
        _fault("cap", 0, str(places["name"].iloc[key[0]]))
        for column, counted in limits
        for key, parties in counted.items()
        if parties * persons > to_number(places[column].iloc[key[0]])
    ]
