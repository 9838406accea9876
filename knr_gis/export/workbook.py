"""The Excel workbook: results, conditions, sources and findings, complete by itself."""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import xlsxwriter

from knr_gis.charts import chart_remarks, chart_table
from knr_gis.export.chart_sheet import chart_rows, excel_chart, key_chart, leave_gaps
from knr_gis.export.place import output_path
from knr_gis.fonts import FAMILY, plain
from knr_gis.front import key_table
from knr_gis.legend import COLOUR_COLUMN
from knr_gis.product import Product
from knr_gis.readable import Cell, ReadableTable, cell_decimals, created_time, summary_tables
from knr_gis.sheets import charts_sheet, sheet_tables, summary_sheet
from knr_gis.texts import say

_FIRST_ROW = 4  # below title, statement, date and a blank row
_WIDEST, _NARROWEST = 60.0, 8.0
_SUMMARY_WIDTH, _LINE_POINTS = 15.0, 13.5
_ROW_PX = 20
_MOST_ROWS = 1_048_576 - _FIRST_ROW - 1


@dataclass(frozen=True)
class _Book:
    """A workbook being written, with its formats."""

    file: Any
    product: Product
    formats: dict[str, Any]

    def number(self, decimals: int) -> Any:
        """Return the format of a number with that many decimals."""
        name = f"number{decimals}"
        if name not in self.formats:
            code = "#,##0" + ("." + "0" * decimals if decimals else "")
            self.formats[name] = self.file.add_format({**_CELL, "num_format": code})
        return self.formats[name]


_CELL = {"font_name": FAMILY, "font_size": 10, "border": 1, "border_color": "#BFBFBF", "valign": "top"}
_FORMATS: dict[str, dict[str, Any]] = {
    "title": {"font_name": FAMILY, "font_size": 14, "bold": True},
    "mark": {"font_name": FAMILY, "font_size": 10, "bold": True, "font_color": "#B3261E"},
    "small": {"font_name": FAMILY, "font_size": 9, "font_color": "#555555"},
    "section": {"font_name": FAMILY, "font_size": 11, "bold": True},
    "heading": {**_CELL, "bold": True, "bg_color": "#E4EDF3", "text_wrap": True},
    "text": {**_CELL, "text_wrap": True},
    "unknown": {**_CELL, "align": "right", "font_color": "#B3261E"},
}


def write_workbook(product: Product, path: Path) -> None:
    """
    Write the product as XLSX.

    Every number of the report stands here unrounded, every sheet says where it comes from and
    whether it is sample data. Text that looks like a formula stays text; unknown is 不明, never 0.

    Raises
    ------
    OutputError
        If a layer has no credit line, or the file cannot be written (open in Excel, say).
    """
    with output_path(product, path) as temporary:
        _write(product, temporary)


def _write(product: Product, path: Path) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as file:
        file.set_properties(_properties(product))
        formats = {name: file.add_format(properties) for name, properties in _FORMATS.items()}
        book = _Book(file, product, formats)
        _add_summary(book)
        _add_charts(book)
        for table, name in sheet_tables(product):
            sheet = _add_sheet(book, table, name)
            if table.id == "legend":
                _colour_legend(book, sheet, table)


def _properties(product: Product) -> dict[str, Any]:
    return {
        "title": plain(product.title_ja),
        "subject": plain(product.headline),
        "comments": _statement(product),
        "author": f"knr-gis {product.version}",
        "created": created_time(product).replace(tzinfo=None),
    }


def _statement(product: Product) -> str:
    return say("export.sample_statement") if product.sample else plain(product.region_ja)


def _add_summary(book: _Book) -> None:
    """Write the first sheet: the answer, then one block for each measure."""
    sheet = book.file.add_worksheet(summary_sheet())
    _write_head(book, sheet, summary_sheet())
    sheet.write_string(3, 0, plain(book.product.headline), book.formats["section"])
    tables = _summary_blocks(book.product)
    if book.product.question_ja:
        sheet.write_string(4, 0, plain(book.product.question_ja), book.formats["small"])
    row = _FIRST_ROW + 2
    for table in tables:
        sheet.write_string(row, 0, table.title, book.formats["section"])
        _write_table(book, sheet, table, row=row + 1, widths=[_SUMMARY_WIDTH] * len(table.headings))
        row += len(table.rows) + 4
        if table is tables[0] and not book.product.result.charts:
            row += _draw_key(book, sheet, table, row=row)
    for note in dict.fromkeys(table.note for table in tables if table.note):
        sheet.write_string(row, 0, note, book.formats["small"])
    sheet.set_column(0, 0, _SUMMARY_WIDTH)
    sheet.set_column(1, max((len(t.headings) for t in tables), default=2), _SUMMARY_WIDTH)
    sheet.freeze_panes(_FIRST_ROW, 1)


def _draw_key(book: _Book, sheet: Any, table: ReadableTable, *, row: int) -> int:
    """
    Draw the first figure of the key table below it, where the result has no chart of its own.

    Returns
    -------
    rows
        How many rows it takes.
    """
    drawn = key_chart(book.file, sheet, table, row=row - len(table.rows) - 3)
    if drawn is None:
        return 0
    sheet.insert_chart(row - 1, 0, drawn)
    return int(drawn.height) // _ROW_PX + 2


