"""The programme over routes: one route a day, joined at the lodgings, each stop at most once."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from ortools.linear_solver import pywraplp

from knr_gis.orienteering.problem import Floats
from knr_gis.orienteering.seeking import Days
from knr_gis.orienteering.tables import Flags, Tables


class Route(NamedTuple):
    """One day: number from 0, where it begins, the stops in order, where it ends."""

    day: int
    begin: int
    stops: tuple[int, ...]
    end: int

    @property
    def key(self) -> tuple[int, int, tuple[int, ...], int]:
        """What the programme can tell apart: not the order."""
        return self.day, self.begin, tuple(sorted(self.stops)), self.end


class Prices(NamedTuple):
    """
    Multipliers of the programme's rows.

    Parameters
    ----------
    visit
        Shape (N,): of visiting a stop at most once; >= 0 but for stops that have to be visited.
    night
        Shape (D + 1, N): of beginning a day where the last one ended; the last row is 0.
    """

    visit: Floats
    night: Floats

    def toward(self, other: "Prices", share: float) -> "Prices":
        """Return prices some share of the way to others."""
        visit, night = ((1 - share) * a + share * b for a, b in zip(self, other, strict=True))
        return Prices(visit, night)


@dataclass(eq=False)
class Master:
    """
    The linear programme over the routes known so far.

    Parameters
    ----------
    fixed
        Shape (N,): stops that are visited exactly once, the others at most.
    """

    tables: Tables
    fixed: Flags
    routes: list[Route] = field(default_factory=list)
    known: set[Any] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Make the rows."""
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.solver.Objective().SetMaximization()
        self.once = {
            int(stop): self.solver.Constraint(1.0 if self.fixed[stop] else 0.0, 1.0)
            for stop in self.tables.stops
        }
        self.nights = {
            (day, node): self.solver.Constraint(float(day == 0), float(day == 0))
            for day in range(len(self.tables.start_min))
            for node in self.tables.begins(day)
        }

    def add(self, route: Route) -> bool:
        """Add a route; whether it is new."""
        if route.key in self.known:
            return False
        self.known.add(route.key)
        self.routes.append(route)
        column = self.solver.NumVar(0.0, self.solver.infinity(), "")
        self.solver.Objective().SetCoefficient(column, float(self.tables.score[list(route.stops)].sum()))
        for stop in set(route.stops):
            self.once[stop].SetCoefficient(column, float(route.stops.count(stop)))
        self.nights[route.day, route.begin].SetCoefficient(column, 1.0)
        if (route.day + 1, route.end) in self.nights:
            self.nights[route.day + 1, route.end].SetCoefficient(column, -1.0)
        return True

    def solve(self) -> tuple[float, Prices]:
        """Return the optimum and its prices; the routes of one trip have to be in."""
        self.solver.Solve()
        visit = np.zeros(len(self.tables.score))
        night = np.zeros((len(self.tables.start_min) + 1, len(visit)))
        for stop, row in self.once.items():
            visit[stop] = row.dual_value() if self.fixed[stop] else max(row.dual_value(), 0.0)
        for (day, node), row in self.nights.items():
            night[day, node] = row.dual_value()
        return float(self.solver.Objective().Value()), Prices(visit, night)

    def worth(self, route: Route, prices: Prices) -> float:
        """Return what a route would add to the programme at these prices."""
        stops = list(route.stops)
        return float(
            (self.tables.score[stops] - prices.visit[stops]).sum()
            - prices.night[route.day, route.begin]
            + prices.night[route.day + 1, route.end]
        )


def routes_of(trip: Days) -> list[Route]:
    """Return the routes of a trip."""
    return [Route(day, nodes[0], tuple(nodes[1:-1]), nodes[-1]) for day, nodes in enumerate(trip)]
