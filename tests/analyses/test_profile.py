"""Municipal profile: pencil answers of the town, ranks with ties and gaps, sums that close, one page each."""

import math
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, box

from knr_gis.analyses.evacuation import evacuation
from knr_gis.analyses.exposure import exposure
from knr_gis.analyses.profile import profile
from knr_gis.analyses.profile.figures import (
    KNOWN,
    NO_HAZARD,
    NOT_ASKED,
    PARTIAL,
    UNKNOWN,
    Figure,
    joined_state,
    places_in,
    ranks,
    require_closed,
    shares,
)
from knr_gis.errors import AnalysisError
from knr_gis.maps import load_preset_file
from knr_gis.readable import heading, measure_title
from knr_gis.result import Blank, Result
from knr_gis.texts import has_text, say
from tests import town
from tests.town import EAST, NAN, NORTH, WEST, figures

KUSHIRO, NEMURO = "釧路管内", "根室管内"


def municipalities() -> gpd.GeoDataFrame:
    return town.municipalities().assign(bureau=["釧路", "釧路", "根室"])


def projection() -> gpd.GeoDataFrame:
    rows = [(WEST, 2025, 110.0), (WEST, 2045, 55.0), (EAST, 2025, 50.0), (EAST, 2045, 40.0)]
    columns = dict(zip(("muni_code", "year", "persons"), map(list, zip(*rows, strict=True)), strict=True))
    return town.frame(columns, [None] * len(rows))


def shelters() -> gpd.GeoDataFrame:
    places = [(100, 700), (200, 700), (1200, 700)]
    columns = {"name": ["a", "b", "c"], "capacity_persons": [100.0, NAN, NAN]}
    return town.frame(columns, [Point(p) for p in places])


def parks() -> gpd.GeoDataFrame:
    shapes = [box(0, 0, 500, 1000), box(0, 0, 500, 500), box(1000, 1000, 1200, 1100)]
    return town.frame({"park_kind": ["国立公園", "国定公園", None]}, shapes)


def described(**changes: object) -> dict[str, gpd.GeoDataFrame]:
    spots = {"farmland": town.farmland(), "shelters": shelters(), "national_parks": parks()}
    return {k: v for k, v in {**spots, **changes}.items() if v is not None}


def inputs(**changes: object) -> dict[str, object]:
    plain = {
        "hazard": town.hazard(), "municipalities": municipalities(), "sites": town.sites(),
        "population": town.population(), "roads": town.roads(), "population_projection": projection(),
        "spots": town.settlements(),
    }  # fmt: skip
    return {k: v for k, v in {**plain, **changes}.items() if v is not None}


def run(extra: dict[str, gpd.GeoDataFrame] | None = None, **changes: object) -> Result:
    return profile(described=described() if extra is None else extra, **inputs(**changes))


@pytest.fixture(scope="module")
def result() -> Result:
    return run()


def state(result: Result, place: str, title: str) -> str:
    rows = result.tables["figures"].set_index(["place", "figure"])
    return str(rows.loc[(place, title), "figure_state"])


def of_towns(result: Result, key: str) -> list[float]:
    table = result.summary[(result.summary["measure"] == key) & (result.summary["group"] == "")]
    found = dict(zip(table["muni_code"], table["value"], strict=False))
    return [found.get(code, "no row") for code in (WEST, EAST, NORTH)]


def of_sums(result: Result, key: str) -> list[float]:
    rows = result.summary[(result.summary["measure"] == key) & (result.summary["muni_code"] == "")]
    found = dict(zip(rows["municipality"], rows["value"], strict=True))
    return [found.get(name, "no row") for name in (KUSHIRO, NEMURO, "")]


