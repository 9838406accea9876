"""Isolation: pencil answers of a town for every state, closing sums, the laws it must keep.

::

    y  1500     北 (北町, no hazard data)
        950  島---      奥
        900             ‖ 川橋        東橋1 ‖--環--‖ 東橋2        池 (in a pond)
        800  +--町--+---+---------------------+-------+-----------+  本通り
        500         |~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        400         浜  ~~~ zone ~~~
        300         |~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        100         岬-------                                  遠 (no street)
         x   0     500 800  1000            1300    1500       1900
"""

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from knr_gis.analyses.isolation import isolation
from knr_gis.analyses.isolation.reach import hospitals_of
from knr_gis.errors import AnalysisError, CrsError
from knr_gis.result import Blank, Result
from knr_gis.texts import has_text, say
from tests import town
from tests.town import EAST, NORTH, WEST, figures

NAN = float("nan")
PERSONS = {"町": 1000, "岬": 50, "浜": 20, "池": 7, "奥": 30, "環": 40, "島": 5, "遠": 3, "北": 60}


def hazard() -> gpd.GeoDataFrame:
    shapes = [box(0, 300, 2000, 500), box(1600, 850, 1700, 950)]
    return town.frame({"depth_min_m": [0.3, 1.0], "depth_max_m": [1.0, 3.0]}, shapes)


def roads() -> gpd.GeoDataFrame:
    lines = {
        "本通り": [(0, 800), (250, 800), (500, 800), (1000, 800), (1300, 800), (1500, 800), (2000, 800)],
        "岬道": [(500, 800), (500, 200), (500, 100)],
        "浜道": [(500, 100), (800, 100)],
        "川橋": [(1000, 800), (1000, 900)],
        "奥道": [(1000, 900), (1000, 950)],
        "東橋1": [(1300, 800), (1300, 900)],
        "東橋2": [(1500, 800), (1500, 900)],
        "環道": [(1300, 900), (1400, 900), (1500, 900)],
        "島道": [(100, 950), (300, 950)],
        "北道": [(250, 800), (250, 900), (500, 1500)],
    }
    bridge = pd.array([name.endswith(("橋", "橋1", "橋2")) for name in lines], dtype="boolean")
    columns = {"road_name": list(lines), "bridge": bridge, "osm_id": [f"w{k}" for k in range(len(lines))]}
    return town.frame(columns, [LineString(line) for line in lines.values()])


def homes() -> gpd.GeoDataFrame:
    places = {
        "町": (250, 790), "岬": (500, 100), "浜": (500, 400), "池": (1650, 880), "奥": (1000, 950),
        "環": (1400, 900), "島": (200, 950), "遠": (1900, 100), "北": (500, 1500),
    }  # fmt: skip
    return town.frame({"name": list(places)}, [Point(p) for p in places.values()])


def facilities() -> gpd.GeoDataFrame:
    rows = {
        "町立病院": ("病院", (0, 800)), "岬診療所": ("診療所", (500, 150)), "浜の病院": (None, (800, 100)),
        "池病院": ("病院", (1650, 860)), "町の動物病院": (None, (260, 800)), "北病院": ("病院", (500, 1500)),
    }  # fmt: skip
    columns = {"name": list(rows), "facility_type": [kind for kind, _ in rows.values()]}
    return town.frame(columns, [Point(p) for _, p in rows.values()])


def run(**changes: object) -> Result:
    inputs: dict[str, object] = {
        "hazard": hazard(),
        "municipalities": town.municipalities(),
        "roads": roads(),
        "settlements": homes(),
        "facilities": facilities(),
        "snap_limit_m": 100.0,
        "drive_speed_kmh": 60.0,
    }
    return isolation(**{**inputs, **changes})


def own_persons() -> gpd.GeoDataFrame:
    return homes().assign(persons=[float(n) for n in PERSONS.values()])


def states(result: Result) -> dict[str, str]:
    return result.tables["iso_settlements"].set_index("name")["iso_status"].to_dict()


def segments(result: Result) -> pd.DataFrame:
    return result.features["segments"].sort_values("rank")


