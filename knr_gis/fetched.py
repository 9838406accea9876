"""The record of fetched files: which bytes are here and where they came from."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knr_gis.atomic import atomic_path
from knr_gis.provenance import file_digest

RECORD = "fetched.record"  # a suffix that no reader takes for data

Entry = dict[str, Any]


@dataclass(frozen=True)
class FetchedFile:
    """
    One official file that stands whole in the folder of raw files.

    Parameters
    ----------
    url
        Its official address, also when a mirror gave it.
    via
        Address or path it was truly taken from.
    fetched_at
        Time of arrival, ISO 8601 with zone.
    is_new
        False if the file was there already and the source has no newer one.
    """

    path: Path
    url: str
    via: str
    sha256: str
    size_bytes: int
    fetched_at: str
    is_new: bool = True


def known_entry(path: Path) -> Entry | None:
    """Return the record of a file that is here with the very bytes recorded, else None."""
    entry = _entries(path.parent).get(path.name)
    if entry is None or not path.is_file():
        return None
    return entry if file_digest(path) == entry["sha256"] else None


def record_file(path: Path, entry: Entry) -> None:
    """Write what is known of a file beside it, in one step."""
    entries = {**_entries(path.parent), path.name: entry}
    with atomic_path(path.with_name(RECORD)) as temporary:
        temporary.write_text(json.dumps(entries, ensure_ascii=False, indent=1), encoding="utf-8")


def as_fetched(path: Path, entry: Entry, *, is_new: bool) -> FetchedFile:
    """Return a record as what ``fetch_each`` hands out."""
    told = {key: entry[key] for key in ("url", "via", "sha256", "size_bytes", "fetched_at")}
    return FetchedFile(path=path, **told, is_new=is_new)


def _entries(folder: Path) -> dict[str, Entry]:
    """Return the record of a folder; one that cannot be read only means fetching again."""
    try:
        entries = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return entries if isinstance(entries, dict) else {}
