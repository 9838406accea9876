"""The ground on a 100 m grid: low plains and valleys, shores, terraces and volcanoes."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
import shapely.ops
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize
from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates
from shapely.geometry.base import BaseGeometry

from sample.outline import Land, coast_arcs, land_border
from sample.plane import SEED, Floats, point_at, read_facts, to_xy

CELL_M = 100.0
FALL_PER_M = 0.0004  # rivers and plains rise 0.4 m per kilometre from the sea


@dataclass(frozen=True)
class Ground:
    """
    The ground on a grid in EPSG:6681, north up, shape (rows, columns).

    Parameters
    ----------
    height
        Metres; NaN at sea and on lakes open to the sea.
    wet
        True on the sea and on lakes open to the sea.
    shore_m
        Distance to `wet` in metres.
    river_m
        Distance to the nearest river in metres.
    """

    height: Floats
    wet: NDArray[np.bool_]
    shore_m: Floats
    river_m: Floats
    transform: Affine

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.height.shape[0], self.height.shape[1]

    def at(self, xy: Floats, values: Floats | None = None) -> Floats:
        """Return the value of the cell under each point; heights unless another array is given."""
        column, row = ~self.transform * (np.asarray(xy)[:, 0], np.asarray(xy)[:, 1])
        rows = np.clip(row.astype(int), 0, self.shape[0] - 1)
        columns = np.clip(column.astype(int), 0, self.shape[1] - 1)
        result: Floats = (self.height if values is None else values)[rows, columns]
        return result

    def smooth_at(self, xy: Floats) -> Floats:
        """Return heights interpolated between cell centres (the sea counts as 0)."""
        column, row = ~self.transform * (np.asarray(xy)[:, 0], np.asarray(xy)[:, 1])
        result: Floats = map_coordinates(self._filled, [row - 0.5, column - 0.5], order=1, mode="nearest")
        return result

    @cached_property
    def _filled(self) -> Floats:
        return np.asarray(np.nan_to_num(self.height))

    @cached_property
    def published(self) -> Floats:
        """Heights on cells of 200 m (mean of the land, NaN at sea), as the elevation layer has them."""
        blocks = self.height.reshape(self.shape[0] // 2, 2, self.shape[1] // 2, 2)
        known = ~np.isnan(blocks)
        count = known.sum(axis=(1, 3))
        total = np.where(known, blocks, 0).sum(axis=(1, 3))
        mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
        return np.where(mean < 40, np.round(mean, 1), np.round(mean))

    def centres(self) -> tuple[Floats, Floats]:
        """Return x and y of the cell centres as two arrays of the grid's shape."""
        rows, columns = np.indices(self.shape)
        grid = self.transform
        x, y = grid.c + grid.a * (columns + 0.5), grid.f + grid.e * (rows + 0.5)
        return np.asarray(x, dtype=float), np.asarray(y, dtype=float)


def draw_ground(land: Land) -> Ground:
    """Return heights, shore distance and river distance for the drawn land."""
    transform, shape = _frame(land.land)
    dry = _burn([land.land], transform, shape) & ~_burn([land.water], transform, shape)
    wet = ~dry & ~_neighbours_country(dry, transform)
    shore_m = _distance(wet)
    river_m = _distance(_burn(list(land.rivers.geometry.buffer(60)), transform, shape))
    empty = np.full(shape, np.nan)
    frame = Ground(empty, wet, shore_m, river_m, transform)
    height = _heights(frame, land)
    return Ground(np.where(dry, height, np.nan), wet, shore_m, river_m, transform)


def _frame(area: BaseGeometry) -> tuple[Affine, tuple[int, int]]:
    """Return a grid whose edges are multiples of 200 m around an area."""
    west, south, east, north = area.bounds
    left, top = np.floor(west / 200) * 200 - 2000, np.ceil(north / 200) * 200 + 2000
    columns = 2 * int(np.ceil((east + 2000 - left) / 200))
    rows = 2 * int(np.ceil((top - south + 2000) / 200))
    return Affine(CELL_M, 0, left, 0, -CELL_M, top), (rows, columns)


def _burn(shapes: list[BaseGeometry], transform: Affine, shape: tuple[int, int]) -> NDArray[np.bool_]:
    burnt = rasterize(shapes, out_shape=shape, transform=transform, fill=0, default_value=1, dtype="uint8")
    return np.asarray(burnt, dtype=bool)


def _neighbours_country(dry: NDArray[np.bool_], transform: Affine) -> NDArray[np.bool_]:
    """Return the cells beyond the land border: outside, and nearer to the border than to the coast."""
    shape = (dry.shape[0], dry.shape[1])
    border, coast = (
        _burn([lines.buffer(CELL_M)], transform, shape) for lines in (land_border(), coast_arcs())
    )
    return np.asarray(~dry & (_distance(border) < _distance(coast)))


