"""The office's own templates, and the Word file held against the PDF: one content, twice."""

import re
import shutil
import subprocess
import unicodedata
from pathlib import Path

import paper_town
import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Pt
from pypdf import PdfReader

from knr_gis.errors import OutputError
from knr_gis.report import write_report_docx, write_report_pdf
from knr_gis.report.content import closing_sections, front_lines, key_tables
from knr_gis.report.templates import own_template, write_templates
from knr_gis.texts import say, speaking


def flat(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).replace("\u200b", "").split())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[PdfReader, object, Path]:
    folder = tmp_path_factory.mktemp("both")
    write_report_pdf(paper_town.product(), folder / "a.pdf")
    write_report_docx(paper_town.product(), folder / "a.docx")
    return PdfReader(folder / "a.pdf"), Document(str(folder / "a.docx")), folder


def all_texts() -> list[str]:
    product = paper_town.product()
    sections = closing_sections(product)
    texts = [product.title, product.headline, say("report.headline"), say("report.notes"), say("report.map")]
    texts += [
        *front_lines(product),
        *(s.title for s in sections),
        *(p for s in sections for p in s.paragraphs),
    ]
    for table in [*key_tables(product), *(t for s in sections for t in s.tables)]:
        texts += [table.title, table.note, *table.headings, *(c for row in table.rows for c in row)]
    return [flat(text) for text in texts if text.strip()]


def test_every_sentence_heading_and_cell_stands_in_both(made: tuple[PdfReader, object, Path]) -> None:
    pdf, document, _ = made
    printed = flat("".join(page.extract_text() for page in pdf.pages))
    cells = [cell.text for t in document.tables for row in t.rows for cell in row.cells]
    words = flat(" ".join([p.text for p in document.paragraphs] + cells))
    texts = all_texts()
    assert len(texts) > 100
    assert [text for text in texts if text not in words] == []
    hidden = flat(say("report.map"))  # its heading is for the outline only
    assert [text for text in texts if text not in printed and text != hidden] == []


def test_word_has_real_headings_repeated_rows_alternative_texts_and_page_numbers(
    made: tuple[PdfReader, object, Path],
) -> None:
    _, document, _ = made
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert headings == [say("report.notes"), say("report.map")] + [
        s.title for s in closing_sections(paper_town.product())
    ]
    tables = document.tables[1:]
    assert all(t.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None for t in tables)
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for t in tables for row in t.rows)
    assert all(shape._inline.docPr.get("descr") for shape in document.inline_shapes)
    fields = [e.text for e in document.sections[0].footer._element.iter(qn("w:instrText"))]
    assert fields == ["PAGE", "NUMPAGES"]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_the_word_file_and_loses_nothing(
    made: tuple[PdfReader, object, Path], tmp_path: Path
) -> None:
    command = [
        "soffice",
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--headless",
        "--convert-to",
        "pdf",
    ]
    subprocess.run(
        [*command, "--outdir", str(tmp_path), str(made[2] / "a.docx")], check=True, capture_output=True
    )
    converted = PdfReader(tmp_path / "a.pdf")
    words = flat("".join(page.extract_text() for page in converted.pages))
    lost = [text for text in all_texts() if len(text) > 3 and text not in words]
    assert len(lost) <= len(all_texts()) * 0.05, lost  # a cell that breaks over lines may be read in pieces
    pictures = {image.data for page in converted.pages for image in page.images}
    assert len(pictures) == len(made[1].inline_shapes)
    sizes = {tuple(round(float(v) / 72 * 25.4) for v in page.mediabox[2:]) for page in converted.pages}
    assert sizes == {(210, 297), (297, 210)}


def test_pdf_is_tagged_titled_and_says_source_and_scale(made: tuple[PdfReader, object, Path]) -> None:
    pdf, _, folder = made
    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] is True or bool(root["/MarkInfo"]["/Marked"])
    assert root["/Lang"] == "ja"
    assert pdf.metadata is not None
    assert pdf.metadata.title == "津波からの避難"
    assert "出典" in flat("".join(page.extract_text() for page in pdf.pages))
    for name in ("b.pdf", "b.docx"):
        writer = write_report_pdf if name.endswith("pdf") else write_report_docx
        writer(paper_town.product(), folder / name)
        assert (folder / name).read_bytes() == (folder / f"a{name[1:]}").read_bytes()


def test_templates_are_written_once_and_used(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    files = write_templates(folder)
    assert {f.name for f in files} == {"report.typ", "report.docx", "使い方.txt", "HOWTO.txt"}
    with pytest.raises(OutputError, match=r"report\.typ"):
        write_templates(folder)
    typ = (
        (folder / "report.typ")
        .read_text("utf-8")
        .replace("v(-0.6em)", 'v(-0.6em)\n#text("釧路市役所 様式 7")')
    )
    (folder / "report.typ").write_text(typ, "utf-8")
    document = Document(str(folder / "report.docx"))
    document.styles["KNR Headline"].font.size = Pt(17)
    document.sections[0].footer.paragraphs[0].text = "釧路市役所"
    document.save(str(folder / "report.docx"))
    write_report_pdf(paper_town.product(), tmp_path / "a.pdf", templates=folder)
    write_report_docx(paper_town.product(), tmp_path / "a.docx", templates=folder)
    assert "釧路市役所様式7" in flat(PdfReader(tmp_path / "a.pdf").pages[0].extract_text())
    made = Document(str(tmp_path / "a.docx"))
    assert made.styles["KNR Headline"].font.size == Pt(17)
    assert made.sections[0].footer.paragraphs[0].text == "釧路市役所"
    assert not re.search("スタイル「", " ".join(p.text for p in made.paragraphs)), "its own words are gone"


def test_a_template_of_the_language_goes_first(tmp_path: Path) -> None:
    for name in ("report.typ", "report_en.typ"):
        (tmp_path / name).write_text("x", "utf-8")
    assert own_template(tmp_path, ".typ") == tmp_path / "report.typ"
    with speaking("en"):
        assert own_template(tmp_path, ".typ") == tmp_path / "report_en.typ"
    assert own_template(tmp_path / "no", ".typ") is None


def test_a_broken_template_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "report.typ").write_text("#set tex(", "utf-8")
    (tmp_path / "report.docx").write_text("no", "utf-8")
    with pytest.raises(OutputError, match=r"report\.typ"):
        write_report_pdf(paper_town.product(), tmp_path / "a.pdf", templates=tmp_path)
    with pytest.raises(OutputError, match=r"report\.docx"):
        write_report_docx(paper_town.product(), tmp_path / "a.docx", templates=tmp_path)
    assert not (tmp_path / "a.pdf").exists()
    monkeypatch.setenv("KNR_TEMPLATES", str(tmp_path / "away"))
    with pytest.raises(OutputError, match="KNR_TEMPLATES"):
        own_template(tmp_path / "away", ".typ")
