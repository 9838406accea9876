"""The four screens: data, conditions, map, products."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ParamSpec, TypeVar

from nicegui import events, run, ui

from knr_gis.acquire import build_layers, import_files
from knr_gis.app.conditions import Condition, conditions_of, pairs_of
from knr_gis.errors import KnrError
from knr_gis.layers import load_layers
from knr_gis.listing import check_workspace, layer_rows
from knr_gis.maps import FORMATS, load_presets
from knr_gis.run import RunOptions, RunOutcome, run_map
from knr_gis.settings import Settings
from knr_gis.texts import say

P = ParamSpec("P")
R = TypeVar("R")
TABS = ("data", "conditions", "map", "products")


@dataclass
class Session:
    """What one browser window works on."""

    settings: Settings
    out: Path
    route: str
    map_id: str = "overview"
    formats: list[str] = field(default_factory=lambda: ["html", "png", "xlsx"])
    conditions: list[Condition] = field(default_factory=list)
    outcome: RunOutcome | None = None
    on_done: list[Callable[[], object]] = field(default_factory=list)

    def finish(self, outcome: RunOutcome) -> None:
        """Take the outcome of a run and tell the screens that show it."""
        self.outcome = outcome
        for listener in self.on_done:
            listener()

    def address_of(self, path: Path) -> str:
        """Return the address of a product; the time makes the browser fetch a new one."""
        return f"{self.route}/{path.name}?{time.time_ns()}"


def build_page(settings: Settings, out: Path, route: str) -> None:
    """Lay out the page."""
    session = Session(settings, out, route)
    with ui.header().classes("items-center"):
        ui.label(say("app.title")).classes("text-h6")
    with ui.tabs().classes("w-full") as tabs:
        for name in TABS:
            ui.tab(name, label=say(f"app.tab_{name}"))
    with ui.tab_panels(tabs, value="data").classes("w-full"):
        with ui.tab_panel("data"):
            _data_screen(session)
        with ui.tab_panel("conditions"):
            _conditions_screen(session, tabs)
        with ui.tab_panel("map"):
            _map_screen(session)
        with ui.tab_panel("products"):
            _products_screen(session)


def _data_screen(session: Session) -> None:
    """Show the layers, take files in, list what is to be corrected."""
    layers = load_layers(session.settings.layers_dir)
    chosen = ui.select({i: layer.title_ja for i, layer in layers.items()}, label=say("app.layer"))
    chosen.classes("w-96").props("outlined")

    async def uploaded(event: events.UploadEventArguments) -> None:
        if chosen.value is None:
            ui.notify(say("app.choose_layer"), type="warning")
            return
        await _take_in(session, event, str(chosen.value))
        layer_table.refresh()

    ui.upload(label=say("app.upload"), on_upload=uploaded, auto_upload=True, multiple=True).classes("w-96")

    @ui.refreshable
    def layer_table() -> None:
        _table(say("cli.layers_head").split("|"), layer_rows(session.settings))

    layer_table()
    findings = ui.column().classes("w-full")

    async def check() -> None:
        table = await _attempt(check_workspace, session.settings)
        if table is not None:
            findings.clear()
            with findings:
                heads = [say(f"listing.check_{name}") for name in ("severity", "layer_id", "message")]
                _table(heads, table[["severity", "layer_id", "message"]].to_numpy().tolist())

    ui.button(say("app.check"), on_click=check)


async def _take_in(session: Session, event: events.UploadEventArguments, layer_id: str) -> None:
    """Import an uploaded file; a bad one leaves no trace."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / Path(event.file.name).name
        await event.file.save(path)
        imported = await _attempt(import_files, session.settings, layer_id, (path,))
    if imported is not None:
        await _attempt(build_layers, session.settings)
        ui.notify(say("cli.imported", file=path.name, rows=imported[0].rows, layer=layer_id), type="positive")
        for finding in imported[0].findings:
            ui.notify(finding.message, type="info")


def _conditions_screen(session: Session, tabs: ui.tabs) -> None:
    """Choose the map, its scenario values and the formats; start the run."""
    presets = load_presets(session.settings.maps_dir)
    ui.select({i: p.title_ja for i, p in presets.items()}, label=say("app.map")).classes("w-96").props(
        "outlined"
    ).bind_value(session, "map_id").on_value_change(lambda: fields.refresh())  # noqa: PLW0108  `fields` is defined below

    @ui.refreshable
    def fields() -> None:
        preset = presets[session.map_id]
        ui.label(preset.question_ja).classes("text-body1")
        session.conditions = conditions_of(preset)
        for condition in session.conditions:
            box = ui.input(condition.label, placeholder=condition.default).classes("w-96").props("outlined")
            box.bind_value(condition, "text")
            if condition.source:
                ui.label(condition.source).classes("text-caption text-grey-8")

    fields()
    ui.select(list(FORMATS), label=say("app.formats"), multiple=True).classes("w-96").props(
        "outlined use-chips"
    ).bind_value(session, "formats")

    async def start() -> None:
        options = RunOptions(pairs_of(session.conditions), tuple(session.formats))
        outcome = await _attempt(run_map, session.settings, session.map_id, session.out, options)
        if outcome is not None:
            session.finish(outcome)
            tabs.set_value("map")

    ui.button(say("app.start"), on_click=start).props("size=lg")


def _map_screen(session: Session) -> None:
    """Show the headline and the interactive map of the last run."""
    ui.label().classes("text-h6").bind_text_from(
        session, "outcome", lambda o: o.product.headline if o else say("app.no_run")
    )
    frame = ui.element("iframe").classes("w-full").style("height: 75vh; border: 0")

    def show(outcome: RunOutcome | None) -> bool:
        if outcome is not None and "html" in outcome.files:
            frame.props(f'src="{session.address_of(outcome.files["html"])}" title="{say("app.tab_map")}"')
        return outcome is not None and "html" in outcome.files

    frame.bind_visibility_from(session, "outcome", show)


def _products_screen(session: Session) -> None:
    """Offer the files of the last run."""

    @ui.refreshable
    def links() -> None:
        if session.outcome is None:
            ui.label(say("app.no_run"))
            return
        for path in session.outcome.files.values():
            ui.link(path.name, session.address_of(path), new_tab=True).classes("text-h6")
        ui.label(say("app.folder", folder=session.out.resolve()))

    links()
    session.on_done.append(links.refresh)


def _table(heads: list[str], rows: list[list[str]]) -> None:
    """Show rows as a table; cells are text, never markup."""
    columns = [{"name": str(n), "label": h, "field": str(n), "align": "left"} for n, h in enumerate(heads)]
    records = [{str(n): str(cell) for n, cell in enumerate(row)} for row in rows]
    ui.table(columns=columns, rows=records, pagination=20).classes("w-full").props("wrap-cells")


async def _attempt(function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R | None:
    """Call a function beside the event loop; an error of the user's becomes a notice, and None."""
    waiting = ui.notification(say("app.working"), spinner=True, timeout=None)
    await asyncio.sleep(0.05)
    try:
        return await run.io_bound(function, *arguments, **named)
    except (KnrError, OSError) as error:
        ui.notify(str(error), type="negative", multi_line=True, timeout=0, close_button=say("app.close"))
        return None
    finally:
        waiting.dismiss()
