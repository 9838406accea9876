"""What has arrived must be what was asked for: first bytes against the name, and whole archives."""

import zipfile
import zlib
from pathlib import Path

from knr_gis.errors import FetchError

_HEAD = 4096
_ZIP = b"PK\x03\x04"
_MAGIC: dict[str, tuple[bytes, ...]] = {
    ".zip": (_ZIP,),
    ".kmz": (_ZIP,),
    ".xlsx": (_ZIP,),
    ".gz": (b"\x1f\x8b",),
    ".7z": (b"7z\xbc\xaf\x27\x1c",),
    ".gpkg": (b"SQLite format 3\x00",),
    ".tif": (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
    ".tiff": (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".fgb": (b"fgb\x03",),
    ".parquet": (b"PAR1",),
    ".json": (b"{", b"["),
    ".geojson": (b"{", b"["),
    ".gml": (b"<",),
    ".xml": (b"<",),
    ".osm": (b"<",),
}
_TEXT = frozenset({".csv", ".tsv", ".txt", ".json", ".geojson", ".gml", ".xml", ".osm"})
_JSON = frozenset({".json", ".geojson"})
_ARCHIVES = frozenset({".zip", ".kmz", ".xlsx"})
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def require_expected(path: Path, *, name: str, source: str) -> None:
    """
    Raise FetchError unless a file is of the kind that its name promises.

    An error page that a server sends with status 200 is the common case; it is told from the
    first bytes, since neither the status nor the content type can be trusted.

    Parameters
    ----------
    path
        The file that arrived.
    name
        Its final name; the suffix says what it should be.
    source
        Address or folder it came from, for the message.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise FetchError("fetch.empty", name=name, source=source)
    suffix = Path(name).suffix.lower()
    if _is_html(head) and suffix not in {".html", ".htm"}:
        raise FetchError("fetch.html", name=name, source=source)
    if not _starts_right(head, suffix) or (suffix in _JSON and not _closes_json(path)):
        raise FetchError("fetch.wrong_kind", name=name, source=source, kind=suffix.lstrip("."))
    if suffix in _ARCHIVES:
        _require_whole_archive(path, name, source)


def _is_html(head: bytes) -> bool:
    """Tell whether the first bytes are those of a web page."""
    text = head.removeprefix(_BOMS[0]).lstrip().lower()
    return text.startswith(b"<") and (b"<!doctype html" in text or b"<html" in text)


def _starts_right(head: bytes, suffix: str) -> bool:
    """Tell whether the first bytes suit a suffix; a suffix that we do not know suits all."""
    if suffix == ".pbf":
        return b"OSMHeader" in head[:64]
    if suffix not in _TEXT:
        return head.startswith(_MAGIC.get(suffix, b""))
    if head.startswith(_BOMS[1:]):  # UTF-16: e-Stat and spreadsheets write it
        return suffix not in _JSON
    text = head.removeprefix(_BOMS[0]).lstrip()
    return b"\x00" not in head and text.startswith(_MAGIC.get(suffix, b""))


def _closes_json(path: Path) -> bool:
    """Tell whether a JSON file ends where an object or a list ends, i.e. was not cut short."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _HEAD))
        return file.read().rstrip().endswith((b"}", b"]"))


def _require_whole_archive(path: Path, name: str, source: str) -> None:
    """Raise FetchError unless every member of a ZIP unpacks with the right checksum."""
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        raise FetchError("fetch.broken_archive", name=name, source=source) from error
    if broken is not None:
        raise FetchError("fetch.broken_archive", name=name, source=source)
