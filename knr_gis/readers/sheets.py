"""Tabular files as grids of text: CSV, workbooks, JSON records. No meaning is given to any cell."""

import csv
import datetime as dt
import io
import json
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import openpyxl

from knr_gis.errors import ReadError
from knr_gis.readers.encoding import decode_text
from knr_gis.readers.single import Single

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".json")
_WORKBOOKS = (".xlsx", ".xlsm", ".xls")
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_HTML = re.compile(r"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|table|script)\b", re.IGNORECASE)
_EXCEL_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"})
_MAX_CELL = 1_000_000


class Row(NamedTuple):
    """A row with its number in the file (from 1, as a spreadsheet shows it) and its cells as text."""

    number: int
    cells: list[str]


def read_grids(single: Single, encoding: str | None) -> list[list[Row]]:
    """
    Return the sheets of a file, each as its rows that are not blank.

    Raises
    ------
    ReadError
        If the bytes are not what the ending says.
    """
    suffix = "." + single.name.lower().rpartition(".")[2]
    if suffix in _WORKBOOKS:
        return _workbook_grids(single)
    text = decode_text(single.raw, file=single.name, encoding=encoding)
    if _HTML.match(text[:5000]):
        raise ReadError("read_table.html", path=single.name)
    grid = _json_rows(text, single.name) if suffix == ".json" else _csv_rows(text, single.name)
    return [_without_blank(grid)]


def _without_blank(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if any(row.cells)]


def _csv_rows(text: str, file: str) -> Iterator[Row]:
    """Yield the records of a delimited text, numbered by the line on which they begin."""
    csv.field_size_limit(_MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    line = 1
    try:
        for cells in reader:
            yield Row(line, [cell.strip() for cell in cells])
            line = reader.line_num + 1
    except csv.Error as error:
        raise ReadError("read_table.bad_csv", path=file, row=line, reason=error) from error


def _delimiter(text: str) -> str:
    """Return comma, tab or semicolon: the one that the first 30 lines hold most often."""
    head = "\n".join(text.splitlines()[:30])
    return max(",\t;", key=head.count)


def _json_rows(text: str, file: str) -> Iterator[Row]:
    """Yield a header row (number 0) and one row for each record; numbers stay as they are written."""
    try:
        records = json.loads(text, parse_float=str, parse_int=str)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ReadError("read_table.bad_json", path=file, reason=error) from error
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise ReadError("read_table.json_shape", path=file)
    names = list(dict.fromkeys(name for record in records for name in record))
    yield Row(0, names)
    for number, record in enumerate(records, 1):
        yield Row(number, [_json_text(record.get(name)) for name in names])


def _json_text(value: Any) -> str:
    """Return a JSON value as a cell; a list becomes its items with 、 between."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "、".join(_json_text(item) for item in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value).strip()


def _workbook_grids(single: Single) -> list[list[Row]]:
    if single.raw.startswith(_OLE):
        is_new = not single.name.lower().endswith(".xls")
        raise ReadError("read_table.locked_xlsx" if is_new else "read_table.old_xls", path=single.name)
    if single.name.lower().endswith(".xls"):
        raise ReadError("read_table.old_xls", path=single.name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells of features that a reader need not know
            return _open_grids(single.raw)
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, TypeError, SyntaxError, EOFError) as error:
        raise ReadError("read_table.broken_xlsx", path=single.name) from error


def _open_grids(raw: bytes) -> list[list[Row]]:
    """Return the visible sheets; formulas count with the value that was last computed."""
    book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
    try:
        sheets = [s for s in book.worksheets if s.sheet_state == "visible"]
        return [_without_blank(_sheet_rows(sheet)) for sheet in sheets]
    finally:
        book.close()


def _sheet_rows(sheet: Any) -> Iterator[Row]:
    sheet.reset_dimensions()  # some programs state a wrong extent
    for number, cells in enumerate(sheet.iter_rows(), 1):
        yield Row(number, [cell_text(cell.value, getattr(cell, "number_format", "")) for cell in cells])


def cell_text(value: Any, number_format: str = "") -> str:
    """
    Return a workbook cell as the text that a person sees in it.

    A whole number shown with leading zeros (format ``00000``) keeps them; dates become ISO dates,
    times ``HH:MM``, errors such as ``#N/A`` blank.
    """
    if value is None or (isinstance(value, str) and value in _EXCEL_ERRORS):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return str(value.date()) if value.time() == dt.time() else value.isoformat(" ", "minutes")
    if isinstance(value, dt.time):
        return value.isoformat("minutes")
    if isinstance(value, int | float) and value == int(value):
        zeros = number_format or ""
        return str(int(value)).zfill(len(zeros) if set(zeros) == {"0"} else 1)
    return str(value).strip()
