"""A web server on this machine that behaves, or misbehaves, as a test tells it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Behaviour = Callable[[BaseHTTPRequestHandler], None]


class Site:
    """What a server answers, path by path, and what it was asked."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.answers: dict[str, list[Behaviour]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.open_now = 0
        self.open_most = 0

    def on(self, path: str, *behaviours: Behaviour) -> str:
        """Answer a path with one behaviour after the other (the last one from then on); return its URL."""
        self.answers[path] = list(behaviours)
        return self.base + path

    def asked_for(self, path: str) -> list[dict[str, str]]:
        """Return the headers of every request for a path."""
        return [headers for asked, headers in self.asked if asked == path]


def send(body: bytes, *, status: int = 200, promise: int | None = None, **headers: str) -> Behaviour:
    """Send a body; ``promise`` is the Content-Length told, if another; ``_`` in header names is ``-``."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body) if promise is None else promise))
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def send_without_length(body: bytes, **headers: str) -> Behaviour:
    """Send a body and close, as old servers do."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def serve(body: bytes, *, cut_at: int | None = None, etag: str = '"one"', ranges: bool = True) -> Behaviour:
    """Serve a file with ranges and conditions as a good server does; break off after ``cut_at`` bytes."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        if etag and handler.headers.get("If-None-Match") == etag:
            handler.send_response(304)
            handler.end_headers()
            return
        asked = handler.headers.get("Range")
        is_part = bool(asked) and ranges and handler.headers.get("If-Range", etag) == etag
        start = int(asked.removeprefix("bytes=").rstrip("-")) if is_part and asked else 0
        handler.send_response(206 if is_part else 200)
        if is_part:
            handler.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        handler.send_header("ETag", etag)
        handler.send_header("Content-Length", str(len(body) - start))
        handler.end_headers()
        handler.wfile.write(body[start : cut_at or len(body)])

    return behave


def stay_silent(seconds: float) -> Behaviour:
    """Take the request and say nothing for a while."""
    return lambda _handler: time.sleep(seconds)


def stall(body: bytes, *, after: int, seconds: float) -> Behaviour:
    """Send the first bytes of a body, then nothing for a while."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.send_header("Last-Modified", formatdate(0, usegmt=True))
        handler.end_headers()
        handler.wfile.write(body[:after])
        handler.wfile.flush()
        time.sleep(seconds)

    return behave


def redirect(to: str) -> Behaviour:
    """Point to another address."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", to)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return behave


@contextmanager
def running_site() -> Iterator[Site]:
    """Run a server on a free port of 127.0.0.1 for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.open_now += 1
            site.open_most = max(site.open_most, site.open_now)
            try:
                site.asked.append((self.path, dict(self.headers.items())))
                scripted = site.answers.get(self.path, [send(b"", status=404)])
                behave = scripted.pop(0) if len(scripted) > 1 else scripted[0]
                behave(self)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the client gave up, as some tests want
            finally:
                site.open_now -= 1

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Site(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
