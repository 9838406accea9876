"""Walking over open ground: against skimage and scipy, against a pencil, and the laws that must hold."""

import subprocess
import sys
import warnings
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra
from shapely.geometry import LineString, box
from skimage.graph import MCP_Geometric

from knr_gis.errors import AnalysisError, CrsError
from knr_gis.grid import Grid
from knr_gis.routing import Reach
from knr_gis.terrain import (
    make_terrain,
    snap_cells,
    sources_of,
    terrain_of,
    terrain_seconds,
)
from knr_gis.terrain.making import MOST_CELLS, resampled
from knr_gis.terrain.moves import OFFSETS, between

JGD = CRS.from_epsg(6681)
CELL = 10.0


def ground(rows, columns, **layers):
    """Open ground, cells of 10 m, its lower left corner at the origin."""
    passable = layers.pop("passable", np.ones((rows, columns), dtype=bool))
    return terrain_of(passable, Affine(CELL, 0, 0, 0, -CELL, rows * CELL), crs=JGD, **layers)


def middle(terrain, row, column):
    return terrain.centres(np.array([row * terrain.passable.shape[1] + column]))


def times(terrain, *cells, speed=1.0, access=None):
    """The field from sources at (row, column)."""
    xy = np.vstack([middle(terrain, *cell) for cell in cells])
    sources = sources_of(terrain, snap_cells(terrain, xy, limit_m=0), access_s=access)
    return terrain_seconds(terrain, sources, speed_mps=speed)


# --- against other programs --------------------------------------------------------------------------


def tobler_kmh(slope):
    """Tobler (1993), as published: 6 exp(-3.5 |s + 0.05|) km/h."""
    return 6 * np.exp(-3.5 * np.abs(slope + 0.05))


def edge_list(terrain, speed):
    """Every open step as (from, to, seconds), in plain Python from the published formula."""
    rows, columns = terrain.passable.shape
    height = np.zeros((rows, columns)) if terrain.elevation is None else terrain.elevation.astype(float)
    factor = np.ones((rows, columns)) if terrain.speed_factor is None else terrain.speed_factor.astype(float)

    def part(metres, rise):
        rise = 0.0 if np.isnan(rise) else rise
        return metres / (speed * tobler_kmh(rise / metres) / tobler_kmh(0.0))

    for row, column in np.argwhere(terrain.passable):
        for number, (down, right) in enumerate(OFFSETS.tolist()):
            if not (int(terrain.steps[row, column]) >> number) & 1:
                continue
            a, b = (row, column), (row + down, column + right)
            metres = float(np.hypot(down, right)) * terrain.cell_m
            if number < 8:
                cost = part(metres, height[b] - height[a]) * (0.5 / factor[a] + 0.5 / factor[b])
            else:
                c, d = ((row + x, column + y) for x, y in between(down, right))
                half = (height[c] + height[d]) / 2
                cost = part(metres / 2, half - height[a]) + part(metres / 2, height[b] - half)
                cost *= sum(0.25 / factor[cell] for cell in (a, b, c, d))
            yield a[0] * columns + a[1], b[0] * columns + b[1], cost


def by_scipy(terrain, sources, speed):
    """Least cost to any source: scipy's Dijkstra on the reversed graph, from a node before the sources."""
    size = terrain.passable.size
    tail, head, cost = np.array([*edge_list(terrain, speed), (0, 0, 0)]).T
    tail, head, cost = tail[:-1], head[:-1], cost[:-1]
    tail = np.append(tail, sources.cell)
    head = np.append(head, np.full(len(sources.cell), size))
    cost = np.append(cost, sources.access_s + 1.0)  # a cost of 0 would be no edge
    best = {}
    for a, b, c in zip(head.astype(int), tail.astype(int), cost, strict=True):
        best[a, b] = min(c, best.get((a, b), np.inf))
    ends = np.array(list(best), dtype=int).reshape(-1, 2)
    graph = coo_matrix((list(best.values()), (ends[:, 0], ends[:, 1])), shape=(size + 1, size + 1)).tocsr()
    found = dijkstra(graph, indices=size)[:size] - 1.0
    return np.where(np.isfinite(found), found, np.nan).reshape(terrain.passable.shape)


