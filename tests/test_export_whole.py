"""What holds for every format: the same to the byte whenever it is made, and complete by itself."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import docx
import openpyxl
import paper_town
import paper_trip
import pyogrio
import pypdf
import pytest
import rasterio

from knr_gis.errors import NothingToWriteError, OutputError
from knr_gis.export import WRITERS
from knr_gis.maps import FORMATS, file_name
from knr_gis.product import Product
from knr_gis.run import RunOptions, write_products
from knr_gis.webmap import write_webmap

OF_TRIPS = ("ics", "routebook")
ALL = {**WRITERS, "html": write_webmap}

# In a process of its own: another order of sets, another time zone, another second.
SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_export_whole import write_all
write_all(Path(sys.argv[1]))
"""


def product_for(name: str) -> Product:
    return paper_trip.product() if name in OF_TRIPS else paper_town.product()


def write_all(folder: Path) -> None:
    for name in FORMATS:
        ALL[name](product_for(name), folder / file_name("map", name))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("first")
    write_all(folder)
    return folder


@pytest.fixture(scope="module")
def second(first: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert first.exists()  # written before, so that the clock has moved on
    folder = tmp_path_factory.mktemp("second")
    env = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "America/New_York"}
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder), str(Path(__file__).parent)],
        env=env, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return folder


def test_every_format_is_written_by_someone() -> None:
    assert set(FORMATS) == set(ALL)


@pytest.mark.parametrize("name", FORMATS)
def test_same_product_same_bytes(name: str, first: Path, second: Path) -> None:
    file = file_name("map", name)
    assert (first / file).read_bytes() == (second / file).read_bytes()


def text_of_zip(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read("README.txt").decode("utf-8-sig")


def text_of_book(path: Path) -> str:
    cells = (c for s in openpyxl.load_workbook(path) for row in s.iter_rows(values_only=True) for c in row)
    return "\n".join(str(c) for c in cells if c is not None)


def text_of_pdf(path: Path) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(path).pages)


def text_of_word(path: Path) -> str:
    document = docx.Document(str(path))
    cells = (c.text for table in document.tables for row in table.rows for c in row.cells)
    edges = (p.text for s in document.sections for part in (s.header, s.footer) for p in part.paragraphs)
    return "\n".join([*(p.text for p in document.paragraphs), *cells, *edges])


def text_of_package(path: Path) -> str:
    tables = ("notes", "sources", "conditions", "layer_styles")
    return "\n".join(pyogrio.read_dataframe(path, layer=name).to_csv() for name in tables)


def text_of_calendar(path: Path) -> str:
    return path.read_text(encoding="utf-8").replace("\n ", "").replace("\\,", ",").replace("\\;", ";")


def text_of_csv(path: Path) -> str:
    return path.with_name(f"{path.name}-metadata.json").read_text(encoding="utf-8")


READ: dict[str, Callable[[Path], str]] = {
    "xlsx": text_of_book, "pdf": text_of_pdf, "map_pdf": text_of_pdf,
    "atlas": text_of_pdf, "docx": text_of_word, "gpkg": text_of_package,
    "fgb": text_of_zip, "tif": text_of_zip, "ics": text_of_calendar, "csv": text_of_csv,
}  # fmt: skip


@pytest.mark.parametrize("name", [n for n in FORMATS if n != "png"])
@pytest.mark.parametrize(
    "part",
    ["模式データ", "「津波浸水想定」（国土交通省）", "2023", "変換・切り出し", "避難の歩行速度", "0.1.0"],
    ids=["sample mark", "source", "edition", "processing", "scenario", "version"],
)
def test_every_format_is_complete_by_itself(name: str, part: str, first: Path) -> None:
    path = first / file_name("map", name)
    text = READ[name](path) if name in READ else path.read_text(encoding="utf-8")
    squeezed = "".join(text.split()).replace("\u200b", "")
    assert part in squeezed


def test_each_raster_says_so_too(first: Path) -> None:
    with rasterio.open(f"/vsizip/{first}/map.tif.zip/tsunami_inundation.tif") as file:
        assert "模式データ" in file.tags()["TIFFTAG_IMAGEDESCRIPTION"]


def test_a_format_that_was_asked_for_and_has_nothing_to_hold_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(NothingToWriteError, match="日付のない行程"):
        write_products(paper_trip.product("", ""), tmp_path, RunOptions(formats=("ics", "gpx")))


def test_formats_of_the_map_are_left_out_with_a_reason_where_they_do_not_fit(tmp_path: Path) -> None:
    options = RunOptions(formats=("ics", "tif", "gpx", "geojson"), fitting=True)
    layers = paper_trip.product().layers[:1]  # no zones of depth
    done = write_products(replace(paper_trip.product("", ""), layers=layers), tmp_path, options)
    assert list(done.files) == ["csv", "gpx", "geojson"]
    assert all(path.is_file() for path in done.files.values())
    assert [sentence[:3] for sentence in done.left_out] == ["旅程:", "旅程:"]
    assert not [path for path in tmp_path.iterdir() if path.suffix in (".ics", ".zip")]


def test_a_file_that_cannot_be_written_ends_the_run_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError):
        write_products(paper_town.product(), tmp_path / "file", RunOptions(fitting=True))
