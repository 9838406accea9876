"""Assignment: pencil cases, the same optimum as networkx and an LP, capacities kept, sums closed, reasons."""

import itertools
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from knr_gis.assigning import Assignment, Left, assign, left_over_reasons
from knr_gis.errors import AnalysisError
from knr_gis.reaching import Arcs

INF, UNKNOWN = np.inf, np.nan


def ways(*rows: tuple[int, int, float]) -> Arcs:
    table = np.array(rows, dtype=float).reshape(-1, 3)
    return Arcs(table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2])


def assigned(arcs: Arcs, demand: Any, capacity: Any) -> Assignment:
    return assign(
        arcs,
        demand_persons=np.array(demand, dtype=float),
        capacity_persons=np.array(capacity, dtype=float),
    )


def reasons(found: Assignment, has_way: Any) -> list[Any]:
    return left_over_reasons(found, has_way=np.array(has_way, dtype=bool)).reason.tolist()


# --- by pencil -----------------------------------------------------------------------------------


def test_two_sites_by_pencil() -> None:
    """Everybody is nearer to site 0, which has room for 10; going to 1 costs origin 0 less extra time."""
    found = assigned(ways((0, 0, 60), (0, 1, 100), (1, 0, 50), (1, 1, 300)), [10, 8], [10, 20])
    np.testing.assert_allclose(found.flow_persons, [2, 8, 8, 0])
    np.testing.assert_allclose(found.load_persons, [10, 8])
    assert found.left_persons.tolist() == [0, 0]
    assert found.total_person_s == pytest.approx(2 * 60 + 8 * 100 + 8 * 50)
    assert found.full.tolist() == [True, False]


def test_a_place_for_one_more_person_beats_any_time() -> None:
    """Origin 1 only knows site 0: origin 0 walks an hour more to make room for it."""
    found = assigned(ways((0, 0, 1), (0, 1, 3600), (1, 0, 1)), [1, 1], [1, 1])
    np.testing.assert_allclose(found.flow_persons, [0, 1, 1])
    assert found.left_persons.tolist() == [0, 0]


def test_a_chain_of_moves_beats_any_time() -> None:
    """Each origin has a near site, taken by its neighbour; placing the last one moves everybody up."""
    n = 12
    rows = [(i, i, 1.0) for i in range(n)] + [(i, i + 1, 9_000.0) for i in range(n)]
    found = assigned(ways(*rows, (n, 0, 1.0)), np.ones(n + 1), np.ones(n + 1))
    assert found.left_persons.tolist() == [0.0] * (n + 1)
    assert found.total_person_s == pytest.approx(n * 9_000 + 1)


def test_unlimited_unknown_and_no_room_are_three_things() -> None:
    arcs = ways((0, 0, 5), (1, 1, 5), (2, 2, 5))
    found = assigned(arcs, [7, 7, 7], [INF, UNKNOWN, 0])
    assert found.left_persons.tolist() == [0, 7, 7]
    np.testing.assert_array_equal(found.load_persons, [7, np.nan, 0])
    assert found.full.tolist() == [False, False, True]
    assert reasons(found, [True] * 3) == [None, Left.CAPACITY_UNKNOWN, Left.FULL]


def test_every_reason_by_pencil() -> None:
    """Site 0 holds 4 and is full; site 1 does not say; origin 3 is late; origin 4 has no way at all."""
    arcs = ways((0, 0, 10), (1, 0, 20), (1, 1, 20), (2, 0, 30), (3, 0, 900), (5, 0, 20), (5, 2, 20))
    found = assigned(arcs.within(600.0).nearest(2), [4, 2, 3, 5, 6, 0], [4, UNKNOWN, 0])
    left = left_over_reasons(found, has_way=np.array([1, 1, 1, 1, 0, 1], dtype=bool))
    assert left.reason.tolist() == [
        None, Left.CAPACITY_UNKNOWN, Left.FULL, Left.LATE, Left.NO_ROUTE, None,
    ]  # fmt: skip
    assert left.because(Left.FULL).tolist() == [0, 0, 3, 0, 0, 0]
    assert left.because(Left.LATE).sum() == 5


def test_sites_left_out_of_the_list_are_not_called_full() -> None:
    arcs = ways((0, 0, 10), (0, 1, 20), (1, 0, 10)).nearest(1)
    found = assigned(arcs, [5, 5], [3, 100])
    assert found.left_persons.sum() == pytest.approx(7)
    why = left_over_reasons(found, has_way=np.ones(2, dtype=bool))
    assert why.reason[0] in (None, Left.NOT_LOOKED_AT)
    assert why.reason[1] in (None, Left.FULL)
    assert why.persons[0] > 0 or why.persons[1] > 0


