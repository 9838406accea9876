"""Geometry for the screen: simplified, in 1e-5 degree steps, as flat lists of whole numbers."""

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from knr_gis.crs import require_crs, to_web

DEGREE_STEPS = 100_000
TOLERANCES_M = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
MAX_VERTICES = 1_000_000
SPARSE_TOLERANCES = 50  # mean distance of vertices, in tolerances, from which on simplifying is spared
_KINDS = {0: "point", 1: "line", 2: "line", 3: "polygon"}

Geometries = NDArray[Any]
Block = dict[str, Any]


def placed(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the features that have a position; the others cannot be drawn and are counted by the caller."""
    shapes = frame.geometry.values
    has_shape = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    finite = np.isfinite(shapely.bounds(shapes)).all(axis=1)
    return frame[has_shape & finite]


def display_tolerance(frame: gpd.GeoDataFrame, *, at_least: float = TOLERANCES_M[0]) -> float:
    """
    Return the tolerance in metres by which a layer is simplified for the screen.

    It is the smallest of TOLERANCES_M, not below ``at_least``, that leaves at most MAX_VERTICES
    vertices; 0 for points.
    """
    shapes = frame.geometry.values
    if len(frame) == 0 or (shapely.get_dimensions(shapes) == 0).all():
        return 0.0
    if shapely.get_num_coordinates(shapes).sum() <= MAX_VERTICES:
        return at_least
    ladder = [step for step in TOLERANCES_M if step >= at_least]
    for step in ladder:
        shapes = shapely.simplify(shapes, step)
        if shapely.get_num_coordinates(shapes).sum() <= MAX_VERTICES:
            return step
    return ladder[-1]


def encode_blocks(frame: gpd.GeoDataFrame, *, tolerance_m: float) -> list[Block]:
    """
    Return the shapes of a frame, one block per kind of geometry.

    Parameters
    ----------
    frame
        Placed features in a CRS in metres.
    tolerance_m
        Douglas-Peucker tolerance for lines and outlines; for the display only.

    Returns
    -------
    list of dict
        ``kind`` (``polygon``, ``line`` or ``point``), ``rows`` (position of each feature in the
        frame), ``rings`` (rings, lines or points of each of these), ``sizes`` (vertices of each ring;
        the closing vertex of a polygon is left out), ``first`` (longitude and latitude by turns in 1e-5
        degree of the first vertex of each ring, as the difference to that of the ring before) and
        ``steps`` (of every other vertex, as the difference to the vertex before it).
    """
    require_crs(frame, "webmap")
    parts, rows = _single_parts(frame.geometry.values)
    kinds = np.array([_KINDS[number] for number in shapely.get_type_id(parts)], dtype=object)
    blocks = []
    for kind in ("polygon", "line", "point"):
        chosen = kinds == kind
        if chosen.any():
            shapes = _for_screen(parts[chosen], frame.crs, tolerance_m if kind != "point" else 0.0)
            blocks.append(_encode(kind, shapes, rows[chosen]))
    return blocks


def _single_parts(shapes: Geometries) -> tuple[Geometries, NDArray[np.int64]]:
    """Return points, lines and polygons, and the row of each; collections are opened, however deep."""
    parts, rows = np.asarray(shapes, dtype=object), np.arange(len(shapes))
    while (shapely.get_type_id(parts) > 3).any():
        parts, index = shapely.get_parts(parts, return_index=True)
        rows = rows[index]
    filled = ~shapely.is_empty(parts)
    return parts[filled], rows[filled]


def _for_screen(shapes: Geometries, crs: Any, tolerance_m: float) -> Geometries:
    if tolerance_m > 0 and not is_sparse(shapes, tolerance_m):
        shapes = shapely.simplify(shapes, tolerance_m)
    web = to_web(gpd.GeoDataFrame(geometry=gpd.GeoSeries(shapes, crs=crs)))
    return np.asarray(web.geometry.values, dtype=object)


def is_sparse(shapes: Geometries, tolerance_m: float) -> bool:
    """Tell whether vertices lie so far apart that simplifying would hardly drop any, and can be spared."""
    vertices = int(shapely.get_num_coordinates(shapes).sum())
    return bool(shapely.length(shapes).sum() > SPARSE_TOLERANCES * tolerance_m * vertices)


def _encode(kind: str, shapes: Geometries, rows: NDArray[np.int64]) -> Block:
    """Return one block; ``rows`` is ascending and tells the feature of each shape."""
    if kind == "polygon":
        shapes, index = shapely.get_rings(shapes, return_index=True)
        rows = rows[index]
    degrees, ring = shapely.get_coordinates(shapes, return_index=True)
    steps = np.rint(degrees * DEGREE_STEPS).astype(np.int64)
    kept = _kept_vertices(steps, ring, closed=kind == "polygon")
    steps, ring = steps[kept], ring[kept]
    first = np.diff(ring, prepend=-1) != 0
    features, rings = np.unique(rows, return_counts=True)
    return {
        "kind": kind,
        "rows": features,
        "rings": rings,
        "sizes": np.bincount(ring, minlength=len(shapes)),
        "first": np.diff(steps[first], axis=0, prepend=np.zeros((1, 2), np.int64)).ravel(),
        "steps": np.diff(steps, axis=0, prepend=np.zeros((1, 2), np.int64))[~first].ravel(),
    }


def _kept_vertices(steps: NDArray[np.int64], ring: NDArray[np.int64], *, closed: bool) -> NDArray[np.bool_]:
    """Tell which vertices stay: not those that fall on the one before, not the closing one."""
    first = np.diff(ring, prepend=-1) != 0
    moved = (np.diff(steps, axis=0, prepend=steps[:1]) != 0).any(axis=1)
    kept: NDArray[np.bool_] = first | moved
    if closed:
        last = np.diff(ring, append=ring[-1] + 1) != 0
        kept &= ~last | first
    return kept


def label_points(frame: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """
    Return where to write each feature's label: longitude and latitude, shape ``(rows, 2)``.

    In areas it is the centre of the largest circle that fits in, so that the name of a bent
    municipality stands where it is widest; on lines it is half-way along the longest part.
    """
    points = np.array([_label_point(shape) for shape in frame.geometry.values], dtype=object)
    web = to_web(gpd.GeoDataFrame(geometry=gpd.GeoSeries(points, crs=frame.crs)))
    degrees: NDArray[np.float64] = shapely.get_coordinates(web.geometry.values)
    return degrees


def _label_point(shape: Any) -> Any:
    parts = shapely.get_parts(shape)
    dimension = int(shapely.get_dimensions(shape))
    if dimension == 2:
        largest = parts[int(np.argmax(shapely.area(parts)))]
        coarse = shapely.simplify(largest, float(np.sqrt(largest.area)) / 100)
        return shapely.get_point(shapely.maximum_inscribed_circle(coarse), 0)
    if dimension == 1:
        longest = parts[int(np.argmax(shapely.length(parts)))]
        return shapely.line_interpolate_point(longest, 0.5, normalized=True)
    return parts[0]
