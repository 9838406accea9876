"""Downloads against a server on this machine that also misbehaves."""

import hashlib
import io
import json
import socket
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from loopback import (
    Behaviour,
    Site,
    redirect,
    running_site,
    send,
    send_without_length,
    serve,
    stall,
    stay_silent,
)

from knr_gis.errors import FetchError
from knr_gis.fetch import FetchedFile, fetch_each
from knr_gis.fetch_plan import file_name
from knr_gis.fetched import RECORD
from knr_gis.layers import Layer, Source
from knr_gis.settings import Settings
from knr_gis.style import parse_style

PAGE = "https://example.invalid/page-of-the-publisher"
CSV = "施設・場所名,緯度,経度\n高台,42.98,144.38\n".encode() * 4000  # about 190 kB: several chunks
GEOJSON = json.dumps({"type": "FeatureCollection", "features": []}).encode()
HTML = b"<!DOCTYPE html>\n<html><body>Service is being maintained</body></html>"


def make_zip(*, broken: bool = False) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("行政区域.csv", CSV)
    data = bytearray(buffer.getvalue())
    if broken:
        data[5000] ^= 0xFF  # one byte of the stored member: only the checksum tells
    return bytes(data)


ZIP = make_zip()


def layer_of(*downloads: str) -> Layer:
    source = Source("公開元", "Publisher", PAGE, downloads, "2024", "CC BY 4.0", "公開元")
    style = parse_style({"color": "#123456"}, "test")
    return Layer("roads", "transport", "line", ("vector",), "道路", "Roads", source, (), (), (), style)


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


@pytest.fixture
def quick(settings: Settings) -> Settings:
    """Settings whose patience is short."""
    return replace(settings, timeout_s=0.4, attempts=3, pause_s=0.0)


Fetch = Callable[..., list[FetchedFile]]


@pytest.fixture
def fetch(tmp_path: Path, quick: Settings) -> Fetch:
    def run(*urls: str, **options: object) -> list[FetchedFile]:
        given = {"raw_dir": tmp_path / "raw" / "roads", "settings": quick, **options}
        outcomes = fetch_each(layer_of(*urls), **given)  # type: ignore[arg-type]
        return [_brought(outcome) for outcome in outcomes]

    return run


def _brought(outcome: FetchedFile | FetchError) -> FetchedFile:
    """Return a file that came; raise the error that kept it away."""
    if isinstance(outcome, FetchError):
        raise outcome
    return outcome


def left_in(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "raw").rglob("*") if path.is_file())


# --- what goes well ------------------------------------------------------------------------------


def test_brings_a_file_with_its_hash_length_and_time(site: Site, fetch: Fetch, tmp_path: Path) -> None:
    url = site.on("/data/sites.csv", serve(CSV))

    (got,) = fetch(url)

    assert got.path.read_bytes() == CSV
    assert got.sha256 == hashlib.sha256(CSV).hexdigest()
    assert (got.size_bytes, got.url, got.via, got.is_new) == (len(CSV), url, url, True)
    assert got.fetched_at[4] == "-"
    assert "+" in got.fetched_at
    assert left_in(tmp_path) == [RECORD, "sites.csv"]


def test_introduces_itself_and_holds_one_connection_at_a_time(
    site: Site, fetch: Fetch, quick: Settings
) -> None:
    urls = [site.on(f"/{n}.csv", serve(CSV)) for n in range(3)]

    fetch(*urls)

    assert {headers["User-Agent"] for _, headers in site.asked} == {quick.user_agent}
    assert site.open_most == 1


