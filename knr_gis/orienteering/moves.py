"""
Iterated search over whole trips, compiled: take stops out, put others in, shorten the days, keep or go back.

Source of the method: ruin and recreate (Schrimpf et al. 2000) with threshold accepting (Dueck and Scheuer
1990); insertion by score per minute (Vansteenwegen et al. 2009, team orienteering with time windows)
[recalled]. Compiled functions of one file call only each other, see ``routes.py``.
"""

# Tight loops over plain arrays. A plan is one row a day: node at its end, number of stops, stops in order.
# ruff: noqa: C901, PLR0912, PLR0913, PLR0917

import numpy as np
from numba import njit
from numpy.typing import NDArray

from knr_gis.orienteering.problem import Floats
from knr_gis.orienteering.tables import Flags, Numbers, Tables

State = NDArray[np.uint64]

_FIRST = 2  # stops begin here in a row of a plan
_THRESHOLD = 0.03  # share of the score that may be given up at the beginning of a search


@njit(nogil=True, cache=True)
def _leg(t: Tables, day: int, start: int, end: int, at: float) -> tuple[float, float]:
    """Return arrival and minutes on the way as ``Travel.leg`` does."""
    if start == end:
        return at, 0.0
    arrive, way = np.inf, np.inf
    for k in range(t.from_min.shape[1]):
        minutes = t.minutes[day, k, start, end]
        then = max(at, t.from_min[day, k]) + minutes
        if then <= t.until_min[day, k] and (then < arrive or (then == arrive and minutes < way)):
            arrive, way = then, minutes
    first = t.ride_first[day, start, end]
    for r in range(first, first + t.ride_count[day, start, end]):
        then, minutes = t.rides[r, 1], t.rides[r, 1] - t.rides[r, 0]
        if t.rides[r, 0] >= at and (then < arrive or (then == arrive and minutes < way)):
            arrive, way = then, minutes
    return arrive, way


@njit(nogil=True, cache=True)
def _visit(t: Tables, day: int, here: int, to: int, at: float, on: float) -> tuple[float, float]:
    """Return when a visit is over and the minutes on the way so far; inf where it cannot be."""
    arrive, way = _leg(t, day, here, to, at)
    done = max(arrive, t.opens[day, to]) + t.stay[to]
    return (done, on + way) if done <= t.closes[day, to] and on + way <= t.limit else (np.inf, np.inf)


@njit(nogil=True, cache=True)
def _close(t: Tables, day: int, here: int, to: int, at: float, on: float) -> tuple[float, float]:
    """Return the arrival at the day's end and its minutes on the way; inf where it cannot be."""
    arrive, way = _leg(t, day, here, to, at)
    return (arrive, on + way) if arrive <= t.end_min[day] and on + way <= t.limit else (np.inf, np.inf)


@njit(nogil=True, cache=True)
def run(t: Tables, day: int, begin: int, row: Numbers) -> tuple[float, float]:
    """Return arrival and minutes on the way of a day; inf where it cannot be."""
    here, at, on = begin, t.start_min[day], 0.0
    for p in range(_FIRST, _FIRST + row[1]):
        at, on = _visit(t, day, here, row[p], at, on)
        if at == np.inf:
            return np.inf, np.inf
        here = row[p]
    return _close(t, day, here, row[0], at, on)


@njit(nogil=True, cache=True)
def _begin(t: Tables, plan: Numbers, day: int) -> int:
    return t.start if day == 0 else plan[day - 1, 0]


@njit(nogil=True, cache=True)
def value(t: Tables, plan: Numbers, bonus: float) -> float:
    """Return the worth of a plan; -inf where a day cannot be. Ways count only among equal scores."""
    total = 0.0
    for day in range(len(plan)):
        finish, way = run(t, day, _begin(t, plan, day), plan[day])
        if finish == np.inf:
            return -np.inf
        total -= bonus * 1e-9 * way
        for p in range(_FIRST, _FIRST + plan[day, 1]):
            total += t.score[plan[day, p]] + (bonus if t.wanted[plan[day, p]] else 0.0)
    return total


