"""Evacuation: pencil answers of the town, the laws it must keep, agreement with networkx, real data."""

import json
import math
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from knr_gis.analyses.evacuation import evacuation
from knr_gis.errors import AnalysisError
from knr_gis.result import Blank, Result
from knr_gis.texts import say
from tests import town
from tests.town import DEEP, EAST, NORTH, SHALLOW, WEST, figures

DATA = Path(__file__).parents[2].parent / "shared" / "data"


def run(**changes: object) -> Result:
    inputs: dict[str, object] = {
        "hazard": town.hazard(),
        "municipalities": town.municipalities(),
        "sites": town.sites(),
        "settlements": town.homes(),
        "roads": town.streets(),
        "snap_limit_m": 200.0,
        "arrival_min": 14.0,
        "use_exits": False,
    }
    return evacuation(**{**inputs, **changes})


def origins(result: Result) -> pd.DataFrame:
    return result.tables["origins"].set_index("name")


def test_times_and_states_by_pencil() -> None:
    # 学: 500 m of street to 高台 = 8.33 min + 5 = 13.33 <= 14. 近: 10 m + 300 m. 港: 500 m to the tower.
    # 遠: 403 m from the nearest street (limit 200). 岬: its street leads nowhere.
    table = origins(run())
    assert table["evac_status"].to_dict() == {
        "学": "reached", "近": "reached", "港": "reached", "遠": "far_from_road", "岬": "no_route",
    }  # fmt: skip
    none = Blank.NOT_ASKED  # no way: no distance to be unknown
    assert table["site_name"].to_dict() == {"学": "高台", "近": "高台", "港": "塔", "遠": none, "岬": none}
    assert table.loc["学", ["distance_m", "total_min", "margin_min"]].tolist() == pytest.approx(
        [500, 5 + 500 / 60, 14 - 5 - 500 / 60]
    )
    assert table.loc["近", ["distance_m", "snap_m"]].tolist() == pytest.approx([310, 10])
    assert table.loc["遠", "snap_m"] == pytest.approx(math.hypot(200, 350))
    assert (table.loc[["遠", "岬"], ["distance_m", "total_min", "margin_min"]] == none).all().all()
    assert set(table["travel_method"]) == {"network"}


def test_late_is_late_and_arrival_of_the_data_goes_first() -> None:
    # 10 min - 5 min delay = 300 m at 1 m/s: 学 (500 m) and 港 are late, 近 (310 m) too
    assert set(origins(run(arrival_min=10)).loc[["学", "近", "港"], "evac_status"]) == {"late"}
    assert origins(run(arrival_min=10.2)).loc["近", "evac_status"] == "reached"
    soon = town.hazard().assign(arrival_min=[20.0, 6.0, np.nan])
    table = origins(run(hazard=soon))
    assert table["arrival_min"].to_dict() == {"学": 6, "近": 20, "港": 6, "遠": 20, "岬": 6}
    assert (table.loc["学", "evac_status"], table.loc["近", "evac_status"]) == ("late", "reached")


def test_on_the_minute_is_in_time() -> None:
    assert (
        origins(run(walk_speed_mps=1.0, start_delay_min=5, arrival_min=5 + 310 / 60)).loc["近", "evac_status"]
        == "reached"
    )


def test_accounts_close_and_unknown_persons_are_not_zero() -> None:
    summary = run().summary
    count = {s: figures(summary, f"evac_origins_{s}") for s in (
        "reached", "late", "no_route", "not_evaluated", "far_from_road", "excluded", "all",
    )}  # fmt: skip
    assert (count["reached"][WEST, ""], count["reached"][EAST, ""], count["all"]["", ""]) == (2, 1, 5)
    assert (count["no_route"][WEST, DEEP], count["far_from_road"][EAST, SHALLOW]) == (1, 1)
    for key in count["all"]:
        parts = sum(count[s][key] for s in ("reached", "late", "no_route", "not_evaluated"))
        assert parts == count["all"][key] or math.isnan(count["all"][key])
    assert math.isnan(count["all"][NORTH, ""])
    assert figures(summary, "evac_origins_persons_unknown")["", ""] == 5
    assert not any(m.startswith("evac_persons_") for m in summary["measure"])
    share = figures(summary, "evac_origins_in_time_of_evaluated_percent")
    assert (share[WEST, ""], share[EAST, ""], share["", ""]) == pytest.approx((200 / 3, 100, 75))
    assert figures(summary, "evac_origins_in_time_of_all_percent")["", ""] == pytest.approx(60)