@pytest.mark.parametrize(
    ("key", "towns", "sums"),
    [
        ("municipality_km2", [1, 1, 2], [2, 2, 4]),
        ("inundated_area", [50, 55, NAN], [105, NAN, 105]),
        ("inundated_share_percent", [50, 55, NAN], [52.5, NAN, 52.5]),
        ("residents_persons", [110, 50, 10], [160, 10, 170]),
        ("elderly_percent", [40, NAN, 40], [40, 40, 40]),
        ("persons_in_zone", [100, 50, NAN], [150, NAN, 150]),
        ("projected_persons", [55, 40, NAN], [95, NAN, 95]),
        ("population_change_percent", [-50, -20, NAN], [-100 * 65 / 160, NAN, -100 * 65 / 160]),
        ("farmland_area", [4, 2, 2], [6, 2, 8]),
        ("farmland_area_in_zone", [2, 2, NAN], [4, NAN, 4]),
        ("roads_length", [3, 1, 0.5], [4, 0.5, 4.5]),
        ("national_parks_area", [50, 0, 2], [50, 2, 52]),
        ("shelters_count", [2, 1, 0], [3, 0, 3]),
        ("shelters_capacity_persons", [100, NAN, 0], [100, 0, 100]),
        ("shelters_capacity_unknown", [1, 1, 0], [2, 0, 2]),
        ("tourism_spots_count", [2, 2, 1], [4, 1, 5]),
        ("lodging_count", [NAN] * 3, [NAN] * 3),
    ],
)
def test_figures_by_pencil(result: Result, key: str, towns: list[float], sums: list[float]) -> None:
    assert of_towns(result, key) == pytest.approx(towns, nan_ok=True)
    assert of_sums(result, key) == pytest.approx(sums, nan_ok=True)


def test_states_say_what_is_known_and_why_not(result: Result) -> None:
    assert state(result, "西町", say("profile.by_mesh")) == PARTIAL, "a cell of it is suppressed"
    assert state(result, "東町", say("profile.by_mesh")) == KNOWN
    assert state(result, "北町", "浸水面積") == NO_HAZARD
    assert state(result, "東町", say("measures.elderly_percent")) == UNKNOWN
    assert state(result, "北町", say("profile.projected", year=2045)) == "no_projection"
    assert state(result, "東町", say("measures.shelters_capacity_persons")) == UNKNOWN
    assert state(result, "西町", say("measures.shelters_capacity_persons")) == PARTIAL
    assert state(result, "北町", say("measures.shelters_capacity_persons")) == KNOWN
    assert state(result, "西町", say("measures.lodging_count")) == "no_layer"
    assert state(result, "全域", "浸水面積") == PARTIAL


def test_ranks_share_a_place_and_leave_out_what_is_not_known(result: Result) -> None:
    assert of_towns(result, "farmland_area_rank") == [1, 2, 2]
    assert of_towns(result, "farmland_area_in_zone_rank") == [1, 1, "no row"]
    assert of_towns(result, "residents_persons_rank") == ["no row", 1, 2], "a lower bound could be anywhere"
    assert of_towns(result, "lodging_count_rank") == ["no row"] * 3
    table = result.tables["ranks"].set_index("place")
    assert table.loc["北町", "farmland_area_in_zone_rank"] is Blank.NOT_ASKED
    assert table.loc["西町", "farmland_area_rank"] == 1
    assert set(table.index) == {"西町", "東町", "北町"}
    page = result.tables["figures"].set_index(["place", "figure"])
    title = say("measures.farmland_area_in_zone")
    assert page.loc[("西町", title), ["rank", "ranked_count"]].tolist() == [1, 2], "of how many is said"
    assert page.loc[("北町", title), "ranked_count"] is Blank.NOT_ASKED


def test_kinds_of_park_count_ground_once_and_add_up_to_the_parks(result: Result) -> None:
    kinds = figures(result.summary[result.summary["muni_code"] != ""], "national_parks_area_by_kind")
    assert kinds[WEST, "国立公園"] == pytest.approx(50)
    assert kinds[WEST, "国定公園"] == pytest.approx(0), "the park of the earlier row holds that ground"
    assert kinds[NORTH, "種別不明"] == pytest.approx(2)
    whole = of_towns(result, "national_parks_area")
    parts = [sum(v for (c, _), v in kinds.items() if c == code) for code in (WEST, EAST, NORTH)]
    assert parts == pytest.approx(whole)


def test_published_persons_go_before_those_of_the_mesh() -> None:
    stated = town.frame({"muni_code": [WEST, EAST], "persons": [200.0, 100.0]}, [None, None])
    result = run(described(municipal_population=stated))
    assert of_towns(result, "residents_persons") == pytest.approx([200, 100, NAN], nan_ok=True)
    assert of_towns(result, "residents_persons_rank") == [1, 2, "no row"]
    assert of_towns(result, "population_change_percent")[1] == pytest.approx(-60)
    assert of_towns(result, "persons_in_zone_percent")[1] == pytest.approx(50)


