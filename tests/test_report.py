"""The reports: the same figures as the workbook, sources and limits, text that stays text."""

import zipfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
import paper_town
import pytest
from docx import Document
from pypdf import PdfReader

from knr_gis.fonts import text_width_mm
from knr_gis.readable import frame_table
from knr_gis.report import write_report_docx, write_report_pdf
from knr_gis.report.content import (
    TABLE_PT,
    TEXT_MM,
    breakable,
    closing_sections,
    column_widths,
    front_lines,
    key_tables,
    print_table,
)


def squeeze(text: str) -> str:
    """Text without blanks and break marks, as lines break anywhere."""
    return "".join(text.replace("\u200b", "").split())


@pytest.fixture(scope="module")
def pdf(tmp_path_factory: pytest.TempPathFactory) -> PdfReader:
    path = tmp_path_factory.mktemp("report") / "evacuation.pdf"
    write_report_pdf(paper_town.product(), path)
    return PdfReader(path)


@pytest.fixture(scope="module")
def word_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "evacuation.docx"
    write_report_docx(paper_town.product(), path)
    return path


def text_of(document: object) -> str:
    tables = [cell.text for t in document.tables for row in t.rows for cell in row.cells]
    return squeeze(" ".join([p.text for p in document.paragraphs] + tables))


WANTED = (
    "津波からの避難／模式データ／浸水域の 3 人のうち 1 人が／注意・限界／直線距離の 1.3 倍／収容人数／"
    "主な結果／内訳と詳しい表／釧路市／1,000.5／0.1未満／不明／条件と前提／避難の歩行速度／要確認／未評価／元の表にない／データ一覧／出典／"
    "「市町村」（国土交通省）を加工して作成／CC BY 4.0／2026-10-01／2026-10-12 09:30"
).split("／")


def test_pdf_says_everything(pdf: PdfReader) -> None:
    text = squeeze("".join(page.extract_text() for page in pdf.pages))
    assert [word for word in WANTED if squeeze(word) not in text] == []


def test_word_file_says_the_same(word_file: Path) -> None:
    text = text_of(Document(word_file))
    assert [word for word in WANTED if squeeze(word) not in text] == []


def test_pdf_pages_are_a4_with_the_map_on_a_landscape_page(pdf: PdfReader) -> None:
    sizes = [tuple(round(float(v) / 72 * 25.4) for v in page.mediabox[2:]) for page in pdf.pages]
    assert set(sizes) == {(210, 297), (297, 210)}
    assert sizes.count((297, 210)) == 1
    numbers = [squeeze(page.extract_text()) for page in pdf.pages]
    assert all(f"{n}/{len(sizes)}" in text for n, text in enumerate(numbers, 1))


def test_map_stands_at_the_scale_that_it_states(pdf: PdfReader, word_file: Path) -> None:
    page = next(p for p in pdf.pages if p.mediabox.width > p.mediabox.height)
    matrices = []
    page.extract_text(visitor_operand_before=lambda op, _args, cm, _tm: matrices.append((op, list(cm))))
    widths = [abs(cm[0]) / 72 * 25.4 for op, cm in matrices if op == b"Do"]
    assert widths == pytest.approx([281.0], abs=0.5)  # the sheet is drawn 281 mm wide
    assert Document(word_file).inline_shapes[0].width.mm == pytest.approx(281.0, abs=0.5)


