"""The report as a Word file, for officers who edit it."""

from pathlib import Path
from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH

from knr_gis.atomic import atomic_path
from knr_gis.errors import OutputError
from knr_gis.figure import PaperChoice
from knr_gis.fonts import plain
from knr_gis.product import Product
from knr_gis.readable import created_time
from knr_gis.report.content import Section, closing_sections, front_lines, key_tables
from knr_gis.report.templates import own_template
from knr_gis.report.word_parts import shade, write_maps, write_picture, write_table
from knr_gis.report.word_styles import (
    ACCENT,
    BULLET,
    GRID,
    HEADLINE,
    QUESTION,
    RED,
    SHADE,
    TEXT,
    WARNING,
    add_field,
    document_bytes,
    language_code,
    new_document,
)
from knr_gis.texts import say


def write_report_docx(
    product: Product, path: Path, *, templates: Path | None = None, choice: PaperChoice | None = None
) -> None:
    """
    Write the report as DOCX: the same content as the PDF, editable.

    Parameters
    ----------
    templates
        Folder that may hold the office's own ``report.docx``.
    choice
        Of the map: its grid, and the atlas whose pages stand behind it.

    Raises
    ------
    OutputError
        If a layer has no credit line, the template cannot be used, or the file cannot be written (open
        in Word, say).
    """
    product.require_traceable()
    document = new_document(own_template(templates, ".docx"))
    _set_properties(document, product)
    _write_margins(document, product)
    _write_body(document, product, choice or PaperChoice())
    content = document_bytes(document)
    try:
        with atomic_path(path) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise OutputError("export.cannot_write", path=path, reason=error.strerror or error) from error


def _set_properties(document: Any, product: Product) -> None:
    properties = document.core_properties
    time = created_time(product).replace(tzinfo=None)
    properties.title, properties.subject = plain(product.title), plain(product.headline)[:255]
    properties.author = properties.last_modified_by = f"knr-gis {plain(product.version)}"
    properties.created = properties.modified = time
    properties.comments = say("export.sample_statement") if product.sample else ""
    properties.language = language_code()


def _write_margins(document: Any, product: Product) -> None:
    """Write the mark into the header, and title and page numbers into the footer, where they are empty."""
    section = document.sections[0]
    header, footer = section.header.paragraphs[0], section.footer.paragraphs[0]
    if product.sample:
        mark = header if not header.text else section.header.add_paragraph()
        mark.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        run = mark.add_run(say("product.sample_mark"))
        run.bold, run.font.color.rgb = True, RED
    if "".join(p.text for p in section.footer.paragraphs) or section.footer.tables:
        return
    footer.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    footer.add_run(f"{plain(product.title)}　{subtitle(product)}　")
    add_field(footer, "PAGE")
    footer.add_run(" / ")
    add_field(footer, "NUMPAGES")


def subtitle(product: Product) -> str:
    """Return region, time and version in a line."""
    created = product.created.replace("T", " ")
    return say(
        "report.subtitle", region=plain(product.region), created=created, version=plain(product.version)
    )


def _write_body(document: Any, product: Product, choice: PaperChoice) -> None:
    _write_front(document, product)
    for table in key_tables(product):
        write_table(document, table)
    _write_notes(document, product)
    write_maps(document, product, choice)
    after_page = False
    for section in closing_sections(product):
        _write_section(document, section, new_page=section.own_page or after_page)
        after_page = section.own_page


def _write_front(document: Any, product: Product) -> None:
    document.add_paragraph(plain(product.title), style="Title")
    document.add_paragraph(subtitle(product))
    if product.sample:
        document.add_paragraph(say("export.sample_statement"), style=WARNING)
    if product.question:
        question = document.add_paragraph(style=QUESTION)
        _label(question, say("report.question") + "　")
        question.add_run(plain(product.question))
    box = document.add_table(rows=1, cols=1, style=GRID)
    cell = box.cell(0, 0)
    _label(cell.paragraphs[0], say("report.headline"))
    cell.add_paragraph(plain(product.headline), style=HEADLINE)
    shade(cell, SHADE)


def _label(paragraph: Any, text: str) -> None:
    run = paragraph.add_run(text)
    run.bold, run.font.color.rgb = True, ACCENT


def _write_notes(document: Any, product: Product) -> None:
    """Write the limits, and what was not evaluated."""
    lines = front_lines(product)
    if lines:
        document.add_heading(say("report.notes"), level=1)
    for line in lines:
        document.add_paragraph(line, style=BULLET)


def _write_section(document: Any, section: Section, *, new_page: bool) -> None:
    heading = document.add_heading(section.title, level=1)
    heading.paragraph_format.page_break_before = new_page
    for text in section.paragraphs:
        paragraph = document.add_paragraph(text, style=TEXT)
        paragraph.paragraph_format.keep_with_next = bool(section.tables or section.pictures)
    pictures, tables = section.pictures, section.tables
    for picture in pictures if not section.own_page else ():
        write_picture(document, picture)
    for table in tables:
        write_table(document, table)
    for picture in pictures if section.own_page else ():
        write_picture(document, picture)
