"""Streets of the towns: uneven grids, few bridges, narrow lanes, and stairs up to high ground."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from scipy.ndimage import binary_dilation, distance_transform_edt
from shapely.geometry.base import BaseGeometry

from sample.mainroads import Road
from sample.outline import Land
from sample.plane import SEED, Floats, read_facts, to_xy
from sample.terrain import Ground

LANE = "lane"
STREET = "street"
SAFE_HEIGHT_M = 12.0
STEEP = 0.13  # steeper than this a way up is a flight of stairs


@dataclass(frozen=True)
class Town:
    """A street plan: a grid of columns x rows at a place, turned by an angle."""

    name: str
    lon: float
    lat: float
    columns: int
    rows: int
    spacing_m: float
    angle: float
    highest_m: float
    ways_up: int


@dataclass(frozen=True)
class WayUp:
    """A way from the streets to high ground, and the place at its upper end (x, y in metres)."""

    town: str
    top: tuple[float, float]
    road: Road


@dataclass(frozen=True)
class TownStreets:
    """Streets, ways up and street corners (n, 2) of one town."""

    town: Town
    streets: list[Road]
    ways_up: list[WayUp]
    corners: Floats


def towns() -> list[Town]:
    """Return the street plans of the facts; the last one is cut off from the roads."""
    facts = read_facts("towns")
    return [Town(*row) for row in [*facts["towns"], facts["cut_off"]]]


def draw_towns(land: Land, ground: Ground, depth: Floats) -> list[TownStreets]:
    """Return the streets of every town."""
    plans = towns()
    # Two cells away from the water, so that the smoothed edge of the zone does not take the place in.
    wet_edge = binary_dilation(depth > 0, iterations=2)
    safe = ~wet_edge & (ground.height >= SAFE_HEIGHT_M)
    away, (i, j) = distance_transform_edt(~safe, return_indices=True)
    goal = _Goal(ground, away * ground.transform.a, i, j)
    dry = land.dry_land.buffer(-20)
    shapely.prepare(dry)
    rivers = land.rivers.union_all()
    shapely.prepare(rivers)
    return [_draw_town(town, n, (dry, rivers), goal) for n, town in enumerate(plans)]


@dataclass(frozen=True)
class _Goal:
    """For each cell the nearest high ground: distance in metres, row and column."""

    ground: Ground
    away_m: Floats
    row: Any
    column: Any


def _draw_town(
    town: Town, number: int, country: tuple[BaseGeometry, BaseGeometry], goal: _Goal
) -> TownStreets:
    rng = np.random.default_rng(SEED + 100 + number)
    xy = _corners(town, rng)
    dry, rivers = country
    usable = shapely.contains_xy(dry, xy[..., 0], xy[..., 1])
    usable &= goal.ground.smooth_at(xy.reshape(-1, 2)).reshape(usable.shape) <= town.highest_m
    drawn = [
        _street(np.array([xy[a], xy[b]]), rng, main=main, rivers=rivers, ground=goal.ground)
        for a, b, main in _edges(town)
        if usable[a] and usable[b]
    ]
    streets = [s for s in drawn if s is not None and dry.contains(s.line)]
    corners = xy[usable]
    return TownStreets(town, streets, _ways_up(town, streets, goal, rng), corners)


def _corners(town: Town, rng: np.random.Generator) -> Floats:
    """Return the corners of the grid, shape (rows, columns, 2), shifted a little by chance."""
    column, row = np.meshgrid(np.arange(town.columns), np.arange(town.rows))
    local = np.stack([column - (town.columns - 1) / 2, row - (town.rows - 1) / 2], axis=-1) * town.spacing_m
    turn = np.radians(town.angle)
    spin = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    shift = rng.uniform(-0.12, 0.12, local.shape) * town.spacing_m
    return np.asarray(to_xy([town.lon, town.lat])[0] + local @ spin + shift)


def _edges(town: Town) -> list[tuple[tuple[int, int], tuple[int, int], bool]]:
    """Return neighbouring corners and whether their street is a main street (every third one)."""
    along_rows = [((r, c), (r, c + 1), r % 3 == 1) for r in range(town.rows) for c in range(town.columns - 1)]
    across = [((r, c), (r + 1, c), c % 3 == 1) for r in range(town.rows - 1) for c in range(town.columns)]
    return along_rows + across


def _street(
    ends: Floats, rng: np.random.Generator, *, main: bool, rivers: BaseGeometry, ground: Ground
) -> Road | None:
    """Return a street between two corners, or None: some are missing, rivers are bridged by main streets."""
    line = shapely.LineString(ends)
    chance = rng.random()
    if line.intersects(rivers):
        return Road(line, STREET, "", 9.0, frozenset({"bridge"})) if main else None
    if not main and chance < 0.14:
        return None
    low, high = sorted(ground.smooth_at(ends))
    if (high - low) / line.length > STEEP:
        return Road(line, LANE, "", 2.0, frozenset({"stairs"}))
    if not main and chance > 0.85:
        return Road(line, LANE, "", 2.5, frozenset({"narrow"}))
    return Road(line, STREET, "", 9.0 if main else 5.5)


def _ways_up(town: Town, streets: list[Road], goal: _Goal, rng: np.random.Generator) -> list[WayUp]:
    """Return ways to the nearest high ground from corners spread over the town."""
    if not town.ways_up or not streets:
        return []
    corners = np.unique(np.array([c for s in streets for c in s.line.coords]), axis=0)
    away = goal.ground.at(corners, goal.away_m)
    near = corners[(away > 40) & (away < 900)]
    chosen = _spread(near, town.ways_up)
    return [_way_up(town.name, corner, goal, rng) for corner in chosen]


def _spread(points: Floats, n: int) -> list[Floats]:
    """Return at most n points, each as far from the earlier ones as possible, at least 250 m."""
    if len(points) == 0:
        return []
    chosen = [points[0]]
    while len(chosen) < n:
        gap = np.min([np.hypot(*(points - c).T) for c in chosen], axis=0)
        if gap.max() < 250:
            break
        chosen.append(points[gap.argmax()])
    return chosen


def _way_up(name: str, corner: Floats, goal: _Goal, rng: np.random.Generator) -> WayUp:
    row, column = goal.ground.at(corner[None], goal.row)[0], goal.ground.at(corner[None], goal.column)[0]
    x, y = goal.ground.transform * (column + 0.5, row + 0.5)
    top = np.array([x, y])
    middle = (corner + top) / 2 + rng.uniform(-15, 15, 2)
    line = shapely.LineString([corner, middle, top])
    climb = goal.ground.smooth_at(np.array([corner, top]))
    steep = (climb[1] - climb[0]) / line.length > 0.05 and rng.random() < 0.7
    kind = ("stairs", 2.0) if steep else ("lane", 4.0)
    return WayUp(
        name, (float(x), float(y)), Road(line, LANE if steep else STREET, "", kind[1], frozenset({kind[0]}))
    )