def test_rests_between_files_of_one_host(
    site: Site, fetch: Fetch, quick: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []
    monkeypatch.setattr("knr_gis.fetch.time.sleep", rests.append)
    urls = [site.on(f"/{n}.csv", serve(CSV)) for n in range(3)]

    for url in urls:  # as layers do, one call each
        fetch(url, settings=replace(quick, pause_s=7.0))

    assert rests == pytest.approx([7.0, 7.0], abs=0.5)


def test_tells_its_progress_up_to_the_last_byte(site: Site, fetch: Fetch) -> None:
    told: list[tuple[str, int, int | None]] = []

    fetch(site.on("/a.csv", serve(CSV)), progress=lambda *args: told.append(args))

    done = [bytes_so_far for _, bytes_so_far, _ in told]
    assert len(done) > 1
    assert done == sorted(done)
    assert told[-1] == ("a.csv", len(CSV), len(CSV))


def test_follows_a_redirect(site: Site, fetch: Fetch) -> None:
    target = site.on("/new/place.zip", serve(ZIP))

    (got,) = fetch(site.on("/old.zip", redirect(target)))

    assert got.path.name == "old.zip"
    assert got.path.read_bytes() == ZIP


def test_a_redirect_without_end_is_one_clear_line(site: Site, fetch: Fetch, tmp_path: Path) -> None:
    url = site.on("/loop.zip", redirect("/loop.zip"))

    with pytest.raises(FetchError, match=r"loop\.zip"):
        fetch(url)
    assert left_in(tmp_path) == []


def test_a_proxy_in_the_environment_does_not_hinder_this_machine(
    site: Site, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)

    assert fetch(site.on("/a.csv", serve(CSV)))[0].size_bytes == len(CSV)


# --- again ---------------------------------------------------------------------------------------


def test_an_unchanged_file_is_not_sent_again(site: Site, fetch: Fetch) -> None:
    url = site.on("/a.csv", serve(CSV))
    (first,) = fetch(url)
    (second,) = fetch(url)

    assert site.asked_for("/a.csv")[1]["If-None-Match"] == '"one"'
    assert second == replace(first, is_new=False)


@pytest.mark.parametrize("validator", [{"ETag": '"one"'}, {"Last_Modified": "Mon, 01 Jan 2024"}, {}])
def test_servers_that_ignore_conditions_are_not_read_to_the_end(
    site: Site, fetch: Fetch, validator: dict[str, str]
) -> None:
    told: list[int] = []
    url = site.on("/a.csv", send(CSV, **validator))
    fetch(url)

    (again,) = fetch(url, progress=lambda _name, done, _total: told.append(done))

    assert again.is_new is False
    assert told == []


def test_a_new_edition_takes_the_place_of_the_old(site: Site, fetch: Fetch) -> None:
    url = site.on("/a.csv", serve(CSV), serve(CSV + CSV, etag='"two"'))
    fetch(url)

    (second,) = fetch(url)

    assert second.is_new
    assert second.path.read_bytes() == CSV + CSV


def test_force_and_a_damaged_file_bring_it_again(site: Site, fetch: Fetch) -> None:
    url = site.on("/a.csv", serve(CSV))
    (first,) = fetch(url)
    assert fetch(url, force=True)[0].is_new

    first.path.write_bytes(CSV[:-1])
    assert fetch(url)[0].is_new
    assert first.path.read_bytes() == CSV


def test_an_unreadable_record_only_means_fetching_again(site: Site, fetch: Fetch) -> None:
    url = site.on("/a.csv", serve(CSV))
    (first,) = fetch(url)
    first.path.with_name(RECORD).write_text("{broken", encoding="utf-8")

    assert fetch(url)[0].is_new


# --- what goes wrong -----------------------------------------------------------------------------

FAILURES: dict[str, tuple[str, Behaviour, str]] = {
    "absent": ("a.zip", send(b"gone", status=404), PAGE),
    "refused": ("a.zip", send(b"no", status=403), "HTTP 403"),
    "server down": ("a.zip", send(b"oops", status=500), "HTTP 500"),
    "busy": ("a.zip", send(b"", status=429), "HTTP 429"),
    "silent": ("a.zip", stay_silent(1.0), "0.4 秒間応答がありません"),
    "stalls half-way": ("a.zip", stall(ZIP, after=100, seconds=1.0), "0.4 秒間応答がありません"),
    "shorter than promised": ("a.csv", send(CSV[:70000], promise=len(CSV)), f"{len(CSV)} バイト"),
    "breaks off every time": ("a.csv", serve(CSV, cut_at=9, ranges=False), "途中で切れました"),
    "web page for a ZIP": ("a.zip", send(HTML), "Web ページ"),
    "web page for a CSV": ("a.csv", send(HTML), "Web ページ"),
    "web page for a GeoJSON": ("a.geojson", send(b"\xef\xbb\xbf \n" + HTML), "Web ページ"),
    "web page for a name without suffix": ("download", send(HTML), "Web ページ"),
    "something else for a ZIP": ("a.zip", send(CSV), "zip 形式ではない"),
    "something else for a CSV": ("a.csv", send(b"\x00\x01\x02" * 99), "csv 形式ではない"),
    "something else for a PBF": ("a.osm.pbf", send(CSV), "pbf 形式ではない"),
    "something else for a TIFF": ("a.tif", send(CSV), "tif 形式ではない"),
    "GeoJSON cut without a length": ("a.geojson", send_without_length(GEOJSON[:-5]), "途中で切れて"),
    "ZIP cut without a length": ("a.zip", send_without_length(ZIP[:-50]), "壊れた"),
    "ZIP with a wrong checksum": ("a.zip", send(make_zip(broken=True)), "壊れた"),
    "empty": ("a.csv", send(b""), "空でした"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_failure_is_one_clear_line_and_leaves_nothing(
    case: str, site: Site, fetch: Fetch, tmp_path: Path
) -> None:
    name, behaviour, expected = FAILURES[case]
    url = site.on(f"/{name}", behaviour)

    with pytest.raises(FetchError) as caught:
        fetch(url)

    line = str(caught.value)
    assert expected in line
    assert name in line
    assert "\n" not in line
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("case", [case for case, (name, *_) in FAILURES.items() if "." in name])
def test_a_failure_leaves_the_earlier_file_as_it_was(
    case: str, site: Site, fetch: Fetch, tmp_path: Path
) -> None:
    name, behaviour, _ = FAILURES[case]
    good = {"a.zip": ZIP, "a.csv": CSV, "a.geojson": GEOJSON, "a.osm.pbf": b"\0\0\0\x0d\nOSMHeader"}
    body = good.get(name, b"II*\x00tiff")
    url = site.on(f"/{name}", serve(body, etag='"good"'), behaviour)
    (first,) = fetch(url)

    with pytest.raises(FetchError):
        fetch(url, force=True)

    assert first.path.read_bytes() == body
    assert left_in(tmp_path) == sorted([name, RECORD])


def test_a_server_that_fails_once_is_asked_again(site: Site, fetch: Fetch) -> None:
    url = site.on("/a.zip", send(b"oops", status=500), stay_silent(1.0), serve(ZIP))

    assert fetch(url)[0].path.read_bytes() == ZIP
    assert len(site.asked_for("/a.zip")) == 3


def test_attempts_are_bounded_and_an_absent_file_is_asked_for_once(site: Site, fetch: Fetch) -> None:
    for path, status in (("/down.zip", 503), ("/absent.zip", 404)):
        with pytest.raises(FetchError):
            fetch(site.on(path, send(b"", status=status)))

    assert len(site.asked_for("/down.zip")) == 3
    assert len(site.asked_for("/absent.zip")) == 1


def test_the_wait_grows_and_heeds_the_server(
    site: Site, fetch: Fetch, quick: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("knr_gis.fetch.time.sleep", waits.append)
    patient = replace(quick, pause_s=2.0, attempts=5)
    answers = [send(b"", status=503, Retry_After=told) for told in ("5", "9999", "soon")]
    url = site.on("/a.zip", send(b"", status=500), *answers, serve(ZIP))

    fetch(url, settings=patient)

    assert waits == [2.0, 5.0, 30.0, 16.0]


def test_an_interruption_leaves_nothing(site: Site, fetch: Fetch, tmp_path: Path) -> None:
    def interrupt(_name: str, _done: int, _total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(site.on("/a.csv", serve(CSV)), progress=interrupt)
    assert left_in(tmp_path) == []


# --- broken connections --------------------------------------------------------------------------


def test_a_broken_connection_is_resumed(site: Site, fetch: Fetch) -> None:
    url = site.on("/a.zip", serve(ZIP, cut_at=100_000), serve(ZIP, cut_at=150_000), serve(ZIP))

    (got,) = fetch(url)

    ranges = [headers.get("Range") for headers in site.asked_for("/a.zip")]
    assert got.path.read_bytes() == ZIP
    assert ranges[0] is None
    assert all(asked is not None and asked != "bytes=0-" for asked in ranges[1:])


def test_a_file_that_changed_in_between_is_begun_again(site: Site, fetch: Fetch) -> None:
    other = CSV.replace("高台".encode(), "学校".encode())
    url = site.on("/a.csv", serve(CSV, cut_at=100_000), serve(other, etag='"two"'))

    assert fetch(url)[0].path.read_bytes() == other


@pytest.mark.parametrize(
    "broken",
    [serve(CSV, cut_at=100_000, ranges=False), send(CSV[:100_000], promise=len(CSV))],
    ids=["no ranges", "nothing to tell editions apart"],
)
def test_without_ranges_it_begins_again(site: Site, fetch: Fetch, broken: Behaviour) -> None:
    url = site.on("/a.csv", broken, serve(CSV, ranges=False))

    assert fetch(url)[0].path.read_bytes() == CSV


@pytest.mark.parametrize(
    "odd",
    [
        send(b"", status=416),
        send(CSV[7:], status=206, Content_Range=f"bytes 7-{len(CSV) - 1}/{len(CSV)}"),
        send(CSV[65536:], status=206, Content_Range=f"bytes 65536-{len(CSV) - 1}/{len(CSV) + 5}"),
    ],
    ids=["416", "another offset", "another length"],
)
def test_an_odd_answer_to_a_range_is_not_spliced_in(site: Site, fetch: Fetch, odd: Behaviour) -> None:
    url = site.on("/a.csv", serve(CSV, cut_at=100_000), odd, serve(CSV))

    assert fetch(url)[0].path.read_bytes() == CSV


def test_nobody_there(fetch: Fetch, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(FetchError, match="接続できません") as caught:
        fetch(f"http://127.0.0.1:{port}/a.zip")
    assert "--mirror" in str(caught.value)
    assert left_in(tmp_path) == []


# --- mirrors -------------------------------------------------------------------------------------


def test_a_folder_gives_the_files_by_name(fetch: Fetch, tmp_path: Path) -> None:
    stick = tmp_path / "USB メモリー"
    stick.mkdir()
    (stick / "N03 2024.zip").write_bytes(ZIP)
    url = "https://example.invalid/ksj/N03%202024.zip"

    (got,) = fetch(url, mirror=str(stick))
    (again,) = fetch(url, mirror=str(stick))

    assert got.path.read_bytes() == ZIP
    assert (got.url, got.via) == (url, str(stick / "N03 2024.zip"))
    assert again == replace(got, is_new=False)


@pytest.mark.parametrize(("content", "expected"), [(HTML, "Web ページ"), (ZIP[:900], "壊れた"), (b"", "空")])
def test_a_folder_is_not_trusted_either(content: bytes, expected: str, fetch: Fetch, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(content)

    with pytest.raises(FetchError, match=expected):
        fetch("https://example.invalid/a.zip", mirror=str(tmp_path))
    assert left_in(tmp_path) == []


def test_what_a_folder_lacks_is_named(fetch: Fetch, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=f"a.zip.*{PAGE}"):
        fetch("https://example.invalid/a.zip", mirror=str(tmp_path))
    with pytest.raises(FetchError, match="nowhere"):
        fetch("https://example.invalid/a.zip", mirror=str(tmp_path / "nowhere"))


def test_an_intranet_server_gives_the_files_by_name(site: Site, fetch: Fetch) -> None:
    site.on("/gis/%E6%B4%A5%E6%B3%A2.zip", serve(ZIP))

    (got,) = fetch("https://example.invalid/deep/津波.zip", mirror=f"{site.base}/gis/")

    assert got.path.name == "津波.zip"
    assert got.path.read_bytes() == ZIP
    with pytest.raises(FetchError, match=f"{site.base}/gis に b.zip がありません"):
        fetch("https://example.invalid/b.zip", mirror=f"{site.base}/gis")


# --- layers that cannot be fetched, and names -----------------------------------------------------


def test_a_layer_without_downloads_names_its_page_and_the_command(fetch: Fetch) -> None:
    with pytest.raises(FetchError, match=f"{PAGE}.*knr import .* --as roads"):
        fetch()


@pytest.mark.parametrize("url", ["ftp://example.invalid/a.zip", "http://[bad/a.zip", "https://x/{z}/{x}.png"])
def test_what_is_no_address_of_one_file_is_said_before_anything_is_done(url: str, fetch: Fetch) -> None:
    with pytest.raises(FetchError, match="取得先として使えません"):
        fetch(url)


def test_two_addresses_with_one_name_are_refused(fetch: Fetch) -> None:
    with pytest.raises(FetchError, match=r"同じファイル名 a\.zip"):
        fetch("https://one.invalid/a.zip", "https://two.invalid/a.zip")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://x.invalid/ksj/N03-20240101_01_GML.zip", "N03-20240101_01_GML.zip"),
        ("https://x.invalid/a.zip?session=1", "a.zip"),
        ("https://x.invalid/data?statsId=T001100&code=6440", "data_statsId=T001100&code=6440"),
        ("https://x.invalid/data?code=6440#T001100S6440.zip", "T001100S6440.zip"),
        ("https://x.invalid/%E6%B4%A5%E6%B3%A2.csv", "津波.csv"),
        ("https://x.invalid/%2e%2e%2fetc/..%5Cpasswd", "_passwd"),
        ("https://x.invalid/", "download"),
    ],
)
def test_file_names(url: str, name: str) -> None:
    assert file_name(url) == name


def test_a_name_that_is_taken_by_a_folder(site: Site, fetch: Fetch, tmp_path: Path) -> None:
    (tmp_path / "raw" / "roads" / "a.csv").mkdir(parents=True)

    with pytest.raises(FetchError, match="保存できません"):
        fetch(site.on("/a.csv", serve(CSV)))
    assert left_in(tmp_path) in ([], [RECORD])


def test_the_network_is_out_of_reach_in_tests() -> None:
    with socket.socket() as outward, pytest.raises(AssertionError, match=r"192\.0\.2\.1"):
        outward.connect(("192.0.2.1", 80))
