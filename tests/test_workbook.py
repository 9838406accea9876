"""The workbook as Excel reads it."""

import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import paper_town
import pytest

from knr_gis.errors import OutputError
from knr_gis.export import WRITERS
from knr_gis.export.workbook import write_workbook
from knr_gis.sheets import sheet_name


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> openpyxl.Workbook:
    path = tmp_path_factory.mktemp("book") / "evacuation.xlsx"
    write_workbook(paper_town.product(), path)
    return openpyxl.load_workbook(path)


def rows_of(book: openpyxl.Workbook, sheet: str) -> list[tuple[object, ...]]:
    """The table of a sheet, headings first."""
    return list(book[sheet].iter_rows(min_row=5, values_only=True))


def test_sheets_in_reading_order(book: openpyxl.Workbook) -> None:
    front = ["結果", "注意", "未評価", "条件", "出典", "凡例"]
    assert book.sheetnames == [*front, "出発地点", "結果（縦長）", "用語", "データ確認"]


def test_every_sheet_says_that_the_data_are_a_sample(book: openpyxl.Workbook) -> None:
    assert all("模式データ" in sheet["A2"].value for sheet in book)
    assert all("2026-10-12 09:30" in sheet["A3"].value for sheet in book)


def test_real_data_say_no_such_thing(tmp_path: Path) -> None:
    write_workbook(paper_town.product(sample=False), tmp_path / "a.xlsx")
    assert not any("模式" in sheet["A2"].value for sheet in openpyxl.load_workbook(tmp_path / "a.xlsx"))


def test_totals_of_workbook_and_csv_agree(book: openpyxl.Workbook, tmp_path: Path) -> None:
    WRITERS["csv"](paper_town.product(), tmp_path / "a.csv")
    csv = pd.read_csv(tmp_path / "a.csv")
    head, *body = rows_of(book, "結果（縦長）")
    value = head.index("値")
    long_total = sum(row[value] for row in body if isinstance(row[value], int | float))
    pivot_total = sum(
        cell for row in book["結果"].iter_rows(min_row=5, values_only=True) for cell in row
        if isinstance(cell, int | float)
    )  # fmt: skip
    assert long_total == pytest.approx(csv["value"].sum())
    assert pivot_total == pytest.approx(csv["value"].sum())
    assert len(body) == len(csv)


def test_unknown_is_a_word_and_never_a_number(book: openpyxl.Workbook) -> None:
    values = [row[4] for row in rows_of(book, "結果（縦長）")[1:]]
    assert values.count("不明") == 1
    assert values.count(0) == 1  # the one that is zero


def test_text_that_looks_like_a_formula_is_text(book: openpyxl.Workbook) -> None:
    texts = [c for sheet in book for row in sheet.iter_rows() for c in row if isinstance(c.value, str)]
    risky = [cell for cell in texts if cell.value[:1] in ("=", "+", "-", "@")]
    assert len(risky) >= 5
    assert all(cell.data_type == "s" for cell in risky)
    assert not any(cell.hyperlink for cell in texts)


def test_no_formula_element_in_the_file(tmp_path: Path) -> None:
    write_workbook(paper_town.product(), tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        sheets = [archive.read(n) for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
    assert len(sheets) == 10
    assert not any(b"<f>" in sheet for sheet in sheets)


def test_headings_have_units_filters_and_stay_in_view(book: openpyxl.Workbook) -> None:
    sheet = book["結果（縦長）"]
    assert sheet.freeze_panes == "A6"
    assert sheet.auto_filter.ref == "A5:F12"
    assert any("ha" in str(c.value) for row in book["結果"].iter_rows() for c in row)
    assert "条件" in rows_of(book, "条件")[0]
    assert rows_of(book, "条件")[1][4] == "要確認"


def test_same_product_same_bytes(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(paper_town.product(), tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_sheet_names_that_excel_forbids_are_changed() -> None:
    taken = {"結果"}
    assert sheet_name("結果", taken) == "結果(2)"
    assert sheet_name("[a]:b/c*?", set()) == "・a・・b・c・・"
    assert len(sheet_name("長" * 50, {"長" * 31})) <= 31


def test_file_open_in_excel_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a.xlsx"
    target.write_bytes(b"old")

    def held_open(_: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied", str(target))

    monkeypatch.setattr(Path, "replace", held_open)
    with pytest.raises(OutputError, match=r"a\.xlsx.*Excel.*閉じ") as caught:
        write_workbook(paper_town.product(), target)
    assert "\n" not in str(caught.value)
    assert target.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.xlsx"]