@njit(nogil=True, cache=True)
def _random(state: State) -> float:
    """Return a number in [0, 1): xorshift64*, Vigna 2016."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return float((x * np.uint64(2685821657736338717)) >> np.uint64(11)) / 9007199254740992.0


@njit(nogil=True, cache=True)
def _under(state: State, n: int) -> int:
    return min(int(_random(state) * n), n - 1)


@njit(nogil=True, cache=True)
def _copy(plan: Numbers, other: Numbers) -> None:
    for day in range(len(plan)):  # compiles in a tenth of the time of a slice
        for p in range(_FIRST + other[day, 1]):
            plan[day, p] = other[day, p]


@njit(nogil=True, cache=True)
def _differ(row: Numbers, other: Numbers) -> bool:
    differs = False
    for p in range(_FIRST + row[1]):
        differs = differs or row[p] != other[p]
    return differs


@njit(nogil=True, cache=True)
def _remove(row: Numbers, place: int) -> int:
    node = int(row[_FIRST + place])
    for p in range(_FIRST + place, _FIRST + row[1] - 1):
        row[p] = row[p + 1]
    row[1] -= 1
    return node


@njit(nogil=True, cache=True)
def _costs(
    t: Tables, day: int, begin: int, row: Numbers, stops: Numbers, inside: Flags, cost: Floats, place: Numbers
) -> None:
    """Fill in, for each stop left out, its cheapest place in a day and the minutes it costs there."""
    n = row[1]
    node, at, on = np.empty(n + 1, dtype=np.int64), np.empty(n + 1), np.empty(n + 1)
    node[0], at[0], on[0] = begin, t.start_min[day], 0.0
    for p in range(n):
        node[p + 1] = row[_FIRST + p]
        at[p + 1], on[p + 1] = _visit(t, day, node[p], node[p + 1], at[p], on[p])
    finish, way = _close(t, day, node[n], row[0], at[n], on[n])
    for c in stops:
        cost[day, c] = np.inf
        if inside[c] or t.opens[day, c] > t.closes[day, c]:
            continue
        for p in range(n + 1):
            then, spent = _visit(t, day, node[p], c, at[p], on[p])
            here = c
            for q in range(p + 1, n + 1):
                if then == np.inf:
                    break
                then, spent = _visit(t, day, here, node[q], then, spent)
                here = node[q]
            if then == np.inf:
                continue
            over, total = _close(t, day, here, row[0], then, spent)
            extra = max(over - finish + 0.3 * (total - way), 1.0)
            if over < np.inf and extra < cost[day, c]:
                cost[day, c], place[day, c] = extra, p


@njit(nogil=True, cache=True)
def _fill(t: Tables, plan: Numbers, stops: Numbers, inside: Flags, bonus: float, state: State) -> None:
    """Put in stops, the best score for its minutes first (with some chance), until none fits."""
    days, size = len(plan), len(t.score)
    cost, place = np.full((days, size), np.inf), np.zeros((days, size), dtype=np.int64)
    lure, power = np.zeros(size), 1.0 + _random(state)
    for c in stops:
        worth = t.score[c] + (bonus if t.wanted[c] else 0.0)
        lure[c] = worth**power * (0.6 + 0.8 * _random(state))
    first, last = 0, days  # days that changed
    while True:
        for day in range(first, last):
            _costs(t, day, _begin(t, plan, day), plan[day], stops, inside, cost, place)
        best, best_day, best_stop = 0.0, -1, -1
        for day in range(days):
            for c in stops:
                if not inside[c] and cost[day, c] < np.inf and lure[c] / cost[day, c] > best:
                    best, best_day, best_stop = lure[c] / cost[day, c], day, c
        if best_day < 0:
            return
        row, at = plan[best_day], _FIRST + place[best_day, best_stop]
        for p in range(_FIRST + row[1], at, -1):
            row[p] = row[p - 1]
        row[at], inside[best_stop] = best_stop, True
        row[1] += 1
        first, last = best_day, best_day + 1


@njit(nogil=True, cache=True)
def _shorten(t: Tables, day: int, begin: int, row: Numbers) -> None:
    """Turn round and move pieces of a day while that ends it earlier, or as early with less on the way."""
    finish, way = run(t, day, begin, row)
    other, better = row.copy(), True
    while better:
        better = False
        n = row[1]
        for i in range(n):
            for j in range(i + 1, n + 1):  # piece [i, j) to every place, as it is and turned round
                rest = n - (j - i)
                for p in range(rest + 1):
                    for turned in range(2):
                        if (p == i and not turned) or (j - i == 1 and turned) or (p != i and j - i > 3):
                            continue
                        at = _FIRST
                        for q in range(rest + 1):
                            if q == p:
                                for s in range(j - i):
                                    other[at] = row[_FIRST + (j - 1 - s if turned else i + s)]
                                    at += 1
                            if q < rest:
                                other[at] = row[_FIRST + (q if q < i else q + j - i)]
                                at += 1
                        over, spent = run(t, day, begin, other)
                        gain = finish - over
                        if gain > 1e-9 or (gain >= 0.0 and spent < way - 1e-9):
                            finish, way, better = over, spent, True
                            for q in range(_FIRST, _FIRST + n):
                                row[q] = other[q]


@njit(nogil=True, cache=True)
def _ruin(t: Tables, plan: Numbers, inside: Flags, state: State) -> bool:
    """Take out stops, or sleep elsewhere; whether every day can still be done."""
    days = len(plan)
    day, kind = _under(state, days), _random(state)
    n = plan[day, 1]
    if kind < 0.25:
        ends = np.flatnonzero(t.is_end[day])
        plan[day, 0] = ends[_under(state, len(ends))]
        if kind < 0.08:
            while plan[day, 1] > 0:
                inside[_remove(plan[day], 0)] = False
    elif kind < 0.5 and n > 0:  # some in a row
        first = _under(state, n)
        for _ in range(1 + _under(state, min(n - first, 5))):
            inside[_remove(plan[day], first)] = False
    elif kind < 0.7 and n > 0:  # one, and what lies near to it on any day
        centre = plan[day, _FIRST + _under(state, n)]
        reach = t.minutes[day, 0, centre]
        near = 10.0 + 50.0 * _random(state)
        for other in range(days):
            for p in range(plan[other, 1] - 1, -1, -1):
                close = reach[plan[other, _FIRST + p]] <= near or plan[other, _FIRST + p] == centre
                if close and _random(state) < 0.7:
                    inside[_remove(plan[other], p)] = False
    else:
        for _ in range(1 + _under(state, 6)):
            other = _under(state, days)
            if plan[other, 1] > 0:
                inside[_remove(plan[other], _under(state, plan[other, 1]))] = False
    for other in range(days):  # by chance until the day can be done
        while run(t, other, _begin(t, plan, other), plan[other])[0] == np.inf:
            if plan[other, 1] == 0:
                return False
            inside[_remove(plan[other], _under(state, plan[other, 1]))] = False
    return True


@njit(nogil=True, cache=True)
def search(t: Tables, stops: Numbers, held: Numbers, best: Numbers, state: State, span: Floats) -> None:
    """
    Improve a plan for some rounds; what is held and the best go on from call to call.

    The first round of a call takes nothing out: no stop is left that could simply be put in.

    Parameters
    ----------
    held, best
        Shape (D, 2 + N): the plan that the search stands at, and the best so far; changed in place.
    state
        Shape (1,), uint64, not 0: of the random numbers.
    span
        Shape (4,): first round, one behind the last, all rounds, worth of a visit that has to be.
    """
    bonus = span[3]
    at, top = value(t, held, bonus), value(t, best, bonus)
    plan, inside = held.copy(), np.zeros(len(t.score), dtype=np.bool_)
    for number in range(int(span[0]), int(span[1])):
        for node in stops:
            inside[node] = False
        _copy(plan, held)
        for day in range(len(plan)):
            for p in range(_FIRST, _FIRST + plan[day, 1]):
                inside[plan[day, p]] = True
        if number > span[0] and not _ruin(t, plan, inside, state):
            continue
        _fill(t, plan, stops, inside, bonus, state)
        for day in range(len(plan)):
            begin = _begin(t, plan, day)
            if number == span[0] or begin != _begin(t, held, day) or _differ(plan[day], held[day]):
                _shorten(t, day, begin, plan[day])
        _fill(t, plan, stops, inside, bonus, state)
        worth = value(t, plan, bonus)
        if worth > at - _THRESHOLD * (1.0 - number / span[2]) * (at % bonus):
            at = worth
            _copy(held, plan)
        if worth > top:
            top = worth
            _copy(best, plan)
