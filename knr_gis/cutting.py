"""Polygons mended, cut into small parts and laid over each other, every cut proved by its areas."""

import contextlib
from collections.abc import Callable

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from knr_gis.edges import Edges, Floats, Index, Shapes, edges_of
from knr_gis.threads import in_threads
from knr_gis.trapezoids import shared_areas

MAX_VERTICES = 256
# Noding of nearly coincident outlines in full precision can go silently wrong (libgeos/geos issue 1344);
# on a grid it does not. A nanometre keeps areas to 1e-10.
GRID_M = 1e-9
# Rounding of coordinates leaves crumbs where two outlines merely touch; a square millimetre is none.
TINY = 1e-6
POINT, LINE, AREA = 0, 1, 2
_MULTI = 4  # type numbers from here on are collections; missing shapes have -1
_LEAST_SIDE_M = 0.01
# Where a polygon is cut, as a share of its longer side: off the middle, where data on a grid has no corner.
_CUT = 0.497128938171
_BATCH_VERTICES = 50_000  # what is halved together: it should stay in the cache of a core
_FEW = 200  # pairs or polygons of GEOS work in a slice of a thread


def same_area(found: Floats, expected: Floats) -> NDArray[np.bool_]:
    """Return where areas agree: to a square millimetre and 1e-11 of the area."""
    return np.asarray(np.abs(found - expected) <= TINY + 1e-11 * np.abs(expected))


def atoms(shapes: Shapes, dimension: int) -> tuple[Shapes, Index]:
    """Return the single parts of one dimension, and which shape each comes from, in order."""
    single = shapely.get_type_id(shapes) < _MULTI
    if not single.all():
        kept, others = np.flatnonzero(single), np.flatnonzero(~single)
        parts, inner = shapely.get_parts(shapes[others], return_index=True)
        deeper, source = atoms(parts, dimension) if len(others) else (parts, inner)
        owner = np.concatenate([kept, others[inner[source]]])
        order = np.argsort(owner, kind="stable")
        shapes, owner = np.concatenate([shapes[kept], deeper])[order], owner[order]
    else:
        owner = np.arange(len(shapes))
    keep = (shapely.get_dimensions(shapes) == dimension) & ~shapely.is_empty(shapes)
    return shapes[keep], owner[keep]


def rebuilt(shapes: Shapes) -> Shapes:
    """Return polygons made valid: shells minus holes, without what has no area."""
    valid: Shapes = shapely.make_valid(shapes, method="structure", keep_collapsed=False)
    return valid


def valid_polygons(shapes: Shapes) -> Shapes:
    """Return shapes with invalid ones rebuilt; missing ones become empty."""
    mended = np.array([shapely.Polygon() if shape is None else shape for shape in shapes], dtype=object)
    bad = ~in_threads(shapely.is_valid, mended, size=_FEW)
    mended[bad] = rebuilt(mended[bad])
    return mended


# --- cutting into small parts ------------------------------------------------------------------------


def split_polygons(polygons: Shapes) -> tuple[Shapes, Index]:
    """
    Return small valid polygons that together are the given ones, and which one each comes from.

    A polygon is halved until no part has more than MAX_VERTICES. Halves must add up to the whole; a
    polygon whose parts do not, or overlap (it is not valid), is rebuilt and cut again.
    """
    parts, owner, atom = _sound_rings(*_split(polygons))
    wrong = np.flatnonzero(_unsound(parts, owner, atom=atom, polygons=polygons))
    if len(wrong) == 0:
        return parts, owner
    kept = ~np.isin(owner, wrong)
    again, source = _split_rebuilt(rebuilt(polygons[wrong]))
    return np.concatenate([parts[kept], again]), np.concatenate([owner[kept], wrong[source]])


def _split_rebuilt(polygons: Shapes) -> tuple[Shapes, Index]:
    """Return the parts of valid polygons; one that still cannot be cut soundly is left whole."""
    parts, owner, atom = _sound_rings(*_split(polygons))
    wrong = np.flatnonzero(_unsound(parts, owner, atom=atom, polygons=polygons))
    kept = ~np.isin(owner, wrong)
    whole, source = atoms(polygons[wrong], AREA)
    return np.concatenate([parts[kept], whole]), np.concatenate([owner[kept], wrong[source]])


