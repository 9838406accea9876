"""The few parts that all screens are made of. Text from data is text, never markup."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from nicegui import ui

Mark = Literal["doubt", "sample", "changed", "good", "bad", "plain"]
_CELL_MARK = (
    '<q-td :props="props">'
    '<span :class="`knr-mark knr-mark-${props.row.mark}`">{{ props.value }}</span></q-td>'
)


@dataclass(frozen=True)
class Column:
    """A column of a table: the name of its values in a row, its heading, and how it is set."""

    name: str
    title: str
    align: Literal["left", "right"] = "left"
    width: str = ""


@contextmanager
def card(title: str = "", more: str = "") -> Iterator[ui.element]:
    """Yield a white card with a heading."""
    with ui.element("section").classes(f"knr-card {more}") as box:
        if title:
            ui.label(title).classes("knr-head")
        yield box


@contextmanager
def row(more: str = "knr-row") -> Iterator[None]:
    """Yield a row of parts."""
    with ui.element("div").classes(more):
        yield


def mark(text: str, kind: Mark) -> ui.label:
    """Show a word on a coloured ground; the word says it, the colour only helps."""
    return ui.label(text).classes(f"knr-mark knr-mark-{kind}")


def quiet(text: str) -> ui.label:
    """Show an explanation."""
    return ui.label(text).classes("knr-quiet")


def notes_list(lines: Sequence[str]) -> None:
    """Show sentences as a list."""
    with ui.element("ul").classes("knr-notes"):
        for line in lines:
            with ui.element("li"):
                ui.label(line)


def table(
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, Any]],
    *,
    more: str = "",
    marked: str = "",
    page: int = 0,
) -> ui.table:
    """
    Show rows as a table.

    Parameters
    ----------
    rows
        Values by column name; ``mark`` is the colour of the column that is named by ``marked``.
    page
        Rows on one page; 0 for all.
    """
    heads = [
        {"name": c.name, "label": c.title, "field": c.name, "align": c.align, "sortable": False,
         "headerStyle": f"width: {c.width}" if c.width else ""}
        for c in columns
    ]  # fmt: skip
    records = [{"id": n, **line} for n, line in enumerate(rows)]
    shown = ui.table(columns=heads, rows=records, row_key="id", pagination=page or None)
    shown.classes(f"knr-table {more}").props("flat dense" + ("" if page else " hide-pagination"))
    if marked:
        shown.add_slot(f"body-cell-{marked}", _CELL_MARK)
    return shown


def main_button(text: str, action: Callable[[], Any], *, icon: str = "") -> ui.button:
    """Show the button of the next step."""
    return ui.button(text, on_click=action, icon=icon or None).props("unelevated color=primary no-caps")


def side_button(text: str, action: Callable[[], Any], *, icon: str = "") -> ui.button:
    """Show a button of lesser weight."""
    return ui.button(text, on_click=action, icon=icon or None).props("outline color=primary no-caps")


def link(text: str, address: str, *, new_tab: bool = False) -> None:
    """Show a link to a product."""
    ui.link(text, address, new_tab=new_tab).classes("knr-link")
