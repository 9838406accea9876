"""Files that hold a table: CSV in every shape, workbooks, archives, and what cannot be read."""

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pytest
from town_tables import OWN, SITES, codes, ours, read, refused, written

from knr_gis.readers.sheets import cell_text

# UTF-8 that lost one byte: the rest happens to be valid CP932.
_WHOLE = "name,lat,lon\n釧路役場,43.01,144.47\n釧路学校,43.02,144.48\n".encode()
CUT_UTF8 = _WHOLE[:14] + _WHOLE[15:]

# --- shapes of tables


def test_titles_above_the_header_are_skipped(tmp_path: Path) -> None:
    text = "指定緊急避難場所一覧,,,\n令和6年4月1日現在,,,\n\n" + OWN
    result = read(written(tmp_path, text.replace("43.02,144.48", ",")), SITES)
    assert ours(result, SITES).name.tolist() == ["高台", "丘"]
    assert result.findings[0].values["row"] == 6


def test_duplicate_blank_and_ragged_columns(tmp_path: Path) -> None:
    text = "名称,備考,備考,,緯度,経度,,\n高台,a,b,c,43.01,144.47\n浜,d\n丘,e,f,,43.03,144.49,,,はみ出し\n"
    result = read(written(tmp_path, text), SITES)
    assert isinstance(result.data, gpd.GeoDataFrame)
    assert result.data.columns.tolist() == ["名称", "備考", "備考_2", "column_4", "緯度", "経度", "geometry"]
    assert result.data["column_4"].tolist()[0] == "c"
    assert codes(result) == ["ragged_rows", "no_coordinates"]
    assert result.findings[0].values == {"count": 1, "rows": "4"}


def test_a_nameless_blank_column_is_dropped(tmp_path: Path) -> None:
    result = read(written(tmp_path, "名称,,緯度,経度\n高台,,43.01,144.47\n"), SITES)
    assert result.data.columns.tolist() == ["名称", "緯度", "経度", "geometry"]  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["役", "役場", "あ", "ﾎｰﾙ", "釧路市民会館", "ソ能表予"])
def test_short_texts_of_cp932_are_read(tmp_path: Path, name: str) -> None:
    text = f"name,lat,lon\n{name},43.01,144.47\n"
    assert ours(read(written(tmp_path, text, encoding="cp932"), SITES), SITES).name.tolist() == [name]


def test_header_spelling_is_forgiven(tmp_path: Path) -> None:
    text = "名　称,収容 人数,津 波,緯度 ,経度\n高台,100,○,43.01,144.47\n"
    site = ours(read(written(tmp_path, text), SITES), SITES).iloc[0]
    assert (site["name"], site.capacity_persons, site.tsunami) == ("高台", 100, True)


@pytest.mark.parametrize(
    ("name", "mark"), [("表.tsv", "\t"), ("表.txt", "\t"), ("表.csv", ";"), ("表.txt", ",")]
)
def test_delimiters(tmp_path: Path, name: str, mark: str) -> None:
    sites = ours(read(written(tmp_path, OWN.replace(",", mark), name=name), SITES), SITES)
    assert sites.name.tolist() == ["高台", "浜", "丘"]


def test_unicode_text_of_excel(tmp_path: Path) -> None:
    path = written(tmp_path, OWN.replace(",", "\t"), name="表.txt", encoding="utf-16")
    assert ours(read(path, SITES), SITES).name.tolist() == ["高台", "浜", "丘"]


# --- workbooks


