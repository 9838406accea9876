"""Exposure by kind: pencil sums of the town, kinds that add up to the whole, shares of the whole."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from knr_gis.analyses.exposure import exposure
from knr_gis.analyses.exposure.divisions import Division, kinds_of
from knr_gis.result import Result
from knr_gis.texts import say
from tests import town
from tests.town import DEEP, NAN, NOT_EVALUATED, OUTSIDE, SHALLOW

TOTAL, ALL = say("exposure.kind.total"), say("exposure.kind.all")


def run(population: gpd.GeoDataFrame | None = None, **exposed: gpd.GeoDataFrame) -> Result:
    return exposure(
        hazard=town.hazard(), municipalities=town.municipalities(), exposed=exposed, population=population
    )


def lines(result: Result, figure: str, divided_by: str) -> dict[tuple[str, str, str], float]:
    """Return the values of the breakdown by kind, municipality and depth class."""
    table = result.tables["breakdown"]
    table = table[(table["figure"] == figure) & (table["divided_by"] == divided_by)]
    keys = list(zip(table["part_kind"], table["municipality"], table["depth_class"], strict=True))
    assert len(set(keys)) == len(keys)
    return dict(zip(keys, table["figure_value"].astype(float), strict=True))


def fields() -> gpd.GeoDataFrame:
    """Paddy over the border of the towns (1 ha per class and town), pasture dry and in 北町, one untold."""
    return town.farmland().assign(land_type=["田", None])


def test_farmland_by_land_type() -> None:
    area = lines(run(farmland=fields()), "農地の面積", "地目")
    assert (area["田", "西町", DEEP], area["田", "東町", SHALLOW], area["田", "全域", TOTAL]) == (1, 1, 4)
    untold = say("exposure.kind.unknown")
    assert (area[untold, "西町", OUTSIDE], area[untold, "北町", NOT_EVALUATED]) == (2, 2)
    assert ("田", "北町", TOTAL) not in area
    count = lines(run(farmland=fields()), "農地の数", "地目")
    assert (count["田", "西町", DEEP], count["田", "全域", TOTAL]) == (1, 1)


def test_share_is_of_the_same_kind_in_the_municipality() -> None:
    table = run(farmland=fields()).tables["breakdown"]
    share = table.set_index(["figure", "part_kind", "municipality", "depth_class"])["whole_percent"]
    assert share["農地の面積", "田", "西町", DEEP] == 50
    assert share["農地の面積", ALL, "西町", DEEP] == 25
    assert share["農地の面積", ALL, "西町", say("exposure.kind.zone")] == 50
    assert share["市町村の面積の内訳", ALL, "西町", OUTSIDE] == 50
    assert share["市町村の面積の内訳", ALL, "北町", TOTAL] == 100
    assert np.isnan(share["市町村の面積の内訳", ALL, "北町", DEEP])


def test_roads_by_width_and_bridges() -> None:
    streets = [LineString([(x, 0), (x, 1000)]) for x in (100, 200, 300, 400)]
    columns = {"width_m": [2.0, 5.5, NAN, 20.0], "bridge": pd.array([True, False, None, False], "boolean")}
    result = run(roads=town.frame(columns, streets))
    width = lines(result, "道路の延長", "幅員（m）")
    assert width["3m未満", "西町", DEEP] == pytest.approx(0.3)
    assert width["5.5m以上13m未満", "西町", SHALLOW] == pytest.approx(0.2)
    assert width["19.5m以上", "西町", TOTAL] == width[say("exposure.kind.unknown"), "西町", TOTAL] == 1
    bridge = lines(result, "道路の延長", "橋")
    assert bridge["橋", "西町", DEEP] == pytest.approx(0.3)
    assert bridge["橋以外", "西町", TOTAL] == 2
    gaps = set(result.tables["not_evaluated"]["reason"])
    assert {say("exposure.gap.no_kind", columns="道路種別、緊急輸送道路の区分")} <= gaps


def test_a_width_class_goes_before_the_width() -> None:
    street = town.frame({"width_m": [2.0], "width_class": ["3m以上5.5m未満"]}, [LineString([(0, 0), (0, 9)])])
    assert ("3m以上5.5m未満", "西町", TOTAL) in lines(run(roads=street), "道路の延長", "幅員区分")


def test_facilities_and_the_table_for_the_region() -> None:
    kinds = ["病院", "病院", "学校"]
    places = town.frame({"facility_type": kinds}, [Point(500, 100), Point(500, 900), Point(500, 1500)])
    table = run(facilities=places).tables["kinds"].set_index("part_kind")
    hospital, school = table.loc["病院"], table.loc["学校"]
    assert (hospital["zone_value"], hospital["outside_value"], hospital["whole_value"]) == (1, 1, 2)
    assert hospital["whole_percent"] == 50
    assert (school["zone_value"], school["unseen_value"], school["whole_value"]) == (0, 1, 1)


def test_persons_by_age_with_the_rest() -> None:
    # A (100 persons with ages): 60 % deep. B (50, age untold): all deep, in 東町. D: half in 北町
    ages = lines(run(population=town.population()), "人口", "年齢区分")
    assert ages["65歳以上", "西町", DEEP] == pytest.approx(24)
    assert ages["年齢の内訳が不明", "東町", DEEP] == pytest.approx(50)
    assert ages["0〜14歳", "北町", TOTAL] == pytest.approx(1)


def test_ages_that_are_more_than_all_are_not_broken_down() -> None:
    cells = town.population().assign(age_65_plus_persons=[400.0, NAN, NAN, 8.0])
    assert not lines(run(population=cells), "人口", "年齢区分")


def test_rare_kinds_stand_in_one_line() -> None:
    table = gpd.GeoDataFrame({"use": [f"用途{k}" for k in range(30)] * 2 + ["住宅"] * 3})
    kinds = dict(kinds_of(table, Division("use")))
    assert len(kinds) == 21
    assert sum(kinds.values()).tolist() == [1.0] * 63
    others = next(chosen for kind, chosen in kinds.items() if kind.order == 1)
    assert others.sum() == 22


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_kinds_and_classes_add_up_to_the_whole(seed: int) -> None:
    rng = np.random.default_rng(seed)
    corners = rng.uniform(-200, 2000, (40, 2))
    shapes = [box(x, y, x + s, y + s) for (x, y), s in zip(corners, rng.uniform(5, 300, 40), strict=True)]
    kinds = rng.choice(["田", "畑", None], 40)
    result = run(farmland=town.frame({"land_type": kinds}, shapes))
    for figure in ("農地の面積", "農地の数"):
        whole, parts = lines(result, figure, ALL), lines(result, figure, "地目")
        for (_, place, depth), value in whole.items():
            told = [v for (_, p, d), v in parts.items() if (p, d) == (place, depth)]
            if not np.isnan(value):
                assert np.nansum(told) == pytest.approx(value, rel=1e-9, abs=1e-9)
