"""Vector files as published: ZIP, shapefile, GML, GeoJSON, GeoPackage, FlatGeobuf; clipped while read."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from knr_gis.crs import parse_crs
from knr_gis.errors import CrsError, ReadError
from knr_gis.findings import Finding
from knr_gis.layers import Layer
from knr_gis.readers import ReadRequest, ReadResult
from knr_gis.readers.archive import Unpacked, unpacked
from knr_gis.readers.family import keep_family
from knr_gis.readers.features import Rows, read_rows
from knr_gis.readers.sniff import require_content
from knr_gis.readers.sources import SUFFIXES, Source, choose_sources, inspect_file
from knr_gis.schema import choose_form

# One published archive often holds the same data in several forms; the first of these is read.
_FORMS = ((".geojson", ".json"), (".gpkg", ".fgb"), (".shp",), (".gml", ".xml"))
_PARTS = (".shx", ".dbf", ".prj", ".cpg")
_UTF8_FOLDER = re.compile(r"utf[-_]?8", re.IGNORECASE)
_METADATA = re.compile(r"KS-META|metadata", re.IGNORECASE)
_KSJ_NAME = re.compile(r"(?:^|_)[A-Z]\d{2}(?:-[a-z])?-(\d{8}|\d{4}|\d{2})(?=[_.])")
_CENTURY_TURN = 60


@dataclass(frozen=True)
class Part:
    """What was read of one layer of one file."""

    source: Source
    rows: Rows


def read_vector(request: ReadRequest) -> ReadResult:
    """
    Return the features of a file that touch the box, with the file's own columns and CRS.

    The file is streamed: only features inside ``request.bounds`` are held. A column ``edition`` is
    added where the name of a 国土数値情報 file tells the year (``A40-16_01.shp``: 2016). Lists in
    GeoJSON properties become text joined by 、. Third coordinates are dropped.

    Raises
    ------
    ReadError
        If the file is empty, broken, of another kind, or holds nothing inside the box.
    CrsError
        If neither the file nor the user nor the published form states a CRS, or if the coordinates
        cannot be in it.
    """
    name, layer = request.path.name, request.layer
    require_content(request.path, name)
    with _sources(request) as sources:
        chosen = choose_sources(sources, layer, name)
        parts = [
            Part(source, read_rows(source, _crs_of(source, request), request.reading_box))
            for source in chosen
        ]
    _require_rows(parts, name)
    frame = _united([part for part in parts if len(part.rows.frame)])
    fitting, findings = keep_family(frame, layer, name)
    return ReadResult(
        fitting, [*_selection_findings(sources, chosen, request), *_row_findings(parts, layer), *findings]
    )


def _crs_of(source: Source, request: ReadRequest) -> CRS:
    """Return the file's own CRS, else what the user states, else that of the published form."""
    if source.crs is not None:
        return source.crs
    stated = request.crs or _published_crs(source, request.layer)
    if not stated:
        raise CrsError("crs.missing", where=source.name)
    return parse_crs(stated)


def _published_crs(source: Source, layer: Layer) -> str:
    """
    Return the CRS that a publisher's specification sets for files of this form; empty where none is known.

    Many shapefiles of 国土数値情報 come without a ``.prj``; their coded columns tell which they are.
    """
    return choose_form(list(source.columns), layer).crs


@contextmanager
def _sources(request: ReadRequest) -> Iterator[list[Source]]:
    """Yield the layers on offer; temporary copies live until the block ends."""
    path, suffix = request.path, request.path.suffix.lower()
    if suffix == ".topojson":
        raise ReadError("read_vector.topojson", path=path.name)
    if suffix not in (".zip", *SUFFIXES):
        raise ReadError("read_vector.unknown_suffix", path=path.name, known=" ".join((".zip", *SUFFIXES)))
    with TemporaryDirectory(prefix="knr-read-") as folder:
        if suffix != ".zip":
            yield _inspected(Unpacked(path.name, path), Path(folder), request)
            return
        with unpacked(path, {*SUFFIXES, *_PARTS}) as members:
            files = _one_form(members)
            yield [source for file in files for source in _inspected(file, Path(folder), request)]


def _inspected(file: Unpacked, folder: Path, request: ReadRequest) -> list[Source]:
    return inspect_file(file.path, file.name, folder, encoding=request.encoding, crs=request.crs)


