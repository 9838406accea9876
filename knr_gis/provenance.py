"""Where every layer in a workspace came from, as a record that is written in one step."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from knr_gis.atomic import atomic_path
from knr_gis.errors import StoreError
from knr_gis.findings import Finding

FILE = "provenance.json"
_FORMAT = 1
_LOCK_WAIT_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Stated:
    """
    What the user says of a file that cannot say it itself.

    Parameters
    ----------
    crs, encoding
        Empty where the file says it.
    constants
        Canonical columns that hold one value for the whole file, e.g. ``{"walk": False}``.
    credit, licence, edition
        Where the file is from, if it is not the official one of the layer: they take the place of
        what the layer definition says. Empty for official files.
    sample
        True for the bundled sample data.
    """

    crs: str = ""
    encoding: str = ""
    constants: dict[str, Any] = field(default_factory=dict)
    credit: str = ""
    licence: str = ""
    edition: str = ""
    sample: bool = False


@dataclass(frozen=True)
class RawFile(Stated):
    """
    One file as it was fetched or imported, with what was stated of it.

    Parameters
    ----------
    file
        Name below ``raw/<layer_id>/``; a folder for tiles.
    origin
        Address it was downloaded from, or the name of the file it was copied from.
    obtained
        Day of download or import (ISO date).
    """

    file: str
    sha256: str
    size_bytes: int
    origin: str
    obtained: str


@dataclass(frozen=True)
class Built:
    """
    A normalised layer: an immutable file in ``built/``.

    Parameters
    ----------
    digest
        Digest of all that it was made from; another digest means that it is out of date.
    processing
        Keys of the sentences that say what was done (``texts/<language>/processing.toml``).
    """

    file: str
    rows: int
    digest: str
    built_at: str
    processing: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class LayerRecord:
    """Raw files of a layer, and what was built of them (None while nothing is)."""

    raw: tuple[RawFile, ...] = ()
    built: Built | None = None

    @property
    def sample(self) -> bool:
        """Tell whether any of the raw files is sample data."""
        return any(raw.sample for raw in self.raw)


Provenance = dict[str, LayerRecord]


def raw_digest(raw: tuple[RawFile, ...]) -> str:
    """Return one digest for a set of raw files and what was stated about them."""
    told = [(r.file, r.sha256, r.crs, r.encoding, sorted(r.constants.items())) for r in raw]
    return hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, or of all files of a folder with their names."""
    if path.is_file():
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    parts = [(str(p.relative_to(path)), file_digest(p)) for p in sorted(path.rglob("*")) if p.is_file()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def load_provenance(workspace: Path) -> Provenance:
    """Return the records of a workspace by layer id; an absent workspace has none."""
    path = workspace / FILE
    if not path.is_file():
        return {}
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        return {layer_id: _record(entry) for layer_id, entry in table["layers"].items()}
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError("store.bad_provenance", path=path, reason=error) from error


def save_provenance(workspace: Path, provenance: Provenance) -> None:
    """Write the records in one step: this is the moment at which a change takes effect."""
    layers = {layer_id: asdict(record) for layer_id, record in sorted(provenance.items())}
    text = json.dumps({"format": _FORMAT, "layers": layers}, ensure_ascii=False, indent=1, default=str)
    with atomic_path(workspace / FILE) as temporary:
        temporary.write_text(text, encoding="utf-8")


def update_record(workspace: Path, layer_id: str, **changes: Any) -> None:
    """Replace fields of one layer's record; call under ``workspace_lock``."""
    provenance = load_provenance(workspace)
    provenance[layer_id] = replace(provenance.get(layer_id, LayerRecord()), **changes)
    save_provenance(workspace, provenance)


@contextmanager
def workspace_lock(workspace: Path) -> Iterator[None]:
    """Hold the workspace for one writer; raise StoreError when another program keeps it."""
    workspace.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(workspace / ".lock", timeout=_LOCK_WAIT_S):
            yield
    except Timeout as error:
        raise StoreError("store.locked", path=workspace) from error


def _record(entry: dict[str, Any]) -> LayerRecord:
    raw = tuple(RawFile(**item) for item in entry["raw"])
    return LayerRecord(raw, None if entry["built"] is None else _built(entry["built"]))


def _built(entry: dict[str, Any]) -> Built:
    findings = tuple(Finding(**item) for item in entry["findings"])
    return Built(**{**entry, "findings": findings, "processing": tuple(entry["processing"])})