def workbook(path: Path, *sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_workbook_with_cover_sheet_titles_and_types(tmp_path: Path) -> None:
    cover = [["避難場所一覧"], ["作成", "防災課"]]
    table: list[list[Any]] = [
        ["避難場所一覧（令和6年）"], [], ["No", "施設名", "定員", "津波", "緯度", "経度", "確認日"],
        [1, "高台", 120, "○", 43.01, 144.47, dt.datetime(2024, 4, 1)],  # noqa: DTZ001
        [2, "浜", 80.0, "×", "43度1分12秒", "144度28分48秒", None],
    ]  # fmt: skip
    result = read(workbook(tmp_path / "表.xlsx", cover, table), SITES)
    sites = ours(result, SITES)
    assert sites.name.tolist() == ["高台", "浜"]
    assert sites.capacity_persons.tolist() == [120, 80]
    assert sites.tsunami.tolist() == [True, False]
    assert sites["確認日"].tolist()[0] == "2024-04-01"
    assert codes(result) == ["coordinates_dms"]


def test_workbook_with_merged_headers(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["避難場所一覧"],
        ["名称", "住所", "位置", None, "災害の種類", None],
        [None, None, "緯度", "経度", "津波", "洪水"],
        ["高台", "町1", 43.01, 144.47, "○", None],
    ]
    path = workbook(tmp_path / "表.xlsx", rows)
    book = openpyxl.load_workbook(path)
    for area in ("A1:F1", "A2:A3", "B2:B3", "C2:D2", "E2:F2"):
        book.worksheets[0].merge_cells(area)
    book.save(path)
    site = ours(read(path, SITES), SITES).iloc[0]
    assert (site["name"], site.address, site.tsunami) == ("高台", "町1", True)
    assert (site.geometry.x, site.geometry.y) == (144.47, 43.01)


def test_thousands_of_blank_rows_and_hidden_sheets(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    hidden = book.worksheets[0]
    hidden.append(["名称", "緯度", "経度"])
    hidden.append(["旧", 43.0, 144.0])
    hidden.sheet_state = "hidden"
    sheet = book.create_sheet()
    sheet.append(["名称", "緯度", "経度"])
    sheet.append(["高台", 43.01, 144.47])
    for row in range(3, 6000):
        sheet.cell(row, 1).number_format = "0"
    book.save(tmp_path / "表.xlsx")
    result = read(tmp_path / "表.xlsx", SITES)
    assert ours(result, SITES).name.tolist() == ["高台"]
    assert result.findings == []


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (1206, "00000", "01206"),
        (1206.0, "00000", "01206"),
        (1206, "General", "1206"),
        (43.5, "0", "43.5"),
        (True, "", "true"),
        ("#N/A", "", ""),
        (None, "", ""),
        (dt.time(9, 0), "", "09:00"),
        (" a ", "", "a"),
        (0, "0", "0"),
        (-3, "0", "-3"),
    ],
)
def test_cells_read_as_they_are_seen(value: Any, number_format: str, text: str) -> None:
    assert cell_text(value, number_format) == text


def test_formulas_count_with_their_last_value(tmp_path: Path) -> None:
    path = workbook(tmp_path / "表.xlsx", [["名称", "緯度", "経度"], ["高台", "=43+0.01", 144.47]])
    # openpyxl writes no computed value; put one in as Excel does.
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].replace(b"<f>43+0.01</f><v />", b"<f>43+0.01</f><v>43.01</v>")
    sheet = sheet.replace(b"<f>43+0.01</f><v></v>", b"<f>43+0.01</f><v>43.01</v>")
    assert b"<v>43.01</v>" in sheet
    with zipfile.ZipFile(path, "w") as archive:
        for name, raw in {**parts, "xl/worksheets/sheet1.xml": sheet}.items():
            archive.writestr(name, raw)
    assert read(path, SITES).data.geometry.y.tolist() == [43.01]  # type: ignore[union-attr]


# --- archives


