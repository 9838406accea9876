"""Where a table begins: the header row under the titles, and the columns that it names."""

import itertools
import re
import unicodedata
from collections.abc import Collection, Iterable
from typing import NamedTuple

import pandas as pd

from knr_gis.errors import ReadError
from knr_gis.readers.sheets import Row

_SEARCHED_ROWS = 40
_ENOUGH = 2
_NUMBER = re.compile(r"[-+]?[\d.,:]+")


class Table(NamedTuple):
    """
    A table of text.

    Parameters
    ----------
    frame
        One row for each record, all cells text, blank cells None, index 0, 1, 2 ...
    numbers
        Number of each row in the file.
    long_rows
        Numbers of rows that hold more cells than the header names.
    """

    frame: pd.DataFrame
    numbers: list[int]
    long_rows: list[int]


class _Found(NamedTuple):
    names: list[str]
    first: int
    score: int


def plain_name(name: str) -> str:
    """Return a column name without width, case and blanks, for comparing."""
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).casefold()
    return text.replace("〜", "~")


def table_of(grids: list[list[Row]], known: Collection[str], file: str) -> Table:
    """
    Return the table of the first sheet whose header row looks like one.

    A header row is the row, among the first ones, that holds the most known names; titles above it
    are skipped. Headers on two rows (merged cells) are joined: a blank cell takes the name above it.

    Parameters
    ----------
    known
        Column names to look for, in any width and case; headers are given this spelling.

    Raises
    ------
    ReadError
        If there is no header row, or nothing below it.
    """
    spelling = {plain_name(name): name for name in known}
    found = [(grid, head) for grid in grids if (head := _find_header(grid, spelling)) is not None]
    if not found:
        raise ReadError("read_table.no_header" if any(grids) else "read_table.empty", path=file)
    grid, head = next((pair for pair in found if pair[1].score >= _ENOUGH), found[0])
    body = grid[head.first :]
    if not body:
        raise ReadError("read_table.header_only", path=file)
    exact = frozenset(known)
    return _table([n if n in exact else spelling.get(plain_name(n), n) for n in head.names], body)


def _find_header(grid: list[Row], spelling: Collection[str]) -> _Found | None:
    """Return the best header among the first rows, single or joined from two; None without any."""
    head = grid[:_SEARCHED_ROWS]
    singles = [_Found(row.cells, i + 1, _score(row.cells, spelling)) for i, row in enumerate(head)]
    pairs = [
        _Found(names, i + 2, _score(names, spelling))
        for i, (upper, lower) in enumerate(itertools.pairwise(head))
        if _is_text(lower.cells)
        for names in [_joined(upper.cells, lower.cells)]
    ]
    best = max([*singles, *pairs], key=lambda found: found.score, default=None)
    if best is None or best.score > 0:
        return best
    return next((found for found in singles if _is_text(found.names) and _filled(found.names) > 1), None)


def _score(cells: Iterable[str], spelling: Collection[str]) -> int:
    return len({name for cell in cells if (name := plain_name(cell)) in spelling})


def _is_text(cells: list[str]) -> bool:
    """Tell whether no cell is a bare number: headers are words."""
    return not any(_NUMBER.fullmatch(cell) for cell in cells)


def _filled(cells: list[str]) -> int:
    return sum(1 for cell in cells if cell)


def _joined(upper: list[str], lower: list[str]) -> list[str]:
    width = max(len(upper), len(lower))
    pairs = zip(_padded(upper, width), _padded(lower, width), strict=True)
    return [below or above for above, below in pairs]


def _padded(cells: list[str], width: int) -> list[str]:
    return cells[:width] + [""] * (width - len(cells))


def _table(header: list[str], body: list[Row]) -> Table:
    """Return the rows under unique names; columns that are nameless and blank are dropped."""
    while header and not header[-1]:
        header = header[:-1]
    width = len(header)
    names = _unique_names(header)
    cells = [[cell or None for cell in _padded(row.cells, width)] for row in body]
    frame = pd.DataFrame(cells, columns=names, dtype=object)
    kept = [n for n, title in zip(names, header, strict=True) if title or frame[n].notna().any()]
    long_rows = [row.number for row in body if any(row.cells[width:])]
    return Table(frame[kept], [row.number for row in body], long_rows)


def _unique_names(header: list[str]) -> list[str]:
    """Return names without line breaks; nameless columns and repeated names are numbered."""
    names: list[str] = []
    for place, title in enumerate(header, 1):
        name = " ".join(title.split()) or f"column_{place}"
        free = (n for n in (name, *(f"{name}_{i}" for i in range(2, len(header) + 2))) if n not in names)
        names.append(next(free))
    return names