def test_all_fonts_are_embedded(pdf: PdfReader) -> None:
    fonts = [f.get_object() for page in pdf.pages for f in page["/Resources"].get("/Font", {}).values()]
    parts = [f["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object() for f in fonts]
    assert parts
    assert all("/FontFile2" in part or "/FontFile3" in part for part in parts)
    assert all("BIZUDPGothic" in font["/BaseFont"] for font in fonts)


def test_markup_in_data_is_text(pdf: PdfReader, word_file: Path) -> None:
    text = squeeze("".join(page.extract_text() for page in pdf.pages))
    assert "#setpage(fill:red)$x$*b*" in text
    assert "<script>alert(1)</script>" in text
    assert "#setpage(fill:red)$x$*b*" in text_of(Document(word_file))


def test_real_data_bear_no_sample_mark(tmp_path: Path) -> None:
    sources = tuple(replace(s, sample=False) for s in paper_town.product().sources)
    product = paper_town.product(sample=False, sources=sources)
    write_report_pdf(product, tmp_path / "a.pdf")
    write_report_docx(product, tmp_path / "a.docx")
    assert "模式" not in "".join(page.extract_text() for page in PdfReader(tmp_path / "a.pdf").pages)
    with zipfile.ZipFile(tmp_path / "a.docx") as archive:
        assert not any("模式".encode() in archive.read(n) for n in archive.namelist() if n.endswith(".xml"))


def test_word_file_is_japanese_dated_and_within_its_margins(word_file: Path) -> None:
    document = Document(word_file)
    fonts = document.styles["Normal"].element.rPr.rFonts
    east = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}eastAsia"
    assert fonts.get(east) == "BIZ UDPGothic"
    assert document.core_properties.created.isoformat().startswith("2026-10-12T09:30")
    widths = [sum(cell.width.mm for cell in t.rows[0].cells) for t in document.tables[1:]]
    assert max(widths) <= TEXT_MM + 0.5
    assert "模式データ" in document.sections[0].header.paragraphs[0].text


def test_report_figures_are_those_of_the_summary() -> None:
    product = paper_town.product()
    (key,) = key_tables(product)
    assert [row[1:] for row in key.rows] == [("3", "0"), ("不明", ""), ("3", "")]
    zone = next(t for s in closing_sections(product) for t in s.tables if t.headings[-1] == "5m以上")
    assert [row[1:] for row in zone.rows] == [("1,000.0", "1,000.5"), ("0.1未満", "")]
    assert "0 ではありません" in zone.note


def test_limits_without_a_count_have_none() -> None:
    missing = pd.DataFrame(
        {"what": ["標茶町", "道路"], "reason": ["データなし", "範囲外"], "count": [None, 3]}
    )
    product = paper_town.product(missing=missing)
    assert front_lines(product)[-2:] == ["未評価：道路（範囲外）3 件", "未評価：標茶町（データなし）"]


def test_wide_and_long_tables_are_split_and_say_so() -> None:
    frame = pd.DataFrame({f"c{n}": range(100) for n in range(30)}).assign(c0="名")
    tables = print_table(frame_table(frame, name="x", title="表"))
    assert [t.title for t in tables] == ["表 (1/3)", "表 (2/3)", "表 (3/3)"]
    assert all(t.headings[0] == "c0" and len(t.headings) <= 12 for t in tables)
    assert [h for t in tables for h in t.headings[1:]] == [f"c{n}" for n in range(1, 30)]
    assert all(len(t.rows) == 24 and "100" in t.note and "24" in t.note for t in tables)


def test_columns_together_are_no_wider_than_the_page() -> None:
    rows = [("見出し", "a" * 300, "b"), ("x" * 200, "短い", "長い文" * 80)]
    assert sum(column_widths(rows)) <= TEXT_MM + 1e-6
    assert sum(column_widths([("見出し", "値"), ("根室市", "1")])) < 60


def test_long_words_may_break_and_stay_the_same() -> None:
    address = "https://nlftp.example/ksj/N03-20230101_01_GML.zip"
    assert breakable(address).replace("\u200b", "") == address
    assert "\u200b" in breakable(address)
    assert breakable("根室市 EPSG:6681") == "根室市 EPSG:6681"


def test_report_of_an_empty_product_is_complete(tmp_path: Path) -> None:
    base = paper_town.product()
    result = replace(base.result, features={}, tables={}, summary=base.result.summary.head(0))
    empty = pd.DataFrame()
    product = replace(base, layers=(), result=result, scenario=(), notes=(), missing=empty, findings=empty)
    write_report_pdf(product, tmp_path / "a.pdf")
    write_report_docx(product, tmp_path / "a.docx")
    assert len(closing_sections(product)) == 4
    assert len(PdfReader(tmp_path / "a.pdf").pages) >= 2


def test_names_of_places_stay_on_one_line_beside_many_columns() -> None:
    heads = ("市町村", *(f"とても長い見出しの項目その{n}（件）" for n in range(11)))
    widths = column_widths([heads, ("弟子屈町", *(["1,000"] * 11))])
    assert sum(widths) == pytest.approx(TEXT_MM)
    assert widths[0] >= text_width_mm("弟子屈町", TABLE_PT, bold=True) + 4
