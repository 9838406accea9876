"""Conflict overlays: pencil sums, agreement with geopandas, accounts that close, a preset alone is enough."""

import math
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from knr_gis.analyses.conflict import conflict
from knr_gis.analyses.conflict.rules import DUTIES, park_rule
from knr_gis.assemble import Gathered
from knr_gis.errors import AnalysisError, CrsError
from knr_gis.layers import load_layers
from knr_gis.maps import load_preset_file
from knr_gis.readable import measure_title
from knr_gis.region import load_region
from knr_gis.result import Blank, Result
from knr_gis.run import analysis_inputs
from knr_gis.settings import load_settings
from knr_gis.texts import has_text, say
from tests import town
from tests.town import EAST, NORTH, WEST, figures

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
STRICT, ORDINARY = "国立公園 特別保護地区", "国立公園 普通地域"
WETLAND, OUTSIDE = "ラムサール条約湿地", "区域の外"
PERMIT, NOTIFY, OTHER = "許可が要る区域", "届出が要る区域", "ほかの規定を確かめる区域"


def parks() -> gpd.GeoDataFrame:
    """The ordinary zone comes first and overlaps the strict one by 100 x 400 m."""
    columns = {
        "park_name": ["公園"] * 2,
        "park_kind": ["国立公園"] * 2,
        "grade": ["普通地域", "特別保護地区"],
    }
    return town.frame(columns, [box(300, 0, 1200, 400), box(0, 0, 400, 400)])


def wetlands() -> gpd.GeoDataFrame:
    return town.frame({"name": ["湿原"]}, [box(500, 200, 700, 600)])


def spots() -> gpd.GeoDataFrame:
    places = {
        "奥": (100, 100), "重なり": (350, 100), "境": (400, 300), "並": (600, 100), "湿": (600, 500),
        "両": (600, 300), "外": (1500, 500), "沖": (500, -500),
    }  # fmt: skip
    return town.frame({"name": list(places)}, [Point(p) for p in places.values()])


def roads() -> gpd.GeoDataFrame:
    return town.frame({"road_name": ["国道"]}, [LineString([(0, 100), (2000, 100)])])


def farmland() -> gpd.GeoDataFrame:
    return town.frame({"polygon_id": ["畑"]}, [box(300, 300, 500, 500)])


def run(**changes: object) -> Result:
    inputs = {
        "municipalities": town.municipalities(),
        "zones": {"national_parks": parks(), "ramsar_wetlands": wetlands()},
        "subjects": {"tourism_spots": spots(), "roads": roads(), "farmland": farmland()},
    }
    return conflict(**{**inputs, **changes})


def test_points_lie_in_the_strictest_zone() -> None:
    count = figures(run().summary, "tourism_spots_count_by_national_parks")
    # 奥, 重なり and 境 (on the border) are strict; 並 and 両 ordinary; 湿 and 外 outside; 沖 is at sea
    assert (count[WEST, STRICT], count[WEST, ORDINARY], count[WEST, OUTSIDE]) == (3, 2, 1)
    assert (count[EAST, OUTSIDE], count["", ""], count[NORTH, ""]) == (1, 7, 0)
    assert figures(run().summary, "tourism_spots_count_inside_national_parks")["", ""] == 5
    gaps = run().tables["not_evaluated"]
    assert (gaps["what"].item(), gaps["count"].item()) == ("観光スポット", 1)


def test_lines_and_areas_are_cut() -> None:
    length = figures(run().summary, "roads_length_by_national_parks")
    assert (length[WEST, STRICT], length[WEST, ORDINARY], length[WEST, OUTSIDE]) == (0.4, 0.6, 0)
    assert (length[EAST, ORDINARY], length[EAST, OUTSIDE], length["", ""]) == (0.2, 0.8, 2)
    area = figures(run().summary, "farmland_area_by_national_parks")
    assert (area[WEST, STRICT], area[WEST, ORDINARY], area[WEST, OUTSIDE]) == (1, 1, 2)
    fields = figures(run().summary, "farmland_count_by_national_parks")
    assert (fields[WEST, STRICT], fields[WEST, ORDINARY], fields[WEST, OUTSIDE]) == (1, 0, 0)


