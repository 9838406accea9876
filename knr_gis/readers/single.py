"""The bytes of one file, or of the one file that a ZIP holds."""

from collections.abc import Collection
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from knr_gis.errors import ReadError
from knr_gis.readers.archive import Unpacked, unpacked

_NOTE = ".txt"


class Single(NamedTuple):
    """A file as ``name`` (for messages and for its ending) and ``raw`` bytes."""

    name: str
    raw: bytes


def read_single(path: Path, suffixes: Collection[str]) -> Single:
    """
    Return a file's bytes; of a ZIP, those of the one member with one of the endings.

    A text file beside a table is a note, not data.

    Raises
    ------
    ReadError
        If the ZIP is damaged or dangerous, or holds none or several such members.
    """
    if path.suffix.lower() != ".zip":
        return Single(path.name, path.read_bytes())
    with unpacked(path, frozenset(suffixes)) as members:
        data = [m for m in members if "__MACOSX" not in PurePosixPath(m.name).parts]
        wanted = [m for m in data if not m.name.lower().endswith(_NOTE)] or data
        _require_one(wanted, path, suffixes)
        return Single(PurePosixPath(wanted[0].name).name, wanted[0].path.read_bytes())


def _require_one(members: list[Unpacked], path: Path, suffixes: Collection[str]) -> None:
    if len(members) != 1:
        endings = " ".join(sorted(suffixes))
        raise ReadError("read_table.zip_members", path=path.name, count=len(members), suffixes=endings)
