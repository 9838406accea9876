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
from affine import Affine
from rasterio import features
from scipy.ndimage import gaussian_filter

from knr_gis.network import build_network
from knr_gis.overlay import make_zones, measure
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


def random_fields(n: int, width_m: float, height_m: float, seed: int) -> gpd.GeoDataFrame:
    """Return ``n`` fields of 12 vertices and about 0.6 ha, scattered over a strip."""
    rng = np.random.default_rng(seed)
    centre = rng.uniform((0, 0), (width_m, height_m), (n, 2))
    angle = (np.arange(12) + rng.uniform(0.1, 0.9, (n, 12))) * (2 * np.pi / 12)
    radius = rng.uniform(35, 55, (n, 12))
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=-1) * radius[..., None] + centre[:, None]
    return gpd.GeoDataFrame(geometry=shapely.polygons(ring), crs="EPSG:6681")


def staircase_zones(width_m: float, height_m: float, cell_m: float, seed: int) -> gpd.GeoDataFrame:
    """Return depth zones made of grid cells, as the published ones are: large, ragged, side by side."""
    rng = np.random.default_rng(seed)
    rows, columns = int(height_m / cell_m), int(width_m / cell_m)
    rough = [gaussian_filter(rng.normal(size=(rows, columns)), sigma) * sigma for sigma in (1, 4, 16)]
    ground = np.linspace(-1.0, 7.0, rows)[:, None] + np.sum(rough, axis=0)
    depth = np.digitize(-ground, [-6.0, -5.0, -4.0, -3.0, -1.5, 0.0]).astype(np.uint8)
    found = list(features.shapes(depth, mask=depth > 0, transform=Affine(cell_m, 0, 0, 0, -cell_m, height_m)))
    by_class = {"depth": [int(value) for _, value in found]}
    return gpd.GeoDataFrame(by_class, geometry=[shapely.geometry.shape(g) for g, _ in found], crs="EPSG:6681")


def strtree_loop(fields: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> float:
    """Return the covered area by the usual loop: a tree, then an intersection for each pair."""
    areas, wet = fields.geometry.to_numpy(), zones.geometry.to_numpy()
    field, zone = shapely.STRtree(wet).query(areas, predicate="intersects")
    return float(shapely.area(shapely.intersection(areas[field], wet[zone])).sum())


def overlaid_area(fields: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> float:
    """Return the covered area by geopandas.overlay."""
    return float(gpd.overlay(fields, zones, how="intersection").area.sum())


def bench_overlay(repeat: int) -> list[Row]:
    """Hectares of 5,000 fields in staircase depth zones: ours, geopandas.overlay, a loop over a tree."""
    width, height = 120_000.0, 8_000.0
    fields, zones = (
        random_fields(5_000, width, height, seed=7),
        staircase_zones(width, height, 20.0, seed=8),
    )
    shapes, wet = fields.geometry.to_numpy(), zones.geometry.to_numpy()
    split_s, prepared = timed(lambda: make_zones(wet), repeat)
    cut_s, table = timed(lambda: measure(shapes, prepared), repeat)
    tree_s, by_tree = timed(lambda: strtree_loop(fields, zones), 1)
    their_s, theirs = timed(lambda: overlaid_area(fields, zones), 1)
    many = random_fields(100_000, width, height, seed=9).geometry.to_numpy()
    many_s, _ = timed(lambda: measure(many, prepared), 1)
    for answer in (by_tree, theirs):
        np.testing.assert_allclose(table["amount"].sum(), answer, rtol=1e-9)
    vertices = int(shapely.get_num_coordinates(wet).sum())
    size = f"{len(fields):,} fields, {len(zones):,} zones of {vertices:,} vertices"
    return [
        Row("knr_gis: split and measure", split_s + cut_s, size),
        Row("- make_zones (split)", split_s, "once for each hazard"),
        Row("- measure", cut_s, "every cut proved by its area"),
        Row("STRtree, intersection pair by pair", tree_s, "n=1; same total to 1e-9"),
        Row("geopandas.overlay", their_s, "n=1; same total to 1e-9"),
        Row("knr_gis: measure 100,000 fields", many_s, "n=1; for the growth: 20 times the fields"),
    ]


BENCHES: dict[str, Callable[[int], list[Row]]] = {"network": bench_network, "overlay": bench_overlay}


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
