"""Reports of one municipality: its own rows and figures, the same totals as the report of the region."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import paper_town
import pytest
from pypdf import PdfReader
from shapely.geometry import Point

from knr_gis.errors import SettingsError
from knr_gis.excerpt import excerpt_of, find_municipality
from knr_gis.figure.scale import content_bounds
from knr_gis.product import Product, ReportPlan
from knr_gis.region import Municipality, Region, load_region
from knr_gis.report import write_report_pdf
from knr_gis.report.content import closing_sections, key_tables
from knr_gis.run import RunOptions, chosen_towns, write_excerpts
from knr_gis.run import Towns as Wanted
from knr_gis.settings import load_settings

PLAN = ReportPlan(
    key_measures=("origins", "no_route"), breakdown=("zone_area",), tables={"origins": ("name", "distance_m")}
)


def region() -> Region:
    return load_region(load_settings().region_file)


def town(code: str) -> Municipality:
    return next(m for m in region().municipalities if m.code == code)


def excerpt(code: str, **changes: object) -> Product:
    whole = paper_town.product(report=PLAN, **changes)
    return excerpt_of(whole, town(code), land=paper_town.municipalities(), book="evacuation.xlsx")


def test_a_town_is_found_by_name_code_and_english_name() -> None:
    assert {find_municipality(region(), t).code for t in ("釧路市", "01206", "Kushiro City")} == {"01206"}
    with pytest.raises(SettingsError, match="釧路市"):
        find_municipality(region(), "釧路巿")


def test_the_front_table_has_the_towns_row_first_and_the_regions_beside() -> None:
    (table,) = key_tables(excerpt("01206"))
    assert [row[0] for row in table.rows] == ["釧路市", "全域"]
    assert table.rows[0][1:] == ("3", "0")


def test_the_answer_has_the_towns_own_figures() -> None:
    assert "釧路市" in excerpt("01206").headline
    assert "3 人（全域 3 人）" in excerpt("01206").headline
    assert "不明" in excerpt("01661").headline, "an unknown figure is no 0"
    plan = replace(PLAN, town_ja="{name}には{nothing|origins}がいます。割合は{share}です。")
    assert excerpt("01206").report is PLAN
    whole = paper_town.product(report=plan)
    cut = excerpt_of(whole, town("01206"), land=None, book="a.xlsx")
    assert cut.headline == "釧路市には3 人がいます。割合は―です。"


def test_a_town_without_rows_says_so_and_why() -> None:
    missing = pd.DataFrame(
        {"what": ["標茶町", "根室市", "道路"], "reason": ["データなし"] * 3, "count": [None] * 3}
    )
    cut = excerpt("01664", missing=missing)
    assert "標茶町は評価していません（データなし）" in cut.headline
    assert paper_town.product().headline in cut.headline
    assert "集計はありません" in excerpt("01664").headline


def test_lists_hold_the_rows_of_the_town_only_and_together_all() -> None:
    whole = paper_town.product().result.tables["origins"]
    parts = [excerpt(code).result.tables["origins"] for code in ("01206", "01661")]
    assert [set(part["muni_code"]) for part in parts] == [{"01206"}, {"01661"}]
    assert sum(map(len, parts)) == len(whole)
    assert parts[0]["distance_m"].sum() + parts[1]["distance_m"].sum() == whole["distance_m"].sum()


def test_figures_of_the_towns_are_those_of_the_whole_report() -> None:
    whole = paper_town.product().result.summary
    keys = ["muni_code", "group", "measure", "value"]
    rows = [excerpt(code).result.summary for code in ("01206", "01661")]
    own = pd.concat([r[r["muni_code"] != ""] for r in rows])[keys].reset_index(drop=True)
    expected = whole[whole["muni_code"] != ""][keys]
    assert sorted(map(str, own.values.tolist())) == sorted(map(str, expected.values.tolist()))
    assert all((r[r["muni_code"] == ""]["value"] == 3).all() for r in rows)


def test_other_towns_are_left_out_and_conditions_and_sources_stay() -> None:
    findings = pd.DataFrame(
        {"severity": ["warning"] * 2,
         "layer_id": ["x"] * 2, "code": ["x"] * 2, "muni_code": ["01206", "01661"],
         "feature": ["a", "b"], "message": ["a", "b"], "longitude": [None] * 2, "latitude": [None] * 2}
    )  # fmt: skip
    missing = pd.DataFrame({"what": ["釧路町", "道路"], "reason": ["r"] * 2, "count": [None] * 2})
    cut, whole = excerpt("01206", findings=findings, missing=missing), paper_town.product()
    assert list(cut.findings["message"]) == ["a"]
    assert list(cut.missing["what"]) == ["道路"]
    assert (cut.sources, cut.scenario) == (whole.sources, whole.scenario)
    assert [t.headings for s in closing_sections(cut) for t in s.tables][-1]


def test_a_table_that_tells_no_towns_apart_stays_and_says_so() -> None:
    result = paper_town.product().result
    tables = {"runs": pd.DataFrame({"run_number": [1, 2]}), "origins": result.tables["origins"].head(1)}
    plan = replace(PLAN, tables={"runs": (), "origins": ("name",)})
    whole = paper_town.product(report=plan, result=replace(result, tables=tables))
    cut = excerpt_of(whole, town("01661"), land=None, book="a.xlsx")
    details = next(s for s in closing_sections(cut) if any("全域のもの" in t.note for t in s.tables))
    assert any("釧路町の行がありません" in text for text in details.paragraphs)


def test_the_map_shows_what_lies_in_the_town() -> None:
    bounds = content_bounds(excerpt("01661"))
    x, y = paper_town.X, paper_town.Y
    assert bounds[0] > x + 9_000
    assert bounds[2] <= x + 21_000
    inside = Point(x + 12_000, y + 6_000)
    assert bounds[0] < inside.x < bounds[2]
    assert bounds[1] < inside.y < bounds[3]
    assert excerpt("01661").layers[-1].title == "釧路町の区域"


def test_both_ways_of_choosing_towns_and_wrong_ones_are_one_line() -> None:
    assert chosen_towns(region(), RunOptions()) == ()
    assert len(chosen_towns(region(), RunOptions(each="municipality"))) == 13
    for wrong in (RunOptions(each="village"), RunOptions(each="municipality", municipality="釧路市")):
        with pytest.raises(SettingsError):
            chosen_towns(region(), wrong)


def test_a_report_for_each_town_is_written_beside_the_workbook_of_the_region(tmp_path: Path) -> None:
    towns = (town("01206"), town("01661"))
    wanted = Wanted(towns, paper_town.municipalities(), None)
    outcome = write_excerpts(
        paper_town.product(report=PLAN), tmp_path, RunOptions(formats=("pdf", "docx")), wanted
    )
    names = {path.name for path in tmp_path.iterdir() if path.suffix in (".pdf", ".docx", ".xlsx")}
    stems = {f"evacuation_01206_釧路市{s}" for s in (".pdf", ".docx")}
    assert names == stems | {"evacuation.xlsx", "evacuation_01661_釧路町.pdf", "evacuation_01661_釧路町.docx"}
    text = "".join(p.extract_text() for p in PdfReader(outcome.files["pdf 01206"]).pages)
    flat = "".join(text.split())
    assert "津波からの避難(釧路市)" in flat or "津波からの避難（釧路市）" in flat
    assert "evacuation.xlsx" in flat


def test_a_town_reads_the_same_twice(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_report_pdf(excerpt("01206"), tmp_path / f"{name}.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
