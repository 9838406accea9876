"""Which lodgings can follow each other with no stop in between."""

import numpy as np

from knr_gis.orienteering.problem import Problem, Travel
from knr_gis.orienteering.tables import ends_of

Joins = list[dict[int, list[int]]]


def joins_of(problem: Problem) -> Joins:
    """Return, for each day, the nodes where it may end by each where it may begin, gone directly."""
    ends = [[node for node, may in enumerate(row) if may] for row in ends_of(problem).tolist()]
    begins = [[problem.start], *ends[:-1]]
    return [
        {begin: [end for end in ends[day] if fits(problem, day, begin, end)] for begin in begins[day]}
        for day in range(problem.days)
    ]


def fits(problem: Problem, day: int, begin: int, end: int) -> bool:
    """Return whether the direct way keeps the day's hours and the minutes on the way."""
    arrive, way = problem.travel[day].leg(begin, end, float(problem.day_start_min[day]))
    return bool(arrive <= problem.day_end_min[day] and way <= problem.drive_limit_min)


def leads(travel: Travel, start: int, end: int) -> bool:
    """Return whether at some hour there is a way."""
    by_road = bool(np.isfinite(travel.minutes[:, start, end]).any())
    return start == end or by_road or len(travel.rides.get((start, end), ())) > 0


def reached(joins: Joins, start: int) -> list[set[int]]:
    """Return where each day may begin, and the last one end, coming from the start; shape D + 1."""
    sets = [{start}]
    for day in joins:
        sets.append({end for begin in sets[-1] for end in day.get(begin, ())})
    return sets


def usable(joins: Joins, start: int) -> list[tuple[set[int], set[int]]]:
    """
    Return for each day where it may begin, and where it may end, so that the days after it can be gone.

    The day itself is not asked for: a stop may make it possible, or not.
    """
    onward: list[set[int]] = [{end for ends in joins[-1].values() for end in ends}]
    for day in reversed(joins[1:]):
        onward.append({begin for begin, ends in day.items() if onward[-1].intersection(ends)})
    return list(zip(reached(joins, start)[:-1], reversed(onward), strict=True))


def broken_day(problem: Problem) -> int | None:
    """Return the first day, from 0, whose end cannot be reached; None where the days can be joined."""
    sets = reached(joins_of(problem), problem.start)
    return next((day for day, ends in enumerate(sets[1:]) if not ends), None)
