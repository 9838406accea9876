"""From raw to built: the region's margin, columns that do not clash, layers kept current."""

import geopandas as gpd
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from knr_gis.build import Surroundings, clip_to_region, tidy_columns
from knr_gis.layers import load_layers
from knr_gis.region import load_region
from knr_gis.settings import load_settings

SETTINGS = load_settings()
REGION = load_region(SETTINGS.region_file)
LAYERS = load_layers(SETTINGS.layers_dir)
TOWN = gpd.GeoDataFrame(
    {"muni_code": ["01206"], "name": ["釧路市"]}, geometry=[box(0, 0, 10_000, 10_000)], crs=REGION.crs
)
AROUND = Surroundings(REGION, TOWN)
# The margin is 2 km and is drawn a little wide (200 m), because its outline is simplified.
INNER, OUTER = 2_000, 2_700


def frame(*shapes):
    return gpd.GeoDataFrame({"n": range(len(shapes))}, geometry=list(shapes), crs=REGION.crs)


def test_points_in_the_margin_stay_and_points_beyond_go():
    points = frame(Point(5_000, 5_000), Point(-INNER, 5_000), Point(-OUTER, 5_000))
    assert clip_to_region(points, LAYERS["evacuation_sites"], AROUND).n.tolist() == [0, 1]


def test_lines_are_cut_and_polygons_are_kept_whole():
    lines = frame(LineString([(-50_000, 5_000), (50_000, 5_000)]))
    cut = clip_to_region(lines, LAYERS["roads"], AROUND)
    assert 10_000 + 2 * INNER <= cut.length[0] <= 10_000 + 2 * OUTER
    park = frame(box(-50_000, 0, 1, 1))
    assert_geodataframe_equal(clip_to_region(park, LAYERS["national_parks"], AROUND), park)


@given(st.lists(st.tuples(st.integers(-9_000, 19_000), st.integers(-9_000, 19_000)), min_size=1, max_size=8))
def test_clipping_twice_is_clipping_once(corners):
    """Idempotent for lines too: what was cut at the margin lies inside it."""
    lines = frame(LineString([(0, 0), *corners]))
    once = clip_to_region(lines, LAYERS["roads"], AROUND)
    twice = clip_to_region(once, LAYERS["roads"], AROUND)
    assert twice.length.sum() == pytest.approx(once.length.sum(), abs=1e-3)


def test_without_municipalities_nothing_is_clipped_and_the_box_of_the_region_serves():
    alone = Surroundings(REGION, None)
    far = frame(Point(1e6, 1e6))
    assert len(clip_to_region(far, LAYERS["evacuation_sites"], alone)) == 1
    assert alone.bounds == REGION.bounds


def test_readers_get_a_box_that_covers_the_margin():
    west, south, east, north = AROUND.bounds
    assert west < 144.25 - INNER / 81_000
    assert east > 144.25 + (10_000 + INNER) / 81_000
    assert south < 44.0 - INNER / 112_000
    assert north > 44.0 + (10_000 + INNER) / 112_000


def test_columns_never_clash_in_a_geopackage():
    """SQL does not see case: NAME, Name and fid of the source get names of their own."""
    source = gpd.GeoDataFrame(
        {"NAME": ["x"], "name": ["a"], "fid": [7], "Name_SRC": ["y"], "list": [[1, 2]]},
        geometry=[Point(0, 0)], crs=REGION.crs,
    )  # fmt: skip
    tidy = tidy_columns(source)
    lowered = [c.lower() for c in tidy.columns]
    assert len(set(lowered)) == len(lowered)
    assert "fid" not in lowered
    assert tidy.columns[0] == "name"
    assert tidy["list"][0] == "[1, 2]"


def test_missing_cells_stay_missing_when_columns_become_text():
    source = gpd.GeoDataFrame({"memo": ["a", None, float("nan")]}, geometry=[Point(0, 0)] * 3, crs=REGION.crs)
    assert tidy_columns(source).memo.isna().tolist() == [False, True, True]
    assert pd.api.types.is_string_dtype(tidy_columns(source).memo)
