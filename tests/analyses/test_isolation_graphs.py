"""Isolation beside independent computations: networkx, removal of each element, shapely lengths."""

import itertools
import json
import math
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from knr_gis.analyses.isolation import isolation
from knr_gis.analyses.isolation.cutting import find_cuts
from knr_gis.analyses.isolation.stretches import stretches_inside
from knr_gis.network import build_network
from knr_gis.overlay import split_polygons
from knr_gis.result import Result
from tests import town
from tests.town import EAST, NORTH, WEST

Place = tuple[float, float]


@settings(max_examples=150, deadline=None)
@given(
    n=st.integers(1, 9), seed=st.integers(0, 10_000), extra=st.integers(0, 5), root=st.integers(0, 8),
)  # fmt: skip
def test_cut_edges_are_those_whose_removal_parts_the_graph(n: int, seed: int, extra: int, root: int) -> None:
    rng = np.random.default_rng(seed)
    tree = [(k, int(rng.integers(k))) for k in range(1, n)]
    edges = [*tree, *(tuple(map(int, rng.integers(n, size=2))) for _ in range(extra))]
    rng.shuffle(edges)
    a, b = (np.array([e[side] for e in edges], dtype=np.int64) for side in (0, 1))
    cuts = find_cuts(n, a, b, root=root % n)
    amount = rng.random(n)
    for k, far in enumerate(cuts.far):
        rest = nx.MultiGraph()
        rest.add_nodes_from(range(n))
        rest.add_edges_from(e for j, e in enumerate(edges) if j != k)
        assert nx.is_connected(rest) == (far < 0)
        if far >= 0:
            beyond = nx.node_connected_component(rest, int(far))
            assert root % n not in beyond
            assert set(np.flatnonzero(cuts.is_beyond(int(far), np.arange(n)))) == beyond
            assert cuts.beyond(amount)[far] == pytest.approx(amount[sorted(beyond)].sum())


def test_a_graph_in_pieces_is_a_defect() -> None:
    with pytest.raises(ValueError, match="2 nodes"):
        find_cuts(4, np.array([0]), np.array([1]), root=0)


@pytest.mark.parametrize("seed", range(5))
def test_failing_lengths_equal_shapely(seed: int) -> None:
    rng = np.random.default_rng(seed)
    xy = rng.random((60, 2)) * 1000
    roads = town.frame({"road_name": ["r"] * 30}, [LineString(xy[k : k + 2]) for k in range(0, 60, 2)])
    network = build_network(roads, mode="drive")
    zones = np.array(
        [Point(p).buffer(r) for p, r in zip(rng.random((8, 2)) * 1000, rng.random(8) * 200, strict=True)],
        dtype=object,
    )
    found = stretches_inside(network, split_polygons(zones)[0])
    ours = np.bincount(found.edge, found.end_m - found.start_m, minlength=len(network))
    theirs = shapely.length(shapely.intersection(roads.geometry.to_numpy(), shapely.union_all(zones)))
    np.testing.assert_allclose(ours[np.argsort(network.road)], theirs, atol=0.02)
    assert (found.start_m[1:] > found.end_m[:-1])[found.edge[1:] == found.edge[:-1]].all()


def random_town(seed: int) -> dict[str, object]:
    """A bent grid of streets with gaps and some bridges, settlements at its crossings, a few zones."""
    rng = np.random.default_rng(seed)
    at = {
        (x, y): (x * 200 + rng.random() * 60, y * 180 + rng.random() * 60) for x in range(7) for y in range(5)
    }
    pairs = [(p, (p[0] + dx, p[1] + dy)) for p in at for dx, dy in ((1, 0), (0, 1))]
    kept = [(p, q) for p, q in pairs if q in at and rng.random() > 0.36]
    lines = [LineString([at[p], at[q]]) for p, q in kept]
    roads = town.frame({"road_name": [""] * len(lines), "bridge": rng.random(len(lines)) < 0.15}, lines)
    used = sorted({p for pair in kept for p in pair})
    lived = [used[k] for k in rng.choice(len(used), 20, replace=False)]
    homes = town.frame(
        {"name": [str(p) for p in lived], "persons": rng.integers(1, 1000, 20).astype(float)},
        [Point(at[p]) for p in lived],
    )
    zones = [box(x, y, x + 170, y + 150) for x, y in rng.random((7, 2)) * (1200, 800)]
    hazard = town.frame({"depth_max_m": [1.0] * 7}, zones)
    return {"roads": roads, "settlements": homes, "hazard": hazard}


