"""The best trip that can be put together from known routes."""

import numpy as np
from ortools.sat.python import cp_model

from knr_gis.orienteering.columns import Route
from knr_gis.orienteering.pricing import Priced
from knr_gis.orienteering.seeking import Days
from knr_gis.orienteering.tables import Tables

_EFFORT = 4.0  # of CP-SAT's own clock, which is the same on every machine
_MOST_ROUTES = 4_000
_PARTS = 10_000  # scores are counted in such parts of one, as whole numbers


def combined(tables: Tables, priced: Priced, score: float) -> list[Days]:
    """
    Return a trip better than ``score`` if the routes hold one that CP-SAT finds, else nothing.

    Routes whose slack is more than the gap are in no better trip and are left out; so are those that
    visit a stop twice, or cannot be done as they are (minutes on the way were counted at their fewest).
    """
    order = np.argsort(priced.slack, kind="stable")[:_MOST_ROUTES]
    within = [priced.routes[k] for k in order if priced.slack[k] <= priced.bound - score + 1e-6]
    routes = [route for route in within if _can_be_done(tables, route)]
    model = cp_model.CpModel()
    taken = [model.new_bool_var("") for _ in routes]
    for stop in tables.stops:
        model.add_at_most_one(taken[k] for k, route in enumerate(routes) if stop in route.stops)
    for day in range(len(tables.start_min)):
        model.add_exactly_one(taken[k] for k, route in enumerate(routes) if route.day == day)
        for node in tables.begins(day) if day else ():
            ends = sum(taken[k] for k, r in enumerate(routes) if r.day == day - 1 and r.end == node)
            model.add(ends == sum(taken[k] for k, r in enumerate(routes) if r.day == day and r.begin == node))
    model.maximize(sum(_worth(tables, route) * taken[k] for k, route in enumerate(routes)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = _EFFORT
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return []
    chosen = sorted(route for k, route in enumerate(routes) if solver.boolean_value(taken[k]))
    return [tuple((route.begin, *route.stops, route.end) for route in chosen)]


def _worth(tables: Tables, route: Route) -> int:
    """Return the score of a route in whole parts; a stop that has to be visited outweighs all others."""
    stops = list(route.stops)
    bonus = float(tables.score.sum()) + 1.0
    return round(float(tables.score[stops].sum() + bonus * tables.wanted[stops].sum()) * _PARTS)


def _can_be_done(tables: Tables, route: Route) -> bool:
    from knr_gis.orienteering.moves import run  # noqa: PLC0415  numba takes a second to import

    if len(set(route.stops)) < len(route.stops):
        return False
    row = np.array([route.end, len(route.stops), *route.stops], dtype=np.int64)
    return bool(np.isfinite(run(tables, route.day, route.begin, row)[0]))
