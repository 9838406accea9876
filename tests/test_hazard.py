"""Depth bounds from labels; one class at every place, nothing lost."""

import math
import time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box

from knr_gis.errors import CrsError
from knr_gis.hazard import normalise_hazard, resolve_overlaps


def zones(*rows: tuple[Polygon, float, float, str | None]) -> gpd.GeoDataFrame:
    shapes, lower, upper, editions = zip(*rows, strict=True)
    table = {"depth_min_m": list(lower), "depth_max_m": list(upper), "edition": list(editions)}
    return gpd.GeoDataFrame(table, geometry=list(shapes), crs=6681)


def labelled(*labels: str | None) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"depth_label": list(labels)}, geometry=[box(0, 0, 1, 1)] * len(labels), crs=6681)


@pytest.mark.parametrize(
    ("label", "lower", "upper"),
    [
        ("0.01m以上 〜 0.3m未満", 0.01, 0.3),  # wave dash
        ("0.3m以上 ～ 1m未満", 0.3, 1.0),  # full-width tilde
        ("1m以上2m未満", 1.0, 2.0),
        ("５.０ｍ～１０.０ｍ", 5.0, 10.0),
        ("0.3m未満", 0.0, 0.3),
        ("20m以上", 20.0, math.nan),
        ("不明", math.nan, math.nan),
        (None, math.nan, math.nan),
    ],
)
def test_labels_become_bounds(label: str | None, lower: float, upper: float) -> None:
    done = normalise_hazard(labelled(label))
    np.testing.assert_equal(done.depth_min_m.iloc[0], lower)
    np.testing.assert_equal(done.depth_max_m.iloc[0], upper)
    assert done.depth_label.iloc[0] == label or label is None


def test_published_numbers_are_not_touched() -> None:
    given_numbers = labelled("1m以上2m未満", "3m以上").assign(
        depth_min_m=[0.5, np.nan], depth_max_m=[0.7, np.nan]
    )
    done = normalise_hazard(given_numbers)
    assert done.depth_min_m.tolist() == [0.5, 3.0]
    assert done.depth_max_m.iloc[0] == 0.7
    assert math.isnan(done.depth_max_m.iloc[1])


def test_without_any_attribute_the_depth_is_unknown_not_zero() -> None:
    done = normalise_hazard(gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)], crs=6681))
    assert done.depth_min_m.isna().all()
    assert done.depth_max_m.isna().all()


def test_deeper_wins_within_an_edition() -> None:
    done, overlap = resolve_overlaps(
        zones((box(0, 0, 10, 10), 0.3, 1, "2016"), (box(5, 0, 15, 10), 1, 2, "2016"))
    )
    assert done.geometry.area.tolist() == [50, 100]
    assert overlap == 50


def test_newer_edition_wins_though_shallower() -> None:
    done, overlap = resolve_overlaps(
        zones((box(0, 0, 10, 10), 5, 10, "2012"), (box(5, 0, 15, 10), 0.3, 1, "2021-07-19"))
    )
    assert done.geometry.area.tolist() == [50, 100]
    assert overlap == 50


def test_rows_without_an_edition_are_the_oldest() -> None:
    done, _ = resolve_overlaps(zones((box(0, 0, 10, 10), 5, 10, None), (box(0, 0, 10, 10), 1, 2, "2012")))
    assert done.depth_min_m.tolist() == [1]


def test_unknown_depth_loses_and_open_class_is_deepest() -> None:
    same = box(0, 0, 1, 1)
    done, overlap = resolve_overlaps(
        zones(
            (same, math.nan, math.nan, "a"),
            (same, 10, math.nan, "a"),
            (same, 10, 20, "a"),
            (same, 0, 0.3, "a"),
        )
    )
    assert done.depth_min_m.tolist() == [10]
    assert math.isnan(done.depth_max_m.iloc[0])
    assert overlap == 3


def test_the_same_zone_twice_stays_once() -> None:
    done, overlap = resolve_overlaps(zones((box(0, 0, 2, 2), 1, 2, "a"), (box(0, 0, 2, 2), 1, 2, "a")))
    assert len(done) == 1
    assert overlap == 4