def test_nobody_nowhere() -> None:
    empty = assigned(ways(), [], [])
    assert (empty.total_person_s, len(empty.left_persons), len(empty.load_persons)) == (0, 0, 0)
    no_sites = assigned(ways(), [3, 0], [])
    assert no_sites.left_persons.tolist() == [3, 0]
    assert reasons(no_sites, [False, False]) == [Left.NO_ROUTE, None]


def test_slivers_of_persons_are_placed_or_left_but_not_lost() -> None:
    """Areal shares leave billionths of a person; a site as large as its demand takes all of them."""
    demand = [1 / 3, 1 / 3, 1 / 3, 1e-9, 1e-7, 0]
    found = assigned(ways(*((i, 0, 5.0) for i in range(6))), demand, [2])
    assert found.left_persons.tolist() == [0] * 6
    assert found.load_persons[0] == pytest.approx(sum(demand), abs=1e-12)
    none = assigned(ways(), demand, [2])
    assert none.left_persons.tolist() == demand


def test_times_shorter_than_a_second_decide_too() -> None:
    found = assigned(ways((0, 0, 10.4), (0, 1, 10.2)), [1], [5, 5])
    np.testing.assert_allclose(found.flow_persons, [0, 1])


# --- what cannot be used -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arcs", "demand", "capacity", "key"),
    [
        (ways(), [np.nan], [1], "assigning.bad_demand"),
        (ways(), [-1], [1], "assigning.bad_demand"),
        (ways(), [INF], [1], "assigning.bad_demand"),
        (ways(), [1], [-1], "assigning.bad_capacity"),
        (ways((0, 3, 1)), [1], [1], "assigning.bad_way"),
        (ways((0, 0, -1)), [1], [1], "assigning.bad_way"),
        (ways((0, 0, np.nan)), [1], [1], "assigning.bad_way"),
        (ways((0, 0, 1)), [1e13], [1], "assigning.too_many"),
        (ways((0, 0, 5e17)), [1], [1], "assigning.not_solved"),
    ],
)
def test_what_cannot_be_assigned_is_one_clear_line(arcs: Arcs, demand: Any, capacity: Any, key: str) -> None:
    with pytest.raises(AnalysisError) as error:
        assigned(arcs, demand, capacity)
    assert error.value.key == key
    assert "\n" not in str(error.value)


def test_an_assignment_that_is_not_the_best_is_found_out() -> None:
    arcs = ways((0, 0, 1))
    idle = Assignment(arcs, np.ones(1), np.ones(1), np.zeros(1), np.ones(1), np.zeros(1, dtype=bool))
    with pytest.raises(AnalysisError) as error:
        left_over_reasons(idle, has_way=np.ones(1, dtype=bool))
    assert error.value.key == "assigning.overlooked"


# --- laws ----------------------------------------------------------------------------------------

whole_persons = st.integers(0, 12)
any_persons = st.one_of(
    whole_persons.map(float), st.floats(0, 50, allow_subnormal=False), st.just(1 / 3), st.just(1e-8)
)
room = st.one_of(st.integers(0, 20).map(float), st.just(UNKNOWN), st.just(INF), st.floats(0, 30))


@st.composite
def towns(draw: Any, persons: Any = any_persons, capacities: Any = room) -> tuple[Arcs, Any, Any]:
    n, m = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    pairs = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, m - 1)), unique=True))
    rows = [(*pair, float(draw(st.integers(0, 100)))) for pair in pairs]
    demand = draw(st.lists(persons, min_size=n, max_size=n))
    return ways(*rows), np.array(demand), np.array(draw(st.lists(capacities, min_size=m, max_size=m)))


@given(towns(), st.data())
@settings(max_examples=200, deadline=None)
def test_sums_close_and_no_site_is_over_capacity(town: Any, data: Any) -> None:
    arcs, demand, capacity = town
    found = assigned(arcs, demand, capacity)
    has_way = np.array(data.draw(st.lists(st.booleans(), min_size=len(demand), max_size=len(demand))))
    left = left_over_reasons(found, has_way=has_way)
    by_reason = sum(left.because(reason) for reason in Left)
    np.testing.assert_allclose(found.placed_persons + by_reason, demand, rtol=0, atol=1e-9)
    placed = np.bincount(arcs.origin, found.flow_persons, minlength=len(demand))
    np.testing.assert_allclose(placed, found.placed_persons, rtol=0, atol=1e-9)
    known = ~np.isnan(capacity)
    assert (found.load_persons[known] <= capacity[known] + 1e-8).all()
    assert (found.flow_persons >= 0).all()
    assert found.flow_persons[~known[arcs.site]].sum() == 0


