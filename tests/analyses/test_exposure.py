"""Exposure: pencil sums of the town, agreement with geopandas, accounts that close."""

import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box

from knr_gis.analyses.exposure import exposure
from knr_gis.errors import AnalysisError, CrsError
from knr_gis.result import Result
from knr_gis.texts import say
from tests import town
from tests.town import DEEP, EAST, NORTH, NOT_EVALUATED, OUTSIDE, SHALLOW, UNKNOWN, WEST, figures

DATA = Path(__file__).parents[2].parent / "shared" / "data"


def run(**changes: object) -> Result:
    inputs = {
        "hazard": town.hazard(),
        "municipalities": town.municipalities(),
        "exposed": {"farmland": town.farmland(), "roads": town.roads(), "settlements": town.settlements()},
        "population": town.population(),
    }
    return exposure(**{**inputs, **changes})


def test_inundated_area_leaves_out_the_sea() -> None:
    # 西町 1000 x 200 m shallow, 1000 x 300 m deep; 東町 the same and 500 x 100 m of unknown depth
    area = figures(run().summary, "inundated_area")
    assert area[WEST, SHALLOW] == area[EAST, SHALLOW] == 20
    assert area[WEST, DEEP] == area[EAST, DEEP] == 30
    assert (area[WEST, UNKNOWN], area[EAST, UNKNOWN]) == (0, 5)
    assert (area[WEST, ""], area[EAST, ""], area["", ""]) == (50, 55, 105)
    assert math.isnan(area[NORTH, ""])


def test_land_closes_with_outside_and_not_evaluated() -> None:
    land = figures(run().summary, "land_area")
    assert (land[WEST, OUTSIDE], land[EAST, OUTSIDE]) == (50, 45)
    assert math.isnan(land[NORTH, OUTSIDE])
    assert (land[WEST, NOT_EVALUATED], land[NORTH, NOT_EVALUATED], land[NORTH, ""]) == (0, 200, 200)


def test_areas_and_counts() -> None:
    # 畑1: 200 x 200 m, 100 x 100 m in each class of each town; 畑2: 2 ha in 西町 (dry), 2 ha in 北町
    area, count = figures(run().summary, "farmland_area"), figures(run().summary, "farmland_count")
    assert area[WEST, DEEP] == area[WEST, SHALLOW] == area[EAST, DEEP] == area[EAST, SHALLOW] == 1
    assert (area[WEST, OUTSIDE], area[NORTH, NOT_EVALUATED], area[WEST, ""]) == (2, 2, 4)
    # each field counts once: 畑1 in its deepest class, in the first of the towns that share it equally
    assert (count[WEST, DEEP], count[WEST, SHALLOW], count[WEST, OUTSIDE], count[EAST, ""]) == (1, 0, 1, 0)


def test_lengths_count_borders_once() -> None:
    # 南北: 300 + 200 m in the zone of 西町, 500 m dry, 500 m in 北町 (100 m at sea are nobody's)
    # 海岸: 1000 m in each town on the border of two classes: deep. 町界: of the first town only.
    length = figures(run().summary, "roads_length")
    assert length[WEST, DEEP] == pytest.approx(0.3 + 1.0 + 0.3)
    assert length[WEST, SHALLOW] == pytest.approx(0.2 + 0.2)
    assert length[WEST, OUTSIDE] == pytest.approx(0.5 + 0.5)
    assert (length[EAST, DEEP], length[EAST, SHALLOW], length[EAST, OUTSIDE]) == (1, 0, 0)
    assert length[NORTH, NOT_EVALUATED] == 0.5
    assert figures(run().summary, "roads_length_in_zone")[WEST, ""] == pytest.approx(2.0)