def test_sites_are_judged_and_unknown_is_not_safe() -> None:
    result = run()
    roles = result.tables["sites"].set_index("name")["site_role"].to_dict()
    assert roles == {
        "高台": "used", "東校": "floor_unknown", "公園": "not_for_tsunami", "神社": "flag_unknown",
        "塔": "vertical", "低い棟": "floor_too_low", "北校": "zone_unknown", "旧校": "withdrawn",
        "謎の棟": "water_unknown",
    }  # fmt: skip
    counts = {m: figures(result.summary, f"sites_{m}")["", ""] for m in ("all", "tsunami", "tsunami_in_zone")}
    assert counts == {"all": 9, "tsunami": 7, "tsunami_in_zone": 4}
    gaps = set(result.tables["not_evaluated"]["reason"])
    assert {say("values.site_role.flag_unknown"), say("values.evac_status.far_from_road")} <= gaps


def test_vertical_can_be_switched_off_and_water_level_counts() -> None:
    table = origins(run(vertical=False))
    assert table.loc["港", "evac_status"] == "no_route"  # the tower was the only site of its street
    deep = town.hazard().assign(base_water_level_m=[np.nan, 6.0, np.nan])
    roles = run(hazard=deep).tables["sites"].set_index("name")["site_role"]
    assert roles["塔"] == "floor_too_low"  # floor 5 m, 基準水位 6 m


def test_buildings_count_as_designated_and_are_counted_apart() -> None:
    towers = town.frame({"name": ["避難塔"], "floor_height_m": [4.0]}, [Point(150, 100)])
    result = run(evacuation_buildings=towers)
    assert origins(result).loc["岬", ["evac_status", "site_name", "distance_m"]].tolist() == [
        "reached", "避難塔", 0.0,
    ]  # fmt: skip
    assert figures(result.summary, "buildings_used_vertical")[WEST, ""] == 1
    assert figures(result.summary, "sites_all")["", ""] == 9


def test_hazard_covers_lets_sites_of_a_dry_municipality_be_used() -> None:
    only_north = town.sites()[town.sites()["name"] == "北校"]
    assert origins(run(sites=only_north)).loc["学", "evac_status"] == "no_route"
    assert origins(run(sites=only_north, hazard_covers=[NORTH])).loc["学", "distance_m"] == 1000


def test_a_site_far_from_any_street_is_said_to_be_so() -> None:
    off = town.frame({"name": ["原野"], "tsunami": pd.array([True], dtype="boolean")}, [Point(100, 900)])
    result = run(sites=off)
    assert result.tables["sites"]["site_role"].tolist() == ["far_from_road"]
    assert set(origins(result)["evac_status"]) == {"no_route", "far_from_road"}
    near = run(sites=off, snap_limit_m=450.0)  # 400 m to (500, 900); the way to its door counts
    assert origins(near).loc["学", "distance_m"] == pytest.approx(700 + 400)


def test_over_the_terrain_where_nothing_can_be_walked() -> None:
    for roads in (
        None,
        town.empty("road_name"),
        town.streets().assign(walk=pd.array([False] * 3, dtype="boolean")),
    ):
        result = run(roads=roads, grid_cell_m=10.0)
        table = origins(result)
        assert set(table["travel_method"]) == {"terrain"}
        # 310 m as the crow flies to 高台; at most 3 % more over the steps of a grid, and a cell at each end
        assert math.hypot(10, 300) - 10 < table.loc["近", "distance_m"] < math.hypot(10, 300) * 1.03 + 10
        assert table.loc["岬", "evac_status"] == "late"  # 695 m; 540 m would be in time
        assert result.notes[0].key == "evacuation.note_terrain"
        assert "地形" in say(result.headline.key, **result.headline.values)
        assert table["snap_m"].isna().all()


