"""Siting: pencil cases, brute force over every choice, laws, and honest states."""

import itertools
from dataclasses import replace
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knr_gis.assigning import Left, left_over_reasons
from knr_gis.covering import best_sites, fewest_sites
from knr_gis.covering_program import group_origins, origin_groups
from knr_gis.errors import AnalysisError
from knr_gis.gaining import gain_each, take_in_turn
from knr_gis.reaching import Arcs
from knr_gis.siting import Cover, Solved

INF, UNKNOWN = np.inf, np.nan


def cover(pairs: Any, demand: Any, capacity: Any, fixed: Any = ()) -> Cover:
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    arcs = Arcs(table[:, 0], table[:, 1], 60.0 + table.sum(axis=1))
    existing = np.isin(np.arange(len(capacity)), fixed)
    return Cover(arcs, np.array(demand, dtype=float), np.array(capacity, dtype=float), existing)


# Seven houses of 10 along a street, candidates 0 to 3, each in time of three houses around it.
ROW = [(i, j) for j in range(4) for i in range(7) if abs(i - 2 * j) <= 1]


def test_the_row_of_houses_by_pencil() -> None:
    street = cover(ROW, [10] * 7, [INF] * 4)
    assert gain_each(street).tolist() == [20, 30, 30, 20]
    one = best_sites(street, 1)
    assert (one.newly_persons, one.bound, one.gap, one.status) == (30, 30, 0, Solved.OPTIMAL)
    assert one.chosen.tolist() in ([1], [2])
    two = best_sites(street, 2)
    assert two.newly_persons == 50
    assert two.share == pytest.approx(5 / 7)
    assert best_sites(street, 3).newly_persons == 60
    assert best_sites(street, 4).newly_persons == 70
    assert best_sites(street, 0).newly_persons == 0


def test_capacity_turns_the_choice_around() -> None:
    """Site 0 reaches all 60 persons but holds 25; site 1 reaches 40 and holds them."""
    town = cover([(0, 0), (1, 0), (2, 0), (0, 1), (1, 1)], [20, 20, 20], [25, 40])
    assert gain_each(town).tolist() == [25, 40]
    assert best_sites(town, 1).chosen.tolist() == [1]
    both = best_sites(town, 2)
    assert both.newly_persons == 60
    assert both.after.load_persons.tolist() == [25, 35]


def test_existing_sites_are_open_and_not_counted() -> None:
    """The existing site 0 is full with 10 of 20; site 1 takes its people and makes room for house 1."""
    town = cover([(0, 0), (1, 0), (0, 1), (2, 2)], [10, 10, 7], [10, 15, 8], fixed=[0])
    np.testing.assert_array_equal(gain_each(town), [np.nan, 10, 7])
    best = best_sites(town, 1)
    assert best.chosen.tolist() == [1]
    assert best.before.placed_persons.sum() == 10
    assert best.newly_persons == pytest.approx(10)
    assert best.attainable_share == 1
    left = left_over_reasons(best.after, has_way=np.ones(3, dtype=bool))
    assert left.reason.tolist() == [None, None, Left.LATE]


def test_unknown_capacity_is_never_chosen() -> None:
    town = cover([(0, 0), (0, 1)], [10], [UNKNOWN, 3])
    np.testing.assert_array_equal(gain_each(town), [np.nan, 3])
    assert best_sites(town, 2).chosen.tolist() == [1]
    assert fewest_sites(town).status == Solved.NOT_ATTAINABLE


def test_sites_that_would_stand_empty_are_not_chosen() -> None:
    town = cover([(0, 0), (0, 1)], [10, 5], [INF, INF, INF])
    assert len(best_sites(town, 3).chosen) == 1


def test_fewest_by_pencil() -> None:
    street = cover(ROW, [10] * 7, [INF] * 4)
    everyone = fewest_sites(street, share=1.0)
    assert (everyone.chosen.tolist(), everyone.bound, everyone.status) == ([0, 1, 2, 3], 4, Solved.OPTIMAL)
    assert len(fewest_sites(street, share=0.7).chosen) == 2
    assert len(fewest_sites(street, share=0.72).chosen) == 3


