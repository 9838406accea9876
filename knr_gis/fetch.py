"""Official downloads: polite, resumed, verified, and under their name only when they are whole."""

import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import pooch
import requests

from knr_gis.atomic import atomic_path
from knr_gis.errors import FetchError
from knr_gis.fetch_plan import is_address, source_of, targets
from knr_gis.fetched import Entry, FetchedFile, as_fetched, known_entry, record_file
from knr_gis.layers import Layer
from knr_gis.provenance import file_digest
from knr_gis.received import require_expected
from knr_gis.settings import Settings

_CHUNK = 1 << 16
_MAX_WAIT_S = 30.0
_last_answer: dict[str, float] = {}  # host to time: rest is due across layers too
_LOOPBACK = "localhost,127.0.0.1,::1"
_BUSY, _BAD_RANGE = 429, 416

Progress = Callable[[str, int, int | None], None]
"""Called with the file's name, the bytes so far and the bytes in all (None if the server does not say)."""


@dataclass(frozen=True)
class _Job:
    """One file to bring: what it is called, where it is, and what its messages must name."""

    layer: Layer
    name: str
    url: str
    via: str
    path: Path
    settings: Settings
    progress: Progress

    @property
    def is_mirrored(self) -> bool:
        """Tell whether the file comes from elsewhere than its official address."""
        return self.via != self.url.partition("#")[0]

    def error(self, key: str, **values: Any) -> FetchError:
        """Return the error that names this file, its layer and the publisher's page."""
        known = {"layer": self.layer.id, "page": self.layer.source.page, "name": self.name, "url": self.via}
        return FetchError(f"fetch.{key}", **known, attempts=self.settings.attempts, **values)


class _UnchangedError(Exception):
    """The source has nothing newer than the file at hand."""


def no_progress(_name: str, _done: int, _total: int | None) -> None:
    """Show nothing."""


def fetch_layer(
    layer: Layer,
    *,
    raw_dir: Path,
    settings: Settings,
    mirror: str | None = None,
    force: bool = False,
    progress: Progress = no_progress,
) -> list[FetchedFile]:
    """
    Bring the official files of a layer into its folder of raw files.

    Files come one after the other over one connection, with ``settings.pause_s`` of rest between
    files of one host. A file takes its name only after its length, its kind and (ZIP) its
    checksums were verified; whatever fails leaves the folder as it was. A broken connection is
    resumed where the server supports it and its file is surely the same, else begun again, at
    most ``settings.attempts`` times. A file that is here already is only brought again if its
    bytes no longer have the recorded hash or the source has another one (ETag, Last-Modified).

    Parameters
    ----------
    raw_dir
        The layer's own folder, ``workspace/raw/<layer_id>``.
    mirror
        Base address (``http...``) or folder that holds the same file names; None = the publisher.
    force
        Bring every file again.

    Returns
    -------
    list[FetchedFile]
        In the order of ``layer.source.downloads``.

    Raises
    ------
    FetchError
        If the layer has no download, or a file cannot be brought whole.
    """
    jobs = [
        _Job(layer, name, url, source_of(name, url, mirror), raw_dir / name, settings, progress)
        for name, url in targets(layer).items()
    ]
    if mirror is not None and not is_address(mirror):
        return [_from_folder(job, Path(mirror), force=force) for job in jobs]
    return [_from_server(job, force=force) for job in jobs]


# --- a folder with the same file names -----------------------------------------------------------


def _from_folder(job: _Job, folder: Path, *, force: bool) -> FetchedFile:
    """Copy a file from a folder (a USB stick), unless the same bytes are here."""
    if not folder.is_dir():
        raise job.error("no_mirror", folder=folder)
    source = folder / job.name
    if not source.is_file():
        raise job.error("not_in_mirror", folder=folder)
    entry = None if force else known_entry(job.path)
    if entry and file_digest(source) == entry["sha256"]:
        return as_fetched(job.path, entry, is_new=False)
    try:
        with atomic_path(job.path) as temporary, source.open("rb") as stream:
            with temporary.open("wb") as target:
                shutil.copyfileobj(stream, target, _CHUNK)
            return _accept(job, temporary, {})
    except OSError as error:
        raise _own_or_disk(job, error) from error


