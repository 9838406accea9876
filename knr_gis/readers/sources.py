"""What a vector file offers: its layers with columns, geometry and CRS, and which of them is meant."""

import codecs
import glob
import logging
import math
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import fiona
from fiona._err import CPLE_BaseError
from fiona.errors import FionaError
from pyproj import CRS

from knr_gis.crs import Bounds, parse_crs
from knr_gis.errors import ReadError
from knr_gis.layers import Layer
from knr_gis.readers.ksj_gml import KsjIndex, columns_of, extent_of, family_of, index_ksj, is_ksj_gml, ksj_crs
from knr_gis.readers.sniff import (
    as_utf8,
    dbf_encoding,
    is_topojson,
    require_content,
    states_crs,
    text_encoding,
)
from knr_gis.schema import canonical_columns, choose_form

_GDAL_LOG = logging.getLogger("fiona")
_GDAL_LOG.addHandler(logging.NullHandler())  # GDAL's words go into our own sentence

SUFFIXES = (".geojson", ".json", ".shp", ".gml", ".xml", ".gpkg", ".fgb")
_UNDECODED = "iso-8859-1"  # one character for each byte
_SHAPE_PARTS = (".shx", ".dbf")
_KSJ_COLUMN = re.compile(r"[A-Z]\d{2}[a-z]?_\d{3}$")
_GEOMETRY_COLUMN = "geometry"


@dataclass(frozen=True)
class Source:
    """
    One layer of one file.

    Parameters
    ----------
    name
        Name of the file (inside its archive) as published.
    layer
        Name of the layer; for 国土数値情報 GML the name of the feature element.
    geometry
        Type as the file states it, e.g. ``"MultiPolygon"``, ``"Unknown"``, ``"None"``.
    extent
        Bounds of all features in the file's coordinates; None if no feature has a shape.
    crs
        CRS that the file states; None if it states none.
    encoding
        Encoding of the text, where it comes undecoded (shapefiles): GDAL would drop a value whose last
        character the width of its column has cut, and guess where no ``.cpg`` is.
    raw_columns
        Column names as the file is asked for them, in the order of ``columns``.
    index
        Contents of a 国土数値情報 GML; None for files that GDAL reads.
    """

    name: str
    path: Path
    layer: str
    columns: tuple[str, ...]
    geometry: str
    count: int
    extent: Bounds | None
    crs: CRS | None
    options: dict[str, Any] = field(default_factory=dict)
    index: KsjIndex | None = None
    encoding: str = ""
    raw_columns: tuple[str, ...] = ()

    @property
    def family(self) -> str:
        """``point``, ``line``, ``polygon``, ``any`` (not stated) or ``none`` (a table)."""
        kind = self.geometry.removeprefix("3D ").removeprefix("Multi")
        known = {"Point": "point", "LineString": "line", "Polygon": "polygon", "None": "none"}
        return known.get(kind, "any")


def inspect_file(
    path: Path, name: str, folder: Path, *, encoding: str | None, crs: str | None
) -> list[Source]:
    """
    Return the layers of a file without reading its features into memory.

    Parameters
    ----------
    name
        Name to show and to tell the edition by.
    folder
        Temporary folder for copies, so that nothing is written beside the user's file.
    encoding, crs
        What the user states; see ReadRequest.

    Raises
    ------
    ReadError
        If the file is empty, cut off, of another format, or garbled.
    """
    require_content(path, name)
    suffix = path.suffix.lower()
    if suffix in (".gml", ".xml"):
        return _inspect_gml(path, name, folder, crs)
    if suffix in (".geojson", ".json"):
        return _inspect_geojson(path, name, folder, encoding=encoding, crs=crs)
    if suffix == ".shp":
        return [_inspect_shape(path, name, encoding)]
    options = {"IMMUTABLE": "YES"} if suffix == ".gpkg" and _is_settled(path) else {}
    return [_inspect_layer(path, name, layer, options) for layer in _layers(path, name)]


def _is_settled(path: Path) -> bool:
    """Tell whether no other program is writing: SQLite then need not lay its files beside it."""
    return not path.with_name(path.name + "-wal").exists()


def _inspect_gml(path: Path, name: str, folder: Path, crs: str | None) -> list[Source]:
    if is_ksj_gml(path):
        index = index_ksj(path, name)
        system = ksj_crs(index, crs)
        return [_ksj_source(index, element, system) for element in index.features]
    copy = folder / f"gml-{path.name}"  # GDAL lays a .gfs file beside what it opens
    shutil.copyfile(path, copy)
    return [_inspect_layer(copy, name, layer, {}) for layer in _layers(copy, name)]


def _ksj_source(index: KsjIndex, element: str, system: CRS) -> Source:
    columns, count = tuple(columns_of(index, element)), len(index.features[element])
    geometry = family_of(index, element)
    extent = extent_of(index)
    return Source(index.name, index.path, element, columns, geometry, count, extent, system, index=index)


def _inspect_geojson(
    path: Path, name: str, folder: Path, *, encoding: str | None, crs: str | None
) -> list[Source]:
    if is_topojson(path):
        raise ReadError("read_vector.topojson", path=name)
    readable = as_utf8(path, folder, text_encoding(path, name, encoding))
    try:
        source = _inspect_layer(readable, name, None, {})
    except ReadError as error:
        raise ReadError("read_vector.not_geojson", path=name) from error
    if crs is None or states_crs(path):
        return [source]
    return [replace(source, crs=parse_crs(crs))]


