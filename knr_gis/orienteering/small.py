"""The optimum where stops are few: every route of every day, then every way to share the stops out."""

from itertools import product

import numpy as np

from knr_gis.orienteering.problem import Floats
from knr_gis.orienteering.tables import Numbers, Tables

MOST_STOPS = 8
Days = tuple[tuple[int, ...], ...]


def best_days(tables: Tables) -> Days | None:
    """
    Return the best trip over at most ``MOST_STOPS`` stops; None where no chain of days can be travelled.

    Most of the stops that have to be visited, then the highest score, then the fewest minutes on the way.
    Every order of every set of stops is walked through on every day, so that nothing is assumed about
    travel times; days are then joined by a dynamic programme over (end of the day, stops used).
    """
    from knr_gis.orienteering.routes import joined_days  # noqa: PLC0415  numba takes a second to import

    stops, places = tables.stops, _places(tables)
    way, order = _routes(tables, stops, places)
    total, began, used = joined_days(way)
    if not np.isfinite(total[-1]).any():
        return None
    end, taken = _choice(tables, stops, total[-1])
    days: list[tuple[int, ...]] = []
    for day in range(len(tables.start_min) - 1, -1, -1):
        begin, part = int(began[day, end, taken]), int(used[day, end, taken])
        route = _unpacked(int(order[day, begin, end, part]), stops)
        days.append((places[begin], *route, places[end]))
        end, taken = begin, taken & ~part
    return tuple(reversed(days))


def _places(tables: Tables) -> list[int]:
    """Return the nodes where days begin and end, the first day's beginning first."""
    ends = [int(node) for node in np.flatnonzero(tables.is_end.any(axis=0))]
    return [tables.start, *(node for node in ends if node != tables.start)]


def _routes(tables: Tables, stops: Numbers, places: list[int]) -> tuple[Floats, Numbers]:
    """Return minutes on the way and order, shape (D, P, P, sets), of the days from place to place."""
    from knr_gis.orienteering.routes import every_route  # noqa: PLC0415  numba takes a second to import

    shape = (len(tables.start_min), len(places), len(places), 1 << len(stops))
    way, order = np.full(shape, np.inf), np.zeros(shape, dtype=np.int64)
    for day, begin in product(range(shape[0]), range(len(places))):
        if places[begin] in tables.begins(day):
            to = [place for place, node in enumerate(places) if tables.is_end[day, node]]
            ends = np.array([places[place] for place in to], dtype=np.int64)
            way[day, begin, to], order[day, begin, to] = every_route(tables, day, places[begin], stops, ends)
    return way, order


def _choice(tables: Tables, stops: Numbers, total: Floats) -> tuple[int, int]:
    """Return the end and the set of stops that are best."""
    inside = (np.arange(1 << len(stops))[:, None] >> np.arange(len(stops)) & 1).astype(bool)
    met = (inside & tables.wanted[stops]).sum(axis=1)
    score = np.round(inside @ tables.score[stops], 9)
    order = sorted(
        (-int(met[taken]), -float(score[taken]), float(total[end, taken]), int(end), int(taken))
        for end, taken in np.argwhere(np.isfinite(total))
    )
    return order[0][3], order[0][4]


def _unpacked(order: int, stops: Numbers) -> list[int]:
    """Return the stops of an order in 4 bits each."""
    route = []
    while order:
        route.append(int(stops[(order & 15) - 1]))
        order >>= 4
    return route
