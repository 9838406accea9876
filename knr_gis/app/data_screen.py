"""Screen 1: what data is there, taking files in, what is to be corrected."""

import contextlib
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from nicegui import ui

from knr_gis.app.import_card import import_card
from knr_gis.app.session import Session, forget_errors, tell_done, work
from knr_gis.app.widgets import Column, Mark, card, main_button, mark, quiet, row, side_button, table
from knr_gis.app.workspace import content_of, drop_sample, layer_titles, load_sample
from knr_gis.listing import check_workspace, layer_rows, write_check
from knr_gis.settings import Settings
from knr_gis.texts import say

_MARKS: dict[str, Mark] = {"error": "bad", "warning": "doubt", "info": "plain"}


def data_screen(session: Session) -> None:
    """Lay out the screen."""
    with row():
        _sample_card(session)
        import_card(session)
        show_findings = _check_card(session)
    with card():
        with row("knr-line"):
            with ui.tabs().props("dense no-caps align=left") as tabs:
                ui.tab("layers", label=say("app.layers"))
                ui.tab("findings", label=say("app.findings"))
            ui.element("div").classes("knr-gap")
            main_button(say("app.to_conditions"), lambda: session.go("conditions"))
        with ui.tab_panels(tabs, value="layers", animated=False).classes("full-width"):
            with ui.tab_panel("layers"):
                _layer_table(session)
            with ui.tab_panel("findings") as panel:
                quiet(say("app.not_checked"))
    show_findings(panel, lambda: tabs.set_value("findings"))


def _layer_table(session: Session) -> None:
    """Show every layer with its state."""

    @ui.refreshable
    def layers() -> None:
        titles = ("title", "state", "rows", "publisher", "edition", "obtained", "licence")
        widths = ("15%", "7em", "6em", "20%", "14%", "8.5em", "")
        heads = say("cli.layers_head").split("|")[1:]
        columns = [
            Column(name, head, "right" if name == "rows" else "left", width)
            for name, head, width in zip(titles, heads, widths, strict=True)
        ]
        rows = [dict(zip(("id", *titles), cells, strict=True)) for cells in _sorted_rows(session.settings)]
        table(
            columns, [{**r, "mark": _state_mark(r["state"])} for r in rows], more="knr-layers", marked="state"
        )

    layers()
    session.when("data", layers.refresh)


def _sorted_rows(settings: Settings) -> list[list[str]]:
    """Return the rows of the layer table by theme, as the list of layers to choose from."""
    order = list(layer_titles(settings))
    return sorted(layer_rows(settings), key=lambda cells: order.index(cells[0]))


def _state_mark(state: str) -> Mark:
    by_state: dict[str, Mark] = {
        say("listing.state_ready"): "good",
        say("listing.state_raw"): "doubt",
        say("listing.state_stale"): "doubt",
    }
    return by_state.get(state, "plain")


# --- sample --------------------------------------------------------------------------------------


def _sample_card(session: Session) -> None:
    """Offer the bundled sample to an empty workspace, and to take it out again."""

    async def load() -> None:
        forget_errors()
        if await work(say("app.loading_sample"), load_sample, session.settings) is not None:
            tell_done(say("app.sample_loaded"))
        session.tell("data")

    async def drop() -> None:
        if await _confirmed(say("app.drop_question"), say("app.drop_sample")):
            await work(say("app.dropping_sample"), drop_sample, session.settings)
            session.tell("data")

    @ui.refreshable
    def state() -> None:
        content = content_of(session.settings.workspace)
        quiet(say(f"app.sample_{content}"))
        if content == "empty":
            main_button(say("app.load_sample"), load, icon="science").classes("knr-push")
        elif content != "own":
            side_button(say("app.drop_sample"), drop).classes("knr-push")

    with card(say("app.sample"), "knr-third"):
        state()
    session.when("data", state.refresh)


async def _confirmed(question: str, action: str) -> bool:
    """Ask before something is taken away."""
    with ui.dialog() as dialog, ui.card().classes("knr-busy"):
        ui.label(question)
        with row("knr-line"):
            side_button(say("app.cancel"), lambda: dialog.submit(result=False))
            main_button(action, lambda: dialog.submit(result=True))
    answer = await dialog
    dialog.delete()
    return bool(answer)


# --- check ---------------------------------------------------------------------------------------


def _check_card(session: Session) -> Callable[[ui.element, Callable[[], object]], None]:
    """Offer the data-quality list; returns what is told where to show it."""
    place: dict[str, Any] = {}

    async def check() -> None:
        forget_errors()
        found = await work(say("app.checking"), check_workspace, session.settings)
        if found is None:
            return
        place["panel"].clear()
        with place["panel"]:
            _show_findings(session, found)
        place["show"]()
        session.tell("data")

    with card(say("app.check"), "knr-third"):
        quiet(say("app.check_note"))
        side_button(say("app.check_start"), check, icon="fact_check").classes("knr-push")

    def tell_place(panel: ui.element, show: Callable[[], object]) -> None:
        place.update(panel=panel, show=show)

    return tell_place


def _show_findings(session: Session, found: pd.DataFrame) -> None:
    """Show how much is to be corrected, and what."""
    titles = layer_titles(session.settings)
    counts = found.severity.value_counts()
    with row("knr-line"):
        for severity, kind in _MARKS.items():
            mark(say("app.count", what=say(f"app.{severity}"), count=int(counts.get(severity, 0))), kind)
        quiet(say("app.checked", time=f"{dt.datetime.now().astimezone():%H:%M}"))
        ui.element("div").classes("knr-gap")
        search = ui.input(placeholder=say("app.search")).props("outlined dense clearable")
        side_button(say("app.save_list"), lambda: _save_list(found)).props("dense")
    columns = [
        Column("severity", say("listing.check_severity"), width="7em"),
        Column("layer", say("listing.check_layer_id"), width="14em"),
        Column("message", say("listing.check_message")),
    ]
    rows = [
        {"severity": say(f"app.{r.severity}"), "layer": titles.get(r.layer_id, r.layer_id),
         "message": r.message, "mark": _MARKS[r.severity]}
        for r in found.itertuples()
    ]  # fmt: skip
    shown = table(columns, rows, more="knr-findings", marked="severity", page=50)
    search.bind_value_to(shown, "filter", lambda text: text or "")


def _save_list(found: pd.DataFrame) -> None:
    """Hand the list to the browser as a file."""
    with contextlib.suppress(FileNotFoundError), TemporaryDirectory(prefix="knr-") as folder:
        path = write_check(found, Path(folder))
        ui.download.content(path.read_bytes(), path.name, "text/csv")
