"""The page: four screens, one after the other."""

from pathlib import Path

from nicegui import ui

from knr_gis.app.conditions_screen import conditions_screen
from knr_gis.app.data_screen import data_screen
from knr_gis.app.map_screen import map_screen
from knr_gis.app.products_screen import products_screen
from knr_gis.app.session import Session, sentence_of
from knr_gis.region import load_region
from knr_gis.texts import say

SCREENS = {
    "data": data_screen,
    "conditions": conditions_screen,
    "map": map_screen,
    "products": products_screen,
}
_STYLE = Path(__file__).with_name("app.css").read_text(encoding="utf-8")
_SCRIPT = Path(__file__).with_name("app.js").read_text(encoding="utf-8")


def build_page(session: Session) -> None:
    """Lay out the page of one window; what keeps a screen from being shown stands in its place."""
    ui.colors(primary="#1d5b86", positive="#1b6e43", negative="#a3231c", warning="#8a5200", info="#2b5f86")
    ui.add_css(_STYLE)
    ui.add_head_html(f"<script>{_SCRIPT}</script>")
    with ui.header(elevated=False), ui.element("div").classes("knr-bar"):
        ui.label(say("app.title")).classes("knr-name")
        with ui.tabs().props("no-caps align=left narrow-indicator") as tabs:
            for name in SCREENS:
                ui.tab(name, label=say(f"app.tab_{name}"))
        _place(session)
    session.go = tabs.set_value
    session.is_outdated()  # what is drawn now is up to date
    with ui.tab_panels(tabs, value="data", animated=False, keep_alive=True):
        for name, screen in SCREENS.items():
            with ui.tab_panel(name):
                _show(screen, session)
    tabs.on_value_change(lambda: _screen_changed(session))


def _screen_changed(session: Session) -> None:
    """Begin at the top of a screen, with the data as it is now: another window may have changed it."""
    ui.run_javascript("window.scrollTo(0, 0)")
    if session.is_outdated():  # drawing anew takes a moment, in which a second click would be lost
        session.tell("data")


def _place(session: Session) -> None:
    """Say which region and which folder this is."""
    with ui.element("div").classes("knr-place"):
        try:
            ui.label(load_region(session.settings.region_file).title_ja)
        except Exception as error:  # noqa: BLE001  the screens say it again, where it matters
            ui.label(sentence_of(error))
        ui.label(say("app.workspace", name=session.settings.workspace.resolve().name)).tooltip(
            str(session.settings.workspace.resolve())
        )


def _show(screen: object, session: Session) -> None:
    try:
        screen(session)  # type: ignore[operator]
    except Exception as error:  # noqa: BLE001  a damaged definition must not take the page away
        with ui.element("section").classes("knr-card"):
            ui.label(sentence_of(error))
