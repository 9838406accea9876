"""Least time over the terrain, from many sources at once, in the direction of people walking to them."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import LineString

from knr_gis.assumptions import assumption
from knr_gis.errors import AnalysisError
from knr_gis.network import Flags, Floats, Ints
from knr_gis.routing import Reach
from knr_gis.terrain.ground import Terrain
from knr_gis.terrain.spots import Spots, snap_cells

if TYPE_CHECKING:
    from knr_gis.terrain.march import Pace

_UNSEEN = 31  # as in march.py, which is imported where it is used: numba takes a second


@dataclass(frozen=True, eq=False)
class Sources:
    """
    Places to walk to.

    Parameters
    ----------
    cell
        Shape (K,): first the points that were given, in their order, then the cells of safe ground;
        -1 for a point that no passable cell is near.
    access_s
        Shape (K,): what the use of the source costs, e.g. the way to its door.
    n_points
        Sources below this number are the points, those from it on are safe ground.
    """

    cell: Ints
    access_s: Floats
    n_points: int


def sources_of(
    terrain: Terrain,
    spots: Spots | None = None,
    *,
    access_s: Floats | None = None,
    safe: Flags | None = None,
) -> Sources:
    """
    Return points and safe ground as sources.

    Parameters
    ----------
    spots
        Sites on their cells (``snap_cells``).
    access_s
        Shape (P,): seconds for the use of each site; 0 where None.
    safe
        Shape (rows, columns): ground that is safe by itself; barriers in it do not count.

    Raises
    ------
    AnalysisError
        If an access is negative or unknown, or ``safe`` has another shape than the terrain.
    """
    points = np.empty(0, dtype=np.int64) if spots is None else spots.cell
    seconds = np.zeros(len(points)) if access_s is None else np.asarray(access_s, dtype=float)
    n_bad = int((~(seconds[points >= 0] >= 0)).sum())
    if n_bad:
        raise AnalysisError("terrain.bad_access", count=n_bad)
    ground = np.zeros(terrain.passable.shape, dtype=bool) if safe is None else safe
    if ground.shape != terrain.passable.shape:
        raise AnalysisError("terrain.shape", name="safe", found=ground.shape, wanted=terrain.passable.shape)
    cells = np.flatnonzero(ground & terrain.passable)
    both = np.concatenate([seconds, np.zeros(len(cells))])
    return Sources(np.concatenate([points, cells]), both, len(points))


@dataclass(frozen=True, eq=False)
class TerrainField:
    """
    Least time from each cell to the source that is best for it.

    Parameters
    ----------
    seconds
        Shape (rows, columns): NaN where no way leads to any source.
    source
        Shape (rows, columns): number of the source in ``sources``; -1 where no way leads.
    step
        Shape (rows, columns): the step toward the source (``moves.OFFSETS``); 16 at a source, 31
        where no way leads.
    """

    seconds: Floats
    source: NDArray[np.int32]
    step: NDArray[np.uint8]
    terrain: Terrain
    sources: Sources

    @property
    def n_level(self) -> int:
        """Number of reached cells whose elevation is unknown and that therefore count as level."""
        reached = self.step != _UNSEEN
        known = None if self.terrain.elevation is None else np.isfinite(self.terrain.elevation)
        return int(reached.sum() if known is None else (reached & ~known).sum())

    def path(self, cell: int) -> Ints:
        """Return the cells from one cell to its source, both included; empty where no way leads."""
        from knr_gis.terrain.march import trace  # noqa: PLC0415  numba takes a second to import

        if cell < 0 or self.step.flat[cell] == _UNSEEN:
            return np.empty(0, dtype=np.int64)
        return np.asarray(trace(self.step.ravel(), cell, self.terrain.moves.offsets))

    def length_m(self, cells: Ints) -> Floats:
        """Return the metres on the map from each cell to its source; NaN where no way leads."""
        from knr_gis.terrain.march import lengths_of  # noqa: PLC0415

        moves = self.terrain.moves
        numbers = np.asarray(cells, dtype=np.int64)
        return np.asarray(lengths_of(self.step.ravel(), numbers, moves.offsets, moves.length_m))

    def at(self, points_xy: Floats, *, limit_m: float) -> "Ways":
        """
        Return the ways of points.

        Parameters
        ----------
        points_xy
            Shape (P, 2), in the CRS of the terrain.
        limit_m
            Farthest distance to a passable cell for a point that does not lie on one.
        """
        return Ways(self, snap_cells(self.terrain, points_xy, limit_m=limit_m))


@dataclass(frozen=True, eq=False)
class Ways:
    """The ways of some points over the terrain; the names are those of ``routing.Field``."""

    field: TerrainField
    spots: Spots

    @property
    def snap_m(self) -> Floats:
        """Shape (P,): distance to the terrain, see ``Spots``; in neither seconds nor metres."""
        return self.spots.snap_m

    @cached_property
    def status(self) -> NDArray[np.object_]:
        """Shape (P,): a ``Reach``; FAR = no passable cell near, DISCONNECTED = no way to any source."""
        reached = np.where(self.source >= 0, Reach.REACHED, Reach.DISCONNECTED)
        return np.where(self.spots.reached, reached, Reach.FAR).astype(object)

    @cached_property
    def cost_s(self) -> Floats:
        """Shape (P,): seconds including the source's ``access_s``; NaN unless reached."""
        return np.where(self.spots.reached, self.field.seconds.ravel()[self.spots.cell], np.nan)

    @cached_property
    def source(self) -> Ints:
        """Shape (P,): number of the source; -1 unless reached."""
        found = self.field.source.ravel()[self.spots.cell]
        return np.where(self.spots.reached, found, -1).astype(np.int64)

    @cached_property
    def length_m(self) -> Floats:
        """Shape (P,): metres on the map, from cell centre to cell centre; NaN unless reached."""
        return self.field.length_m(self.spots.cell)

    def line(self, k: int) -> LineString | None:
        """Return the way of one point over the centres of the cells where it turns; None unless reached."""
        cells = self.field.path(int(self.spots.cell[k]))
        if not len(cells):
            return None
        turns = np.ones(len(cells), dtype=bool)
        turns[1:-1] = np.diff(self.field.step.ravel()[cells[:-1]].astype(int)) != 0
        xy = self.field.terrain.centres(cells[turns])
        return LineString(xy if len(xy) > 1 else np.repeat(xy, 2, axis=0))


