"""What the Word file is made of: tables whose headings repeat, pictures with their words, the map's page."""

import io
import tempfile
from pathlib import Path
from typing import Any

from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from knr_gis.figure import PaperChoice
from knr_gis.figure.chart import CHART_MM, write_chart
from knr_gis.product import Product
from knr_gis.report.content import Picture, PrintedTable
from knr_gis.report.mapsheets import MapSheet, map_sheets
from knr_gis.report.word_styles import CELL, GRID, HEAD, NOTE, SHADE, set_page
from knr_gis.texts import say

_EDGE_MM = 11  # above and below a map
_WHOLE = 14  # rows of a table that stays on one page


def write_maps(document: Any, product: Product, choice: PaperChoice) -> None:
    """Put each map on a page of its own, at its true scale."""
    before = document.sections[-1]
    names = ("left_margin", "right_margin", "top_margin", "bottom_margin")
    margins = {name: getattr(before, name) for name in names}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, sheet in enumerate(map_sheets(product, folder, choice)):
            _write_map(document, sheet, (folder / sheet.file).read_bytes(), first=number == 0)
    section = document.add_section(WD_SECTION.NEW_PAGE)
    set_page(section)
    for name, value in margins.items():
        setattr(section, name, value)


def _write_map(document: Any, sheet: MapSheet, content: bytes, *, first: bool) -> None:
    section = document.add_section(WD_SECTION.NEW_PAGE)
    set_page(section, landscape=sheet.landscape)
    section.left_margin = section.right_margin = Mm(8)
    section.top_margin, section.bottom_margin = Mm(_EDGE_MM), Mm(_EDGE_MM)
    section.header_distance = section.footer_distance = Mm(5)
    heading = document.add_heading(say("report.map"), level=1) if first else None
    if heading is not None:
        heading.paragraph_format.space_before = heading.paragraph_format.space_after = Pt(0)
        for run in heading.runs:
            run.font.size = Pt(8)
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(0)
    size = {"width": Mm(sheet.width), "height": Mm(sheet.height)}
    describe(paragraph.add_run().add_picture(io.BytesIO(content), **size), sheet.alt)


def describe(shape: Any, text: str) -> None:
    """Give a picture its alternative text."""
    shape._inline.docPr.set("descr", text)  # noqa: SLF001  python-docx has no public way


def write_picture(document: Any, picture: Picture) -> None:
    """Put a chart under its title, with its values as alternative text and its remarks below."""
    document.add_heading(picture.title, level=2)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chart.png"
        write_chart(picture.chart, path)
        paragraph = document.add_paragraph()
        shape = paragraph.add_run().add_picture(str(path), width=Mm(CHART_MM))
    paragraph.paragraph_format.keep_with_next = bool(picture.remarks)
    describe(shape, picture.alt)
    for text in picture.remarks:
        document.add_paragraph(text, style=NOTE)


def write_table(document: Any, printed: PrintedTable) -> None:
    """Write a table; its headings repeat on every page, its rows stay whole, a short one stays together."""
    if printed.title:
        document.add_heading(printed.title, level=2)
    rows = [printed.headings, *printed.rows]
    table = document.add_table(rows=len(rows), cols=len(printed.headings), style=GRID)
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.LEFT, False
    for column, width in zip(table.columns, printed.widths, strict=True):
        column.width = Mm(width)
    for down, (cells, row) in enumerate(zip(rows, table.rows, strict=True)):
        kept = down == 0 or (len(printed.rows) <= _WHOLE and down < len(printed.rows))
        for across, (text, cell) in enumerate(zip(cells, row.cells, strict=True)):
            cell.width = Mm(printed.widths[across])
            paragraph = _fill_cell(cell, text, heading=down == 0, numeric=printed.numeric[across])
            paragraph.paragraph_format.keep_with_next = kept
        _mark_row(row, heading=down == 0)
    note = printed.note or ("" if printed.rows else say("report.empty"))
    document.add_paragraph(note, style=NOTE)


def _fill_cell(cell: Any, text: str, *, heading: bool, numeric: bool) -> Any:
    paragraph = cell.paragraphs[0]
    paragraph.style = HEAD if heading else CELL
    paragraph.add_run(text)
    if heading:
        shade(cell, SHADE)
    elif numeric:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    return paragraph


def shade(cell: Any, color: str) -> None:
    """Fill a cell with a colour (``RRGGBB``)."""
    filled = OxmlElement("w:shd")
    for key, value in (("val", "clear"), ("color", "auto"), ("fill", color)):
        filled.set(qn(f"w:{key}"), value)
    cell._tc.get_or_add_tcPr().append(filled)  # noqa: SLF001  python-docx has no public way to shade


def _mark_row(row: Any, *, heading: bool) -> None:
    """Keep a row whole; repeat that of the headings on every page."""
    properties = row._tr.get_or_add_trPr()  # noqa: SLF001  python-docx has no public way
    for tag in ("w:cantSplit", "w:tblHeader") if heading else ("w:cantSplit",):
        properties.append(OxmlElement(tag))
