"""``knr serve`` as an officer meets it: from the sample to the files, bad uploads, strangers, the end."""

import contextlib
import http.client
import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from browser import chromium
from click.testing import CliRunner
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Route
from starlette.datastructures import Headers

from knr_gis.app.server import is_own, require_free_port
from knr_gis.app.shelf import PastRun, past_runs
from knr_gis.cli import main
from knr_gis.errors import SettingsError
from knr_gis.provenance import load_provenance
from knr_gis.texts import say

OWN = "施設名,緯度,経度\n丘の避難所,42.985,144.38\n"


# --- the server ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "origin", "own"),
    [
        ("127.0.0.1:8050", None, True),
        ("localhost:8050", "http://localhost:8050", True),
        ("127.0.0.1:8050", "http://127.0.0.1:8050", True),
        ("127.0.0.1:8050", "http://evil.example", False),
        ("127.0.0.1:8050", "http://127.0.0.1:9999", False),
        ("127.0.0.1:8050", "null", False),
        ("evil.example", None, False),
        ("evil.example:8050", "http://evil.example:8050", False),
        ("127.0.0.1.evil.example", None, False),
        ("", None, False),
    ],
)
def test_only_own_pages_are_answered(host: str, origin: str | None, *, own: bool) -> None:
    headers = {"host": host} | ({"origin": origin} if origin else {})
    assert is_own(Headers(headers)) is own


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_port_that_is_taken_is_one_line(taken_port: int, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["serve", "--port", str(taken_port), "--workspace", str(tmp_path / "ws")])
    assert done.exit_code == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert str(taken_port) in done.stderr
    assert f"--port {taken_port + 1}" in done.stderr


@pytest.mark.parametrize("port", [0, -1, 65536, 10**12])
def test_a_port_that_cannot_be(port: int) -> None:
    with pytest.raises(SettingsError, match=str(port)):
        require_free_port(port)