def zipped(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
    return path


def test_zip_with_one_table_and_a_note(tmp_path: Path) -> None:
    members = {"data/表.csv": OWN.encode(), "data/readme.txt": b"note", "__MACOSX/._a.csv": b"\0\1"}
    sites = ours(read(zipped(tmp_path / "a.zip", **members), SITES), SITES)
    assert sites.name.tolist() == ["高台", "浜", "丘"]


@pytest.mark.parametrize(
    "members", [{"a.csv": b"x", "b.csv": b"y"}, {"a.png": b"x"}, {"../a.csv": OWN.encode()}, {}]
)
def test_zip_that_is_not_one_table(tmp_path: Path, members: dict[str, bytes]) -> None:
    refused(zipped(tmp_path / "a.zip", **members), SITES)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.zip"]


def test_cut_zip(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", **{"a.csv": OWN.encode() * 100})
    path.write_bytes(path.read_bytes()[:-60])
    refused(path, SITES)


# --- what cannot be read


@pytest.mark.parametrize(
    ("name", "raw", "key"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"\r\n\r\n", "empty"),
        ("a.csv", "名称,緯度,経度\n".encode(), "header_only"),
        ("a.csv", "名称,住所\n高台,町1\n".encode(), "no_axes"),
        ("a.csv", "名称,緯度,経度\n高台,,\n".encode(), "no_usable"),
        ("a.csv", b"1,2,3\n4,5,6\n", "no_header"),
        ("a.csv", b"<!DOCTYPE html><html><body>404</body></html>", "html"),
        ("a.csv", b"\n <HTML><head></head>", "html"),
        ("a.csv", bytes(range(256)) * 4, "not_decodable"),
        ("a.csv", b"PK\x03\x04\x00\x00\x00\x00", "garbled"),
        ("a.csv", OWN.encode("euc_jp"), "not_decodable"),
        ("a.csv", "name,lat,lon\nあいう,43.01,144.47\n".encode("euc_jp"), "not_decodable"),
        ("a.csv", CUT_UTF8, "not_decodable"),
        ("a.csv", OWN.encode("iso2022_jp"), "garbled"),
        ("a.csv", OWN.encode().decode("latin-1").encode(), "garbled"),
        ("a.csv", OWN.encode().decode("cp1252", errors="ignore").encode(), "garbled"),
        ("a.csv", OWN.encode().decode("cp932", errors="replace").encode(), "garbled"),
        ("a.csv", OWN.encode()[:100] + b"\xff" + OWN.encode()[100:], "not_decodable"),
        ("a.csv", OWN.encode()[: OWN.encode().rindex("丘".encode()) + 1], "not_decodable"),
        ("a.csv", b'name,lat,lon\n"' + b"x" * 2_000_000, "bad_csv"),
        ("a.json", b'[{"a": 1', "bad_json"),
        ("a.json", b'{"a": 1}', "json_shape"),
        ("a.json", b"[1, 2]", "json_shape"),
        ("a.json", b"[]", "empty"),
        ("a.xlsx", b"not a workbook", "broken_xlsx"),
        ("a.xlsx", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "locked_xlsx"),
        ("a.xls", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "old_xls"),
        ("a.xls", b"<html>", "old_xls"),
    ],
)
def test_bad_files_get_one_line(tmp_path: Path, name: str, raw: bytes, key: str) -> None:
    path = tmp_path / name
    path.write_bytes(raw)
    assert refused(path, SITES).key == f"read_table.{key}"


def test_workbook_cut_in_the_middle(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["名称", "緯度", "経度"], ["高台", 43.01, 144.47]])
    path.write_bytes(path.read_bytes()[:-200])
    assert refused(path, SITES).key == "read_table.broken_xlsx"


def test_a_stated_encoding_is_taken_at_its_word(tmp_path: Path) -> None:
    path = written(tmp_path, OWN, encoding="euc_jp")
    assert ours(read(path, SITES, encoding="euc-jp"), SITES).name.tolist() == ["高台", "浜", "丘"]
    assert refused(path, SITES, encoding="utf-8").key == "read_table.not_decodable"
    assert refused(path, SITES, encoding="utf-99").key == "read_table.unknown_encoding"


def test_text_in_half_width_katakana_is_not_taken_for_rubbish(tmp_path: Path) -> None:
    text = "名称,緯度,経度\nﾒｲｼｮｳｺｰﾎﾟ,43.01,144.47\nﾊﾏﾅｶﾎｰﾙ,43.02,144.48\n"
    result = read(written(tmp_path, text, encoding="cp932"), SITES)
    assert ours(result, SITES).name.tolist() == ["ﾒｲｼｮｳｺｰﾎﾟ", "ﾊﾏﾅｶﾎｰﾙ"]


def test_accented_names_and_the_end_mark_of_dos_are_not_rubbish(tmp_path: Path) -> None:
    text = "Name,Lat,Lon\nCafé à l'été,43.01,144.47\nNaïve Ökö,43.02,144.48\n"
    assert ours(read(written(tmp_path, text), SITES), SITES).name.tolist() == ["Café à l'été", "Naïve Ökö"]
    assert len(ours(read(written(tmp_path, OWN + "\x1a", encoding="cp932"), SITES), SITES)) == 3


def test_markup_in_a_name_stays_text(tmp_path: Path) -> None:
    sites = ours(read(written(tmp_path, OWN.replace("高台", "<script>alert(1)</script>")), SITES), SITES)
    assert sites.name.iloc[0] == "<script>alert(1)</script>"
