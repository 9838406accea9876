"""Files that are whole or not there: write beside the target, then rename."""

import contextlib
import glob
import os
import uuid
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """
    Yield a path to write to; it takes the place of ``path`` when the block ends without an error.

    The temporary file does not exist yet (some drivers refuse an existing one), stands in the same
    folder, so that the rename cannot cross file systems, and keeps the suffix, from which drivers
    tell the format. After an error nothing is left of it, and ``path`` is as it was.

    Raises
    ------
    OSError
        If the folder cannot be made or written, or another program holds ``path`` open (Windows).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{uuid.uuid4().hex[:8]}.tmp{path.suffix}")
    try:
        yield temporary
        _flush(temporary)
        temporary.replace(path)
    finally:
        for leftover in path.parent.glob(f"{glob.escape(temporary.name)}*"):  # SQLite leaves -wal, -journal
            leftover.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Bring the content to the disk before the name: a power cut must not leave an empty file."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
