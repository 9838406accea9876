"""Municipality codes, joined outlines, location of points."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, box

from knr_gis.derive import add_location, derive_layer, stated_codes
from knr_gis.errors import SchemaError, StoreError
from knr_gis.layers import load_layers
from knr_gis.region import load_region
from knr_gis.settings import load_settings

CRS = "EPSG:6681"


@pytest.fixture(scope="module")
def region():
    return load_region(load_settings().region_file)


@pytest.fixture(scope="module")
def layers():
    return load_layers(load_settings().layers_dir)


@pytest.fixture
def towns():
    """Two towns of 1 km2 side by side."""
    columns = {"muni_code": pd.array(["01206", "01661"], dtype="string"), "name": ["釧路市", "釧路町"]}
    return gpd.GeoDataFrame(columns, geometry=[box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)], crs=CRS)


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("muni_code", "01206", "01206"),
        ("muni_code", "012068", "01206"),  # with check digit
        ("muni_code", "1206", "01206"),  # leading zero lost in Excel
        ("muni_code", "12068", "01206"),  # both
        ("muni_code", "01100", "01100"),  # another region
        ("municipality", "北海道釧路市", "01206"),
        ("municipality", "北海道釧路郡釧路町", "01661"),
        ("name", "北海道野付郡別海町", "01691"),
        ("municipality", "札幌市", None),
    ],
)
def test_stated_codes(region, column, value, code):
    frame = gpd.GeoDataFrame({column: [value]}, geometry=[Point(0, 0)], crs=CRS)
    found = stated_codes(frame, region)[0]
    assert (None if pd.isna(found) else found) == code


def test_parts_become_one_municipality_with_our_names(region):
    parts = gpd.GeoDataFrame(
        {"muni_code": ["01206", "01661", "01206", "01100"]},
        geometry=[box(i, 0, i + 1, 1) for i in (0, 5, 8, 20)], crs=CRS,
    )  # fmt: skip
    merged, findings = derive_layer(parts, "municipalities", region, None)
    assert merged.muni_code.tolist() == ["01206", "01661"]
    assert merged.name.tolist() == ["釧路市", "釧路町"]
    assert merged.area.tolist() == [2, 1]
    assert {f.code for f in findings} == {"municipality_missing"}
    assert len(findings) == 11


def test_no_municipality_of_the_region(region):
    other = gpd.GeoDataFrame({"muni_code": ["01100"]}, geometry=[box(0, 0, 1, 1)], crs=CRS)
    with pytest.raises(SchemaError):
        derive_layer(other, "municipalities", region, None)


def test_points_get_the_municipality_they_lie_in(region, layers, towns):
    sites = gpd.GeoDataFrame(
        {"name": ["a", "b", "c", "d"], "municipality": ["釧路市", "釧路市", "釧路町", None]},
        geometry=[Point(500, 500), Point(1500, 500), Point(5000, 5000), Point(1000, 500)], crs=CRS,
    )  # fmt: skip
    located, _ = add_location(sites, layers["evacuation_sites"], region, towns)
    assert located.muni_code.tolist() == ["01206", "01661", "01661", "01206"]
    assert located.stated_muni_code[:3].tolist() == ["01206", "01206", "01661"]
    assert located.lies_in.isna().tolist() == [False, False, True, False]
    assert located.municipality.tolist() == ["釧路市", "釧路町", "釧路町", "釧路市"]


def test_no_municipality_is_guessed_while_none_is_built(region, layers):
    sites = gpd.GeoDataFrame({"name": ["a"]}, geometry=[Point(0, 0)], crs=CRS)
    located, _ = add_location(sites, layers["evacuation_sites"], region, None)
    assert "muni_code" not in located


def test_municipal_figures_take_the_outline(region, towns):
    figures = gpd.GeoDataFrame(
        {"muni_code": ["01206", "01661", "01100"], "persons": [10.0, 20.0, 30.0]},
        geometry=[None] * 3,
        crs=CRS,
    )
    joined, _ = derive_layer(figures, "municipal_population", region, towns)
    assert joined.persons.tolist() == [10, 20]
    assert joined.area.tolist() == [1e6, 1e6]
    with pytest.raises(StoreError):
        derive_layer(figures, "municipal_population", region, None)


def test_overlapping_hazard_is_reported(region):
    zones = gpd.GeoDataFrame(
        {"depth_label": ["0.5m以上1m未満", "1m以上2m未満"]},
        geometry=[box(0, 0, 200, 100), box(100, 0, 300, 100)],
        crs=CRS,
    )
    resolved, findings = derive_layer(zones, "tsunami_inundation", region, None)
    assert resolved.area.sum() == pytest.approx(30_000)
    assert findings[0].values["area_ha"] == pytest.approx(1.0)


def test_a_depth_that_cannot_be_read_is_listed_and_unknown(region):
    labels = ["1m以上2m未満", "とても深い", "深さ不明", None, "とても深い"]
    squares = [box(200 * i, 0, 200 * i + 100, 100) for i in range(len(labels))]
    zones = gpd.GeoDataFrame({"depth_label": labels}, geometry=squares, crs=CRS)
    resolved, (finding,) = derive_layer(zones, "tsunami_inundation", region, None)
    assert resolved.depth_min_m.isna().tolist() == [False, True, True, True, True]
    assert finding.code == "depth_label_unread"
    assert finding.values["count"] == 2
    assert "「とても深い」" in finding.message


def test_nobody_rides_or_drives_on_stairs(region):
    columns = {
        "stairs": pd.array([False, True, None], dtype="boolean"),
        "cycle": pd.array([True, True, True], dtype="boolean"),
        "drive": pd.array([True, None, True], dtype="boolean"),
        "walk": pd.array([True, True, True], dtype="boolean"),
    }
    lines = [LineString([(0, i), (10, i)]) for i in range(3)]
    roads, findings = derive_layer(gpd.GeoDataFrame(columns, geometry=lines, crs=CRS), "roads", region, None)
    assert roads.cycle.tolist() == [True, False, True]
    assert roads.drive.tolist() == [True, False, True]
    assert roads.walk.all()
    assert findings == []


def test_a_way_of_two_extracts_counts_once_and_whole(region):
    lines = [LineString([(0, 0), (100, 0)]), LineString([(0, 5), (9, 5)]), LineString([(0, 0), (40, 0)])]
    roads = gpd.GeoDataFrame({"osm_id": ["way/1", None, "way/1"]}, geometry=lines, crs=CRS)
    unique, (finding,) = derive_layer(roads, "roads", region, None)
    assert unique.length.tolist() == [100, 9]
    assert (finding.code, finding.values["count"]) == ("feature_repeated", 1)


def test_a_field_of_two_issues_is_that_of_the_newer(region):
    columns = {"polygon_id": ["a", "b", "a"], "issue_year": pd.array([2025, 2024, 2022], dtype="Int64")}
    fields = [box(0, 0, 10, 10), box(20, 0, 30, 10), box(0, 0, 9, 9)]
    unique, _ = derive_layer(gpd.GeoDataFrame(columns, geometry=fields, crs=CRS), "farmland", region, None)
    assert unique.issue_year.tolist() == [2025, 2024]
    assert unique.area.tolist() == [100, 100]
