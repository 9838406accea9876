"""Choice of stops, days and lodgings, beside a plain CP-SAT model of the same problem."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import permutations, product
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from benches import Row, timed
from knr_gis.network import Floats
from knr_gis.orienteering import Problem, Tour, Travel, solve, timetable

N_SPOTS, N_LODGINGS, N_DAYS, LIMIT_S, CORES = 40, 6, 3, 20.0, 2
WIDE_KM, DETOUR, SPEED_KMH = 110, 1.3, 50
OPENS, HOURS, STAYS = (480, 540, 600, 660), (180, 300, 420, 480), (20, 30, 45, 60, 90, 120)


def region(seed: int) -> Problem:
    """Return spots, lodgings and a start; whole minutes, six in ten with hours, 15 % out of season."""
    rng = np.random.default_rng(seed)
    n = N_SPOTS + N_LODGINGS + 1
    number = np.arange(n)
    spot, lodging = number < N_SPOTS, (number >= N_SPOTS) & (number < n - 1)
    hours, shut = spot & (rng.random(n) < 0.6), spot & (rng.random(n) < 0.15)
    opens = np.where(hours, rng.choice(OPENS, n), 0.0)
    closes = np.where(shut, np.nan, np.where(hours, opens + rng.choice(HOURS, n), 1440.0))
    travel = Travel(_minutes(rng, n)[None], np.array([0.0]), np.array([1440.0]))
    return Problem(
        score=np.where(spot, rng.integers(10, 101, n), 0).astype(float),
        stay_min=np.where(spot, rng.choice(STAYS, n), 0).astype(float),
        opens=np.tile(opens, (N_DAYS, 1)),
        closes=np.tile(closes, (N_DAYS, 1)),
        is_stop=spot,
        is_lodging=lodging,
        travel=(travel,) * N_DAYS,
        start=n - 1,
        end=n - 1,
        day_start_min=np.full(N_DAYS, 510.0),
        day_end_min=np.full(N_DAYS, 1110.0),
        drive_limit_min=360.0,
        nights=np.tile(lodging, (N_DAYS, 1)),
    )


def _minutes(rng: np.random.Generator, n: int) -> Floats:
    """Return whole minutes from place to place; no way round by a third place is shorter."""
    xy = rng.uniform(0, WIDE_KM, (n, 2))
    minutes = np.ceil(np.linalg.norm(xy[:, None] - xy, axis=2) * DETOUR / SPEED_KMH * 60)
    for k in range(n):
        minutes = np.minimum(minutes, minutes[:, [k]] + minutes[[k]])
    return np.asarray(minutes, dtype=float)


@dataclass(frozen=True)
class Found:
    """Score and bound of the plain model."""

    score: float
    bound: float


class Plain:
    """
    The problem as one would write it down: a circuit a day, a time for each spot.

    Parameters
    ----------
    problem
        With whole minutes and travel that is the same at every hour.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem, self.model = problem, cp_model.CpModel()
        self.spots = np.flatnonzero(problem.is_stop & ~np.isnan(problem.closes[0])).tolist()
        self.lodgings = np.flatnonzero(problem.is_lodging).tolist()
        self.minutes = problem.travel[0].minutes[0].astype(int)
        self.begin = {i: self.model.new_int_var(0, 1440, "") for i in self.spots}
        self.on = {(d, i): self.model.new_bool_var("") for d, i in product(range(N_DAYS), self.spots)}
        self.nights = {
            (d, h): self.model.new_bool_var("") for d, h in product(range(N_DAYS - 1), self.lodgings)
        }
        for night in range(N_DAYS - 1):
            self.model.add_exactly_one(self.nights[night, h] for h in self.lodgings)
        for i in self.spots:
            self.model.add_at_most_one(self.on[d, i] for d in range(N_DAYS))
        for day in range(N_DAYS):
            self._day(day)

    def _ends(self, night: int) -> dict[int, Any]:
        """Return where a night may be spent, and whether it is; before and after the trip: the start."""
        if night in (-1, N_DAYS - 1):
            return {self.problem.start: self.model.new_constant(1)}
        return {h: self.nights[night, h] for h in self.lodgings}

    def _day(self, day: int) -> None:
        """Add one day: node 0 is its night before and after, the others are spots."""
        model, number = self.model, {i: k + 1 for k, i in enumerate(self.spots)}
        arcs: list[Any] = [(k, k, self.on[day, i].negated()) for i, k in number.items()]
        ways: list[Any] = []
        for i, j in permutations(self.spots, 2):
            taken = model.new_bool_var("")
            arcs.append((number[i], number[j], taken))
            ways.append((int(self.minutes[i, j]), taken))
            later = int(self.problem.stay_min[i] + self.minutes[i, j])
            model.add(self.begin[j] >= self.begin[i] + later).only_enforce_if(taken)
        for i in self.spots:
            self._hours(day, i)
            arcs += [self._side(day, i, number[i], side=side, ways=ways) for side in (0, 1)]
        self._idle(day, arcs, ways)
        model.add_circuit(arcs)
        model.add(sum(minutes * taken for minutes, taken in ways) <= int(self.problem.drive_limit_min))

    def _hours(self, day: int, i: int) -> None:
        """Keep a spot's window on the day of its visit."""
        problem, on = self.problem, self.on[day, i]
        self.model.add(self.begin[i] >= int(problem.opens[day, i])).only_enforce_if(on)
        last = int(problem.closes[day, i] - problem.stay_min[i])
        self.model.add(self.begin[i] <= last).only_enforce_if(on)

    def _side(self, day: int, i: int, k: int, *, side: int, ways: list[Any]) -> tuple[int, int, Any]:
        """Add the ways from the night before (side 0) or to the night after (side 1), and their arc."""
        model, problem = self.model, self.problem
        taken = model.new_bool_var("")
        each = {h: model.new_bool_var("") for h in self._ends(day - 1 + side)}
        model.add(sum(each.values()) == taken)
        for h, spent in self._ends(day - 1 + side).items():
            minutes = int(self.minutes[h, i] if side == 0 else self.minutes[i, h])
            model.add_implication(each[h], spent)
            ways.append((minutes, each[h]))
            if side == 0:
                first = int(problem.day_start_min[day]) + minutes
                model.add(self.begin[i] >= first).only_enforce_if(each[h])
            else:
                last = int(problem.day_end_min[day] - problem.stay_min[i]) - minutes
                model.add(self.begin[i] <= last).only_enforce_if(each[h])
        return (0, k, taken) if side == 0 else (k, 0, taken)

    def _idle(self, day: int, arcs: list[Any], ways: list[Any]) -> None:
        """Add a day without a visit: the way from night to night."""
        idle = self.model.new_bool_var("")
        arcs.append((0, 0, idle))
        for (a, before), (b, after) in product(self._ends(day - 1).items(), self._ends(day).items()):
            both = self.model.new_bool_var("")
            self.model.add_bool_or(idle.negated(), before.negated(), after.negated(), both)
            ways.append((int(self.minutes[a, b]), both))

    def solve(self) -> Found:
        """Return what CP-SAT comes to within the limit."""
        score = self.problem.score.astype(int)
        self.model.maximize(sum(int(score[i]) * on for (_, i), on in self.on.items()))
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds, solver.parameters.num_workers = LIMIT_S, CORES
        status = solver.solve(self.model)
        found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
        return Found(solver.objective_value if found else 0.0, solver.best_objective_bound)


