"""The bound by routes: column generation over relaxed days."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from knr_gis.orienteering.columns import Master, Prices, Route, routes_of
from knr_gis.orienteering.problem import Floats
from knr_gis.orienteering.seeking import Days
from knr_gis.orienteering.tables import Flags, Numbers, Tables, least_minutes

if TYPE_CHECKING:
    from knr_gis.orienteering.routes import Labels

_ROUNDS = 80
_ROUTES_A_DAY = 40
_ROUTES_IN_THE_END = 3_000
_REMEMBERED = ((48, 8), (10**9, 4))  # up to so many stops a label remembers visits of so many near by
_MOST_LABELS = 300_000
_LABELS_IN_ALL = 2_500_000  # what ends it where stops are many: ten seconds or so
_SMOOTH = 0.5  # share of the way back from the programme's prices to the best ones so far
_CLOSE = 1e-4  # relative: nearer to the programme's optimum the bound need not come


@dataclass(frozen=True, eq=False)
class Priced:
    """
    What column generation came to.

    Parameters
    ----------
    bound
        No trip scores more; inf where a day had too many labels.
    routes, slack
        Routes found, and how much less than the best of its day each is worth at the best prices: a
        route with more slack than bound minus score is in no better trip.
    in_time
        Whether it was not cut short.
    """

    bound: float
    routes: list[Route]
    slack: Floats
    in_time: bool


class Day(NamedTuple):
    """What the best route of a day is worth, good routes, and how many labels that took."""

    best: float
    routes: list[Route]
    labels: int


@dataclass(frozen=True, eq=False)
class Field:
    """What pricing needs of a problem, whatever the prices."""

    tables: Tables
    least: Floats
    near: Numbers
    place: Numbers
    skips: list[bool]


def price(tables: Tables, trips: list[Days], *, fixed: Flags, until: float) -> Priced:
    """
    Return an upper bound of the score of any trip, and routes that good trips are made of.

    Proof. Let a trip be routes r(0), .., r(D-1), let a(r, i) count the visits of stop i, and take any
    prices v(i) (>= 0 unless i has to be visited) and u(d, h). The worth of a route of day d from b to e
    is w(r) = sum over its visits of (score(i) - v(i)) - u(d, b) + u(d + 1, e), with u(D, .) = 0. A trip
    begins each day where it ended the last one, so the u cancel but for u(0, start), and its score is

        sum w(r(d)) + sum v(i) * visits(i) + u(0, start) <= sum max w(r) + sum v(i) + u(0, start),

    because visits(i) <= 1 where v(i) >= 0, and = 1 where i has to be visited (``fixed``: only if the trip
    at hand visits all such stops, for then every trip that does not is worse by definition). The maximum
    is taken by ``routes.best_labels`` over more routes than there are: minutes on the way at their
    fewest, repeated visits where not remembered. So the right side is a bound for any prices. The prices
    come from the linear programme over the routes found so far, smoothed; the least bound is kept.

    Source of the method: column generation (Desrosiers and Luebbecke 2005), ng-routes (Baldacci,
    Mingozzi and Roberti 2011), smoothing (Wentges 1997) [recalled].

    Parameters
    ----------
    trips
        At least one; the first is the best at hand.
    fixed
        Shape (N,): stops that have to be visited, if the first trip visits them all.
    until
        ``time.monotonic()`` at which it ends early.
    """
    field, master = _field(tables), Master(tables, fixed)
    for trip in trips:
        for route in routes_of(trip):
            master.add(route)
    best, centre, in_time, labels = np.inf, None, True, 0
    for number in range(_ROUNDS):
        optimum, prices = master.solve()
        at = prices if centre is None else prices.toward(centre, _SMOOTH)
        priced = _all_days(field, at)
        in_time = not (number and time.monotonic() > until)
        if priced is None or not in_time:
            break
        labels += sum(day.labels for day in priced)
        bound = float(at.visit.sum() + at.night[0, tables.start] + sum(day.best for day in priced))
        if bound < best:
            best, kept = bound, at
        new = [r for day in priced for r in day.routes if master.worth(r, prices) > 1e-7 and master.add(r)]
        close = best - optimum <= _CLOSE * max(optimum, 1.0) or (not new and at is prices)
        if close or labels > _LABELS_IN_ALL:
            break
        centre = kept if new else None
    if not np.isfinite(best):
        return Priced(np.inf, master.routes, np.zeros(len(master.routes)), in_time=True)
    return Priced(best, *_with_slack(field, master, kept), in_time)


def _with_slack(field: Field, master: Master, prices: Prices) -> tuple[list[Route], Floats]:
    """Return many routes, and what each is worth less than the best of its day."""
    days = _all_days(field, prices, most=_ROUTES_IN_THE_END) or []
    routes = [*master.routes, *(route for day in days for route in day.routes)]
    routes = list({route.key: route for route in routes}.values())
    return routes, np.array([days[route.day].best - master.worth(route, prices) for route in routes])


def _field(tables: Tables) -> Field:
    """Return what stays the same from price to price."""
    least, stops = least_minutes(tables), tables.stops
    far = (least + least.transpose(0, 2, 1)).min(axis=0)
    size = len(far)
    remembered = next(near for most, near in _REMEMBERED if len(stops) <= most)
    near = np.zeros((size, min(remembered, len(stops))), dtype=np.int64)
    place = np.full((size, size), -1, dtype=np.int64)
    for stop in stops:
        others = stops[np.lexsort((stops, far[stop, stops], stops != stop))]
        near[stop] = others[: near.shape[1]]
        place[stop, near[stop]] = np.arange(near.shape[1])
    return Field(tables, least, near, place, [_is_metric(tables, day) for day in range(len(least))])


def _is_metric(tables: Tables, day: int) -> bool:
    """Return whether leaving out a visit never makes a route of the day later or longer."""
    if np.isfinite(tables.from_min[day]).sum() != 1 or tables.ride_count[day].any():
        return False
    minutes = tables.minutes[day, 0].copy()
    np.fill_diagonal(minutes, 0.0)
    return all(bool((minutes <= minutes[:, [k]] + minutes[[k]] + 1e-9).all()) for k in range(len(minutes)))


def _all_days(field: Field, prices: Prices, most: int = _ROUTES_A_DAY) -> list[Day] | None:
    """Return, for each day, what its best route is worth, and good ones; None where labels are too many."""
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda day: _one_day(field, prices, day, most), range(len(field.least))))
    return None if None in found else [day for day in found if day is not None]


def _one_day(field: Field, prices: Prices, day: int, most: int) -> Day | None:
    """Return what the best route of a day is worth, and good ones."""
    from knr_gis.orienteering.routes import Pricing, best_labels  # noqa: PLC0415  numba takes a second to import

    tables = field.tables
    source, sink = np.full((2, len(tables.score)), -np.inf)
    begins, ends = tables.begins(day), tables.ends(day)
    source[begins], sink[ends] = -prices.night[day, begins], prices.night[day + 1, ends]
    values = tables.score - prices.visit
    pricing = Pricing(values, source, sink, field.least[day], field.near, field.place, field.skips[day])
    labels = best_labels(tables, day, pricing, tables.stops, _MOST_LABELS)
    if not len(labels.node) or not np.isfinite(labels.value).any():
        return None
    return Day(float(labels.value.max()), list(islice(_distinct(labels, day), most)), len(labels.node))


def _distinct(labels: "Labels", day: int) -> Iterator[Route]:
    """Yield routes from the best on, one for each set of visits between the same places."""
    seen = set()
    for label in np.argsort(-labels.value, kind="stable"):
        if not np.isfinite(labels.value[label]):
            return
        path, at = [], int(label)
        while at >= 0:
            path.append(int(labels.node[at]))
            at = int(labels.parent[at])
        route = Route(day, path[-1], tuple(path[-2::-1]), int(labels.end[label]))
        if route.key not in seen:
            seen.add(route.key)
            yield route
