"""The Japanese font that travels with the package: what it can show, and how wide a text is."""

import re
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parent / "assets" / "fonts"
FAMILY = "BIZ UDPGothic"
REGULAR = FOLDER / "BIZUDPGothic-Regular.ttf"
BOLD = FOLDER / "BIZUDPGothic-Bold.ttf"

MM_PER_POINT = 25.4 / 72
GETA = "〓"  # what Japanese printers set for a character that they do not have

# What XML 1.0 does not allow, and what would break a line where none was meant.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")
# One breakable piece: opening brackets stay with what follows, closing ones with what precedes.
_PIECE = re.compile(
    r"[「『（(【〔［\[]*(?:[A-Za-z0-9.,:;/%+\-_#&=?~@']+|\s|.)[、。，．」』）)】〕］\]・：；ー％]*"
)


@cache
def _advances(path: Path) -> dict[int, float]:
    """Return the advance of every character, as a share of the font size."""
    with TTFont(path, lazy=True) as font:
        unit, metrics = font["head"].unitsPerEm, font["hmtx"].metrics
        return {code: metrics[name][0] / unit for code, name in font.getBestCmap().items()}


def plain(text: object) -> str:
    """Return a value as text that any file format can hold: control characters become blanks."""
    return _CONTROL.sub(" ", str(text)).strip()


def printable(text: object) -> str:
    """Return plain text in which characters that the font lacks are replaced by 〓."""
    known = _advances(REGULAR)
    return "".join(c if ord(c) in known else GETA for c in plain(text))


def text_width_mm(text: str, size_pt: float, *, bold: bool = False) -> float:
    """Return the width of one line in millimetres."""
    known = _advances(BOLD if bold else REGULAR)
    return sum(known.get(ord(c), 1.0) for c in text) * size_pt * MM_PER_POINT


def wrap(text: str, width_mm: float, size_pt: float, *, bold: bool = False) -> list[str]:
    """
    Return the lines that a text needs in a column, at least one.

    Lines break between any two Japanese characters, but not before closing punctuation nor inside
    a word or number in Latin letters, unless that word alone is wider than the column.
    """
    lines, line = [], ""
    for piece in _pieces(printable(text), width_mm, size_pt, bold=bold):
        if line and text_width_mm(line + piece.rstrip(), size_pt, bold=bold) > width_mm:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()]


def _pieces(text: str, width_mm: float, size_pt: float, *, bold: bool) -> list[str]:
    """Return the breakable pieces of a text; a piece wider than the column falls into characters."""
    pieces: list[str] = []
    for piece in _PIECE.findall(text):
        fits = text_width_mm(piece, size_pt, bold=bold) <= width_mm
        pieces += [piece] if fits else list(piece)
    return pieces


def shorten(text: str, width_mm: float, size_pt: float) -> str:
    """Return a text cut to a width, with … where something was cut."""
    whole = printable(text)
    if text_width_mm(whole, size_pt) <= width_mm:
        return whole
    while whole and text_width_mm(f"{whole}…", size_pt) > width_mm:
        whole = whole[:-1]
    return f"{whole}…"
