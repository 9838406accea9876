"""The problem: which places to visit on which day, in which order, ending each day at a lodging."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Travel:
    """
    Minutes from place to place on one day, by the time of departure.

    A road that closes at night or opens late makes a matrix for each span of the day in which nothing
    changes, and for each run of such spans; a leg uses a matrix only if it lies in its span whole.

    Parameters
    ----------
    minutes
        Shape (K, N, N): inf where no way leads.
    from_min, until_min
        Shape (K,): the span of each matrix, minutes after midnight.
    rides
        By (start, end): latest departures and arrivals (shape (R, 2), ascending) of rides on a timetable, the
        ways to and from the stations included.
    """

    minutes: Floats
    from_min: Floats
    until_min: Floats
    rides: dict[tuple[int, int], Floats] = field(default_factory=dict)

    def arrival(self, start: int, end: int, depart_min: float) -> float:
        """Return the earliest arrival, waiting where that helps; inf where no way leads."""
        return self.leg(start, end, depart_min)[0]

    def leg(self, start: int, end: int, depart_min: float) -> tuple[float, float]:
        """
        Return the earliest arrival and the minutes on the way to it, the wait before it not among them.

        Of equally early ways the one with fewest minutes; inf, inf where none leads. Staying takes nothing.
        """
        if start == end:
            return depart_min, 0.0
        minutes = self.minutes[:, start, end]
        arrive = np.maximum(depart_min, self.from_min) + minutes
        ways = np.column_stack([arrive, minutes])[arrive <= self.until_min]
        ride = self.rides.get((start, end))
        if ride is not None:
            caught = ride[ride[:, 0] >= depart_min]
            ways = np.vstack([ways, np.column_stack([caught[:, 1], caught[:, 1] - caught[:, 0]])])
        ways = ways[np.isfinite(ways[:, 0])]
        return (np.inf, np.inf) if not len(ways) else min((float(a), float(on)) for a, on in ways)


@dataclass(frozen=True, eq=False)
class Problem:
    """
    Places, days and limits.

    Parameters
    ----------
    score
        Shape (N,): what a visit is worth, >= 0; lodgings and ends may carry 0.
    stay_min
        Shape (N,): minutes of a visit.
    opens, closes
        Shape (D, N): a visit begins at ``opens`` or later and is over at ``closes``; NaN: shut that day.
    is_stop, is_lodging
        Shape (N,): which nodes may be visited, and which may end a day (a node may be both).
    travel
        One for each day.
    start, end
        Nodes where the first day begins and the last one ends; ``end`` -1: at any lodging.
    day_start_min, day_end_min
        Shape (D,): departure and latest arrival at the day's end.
    drive_limit_min
        Minutes on the way allowed on a day (``Travel.leg``: waits are not among them, rides are). Whoever
        travels leaves at once and takes the way that arrives first.
    must
        Nodes that have to be visited; ``locked``: node to the day (from 0) on which it has to be.
    nights
        Shape (D, N): whether a lodging can be had in the night after that day.
    """

    score: Floats
    stay_min: Floats
    opens: Floats
    closes: Floats
    is_stop: NDArray[np.bool_]
    is_lodging: NDArray[np.bool_]
    travel: tuple[Travel, ...]
    start: int
    end: int
    day_start_min: Floats
    day_end_min: Floats
    drive_limit_min: float
    nights: NDArray[np.bool_]
    must: tuple[int, ...] = ()
    locked: dict[int, int] = field(default_factory=dict)

    @property
    def days(self) -> int:
        """How many days."""
        return len(self.travel)


@dataclass(frozen=True)
class Tour:
    """
    An answer.

    Parameters
    ----------
    days
        For each day the nodes in order: where it begins, the stops, where it ends.
    score
        Sum of the scores of the stops.
    bound
        No tour can score more than this; ``score <= bound``.
    seconds
        Time spent; ``missing``: nodes of ``must`` and ``locked`` that could not be met.
    """

    days: tuple[tuple[int, ...], ...]
    score: float
    bound: float
    seconds: float
    missing: tuple[int, ...] = ()
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def gap(self) -> float:
        """Share of the bound that is not reached, 0 to 1."""
        return 0.0 if self.bound <= 0 else max(0.0, 1 - self.score / self.bound)