def _split(polygons: Shapes) -> tuple[Shapes, Index, Index]:
    """Return the parts, the polygon and the single polygon that each is of."""
    single, owner = atoms(polygons, AREA)
    size = shapely.get_num_coordinates(single)
    small, large = np.flatnonzero(size <= MAX_VERTICES), np.flatnonzero(size > MAX_VERTICES)
    large = large[np.argsort(-size[large], kind="stable")]  # long work first: threads end together
    batch = np.cumsum(size[large]) // _BATCH_VERTICES
    batches = np.empty(len(np.unique(batch)), dtype=object)
    batches[:] = [large[batch == number] for number in np.unique(batch)]
    cut = in_threads(lambda some: _each(lambda b: _halved(single[b], b), some), batches, size=1)
    parts = np.concatenate([single[small], *(found for found, _ in cut)])
    atom = np.concatenate([small, *(source for _, source in cut)])
    return parts, owner[atom], atom


def _each(work: Callable[[Index], tuple[Shapes, Index]], batches: Shapes) -> Shapes:
    """Return what ``work`` finds for each batch, as an array of pairs."""
    found = np.empty(len(batches), dtype=object)
    found[:] = [work(batch) for batch in batches]
    return found


def _halved(parts: Shapes, source: Index) -> tuple[Shapes, Index]:
    """Return polygons halved until they are small, and the source of each."""
    done: list[tuple[Shapes, Index]] = []
    while len(parts):
        bounds = shapely.bounds(parts)
        side = np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])
        large = (shapely.get_num_coordinates(parts) > MAX_VERTICES) & (side > _LEAST_SIDE_M)
        done.append((parts[~large], source[~large]))
        parts, row = atoms(_halve(parts[large], bounds[large]), AREA)
        source = np.tile(source[large], 2)[row]
    return np.concatenate([p for p, _ in done]), np.concatenate([o for _, o in done])


def _halve(parts: Shapes, bounds: Floats) -> Shapes:
    """Return the first halves of the polygons, then the second ones, cut across the longer side."""
    boxes = _half_boxes(bounds)
    doubled = np.tile(parts, 2)
    halves = _clipped(doubled, boxes)
    sums = shapely.area(halves).reshape(2, -1).sum(axis=0)
    wrong = np.flatnonzero(np.tile(~same_area(sums, shapely.area(parts)), 2))
    if len(wrong):  # GEOS may refuse a polygon that is not valid: its halves stay wrong, and are seen to be
        halves[wrong] = intersection_or_empty(doubled[wrong], shapely.box(*boxes[wrong].T))
    return halves


def _half_boxes(bounds: Floats) -> Floats:
    """Return the boxes of the first halves, then of the second ones, a little wider than the polygons."""
    x0, y0, x1, y1 = (bounds + np.array([-1.0, -1.0, 1.0, 1.0])).T
    wide = (bounds[:, 2] - bounds[:, 0]) >= (bounds[:, 3] - bounds[:, 1])
    cut_x = bounds[:, 0] + _CUT * (bounds[:, 2] - bounds[:, 0])
    cut_y = bounds[:, 1] + _CUT * (bounds[:, 3] - bounds[:, 1])
    first = np.stack([x0, y0, np.where(wide, cut_x, x1), np.where(wide, y1, cut_y)], axis=1)
    second = np.stack([np.where(wide, cut_x, x0), np.where(wide, y0, cut_y), x1, y1], axis=1)
    return np.concatenate([first, second])


def _clipped(parts: Shapes, boxes: Floats) -> Shapes:
    """Return each polygon within its box; empty where GEOS refuses, which the areas bring to light."""
    found = np.empty(len(parts), dtype=object)
    for row, (part, box) in enumerate(zip(parts, boxes.tolist(), strict=True)):
        try:
            found[row] = shapely.clip_by_rect(part, *box)
        except shapely.GEOSException:
            found[row] = shapely.Polygon()
    return found


def _sound_rings(parts: Shapes, owner: Index, atom: Index) -> tuple[Shapes, Index, Index]:
    """Return the parts with invalid ones (mostly rings that touch themselves) taken apart."""
    bad = ~in_threads(shapely.is_valid, parts, size=_FEW)
    if not bad.any():
        return parts, owner, atom
    mended, source = atoms(rebuilt(parts[bad]), AREA)
    return (
        np.concatenate([parts[~bad], mended]),
        np.concatenate([owner[~bad], owner[bad][source]]),
        np.concatenate([atom[~bad], atom[bad][source]]),
    )


