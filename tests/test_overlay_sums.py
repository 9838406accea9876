"""Sums over pairs of edges beside GEOS, laws that GEOS is not asked about, and shapes that break noding."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Point, Polygon, box

from knr_gis.cutting import MAX_VERTICES, safe_intersection, split_polygons
from knr_gis.edges import edges_of, segments_of
from knr_gis.overlay import make_zones, measure, pieces
from knr_gis.threads import in_threads
from knr_gis.trapezoids import covered_lengths, proper_areas, shared_areas

ONE = np.zeros(1, dtype=np.intp)


def shared(a: Polygon, b: Polygon) -> float:
    first, second = (edges_of(np.array([shape], dtype=object)) for shape in (a, b))
    return float(shared_areas(first, second, ONE, ONE)[0])


def covered(line: LineString, area: Polygon) -> tuple[float, bool]:
    areas = np.array([area], dtype=object)
    lines = segments_of(np.array([line], dtype=object))
    found = covered_lengths(lines, edges_of(areas), edges_of(areas, turned=True), i=ONE, j=ONE)
    return float(found.length[0]), bool(found.on_border[0])


def star(seed: int, n: int, *, centre: tuple[float, float] = (0, 0)) -> Polygon:
    """A ragged polygon with a hole."""
    rng = np.random.default_rng(seed)
    angle = (np.arange(n) + rng.uniform(0.1, 0.9, n)) * (2 * np.pi / n)
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) * rng.uniform(40, 90, (n, 1)) + centre
    hole = np.column_stack([np.cos(angle), np.sin(angle)]) * 20 + centre
    return Polygon(ring, [hole])


def test_areas_by_pencil() -> None:
    square = box(0, 0, 10, 10)
    assert shared(square, box(5, 5, 20, 20)) == 25
    assert shared(square, box(10, 0, 20, 10)) == 0  # a common edge
    assert shared(square, box(10, 10, 20, 20)) == 0  # a common corner
    assert shared(square, box(-5, -5, 20, 20)) == 100
    assert shared(square, Polygon(box(-9, -9, 19, 19).exterior, [box(2, 2, 8, 8).exterior])) == 64
    assert shared(square, Polygon([(0, 0), (10, 10), (0, 10)])) == 50
    assert shared(square, MultiPolygon([box(1, 1, 2, 2), box(8, 8, 12, 12), box(30, 30, 31, 31)])) == 5
    assert shared(square, Polygon()) == 0
    assert shared(Polygon([(0, 0), (0, 10), (10, 10), (10, 0)]), square) == 100  # turning the other way


def test_lengths_by_pencil() -> None:
    frame = Polygon(box(0, 0, 10, 10).exterior, [box(4, 4, 6, 6).exterior])
    assert covered(LineString([(-5, 5), (15, 5)]), frame) == (8, False)
    assert covered(LineString([(5, -5), (5, 15)]), frame) == (8, False)
    assert covered(LineString([(-2, -2), (12, 12)]), frame)[0] == pytest.approx(8 * np.sqrt(2), rel=1e-15)
    assert covered(LineString([(12, -2), (-2, 12)]), frame)[0] == pytest.approx(8 * np.sqrt(2), rel=1e-15)
    assert covered(LineString([(0, 12), (12, 12)]), frame) == (0, False)
    assert covered(MultiLineString([[(1, 1), (1, 3)], [(20, 20), (30, 20)], [(9, 1), (9, 11)]]), frame) == (
        11,
        False,
    )
    assert covered(LineString([(1, 1), (3, 1), (1, 1)]), frame) == (4, False)  # there and back again


@pytest.mark.parametrize("line", [[(0, -5), (0, 5)], [(-5, 10), (5, 10)], [(4, 0), (4, 10)]])
def test_a_stretch_along_the_border_is_marked(line: list[tuple[float, float]]) -> None:
    frame = Polygon(box(0, 0, 10, 10).exterior, [box(4, 4, 6, 6).exterior])
    assert covered(LineString(line), frame)[1]


@pytest.mark.parametrize("seed", range(20))
def test_equals_geos_on_ragged_shapes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = star(seed, 60), star(seed + 100, 45, centre=tuple(rng.uniform(-90, 90, 2)))
    assert shared(a, b) == pytest.approx(a.intersection(b).area, rel=1e-12, abs=1e-9)
    line = LineString(rng.uniform(-100, 100, (40, 2)))
    assert covered(line, a)[0] == pytest.approx(line.intersection(a).length, rel=1e-12)


def test_far_from_the_origin_figures_stay_exact() -> None:
    far = np.array([1.2e6, -3.4e6])
    a, b = star(1, 60), star(2, 60, centre=(30, 10))
    moved = [shapely.transform(shape, lambda xy: xy + far) for shape in (a, b)]
    assert shared(*moved) == pytest.approx(moved[0].intersection(moved[1]).area, rel=1e-11)


corners = hnp.arrays(np.float64, (5, 2), elements=st.floats(-1e3, 1e3, width=64))


@settings(max_examples=150, deadline=None)
@given(corners, corners, corners)
def test_two_that_fill_a_box_share_it_out(first: np.ndarray, second: np.ndarray, shape: np.ndarray) -> None:
    """A shape's part of a box is its part of a piece and of the rest: whatever coordinates there are."""
    hull, piece = (shapely.convex_hull(shapely.MultiPoint(c)) for c in (shape, first))
    whole = box(-1e3, -1e3, 1e3, 1e3)
    if not all(isinstance(s, Polygon) and s.is_valid for s in (hull, piece)):
        return
    holed = Polygon(whole.exterior, [piece.exterior])
    assert shared(hull, piece) + shared(hull, holed) == pytest.approx(hull.area, rel=1e-9, abs=1e-6)
    line = LineString(second)
    inside, along = covered(line, piece)
    outside, _ = covered(line, holed)
    if not along:
        assert inside + outside == pytest.approx(line.length, rel=1e-9, abs=1e-6)