@st.composite
def terrains(draw):
    rows, columns = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    passable = rng.random((rows, columns)) < draw(st.sampled_from([0.5, 0.8, 1.0]))
    steep = draw(st.sampled_from([1.0, 20.0, 300.0]))  # the last are cliffs
    elevation = rng.normal(0, steep, (rows, columns)).astype(np.float32)
    elevation[rng.random((rows, columns)) < 0.1] = np.nan
    factor = rng.uniform(0.2, 1.5, (rows, columns)).astype(np.float32)
    return ground(
        rows,
        columns,
        passable=passable,
        n_steps=draw(st.sampled_from([8, 16])),
        elevation=draw(st.sampled_from([None, elevation])),
        speed_factor=draw(st.sampled_from([None, factor])),
    )


def draw_sources(data, terrain, least=0):
    cells = np.flatnonzero(terrain.passable)
    chosen = data.draw(st.lists(st.sampled_from([*cells.tolist(), -1]), min_size=least, max_size=5))
    access = data.draw(st.lists(st.sampled_from([0.0, 7.5, 1e5]), min_size=len(chosen), max_size=len(chosen)))
    xy = terrain.centres(np.array(chosen, dtype=np.int64))
    return sources_of(terrain, snap_cells(terrain, xy, limit_m=0), access_s=np.array(access))


@settings(max_examples=80, deadline=None)
@given(terrains(), st.data())
def test_equal_to_dijkstra_on_the_same_graph(terrain, data):
    sources = draw_sources(data, terrain)
    field = terrain_seconds(terrain, sources, speed_mps=1.3)
    on = sources.cell >= 0
    given_ = type(sources)(sources.cell[on], sources.access_s[on], 0)
    expected = by_scipy(terrain, given_, 1.3)
    expected[expected >= 1e9] = np.nan  # such cliffs are out of reach
    np.testing.assert_allclose(field.seconds, expected, rtol=1e-6)
    assert np.array_equal(np.isfinite(field.seconds), field.source >= 0)


@settings(max_examples=40, deadline=None)
@given(terrains(), st.data())
def test_a_path_costs_what_the_field_says_and_ends_at_its_source(terrain, data):
    sources = draw_sources(data, terrain, least=1)
    field = terrain_seconds(terrain, sources, speed_mps=1.0)
    cost = {(a, b): c for a, b, c in edge_list(terrain, 1.0)}
    xy = terrain.centres(np.arange(terrain.passable.size))
    for cell in np.flatnonzero(field.source.ravel() >= 0):
        path, source = field.path(int(cell)), field.source.ravel()[cell]
        walked = sum(cost[a, b] for a, b in pairwise(path))
        assert path[0] == cell
        assert path[-1] == sources.cell[source]
        assert walked + sources.access_s[source] == pytest.approx(field.seconds.ravel()[cell])
        metres = np.hypot(*np.diff(xy[path], axis=0).T).sum()
        assert field.length_m(np.array([cell]))[0] == pytest.approx(metres)
        assert field.at(xy[[cell]], limit_m=0).line(0).length == pytest.approx(metres)


@settings(max_examples=40, deadline=None)
@given(terrains(), st.data())
def test_more_sources_never_lengthen(terrain, data):
    few = draw_sources(data, terrain)
    more = type(few)(np.append(few.cell, 0), np.append(few.access_s, 3.0), 0)
    keep = terrain.passable.ravel()[0]
    more = more if keep else few
    before, after = (terrain_seconds(terrain, s, speed_mps=1.0).seconds for s in (few, more))
    assert (np.nan_to_num(after, nan=np.inf) <= np.nan_to_num(before, nan=np.inf)).all()


def test_level_ground_equal_to_skimage():
    """Land cover of any speed and no barriers: skimage lets a step slip between two corners."""
    rng = np.random.default_rng(3)
    factor = rng.uniform(0.3, 1.0, (500, 400)).astype(np.float32)
    terrain = ground(500, 400, speed_factor=factor, n_steps=8)
    cells = rng.choice(factor.size, 30, replace=False)
    sources = sources_of(terrain, snap_cells(terrain, terrain.centres(cells), limit_m=0))
    ours = terrain_seconds(terrain, sources, speed_mps=1.25).seconds
    search = MCP_Geometric(CELL / 1.25 / factor.astype(float), fully_connected=True)
    theirs, _ = search.find_costs([divmod(int(cell), 400) for cell in cells])
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def _corners(passable):
    """Where two barriers touch at a corner only."""
    a, b, c, d = passable[:-1, :-1], passable[:-1, 1:], passable[1:, :-1], passable[1:, 1:]
    return (a & d & ~b & ~c) | (b & c & ~a & ~d)


