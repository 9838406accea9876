"""Streets, places on them and ways between them: a pencil town, laws, and networkx as the judge."""

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiLineString, Point

from knr_gis.errors import AnalysisError, CrsError
from knr_gis.network import Network, build_network, edge_seconds
from knr_gis.routing import Field, Reach, shortest_path, travel_from, travel_matrix
from knr_gis.snapping import Snap, snap

SAMPLES = Path(__file__).parents[1].parent / "shared" / "data" / "samples_not_region"


def streets(*lines: Any, **columns: Any) -> gpd.GeoDataFrame:
    shapes = [line if hasattr(line, "geom_type") else LineString(line) for line in lines]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:6681")


def at(network: Network, *points: tuple[float, float], limit_m: float = 50.0) -> Snap:
    return snap(network, np.array(points, dtype=float).reshape(-1, 2), limit_m=limit_m)


def metres(network: Network, sources: Snap, targets: Snap, **options: Any) -> Field:
    """One second for each metre."""
    return travel_from(network, sources, targets, cost_s=network.length_m, **options)


# ---- building ---------------------------------------------------------------------------------


def test_streets_meet_at_shared_vertices_only() -> None:
    town = streets(
        [(0, 0), (100, 0), (200, 0)],  # a street with a vertex at (100, 0)
        [(100, 0), (100, 100)],  # a side street that starts there: joined
        [(50, -50), (50, 50)],  # a bridge over the street: crosses it without a vertex
    )
    network = build_network(town, mode="walk")
    assert (len(network.nodes), len(network)) == (6, 4)
    assert network.road.tolist() == [0, 0, 1, 2]
    assert network.length_m.tolist() == [100, 100, 100, 100]
    part = network.component[network.u]
    assert (part[:3] == part[0]).all()
    assert part[3] != part[0]


@pytest.mark.parametrize(("gap", "n_parts"), [(0.0, 1), (0.0004, 1), (0.01, 2), (0.5, 2)])
def test_a_gap_of_a_centimetre_stays_a_gap(gap: float, n_parts: int) -> None:
    network = build_network(streets([(0, 0), (100, 0)], [(100 + gap, 0), (200, 0)]), mode="walk")
    assert len(set(network.component.tolist())) == n_parts
    end = metres(network, at(network, (0, 0)), at(network, (200, 0)))
    assert (end.status[0] == Reach.REACHED) == (n_parts == 1)


def test_flags_decide_who_takes_part() -> None:
    lines = [[(0, y), (1, y)] for y in range(4)]
    flags = {"walk": [True, False, None, True], "drive": [False, True, None, True]}
    town = streets(*lines, construction=[False, False, None, True], **flags)
    assert build_network(town, mode="walk").road.tolist() == [0, 2]
    assert build_network(town, mode="drive").road.tolist() == [1, 2]
    assert build_network(town, mode="cycle").road.tolist() == [0, 1, 2]  # no column: all take part
    typed = town.astype({"walk": "boolean", "construction": "boolean"})
    assert build_network(typed, mode="walk").road.tolist() == [0, 2]


def test_one_way_binds_cars_and_bicycles_but_no_walkers() -> None:
    town = streets([(0, 0), (1, 0)], [(1, 0), (2, 0)], oneway=[True, None], oneway_cycle=[False, True])
    assert build_network(town, mode="walk").backward.tolist() == [True, True]
    assert build_network(town, mode="drive").backward.tolist() == [False, True]
    assert build_network(town, mode="cycle").backward.tolist() == [True, False]
    plain = town.drop(columns="oneway_cycle")
    assert build_network(plain, mode="cycle").backward.tolist() == [False, True]


def test_odd_geometries() -> None:
    town = streets(
        MultiLineString([[(0, 0), (10, 0)], [(10, 0), (10, 5)]]),
        LineString([(10, 5, 3.0), (10, 5, 4.0), (20, 5, 4.0)]),  # with heights, one vertex twice
        LineString(),
        None,
    )
    network = build_network(town, mode="walk")
    assert network.road.tolist() == [0, 0, 1]
    assert network.length_m.tolist() == [10, 5, 10]
    assert set(network.component.tolist()) == {0}
    with pytest.raises(AnalysisError, match="1 件"):
        build_network(streets(Point(0, 0), [(0, 0), (1, 1)]), mode="walk")


