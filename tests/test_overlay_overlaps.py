"""Overlaps inside a layer and zones of two kinds: pencil sums, agreement with a union, laws."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from knr_gis.overlaps import ground_once, overlap_of
from knr_gis.overlay import make_zones, measure
from knr_gis.twofold import measure_both


def shapes(*items: object) -> np.ndarray:
    return np.array(items, dtype=object)


def test_overlaps_by_pencil() -> None:
    # 0 and 1 share 50, 2 lies wholly in 1 (4, half of it in 0 too), 3 touches, 4 is apart, 5 is no polygon
    found = overlap_of(
        shapes(
            box(0, 0, 10, 10), box(5, 0, 15, 10), box(9, 2, 11, 4), box(15, 0, 20, 10), box(50, 0, 60, 1),
            Point(3, 3), None,
        )
    )  # fmt: skip
    pairs = [(int(p.first), int(p.second), float(p.area_m2)) for p in found.pairs.itertuples()]
    assert pairs == [(0, 1, 50.0), (0, 2, 2.0), (1, 2, 4.0)]
    assert found.area_m2.tolist() == [50.0, 52.0, 4.0, 0.0, 0.0, 0.0, 0.0]
    assert found.total_m2 == 54.0  # sum 100 + 100 + 4 + 50 + 10, union 210


def test_ground_counts_once_and_the_earlier_keeps_it() -> None:
    layer = shapes(box(0, 0, 10, 10), box(5, 0, 15, 10), box(6, 2, 8, 4), Point(1, 1), None)
    own = ground_once(layer)
    assert shapely.area(own[:3]).tolist() == [100.0, 50.0, 0.0]
    assert own[0] is layer[0]
    assert own[3] is layer[3]
    assert own[4] is None
    zone = make_zones(shapes(box(0, 0, 7, 10)))
    assert measure(layer[:3], zone)["amount"].sum() == 92.0  # 70 + 20 + 2: counted twice
    assert measure(own[:3], zone)["amount"].sum() == 70.0


def test_without_overlap_nothing_is_touched() -> None:
    layer = shapes(box(0, 0, 1, 1), box(1, 0, 2, 1), MultiPolygon([box(5, 5, 6, 6), box(7, 7, 8, 8)]))
    assert all(a is b for a, b in zip(ground_once(layer), layer, strict=True))
    assert overlap_of(layer).pairs.empty
    assert overlap_of(layer).total_m2 == 0
    assert overlap_of(np.empty(0, dtype=object)).pairs.empty


@pytest.mark.parametrize("seed", range(4))
def test_overlaps_equal_pairs_of_geopandas(seed: int) -> None:
    rng = np.random.default_rng(seed)
    layer = shapes(
        *[
            Point(xy).buffer(r, quad_segs=100)
            for xy, r in zip(rng.uniform(0, 900, (40, 2)), rng.uniform(20, 120, 40), strict=True)
        ]
    )
    found = overlap_of(layer)
    frame = gpd.GeoDataFrame({"k": range(40)}, geometry=layer, crs="EPSG:6681")
    theirs = gpd.overlay(frame, frame, how="intersection")
    theirs = theirs[theirs["k_1"] < theirs["k_2"]].assign(area=lambda t: t.area).sort_values(["k_1", "k_2"])
    assert found.pairs["first"].tolist() == theirs["k_1"].tolist()
    assert found.pairs["second"].tolist() == theirs["k_2"].tolist()
    np.testing.assert_allclose(found.pairs["area_m2"], theirs["area"], rtol=1e-9)
    union = shapely.union_all(layer).area
    assert found.total_m2 == pytest.approx(shapely.area(layer).sum() - union, rel=1e-9)
    assert shapely.area(ground_once(layer)).sum() == pytest.approx(union, rel=1e-9)
    others = [layer[k].intersection(shapely.union_all(np.delete(layer, k))).area for k in range(40)]
    np.testing.assert_allclose(found.area_m2, others, rtol=1e-9, atol=1e-6)


squares = st.lists(st.tuples(*[st.integers(0, 12)] * 2, *[st.integers(1, 8)] * 2), min_size=1, max_size=8)


@settings(max_examples=80, deadline=None)
@given(squares)
def test_own_ground_makes_the_union(boxes: list[tuple[int, int, int, int]]) -> None:
    layer = shapes(*[box(x, y, x + w, y + h) for x, y, w, h in boxes])
    own = ground_once(layer)
    assert shapely.area(own).sum() == pytest.approx(shapely.union_all(layer).area, abs=1e-6)
    assert overlap_of(own).total_m2 == pytest.approx(0, abs=1e-6)
    found = overlap_of(layer)
    assert found.total_m2 == pytest.approx(shapely.area(layer).sum() - shapely.area(own).sum(), abs=1e-6)
    assert (found.area_m2 <= shapely.area(layer) + 1e-6).all()


# --- two kinds of zones ------------------------------------------------------------------------------


def both(table: pd.DataFrame) -> dict[tuple[int, int, int], float]:
    return {(int(r.feature), int(r.first), int(r.second)): float(r.amount) for r in table.itertuples()}


def test_two_kinds_of_zones_by_pencil() -> None:
    depth = make_zones(shapes(box(0, 0, 100, 10), box(0, 10, 100, 20)))
    town = make_zones(shapes(box(0, 0, 50, 100), box(50, 0, 100, 100)))
    fields = shapes(box(1, 1, 3, 3), box(40, 5, 60, 15), box(90, 15, 110, 25), box(0, 50, 9, 60))
    assert both(measure_both(fields, depth, town)) == {
        (0, 0, 0): 4.0,
        (1, 0, 0): 50.0, (1, 0, 1): 50.0, (1, 1, 0): 50.0, (1, 1, 1): 50.0,
        (2, 1, 1): 50.0,
    }  # fmt: skip
    roads = shapes(LineString([(40, 5), (60, 5)]), LineString([(10, 5), (10, 25)]))
    assert both(measure_both(roads, depth, town)) == {
        (0, 0, 0): 10.0, (0, 0, 1): 10.0, (1, 0, 0): 5.0, (1, 1, 0): 10.0,
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_two_kinds_of_zones_equal_geopandas_overlay_twice(seed: int) -> None:
    rng = np.random.default_rng(seed)
    depth = shapes(
        *[
            Polygon([(0, y), (1000, y), (1000, y + 100), (500, y + 100 + rng.uniform(5, 9)), (0, y + 100)])
            for y in (0, 150, 300)
        ]
    )
    town = shapes(box(0, -100, 333.3, 900), box(333.3, -100, 700, 900), box(700, -100, 1300, 900))
    fields = shapes(
        *[
            Point(xy).buffer(r, quad_segs=4)
            for xy, r in zip(rng.uniform(0, 1000, (80, 2)), rng.uniform(5, 90, 80), strict=True)
        ]
    )
    frames = [
        gpd.GeoDataFrame({n: range(len(s))}, geometry=s, crs="EPSG:6681")
        for n, s in (("f", fields), ("d", depth), ("t", town))
    ]
    cut = gpd.overlay(gpd.overlay(frames[0], frames[1]), frames[2])
    theirs = cut.assign(area=cut.area).groupby(["f", "d", "t"])["area"].sum()
    ours = both(measure_both(fields, make_zones(depth), make_zones(town)))
    assert list(ours) == list(theirs.index)
    np.testing.assert_allclose(list(ours.values()), theirs.to_numpy(), rtol=1e-9, atol=1e-6)