def test_walls_equal_to_skimage():
    rng = np.random.default_rng(4)
    passable = np.kron(rng.random((60, 60)) < 0.8, np.ones((2, 2))).astype(bool)
    while (corner := _corners(passable)).any():
        passable[1:, 1:][corner] = passable[:-1, :-1][corner] = True
        passable[1:, :-1][corner] = passable[:-1, 1:][corner] = True
    terrain = ground(*passable.shape, passable=passable, n_steps=8)
    start = np.flatnonzero(passable)[0]
    sources = sources_of(terrain, snap_cells(terrain, terrain.centres(np.array([start])), limit_m=0))
    ours = terrain_seconds(terrain, sources, speed_mps=1.0).seconds
    search = MCP_Geometric(np.where(passable, CELL, -1.0), fully_connected=True)
    theirs, _ = search.find_costs([divmod(int(start), passable.shape[1])])
    np.testing.assert_allclose(ours, np.where(np.isfinite(theirs), theirs, np.nan), rtol=1e-6)


# --- with a pencil -----------------------------------------------------------------------------------


def test_distances_on_level_ground_by_pencil():
    """Straight 4 cells, diagonal 4 cells, a knight's move; 2 m/s."""
    seconds = times(ground(5, 5), (0, 0), speed=2.0).seconds
    assert seconds[0, 4] == pytest.approx(20)
    assert seconds[4, 4] == pytest.approx(20 * np.sqrt(2))
    assert seconds[1, 2] == pytest.approx(5 * np.sqrt(5))


@pytest.mark.parametrize(("n_steps", "most"), [(8, 0.0824), (16, 0.0275)])
def test_ways_on_level_ground_are_too_long_by_no_more_than_said(n_steps, most):
    terrain = ground(201, 201, n_steps=n_steps)
    seconds = times(terrain, (100, 100)).seconds
    row, column = np.indices((201, 201)) - 100
    straight = np.hypot(row, column) * CELL
    excess = (seconds / np.where(straight > 0, straight, np.nan))[straight > 0] - 1
    assert excess.min() == pytest.approx(0, abs=1e-12)
    assert most - 0.0005 < excess.max() <= terrain.error_share <= most + 0.00005


def test_uphill_and_downhill_by_pencil():
    """A plane of 5 %: Tobler walks fastest down it (s = -0.05), 6 / 6 exp(-0.175) = 1.191 times the level."""
    rise = (np.arange(5) * CELL * 0.05).astype(np.float32)
    terrain = ground(1, 5, elevation=rise[None, :])
    down = times(terrain, (0, 0)).seconds[0, 4]  # from the top to a source at the foot
    up = times(terrain, (0, 4)).seconds[0, 0]
    assert down == pytest.approx(40 / 1.19125, rel=1e-4)
    assert up == pytest.approx(40 / np.exp(-0.175), rel=1e-6)
    assert down < 40 < up


def test_a_hill_changes_the_answer():
    """The straight way is over a hill of 30 m; people walk round it, and need longer than on level ground."""
    row, column = np.indices((21, 41))
    hill = (30 * np.exp(-((row - 10) ** 2 + (column - 20) ** 2) / 18)).astype(np.float32)
    level, hilly = (times(ground(21, 41, elevation=z), (10, 0)) for z in (None, hill))
    assert level.seconds[10, 40] == pytest.approx(400)
    assert 400 < hilly.seconds[10, 40] < 500
    assert not np.isin(hilly.path(10 * 41 + 40), [10 * 41 + 20]).any()


def test_a_wall_of_one_cell_is_not_jumped_over():
    """A knight's move passes the cells between: a dyke of 10 m costs, though the move ends beyond it."""
    dyke = np.zeros((9, 9), dtype=np.float32)
    dyke[:, 4] = 10
    seconds = times(ground(9, 9, elevation=dyke), (4, 0)).seconds
    assert seconds[4, 3] == pytest.approx(30)
    assert seconds[4, 8] > 3 * 80  # straight on, or zigzag up the slope of 45 degrees