def _one_form(members: list[Unpacked]) -> list[Unpacked]:
    """Return the members of the preferred form, one for each name (UTF-8 rather than Shift_JIS)."""
    data = [m for m in members if not _METADATA.search(m.name)]
    for form in _FORMS:
        files = [m for m in data if m.path.suffix in form]
        if files:
            best_last = sorted(files, key=lambda m: bool(_UTF8_FOLDER.search(m.name)))
            return list({PurePosixPath(m.name).name.lower(): m for m in best_last}.values())
    return []


def _require_rows(parts: list[Part], name: str) -> None:
    """Raise ReadError when nothing came of a file, and say which kind of nothing."""
    if any(len(part.rows.frame) for part in parts):
        return
    total = sum(part.source.count for part in parts)
    if total == 0:
        raise ReadError("read_vector.no_rows", path=name)
    if all(part.rows.n_empty == part.source.count for part in parts):
        raise ReadError("read_vector.no_shapes", path=name, count=total)
    extent = next((part.rows.extent for part in parts if part.rows.extent), "-")
    raise ReadError("read_vector.outside", path=name, count=total, extent=extent)


def _united(parts: list[Part]) -> gpd.GeoDataFrame:
    """Return the rows of all files in the CRS of the first."""
    frames = [_with_edition(part) for part in parts]
    same = [frame if frame.crs == frames[0].crs else frame.to_crs(frames[0].crs) for frame in frames]
    return (
        gpd.GeoDataFrame(pd.concat(same, ignore_index=True), crs=frames[0].crs) if len(same) > 1 else same[0]
    )


def _with_edition(part: Part) -> gpd.GeoDataFrame:
    edition = edition_of(part.source.name)
    if not edition or "edition" in part.rows.frame:
        return part.rows.frame
    return part.rows.frame.assign(edition=edition)


def edition_of(name: str) -> str:
    """
    Return the edition that the name of a 国土数値情報 file tells, or an empty string.

    ``A40-16_01.shp`` gives ``"2016"``, ``N03-20250101_01.geojson`` gives ``"2025-01-01"``; such
    texts sort by age.
    """
    found = _KSJ_NAME.search(PurePosixPath(name).name)
    if not found:
        return ""
    digits = found[1]
    if len(digits) == len("YYYYMMDD"):
        return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
    if len(digits) == len("YY"):
        return f"{'20' if int(digits) < _CENTURY_TURN else '19'}{digits}"
    return digits


def _selection_findings(sources: list[Source], chosen: list[Source], request: ReadRequest) -> list[Finding]:
    """Return what was taken and left: several files as one layer, layers passed over, a CRS not heeded."""
    layer_id, findings = request.layer.id, []
    left = [s for s in sources if s not in chosen and s.family != "none"]
    if len(chosen) > 1:
        values = {"files": "、".join(s.name for s in chosen)}
        findings.append(Finding("files_united", layer_id, "info", values=values))
    if left:
        several = Counter(s.name for s in sources)
        names = (f"{s.name}（{s.layer}）" if several[s.name] > 1 else s.name for s in left)
        values = {"files": "、".join(names)}
        findings.append(Finding("files_left_out", layer_id, "info", values=values))
    stated = parse_crs(request.crs) if request.crs else None
    if any(s.crs is None for s in chosen) and not request.crs:
        values = {"crs": _published_crs(chosen[0], request.layer)}
        findings.append(Finding("crs_of_publisher", layer_id, "info", values=values))
    kept = next(
        (s.crs for s in chosen if stated and s.crs and not s.crs.equals(stated, ignore_axis_order=True)), None
    )
    if kept is not None:
        values = {"own": kept.to_string(), "stated": request.crs or ""}
        findings.append(Finding("crs_of_file_kept", layer_id, values=values))
    return findings


def _row_findings(parts: list[Part], layer: Layer) -> list[Finding]:
    """Return what was noticed about single features: no shape, swapped, impossible."""
    counts = {
        "geometry_empty": sum(part.rows.n_empty for part in parts),
        "shapes_swapped": sum(part.rows.n_swapped for part in parts),
        "coordinates_impossible": sum(part.rows.n_impossible for part in parts),
    }
    return [Finding(code, layer.id, values={"count": count}) for code, count in counts.items() if count]