def key(place: Place) -> Place:
    return (round(place[0], 3), round(place[1], 3))


def graph_of(lines: list[LineString]) -> nx.Graph:
    """Streets as a graph of their vertices; the length of each piece as weight."""
    graph = nx.Graph()
    for line in lines:
        for start, end in itertools.pairwise(line.coords):
            graph.add_edge(key(start), key(end), length=math.dist(start, end))
    return graph


def single_lines(shape: shapely.Geometry) -> list[LineString]:
    return [
        part for part in shapely.get_parts(shape) if part.geom_type == "LineString" and part.length > 0.01
    ]


def split_town(inputs: dict[str, object]) -> tuple[list[LineString], list[LineString]]:
    """Standing and failing pieces of street, by shapely: bridges that the zone touches fail as a whole."""
    zone = inputs["hazard"].union_all()
    stands, fails = [], []
    for road in inputs["roads"].itertuples():
        if road.bridge and road.geometry.intersects(zone):
            fails.append(road.geometry)
            continue
        stands += single_lines(road.geometry.difference(zone))
        fails += single_lines(road.geometry.intersection(zone))
    return stands, fails


def cut_homes(standing: nx.Graph, whole: nx.Graph, homes: gpd.GeoDataFrame) -> set[str]:
    """Settlements in the largest part of the whole graph that do not hang together with its main part."""

    def metres(nodes: set[Place]) -> float:
        return float(standing.subgraph(nodes).size("length"))

    before = max(nx.connected_components(whole), key=lambda c: whole.subgraph(c).size("length"))
    after = [c for c in nx.connected_components(standing) if c & before]
    main = max(after, key=metres)
    places = {name: key(p.coords[0]) for name, p in zip(homes["name"], homes.geometry, strict=True)}
    return {name for name, place in places.items() if place in before and place not in main}


def run(inputs: dict[str, object]) -> Result:
    return isolation(
        **inputs, municipalities=town.municipalities(), snap_limit_m=10.0, hazard_covers=[WEST, EAST, NORTH]
    )


@pytest.mark.parametrize("seed", range(12))
def test_isolated_settlements_equal_networkx(seed: int) -> None:
    inputs = random_town(seed)
    stands, fails = split_town(inputs)
    table = run(inputs).tables["iso_settlements"]
    ours = set(table.loc[table["isolated"].fillna(value=False), "name"])
    assert ours == cut_homes(graph_of(stands), graph_of(stands + fails), inputs["settlements"])


@pytest.mark.parametrize("seed", range(8))
def test_segments_equal_the_removal_and_the_return_of_each_element(seed: int) -> None:
    inputs = random_town(seed)
    stands, fails = split_town(inputs)
    homes, result = inputs["settlements"], run(inputs)
    persons = dict(zip(homes["name"], homes["persons"], strict=True))
    whole, standing = graph_of(stands + fails), graph_of(stands)
    isolated = cut_homes(standing, whole, homes)
    told = {s.geometry.normalize().wkb: s for s in result.features["segments"].itertuples()}
    elements = result.features["failed_streets"]
    assert len(elements) > 5
    assert elements["length_km"].sum() * 1000 == pytest.approx(sum(f.length for f in fails), abs=1.0)
    for element in elements.itertuples():
        around = element.geometry.buffer(0.01)
        of_it = [f for f in fails if f.within(around)]
        assert graph_of(of_it).size("length") == pytest.approx(element.length_km * 1000, abs=0.5)
        alone = cut_homes(graph_of([line for line in stands + fails if line not in of_it]), whole, homes)
        opened = graph_of(stands + of_it)
        seg = told.get(element.geometry.normalize().wkb)
        assert (seg.cut_settlements if seg else 0) == len(alone)
        assert (seg.cut_persons if seg else 0) == pytest.approx(sum(persons[n] for n in alone))
        back = isolated - _still_cut(opened, standing, whole, homes)
        assert (seg.reopened_settlements if seg else 0) == len(back)
        assert (seg.reopened_persons if seg else 0) == pytest.approx(sum(persons[n] for n in back))


def test_the_random_towns_have_something_to_find() -> None:
    found = [run(random_town(seed)).features["segments"] for seed in range(8)]
    assert sum((table["cut_settlements"] > 0).sum() for table in found) > 15
    assert sum((table["cut_settlements"] > 1).sum() for table in found) > 3
    assert sum((table["reopened_settlements"] > 0).sum() for table in found) > 15