def test_nearly_coincident_outlines_change_the_sum_by_as_little() -> None:
    """What makes noding go wrong: the same outline moved by a few units of the last place."""
    a = star(5, 200)
    for shift in (0.0, 1e-14, 1e-12, 1e-9):
        b = shapely.transform(a, lambda xy, s=shift: xy + s)
        assert shared(a, b) == pytest.approx(a.area, abs=1e-9 + a.length * shift)


def test_overlaid_rings_are_told_from_valid_ones() -> None:
    bow = Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    twice = MultiPolygon([box(0, 0, 2, 2), box(1, 1, 3, 3)])
    touching = Polygon([(0, 0), (2, 0), (1, 1), (2, 2), (0, 2), (1, 1)])
    shapes = np.array([bow, twice, touching, star(3, 30)], dtype=object)
    assert np.isclose(proper_areas(edges_of(shapes)), shapely.area(shapes)).tolist() == [
        False,
        False,
        True,
        True,
    ]


# --- parts -------------------------------------------------------------------------------------------


def test_parts_are_small_valid_and_add_up() -> None:
    ragged = star(7, 5000)
    parts, owner = split_polygons(np.array([ragged, None, Polygon(), box(0, 0, 1, 1)], dtype=object))
    assert shapely.get_num_coordinates(parts).max() <= MAX_VERTICES
    assert shapely.is_valid(parts).all()
    assert np.bincount(owner, shapely.area(parts)) == pytest.approx([ragged.area, 0, 0, 1], rel=1e-12)
    assert shapely.union_all(parts[owner == 0]).symmetric_difference(ragged).area < 1e-6