def test_over_the_terrain_nobody_crosses_a_lake() -> None:
    lake = town.frame({"name": ["湖"]}, [box(-10, 550, 1400, 600)])
    table = origins(run(roads=None, walk_exclusion=lake, grid_cell_m=10.0))
    assert table.loc["学", "site_name"] == "塔"  # the way to 高台 lies under water
    round_ = town.frame({"name": ["湖"]}, [box(-10, 550, 2010, 600).union(box(600, -10, 700, 600))])
    assert origins(run(roads=None, walk_exclusion=round_)).loc["学", "evac_status"] == "no_route"
    bridge = town.frame({"road_name": ["橋"], "walk": pd.array([False], dtype="boolean")},
                        [LineString([(500, 500), (500, 650)])])  # fmt: skip
    assert origins(run(roads=bridge, walk_exclusion=round_)).loc["学", "evac_status"] == "reached"


def test_over_the_terrain_the_way_out_of_the_zone_is_enough() -> None:
    table = origins(run(roads=None, use_sites=False, use_exits=True, grid_cell_m=10.0))
    assert table.loc["近", "goal_kind"] == "exit"
    assert 80 < table.loc["近", "distance_m"] < 120  # y 400 to 500


def test_nobody_walks_from_an_excluded_area() -> None:
    island = town.frame({"name": ["島"]}, [box(0, 0, 300, 300)])
    for roads in (None, town.streets()):
        table = origins(run(roads=roads, walk_exclusion=island))
        assert table.loc["岬", "evac_status"] == "excluded"
        assert table.loc["岬", "distance_m"] is Blank.NOT_ASKED  # no way: not an unknown distance


def test_mesh_cells_stand_for_their_part_in_the_zone() -> None:
    # A: 60 persons deep, 40 shallow. B: 50 deep. C: unknown persons, two pieces. D: outside the zone.
    result = run(population=town.population(), snap_limit_m=500.0)
    pieces = result.features["origin_areas"].set_index(["name", "depth_class"])
    assert pieces["persons"].dropna().round(6).to_dict() == {
        ("メッシュ A", DEEP): 60,
        ("メッシュ A", SHALLOW): 40,
        ("メッシュ B", DEEP): 50,
    }
    assert set(pieces.index[pieces["persons"].isna()]) == {("メッシュ C", DEEP), ("メッシュ C", SHALLOW)}
    assert pieces.loc[("メッシュ A", DEEP), "geometry"].area == 150_000
    whole = figures(result.summary, "evac_persons_all")
    assert (whole[WEST, DEEP], whole[WEST, SHALLOW], whole[EAST, ""], whole["", ""]) == (60, 40, 50, 150)
    assert figures(result.summary, "evac_origins_persons_unknown")[WEST, ""] == 2
    ages = {
        s: figures(result.summary, f"evac_by_age_{s}")
        for s in ("reached", "late", "no_route", "far_from_road")
    }
    assert sum(a[WEST, "65歳以上（人）"] for a in ages.values()) == pytest.approx(40)
    assert "1人" not in say(result.headline.key, **result.headline.values)
    # the point of A deep is its middle (250, 150); 岬の道 ends 50 m west of it and 50 m south
    row = origins(result)[origins(result)["persons"].round(6) == 60].iloc[0]
    assert (row["evac_status"], row["snap_m"]) == ("no_route", pytest.approx(math.hypot(50, 50)))


def test_cells_known_to_hold_nobody_are_no_origins() -> None:
    empty = town.population().assign(persons=[0.0, 0.0, 0.0, 5.0])
    result = run(population=empty)
    assert len(result.tables["origins"]) == 0
    assert result.headline.key == "evacuation.headline_nobody"
    shares = figures(result.summary, "evac_persons_in_time_of_all_percent")
    assert ("", "") not in shares  # nobody to divide by: no share, which is not an unknown share
    assert all(math.isnan(share) for share in shares.values())  # only where there is no hazard data


