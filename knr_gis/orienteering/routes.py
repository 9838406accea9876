"""
Routes of one day, compiled: all of them where stops are few, else those that no other outdoes.

Compiled functions of one file call only each other: numba's cache looks at the file of the function alone,
and would not see a change elsewhere. ``_leg`` therefore stands in ``moves.py`` as well.
"""

# Tight loops over plain arrays.
# ruff: noqa: C901, PLR0912, PLR0915

from typing import NamedTuple

import numpy as np
from numba import njit

from knr_gis.orienteering.problem import Floats
from knr_gis.orienteering.tables import Numbers, Tables

SLACK = 1e-6  # minutes: a relaxation is never stricter than the problem by a rounding


class Pricing(NamedTuple):
    """
    What a day's route is worth to the programme of ``pricing.py``.

    Parameters
    ----------
    profit
        Shape (N,): of a visit.
    source, sink
        Shape (N,): of beginning and of ending the day there; -inf where it cannot.
    least
        Shape (N, N): fewest minutes on the way at any hour.
    near, place
        Shapes (N, G), (N, N): nodes that a label at a node remembers, and where they stand there, else -1.
    skips
        Whether a visit without profit may be left out of any route (the triangle inequality holds).
    """

    profit: Floats
    source: Floats
    sink: Floats
    least: Floats
    near: Numbers
    place: Numbers
    skips: bool


class Labels(NamedTuple):
    """Part routes: last node, label that it grew from (-1: begins), best value with an end, that end."""

    node: Numbers
    parent: Numbers
    value: Floats
    end: Numbers


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
def every_route(t: Tables, day: int, begin: int, stops: Numbers, ends: Numbers) -> tuple[Floats, Numbers]:
    """
    Return for each end and set of stops the fewest minutes on the way, and their order.

    Every order of every set is walked through: no rule of dominance is needed, so the answer holds for
    any travel times.

    Parameters
    ----------
    stops
        Shape (n,), n <= 15; sets of them are bits.

    Returns
    -------
    Shape (E, 2**n): minutes, inf where the set cannot be visited; order, 4 bits a stop (its number + 1).
    """
    n = len(stops)
    best = np.full((len(ends), 1 << n), np.inf)
    order = np.zeros((len(ends), 1 << n), dtype=np.int64)
    here, tried = np.zeros(n + 1, dtype=np.int64), np.zeros(n + 1, dtype=np.int64)
    at, on = np.zeros(n + 1), np.zeros(n + 1)
    here[0], at[0], tried[0] = begin, t.start_min[day], -1
    depth, mask, path = 0, 0, 0
    while depth >= 0:
        if tried[depth] < 0:
            for e in range(len(ends)):
                arrive, way = _leg(t, day, here[depth], ends[e], at[depth])
                way += on[depth]
                if arrive <= t.end_min[day] and way <= t.limit and way < best[e, mask]:
                    best[e, mask], order[e, mask] = way, path
            tried[depth] = 0
        grown = False
        while tried[depth] < n and not grown:
            s = tried[depth]
            tried[depth] += 1
            if mask >> s & 1:
                continue
            arrive, way = _leg(t, day, here[depth], stops[s], at[depth])
            done = max(arrive, t.opens[day, stops[s]]) + t.stay[stops[s]]
            if done <= t.closes[day, stops[s]] and done <= t.end_min[day] and on[depth] + way <= t.limit:
                depth += 1
                here[depth], at[depth], on[depth], tried[depth] = stops[s], done, on[depth - 1] + way, -1
                mask, path, grown = mask | (1 << s), path | ((s + 1) << (4 * (depth - 1))), True
        if not grown:
            depth -= 1
            if depth >= 0:
                mask &= ~(1 << (tried[depth] - 1))
                path &= (1 << (4 * depth)) - 1
    return best, order


@njit(nogil=True, cache=True)
def joined_days(way: Floats) -> tuple[Floats, Numbers, Numbers]:
    """
    Return the fewest minutes for days up to each, by its end and the set of stops used so far.

    Parameters
    ----------
    way
        Shape (D, P, P, M): minutes of a day from place to place with a set of stops; the first begins at
        place 0.

    Returns
    -------
    Shapes (D, P, M): minutes; the place where the last of these days began; the stops of that day.
    """
    days, places, _, sets = way.shape
    total = np.full((days, places, sets), np.inf)
    began = np.zeros((days, places, sets), dtype=np.int64)
    used = np.zeros((days, places, sets), dtype=np.int64)
    for day in range(days):
        for b in range(places):
            for before in range(sets):
                spent = total[day - 1, b, before] if day > 0 else (0.0 if b == 0 and before == 0 else np.inf)
                if spent == np.inf:
                    continue
                rest = sets - 1 - before
                for e in range(places):
                    part = rest
                    while True:
                        sum_way = spent + way[day, b, e, part]
                        if sum_way < total[day, e, before | part]:
                            total[day, e, before | part] = sum_way
                            began[day, e, before | part], used[day, e, before | part] = b, part
                        if part == 0:
                            break
                        part = (part - 1) & rest
    return total, began, used


