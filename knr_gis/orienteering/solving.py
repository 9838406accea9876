"""Solve: the optimum where stops are few, else a search with a bound."""

import time
from functools import cache
from typing import Any

import numpy as np

from knr_gis.orienteering.chain import broken_day
from knr_gis.orienteering.problem import Problem, Tour, Travel
from knr_gis.orienteering.seeking import Days, seek
from knr_gis.orienteering.small import MOST_STOPS, best_days
from knr_gis.orienteering.tables import Tables, tables_of

ROUNDS = 4_000
_STOPS = 40  # with more a round takes longer in proportion


def solve(problem: Problem, *, seconds: float = 60.0, rounds: int | None = None, seed: int = 0) -> Tour:
    """
    Return a trip: most of the stops that have to be visited, then the highest score, then least on the way.

    With at most ``MOST_STOPS`` stops that have a window on some day it is the optimum. With more it is
    found by search, and ``bound`` says how much better a trip could be (``bounding.py``). The same
    problem, rounds and seed give the same tour and bound on every machine, unless the time ran out
    (``told["in_time"]``).

    Parameters
    ----------
    seconds
        After so many the search and the bound end early; a safety limit, not the effort.
    rounds
        Effort of the search; None: 4,000, fewer where stops are more than 40.

    Returns
    -------
    ``told`` has ``state``: ``optimal`` (score and bound are equal), ``searched``, or ``no_chain`` (the
    days cannot be joined by lodgings within their hours, even with no stop: ``days`` is empty and
    ``broken_day``, from 0, is the first that cannot be reached the end of); ``bound_by``, ``in_time``.
    """
    begin = time.monotonic()
    tables = tables_of(problem)
    if len(tables.stops) <= MOST_STOPS:
        days = best_days(tables)
        return _tour(problem, days, (_score(problem, days), {"bound_by": "all", "in_time": True}), begin)
    compile_all()
    rounds = int(ROUNDS * min(1.0, _STOPS / len(tables.stops))) if rounds is None else rounds
    return _searched(problem, tables, (seconds, rounds, seed), begin)


@cache
def compile_all() -> None:
    """Compile before a clock runs: a slow start (once after an installation) must not shorten a search."""
    travel = Travel(np.zeros((1, 3, 3)), np.zeros(1), np.full(1, 9.0))
    is_stop, is_lodging = np.arange(3) == 0, np.arange(3) == 1
    day, hours = np.zeros(1), np.full(1, 9.0)
    windows = np.zeros((1, 3)), np.full((1, 3), 9.0)
    nights = is_lodging[None]
    given = (
        is_stop * 1.0,
        np.zeros(3),
        *windows,
        is_stop,
        is_lodging,
        (travel,),
        2,
        -1,
        day,
        hours,
        9.0,
        nights,
    )
    problem = Problem(*given)
    _searched(problem, tables_of(problem), (np.inf, 1, 0), 0.0)


def _searched(problem: Problem, tables: Tables, effort: tuple[float, int, int], begin: float) -> Tour:
    """Return the tour of a search, or of the programme of the bound where that is better."""
    from knr_gis.orienteering.bounding import bound_and_days  # noqa: PLC0415  OR-Tools is slow to import

    seconds, rounds, seed = effort
    clock = time.monotonic()
    trips, whole = seek(tables, rounds=rounds, until=clock + 0.4 * seconds, seed=seed)
    found = bound_and_days(tables, trips, until=clock + 0.7 * seconds)
    days = max([*trips[:1], *found.trips], key=lambda trip: _rank(problem, trip), default=None)
    told: dict[str, Any] = {
        "bound_by": found.by,
        "in_time": whole and found.in_time,
        "rounds": rounds,
    } | found.told
    if days is not None and _score(problem, days) < found.bound:
        again, whole = seek(tables, rounds=rounds // 2, until=clock + seconds, seed=seed + 1, trip=days)
        days = max([days, again[0]], key=lambda trip: _rank(problem, trip))
        told["in_time"] = told["in_time"] and whole
    return _tour(problem, days, (max(found.bound, _score(problem, days)), told), begin)


def _tour(problem: Problem, days: Days | None, found: tuple[float, dict[str, Any]], begin: float) -> Tour:
    """Return the answer with its state."""
    bound, told = found
    wanted = dict.fromkeys([*problem.must, *problem.locked])
    visited = {node for day in days or () for node in day[1:-1]}
    missing = tuple(int(node) for node in wanted if node not in visited)
    score = _score(problem, days)
    state = "no_chain" if days is None else "optimal" if bound <= score + 1e-9 else "searched"
    told = {"state": state} | told | ({} if days is not None else {"broken_day": broken_day(problem)})
    return Tour(days or (), score, bound, time.monotonic() - begin, missing, told)


def _score(problem: Problem, days: Days | None) -> float:
    return float(sum(problem.score[node] for day in days or () for node in day[1:-1]))


def _rank(problem: Problem, days: Days) -> tuple[int, float]:
    """Return what a trip is compared by."""
    wanted = {*problem.must, *problem.locked}
    return sum(node in wanted for day in days for node in day[1:-1]), round(_score(problem, days), 9)
