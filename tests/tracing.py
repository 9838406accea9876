"""Where in the workbook each figure of a report stands, found by row and heading, not by its value alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import openpyxl
from openpyxl.utils import get_column_letter

from knr_gis.product import Product
from knr_gis.report.content import PrintedTable, closing_sections, key_tables

_NUMBER = re.compile(r"-?[\d,]+(?:\.\d+)?")
_SHEET = re.compile(r"Excel のシート「(.+?)」")
_LESS = "未満"


@dataclass(frozen=True)
class Figure:
    """A number in a table of the report, and its cell (``結果!C9``); empty where it was not found."""

    table: str
    heading: str
    text: str
    cell: str


def printed_tables(product: Product) -> list[PrintedTable]:
    """Every table of the report, from the front page to the last chapter."""
    return [*key_tables(product), *(t for section in closing_sections(product) for t in section.tables)]


def figures(product: Product, workbook: Path) -> Iterator[Figure]:
    """Yield every number of every table of the report with the cell of the workbook that it is from."""
    book = openpyxl.load_workbook(workbook)
    sheets = {s.title: list(s.iter_rows(values_only=True)) for s in book}
    for table in printed_tables(product):
        named = _SHEET.search(table.note)
        assert named, f"{table.title}: no sheet is named"
        rows = sheets[named[1]]
        headings = [_bare(h) for h in table.headings]
        places = list(_heads(rows, headings))
        for cells in table.rows:
            found = next((p for head, columns in places if (p := _row(rows, head, columns, cells))), None)
            for k, text in enumerate(cells):
                if _NUMBER.fullmatch(_bare(text)) and table.numeric[k]:
                    yield Figure(table.title, headings[k], text, _name(named[1], found, k))


def _name(sheet: str, found: tuple[int, list[int]] | None, k: int) -> str:
    return f"{sheet}!{get_column_letter(found[1][k] + 1)}{found[0] + 1}" if found else ""


def _bare(text: object) -> str:
    """A text as it was before it was made to break in narrow columns."""
    return "" if text is None else str(text).replace("\u200b", "")


def _heads(rows: list[tuple[object, ...]], headings: list[str]) -> Iterator[tuple[int, list[int]]]:
    """Every row that has all the headings: its number, and the column of each."""
    for number, row in enumerate(rows):
        cells = [_bare(c) for c in row]
        if all(h in cells for h in headings):
            yield number, [cells.index(h) for h in headings]


def _row(
    rows: list[tuple[object, ...]], head: int, columns: list[int], cells: tuple[str, ...]
) -> tuple[int, list[int]] | None:
    """The first row below a heading of which every printed cell is that of the report."""
    for number in range(head + 1, len(rows)):
        if all(v is None for v in rows[number]):
            return None
        if all(same(rows[number][c], text) for c, text in zip(columns, cells, strict=True)):
            return number, columns
    return None


def same(cell: object, text: str) -> bool:
    """Whether a printed cell says what the cell of the workbook holds, to the printed decimals."""
    printed = _bare(text)
    if isinstance(cell, int | float) and printed.endswith(_LESS):
        return 0 < cell < float(printed.removesuffix(_LESS))
    if isinstance(cell, int | float) and _NUMBER.fullmatch(printed):
        decimals = len(printed.partition(".")[2])
        return f"{cell:,.{decimals}f}" == printed
    return _bare(cell) == printed
