"""Points, lines, polygons: keep the features whose geometry is the layer's."""

from collections import Counter

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from knr_gis.errors import ReadError
from knr_gis.findings import Finding
from knr_gis.layers import Layer
from knr_gis.texts import say

_DIMENSIONS = {"point": 0, "line": 1, "polygon": 2, "municipality": 2}
_NAMES = {0: "point", 1: "line", 2: "polygon"}
_SHORT_LINE_M, _SHORT_LINE_DEGREES = 2_000.0, 0.02  # longer than any platform, shorter than a line


def keep_family(frame: gpd.GeoDataFrame, layer: Layer, file: str) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """
    Return the features that have the layer's geometry, and a finding with the count of the others.

    Of a collection the fitting parts are taken. Lines become points where all of them are short
    (stations of N02 come as the stretch of track at the platform).

    Raises
    ------
    ReadError
        If no feature fits.
    """
    wanted = _DIMENSIONS.get(layer.geometry)
    if wanted is None:
        return frame, []
    shapes, n_lines = _fitting_parts(frame.geometry.to_numpy(), wanted), 0
    if wanted == 0:
        shapes, n_lines = _short_lines_as_points(shapes, is_geographic=bool(frame.crs.is_geographic))
    dimensions = shapely.get_dimensions(shapes)
    others = Counter(_name(dimension) for dimension in dimensions[dimensions != wanted])
    if others.total() == len(frame):
        found = "・".join(others)
        raise ReadError(
            "read_vector.wrong_family", path=file, found=found, layer=layer.title_ja, wanted=_name(wanted)
        )
    kept = frame.set_geometry(shapes, crs=frame.crs)[dimensions == wanted].reset_index(drop=True)
    dropped = {"count": others.total(), "wanted": _name(wanted)}
    findings = [Finding("lines_as_points", layer.id, "info", values={"count": n_lines})] if n_lines else []
    return kept, [*findings, *([Finding("family_dropped", layer.id, values=dropped)] if others else [])]


def _name(dimension: int) -> str:
    return say(f"read_vector.family.{_NAMES.get(int(dimension), 'other')}")


def _fitting_parts(shapes: NDArray[np.object_], wanted: int) -> NDArray[np.object_]:
    """Return the shapes, collections of mixed kind reduced to their parts of one dimension."""
    mixed = shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION
    if not mixed.any():
        return shapes
    reduced = shapes.copy()
    for at in np.flatnonzero(mixed):
        parts = shapely.get_parts(shapes[at])
        fitting = parts[shapely.get_dimensions(parts) == wanted]
        reduced[at] = shapely.union_all(fitting) if len(fitting) else shapes[at]
    return reduced


def _short_lines_as_points(
    shapes: NDArray[np.object_], *, is_geographic: bool
) -> tuple[NDArray[np.object_], int]:
    limit = _SHORT_LINE_DEGREES if is_geographic else _SHORT_LINE_M
    lines = shapely.get_dimensions(shapes) == 1
    if not lines.any() or (shapely.length(shapes[lines]) > limit).any():  # roads or tracks, not platforms
        return shapes, 0
    points = shapes.copy()
    points[lines] = [_middle(shape) for shape in shapes[lines]]
    return points, int(lines.sum())


def _middle(line: BaseGeometry) -> BaseGeometry:
    """Return the point half-way along a line, along its longest part if it has several."""
    if line.length == 0:
        return shapely.Point(shapely.get_coordinates(line)[0])
    parts = shapely.get_parts(shapely.line_merge(line))
    longest = parts[int(np.argmax(shapely.length(parts)))]
    return shapely.line_interpolate_point(longest, 0.5, normalized=True)