def test_the_tempting_site_is_not_taken() -> None:
    """Site 0 reaches four houses, 1 and 2 three each and together all six; site 3 is there with its own."""
    pairs = [(0, 0), (1, 0), (3, 0), (4, 0)] + [(i, 1 + i // 3) for i in range(6)] + [(6, 3)]
    town = cover(pairs, [1, 1, 1, 1, 1, 1, 50], [INF, INF, INF, INF], fixed=[3])
    best = best_sites(town, 2)
    assert (best.chosen.tolist(), best.newly_persons, best.bound) == ([1, 2], 6, 6)
    fewest = fewest_sites(town, share=1.0)
    assert (fewest.chosen.tolist(), fewest.bound, fewest.status) == ([1, 2], 2, Solved.OPTIMAL)
    assert fewest_sites(town, share=50 / 56).chosen.tolist() == []


def test_a_share_that_cannot_be_reached_is_a_state() -> None:
    """House 2 reaches nothing, site 1 holds 4: with everything built 14 of 30 are in time."""
    town = cover([(0, 0), (1, 1)], [10, 10, 10], [INF, 4])
    found = fewest_sites(town, share=0.95)
    assert found.status == Solved.NOT_ATTAINABLE
    assert found.attainable_share == pytest.approx(14 / 30)
    assert found.share == pytest.approx(14 / 30)
    assert found.chosen.tolist() == [0, 1]
    enough = fewest_sites(town, share=0.33)
    assert (enough.status, enough.chosen.tolist()) == (Solved.OPTIMAL, [0])


def test_what_is_there_already_may_be_enough() -> None:
    town = cover([(0, 0), (0, 1)], [10], [INF, INF], fixed=[0])
    found = fewest_sites(town, share=1.0)
    assert (found.chosen.tolist(), found.bound, found.gap, found.status) == ([], 0, 0, Solved.OPTIMAL)
    best = best_sites(town, 1)
    assert (best.newly_persons, best.chosen.tolist(), best.gap) == (0, [], 0)


@pytest.mark.parametrize(
    "town", [cover([], [], []), cover([], [5], []), cover([], [], [5]), cover([], [5], [5])]
)
def test_nobody_nowhere(town: Cover) -> None:
    for found in (best_sites(town, 2), fewest_sites(town)):
        assert found.chosen.tolist() == []
        assert found.newly_persons == 0
    assert np.isnan(found.share) == (len(town.demand_persons) == 0)
    assert gain_each(town).tolist() == [0.0] * len(town.capacity_persons)


@pytest.mark.parametrize(
    ("ask", "key"),
    [
        (lambda town: best_sites(town, -1), "covering.bad_number"),
        (lambda town: best_sites(town, 1, gap=-0.1), "covering.bad_limit"),
        (lambda town: best_sites(town, 1, time_limit_s=0), "covering.bad_limit"),
        (lambda town: fewest_sites(town, share=0.0), "covering.bad_share"),
        (lambda town: fewest_sites(town, share=95), "covering.bad_share"),
        (lambda town: gain_each(replace(town, fixed=town.fixed[:1])), "covering.bad_fixed"),
        (lambda town: gain_each(replace(town, demand_persons=-town.demand_persons)), "assigning.bad_demand"),
    ],
)
def test_what_cannot_be_asked_is_one_clear_line(ask: Any, key: str) -> None:
    with pytest.raises(AnalysisError) as error:
        ask(cover(ROW, [10] * 7, [INF] * 4))
    assert error.value.key == key
    assert "\n" not in str(error.value)


# --- brute force ---------------------------------------------------------------------------------

persons = st.one_of(st.integers(0, 12).map(float), st.floats(0, 20))
room = st.one_of(st.integers(0, 25).map(float), st.just(INF), st.just(UNKNOWN), st.floats(0.5, 30))


@st.composite
def towns(draw: Any) -> Cover:
    n, m = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    pairs = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, m - 1)), unique=True, max_size=18))
    fixed = draw(st.lists(st.integers(0, m - 1), max_size=2))
    demand = draw(st.lists(persons, min_size=n, max_size=n))
    return cover(pairs, demand, draw(st.lists(room, min_size=m, max_size=m)), fixed)