def test_routes_are_drawn_from_the_door_to_the_door() -> None:
    routes = run().features["routes"].set_index("name")
    assert list(routes.geometry["近"].coords) == [(510, 400), (500, 400), (500, 700), (500, 700)]
    assert set(routes.index) == {"学", "近", "港"}
    assert routes.geometry["港"].length == pytest.approx(500)


def test_bad_input_is_one_clear_line() -> None:
    with pytest.raises(AnalysisError, match="settlements"):
        run(settlements=None)
    with pytest.raises(AnalysisError, match="walk_speed_mps"):
        run(walk_speed_mps=0)
    with pytest.raises(AnalysisError, match="start_delay_min"):
        run(start_delay_min=-1)
    assert "evacuation.note_no_site" in [n.key for n in run(sites=town.sites().head(0)).notes]


def test_every_measure_has_a_title_and_every_sentence_its_values() -> None:
    result = run(population=town.population(), evacuation_buildings=town.sites().tail(1))
    for measure in result.summary["measure"].unique():
        assert say(f"measures.{measure}")
    for note in (result.headline, *result.notes):
        assert "{" not in say(note.key, **note.values)


def grid_streets(rng: np.random.Generator) -> tuple[gpd.GeoDataFrame, nx.Graph]:
    """A grid of 100 m streets with some missing, as lines and as a networkx graph."""
    graph = nx.grid_2d_graph(11, 8)
    edges = [e for e in graph.edges if rng.random() > 0.25]
    graph = nx.Graph()
    graph.add_edges_from(edges, length=100.0)
    lines = [LineString([(x * 100.0, y * 100.0) for x, y in e]) for e in edges]
    return town.frame({"road_name": ["x"] * len(lines)}, lines), graph


@pytest.mark.parametrize("seed", range(4))
def test_distances_equal_networkx(seed: int) -> None:
    rng = np.random.default_rng(seed)
    streets, graph = grid_streets(rng)
    nodes = sorted(graph.nodes)
    safe = [n for n in nodes if n[1] * 100 > 500]
    chosen = [safe[k] for k in rng.choice(len(safe), 4, replace=False)]
    homes = [n for n in nodes if n[1] * 100 < 500]
    flags = pd.array([True] * 4, dtype="boolean")
    goals = town.frame({"name": list("abcd"), "tsunami": flags}, [Point(x * 100, y * 100) for x, y in chosen])
    people = town.frame({"name": [str(n) for n in homes]}, [Point(x * 100, y * 100) for x, y in homes])
    dry_west = town.hazard().assign(geometry=town.hazard().intersection(box(-500, -500, 5000, 500)))
    table = origins(run(sites=goals, settlements=people, roads=streets, hazard=dry_west.iloc[:2]))
    lengths = nx.multi_source_dijkstra_path_length(graph, set(chosen), weight="length")
    for node in homes:
        ours, theirs = table.loc[str(node), "distance_m"], lengths.get(node, math.nan)
        assert (math.isnan(ours) and math.isnan(theirs)) or ours == pytest.approx(theirs)


def reached(result: Result) -> set[str]:
    table = result.tables["origins"]
    return set(table.loc[table["evac_status"] == "reached", "name"])


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 999), minutes=st.floats(0, 30), more=st.floats(0, 10), speed=st.floats(0.2, 2.0),
    roads=st.booleans(),
)  # fmt: skip
def test_more_time_speed_or_sites_never_saves_fewer(
    seed: int, minutes: float, more: float, speed: float, roads: bool
) -> None:
    rng = np.random.default_rng(seed)
    points = [Point(x * 50, y * 50) for x, y in rng.integers(0, 21, (15, 2))]
    people = town.frame({"name": [str(k) for k in range(15)]}, points)
    streets = grid_streets(rng)[0] if roads else None
    fixed = {"settlements": people, "roads": streets, "walk_speed_mps": speed, "start_delay_min": 1.0}
    result = run(**fixed, arrival_min=minutes)
    base = reached(result)
    assert base <= reached(run(**fixed, arrival_min=minutes + more))
    assert base <= reached(run(**{**fixed, "walk_speed_mps": speed * 1.5}, arrival_min=minutes))
    assert reached(run(**fixed, arrival_min=minutes, sites=town.sites().iloc[1:])) <= base
    parts = sum(
        figures(result.summary, f"evac_origins_{s}")["", ""]
        for s in ("reached", "late", "no_route", "not_evaluated")
    )
    whole = figures(result.summary, "evac_origins_all")["", ""]
    assert parts == whole == len(result.tables["origins"])


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.exists(), reason="../shared/data is not here")
def test_real_sites_and_settlements_of_kushiro() -> None:
    """599 sites, 383 for tsunami, 126 of these in the zone; origins equal a plain spatial join."""
    towns = gpd.read_file(DATA / "municipalities" / "kushiro_nemuro_municipalities_detailed.geojson")
    towns = towns.to_crs(6681).rename(columns={"N03_007": "muni_code", "N03_004": "name"})
    zone = gpd.read_file(DATA / "tsunami" / "kushiro_tsunami.geojson").to_crs(6681)
    goals = gpd.read_file(DATA / "evacuation" / "gsi_emergency_kushiro_nemuro.geojson").to_crs(6681)
    goals = goals.rename(columns={"施設・場所名": "name"}).assign(
        tsunami=(goals["津波"] == "1").astype("boolean")
    )
    result = evacuation(
        hazard=zone, municipalities=towns, sites=goals, settlements=_addresses(), use_exits=False
    )
    counts = {m: figures(result.summary, f"sites_{m}")["", ""] for m in ("all", "tsunami", "tsunami_in_zone")}
    assert counts == {"all": 599, "tsunami": 383, "tsunami_in_zone": 126}
    wet = _addresses().sjoin(zone, predicate="intersects").index.nunique()
    whole = figures(result.summary, "evac_origins_all")["", ""]
    assert whole == wet == len(result.tables["origins"])
    # no way over the terrain is shorter than the straight line to the nearest usable site (but for the cells)
    used = result.features["sites"][result.features["sites"]["site_role"] == "used"]
    assert set(used["municipality"]) <= {"釧路市", "釧路町"}
    places = result.features["origins"]
    straight = np.array([used.distance(p).min() for p in places.geometry])
    found = places["distance_m"].notna().to_numpy()
    assert found.mean() > 0.8
    assert (places["distance_m"].to_numpy()[found] > straight[found] - 2 * 50 * math.sqrt(2)).all()


def _addresses() -> gpd.GeoDataFrame:
    tables = [
        pd.json_normalize(json.loads(path.read_text(encoding="utf-8")))
        for path in sorted((DATA / "settlements" / "japanese-addresses").glob("*.json"))
    ]
    rows = pd.concat(tables, ignore_index=True)
    points = gpd.points_from_xy(rows["lng"], rows["lat"])
    return gpd.GeoDataFrame({"name": rows["town"]}, geometry=points, crs=4326).to_crs(6681)


def test_nobody_found_where_the_data_does_not_cover_is_unknown_not_nobody() -> None:
    # the hazard touches 東町 in a corner only, where nobody lives: less than the sliver share of its land
    corner = town.frame(
        {"depth_min_m": [1.0, 1.0], "depth_max_m": [3.0, 3.0]}, [box(0, 0, 1000, 300), box(1100, 0, 1110, 10)]
    )
    result = run(hazard=corner, population=town.population(), hazard_sliver_share=0.01)
    for measure in ("evac_origins_all", "evac_persons_all", "evac_persons_in_time_of_all_percent"):
        shown = figures(result.summary, measure)
        assert math.isnan(shown[EAST, ""]), measure
        assert shown[WEST, ""] >= 0


def test_a_town_whose_persons_are_all_unknown_has_an_unknown_number_not_zero() -> None:
    people = town.population().assign(persons=[float("nan"), 50.0, float("nan"), 20.0])
    shown = run(population=people).summary
    assert math.isnan(figures(shown, "evac_persons_all")[WEST, ""])
    assert figures(shown, "evac_persons_all")[EAST, ""] == pytest.approx(50)
    assert figures(shown, "evac_origins_all")[WEST, ""] > 0
    assert figures(shown, "evac_persons_all")["", ""] == pytest.approx(50), "the sum of what is known"