def test_points_on_borders_count_once_and_in_the_deeper_class() -> None:
    count = figures(run().summary, "settlements_count")
    assert (count[WEST, DEEP], count[WEST, SHALLOW], count[EAST, DEEP], count[EAST, OUTSIDE]) == (1, 1, 1, 1)
    assert (count[NORTH, NOT_EVALUATED], count["", ""]) == (1, 5)
    gaps = run().tables["not_evaluated"]
    outside = gaps[gaps["reason"] == say("exposure.gap.outside_region")]
    assert ("集落・字の代表点", 1) in zip(outside["what"], outside["count"], strict=True)


def test_persons_by_land_area_and_unknown_cells() -> None:
    # A: 100 persons on 500 x 500 m, 60 % of it deep. B: half at sea, so all 50 on the deep half.
    # C: unknown, never 0. D: 20 persons, half in 西町 (dry), half in 北町.
    persons = figures(run().summary, "persons")
    assert (persons[WEST, DEEP], persons[WEST, SHALLOW], persons[WEST, OUTSIDE]) == (60, 40, 10)
    assert (persons[EAST, DEEP], persons[NORTH, NOT_EVALUATED], persons["", ""]) == (50, 10, 170)
    unknown = figures(run().summary, "persons_unknown_cells")
    assert (unknown[WEST, DEEP], unknown[WEST, ""], unknown[EAST, ""]) == (1, 1, 0)
    assert figures(run().summary, "age_65_plus_persons")[WEST, DEEP] == pytest.approx(24)
    assert figures(run().summary, "persons_age_unknown")[EAST, DEEP] == 50
    assert figures(run().summary, "persons_in_zone")[WEST, ""] == 100


def test_uncovered_municipality_is_unknown_unless_stated() -> None:
    settled = figures(run().summary, "settlements_count_in_zone")
    assert math.isnan(settled[NORTH, ""])
    told = run(hazard_covers=["北町"])
    assert figures(told.summary, "settlements_count_in_zone")[NORTH, ""] == 0
    assert figures(told.summary, "settlements_count")[NORTH, OUTSIDE] == 1
    assert "北町" in say(run().notes[0].key, **run().notes[0].values)
    assert all(note.key != "exposure.note_no_data" for note in told.notes)


def test_brushed_municipality_is_flagged_and_not_called_dry() -> None:
    # 北町 has 200 ha; a zone of 40 x 40 m = 0.16 ha is 0.08 % of it, below 0.1 %
    zones = town.hazard()
    zones.loc[len(zones)] = {"depth_min_m": 1.0, "depth_max_m": 3.0, "geometry": box(0, 1000, 40, 1040)}
    result = run(hazard=zones.set_crs(town.CRS))
    assert figures(result.summary, "inundated_area")[NORTH, ""] == pytest.approx(0.16)
    count = figures(result.summary, "settlements_count")
    assert math.isnan(count[NORTH, OUTSIDE])
    assert (count[NORTH, DEEP], count[NORTH, NOT_EVALUATED]) == (0, 1)
    assert "北町 0.2 ha" in " ".join(say(n.key, **n.values) for n in result.notes)
    finer = run(hazard=zones.set_crs(town.CRS), hazard_sliver_share=0.0)
    assert figures(finer.summary, "settlements_count")[NORTH, OUTSIDE] == 1


def test_layers_without_features_are_named_not_counted_as_zero() -> None:
    result = run(exposed={"lodging": town.empty("name")}, population=None)
    assert "lodging_count" not in set(result.summary["measure"])
    assert "persons" not in set(result.summary["measure"])
    gaps = result.tables["not_evaluated"].set_index("what")["reason"]
    assert gaps["宿泊施設"] == say("exposure.gap.empty_layer")
    assert gaps["人口（地域メッシュ）"] == say("exposure.gap.no_population")


def test_municipal_totals_are_too_coarse_for_the_zone() -> None:
    wide = town.frame({"persons": [1000.0]}, [box(0, 0, 30_000, 30_000)])
    result = run(population=wide)
    assert "persons" not in set(result.summary["measure"])
    assert say("exposure.gap.population_too_coarse") in set(result.tables["not_evaluated"]["reason"])