def _unsound(parts: Shapes, owner: Index, *, atom: Index, polygons: Shapes) -> NDArray[np.bool_]:
    """Return which polygons are not the sum of their parts, or hold some ground twice."""
    whole = np.asarray(np.nan_to_num(shapely.area(polygons)), dtype=float)
    wrong = ~same_area(np.bincount(owner, shapely.area(parts), len(polygons)).astype(float), whole)
    many = np.flatnonzero(shapely.get_num_geometries(polygons)[owner] > 1)
    first, _, _ = overlapping(parts[many], edges_of(parts[many]), differ=atom[many], same=owner[many])
    wrong[owner[many][first]] = True
    return wrong


# --- one polygon in another --------------------------------------------------------------------------


def safe_intersection(areas: Shapes, others: Shapes) -> Shapes:
    """
    Return the intersection of valid polygons, pair by pair, proved by its area.

    The area of each result is compared with the area found without noding (``shared_areas``); pairs
    that fail are computed again on a grid of a nanometre. Meant for polygons of a few thousand vertices.
    """
    every = np.arange(len(areas))
    return proved_intersection(areas, others, shared_areas(edges_of(areas), edges_of(others), every, every))


def proved_intersection(areas: Shapes, others: Shapes, held: Floats) -> Shapes:
    """Return the intersection of valid polygons whose shared areas are known."""
    cut: Shapes = in_threads(intersection_or_empty, areas, others, size=_FEW)
    wrong = ~same_area(shapely.area(cut), held)
    cut[wrong] = shapely.intersection(areas[wrong], others[wrong], grid_size=GRID_M)
    return cut


def intersection_or_empty(areas: Shapes, others: Shapes) -> Shapes:
    """Return intersections, pair by pair; empty where GEOS refuses, which their areas bring to light."""
    try:
        cut: Shapes = shapely.intersection(areas, others)
    except shapely.GEOSException:
        cut = np.full(len(areas), shapely.Polygon(), dtype=object)
        for row, (area, other) in enumerate(zip(areas, others, strict=True)):
            with contextlib.suppress(shapely.GEOSException):
                cut[row] = shapely.intersection(area, other)
    return cut


def safe_difference(area: BaseGeometry, other: BaseGeometry, shared: float) -> BaseGeometry:
    """Return ``area`` less ``other``, which share a known area, proved by it."""
    rest = shapely.difference(area, other)
    if not same_area(np.array(rest.area + shared), np.array(area.area)):
        rest = shapely.difference(area, other, grid_size=GRID_M)
    return rest


def overlapping(
    parts: Shapes, edges: Edges, *, differ: Index, same: Index | None = None
) -> tuple[Index, Index, Floats]:
    """
    Return pairs of parts that share ground, the earlier first, and how much.

    Parameters
    ----------
    parts, edges
        Small valid polygons, as shapes and as edges.
    differ
        Shape ``(parts,)``: what the parts of a pair differ in.
    same
        Shape ``(parts,)``: what they have in common, if anything.
    """
    first, second = shapely.STRtree(parts).query(parts)
    rivals = (first < second) & (differ[first] != differ[second])
    if same is not None:
        rivals &= same[first] == same[second]
    first, second = first[rivals], second[rivals]
    shared = shared_areas(edges, edges, first, second)
    real = shared > TINY
    return first[real], second[real], shared[real]


def without_earlier(parts: Shapes, first: Index, second: Index) -> Shapes:
    """Return the parts, each without what the earlier one of a pair holds of it."""
    reduced = parts.copy()
    for loser, group in pd.DataFrame({"first": first}).groupby(second)["first"]:
        rest = parts[loser]
        for winner in group:
            rest = _less(rest, parts[winner])
        reduced[loser] = rest
    return reduced


def _less(area: BaseGeometry, other: BaseGeometry) -> BaseGeometry:
    """Return ``area`` less ``other``; crumbs are not cut off."""
    pair = edges_of(np.array([area], dtype=object)), edges_of(np.array([other], dtype=object))
    shared = float(shared_areas(*pair, np.zeros(1, dtype=np.intp), np.zeros(1, dtype=np.intp))[0])
    return safe_difference(area, other, shared) if shared > TINY else area


def joined(parts: Shapes) -> BaseGeometry:
    """Return parts of one dimension that do not overlap as one shape; areas are proved by their sum."""
    if len(parts) == 1:
        return parts[0]
    whole = shapely.union_all(parts)
    if shapely.get_dimensions(whole) == LINE:
        return shapely.line_merge(whole)
    if shapely.get_dimensions(whole) == AREA and not same_area(
        shapely.area(whole), np.asarray(shapely.area(parts).sum())
    ):
        whole = shapely.union_all(parts, grid_size=GRID_M)
    return whole
