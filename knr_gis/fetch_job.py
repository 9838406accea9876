"""One file to bring, from wherever: what it is, how it is taken in, and what its messages must name."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from knr_gis.atomic import atomic_path
from knr_gis.errors import FetchError
from knr_gis.fetched import Entry, FetchedFile, as_fetched, known_entry, record_file
from knr_gis.layers import Layer
from knr_gis.provenance import file_digest
from knr_gis.received import require_expected
from knr_gis.settings import Settings

CHUNK = 1 << 16

Progress = Callable[[str, int, int | None], None]
"""Called with the file's name, the bytes so far and the bytes in all (None if the server does not say)."""


def no_progress(_name: str, _done: int, _total: int | None) -> None:
    """Show nothing."""


@dataclass(frozen=True)
class Job:
    """One file to bring: what it is called, where it is, and what its messages must name."""

    layer: Layer
    name: str
    url: str
    via: str
    path: Path
    settings: Settings
    progress: Progress

    @property
    def is_mirrored(self) -> bool:
        """Tell whether the file comes from elsewhere than its official address."""
        return self.via != self.url.partition("#")[0]

    def error(self, key: str, **values: Any) -> FetchError:
        """Return the error that names this file, its layer and the publisher's page."""
        known = {"layer": self.layer.id, "page": self.layer.source.page, "name": self.name, "url": self.via}
        return FetchError(f"fetch.{key}", **known, attempts=self.settings.attempts, **values)


def copy_from_folder(job: Job, folder: Path, *, force: bool) -> FetchedFile:
    """
    Copy a file from a folder (a USB stick), unless the same bytes are here.

    Raises
    ------
    FetchError
        If the folder or the file is not there, or is not what its name promises.
    """
    if not folder.is_dir():
        raise job.error("no_mirror", folder=folder)
    source = folder / job.name
    if not source.is_file():
        raise job.error("not_in_mirror", folder=folder)
    entry = None if force else known_entry(job.path)
    if entry and file_digest(source) == entry["sha256"]:
        return as_fetched(job.path, entry, is_new=False)
    try:
        with atomic_path(job.path) as temporary, source.open("rb") as stream:
            with temporary.open("wb") as target:
                shutil.copyfileobj(stream, target, CHUNK)
            return accept(job, temporary, {})
    except OSError as error:
        raise own_or_disk(job, error) from error


def accept(job: Job, temporary: Path, validators: dict[str, str]) -> FetchedFile:
    """Verify what arrived and record it; the caller then renames it."""
    require_expected(temporary, name=job.name, source=job.via)
    entry: Entry = {
        "url": job.url,
        "via": job.via,
        "sha256": file_digest(temporary),
        "size_bytes": temporary.stat().st_size,
        "fetched_at": datetime.now(UTC).astimezone().isoformat(timespec="seconds"),
        **validators,
    }
    record_file(job.path, entry)
    return as_fetched(job.path, entry, is_new=True)


def own_or_disk(job: Job, error: OSError) -> FetchError:
    """Return our own errors as they are and the operating system's as one about the disk."""
    return error if isinstance(error, FetchError) else job.error("disk", path=job.path, reason=error)
