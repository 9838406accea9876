"""Orienteering: pencil cases, the optimum of small problems, tours that can be done, bounds that hold."""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orienteering_cases import DAY, always, faults, leg, on_a_line, optimum, plane, problems, reached, trips

from knr_gis.orienteering import Problem, Tour, Travel, bounding, pricing, solve, solving
from knr_gis.orienteering.bounding import filling_bound
from knr_gis.orienteering.moves import _leg as leg_of_moves
from knr_gis.orienteering.routes import _leg as leg_of_routes
from knr_gis.orienteering.tables import tables_of


def searched(problem: Problem, **effort: Any) -> Tour:
    """The tour by search, however few the stops are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(solving, "MOST_STOPS", -1)
        return solve(problem, **{"rounds": 80, **effort})


# --- by pencil -----------------------------------------------------------------------------------


@pytest.mark.parametrize("solver", [solve, searched])
def test_the_order_along_a_road(solver: Any) -> None:
    """Stops at 30, 10, 20 from the start at 0, back home: gone out and back, 60 minutes on the way."""
    tour = solver(on_a_line([30, 10, 20, 0, 0], stops=3, lodgings=1, days=1))
    assert sorted(tour.days[0][1:-1]) == [0, 1, 2]
    assert (tour.score, tour.bound, tour.gap) == (3, 3, 0)
    assert tour.told["state"] == "optimal"
    assert reached(on_a_line([30, 10, 20, 0, 0], stops=3, lodgings=1, days=1), tour)[2] == -60


@pytest.mark.parametrize("solver", [solve, searched])
def test_it_sleeps_where_the_next_day_begins(solver: Any) -> None:
    """A stop 290 minutes out and one 500 out: both need the night at the far lodging, not the near one."""
    problem = on_a_line([290, 500, 10, 300, 0], stops=2, lodgings=2, days=2, end=-1, drive_limit_min=420.0)
    tour = solver(problem)
    assert [day[-1] for day in tour.days] == [3, 3]
    assert [day[1:-1] for day in tour.days] == [(0,), (1,)]
    full = replace(problem, nights=np.array([[0, 0, 1, 0, 0], [0, 0, 1, 1, 0]], dtype=bool))
    assert solver(full).score == 1


@pytest.mark.parametrize("solver", [solve, searched])
def test_it_waits_for_a_stop_to_open(solver: Any) -> None:
    """Stop 0 opens at 12:00, stop 1 closes at 9:00: 1 first, then 0; with a day ending at 12:30 only 1."""
    opens, closes = np.zeros((1, 4)), np.full((1, 4), 1440.0)
    opens[0, 0], closes[0, 1] = 720, 540
    problem = on_a_line([10, 20, 0, 0], stops=2, lodgings=1, days=1, opens=opens, closes=closes)
    assert solver(problem).days == ((3, 1, 0, 3),)
    assert solver(replace(problem, day_end_min=np.array([750.0]))).days == ((3, 1, 3),)


@pytest.mark.parametrize("solver", [solve, searched])
def test_a_road_closed_at_night(solver: Any) -> None:
    """The road to the stop opens at 9:00 and closes at 17:00; the way round takes four hours."""
    short, long = (
        np.array([[0, 50, 50], [50, 0, 0], [50, 0, 0]]),
        np.array([[0, 240, 240], [240, 0, 0], [240, 0, 0]]),
    )
    travel = Travel(np.array([long, short], dtype=float), np.array([0.0, 540]), np.array([1440.0, 1020]))
    problem = on_a_line([0, 0, 0], stops=1, lodgings=1, days=1, travel=(travel,))
    assert solver(replace(problem, drive_limit_min=100.0)).score == 1  # waits from 8:00 to 9:00
    late = replace(problem, opens=np.array([[960.0, 0, 0]]), day_end_min=np.array([1300.0]))
    assert solver(late).score == 1  # leaves at 16:30 and would be back at 17:20: the way round, 290 minutes
    assert solver(replace(late, drive_limit_min=289.0)).score == 0
    assert solver(replace(late, drive_limit_min=290.0)).score == 1


@pytest.mark.parametrize("solver", [solve, searched])
def test_a_train_leaves_twice(solver: Any) -> None:
    """No road: the train out at 8:30, back at 12:00 or 19:00; a visit until 13:00 misses the first."""
    no = np.full((3, 3), np.inf)
    no[1, 2] = no[2, 1] = 0
    rides = {(2, 0): np.array([[510.0, 540]]), (0, 2): np.array([[720.0, 750], [1140, 1170]])}
    travel = Travel(no[None], np.array([0.0]), np.array([1440.0]), rides)
    problem = on_a_line([0, 0, 0], stops=1, lodgings=1, days=1, travel=(travel,))
    assert solver(problem).score == 1
    long = replace(problem, stay_min=np.array([240.0, 0, 0]))
    assert solver(long).score == 0
    assert solver(replace(long, day_end_min=np.array([1200.0]))).score == 1


@pytest.mark.parametrize("solver", [solve, searched])
def test_what_has_to_be_comes_first(solver: Any) -> None:
    """A stop 280 minutes off takes the day: asked for, it stands before three near ones."""
    problem = on_a_line([280, 5, 5, 5, 0, 0], stops=4, lodgings=1, days=1, stay_min=np.full(6, 30.0))
    assert solver(problem).score == 3
    tour = solver(replace(problem, must=(0,)))
    assert 0 in tour.days[0]
    assert (tour.score, tour.bound, tour.missing) == (1, 1, ())


@pytest.mark.parametrize("solver", [solve, searched])
def test_what_cannot_be_met_is_told(solver: Any) -> None:
    """Locked to the day on which it is shut; the rest of the trip is planned."""
    opens = np.zeros((2, 4))
    opens[1, 0] = np.nan
    problem = on_a_line([10, 20, 0, 0], stops=2, lodgings=1, days=2, opens=opens, locked={0: 1, 1: 1})
    tour = solver(problem)
    assert tour.missing == (0,)
    assert tour.days[1][1:-1] == (1,)
    assert solver(replace(problem, locked={0: 0, 1: 1})).days == ((3, 0, 2), (2, 1, 3))


@pytest.mark.parametrize("solver", [solve, searched])
def test_days_that_cannot_be_joined_are_a_state(solver: Any) -> None:
    problem = on_a_line([10, 700, 0], stops=1, lodgings=1, days=2, must=(0,))
    tour = solver(problem)
    assert (tour.days, tour.score, tour.missing) == ((), 0, (0,))
    assert (tour.told["state"], tour.told["broken_day"]) == ("no_chain", 0)
    late = replace(problem, end=1, drive_limit_min=900.0, day_end_min=np.array([1300.0, 400.0]))
    assert solver(late).told["broken_day"] == 1


def test_no_stop_at_all() -> None:
    tour = solve(on_a_line([0, 0], stops=0, lodgings=1, days=2))
    assert tour.days == ((1, 0), (0, 1))
    assert (tour.score, tour.gap, tour.told["state"]) == (0, 0, "optimal")


# --- laws ----------------------------------------------------------------------------------------


@settings(max_examples=150)
@given(problems())
def test_equal_to_walking_through_every_trip(problem: Problem) -> None:
    tour, best = solve(problem), optimum(problem)
    if best is None:
        assert tour.told["state"] == "no_chain"
        assert tour.days == ()
        return
    assert faults(problem, tour.days) == []
    assert reached(problem, tour) == best
    assert tour.bound == pytest.approx(tour.score)
    wanted = {*problem.must, *problem.locked}
    assert set(tour.missing) == wanted - {n for day in tour.days for n in day[1:-1]}


@settings(max_examples=80)
@given(problems())
def test_the_search_keeps_every_limit_and_its_bounds_hold(problem: Problem) -> None:
    tour, best = searched(problem, rounds=16), optimum(problem)
    if tour.days:
        assert best is not None
        assert faults(problem, tour.days) == []
        assert reached(problem, tour) <= best
    if best is not None:
        assert tour.bound >= best[1] - 1e-6
        assert (
            filling_bound(tables_of(problem))
            >= max(score_of(problem, seen) for seen, _ in trips(problem)) - 1e-6
        )


def score_of(problem: Problem, seen: frozenset[int]) -> float:
    return sum(float(problem.score[node]) for node in seen)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(9, 11))
def test_the_bound_by_routes_holds_and_the_search_comes_near(seed: int, stops: int) -> None:
    """Where the triangle holds and limits bind, beside the optimum of every route."""
    problem = plane(stops, 2, 2, seed=seed, drive_limit_min=260.0, day_end_min=np.full(2, 900.0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(solving, "MOST_STOPS", 11)
        best = solve(problem)
    tour = searched(problem, rounds=1600)
    assert (tour.told["state"] == "no_chain") == (best.told["state"] == "no_chain")
    assert tour.told["bound_routes" if tour.days else "bound_scores"] >= best.score - 1e-6
    assert tour.bound >= best.score >= tour.score >= 0.9 * best.score


@settings(max_examples=60)
@given(problems(), st.floats(0, 200), st.floats(0, 200))
def test_more_hours_never_lower_the_optimum(problem: Problem, later: float, longer: float) -> None:
    more = replace(
        problem,
        day_end_min=problem.day_end_min + later,
        closes=problem.closes + later,
        drive_limit_min=problem.drive_limit_min + longer,
    )
    before, after = solve(problem), solve(more)
    if before.days:
        assert reached(more, after)[:2] >= reached(problem, before)[:2]


@given(problems(most_stops=3), st.integers(0, 1), st.floats(350, 1200))
def test_every_leg_is_the_same(problem: Problem, day: int, at: float) -> None:
    day = min(day, problem.days - 1)
    tables, size = tables_of(problem), len(problem.score)
    for start, end in np.ndindex(size, size):
        expected = leg(problem.travel[day], start, end, at)
        assert problem.travel[day].leg(start, end, at) == expected
        assert leg_of_moves(tables, day, start, end, at) == expected
        assert leg_of_routes(tables, day, start, end, at) == expected
        assert problem.travel[day].arrival(start, end, at + 1) >= expected[0]


# --- larger --------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_tour() -> None:
    problem = plane(18, 3, 3, seed=4, must=(2,))
    first, again = (solve(problem, rounds=240, seed=5) for _ in range(2))
    assert (first.days, first.bound, first.told) == (again.days, again.bound, again.told)
    assert first.told["in_time"]
    assert faults(problem, first.days) == []


def test_a_problem_of_the_size_of_the_region_has_a_small_gap() -> None:
    problem = plane(40, 6, 3, seed=4)
    tour = solve(problem, rounds=800)
    assert faults(problem, tour.days) == []
    assert tour.told["bound_by"] == "routes"
    assert tour.score <= tour.bound
    assert tour.gap < 0.05


@pytest.mark.parametrize("seed", range(4))
def test_no_stop_is_left_that_could_simply_be_put_in(seed: int) -> None:
    """What ``why_not`` calls ``hours`` means."""
    problem = plane(20, 3, 2, seed=seed, drive_limit_min=300.0)
    tour = solve(problem, rounds=16)
    left = set(tables_of(problem).stops.tolist()) - {n for day in tour.days for n in day[1:-1]}
    for day, nodes in enumerate(tour.days):
        for stop, place in product(left, range(1, len(nodes))):
            more = (*nodes[:place], stop, *nodes[place:])
            assert faults(problem, (*tour.days[:day], more, *tour.days[day + 1 :])) != []


def test_without_time_the_tour_can_be_done_and_the_bound_holds() -> None:
    problem = plane(30, 3, 2, seed=8)
    hurried, whole = solve(problem, seconds=0.0), solve(problem, rounds=400)
    assert not hurried.told["in_time"]
    assert faults(problem, hurried.days) == []
    assert hurried.bound >= whole.score


def test_too_many_labels_leave_the_other_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pricing, "_MOST_LABELS", 5)
    tour = solve(plane(20, 2, 2, seed=3), rounds=80)
    assert tour.told["bound_by"] == "filling"
    assert tour.score < tour.bound < np.inf


def test_whole_scores_round_the_bound_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounding, "filling_bound", lambda _: 7.9)
    monkeypatch.setattr(pricing, "_MOST_LABELS", 5)
    problem = plane(12, 2, 1, seed=3)
    assert searched(replace(problem, score=np.minimum(problem.score, 1.0)), rounds=8).bound == 7
    parts = replace(problem, score=np.minimum(problem.score, 1.0) * 0.5)
    assert searched(parts, rounds=8).bound == pytest.approx(min(7.9, parts.score.sum()), abs=2.5)


def test_travel_waits_and_stays() -> None:
    travel = replace(always([[9, 5], [5, 9]]), from_min=np.array([600.0]))
    assert travel.leg(0, 1, DAY[0]) == (605, 5)
    assert travel.leg(0, 0, DAY[0]) == (DAY[0], 0)
    assert travel.leg(0, 1, 1436.0) == (np.inf, np.inf)


def test_the_bound_holds_where_the_way_home_is_shorter_over_another_stop() -> None:
    """From stop 0 home takes 110 minutes, over stop 1 only 25: both stops fit in 80 minutes on the way."""
    minutes = np.array([[[0.0, 5.0, 110.0], [60.0, 0.0, 20.0], [30.0, 20.0, 0.0]]])
    flat = on_a_line([10, 20, 0], stops=2, lodgings=1, days=1, drive_limit_min=80.0)
    problem = replace(flat, travel=(replace(flat.travel[0], minutes=minutes),))
    assert solve(problem).score == 2
    tour = searched(problem)
    assert tour.told["bound_routes"] >= 2
    assert tour.bound >= 2