def test_an_empty_network_reaches_nothing() -> None:
    network = build_network(streets([(0, 0), (1, 0)], walk=[False]), mode="walk")
    place = at(network, (0, 0))
    assert (len(network), place.reached.tolist(), place.edge.tolist()) == (0, [False], [-1])
    assert math.isnan(place.distance_m[0])
    assert metres(network, place, place).status.tolist() == [Reach.FAR]
    assert np.isnan(travel_matrix(network, place, cost_s=network.length_m)).all()


def test_degrees_are_refused() -> None:
    with pytest.raises(CrsError):
        build_network(streets([(0, 0), (1, 0)]).set_crs("EPSG:6668", allow_override=True), mode="walk")


def test_seconds_of_edges() -> None:
    network = build_network(streets([(0, 0), (10, 0)], [(10, 0), (10, 30)]), mode="walk")
    np.testing.assert_allclose(edge_seconds(network, speed_kmh=3.6), [10, 30])
    np.testing.assert_allclose(edge_seconds(network, speed_kmh=np.array([36.0, 3.6])), [1, 30])
    with pytest.raises(AnalysisError, match="1 区間"):
        edge_seconds(network, speed_kmh=np.array([36.0, np.nan]))


# ---- snapping ---------------------------------------------------------------------------------


def test_snapping_by_pencil() -> None:
    network = build_network(streets([(0, 0), (100, 0)]), mode="walk")
    found = at(network, (30, 40), (-30, 0), (100, 50), (50, 51), (np.nan, 0))
    assert found.reached.tolist() == [True, True, True, False, False]
    assert found.distance_m[:4].tolist() == [40, 30, 50, 51]  # a far point still says how far
    assert found.along_m[:3].tolist() == [30, 0, 100]
    assert found.edge.tolist() == [0, 0, 0, -1, -1]
    assert np.isnan(found.along_m[3:]).all()
    assert found.xy[:3].tolist() == [[30, 0], [0, 0], [100, 0]]
    assert found.take([3, 0]).reached.tolist() == [False, True]


