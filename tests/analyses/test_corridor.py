"""What lies along a route: minutes off it by pencil, equality with networkx, counts that close."""

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point

from knr_gis.analyses.tourism.corridor import corridor
from knr_gis.errors import AnalysisError
from knr_gis.result import Result
from knr_gis.texts import say
from tests import town
from tests.analyses import tour_land as land
from tests.analyses import tour_road as roads
from tests.town import figures

KM = roads.KM
# the route runs over y = 0; side roads leave it at 20 and 45 km (10 km long, the second one-way outwards)
STRAIGHT = [(float(x), 0.0) for x in (0, 20, 45, 90, 200, 300)]
SIDES = [[(20, 0), (20, 10)], [(45, 0), (45, 10)], [(45, 10), (90, 10), (90, 0)]]


def around(**columns: list[Any]) -> dict[str, Any]:
    at = {
        "道の上": (33.0, 0.3), "枝の中": (20.0, 4.0), "枝の先": (45.0, 10.0), "遠く": (250.0, 0.0),
        "沖": (100.0, 300.0), "B": (30.0, 0.0),
    }  # fmt: skip
    return {"heritage": roads.places(at, **columns)}


def run(**changes: Any) -> Result:
    oneway = [False, False, True, False]
    net = roads.road(STRAIGHT, *SIDES, oneway=oneway)
    return corridor(**{
        **roads.given(roads=net, stops=["A", "B", "C"]), "around": around(), "corridor_min": 12.0, **changes,
    })  # fmt: skip


def rows(result: Result) -> dict[str, tuple[float, ...]]:
    table = result.tables["corridor"]
    return {
        r.name: tuple(round(v, 6) for v in (r.along_km, r.off_min, r.back_min, r.off_km))
        for r in table.itertuples()
    }


def test_minutes_off_the_way_and_back_are_those_of_the_roads() -> None:
    found = rows(run())
    assert found == {
        "枝の中": (20, 4, 4, 4),
        "B": (30, 0, 0, 0),  # another layer's place of that name: not the stop
        "道の上": (33, 0, 0, 0),
        "枝の先": (45, 10, 85, 10),  # back by way of (90, 10) and 30 km along the road to C
    }
    assert list(found) == ["枝の中", "B", "道の上", "枝の先"]  # in the order of the way
    assert run().tables["corridor"]["passing"].tolist() == ["09:20", "09:30", "10:33", "10:45"]


def test_counts_close_and_what_cannot_be_reached_is_a_state() -> None:
    result = run()
    total = {
        name: figures(result.summary, f"corridor_{name}")["", ""]
        for name in ("near", "beyond", "lost", "all")
    }
    assert total == {"near": 4, "beyond": 1, "lost": 1, "all": 6}
    lost = result.tables["not_evaluated"].set_index("what")["count"]
    assert lost["寄れるか分からない地点"] == 1
    assert "4 件" in say(result.headline.key, **result.headline.values)
    assert len(run(corridor_min=9.9).tables["corridor"]) == 3
    assert len(result.features["detours"]) == len(result.features["corridor"]) == 4
    assert result.features["detours"].length.tolist() == pytest.approx([4 * KM, 0, 0, 10 * KM], abs=1e-6)


def test_stops_are_left_out_by_layer_name_and_place() -> None:
    spots = roads.spots(A=0, B=30, C=60)
    assert rows(run(around={"tourism_spots": spots}, spots={"tourism_spots": spots})) == {}


def test_roads_that_are_closed_that_day_lead_nowhere_and_hours_are_compared() -> None:
    shut = {"rule_id": "X", "name": "枝", "rule_kind": "closed", "from_date": "12-01", "to_date": "03-31"}
    rules = land.rules((shut, [(20 * KM, 0), (20 * KM, 10 * KM)]))
    places = around(
        opens=["09:00", "09:00", "11:00", "", "", ""], closes=["10:00", "17:00", "17:00", "", "", ""],
        months_open=[roads.ALWAYS] * 5 + [""],
    )  # fmt: skip
    winter = run(road_rules=rules, date="2026-01-10", around=places)
    assert "枝の中" not in rows(winter)
    summer = run(road_rules=rules, date="2026-07-10", around=places).tables["corridor"]
    states = dict(zip(summer["name"], summer["open_state"], strict=True))
    assert states == {"枝の中": "open", "B": "open_unknown", "道の上": "shut", "枝の先": "shut"}
    assert set(run(around=places).tables["corridor"]["open_state"]) == {"not_judged"}


def test_the_day_with_the_shorter_detour_counts() -> None:
    lodging = roads.places({"宿": (60.0, 0.0)})
    spots = {"tourism_spots": roads.spots(A=0, B=30, E=200)}
    result = run(spots=spots, stops=["A", "宿", "E"], lodging=lodging, corridor_min=60)
    assert result.tables["corridor"].set_index("name")["day"].to_dict() == {
        "枝の中": 1, "B": 1, "道の上": 1, "枝の先": 1, "遠く": 2,
    }  # fmt: skip


def test_a_bad_limit_is_one_clear_line() -> None:
    with pytest.raises(AnalysisError, match="寄り道") as error:
        run(corridor_min=0)
    assert "\n" not in str(error.value)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_detours_equal_networkx(seed: int) -> None:
    """Shortest from any crossing of the drawn route to each place, over a graph built another way."""
    rng = np.random.default_rng(seed)
    graph = nx.grid_2d_graph(5, 5)
    lines = [LineString([(x * KM, y * KM) for x, y in edge]) for edge in graph.edges]
    nodes = [tuple(int(v) for v in rng.integers(0, 5, 2)) for _ in range(8)]
    names = [f"P{k}" for k in range(8)]
    spots = town.frame({"name": names[:3]}, [Point(x * KM, y * KM) for x, y in nodes[:3]])
    others = town.frame({"name": names[3:]}, [Point(x * KM, y * KM) for x, y in nodes[3:]])
    result = corridor(
        roads=town.frame({}, lines), spots={"tourism_spots": spots}, stops=names[:3], drive_speed_kmh=60.0,
        around={"heritage": others}, corridor_min=1000.0,
    )  # fmt: skip
    passed = {
        (round(x / KM), round(y / KM)) for line in result.features["legs"].geometry for x, y in line.coords
    }
    off = dict(zip(result.tables["corridor"]["name"], result.tables["corridor"]["off_min"], strict=True))
    if not passed:  # all stops at one crossing
        return
    theirs = nx.multi_source_dijkstra_path_length(graph, passed, weight=None)
    assert off == pytest.approx({name: theirs[node] for name, node in zip(names[3:], nodes[3:], strict=True)})