def test_every_state_by_pencil() -> None:
    assert states(run()) == {
        "町": "neither", "岬": "isolated", "浜": "both", "池": "flooded", "奥": "neither", "環": "neither",
        "島": "not_connected_before", "遠": "far_from_road", "北": "zone_unknown",
    }  # fmt: skip
    table = run().tables["iso_settlements"].set_index("name")
    assert table.loc["岬", ["flooded", "isolated"]].tolist() == [False, True]
    assert table.loc["浜", ["flooded", "isolated"]].tolist() == [True, True]
    assert table.loc["池", ["flooded", "isolated"]].tolist() == [True, False]
    assert table.loc["北", ["flooded", "isolated"]].isna().all()
    assert pd.isna(table.loc["島", "isolated"])
    assert table.loc["池", "snap_m"] == pytest.approx(80)


def test_streets_fail_exactly_inside_the_outline() -> None:
    result = run()
    failed = result.features["failed_streets"]
    assert sorted(failed["length_km"]) == pytest.approx([0.1, 0.1])  # 500-400 and 400-300, 浜 between
    assert failed.union_all().equals(LineString([(500, 500), (500, 300)]))
    assert set(failed["fail_cause"]) == {"zone"}
    (part,) = result.features["cut_off"].itertuples()  # 300 -> 100 and on to x 800
    assert (part.length_km, part.part_settlements, part.settlement_names) == (pytest.approx(0.5), 1, "岬")
    kilometres = figures(result.summary, "iso_failed_streets")
    assert kilometres[WEST, ""] == kilometres["", "浸水域の中"] == pytest.approx(0.2)
    assert kilometres[NORTH, ""] == 0
    assert figures(result.summary, "iso_cut_off_streets")["", ""] == pytest.approx(0.5)


def test_depth_decides_and_unknown_depth_fails() -> None:
    assert states(run(fail_depth_m=1.0))["岬"] == "neither"  # 0.3-1 m does not get above 1 m
    assert states(run(fail_depth_m=0.5))["岬"] == "isolated"  # but may get above 0.5 m
    unknown = hazard().assign(depth_min_m=NAN, depth_max_m=NAN)
    assert states(run(fail_depth_m=5.0, hazard=unknown))["岬"] == "isolated"
    assert states(run(fail_zone=False))["浜"] == "flooded"


def test_bridges_one_critical_and_one_that_can_be_gone_round() -> None:
    result = run(fail_zone=False, fail_bridges="all")
    found = states(result)
    assert (found["奥"], found["環"], found["岬"], found["浜"]) == (
        "isolated", "isolated", "neither", "flooded",
    )  # fmt: skip
    table = segments(result).set_index("road_name")
    assert table["fail_cause"].tolist() == ["bridge"] * 3
    assert table.loc["川橋", ["rank", "cut_settlements", "reopened_settlements"]].tolist() == [1, 1, 1]
    assert table.loc["川橋", "cut_names"] == "奥"
    # either bridge of the loop reconnects 環, neither cuts it off alone
    assert table.loc[["東橋1", "東橋2"], "cut_settlements"].tolist() == [0, 0]
    assert table.loc[["東橋1", "東橋2"], "reopened_settlements"].tolist() == [1, 1]
    assert states(run(fail_zone=False, fail_bridges="all"))["北"] == "zone_unknown"
    known = result.tables["iso_settlements"].set_index("name")
    assert not known.loc["北", "isolated"]  # all bridges fail: the hazard data does not matter