def test_the_share_in_time_is_that_of_the_evacuation() -> None:
    changes = {"roads": town.streets(), "snap_limit_m": 1000.0, "use_exits": False}
    result = run(**changes)
    judged = evacuation(**inputs(**changes)).summary
    by_key = {
        m: figures(judged, f"evac_persons_{m}") for m in ("reached", "late", "no_route", "not_evaluated")
    }
    for k, code in enumerate((WEST, EAST)):
        reached, late, none, missed = (by_key[m][code, ""] for m in by_key)
        assert reached + late + none > 0
        assert of_towns(result, "persons_in_time_percent")[k] == pytest.approx(
            100 * reached / (reached + late + none)
        )
        assert of_towns(result, "persons_not_in_time")[k] == pytest.approx(late + none)
        assert of_towns(result, "evac_persons_not_evaluated")[k] == pytest.approx(missed)
    assert math.isnan(of_towns(result, "persons_in_time_percent")[2])


def test_what_lies_in_the_zone_is_that_of_the_exposure(result: Result) -> None:
    exposed = exposure(
        hazard=town.hazard(), municipalities=municipalities(), population=town.population(),
        exposed={"farmland": town.farmland(), "roads": town.roads()},
    ).summary  # fmt: skip
    for key in ("inundated_area", "persons_in_zone", "farmland_area_in_zone", "roads_length_in_zone"):
        expected = figures(exposed, key)
        assert of_towns(result, key) == pytest.approx(
            [expected[c, ""] for c in (WEST, EAST, NORTH)], nan_ok=True
        )


def test_nobody_in_a_covered_town_is_no_share_and_not_an_unknown_one() -> None:
    result = run(hazard_covers=["北町"])
    assert of_towns(result, "persons_in_zone")[2] == 0
    assert of_towns(result, "persons_in_time_percent")[2] == "no row"
    assert state(result, "北町", say("measures.persons_in_time_percent")) == NOT_ASKED
    assert (
        result.tables["profile"].set_index("place").loc["北町", "persons_in_time_percent"] is Blank.NOT_ASKED
    )
    chart = next(c for c in result.charts if c.id == "persons_in_time_percent")
    assert (
        chart.series[say("measures.persons_in_time_percent")][chart.labels.index("北町")] is Blank.NOT_ASKED
    )


def test_without_people_only_the_evacuation_is_missing() -> None:
    result = run(population=None, population_projection=None)
    assert of_towns(result, "farmland_area") == pytest.approx([4, 2, 2])
    assert of_towns(result, "persons_in_time_percent") == pytest.approx([NAN] * 3, nan_ok=True)
    assert say("profile.gap_people") in set(result.tables["not_evaluated"]["reason"])
    assert "不明" in say(result.headline.key, **result.headline.values)
    assert "persons_in_zone" not in {c.id for c in result.charts}, "there is nothing to draw"


def test_without_persons_the_share_is_one_of_places() -> None:
    result = run(population=None, settlements=town.homes(), population_projection=None, roads=town.streets())
    assert "origins_in_time_percent" in set(result.summary["measure"])
    assert "persons_in_time_percent" not in set(result.summary["measure"])


def test_without_a_mesh_the_projection_stands_as_it_is_stated() -> None:
    result = run(population=None, settlements=town.homes(), roads=town.streets())
    assert of_towns(result, "projected_persons") == pytest.approx([55, 40, NAN], nan_ok=True)


def test_a_year_that_no_projection_reaches_is_one_clear_line() -> None:
    with pytest.raises(AnalysisError, match="2070") as told:
        run(projection_year=2070)
    assert "\n" not in str(told.value)


def test_a_year_between_is_interpolated_and_named() -> None:
    result = run(projection_year=2035)
    assert of_towns(result, "projected_persons")[:2] == pytest.approx([82.5, 45])
    assert result.params["projection_year"] == 2035
    assert any("2035" in say(n.key, **n.values) for n in result.notes)


def test_municipalities_without_a_bureau_are_only_added_up_to_the_region() -> None:
    result = run(municipalities=town.municipalities())
    assert set(result.tables["profile"]["place"]) == {"西町", "東町", "北町", "全域"}


def test_every_measure_and_column_has_a_name(result: Result) -> None:
    for measure in set(result.summary["measure"]):
        assert measure_title(measure) != measure
        assert has_text(f"measures.{measure.removesuffix('_rank')}")
    for name in ("profile", "ranks", "figures"):
        for column in result.tables[name].columns:
            assert heading(str(column)) != column, column
    for key in set(result.tables["figures"]["figure_state"]):
        assert has_text(f"values.figure_state.{key}")


