"""The report as a Word file, for officers who edit it."""

import io
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from knr_gis.atomic import atomic_path
from knr_gis.errors import OutputError
from knr_gis.figure import REPORT_MM, write_figure
from knr_gis.figure.chart import CHART_MM, write_chart
from knr_gis.fonts import FAMILY, plain
from knr_gis.product import Product
from knr_gis.readable import created_time
from knr_gis.report.content import (
    TABLE_PT,
    Picture,
    PrintedTable,
    Section,
    closing_sections,
    front_lines,
    key_tables,
)
from knr_gis.texts import say

_WARNING = RGBColor(0xB3, 0x26, 0x1E)
_ACCENT = RGBColor(0x1F, 0x4E, 0x79)


def write_report_docx(product: Product, path: Path) -> None:
    """
    Write the report as DOCX: the same content as the PDF, editable.

    Raises
    ------
    OutputError
        If a layer has no credit line, or the file cannot be written (open in Word, say).
    """
    product.require_traceable()
    content = _fixed_dates(_document_bytes(product))
    try:
        with atomic_path(path) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise OutputError("export.cannot_write", path=path, reason=error.strerror or error) from error


def _document_bytes(product: Product) -> bytes:
    document = Document()
    _set_properties(document, product)
    _set_styles(document)
    _set_page(document, product)
    _write_front(document, product)
    for table in key_tables(product):
        _write_table(document, table)
    _write_notes(document, product)
    _write_map(document, product)
    after_page = False
    for section in closing_sections(product):
        _write_section(document, section, new_page=section.own_page or after_page)
        after_page = section.own_page
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _fixed_dates(content: bytes) -> bytes:
    """Return the archive without the time of day in its entries: same product, same bytes."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), old.read(name), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _set_properties(document: Any, product: Product) -> None:
    properties = document.core_properties
    time = created_time(product).replace(tzinfo=None)
    properties.title, properties.subject = plain(product.title_ja), plain(product.headline)[:255]
    properties.author = properties.last_modified_by = f"knr-gis {plain(product.version)}"
    properties.created = properties.modified = time
    properties.comments = say("export.sample_statement") if product.sample else ""
    properties.language = "ja-JP"


def _set_styles(document: Any) -> None:
    """Give every style the Japanese font, for Latin and for East Asian text."""
    for name in ("Normal", "Title", "Heading 1", "Heading 2", "List Bullet", "Header", "Footer"):
        style = document.styles[name]
        style.font.name = FAMILY
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
            fonts.set(qn(script), FAMILY)
    sizes = {"Normal": 9.5, "Title": 20, "Heading 1": 13, "Heading 2": 10.5}
    for name, size in sizes.items():
        document.styles[name].font.size = Pt(size)
    for name in ("Title", "Heading 1", "Heading 2"):
        document.styles[name].font.color.rgb = _ACCENT
    document.styles["Heading 2"].paragraph_format.keep_with_next = True


def _set_page(document: Any, product: Product) -> None:
    """Set A4 portrait, a header with the mark, and a footer with page numbers."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(18)
    section.top_margin = section.bottom_margin = Mm(18)
    header = section.header.paragraphs[0]
    header.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    if product.sample:
        _run(header, say("product.sample_mark"), size=9, bold=True, color=_WARNING)
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _run(footer, f"{plain(product.title_ja)}　{_subtitle(product)}　", size=7.5)
    _add_field(footer, "PAGE")
    _run(footer, " / ", size=7.5)
    _add_field(footer, "NUMPAGES")


def _subtitle(product: Product) -> str:
    created = product.created.replace("T", " ")
    return say(
        "report.subtitle", region=plain(product.region_ja), created=created, version=plain(product.version)
    )


def _run(
    paragraph: Any, text: str, *, size: float, bold: bool = False, color: RGBColor | None = None
) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.bold = Pt(size), bold
    if color is not None:
        run.font.color.rgb = color


def _add_field(paragraph: Any, name: str) -> None:
    """Add a field that Word fills in, such as the page number."""
    run = paragraph.add_run()
    run.font.size = Pt(7.5)
    for kind, text in (("begin", ""), ("", name), ("separate", ""), ("text", "1"), ("end", "")):
        tag = {"": "w:instrText", "text": "w:t"}.get(kind, "w:fldChar")
        element = OxmlElement(tag)
        if tag == "w:fldChar":
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)  # noqa: SLF001  python-docx has no public way to add a field