def test_neighbours_are_left_as_they_are() -> None:
    apart = zones(
        (box(0, 0, 10, 10), 1, 2, "a"), (box(10, 0, 20, 10), 2, 3, "a"), (box(20, 10, 30, 20), 3, 4, "a")
    )
    done, overlap = resolve_overlaps(apart)
    assert overlap == 0
    pd.testing.assert_frame_equal(pd.DataFrame(done), pd.DataFrame(apart))


def test_other_columns_and_parts_stay() -> None:
    both = MultiPolygon([box(0, 0, 10, 10), box(100, 0, 110, 10)])
    frame = zones((both, 1, 2, "a"), (box(5, 0, 20, 10), 3, 4, "a")).assign(depth_label=["浅い", "深い"])
    done, _ = resolve_overlaps(frame)
    assert done.depth_label.tolist() == ["浅い", "深い"]
    assert done.geometry.area.tolist() == [150, 150]
    assert done.geometry.is_valid.all()


def test_degrees_are_refused() -> None:
    with pytest.raises(CrsError):
        resolve_overlaps(zones((box(0, 0, 1, 1), 1, 2, "a")).to_crs(6668))


_corner = st.integers(0, 12)
_size = st.integers(1, 6)
_boxes = st.builds(lambda x, y, w, h: box(x, y, x + w, y + h), _corner, _corner, _size, _size)
_round = st.builds(lambda x, y, r: shapely.Point(x, y).buffer(r, quad_segs=3), _corner, _corner, _size)
_depth = st.sampled_from([(0.0, 0.3), (0.3, 1.0), (1.0, 2.0), (10.0, math.nan), (math.nan, math.nan)])
_rows = st.lists(
    st.tuples(st.one_of(_boxes, _round), _depth, st.sampled_from(["2012", "2021", None])),
    min_size=1,
    max_size=9,
)


@given(_rows)
@settings(max_examples=60, deadline=None)
def test_laws(rows: list[tuple[Polygon, tuple[float, float], str | None]]) -> None:
    frame = zones(*((shape, lower, upper, edition) for shape, (lower, upper), edition in rows))
    done, overlap = resolve_overlaps(frame)
    whole = shapely.union_all(frame.geometry.to_numpy())
    after = shapely.union_all(done.geometry.to_numpy())
    assert shapely.symmetric_difference(whole, after).area < 1e-6  # nothing lost, nothing added
    assert done.geometry.area.sum() == pytest.approx(whole.area, abs=0.02)  # no place counted twice
    assert overlap == pytest.approx(frame.geometry.area.sum() - whole.area, abs=0.02)
    for point in shapely.Point(6.37, 6.41), shapely.Point(3.13, 8.77):
        assert _owner(done, point) == _best(frame, point)


def _owner(frame: gpd.GeoDataFrame, point: shapely.Point) -> tuple[str, float] | None:
    hit = frame[frame.geometry.contains(point)]
    assert len(hit) <= 1
    return None if hit.empty else _key(hit.iloc[0])


def _best(frame: gpd.GeoDataFrame, point: shapely.Point) -> tuple[str, float] | None:
    """Return what must be seen at a place, asked of the rows one by one."""
    return max((_key(row) for _, row in frame[frame.geometry.contains(point)].iterrows()), default=None)


def _key(row: pd.Series) -> tuple[str, float]:
    edition = row.edition if isinstance(row.edition, str) else ""
    return edition, -1.0 if math.isnan(row.depth_min_m) else row.depth_min_m


def test_ten_thousand_cells_that_share_edges_take_a_moment() -> None:
    """A40 is made of 10 m cells; a newer edition of coarser cells lies over part of it."""
    x, y = np.meshgrid(np.arange(0, 1200, 10), np.arange(0, 1200, 10))
    cells = shapely.box(x.ravel() + 0.1, y.ravel() + 0.1, x.ravel() + 10.1, y.ravel() + 10.1)
    old = zones(*((cell, float(n % 7), float(n % 7 + 1), "2012") for n, cell in enumerate(cells)))
    new = zones((box(300, 300, 600, 600), 0.3, 1, "2021"))
    joined = gpd.GeoDataFrame(pd.concat([old, new], ignore_index=True), crs=6681)
    start = time.perf_counter()
    done, overlap = resolve_overlaps(joined)
    assert time.perf_counter() - start < 10
    assert overlap == pytest.approx(90_000)
    assert done.geometry.area.sum() == pytest.approx(1200 * 1200)
