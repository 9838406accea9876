"""Why a stop is not in a tour, and when a tour is where: read from the problem itself, without the solver."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from knr_gis.orienteering.chain import joins_of, leads, usable
from knr_gis.orienteering.problem import Problem, Tour
from knr_gis.orienteering.tables import allowed_of


class LeftOut(StrEnum):
    """
    Why a stop was left out; each holds for every day on which the stop may be visited, alone.

    ``no_stop``: no stop at all, or locked to a day that there is not. ``shut``: no window on any day.
    ``no_chain``: the days cannot be joined. ``unreachable``: at no hour a way to it from where a day may
    begin and on to where it may end. ``too_far``: there is a way, but not there, to visit and on within a
    day's hours. ``window``: a day's hours suffice, but its own do not. ``drive_limit``: too many minutes
    on the way. ``hours``: alone it would fit, but not beside what was chosen. ``no_score``: it would fit
    alone and is worth nothing.
    """

    NO_STOP = "no_stop"
    SHUT = "shut"
    NO_CHAIN = "no_chain"
    UNREACHABLE = "unreachable"
    TOO_FAR = "too_far"
    WINDOW = "window"
    DRIVE_LIMIT = "drive_limit"
    HOURS = "hours"
    NO_SCORE = "no_score"


class Stay(NamedTuple):
    """A node of a day: arrival, begin (after a wait) and departure, and the minutes on the way to it."""

    node: int
    arrive_min: float
    begin_min: float
    leave_min: float
    way_min: float


def timetable(problem: Problem, day: int, nodes: tuple[int, ...]) -> list[Stay]:
    """Return the stays of a day's nodes, its beginning and its end included; inf from where it breaks."""
    at = float(problem.day_start_min[day])
    stays = [Stay(nodes[0], at, at, at, 0.0)]
    for start, end in pairwise(nodes):
        arrive, way = problem.travel[day].leg(start, end, at)
        visit = len(stays) < len(nodes) - 1
        begin = max(arrive, float(problem.opens[day, end])) if visit else arrive
        at = begin + float(problem.stay_min[end]) if visit else arrive
        stays.append(Stay(end, arrive, begin, at, way))
    return stays


def why_not(problem: Problem, tour: Tour) -> dict[int, LeftOut]:
    """
    Return for each stop, and each node that has to be visited, that is not in the tour why it is not.

    Judged by the stop alone on a day, from any place where that day may begin to any where it may end.
    The first of the reasons that holds (in the order of ``LeftOut``) is told.
    """
    visited = {node for day in tour.days for node in day[1:-1]}
    asked = {*np.flatnonzero(problem.is_stop).tolist(), *problem.must, *problem.locked} - visited
    ends = usable(joins_of(problem), problem.start)
    chained = bool(tour.days)
    return {node: _reason(problem, node, ends if chained else None) for node in sorted(asked)}


def _reason(problem: Problem, node: int, ends: list[tuple[set[int], set[int]]] | None) -> LeftOut:
    """Return why one stop is left out; ``ends`` None: the days cannot be joined."""
    days = np.flatnonzero(allowed_of(problem)[:, node])
    if not len(days):
        return LeftOut.NO_STOP
    opened = [int(day) for day in days if not np.isnan(problem.opens[day, node] + problem.closes[day, node])]
    if not opened:
        return LeftOut.SHUT
    if ends is None:
        return LeftOut.NO_CHAIN
    alone = list(_alone(problem, node, opened, ends))
    for reason, holds in _LEVELS:
        alone = [day for day in alone if not holds(day)]
        if not alone:
            return reason
    return LeftOut.HOURS if problem.score[node] > 0 else LeftOut.NO_SCORE


class _Alone(NamedTuple):
    """
    A day with the stop alone, from one place to another.

    Parameters
    ----------
    has_ways
        Whether both ways exist at some hour.
    free_min, latest_min
        Arrival at the day's end if the stop were always open, and the latest.
    in_window
        Whether it can be done within its hours and the day's.
    way_min, limit_min
        Minutes on the way, and how many may be.
    """

    has_ways: bool
    free_min: float
    latest_min: float
    in_window: bool
    way_min: float
    limit_min: float


# Each holds for a day on which the stop alone does not work; later ones are asked of what earlier ones left.
_LEVELS: tuple[tuple[LeftOut, Callable[[_Alone], bool]], ...] = (
    (LeftOut.UNREACHABLE, lambda day: not day.has_ways),
    (LeftOut.TOO_FAR, lambda day: day.free_min > day.latest_min),
    (LeftOut.WINDOW, lambda day: not day.in_window),
    (LeftOut.DRIVE_LIMIT, lambda day: day.way_min > day.limit_min),
)


def _alone(
    problem: Problem, node: int, days: list[int], ends: list[tuple[set[int], set[int]]]
) -> Iterator[_Alone]:
    """Yield the days with the stop alone, between every two places where they may begin and end."""
    for day in days:
        latest, limit = float(problem.day_end_min[day]), float(problem.drive_limit_min)
        for begin in sorted(ends[day][0]):
            for end in sorted(ends[day][1]):
                _, stop, last = timetable(problem, day, (begin, node, end))
                travel = problem.travel[day]
                free = travel.arrival(node, end, stop.arrive_min + float(problem.stay_min[node]))
                inside = stop.leave_min <= problem.closes[day, node] and last.arrive_min <= latest
                ways = leads(travel, begin, node) and leads(travel, node, end)
                yield _Alone(ways, free, latest, bool(inside), stop.way_min + last.way_min, limit)