@dataclass
class Served:
    """A running ``knr serve``."""

    port: int
    folder: Path
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, body

    def end(self) -> tuple[int, str, str]:
        """Press Ctrl+C; return the exit status and all that was printed."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """Yield a server of its own folder; it is killed if a test did not end it."""
    port = free_port()
    command = [sys.executable, "-m", "knr_gis", "serve", "--no-browser", "--port", str(port)]
    # NiceGUI behaves otherwise where it believes to be under test
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "NICEGUI_", "KNR_"))}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        deadline = time.monotonic() + 40
        while not answers(port) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        assert answers(port), process.communicate(timeout=1)
        yield Served(port, folder, process)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("app")) as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@dataclass
class Window:
    """A browser window on the app, what it asked of the network, and what went wrong in it."""

    page: Page
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def notice(self) -> str:
        """Return the first notice, which must come."""
        return self.page.locator(".q-notification").first.inner_text()

    def choose_layer(self, title: str) -> None:
        self.page.get_by_label(say("app.layer")).click()
        self.page.locator(".q-menu .q-item").get_by_text(title, exact=True).click()

    def upload(self, *files: tuple[str, bytes]) -> None:
        payloads = [{"name": n, "mimeType": "application/octet-stream", "buffer": b} for n, b in files]
        self.page.set_input_files("input[type=file]", payloads)

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=say(f"app.tab_{name}")).click()

    def run(self, title: str) -> None:
        self.tab("conditions")
        self.page.locator(".knr-map").filter(has_text=title).click()
        self.page.locator(".knr-start").get_by_text(title).wait_for()
        self.page.get_by_role("button", name=say("app.start")).click()


@contextlib.contextmanager
def window(browser: Browser, served: Served) -> Iterator[Window]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    opened = Window(context.new_page())

    def guard(route: Route) -> None:
        if route.request.url.startswith((served.url, "data:", "blob:")):
            route.continue_()
        else:
            opened.outside.append(route.request.url)
            route.abort()

    def complain(message: ConsoleMessage) -> None:
        if message.type == "error":
            opened.errors.append(message.text)

    def crash(error: Error) -> None:
        opened.errors.append(str(error))

    context.route("**/*", guard)
    opened.page.on("console", complain)
    opened.page.on("pageerror", crash)
    opened.page.set_default_timeout(30_000)
    opened.page.goto(served.url)
    opened.page.get_by_text(say("app.layers")).wait_for()
    yield opened
    context.close()


def is_drawn(page: Page) -> bool:
    """Tell whether the frame shows a map and not a plain ground."""
    page.frame_locator("iframe").locator("canvas").first.wait_for()
    page.wait_for_timeout(500)
    with Image.open(io.BytesIO(page.locator("iframe").screenshot())) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    return len(np.unique(pixels.reshape(-1, 3), axis=0)) > 100


def load_sample(w: Window) -> None:
    w.tab("data")
    w.page.get_by_role("button", name=say("app.load_sample")).click()
    w.page.get_by_text(say("app.sample_sample")).wait_for()
    row = w.page.locator("tr").filter(has_text="指定緊急避難場所").first.inner_text()
    assert say("listing.state_ready") in row
    assert say("product.sample_mark") in row


def check_data(w: Window) -> None:
    w.page.get_by_role("button", name=say("app.check_start")).click()
    w.page.get_by_text(say("app.save_list")).wait_for()
    assert w.page.locator(".knr-findings tbody tr").count() > 10
    with w.page.expect_download() as download:
        w.page.get_by_text(say("app.save_list")).click()
    assert Path(download.value.path()).read_bytes().startswith("\ufeff重要度".encode())


def read_answer(w: Window) -> None:
    w.page.locator("iframe").wait_for()
    headline = w.page.locator(".knr-headline").inner_text()
    assert re.match(r"【夏・昼・成人】浸水域内の [\d,]+ 人のうち", headline)
    assert is_drawn(w.page)  # it waits for the map
    assert headline in w.page.frame_locator("iframe").locator("body").inner_text()
    scale = w.page.frame_locator("iframe").locator(".leaflet-control-scale-line").first.inner_text()
    assert re.fullmatch(r"\d+ km", scale)  # the whole region is in view
    assert "釧路市" in w.page.locator(".knr-figures").inner_text()


def fetch_products(w: Window, run: PastRun) -> None:
    w.tab("products")
    listed = w.page.locator(".knr-files").inner_text()
    assert all(path.name in listed for path in run.files.values())
    assert {"html", "png", "pdf", "xlsx", "csv", "gpkg"} <= run.files.keys()
    with w.page.expect_download() as download:
        w.page.locator(f'a[href$="{run.files["xlsx"].name}?save=1"]').click()
    assert Path(download.value.path()).read_bytes() == run.files["xlsx"].read_bytes()


@pytest.mark.browser
@pytest.mark.slow
def test_from_the_sample_to_the_files(served: Served, browser: Browser) -> None:
    with window(browser, served) as w, window(browser, served) as other:
        w.run("津波避難の到達判定")  # nothing is there yet: one notice that names what is needed
        assert "津波浸水想定" in w.notice()
        assert not (served.folder / "workspace").exists()
        load_sample(w)
        check_data(w)
        w.run("津波避難の到達判定")
        read_answer(w)
        w.tab("conditions")
        w.page.locator(".knr-start").wait_for()
        w.tab("map")
        read_answer(w)  # also when the officer comes back to it
        run = past_runs(served.folder / "out")[0]
        fetch_products(w, run)

        other.tab("map")  # the other window has no answer of its own, but sees the files
        other.page.get_by_text(say("app.no_run")).first.wait_for()
        assert other.page.locator("iframe").count() == 0
        other.tab("products")
        other.page.get_by_text(say("app.earlier")).wait_for()
        assert (w.outside, w.errors, other.outside, other.errors) == ([], [], [], [])

    address = f"/products/{run.folder.name}/{run.files['html'].name}"
    status, headers, _ = served.get(address)
    assert status == 200
    assert headers["content-security-policy"].startswith("sandbox")
    assert headers["content-disposition"].startswith("inline")
    assert served.get(f"{address}?save=1")[1]["content-disposition"].startswith("attachment")


def upload_bad(w: Window, folder: Path) -> None:
    w.choose_layer("指定避難所")
    w.upload(("壊れた.zip", b"PK\x03\x04 broken"))
    assert "壊れた.zip" in w.notice()
    assert not (folder / "workspace").exists()


def state_credit(w: Window) -> None:
    """A file that is not the official one is not taken without its credit."""
    w.page.get_by_text(say("app.unofficial")).click()
    w.page.wait_for_function("document.querySelector('.q-uploader--disable') !== null")
    w.page.get_by_label(say("app.stated_credit")).fill("釧路市調べ")
    w.page.wait_for_function("document.querySelector('.q-uploader--disable') === null")


@pytest.mark.browser
def test_uploads_and_the_end(tmp_path: Path, browser: Browser) -> None:
    """Bad files are notices and leave nothing; a good one comes in with its credit; Ctrl+C is quiet."""
    with serving(tmp_path) as served, window(browser, served) as w:
        upload_bad(w, tmp_path)
        state_credit(w)
        hostile = ("../../<img src=x onerror=alert(1)>.csv", OWN.encode())
        w.upload(hostile, ("b.csv", "名前\nなし\n".encode("cp932")))
        w.page.locator(".q-notification").filter(has_text="b.csv").wait_for()
        w.page.locator(".q-notification").filter(has_text="onerror").wait_for()
        w.page.get_by_role("cell", name=say("listing.state_ready")).first.wait_for()

        (raw,) = load_provenance(tmp_path / "workspace")["shelters"].raw
        assert (raw.credit, raw.licence) == ("釧路市調べ", say("app.unknown_licence"))
        assert Path(raw.file).name == raw.file
        assert (tmp_path / "workspace" / "raw" / "shelters" / raw.file).is_file()
        assert (w.outside, w.errors) == ([], [])
        status, out, err = served.end()
    assert (status, err) == (0, "")
    assert out.splitlines() == [say("cli.serving", port=served.port)]
    assert {path.name for path in tmp_path.iterdir()} == {"workspace", "out"}


@pytest.mark.browser
def test_strangers_are_refused(served: Served) -> None:
    """Other hosts, other origins, other files, other network addresses."""
    assert served.get("/")[0] == 200
    assert served.get("/", Host="evil.example")[0] == 403
    assert served.get("/", Origin="http://evil.example")[0] == 403
    socket_address = "/_nicegui_ws/socket.io/?EIO=4&transport=polling"
    assert served.get(socket_address)[0] == 200
    assert served.get(socket_address, Origin="http://evil.example")[0] == 403
    policy = served.get("/")[1]["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "https:" not in policy
    with pytest.raises(ConnectionRefusedError):  # another address of this machine, as a network card's
        socket.create_connection(("127.0.0.2", served.port), timeout=2)


@pytest.mark.browser
@pytest.mark.parametrize(
    "address",
    [
        "/products/",
        "/products/private.html",
        "/products/../workspace/provenance.json",
        "/products/%2e%2e/private.html",
        "/products/./private.html",
        "/products/..%2fprivate.html",
        "/fonts/../fonts.py",
        "/fonts/%2e%2e/ASSETS.toml",
    ],
)
def test_files_that_are_no_products_are_not_found(served: Served, address: str) -> None:
    (served.folder / "out" / "private.html").write_text("private", encoding="utf-8")
    assert served.get(address)[0] == 404
