"""
Measure the heavy parts beside an alternative, in one run: ``python scripts/bench.py network``.

Not a test: times depend on the machine and on what else it does. Every contender's answer is compared
before its time is printed. A new bench is one function that returns rows, and one line in BENCHES.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely

from knr_gis.network import build_network
from knr_gis.routing import travel_from
from knr_gis.snapping import snap


@dataclass(frozen=True)
class Row:
    """One contender: its time (median of the repeats) and what is said about it."""

    name: str
    seconds: float
    note: str


def timed(work: Callable[[], Any], repeat: int) -> tuple[float, Any]:
    """Return the median time of some runs, and the last answer."""
    times, answer = [], None
    for _ in range(repeat):
        start = time.perf_counter()
        answer = work()
        times.append(time.perf_counter() - start)
    return statistics.median(times), answer


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


BENCHES: dict[str, Callable[[int], list[Row]]] = {"network": bench_network}


def markdown(rows: list[Row]) -> str:
    """Return the rows as a table; the ratio is to the first row, the whole of our work."""
    ours = rows[0].seconds
    lines = ["| contender | s | ratio | note |", "|---|---|---|---|"]
    return "\n".join(
        [*lines, *(f"| {r.name} | {r.seconds:.3f} | {r.seconds / ours:.1f} | {r.note} |" for r in rows)]
    )


def main() -> None:
    """Run the benches named on the command line, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHES, []], help="which benches (default: all)")
    parser.add_argument("--repeat", type=int, default=3, help="runs per contender (median is shown)")
    options = parser.parse_args()
    for name in options.names or BENCHES:
        print(f"## {name}: {BENCHES[name].__doc__}\n\n{markdown(BENCHES[name](options.repeat))}\n")


if __name__ == "__main__":
    main()