def test_bridges_touched_by_the_zone_fail_as_a_whole() -> None:
    pond = town.frame({"depth_max_m": [1.0]}, [box(990, 890, 1010, 920)])
    result = run(hazard=pond, hazard_covers=[WEST, EAST])
    assert states(result)["奥"] == "isolated"
    cause = result.features["failed_streets"].set_index("road_name")
    assert cause.loc["川橋", ["fail_cause", "length_km"]].tolist() == ["bridge", pytest.approx(0.1)]
    touching = town.frame({"depth_max_m": [1.0]}, [box(950, 840, 1000, 860)])
    assert states(run(hazard=touching, hazard_covers=[WEST, EAST]))["奥"] == "isolated"
    assert states(run(hazard=touching, hazard_covers=[WEST, EAST], fail_bridges="zone", fail_zone=False))[
        "奥"
    ] == "isolated"  # fmt: skip
    near = town.frame({"depth_max_m": [1.0]}, [box(950, 840, 999, 860)])
    assert states(run(hazard=near, hazard_covers=[WEST, EAST]))["奥"] == "neither"
    assert states(run(hazard=touching, hazard_covers=[WEST, EAST], fail_bridges="none", fail_zone=False))[
        "奥"
    ] == "neither"  # fmt: skip


def test_roads_closed_by_hand_by_name_number_or_place() -> None:
    assert states(run(fail_zone=False, fail_roads=["川橋"], fail_bridges="none"))["奥"] == "isolated"
    assert states(run(fail_zone=False, fail_roads=["ｗ４"], fail_bridges="none"))["奥"] == "isolated"
    for place in (Point(1000, 930), LineString([(990, 925), (1010, 925)]), box(990, 920, 1010, 940)):
        closed = town.frame({"name": ["崖崩れ"]}, [place])
        result = run(fail_zone=False, fail_bridges="none", closures=closed)
        assert states(result)["奥"] == "isolated"
        assert set(result.features["failed_streets"]["fail_cause"]) == {"closed"}
    with pytest.raises(AnalysisError, match="本通り"):
        run(fail_roads=["本道り"])
    with pytest.raises(AnalysisError, match="zone、all、none"):
        run(fail_bridges="some")


def test_segments_are_ranked_by_the_persons_that_they_cut_off() -> None:
    table = segments(run(settlements=own_persons()))
    assert table["rank"].tolist() == [1, 2]
    assert table["cut_persons"].tolist() == [70, 50]  # 500-400 cuts off 浜 and 岬, 400-300 only 岬
    assert table["cut_settlements"].tolist() == [2, 1]
    assert table["cut_names"].tolist() == ["岬、浜", "岬"]
    assert table["reopened_persons"].tolist() == [20, 0]  # opened alone, 500-400 brings back 浜
    assert set(table["road_name"]) == {"岬道"}
    assert set(table["municipality"]) == {"西町"}
    text = say(run(settlements=own_persons()).headline.key, **run(settlements=own_persons()).headline.values)
    assert "岬道" in text
    assert "70 人" in text


def test_the_smaller_side_is_the_one_cut_off() -> None:
    # with 2 km more street in the south, the south is the main network and the town is cut off
    long = town.frame({"road_name": ["南道"]}, [LineString([(800, 100), (800, 50), (4800, 50)])])
    joined = gpd.GeoDataFrame(pd.concat([roads(), long], ignore_index=True), crs=town.CRS)
    result = run(roads=joined)
    assert states(result)["町"] == "isolated"
    assert states(result)["岬"] == "neither"
    named = run(roads=joined, outside=["町"])
    assert (states(named)["町"], states(named)["岬"]) == ("neither", "isolated")
    for whole, cut in ((result, {"町", "浜", "池", "奥", "環", "北"}), (named, {"岬", "遠"})):
        verdicts = segments(whole)
        lower = verdicts[verdicts.geometry.distance(Point(500, 300)) < 1e-6].iloc[0]
        assert lower["cut_settlements"] == len(cut)
    drowned = run(outside=["浜"])
    assert "isolation.note_outside_fails" in [note.key for note in drowned.notes]
    assert states(drowned)["町"] == "isolated"
    assert states(drowned)["浜"] == "flooded"
    with pytest.raises(AnalysisError, match="町"):
        run(outside=["町立"])
    with pytest.raises(AnalysisError, match="snap_limit_m"):
        run(outside=["遠"])


