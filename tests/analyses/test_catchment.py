"""From where each place is reached in how long: by pencil, equal to networkx, counts that close."""

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point

from knr_gis.analyses.tourism.catchment import catchment
from knr_gis.analyses.tourism.catchment_tables import band_of
from knr_gis.errors import AnalysisError
from knr_gis.result import Result
from knr_gis.texts import say
from tests import town
from tests.analyses import tour_land as land
from tests.analyses import tour_road as roads
from tests.town import figures

KM = roads.KM
ROAD = [(float(x), 0.0) for x in range(0, 201, 10)]
ISLAND = [(0.0, 90.0), (10.0, 90.0)]


def run(**changes: Any) -> Result:
    stations = roads.places({"駅": (0.0, 0.0), "湖": (100.0, 0.0)})
    lodging = roads.places({"宿": (50.0, 0.0)})
    spots = roads.places(
        {"近": (20.0, 0.0), "中": (150.0, 0.0), "湖": (100.0, 0.0), "島": (5.0, 90.0), "沖": (0.0, 500.0)}
    )
    return catchment(**{
        "roads": roads.road(ROAD, ISLAND), "spots": {"tourism_spots": spots}, "drive_speed_kmh": 60.0,
        "origins": {"stations": stations, "lodging": lodging}, **changes,
    })  # fmt: skip


def nearest(result: Result) -> dict[str, tuple[str, float, str, str]]:
    table = result.tables["nearest"].fillna({"catch_min": -1.0})
    return {
        r.spot_name: (r.origin_name, round(r.catch_min, 6), r.catch_band, r.catch_status)
        for r in table.itertuples()
    }


def test_each_place_has_its_nearest_origin_and_a_band_or_a_state() -> None:
    result = run()
    assert nearest(result) == {
        "近": ("駅", 20, "near", "reached"), "中": ("湖", 50, "middle", "reached"),
        "湖": ("湖", 0, "near", "reached"),
        "島": ("", -1, "lost", "disconnected"), "沖": ("", -1, "lost", "far"),
    }  # fmt: skip
    assert result.tables["nearest"]["catch_km"].tolist()[:3] == pytest.approx([20, 50, 0])
    assert (
        "30 分以内で行けるのは 2 か所、60 分以内は 3 か所、90 分以内は 3 か所です（経路なし 2 か所）"
        in say(result.headline.key, **result.headline.values)
    )
    assert result.tables["not_evaluated"]["what"].tolist()[:2] == ["島", "沖"]
    assert result.features["ways"].length.tolist() == pytest.approx([20 * KM, 50 * KM, 0])


def test_the_matrix_has_every_pair_and_words_where_no_way_leads() -> None:
    matrix = run().tables["matrix"].set_index("spot_name")
    assert matrix.columns.tolist() == ["駅", "湖", "宿"]
    assert matrix.loc["近"].tolist() == [20, 80, 30]
    assert matrix.loc["中"].tolist() == [150, 50, 100]
    assert matrix.loc["島"].tolist() == ["つながる道路なし"] * 3
    assert matrix.loc["沖"].tolist() == ["道路から遠い"] * 3
    pairs = run().tables["pairs"]
    assert len(pairs) == 15
    assert pairs["catch_band"].value_counts().to_dict() == {
        "lost": 6,
        "beyond": 3,
        "near": 3,
        "middle": 2,
        "far": 1,
    }


def test_counts_of_each_origin_close() -> None:
    result = run()
    table = result.tables["origins_reach"].set_index("origin_name")
    assert table.loc[
        "宿", ["catch_near", "catch_middle", "catch_far", "catch_beyond", "catch_lost"]
    ].tolist() == [1, 2, 2, 1, 2]
    assert (table["catch_far"] + table["catch_beyond"] + table["catch_lost"] == 5).all()
    assert table["nearest_spots"].to_dict() == {"駅": 1, "湖": 2, "宿": 0}
    totals = {
        c: figures(result.summary, f"catch_{c}")["", ""] for c in ("near", "middle", "far", "beyond", "lost")
    }
    assert totals == {"near": 2, "middle": 3, "far": 3, "beyond": 0, "lost": 2}
    assert figures(result.summary, "catch_near")["", "宿（宿泊施設）"] == 1