def _write_front(document: Any, product: Product) -> None:
    document.add_paragraph(plain(product.title_ja), style="Title")
    document.add_paragraph(_subtitle(product))
    if product.sample:
        _run(document.add_paragraph(), say("export.sample_statement"), size=10, bold=True, color=_WARNING)
    if product.question_ja:
        question = document.add_paragraph()
        _run(question, say("report.question") + "　", size=8, bold=True, color=_ACCENT)
        _run(question, plain(product.question_ja), size=10)
    box = document.add_table(rows=1, cols=1, style="Table Grid")
    paragraph = box.cell(0, 0).paragraphs[0]
    _run(paragraph, plain(product.headline), size=13, bold=True)
    _shade(box.cell(0, 0), "E4EDF3")


def _write_notes(document: Any, product: Product) -> None:
    """Write the limits, and what was not evaluated."""
    lines = front_lines(product)
    if lines:
        document.add_heading(say("report.notes"), level=1)
    for line in lines:
        document.add_paragraph(line, style="List Bullet")


def _write_map(document: Any, product: Product) -> None:
    """Put the map on a landscape page of its own, at its true scale."""
    picture = io.BytesIO(_map_bytes(product))
    section = document.add_section(WD_SECTION.NEW_PAGE)
    section.orientation, section.page_width, section.page_height = WD_ORIENT.LANDSCAPE, Mm(297), Mm(210)
    section.left_margin = section.right_margin = Mm(8)
    section.top_margin, section.bottom_margin = Mm(13), Mm(13)
    section.header_distance = section.footer_distance = Mm(6)
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(0)
    paragraph.add_run().add_picture(picture, width=Mm(REPORT_MM[0]), height=Mm(REPORT_MM[1]))
    section = document.add_section(WD_SECTION.NEW_PAGE)
    section.orientation, section.page_width, section.page_height = WD_ORIENT.PORTRAIT, Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(18)
    section.top_margin, section.bottom_margin = Mm(18), Mm(18)


def _map_bytes(product: Product) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map.png"
        write_figure(product, path, dpi=200, size_mm=REPORT_MM)
        return path.read_bytes()


def _write_section(document: Any, section: Section, *, new_page: bool) -> None:
    heading = document.add_heading(section.title, level=1)
    heading.paragraph_format.page_break_before = new_page
    for text in section.paragraphs:
        _run(document.add_paragraph(), text, size=8.5)
    pictures, tables = section.pictures, section.tables
    for picture in pictures if not section.own_page else ():
        _write_picture(document, picture)
    for table in tables:
        _write_table(document, table)
    for picture in pictures if section.own_page else ():
        _write_picture(document, picture)


def _write_picture(document: Any, picture: Picture) -> None:
    """Put a chart under its title, with its values as alternative text and its remarks below."""
    document.add_heading(picture.title, level=2)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chart.png"
        write_chart(picture.chart, path)
        paragraph = document.add_paragraph()
        shape = paragraph.add_run().add_picture(str(path), width=Mm(CHART_MM))
    paragraph.paragraph_format.keep_with_next = bool(picture.remarks)
    shape._inline.docPr.set("descr", picture.alt)  # noqa: SLF001  python-docx has no public way
    for text in picture.remarks:
        _run(document.add_paragraph(), text, size=7.5)


def _write_table(document: Any, printed: PrintedTable) -> None:
    if printed.title:
        document.add_heading(printed.title, level=2)
    rows = [printed.headings, *printed.rows]
    table = document.add_table(rows=len(rows), cols=len(printed.headings), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.LEFT, False
    for down, (cells, row) in enumerate(zip(rows, table.rows, strict=True)):
        for across, (text, cell) in enumerate(zip(cells, row.cells, strict=True)):
            cell.width = Mm(printed.widths[across])
            _fill_cell(cell, text, heading=down == 0, numeric=printed.numeric[across])
    for column, width in zip(table.columns, printed.widths, strict=True):
        column.width = Mm(width)
    _repeat_heading(table.rows[0])
    note = printed.note or ("" if printed.rows else say("report.empty"))
    _run(document.add_paragraph(), note, size=7.5)


def _fill_cell(cell: Any, text: str, *, heading: bool, numeric: bool) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(0)
    _run(paragraph, text, size=TABLE_PT, bold=heading)
    if heading:
        _shade(cell, "E4EDF3")
    elif numeric:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _shade(cell: Any, color: str) -> None:
    shade = OxmlElement("w:shd")
    for key, value in (("val", "clear"), ("color", "auto"), ("fill", color)):
        shade.set(qn(f"w:{key}"), value)
    cell._tc.get_or_add_tcPr().append(shade)  # noqa: SLF001  python-docx has no public way to shade


def _repeat_heading(row: Any) -> None:
    """Repeat the headings on every page and keep rows whole."""
    properties = row._tr.get_or_add_trPr()  # noqa: SLF001  python-docx has no public way
    for tag in ("w:cantSplit", "w:tblHeader"):
        properties.append(OxmlElement(tag))