def _distance(target: NDArray[np.bool_]) -> Floats:
    return np.asarray(distance_transform_edt(~target) * CELL_M, dtype=float)


def _heights(frame: Ground, land: Land) -> Floats:
    """Return heights everywhere, before the sea is cut out."""
    low = _burn(_low_ground(land), frame.transform, frame.shape)
    floor = 1.2 + np.minimum(frame.shore_m, 60000) * FALL_PER_M + np.minimum(frame.shore_m, 400) * 0.002
    edge_m = _distance(low | frame.wet)
    country = _country(frame)
    slope_m = np.minimum(260 + 2.5 * np.maximum(country - 60, 0), 900)
    hills = floor + np.maximum(country - floor, 3) * (1 - np.exp(-edge_m / slope_m))
    # Small unevenness on the plain, so that depths differ from street to street.
    rough = 0.5 * _noise(frame.shape, 4, SEED) + 0.4 * _noise(frame.shape, 15, SEED + 1)
    height = np.maximum(np.where(low, floor + rough, hills), 0.4)
    return _flatten_lakes(height, frame, land)


def _low_ground(land: Land) -> list[BaseGeometry]:
    facts = read_facts("terrain")
    plains = [shapely.Polygon(to_xy(row["points"])) for row in facts["plains"]]
    shores = [shapely.LineString(to_xy(row["points"])).buffer(row["width_m"]) for row in facts["shores"]]
    valleys = [_valley(row.geometry, row.valley_m) for row in land.rivers.itertuples()]
    return [*plains, *shores, *valleys]


def _valley(course: BaseGeometry, half_m: float) -> BaseGeometry:
    """Return a valley floor that narrows upstream and ends after 30 km."""
    lower = shapely.ops.substring(_longest(course), 0, 30000)
    return shapely.union_all(
        [shapely.ops.substring(lower, 0, 10000).buffer(half_m), lower.buffer(half_m / 3)]
    )


def _longest(line: BaseGeometry) -> BaseGeometry:
    parts: list[BaseGeometry] = list(shapely.get_parts(line))
    return max(parts, key=lambda part: float(part.length))


def _country(frame: Ground) -> Floats:
    """Return the height away from valleys: inverse distance weights of the facts, then the peaks."""
    facts = read_facts("terrain")
    x, y = frame.centres()
    coarse = (x[::10, ::10], y[::10, ::10])
    weights, total = np.zeros(coarse[0].shape), np.zeros(coarse[0].shape)
    for (px, py), row in zip(to_xy([r[:2] for r in facts["ground"]]), facts["ground"], strict=True):
        weight = 1 / (np.hypot(coarse[0] - px, coarse[1] - py) + 1500) ** 3
        weights, total = weights + weight, total + weight * row[2]
    rows, columns = np.indices(frame.shape)
    base = map_coordinates(total / weights, [rows / 10, columns / 10], order=1, mode="nearest")
    base = base * (1 + 0.22 * _noise(frame.shape, 12, SEED + 2) + 0.12 * _noise(frame.shape, 4, SEED + 3))
    return _raise_peaks(np.asarray(base), x, y, facts["peaks"])


def _raise_peaks(base: Floats, x: Floats, y: Floats, peaks: list[Any]) -> Floats:
    result = base
    ragged = 1 + 0.10 * _noise(base.shape, 8, SEED + 4)
    for _, lon, lat, top, radius_km in peaks:
        at = point_at(lon, lat)
        fall = np.hypot(x - at.x, y - at.y) / (radius_km * 1000)
        result = np.maximum(result, top * np.exp(-(fall**1.25)) * np.where(fall < 0.05, 1, ragged))
    return result


def _noise(shape: tuple[int, ...], sigma: float, seed: int) -> Floats:
    """Return smooth noise with mean 0 and standard deviation 1."""
    raw = gaussian_filter(np.random.default_rng(seed).standard_normal(shape).astype(np.float64), sigma)
    return np.asarray((raw - raw.mean()) / raw.std())


def _flatten_lakes(height: Floats, frame: Ground, land: Land) -> Floats:
    result = height.copy()
    for lake in land.lakes[~land.lakes["tidal"]].itertuples():
        inside = _burn([lake.geometry], frame.transform, frame.shape)
        around = _burn([lake.geometry.buffer(1500)], frame.transform, frame.shape) & ~inside
        result[around] = np.maximum(result[around], lake.level_m + 1.0)
        result[inside] = lake.level_m
    return result
