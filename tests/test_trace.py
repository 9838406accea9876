"""Each figure of the report is a figure of the workbook; totals of PDF, workbook, map and CSV are equal."""

import re
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import paper_town
import pytest
import tracing
from pypdf import PdfReader

from knr_gis.export import WRITERS
from knr_gis.product import ReportPlan
from knr_gis.sheets import sheet_names, sheet_tables, summary_sheet

PLAN = ReportPlan(
    key_measures=("origins", "no_route"), breakdown=("zone_area",), tables={"origins": ("name", "distance_m")}
)
PLANS = {"whole": None, "planned": PLAN}


@pytest.fixture(scope="module", params=PLANS)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp(request.param)
    product = paper_town.product(report=PLANS[request.param])
    for name in ("xlsx", "pdf", "csv"):
        WRITERS[name](product, folder / f"a.{name}")
    return product, folder


def test_every_figure_of_the_report_has_a_cell(written) -> None:
    product, folder = written
    found = list(tracing.figures(product, folder / "a.xlsx"))
    assert len(found) >= 10
    assert [f for f in found if not f.cell] == []


def test_every_figure_stands_in_the_pdf_that_is_written(written) -> None:
    product, folder = written
    text = "".join(page.extract_text() for page in PdfReader(folder / "a.pdf").pages)
    words = set(re.split(r"\s+", text))
    assert {f.text for f in tracing.figures(product, folder / "a.xlsx")} <= words


def test_every_table_of_the_report_names_its_sheet_and_the_pdf_says_so(written) -> None:
    product, folder = written
    text = "".join("".join(page.extract_text().split()) for page in PdfReader(folder / "a.pdf").pages)
    names = {re.search(r"シート「(.+?)」", t.note)[1] for t in tracing.printed_tables(product)}
    assert {summary_sheet(), "条件", "出典", "未評価"} <= names
    assert names <= set(openpyxl.load_workbook(folder / "a.xlsx").sheetnames)
    assert all(f"シート「{name}」" in text for name in names)


def test_a_figure_that_is_not_in_the_workbook_is_found_out(written, tmp_path: Path) -> None:
    """The test above can fail: one cell of the summary changed, one figure has no cell."""
    product, folder = written
    book = openpyxl.load_workbook(folder / "a.xlsx")
    cell = next(c for row in book[summary_sheet()].iter_rows() for c in row if c.value == 1000.5)
    cell.value = 1000.6
    book.save(tmp_path / "b.xlsx")
    lost = {f.text for f in tracing.figures(product, tmp_path / "b.xlsx") if not f.cell}
    assert "1,000.5" in lost


def test_totals_of_pdf_and_csv_are_equal(written) -> None:
    product, folder = written
    csv = pd.read_csv(folder / "a.csv", dtype={"muni_code": str}).fillna({"muni_code": "", "group": ""})
    total = csv[(csv["muni_code"] == "") & (csv["measure"] == "origins")]["value"].item()
    table = next(t for t in tracing.printed_tables(product) if any("全域" in row for row in t.rows))
    row = next(row for row in table.rows if row[0] == "全域")
    assert tracing.same(total, row[1])


def test_names_of_sheets_are_those_of_the_tables() -> None:
    product = paper_town.product()
    tables = sheet_tables(product)
    assert [table.id for table, _ in tables] == list(sheet_names(product))
    assert [name for _, name in tables] == list(sheet_names(product).values())


def test_legend_counts_every_feature_of_the_map_once() -> None:
    product = paper_town.product()
    legend = next(table for table, _ in sheet_tables(product) if table.id == "legend")
    for layer in product.layers:
        rows = [row for row in legend.rows if row[0] == layer.title_ja]
        assert sum(row[4] for row in rows) == len(layer.frame), layer.id
    assert ("指定緊急避難場所", "津波のとき使えない", "#d55e00", "×印", 1) in {row[:5] for row in legend.rows}


def test_the_legend_is_coloured_as_the_map(tmp_path: Path) -> None:
    WRITERS["xlsx"](paper_town.product(), tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["凡例"]
    cells = [row[2] for row in sheet.iter_rows(min_row=6) if row[2].value]
    assert len(cells) >= 6
    assert all(cell.fill.fgColor.rgb == f"FF{cell.value[1:].upper()}" for cell in cells)


def test_a_result_without_charts_has_one_of_its_first_figure(tmp_path: Path) -> None:
    product = paper_town.product(report=PLAN)
    summary = product.result.summary.fillna({"value": 7.0})
    product = replace(product, result=replace(product.result, summary=summary))
    WRITERS["xlsx"](product, tmp_path / "a.xlsx")
    charts = openpyxl.load_workbook(tmp_path / "a.xlsx")[summary_sheet()]._charts
    assert len(charts) == 1
    assert charts[0].series[0].val.numRef.f == "結果!$B$9:$B$10"  # the two towns, not the whole region
