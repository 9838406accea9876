"""What one browser window works on, and how its work is done beside the page."""

import functools
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from nicegui import Client, run, ui

from knr_gis import provenance
from knr_gis.app.conditions import Condition
from knr_gis.errors import KnrError
from knr_gis.run import RunOutcome
from knr_gis.settings import Settings
from knr_gis.texts import say

P = ParamSpec("P")
R = TypeVar("R")
Event = Literal["data", "run", "map"]
PRODUCT_ROUTE = "/products"
FONT_ROUTE = "/fonts"
_LOG = logging.getLogger(__name__)
_NOTICES: WeakKeyDictionary[Client, list[ui.notification]] = WeakKeyDictionary()
_ONE_AT_A_TIME = threading.Lock()  # drawing and the workspace serve one piece of work at a time


@dataclass
class Session:
    """
    The state of one window; another window has another.

    Parameters
    ----------
    conditions, formats
        Of each map by id, as the officer left them.
    go
        Shows a screen; set by the page.
    """

    settings: Settings
    out: Path
    map_id: str = "overview"
    formats: dict[str, list[str]] = field(default_factory=dict)
    conditions: dict[str, list[Condition]] = field(default_factory=dict)
    online_base: bool = False
    outcome: RunOutcome | None = None
    go: Callable[[str], object] = field(default=lambda _screen: None)
    _seen: tuple[int, ...] = ()
    _listeners: list[tuple[Event, Callable[[], object]]] = field(default_factory=list)

    def is_outdated(self) -> bool:
        """Tell whether the workspace or the products have changed since this was last asked."""
        now = tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in self._watched)
        before, self._seen = self._seen, now
        return now != before

    @property
    def _watched(self) -> tuple[Path, Path]:
        return self.settings.workspace / provenance.FILE, self.out

    def when(self, event: Event, listener: Callable[[], object]) -> None:
        """Call a function whenever the workspace, the outcome or the chosen map has changed."""
        self._listeners.append((event, listener))

    def tell(self, event: Event) -> None:
        """Tell the screens that something has changed."""
        for wanted, listener in self._listeners:
            if wanted == event:
                careful(listener)()


def address_of(path: Path, *, save: bool = False) -> str:
    """Return the address of a product."""
    return f"{PRODUCT_ROUTE}/{path.parent.name}/{path.name}" + ("?save=1" if save else "")


def tell_error(message: str) -> None:
    """Show a notice that stays until it is closed, or until the officer tries again."""
    notice = ui.notification(
        message, type="negative", position="top", multi_line=True, timeout=None, close_button=say("app.close")
    )
    _NOTICES.setdefault(ui.context.client, []).append(notice)


def forget_errors() -> None:
    """Take away the notices of this window: the officer tries again."""
    for notice in _NOTICES.pop(ui.context.client, []):
        if not notice.is_deleted:
            notice.dismiss()


def tell_done(message: str, *, kind: Literal["positive", "info", "warning"] = "positive") -> None:
    """Show a notice that goes by itself."""
    ui.notify(message, type=kind, position="bottom-left", multi_line=True, timeout=6000)


def sentence_of(error: Exception) -> str:
    """Return what the officer is told of an error; a defect of the program is logged in full."""
    if isinstance(error, KnrError):
        return str(error)
    if isinstance(error, OSError):
        return say("cli.os_error", reason=error)
    _LOG.error("defect", exc_info=error)
    return say("app.defect", kind=type(error).__name__)


def careful(function: Callable[P, object]) -> Callable[P, None]:
    """Return a function whose error becomes a notice."""

    @functools.wraps(function)
    def guarded(*arguments: P.args, **named: P.kwargs) -> None:
        try:
            function(*arguments, **named)
        except Exception as error:  # noqa: BLE001  the window must stay usable
            tell_error(sentence_of(error))

    return guarded


async def work(doing: str, function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R | None:
    """
    Call a function beside the page while a notice shows how long it has taken.

    Returns
    -------
    object or None
        None when there was an error, which is shown as a notice, or when the window was closed meanwhile.
    """
    client = ui.context.client
    turn = threading.Event()
    try:
        with _busy(doing, turn):
            done = await run.io_bound(_in_turn, turn, functools.partial(function, *arguments, **named))
    except Exception as error:  # noqa: BLE001  the server must go on
        sentence = sentence_of(error)
        if not client.is_deleted:
            tell_error(sentence)
        return None
    return None if client.is_deleted else done


def _in_turn(turn: threading.Event, function: Callable[[], R]) -> R:
    """Call a function when no other is at work; the lock is the thread's, whatever becomes of the window."""
    with _ONE_AT_A_TIME:
        turn.set()
        return function()


def is_working() -> bool:
    """Tell whether a piece of work is under way in any window."""
    return _ONE_AT_A_TIME.locked()


@contextmanager
def _busy(doing: str, turn: threading.Event) -> Iterator[None]:
    """Cover the window with what is being done, or with the word that it waits for its turn."""
    start = time.monotonic()
    with ui.dialog(value=True).props("persistent") as dialog, ui.card().classes("knr-busy"):
        ui.spinner(size="42px")
        label = ui.label(say("app.waiting") if is_working() else doing).classes("knr-strong")
        passed = ui.label("").classes("knr-quiet")

        def tick() -> None:
            label.set_text(doing if turn.is_set() else say("app.waiting"))
            passed.set_text(say("app.seconds", count=int(time.monotonic() - start)))

        timer = ui.timer(1.0, tick)
    try:
        yield
    finally:
        timer.cancel()
        dialog.close()
        dialog.delete()