def test_hospitals_before_and_after() -> None:
    assert set(hospitals_of(facilities(), ())["name"]) == {"町立病院", "浜の病院", "池病院", "北病院"}
    assert set(hospitals_of(facilities(), ("診療所",))["name"]) == {"岬診療所"}
    table = run().tables["iso_settlements"].set_index("name")
    now = table[["hospital_status", "hospital_name", "hospital_min", "hospital_km"]]
    assert now.loc["町"].tolist() == ["reached", "町立病院", pytest.approx(0.26), pytest.approx(0.26)]
    assert now.loc["岬"].tolist() == ["reached", "浜の病院", pytest.approx(0.3), pytest.approx(0.3)]
    none = Blank.NOT_ASKED
    assert now.loc["浜"].tolist() == ["none", none, none, none]
    assert now.loc["遠"].tolist() == ["far_from_road", none, none, none]
    assert table.loc["浜", ["hospital_before_status", "hospital_before_name"]].tolist() == [
        "reached",
        "浜の病院",
    ]
    # 池病院 lies in the pond: it counts before, and after only when told so
    assert table.loc["池", ["hospital_before_name", "hospital_name"]].tolist() == ["池病院", "町立病院"]
    kept = run(count_flooded_facilities=True).tables["iso_settlements"].set_index("name")
    assert kept.loc["池", "hospital_name"] == "池病院"
    # 北病院 lies where the zone is not known, and that is said
    assert table.loc["北", ["hospital_status", "hospital_name"]].tolist() == [
        "reached_zone_unknown",
        "北病院",
    ]
    summary = run().summary
    assert figures(summary, "iso_hospital_lost")["", ""] == 1  # 浜
    parts = [f"iso_hospital_{s}" for s in ("reached", "reached_zone_unknown", "none", "far_from_road")]
    assert sum(figures(summary, m)["", ""] for m in parts) == len(PERSONS)


def test_shelters_and_the_lack_of_facilities() -> None:
    rows = {"name": ["体育館", "旧館"], "withdrawn": pd.array([None, True], dtype="boolean")}
    shelters = town.frame(rows, [Point(500, 800), Point(250, 800)])
    table = run(shelters=shelters).tables["iso_settlements"].set_index("name")
    assert table.loc["町", ["shelter_name", "shelter_km"]].tolist() == ["体育館", pytest.approx(0.26)]
    assert table.loc["岬", "shelter_status"] == "none"
    bare = run(facilities=None)
    assert not [c for c in bare.tables["iso_settlements"] if c.startswith(("hospital", "shelter"))]
    reasons = bare.tables["not_evaluated"]
    assert {say("values.facility_kind.hospital"), say("values.facility_kind.shelter")} <= set(reasons["what"])
    assert "facilities" not in bare.features


def test_oneway_streets_bind_the_way_to_the_hospital_but_not_the_hanging_together() -> None:
    one_way = roads().assign(
        oneway=pd.array([name == "奥道" for name in roads()["road_name"]], dtype="boolean")
    )
    table = run(roads=one_way, fail_bridges="none").tables["iso_settlements"].set_index("name")
    assert table.loc["奥", ["iso_status", "hospital_status"]].tolist() == ["neither", "none"]


def test_accounts_close_and_unknown_is_not_zero() -> None:
    result = run(settlements=own_persons().assign(persons=[1000, 50, NAN, 7, 30, NAN, 5, 3, 60]))
    states_ = (
        "both", "isolated", "isolated_zone_unknown", "flooded", "neither", "zone_unknown",
        "not_connected_before", "far_from_road",
    )  # fmt: skip
    for name in ("iso_settlements", "iso_persons"):
        parts = {s: figures(result.summary, f"{name}_{s}") for s in states_}
        whole = figures(result.summary, f"{name}_all")
        for key, value in whole.items():
            assert np.nansum([parts[s][key] for s in states_]) == pytest.approx(value)
    persons = figures(result.summary, "iso_persons_both")
    assert math.isnan(persons[WEST, ""]), "the only settlement there has an unknown number"
    assert figures(result.summary, "iso_persons_isolated_all")[WEST, ""] == 50
    assert figures(result.summary, "iso_settlements_isolated_all")[WEST, ""] == 2
    assert figures(result.summary, "iso_settlements_persons_unknown")["", ""] == 2
    neither = figures(result.summary, "iso_settlements_neither")
    assert math.isnan(neither[NORTH, ""]), "where no hazard data is, nobody is known to be safe"
    assert figures(result.summary, "iso_settlements_zone_unknown")[NORTH, ""] == 1
    assert not any(m.startswith("iso_persons_") for m in run().summary["measure"])
    assert segments(run())["cut_persons"].isna().all()