def test_a_closure_of_the_date_is_a_state_of_its_own() -> None:
    rule = {"rule_id": "W", "name": "冬", "rule_kind": "closed", "from_date": "12-01", "to_date": "03-31"}
    rules = land.rules((rule, [(110 * KM, 0.0), (140 * KM, 0.0)]))
    winter = run(road_rules=rules, date="2026-01-10")
    assert nearest(winter)["中"] == ("", -1, "lost", "closed")
    assert winter.tables["matrix"].set_index("spot_name").loc["中"].tolist() == ["通行規制による閉鎖"] * 3
    assert nearest(run(road_rules=rules, date="2026-07-10"))["中"][3] == "reached"
    assert nearest(run(road_rules=rules))["中"][3] == "reached"


def test_the_wait_for_a_road_to_open_is_part_of_the_minutes() -> None:
    rule = {
        "rule_id": "N", "name": "夜", "rule_kind": "closed_daily", "from_date": "01-01", "to_date": "12-31",
        "from_hour": "17:00", "to_hour": "09:30",
    }  # fmt: skip
    rules = land.rules((rule, [(110 * KM, 0.0), (140 * KM, 0.0)]))
    found = run(road_rules=rules, date="2026-07-10").tables["nearest"].set_index("spot_name").loc["中"]
    assert (found["catch_min"], found["catch_km"], found["closed_rules"]) == (
        pytest.approx(80),
        pytest.approx(50),
        "夜",
    )


def test_a_station_of_two_lines_is_one_origin_and_equal_names_are_told_apart() -> None:
    stations = roads.places({"駅": (0.0, 0.0), "駅 ": (0.1, 0.0), "駅  ": (90.0, 0.0)}).assign(name="駅")
    matrix = run(origins={"stations": stations}).tables["matrix"]
    assert matrix.columns.tolist() == ["spot_name", "駅", "駅 (2)"]


def test_some_origins_can_be_chosen_by_layer_or_name() -> None:
    assert run(only_origins=["宿"]).tables["matrix"].columns.tolist() == ["spot_name", "宿"]
    assert run(only_origins=["駅"]).tables["matrix"].columns.tolist() == [
        "spot_name",
        "駅",
        "湖",
    ]  # the layer 駅
    assert run(only_origins=["lodging"]).tables["matrix"].columns.tolist() == ["spot_name", "宿"]
    with pytest.raises(AnalysisError, match="宿"):
        run(only_origins=["宿屋"])


def test_bad_conditions_are_one_clear_line() -> None:
    for changes, word in (
        ({"catch_near_min": 60.0}, "catch_near_min"), ({"catch_far_min": 0}, "長い時間"),
        ({"origins": {"lodging": town.empty("name")}}, "宿泊施設"), ({"spots": {}}, "knr import"),
    ):  # fmt: skip
        with pytest.raises(AnalysisError, match=word) as error:
            run(**changes)
        assert "\n" not in str(error.value)


def test_bands_hold_their_upper_bound() -> None:
    assert [band_of(v, [30, 60, 90]) for v in (0, 30, 30.1, 60, 90, 90.1, float("nan"))] == [
        "near", "near", "middle", "middle", "far", "beyond", "lost",
    ]  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_minutes_equal_networkx(seed: int) -> None:
    rng = np.random.default_rng(seed)
    graph = nx.DiGraph(nx.grid_2d_graph(5, 5))
    edges = [edge for edge in nx.grid_2d_graph(5, 5).edges if rng.random() < 0.8]
    oneway = rng.random(len(edges)) < 0.3
    graph.remove_edges_from(list(graph.edges))
    for (a, b), one in zip(edges, oneway, strict=True):
        graph.add_edge(a, b)
        if not one:
            graph.add_edge(b, a)
    net = town.frame(
        {"oneway": oneway.tolist()}, [LineString([(x * KM, y * KM) for x, y in e]) for e in edges]
    )
    at = {node for edge in edges for node in edge}
    nodes = [sorted(at)[int(k)] for k in rng.integers(0, len(at), 7)]
    points = [Point(x * KM, y * KM) for x, y in nodes]
    origins = town.frame({"name": [f"O{k}" for k in range(3)]}, points[:3])
    spots = town.frame({"name": [f"S{k}" for k in range(4)]}, points[3:])
    result = catchment(
        roads=net, spots={"tourism_spots": spots}, origins={"lodging": origins}, drive_speed_kmh=60.0
    )
    pairs = result.tables["pairs"].set_index(["origin_name", "spot_name"])["catch_min"].to_dict()
    for i, start in enumerate(nodes[:3]):
        for j, end in enumerate(nodes[3:]):
            try:
                theirs = float(nx.shortest_path_length(graph, start, end))
            except nx.NetworkXNoPath:
                theirs = float("nan")
            assert pairs[f"O{i}", f"S{j}"] == pytest.approx(theirs, nan_ok=True)
