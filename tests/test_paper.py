"""Paper maps as they are chosen: papers, scales, grid, ground, atlas; measured on the files that come out."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import paper_town
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.image import imread
from pypdf import PdfReader
from pyproj import CRS
from shapely.geometry import LineString, Point, box

from knr_gis.errors import NothingToWriteError, OutputError, SettingsError
from knr_gis.figure import SCALES, PaperChoice, draw_sheet, write_atlas, write_atlas_pictures, write_figure
from knr_gis.figure import sheet as sheet_module
from knr_gis.figure.atlas import plan_pages
from knr_gis.figure.blocks import LegendRow, lay_out_legend, line_height
from knr_gis.figure.gridlines import grid_step_m, grid_values
from knr_gis.figure.ground import ground_at, ground_ids, shadows
from knr_gis.figure.labels import _box, place_labels
from knr_gis.figure.sheet import plan_frame
from knr_gis.grid import Grid
from knr_gis.product import Product, ProductLayer
from knr_gis.report import write_report_docx, write_report_pdf
from knr_gis.report.mapsheets import map_sheets
from knr_gis.style import Style

X, Y = paper_town.X, paper_town.Y
PAPERS = {"A4": (297, 210), "A3": (420, 297)}


def hills(cell: float = 100.0) -> Grid:
    """A ridge that runs north and south: the west side lies in the light from the north-west."""
    columns, rows = int(24_000 / cell), int(14_000 / cell)
    x = (np.arange(columns) + 0.5) * cell
    values = np.tile(300 - np.abs(x - 12_000) / 40, (rows, 1)).astype(np.float32)
    return Grid(values, Affine(cell, 0, X - 2_000, 0, -cell, Y + 12_000), CRS.from_user_input(paper_town.CRS))


def ground_layer(layer_id: str, rows: dict[str, list[object]], shapes: list[object]) -> ProductLayer:
    credit = f"「{layer_id}」（国土地理院）"
    frame = paper_town.frame(rows, shapes)
    return ProductLayer(layer_id, f"背景の{layer_id}", layer_id, "base", frame, Style("#123456"), (), credit)


def with_ground() -> Product:
    roads = ground_layer(
        "roads", {"road_class": ["国道", "市区町村道等"]},
        [LineString([(X, Y + 5_000), (X + 9_000, Y + 5_000)]), LineString([(X, Y), (X + 9_000, Y + 9_000)])],
    )  # fmt: skip
    lakes = ground_layer("lakes", {"name": ["模式湖"]}, [box(X + 3_000, Y + 7_000, X + 5_000, Y + 9_000)])
    relief = replace(ground_layer("elevation", {"elevation_m": []}, []), grid=hills())
    return replace(paper_town.product(), ground=(relief, lakes, roads))


def dayless() -> Product:
    base = paper_town.product()
    features = {"evacuation_sites": base.result.features["evacuation_sites"]}
    return replace(base, result=replace(base.result, features=features))


def trip() -> Product:
    legs = paper_town.routes().assign(day=[1, 2])
    names = {"name": ["釧路駅", "岬", "湖"], "day": [1, 1, 2], "arrive": ["", "10:00", "09:30"]}
    shapes = [Point(X + 2_000, Y + 500), Point(X + 2_000, Y + 6_000), Point(X + 12_000, Y + 6_000)]
    stops = paper_town.frame(names, shapes)
    base = paper_town.product()
    layers = tuple(replace(x, frame=legs) if x.id == "result_routes" else x for x in base.layers)
    return replace(base, layers=layers, result=replace(base.result, features={"legs": legs, "stops": stops}))


# --- what may be chosen --------------------------------------------------------------------------


def test_the_scales_of_the_wish_list_are_there() -> None:
    wanted = (10_000, 15_000, 20_000, 25_000, 50_000, 100_000, 200_000, 250_000, 500_000, 1_000_000)
    assert set(wanted) <= set(SCALES)


@pytest.mark.parametrize(
    ("wish", "told"),
    [({"paper": "B4"}, "A3"), ({"orientation": "up"}, "portrait"), ({"scale": 26_000}, "25,000"),
     ({"scale": -1}, "2,500"), ({"atlas": "street:x"}, "municipality")],
)  # fmt: skip
def test_what_cannot_be_chosen_is_one_line_that_says_what_can(wish: dict[str, object], told: str) -> None:
    with pytest.raises(SettingsError, match=told) as caught:
        PaperChoice(**wish)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("paper", ["A4", "A3"])
@pytest.mark.parametrize("orientation", ["landscape", "portrait"])
@pytest.mark.parametrize("scale", [200_000, 500_000])
def test_the_sheet_has_its_paper_and_the_map_its_scale(paper: str, orientation: str, scale: int) -> None:
    sheet = draw_sheet(paper_town.product(), PaperChoice(paper, orientation, scale=scale), dpi=40)
    size = PAPERS[paper] if orientation == "landscape" else PAPERS[paper][::-1]
    assert (sheet.width, sheet.height) == size
    ax = next(a for a in sheet.figure.axes if a is not sheet.page and a.get_label() == "map")
    frame = ax.get_window_extent()
    for low, high, pixels in ((*ax.get_xlim(), frame.width), (*ax.get_ylim(), frame.height)):
        assert (high - low) * 1000 / (pixels / 40 * 25.4) == pytest.approx(scale, rel=1e-3)


def test_an_area_that_does_not_fit_is_told_with_the_scale_that_does() -> None:
    with pytest.raises(OutputError, match="1:80,000") as caught:
        draw_sheet(paper_town.product(), PaperChoice(scale=10_000), dpi=40)
    assert "--atlas" in str(caught.value)
    assert draw_sheet(paper_town.product(), PaperChoice(scale=80_000), dpi=40).scale == 80_000


def test_the_direction_is_that_of_the_larger_scale() -> None:
    assert draw_sheet(paper_town.product(), dpi=40).width == 297
    base = paper_town.product()
    low, high = (
        plan_frame(base, PaperChoice(orientation=o)).layout.frame[3] for o in ("landscape", "portrait")
    )
    half = 100 * (low + high) / 4 / 1.09  # at 1:100,000 it fits the taller frame only, with its margin
    tall = paper_town.frame({"n": [1]}, [LineString([(X + 9_000, Y - half), (X + 9_000, Y + half)])])
    result = replace(base.result, features={"tall": tall})
    product = replace(base, layers=base.layers[1:], result=result)
    assert draw_sheet(product, dpi=40).width == 210


# --- measured on the files ------------------------------------------------------------------------


@pytest.mark.parametrize(("paper", "scale"), [("A4", 100_000), ("A3", 80_000)])
def test_scale_bar_of_the_picture_is_as_long_as_it_says(paper: str, scale: int, tmp_path: Path) -> None:
    choice = PaperChoice(paper, "landscape", scale=scale)
    write_figure(paper_town.product(), tmp_path / "map.pdf", choice=choice)
    write_figure(paper_town.product(), tmp_path / "map.png", choice=choice)  # at the dpi of the format
    text = PdfReader(tmp_path / "map.pdf").pages[0].extract_text()
    kilometres = float(re.search(r"^([\d.]+) km$", text, re.MULTILINE).group(1))
    picture = (imread(tmp_path / "map.png")[..., :3] * 255).round().astype(int)
    per_mm = 300 / 25.4
    assert picture.shape[1] == pytest.approx(PAPERS[paper][0] * per_mm, abs=1)
    x, y, width, height = draw_sheet(paper_town.product(), choice, dpi=40).frame
    top = picture.shape[0] - (y + height - 1) * per_mm
    inside = picture[
        int(top) : int(picture.shape[0] - (y + 1) * per_mm),
        int((x + 1) * per_mm) : int((x + width - 1) * per_mm),
    ]
    dark = (inside.sum(axis=2) < 60).astype(np.int8)
    edges = np.diff(np.pad(dark, ((0, 0), (1, 1))), axis=1)
    rows = [np.nonzero(row == -1)[0] - np.nonzero(row == 1)[0] for row in edges]
    longest = max(int(run.max()) for run in rows if len(run))
    assert longest == pytest.approx(kilometres * 1e6 / scale * per_mm, rel=0.01)


def test_the_vector_map_says_source_scale_and_embeds_its_fonts(tmp_path: Path) -> None:
    write_figure(with_ground(), tmp_path / "map.pdf", choice=PaperChoice(grid=True))
    page = PdfReader(tmp_path / "map.pdf").pages[0]
    text = "".join(page.extract_text().split())
    wanted = (
        "出典",
        "縮尺1:80,000",
        "2023",
        "変換・切り出し",
        "国土地理院",
        "X=-115km",
        "Y=10km",
        "地形の陰影",
    )
    assert [word for word in wanted if word not in text] == []
    fonts = [
        font.get_object()["/DescendantFonts"][0].get_object() for font in page["/Resources"]["/Font"].values()
    ]
    assert fonts
    assert all("/FontFile2" in font["/FontDescriptor"].get_object() for font in fonts)


def test_paper_maps_are_the_same_to_the_byte(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_figure(with_ground(), tmp_path / f"{name}.pdf", choice=PaperChoice(grid=True))
        write_atlas(with_ground(), tmp_path / f"{name}.atlas.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    assert (tmp_path / "a.atlas.pdf").read_bytes() == (tmp_path / "b.atlas.pdf").read_bytes()


# --- grid and ground ------------------------------------------------------------------------------


@given(st.sampled_from(SCALES))
def test_grid_lines_are_round_and_neither_crowded_nor_rare(scale: int) -> None:
    step = grid_step_m(scale)
    assert f"{step:.0e}"[0] in "125"
    assert 32 - 1e-6 <= step / scale * 1000 <= 32 * 2.5 + 1e-6


def test_grid_lines_stand_on_whole_kilometres() -> None:
    assert grid_values(-2_100, 10_500, 5_000) == [0, 5_000, 10_000]
    assert grid_values(-120_000, -110_000, 5_000) == [-120_000, -115_000, -110_000]
    lines = [
        line.get_xdata()[0]
        for ax in draw_sheet(paper_town.product(), PaperChoice(grid=True), dpi=40).figure.axes
        if ax.get_label() == "map" for line in ax.lines if list(line.get_ydata()) == [0, 1]
    ]  # fmt: skip
    assert {5_000, 10_000, 15_000} <= set(lines)
    assert all(value % 5_000 == 0 for value in lines)


def test_the_side_away_from_the_light_is_dark() -> None:
    dark, bounds = shadows(hills(), (X, Y, X + 20_000, Y + 10_000), cell_m=100.0)
    middle = round((X + 10_000 - bounds[0]) / 100)
    assert dark[:, middle + 5 : middle + 60].min() > 0.09  # falls to the east
    assert dark[:, middle - 60 : middle - 5].max() == 0  # lies in the light
    assert dark.max() <= 0.42


def test_flat_unknown_and_absent_ground_casts_no_shadow() -> None:
    flat = replace(hills(), values=np.full((140, 240), 5.0, np.float32))
    assert shadows(flat, (X, Y, X + 9_000, Y + 9_000), cell_m=100.0)[0].max() == 0
    unknown = replace(hills(), values=np.full((140, 240), np.nan, np.float32))
    assert shadows(unknown, (X, Y, X + 9_000, Y + 9_000), cell_m=100.0) is None
    assert shadows(hills(), (X + 5e5, Y, X + 6e5, Y + 9_000), cell_m=100.0) is None


def test_averaged_heights_keep_the_shape_of_the_land() -> None:
    fine, coarse = (
        shadows(hills(c), (X, Y, X + 20_000, Y + 10_000), cell_m=400.0)[0] for c in (100.0, 400.0)
    )
    assert coarse.shape[1] == pytest.approx(fine.shape[1], abs=2)
    assert fine.max() == pytest.approx(coarse.max(), abs=0.02)


def test_small_roads_are_left_to_large_scales_and_own_layers_are_not_drawn_twice() -> None:
    product, window = with_ground(), (X, Y, X + 20_000, Y + 10_000)
    near, far = (
        {g.layer.id: sum(len(x.geometry) for x in g.groups) for g in ground_at(product, window, scale=s)}
        for s in (50_000, 500_000)
    )
    assert near == {"lakes": 1, "roads": 2}
    assert far == {"lakes": 1, "roads": 1}
    own = replace(product, layers=(*product.layers, product.ground[2]))
    assert "roads" not in {g.layer.id for g in ground_at(own, window, scale=50_000)}
    assert ground_ids()[0] == "elevation"


def test_ground_is_credited_and_refused_without_credit(tmp_path: Path) -> None:
    product = with_ground()
    nameless = replace(product, ground=(replace(product.ground[1], attribution=" "),))
    with pytest.raises(OutputError, match="出典"):
        write_figure(nameless, tmp_path / "map.pdf")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("scale", [80_000, 200_000, 500_000])
def test_names_do_not_overlap_at_any_scale(scale: int) -> None:
    product = with_ground()
    window = (X, Y, X + 200 * scale / 1000, Y + 140 * scale / 1000)
    named = [
        *(replace(x, style=replace(x.style, label="name")) for x in product.ground[1:2]),
        *product.layers,
    ]
    labels = place_labels(named, window, scale=scale, obstacles=[])
    boxes = [box(*_box(x)) for x in labels]
    assert len(labels) >= 2
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[:i])


# --- atlas ----------------------------------------------------------------------------------------


def pages_of(path: Path) -> list[str]:
    return [page.extract_text() for page in PdfReader(path).pages]


def test_atlas_has_an_index_and_a_page_for_each_municipality(tmp_path: Path) -> None:
    write_atlas(with_ground(), tmp_path / "a.pdf")
    index, first, second = pages_of(tmp_path / "a.pdf")
    assert "図 2 釧路市" in index
    assert "図 3 釧路町" in index
    assert "津波からの避難　釧路市" in first
    assert "津波からの避難　釧路町" in second
    assert "図 2（全 3 図）" in first
    assert "東 釧路町（図 3）" in first
    assert "西 釧路市（図 2）" in second
    stated = [re.search(r"縮尺 1:([\d,]+)", text).group(1) for text in (first, second)]
    assert all(f"1:{scale}" in index for scale in stated)


def test_figures_of_a_page_are_those_of_the_summary(tmp_path: Path) -> None:
    write_atlas(paper_town.product(), tmp_path / "a.pdf")
    _, first, second = pages_of(tmp_path / "a.pdf")
    assert re.search(r"[：:]\s*3\b", first.split("釧路市", 2)[-1])
    assert "不明" in second  # NaN of 釧路町, never 0


@pytest.mark.parametrize(
    "choice", [PaperChoice(atlas="municipality"), PaperChoice(atlas="municipality", scale=25_000)]
)
def test_every_page_is_at_the_scale_that_it_states(choice: PaperChoice) -> None:
    pages = plan_pages(paper_town.product(), choice)
    for page in pages:
        sheet = draw_sheet(page.place.product, replace(choice, scale=None) if not page.framed.leaf.window_at
                           else choice, leaf=page.framed.leaf, dpi=40)  # fmt: skip
        ax = next(a for a in sheet.figure.axes if a.get_label() == "map")
        low, high = ax.get_xlim()
        assert (high - low) * 1000 / sheet.frame[2] == pytest.approx(page.framed.scale, rel=1e-6)
        assert (low, high) == pytest.approx((page.framed.window[0], page.framed.window[2]))
        assert sheet.scale == page.framed.scale


def test_a_place_that_does_not_fit_at_the_wished_scale_has_sheets_that_cover_it() -> None:
    pages = plan_pages(paper_town.product(), PaperChoice(atlas="municipality", scale=15_000))
    titles = [page.framed.leaf.title for page in pages]
    assert titles[0].startswith("釧路市（1/")
    covered = gpd.GeoSeries([box(*p.framed.window) for p in pages if p.place.title == "釧路市"]).union_all()
    town = paper_town.municipalities().geometry[0]
    for layer in paper_town.product().result.features.values():
        inside = layer.geometry[layer.geometry.within(town)]
        assert all(covered.covers(shape) for shape in inside)
    assert all(page.framed.scale == 15_000 for page in pages)


def test_atlas_of_sites_shows_each_with_its_figures() -> None:
    pages = plan_pages(paper_town.product(), PaperChoice(atlas="site"))
    assert pages[0].place.title[:5] == "鵡川小学校"
    assert len(pages) == 3
    for page, site in zip(pages, paper_town.sites().geometry, strict=True):
        assert box(*page.framed.window).contains(site)
        assert page.framed.leaf.mark == (site.x, site.y)
    assert len(plan_pages(paper_town.product(), PaperChoice(atlas="site:髙台"))) == 1


def test_atlas_of_days_shows_each_day_alone() -> None:
    first, second = plan_pages(trip(), PaperChoice(atlas="day"))
    assert first.place.title == "1 日目"
    assert first.framed.leaf.figures == ("釧路駅", "10:00 岬")
    assert [len(p.place.product.result.features["legs"]) for p in (first, second)] == [1, 1]
    assert box(*second.framed.window).contains(Point(X + 12_000, Y + 6_000))


@pytest.mark.parametrize(
    ("choice", "told"),
    [("day", "日ごと"), ("district", "地区"), ("municipality:札幌", "札幌"), ("site:無い名前", "鵡川")],
)
def test_an_atlas_that_cannot_be_is_told_in_one_line(choice: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(NothingToWriteError, match=told) as caught:
        write_atlas(dayless(), tmp_path / "a.pdf", choice=PaperChoice(atlas=choice))
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


# --- reports --------------------------------------------------------------------------------------


def test_the_map_of_a_report_has_the_room_of_the_page() -> None:
    frame = plan_frame(paper_town.product(), PaperChoice(), in_report=True)
    _, _, width, height = frame.layout.frame
    assert width * height > 0.47 * 297 * 210
    assert frame.scale <= draw_sheet(paper_town.product(), dpi=40).scale


def test_report_carries_the_pages_of_the_municipalities_with_results(tmp_path: Path) -> None:
    choice = PaperChoice(atlas="municipality")
    write_report_pdf(paper_town.product(), tmp_path / "plain.pdf")
    write_report_pdf(paper_town.product(), tmp_path / "atlas.pdf", choice=choice)
    plain, atlas = (len(PdfReader(tmp_path / f"{name}.pdf").pages) for name in ("plain", "atlas"))
    assert atlas == plain + 2
    write_report_docx(paper_town.product(), tmp_path / "a.docx", choice=choice)
    assert (tmp_path / "a.docx").stat().st_size > 100_000


def test_a_municipality_without_results_has_no_page_in_a_report(tmp_path: Path) -> None:
    base = paper_town.product()
    west = paper_town.routes().head(1).drop(columns="day")
    layers = tuple(replace(x, frame=west) if x.id == "result_routes" else x for x in base.layers)
    layers = tuple(replace(x, visible=x.id != "evacuation_sites") for x in layers)
    product = replace(base, layers=layers, result=replace(base.result, features={"routes": west}))
    pictures = write_atlas_pictures(product, tmp_path, choice=PaperChoice(atlas="municipality"))
    assert [p.title for p in pictures] == ["釧路市"]
    days = map_sheets(product, tmp_path, PaperChoice(atlas="day"))  # there are none: the map alone
    assert [sheet.file for sheet in days] == ["map.png"]


# --- the maps of the sample ------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", ["landscape", "portrait"])
def test_legends_of_all_maps_of_the_sample_are_whole_and_within_the_sheet(
    demo: tuple[Path, dict[str, Any]], orientation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[list[LegendRow], tuple[float, float, float, float]]] = []
    monkeypatch.setattr(sheet_module, "draw_legend", lambda _s, rows, area, _h: seen.append((rows, area)))
    for map_id, outcome in demo[1].items():
        sheet = draw_sheet(outcome.product, PaperChoice(orientation=orientation), dpi=40)
        rows, (x, y, width, height) = seen.pop()
        placed = lay_out_legend(rows, width, height - 4.6)  # less its heading
        assert [p.row for p in placed] == rows, map_id
        assert all(p.top + len(p.lines) * line_height(p.size_pt) <= height for p in placed), map_id
        assert box(x, y, x + width, y + height).within(box(0, 0, sheet.width, sheet.height)), map_id
