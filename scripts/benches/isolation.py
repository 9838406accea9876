"""Who is cut off, and by which single stretch of street: ours beside networkx on the same pieces."""

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely

from benches import Row, timed
from benches.network import CELL_M, LOOPS, SIDE, random_streets
from knr_gis.analyses.isolation import isolation
from knr_gis.analyses.isolation.broken import Broken, break_network
from knr_gis.analyses.isolation.failing import find_failures
from knr_gis.analyses.isolation.plan import FailurePlan
from knr_gis.network import build_network
from knr_gis.result import Result
from knr_gis.snapping import snap

SETTLEMENTS, ZONES = 3_000, 400
CRS = "EPSG:6681"


def random_layers(side: int, loops: int) -> dict[str, gpd.GeoDataFrame]:
    """Return streets, zones like river valleys, settlements and hospitals in two square municipalities."""
    rng = np.random.default_rng(5)
    extent, half = side * CELL_M, side * CELL_M / 2
    centres = rng.random((ZONES, 2)) * extent
    valleys = shapely.buffer(shapely.points(centres), rng.uniform(100, 900, ZONES))
    towns = shapely.box([-100, half], [-100, -100], [half, extent + 100], extent + 100)
    points = shapely.points(rng.random((SETTLEMENTS, 2)) * extent)
    named = [str(k) for k in range(SETTLEMENTS)]
    streets = random_streets(side, loops, seed=20260402)
    bridge = rng.random(len(streets)) < 0.01
    return {
        "roads": streets.assign(road_name="", bridge=pd.array(bridge, dtype="boolean")),
        "hazard": gpd.GeoDataFrame({"depth_max_m": np.ones(ZONES)}, geometry=valleys, crs=CRS),
        "municipalities": gpd.GeoDataFrame(
            {"muni_code": ["01206", "01661"], "name": ["西", "東"]}, geometry=towns, crs=CRS
        ),
        "settlements": gpd.GeoDataFrame(
            {"name": named, "persons": rng.integers(1, 999, SETTLEMENTS).astype(float)},
            geometry=points,
            crs=CRS,
        ),
        "facilities": gpd.GeoDataFrame(
            {"name": named[:100], "facility_type": ["病院"] * 100}, geometry=points[:100], crs=CRS
        ),
    }


def broken_streets(layers: dict[str, gpd.GeoDataFrame]) -> Broken:
    """Return the streets cut at the zones and at the settlements."""
    network = build_network(layers["roads"], mode="drive")
    plan = FailurePlan(zone=True, depth_m=0.0, bridges="zone", roads=())
    failures = find_failures(network, layers["roads"], layers["hazard"], None, plan)
    places = snap(network, shapely.get_coordinates(layers["settlements"].geometry.to_numpy()), limit_m=500.0)
    return break_network(network, failures, places)


def networkx_cut_off(broken: Broken) -> tuple[set[int], int]:
    """Return the settlements cut off, and the number of failing pieces that part the whole network."""
    u, v, length = (a.tolist() for a in (broken.network.u, broken.network.v, broken.network.length_m))
    whole = nx.Graph()
    whole.add_weighted_edges_from(zip(u, v, length, strict=True))
    standing = whole.copy()
    failing = [(u[k], v[k]) for k in np.flatnonzero(~broken.stands)]
    standing.remove_edges_from(failing)
    before = max(nx.connected_components(whole), key=len)
    parts = (p for p in nx.connected_components(standing) if p <= before)
    main = max(parts, key=lambda p: standing.subgraph(p).size("weight") if len(p) > 1000 else 0.0)
    cut = {k for k, node in enumerate(broken.places.tolist()) if node in before and node not in main}
    bridges = {frozenset(edge) for edge in nx.bridges(whole)}
    return cut, sum(frozenset(edge) in bridges for edge in failing)


def bench_isolation(repeat: int) -> list[Row]:
    """3,000 settlements, 400 zones, 450,000 edges: layers to figures, map layers and ranked segments."""
    layers = random_layers(SIDE, LOOPS)
    ours: Callable[[], Result] = lambda: isolation(**layers, hazard_covers=["西", "東"])  # noqa: E731
    whole_s, result = timed(ours, repeat)
    broken = broken_streets(layers)
    their_s, (cut, parting) = timed(lambda: networkx_cut_off(broken), 1)
    table: Any = result.tables["iso_settlements"]
    isolated = table.loc[table["isolated"].fillna(value=False), "name"].astype(int)
    np.testing.assert_array_equal(sorted(isolated), sorted(cut))
    elements, segments = len(result.features["failed_streets"]), len(result.features["segments"])
    size = f"{len(layers['roads']):,} edges, {elements:,} elements, {segments:,} of them critical"
    return [
        Row("knr_gis: layers to ranked segments, hospitals, maps", whole_s, size),
        Row(
            "networkx: who is cut off, and bridges",
            their_s,
            f"n=1; same {len(cut)} cut off; {parting} pieces part",
        ),
    ]