def test_unknown_heights_count_as_level_and_are_counted():
    z = np.array([[0, np.nan, 100, np.nan]], dtype=np.float32)
    field = times(ground(1, 4, elevation=z), (0, 0))
    np.testing.assert_allclose(field.seconds, [[0, 10, 20, 30]])
    assert field.n_level == 2
    assert field.terrain.n_level == 2
    assert times(ground(1, 4), (0, 0)).n_level == 4


def test_land_cover_slows_each_half_of_a_step():
    """Half of the step on firm ground, half in a marsh at a quarter of the speed: 5 + 20 s."""
    factor = np.array([[1, 0.25]], dtype=np.float32)
    assert times(ground(1, 2, speed_factor=factor), (0, 0)).seconds[0, 1] == pytest.approx(25)


def test_barriers_and_corners():
    """A wall of cells that touch at corners only is closed; what lies behind it stays unreachable."""
    passable = ~np.eye(6, dtype=bool)
    field = times(ground(6, 6, passable=passable), (0, 5))
    upper = np.triu(np.ones((6, 6), dtype=bool), 1)
    assert np.isfinite(field.seconds[upper]).all()
    assert np.isnan(field.seconds[~upper]).all()
    assert (field.source[~upper] == -1).all()
    assert len(field.path(6 * 5)) == 0


def test_a_source_that_opens_late_or_costs_is_used_only_where_it_pays():
    field = times(ground(1, 11), (0, 0), (0, 10), access=np.array([0.0, 40.0]))
    assert field.source.tolist() == [[0] * 8 + [1] * 3] or field.source.tolist() == [[0] * 7 + [1] * 4]
    assert field.seconds[0, 10] == pytest.approx(40)


def test_safe_ground_and_sites_as_sources():
    terrain = ground(3, 3)
    safe = np.zeros((3, 3), dtype=bool)
    safe[:, 2] = True
    site = snap_cells(terrain, np.vstack([middle(terrain, 0, 0), [[1e6, 0]]]), limit_m=50)
    sources = sources_of(terrain, site, access_s=np.array([2.0, np.nan]), safe=safe)
    field = terrain_seconds(terrain, sources, speed_mps=1.0)
    assert sources.n_points == 2
    assert field.seconds[1].tolist() == pytest.approx([12, 10, 0])
    assert field.source[0, 0] == 0
    assert field.source[0, 2] >= sources.n_points


def test_the_ways_of_points():
    """One on its cell, one in the water near the shore, one too far, one on an island, one of no place."""
    passable = np.zeros((5, 20), dtype=bool)
    passable[:, :6] = True
    passable[2, 18] = True
    terrain = ground(5, 20, passable=passable)
    sources = sources_of(terrain, snap_cells(terrain, middle(terrain, 2, 0), limit_m=0))
    field = terrain_seconds(terrain, sources, speed_mps=2.0)
    points = [middle(terrain, 2, c)[0] for c in (4, 7, 12, 18)] + [np.array([np.nan, np.nan])]
    ways = field.at(np.array(points), limit_m=25)
    near = [Reach.REACHED, Reach.REACHED, Reach.FAR, Reach.DISCONNECTED, Reach.FAR]
    assert ways.status.tolist() == near
    np.testing.assert_allclose(ways.cost_s, [20, 25, np.nan, np.nan, np.nan])
    np.testing.assert_allclose(ways.length_m, [40, 50, np.nan, np.nan, np.nan])
    np.testing.assert_allclose(ways.snap_m, [0, 20, np.nan, 0, np.nan])
    assert ways.source.tolist() == [0, 0, -1, -1, -1]
    assert ways.line(0).coords[:] == [(45, 25), (5, 25)]
    assert [ways.line(k) for k in (2, 3, 4)] == [None] * 3


def test_no_sources_no_ground():
    assert np.isnan(terrain_seconds(ground(3, 3), sources_of(ground(3, 3)), speed_mps=1.0).seconds).all()
    empty = ground(
        2, 2, passable=np.zeros((2, 2), dtype=bool), speed_factor=np.zeros((2, 2), dtype=np.float32)
    )
    assert np.isnan(times(empty, (0, 0)).seconds).all()


