"""Screen 3: the answer, the map and the tables of the last run."""

from nicegui import ui

from knr_gis.app.session import Session, address_of
from knr_gis.app.widgets import (
    Column,
    card,
    link,
    main_button,
    mark,
    notes_list,
    quiet,
    row,
    side_button,
    table,
)
from knr_gis.product import Product
from knr_gis.readable import ReadableTable, detail_tables, missing_table, printed_rows, summary_tables
from knr_gis.texts import say

_MOST_ROWS = 300


def map_screen(session: Session) -> None:
    """Lay out the screen."""

    @ui.refreshable
    def answer() -> None:
        if session.outcome is None:
            nothing_yet(session)
            return
        _headline(session, session.outcome.product)
        _frame(session.outcome.product.title_ja, address_of(session.outcome.files["html"]))
        _tables(session.outcome.product)

    answer()
    session.when("run", answer.refresh)


def _frame(title: str, address: str) -> None:
    """Show the map in a frame, once that has a size: a map that opens without one does not fit its view."""
    frame = ui.element("knr-frame").classes("knr-frame")
    frame.props["name"] = title
    frame.props["address"] = address


def nothing_yet(session: Session) -> None:
    """Say that there is no run, and where to start one."""
    with card(more="knr-empty"):
        ui.label(say("app.no_run"))
        side_button(say("app.to_conditions"), lambda: session.go("conditions"))


def _headline(session: Session, product: Product) -> None:
    """Show the answer in one sentence, what was changed for it, and its limits."""
    with card():
        with row("knr-line"):
            ui.label(product.title_ja).classes("knr-strong")
            if product.sample:
                mark(say("product.sample_mark"), "sample")
            quiet(say("app.made", created=product.created))
            ui.element("div").classes("knr-gap")
            if session.outcome is not None:
                link(say("app.full_screen"), address_of(session.outcome.files["html"]), new_tab=True)
            main_button(say("app.to_products"), lambda: session.go("products")).props("dense")
        ui.label(product.headline).classes("knr-headline")
        changed = [f"{line.label} {line.value}{line.unit}" for line in product.scenario if line.changed]
        if changed:
            ui.label(say("app.changed", conditions="、".join(changed))).classes("knr-note")
        notes_list(front_lines(product))


def front_lines(product: Product) -> list[str]:
    """Return what must be read with the answer: limits, then what was not evaluated."""
    lines = [say("export.sample_statement")] if product.sample else []
    lines += product.notes
    for what, reason, count in printed_rows(missing_table(product)):
        number = say("figure.missing_count", count=count) if count else ""
        lines.append(say("figure.missing", what=what, reason=reason, count=number).removeprefix("・"))
    return lines


def _tables(product: Product) -> None:
    """Show one of the tables of the result, the main one first."""
    tables = [t for t in (*summary_tables(product.result.summary), *detail_tables(product.result)) if t.rows]
    if not tables:
        return
    state = {"chosen": 0}

    @ui.refreshable
    def figures() -> None:
        _figures(tables[int(state["chosen"] or 0)])

    with card():
        with row("knr-line"):
            ui.label(say("app.tables")).classes("knr-head")
            titles = {n: t.title for n, t in enumerate(tables)}
            chosen = ui.select(titles, value=0, with_input=len(tables) > 8).props("outlined dense")
            chosen.style("min-width: 380px").bind_value(state, "chosen")
            chosen.on_value_change(lambda: figures.refresh())  # noqa: PLW0108  made anew by each run
        figures()


def _figures(shown: ReadableTable) -> None:
    numeric = [all(not isinstance(v, str) for v in cells) for cells in zip(*shown.rows, strict=True)]
    columns = [
        Column(str(n), heading, "right" if is_number else "left")
        for n, (heading, is_number) in enumerate(zip(shown.headings, numeric, strict=True))
    ]
    rows = [{str(n): cell for n, cell in enumerate(cells)} for cells in printed_rows(shown)[:_MOST_ROWS]]
    table(columns, rows, more="knr-figures", page=0 if len(rows) <= 30 else 20)
    if len(shown.rows) > _MOST_ROWS:
        quiet(say("app.cut", total=len(shown.rows), shown=_MOST_ROWS))
    if shown.note:
        quiet(shown.note)