def _add_charts(book: _Book) -> None:
    """Write the sheet of the charts: of each its data, the chart beside, and its remarks below."""
    if not book.product.result.charts:
        return
    sheet = book.file.add_worksheet(charts_sheet())
    _write_head(book, sheet, charts_sheet())
    row, breaks = _FIRST_ROW, []
    for number, chart in enumerate(book.product.result.charts):
        breaks += [row] if number and number % 2 == 0 else []
        table = chart_table(chart)
        width = len(table.headings)
        sheet.write_string(row, 0, table.title, book.formats["section"])
        _write_table(book, sheet, table, row=row + 1, widths=[_SUMMARY_WIDTH] * width)
        leave_gaps(sheet, chart, book.formats["unknown"], row=row + 1)
        sheet.insert_chart(row, width + 1, excel_chart(book.file, sheet, chart, row=row + 1))
        for below, remark in enumerate(chart_remarks(chart), start=len(table.rows) + 2):
            sheet.write_string(row + below, 0, remark, book.formats["small"])
        row += chart_rows(chart)
    sheet.set_h_pagebreaks(breaks)
    widest = max(len(chart_table(c).headings) for c in book.product.result.charts)
    sheet.set_column(0, widest - 1, _SUMMARY_WIDTH)


def _summary_blocks(product: Product) -> list[ReadableTable]:
    """Return the table that answers the question, then one block for each measure."""
    tables = summary_tables(product.result.summary)
    key = key_table(product) if product.report else None
    if key is None:
        return tables
    rest = say("export.ungrouped")
    return [key, *(replace(table, title=rest) if table.id == "summary" else table for table in tables)]


def _colour_legend(book: _Book, sheet: Any, table: ReadableTable) -> None:
    """Fill the cell of each colour with it, its name readable on it."""
    for row, cells in enumerate(table.rows, start=_FIRST_ROW + 1):
        colour = str(cells[COLOUR_COLUMN])
        dark = sum(int(colour[i : i + 2], 16) * w for i, w in ((1, 299), (3, 587), (5, 114))) < 128_000
        look = {**_CELL, "bg_color": colour, "font_color": "#FFFFFF" if dark else "#000000"}
        sheet.write_string(row, COLOUR_COLUMN, colour, book.file.add_format(look))


def _add_sheet(book: _Book, table: ReadableTable, name: str) -> Any:
    """Return a sheet with one table under its headings, frozen and with a filter."""
    sheet = book.file.add_worksheet(name)
    _write_head(book, sheet, table.title)
    widths = _widths(table)
    _write_table(book, sheet, table, row=_FIRST_ROW, widths=widths)
    for number, width in enumerate(widths):
        sheet.set_column(number, number, width)
    sheet.freeze_panes(_FIRST_ROW + 1, 0)
    sheet.repeat_rows(_FIRST_ROW)
    if table.rows:
        last = min(len(table.rows), _MOST_ROWS)
        sheet.autofilter(_FIRST_ROW, 0, _FIRST_ROW + last, len(table.headings) - 1)
    else:
        sheet.write_string(_FIRST_ROW + 1, 0, say("export.empty_sheet"), book.formats["text"])
    return sheet


def _write_head(book: _Book, sheet: Any, title: str) -> None:
    product = book.product
    created = say(
        "export.created",
        created=product.created.replace("T", " "),
        version=product.version,
        crs=product.crs_name,
    )
    sheet.write_string(0, 0, f"{plain(product.title_ja)}　{title}", book.formats["title"])
    sheet.write_string(1, 0, _statement(product), book.formats["mark" if product.sample else "small"])
    sheet.write_string(2, 0, created, book.formats["small"])
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L{plain(product.title_ja).replace('&', '&&')}&R&P / &N")


def _write_table(book: _Book, sheet: Any, table: ReadableTable, *, row: int, widths: list[float]) -> None:
    """Write headings, in a row as high as the longest of them needs, and cells."""
    decimals = cell_decimals(table)
    pairs = zip(table.headings, widths, strict=True)
    lines = max((math.ceil(_width(title) / (width - 1)) for title, width in pairs), default=1)
    sheet.set_row(row, _LINE_POINTS * lines + 3)
    for column, title in enumerate(table.headings):
        sheet.write_string(row, column, title, book.formats["heading"])
    for down, cells in enumerate(table.rows[:_MOST_ROWS]):
        for column, value in enumerate(cells):
            _write_cell(book, sheet, (row + 1 + down, column), value, decimals=decimals[down][column])


def _write_cell(book: _Book, sheet: Any, place: tuple[int, int], value: Cell, *, decimals: int) -> None:
    """Write numbers as numbers, everything else as a string, never as a formula or a link."""
    if value is None:
        sheet.write_blank(*place, None, book.formats["text"])
    elif isinstance(value, str):
        sheet.write_string(*place, value[:32_767], book.formats["text"])
    elif value != value or abs(value) == float("inf"):  # noqa: PLR0124  NaN is not equal to itself
        sheet.write_string(*place, say("export.unknown"), book.formats["unknown"])
    else:
        sheet.write_number(*place, value, book.number(decimals))


def _widths(table: ReadableTable) -> list[float]:
    """Return column widths that show most cells on one line (a Japanese character counts twice)."""
    samples = [[title, *(row[i] for row in table.rows[:200])] for i, title in enumerate(table.headings)]
    return [min(max(max(_width(v) for v in column) + 2, _NARROWEST), _WIDEST) for column in samples]


def _width(value: Cell) -> float:
    if isinstance(value, str):
        return sum(1.0 if ord(c) < 0x7F else 2.0 for c in value)
    return 0.0 if value is None else float(len(f"{value:,.1f}"))
