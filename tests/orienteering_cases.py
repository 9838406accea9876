"""Problems for the orienteering tests, an optimum by walking through every trip, and a check of a tour."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import strategies as st

from knr_gis.orienteering import Problem, Tour, Travel

DAY = (480.0, 1080.0)


def always(minutes: Any) -> Travel:
    """Travel that is the same at every hour."""
    return Travel(np.array([minutes], dtype=float), np.array([0.0]), np.array([1440.0]))


def on_a_line(at: list[float], *, stops: int, lodgings: int, days: int, **changes: Any) -> Problem:
    """Places on a straight road, one minute apart for each unit; stops, then lodgings, then the start."""
    n = len(at)
    where = np.array(at, dtype=float)
    numbers = np.arange(n)
    is_lodging = (numbers >= stops) & (numbers < stops + lodgings)
    given: dict[str, Any] = {
        "score": np.where(numbers < stops, 1.0, 0.0),
        "stay_min": np.where(numbers < stops, 30.0, 0.0),
        "opens": np.zeros((days, n)),
        "closes": np.full((days, n), 1440.0),
        "is_stop": numbers < stops,
        "is_lodging": is_lodging,
        "travel": (always(abs(where[:, None] - where)),) * days,
        "start": n - 1,
        "end": n - 1,
        "day_start_min": np.full(days, DAY[0]),
        "day_end_min": np.full(days, DAY[1]),
        "drive_limit_min": 600.0,
        "nights": np.repeat(is_lodging[None], days, axis=0),
    }
    return Problem(**given | changes)


def leg(travel: Travel, start: int, end: int, at: float) -> tuple[float, float]:
    """Arrival and minutes on the way, from the definition and without the package."""
    if start == end:
        return at, 0.0
    ways = []
    for matrix, since, until in zip(travel.minutes, travel.from_min, travel.until_min, strict=True):
        arrive = max(at, float(since)) + float(matrix[start][end])
        if arrive <= until:
            ways.append((arrive, float(matrix[start][end])))
    ways += [(b, b - a) for a, b in travel.rides.get((start, end), np.empty((0, 2))).tolist() if a >= at]
    return min(ways, default=(math.inf, math.inf))


def may_visit(problem: Problem, day: int, node: int) -> bool:
    return bool(problem.is_stop[node]) and problem.locked.get(node, day) == day


def ends(problem: Problem, day: int) -> list[int]:
    if day == problem.days - 1 and problem.end >= 0:
        return [problem.end]
    return [n for n in range(len(problem.score)) if problem.is_lodging[n] and problem.nights[day][n]]


def faults(problem: Problem, days: tuple[tuple[int, ...], ...]) -> list[str]:
    """What is wrong with the days of a tour."""
    found, seen, begin = [], set(), problem.start
    for day, nodes in enumerate(days):
        at, way = float(problem.day_start_min[day]), 0.0
        if nodes[0] != begin or nodes[-1] not in ends(problem, day):
            found.append(f"day {day}: chain")
        for k in range(1, len(nodes)):
            arrive, minutes = leg(problem.travel[day], nodes[k - 1], nodes[k], at)
            at, way, node = arrive, way + minutes, nodes[k]
            if k < len(nodes) - 1:
                at = float(np.maximum(arrive, problem.opens[day][node])) + problem.stay_min[node]
                if not at <= problem.closes[day][node]:
                    found.append(f"day {day}: window of {node}")
                if node in seen or not may_visit(problem, day, node):
                    found.append(f"day {day}: {node} not allowed")
                seen.add(node)
        if not at <= problem.day_end_min[day] or not way <= problem.drive_limit_min:
            found.append(f"day {day}: hours")
        begin = nodes[-1]
    return found + ([] if len(days) == problem.days else ["days"])


Walk = Iterator[tuple[frozenset[int], float]]


def trips(problem: Problem) -> Walk:
    """Every trip, each order of each choice: what it visits and its minutes on the way."""
    return _day(problem, 0, problem.start, frozenset())


def _day(problem: Problem, day: int, begin: int, seen: frozenset[int]) -> Walk:
    if day == problem.days:
        yield seen, 0.0
        return
    for end, now, way in _rest(problem, day, (begin, float(problem.day_start_min[day]), 0.0), seen):
        for later, more in _day(problem, day + 1, end, now):
            yield later, way + more


def _rest(problem: Problem, day: int, at: tuple[int, float, float], seen: frozenset[int]) -> Iterator[Any]:
    """Every end of a day that goes on from a place, a time and minutes on the way."""
    for node in range(len(problem.score)):
        arrive, minutes = leg(problem.travel[day], at[0], node, at[1])
        way, latest = at[2] + minutes, problem.day_end_min[day]
        if arrive > latest or way > problem.drive_limit_min:
            continue
        if node in ends(problem, day):
            yield node, seen, way
        done = float(np.maximum(arrive, problem.opens[day][node])) + problem.stay_min[node]
        if node not in seen and may_visit(problem, day, node) and done <= problem.closes[day][node]:
            yield from _rest(problem, day, (node, done, way), seen | {node})


def optimum(problem: Problem) -> tuple[int, float, float] | None:
    """Most stops that have to be visited, then the highest score, then fewest minutes on the way."""
    wanted = {*problem.must, *problem.locked}
    return max(
        (
            (len(seen & wanted), round(sum(float(problem.score[n]) for n in seen), 6), -round(way, 6))
            for seen, way in trips(problem)
        ),
        default=None,
    )


def reached(problem: Problem, tour: Tour) -> tuple[int, float, float]:
    """The same of a tour."""
    wanted, way = {*problem.must, *problem.locked}, 0.0
    for day, nodes in enumerate(tour.days):
        at = float(problem.day_start_min[day])
        for k in range(1, len(nodes)):
            at, minutes = leg(problem.travel[day], nodes[k - 1], nodes[k], at)
            way += minutes
            at = max(at, problem.opens[day][nodes[k]]) if k < len(nodes) - 1 else at
            at += problem.stay_min[nodes[k]] if k < len(nodes) - 1 else 0.0
    seen = {n for nodes in tour.days for n in nodes[1:-1]}
    return len(seen & wanted), round(sum(float(problem.score[n]) for n in seen), 6), -round(way, 6)


@st.composite
def problems(draw: Any, most_stops: int = 4) -> Problem:
    """Random ones: windows, shut days, closed roads, rides, locks, musts, lodgings that are full."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    stops, lodgings = draw(st.integers(0, most_stops)), draw(st.integers(1, 2))
    days, spans = draw(st.integers(1, 2)), draw(st.integers(1, 3))
    n = stops + lodgings + 1
    both = draw(st.booleans()) and stops > 0  # a lodging that is worth a visit, too
    is_stop, is_lodging = np.arange(n) < stops, (np.arange(n) >= stops) & (np.arange(n) < n - 1)
    is_lodging[0] |= both
    open_share = draw(st.sampled_from([0.5, 0.8, 1.0]))
    opens = rng.choice([0.0, 480.0, 560.0, 700.0], (days, n))
    closes = opens + rng.choice([20.0, 120.0, 400.0, 900.0], (days, n))
    opens[rng.random((days, n)) > open_share] = np.nan
    given: dict[str, Any] = {
        "score": np.where(is_stop, rng.choice([0.0, 1.0, 2.5, 3.0, 7.0], n), 0.0),
        "stay_min": np.where(is_stop, rng.choice([0.0, 15.0, 45.0, 90.0], n), 0.0),
        "opens": opens,
        "closes": closes,
        "is_stop": is_stop,
        "is_lodging": is_lodging,
        "travel": tuple(_travel(rng, n, spans, rides=draw(st.booleans())) for _ in range(days)),
        "start": n - 1,
        "end": draw(st.sampled_from([-1, n - 1])),
        "day_start_min": rng.choice([400.0, 480.0, 520.0], days),
        "day_end_min": rng.choice([700.0, 840.0, 1080.0], days),
        "drive_limit_min": float(draw(st.sampled_from([80.0, 150.0, 300.0, 900.0]))),
        "nights": rng.random((days, n)) < 0.9,
        "must": tuple(np.flatnonzero(is_stop & (rng.random(n) < 0.2)).tolist()),
        "locked": {int(k): int(rng.integers(days)) for k in np.flatnonzero(is_stop & (rng.random(n) < 0.2))},
    }
    return Problem(**given)


