"""Files inside a ZIP as published: names decoded, dangers refused, nothing written beside the original."""

import shutil
import stat
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from tempfile import TemporaryDirectory
from typing import IO

from knr_gis.errors import ReadError

MAX_MEMBERS = 200_000
MAX_TOTAL_BYTES = 20 * 1024**3
MAX_RATIO = 300
_RATIO_FREE_BYTES = 50 * 1024**2  # small members may shrink as much as they like
_COPY_BYTES = 1024**2
_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1


@dataclass(frozen=True)
class Member:
    """
    One file inside an archive.

    Parameters
    ----------
    name
        Path inside the archive as its maker wrote it, with ``/`` between folders.
    """

    name: str
    info: zipfile.ZipInfo

    @property
    def suffix(self) -> str:
        """The ending of the name in lower case, e.g. ``".shp"``."""
        return PurePosixPath(self.name).suffix.lower()

    @property
    def stem(self) -> str:
        """The path without its ending: what the parts of one shapefile have in common."""
        return str(PurePosixPath(self.name).with_suffix("")).lower()


@dataclass(frozen=True)
class Unpacked:
    """A member on the disk: the name it was published under, and where it lies for the time being."""

    name: str
    path: Path


def list_members(path: Path) -> list[Member]:
    """
    Return the files of a ZIP in the order of their names, folders left out.

    Raises
    ------
    ReadError
        If the file is no ZIP, is cut off, or holds a name that leads out of its folder.
    """
    with _opened(path) as archive:
        return _members(archive, path)


@contextmanager
def unpacked(path: Path, suffixes: Collection[str]) -> Iterator[list[Unpacked]]:
    """
    Yield the members with one of the endings, unpacked into a temporary folder under safe names.

    Members that share folder and stem (the parts of a shapefile) share their stem on the disk too.
    The folder is gone when the block ends.

    Parameters
    ----------
    suffixes
        Endings in lower case, e.g. ``{".shp", ".dbf"}``.

    Raises
    ------
    ReadError
        If the archive is broken, encrypted, unsafe, or larger than MAX_TOTAL_BYTES unpacked
        (or one member is more than MAX_RATIO times its packed size): a "zip bomb".
    """
    with _opened(path) as archive, TemporaryDirectory(prefix="knr-zip-") as folder:
        wanted = [m for m in _members(archive, path) if m.suffix in suffixes]
        _require_harmless(wanted, path, Path(folder))
        stems = {stem: f"{number:04d}" for number, stem in enumerate(dict.fromkeys(m.stem for m in wanted))}
        yield [_extract(archive, m, Path(folder) / f"{stems[m.stem]}{m.suffix}", path) for m in wanted]


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        with path.open("rb") as stream:
            begun = stream.read(4) == b"PK\x03\x04"
        raise ReadError(f"read_vector.archive.{'cut_off' if begun else 'no_zip'}", path=path.name) from error
    with archive:
        yield archive


def _members(archive: zipfile.ZipFile, path: Path) -> list[Member]:
    infos = archive.infolist()
    if len(infos) > MAX_MEMBERS:
        raise ReadError("read_vector.archive.too_many", path=path.name, count=len(infos), limit=MAX_MEMBERS)
    members = [Member(_decoded_name(info), info) for info in infos]
    for member in members:
        if not _is_safe(member):
            raise ReadError("read_vector.archive.unsafe_name", path=path.name, member=member.name)
    files = [m for m in members if not m.info.is_dir() and not m.name.endswith("/")]
    return sorted(files, key=lambda m: m.name)


def _decoded_name(info: zipfile.ZipInfo) -> str:
    """
    Return a member's name as it was meant.

    Without the UTF-8 mark the standard library reads the bytes as CP437; archives made in Japan
    hold CP932, those of macOS unmarked UTF-8.
    """
    name = info.orig_filename.split("\0")[0]
    if not info.flag_bits & _UTF8_FLAG:
        raw = name.encode("cp437", errors="replace")
        name = next((text for e in ("utf-8", "cp932") if (text := _decoded(raw, e)) is not None), name)
    return name.replace("\\", "/")


def _decoded(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_safe(member: Member) -> bool:
    """Tell whether a name stays inside the archive's folder and is no link."""
    pure = PurePosixPath(member.name)
    is_link = stat.S_ISLNK(member.info.external_attr >> 16)
    leads_out = pure.is_absolute() or ".." in pure.parts or bool(PureWindowsPath(member.name).drive)
    return not (leads_out or is_link)


def _require_harmless(members: list[Member], path: Path, folder: Path) -> None:
    """Raise ReadError when members are encrypted, unpack to absurd sizes, or do not fit the disk."""
    for member in members:
        info = member.info
        if info.flag_bits & _ENCRYPTED_FLAG:
            raise ReadError("read_vector.archive.encrypted", path=path.name, member=member.name)
        if info.file_size > max(_RATIO_FREE_BYTES, MAX_RATIO * info.compress_size):
            raise ReadError("read_vector.archive.bomb", path=path.name, member=member.name, limit=MAX_RATIO)
    total = sum(member.info.file_size for member in members)
    if total > MAX_TOTAL_BYTES:
        size, limit = _gigabytes(total), _gigabytes(MAX_TOTAL_BYTES)
        raise ReadError("read_vector.archive.too_large", path=path.name, size=size, limit=limit)
    if total > shutil.disk_usage(folder).free:
        raise ReadError(
            "read_vector.archive.disk_full", path=path.name, size=_gigabytes(total), folder=folder.parent
        )


def _gigabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1024**3:.1f}"


def _extract(archive: zipfile.ZipFile, member: Member, target: Path, path: Path) -> Unpacked:
    try:
        with archive.open(member.info) as source, target.open("wb") as sink:
            _copy(source, sink, member.info.file_size)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ReadError("read_vector.archive.damaged", path=path.name, member=member.name) from error
    return Unpacked(member.name, target)


def _copy(source: IO[bytes], sink: IO[bytes], size: int) -> None:
    """Copy a member; a member that turns out longer or shorter than it states is damaged."""
    written = 0
    while block := source.read(_COPY_BYTES):
        written += len(block)
        sink.write(block)
    if written != size:
        raise EOFError