def test_settlement_persons_are_counted_where_known() -> None:
    places = town.settlements().assign(persons=[7.0, math.nan, 5.0, 1.0, 2.0, 9.0])
    summary = run(exposed={"settlements": places}, population=None).summary
    assert figures(summary, "settlements_persons")[WEST, DEEP] == 7
    assert figures(summary, "settlements_persons")[EAST, DEEP] == 0
    assert figures(summary, "settlements_persons_unknown_cells")[EAST, DEEP] == 1


def test_a_place_known_only_as_the_town_centre_is_neither_in_nor_out() -> None:
    marks = town.frame(
        {"name": ["碑", "館"], "position_quality": ["市町村の代表点", "現地の位置"]}, [Point(500, 100)] * 2
    )
    result = run(exposed={"heritage": marks})
    assert figures(result.summary, "heritage_count")[WEST, ""] == 1
    gaps = result.tables["not_evaluated"].set_index("reason")["count"]
    assert gaps[say("exposure.gap.weak_position")] == 1


def test_overlapping_zones_count_once_in_the_deeper() -> None:
    twice = town.frame({"depth_min_m": [0.3, 1.0], "depth_max_m": [1.0, 3.0]}, [box(0, 0, 100, 100)] * 2)
    result = run(hazard=twice)
    area = figures(result.summary, "inundated_area")
    assert (area[WEST, DEEP], area[WEST, SHALLOW]) == (1, 0)
    assert "exposure.note_overlap" in [note.key for note in result.notes]


def test_zone_over_everything_and_no_zone_at_all() -> None:
    flood = town.frame({"depth_min_m": [5.0], "depth_max_m": [10.0]}, [box(-9e3, -9e3, 9e3, 9e3)])
    everywhere = figures(run(hazard=flood).summary, "persons")
    assert everywhere["", "5m以上10m未満"] == 170
    none = run(hazard=town.empty("depth_min_m", "depth_max_m"))
    assert none.headline.key == "exposure.headline_none"
    assert figures(none.summary, "land_area")["", NOT_EVALUATED] == 400
    assert math.isnan(figures(none.summary, "land_area")["", OUTSIDE])


def test_drawn_layers_have_their_depth() -> None:
    drawn = run().features
    assert drawn["inundation"]["area_ha"].sum() == pytest.approx(105)
    assert drawn["exposed_points"]["depth_class"].tolist() == [DEEP, DEEP, SHALLOW]
    assert drawn["exposed_lines"]["length_km"].sum() == pytest.approx(0.5 + 2.0 + 0.5)
    assert drawn["exposed_areas"]["area_ha"].sum() == pytest.approx(4)
    assert drawn["population_in_zone"]["persons"].sum() == pytest.approx(150)
    assert drawn["municipalities"]["inundated_percent"].iloc[0] == pytest.approx(50)
    assert drawn["municipalities"]["persons_in_zone"].iloc[1] == pytest.approx(50)


def test_bad_input_is_one_clear_line() -> None:
    with pytest.raises(CrsError):
        run(hazard=town.hazard().to_crs(4326))
    with pytest.raises(AnalysisError, match="北町"):
        run(hazard_covers=["北街"])
    with pytest.raises(AnalysisError, match="hazard_sliver_share"):
        run(hazard_sliver_share=-1)
    with pytest.raises(AnalysisError, match="municipalities"):
        run(municipalities=town.municipalities().head(0))


def test_every_measure_has_a_title() -> None:
    for measure in run().summary["measure"].unique():
        assert say(f"measures.{measure}")


