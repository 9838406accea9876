"""Streets as tortuous as real ones: from lines to a graph, and the nearest of many sites for every node."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import rustworkx as rx
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import minimum_spanning_tree

from benches import Row, timed
from knr_gis.network import Network, build_network
from knr_gis.routing import travel_from
from knr_gis.snapping import Snap, snap

SIDE, LOOPS, SITES = 632, 50_576, 500
CELL_M = 100.0


def random_streets(side: int, loops: int, seed: int) -> gpd.GeoDataFrame:
    """
    Return streets on a jittered lattice in random order: a random spanning tree and some loops.

    ``side`` squared nodes and ``side * side - 1 + loops`` edges: 400,000 and 450,000 with the numbers above.
    """
    rng = np.random.default_rng(seed)
    columns, rows = np.meshgrid(np.arange(side), np.arange(side))
    xy = (np.stack([columns, rows], axis=-1) * CELL_M).reshape(-1, 2)
    xy = xy + rng.uniform(-30, 30, xy.shape)
    number = np.arange(side * side).reshape(side, side)
    pairs = np.concatenate([
        np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1),
        np.stack([number[:-1].ravel(), number[1:].ravel()], axis=1),
    ])  # fmt: skip
    weight = rng.uniform(1, 2, len(pairs))
    lattice = csr_matrix((weight, (pairs[:, 0], pairs[:, 1])), shape=(side * side, side * side))
    tree = minimum_spanning_tree(lattice).tocoo()
    in_tree = np.isin(pairs @ [side * side, 1], np.stack([tree.row, tree.col], axis=1) @ [side * side, 1])
    kept = np.concatenate([pairs[in_tree], rng.permutation(pairs[~in_tree])[:loops]])
    return gpd.GeoDataFrame(geometry=shapely.linestrings(xy[rng.permutation(kept)]), crs="EPSG:6681")


def ready_network(streets: gpd.GeoDataFrame) -> Network:
    """Return the streets as a network, with all that is worked out once for many searches."""
    network = build_network(streets, mode="walk")
    _ = network.has_parallels
    return network


def networkx_from_lines(streets: gpd.GeoDataFrame) -> Any:
    """Return the streets as a networkx graph, nodes named by position."""
    graph = nx.Graph()
    for line in streets.geometry:
        start, end = line.coords
        graph.add_edge(start, end, weight=line.length)
    return graph


def networkx_nearest(network: Network, sites: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return metres from every node to its nearest site by networkx, from the same arrays."""
    graph = nx.Graph()
    graph.add_weighted_edges_from(
        zip(network.u.tolist(), network.v.tolist(), network.length_m.tolist(), strict=True)
    )
    found = nx.multi_source_dijkstra_path_length(graph, set(sites.tolist()))
    return np.array([found.get(node, np.nan) for node in range(len(network.nodes))])


def rustworkx_nearest(network: Network, sites: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return metres from every node to its nearest site by rustworkx, from a node in front of all sites."""
    graph = rx.PyGraph()
    graph.add_nodes_from(range(len(network.nodes) + 1))
    root = len(network.nodes)
    graph.extend_from_weighted_edge_list(
        list(zip(network.u.tolist(), network.v.tolist(), network.length_m.tolist(), strict=True))
    )
    graph.extend_from_weighted_edge_list([(root, site, 0.0) for site in sites.tolist()])
    found = rx.dijkstra_shortest_path_lengths(graph, root, float)
    return np.array([found[node] if node in found else np.nan for node in range(root)])  # noqa: SIM401  no dict


def at_nodes(network: Network, nodes: NDArray[np.int64]) -> Snap:
    """Return nodes as places on the streets."""
    return snap(replace(network), network.nodes[nodes], limit_m=1.0)


def bench_network(repeat: int) -> list[Row]:
    """Nearest of 500 sites for every node of 400,000 nodes and 450,000 edges, ids in random order."""
    streets = random_streets(SIDE, LOOPS, seed=20260401)
    build_s, network = timed(lambda: ready_network(streets), repeat)
    sites = np.random.default_rng(1).choice(len(network.nodes), SITES, replace=False)
    places = at_nodes(network, sites)
    solve: Callable[[], Any] = lambda: travel_from(  # noqa: E731
        network, places, places, cost_s=network.length_m
    )
    solve_s, field = timed(solve, repeat)
    lines_s, _ = timed(lambda: networkx_from_lines(streets), 1)
    their_s, theirs = timed(lambda: networkx_nearest(network, sites), 1)
    rust_s, rusts = timed(lambda: rustworkx_nearest(network, sites), repeat)
    for answer in (theirs, rusts):
        np.testing.assert_allclose(field.node_cost_s, answer, rtol=1e-9, atol=1e-6)
    size = f"{len(network):,} edges, {len(network.nodes):,} nodes"
    return [
        Row("knr_gis: nearest site, arrays to costs", solve_s, f"{size}; says which site, exact along edges"),
        Row("networkx: nearest site, arrays to costs", their_s, "n=1; multi_source_dijkstra_path_length"),
        Row("rustworkx: nearest site, arrays to costs", rust_s, "does not say which site"),
        Row("knr_gis: GeoDataFrame to graph", build_s, "build_network"),
        Row("networkx: GeoDataFrame to graph", lines_s, f"n=1; {lines_s / build_s:.1f} times ours"),
    ]
