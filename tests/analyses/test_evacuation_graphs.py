"""Times, sites and lengths of whole runs equal networkx on random streets, in winter too."""

import itertools
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from affine import Affine
from pyproj import CRS
from shapely.geometry import LineString, Point, box

from knr_gis.analyses.evacuation import evacuation
from knr_gis.grid import Grid
from knr_gis.slopes import tobler
from tests import town

NX, NY, STEP = 9, 8, 100.0
Node = tuple[float, float]
SNOW, WADE, NIGHT = 0.8, 0.5, 0.8
STAIRS = 0.5
LAYERS = ("out", "open", "in")


def height(x: float, y: float) -> float:
    """A plane that rises to the north-east: its slope along a street can be told with a pencil."""
    return 0.04 * x + 0.07 * y


def relief() -> Grid:
    cells = np.arange(-200, 1300, 20.0) + 10
    values = np.array([[height(x, y) for x in cells] for y in cells[::-1]], dtype=np.float32)
    return Grid(values, Affine(20, 0, -200, 0, -20, 1300), CRS.from_epsg(6681))


def streets(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Random streets between the points of a grid, some narrow, some stairs."""
    points = [(x * STEP, y * STEP) for x in range(NX) for y in range(NY)]
    rows = []
    for a, b in itertools.combinations(points, 2):
        near = abs(a[0] - b[0]) <= STEP and abs(a[1] - b[1]) <= STEP
        diagonal = a[0] != b[0] and a[1] != b[1]
        if near and rng.random() < (0.1 if diagonal else 0.75):
            street = {"a": a, "b": b, "stairs": bool(rng.random() < 0.1)}
            rows.append({**street, "width_m": float(rng.choice([2.0, 5.0], p=[0.3, 0.7]))})
    return rows


def seconds(a: Node, b: Node, row: dict[str, Any], *, speed: float, closed: bool) -> float:
    """The time from a to b, by the rules as they are written down."""
    length = float(np.hypot(b[0] - a[0], b[1] - a[1]))
    slope = (height(*b) - height(*a)) / length
    factor = float(tobler(np.array([slope]))[0]) * (STAIRS if row["stairs"] else 1) * (WADE if closed else 1)
    return length / (speed * factor)


def graph_of(rows: list[dict[str, Any]], *, winter: bool, speed: float) -> nx.DiGraph:
    """
    Walkers as states: on the closed street of their home, on open streets, on that of the site.

    From the first one can only go on to the second, from the second only to the third.
    """
    graph = nx.DiGraph()
    for row in rows:
        closed = winter and (row["width_m"] < 3 or row["stairs"])
        for a, b in ((row["a"], row["b"]), (row["b"], row["a"])):
            cost = seconds(a, b, row, speed=speed, closed=closed)
            length = float(np.hypot(b[0] - a[0], b[1] - a[1]))
            for layer in ("out", "in") if closed else ("open",):
                graph.add_edge((layer, a), (layer, b), seconds=cost, length=length)
    for layer, point in list(graph.nodes):
        if layer == "open":
            for before, after in (("out", "open"), ("open", "in")):
                ends = (before, point), (after, point)
                if all(end in graph for end in ends):
                    graph.add_edge(*ends, seconds=0.0, length=0.0)
    return graph


def at(graph: nx.DiGraph, point: Node) -> list[tuple[str, Node]]:
    """Where a person or site at a corner stands: on an open street, else on the closed one."""
    if ("open", point) in graph:
        return [("open", point)]
    return [(layer, point) for layer in LAYERS if (layer, point) in graph]


@pytest.mark.parametrize(("seed", "winter"), [(k, k % 2 == 1) for k in range(8)])
def test_times_sites_and_lengths_equal_networkx(seed: int, *, winter: bool) -> None:
    rng = np.random.default_rng(seed)
    rows = streets(rng)
    speed = NIGHT * (SNOW if winter else 1.0)
    graph = graph_of(rows, winter=winter, speed=speed)
    corners = sorted({p for row in rows for p in (row["a"], row["b"])})
    chosen = [corners[k] for k in rng.choice(len(corners), 5, replace=False)]
    homes = [c for c in corners if c not in chosen]

    flags = pd.array([True] * 5, dtype="boolean")
    result = evacuation(
        hazard=town.frame({"depth_min_m": [1.0], "depth_max_m": [2.0]}, [box(-50, -50, 999, 999)]),
        municipalities=town.municipalities(),
        sites=town.frame({"name": [str(c) for c in chosen], "tsunami": flags, "floor_height_m": [9.0] * 5},
                         [Point(c) for c in chosen]),
        settlements=town.frame({"name": [str(h) for h in homes]}, [Point(h) for h in homes]),
        roads=town.frame(
            {key: [row[key] for row in rows] for key in ("width_m", "stairs")},
            [LineString([r["a"], r["b"]]) for r in rows],
        ),
        elevation=relief(), use_exits=False, time_of_day="night", season="winter" if winter else "summer",
    )  # fmt: skip
    table = result.tables["origins"].set_index("name")
    goals = {node: str(c) for c in chosen for node in at(graph, c)}
    found, ways = nx.multi_source_dijkstra(graph.reverse(), set(goals), weight="seconds")

    no_way = 0
    for home in homes:
        row = table.loc[str(home)]
        starts = [node for node in at(graph, home) if node[0] != "in"]
        best = min((found[node] for node in starts if node in found), default=None)
        if best is None:
            assert row["evac_status"] == "no_route", home
            no_way += 1
            continue
        assert row["walk_min"] * 60 == pytest.approx(best, rel=1e-4), home  # heights are 32-bit
        each = _times_by_site(graph, starts, goals)
        assert each[row["site_name"]] == pytest.approx(best, rel=1e-4)  # the best site, or one as good
        if sum(t < best * (1 + 1e-3) for t in each.values()) == 1:
            way = ways[min((n for n in starts if n in found), key=found.__getitem__)]
            assert row["distance_m"] == pytest.approx(nx.path_weight(graph, way[::-1], "length"))
    assert no_way < len(homes) / 2, "a comparison of ways needs ways"


def _times_by_site(graph: nx.DiGraph, starts: list[Any], goals: dict[Any, str]) -> dict[str, float]:
    times: dict[str, float] = {}
    for start in starts:
        reached = nx.single_source_dijkstra_path_length(graph, start, weight="seconds")
        for node, name in goals.items():
            if node in reached:
                times[name] = min(times.get(name, np.inf), reached[node])
    return times
