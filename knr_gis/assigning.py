"""Who goes where when sites have room for so many: assignment by minimum-cost flow."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import max_flow, min_cost_flow

from knr_gis.errors import AnalysisError
from knr_gis.network import Flags, Floats, Ints
from knr_gis.reaching import Arcs

# The solver counts whole units. A millionth of a person keeps what is lost by rounding below one
# hundredth of a person even over ten thousand origins at one site.
_UNITS_PER_PERSON = 1_000_000
_UNITS_PER_S = 10  # finer ones cost time and decide nothing
_MOST_PERSONS = 1e9  # more than that could not be counted in such units without rounding
_ALMOST = 1e-3  # of a unit: less than this is the rounding of floating-point numbers
_CLOSE = 1e-6  # persons


class Left(StrEnum):
    """Why persons of an origin are left over."""

    NO_ROUTE = "no_route"  # no way to any site
    LATE = "late"  # ways, but none in time
    FULL = "full"  # every site in time is full
    CAPACITY_UNKNOWN = "capacity_unknown"  # there may be room: a site in time does not say
    NOT_LOOKED_AT = "not_looked_at"  # the k nearest are full, farther ones were left out (Arcs.nearest)


@dataclass(frozen=True, eq=False)
class Assignment:
    """
    Persons assigned to sites: as many as possible, then in the least total time.

    Parameters
    ----------
    arcs
        The ways that were open to choice.
    demand_persons, capacity_persons
        Shape (n,) and (m,), as given: NaN = unknown capacity, inf = unlimited.
    flow_persons
        Shape (A,): persons on each way.
    left_persons
        Shape (n,): persons of each origin for whom no room was found; exactly 0 where all have.
    full
        Shape (m,): sites that took all they can; never those of unknown capacity.
    """

    arcs: Arcs
    demand_persons: Floats
    capacity_persons: Floats
    flow_persons: Floats
    left_persons: Floats
    full: Flags

    @property
    def placed_persons(self) -> Floats:
        """Shape (n,): persons of each origin who have a place."""
        return self.demand_persons - self.left_persons

    @cached_property
    def load_persons(self) -> Floats:
        """Shape (m,): persons at each site; NaN where the capacity is unknown (it was not asked)."""
        load = np.bincount(self.arcs.site, self.flow_persons, minlength=len(self.capacity_persons))
        return np.where(np.isnan(self.capacity_persons), np.nan, load)

    @property
    def total_person_s(self) -> float:
        """Sum of the times of all who have a place, in person-seconds."""
        return float(self.flow_persons @ self.arcs.cost_s)


@dataclass(frozen=True, eq=False)
class LeftOver:
    """
    Who is left over and why.

    Parameters
    ----------
    reason
        Shape (n,): a ``Left`` where persons are left, else None.
    persons
        Shape (n,): persons left over.
    """

    reason: NDArray[np.object_]
    persons: Floats

    def because(self, reason: Left) -> Floats:
        """Return the persons of each origin left over for one reason, shape (n,)."""
        return np.where(self.reason == reason, self.persons, 0.0)


def assign(arcs: Arcs, *, demand_persons: Floats, capacity_persons: Floats) -> Assignment:
    """
    Place as many persons as possible and, among all ways to do so, in the least total time.

    Maximum flow of minimum cost (OR-Tools, cost scaling): first the number of persons, then the
    time, without any penalty that would weigh one against the other. Persons may be fractions;
    they are counted in millionths, times in tenths of a second.

    Parameters
    ----------
    arcs
        Ways in time; which those are is the caller's rule (``Arcs.plus``, ``Arcs.within``).
    demand_persons
        Shape (n,): persons at each origin.
    capacity_persons
        Shape (m,): room at each site. NaN = unknown: such a site takes nobody, and nobody is told
        that it is full. inf = unlimited.

    Raises
    ------
    AnalysisError
        If a demand is negative or unknown, a capacity negative, a way leads to or from a place
        that is not there or costs nothing that can be counted, or if the answer does not close.
    """
    demand, capacity = np.asarray(demand_persons, dtype=float), np.asarray(capacity_persons, dtype=float)
    require_places(arcs, demand, capacity)
    units, wanting = _whole_units(demand)
    room = _room_units(arcs, capacity, units, wanting)
    flow_units = _solve(arcs, units, room)
    left_units = units - _sums(arcs.origin, flow_units, len(units))
    share = demand / np.maximum(units, 1)
    persons_per_unit = np.where(left_units == 0, share, 1 / _UNITS_PER_PERSON)
    flow = flow_units.astype(float) * persons_per_unit[arcs.origin]
    placed = np.bincount(arcs.origin, flow, minlength=len(demand))
    left = np.where(left_units == 0, 0.0, demand - placed)
    scarce = capacity * _UNITS_PER_PERSON < units.sum() + 1  # false where unknown or unlimited
    full = scarce & (_sums(arcs.site, flow_units, len(room)) == room)
    return _checked(Assignment(arcs, demand, capacity, flow, left, full))


def left_over_reasons(assignment: Assignment, *, has_way: Flags) -> LeftOver:
    """
    Return for each origin why its persons are left over; one reason per origin.

    Parameters
    ----------
    has_way
        Shape (n,): whether any way, however long, leads from the origin to a site.

    Raises
    ------
    AnalysisError
        If persons are left although a site in time has room: the assignment is then not the best.
    """
    arcs, persons = assignment.arcs, assignment.left_persons
    unknown = np.isnan(assignment.capacity_persons)
    in_time = _any_of(arcs, np.ones(len(unknown), dtype=bool), persons)
    dropped = np.isin(np.arange(len(persons)), arcs.dropped)
    reason = np.where(has_way, Left.LATE, Left.NO_ROUTE).astype(object)
    reason[in_time] = Left.FULL
    reason[in_time & dropped] = Left.NOT_LOOKED_AT
    reason[_any_of(arcs, unknown, persons)] = Left.CAPACITY_UNKNOWN
    reason[persons <= 0] = None
    overlooked = (persons > 0) & _any_of(arcs, ~unknown & ~assignment.full, persons)
    if overlooked.any():
        raise AnalysisError("assigning.overlooked", count=int(overlooked.sum()))
    return LeftOver(reason, persons)


def most_persons(tails: Ints, heads: Ints, room: Floats, *, source: int, sink: int) -> float:
    """
    Return the most persons that fit through a network, to a millionth (OR-Tools, push-relabel).

    Parameters
    ----------
    tails, heads, room
        Shape (A,): nodes of each arc, and the persons it lets through (finite).
    """
    solver = max_flow.SimpleMaxFlow()
    solver.add_arcs_with_capacity(tails, heads, np.rint(room * _UNITS_PER_PERSON).astype(np.int64))
    status = solver.solve(source, sink)
    if status != solver.OPTIMAL:
        raise AnalysisError("assigning.not_solved", status=status.name)
    return float(solver.optimal_flow()) / _UNITS_PER_PERSON


def require_places(arcs: Arcs, demand: Floats, capacity: Floats) -> None:
    """Raise AnalysisError where demand, capacity and ways cannot be used together."""
    n_bad = int((~(np.isfinite(demand) & (demand >= 0))).sum())
    if n_bad:
        raise AnalysisError("assigning.bad_demand", count=n_bad)
    if demand.sum() > _MOST_PERSONS:
        raise AnalysisError("assigning.too_many", persons=f"{demand.sum():.0f}", most=f"{_MOST_PERSONS:.0f}")
    n_bad = int((capacity < 0).sum())
    if n_bad:
        raise AnalysisError("assigning.bad_capacity", count=n_bad)
    there = (arcs.origin >= 0) & (arcs.origin < len(demand)) & (arcs.site >= 0) & (arcs.site < len(capacity))
    n_bad = int((~(there & np.isfinite(arcs.cost_s) & (arcs.cost_s >= 0))).sum())
    if n_bad:
        raise AnalysisError("assigning.bad_way", count=n_bad)


def _whole_units(demand: Floats) -> tuple[Ints, Floats]:
    """
    Return demand in whole units by largest remainder, and what each origin lacks of its true demand.

    The sum differs from the true one by no more than half a unit, except that whoever is there
    counts for at least one unit: a sliver of a person is placed or left over, never lost.
    """
    exact = demand * _UNITS_PER_PERSON
    units = np.floor(exact + _ALMOST).astype(np.int64)
    short = max(0, int(np.rint(exact.sum())) - int(units.sum()))
    units[np.argsort(units - exact, kind="stable")[:short]] += 1
    units[(units == 0) & (demand > 0)] = 1
    wanting = exact - units
    return units, np.where(wanting > _ALMOST, wanting, 0.0)


def _room_units(arcs: Arcs, capacity: Floats, units: Ints, wanting: Floats) -> Ints:
    """
    Return capacity in whole units, rounded down; 0 where it is unknown.

    What origins lack of their true demand is kept free, so that giving it back exceeds no capacity.
    """
    kept = np.bincount(arcs.site, wanting[arcs.origin], minlength=len(capacity))
    most = float(units.sum())
    room = np.floor(np.minimum(capacity * _UNITS_PER_PERSON - kept + _ALMOST, most))
    return np.asarray(np.maximum(np.nan_to_num(room), 0), dtype=np.int64)


def _solve(arcs: Arcs, units: Ints, room: Ints) -> Ints:
    """Return the units on each way: the most, then the cheapest."""
    n, m, everyone = len(units), len(room), int(units.sum())
    sink = n + m
    solver = min_cost_flow.SimpleMinCostFlow()
    solver.add_arcs_with_capacity_and_unit_cost(
        np.concatenate([arcs.origin, np.arange(n, sink)]),
        np.concatenate([arcs.site + n, np.full(m, sink)]),
        np.concatenate([units[arcs.origin], room]),
        np.concatenate([np.rint(arcs.cost_s * _UNITS_PER_S).astype(np.int64), np.zeros(m, dtype=np.int64)]),
    )
    supply = np.concatenate([units, np.zeros(m, dtype=np.int64), [-everyone]])
    solver.set_nodes_supplies(np.arange(sink + 1), supply)
    status = solver.solve_max_flow_with_min_cost()
    if status != solver.OPTIMAL:
        raise AnalysisError("assigning.not_solved", status=status.name)
    return np.asarray(solver.flows(np.arange(len(arcs))), dtype=np.int64)


def _sums(number: Ints, units: Ints, count: int) -> Ints:
    """Return the units of each numbered place, in whole numbers throughout."""
    sums = np.zeros(count, dtype=np.int64)
    np.add.at(sums, number, units)
    return sums


def _any_of(arcs: Arcs, sites: Flags, persons: Floats) -> Flags:
    """Tell for each origin whether a way leads to one of some sites."""
    found = np.zeros(len(persons), dtype=bool)
    found[arcs.origin[sites[arcs.site]]] = True
    return found


def _checked(assignment: Assignment) -> Assignment:
    """Return the assignment; raise AnalysisError if a site is over its capacity or a sum does not close."""
    over = assignment.load_persons > assignment.capacity_persons + _CLOSE
    if over.any():
        raise AnalysisError("assigning.over_capacity", site=int(over.argmax()))
    arcs, demand = assignment.arcs, assignment.demand_persons
    placed = np.bincount(arcs.origin, assignment.flow_persons, minlength=len(demand))
    gap = np.abs(placed + assignment.left_persons - demand)
    if (gap > _CLOSE).any() or (assignment.left_persons < 0).any():
        raise AnalysisError("assigning.not_closed", origin=int(gap.argmax()), gap=f"{gap.max():.6f}")
    return assignment