@pytest.mark.parametrize("speed", [0.0, -1.0, np.nan, np.inf])
def test_a_speed_that_is_none(speed):
    with pytest.raises(AnalysisError, match="歩行速度"):
        times(ground(2, 2), (0, 0), speed=speed)


def test_bad_input_is_told():
    terrain = ground(2, 2)
    spot = snap_cells(terrain, middle(terrain, 0, 0), limit_m=0)
    with pytest.raises(AnalysisError, match="所要時間"):
        sources_of(terrain, spot, access_s=np.array([np.nan]))
    with pytest.raises(AnalysisError, match="safe"):
        sources_of(terrain, spot, safe=np.ones((3, 3), dtype=bool))
    with pytest.raises(AnalysisError, match="1 個"):
        ground(1, 2, speed_factor=np.array([[0, 1]], dtype=np.float32))
    with pytest.raises(AnalysisError, match="elevation"):
        ground(1, 2, elevation=np.zeros((2, 2), dtype=np.float32))
    with pytest.raises(AnalysisError, match="正方形"):
        terrain_of(np.ones((2, 2), dtype=bool), Affine(10, 0, 0, 0, -20, 0), crs=JGD)


# --- from layers -------------------------------------------------------------------------------------


def frame(*shapes):
    return gpd.GeoDataFrame(geometry=list(shapes), crs=JGD)


LAND = box(0, 0, 400, 200)


def town(barriers=(), ways=(), land=(LAND,), cell=10.0, **more):
    """400 x 200 m of land."""
    return make_terrain(
        (0, 0, 400, 200), cell, land=frame(*land), barriers=[frame(*barriers)] if len(barriers) else [],
        ways=frame(*ways) if len(ways) else None, **more,
    )  # fmt: skip


def minutes_across(terrain, start=(355.0, 105.0), end=(55.0, 105.0)):
    """Seconds from one point to the other at 1 m/s."""
    sources = sources_of(terrain, snap_cells(terrain, np.array([end]), limit_m=0))
    return terrain_seconds(terrain, sources, speed_mps=1.0).at(np.array([start]), limit_m=0).cost_s[0]


RIVER = LineString([(203, -50), (203, 250)])
BRIDGE = LineString([(150, 15), (260, 15)])


def test_a_river_closes_and_a_bridge_opens():
    """The bridge is 90 m to the south of the straight way of 300 m: two diagonals of the town."""
    assert minutes_across(town()) == pytest.approx(300)
    assert np.isnan(minutes_across(town([RIVER])))
    over = minutes_across(town([RIVER], [BRIDGE]))
    straight = 2 * np.hypot(150, 90)
    assert straight <= over <= straight * 1.03


def test_a_road_along_the_river_opens_nothing():
    """A bank road in the same cells as the river, a brook with its own culvert under it: no way across."""
    bank, brook = LineString([(206, -50), (206, 250)]), LineString([(204, 100), (300, 100)])
    assert np.isnan(minutes_across(town([RIVER], [bank])))
    assert np.isnan(minutes_across(town([RIVER, brook], [bank])))


def test_roads_on_both_banks_of_a_narrow_river_open_nothing():
    water = box(196, -50, 208, 250)  # centres of cells at 205 are in it
    banks = [LineString([(195, -50), (195, 250)]), LineString([(209, -50), (209, 250)])]
    terrain = town([water], banks)
    assert not terrain.passable[:, 20].any()
    assert np.isnan(minutes_across(terrain))
    assert np.isfinite(minutes_across(town([water], [*banks, LineString([(195, 100), (209, 100)])])))


@pytest.mark.parametrize("width", [2, 9, 40, 90])
def test_a_bridge_over_water_can_be_left_at_its_ends_only(width):
    water = box(200 - width / 2, -50, 200 + width / 2, 250)
    assert np.isnan(minutes_across(town([water])))
    crossed = town([water], [LineString([(100, 105), (300, 105)])])
    assert minutes_across(crossed) == pytest.approx(300)
    if width > 20:
        row, column = 9, 20
        assert crossed.passable[row, column]
        assert not crossed.passable[row - 1, column]
        assert int(crossed.steps[row, column]) & ~0b11 == 0  # east and west only


def test_a_road_leads_over_the_sea():
    land = [box(0, 0, 150, 200), box(250, 0, 400, 200)]
    assert np.isnan(minutes_across(town(land=land)))
    assert minutes_across(town(land=land, ways=[LineString([(100, 105), (300, 105)])])) == pytest.approx(300)


