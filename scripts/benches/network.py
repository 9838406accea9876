"""Nearest site over a street network, beside networkx."""

from dataclasses import replace
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely

from benches import Row, timed
from knr_gis.network import build_network
from knr_gis.routing import travel_from
from knr_gis.snapping import snap


def random_streets(n_edges: int, seed: int) -> gpd.GeoDataFrame:
    """Return about ``n_edges`` short streets on a jittered lattice, in random order (ids are shuffled)."""
    rng = np.random.default_rng(seed)
    side = int(np.sqrt(n_edges / 1.7))
    columns, rows = np.meshgrid(np.arange(side), np.arange(side))
    xy = np.stack([columns, rows], axis=-1) * 100.0 + rng.uniform(-30, 30, (side, side, 2))
    pairs = np.concatenate(
        [
            np.stack([xy[:, :-1].reshape(-1, 2), xy[:, 1:].reshape(-1, 2)], axis=1),
            np.stack([xy[:-1].reshape(-1, 2), xy[1:].reshape(-1, 2)], axis=1),
        ]
    )
    kept = rng.permutation(pairs[rng.random(len(pairs)) < 0.85])
    return gpd.GeoDataFrame(geometry=shapely.linestrings(kept), crs="EPSG:6681")


def networkx_graph(streets: gpd.GeoDataFrame) -> Any:
    """Return the same streets as a networkx graph, nodes named by position."""
    graph = nx.Graph()
    for line in streets.geometry:
        start, end = line.coords
        graph.add_edge(start, end, weight=line.length)
    return graph


def bench_network(repeat: int) -> list[Row]:
    """Nearest of 500 sites for every node of a random street network, ids shuffled."""
    streets = random_streets(400_000, seed=20260401)
    ends = shapely.get_coordinates(streets.geometry.values)
    sites = np.random.default_rng(1).choice(ends, 500, replace=False)
    build_s, network = timed(lambda: build_network(streets, mode="walk"), repeat)
    index_s, places = timed(lambda: snap(replace(network), sites, limit_m=1.0), repeat)
    solve_s, field = timed(lambda: travel_from(network, places, places, cost_s=network.length_m), repeat)
    their_build_s, graph = timed(lambda: networkx_graph(streets), 1)
    starts = {tuple(site) for site in sites.tolist()}
    their_solve_s, theirs = timed(lambda: nx.multi_source_dijkstra_path_length(graph, starts), repeat)
    expected = np.array([theirs.get(tuple(node), np.nan) for node in network.nodes.tolist()])
    np.testing.assert_allclose(field.node_cost_s, expected, rtol=1e-9, atol=1e-6)
    size = f"{len(network):,} edges, {len(network.nodes):,} nodes, {np.isfinite(expected).sum():,} reached"
    return [
        Row("knr_gis: lines to costs (build + solve)", build_s + solve_s, size),
        Row("- build_network", build_s, "lines to arrays"),
        Row("- travel_from", solve_s, "also says which site; exact along edges"),
        Row("knr_gis: spatial index and snapping", index_s, "once for each network; networkx has none"),
        Row("networkx: lines to costs", their_build_s + their_solve_s, "same costs; sites must be nodes"),
        Row("- build", their_build_s, "n=1"),
        Row("- multi_source_dijkstra_path_length", their_solve_s, ""),
    ]
