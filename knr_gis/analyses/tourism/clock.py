"""The clock of a trip: when a day is over, when a visit begins, what a closing door costs."""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from knr_gis.network import Floats

# (day from 0, place, place, departure) -> arrival, both minutes after midnight; inf where no way leads
Arrive = Callable[[int, int, int, float], float]
# day from 0 -> opening and closing of each place, shape (N,); NaN: shut on that day
Windows = Callable[[int], tuple[Floats, Floats]]


class Moment(NamedTuple):
    """
    Where the clock stands when a place can be left.

    Parameters
    ----------
    bad
        Legs without a way, and visits that their place is shut for, so far.
    day
        From 0.
    minute
        After midnight.
    """

    bad: int
    day: int
    minute: float


class Step(NamedTuple):
    """
    One leg and the visit behind it.

    Parameters
    ----------
    day, depart_min, arrive_min
        Of the leg; ``arrive_min`` inf where no way leads.
    start_min, leave_min
        Of the visit. Where no way leads, the clock goes on as if the leg took no time.
    met
        Whether there is a way and the visit keeps to the hours of its place.
    night
        Whether a night was spent before the leg because the visit did not fit into the day.
    after
        The clock behind the visit, past the night where the place ends the day.
    """

    day: int
    depart_min: float
    arrive_min: float
    start_min: float
    leave_min: float
    met: bool
    night: bool
    after: Moment


@dataclass(frozen=True, eq=False)
class Course:
    """
    Places and the rules of the clock.

    Parameters
    ----------
    stay_min
        Shape (N,): minutes of a visit.
    ends_day
        Shape (N,): lodgings.
    day_start_min
        Departure of each day.
    day_end_min
        A visit is over by then, or the night comes before it; inf: only lodgings end a day.
    """

    arrive: Arrive
    windows: Windows
    stay_min: Floats
    ends_day: NDArray[np.bool_]
    day_start_min: float
    day_end_min: float

    @property
    def first(self) -> Moment:
        """The departure of the trip."""
        return Moment(0, 0, self.day_start_min)

    def step(self, at: Moment, start: int, end: int) -> Step:
        """
        Return the leg from place to place and the visit there.

        Today where the visit fits into the day and into the hours of the place; else tomorrow where it does
        then; else today, met or not, unless the day is over. Where only lodgings end a day: today, unless
        only tomorrow a way leads there (no leg runs past midnight).
        """
        today = self._visit(at, start, end, night=False)
        lodgings_only = self.day_end_min == math.inf
        if at.minute <= self.day_start_min or (lodgings_only and today.arrive_min < math.inf):
            return today
        fits = self._over(today, end) <= self.day_end_min
        if fits and today.met:
            return today
        tomorrow = self._visit(Moment(at.bad, at.day + 1, self.day_start_min), start, end, night=True)
        return tomorrow if tomorrow.met or not fits else today

    def _visit(self, at: Moment, start: int, end: int, *, night: bool) -> Step:
        """Return the leg and the visit on the day of a moment."""
        arrive = self.arrive(at.day, start, end, at.minute)
        opens, closes = (float(side[end]) for side in self.windows(at.day))
        reached = arrive if arrive < math.inf else at.minute
        begin = max(reached, opens) if opens <= closes else reached
        begin = reached if begin + self.stay_min[end] > closes else begin
        leave = begin + float(self.stay_min[end])
        met = arrive < math.inf and begin >= opens and leave <= closes
        bad = at.bad + (not met)
        after = Moment(bad, at.day, leave)
        if self.ends_day[end]:
            after = Moment(bad, at.day + 1, self.day_start_min)
        return Step(at.day, at.minute, arrive, begin, leave, met, night, after)

    def _over(self, step: Step, end: int) -> float:
        """Return when the day's part of a visit is over: at a lodging on arrival."""
        return step.start_min if self.ends_day[end] else step.leave_min


def always_open(n: int) -> tuple[Floats, Floats]:
    """Return the hours of places whose hours are not judged."""
    return np.full(n, -np.inf), np.full(n, np.inf)


def steps_of(course: Course, order: list[int] | tuple[int, ...]) -> list[Step]:
    """Return the steps of a trip through places in their order."""
    at, steps = course.first, []
    for start, end in itertools.pairwise(order):
        steps.append(course.step(at, start, end))
        at = steps[-1].after
    return steps


def end_of(course: Course, order: list[int] | tuple[int, ...]) -> tuple[int, int, float]:
    """
    Return what the best order (of two places or more) has least of: what is not met, then the end.

    The end is that of the last visit, also where it is at a lodging.
    """
    steps = steps_of(course, order)
    return closing(course, steps[-1], order[-1])


def closing(course: Course, last: Step, place: int) -> tuple[int, int, float]:
    """Return what is not met and when the last visit is over."""
    over = last.start_min if course.ends_day[place] else last.leave_min
    return last.after.bad, last.day, over
