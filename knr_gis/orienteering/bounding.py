"""How much better a trip could be: the least of three bounds, and trips put together from good routes."""

from typing import Any, NamedTuple

import numpy as np

from knr_gis.orienteering.combining import combined
from knr_gis.orienteering.pricing import price
from knr_gis.orienteering.problem import Floats
from knr_gis.orienteering.seeking import Days
from knr_gis.orienteering.tables import Tables, least_minutes


class Bound(NamedTuple):
    """A bound, what it came from, better trips found on the way, and whether time sufficed."""

    bound: float
    by: str
    trips: list[Days]
    in_time: bool
    told: dict[str, Any]


def bound_and_days(tables: Tables, trips: list[Days], *, until: float) -> Bound:
    """
    Return the least of three upper bounds.

    ``scores``: all stops with a window. ``filling``: ``filling_bound``. ``routes``: ``pricing.price``.
    Where every score is a whole number a trip's score is one, too, and the bound is rounded down.

    Parameters
    ----------
    trips
        The best trip at hand first; there may be none.
    """
    bounds = {"scores": float(tables.score[tables.stops].sum()), "filling": filling_bound(tables)}
    better: list[Days] = []
    in_time = True
    if trips:
        visited = [node for day in trips[0] for node in day[1:-1]]
        met = bool(np.isin(np.flatnonzero(tables.wanted), visited).all())
        priced = price(tables, trips, fixed=tables.wanted & met, until=until)
        bounds["routes"], in_time = priced.bound, priced.in_time
        better = combined(tables, priced, trips[0])
    by = min(bounds, key=lambda name: bounds[name])
    return Bound(
        _whole(tables, bounds[by]), by, better, in_time, {f"bound_{k}": v for k, v in bounds.items()}
    )


def _whole(tables: Tables, bound: float) -> float:
    """Return the bound, rounded down where all scores are whole numbers."""
    score = tables.score[tables.stops]
    return float(np.floor(bound + 1e-6)) if bool((score == np.round(score)).all()) else bound


def filling_bound(tables: Tables) -> float:
    """
    Return the most that the stops can score if only the sums of minutes have to fit.

    Proof. A visit is entered by a way of at least the fewest minutes from any place that may come before
    it, so it takes at least that and its stay from the hours of all days, and at least those minutes from
    what may be spent on the way. Ways and stays of a trip do not overlap. Each of the two sums alone is a
    knapsack, and stops by score per minute with a part of the last (Dantzig 1957) are no worse than any.
    """
    stops = tables.stops
    before = np.unique(
        [*stops, *(node for day in range(len(tables.start_min)) for node in tables.begins(day))]
    )
    entering = least_minutes(tables).min(axis=0)[np.ix_(before, stops)]
    begins = np.isin(before, [node for day in range(len(tables.start_min)) for node in tables.begins(day)])
    entering[(before[:, None] == stops) & ~begins[:, None]] = np.inf  # no visit leads to itself
    way = entering.min(axis=0, initial=np.inf)
    hours = float((tables.end_min - tables.start_min).sum())
    score, stay = tables.score[stops], tables.stay[stops]
    return min(_filled(score, way + stay, hours), _filled(score, way, tables.limit * len(tables.start_min)))


def _filled(score: Floats, weight: Floats, room: float) -> float:
    """Return the most score for a room, parts allowed; what is infinitely heavy stays out."""
    total = 0.0
    score, weight = score[np.isfinite(weight)], weight[np.isfinite(weight)]
    for item in np.argsort(-score / np.maximum(weight, 1e-12), kind="stable"):
        if weight[item] > room:
            return total + float(score[item]) * room / float(weight[item])
        total, room = total + float(score[item]), room - float(weight[item])
    return total
