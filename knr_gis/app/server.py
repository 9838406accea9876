"""The server behind the browser's window: this machine only, products only, this page only."""

import errno
import os
import socket
from contextlib import suppress
from pathlib import Path

from nicegui import app, binding, ui
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from knr_gis import fonts
from knr_gis.app.pages import build_page
from knr_gis.app.session import FONT_ROUTE, PRODUCT_ROUTE, Session, is_working
from knr_gis.app.shelf import product_path, sweep_unfinished
from knr_gis.errors import SettingsError
from knr_gis.settings import Settings
from knr_gis.texts import say

HOST = "127.0.0.1"
_OWN_NAMES = ("127.0.0.1", "localhost")
_RECONNECT_S = 60.0  # a long analysis may keep the server from answering for a while

# NiceGUI's pages compile their templates in the browser; every address but our own stays forbidden.
_PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self' ws://127.0.0.1:* ws://localhost:*; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
# A product is shown as a document of its own origin: what stands in data cannot reach the app.
_PRODUCT_POLICY = "sandbox allow-scripts allow-popups allow-downloads; frame-ancestors 'self'"
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" '
    'fill="#1d5b86"/><path d="M5 21q4-5 8 0t8 0 6-1v6H5z" fill="#8fc4e8"/>'
    '<path d="M16 4a6 6 0 0 1 6 6c0 4-6 9-6 9s-6-5-6-9a6 6 0 0 1 6-6z" fill="#fff"/></svg>'
)


def serve_app(settings: Settings, *, port: int, show: bool = True, out: Path | None = None) -> None:
    """
    Serve until interrupted, to this machine only.

    Parameters
    ----------
    show
        Open the browser.
    out
        Folder of the products (default: ``out`` beside the workspace).

    Raises
    ------
    SettingsError
        If the port cannot be used.
    """
    require_free_port(port)
    folder = out or settings.workspace.parent / "out"
    folder.mkdir(parents=True, exist_ok=True)
    _add_routes(settings, folder)
    app.add_middleware(OwnPagesOnly)
    binding.MAX_PROPAGATION_TIME = 1.0  # a busy machine is nothing to tell the officer
    with suppress(KeyboardInterrupt):  # Ctrl+C is how the officer ends it
        ui.run(
            host=HOST, port=port, show=show, reload=False, title=say("app.title"), language="ja",
            favicon=_ICON, show_welcome_message=False, tailwind=False, reconnect_timeout=_RECONNECT_S,
        )  # fmt: skip
    _leave()


def _leave() -> None:
    """
    End at once, also in the midst of a run.

    Python would wait for the thread that is at work. The workspace is whole at every moment, and what
    is half made of the products is taken away.
    """
    if is_working():
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  what is at work may complain of its end
            os.dup2(nowhere.fileno(), 2)
        sweep_unfinished()
        os._exit(0)


def require_free_port(port: int) -> None:
    """Raise SettingsError unless a server of this machine can use the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
        if os.name == "posix":  # as the server does; elsewhere it would let two servers share a port
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except (OSError, OverflowError) as error:
            taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
            key = "app.port_taken" if taken else "app.port_unusable"
            raise SettingsError(key, port=port, other=port + 1) from error
    if port == 0:  # the system would choose one that nobody is told
        raise SettingsError("app.port_unusable", port=port, other=8050)


def _add_routes(settings: Settings, out: Path) -> None:
    def page() -> None:
        build_page(Session(settings, out))

    def product(folder: str, name: str, *, save: bool = False) -> FileResponse:
        return send_product(out, folder, name, save=save)

    ui.page("/")(page)
    app.get(PRODUCT_ROUTE + "/{folder}/{name}", include_in_schema=False)(product)
    app.add_static_files(FONT_ROUTE, fonts.FOLDER)


def send_product(out: Path, folder: str, name: str, *, save: bool) -> FileResponse:
    """Return a product to look at, or to save; anything else is not found."""
    path = product_path(out, folder, name)
    if path is None:
        raise HTTPException(status_code=404)
    headers = {
        "Content-Security-Policy": _PRODUCT_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
    }
    place = "attachment" if save else "inline"
    return FileResponse(path, headers=headers, filename=name, content_disposition_type=place)


class OwnPagesOnly:
    """
    Answer this machine's own pages only.

    Any web site that the officer visits may send requests to 127.0.0.1 through the browser. Such a
    request names another host (a name that was made to point here) or another origin: it is refused.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif is_own(Headers(scope=scope)):
            await self._app(scope, receive, _with_policy(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await send({"type": "http.response.start", "status": 403, "headers": []})
            await send({"type": "http.response.body", "body": b""})


def is_own(headers: Headers) -> bool:
    """Tell whether a request was made to this machine by name, from a page of its own."""
    host = headers.get("host", "")
    name, _, _ = host.partition(":")
    return name in _OWN_NAMES and headers.get("origin", f"http://{host}") == f"http://{host}"


def _with_policy(send: Send) -> Send:
    """Return ``send`` with the page's policy on every answer that has none of its own."""

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).setdefault("Content-Security-Policy", _PAGE_POLICY)
        await send(message)

    return guarded
