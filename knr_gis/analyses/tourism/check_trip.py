"""
The validator: what is wrong with a trip, found without the code that made it.

It reads the rows of the road rules, the edges, their seconds and the minutes of the trip itself, and knows
nothing of planning, of the solver, or of how legs are made.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from itertools import pairwise

import numpy as np
import shapely

from knr_gis.analyses.tourism.calendar import minutes_of, opening_of, window_on
from knr_gis.analyses.tourism.check_wishes import cap_faults, wish_faults
from knr_gis.analyses.tourism.closed_times import Stretch, closed_near, closures_of
from knr_gis.analyses.tourism.trip import Day, Leg, Trip
from knr_gis.analyses.tourism.ways import Ways
from knr_gis.analyses.tourism.wishes import Wishes
from knr_gis.errors import AnalysisError
from knr_gis.network import Flags, Floats
from knr_gis.result import Note
from knr_gis.texts import say
from knr_gis.values import normal_text

_MINUTE = 0.02  # a second of rounding
_METRE = 0.5
_ON_LINE_M = 1.0
_FIRST_OF_DAY = time()


def faults(trip: Trip, wishes: Wishes | None = None) -> list[Note]:
    """
    Return what is wrong with a trip; nothing for a sound one.

    Of every trip: the visits and legs of a day hang together in place and time, each leg is one unbroken way
    in permitted directions that takes as long as its edges do, no edge is passed while a rule closes it, each
    day begins where the last one ended.

    Parameters
    ----------
    wishes
        What a plan was asked for: then opening times, light, nights, limits, caps and lists too.
    """
    found = [*_chain(trip)]
    for day in trip.days:
        found += _times(trip, day)
        for leg in day.legs:
            if leg.found and leg.mode == "train":
                found += [] if _runs(trip, day, leg) else [_fault("no_train", day, _leg_name(trip, leg))]
            elif leg.found:
                found += [*_way(trip, leg), *_closed(trip, day, leg)]
    return found if wishes is None else [*found, *wish_faults(trip, wishes)]


def require_sound(trip: Trip, wishes: Wishes | None = None) -> None:
    """Raise AnalysisError where a trip has a fault: a defect of the program, not of the user."""
    _require_none(faults(trip, wishes))


def require_sound_together(trips: Sequence[Trip], wishes: Wishes) -> None:
    """Raise AnalysisError where parties together exceed a cap: a defect of the program, not of the user."""
    _require_none(cap_faults(trips, wishes.persons))


def _require_none(found: list[Note]) -> None:
    if found:
        first = say(found[0].key, **found[0].values)
        raise AnalysisError("check_trip.defect", count=len(found), first=first)


def _fault(key: str, day: Day | int, where: str, **values: object) -> Note:
    number = day if isinstance(day, int) else day.number
    return Note(f"check_trip.{key}", {"day": number, "where": where, **values})


def _name(trip: Trip, row: int) -> str:
    return str(trip.places["name"].iloc[row])


def _leg_name(trip: Trip, leg: Leg) -> str:
    return say("tourism.leg", start=_name(trip, leg.start), end=_name(trip, leg.end))


def _chain(trip: Trip) -> Iterator[Note]:
    """Yield days that do not begin where the one before ended, on another date, or at another number."""
    for number, day in enumerate(trip.days, start=1):
        if day.number != number or len(day.visits) != len(day.legs) + 1:
            yield _fault("not_chained", day, "-")
    for before, after in pairwise(trip.days):
        if before.visits and after.visits and before.visits[-1].place != after.visits[0].place:
            yield _fault("night_elsewhere", after, _name(trip, after.visits[0].place))
        if before.on is not None and after.on != before.on + timedelta(days=1):
            yield _fault("not_chained", after, str(after.on))


def _times(trip: Trip, day: Day) -> Iterator[Note]:
    """Yield visits and legs of a day that do not follow each other."""
    for number, leg in enumerate(day.legs):
        if number + 1 >= len(day.visits):
            return
        before, after = day.visits[number], day.visits[number + 1]
        if (leg.start, leg.end) != (before.place, after.place):
            yield _fault("not_joined", day, _leg_name(trip, leg))
        if leg.found and not (
            leg.depart_min >= before.leave_min - _MINUTE and _same(leg.arrive_min, after.arrive_min)
        ):
            yield _fault("times", day, _leg_name(trip, leg))
    for visit in day.visits:
        known = [m for m in (visit.arrive_min, visit.start_min, visit.leave_min) if not math.isnan(m)]
        if any(later < earlier - _MINUTE for earlier, later in pairwise(known)):
            yield _fault("times", day, _name(trip, visit.place))


def _runs(trip: Trip, day: Day, leg: Leg) -> bool:
    """Tell whether the table has a train of that date between the stations at those minutes."""
    table = trip.setting.layers.get("train_legs")
    rows = [] if table is None else table.drop(columns="geometry", errors="ignore").to_dict("records")
    ends = [_station(_name(trip, leg.start)), _station(_name(trip, leg.end))]
    return any(
        [_station(row["from_station"]), _station(row["to_station"])] == ends
        and _same(minutes_of(row["departs"]), leg.depart_min)
        and _same(minutes_of(row["arrives"]), leg.arrive_min)
        and window_on(opening_of({"months_open": row.get("months_open")}), day.on) is not None
        for row in rows
    )


def _station(name: object) -> str:
    text = normal_text(name)
    return text.removesuffix("駅")


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= _MINUTE


def _way(trip: Trip, leg: Leg) -> Iterator[Note]:
    """Yield what is wrong with the way of a leg: broken, against a one-way street, too short or too fast."""
    ways, where = trip.setting.ways[leg.mode], _leg_name(trip, leg)
    if not _unbroken(ways, leg):
        yield _fault("broken_way", leg.day, where)
    if not _permitted(ways, leg):
        yield _fault("against_oneway", leg.day, where)
    if abs(float(leg.edge_m.sum()) - leg.length_m) > _METRE or (leg.edge_m < -_METRE).any():
        yield _fault("length", leg.day, where)
    if not _takes_its_time(ways, leg):
        yield _fault("too_fast", leg.day, where)


def _unbroken(ways: Ways, leg: Leg) -> bool:
    """Tell whether each edge begins where the one before ended."""
    network, ahead = ways.network, np.asarray(leg.forward, dtype=bool)
    enters = np.where(ahead, network.u[leg.edges], network.v[leg.edges])
    leaves = np.where(ahead, network.v[leg.edges], network.u[leg.edges])
    return bool((enters[1:] == leaves[:-1]).all())


def _permitted(ways: Ways, leg: Leg) -> bool:
    network, ahead = ways.network, np.asarray(leg.forward, dtype=bool)
    return bool(np.where(ahead, network.forward[leg.edges], network.backward[leg.edges]).all())


def passage_min(ways: Ways, leg: Leg) -> Floats:
    """Return the minutes that a leg spends on each of its edges, shape (n,)."""
    seconds = np.where(np.asarray(leg.forward, dtype=bool), *(ways.seconds[k][leg.edges] for k in (0, 1)))
    length = ways.network.length_m[leg.edges]
    return np.asarray(
        seconds / 60 * np.divide(leg.edge_m, length, out=np.zeros(len(length)), where=length > 0)
    )


def _takes_its_time(ways: Ways, leg: Leg) -> bool:
    """Tell whether the minutes of a leg are those of its edges and of the waits between."""
    if not len(leg.edges):
        return leg.arrive_min >= leg.depart_min - _MINUTE
    over = leg.enter_min + passage_min(ways, leg)
    in_order = (leg.enter_min[1:] >= over[:-1] - _MINUTE).all()
    return bool(
        in_order and leg.enter_min[0] >= leg.depart_min - _MINUTE and leg.arrive_min >= over[-1] - _MINUTE
    )


def _closed(trip: Trip, day: Day, leg: Leg) -> Iterator[Note]:
    """Yield the closures during which a leg passes one of their edges."""
    rules = trip.setting.layers.get("road_rules")
    if day.on is None or not len(leg.edges):
        return
    ways, midnight = trip.setting.ways[leg.mode], datetime.combine(day.on, _FIRST_OF_DAY)
    enter, over = leg.enter_min, leg.enter_min + passage_min(ways, leg)
    for row, closure in closures_of(rules):
        on_it = _edges_of(trip, ways, row)[leg.edges] & (leg.edge_m > _METRE)
        for begin, end in _minutes(closed_near(closure, day.on), midnight):
            caught = on_it & (enter < end - _MINUTE) & (over > begin + _MINUTE)
            if caught.any():
                yield _fault("closed_edge", day, _leg_name(trip, leg), rule=trip.setting.rules[row].name)
                break


def _minutes(stretches: Sequence[Stretch], midnight: datetime) -> Iterator[tuple[float, float]]:
    for begin, end in stretches:
        yield (begin - midnight).total_seconds() / 60, (end - midnight).total_seconds() / 60


def _edges_of(trip: Trip, ways: Ways, row: int) -> Flags:
    """Return the edges of a rule, shape (E,): those found for it, and all that lie on its very line."""
    rule = trip.setting.rules[row]
    flags = np.zeros(len(ways.network), dtype=bool)
    flags[ways.rule_edges[rule.rule_id]] = True
    line = trip.setting.layers["road_rules"].geometry.iloc[row]
    if line is None or line.is_empty:
        return flags
    near = ways.network.tree.query(line.buffer(_ON_LINE_M), predicate="contains")
    names = {"", rule.road_name} if rule.road_name else None
    roads = ways.facts.text("road_name")[near]
    lying = [shapely.length(ways.network.lines[e]) > 2 * _ON_LINE_M for e in near]
    flags[
        near[np.array(lying, dtype=bool) & np.array([names is None or n in names for n in roads], dtype=bool)]
    ] = True
    return flags
