"""Charts: the unknown is said, nothing is told by colour alone, the same bytes each time, everywhere."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import paper_town
import pytest
from docx import Document
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.image import imread
from matplotlib.patches import Rectangle
from pypdf import PdfReader

from knr_gis.charts import chart_alternative, chart_remarks, chart_table, chart_title
from knr_gis.export.workbook import write_workbook
from knr_gis.figure.chart import COLOURS, HATCHES, draw_chart, write_chart
from knr_gis.product import Product
from knr_gis.report import write_report_docx, write_report_pdf
from knr_gis.result import Blank, Chart, Note

NAN = float("nan")
TOWNS = ("釧路市", "根室市", "標茶町", "鶴居村")


def chart(kind: str = "bar", **changes: object) -> Chart:
    whole = Chart(
        id="people", title=Note("measures.persons"), kind=kind, labels=TOWNS,
        series={"今": (1200.0, 300.0, NAN, Blank.NOT_ASKED), "将来": (900.0, NAN, NAN, Blank.NOT_ASKED)},
        unit="人", note=Note("measures.persons_in_zone"),
    )  # fmt: skip
    return replace(whole, **changes)


def single() -> Chart:
    return chart(series={"今": (1200.0, 300.0, NAN, Blank.NOT_ASKED)})


def product(*charts: Chart) -> Product:
    plain = paper_town.product()
    return replace(plain, result=replace(plain.result, charts=charts))


def words(drawn: object) -> set[str]:
    ax = drawn.axes[0]
    return {t.get_text() for t in [*ax.texts, *ax.get_yticklabels(), *ax.get_xticklabels()]}


def bars(drawn: object) -> list[Rectangle]:
    return [p for p in drawn.axes[0].patches if isinstance(p, Rectangle)]


def test_a_series_has_one_value_for_each_label() -> None:
    with pytest.raises(ValueError, match="今"):
        chart(series={"今": (1.0,)})


def test_words_around_a_chart() -> None:
    assert chart_title(chart()) == "人口（人）"
    assert chart_remarks(chart()) == [
        "浸水域内の人口", "不明（0 ではない）: 根室市（将来）、標茶町", "該当しない: 鶴居村",
    ]  # fmt: skip
    alternative = chart_alternative(chart())
    assert "今: 釧路市 1,200、根室市 300、標茶町 不明。" in alternative
    assert "鶴居村" not in alternative
    assert chart_table(chart()).rows[0] == ("釧路市", 1200.0, 900.0)
    assert chart_table(chart()).rows[3] == ("鶴居村", None, None)


def test_bars_are_as_long_as_their_values_and_the_unknown_is_a_hatched_piece_with_its_word() -> None:
    drawn = draw_chart(single())
    known = [b.get_width() for b in bars(drawn) if b.get_facecolor()[:3] == pytest.approx(to_rgb(COLOURS[0]))]
    assert known == pytest.approx([1200, 300, 0])
    (unknown,) = [b for b in bars(drawn) if b.get_hatch()]
    assert 0 < unknown.get_width() < 300
    assert {"1,200", "300", "不明", "―", *TOWNS} <= words(drawn)
    assert drawn.axes[0].get_ylim()[0] > drawn.axes[0].get_ylim()[1], "the first label stands on top"


def test_the_words_at_the_bars_stay_on_the_sheet() -> None:
    for values in [(1200.0, 300.0, NAN, 5.0), (-30.0, -2.0, 4.0, NAN), (NAN,) * 4, (0.0,) * 4]:
        drawn = draw_chart(chart(series={"今": values}))
        renderer = FigureCanvasAgg(drawn).get_renderer()
        for text in drawn.axes[0].texts:
            box = text.get_window_extent(renderer)
            assert 0 <= box.x0 < box.x1 <= drawn.bbox.width


def test_series_differ_in_more_than_colour() -> None:
    drawn = draw_chart(chart())
    legend = drawn.legends[0]
    assert [t.get_text() for t in legend.get_texts()] == ["今", "将来"]
    assert [p.get_hatch() or "" for p in legend.get_patches()] == list(HATCHES[:2])
    lines = draw_chart(chart("line")).axes[0].lines
    assert len({(line.get_marker(), line.get_linestyle()) for line in lines}) == 2


def test_a_stack_adds_up_what_is_known_and_says_that_more_is_unknown() -> None:
    drawn = draw_chart(chart("stacked_bar"))
    assert {"2,100", "300 + 不明", "不明", "―"} <= words(drawn)
    ends = [b.get_x() + b.get_width() for b in bars(drawn)]
    assert max(ends) == pytest.approx(2100)


def test_a_line_is_broken_where_a_value_is_unknown() -> None:
    drawn = draw_chart(chart("line", series={"今": (1.0, NAN, 3.0, 4.0)}))
    heights = drawn.axes[0].lines[0].get_ydata()
    np.testing.assert_equal(np.asarray(heights, dtype=float), [1.0, NAN, 3.0, 4.0])
    assert "不明" in words(drawn)


@pytest.mark.parametrize("kind", ["bar", "stacked_bar", "line"])
@pytest.mark.parametrize("suffix", ["png", "pdf"])
def test_the_same_chart_gives_the_same_bytes(tmp_path: Path, kind: str, suffix: str) -> None:
    paths = [tmp_path / f"{n}.{suffix}" for n in "ab"]
    for path in paths:
        write_chart(chart(kind), path, dpi=80)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_picture_is_not_blank(tmp_path: Path) -> None:
    write_chart(chart(), tmp_path / "a.png", dpi=100)
    picture = imread(tmp_path / "a.png")[..., :3]
    sky = np.abs(picture - np.array(to_rgb(COLOURS[0]))).max(axis=-1) < 0.02
    assert 0.02 < sky.mean() < 0.5


def test_markup_in_a_name_is_text(tmp_path: Path) -> None:
    evil = chart(labels=(paper_town.EVIL, *TOWNS[1:]), series={paper_town.EVIL: (1.0, 2.0, NAN, 4.0)})
    write_report_pdf(product(evil), tmp_path / "a.pdf")
    write_report_docx(product(evil), tmp_path / "a.docx")
    write_workbook(product(evil), tmp_path / "a.xlsx")
    cells = [c for row in openpyxl.load_workbook(tmp_path / "a.xlsx")["グラフ"].iter_rows() for c in row]
    assert not [c.coordinate for c in cells if c.data_type == "f"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("charts")
    made = product(chart(), chart("line", id="later", title=Note("measures.land_area"), unit="ha"))
    write_report_pdf(made, out / "a.pdf")
    write_report_docx(made, out / "a.docx")
    write_workbook(made, out / "a.xlsx")
    return out


def test_the_report_holds_the_words_of_the_chart_as_text(folder: Path) -> None:
    text = "".join("".join(page.extract_text().split()) for page in PdfReader(folder / "a.pdf").pages)
    for word in (
        "グラフ",
        "人口（人）",
        "標茶町",
        "鶴居村",
        "将来",
        "1,200",
        "不明（0ではない）:根室市（将来）、標茶町",
    ):
        assert word in text


def test_word_holds_the_chart_as_a_picture_with_its_values_as_text(folder: Path) -> None:
    document = Document(str(folder / "a.docx"))
    told = [shape._inline.docPr.get("descr") for shape in document.inline_shapes]
    assert chart_alternative(chart()) in told
    assert "不明（0 ではない）: 根室市（将来）、標茶町" in [p.text for p in document.paragraphs]


def test_excel_draws_the_data_beside_the_chart(folder: Path) -> None:
    sheet = openpyxl.load_workbook(folder / "a.xlsx")["グラフ"]
    rows = {row[0]: row[1:3] for row in sheet.iter_rows(max_row=10, max_col=3, values_only=True)}
    assert rows["釧路市"] == (1200, 900)
    assert rows["根室市"] == (300, "不明")
    with zipfile.ZipFile(folder / "a.xlsx") as archive:
        drawn = [
            archive.read(n).decode() for n in sorted(archive.namelist()) if n.startswith("xl/charts/chart")
        ]
    assert len(drawn) == 2
    (head,) = [r for r in range(1, 10) if sheet.cell(r, 2).value == "今"]
    for reference in (
        f"<c:f>グラフ!$B${head + 1}:$B${head + 4}</c:f>",
        f"<c:f>グラフ!$A${head + 1}:$A${head + 4}</c:f>",
    ):
        assert reference in drawn[0].replace("'", "")
    assert "不明" in drawn[0], "the word stands at the bar"
    assert [c.value for c in sheet["B"] if c.data_type == "f"] == ["=NA()"], "a line has a gap, not a zero"


def test_a_workbook_with_charts_is_the_same_each_time(folder: Path) -> None:
    made = product(chart(), chart("line", id="later", title=Note("measures.land_area"), unit="ha"))
    write_workbook(made, folder / "b.xlsx")
    assert parts(folder / "a.xlsx") == parts(folder / "b.xlsx")


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_without_charts_there_is_no_chapter_and_no_sheet(tmp_path: Path) -> None:
    write_workbook(paper_town.product(), tmp_path / "a.xlsx")
    assert "グラフ" not in openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames
