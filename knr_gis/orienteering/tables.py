"""A problem as plain arrays for compiled code, padded to one shape for all days."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from knr_gis.orienteering.problem import Floats, Problem

Flags = NDArray[np.bool_]
Numbers = NDArray[np.int64]


class Tables(NamedTuple):
    """
    What compiled functions read.

    Parameters
    ----------
    minutes, from_min, until_min
        Shapes (D, K, N, N), (D, K), (D, K): as in ``Travel``, inf where a day has fewer spans.
    ride_first, ride_count, rides
        Shapes (D, N, N), (D, N, N), (R, 2): rows of ``rides`` from place to place.
    opens, closes
        Shape (D, N): inf and -inf where no visit is possible or allowed on that day.
    stay, score
        Shape (N,).
    wanted
        Shape (N,): has to be visited.
    is_end
        Shape (D, N): where the day may end.
    start_min, end_min
        Shape (D,).
    start, limit
        Where the first day begins; minutes on the way on a day.
    """

    minutes: Floats
    from_min: Floats
    until_min: Floats
    ride_first: Numbers
    ride_count: Numbers
    rides: Floats
    opens: Floats
    closes: Floats
    stay: Floats
    score: Floats
    wanted: Flags
    is_end: Flags
    start_min: Floats
    end_min: Floats
    start: int
    limit: float

    @property
    def stops(self) -> Numbers:
        """Nodes that have a window on some day, in the order of their numbers."""
        return np.flatnonzero((self.opens <= self.closes).any(axis=0))

    def begins(self, day: int) -> list[int]:
        """Return the nodes where a day may begin."""
        return [self.start] if day == 0 else self.ends(day - 1)

    def ends(self, day: int) -> list[int]:
        """Return the nodes where a day may end."""
        return [int(node) for node in np.flatnonzero(self.is_end[day])]


def tables_of(problem: Problem) -> Tables:
    """Return the arrays of a problem; windows into which no visit fits are shut."""
    opens, closes = _windows(problem)
    minutes, from_min, until_min = _spans(problem)
    first, count, rides = _rides(problem)
    wanted = np.zeros(len(problem.score), dtype=bool)
    wanted[[*problem.must, *problem.locked]] = True
    return Tables(
        *(minutes, from_min, until_min, first, count, rides, opens, closes),
        problem.stay_min.astype(np.float64),
        problem.score.astype(np.float64),
        wanted,
        ends_of(problem),
        problem.day_start_min.astype(np.float64),
        problem.day_end_min.astype(np.float64),
        int(problem.start),
        float(problem.drive_limit_min),
    )


def ends_of(problem: Problem) -> Flags:
    """Return, shape (D, N), where each day may end."""
    ends = np.ascontiguousarray(problem.is_lodging & problem.nights)
    if problem.end >= 0:
        ends[-1] = False
        ends[-1, problem.end] = True
    return ends


def allowed_of(problem: Problem) -> Flags:
    """Return, shape (D, N), which nodes may be visited on which day by their kind and their lock."""
    allowed = np.repeat(problem.is_stop[None], problem.days, axis=0)
    for node, day in problem.locked.items():
        allowed[np.arange(problem.days) != day, node] = False
    return allowed


def _windows(problem: Problem) -> tuple[Floats, Floats]:
    """Return opening and closing of each node on each day."""
    opens, closes = problem.opens.astype(np.float64), problem.closes.astype(np.float64)
    begin = np.maximum(opens, problem.day_start_min[:, None])
    over = np.minimum(closes, problem.day_end_min[:, None])
    fits = allowed_of(problem) & (begin + problem.stay_min <= over)  # NaN fits nothing
    return _by_rows(np.where(fits, opens, np.inf)), _by_rows(np.where(fits, closes, -np.inf))


def _by_rows(table: Floats) -> Floats:
    """Return a table in one layout, for which functions are compiled, whatever was given."""
    return np.ascontiguousarray(table, dtype=np.float64)


def _spans(problem: Problem) -> tuple[Floats, Floats, Floats]:
    """Return the matrices of all days, and their spans."""
    size, most = len(problem.score), max(len(travel.minutes) for travel in problem.travel)
    minutes = np.full((problem.days, most, size, size), np.inf)
    from_min, until_min = np.full((problem.days, most), np.inf), np.full((problem.days, most), -np.inf)
    for day, travel in enumerate(problem.travel):
        count = len(travel.minutes)
        minutes[day, :count] = travel.minutes
        from_min[day, :count], until_min[day, :count] = travel.from_min, travel.until_min
    return minutes, from_min, until_min


def _rides(problem: Problem) -> tuple[Numbers, Numbers, Floats]:
    """Return, for each pair of places on each day, where its rides stand, and the rides."""
    size = len(problem.score)
    first = np.zeros((problem.days, size, size), dtype=np.int64)
    count, rides, total = np.zeros_like(first), [np.empty((0, 2))], 0
    for day, travel in enumerate(problem.travel):
        for (start, end), ride in travel.rides.items():
            first[day, start, end], count[day, start, end] = total, len(ride)
            rides.append(np.asarray(ride, dtype=np.float64).reshape(-1, 2))
            total += len(ride)
    return first, count, np.vstack(rides)


def least_minutes(tables: Tables) -> Floats:
    """Return, shape (D, N, N), the fewest minutes on the way from place to place at any hour."""
    least: Floats = tables.minutes.min(axis=1, initial=np.inf)
    for day, start, end in np.argwhere(tables.ride_count > 0):
        at = tables.ride_first[day, start, end]
        ride = tables.rides[at : at + tables.ride_count[day, start, end]]
        least[day, start, end] = min(least[day, start, end], float((ride[:, 1] - ride[:, 0]).min()))
    least[:, np.arange(least.shape[1]), np.arange(least.shape[1])] = 0.0
    return least
