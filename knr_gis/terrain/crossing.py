"""Roads over water and over lines: bridges and culverts."""

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from knr_gis.network import Flags, Floats, Ints
from knr_gis.terrain.ground import Terrain
from knr_gis.terrain.moves import HAIR, N_NEAR, OFFSETS, Steps

# So far from where a road crosses a line its cells are joined. A road that crosses at 20 degrees or more is
# by then on the other side with a whole cell.
NEAR_CELLS = 4
_SAMPLES = 8  # per cell along a road
_MOST_APART = 3  # a knight's move leads past two cells of a road
Shapes = NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Shores:
    """
    What lies on the ground, clipped to the grid.

    Parameters
    ----------
    ground, water
        Polygons of land, and of barriers.
    fences
        Lines that no step crosses: shores, edges of ``water``, barrier lines.
    """

    ground: Shapes
    water: Shapes
    fences: Shapes


@dataclass(frozen=True, eq=False)
class Visits:
    """
    Cells in the order in which lines pass them.

    Parameters
    ----------
    cell, line
        Shape (V,): cell and line of each visit.
    xy, visit
        Shapes (P, 2), (P,): places on the lines, several in each visit, and the visit they belong to.
    """

    cell: Ints
    line: Ints
    xy: Floats
    visit: Ints


@dataclass(frozen=True, eq=False)
class Crossings:
    """
    Pieces of road near the places where one crosses a fence.

    Parameters
    ----------
    pieces, cluster
        Shape (n,): lines, and the cluster of crossings that each is near to.
    crossed
        Shape (m, 2): cluster, and fence that is crossed there.
    """

    pieces: Shapes
    cluster: Ints
    crossed: Ints


def open_roads(terrain: Terrain, roads: Shapes, shores: Shores) -> Terrain:
    """
    Return the terrain with roads as ways over water and lines.

    A cell in the water is opened where a road in it is over the water (a road along the bank opens
    nothing), and can be left along roads only. A line is open along roads near the place where one
    crosses it; other lines near that place stay closed.
    """
    parts = shapely.get_parts(roads)
    lines = np.asarray(parts[shapely.get_dimensions(parts) == 1], dtype=object)
    visits = _visits(terrain, lines)
    afloat = _afloat(terrain, visits, shores)
    bridges = _neighbours(terrain, visits)
    bridges = bridges[afloat[visits.cell[bridges]].all(axis=1)]
    pairs = np.vstack([visits.cell[bridges], _over_fences(terrain, lines, shores, afloat)])
    passable = terrain.passable.copy()
    passable.ravel()[pairs.ravel()] = True
    return replace(terrain, passable=passable, steps=_joined(terrain.steps, pairs))


def _visits(terrain: Terrain, lines: Shapes) -> Visits:
    """Return the cells that lines pass, in their order."""
    fine = shapely.segmentize(lines, terrain.cell_m / _SAMPLES)
    xy, line = shapely.get_coordinates(fine, return_index=True)
    cell = terrain.cells(xy)
    new = np.ones(len(cell), dtype=bool)
    new[1:] = (cell[1:] != cell[:-1]) | (line[1:] != line[:-1])
    return Visits(cell[new], line[new].astype(np.int64), xy, np.cumsum(new) - 1)


def _neighbours(terrain: Terrain, visits: Visits) -> Ints:
    """Return the pairs of visits of one line, shape (n, 2), between whose cells there is a step."""
    every = np.arange(len(visits.cell))
    apart = range(1, _MOST_APART + 1)
    pairs = np.vstack([np.column_stack([every[:-by], every[by:]]) for by in apart])
    cell, line = visits.cell[pairs], visits.line[pairs]
    pairs = pairs[(cell >= 0).all(axis=1) & (line[:, 0] == line[:, 1])]
    steps = _step_between(visits.cell[pairs], terrain.passable.shape[1])
    return np.asarray(pairs[steps >= 0])


def _afloat(terrain: Terrain, visits: Visits, shores: Shores) -> Flags:
    """Return the cells, as flags on the flat grid, in the water in which a road is over the water."""
    wet = (visits.cell >= 0) & ~terrain.passable.ravel()[visits.cell]
    place = np.flatnonzero(wet[visits.visit])
    tree = shapely.STRtree(shapely.points(visits.xy[place]))
    over = np.ones(len(place), dtype=bool)
    over[tree.query(shores.ground, predicate="intersects")[1]] = False
    over[tree.query(shores.water, predicate="intersects")[1]] = True
    afloat = np.zeros(terrain.passable.size, dtype=bool)
    afloat[visits.cell[visits.visit[place[over]]]] = True
    return afloat