coordinates = st.integers(0, 6).map(lambda k: 10.0 * k)
vertices = st.tuples(coordinates, coordinates)
lines_of_town = st.lists(
    st.lists(vertices, min_size=2, max_size=4).filter(lambda line: len(set(line)) > 1), min_size=1, max_size=8
)
places = st.lists(st.tuples(st.integers(-10, 70), st.integers(-10, 70)), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(lines_of_town, places)
def test_snapping_finds_the_nearest_street(lines: list[Any], points: list[Any]) -> None:
    town = streets(*lines)
    network = build_network(town, mode="walk")
    found = at(network, *points, limit_m=15.0)
    whole = shapely.union_all(town.geometry.values)
    for k, point in enumerate(points):
        assert found.distance_m[k] == pytest.approx(whole.distance(Point(point)), abs=1e-9)
        assert found.reached[k] == (found.distance_m[k] <= 15.0)
        if found.reached[k]:
            assert whole.distance(Point(found.xy[k])) < 1e-9
            start = network.nodes[network.u[found.edge[k]]]
            assert math.dist(start, found.xy[k]) == pytest.approx(found.along_m[k])


# ---- travelling: the pencil town ----------------------------------------------------------------


def test_places_in_the_middle_of_edges() -> None:
    network = build_network(streets([(0, 0), (100, 0), (100, 100)]), mode="walk")
    field = metres(network, at(network, (100, 60)), at(network, (30, 5), (100, 90), (100, 60), (0, 0)))
    np.testing.assert_allclose(field.cost_s, [130, 30, 0, 160])
    np.testing.assert_allclose(field.length_m, [130, 30, 0, 160])
    assert field.source.tolist() == [0, 0, 0, 0]
    assert list(field.path(0).line.coords) == [(30, 0), (100, 0), (100, 60)]
    assert field.path(0).edges.tolist() == [0, 1]
    np.testing.assert_allclose(field.path(0).edge_m, [70, 60])
    assert field.path(2).length_m == 0
    np.testing.assert_allclose(field.node_cost_s, [160, 60, 40])


def test_the_own_edge_is_shorter_than_the_way_through_nodes() -> None:
    # Two places on one long edge; both ends of the edge lie far from each.
    network = build_network(
        streets([(0, 0), (1000, 0)], [(0, 0), (0, 10)], [(1000, 0), (1000, 10)]), mode="walk"
    )
    field = metres(network, at(network, (510, 0), (0, 10)), at(network, (490, 0), (20, 0)))
    np.testing.assert_allclose(field.cost_s, [20, 30])
    assert field.source.tolist() == [0, 1]


def test_far_disconnected_and_reached_are_three_states() -> None:
    town = streets([(0, 0), (100, 0)], [(500, 0), (600, 0)])  # the second street is an island
    network = build_network(town, mode="walk")
    field = metres(network, at(network, (0, 0)), at(network, (100, 20), (550, 0), (300, 0)))
    assert field.status.tolist() == [Reach.REACHED, Reach.DISCONNECTED, Reach.FAR]
    assert field.cost_s[0] == 100
    assert np.isnan(field.cost_s[1:]).all()
    assert np.isnan(field.length_m[1:]).all()
    assert field.source.tolist() == [0, -1, -1]
    assert field.path(1).line is None
    assert field.path(2).status == Reach.FAR
    nobody = metres(network, at(network, (300, 0)), at(network, (100, 20), (300, 0)))
    assert nobody.status.tolist() == [Reach.DISCONNECTED, Reach.FAR]


def test_a_source_off_the_network_does_not_shift_the_numbers_of_the_others() -> None:
    network = build_network(streets([(0, 0), (100, 0)]), mode="walk")
    field = metres(network, at(network, (50, 900), (90, 0), (0, 0)), at(network, (80, 0), (10, 0)))
    assert field.source.tolist() == [1, 2]


def test_toward_safety_obeys_one_way_streets() -> None:
    # A square that cars may drive round anticlockwise only.
    square = [(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)]
    network = build_network(streets(square, oneway=[True]), mode="drive")
    site, home = at(network, (0, 0)), at(network, (100, 0))
    there = metres(network, site, home, toward=True)  # home to site: the long way round
    back = metres(network, site, home, toward=False)  # site to home: along the first side
    assert (there.cost_s[0], back.cost_s[0]) == (300, 100)
    assert list(there.path(0).line.coords) == [(100, 0), (100, 100), (0, 100), (0, 0)]
    assert list(back.path(0).line.coords) == [(0, 0), (100, 0)]
    same_edge = metres(network, at(network, (70, 0)), at(network, (30, 0), (90, 0)), toward=True)
    np.testing.assert_allclose(same_edge.cost_s, [40, 380])


def test_the_way_to_the_door_decides_between_sources() -> None:
    network = build_network(streets([(0, 0), (100, 0)]), mode="walk")
    ends, middle = at(network, (0, 0), (100, 0)), at(network, (40, 0), (0, 0))
    assert metres(network, ends, middle).source.tolist() == [0, 0]
    field = metres(network, ends, middle, access_s=np.array([50.0, 0.0]))
    assert field.source.tolist() == [1, 0]
    assert field.cost_s.tolist() == [60, 50]
    assert field.length_m.tolist() == [60, 0]


def test_parallel_streets_take_the_cheaper_and_are_not_added_up() -> None:
    network = build_network(streets([(0, 0), (100, 0)], [(100, 0), (0, 0)]), mode="walk")
    costs = np.array([70.0, 30.0])
    field = travel_from(network, at(network, (0, 0)), at(network, (100, 0)), cost_s=costs)
    assert field.cost_s.tolist() == [30]
    assert field.path(0).edges.tolist() == [1]


def test_closed_and_direction_dependent_costs() -> None:
    network = build_network(streets([(0, 0), (100, 0)], [(0, 0), (0, 50), (100, 50), (100, 0)]), mode="walk")
    start, end = at(network, (0, 0)), at(network, (100, 0))
    closed = network.length_m.copy()
    closed[0] = np.inf
    assert shortest_path(network, start, end, cost_s=closed).length_m == 200
    everything = np.full(len(network), np.inf)
    assert shortest_path(network, start, end, cost_s=everything).status == Reach.DISCONNECTED
    uphill = np.vstack([network.length_m * 3, network.length_m])  # dear along the drawing, cheap against it
    assert shortest_path(network, start, end, cost_s=uphill).cost_s == 300
    assert shortest_path(network, end, start, cost_s=uphill).cost_s == 100
    for bad in (np.array([1.0]), -network.length_m, network.length_m * np.nan):
        with pytest.raises(AnalysisError):
            shortest_path(network, start, end, cost_s=bad)


def test_sums_along_the_way() -> None:
    town = streets(
        [(0, 0), (100, 0)], [(100, 0), (160, 0)], [(160, 0), (300, 0)], bridge=[False, True, False]
    )
    network = build_network(town, mode="walk")
    field = metres(network, at(network, (120, 0)), at(network, (300, 0), (0, 0), (150, 0)))
    on_bridges = np.where(town.bridge.to_numpy()[network.road], network.length_m, 0.0)
    np.testing.assert_allclose(field.sum_along(on_bridges), [40, 20, 30])


# ---- travelling: networkx judges -----------------------------------------------------------------


def judge(network: Network, costs: np.ndarray, *snaps: Snap) -> tuple[nx.MultiDiGraph, list[list[Any]]]:
    """The same streets as a networkx graph, cut edge by edge in plain Python, and the nodes of the snaps."""
    graph = nx.MultiDiGraph()
    on_edge: dict[int, list[tuple[float, Any]]] = {}
    names: list[list[Any]] = []
    for number, found in enumerate(snaps):
        names.append([])
        for k in range(len(found)):
            name = ("point", number, k)
            names[-1].append(name)
            graph.add_node(name)
            if found.reached[k]:
                on_edge.setdefault(int(found.edge[k]), []).append((float(found.along_m[k]), name))
    for e in range(len(network)):
        length = float(network.length_m[e])
        stops = [(0.0, int(network.u[e])), *sorted(on_edge.get(e, [])), (length, int(network.v[e]))]
        for (here, a), (there, b) in pairwise(stops):
            share = (there - here) / length
            same = share == 0  # two places at one spot are one place, whatever the direction of the street
            if same or network.forward[e]:
                graph.add_edge(a, b, cost=costs[0, e] * share, metres=length * share)
            if same or network.backward[e]:
                graph.add_edge(b, a, cost=costs[1, e] * share, metres=length * share)
    return graph, names


@settings(max_examples=150, deadline=None)
@given(lines=lines_of_town, sources=places, targets=places, toward=st.booleans(), data=st.data())
def test_costs_sources_and_paths_agree_with_networkx(
    lines: list[Any], sources: list[Any], targets: list[Any], toward: bool, data: Any
) -> None:
    one_way = data.draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines)))
    network = build_network(streets(*lines, oneway=one_way), mode="drive")
    weight = st.integers(1, 9)
    weights = [data.draw(st.lists(weight, min_size=len(network), max_size=len(network))) for _ in range(2)]
    costs = np.array(weights, dtype=float) * network.length_m
    doors = np.array(
        data.draw(st.lists(st.integers(0, 40), min_size=len(sources), max_size=len(sources))), float
    )
    a, b = at(network, *sources, limit_m=12.0), at(network, *targets, limit_m=12.0)
    field = travel_from(network, a, b, cost_s=costs, toward=toward, access_s=doors)
    graph, (names, wanted) = judge(network, costs, a, b)
    searched = graph.reverse() if toward else graph
    from_each = [nx.single_source_dijkstra_path_length(searched, name, weight="cost") for name in names]
    for k, target in enumerate(wanted):
        totals = {
            s: doors[s] + from_each[s][target]
            for s in range(len(a))
            if a.reached[s] and target in from_each[s] and b.reached[k]
        }
        if not totals:
            assert field.status[k] == (Reach.DISCONNECTED if b.reached[k] else Reach.FAR)
            assert math.isnan(field.cost_s[k])
            continue
        assert field.status[k] == Reach.REACHED
        best = min(totals.values())
        assert field.cost_s[k] == pytest.approx(best, abs=1e-6)
        assert totals[int(field.source[k])] == pytest.approx(best, abs=1e-6)
        path = field.path(k)
        assert path.line.length == pytest.approx(path.length_m, abs=1e-4)
        assert path.length_m == pytest.approx(field.length_m[k], abs=1e-6)
        ends = [tuple(a.xy[field.source[k]]), tuple(b.xy[k])]
        first, last = (ends[1], ends[0]) if toward else (ends[0], ends[1])
        assert path.line.coords[0] == pytest.approx(first, abs=1e-5)
        assert path.line.coords[-1] == pytest.approx(last, abs=1e-5)