# --- a server ------------------------------------------------------------------------------------


def _from_server(job: _Job, *, force: bool) -> FetchedFile:
    """Download a file, unless the server says that the one at hand is still its own."""
    entry = None if force else known_entry(job.path)
    _rest(job)
    try:
        with atomic_path(job.path) as temporary, temporary.open("wb") as stream:
            arrival = _Arrival(stream, job, entry)
            _download(job, arrival)
            stream.close()
            return _accept(job, temporary, arrival.validators)
    except _UnchangedError:
        return as_fetched(job.path, entry or {}, is_new=False)
    except OSError as error:
        raise _own_or_disk(job, error) from error
    finally:
        _last_answer[urlsplit(job.via).netloc] = time.monotonic()


def _rest(job: _Job) -> None:
    """Wait until ``settings.pause_s`` have passed since the host was last asked for a file."""
    since = time.monotonic() - _last_answer.get(urlsplit(job.via).netloc, -float("inf"))
    if since < job.settings.pause_s:
        time.sleep(job.settings.pause_s - since)


class _Arrival:
    """
    A file on its way: what pooch writes to, and the hook that reads each answer's headers first.

    pooch's downloader knows neither resuming nor conditional requests; both are headers going
    out and a status coming back, and it hands ``headers`` and ``hooks`` through to requests.
    """

    def __init__(self, stream: BinaryIO, job: _Job, entry: Entry | None) -> None:
        self._stream = stream
        self._job = job
        self._entry = entry if entry and entry["via"] == job.via else None
        self.size = 0
        self.total: int | None = None
        self.validators: dict[str, str] = {}

    def headers(self) -> dict[str, str]:
        """Return the request's headers: a condition at first, the rest of the file after a break."""
        headers = {"User-Agent": self._job.settings.user_agent, "Accept-Encoding": "identity"}
        strong = self.validators.get("etag", "W/")
        validator = strong if not strong.startswith("W/") else self.validators.get("last-modified")
        if self.size and validator:
            return {**headers, "Range": f"bytes={self.size}-", "If-Range": validator}
        if self._entry and self._entry.get("etag"):
            headers["If-None-Match"] = self._entry["etag"]
        if self._entry and self._entry.get("last-modified"):
            headers["If-Modified-Since"] = self._entry["last-modified"]
        return headers

    def answered(self, response: requests.Response, **_: object) -> None:
        """Begin again or go on, as the answer says; requests calls this before any byte of content."""
        if self._is_same(response):
            response.close()
            raise _UnchangedError
        if response.status_code == _BAD_RANGE:
            self._begin_again()
        if not response.ok or response.is_redirect:
            response.close()
            return
        start, total = _extent(response)
        if start != self.size or (start and total != self.total):
            self._begin_again()
        if start and not self.size:
            response.close()
            raise requests.exceptions.ChunkedEncodingError("another part than asked for")
        self.total = total
        self.validators = _validators(response)

    def write(self, chunk: bytes) -> None:
        """Take a piece of the file."""
        self._stream.write(chunk)
        self.size += len(chunk)
        self._job.progress(self._job.name, self.size, self.total)

    def flush(self) -> None:
        """Leave flushing to the operating system until the file is whole."""

    def _begin_again(self) -> None:
        self._stream.seek(0)
        self._stream.truncate()
        self.size = 0

    def _is_same(self, response: requests.Response) -> bool:
        """Tell whether an answer shows the same ETag (or date, or at least length) as the file at hand."""
        if self._entry is None or response.status_code != requests.codes.ok:
            return self._entry is not None and response.status_code == requests.codes.not_modified
        told = _validators(response)
        length = response.headers.get("Content-Length", "")
        is_as_long = length == str(self._entry["size_bytes"])
        is_told_same = all(self._entry.get(key) == value for key, value in told.items())
        return is_told_same and (is_as_long or (not length and bool(told)))


def _extent(response: requests.Response) -> tuple[int, int | None]:
    """Return the offset at which an answer begins and the length of the whole file, if told."""
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
    if response.status_code == requests.codes.partial_content and found:
        return int(found[1]), None if found[2] == "*" else int(found[2])
    length = response.headers.get("Content-Length", "")
    is_plain = response.headers.get("Content-Encoding", "identity") == "identity"
    return 0, int(length) if length.isdigit() and is_plain else None