def in_time(town: Cover, opened: set[int]) -> float:
    """The most persons with room at the open sites, by networkx's maximum flow."""
    graph = nx.DiGraph()
    graph.add_nodes_from(["from", "to"])
    everyone = float(town.demand_persons.sum())
    for i, wanted in enumerate(town.demand_persons):
        graph.add_edge("from", ("o", i), capacity=float(wanted))
    for j in opened:
        if town.capacity_persons[j] > 0:
            graph.add_edge(("s", j), "to", capacity=float(min(town.capacity_persons[j], everyone)))
    for i, j in zip(town.arcs.origin.tolist(), town.arcs.site.tolist(), strict=True):
        graph.add_edge(("o", i), ("s", j), capacity=everyone)
    return float(nx.maximum_flow_value(graph, "from", "to"))


def choices(town: Cover) -> dict[tuple[int, ...], float]:
    """Persons newly in time for every choice of candidates."""
    existing = set(np.flatnonzero(town.fixed).tolist())
    new = [j for j in range(len(town.fixed)) if j not in existing]
    base = in_time(town, existing)
    sets = itertools.chain.from_iterable(itertools.combinations(new, k) for k in range(len(new) + 1))
    return {chosen: in_time(town, existing | set(chosen)) - base for chosen in sets}


@given(towns(), st.integers(0, 4))
@settings(max_examples=120, deadline=None)
def test_the_best_choice_is_that_of_trying_them_all(town: Cover, n_sites: int) -> None:
    found = best_sites(town, n_sites, gap=0.0)
    every = choices(town)
    best = max(newly for chosen, newly in every.items() if len(chosen) <= n_sites)
    assert found.newly_persons == pytest.approx(best, abs=1e-3)
    assert found.newly_persons == pytest.approx(every[tuple(found.chosen.tolist())], abs=1e-3)
    assert found.bound == pytest.approx(best, abs=1e-3)
    assert len(found.chosen) <= n_sites
    assert found.status == Solved.OPTIMAL
    open_sites = set(np.flatnonzero(town.fixed).tolist()) | set(found.chosen.tolist())
    load = np.nan_to_num(found.after.load_persons)
    known = ~np.isnan(town.capacity_persons)
    assert (load[known] <= town.capacity_persons[known] + 1e-8).all()
    assert set(np.flatnonzero(load).tolist()) <= open_sites


@given(towns(), st.sampled_from([0.3, 0.5, 0.95, 1.0]))
@settings(max_examples=120, deadline=None)
def test_the_fewest_are_those_of_trying_them_all(town: Cover, share: float) -> None:
    found = fewest_sites(town, share=share)
    base = in_time(town, set(np.flatnonzero(town.fixed).tolist()))
    every, everyone = choices(town), float(town.demand_persons.sum())
    most = base + max(every.values())
    target = min(share * everyone, most)
    fewest = min(len(chosen) for chosen, newly in every.items() if base + newly >= target - 1e-3)
    exact = min(len(chosen) for chosen, newly in every.items() if base + newly >= target - 1e-9)
    assert fewest <= len(found.chosen) <= exact
    assert found.after.placed_persons.sum() >= target - 1e-3
    assert (found.status == Solved.NOT_ATTAINABLE) == (most < share * everyone - 1e-4)
    if everyone:
        assert found.attainable_share == pytest.approx(most / everyone, abs=1e-4)


@given(towns())
@settings(max_examples=120, deadline=None)
def test_what_each_brings_alone_is_that_of_trying_it(town: Cover) -> None:
    every = choices(town)
    expected = np.full(len(town.fixed), np.nan)
    for j in np.flatnonzero(~town.fixed & ~np.isnan(town.capacity_persons)):
        expected[j] = every[int(j),]
    np.testing.assert_allclose(gain_each(town), expected, rtol=0, atol=1e-4)


