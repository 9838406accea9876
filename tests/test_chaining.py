"""Chains between crossings: pencil sums, and equality with searches over every vertex."""

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString

from knr_gis.chaining import Chains, chains_of
from knr_gis.network import Network, build_network
from knr_gis.routing import Reach, shortest_path, travel_matrix
from knr_gis.snapping import snap
from knr_gis.splitting import insert_points

VERTEX = st.tuples(st.integers(0, 5), st.integers(0, 5))
LINES = st.lists(st.lists(VERTEX, min_size=2, max_size=6, unique=True), min_size=1, max_size=8)


def net(*lines: list[tuple[float, float]], oneway: list[bool] | None = None) -> Network:
    columns = {} if oneway is None else {"oneway": oneway}
    frame = gpd.GeoDataFrame(columns, geometry=[LineString(line) for line in lines], crs="EPSG:6681")
    return build_network(frame, mode="drive")


def chains(network: Network, *points: tuple[float, float]) -> Chains:
    places = snap(network, np.array(points, dtype=float).reshape(-1, 2), limit_m=10)
    streets = insert_points(network, places, places.take([]))
    costs = np.stack([network.length_m, 2 * network.length_m])
    return chains_of(network, streets, costs, np.ones((2, len(network))))


def told(found: Chains, network: Network) -> set[tuple[Any, ...]]:
    xy = [tuple(network.nodes[n].tolist()) for n in found.nodes]
    rows = zip(found.tails, found.heads, found.cost_s, found.amount, strict=True)
    return {(xy[a], xy[b], float(cost), float(amount)) for a, b, cost, amount in rows}


def test_bends_are_summed_up_in_both_directions() -> None:
    network = net([(0, 0), (1, 0), (1, 1), (4, 1)])
    assert told(chains(network), network) == {((0, 0), (4, 1), 5, 3), ((4, 1), (0, 0), 10, 3)}


def test_a_one_way_stretch_makes_the_chain_one_way() -> None:
    network = net([(0, 0), (1, 0)], [(1, 0), (2, 0)], oneway=[False, True])
    assert told(chains(network), network) == {((0, 0), (2, 0), 2, 2)}


def test_of_two_ways_round_the_cheaper_is_kept_and_rings_without_a_source_are_none() -> None:
    around = [(0, 0), (2, 0)], [(0, 0), (0, 2), (2, 2), (2, 0)], [(2, 0), (3, 0)], [(0, 0), (-1, 0)]
    network = net(*around, [(50, 50), (51, 50), (51, 51), (50, 50)])
    found = told(chains(network), network)
    assert ((0, 0), (2, 0), 2, 1) in found
    assert {end for row in found for end in row[:2]} == {(0, 0), (2, 0), (3, 0), (-1, 0)}


@given(lines=LINES, data=st.data())
@settings(max_examples=60, deadline=None)
def test_amounts_along_the_cheapest_ways_equal_those_of_single_paths(lines: list[Any], data: Any) -> None:
    one_way = data.draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines)))
    network = net(*lines, oneway=one_way)
    numbers = np.random.default_rng(data.draw(st.integers(0, 99)))
    costs, amount = numbers.uniform(1, 2, (2, 2, len(network)))  # no two ways cost the same
    costs[:, numbers.random(len(network)) < 0.1] = np.inf
    points = data.draw(st.lists(st.tuples(st.floats(0, 5), st.floats(0, 5)), min_size=2, max_size=5))
    places = snap(network, np.array(points), limit_m=1.5)
    matrix = travel_matrix(network, places, cost_s=costs, amount=amount)
    for i in range(len(points)):
        for j in range(len(points)):
            path = shortest_path(network, places.take([i]), places.take([j]), cost_s=costs)
            share = path.edge_m / network.length_m[path.edges]
            expected = float((amount[np.where(path.forward, 0, 1), path.edges] * share).sum())
            found = np.nan if path.status != Reach.REACHED else expected
            assert matrix[i, j] == pytest.approx(found, abs=1e-9, nan_ok=True)
