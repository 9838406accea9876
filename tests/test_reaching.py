"""Ways from origins to sites: exact, directed, limited, equal to networkx and to the one-search."""

from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString

from knr_gis import reaching
from knr_gis.errors import AnalysisError
from knr_gis.network import Network, build_network
from knr_gis.reaching import Arcs, nearest_arcs
from knr_gis.routing import travel_from
from knr_gis.snapping import snap


def network_of(*lines: Any, **columns: Any) -> Network:
    frame = gpd.GeoDataFrame(columns, geometry=[LineString(line) for line in lines], crs="EPSG:6681")
    return build_network(frame, mode="drive" if columns else "walk")


def table(arcs: Arcs) -> dict[tuple[int, int], float]:
    pairs = zip(arcs.origin.tolist(), arcs.site.tolist(), strict=True)
    return dict(zip(pairs, arcs.cost_s.round(6).tolist(), strict=True))


def reached(network: Network, sites: Any, origins: Any, **options: Any) -> Arcs:
    ends = snap(network, np.array(sites, dtype=float), limit_m=5.0)
    starts = snap(network, np.array(origins, dtype=float), limit_m=5.0)
    return nearest_arcs(network, ends, starts, cost_s=options.pop("cost_s", network.length_m), **options)


def test_one_street_by_pencil() -> None:
    network = network_of([(0, 0), (1000, 0)])
    sites, origins = [(100, 0), (700, 0), (0, 99)], [(200, 0), (650, 0), (650, 0)]
    every = reached(network, sites, origins, limit_s=np.inf)
    assert table(every) == {(0, 0): 100, (0, 1): 500, (1, 0): 550, (1, 1): 50, (2, 0): 550, (2, 1): 50}
    assert table(reached(network, sites, origins, limit_s=100.0)) == {(0, 0): 100, (1, 1): 50, (2, 1): 50}
    nearest = reached(network, sites, origins, limit_s=np.inf, k=1)
    assert table(nearest) == {(0, 0): 100, (1, 1): 50, (2, 1): 50}
    assert nearest.dropped.tolist() == [0, 1, 2]
    assert reached(network, sites, origins, limit_s=np.inf, k=2).dropped.tolist() == []


def test_ways_run_with_the_one_way_street() -> None:
    network = network_of([(0, 0), (1000, 0)], oneway=[1], motor=[True])
    assert table(reached(network, [(900, 0)], [(100, 0)], limit_s=np.inf)) == {(0, 0): 800}
    assert table(reached(network, [(100, 0)], [(900, 0)], limit_s=np.inf)) == {}


def test_uphill_costs_more_than_downhill_and_closed_is_closed() -> None:
    network = network_of([(0, 0), (1000, 0)])
    slow_up = np.array([[2000.0], [1000.0]])
    assert table(reached(network, [(1000, 0)], [(0, 0)], limit_s=np.inf, cost_s=slow_up)) == {(0, 0): 2000}
    assert table(reached(network, [(0, 0)], [(1000, 0)], limit_s=np.inf, cost_s=slow_up)) == {(0, 0): 1000}
    assert table(reached(network, [(0, 0)], [(9, 0)], limit_s=np.inf, cost_s=np.array([np.inf]))) == {}
    with pytest.raises(AnalysisError, match="所要時間"):
        reached(network, [(0, 0)], [(9, 0)], limit_s=np.inf, cost_s=np.array([-1.0]))


def test_no_sites_no_origins() -> None:
    network = network_of([(0, 0), (1000, 0)])
    none = np.empty((0, 2))
    for sites, origins in [(none, [(1, 0)]), ([(1, 0)], none), ([(1, 500)], [(1, 0)]), (none, none)]:
        assert len(reached(network, sites, origins, limit_s=np.inf)) == 0


def test_seconds_off_the_streets_and_limits_of_each_origin() -> None:
    arcs = Arcs(np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([10.0, 20.0, 30.0]))
    assert arcs.plus(np.array([1.0, 2.0]), np.array([100.0, 200.0])).cost_s.tolist() == [111, 221, 232]
    assert arcs.plus(5.0, 0.0).cost_s.tolist() == [15, 25, 35]
    assert table(arcs.within(np.array([15.0, 30.0]))) == {(0, 0): 10, (1, 1): 30}
    assert table(arcs.within(20.0)) == {(0, 0): 10, (0, 1): 20}


def test_pruning_along_the_way_is_pruning_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [[(0, 100 * i), (900, 100 * i)] for i in range(4)] + [[(0, 0), (0, 300)]]
    network = network_of(*lines)
    rng = np.random.default_rng(2)
    places = np.column_stack([rng.uniform(0, 900, 40), 100.0 * rng.integers(0, 4, 40)])
    whole = reached(network, places[:15], places[15:], limit_s=np.inf)
    monkeypatch.setattr(reaching, "_PILE", 10)
    monkeypatch.setattr(reaching, "_CHUNK_BYTES", 1)
    pruned = reached(network, places[:15], places[15:], limit_s=np.inf, k=3)
    assert table(pruned) == table(whole.nearest(3))
    assert pruned.dropped.tolist() == whole.nearest(3).dropped.tolist() == list(range(25))


coordinate = st.tuples(st.integers(0, 6), st.integers(0, 6)).map(lambda p: (100.0 * p[0], 100.0 * p[1]))


@given(
    st.lists(st.lists(coordinate, min_size=2, max_size=2, unique=True), min_size=1, max_size=15),
    st.lists(coordinate, min_size=1, max_size=6),
    st.sampled_from([150.0, 400.0, np.inf]),
)
@settings(max_examples=60, deadline=None)
def test_every_pair_agrees_with_networkx(lines: Any, places: Any, limit: float) -> None:
    network = network_of(*lines)
    graph = nx.Graph()
    for u, v, metres in zip(network.u, network.v, network.length_m, strict=True):
        known = graph.get_edge_data(int(u), int(v), {"weight": np.inf})["weight"]
        graph.add_edge(int(u), int(v), weight=min(float(metres), known))
    node = {tuple(xy): number for number, xy in enumerate(network.nodes.tolist())}
    arcs = table(reached(network, places, places, limit_s=limit))
    expected = {}
    for i, start in enumerate(places):
        costs = nx.single_source_dijkstra_path_length(graph, node[start]) if start in node else {}
        ends = ((j, costs.get(node.get(end))) for j, end in enumerate(places))
        expected |= {(i, j): round(c, 6) for j, c in ends if c is not None and c <= limit + 1e-9}
    on = {i for i, place in enumerate(places) if place in node}
    assert {pair: c for pair, c in arcs.items() if set(pair) <= on} == pytest.approx(expected)


def test_the_nearest_of_each_is_that_of_the_one_search() -> None:
    rng = np.random.default_rng(3)
    ends = rng.uniform(0, 2000, (60, 2))
    network = network_of(
        *(
            list(map(tuple, pair))
            for pair in ends[rng.integers(0, 60, (150, 2))]
            if (pair[0] != pair[1]).any()
        )
    )
    sites = snap(network, rng.uniform(0, 2000, (12, 2)), limit_m=300.0)
    origins = snap(network, rng.uniform(0, 2000, (80, 2)), limit_m=300.0)
    one = travel_from(network, sites, origins, cost_s=network.length_m)
    arcs = nearest_arcs(network, sites, origins, cost_s=network.length_m, limit_s=np.inf, k=1)
    cost = np.full(80, np.nan)
    cost[arcs.origin] = arcs.cost_s
    np.testing.assert_allclose(cost, one.cost_s)