@settings(max_examples=60, deadline=None)
@given(lines=lines_of_town, points=places, data=st.data())
def test_the_matrix_agrees_with_single_paths(lines: list[Any], points: list[Any], data: Any) -> None:
    one_way = data.draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines)))
    network = build_network(streets(*lines, oneway=one_way), mode="drive")
    found = at(network, *points, limit_m=12.0)
    matrix = travel_matrix(network, found, cost_s=network.length_m)
    for i in range(len(points)):
        for j in range(len(points)):
            path = shortest_path(network, found.take([i]), found.take([j]), cost_s=network.length_m)
            assert matrix[i, j] == pytest.approx(path.cost_s, abs=1e-6, nan_ok=True)


@settings(max_examples=50, deadline=None)
@given(lines=lines_of_town, sources=places, targets=places, more=places)
def test_another_site_never_makes_anyone_slower(
    lines: list[Any], sources: list[Any], targets: list[Any], more: list[Any]
) -> None:
    network = build_network(streets(*lines), mode="walk")
    b = at(network, *targets)
    before = metres(network, at(network, *sources), b)
    after = metres(network, at(network, *sources, *more), b)
    assert (np.nan_to_num(after.cost_s, nan=np.inf) <= np.nan_to_num(before.cost_s, nan=np.inf) + 1e-6).all()