@njit(nogil=True, cache=True)
def _by_others(home: Floats, least: Floats) -> None:
    """Lower the fewest minutes home where the way over other places is shorter (rides, odd tables)."""
    changed = True
    while changed:
        changed = False
        for i in range(len(home)):
            for j in range(len(home)):
                if least[i, j] + home[j] < home[i] - 1e-9:
                    home[i], changed = least[i, j] + home[j], True


@njit(nogil=True, cache=True)
def best_labels(t: Tables, day: int, price: Pricing, stops: Numbers, most: int) -> Labels:
    """
    Return part routes of a day by label setting; the best value of all is the best of any route.

    A label is dropped only for another at the same node that is there no later, with no more minutes on
    the way, no less value and no visit remembered that the other has not: whatever continues the first
    continues the second (arrival never falls with departure). Minutes on the way are counted at their
    fewest at any hour, and visits are remembered only near to the label's node (ng-routes), so more
    routes are allowed than there are. No labels at all: there would be more than ``most``.
    """
    node, parent = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    memory, following = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    sibling = np.empty(most, dtype=np.int64)
    time, on, value = np.empty(most), np.empty(most), np.empty(most)
    alive = np.ones(most, dtype=np.bool_)
    whole, whole_end = np.full(most, -np.inf), np.full(most, -1, dtype=np.int64)
    size = len(price.profit)
    newest = np.full(size, -1, dtype=np.int64)  # labels of a node are a chain
    width = int(t.end_min[day] - t.start_min[day]) + 2
    head, tail = np.full(width, -1, dtype=np.int64), np.full(width, -1, dtype=np.int64)
    ends = np.flatnonzero(price.sink > -np.inf)
    home = np.full(size, np.inf)
    for i in range(size):
        for e in ends:
            home[i] = min(home[i], price.least[i, e])
    _by_others(home, price.least)
    count = 0
    for b in np.flatnonzero(price.source > -np.inf):
        node[count], parent[count], memory[count], following[count] = b, -1, 0, -1
        time[count], on[count], value[count] = t.start_min[day], 0.0, price.source[b]
        sibling[count], newest[b] = newest[b], count
        if tail[0] >= 0:
            following[tail[0]] = count
        else:
            head[0] = count
        tail[0] = count
        count += 1
    for bucket in range(width):
        label = head[bucket]
        while label >= 0:
            if alive[label]:
                i = node[label]
                for e in ends:
                    arrive = _leg(t, day, i, int(e), time[label])[0]
                    if arrive > t.end_min[day] + SLACK or on[label] + price.least[i, e] > t.limit + SLACK:
                        continue
                    if value[label] + price.sink[e] > whole[label]:
                        whole[label], whole_end[label] = value[label] + price.sink[e], e
                for j in stops:
                    if t.opens[day, j] > t.closes[day, j] or (price.skips and price.profit[j] <= 0.0):
                        continue
                    seen = price.place[i, j]
                    if seen >= 0 and memory[label] >> seen & 1:
                        continue
                    spent = on[label] + price.least[i, j]
                    if spent + home[j] > t.limit + SLACK:
                        continue
                    done = max(_leg(t, day, i, j, time[label])[0], t.opens[day, j]) + t.stay[j]
                    if done > t.closes[day, j] + SLACK or done + home[j] > t.end_min[day] + SLACK:
                        continue
                    kept = 1 << price.place[j, j]
                    for g in range(price.near.shape[1]):
                        if memory[label] >> g & 1 and price.place[j, price.near[i, g]] >= 0:
                            kept |= 1 << price.place[j, price.near[i, g]]
                    worth = value[label] + price.profit[j]
                    other, last, outdone = newest[j], -1, False
                    while other >= 0:
                        if time[other] <= done and on[other] <= spent and value[other] >= worth:
                            if memory[other] & ~kept == 0:
                                outdone = True
                                break
                        elif (
                            time[other] >= done
                            and on[other] >= spent
                            and value[other] <= worth
                            and kept & ~memory[other] == 0
                        ):
                            alive[other] = False
                        if alive[other]:
                            last = other
                        elif last >= 0:
                            sibling[last] = sibling[other]
                        else:
                            newest[j] = sibling[other]
                        other = sibling[other]
                    if outdone:
                        continue
                    if count == most:
                        return Labels(node[:0], parent[:0], value[:0], parent[:0])
                    node[count], parent[count], memory[count] = j, label, kept
                    time[count], on[count], value[count] = done, spent, worth
                    sibling[count], newest[j], following[count] = newest[j], count, -1
                    then = min(max(int(done - t.start_min[day]), bucket), width - 1)
                    if tail[then] >= 0:
                        following[tail[then]] = count
                    else:
                        head[then] = count
                    tail[then] = count
                    count += 1
            label = following[label]
    return Labels(node[:count], parent[:count], whole[:count], whole_end[:count])
