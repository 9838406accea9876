"""The best trip that can be put together from known routes, one a day."""

# ruff: noqa: C901, PLR0912  one tight loop

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from knr_gis.orienteering.columns import Route
from knr_gis.orienteering.pricing import Priced
from knr_gis.orienteering.problem import Floats
from knr_gis.orienteering.seeking import Days
from knr_gis.orienteering.tables import Numbers, Tables

_STEPS = 100_000_000  # routes looked at: half a second
_SHARES = (0.1, 0.25, 0.5, 1.0)  # of the gap that the slack of a trip's routes may come to, in turn


class Hand(NamedTuple):
    """
    Routes sorted by day, by where they begin and by slack.

    Parameters
    ----------
    first
        Shape (D, N + 1): where the routes of a day that begin at a node stand, and behind the last.
    end, score, slack
        Shape (R,).
    visits
        Shape (R, W): stops as bits.
    """

    first: Numbers
    end: Numbers
    score: Floats
    slack: Floats
    visits: NDArray[np.uint64]


def combined(tables: Tables, priced: Priced, trip: Days) -> list[Days]:
    """
    Return a trip that scores more and meets as many of the stops that have to be visited, if one is found.

    Branch and bound, day by day, routes with little slack first: a trip's score is at most the bound
    minus the slack of its routes (``pricing.price``), so most need not be looked at. Routes that visit a
    stop twice, or cannot be done as they are (minutes on the way were counted at their fewest), are left
    out. It ends after a fixed number of steps, wherever it is then.
    """
    visited = [node for nodes in trip for node in nodes[1:-1]]
    score = float(tables.score[visited].sum())
    gap = priced.bound - score
    slack = dict(zip(priced.routes, priced.slack.tolist(), strict=True))
    routes = [route for route in slack if slack[route] <= gap and _is_real(tables, route)]
    routes.sort(key=lambda route: (route.day, route.begin, slack[route], route))
    hand = _hand(tables, routes, np.array([slack[route] for route in routes]))
    needed = _bits(len(tables.score), [[node for node in visited if tables.wanted[node]]])[0]
    chosen, _ = pick(hand, tables.start, needed, np.array([score, priced.bound]), np.array(_SHARES), _STEPS)
    return [tuple((routes[k].begin, *routes[k].stops, routes[k].end) for k in chosen)] if len(chosen) else []


def _is_real(tables: Tables, route: Route) -> bool:
    from knr_gis.orienteering.moves import run  # noqa: PLC0415  compiled at first use

    if len(set(route.stops)) < len(route.stops):
        return False
    row = np.array([route.end, len(route.stops), *route.stops], dtype=np.int64)
    return bool(np.isfinite(run(tables, route.day, route.begin, row)[0]))


def _hand(tables: Tables, routes: list[Route], slack: Floats) -> Hand:
    """Return sorted routes as arrays."""
    days, size = len(tables.start_min), len(tables.score)
    at = np.array([route.day * size + route.begin for route in routes], dtype=np.int64)
    first = np.searchsorted(at, np.arange(days)[:, None] * size + np.arange(size + 1))
    end = np.array([route.end for route in routes], dtype=np.int64)
    score = np.array([tables.score[list(route.stops)].sum() for route in routes])
    return Hand(first, end, score, slack, _bits(size, [route.stops for route in routes]))


def _bits(size: int, groups: "list[list[int]] | list[tuple[int, ...]]") -> NDArray[np.uint64]:
    """Return groups of nodes as bits, shape (groups, words)."""
    bits = np.zeros((len(groups), size // 64 + 1), dtype=np.uint64)
    for row, group in zip(bits, groups, strict=True):
        for node in group:
            row[node // 64] |= np.uint64(1 << (node % 64))
    return bits


@njit(nogil=True, cache=True)
def pick(
    hand: Hand, start: int, needed: NDArray[np.uint64], known: Floats, shares: Floats, steps: int
) -> tuple[Numbers, float]:
    """
    Return one route a day with the highest score above the known one (none: no routes), and that score.

    Parameters
    ----------
    needed
        Shape (W,): stops that have to be in, as bits.
    known
        Shape (2,): score to be beaten, and the bound.
    """
    days, words = hand.first.shape[0], len(needed)
    best, chosen = known[0], np.empty(0, dtype=np.int64)
    at, until = np.zeros(days + 1, dtype=np.int64), np.zeros(days + 1, dtype=np.int64)
    spent, worth = np.zeros(days + 1), np.zeros(days + 1)
    seen = np.zeros((days + 1, words), dtype=np.uint64)
    left = steps
    for share in shares:
        day, at[0], until[0] = 0, hand.first[0, start], hand.first[0, start + 1]
        while day >= 0 and left > 0:
            left -= 1
            k = at[day]
            if k >= until[day] or spent[day] + hand.slack[k] > (known[1] - best) * share:
                day -= 1  # routes are sorted by slack: no later one fits either
                continue
            at[day] += 1
            apart = True
            for w in range(words):
                apart = apart and (seen[day, w] & hand.visits[k, w]) == 0
            if not apart:
                continue
            spent[day + 1], worth[day + 1] = spent[day] + hand.slack[k], worth[day] + hand.score[k]
            for w in range(words):
                seen[day + 1, w] = seen[day, w] | hand.visits[k, w]
            if day + 1 < days:
                day += 1
                at[day], until[day] = hand.first[day, hand.end[k]], hand.first[day, hand.end[k] + 1]
                continue
            whole = worth[days] > best + 1e-9
            for w in range(words):
                whole = whole and (needed[w] & ~seen[days, w]) == 0
            if whole:
                best, chosen = worth[days], at[:days] - 1
    return chosen, best
