"""Local files into the workspace: read through once, then copied; a bad file leaves no trace."""

import datetime as dt
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from knr_gis.build import Surroundings, read_raw
from knr_gis.definitions import nearest
from knr_gis.errors import ReadError, SettingsError
from knr_gis.findings import Finding
from knr_gis.grid import Grid
from knr_gis.layers import Layer
from knr_gis.provenance import LayerRecord, RawFile, Stated, file_digest, load_provenance
from knr_gis.schema import canonical_columns
from knr_gis.settings import Settings
from knr_gis.store import add_raw, forget_files


@dataclass(frozen=True, kw_only=True)
class Statement(Stated):
    """
    What is stated of a file on import.

    Parameters
    ----------
    origin
        Address that the file was downloaded from; its own name where empty.
    name
        Name in the workspace, where the file's own would clash with another of the same command.
    """

    origin: str = ""
    name: str = ""


@dataclass(frozen=True)
class Imported:
    """What came in: the record, the number of rows (cells of a raster) and what was noticed."""

    raw: RawFile
    rows: int
    findings: tuple[Finding, ...]


def import_file(
    settings: Settings,
    layer: Layer,
    surroundings: Surroundings,
    path: Path,
    statement: Statement | None = None,
) -> Imported:
    """
    Read a file to the end as the layer it is said to be, then copy it into the workspace.

    Parameters
    ----------
    surroundings
        Those of the layer (``load_surroundings``): the same for every file of a command, since
        drawing the boundary of detailed municipalities takes seconds.

    Raises
    ------
    ReadError, SchemaError, CrsError
        If the file cannot be used; nothing is written then.
    """
    said = statement or Statement()
    _require_columns_known(said.constants)
    if not path.exists():
        raise ReadError("registry.no_file", path=path)
    with _as_one_file(path) as source:
        raw = describe_file(source, path.name if not said.origin else said.origin, said)
        result = read_raw(source, raw, layer, surroundings)
        noticed = _take_over(settings.workspace, layer, source, raw)
    rows = result.data.values.size if isinstance(result.data, Grid) else len(result.data)
    return Imported(raw, rows, (*result.findings, *noticed))


def _take_over(workspace: Path, layer: Layer, source: Path, raw: RawFile) -> list[Finding]:
    """Put a file into the workspace and tell which earlier file gave way to it: nothing counts twice."""
    known = load_provenance(workspace).get(layer.id, LayerRecord()).raw
    add_raw(workspace, layer.id, source, raw)
    twins = [r.file for r in known if r.sha256 == raw.sha256 and r.file != raw.file]
    if twins:
        forget_files(workspace, layer.id, set(twins))
        values = {"file": raw.file, "others": "、".join(twins)}
        return [Finding("file_same", layer.id, "info", values=dict(values))]
    if any(r.file == raw.file and r.sha256 != raw.sha256 for r in known):
        return [Finding("file_replaced", layer.id, values={"file": raw.file})]
    return []


def describe_file(source: Path, origin: str, said: Statement) -> RawFile:
    """Return the record of a file with its digest and today's date."""
    size = source.stat().st_size if source.is_file() else sum(p.stat().st_size for p in source.rglob("*"))
    return RawFile(
        file=f"{Path(said.name).stem}{source.suffix}" if said.name else source.name,
        sha256=file_digest(source),
        size_bytes=size,
        origin=origin,
        obtained=dt.datetime.now(dt.UTC).astimezone().date().isoformat(),
        **{item.name: getattr(said, item.name) for item in fields(Stated)},
    )


def _require_columns_known(constants: dict[str, Any]) -> None:
    for name in constants:
        if name not in canonical_columns():
            raise SettingsError("ingest.no_column", name=name, hint=nearest(name, canonical_columns()) or "-")


@contextmanager
def _as_one_file(path: Path) -> Iterator[Path]:
    """Yield the file itself, or, for a shapefile, a ZIP of the parts that stand beside it."""
    if path.suffix.lower() != ".shp" or not path.is_file():
        yield path
        return
    with TemporaryDirectory() as folder:
        packed = Path(folder) / f"{path.stem}.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(path.parent.glob(f"{path.stem}.*")):
                archive.write(part, part.name)
        yield packed
