"""Screen 4: the files of the last run, and those of earlier ones."""

from pathlib import Path

from nicegui import ui

from knr_gis.app.map_screen import nothing_yet
from knr_gis.app.session import Session, address_of
from knr_gis.app.shelf import PastRun, past_runs
from knr_gis.app.widgets import card, link, mark, quiet, row
from knr_gis.maps import load_presets
from knr_gis.texts import say

_READABLE = ("html", "png", "pdf")


def products_screen(session: Session) -> None:
    """Lay out the screen."""

    @ui.refreshable
    def shelf() -> None:
        if session.outcome is None:
            nothing_yet(session)
        else:
            _last_run(session)
        _earlier(session)

    shelf()
    session.when("run", shelf.refresh)
    session.when("data", shelf.refresh)


def _last_run(session: Session) -> None:
    """Show the files of the last run of this window."""
    assert session.outcome is not None  # noqa: S101  told by the caller
    product, files = session.outcome.product, session.outcome.files
    with card():
        with row("knr-line"):
            ui.label(product.title_ja).classes("knr-head")
            if product.sample:
                mark(say("product.sample_mark"), "sample")
            quiet(say("app.made", created=product.created))
        with ui.element("div").classes("knr-files"):
            for name, path in sorted(files.items(), key=lambda pair: pair[0] not in _READABLE):
                _file(name, path)
        with row("knr-line"):
            quiet(say("app.folder"))
            ui.label(str(next(iter(files.values())).parent.resolve())).classes("knr-path")
        quiet(say("app.folder_note"))


def _file(name: str, path: Path) -> None:
    """Show one file: what it is for, its name, its size, and how to get it."""
    ui.element("div").classes("knr-rule")
    ui.label(say(f"app.format_{name}")).classes("knr-strong")
    quiet(path.name)
    quiet(size_text(path))
    if name in _READABLE:
        link(say("app.open"), address_of(path), new_tab=True)
    else:
        ui.label("")
    link(say("app.save"), address_of(path, save=True))


def size_text(path: Path) -> str:
    """Return the size of a file as people read it."""
    size = path.stat().st_size if path.exists() else 0
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(size / 1e3, 1):.0f} KB"


def _earlier(session: Session) -> None:
    """Show the files of runs before this one."""
    now = next(iter(session.outcome.files.values())).parent if session.outcome else None
    earlier = [run for run in past_runs(session.out) if now is None or run.folder.name != now.name]
    if not earlier:
        return
    titles = {i: preset.title_ja for i, preset in load_presets(session.settings.maps_dir).items()}
    with card(say("app.earlier")):
        for run in earlier:
            _past(run, titles.get(run.map_id, run.map_id))


def _past(run: PastRun, title: str) -> None:
    with row("knr-line"):
        quiet(f"{run.time:%Y-%m-%d %H:%M}")
        ui.label(title).classes("knr-note")
        for name, path in run.files.items():
            link(name.upper(), address_of(path, save=name not in _READABLE), new_tab=name in _READABLE)
