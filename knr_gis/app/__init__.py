"""The same as the command line, in a browser on this machine."""

from pathlib import Path

from nicegui import app, ui

from knr_gis.app.pages import build_page
from knr_gis.settings import Settings
from knr_gis.texts import say

HOST = "127.0.0.1"
OUTPUT_ROUTE = "/products"


def serve_app(settings: Settings, *, port: int, show: bool = True, out: Path | None = None) -> None:
    """
    Serve until interrupted, to this machine only.

    Parameters
    ----------
    out
        Folder of the products (default: ``out`` beside the workspace).
    """
    folder = out or settings.workspace.parent / "out"
    folder.mkdir(parents=True, exist_ok=True)
    app.add_static_files(OUTPUT_ROUTE, folder)

    def page() -> None:
        build_page(settings, folder, OUTPUT_ROUTE)

    ui.page("/")(page)
    ui.run(host=HOST, port=port, show=show, reload=False, title=say("app.title"), language="ja")
