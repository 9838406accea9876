"""Which reader reads which file: by ending, by what is inside, and by what the layer may come as."""

import re
import zipfile
from pathlib import Path

from knr_gis.errors import ReadError
from knr_gis.layers import Layer
from knr_gis.readers import Reader, ReadRequest, ReadResult
from knr_gis.readers.archive import unpacked
from knr_gis.readers.mesh import read_mesh
from knr_gis.readers.osm import read_osm
from knr_gis.readers.raster import read_raster
from knr_gis.readers.table import read_table
from knr_gis.readers.tiles import read_tiles
from knr_gis.readers.vector import read_vector

READERS: dict[str, Reader] = {
    "vector": read_vector,
    "table": read_table,
    "mesh": read_mesh,
    "osm": read_osm,
    "raster": read_raster,
    "tiles": read_tiles,
}
_BY_SUFFIX = {
    ".shp": "vector", ".gml": "vector", ".geojson": "vector", ".gpkg": "vector", ".fgb": "vector",
    ".xlsx": "table", ".xlsm": "table", ".xls": "table", ".csv": "table", ".tsv": "table", ".txt": "table",
    ".pbf": "osm", ".osm": "osm", ".tif": "raster", ".tiff": "raster",
}  # fmt: skip
_TILE = re.compile(r"(^|/)\d+/\d+/\d+\.png$")
_MESH_SUFFIXES = (".txt", ".csv")
_HEAD_BYTES = 4096


def read_file(request: ReadRequest) -> ReadResult:
    """
    Read one file with the reader that fits it.

    Raises
    ------
    ReadError
        If the file is not there, is empty, or is of a format that the layer cannot come as.
    """
    path, layer = request.path, request.layer
    if not path.exists():
        raise ReadError("registry.no_file", path=path)
    if path.is_file() and path.stat().st_size == 0:
        raise ReadError("registry.empty_file", path=path.name)
    name = sniff_format(path, layer)
    if name not in layer.formats:
        wanted = "・".join(layer.formats)
        raise ReadError("registry.wrong_format", path=path.name, layer=layer.title_ja, wanted=wanted)
    return READERS[name](request)


def sniff_format(path: Path, layer: Layer) -> str:
    """Return the name of the reader for a file (a key of READERS)."""
    if path.is_dir():
        return "tiles"
    suffix = path.suffix.lower()
    if suffix == ".json":
        return _sniff_json(path)
    if suffix == ".topojson":
        return "vector"  # which says why it is not read
    if suffix == ".xml":
        return "osm" if b"<osm" in _head(path) else "vector"
    kind = _sniff_zip(path) if suffix == ".zip" else _BY_SUFFIX.get(suffix, "")
    if not kind:
        raise ReadError("registry.unknown_suffix", path=path.name, known=" ".join(sorted(_BY_SUFFIX)))
    if kind == "table" and "mesh" in layer.formats and _mentions_key_code(path):
        return "mesh"
    return kind


def _sniff_json(path: Path) -> str:
    """Tell Overpass, a list of records and GeoJSON apart by how the text begins."""
    head = _head(path).decode("utf-8-sig", errors="replace").lstrip()
    if head.startswith("["):
        return "table"
    return "osm" if '"elements"' in head and '"features"' not in head else "vector"


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(_HEAD_BYTES)


def _sniff_zip(path: Path) -> str:
    """Tell by the members; a broken archive goes to the vector reader, which says what is wrong."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.lower() for name in archive.namelist()]
    except (zipfile.BadZipFile, OSError):
        return "vector"
    if any(_TILE.search(name) for name in names):
        return "tiles"
    kinds = {_BY_SUFFIX.get(Path(name).suffix, "") for name in names}
    return next((kind for kind in ("vector", "raster", "osm", "table") if kind in kinds), "vector")


def _mentions_key_code(path: Path) -> bool:
    """Tell whether the first line of a table (in a ZIP or not) names the mesh code of e-Stat."""
    if path.suffix.lower() == ".zip":
        with unpacked(path, _MESH_SUFFIXES) as members:
            return any(b"KEY_CODE" in _head(member.path) for member in members)
    return path.suffix.lower() in (*_MESH_SUFFIXES, ".tsv") and b"KEY_CODE" in _head(path)
