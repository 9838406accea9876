"""Repairs keep what is right, mend what is not, and say so."""

import geopandas as gpd
import pytest
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from knr_gis.geometry import cut_lines, drop_empty, repair
from knr_gis.layers import load_layers
from knr_gis.settings import load_settings

CRS = "EPSG:6681"


@pytest.fixture(scope="module")
def layers():
    return load_layers(load_settings().layers_dir)


def test_bow_tie_is_repaired_and_listed(layers):
    """Two triangles of 1 x 2 / 2 each: the area of a bow tie is 2 m2, not 0."""
    bow_tie = Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    frame = gpd.GeoDataFrame({"name": ["蝶"]}, geometry=[bow_tie], crs=CRS)
    fixed, findings = repair(frame, layers["national_parks"])
    assert fixed.geometry[0].area == pytest.approx(2)
    assert findings[0].code == "geometry_repaired"
    assert "蝶" in findings[0].message


def test_what_was_repaired_is_told_with_its_place_even_without_a_name(layers):
    """The origin of zone XIII is 44 N, 144.25 E."""
    bow_tie = Polygon([(-10, -10), (10, 10), (10, -10), (-10, 10)])
    frame = gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1), bow_tie], crs=CRS)
    (finding,) = repair(frame, layers["tsunami_inundation"])[1]
    assert "東経 144.2500、北緯 44.0000" in finding.message
    assert (finding.x, finding.y) == (pytest.approx(144.25, abs=1e-4), pytest.approx(44, abs=1e-4))


def test_valid_geometry_is_untouched_and_flat(layers):
    frame = gpd.GeoDataFrame(geometry=[shapely.Polygon([(0, 0, 9), (1, 0, 9), (1, 1, 9)])], crs=CRS)
    fixed, findings = repair(frame, layers["farmland"])
    assert findings == []
    assert not fixed.geometry[0].has_z


def test_spike_leaves_only_polygons(layers):
    spike = Polygon([(0, 0), (2, 0), (2, 2), (0, 2), (0, 0), (-3, 0), (0, 0)])
    fixed, _ = repair(gpd.GeoDataFrame(geometry=[spike], crs=CRS), layers["farmland"])
    assert fixed.geometry[0].geom_type in ("Polygon", "MultiPolygon")
    assert fixed.geometry[0].area == pytest.approx(4)


def test_features_without_a_place_are_dropped_and_counted(layers):
    frame = gpd.GeoDataFrame({"name": ["a", "b", "c"]}, geometry=[Point(0, 0), None, Point()], crs=CRS)
    kept, findings = drop_empty(frame, layers["evacuation_sites"])
    assert list(kept.name) == ["a"]
    assert findings[0].values["count"] == 2


def test_lines_are_cut_at_the_boundary():
    """10 m line, 4 m inside; the line inside keeps its very coordinates."""
    lines = gpd.GeoDataFrame(geometry=[LineString([(-6, 5), (4, 5)]), LineString([(1, 1), (2, 2)])], crs=CRS)
    cut = cut_lines(lines, MultiPolygon([box(0, 0, 10, 10)]))
    assert cut.length.tolist() == pytest.approx([4, 2**0.5])
    assert cut.geometry.iloc[1].equals_exact(lines.geometry.iloc[1])
