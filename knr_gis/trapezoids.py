# ruff: noqa: ANN001, ANN202  numba works the types of compiled functions out for itself
"""
The area that two polygons share, and the length of a line in a polygon, as sums over pairs of edges.

Below every edge hangs a trapezoid, counted + under a top and - under a bottom; a polygon is the sum of its
trapezoids, and what two polygons share is the sum over all pairs of what two trapezoids share: the integral
of the lower of two straight lines. No intersection point is ever put into a ring, so nothing can go wrong as
in noding: outlines that nearly coincide give nearly the same sum, good to about 1e-15 of the terms.

Source of the method: Franklin (1990), "Calculating map overlay polygons' areas without explicitly
calculating the polygons" [recalled]; the sum itself is checked against GEOS and by laws in the tests.
Compiled functions of one file call only each other (numba's cache looks at one file only).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from knr_gis.edges import Edges, Floats, Index, Segments
from knr_gis.threads import in_threads

# Rounding of a sum, as a share of the sum of its terms without sign; less than that is nothing.
_NOISE = 4e-15
# Nearer than this (metres) a line counts as lying on the border, and is left to the caller.
_ON_BORDER_M = 1e-7


def shared_areas(first: Edges, second: Edges, i: Index, j: Index) -> Floats:
    """
    Return the area that polygons share, pair by pair.

    Parameters
    ----------
    first, second
        Valid polygons in metres, as edges.
    i, j
        Shape ``(pairs,)``: positions in ``first`` and ``second``.

    Returns
    -------
    array
        Shape ``(pairs,)``, square metres; 0 where polygons merely touch.
    """
    room = _most(first), _most(second)
    return in_threads(lambda a, b: _shared(first, second, a, b, room), i, j)


def proper_areas(edges: Edges) -> Floats:
    """
    Return the area that each polygon shares with itself: its own, exactly where it is valid.

    Rings that overlap count a place w times; the sum of w squared is the sum of w only where w is 0 or 1.
    """
    every = np.arange(len(edges.bounds))
    return shared_areas(edges, edges, every, every)


def _most(edges: Edges) -> int:
    return int(np.diff(edges.start).max(initial=0))


@njit(cache=True, nogil=True)
def _near(edges, polygon, box, found):  # type: ignore[no-untyped-def]
    """
    Collect the edges of a polygon that count within a box, and return how many.

    An edge that lies wholly below the box adds the same under every top and every bottom of the other
    polygon: nothing.
    """
    n = 0
    for k in range(edges.start[polygon], edges.start[polygon + 1]):
        beside = edges.ends[k, 0] < box[2] and edges.ends[k, 2] > box[0]
        if beside and (edges.ends[k, 1] >= box[1] or edges.ends[k, 3] >= box[1]):
            found[n] = k
            n += 1
    return n


@njit(cache=True, nogil=True)
def _twice_below(f0, f1, h0, h1):  # type: ignore[no-untyped-def]
    """Return twice the mean of the lower of two lines that go from f0 to f1 and from h0 to h1."""
    d0, d1 = f0 - h0, f1 - h1
    if d0 <= 0 and d1 <= 0:
        return f0 + f1
    if d0 >= 0 and d1 >= 0:
        return h0 + h1
    share = d0 / (d0 - d1)
    middle = f0 + share * (f1 - f0)
    return share * (min(f0, h0) + middle) + (1 - share) * (middle + min(f1, h1))


@njit(cache=True, nogil=True)
def _height(edge, x, foot):  # type: ignore[no-untyped-def]
    """Return how far above ``foot`` an edge is at x, reckoned from its nearer end."""
    if x - edge[0] <= edge[2] - x:
        return (edge[1] - foot) + (x - edge[0]) * edge[4]
    return (edge[3] - foot) - (edge[2] - x) * edge[4]


@njit(cache=True, nogil=True)
def _shared(first, second, i, j, room):  # type: ignore[no-untyped-def]
    """Return the shared area of each pair; heights are reckoned from the foot of the common box."""
    shared, box = np.zeros(len(i)), np.empty(4)
    mine, theirs = np.empty(room[0], np.int64), np.empty(room[1], np.int64)
    for pair in range(len(i)):
        a, b = first.bounds[i[pair]], second.bounds[j[pair]]
        box[0], box[1], box[2], box[3] = max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])
        if not (box[0] < box[2] and box[1] < box[3]):
            continue
        n, m = _near(first, i[pair], box, mine), _near(second, j[pair], box, theirs)
        total, terms = 0.0, 0.0
        for p in mine[:n]:
            left, right = max(first.ends[p, 0], box[0]), min(first.ends[p, 2], box[2])
            for q in theirs[:m]:
                u, v = max(left, second.ends[q, 0]), min(right, second.ends[q, 2])
                if u < v:
                    f0, f1 = _height(first.ends[p], u, box[1]), _height(first.ends[p], v, box[1])
                    h0, h1 = _height(second.ends[q], u, box[1]), _height(second.ends[q], v, box[1])
                    term = _twice_below(f0, f1, h0, h1) * (v - u)
                    total += first.sign[p] * second.sign[q] * term
                    terms += abs(term)
        shared[pair] = total / 2 if total > terms * _NOISE else 0.0
    return shared


# --- lines -------------------------------------------------------------------------------------------


class Covered(NamedTuple):
    """Metres of each line in its polygon, and whether the line lies on the border for a stretch."""

    length: Floats
    on_border: NDArray[np.bool_]


def covered_lengths(lines: Segments, polygons: Edges, turned: Edges, *, i: Index, j: Index) -> Covered:
    """
    Return how much of lines lies in polygons, pair by pair.

    Parameters
    ----------
    lines
        In metres; a stretch that a line runs twice counts twice, as in its length.
    polygons, turned
        The same valid polygons as edges, as they are and with x and y exchanged: steep stretches are
        measured along y.
    i, j
        Shape ``(pairs,)``: positions in ``lines`` and ``polygons``.
    """
    upright = Segments(np.ascontiguousarray(lines.ends[:, [1, 0, 3, 2]]), lines.start)
    flat = in_threads(lambda a, b: _covered(lines, polygons, a, b, 1), i, j)
    steep = in_threads(lambda a, b: _covered(upright, turned, a, b, 0), i, j)
    return Covered(flat[:, 0] + steep[:, 0], (flat[:, 1] + steep[:, 1]) > 0)


@njit(cache=True, nogil=True)
def _covered(lines, polygons, i, j, diagonal):  # type: ignore[no-untyped-def]
    """
    Return metres in the polygon and a mark where the border is followed, of stretches that are not steep.

    Those at 45 degrees count if ``diagonal`` is 1.
    """
    found = np.zeros((len(i), 2))
    for pair in range(len(i)):
        total, terms = 0.0, 0.0
        for k in range(lines.start[i[pair]], lines.start[i[pair] + 1]):
            x0, y0, x1, y1 = lines.ends[k]
            if x0 > x1:
                x0, y0, x1, y1 = x1, y1, x0, y0
            width, rise = x1 - x0, abs(y1 - y0)
            if width < rise or width == 0 or (width == rise and diagonal == 0):
                continue
            inside, sum_of_terms, on_border = _under(polygons, j[pair], x0, y0, x1, y1)
            scale = np.hypot(width, rise) / width
            total += inside * scale
            terms += sum_of_terms * scale
            found[pair, 1] += on_border
        found[pair, 0] = total if total > terms * _NOISE else 0.0
    return found


@njit(cache=True, nogil=True)
def _under(polygons, polygon, x0, y0, x1, y1):  # type: ignore[no-untyped-def]
    """Return the width of a stretch in a polygon, the sum without signs, and 1 if it follows an edge."""
    slope, total, terms, on_border = (y1 - y0) / (x1 - x0), 0.0, 0.0, 0
    foot, least = y0, min(y0, y1)
    for k in range(polygons.start[polygon], polygons.start[polygon + 1]):
        edge = polygons.ends[k]
        u, v = max(x0, edge[0]), min(x1, edge[2])
        if u >= v or (edge[1] < least - 1 and edge[3] < least - 1):
            continue
        d0, d1 = _height(edge, u, foot) - (u - x0) * slope, _height(edge, v, foot) - (v - x0) * slope
        if abs(d0) < _ON_BORDER_M and abs(d1) < _ON_BORDER_M:
            on_border = 1
        width = v - u
        if (d0 > 0) != (d1 > 0):
            width *= max(d0, d1) / abs(d0 - d1)
        elif d0 <= 0:
            width = 0.0
        total += polygons.sign[k] * width
        terms += width
    return total, terms, on_border