def _still_cut(opened: nx.Graph, standing: nx.Graph, whole: nx.Graph, homes: gpd.GeoDataFrame) -> set[str]:
    """Settlements that do not hang together with what was the main part before the opening."""
    before = max(nx.connected_components(whole), key=lambda c: whole.subgraph(c).size("length"))
    parts = [c for c in nx.connected_components(standing) if c & before]
    main = max(parts, key=lambda c: standing.subgraph(c).size("length"))
    reached = nx.node_connected_component(opened, next(iter(main)))
    places = {name: key(p.coords[0]) for name, p in zip(homes["name"], homes.geometry, strict=True)}
    return {name for name, place in places.items() if place in before and place not in reached}


@pytest.mark.parametrize("seed", range(4))
def test_times_to_hospitals_equal_networkx(seed: int) -> None:
    inputs = random_town(seed)
    stands, fails = split_town(inputs)
    rng = np.random.default_rng(seed)
    homes = inputs["settlements"]
    goals = homes.iloc[rng.choice(20, 3, replace=False)]
    hospitals = town.frame({"name": list("abc"), "facility_type": ["病院"] * 3}, list(goals.geometry))
    zone = inputs["hazard"].union_all()
    table = run({**inputs, "facilities": hospitals, "drive_speed_kmh": 60.0}).tables["iso_settlements"]
    table = table.set_index("name")
    for column, lines, dry in (("hospital_km", stands, True), ("hospital_before_km", stands + fails, False)):
        graph = graph_of(lines)
        graph.add_nodes_from(key(p.coords[0]) for p in homes.geometry)
        used = [key(p.coords[0]) for p in goals.geometry if not (dry and p.intersects(zone))]
        metres = nx.multi_source_dijkstra_path_length(graph, set(used), weight="length") if used else {}
        for home in homes.itertuples():
            theirs, ours = metres.get(key(home.geometry.coords[0])), table.loc[home.name, column]
            assert (theirs is None) == (not isinstance(ours, float))
            assert theirs is None or ours * 1000 == pytest.approx(theirs, abs=0.01)


@pytest.mark.real_data
def test_real_streets_and_zone_of_kushiro(shared_data: Path) -> None:
    """Addresses cut off by the real zone on the coarse real roads, with shapely and networkx alone."""
    towns = gpd.read_file(shared_data / "municipalities" / "kushiro_nemuro_municipalities_detailed.geojson")
    towns = towns.to_crs(6681).rename(columns={"N03_007": "muni_code", "N03_004": "name"})
    zone = gpd.read_file(shared_data / "tsunami" / "kushiro_tsunami.geojson").to_crs(6681)
    roads = gpd.read_file(shared_data / "roads" / "gm_jpn_roadl_region.geojson").to_crs(6681)
    sheet = shared_data / "settlements" / "japanese-addresses"
    rows = [r for f in sorted(sheet.glob("釧路*.json")) for r in json.loads(f.read_text(encoding="utf-8"))]
    rows = [row for row in rows if row["lng"] is not None]
    points = gpd.points_from_xy([r["lng"] for r in rows], [r["lat"] for r in rows])
    homes = gpd.GeoDataFrame({"name": [str(k) for k in range(len(rows))]}, geometry=points, crs=4326)
    homes = homes.to_crs(6681)
    result = isolation(
        hazard=zone, municipalities=towns, roads=roads, settlements=homes, snap_limit_m=2000.0
    )  # fmt: skip
    table = result.tables["iso_settlements"]
    ours = set(table.loc[table["isolated"].fillna(value=False), "name"])

    wet = zone.union_all()
    lines = np.array([part for road in roads.geometry for part in single_lines(road.difference(wet))])
    graph = graph_of(list(lines))
    main = max(nx.connected_components(graph), key=lambda c: graph.subgraph(c).size("length"))
    in_main = np.array([key(line.coords[0]) in main for line in lines])
    street = shapely.multilinestrings(shapely.get_parts(roads.geometry.to_numpy()))
    theirs = set()
    for home in homes.itertuples():
        place = shapely.shortest_line(home.geometry, street)
        on = Point(place.coords[-1])
        if place.length <= 2000 and shapely.distance(on, lines[in_main]).min() > 0.02:
            theirs.add(home.name)
    assert len(theirs) > 400
    inside = set(table.loc[table["municipality"].isin(["釧路市", "釧路町"]), "name"])
    assert len(ours ^ (theirs & inside)) == 0