def _require_kept(problem: Problem, tour: Tour) -> None:
    """Walk through the tour: windows, hours and minutes on the way."""
    for day, nodes in enumerate(tour.days):
        stays = timetable(problem, day, nodes)
        np.testing.assert_array_less(
            [s.leave_min for s in stays[1:-1]], problem.closes[day, nodes[1:-1]] + 0.5
        )
        np.testing.assert_array_less(stays[-1].arrive_min, problem.day_end_min[day] + 0.5)
        np.testing.assert_array_less(sum(stay.way_min for stay in stays), problem.drive_limit_min + 0.5)


def _worked(work: Callable[[], Any], repeat: int) -> tuple[float, float, Any]:
    """Return the median time, the processor time of a run (the machine may be shared), and the answer."""
    begin = time.process_time()
    seconds, answer = timed(work, repeat)
    return seconds, (time.process_time() - begin) / repeat, answer


def _note(score: float, bound: float, more: str) -> str:
    return f"score {score:,.0f}, bound {bound:,.0f}, gap {100 * (1 - score / bound):.1f} %; {more}"


def bench_itinerary(repeat: int) -> list[Row]:
    """Three days, 40 spots, 6 lodgings, windows, at most 6 h a day on the way: stops, order and nights."""
    solve(region(0), rounds=8)  # compiled code is read before the clock runs
    rows = []
    for seed in (1, 2):
        problem = region(seed)
        ours_s, ours_cpu, ours = _worked(partial(solve, problem), repeat)
        _require_kept(problem, ours)
        theirs_s, theirs_cpu, theirs = _worked(Plain(problem).solve, 1)
        if ours.score < theirs.score or theirs.score > ours.bound + 1e-6 or ours.score > theirs.bound + 1e-6:
            raise AssertionError((seed, ours.score, ours.bound, theirs))
        visits = sum(len(day) - 2 for day in ours.days)
        rows += [
            Row(
                f"knr_gis: solve, region {seed}",
                ours_s,
                _note(ours.score, ours.bound, f"{visits} stops; processor {ours_cpu:.1f} s"),
            ),
            Row(
                f"plain CP-SAT model, {CORES} workers, {LIMIT_S:.0f} s, region {seed}",
                theirs_s,
                _note(theirs.score, theirs.bound, f"n=1; same problem; processor {theirs_cpu:.1f} s"),
            ),
        ]
    return rows
