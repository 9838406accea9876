"""Whether a place could be visited at all: by a day that holds nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from knr_gis.orienteering import Problem, Travel
from knr_gis.orienteering.chain import joins_of, usable

# What keeps a lone visit from working, the nearest to working first.
Hindrance = Literal["", "drive", "opening", "far", "late", "no_way"]
_ORDER: tuple[Hindrance, ...] = ("", "drive", "opening", "far", "late", "no_way")
# Where each day may begin and where it may end, so that the days before and after it can be gone.
Chain = list[tuple[set[int], set[int]]]
_OFF = np.inf


@dataclass(frozen=True)
class Lone:
    """
    The best that a day with nothing but one visit can do.

    Parameters
    ----------
    day, base
        Day from 0 and the place where it began; -1 where nothing leads there.
    end
        Where the day ends; -1 where no end is reached in time.
    """

    hindrance: Hindrance
    day: int = -1
    base: int = -1
    end: int = -1


def over(problem: Problem, travels: tuple[Travel, ...]) -> tuple[Problem, Chain]:
    """Return a problem over the roads of other travel times, and where its days may begin and end."""
    changed = replace(problem, travel=travels)
    return changed, usable(joins_of(changed), changed.start)


def alone(problem: Problem, chain: Chain, row: int) -> Lone:
    """Return the first day on which a place can be visited with nothing else, else what is nearest to it."""
    best = Lone("no_way")
    for lone in _tried(problem, chain, row):
        if _ORDER.index(lone.hindrance) < _ORDER.index(best.hindrance):
            best = lone
        if best.hindrance == "":
            break
    return best


def _tried(problem: Problem, chain: Chain, row: int) -> Iterator[Lone]:
    """Yield what comes of a lone visit on each day that it is open, from each place and to each place."""
    for day, (bases, ends) in enumerate(chain):
        if np.isnan(problem.opens[day, row]) or problem.locked.get(row, day) != day:
            continue
        for base in sorted(bases):
            way = problem.travel[day].leg(base, row, float(problem.day_start_min[day]))
            if way[0] < _OFF:
                yield from (_lone(problem, row, day, way=way, ends=(base, end)) for end in sorted(ends))


def _lone(problem: Problem, row: int, day: int, *, way: tuple[float, float], ends: tuple[int, int]) -> Lone:
    """Return what comes of a visit: is it open, is the day long enough, is it near enough."""
    base, end = ends
    opens, stay = float(problem.opens[day, row]), float(problem.stay_min[row])
    leave = max(way[0], opens) + stay
    back, home = problem.travel[day].leg(row, end, leave)
    latest = float(problem.day_end_min[day])
    if back == _OFF:
        return Lone("no_way", day, base)
    if leave > problem.closes[day, row]:
        return Lone("late", day, base)
    if back > latest:
        # without the wait for the opening the day would have been long enough
        wait = max(0.0, opens - way[0])
        return Lone("opening" if back - wait <= latest else "far", day, base)
    return Lone("" if way[1] + home <= problem.drive_limit_min else "drive", day, base, end)