def _validators(response: requests.Response) -> dict[str, str]:
    """Return what tells one edition of a file from another."""
    return {key: response.headers[key] for key in ("etag", "last-modified") if key in response.headers}


def _download(job: _Job, arrival: _Arrival) -> None:
    """Bring the whole file, trying again a bounded number of times."""
    for attempt in range(1, job.settings.attempts + 1):
        try:
            _request(job, arrival)
            if arrival.total in (None, arrival.size):
                return
            raise requests.exceptions.ChunkedEncodingError("shorter than promised")
        except requests.RequestException as error:
            if not _is_passing(error) or attempt == job.settings.attempts:
                raise _explain(job, error, arrival) from error
            time.sleep(_wait_s(error, job.settings.pause_s * 2 ** (attempt - 1)))


def _request(job: _Job, arrival: _Arrival) -> None:
    """Make one request through pooch."""
    downloader = pooch.HTTPDownloader(
        chunk_size=_CHUNK,
        timeout=job.settings.timeout_s,
        headers=arrival.headers(),
        hooks={"response": arrival.answered},
        proxies=_proxies(job.via),
    )
    downloader(job.via, arrival, None)


def _proxies(url: str) -> dict[str, str]:
    """Return no proxy for this very machine; otherwise leave it to the environment."""
    return {"no_proxy": _LOOPBACK} if urlsplit(url).hostname in _LOOPBACK.split(",") else {}


def _is_passing(error: requests.RequestException) -> bool:
    """Tell whether another attempt may help."""
    if isinstance(error, requests.HTTPError):
        status = error.response.status_code
        return status >= requests.codes.server_error or status in (_BUSY, _BAD_RANGE)
    lasting = (requests.exceptions.SSLError, requests.exceptions.TooManyRedirects, ValueError)
    return not isinstance(error, lasting)


def _wait_s(error: requests.RequestException, own: float) -> float:
    """Return the seconds to wait: the server's own wish (Retry-After) or ours, bounded."""
    wish = error.response.headers.get("Retry-After", "") if error.response is not None else ""
    return min(float(wish) if wish.isdigit() else own, _MAX_WAIT_S)


def _explain(job: _Job, error: requests.RequestException, arrival: _Arrival) -> FetchError:
    """Return the one line that says why a download failed."""
    if isinstance(error, requests.HTTPError):
        return _explain_status(job, error.response.status_code)
    if isinstance(error, requests.exceptions.SSLError):
        return job.error("certificate")
    if isinstance(error, requests.Timeout) or "timed out" in str(error).lower():
        return job.error("slow", timeout_s=job.settings.timeout_s)
    if isinstance(error, requests.exceptions.ChunkedEncodingError) or arrival.size:
        return job.error("truncated", received=arrival.size, promised=arrival.total or "?")
    if isinstance(error, requests.ConnectionError):
        return job.error("no_connection")
    return job.error("bad_address", reason=error)


def _explain_status(job: _Job, status: int) -> FetchError:
    is_absent = status in (requests.codes.not_found, requests.codes.gone)
    if is_absent and job.is_mirrored:
        return job.error("not_in_mirror", folder=job.via.rpartition("/")[0])
    if is_absent:
        return job.error("not_found", status=status)
    key = "server_error" if status >= requests.codes.server_error or status == _BUSY else "refused"
    return job.error(key, status=status)


def _accept(job: _Job, temporary: Path, validators: dict[str, str]) -> FetchedFile:
    """Verify what arrived and record it; the caller then renames it."""
    require_expected(temporary, name=job.name, source=job.via)
    entry: Entry = {
        "url": job.url,
        "via": job.via,
        "sha256": file_digest(temporary),
        "size_bytes": temporary.stat().st_size,
        "fetched_at": datetime.now(UTC).astimezone().isoformat(timespec="seconds"),
        **validators,
    }
    record_file(job.path, entry)
    return as_fetched(job.path, entry, is_new=True)


def _own_or_disk(job: _Job, error: OSError) -> FetchError:
    """Return our own errors as they are and the operating system's as one about the disk."""
    return error if isinstance(error, FetchError) else job.error("disk", path=job.path, reason=error)