@pytest.mark.real_data
@pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared/data is not there")
def test_real_streets_agree_with_networkx() -> None:
    from knr_gis.layers import Layer, Source  # noqa: PLC0415
    from knr_gis.readers import ReadRequest  # noqa: PLC0415
    from knr_gis.readers.osm import read_osm  # noqa: PLC0415
    from knr_gis.style import Style  # noqa: PLC0415

    blank = Source("", "", "", (), "", "", "")
    layer = Layer("roads", "transport", "line", ("osm",), "", "", blank, (), (), (), Style(""))
    path = SAMPLES / "osm" / "otemachi_overpass_raw.json"
    roads = read_osm(ReadRequest(path, layer)).data.to_crs(6677)
    for mode in ("walk", "cycle", "drive"):
        network = build_network(roads, mode=mode)
        rng = np.random.default_rng(7)
        box = network.nodes.min(axis=0), network.nodes.max(axis=0)
        sites, homes = (snap(network, rng.uniform(*box, (n, 2)), limit_m=60.0) for n in (12, 200))
        field = travel_from(network, sites, homes, cost_s=network.length_m)
        graph, (names, wanted) = judge(network, np.vstack([network.length_m] * 2), sites, homes)
        starts = [name for name, on in zip(names, sites.reached, strict=True) if on]
        cost = nx.multi_source_dijkstra_path_length(graph.reverse(), starts, weight="cost")
        expected = [
            cost.get(name, np.nan) if on else np.nan for name, on in zip(wanted, homes.reached, strict=True)
        ]
        np.testing.assert_allclose(field.cost_s, expected, rtol=1e-9, atol=1e-6)
        assert 0 < (field.status == Reach.REACHED).sum() < 200
        np.testing.assert_allclose(field.length_m, expected, rtol=1e-9, atol=1e-6)
