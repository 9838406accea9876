"""The data-quality list on a town of six sites, each wrong in one way."""

from types import SimpleNamespace

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point, box

from knr_gis.check import check_layers
from knr_gis.findings import Finding, findings_table
from knr_gis.layers import load_layers
from knr_gis.provenance import Built, LayerRecord, RawFile
from knr_gis.region import load_region
from knr_gis.settings import load_settings

CRS = "EPSG:6681"
ZONE = gpd.GeoDataFrame(geometry=[box(0, 0, 100, 100)], crs=CRS)


@pytest.fixture(scope="module")
def region():
    return load_region(load_settings().region_file)


def make_sites(**changes):
    """Six sound sites outside the zone, 1 km apart; ``changes`` replace whole columns."""
    n = 6
    columns = {
        "site_id": [f"S{i}" for i in range(n)],
        "name": [f"第{i}避難場所" for i in range(n)],
        "muni_code": pd.array(["01206"] * n, dtype="string"),
        "municipality": pd.array(["釧路市"] * n, dtype="string"),
        "stated_muni_code": pd.array(["01206"] * n, dtype="string"),
        "lies_in": pd.array(["01206"] * n, dtype="string"),
        "tsunami": pd.array([True] * n, dtype="boolean"),
        "flood": pd.array([False] * n, dtype="boolean"),
        "capacity_persons": [100.0] * n,
        "floor_height_m": [float("nan")] * n,
        "geometry": [Point(1000 + 1000 * i, 0) for i in range(n)],
    }
    return gpd.GeoDataFrame({**columns, **changes}, crs=CRS)


def codes(region, **changes):
    frames = {"evacuation_sites": make_sites(**changes), "tsunami_inundation": ZONE}
    found = check_layers(frames, {}, {}, region)
    return [(f.code, f.feature) for f in found]


def test_sound_sites_have_no_finding(region):
    assert codes(region) == []


def test_site_in_another_municipality_names_both(region):
    lies = pd.array(["01206"] * 5 + ["01661"], dtype="string")
    frames = {"evacuation_sites": make_sites(lies_in=lies)}
    (finding,) = check_layers(frames, {}, {}, region)
    assert finding.code == "outside_municipality"
    assert finding.severity == "error"
    for word in ("第5避難場所", "釧路市", "釧路町"):
        assert word in finding.message


def test_site_at_sea(region):
    lies = pd.array(["01206"] * 5 + [None], dtype="string")
    assert codes(region, lies_in=lies) == [("in_no_municipality", "第5避難場所")]


def test_same_name_and_place_is_a_duplicate_but_a_namesake_far_away_is_not(region):
    names = ["同じ名"] * 2 + ["別の場所の同名"] * 2 + ["a", "b"]
    near = [Point(1000, 0), Point(1020, 0), Point(3000, 0), Point(9000, 0), Point(5000, 0), Point(5001, 0)]
    assert codes(region, name=names, geometry=near) == [("duplicate_site", "同じ名")]


def test_repeated_number(region):
    assert codes(region, site_id=["A", "A", "B", None, None, "C"]) == [("duplicate_id", "第1避難場所")]


def test_no_kind_of_disaster(region):
    tsunami = pd.array([True] * 4 + [False, None], dtype="boolean")
    found = codes(region, tsunami=tsunami)
    assert found == [("unknown_type", "第4避難場所"), ("unknown_type", "第5避難場所")]


def test_tsunami_site_inside_the_zone_with_and_without_known_floor(region):
    geometry = [Point(50, 50), Point(60, 99), *(Point(1000 * i, 0) for i in range(2, 6))]
    floors = [12.0] + [float("nan")] * 5
    found = codes(region, geometry=geometry, floor_height_m=floors)
    assert found == [("site_in_zone_floor_known", "第0避難場所"), ("site_in_zone", "第1避難場所")]


def test_unknown_capacity_is_counted_by_municipality(region):
    capacity = [100.0, float("nan"), float("nan"), 1, 1, 1]
    frames = {"evacuation_sites": make_sites(capacity_persons=capacity)}
    (finding,) = check_layers(frames, {}, {}, region)
    assert (finding.code, finding.values["count"], finding.feature) == ("capacity_unknown", 2, "釧路市")


def test_absent_and_empty_layers_and_findings_of_the_build(region):
    noticed = Finding("geometry_repaired", "roads", "info", values={"count": 2})
    raw = (RawFile("roads.zip", "0", 1, "roads.zip", "2026-11-23"),)
    provenance = {"roads": LayerRecord(raw, Built("built/r", 0, "d", "t", (), (noticed,)))}
    layers = {
        "roads": SimpleNamespace(title_ja="道路", source=SimpleNamespace(downloads=())),
        "lakes": SimpleNamespace(title_ja="湖沼", source=SimpleNamespace(downloads=())),
    }
    found = check_layers({}, provenance, layers, region)
    assert [(f.code, f.layer_id) for f in found] == [
        ("geometry_repaired", "roads"), ("layer_empty", "roads"), ("layer_absent", "lakes"),
    ]  # fmt: skip
    table = findings_table(found)
    assert table.severity.tolist() == ["error", "info", "info"]
    assert "道路" in table.message[0]


def test_positions_are_in_degrees(region):
    lies = pd.array(["01206"] * 5 + [None], dtype="string")
    found = check_layers({"evacuation_sites": make_sites(lies_in=lies)}, {}, {}, region)
    assert found[0].x == pytest.approx(144.25 + 6000 / 111_320 / 0.7193, abs=0.001)
    assert found[0].y == pytest.approx(44.0, abs=0.001)


def test_two_editions_of_parks_are_told_and_those_of_the_hazard_are_not(region):
    both = gpd.GeoDataFrame({"edition": ["2006", "2015", None]}, geometry=[box(0, 0, 1, 1)] * 3, crs=CRS)
    frames = {"national_parks": both, "tsunami_inundation": both, "railways": both[:1]}
    layers = load_layers(load_settings().layers_dir)
    found = [f for f in check_layers(frames, {}, layers, region) if f.code == "editions_mixed"]
    assert [f.layer_id for f in found] == ["national_parks"]
    assert "2006、2015" in found[0].message
