"""Official downloads: polite, resumed, verified, and under their name only when they are whole."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import pooch
import requests

from knr_gis.atomic import atomic_path
from knr_gis.errors import FetchError
from knr_gis.fetch_job import CHUNK, Job, Progress, accept, copy_from_folder, no_progress, own_or_disk
from knr_gis.fetch_plan import is_address, source_of, targets
from knr_gis.fetched import Entry, FetchedFile, as_fetched, known_entry
from knr_gis.layers import Layer
from knr_gis.settings import Settings

_MAX_WAIT_S = 30.0
_last_answer: dict[str, float] = {}  # host to time: rest is due across layers too
_LOOPBACK = "localhost,127.0.0.1,::1"
_BUSY, _BAD_RANGE = 429, 416
_NOBODY_ANSWERS = {"fetch.no_mirror", "fetch.no_connection", "fetch.slow", "fetch.certificate"}


class _UnchangedError(Exception):
    """The source has nothing newer than the file at hand."""


def fetch_each(
    layer: Layer,
    *,
    raw_dir: Path,
    settings: Settings,
    mirror: str | None = None,
    force: bool = False,
    progress: Progress = no_progress,
) -> Iterator[FetchedFile | FetchError]:
    """
    Yield each official file of a layer as it comes into its folder, or the error that kept it away.

    Files come one after the other over one connection, with ``settings.pause_s`` of rest between
    files of one host. A file takes its name only after its length, its kind and (ZIP) its
    checksums were verified; whatever fails leaves the folder as it was. A broken connection is
    resumed where the server supports it and its file is surely the same, else begun again, at
    most ``settings.attempts`` times. A file that is here already is only brought again if its
    bytes no longer have the recorded hash or the source has another one (ETag, Last-Modified).
    A file that is missing does not keep the others from being tried; where nobody answers, the
    rest is not tried.

    Parameters
    ----------
    raw_dir
        The layer's own folder, ``workspace/raw/<layer_id>``.
    mirror
        Base address (``http...``) or folder that holds the same file names; None = the publisher.
    force
        Bring every file again.

    Yields
    ------
    FetchedFile or FetchError
        In the order of ``layer.source.downloads``.

    Raises
    ------
    FetchError
        If the layer has no download.
    """
    for name, url in targets(layer).items():
        job = Job(layer, name, url, source_of(name, url, mirror), raw_dir / name, settings, progress)
        try:
            if mirror is not None and not is_address(mirror):
                yield copy_from_folder(job, Path(mirror), force=force)
            else:
                yield _from_server(job, force=force)
        except FetchError as error:
            yield error
            if error.key in _NOBODY_ANSWERS:
                return


# --- a server ------------------------------------------------------------------------------------


def _from_server(job: Job, *, force: bool) -> FetchedFile:
    """Download a file, unless the server says that the one at hand is still its own."""
    entry = None if force else known_entry(job.path)
    _rest(job)
    try:
        with atomic_path(job.path) as temporary, temporary.open("wb") as stream:
            arrival = _Arrival(stream, job, entry)
            _download(job, arrival)
            stream.close()
            return accept(job, temporary, arrival.validators)
    except _UnchangedError:
        return as_fetched(job.path, entry or {}, is_new=False)
    except OSError as error:
        raise own_or_disk(job, error) from error
    finally:
        _last_answer[urlsplit(job.via).netloc] = time.monotonic()


def _rest(job: Job) -> None:
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

    def __init__(self, stream: BinaryIO, job: Job, entry: Entry | None) -> None:
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


def _download(job: Job, arrival: _Arrival) -> None:
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


def _request(job: Job, arrival: _Arrival) -> None:
    """Make one request through pooch."""
    downloader = pooch.HTTPDownloader(
        chunk_size=CHUNK,
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


def _explain(job: Job, error: requests.RequestException, arrival: _Arrival) -> FetchError:
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


def _explain_status(job: Job, status: int) -> FetchError:
    is_absent = status in (requests.codes.not_found, requests.codes.gone)
    if is_absent and job.is_mirrored:
        return job.error("not_in_mirror", folder=job.via.rpartition("/")[0])
    if is_absent:
        return job.error("not_found", status=status)
    key = "server_error" if status >= requests.codes.server_error or status == _BUSY else "refused"
    return job.error(key, status=status)