def test_large_polygons_that_are_not_valid_are_rebuilt() -> None:
    n = 3000
    angle = np.arange(n) * 4 * np.pi / n  # twice round: every place is counted twice
    twice = Polygon(np.column_stack([np.cos(angle), np.sin(angle)]) * (100 + np.arange(n)[:, None] / n))
    overlaid = MultiPolygon([Point(0, 0).buffer(100, quad_segs=500), Point(50, 0).buffer(100, quad_segs=500)])
    shapes = np.array([twice, overlaid], dtype=object)
    parts, owner = split_polygons(shapes)
    sound = shapely.area(shapely.make_valid(shapes, method="structure"))
    assert np.bincount(owner, shapely.area(parts)) == pytest.approx(sound, rel=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_tangled_rings_of_many_vertices_are_rebuilt(seed: int) -> None:
    """Rings that cross themselves hundreds of times: GEOS refuses to cut them as they are."""
    walk = np.cumsum(np.random.default_rng(seed).normal(0, 1, (500, 2)), axis=0) * 10
    tangle = Polygon(walk)
    parts, owner = split_polygons(np.array([box(0, 0, 1, 1), tangle], dtype=object))
    sound = shapely.make_valid(tangle, method="structure", keep_collapsed=False)
    assert np.bincount(owner, shapely.area(parts)) == pytest.approx([1, sound.area], rel=1e-9)
    assert shapely.is_valid(parts).all()
    assert make_zones(np.array([tangle], dtype=object)).areas == pytest.approx([sound.area], rel=1e-9)
    field = np.array([shapely.convex_hull(tangle)], dtype=object)
    (held,) = measure(field, make_zones(np.array([tangle], dtype=object)))["amount"]
    assert held == pytest.approx(sound.area, rel=1e-9)
    (held,) = measure(np.array([tangle], dtype=object), make_zones(field))["amount"]
    assert held == pytest.approx(sound.area, rel=1e-9)
    (piece,) = pieces(np.array([tangle], dtype=object), make_zones(field))["geometry"]
    assert piece.area == pytest.approx(sound.area, rel=1e-9)


def test_raster_outlines_that_touch_themselves_keep_their_area() -> None:
    cells = np.random.default_rng(1).random((80, 80)) < 0.6
    outline = shapely.union_all([box(c, r, c + 1, r + 1) for r, c in np.argwhere(cells)])
    parts, _ = split_polygons(np.array([outline], dtype=object))
    assert shapely.area(parts).sum() == pytest.approx(cells.sum(), rel=1e-12)
    field = star(9, 30, centre=(40, 40))
    measured = measure(np.array([field]), make_zones(np.array([outline], dtype=object)))
    assert measured["amount"].sum() == pytest.approx(field.intersection(outline).area, rel=1e-9)


def test_safe_intersection_proves_its_areas() -> None:
    a = np.array([star(k, 40) for k in range(5)])
    b = np.array([star(k + 50, 40, centre=(25, 5)) for k in range(5)])
    cut = safe_intersection(a, b)
    assert shapely.area(cut) == pytest.approx([shared(x, y) for x, y in zip(a, b, strict=True)], rel=1e-12)


def test_many_chunks_and_threads_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    zones = make_zones(np.array([star(11, 900), box(100, -90, 180, 90)], dtype=object))
    fields = np.array([star(k, 12, centre=(k % 9 * 30 - 120.0, k // 9 * 30 - 120.0)) for k in range(90)])
    whole, cut = measure(fields, zones), pieces(fields, zones)
    monkeypatch.setattr("knr_gis.overlay.CHUNK", 7)
    monkeypatch.setattr("knr_gis.threads._SLICE", 3)
    assert measure(fields, zones).equals(whole)
    again = pieces(fields, zones)
    assert again["amount"].tolist() == cut["amount"].tolist()
    assert shapely.equals(again["geometry"].to_numpy(), cut["geometry"].to_numpy()).all()


def test_slices_keep_their_order() -> None:
    numbers = np.arange(1000)
    assert in_threads(lambda a, b: a * b, numbers, numbers, size=7).tolist() == (numbers**2).tolist()
    assert in_threads(lambda a: a, numbers[:0]).tolist() == []
