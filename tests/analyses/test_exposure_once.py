"""Features of one layer that lie on each other: told with amount and pairs, counted once."""

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiLineString, Point, box

from knr_gis.analyses.exposure import exposure
from knr_gis.analyses.exposure.once import areas_once, lines_once
from knr_gis.result import Result
from knr_gis.texts import say
from tests import town
from tests.town import DEEP, EAST, NORTH, OUTSIDE, SHALLOW, WEST, figures


def run(**exposed: gpd.GeoDataFrame) -> Result:
    return exposure(hazard=town.hazard(), municipalities=town.municipalities(), exposed=exposed)


def test_ground_of_two_fields_counts_once() -> None:
    # 100 x 100 m of the second lie in the first, all in the deep class; the third lies wholly in the first
    fields = town.frame(
        {"name": ["東", "西", "小"], "land_type": ["田", "畑", "畑"]},
        [box(0, 0, 200, 200), box(100, 100, 300, 400), box(10, 10, 20, 20)],
    )
    result = run(farmland=fields)
    area, count = figures(result.summary, "farmland_area"), figures(result.summary, "farmland_count")
    assert (area[WEST, DEEP], area[WEST, SHALLOW], area[WEST, ""]) == (4 + 3, 2, 9)
    assert count[WEST, DEEP] == 3
    kinds = result.tables["kinds"].set_index(["figure", "part_kind"])["whole_value"]
    assert (kinds["農地の面積", "田"], kinds["農地の面積", "畑"]) == (4, 5)
    shared = result.tables["shared"]
    assert shared[["first_feature", "second_feature", "shared_value"]].to_numpy().tolist() == [
        ["東", "西", 1.0], ["東", "小", 0.01],
    ]  # fmt: skip
    gap = result.tables["not_evaluated"].set_index("reason")["count"]
    assert gap[say("exposure.gap.shared", amount="1.01 ha")] == 2
    note = next(n for n in result.notes if n.key == "exposure.note_shared")
    assert note.values["layers"] == "農地 1.01 ha"


def test_a_road_drawn_twice_counts_once() -> None:
    lines = [
        LineString([(500, 0), (500, 600)]),
        LineString([(500, 600), (500, 0), (600, 0)]),  # back along the first, then 100 m of its own
        LineString([(100, 100), (200, 100), (100, 100)]),  # there and back
    ]
    result = run(roads=town.frame({"road_name": ["一号", "二号", "行き止まり"]}, lines))
    length = figures(result.summary, "roads_length")
    assert length[WEST, ""] == pytest.approx(0.6 + 0.1 + 0.1)
    assert length[WEST, OUTSIDE] == pytest.approx(0.1)
    pairs = result.tables["shared"].set_index(["first_feature", "second_feature"])["shared_value"]
    assert pairs["一号", "二号"] == pytest.approx(0.6)
    assert pairs["行き止まり", "行き止まり"] == pytest.approx(0.1)


def test_what_shares_nothing_is_left_as_it_is() -> None:
    apart = np.array([box(0, 0, 1, 1), box(1, 0, 2, 1), None], dtype=object)
    assert areas_once(apart).shapes is apart
    crossing = np.array([LineString([(0, 0), (2, 2)]), LineString([(0, 2), (2, 0)])], dtype=object)
    assert lines_once(crossing).shapes is crossing
    result = run(farmland=town.farmland(), roads=town.roads(), settlements=town.settlements())
    assert "shared" not in result.tables
    assert all(note.key != "exposure.note_shared" for note in result.notes)


def test_less_than_a_square_metre_is_rounding_and_not_told() -> None:
    fields = town.frame({"name": ["一", "二"]}, [box(0, 0, 100, 100), box(99.995, 0, 200, 100)])
    result = run(farmland=fields)
    assert figures(result.summary, "farmland_area")[WEST, ""] == pytest.approx(2, rel=1e-12)
    assert "shared" not in result.tables


def test_two_things_at_one_place_are_two() -> None:
    places = town.frame({"name": ["甲", "乙"]}, [Point(500, 100)] * 2)
    assert figures(run(facilities=places).summary, "facilities_count")[WEST, DEEP] == 2


def overlapping_fields(seed: int) -> gpd.GeoDataFrame:
    rng = np.random.default_rng(seed)
    spots = rng.uniform(0, 2000, (40, 2))
    shapes = [Point(p).buffer(r, quad_segs=5) for p, r in zip(spots, rng.uniform(20, 300, 40), strict=True)]
    return town.frame({"name": ["x"] * 40}, shapes)


@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_geopandas_on_the_dissolved_layer(seed: int) -> None:
    fields, zones, towns = overlapping_fields(seed), town.hazard(), town.municipalities()
    ours = figures(run(farmland=fields).summary, "farmland_area")
    ground = gpd.overlay(fields.dissolve(), zones.iloc[:2], keep_geom_type=True)
    cut = gpd.overlay(ground, towns[["muni_code", "geometry"]], keep_geom_type=True)
    for code, lower, shape in zip(cut["muni_code"], cut["depth_min_m"], cut.geometry, strict=True):
        assert ours[code, SHALLOW if lower == 0.3 else DEEP] == pytest.approx(shape.area / 1e4, rel=1e-9)
    whole = gpd.overlay(fields.dissolve(), towns[["muni_code", "geometry"]], keep_geom_type=True)
    for code, shape in zip(whole["muni_code"], whole.geometry, strict=True):
        assert ours[code, ""] == pytest.approx(shape.area / 1e4, rel=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_accounts_of_overlapping_layers_close(seed: int) -> None:
    fields = overlapping_fields(seed)
    summary = run(farmland=fields, roads=fields.set_geometry(fields.boundary)).summary
    for measure in ("farmland_area", "roads_length"):
        values = figures(summary, measure)
        for code in (WEST, EAST, NORTH):
            parts = [v for (c, g), v in values.items() if c == code and g and not np.isnan(v)]
            assert sum(parts) == pytest.approx(values[code, ""], rel=1e-9, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=6), min_size=1)
)
def test_lines_once_have_the_length_of_their_union(paths: list[list[tuple[int, int]]]) -> None:
    """Streets of a grid whose stretches all have the length one are the same or share a point at most."""
    steps = [[(a, b) for a, b in pairwise(p) if abs(a[0] - b[0]) + abs(a[1] - b[1]) == 1]
             for p in paths]  # fmt: skip
    lines = np.array([MultiLineString(s) for s in steps if s] + [None], dtype=object)
    once = lines_once(lines)
    union = shapely.length(shapely.union_all(lines))
    assert np.nansum(shapely.length(once.shapes)) == pytest.approx(union)
    assert np.nansum(shapely.length(lines)) - once.lost == pytest.approx(union)
