"""Positions in every spelling that tables hold."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Transformer

from knr_gis.readers.coordinates import (
    JAPAN,
    are_metres,
    degrees_of,
    find_axes,
    metres_of,
    parse_degrees,
)

LATITUDE = 43 + 19 / 60 + 48.5 / 3600
KUSHIRO = (143.6, 42.75, 146.5, 44.45)


@pytest.mark.parametrize(
    "cell",
    [
        "43°19'48.5\"",
        "43°19′48.5″",
        "43°19’48.5”",
        "43º19'48.5''",
        "43度19分48.5秒",
        "４３度１９分４８．５秒",
        "43゜19'48.5\"",
        "43:19:48.5",
        "43 19 48.5",
        "43.19.48.5",
        "４３．１９．４８．５",
        "43-19-48.5",
        "N43 19 48.5",
        "43°19'48.5\"N",
        "北緯43度19分48.5秒",
        "北緯 43° 19' 48.5\"",
        "431948.5",
        "43°19.808333333'",
    ],
)
def test_degrees_minutes_seconds_in_every_spelling(cell: str) -> None:
    value, is_dms = parse_degrees(cell)
    assert value == pytest.approx(LATITUDE, abs=1e-9)
    assert is_dms


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("43.330139", 43.330139),
        ("４３．３３", 43.33),
        ("43.33°", 43.33),
        ("43.33度", 43.33),
        ("N43.33", 43.33),
        ("東経144.5", 144.5),
        (" 43 ", 43.0),
        ("-43.5", -43.5),
        ("S43.5", -43.5),
        ("緯度:43.5", 43.5),
        ("0", 0.0),
    ],
)
def test_decimal_degrees(cell: str, value: float) -> None:
    assert parse_degrees(cell) == (value, False)


@pytest.mark.parametrize(
    "cell",
    [None, "", "不明", "43°60'00\"", "43度19分60秒", "436100", "43,144", "1234567890", "abc", "43.1.2.3.4"],
)
def test_what_is_no_position_is_unknown(cell: str | None) -> None:
    assert math.isnan(parse_degrees(cell)[0])


@given(st.integers(20, 45), st.integers(0, 59), st.integers(0, 5999))
def test_a_position_survives_each_spelling(degrees: int, minutes: int, hundredths: int) -> None:
    seconds = hundredths / 100
    expected = degrees + minutes / 60 + seconds / 3600
    spellings = (
        f"{degrees}°{minutes}'{seconds:.2f}\"",
        f"{degrees}度{minutes}分{seconds:.2f}秒",
        f"{degrees:02d}{minutes:02d}{seconds:05.2f}",
        f"{degrees}.{minutes}.{seconds:.2f}",
        repr(expected),
    )
    for spelling in spellings:
        assert parse_degrees(spelling)[0] == pytest.approx(expected, abs=1e-9)


def test_swapped_rows_are_mended_each_for_itself() -> None:
    found = degrees_of(["144.38", "42.98", "144度22分48秒"], ["42.98", "144.38", "42度58分48秒"])
    assert found.x.tolist() == pytest.approx([144.38] * 3)
    assert found.y.tolist() == pytest.approx([42.98] * 3)
    assert found.swapped.tolist() == [False, True, False]
    assert found.dms.tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("x", "y"), [("0", "0"), ("144.4", None), ("24.9", "60.2"), ("144.4", "144.4"), ("43", "43")]
)
def test_what_is_not_in_japan_has_no_position(x: str, y: str | None) -> None:
    found = degrees_of([x], [y])
    assert not found.usable[0]
    assert np.isnan(found.x[0])
    assert np.isnan(found.y[0])


@given(st.lists(st.tuples(st.floats(122, 154), st.floats(20, 46), st.booleans()), min_size=1, max_size=20))
def test_swapping_never_changes_where_a_row_lies(rows: list[tuple[float, float, bool]]) -> None:
    first = [repr(lat if turned else lon) for lon, lat, turned in rows]
    second = [repr(lon if turned else lat) for lon, lat, turned in rows]
    found = degrees_of(first, second)
    assert found.x.tolist() == [lon for lon, _, _ in rows]
    assert found.y.tolist() == [lat for _, lat, _ in rows]
    assert found.swapped.tolist() == [turned for _, _, turned in rows]


@given(st.text(max_size=12), st.text(max_size=12))
def test_a_position_lies_in_japan_or_nowhere(x: str, y: str) -> None:
    found = degrees_of([x], [y])
    west, south, east, north = JAPAN
    assert not found.usable[0] or (west <= found.x[0] <= east and south <= found.y[0] <= north)


@pytest.mark.parametrize(
    ("names", "longitude", "latitude"),
    [
        (["名称", "緯度", "経度"], "経度", "緯度"),
        (["LAT", "Lng"], "Lng", "LAT"),
        (["longitude", "latitude"], "longitude", "latitude"),
        (["北緯", "東経"], "東経", "北緯"),
        (["Ｘ座標", "Ｙ座標", "緯度", "経度"], "経度", "緯度"),
        (["X", "Y"], "X", "Y"),
        (["fX", "fY"], "fX", "fY"),
        (["施設の緯度（10進）", "施設の経度（10進）"], "施設の経度（10進）", "施設の緯度（10進）"),
        (
            ["緯度（日本測地系）", "経度（日本測地系）", "緯度（世界測地系）", "経度（世界測地系）"],
            "経度（世界測地系）",
            "緯度（世界測地系）",
        ),
    ],
)
def test_columns_are_found_by_name(names: list[str], longitude: str, latitude: str) -> None:
    axes = find_axes(names)
    assert axes is not None
    assert (axes.longitude, axes.latitude, axes.old_datum) == (longitude, latitude, False)


def test_the_old_datum_is_marked_and_half_a_position_is_none() -> None:
    axes = find_axes(["日本測地系緯度", "日本測地系経度"])
    assert axes is not None
    assert axes.old_datum
    assert find_axes(["緯度"]) is None
    assert find_axes(["緯度経度"]) is None
    assert find_axes([]) is None


def test_metres_are_told_from_degrees() -> None:
    assert are_metres(["-112345.6", "-98765.4"], ["10234.5", "8765.4"])
    assert are_metres(["123456.7"], ["-10234.5"])
    assert not are_metres(["1442248.0"], ["425848.0"])
    assert not are_metres(["144.4"], ["43.0"])
    assert not are_metres(["", "不明"], [None, ""])


def test_plane_coordinates_are_read_in_the_order_that_lies_in_the_box() -> None:
    crs = CRS.from_epsg(6681)
    x, y = Transformer.from_crs(6668, crs, always_xy=True).transform(144.38, 42.98)
    for first, second in ((x, y), (y, x)):
        found = metres_of([f"{first:.3f}"], [f"{second:.3f}"], crs=crs, box=KUSHIRO, is_xy=True)
        assert (found.x[0], found.y[0]) == pytest.approx((x, y), abs=1e-3)


def test_in_doubt_x_is_the_northing_and_named_axes_are_believed() -> None:
    crs = CRS.from_epsg(6681)
    found = metres_of(["-1000"], ["2000"], crs=crs, box=(0.0, 0.0, 1.0, 1.0), is_xy=True)
    assert (found.x[0], found.y[0]) == (2000, -1000)
    named = metres_of(["2000"], ["-1000"], crs=crs, box=(0.0, 0.0, 1.0, 1.0), is_xy=False)
    assert (named.x[0], named.y[0]) == (2000, -1000)
