"""Coordinates: known positions, mixed systems, metres."""

import geopandas as gpd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS
from shapely.geometry import Point

from knr_gis.crs import (
    JGD2011,
    WEB_CRS,
    parse_crs,
    require_crs,
    require_metres,
    require_same_crs,
    to_crs,
    to_web,
    transform_bounds,
)
from knr_gis.errors import CrsError

ZONE_XIII = CRS.from_epsg(6681)


def points(crs, *xy):
    return gpd.GeoDataFrame(geometry=[Point(p) for p in xy], crs=crs)


def test_the_origin_of_zone_xiii_is_zero_zero():
    """Zone XIII: latitude 44, longitude 144 15' (平面直角座標系 告示)."""
    moved = to_crs(points(JGD2011, (144.25, 44.0)), ZONE_XIII).geometry[0]
    assert (moved.x, moved.y) == pytest.approx((0, 0), abs=1e-6)


def test_x_is_easting():
    moved = to_crs(points(JGD2011, (145.0, 44.0)), ZONE_XIII).geometry[0]
    assert moved.x > 50_000
    assert abs(moved.y) < 1_000


@given(st.floats(143.6, 146.5), st.floats(42.75, 44.45))
def test_there_and_back_is_within_a_millimetre(lon, lat):
    there = to_crs(points(JGD2011, (lon, lat)), ZONE_XIII)
    back = to_crs(to_web(there), ZONE_XIII)
    assert there.geometry[0].distance(back.geometry[0]) < 0.001


def test_missing_and_mixed_systems_raise():
    bare = gpd.GeoDataFrame(geometry=[Point(0, 0)])
    with pytest.raises(CrsError) as missing:
        require_crs(bare, "道路.shp")
    assert "道路.shp" in str(missing.value)
    with pytest.raises(CrsError) as mixed:
        require_same_crs(points(ZONE_XIII, (0, 0)), points(CRS.from_epsg(6680), (0, 0)))
    assert mixed.value.key == "crs.mixed"


def test_degrees_are_refused_where_metres_are_needed():
    with pytest.raises(CrsError):
        require_metres(WEB_CRS, "region.toml")
    with pytest.raises(CrsError):
        require_same_crs(points(WEB_CRS, (144, 43)))
    assert require_same_crs(points(ZONE_XIII, (0, 0)), points(ZONE_XIII, (1, 1))).to_epsg() == 6681


def test_unknown_system_is_one_line():
    with pytest.raises(CrsError) as error:
        parse_crs("EPSG:なし")
    assert "\n" not in str(error.value)
    assert parse_crs(6681).to_epsg() == 6681


def test_bounds_cover_the_moved_box():
    box = transform_bounds((144.0, 43.0, 145.0, 44.0), JGD2011, ZONE_XIII)
    corners = to_crs(points(JGD2011, (144, 43), (145, 43), (144, 44), (145, 44)), ZONE_XIII)
    minx, miny, maxx, maxy = corners.total_bounds
    assert box[0] <= minx + 1e-6
    assert box[1] <= miny + 1e-6
    assert box[2] >= maxx - 1e-6
    assert box[3] >= maxy - 1e-6
    assert transform_bounds(box, ZONE_XIII, ZONE_XIII) == box
