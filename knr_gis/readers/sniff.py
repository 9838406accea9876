"""What a file really is, by its bytes: empty, a web page, TopoJSON; and in which encoding its text is."""

import codecs
import glob
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knr_gis.errors import ReadError

_HEAD_BYTES = 65_536
_BLOCK_BYTES = 256 * 1024
_HTML = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_TOPOLOGY = re.compile(rb'"type"\s*:\s*"Topology"')
_CRS_MEMBER = re.compile(rb'"crs"\s*:\s*\{')
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_JAPANESE = ("utf-8", "cp932")
_MULTIBYTE = frozenset(("utf-8", "cp932", "euc_jp"))
_ODD_LETTERS = frozenset(map(chr, (*range(0x80, 0xA1), *range(0xFF61, 0xFFA0), *range(0xF8F0, 0xF8F4))))
_MAX_ODD_SHARE = 0.7
_MIN_UTF8_EVIDENCE = 3  # distinct values: one or two CP932 words may look like UTF-8 by chance


def head(path: Path) -> bytes:
    """Return the first bytes of a file."""
    with path.open("rb") as stream:
        return stream.read(_HEAD_BYTES)


def require_content(path: Path, name: str) -> None:
    """
    Raise ReadError when a file is absent, empty, or a web page saved under another name.

    Parameters
    ----------
    name
        Name of the file for the message.
    """
    if not path.is_file():
        raise ReadError("read_vector.no_file", path=path)
    begin = head(path)
    if not begin.strip(b"\0 \t\r\n"):
        raise ReadError("read_vector.empty_file", path=name)
    if _HTML.match(begin):
        raise ReadError("read_vector.web_page", path=name)


def is_topojson(path: Path) -> bool:
    """Tell whether a JSON file is a TopoJSON topology."""
    return bool(_TOPOLOGY.search(head(path)))


def states_crs(path: Path) -> bool:
    """Tell whether a GeoJSON file has a ``crs`` member before or after its features."""
    with path.open("rb") as stream:
        begin = stream.read(_HEAD_BYTES)
        stream.seek(max(0, path.stat().st_size - _HEAD_BYTES))
        return bool(_CRS_MEMBER.search(begin) or _CRS_MEMBER.search(stream.read()))


def text_encoding(path: Path, name: str, stated: str | None) -> str:
    """
    Return the encoding of a text file, proved on all its bytes.

    Parameters
    ----------
    stated
        What the user says; tried alone.

    Raises
    ------
    ReadError
        If no encoding fits.
    """
    if head(path).startswith(_UTF16_MARKS):
        candidates: tuple[str, ...] = ("utf-16",)
    else:
        candidates = (stated,) if stated else _JAPANESE
    found = next((encoding for encoding in candidates if _decodes(path, encoding)), None)
    if found is None:
        raise ReadError("read_vector.encoding", path=name, tried=" / ".join(candidates))
    return found


def _decodes(path: Path, encoding: str) -> bool:
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK_BYTES):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def as_utf8(path: Path, folder: Path, encoding: str) -> Path:
    """Return a copy of a text file in UTF-8, made in ``folder``; the file itself if it is UTF-8."""
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig", "ascii"):
        return path
    copy = folder / f"utf8-{path.stem}{path.suffix}"
    with (
        path.open(encoding=encoding, newline="") as source,
        copy.open("w", encoding="utf-8", newline="") as sink,
    ):
        while block := source.read(_BLOCK_BYTES):
            sink.write(block)
    return copy


def dbf_encoding(path: Path, name: str, stated: str | None) -> str:
    """
    Return the encoding of a ``.dbf`` table, proved on every text value and column name in it.

    The user's word is tried alone; else a ``.cpg`` file that names a Japanese encoding, UTF-8 and
    CP932 are tried in turn. A table that is plainly UTF-8 is so whatever the ``.cpg`` says.

    Raises
    ------
    ReadError
        If the table is cut off, or if no encoding fits: text is never shown garbled.
    """
    declared = _declared(path)
    wanted = (stated,) if stated else tuple(dict.fromkeys(filter(None, (declared, *_JAPANESE))))
    trials = {encoding: _Trial(encoding) for encoding in wanted}
    for value in _distinct_text(path, name):
        if not value.isascii():
            for trial in trials.values():
                trial.take(value)
    if stated:  # may overrule what looks odd, never what cannot be decoded
        found = stated if trials[stated].fits else None
    else:
        order = _order(declared, trials["utf-8"].n_values)
        found = next((encoding for encoding in order if trials[encoding].is_credible), None)
    if found is None:
        raise ReadError("read_vector.encoding", path=name, tried=" / ".join(wanted))
    return found