def test_the_plan_prints_a_page_for_each_place(result: Result) -> None:
    preset = load_preset_file(Path(__file__).parents[2] / "maps" / "profile.toml")
    assert preset.report is not None
    assert preset.report.pages == {"figures": "place"}
    assert list(dict.fromkeys(result.tables["figures"]["place"])) == [
        "西町",
        "東町",
        "北町",
        KUSHIRO,
        NEMURO,
        "全域",
    ]
    assert {c.page for c in result.charts if c.page} == set(result.tables["figures"]["place"])


def test_the_largest_stands_first_in_a_chart_and_the_unknown_last(result: Result) -> None:
    chart = next(c for c in result.charts if c.id == "inundated_area")
    assert chart.labels == ("東町", "西町", "北町")
    np.testing.assert_allclose(chart.series["浸水面積"], (55, 50, NAN))
    trend = next(c for c in result.charts if c.page == KUSHIRO)
    assert trend.labels == ("2025", "2045")
    assert trend.series["人口"] == (160.0, 95.0)
    assert all(math.isnan(v) for v in next(c for c in result.charts if c.page == "全域").series["人口"])


# --- laws ----------------------------------------------------------------------------------------

VALUED = st.tuples(st.sampled_from([KNOWN, PARTIAL]), st.floats(0, 1e6).map(lambda v: round(v, 3)))
MISSING = st.tuples(st.sampled_from([UNKNOWN, NO_HAZARD]), st.just(NAN))


def figure_of(cells: list[tuple[str, float]]) -> Figure:
    return Figure("roads_length", "km", np.array([v for _, v in cells]), tuple(s for s, _ in cells))


@given(st.tuples(*[VALUED | MISSING] * 3))
def test_ranks_agree_with_counting_who_is_larger(cells: tuple[tuple[str, float], ...]) -> None:
    places, figure = places_in(municipalities()), figure_of(list(cells))
    known = {p.code: v for p, (s, v) in zip(places, cells, strict=False) if s == KNOWN}
    assert ranks(figure, places) == {c: 1 + sum(o > v for o in known.values()) for c, v in known.items()}


@given(st.tuples(*[VALUED | MISSING] * 3))
def test_sums_close_and_shares_add_up(cells: tuple[tuple[str, float], ...]) -> None:
    places, figure = places_in(municipalities()), figure_of(list(cells))
    require_closed([figure], places)
    total, whole_state = figure.of(places[-1])
    assert np.nan_to_num(total) == pytest.approx(np.nansum([v for _, v in cells]))
    found = shares(figure, places)
    if {s for s, _ in cells} == {KNOWN}:
        assert whole_state == KNOWN
        if total > 0:
            assert sum(found[:3]) == pytest.approx(100)
            assert found[3] + found[4] == pytest.approx(100)
    else:
        assert all(isinstance(v, float) and math.isnan(v) for v in found)


def test_a_sum_that_does_not_close_stops_the_run() -> None:
    places = places_in(municipalities())
    broken = [replace(places[0], members=places[1].members), *places[1:]]
    with pytest.raises(AnalysisError, match="roads_length"):
        require_closed([figure_of([(KNOWN, 1.0), (KNOWN, 2.0), (KNOWN, 4.0)])], broken)


def test_states_of_sums() -> None:
    assert joined_state([KNOWN, NOT_ASKED]) == KNOWN
    assert joined_state([KNOWN, UNKNOWN]) == PARTIAL
    assert joined_state([NO_HAZARD, NO_HAZARD]) == NO_HAZARD
    assert joined_state([NO_HAZARD, UNKNOWN]) == UNKNOWN
    assert joined_state([NOT_ASKED]) == NOT_ASKED


def test_a_percentage_of_a_sum_is_not_a_mean_of_percentages() -> None:
    places = places_in(municipalities())
    figure = Figure(
        "x", "％", np.array([1.0, 0.0, 5.0]), (KNOWN, NOT_ASKED, KNOWN), whole=np.array([2.0, 0.0, 100.0])
    )
    assert figure.of(places[0]) == (50.0, KNOWN)
    assert figure.of(places[1])[1] == NOT_ASKED
    assert figure.of(places[-1]) == (pytest.approx(600 / 102), KNOWN)
    assert shares(figure, places) == [Blank.NOT_ASKED] * len(places)


def test_the_summary_keeps_its_columns(result: Result) -> None:
    keys = result.summary[["muni_code", "municipality", "group", "measure"]]
    assert not keys.duplicated().any()
    assert isinstance(result.summary, pd.DataFrame)