def random_town(seed: int) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    rng = np.random.default_rng(seed)
    spots = rng.uniform(0, 2000, (60, 2))
    fields = [Point(p).buffer(r, quad_segs=4) for p, r in zip(spots, rng.uniform(5, 150, 60), strict=True)]
    low = shapely.union_all([Point(p).buffer(200) for p in rng.uniform(0, 2000, (20, 2))])
    deep = shapely.union_all([Point(p).buffer(150) for p in rng.uniform(0, 2000, (10, 2))])
    zones = town.frame(
        {"depth_min_m": [0.3, 1.0], "depth_max_m": [1.0, 3.0]}, [shapely.difference(low, deep), deep]
    )
    return zones, town.frame({"name": ["x"] * 60}, fields), town.municipalities()


@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_geopandas_overlay(seed: int) -> None:
    zones, fields, towns = random_town(seed)
    summary = exposure(hazard=zones, municipalities=towns, exposed={"farmland": fields}).summary
    ours = figures(summary, "farmland_area")
    pairs = gpd.overlay(fields.dissolve(), zones, keep_geom_type=True)  # what fields share counts once
    cut = gpd.overlay(pairs, towns[["muni_code", "geometry"]], keep_geom_type=True)
    theirs = cut.assign(ha=cut.area / 1e4).groupby(["muni_code", "depth_min_m"])["ha"].sum()
    for (code, lower), hectares in theirs.items():
        label = SHALLOW if lower == 0.3 else DEEP
        assert ours[code, label] == pytest.approx(hectares, rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_classes_outside_and_not_evaluated_make_the_total(seed: int) -> None:
    zones, fields, towns = random_town(seed)
    people = fields.assign(persons=np.random.default_rng(seed).integers(0, 50, len(fields)) * 1.0)
    layers = {"farmland": fields, "roads": fields.set_geometry(fields.boundary)}
    summary = exposure(hazard=zones, municipalities=towns, exposed=layers, population=people).summary
    for measure in ("land_area", "farmland_area", "farmland_count", "roads_length", "persons"):
        values = figures(summary, measure)
        for code in (WEST, EAST, NORTH, ""):
            parts = [v for (c, g), v in values.items() if c == code and g and not math.isnan(v)]
            assert math.fsum(parts) == pytest.approx(values[code, ""], rel=1e-9, abs=1e-9)


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.exists(), reason="../shared/data is not here")
def test_real_inundation_and_roads_equal_geopandas() -> None:
    """Area per municipality and road length in the zone, within 0.1 % of plain geopandas in EPSG:6681."""
    towns = gpd.read_file(DATA / "municipalities" / "kushiro_nemuro_municipalities_detailed.geojson")
    towns = towns.to_crs(6681).rename(columns={"N03_007": "muni_code", "N03_004": "name"})
    zone = gpd.read_file(DATA / "tsunami" / "kushiro_tsunami.geojson").to_crs(6681)
    lines = gpd.read_file(DATA / "roads" / "gm_jpn_roadl_region.geojson").to_crs(6681)
    summary = exposure(hazard=zone, municipalities=towns, exposed={"roads": lines}).summary
    area = figures(summary, "inundated_area")
    union = zone.union_all()
    theirs = towns.set_index("muni_code").intersection(union).area / 1e4
    seen = {code for code in theirs.index if not math.isnan(area[code, ""])}
    assert seen == set(theirs.index[theirs > 0]) == {"01206", "01661", "01662", "01667", "01668"}
    for code in seen:
        assert area[code, ""] == pytest.approx(theirs[code], rel=1e-6)
    for code in ("01206", "01661"):
        land = towns.loc[towns["muni_code"] == code, "geometry"].item()
        # the file has some stretches twice: the union has them once
        expected = lines.union_all().intersection(land).intersection(union).length / 1000
        assert figures(summary, "roads_length")[code, UNKNOWN] == pytest.approx(expected, rel=1e-6)
    # the slivers in 白糠町, 鶴居村 and 厚岸町 are no evidence that the rest of these towns is dry
    assert math.isnan(figures(summary, "land_area")["01668", OUTSIDE])
    assert figures(summary, "land_area")["01206", OUTSIDE] > 100_000
