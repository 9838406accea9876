"""Exact pieces of one layer on another: areas, lengths and counts that close.

Large polygons are halved until they are small and found with a tree. Areas and lengths are sums over pairs
of edges (``trapezoids``), so that no figure hangs on the noding of an outline; geometry is cut only where a
piece is asked for, and proved by those sums. Measured beside other ways: docs/speed.md.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from knr_gis.cutting import (
    AREA,
    LINE,
    MAX_VERTICES,
    TINY,
    atoms,
    intersection_or_empty,
    joined,
    proved_intersection,
    safe_intersection,
    same_area,
    split_polygons,
    valid_polygons,
)
from knr_gis.edges import Edges, Floats, Index, Shapes, edges_of, segments_of
from knr_gis.threads import in_threads
from knr_gis.trapezoids import covered_lengths, proper_areas, shared_areas
from knr_gis.zones import Zones, make_zones

__all__ = [
    "MAX_VERTICES",
    "Shapes",
    "Zones",
    "dimension_of",
    "make_zones",
    "measure",
    "pieces",
    "safe_intersection",
    "sizes_of",
    "split_polygons",
    "valid_polygons",
]

CHUNK = 50_000
_LARGE = 2 * MAX_VERTICES
_COLLECTION = 7
_GEOS_SLICE = 200
_MANY_ROWS = 4


class Rows(NamedTuple):
    """
    What features and parts share, one row per pair that shares anything.

    Parameters
    ----------
    feature
        Position in the chunk.
    part
        Position in ``Zones.parts``.
    amount
        Square metres, metres, or 1.
    shape
        The polygon, line or point (a feature or, of a large polygon, a part of it) that was measured.
    whole
        Amount of the whole of ``shape``.
    """

    feature: Index
    part: Index
    amount: Floats
    shape: Shapes
    whole: Floats


def dimension_of(shapes: Shapes) -> NDArray[np.int64]:
    """Return 0 for points, 1 for lines, 2 for areas, -1 for what has no place; shape ``(n,)``."""
    return np.where(shapely.is_missing(shapes) | shapely.is_empty(shapes), -1, shapely.get_dimensions(shapes))


def sizes_of(shapes: Shapes) -> Floats:
    """Return square metres of areas, metres of lines, 1 for points; shapes are of one dimension."""
    dimension = int(dimension_of(shapes).max(initial=-1))
    if dimension == AREA:
        return np.asarray(shapely.area(shapes), dtype=float)
    return np.asarray(shapely.length(shapes), dtype=float) if dimension == LINE else np.ones(len(shapes))


def measure(shapes: Shapes, zones: Zones) -> pd.DataFrame:
    """
    Return how much of each feature lies in each zone.

    Parameters
    ----------
    shapes
        Shape ``(n,)``, all of one dimension (``dimension_of``). They are taken in chunks, so that memory
        beyond the shapes and the table does not grow with them.

    Returns
    -------
    DataFrame
        Columns ``feature`` and ``zone`` (positions) and ``amount``: square metres, metres, or 1 for a
        point. A line along a shared border and a point on one are counted once.
    """
    starts = range(0, len(shapes), CHUNK)
    sums = [_sums(shapes[s : s + CHUNK], zones, s) for s in starts]
    empty = pd.DataFrame({"feature": np.empty(0, int), "zone": np.empty(0, int), "amount": np.empty(0)})
    return pd.concat([empty, *sums], ignore_index=True) if sums else empty


def _sums(chunk: Shapes, zones: Zones, start: int) -> pd.DataFrame:
    """Return the amounts of one chunk added up by feature and zone."""
    dimension = max(int(dimension_of(chunk).max(initial=-1)), 0)
    table = _grouped(_MEASURERS[dimension](chunk, zones), zones)[0]
    return table.assign(feature=table["feature"] + start)[table["amount"] > TINY]


def _grouped(rows: Rows, zones: Zones) -> tuple[pd.DataFrame, Index]:
    """Return the amounts added up by feature and zone, and the group of each row."""
    key, place = np.unique(rows.feature * zones.count + zones.owner[rows.part], return_inverse=True)
    amount = np.bincount(place, rows.amount, minlength=len(key))
    feature, zone = np.divmod(key, max(zones.count, 1))
    return pd.DataFrame({"feature": feature, "zone": zone, "amount": amount}), place


def _near_pairs(chunk: Shapes, zones: Zones) -> tuple[Index, Index]:
    """Return features and parts whose boxes meet, from west to east: neighbours find the same parts."""
    order = np.argsort(shapely.bounds(chunk)[:, 0], kind="stable")
    feature, part = zones.tree.query(chunk[order])
    return order[feature], part


# --- areas -------------------------------------------------------------------------------------------


def _area_rows(chunk: Shapes, zones: Zones) -> Rows:
    near = pd.unique(_near_pairs(chunk, zones)[0])
    solid, edges, source = _solid(chunk[near])
    row, part = zones.tree.query(solid)
    amount = shared_areas(edges, zones.edges, row, part)
    real = amount > 0
    row, part, amount = row[real], part[real], amount[real]
    whole = np.asarray(shapely.area(solid), dtype=float)[row]
    return Rows(near[source[row]], part, amount, solid[row], whole)


def _solid(chunk: Shapes) -> tuple[Shapes, Edges, Index]:
    """Return valid polygons that together are the features, large ones in parts, and whose they are."""
    places = dimension_of(chunk) == AREA
    odd = (shapely.get_num_coordinates(chunk) > _LARGE) | (shapely.get_type_id(chunk) == _COLLECTION)
    plain = np.flatnonzero(places & ~odd)
    edges = edges_of(chunk[plain])
    twice = ~same_area(proper_areas(edges), shapely.area(chunk[plain]))
    if len(plain) == len(chunk) and not twice.any():
        return chunk, edges, plain
    odd[plain[twice]] = True
    kept, others = np.flatnonzero(places & ~odd), np.flatnonzero(places & odd)
    parts, source = split_polygons(chunk[others])
    solid = np.concatenate([chunk[kept], parts])
    return solid, edges_of(solid), np.concatenate([kept, others[source]])


def _area_pieces(rows: Rows, zones: Zones) -> Shapes:
    """Return the geometry of each row; what lies in the other as a whole is not cut."""
    others = zones.parts[rows.part]
    cut = rows.shape.copy()
    inner = same_area(rows.amount, zones.part_areas[rows.part])
    cut[inner] = others[inner]
    crossing = ~inner & ~same_area(rows.amount, rows.whole)
    valid = valid_polygons(rows.shape[crossing])
    cut[crossing] = proved_intersection(valid, others[crossing], rows.amount[crossing])
    return cut


# --- lines -------------------------------------------------------------------------------------------


def _line_rows(chunk: Shapes, zones: Zones) -> Rows:
    """Measure lines; features that follow a border for a stretch are cut by order of priority."""
    feature, part = _near_pairs(chunk, zones)
    row, near = pd.factorize(feature)
    covered = covered_lengths(segments_of(chunk[near]), zones.edges, zones.turned, i=row, j=part)
    follows = np.isin(feature, feature[covered.on_border])
    shape, amount = chunk[feature], covered.length.copy()
    shape[follows] = _by_priority(chunk, zones, feature[follows], part[follows])
    amount[follows] = shapely.length(shape[follows])
    real = amount > 0
    whole = np.asarray(shapely.length(shape[real]), dtype=float)
    return Rows(feature[real], part[real], amount[real], shape[real], whole)


def _by_priority(chunk: Shapes, zones: Zones, feature: Index, part: Index) -> Shapes:
    """Return lines in parts; a stretch along a border goes to the part of the lowest priority number."""
    cut, left = np.full(len(feature), shapely.LineString(), dtype=object), chunk.copy()
    for row in np.lexsort((part, zones.priority[part])):
        cut[row] = shapely.intersection(left[feature[row]], zones.parts[part[row]])
        left[feature[row]] = shapely.difference(left[feature[row]], zones.parts[part[row]])
    return cut


def _line_pieces(rows: Rows, zones: Zones) -> Shapes:
    cut = rows.shape.copy()
    crossing = np.flatnonzero(~same_area(rows.amount, rows.whole))
    cut[crossing] = in_threads(
        shapely.intersection, rows.shape[crossing], zones.parts[rows.part[crossing]], size=_GEOS_SLICE
    )
    return cut


# --- points ------------------------------------------------------------------------------------------


def _point_rows(chunk: Shapes, zones: Zones) -> Rows:
    """Give each point on a border to the part of the lowest priority number."""
    feature, part = zones.tree.query(chunk)
    touching = shapely.intersects(zones.parts[part], chunk[feature])
    feature, part = feature[touching], part[touching]
    order = np.lexsort((part, zones.priority[part], feature))
    feature, part = feature[order], part[order]
    _, first = np.unique(feature, return_index=True)
    ones = np.ones(len(first))
    return Rows(feature[first], part[first], ones, chunk[feature[first]], ones)


def _point_pieces(rows: Rows, zones: Zones) -> Shapes:  # noqa: ARG001  one signature for all three
    return rows.shape


_MEASURERS = {0: _point_rows, LINE: _line_rows, AREA: _area_rows}
_CUTTERS = {0: _point_pieces, LINE: _line_pieces, AREA: _area_pieces}


# --- geometry ----------------------------------------------------------------------------------------


def pieces(shapes: Shapes, zones: Zones) -> pd.DataFrame:
    """
    Return what ``measure`` returns with the column ``geometry``: one piece per feature and zone.

    A feature that lies wholly in one zone is its own piece; others are cut, and the areas of the cut
    are proved by the sums of ``measure``.
    """
    columns = ["feature", "zone", "amount", "geometry"]
    chunks = [_pieces(shapes[s : s + CHUNK], zones, s) for s in range(0, len(shapes), CHUNK)]
    table = pd.concat(chunks, ignore_index=True) if chunks else pd.DataFrame(columns=columns)
    return table.astype({"feature": int, "zone": int, "amount": float})


def _pieces(chunk: Shapes, zones: Zones, start: int) -> pd.DataFrame:
    dimension = max(int(dimension_of(chunk).max(initial=-1)), 0)
    rows = _MEASURERS[dimension](chunk, zones)
    sums, place = _grouped(rows, zones)
    geometry = chunk[sums["feature"].to_numpy()]
    size = sizes_of(geometry)
    partly = ~same_area(sums["amount"].to_numpy(), size) | (shapely.get_type_id(geometry) == _COLLECTION)
    if dimension == AREA:
        partly &= ~_cut_at_once(geometry, sums, zones, partly & (np.bincount(place) > _MANY_ROWS))
    chosen = partly[place]
    cut = _CUTTERS[dimension](Rows(*(column[chosen] for column in rows)), zones)
    geometry[partly] = _merged(cut, np.searchsorted(np.flatnonzero(partly), place[chosen]), dimension)
    table = sums.assign(feature=sums["feature"] + start, geometry=geometry)
    return table[table["amount"] > TINY]


def _cut_at_once(
    geometry: Shapes, sums: pd.DataFrame, zones: Zones, wanted: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """
    Put the intersection of whole features and whole zones into ``geometry``, and return where it is proved.

    One cut through two large outlines is faster than joining hundreds of parts again.
    """
    group = np.flatnonzero(wanted) if zones.polygons is not None else np.empty(0, dtype=np.intp)
    proved = np.zeros(len(geometry), dtype=bool)
    if len(group) == 0 or zones.polygons is None:
        return proved
    others = zones.polygons[sums["zone"].to_numpy()[group]]
    cut = in_threads(intersection_or_empty, geometry[group], others, size=1)
    cut = _merged(cut, np.arange(len(cut)), AREA)
    good = same_area(shapely.area(cut), sums["amount"].to_numpy()[group])
    geometry[group[good]] = cut[good]
    proved[group[good]] = True
    return proved


def _merged(cut: Shapes, group: Index, dimension: int) -> Shapes:
    """Return the pieces of each group as one shape, without what has a lower dimension."""
    single, source = atoms(cut, dimension)
    order = np.argsort(group[source], kind="stable")
    groups, starts = np.unique(group[source][order], return_index=True)
    merged = np.full(int(group.max(initial=-1)) + 1, shapely.GeometryCollection(), dtype=object)
    many = np.empty(len(groups), dtype=object)
    many[:] = np.split(single[order], starts[1:]) if len(groups) else []
    merged[groups] = in_threads(lambda some: np.array([joined(a) for a in some], dtype=object), many, size=8)
    return merged