def test_neighbouring_municipalities_have_no_wall_between_them():
    assert minutes_across(town(land=[box(0, 0, 203, 200), box(203, 0, 400, 200)])) == pytest.approx(300)


def test_a_creek_thinner_than_a_cell_closes():
    assert np.isnan(minutes_across(town(land=[box(0, 0, 201, 200), box(203, 0, 400, 200)])))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(80, 320), st.floats(-20, 220)), min_size=0, max_size=6), st.booleans())
def test_no_step_leaks_through_a_line(points, whole):
    """Any bent line from south to north closes; on whole coordinates it runs through centres and corners."""
    bent = np.array([(205, -50), *points, (205, 250)])
    line = LineString(np.round(bent / 5) * 5 if whole else bent)
    assert np.isnan(minutes_across(town([line])))


@settings(max_examples=60, deadline=None)
@given(st.floats(30, 150), st.floats(60, 140), st.floats(0, 10))
def test_a_road_opens_a_line_wherever_it_crosses(angle, north, offset):
    """Roads that cross at 30 degrees or more, in pieces, wherever the cells lie."""
    way = np.array([np.cos(np.radians(angle - 90)), np.sin(np.radians(angle - 90))])
    middle_xy = np.array([203 + offset, north])
    ends = [middle_xy + way * metres for metres in (-60, -5, 7, 60)]
    pieces = [LineString(pair) for pair in pairwise(ends)]
    line = shapely.affinity.translate(RIVER, offset)
    assert np.isfinite(minutes_across(town([line], pieces)))
    pond = shapely.buffer(line, 14, cap_style="flat")
    assert np.isfinite(minutes_across(town([pond], pieces)))


def test_heights_from_a_grid():
    """A plane that rises 10 % to the east, 5 m cells for 10 m ones and 40 m cells: the same slope."""
    for cell in (5.0, 40.0):
        n = int(480 / cell)
        east = (np.arange(n) + 0.5) * cell - 40
        plane = Grid(np.tile(east * 0.1, (n, 1)).astype(np.float32), Affine(cell, 0, -40, 0, -cell, 360), JGD)
        terrain = town(elevation=plane)
        np.testing.assert_allclose(terrain.elevation[10], (np.arange(40) + 0.5), atol=0.01)
        assert minutes_across(terrain) == pytest.approx(300 / np.exp(-3.5 * 0.05 + 0.175), rel=1e-3)


def test_what_is_unknown_stays_unknown():
    known = Grid(np.full((20, 20), 3.0, dtype=np.float32), Affine(10, 0, 0, 0, -10, 200), JGD)
    terrain = town(elevation=known)
    assert np.isfinite(terrain.elevation[:, :20]).all()
    assert np.isnan(terrain.elevation[:, 21:]).all()
    assert terrain.n_level in (20 * 20, 20 * 19)
    other = CRS.from_epsg(6680)
    assert resampled(known, Affine(10, 0, 0, 0, -10, 200), (20, 20), crs=other).shape == (20, 20)


def test_a_grid_too_large_is_made_coarser_and_says_so():
    big = make_terrain((0, 0, 100_000, 80_000), 10.0, land=frame(box(0, 0, 100_000, 80_000)))
    assert big.passable.size <= MOST_CELLS
    assert big.is_coarsened
    assert big.wanted_cell_m == 10.0
    assert big.cell_m == pytest.approx(37.0, abs=1)
    assert not town().is_coarsened


def test_bad_layers_are_told():
    land = frame(box(0, 0, 10, 10))
    for bounds, cell in (((0, 0, 0, 10), 10.0), ((0, 0, 10, 10), 0.0), ((0, 0, np.nan, 10), 10.0)):
        with pytest.raises(AnalysisError, match="範囲"):
            make_terrain(bounds, cell, land=land)
    with pytest.raises(CrsError):
        make_terrain((0, 0, 10, 10), 10.0, land=land, ways=land.set_crs(6680, allow_override=True))


def test_numba_waits_until_it_is_needed():
    """Starting the program must not pay for the compiler."""
    code = "import sys, knr_gis.terrain; raise SystemExit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert minutes_across(town()) == pytest.approx(300)
