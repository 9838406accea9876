"""Styles and pages of the Word file: the office's own where its template has them, else ours."""

import io
import zipfile
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from knr_gis.errors import OutputError
from knr_gis.fonts import FAMILY
from knr_gis.texts import current_language, say

HEADLINE, QUESTION, WARNING = "KNR Headline", "KNR Question", "KNR Warning"
TEXT, NOTE, CELL, HEAD = "KNR Text", "KNR Note", "KNR Cell", "KNR Cell Heading"
GRID, BULLET = "Table Grid", "List Bullet"
RED, ACCENT = RGBColor(0xB3, 0x26, 0x1E), RGBColor(0x1F, 0x4E, 0x79)
SHADE = "E4EDF3"

_MARGIN_MM = 18
_PARAGRAPH, _TABLE = WD_STYLE_TYPE.PARAGRAPH, WD_STYLE_TYPE.TABLE
_THEMES = ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme")
# Size in points, bold, colour, millimetres... of each style that is ours; space below in points.
_OURS: dict[str, tuple[float, bool, RGBColor | None, float]] = {
    HEADLINE: (13, True, None, 0), QUESTION: (10, False, None, 4), WARNING: (10, True, RED, 4),
    TEXT: (8.5, False, None, 4), NOTE: (7.5, False, None, 4), CELL: (7.5, False, None, 0),
    HEAD: (7.5, True, None, 0),
}  # fmt: skip
_KNOWN: dict[str, tuple[float, RGBColor | None]] = {
    "Normal": (9.5, None), "Title": (20, ACCENT), "Heading 1": (13, ACCENT), "Heading 2": (10.5, ACCENT),
    BULLET: (9.5, None), "Header": (9, None), "Footer": (7.5, None),
}  # fmt: skip
_USES = {
    HEADLINE: "headline", QUESTION: "question", WARNING: "warning", TEXT: "text", NOTE: "note",
    CELL: "cell", HEAD: "head",
}  # fmt: skip


def new_document(template: Path | None) -> Any:
    """
    Return an empty document with every style that the report uses.

    Raises
    ------
    OutputError
        If the template is no Word document.
    """
    document = _open(template) if template else Document()
    if template is None:
        _set_known_styles(document)
        set_page(document.sections[0])
    _add_missing_styles(document)
    return document


def _open(template: Path) -> Any:
    """Return the office's document without its body; its last section keeps margins, header and footer."""
    try:
        document = Document(str(template))
    except (PackageNotFoundError, KeyError, ValueError, zipfile.BadZipFile, OSError) as error:
        raise OutputError("report_template.bad_word", path=template) from error
    body = document.element.body
    for element in list(body):
        if element.tag != qn("w:sectPr"):
            body.remove(element)
    return document


def _set_known_styles(document: Any) -> None:
    for name, (size, color) in _KNOWN.items():
        style = document.styles[name]
        _set_font(style)
        style.font.size = Pt(size)
        if color is not None:
            style.font.color.rgb = color
    document.styles["Heading 2"].paragraph_format.keep_with_next = True


def _set_font(style: Any) -> None:
    """Give a style the Japanese font, for Latin and for East Asian text, and its languages."""
    style.font.name = FAMILY
    properties = style.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for theme in _THEMES:
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(script), FAMILY)


def _add_missing_styles(document: Any) -> None:
    """Add what the report needs and a template lacks; what it has is left as it is."""
    there = {style.name for style in document.styles}
    for name, (size, bold, color, below) in _OURS.items():
        if name in there:
            continue
        style = document.styles.add_style(name, _PARAGRAPH)
        _set_font(style)
        style.font.size, style.font.bold = Pt(size), bold
        style.paragraph_format.space_after = Pt(below)
        style.paragraph_format.space_before = Pt(0)
        if color is not None:
            style.font.color.rgb = color
    for name in {"Title", "Heading 1", "Heading 2", BULLET} - there:
        document.styles.add_style(name, _PARAGRAPH)
    if GRID not in there:
        document.styles.add_style(GRID, _TABLE)


def set_page(section: Any, *, landscape: bool = False) -> None:
    """Set A4, upright with margins of 18 mm, or lying with the narrow ones of the map's page."""
    narrow = landscape
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (Mm(297), Mm(210)) if landscape else (Mm(210), Mm(297))
    section.left_margin = section.right_margin = Mm(8 if narrow else _MARGIN_MM)
    section.top_margin = section.bottom_margin = Mm(11 if narrow else _MARGIN_MM)
    section.header_distance = section.footer_distance = Mm(5 if narrow else 10)


def add_field(paragraph: Any, name: str) -> None:
    """Add a field that Word fills in, such as the page number."""
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", name), ("separate", ""), ("text", "1"), ("end", "")):
        tag = {"": "w:instrText", "text": "w:t"}.get(kind, "w:fldChar")
        element = OxmlElement(tag)
        if tag == "w:fldChar":
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)  # noqa: SLF001  python-docx has no public way to add a field


def language_code() -> str:
    """Return the language of the document as Word names it."""
    return {"ja": "ja-JP", "en": "en-US"}[current_language()]


def document_bytes(document: Any) -> bytes:
    """Return a document as a file without the time of day in its entries: same content, same bytes."""
    written, fixed = io.BytesIO(), io.BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), old.read(name), zipfile.ZIP_DEFLATED)
    return fixed.getvalue()


def template_document() -> bytes:
    """Return the bundled template: every style, shown by a paragraph that says what it is for."""
    document = new_document(None)
    document.add_paragraph(say("report_template.word_sample"))
    for name, use in _USES.items():
        told = say("report_template.word_style", style=name, use=say(f"report_template.use_{use}"))
        document.add_paragraph(told, style=name)
    for name in ("Title", "Heading 1", "Heading 2", BULLET):
        document.add_paragraph(name, style=name)
    return document_bytes(document)
