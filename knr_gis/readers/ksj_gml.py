"""
国土数値情報 GML (``ksj:Dataset``): shapes stand apart from the features, which point to them.

GDAL reads the parts without joining them. Here the file is read twice, element by element: first the
boxes of all shapes and the features, then the coordinates of those shapes that are wanted. Memory
holds one box per shape, never the whole file.

The form is that of the published product specifications (GML 3.2): ``gml:Curve`` with ``gml:posList``
in the order latitude, longitude; ``gml:Surface`` whose rings name curves by ``xlink:href``;
``gml:Point``; then features such as ``ksj:AdministrativeBoundary`` with ``<ksj:bounds xlink:href="#sf1"/>``.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from knr_gis.crs import Bounds, parse_crs
from knr_gis.errors import CrsError, ReadError
from knr_gis.readers.ksj_xml import (
    FAMILIES,
    HREF,
    Patch,
    Points,
    Ring,
    element_id,
    elements,
    local_name,
    namespace,
    patches_of,
    points_of,
    target_of,
)
from knr_gis.readers.sniff import head

_SYSTEMS = {"JGD2011": 6668, "JGD2000": 4612, "TD": 4301}
_EPSG = re.compile(r"EPSG(?:/0/|::?|/)(\d+)")


@dataclass(frozen=True)
class KsjFeature:
    """A feature: the id of its shape and its attributes by element name."""

    shape: str
    values: dict[str, str | None]


@dataclass
class KsjIndex:
    """
    What a file holds, without its coordinates.

    Parameters
    ----------
    boxes
        Bounds of each point and curve by id, in longitude and latitude.
    patches
        Patches of each surface by id.
    aliases
        Curves that are another curve (``gml:OrientableCurve``).
    features
        Features by element name, e.g. ``"Station"``.
    """

    path: Path
    name: str
    srs_name: str = ""
    boxes: dict[str, Bounds] = field(default_factory=dict)
    families: dict[str, str] = field(default_factory=dict)
    patches: dict[str, list[Patch]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    features: dict[str, list[KsjFeature]] = field(default_factory=dict)


def is_ksj_gml(path: Path) -> bool:
    """Tell whether an XML file is a 国土数値情報 data set (not its metadata, not another GML)."""
    return b"<ksj:Dataset" in head(path)


def index_ksj(path: Path, name: str) -> KsjIndex:
    """
    Return what a file holds, reading it once.

    Raises
    ------
    ReadError
        If the file is not well-formed (a download cut off, say) or a coordinate is no number.
    """
    index = KsjIndex(path, name)
    for kind, element in elements(path, name):
        if kind == "boundedBy":
            srs = (part.get("srsName") for part in element.iter())
            index.srs_name = next(filter(None, srs), index.srs_name)
        elif kind == "OrientableCurve":
            base = next(part.get(HREF) for part in element if part.get(HREF))
            index.aliases[element_id(element)] = target_of(base)
        elif kind in FAMILIES:
            _index_shape(index, kind, element)
        elif namespace(element) != "gml" and len(element):
            _index_feature(index, kind, element)
    return index


def ksj_crs(index: KsjIndex, stated: str | None) -> CRS:
    """Return the CRS of a file, or the stated one where the file names none that is known."""
    system = index.srs_name.split("/")[0].strip()
    if system in _SYSTEMS:
        return parse_crs(_SYSTEMS[system])
    found = _EPSG.search(index.srs_name)
    if found:
        return parse_crs(int(found[1]))
    if stated is None:
        raise CrsError("crs.missing", where=index.name)
    return parse_crs(stated)


def family_of(index: KsjIndex, feature_name: str) -> str:
    """Return the geometry type of the first feature of a name."""
    return index.families.get(_resolved(index, index.features[feature_name][0].shape), "Unknown")


def extent_of(index: KsjIndex) -> Bounds | None:
    """Return the bounds of all shapes of a file; None if there are none."""
    if not index.boxes:
        return None
    boxes = np.array(list(index.boxes.values()))
    (west, south), (east, north) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    return float(west), float(south), float(east), float(north)


def columns_of(index: KsjIndex, feature_name: str) -> list[str]:
    """Return the names of the attributes that features of a name have."""
    return list(dict.fromkeys(key for f in index.features[feature_name] for key in f.values))


def read_ksj(
    index: KsjIndex, feature_name: str, *, crs: CRS, boxes: Sequence[Bounds] | None
) -> gpd.GeoDataFrame:
    """
    Return the features of one element name that touch one of the boxes, reading the file once more.

    Without boxes all features are returned; features without a shape never are.

    Raises
    ------
    ReadError
        If a feature points to a shape that the file does not hold.
    """
    placed = [f for f in index.features[feature_name] if f.shape]
    wanted = [f for f in placed if boxes is None or _touches(_box(index, f.shape), boxes)]
    needed = {curve for f in wanted for curve in _curves(index, f.shape)}
    points = _read_points(index, needed)
    shapes = [_shape(index, f.shape, points) for f in wanted]
    columns = columns_of(index, feature_name)
    rows = pd.DataFrame([f.values for f in wanted], columns=columns, dtype=object)
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=crs)


def _index_shape(index: KsjIndex, kind: str, element: ET.Element) -> None:
    shape = element_id(element)
    index.families[shape] = FAMILIES[kind]
    if FAMILIES[kind] == "Polygon":
        index.patches[shape] = patches_of(element)
    for curve, points in points_of(kind, element, index.name):
        (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
        index.boxes[curve] = (float(west), float(south), float(east), float(north))


def _index_feature(index: KsjIndex, kind: str, element: ET.Element) -> None:
    """Note a feature; a shape written inside it is noted as well."""
    shapes: list[str] = []
    values: dict[str, str | None] = {}
    for child in element:
        inline = next((part for part in child.iter() if local_name(part) in FAMILIES), None)
        if inline is not None:
            _index_shape(index, local_name(inline), inline)
            shapes.append(element_id(inline))
        elif child.get(HREF):
            shapes.append(target_of(child.get(HREF)))
        else:
            values |= _joined(values, local_name(child), "".join(child.itertext()).strip())
    known = [s for s in shapes if _resolved(index, s) in index.families]
    shape = (known or shapes or [""])[0]
    index.features.setdefault(kind, []).append(KsjFeature(shape, values))


def _joined(values: dict[str, str | None], key: str, text: str) -> dict[str, str | None]:
    """Return an attribute; one that is given several times keeps all its values."""
    before = values.get(key)
    return {key: "、".join(filter(None, (before, text))) or None}


def _read_points(index: KsjIndex, needed: set[str]) -> dict[str, Points]:
    found: dict[str, Points] = {}
    for _, element in elements(index.path, index.name):
        for part in element.iter():
            kind = local_name(part)
            if kind in FAMILIES and (FAMILIES[kind] == "Polygon" or element_id(part) in needed):
                found |= {
                    curve: points for curve, points in points_of(kind, part, index.name) if curve in needed
                }
    return found


def _resolved(index: KsjIndex, shape: str) -> str:
    return index.aliases.get(shape, shape)


def _curves(index: KsjIndex, shape: str) -> Iterator[str]:
    """Yield the ids of all curves (or points) that a shape is made of."""
    if shape not in index.patches:
        yield _resolved(index, shape)
    for outer, holes in index.patches.get(shape, ()):
        for ring in (outer, *holes):
            yield from (_resolved(index, curve) for curve in ring)


def _box(index: KsjIndex, shape: str) -> Bounds:
    """Return the bounds of a shape; raise ReadError when a part of it is not in the file."""
    try:
        boxes = np.array([index.boxes[curve] for curve in _curves(index, shape)])
        low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    except (KeyError, IndexError) as error:
        raise ReadError("read_vector.gml_unresolved", path=index.name, id=shape or "-") from error
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _touches(box: Bounds, others: Sequence[Bounds]) -> bool:
    west, south, east, north = box
    return any(west <= o[2] and east >= o[0] and south <= o[3] and north >= o[1] for o in others)


def _shape(index: KsjIndex, shape: str, points: dict[str, Points]) -> BaseGeometry:
    if shape not in index.patches:
        row = points[_resolved(index, shape)]
        return shapely.Point(row[0]) if len(row) == 1 else shapely.LineString(row)
    try:
        polygons = [
            shapely.Polygon(_closed(index, outer, points), [_closed(index, hole, points) for hole in holes])
            for outer, holes in index.patches[shape]
        ]
    except ValueError as error:  # a ring of fewer than three corners, or one that does not join up
        raise ReadError("read_vector.gml_unresolved", path=index.name, id=shape) from error
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _closed(index: KsjIndex, ring: Ring, points: dict[str, Points]) -> Points:
    """Return the vertices of a ring; several curves are joined end to end, in whatever direction."""
    rows = [points[_resolved(index, curve)] for curve in ring]
    if len(rows) > 1:
        merged = shapely.line_merge(shapely.MultiLineString(rows))
        if merged.geom_type != "LineString":
            raise ValueError(ring)
        rows = [shapely.get_coordinates(merged)]
    outline = rows[0]
    return outline if np.array_equal(outline[0], outline[-1]) else np.vstack([outline, outline[:1]])