def test_cells_belong_to_the_nearest_settlement_of_their_municipality() -> None:
    cells = [box(0, 700, 400, 900), box(400, 0, 600, 200), box(450, 350, 550, 550), box(900, 850, 1100, 1050)]
    mesh = town.frame({"persons": [100.0, 40.0, NAN, 80.0]}, cells)
    result = run(population=mesh)
    table = result.tables["iso_settlements"].set_index("name")
    # the last cell: a quarter lies in 西町 south of y 1000 -> 奥 is on the border, its half in 北町 -> 北
    assert table.loc["町", "persons"] == 100
    assert table.loc["岬", "persons"] == 40
    assert math.isnan(table.loc["浜", "persons"])
    assert table.loc["浜", "persons_unknown_cells"] == 1
    assert table.loc["北", "persons"] == pytest.approx(20)
    assert table["persons"].sum() == pytest.approx(220)
    assert figures(result.summary, "iso_persons_unassigned")["", ""] == 0
    assert result.notes[-3].key in ("isolation.note_persons_mesh", "isolation.note_persons_unknown")
    west_only = run(population=mesh, settlements=homes()[homes()["name"] != "北"])
    assert figures(west_only.summary, "iso_persons_unassigned")[NORTH, ""] == pytest.approx(20)
    whole = figures(west_only.summary, "iso_persons_all")["", ""]
    assert whole + figures(west_only.summary, "iso_persons_unassigned")["", ""] == pytest.approx(220)


def test_persons_in_the_zone_are_told_beside_the_flag() -> None:
    mesh = town.frame({"persons": [100.0]}, [box(400, 0, 600, 400)])  # its upper quarter is wet
    table = run(population=mesh, settlements=homes()[homes()["name"] == "岬"]).tables["iso_settlements"]
    assert table.loc[0, ["persons", "in_zone_persons"]].tolist() == pytest.approx([100, 25])
    assert table.loc[0, "iso_status"] == "isolated"


def test_a_settlement_in_a_cul_de_sac_stands_at_its_mouth() -> None:
    stub = town.frame({"road_name": ["袋小路"]}, [LineString([(750, 800), (750, 760), (750, 720)])])
    lines = gpd.GeoDataFrame(pd.concat([roads(), stub], ignore_index=True), crs=town.CRS)
    lines.loc[lines["road_name"] == "本通り", "geometry"] = LineString(
        [(0, 800), (250, 800), (500, 800), (750, 800), (1000, 800), (1300, 800), (1500, 800), (2000, 800)]
    )
    wet = town.frame({"depth_max_m": [1.0]}, [box(700, 730, 800, 770)])
    settlement = town.frame({"name": ["谷"]}, [Point(755, 720)])
    fixed = {"roads": lines, "hazard": wet, "settlements": settlement, "hazard_covers": [WEST, EAST]}
    assert states(run(**fixed))["谷"] == "isolated"
    placed = run(**fixed, dead_end_m=100.0)
    assert states(placed)["谷"] == "neither"
    assert placed.tables["iso_settlements"].loc[0, "snap_m"] == pytest.approx(math.hypot(5, 80))
    assert states(run(**fixed, dead_end_m=50.0))["谷"] == "isolated"  # the stub is 80 m long
    # the way over a bridge is no dead end, however short; nor is a street that is nothing else
    assert states(run(fail_zone=False, fail_bridges="all", dead_end_m=300.0))["奥"] == "isolated"
    assert states(run(dead_end_m=300.0))["島"] == "not_connected_before"


