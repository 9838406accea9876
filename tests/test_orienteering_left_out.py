"""Why stops are left out, when a tour is where, and trips put together from routes."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from orienteering_cases import faults, on_a_line, plane, problems

from knr_gis.orienteering import LeftOut, Problem, Travel, solve, timetable, why_not
from knr_gis.orienteering.columns import Route
from knr_gis.orienteering.combining import combined
from knr_gis.orienteering.pricing import Priced
from knr_gis.orienteering.tables import tables_of


def reasons(problem: Problem) -> dict[int, str]:
    return {node: str(reason) for node, reason in why_not(problem, solve(problem)).items()}


def windows(days: int, places: int, **of: tuple[float, float]) -> dict[str, Any]:
    """Windows by node, named n0, n1 ..; the others are always open."""
    opens, closes = np.zeros((days, places)), np.full((days, places), 1440.0)
    for name, (begin, end) in of.items():
        opens[:, int(name[1:])], closes[:, int(name[1:])] = begin, end
    return {"opens": opens, "closes": closes}


def test_each_reason_by_pencil() -> None:
    """One day 8:00-18:00 from 0 and back, a stop an hour, at most 400 minutes on the way."""
    problem = on_a_line(
        [10, 10, 280, 250, 20, 20, 30, 0, 0],
        stops=7,
        lodgings=1,
        days=1,
        stay_min=np.array([500.0, 60, 60, 60, 60, 60, 60, 0, 0]),
        score=np.array([9.0, 1, 1, 1, 1, 1, 1, 0, 0]),
        drive_limit_min=400.0,
        locked={6: 3},
        **windows(1, 9, n1=(np.nan, np.nan), n4=(400, 490), n5=(1030, 1439)),
    )
    assert reasons(problem) == {
        1: "shut",
        2: "too_far",  # 280 + 60 + 280 minutes of the day's 600
        3: "drive_limit",  # 250 + 60 + 250 fit, 500 on the way do not
        4: "window",  # over at 8:10 at the latest, open from 6:40, reached at 8:20
        5: "window",  # opens at 17:10: an hour there and 20 minutes back are too late
        6: "no_stop",  # locked to a day that there is not
    }


def test_hours_and_worth() -> None:
    """The day holds one of two stops of five hours; a third is worth nothing."""
    problem = on_a_line(
        [5, 5, 5, 0, 0], stops=3, lodgings=1, days=1, stay_min=np.array([300.0, 300, 10, 0, 0])
    )
    assert reasons(replace(problem, score=np.array([1.0, 2, 0, 0, 0]))) == {0: "hours", 2: "no_score"}


def test_no_way_at_any_hour_is_not_too_late_a_train() -> None:
    no = np.full((4, 4), np.inf)
    no[2, 3] = no[3, 2] = 0
    rides = {
        (3, 0): np.array([[500.0, 520]]),
        (0, 3): np.array([[510.0, 530]]),
        (3, 1): np.array([[500.0, 520]]),
    }
    travel = Travel(no[None], np.array([0.0]), np.array([1440.0]), rides)
    problem = on_a_line([0, 0, 0, 0], stops=2, lodgings=1, days=1, travel=(travel,))
    assert reasons(problem) == {0: "too_far", 1: "unreachable"}


def test_days_that_cannot_be_joined() -> None:
    problem = on_a_line(
        [10, 10, 900, 0], stops=2, lodgings=1, days=2, must=(0,), **windows(2, 4, n1=(np.nan, np.nan))
    )
    assert reasons(problem) == {0: "no_chain", 1: "shut"}


def test_what_only_another_lodging_would_reach() -> None:
    """Stop 0 lies 320 out: near to the lodging at 280, unless that is full in the first night."""
    problem = on_a_line([320, 280, 5, 0], stops=1, lodgings=2, days=2)
    assert reasons(problem) == {}
    full = np.array([[0, 0, 1, 0], [0, 1, 1, 0]], dtype=bool)
    assert reasons(replace(problem, nights=full)) == {0: "too_far"}


@settings(max_examples=60)
@given(problems(most_stops=3))
def test_a_stop_that_is_told_not_to_fit_alone_is_in_no_tour(problem: Problem) -> None:
    """Asked for above all others it is still missing; one of ``hours`` can be met then."""
    tour = solve(problem)
    told = why_not(problem, tour)
    visited = {node for day in tour.days for node in day[1:-1]}
    assert told.keys() | visited >= {*np.flatnonzero(problem.is_stop).tolist(), *problem.must}
    assert not told.keys() & visited
    for node, reason in told.items():
        asked = replace(problem, must=(node,), locked={k: d for k, d in problem.locked.items() if k == node})
        met = node not in solve(asked).missing
        if reason in (LeftOut.HOURS, LeftOut.NO_SCORE):
            assert met
        elif reason in (LeftOut.SHUT, LeftOut.NO_STOP):
            assert not met


def test_the_timetable_waits() -> None:
    """Ten minutes out, a wait until 12:00, half an hour there."""
    problem = on_a_line([10, 0, 0], stops=1, lodgings=1, days=1, **windows(1, 3, n0=(720, 1439)))
    stays = timetable(problem, 0, (2, 0, 1))
    assert [stay[:4] for stay in stays] == [(2, 480, 480, 480), (0, 490, 720, 750), (1, 760, 760, 760)]
    assert [stay.way_min for stay in stays] == [0, 10, 10]


# --- trips from routes -----------------------------------------------------------------------------


def test_routes_are_put_together_so_that_nothing_is_visited_twice() -> None:
    """Day 0 may take stop 0 or 1, day 1 stop 0 only: 1 and 0 together score 3, whatever was known."""
    problem = on_a_line([10, 20, 0, 0], stops=2, lodgings=1, days=2, score=np.array([1.0, 2, 0, 0]))
    routes = [
        Route(0, 3, (0,), 2),
        Route(0, 3, (1,), 2),
        Route(1, 2, (0,), 3),
        Route(1, 2, (), 3),
        Route(0, 3, (1, 1), 2),
    ]
    priced = Priced(3.0, routes, np.zeros(5), in_time=True)
    best = combined(tables_of(problem), priced, ((3, 0, 2), (2, 3)))
    assert best == [((3, 1, 2), (2, 0, 3))]
    assert combined(tables_of(problem), priced, best[0]) == []
    slack = replace(priced, slack=np.array([0.0, 2.5, 0, 0, 0]))  # more than the gap: in no better trip
    assert combined(tables_of(problem), slack, ((3, 0, 2), (2, 3))) == []


def test_a_route_that_cannot_be_done_and_a_lodging_apart_are_not_used() -> None:
    problem = on_a_line([10, 20, 0, 100, 0], stops=2, lodgings=2, days=2, score=np.array([1.0, 2, 0, 0, 0]))
    trip = ((4, 2), (2, 4))
    apart = Priced(3.0, [Route(0, 4, (1,), 3), Route(1, 2, (0,), 4)], np.zeros(2), in_time=True)
    assert combined(tables_of(problem), apart, trip) == []
    shut = replace(problem, closes=np.full((2, 5), 495.0), opens=np.zeros((2, 5)))
    joined = replace(apart, routes=[Route(0, 4, (1,), 2), Route(1, 2, (0,), 4)])
    assert combined(tables_of(problem), joined, trip) == [((4, 1, 2), (2, 0, 4))]
    assert combined(tables_of(shut), joined, trip) == []


@pytest.mark.parametrize("must", [(), (0, 3)])
def test_more_than_64_nodes(must: tuple[int, ...]) -> None:
    problem = plane(66, 3, 2, seed=11, must=must, day_end_min=np.full(2, 900.0))
    tour = solve(problem, rounds=80)
    assert faults(problem, tour.days) == []
    assert tour.score <= tour.bound