def judge(arcs: Arcs, demand: Any, capacity: Any) -> tuple[int, int]:
    """The most persons and their least total time by networkx's network simplex, in whole persons."""
    graph = nx.DiGraph()
    graph.add_nodes_from(["from", "to"])
    for i, persons in enumerate(demand):
        graph.add_edge("from", ("o", i), capacity=int(persons), weight=0)
    for j, places in enumerate(capacity):
        if not np.isnan(places):
            graph.add_edge(("s", j), "to", capacity=int(min(places, demand.sum())), weight=0)
    for i, j, cost in zip(arcs.origin, arcs.site, arcs.cost_s, strict=True):
        graph.add_edge(("o", int(i)), ("s", int(j)), weight=int(cost))
    flow = nx.max_flow_min_cost(graph, "from", "to")
    return sum(flow["from"].values()), nx.cost_of_flow(graph, flow)


@given(towns(whole_persons, st.one_of(st.integers(0, 20).map(float), st.just(INF), st.just(UNKNOWN))))
@settings(max_examples=150, deadline=None)
def test_the_optimum_is_that_of_networkx(town: Any) -> None:
    arcs, demand, capacity = town
    found = assigned(arcs, demand, capacity)
    most, least = judge(arcs, demand, capacity)
    assert found.placed_persons.sum() == pytest.approx(most, abs=1e-6)
    assert found.total_person_s == pytest.approx(least, abs=1e-3)


@given(towns(st.integers(0, 2), st.integers(0, 2).map(float)))
@settings(max_examples=60, deadline=None)
def test_the_optimum_is_that_of_trying_everything(town: Any) -> None:
    arcs, demand, capacity = town
    single = np.repeat(np.arange(len(demand)), demand.astype(int))[:6]
    few = np.bincount(single, minlength=len(demand)).astype(float)
    cost = {(int(i), int(j)): float(c) for i, j, c in zip(arcs.origin, arcs.site, arcs.cost_s, strict=True)}
    best = (0, 0.0)
    for choice in itertools.product([None, *range(len(capacity))], repeat=len(single)):
        went = [(int(i), j) for i, j in zip(single, choice, strict=True) if j is not None]
        loads = np.bincount([j for _, j in went], minlength=len(capacity))
        if all(pair in cost for pair in went) and (loads <= capacity).all():
            best = min(best, (-len(went), sum(cost[pair] for pair in went)))
    found = assigned(arcs, few, capacity)
    assert found.placed_persons.sum() == pytest.approx(-best[0])
    assert found.total_person_s == pytest.approx(best[1])


@given(towns(capacities=st.floats(0, 30)), st.data())
@settings(max_examples=80, deadline=None)
def test_more_room_never_places_fewer(town: Any, data: Any) -> None:
    arcs, demand, capacity = town
    more = data.draw(st.lists(st.floats(0, 20), min_size=len(capacity), max_size=len(capacity)))
    before, after = assigned(arcs, demand, capacity), assigned(arcs, demand, capacity + np.array(more))
    assert after.placed_persons.sum() >= before.placed_persons.sum() - 1e-4


def test_the_optimum_is_that_of_a_linear_program() -> None:
    """Fractional persons, 300 x 20, as a linear program: the penalty dominates any chain of moves."""
    rng = np.random.default_rng(5)
    n, m = 300, 20
    keep = rng.random((n, m)) < 0.2
    origin, site = np.nonzero(keep)
    arcs = Arcs(origin, site, np.round(rng.uniform(10, 900, len(origin)), 1))
    demand, capacity = rng.gamma(1.0, 10.0, n), rng.gamma(2.0, 60.0, m)
    penalty = (m + 1) * arcs.cost_s.max()
    rows = np.concatenate([origin, n + site])
    matrix = np.zeros((n + m, len(arcs)))
    matrix[rows, np.tile(np.arange(len(arcs)), 2)] = 1
    answer = linprog(arcs.cost_s - penalty, A_ub=matrix, b_ub=np.concatenate([demand, capacity]))
    found = assigned(arcs, demand, capacity)
    assert found.placed_persons.sum() == pytest.approx(answer.x.sum(), abs=1e-3)
    assert found.total_person_s == pytest.approx(arcs.cost_s @ answer.x, rel=1e-6)
    assert found.left_persons.sum() > 100


def test_two_runs_are_the_same() -> None:
    rng = np.random.default_rng(6)
    origin, site = np.nonzero(rng.random((200, 15)) < 0.3)
    arcs = Arcs(origin, site, rng.integers(1, 5, len(origin)).astype(float))
    runs = [assigned(arcs, np.ones(200), np.full(15, 9.5)).flow_persons for _ in range(3)]
    np.testing.assert_array_equal(runs[0], runs[1])
    np.testing.assert_array_equal(runs[0], runs[2])
