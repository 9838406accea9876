# ruff: noqa: ANN001, ANN202  numba works the types of compiled functions out for itself
"""Polygons and lines as arrays of straight stretches, for sums that need no noding."""

from typing import NamedTuple

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray

Shapes = NDArray[np.object_]
Index = NDArray[np.intp]
Floats = NDArray[np.float64]

# Narrower than this share of its height, an edge counts as upright (its slope could overflow).
_UPRIGHT = 1e-15
_LINESTRING, _POLYGON = 1, 3


class Edges(NamedTuple):
    """
    Polygons as the edges of their rings, those parallel to the y axis left out.

    Parameters
    ----------
    ends
        Shape ``(edges, 5)``: x, y of the left end, x, y of the right end, slope.
    sign
        Shape ``(edges,)``: +1 where the polygon is below the edge, -1 where it is above.
    start
        Shape ``(polygons + 1,)``: first edge of each polygon.
    bounds
        Shape ``(polygons, 4)``: least x, least y, greatest x, greatest y.
    """

    ends: Floats
    sign: Floats
    start: NDArray[np.int64]
    bounds: Floats


def edges_of(polygons: Shapes, *, turned: bool = False) -> Edges:
    """
    Return polygons and multipolygons as edges; an empty one has none.

    Parameters
    ----------
    turned
        Exchange x and y.
    """
    rings, owner, hole = _rings(polygons)
    xy, bounds = shapely.get_coordinates(rings), shapely.bounds(polygons)
    if turned:
        xy, bounds = np.ascontiguousarray(xy[:, ::-1]), bounds[:, [1, 0, 3, 2]]
    counts = shapely.get_num_coordinates(rings).astype(np.int64)
    ends, sign, per_ring = _edges(xy, counts, hole)
    per_polygon = np.bincount(owner, per_ring, minlength=len(polygons))
    start = np.concatenate([[0], np.cumsum(per_polygon)]).astype(np.int64)
    return Edges(ends, sign, start, np.ascontiguousarray(bounds))


def _rings(polygons: Shapes) -> tuple[Shapes, Index, NDArray[np.bool_]]:
    """Return rings, the polygon of each, in order, and whether it is a hole; a lone ring is the polygon."""
    lone = (shapely.get_type_id(polygons) == _POLYGON) & (shapely.get_num_interior_rings(polygons) == 0)
    if lone.all():
        return polygons, np.arange(len(polygons)), np.zeros(len(polygons), dtype=bool)
    plain, others = np.flatnonzero(lone), np.flatnonzero(~lone)
    atoms, source = shapely.get_parts(polygons[others], return_index=True)
    rings, atom = shapely.get_rings(atoms, return_index=True)
    owner = np.concatenate([plain, others[source[atom]]])
    hole = np.concatenate([np.zeros(len(plain), dtype=bool), np.diff(atom, prepend=-1) == 0])
    order = np.argsort(owner, kind="stable")
    return np.concatenate([polygons[plain], rings])[order], owner[order], hole[order]


@njit(cache=True, nogil=True)
def _edges(xy, counts, hole):  # type: ignore[no-untyped-def]
    """Return ends and signs of the edges of rings, and how many each ring has."""
    ends, sign = np.empty((len(xy), 5)), np.empty(len(xy))
    per_ring, n, first = np.zeros(len(counts)), 0, 0
    for ring in range(len(counts)):
        last = first + counts[ring] - 1
        twice = 0.0
        for k in range(first, last):
            twice += (xy[k, 0] - xy[first, 0]) * (xy[k + 1, 1] - xy[first, 1])
            twice -= (xy[k + 1, 0] - xy[first, 0]) * (xy[k, 1] - xy[first, 1])
        side = 1.0 if (twice < 0) == hole[ring] else -1.0
        before = n
        for k in range(first, last):
            width = xy[k + 1, 0] - xy[k, 0]
            if abs(width) <= abs(xy[k + 1, 1] - xy[k, 1]) * _UPRIGHT:
                continue
            left, right = (k, k + 1) if width > 0 else (k + 1, k)
            ends[n, 0], ends[n, 1], ends[n, 2], ends[n, 3] = (
                xy[left, 0],
                xy[left, 1],
                xy[right, 0],
                xy[right, 1],
            )
            ends[n, 4] = (xy[k + 1, 1] - xy[k, 1]) / width
            sign[n] = -side if width > 0 else side
            n += 1
        per_ring[ring] = n - before
        first = last + 1
    return ends[:n].copy(), sign[:n].copy(), per_ring


class Segments(NamedTuple):
    """Lines as their straight stretches, shape ``(stretches, 4)``, and the first one of each line."""

    ends: Floats
    start: NDArray[np.int64]


def segments_of(lines: Shapes) -> Segments:
    """Return lines and multilines as straight stretches."""
    single = (shapely.get_type_id(lines) == _LINESTRING).all()
    atoms, source = (lines, np.arange(len(lines))) if single else shapely.get_parts(lines, return_index=True)
    xy, atom = shapely.get_coordinates(atoms, return_index=True)
    joined = np.flatnonzero(atom[1:] == atom[:-1])
    ends = np.concatenate([xy[joined], xy[joined + 1]], axis=1)
    counts = np.bincount(source[atom[joined]], minlength=len(lines))
    return Segments(ends, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))