def test_over_all_zones_the_strictest_duty_holds() -> None:
    count = figures(run().summary, "tourism_spots_count_by_rules")
    assert (count[WEST, PERMIT], count[WEST, NOTIFY], count[WEST, OTHER]) == (3, 2, 1)
    table = run().tables["con_features"]
    both = table[table["name"] == "両"].set_index("zone_layer")
    assert both["rule_duty"].to_dict() == {"自然公園": "notification", WETLAND: "other"}
    assert set(both["strictest_duty"]) == {"notification"}
    road = table[(table["name"] == "国道") & (table["rule_duty"] == "permit")]
    assert (road["length_km"].item(), road["part_percent"].item()) == (0.4, 20)
    assert road["features_count"].item() is Blank.NOT_ASKED


def test_near_is_outside_but_within_the_distance() -> None:
    # the field touches the wetland (x = 500) and lies beside it for y 300-500: 100 x 200 m within 100 m
    result = run(zones={"ramsar_wetlands": wetlands()}, within_m=100)
    area = figures(result.summary, "farmland_area_by_ramsar_wetlands")
    near = say("conflict.near", metres="100")
    assert (area[WEST, WETLAND], area[WEST, near], area[WEST, OUTSIDE], area[WEST, ""]) == (0, 2, 2, 4)
    # the road runs 100 m below the wetland: 200 m of it touch the ring, none beyond the corners
    assert figures(result.summary, "roads_length_near_ramsar_wetlands")["", ""] == pytest.approx(0.2)
    row = result.tables["con_features"].set_index("name").loc["並"]  # 100 m below: on the rim
    assert (row["rule_duty"], row["zone_distance_m"], row["zone_name"]) == ("near", 100, "湿原")
    drawn = result.features["subject_areas"]
    assert drawn["area_ha"].tolist() == pytest.approx([2])
    # 200 x 400 m with 100 m around: two sides of 200, two of 400, four quarters of a circle
    ring = (2 * 200 + 2 * 400) * 100 + math.pi * 100**2
    assert result.features["ring"].area.item() == pytest.approx(ring, rel=1e-4)


def test_overlap_inside_a_layer_is_told() -> None:
    (note,) = [n for n in run().notes if n.key == "conflict.note_overlap"]
    assert note.values == {"layer": "自然公園", "area": "4.00"}


def test_a_hazard_layer_without_data_is_not_outside() -> None:
    energy = town.frame(
        {"name": ["南", "北"], "energy_kind": ["風力", "太陽光"]},
        [box(0, 400, 100, 600), box(0, 1500, 100, 1600)],
    )
    result = run(zones={"tsunami_inundation": town.hazard()}, subjects={"energy_candidates": energy})
    area = figures(result.summary, "energy_candidates_area_by_tsunami_inundation")
    assert (area[WEST, town.SHALLOW], area[WEST, OUTSIDE]) == (1, 1)
    unknown = say("conflict.not_evaluated")
    assert math.isnan(area[NORTH, OUTSIDE])
    assert (area[NORTH, unknown], area[NORTH, ""], area["", ""]) == (1, 1, 3)
    assert "energy_candidates_area_by_rules" not in set(result.summary["measure"])
    told = run(
        zones={"tsunami_inundation": town.hazard()},
        subjects={"energy_candidates": energy},
        hazard_covers=["北町"],
    )
    assert figures(told.summary, "energy_candidates_area_by_tsunami_inundation")[NORTH, OUTSIDE] == 1


def test_an_empty_zone_layer_is_a_gap_and_never_outside() -> None:
    result = run(zones={"national_parks": town.empty("park_name", "grade")})
    assert result.headline.key == "conflict.headline_none"
    assert result.summary.empty
    assert say("conflict.gap.empty_zones") in set(result.tables["not_evaluated"]["reason"])


def test_groups_by_a_chosen_column() -> None:
    lakes = town.frame({"name": ["乙", "甲"]}, [box(0, 0, 100, 1000), box(100, 0, 300, 1000)])
    result = run(zones={"lakes": lakes}, subjects={"roads": roads()}, zone_columns={"lakes": "name"})
    length = figures(result.summary, "roads_length_by_lakes")
    assert (length[WEST, "乙"], length[WEST, "甲"]) == pytest.approx((0.1, 0.2))
    with pytest.raises(AnalysisError, match=r"nam\b"):
        run(zones={"lakes": lakes}, zone_columns={"lakes": "nam"})
    with pytest.raises(AnalysisError, match="rivers"):
        run(zones={"lakes": lakes}, zone_columns={"rivers": "name"})