@dataclass
class _Trial:
    """
    How an encoding does on the values of a table.

    Nearly any bytes "are" CP932, read as half-width katakana (EUC-JP and Latin-1 do so): a table of
    little else is not believed.
    """

    encoding: str
    fits: bool = True
    n_values: int = 0
    n_wide: int = 0
    n_odd: int = 0

    def take(self, value: bytes) -> None:
        """Try one more value; the field's width may have cut its last character."""
        self.n_values += 1
        if not self.fits:
            return
        try:
            text = codecs.getincrementaldecoder(self.encoding)().decode(value)
        except (UnicodeDecodeError, LookupError):
            self.fits = False
            return
        wide = [letter for letter in text if not letter.isascii()]
        self.n_wide += len(wide)
        self.n_odd += sum(letter in _ODD_LETTERS for letter in wide)

    @property
    def is_credible(self) -> bool:
        """All values decode, and most of what they give is no katakana of half width."""
        return self.fits and self.n_odd <= _MAX_ODD_SHARE * self.n_wide


def _order(declared: str | None, n_values: int) -> tuple[str, ...]:
    """Return encodings in the order of trust."""
    first = ("utf-8",) if n_values >= _MIN_UTF8_EVIDENCE else ()
    second = (declared,) if declared else ()
    return tuple(dict.fromkeys((*first, *second, *_JAPANESE)))


def _declared(path: Path) -> str | None:
    """Return the Japanese encoding that the ``.cpg`` beside a table names, if it does."""
    cpg = next(
        (p for p in path.parent.glob(f"{glob.escape(path.stem)}.*") if p.suffix.lower() == ".cpg"), None
    )
    if cpg is None:
        return None
    word = cpg.read_text(encoding="ascii", errors="ignore").strip().lower()
    try:
        name = codecs.lookup({"932": "cp932", "65001": "utf-8"}.get(word, word)).name
    except (LookupError, ValueError):
        return None
    name = "cp932" if name == "shift_jis" else name
    return name if name in _MULTIBYTE else None  # single-byte encodings "fit" anything


def _distinct_text(path: Path, name: str) -> Iterator[bytes]:
    """
    Yield the column names and the distinct text values of each block of a dBASE table.

    Raises
    ------
    ReadError
        If the table is shorter than its header says.
    """
    with path.open("rb") as stream:
        start = stream.read(32)
        n_rows, header, width = (int.from_bytes(start[a:b], "little") for a, b in ((4, 8), (8, 10), (10, 12)))
        fields = _fields(stream.read(max(header - 32, 0)))
        if width == 0 or path.stat().st_size < header + n_rows * width:
            raise ReadError("read_vector.dbf_cut_off", path=name)
        yield from (field[0] for field in fields)
        stream.seek(header)
        for _ in range(0, n_rows * width, block := max(1, _BLOCK_BYTES // width) * width):
            rows = np.frombuffer(stream.read(min(block, n_rows * width)), dtype=np.uint8)
            yield from _values_of(rows[: len(rows) // width * width].reshape(-1, width), fields)


def _fields(header: bytes) -> list[tuple[bytes, int, int]]:
    """Return name, offset and width of the text columns of a dBASE header."""
    fields, offset = [], 1
    for at in range(0, len(header) - 31, 32):
        entry = header[at : at + 32]
        if entry[0] == 0x0D:
            break
        if entry[11:12] == b"C" and entry[16] > 0:
            fields.append((entry[:11].split(b"\0")[0], offset, entry[16]))
        offset += entry[16]
    return fields


def _values_of(rows: NDArray[np.uint8], fields: list[tuple[bytes, int, int]]) -> Iterator[bytes]:
    for _, offset, width in fields:
        column = np.ascontiguousarray(rows[:, offset : offset + width])
        for value in np.unique(column.view(f"S{width}")):
            yield value.rstrip(b" ")
