"""A good trip by search, the same for the same seed and number of rounds."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from knr_gis.orienteering.tables import Numbers, Tables
from knr_gis.threads import core_count

_SEARCHES = 8  # whatever the number of cores: the answer must not depend on the machine
_ROUNDS_AT_ONCE = 250
Days = tuple[tuple[int, ...], ...]


def seek(
    tables: Tables, *, rounds: int, until: float, seed: int, trip: Days | None = None
) -> tuple[list[Days], bool]:
    """
    Return the best trip of each search, the best of all first, and whether there was time for all rounds.

    Many short searches find more than one long search does: each stays with the lodgings that it soon
    takes to.

    Parameters
    ----------
    rounds
        Of all searches together.
    until
        ``time.monotonic()`` at which searches end early.
    trip
        To improve; None: they begin with no stop.

    Returns
    -------
    No trips where no chain of days was found.
    """
    first = first_plan(tables) if trip is None else plan_of(tables, trip)
    if first is None:
        return [], True
    # a search that improves a trip is at once where others are after half of their rounds
    each = -(-rounds // _SEARCHES)
    span = (0, each) if trip is None else (each, 2 * each)
    with ThreadPoolExecutor(min(core_count(), _SEARCHES)) as pool:
        runs = list(pool.map(lambda n: _search(tables, first, span, until, seed=(seed, n)), range(_SEARCHES)))
    plans = sorted((plan for plan, _ in runs), key=lambda plan: -_worth(tables, plan))
    return [days_of(tables, plan) for plan in plans], all(whole for _, whole in runs)


def _search(
    tables: Tables, first: Numbers, span: tuple[int, int], until: float, *, seed: tuple[int, int]
) -> tuple[Numbers, bool]:
    """Return the best plan of one search, and whether it had its rounds."""
    from knr_gis.orienteering.moves import search  # noqa: PLC0415  numba takes a second to import

    held, best = first.copy(), first.copy()
    state = np.random.default_rng([*seed, 5]).integers(1, 2**63, 1, dtype=np.uint64)
    for begin in range(*span, _ROUNDS_AT_ONCE):
        if begin > span[0] and time.monotonic() > until:
            return best, False
        now = np.array([begin, min(begin + _ROUNDS_AT_ONCE, span[1]), span[1], bonus(tables)], dtype=float)
        search(tables, tables.stops, held, best, state, now)
    return best, True


def bonus(tables: Tables) -> float:
    """Return what outweighs every score: the worth of a stop that has to be visited."""
    return float(tables.score.sum()) + 1.0


def _worth(tables: Tables, plan: Numbers) -> float:
    from knr_gis.orienteering.moves import value  # noqa: PLC0415  numba takes a second to import

    return float(value(tables, plan, bonus(tables)))


def plan_of(tables: Tables, trip: Days) -> Numbers:
    """Return a trip as rows: end of the day, number of stops, stops."""
    plan = np.zeros((len(trip), len(tables.score) + 2), dtype=np.int64)
    for row, nodes in zip(plan, trip, strict=True):
        row[: len(nodes)] = nodes[-1], len(nodes) - 2, *nodes[1:-1]
    return plan


def days_of(tables: Tables, plan: Numbers) -> Days:
    """Return the nodes of each day, its beginning and end included."""
    begins = [tables.start, *(int(row[0]) for row in plan[:-1])]
    return tuple(
        (begin, *(int(node) for node in row[2 : 2 + row[1]]), int(row[0]))
        for begin, row in zip(begins, plan, strict=True)
    )


def first_plan(tables: Tables) -> Numbers | None:
    """
    Return a plan without stops, or with one on a day where the direct way cannot be gone.

    Of all chains of lodgings the one with the fewest minutes on the way; None where there is none.
    """
    at = {tables.start: 0.0}
    came: list[dict[int, Numbers]] = []
    for day in range(len(tables.start_min)):
        rows, reached = {}, {}
        for end in tables.ends(day):
            ways = [
                (spent + way, row) for b, spent in at.items() for way, row in [_direct(tables, day, b, end)]
            ]
            best = min(ways, key=lambda found: found[0], default=(np.inf, np.empty(0, dtype=np.int64)))
            if best[0] < np.inf:
                reached[end], rows[end] = best
        at, came = reached, [*came, rows]
    if not at:
        return None
    end, plan = min(at, key=lambda node: (at[node], node)), []
    for rows in reversed(came):
        plan.append(rows[end][:-1])
        end = int(rows[end][-1])
    return np.array(plan[::-1], dtype=np.int64)


def _direct(tables: Tables, day: int, begin: int, end: int) -> tuple[float, Numbers]:
    """Return minutes of the way, by one stop if need be, and its row of a plan, the beginning behind it."""
    from knr_gis.orienteering.moves import run  # noqa: PLC0415  numba takes a second to import

    row = np.zeros(len(tables.score) + 3, dtype=np.int64)
    row[0], row[-1] = end, begin
    way = run(tables, day, begin, row)[1]
    for stop in tables.stops if way == np.inf else ():
        row[1], row[2] = 1, stop
        way = run(tables, day, begin, row)[1]
        if way < np.inf:
            break
    return float(way), row