def _over_fences(terrain: Terrain, lines: Shapes, shores: Shores, afloat: Flags) -> Ints:
    """Return the pairs of cells, one or both on land, that roads join near a crossing."""
    crossings = _crossings(lines, shores.fences, NEAR_CELLS * terrain.cell_m)
    visits = _visits(terrain, crossings.pieces)
    dry = (visits.cell >= 0) & terrain.passable.ravel()[visits.cell]
    fit = (visits.cell >= 0) & afloat[visits.cell]
    fit[visits.visit[_in_sight(terrain, visits, crossings, shores.fences)]] = True
    fit &= dry | afloat[visits.cell]
    pairs = _neighbours(terrain, visits)
    pairs = pairs[fit[pairs].all(axis=1) & dry[pairs].any(axis=1)]
    return np.vstack([visits.cell[pairs], _exits(terrain, visits, shores, afloat)])


def _crossings(lines: Shapes, fences: Shapes, near_m: float) -> Crossings:
    """Return the pieces of roads near the places where one crosses a fence."""
    xy, fence = shapely.get_coordinates(fences, return_index=True)
    joined = fence[1:] == fence[:-1]
    segments = shapely.linestrings(np.stack([xy[:-1][joined], xy[1:][joined]], axis=1))
    line, segment = shapely.STRtree(segments).query(lines, predicate="intersects")
    places = shapely.intersection(lines[line], segments[segment])
    around = shapely.get_parts(shapely.union_all(shapely.buffer(places, near_m)))
    place, cluster = shapely.STRtree(around).query(places, predicate="intersects")
    crossed = np.column_stack([cluster, fence[:-1][joined][segment[place]]])
    line, cluster = shapely.STRtree(around).query(lines, predicate="intersects")
    cut = shapely.intersection(lines[line], around[cluster])
    pieces, of = shapely.get_parts(cut, return_index=True)
    linear = shapely.get_dimensions(pieces) == 1
    return Crossings(
        np.asarray(pieces[linear], dtype=object), cluster[of][linear], np.unique(crossed, axis=0)
    )


def _in_sight(terrain: Terrain, visits: Visits, crossings: Crossings, fences: Shapes) -> Ints:
    """Return the places on pieces with no fence before the centre of their cell but those crossed there."""
    place = np.flatnonzero(visits.cell[visits.visit] >= 0)
    of = visits.visit[place]
    fence, sight = _hiding(visits.xy[place], terrain.centres(visits.cell[of]), fences, terrain.cell_m)
    cluster = crossings.cluster[visits.line[of[sight]]]
    known = crossings.crossed @ [len(fences), 1]
    hides = ~np.isin(cluster * len(fences) + fence, known)
    return np.asarray(np.setdiff1d(place, place[sight[hides]]))


def _exits(terrain: Terrain, visits: Visits, shores: Shores, afloat: Flags) -> Ints:
    """Return pairs of a cell in the water and one beside it on land that the land end of a bridge faces."""
    place = np.flatnonzero((visits.cell[visits.visit] >= 0) & afloat[visits.cell[visits.visit]])
    rows, columns = terrain.passable.shape
    row, column = np.divmod(visits.cell[visits.visit[place]], columns)
    pairs = []
    for down, right in OFFSETS[:N_NEAR].tolist():
        inside = (row + down >= 0) & (row + down < rows) & (column + right >= 0) & (column + right < columns)
        cell, beside = (row * columns + column)[inside], ((row + down) * columns + column + right)[inside]
        land = terrain.passable.ravel()[beside]
        start, end = visits.xy[place[inside][land]], terrain.centres(beside[land])
        seen = np.ones(int(land.sum()), dtype=bool)
        seen[_hiding(start, end, shores.fences, terrain.cell_m)[1]] = False
        pairs.append(np.column_stack([cell[land][seen], beside[land][seen]]))
    return np.vstack(pairs)


def _hiding(start: Floats, end: Floats, fences: Shapes, cell_m: float) -> tuple[Ints, Ints]:
    """Return pairs of a fence and the number of a line of sight that it cuts."""
    hair = np.array([-HAIR[1], HAIR[0]]) * cell_m  # as if the fences had been moved by it, see fences.py
    tree = shapely.STRtree(shapely.linestrings(np.stack([start, end], axis=1) + hair))
    fence, sight = tree.query(fences, predicate="intersects")
    return fence, sight


def _step_between(cells: Ints, columns: int) -> Ints:
    """Return which of the 16 steps leads from one cell of each pair to the other, -1 where none does."""
    start, end = (np.column_stack(np.divmod(cells[:, side], columns)) for side in (0, 1))
    same = ((end - start)[:, None, :] == OFFSETS).all(axis=2)
    return np.where(same.any(axis=1), same.argmax(axis=1), -1)


def _joined(steps: Steps, cells: Ints) -> Steps:
    """Return the steps with those between pairs of cells open, both ways."""
    step = _step_between(cells, steps.shape[1])
    joined = steps.copy().ravel()
    for end, way in ((0, step), (1, step ^ 1)):
        np.bitwise_or.at(joined, cells[:, end], np.left_shift(1, way).astype(np.uint16))
    return joined.reshape(steps.shape)