def _inspect_shape(path: Path, name: str, encoding: str | None) -> Source:
    beside = {p.suffix.lower(): p for p in path.parent.glob(f"{glob.escape(path.stem)}.*")}
    for part in _SHAPE_PARTS:
        if part not in beside:
            raise ReadError("read_vector.missing_part", path=name, part=part)
    found = dbf_encoding(beside[".dbf"], name, encoding)
    source = _inspect_layer(path, name, None, {"encoding": _UNDECODED})
    columns = tuple(decoded(column, found) for column in source.columns)
    return replace(source, columns=columns, raw_columns=source.columns, encoding=found)


def decoded(text: str, encoding: str) -> str:
    """Return text that came byte for byte; a last character that is cut off is left away."""
    return str(codecs.getincrementaldecoder(encoding)().decode(text.encode(_UNDECODED)))


def _layers(path: Path, name: str) -> list[str]:
    with _explained(name):
        return list(fiona.listlayers(path))


def _inspect_layer(path: Path, name: str, layer: str | None, options: dict[str, Any]) -> Source:
    """Return what a layer offers; without a name the only one (large files are opened once less)."""
    with open_layer(path, name, layer, options) as data:
        if data.driver == "TopoJSON":
            raise ReadError("read_vector.topojson", path=name)
        wkt = data.crs_wkt
        stated = None if not wkt or "Undefined" in wkt else parse_crs(wkt)
        columns = tuple(data.schema["properties"])
        geometry = str(data.schema[_GEOMETRY_COLUMN])
        return Source(name, path, data.name, columns, geometry, len(data), _bounds_of(data), stated, options)


def _bounds_of(data: fiona.Collection) -> Bounds | None:
    try:
        west, south, east, north = data.bounds
    except (FionaError, ValueError):  # GDAL's way of saying that there is no shape
        return None
    found = (west, south, east, north)
    return found if all(math.isfinite(value) for value in found) and len(data) else None


@contextmanager
def open_layer(
    path: Path, name: str, layer: str | None, options: dict[str, Any]
) -> Iterator[fiona.Collection]:
    """Yield an open layer; what GDAL says against it becomes one ReadError."""
    with _explained(name), fiona.open(path, layer=layer, **options) as data:
        yield data


class _Complaints(logging.Handler):
    """Keeps what GDAL calls a failure: it goes on with half a file and only says so in the log."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.reasons: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.reasons.append(record.getMessage())


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turn what fails inside, raised or only logged, into one ReadError."""
    complaints = _Complaints()
    _GDAL_LOG.addHandler(complaints)
    try:
        yield
    except (FionaError, CPLE_BaseError, UnicodeDecodeError, RuntimeError) as error:
        reason = (complaints.reasons or [str(error)])[0]
        raise ReadError("read_vector.broken", path=name, reason=_short(reason)) from error
    finally:
        _GDAL_LOG.removeHandler(complaints)
    if complaints.reasons:
        raise ReadError("read_vector.broken", path=name, reason=_short(complaints.reasons[0]))


def _short(reason: str) -> str:
    """Return a reason without the path of a temporary file."""
    return " ".join(Path(word).name if "/" in word else word for word in reason.split())


def choose_sources(sources: Sequence[Source], layer: Layer, file: str) -> list[Source]:
    """
    Return the layers that are meant: those that fit best.

    Layers of the same kind in several files of one archive belong together; within one file
    the choice must be clear.

    Raises
    ------
    ReadError
        If nothing is there, or several layers of one file fit equally well.
    """
    offered = [s for s in sources if s.family != "none"] or list(sources)
    if not offered:
        raise ReadError("read_vector.no_layer", path=file, layer=layer.title_ja, found="-")
    ranks = [fit(source, layer) for source in offered]
    chosen = [s for s, rank in zip(offered, ranks, strict=True) if rank == max(ranks)]
    if len({source.path for source in chosen}) < len(chosen):
        listed = "、".join(f"{s.layer}: {'/'.join(s.columns[:4])}" for s in chosen)
        raise ReadError(
            "read_vector.several_layers", path=file, layer=layer.title_ja, found=listed, id=layer.id
        )
    return chosen


def fit(source: Source, layer: Layer) -> tuple[bool, bool, bool, int, bool, int]:
    """
    Return how well a layer of a file suits: greater is better.

    In turn: it bears the layer's id; its geometry can serve; no required column is missing; how
    much of a published form it shows; its geometry is the layer's own; how few coded columns
    (``N02_005``; in GML all) stay unused, which tells stations from tracks.
    """
    form = choose_form(list(source.columns), layer)
    made = {**form.columns, **form.joins, **{ours: (name,) for ours, (name, _) in form.contains.items()}}
    used = {name for names in made.values() for name in names if name in source.columns}
    ours = {column for column, names in made.items() if used.intersection(names)}
    ours |= set(form.constants) | set(source.columns).intersection(canonical_columns())
    complete = all(column in ours for column in layer.required)
    coded = [n for n in source.columns if source.index is not None or _KSJ_COLUMN.match(n)]
    unused = sum(name not in used for name in coded)
    named, exact = source.layer == layer.id, source.family == layer.geometry
    return named, serves(source.family, layer), complete, len(form.match), exact, -unused


def serves(family: str, layer: Layer) -> bool:
    """Tell whether geometry of a family can become the layer's; stations come as short lines."""
    wanted = "polygon" if layer.geometry == "municipality" else layer.geometry
    return family in ("any", wanted) or (family == "line" and wanted == "point")