@pytest.mark.parametrize("value", [-1, math.inf, math.nan])
def test_a_distance_that_is_none_is_one_clear_line(value: float) -> None:
    with pytest.raises(AnalysisError, match="within_m"):
        run(within_m=value)


def test_other_bad_input_is_one_clear_line() -> None:
    with pytest.raises(CrsError):
        run(zones={"national_parks": parks().to_crs(4326)})
    with pytest.raises(AnalysisError, match="municipalities"):
        run(municipalities=town.municipalities().head(0))


def test_rules_say_who_decides_and_whether_the_article_was_read() -> None:
    assert park_rule("国立公園", "特別保護地区").rank < park_rule("国定公園", "第1種特別地域").rank
    assert park_rule("国立公園", "第3種特別地域").rank < park_rule("国立公園", "普通地域").rank
    ordinary = park_rule("国定公園", "普通地域")
    assert (ordinary.duty, ordinary.verified) == ("notification", True)
    assert "知事" in ordinary.authority
    assert "第33条" in ordinary.law
    own = park_rule("道立自然公園", "普通地域")
    assert ("条例" in own.law, own.verified) == (True, False)
    assert park_rule("国立公園", "").duty == "other"
    assert not park_rule("", "普通地域").verified
    assert all(has_text(f"values.rule_duty.{duty}") for duty in (*DUTIES, "near"))
    table = run().tables["con_rules"].set_index("zone_group")
    assert table["rule_verified"][ORDINARY] == say("difficult.confirmed")
    assert table["rule_verified"][STRICT] == say("difficult.needs_confirming")


def test_every_measure_has_a_title_and_every_chart_a_value_for_each_town() -> None:
    result = run(within_m=50)
    measures = result.summary["measure"].unique()
    assert all(measure_title(m) != m and "_" not in measure_title(m) for m in measures)
    assert {len(chart.labels) for chart in result.charts} == {3}


def random_case(seed: int) -> tuple[gpd.GeoDataFrame, dict[str, gpd.GeoDataFrame]]:
    rng = np.random.default_rng(seed)
    grades = ["特別保護地区", "第2種特別地域", "普通地域"]
    at, size = rng.uniform(0, 2000, (12, 2)), rng.uniform(50, 300, 12)
    zones = [Point(p).buffer(r, quad_segs=5) for p, r in zip(at, size, strict=True)]
    columns = {"grade": rng.choice(grades, 12), "park_kind": ["国立公園"] * 12}
    middle, wide = rng.uniform(0, 2000, (40, 2)), rng.uniform(5, 120, 40)
    fields = [Point(p).buffer(r, quad_segs=3) for p, r in zip(middle, wide, strict=True)]
    lines = [LineString(rng.uniform(0, 2000, (4, 2))) for _ in range(10)]
    points = [Point(p) for p in rng.uniform(0, 2000, (50, 2))]
    subjects = {"farmland": fields, "roads": lines, "tourism_spots": points}
    return town.frame(columns, zones), {
        k: town.frame({"name": ["x"] * len(v)}, v) for k, v in subjects.items()
    }


@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_geopandas_overlay(seed: int) -> None:
    zones, subjects = random_case(seed)
    summary = run(zones={"national_parks": zones}, subjects=subjects, within_m=80).summary
    left, theirs = shapely.Polygon(), []
    for grade in ("特別保護地区", "第2種特別地域", "普通地域"):
        whole = zones[zones["grade"] == grade].union_all()
        theirs.append((f"国立公園 {grade}", whole.difference(left)))
        left = left.union(whole)
    ring = shapely.union_all(zones.buffer(80, quad_segs=64)).difference(left)
    theirs.append((say("conflict.near", metres="80"), ring))
    layer = gpd.GeoDataFrame({"group": [g for g, _ in theirs]}, geometry=[s for _, s in theirs], crs=town.CRS)
    towns = town.municipalities()[["muni_code", "geometry"]]
    for name, measure, unit in (("farmland", "farmland_area", 1e-4), ("roads", "roads_length", 1e-3)):
        ours = figures(summary, f"{measure}_by_national_parks")
        cut = gpd.overlay(gpd.overlay(subjects[name], layer), towns)
        size = cut.area if name == "farmland" else cut.length
        for (code, group), amount in (size * unit).groupby([cut["muni_code"], cut["group"]]).sum().items():
            assert ours[code, group] == pytest.approx(amount, rel=1e-9, abs=1e-9), (measure, code, group)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.floats(1, 300), st.floats(1, 300))