def _travel(rng: Any, n: int, spans: int, *, rides: bool) -> Travel:
    """Times that keep no rule, not the triangle's either; the first matrix holds all day."""
    minutes = rng.choice(
        [5.0, 20.0, 35.0, 60.0, 110.0, np.inf], (spans, n, n), p=[0.1, 0.3, 0.3, 0.1, 0.1, 0.1]
    )
    cut = float(rng.choice([540.0, 600.0, 720.0]))
    since, until = np.array([0.0, cut, 0.0])[:spans], np.array([1440.0, 1440.0, cut])[:spans]
    pairs = [tuple(rng.choice(n, 2, replace=False).tolist()) for _ in range(3 if rides and n > 2 else 0)]
    tables = {}
    for pair in pairs:
        depart = np.sort(rng.choice(np.arange(480, 900, 20), 3, replace=False)).astype(float)
        tables[pair] = np.column_stack([depart, depart + rng.choice([8.0, 25.0, 70.0], 3)])
    return Travel(minutes, since, until, tables)


def plane(stops: int, lodgings: int, days: int, *, seed: int, **changes: Any) -> Problem:
    """Stops, lodgings and a start in a plane 110 km wide, by roads at 50 km/h; whole minutes and scores."""
    rng = np.random.default_rng(seed)
    n = stops + lodgings + 1
    xy = rng.uniform(0, 110, (n, 2))
    minutes = np.ceil(np.linalg.norm(xy[:, None] - xy, axis=2) * 1.3 / 50 * 60)
    for k in range(n):
        minutes = np.minimum(minutes, minutes[:, [k]] + minutes[[k]])
    is_stop = np.arange(n) < stops
    opens, closes = np.zeros((days, n)), np.full((days, n), 1440.0)
    windowed = np.flatnonzero(is_stop & (rng.random(n) < 0.6))
    opens[:, windowed] = rng.choice([480.0, 540.0, 660.0], len(windowed))
    closes[:, windowed] = opens[:, windowed] + rng.choice([180.0, 300.0, 480.0], len(windowed))
    closes[:, is_stop & (rng.random(n) < 0.15)] = np.nan
    base = on_a_line([0.0] * n, stops=stops, lodgings=lodgings, days=days)
    given = {
        "score": np.where(is_stop, rng.integers(10, 101, n), 0).astype(float),
        "stay_min": np.where(is_stop, rng.choice([20.0, 30.0, 45.0, 60.0, 90.0, 120.0], n), 0.0),
        "opens": opens,
        "closes": closes,
        "travel": (always(minutes),) * days,
        "day_start_min": np.full(days, 510.0),
        "day_end_min": np.full(days, 1110.0),
        "drive_limit_min": 360.0,
    }
    return Problem(**{name: getattr(base, name) for name in base.__dataclass_fields__} | given | changes)