@given(towns())
@settings(max_examples=40, deadline=None)
def test_more_sites_never_bring_fewer(town: Cover) -> None:
    newly = [best_sites(town, k, gap=0.0).newly_persons for k in range(5)]
    assert all(more >= fewer - 1e-3 for fewer, more in itertools.pairwise(newly))


@given(towns(), st.integers(0, 4))
@settings(max_examples=60, deadline=None)
def test_sites_taken_in_turn_bring_what_they_promise(town: Cover, n_sites: int) -> None:
    taken, brought = take_in_turn(town, n_sites=n_sites, persons=INF)
    every, opened = choices(town), tuple(sorted(taken.tolist()))
    assert brought.sum() == pytest.approx(every[opened], abs=1e-3)
    assert (np.diff(brought) <= 1e-3).all()
    best = max(newly for chosen, newly in every.items() if len(chosen) <= n_sites)
    assert brought.sum() >= (1 - 1 / np.e) * best - 1e-3


# --- larger --------------------------------------------------------------------------------------


def large(seed: int, n: int = 1500, m: int = 40) -> Cover:
    """Houses in villages, candidates anywhere, some with scarce and some with ample room."""
    rng = np.random.default_rng(seed)
    houses = rng.uniform(0, 5000, (6, 2))[rng.integers(0, 6, n)] + rng.normal(0, 500, (n, 2))
    sites = rng.uniform(0, 5000, (m, 2))
    away = np.abs(houses[:, None] - sites[None]).sum(axis=2)
    origin, site = np.nonzero(away < 900)
    room = rng.choice([100.0, 400.0, 900.0, INF], m)
    fixed = np.arange(m) < 4
    return Cover(Arcs(origin, site, away[origin, site]), rng.gamma(1.0, 3.0, n), room, fixed)


def test_a_second_run_gives_the_same_answer_within_the_gap_printed() -> None:
    town = large(1)
    first, second = best_sites(town, 6), best_sites(town, 6)
    np.testing.assert_array_equal(first.chosen, second.chosen)
    np.testing.assert_array_equal(first.after.flow_persons, second.after.flow_persons)
    assert first.status == Solved.OPTIMAL
    assert 0 <= first.gap <= 0.0011
    assert first.newly_persons <= first.bound <= first.newly_persons * 1.0011


def test_the_best_choice_beats_the_best_single_ones() -> None:
    town = large(2)
    gains = gain_each(town)
    ranked = np.argsort(-np.nan_to_num(gains))[:6]
    opened = town.fixed.copy()
    opened[ranked] = True
    naive = town.assignment(opened).placed_persons.sum()
    best = best_sites(town, 6)
    assert best.after.placed_persons.sum() >= naive - 1e-6
    assert best.newly_persons <= gains[best.chosen].sum() + 1e-3  # together never more than one by one


def test_an_answer_cut_short_says_how_far_it_may_be_off() -> None:
    found = best_sites(large(3, n=4000, m=150), 12, gap=0.0, time_limit_s=1.0)
    assert found.status == Solved.TIME_LIMIT
    assert found.gap > 0
    assert found.bound >= found.newly_persons > 0


def test_origins_with_the_same_sites_are_one_group() -> None:
    arcs = cover([(0, 1), (0, 0), (2, 0), (2, 1), (3, 1), (4, 0)], [1, 2, 3, 4, 0], [INF, 5]).arcs
    number, group, site = origin_groups(arcs, 5)
    assert number.tolist() == [0, -1, 0, 1, 2]
    assert list(zip(group.tolist(), site.tolist(), strict=True)) == [(0, 0), (0, 1), (1, 1), (2, 0)]
    made = group_origins(arcs, np.array([1.0, 2, 3, 4, 0]), np.array([INF, 5.0]), np.array([True, False]))
    assert made.secured == 4
    assert (made.persons.tolist(), made.group.tolist(), made.site.tolist()) == ([4], [0], [1])