def terrain_seconds(terrain: Terrain, sources: Sources, *, speed_mps: float) -> TerrainField:
    """
    Return the least time from every cell to a source, people walking toward it, uphill slower than down.

    Time of a step = length / speed x exp(3.5 (|s + 0.05| - 0.05)), ``s`` the slope in the direction of
    travel (Tobler 1993, with the level speed of the scenario for his 5.04 km/h), divided by the mean of
    the speed factors on the way. Ways are at most ``terrain.error_share`` too long, never too short.

    Parameters
    ----------
    speed_mps
        On level ground.

    Raises
    ------
    AnalysisError
        If the speed is not above 0.
    """
    from knr_gis.terrain.march import march  # noqa: PLC0415  numba takes a second to import

    if not (np.isfinite(speed_mps) and speed_mps > 0):
        raise AnalysisError("terrain.bad_speed", speed=speed_mps)
    on = np.flatnonzero(sources.cell >= 0)
    moves = terrain.moves
    table = np.column_stack([moves.offsets, moves.beside])
    pace = _pace(terrain, moves.length_m, speed_mps)
    cost, step, number = march(terrain.steps.ravel(), sources.cell[on], sources.access_s[on], pace, table)
    shape = terrain.passable.shape
    cost[number < 0] = np.nan
    source = number if len(on) == len(sources.cell) else np.append(on, -1).astype(np.int32)[number]
    return TerrainField(cost.reshape(shape), source.reshape(shape), step.reshape(shape), terrain, sources)


def _pace(terrain: Terrain, length_m: Floats, speed_mps: float) -> "Pace":
    """Return what the steps cost, as ``march.Pace``."""
    from knr_gis.terrain.march import Pace  # noqa: PLC0415

    none = np.empty(0, dtype=np.float32)
    height = none if terrain.elevation is None else terrain.elevation.astype(np.float32, copy=False).ravel()
    slow = none if terrain.speed_factor is None else _slow(terrain.speed_factor, terrain.passable)
    rate, shift = assumption("tobler_rate").value, assumption("tobler_shift").value
    level_s = length_m / speed_mps
    least_s = level_s * (np.exp(-rate * shift) if len(height) else 1.0)
    if len(slow) and terrain.passable.any():
        least_s = least_s * float(slow[terrain.passable.ravel()].min())
    return Pace(height, slow, level_s, length_m, least_s, rate, shift, per_s=1 / (least_s.min() * 0.999))


def _slow(speed_factor: NDArray[np.float32], passable: Flags) -> NDArray[np.float32]:
    """Return the factors on the time, flat; 1 on barriers, whatever stands there."""
    slow = np.ones(passable.shape, dtype=np.float32)
    slow[passable] = 1 / speed_factor[passable]
    return slow.ravel()