def test_accounts_close_and_more_distance_never_means_less(seed: int, one: float, other: float) -> None:
    zones, subjects = random_case(seed)
    wet = {"national_parks": zones, "ramsar_wetlands": wetlands()}
    results = [run(zones=wet, subjects=subjects, within_m=d).summary for d in sorted((one, other))]
    for summary in results:
        for measure in (m for m in summary["measure"].unique() if "_by_" in m):
            values = figures(summary, measure)
            for code in (WEST, EAST, NORTH, ""):
                parts = [v for (c, g), v in values.items() if c == code and g and not math.isnan(v)]
                assert math.fsum(parts) == pytest.approx(values[code, ""], rel=1e-9, abs=1e-9)
    for measure in (m for m in results[0]["measure"].unique() if "_near_" in m):
        small, large = (figures(summary, measure)["", ""] for summary in results)
        assert small <= large * (1 + 1e-9)


def test_a_preset_alone_lays_any_layers_over_any_others(tmp_path: Path) -> None:
    """The example of the page is run as it is printed."""
    (example,) = re.findall(
        r"```toml\n(.*?)```", (ROOT / "docs" / "conflict.md").read_text("utf-8"), re.DOTALL
    )
    assert len(example.splitlines()) <= 8
    path = tmp_path / "lake_roads.toml"
    path.write_text(example, encoding="utf-8")
    preset, own = load_preset_file(path), load_settings()
    lakes = town.frame({"name": ["湖"]}, [box(0, 0, 1000, 50)])
    frames = {"municipalities": town.municipalities(), "lakes": lakes, "roads": roads()}
    frames["settlements"] = town.settlements()
    region = load_region(own.region_file)
    gathered = Gathered(region, load_layers(own.layers_dir), {}, frames, ())
    result = conflict(**analysis_inputs(preset, gathered), **preset.params)
    # the road lies 50 m from the lake: 1,000 m along it, and an arc beyond its end at x = 1000
    beyond = math.sqrt(300**2 - 50**2)
    near = figures(result.summary, "roads_length_near_lakes")
    assert near[WEST, ""] == pytest.approx(1.0)
    assert near[EAST, ""] == pytest.approx(beyond / 1000, rel=1e-3)
    assert figures(result.summary, "roads_length_by_lakes")[WEST, "湖"] == 0
    drawn = [shown.result for shown in preset.shown if shown.result]
    assert [len(result.features[key]) for key in drawn] == [2]


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.exists(), reason="../shared/data is not here")
def test_real_roads_in_the_parks_equal_geopandas() -> None:
    towns = gpd.read_file(DATA / "municipalities" / "kushiro_nemuro_municipalities_detailed.geojson")
    towns = towns.to_crs(6681).rename(columns={"N03_007": "muni_code", "N03_004": "name"})
    zones = gpd.read_file(DATA / "national_parks" / "national_parks_zones.geojson").to_crs(6681)
    lines = gpd.read_file(DATA / "roads" / "gm_jpn_roadl_region.geojson").to_crs(6681)[["geometry"]]
    parks = {"national_parks": zones.assign(park_kind="国立公園").drop(columns="name")}
    ours = figures(
        conflict(municipalities=towns, zones=parks, subjects={"roads": lines}).summary,
        "roads_length_inside_national_parks",
    )
    whole = zones.union_all()
    for code, land in zip(towns["muni_code"], towns.geometry, strict=True):
        theirs = lines.intersection(land).intersection(whole).length.sum() / 1000
        assert ours[code, ""] == pytest.approx(theirs, rel=1e-6, abs=1e-6)
    assert ours["", ""] > 150
