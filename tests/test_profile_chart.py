"""A chart over a measured axis: gaps where unknown, the grave never hidden, on paper and in the workbook."""

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import paper_town
import pytest
from matplotlib.patches import Rectangle
from pypdf import PdfReader

from knr_gis.charts import chart_alternative, chart_remarks, chart_table, profile_runs
from knr_gis.export.workbook import write_workbook
from knr_gis.figure.chart import chart_height_mm, draw_chart, write_chart
from knr_gis.report import write_report_docx, write_report_pdf
from knr_gis.result import Along, Band, Blank, Chart, Note

NAN, NONE = float("nan"), Blank.NOT_ASKED
DRY, SURE, LATE, UNKNOWN = "外", "間に合う", "間に合わない", "データなし"


def profile() -> Chart:
    """10 km: dry, then in the zone (in time, late for 10 m), then unknown."""
    band = Band(
        "判定", (DRY, SURE, LATE, UNKNOWN), (DRY, UNKNOWN, SURE, LATE), calm=(DRY,), unknown=(UNKNOWN,)
    )
    along = Along(
        edges=(0.0, 4.0, 8.0, 8.01, 10.0), title="距離", unit="km",
        lower={"徒歩": (NONE, 5.0, 40.0, NAN)}, lower_unit="分", bands=(band,),
        marks=((0.0, "起点"), (10.0, "終点")),
    )  # fmt: skip
    return Chart("way", Note("measures.land_area"), "profile", tuple("abcd"),
                 {"標高": (10.0, 20.0, NAN, 5.0)}, "m", along=along)  # fmt: skip


def test_values_words_and_edges_must_fit_the_labels() -> None:
    good = profile()
    assert good.along is not None
    with pytest.raises(ValueError, match="徒歩"):
        replace(good, along=replace(good.along, lower={"徒歩": (1.0,)}))
    with pytest.raises(ValueError, match="距離"):
        replace(good, along=replace(good.along, edges=(0.0, 1.0)))
    with pytest.raises(ValueError, match="way"):
        replace(good, along=None)


def test_a_profile_in_words() -> None:
    assert chart_remarks(profile()) == [
        "標高が不明（0 ではない）の所: 8.0〜8.0 km", "徒歩が不明（0 ではない）の所: 8.0〜10.0 km",
    ]  # fmt: skip
    told = chart_alternative(profile())
    assert "標高: 5〜20 m。" in told
    assert "徒歩: 5〜40 分。" in told
    assert "外 4.0 km" in told
    table = chart_table(profile())
    assert table.headings[:4] == ("距離（から）（km）", "距離（まで）（km）", "標高（m）", "徒歩（分）")
    assert table.rows[0] == (0.0, 4.0, 10.0, None, DRY)


def test_stretches_of_one_word_are_joined() -> None:
    along = profile().along
    assert along is not None
    assert profile_runs(along, [1, 1, 2, 1], of=1) == [(0.0, 8.0), (8.01, 10.0)]
    assert profile_runs(along, [1, 1, 1, 1], of=2) == []


def test_lines_are_broken_where_nothing_is_known_and_the_grave_is_wide_enough_to_see() -> None:
    upper, strip, lower = draw_chart(profile()).axes
    np.testing.assert_equal(np.asarray(upper.lines[0].get_ydata(), float), [10, 20, NAN, 5])
    drawn = np.asarray(lower.lines[0].get_ydata(), float)
    assert np.nanmax(drawn) == 40
    assert np.isnan(drawn[:2]).all(), "outside nothing is drawn, least of all a zero"
    pieces = {round(p.get_x(), 2): p for p in strip.patches if isinstance(p, Rectangle)}
    assert pieces[8.0].get_width() > 0.02, "10 m of 10 km would be no line at all"
    assert pieces[8.0].get_hatch()
    assert pieces[8.0].get_facecolor() != pieces[4.0].get_facecolor()
    assert upper.get_xlim() == strip.get_xlim() == lower.get_xlim() == (0, 10)


def test_all_parts_stay_on_the_sheet() -> None:
    figure = draw_chart(profile())
    assert figure.get_size_inches()[1] * 25.4 == pytest.approx(chart_height_mm(profile()))
    for ax in figure.axes:
        box = ax.get_position()
        assert 0 < box.y0 < box.y1 < 1


@pytest.mark.parametrize("suffix", ["png", "pdf"])
def test_the_same_profile_gives_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    paths = [tmp_path / f"{n}.{suffix}" for n in "ab"]
    for path in paths:
        write_chart(profile(), path, dpi=80)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_report_and_workbook_hold_the_profile(tmp_path: Path) -> None:
    plain = paper_town.product()
    made = replace(plain, result=replace(plain.result, charts=(profile(),)))
    write_report_pdf(made, tmp_path / "a.pdf")
    write_report_docx(made, tmp_path / "a.docx")
    write_workbook(made, tmp_path / "a.xlsx")
    text = "".join("".join(page.extract_text().split()) for page in PdfReader(tmp_path / "a.pdf").pages)
    assert "判定:間に合わない" in text
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["グラフ"]
    rows = [row for row in sheet.iter_rows(max_col=5, values_only=True) if row[4] == LATE]
    assert rows == [(8, 8.01, "=NA()", 40, LATE)]
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        drawn = archive.read("xl/charts/chart1.xml").decode()
    assert "scatterChart" in drawn
    assert drawn.count("<c:ser>") == 2
