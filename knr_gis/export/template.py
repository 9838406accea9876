"""An empty workbook for a layer of one's own: the headings that are read, how to fill them, no traps."""

from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from knr_gis.atomic import atomic_path
from knr_gis.errors import OutputError
from knr_gis.fonts import FAMILY
from knr_gis.layers import Form, Layer
from knr_gis.schema import Column, canonical_columns
from knr_gis.texts import has_text, say

_ROWS = 1000  # prepared for writing
_POSITIONS = {
    "point": ("latitude", "longitude"),
    "line": ("start_latitude", "start_longitude", "end_latitude", "end_longitude", "via"),
}
_KINDS = (*_POSITIONS, "municipality", "table")  # areas are drawn, not written
_WIDTH, _GUIDE_WIDTHS = 16, (20, 30, 10, 40, 44)
# What a cell may say is offered as a list up to this length: longer ones do not fit Excel's 255 characters.
_MOST_LISTED = 255


def write_template(layer: Layer, path: Path) -> Path:
    """
    Write an empty table of a layer as XLSX and return its path.

    The first sheet has the headings. Columns of text are formatted as text, so that Excel does not make
    a date of ``4-11``; columns of coded words offer them. The second sheet says what each heading means.

    Raises
    ------
    OutputError
        If the layer is not filled by a table of one's own, or the file cannot be written.
    """
    form = next((f for f in layer.forms if f.id.startswith("own")), None)
    if form is None or "table" not in layer.formats or layer.geometry not in _KINDS:
        raise OutputError("template.no_table", layer=layer.title_ja, id=layer.id, page=layer.source.page)
    try:
        with atomic_path(path) as temporary, xlsxwriter.Workbook(str(temporary)) as book:
            _add_table(book, layer, form)
            _add_guide(book, layer, form)
    except (OSError, FileCreateError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputError("export.cannot_write", path=path, reason=reason) from error
    return path


def _headings(layer: Layer, form: Form) -> list[tuple[str, str]]:
    """Return heading and canonical column (or part of a position), those that must be filled first."""
    ours = sorted(form.columns, key=lambda name: name not in layer.required)
    columns = [(form.columns[name][0], name) for name in ours]
    places = [(say(f"template.at_{key}"), key) for key in _POSITIONS.get(layer.geometry, ())]
    required = sum(name in layer.required for name in ours)
    return [*columns[:required], *places, *columns[required:]]


def _add_table(book: Any, layer: Layer, form: Form) -> None:
    sheet = book.add_worksheet(say("template.sheet"))
    head = {"font_name": FAMILY, "bold": True, "border": 1, "text_wrap": True, "valign": "top"}
    formats = {True: {**head, "bg_color": "#F6D7B0"}, False: {**head, "bg_color": "#E4EDF3"}}
    made = {needed: book.add_format(look) for needed, look in formats.items()}
    as_text = book.add_format({"font_name": FAMILY, "num_format": "@"})
    as_number = book.add_format({"font_name": FAMILY})
    for place, (heading, name) in enumerate(_headings(layer, form)):
        column = canonical_columns().get(name)
        is_text = name == "via" or (column is not None and column.type not in ("number", "integer"))
        sheet.set_column(place, place, _WIDTH, as_text if is_text else as_number)
        sheet.write_string(0, place, heading, made[_is_needed(layer, name)])
        if words := _words(form, column):
            told = {"validate": "list", "source": words, "error_type": "warning"}
            sheet.data_validation(1, place, _ROWS, place, told)
    sheet.freeze_panes(1, 1)


def _is_needed(layer: Layer, name: str) -> bool:
    return name in layer.required or (name in _POSITIONS.get(layer.geometry, ()) and name != "via")


def _words(form: Form, column: Column | None) -> list[str]:
    """Return the words that a cell of the column may say, the first of those that mean the same."""
    if column is None:
        return []
    if column.type == "flag":
        return say("template.flags").split("、")
    meaning: dict[object, str] = {}
    for word, value in form.values.get(column.name, {}).items():
        if word and value != "":
            meaning.setdefault(value, word)
    words = list(meaning.values())
    return words if len(",".join(words)) <= _MOST_LISTED else []


def _add_guide(book: Any, layer: Layer, form: Form) -> None:
    """Add the sheet that says what each heading means and how the file is brought in."""
    sheet = book.add_worksheet(say("template.guide_sheet"))
    plain = book.add_format({"font_name": FAMILY, "text_wrap": True, "valign": "top", "border": 1})
    bold = book.add_format({"font_name": FAMILY, "bold": True, "border": 1, "bg_color": "#E4EDF3"})
    for place, width in enumerate(_GUIDE_WIDTHS):
        sheet.set_column(place, place, width)
    for place, title in enumerate(say("template.guide_head").split("|")):
        sheet.write_string(0, place, title, bold)
    for row, (heading, name) in enumerate(_headings(layer, form), 1):
        for place, text in enumerate((heading, *_explained(layer, form, name))):
            sheet.write_string(row, place, text, plain)
    below = len(_headings(layer, form)) + 2
    for k, line in enumerate(say("template.how", id=layer.id, layer=layer.title_ja).split("|")):
        sheet.write_string(below + k, 0, line)


def _explained(layer: Layer, form: Form, name: str) -> tuple[str, str, str, str]:
    """Return meaning, whether it must be filled, how to write it, and the other headings that are read."""
    column = canonical_columns().get(name)
    meaning = column.ja if column else say(f"template.means_{name}")
    needed = say("template.needed") if _is_needed(layer, name) else ""
    others = "、".join(form.columns.get(name, ())[1:])
    return meaning, needed, _how(form, column, name), others


def _how(form: Form, column: Column | None, name: str) -> str:
    """Return how a cell is written: its words, its example, or the kind of value."""
    if words := _words(form, column):
        return say("template.one_of", words="、".join(words))
    if has_text(f"template.example_{name}"):
        return say(f"template.example_{name}")
    return say(f"template.kind_{column.type if column else 'number'}")
