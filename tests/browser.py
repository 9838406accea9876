"""Headless Chromium with the network cut, for tests that look at what a reader sees."""

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, Route, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
_LOCAL = ("file:", "data:", "blob:", "about:")


@dataclass
class Visit:
    """
    A page that was opened, what it asked of the network, and what went wrong in it.

    ``requests`` holds every outside address that the page named, ``sent`` those that the browser's
    own rules (Content-Security-Policy) let through to the cut network.
    """

    page: Page
    requests: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def picture(self) -> Image.Image:
        return Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a browser, or skip the test where there is none."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(_ARGUMENTS))
        yield browser
        browser.close()


@contextlib.contextmanager
def visit(browser: Browser, path: Path, *, width: int = 1280, height: int = 800) -> Iterator[Visit]:
    """Yield an HTML file opened from ``file://``; every other address is refused and noted."""
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    visited = Visit(page)

    def refuse(route: Route) -> None:
        visited.sent.append(route.request.url)
        route.abort()

    def note(request: Request) -> None:
        if not request.url.startswith(_LOCAL):
            visited.requests.append(request.url)

    def complain(message: ConsoleMessage) -> None:
        if message.type == "error":
            visited.errors.append(message.text)

    def crash(error: Error) -> None:
        visited.errors.append(str(error))

    context.route(lambda url: not url.startswith(_LOCAL), refuse)
    page.on("request", note)
    page.on("console", complain)
    page.on("pageerror", crash)
    page.goto(path.resolve().as_uri())
    yield visited
    context.close()
