"""The best order of stops: the first and the last stay, the others go where the trip ends earliest."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from knr_gis.analyses.tourism.clock import Course, Moment, closing, end_of

Method = Literal["exact", "near"]
Order = tuple[int, ...]
# The 2^12 sets of 12 stops are gone through in some 3 s of one core; each stop more doubles that.
EXACT_BETWEEN = 12
_MOST_ROUNDS = 50
_LONGEST_RUN = 3


@dataclass(frozen=True)
class BestOrder:
    """
    An order, and whether no other ends earlier (``exact``) or none was found (``near``).

    Parameters
    ----------
    order
        Places, with the first and the last.
    """

    order: Order
    method: Method


class _Label(NamedTuple):
    """One way of having visited a set of stops: the clock, and the label before."""

    at: Moment
    place: int
    before: "_Label | None"


def best_order(course: Course, stops: Order) -> BestOrder:
    """
    Return the stops in the order that leaves the least unmet and then ends earliest.

    Parameters
    ----------
    stops
        Places; the first and the last keep their position. Two stops may be the same place (a round trip).

    Notes
    -----
    Up to ``EXACT_BETWEEN`` stops between the ends: dynamic programming over sets of stops (Held and Karp
    1962), which holds for ways whose length changes with the time of day as long as leaving later never
    means arriving earlier. Of two ways through the same stops that stand at the same place on the same
    day, one that is neither later nor leaves less unmet is let go. Beyond: cheapest insertion, then
    2-opt and or-opt until nothing gets better; the best order may then be missed.
    """
    if len(stops) <= 3:
        return BestOrder(stops, "exact")
    if len(stops) - 2 <= EXACT_BETWEEN:
        return BestOrder(_exact(course, stops), "exact")
    return BestOrder(_near(course, stops), "near")


def _exact(course: Course, stops: Order) -> Order:
    """Return the best order by going through all sets of stops."""
    between = stops[1:-1]
    layer: dict[tuple[int, int], list[_Label]] = {
        (1 << k, k): [_Label(course.step(course.first, stops[0], place).after, place, None)]
        for k, place in enumerate(between)
    }
    for _ in between[1:]:
        layer = _one_more(course, between, layer)
    whole = [label for labels in layer.values() for label in labels]
    best = min(
        whole, key=lambda label: closing(course, course.step(label.at, label.place, stops[-1]), stops[-1])
    )
    return (stops[0], *_traced(best), stops[-1])


def _one_more(
    course: Course, between: Order, layer: dict[tuple[int, int], list[_Label]]
) -> dict[tuple[int, int], list[_Label]]:
    """Return the labels of all sets that are one stop larger."""
    larger: dict[tuple[int, int], list[_Label]] = {}
    for (visited, _), labels in layer.items():
        for k, place in enumerate(between):
            if visited >> k & 1:
                continue
            kept = larger.setdefault((visited | 1 << k, k), [])
            for label in labels:
                _keep(kept, _Label(course.step(label.at, label.place, place).after, place, label))
    return larger


def _keep(labels: list[_Label], new: _Label) -> None:
    """Add a label unless one of the same day is at least as good; drop those that it is better than."""
    if any(_as_good(old.at, new.at) for old in labels):
        return
    labels[:] = [old for old in labels if not _as_good(new.at, old.at)]
    labels.append(new)


def _as_good(one: Moment, other: Moment) -> bool:
    return one.day == other.day and one.bad <= other.bad and one.minute <= other.minute


def _traced(label: _Label | None) -> list[int]:
    """Return the places of a label from the first on."""
    places: list[int] = []
    while label is not None:
        places.append(label.place)
        label = label.before
    return places[::-1]


def _near(course: Course, stops: Order) -> Order:
    """Return the better of what becomes of the given order and of the cheapest insertion."""
    starts = (stops, _inserted(course, stops))
    return min((_improved(course, start) for start in starts), key=lambda order: end_of(course, order))


def _inserted(course: Course, stops: Order) -> Order:
    """Return an order that grew by the stop, and at the position, that makes the trip end earliest."""
    order: Order = (stops[0], stops[-1])
    left = list(stops[1:-1])
    while left:
        grown = ((*order[:at], place, *order[at:]) for place in left for at in range(1, len(order)))
        new = min(grown, key=lambda o: end_of(course, o))
        left.remove(next(place for place in left if new.count(place) > order.count(place)))
        order = new
    return order


def _improved(course: Course, order: Order) -> Order:
    """Return the order after exchanging parts of it as long as it gets better."""
    cost = end_of(course, order)
    for _ in range(_MOST_ROUNDS):
        new = min(_neighbours(order), key=lambda o: end_of(course, o))
        if end_of(course, new) >= cost:
            break
        order, cost = new, end_of(course, new)
    return order


def _neighbours(order: Order) -> Iterator[Order]:
    """Yield the orders with one part turned round (2-opt) or with up to three stops moved (or-opt)."""
    n = len(order)
    for i, j in itertools.combinations(range(1, n), 2):
        if j - i > 1:
            yield (*order[:i], *order[i:j][::-1], *order[j:])
    for i in range(1, n - 1):
        for j in range(i + 1, min(i + _LONGEST_RUN, n - 1) + 1):
            rest, run = (*order[:i], *order[j:]), order[i:j]
            yield from ((*rest[:k], *run, *rest[k:]) for k in range(1, len(rest)) if k != i)