def test_nothing_stands_and_nothing_there() -> None:
    flood = town.frame({"depth_max_m": [5.0]}, [box(-100, -100, 3000, 3000)])
    result = run(hazard=flood)
    assert set(states(result).values()) == {"both", "not_connected_before", "far_from_road"}
    assert "isolation.note_no_main" in [note.key for note in result.notes]
    dry = run(hazard=town.empty("depth_min_m", "depth_max_m"), hazard_covers=[WEST, EAST, NORTH])
    assert set(states(dry).values()) == {"neither", "not_connected_before", "far_from_road"}
    assert len(dry.features["segments"]) == len(dry.features["failed_streets"]) == 0
    assert has_text(dry.headline.key)


def test_bad_input_is_one_clear_line() -> None:
    with pytest.raises(AnalysisError, match="settlements"):
        run(settlements=homes().head(0))
    with pytest.raises(AnalysisError, match="mode=walk"):
        run(roads=roads().assign(drive=pd.array([False] * len(roads()), dtype="boolean")))
    with pytest.raises(AnalysisError, match="fail_depth_m"):
        run(fail_depth_m=-1.0)
    with pytest.raises(CrsError):
        run(shelters=homes().to_crs(6680))


def test_every_measure_has_a_title_and_every_sentence_its_values() -> None:
    shelters = town.frame({"name": ["体育館"]}, [Point(500, 800)])
    mesh = town.frame({"persons": [100.0]}, [box(0, 700, 400, 900)])
    for result in (run(), run(shelters=shelters, population=mesh), run(roads=roads().drop(columns="bridge"))):
        for measure in result.summary["measure"].unique():
            assert say(f"measures.{measure}")
        for note in (result.headline, *result.notes):
            assert "{" not in say(note.key, **note.values)
        for key in result.params:
            assert has_text(f"params.{key}") or key in result.assumptions
        for frame in (*result.features.values(), *result.tables.values()):
            for column in ("iso_status", "fail_cause", "facility_role", "facility_kind"):
                values = frame[column].unique() if column in frame else []
                assert all(has_text(f"values.{column}.{value}") for value in values)


def cut_off(result: Result) -> set[str]:
    table = result.tables["iso_settlements"]
    return set(table.loc[table["iso_status"].isin(["both", "isolated", "isolated_zone_unknown"]), "name"])


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000), more=st.integers(0, 3))
def test_more_failures_never_reconnect_anybody(seed: int, more: int) -> None:
    rng = np.random.default_rng(seed)
    edges = [((x, y), (x + dx, y + dy)) for x in range(6) for y in range(5) for dx, dy in ((1, 0), (0, 1))]
    kept = [e for e in edges if rng.random() > 0.3]
    lines = [LineString([(x * 100.0, y * 100.0) for x, y in e]) for e in kept]
    streets = town.frame(
        {"road_name": [f"r{k}" for k in range(len(lines))], "bridge": rng.random(len(lines)) < 0.3}, lines
    )
    ends = sorted({p for e in kept for p in e})
    points = town.frame({"name": [str(p) for p in ends]}, [Point(x * 100, y * 100) for x, y in ends])
    zones = [box(x, y, x + 70, y + 90) for x, y in rng.random((2 + more, 2)) * 500]
    few, many = (town.frame({"depth_max_m": [1.0] * n}, zones[:n]) for n in (2, 2 + more))
    fixed = {"roads": streets, "settlements": points, "facilities": None, "hazard_covers": [WEST, EAST]}
    outside = [str(ends[0])]
    base = cut_off(run(**fixed, hazard=few, outside=outside))
    assert base <= cut_off(run(**fixed, hazard=many, outside=outside))
    assert base <= cut_off(run(**fixed, hazard=few, outside=outside, fail_bridges="all"))
    assert base <= cut_off(run(**fixed, hazard=few, outside=outside, fail_roads=["r0", "r1"]))
    assert cut_off(run(**fixed, hazard=few, outside=outside, fail_depth_m=1.0, fail_bridges="none")) <= base
    summary = run(**fixed, hazard=many).summary
    names = ("both", "isolated", "flooded", "neither", "not_connected_before", "far_from_road")
    parts = [figures(summary, f"iso_settlements_{s}")["", ""] for s in names]
    assert np.nansum(parts) == figures(summary, "iso_settlements_all")["", ""] == len(points)
