"""The print map: a true scale, every word on the sheet, nothing clipped, nothing executed."""

import re
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import paper_town
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.patches import PathPatch
from matplotlib.text import Text
from pypdf import PdfReader
from shapely.geometry import GeometryCollection, LineString, Point, Polygon, box

from knr_gis.errors import CrsError, OutputError
from knr_gis.figure import PaperChoice, draw_sheet, write_figure
from knr_gis.figure.blocks import LegendRow, fit_block, lay_out_legend, legend_rows, line_height
from knr_gis.figure.draw import polygon_path
from knr_gis.figure.furniture import furniture_corners
from knr_gis.figure.labels import _box, place_labels
from knr_gis.figure.scale import bar_length_m, content_bounds, fit_scale, frame_bounds
from knr_gis.figure.symbols import Symbol, symbol_groups
from knr_gis.style import Style

DPI = 200
PX_PER_MM = DPI / 25.4
WINDOW = (paper_town.X - 1e5, paper_town.Y - 1e5, paper_town.X + 1e5, paper_town.Y + 1e5)


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    path = tmp_path_factory.mktemp("map") / "map.png"
    write_figure(paper_town.product(), path, dpi=DPI)
    return (imread(path)[..., :3] * 255).round().astype(int)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> PdfReader:
    path = tmp_path_factory.mktemp("map") / "map.pdf"
    write_figure(paper_town.product(), path)
    return PdfReader(path)


def words(product: object) -> list[str]:
    """Every text on the sheet."""
    return [t.get_text() for t in draw_sheet(product, dpi=50).figure.findobj(Text) if t.get_text().strip()]


def stated_scale(printed: PdfReader) -> int:
    """The scale as a reader of the PDF finds it."""
    return int(re.search(r"縮尺 1:([\d,]+)", printed.pages[0].extract_text()).group(1).replace(",", ""))


# --- scale ---------------------------------------------------------------------------------------


def test_a_hundred_kilometres_on_two_hundred_millimetres() -> None:
    assert fit_scale((0, 0, 100_000, 100_000), 250, 200) == 500_000


@given(st.floats(0, 4e5), st.floats(0, 4e5), st.floats(100, 400), st.floats(80, 300))
def test_scale_is_the_largest_round_one_that_fits(dx: float, dy: float, width: float, height: float) -> None:
    scale = fit_scale((0, 0, dx, dy), width, height)
    shown = frame_bounds((0, 0, dx, dy), scale, width_mm=width, height_mm=height)
    assert shown[0] <= 1e-3
    assert shown[2] >= dx - 1e-3
    assert shown[3] >= dy - 1e-3
    assert len(str(scale).rstrip("0")) <= 2
    needed = max(dx / width, dy / height) * 1000
    assert scale == 2_500 or scale <= needed * 4 / 3 + 1  # 3 to 4 and 6 to 8 are the widest steps


@given(st.integers(1000, 3_000_000))
def test_bar_is_round_and_not_too_long(scale: int) -> None:
    length = bar_length_m(scale, 42.0)
    assert f"{length:.0e}"[0] in "125"
    assert 42 / 2.5 - 1e-6 <= length / scale * 1000 <= 42.0


def test_scale_bar_measured_in_pixels_is_true(picture: np.ndarray, printed: PdfReader) -> None:
    kilometres = float(re.search(r"^([\d.]+) km$", printed.pages[0].extract_text(), re.MULTILINE).group(1))
    x, y = draw_sheet(paper_town.product()).frame[:2]
    rows = picture.shape[0] - (np.array([y + 14, y + 1]) * PX_PER_MM).astype(int)
    corner = picture[rows[0] : rows[1], int((x + 1) * PX_PER_MM) : int((x + 58) * PX_PER_MM)]
    dark = (corner.sum(axis=2) < 60).astype(int)
    longest = max(len(run) for row in dark for run in "".join(map(str, row)).split("0"))
    assert longest == pytest.approx(kilometres * 1e6 / stated_scale(printed) * PX_PER_MM, rel=0.01)


def test_two_sites_ten_kilometres_apart_are_so_on_paper(picture: np.ndarray, printed: PdfReader) -> None:
    half = picture[:, : int(picture.shape[1] * 0.7)]  # left of the legend
    middles = []
    for color in ((0x00, 0x9E, 0x73), (0xD5, 0x5E, 0x00)):
        near = np.abs(half - np.array(color)).max(axis=2) < 6
        middles.append(np.nonzero(near)[1].mean())
    expected = 10_000 * 1000 / stated_scale(printed) * PX_PER_MM
    assert abs(middles[1] - middles[0]) == pytest.approx(expected, rel=0.01)


def test_map_is_cut_to_the_municipalities_where_one_site_is_far_off() -> None:
    far = paper_town.frame({"name": ["誤り"]}, [Point(9e6, 9e6)])
    result = replace(paper_town.product().result, features={"far": far, "routes": paper_town.routes()})
    bounds = content_bounds(paper_town.product(result=result))
    assert bounds[2] < 30_000


# --- what stands on the sheet --------------------------------------------------------------------


def test_sheet_says_everything_a_reader_must_know() -> None:
    text = "\n".join(words(paper_town.product()))
    wanted = (
        "津波からの避難／模式データ／縮尺 1:／出典／国土交通省／凡例／条件／要確認／未評価／収容人数／"
        "2026-10-12／knr-gis 0.1.0／EPSG:6681／直線距離の 1.3 倍／N"
    )
    assert [word for word in wanted.split("／") if word not in text] == []


def test_real_data_bears_no_sample_mark() -> None:
    assert "模式データ" not in "\n".join(words(paper_town.product(sample=False)))


def test_legend_names_what_is_drawn_and_nothing_else() -> None:
    text = words(paper_town.product())
    assert {"津波浸水想定", "5m未満", "5m以上", "その他・不明", "津波のとき使える", "避難経路"} <= set(text)
    assert "20m以上" not in text  # a class without features
    assert not any("宿泊施設" in t for t in text)  # a layer without features


@pytest.mark.parametrize("corner", [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_scale_bar_and_arrow_do_not_hide_the_result(corner: tuple[int, int]) -> None:
    x, y = paper_town.X + 20_000 * corner[0], paper_town.Y + 10_000 * corner[1]
    crowd = paper_town.frame({"n": [0, 1]}, [Point(x, y), Point(x + 900 - 1800 * corner[0], y)])
    whole = paper_town.frame({"n": [0]}, [LineString([(0, -120_000), (20_000, -110_000)])])
    sheet = draw_sheet(paper_town.product())
    window = frame_bounds(
        (0, -120_000, 20_000, -110_000), 100_000, width_mm=sheet.frame[2], height_mm=sheet.frame[3]
    )
    places = furniture_corners(sheet, window, ([crowd.geometry.values], [whole.geometry.values]))
    boxes = [b for _, b in places.values()]
    points = [((p.x - window[0]) / 100, (p.y - window[1]) / 100) for p in crowd.geometry]
    assert not any(box(*b).contains(Point(*p)) for b in boxes for p in points)
    assert not box(*boxes[0]).intersects(box(*boxes[1]))


def test_hidden_layer_is_neither_drawn_nor_credited() -> None:
    layers = tuple(replace(x, visible=x.id != "tsunami_inundation") for x in paper_town.layers())
    text = "\n".join(words(paper_town.product(layers=layers)))
    assert "津波浸水想定" not in text


@pytest.mark.parametrize("paper", ["A4", "A3"])
@pytest.mark.parametrize("orientation", ["landscape", "portrait"])
@pytest.mark.parametrize("repeat", [1, 12])
def test_no_text_leaves_the_sheet_nor_covers_the_legend(paper: str, orientation: str, repeat: int) -> None:
    base = paper_town.product()
    copies = [replace(x, title_ja=f"{x.title_ja}の長い題名") for _ in range(repeat) for x in base.layers]
    product = replace(
        base, title_ja=base.title_ja * repeat, headline=base.headline * repeat, notes=base.notes * repeat,
        scenario=base.scenario * repeat, layers=tuple(copies),
    )  # fmt: skip
    sheet = draw_sheet(product, PaperChoice(paper=paper, orientation=orientation), dpi=120)
    width, height = sheet.figure.bbox.width, sheet.figure.bbox.height
    boxes = [box(*t.get_window_extent().extents) for t in sheet.page.texts]
    assert all(b.within(box(0, 0, width + 1, height + 1)) for b in boxes)
    # line boxes carry the font's leading: only a third of a line or more would be read as overlap
    small = [b.buffer(-0.17 * (b.bounds[3] - b.bounds[1])) for b in boxes]
    assert [(a, b) for i, a in enumerate(small) for b in small[:i] if a.intersects(b)] == []


def test_markup_in_names_is_shown_as_text(tmp_path: Path) -> None:
    layers = tuple(
        replace(x, title_ja=r"$\frac{1}{0}$ {x} \n %s", attribution="$\\bad$ 出典")
        for x in paper_town.layers()
    )
    product = paper_town.product(layers=layers, headline=r"$\undefined{$ 費用は $100 と $200")
    write_figure(product, tmp_path / "map.png", dpi=60)
    assert r"$\frac{1}{0}$ {x} \n %s" in words(product)


# --- drawing -------------------------------------------------------------------------------------


def layer(gdf: gpd.GeoDataFrame, **style: object) -> object:
    return replace(paper_town.layers()[1], frame=gdf, style=Style("#123456", **style))


def test_classes_are_told_from_values_of_any_type() -> None:
    sites = paper_town.layers()[3]
    groups = symbol_groups(sites, WINDOW)
    assert [(g.label, len(g.geometry), g.symbol.marker) for g in groups] == [
        ("津波のとき使える", 1, "triangle"),
        ("津波のとき使えない", 1, "cross"),
        ("その他・不明", 1, "triangle"),
    ]


def test_collections_are_taken_apart_and_missing_geometry_is_left_out() -> None:
    x, y = paper_town.X, paper_town.Y
    mixed = GeometryCollection([Point(x, y), LineString([(x, y), (x + 9, y)]), box(x, y, x + 9, y + 9)])
    gdf = paper_town.frame({"a": [1, 2, 3]}, [mixed, None, Polygon()])
    assert [g.symbol.kind for g in symbol_groups(layer(gdf), WINDOW)] == ["polygon", "line", "point"]
    assert symbol_groups(layer(gdf.iloc[1:]), WINDOW) == []


def test_overlapping_polygons_fill_once_and_holes_stay_open() -> None:
    outer = Polygon([(0, 0), (0, 10), (10, 10), (10, 0)], [[(4, 4), (6, 4), (6, 6), (4, 6)]])
    path = polygon_path(np.array([outer, box(8, 8, 12, 12)], dtype=object))
    figure = Figure(figsize=(1.3, 1.3), dpi=10)  # one pixel for each unit
    ax = figure.add_axes((0, 0, 1, 1), xlim=(0, 13), ylim=(13, 0), frame_on=False)
    ax.add_patch(PathPatch(path, facecolor="black", alpha=0.5, linewidth=0, snap=False))
    FigureCanvasAgg(figure).draw()
    gray = np.asarray(figure.canvas.buffer_rgba())[..., 0]
    once = gray[1, 1]
    assert [gray[y, x] for x, y in ((5, 5), (9, 9), (11, 11), (11, 1))] == [255, once, once, 255]
    assert 120 < once < 135


def test_map_without_any_feature_is_still_a_map(tmp_path: Path) -> None:
    empty = tuple(replace(x, frame=x.frame.head(0)) for x in paper_town.layers())
    result = replace(paper_town.product().result, features={})
    write_figure(paper_town.product(layers=empty, result=result), tmp_path / "map.png", dpi=50)
    write_figure(paper_town.product(layers=(), result=result), tmp_path / "none.png", dpi=50)


def test_names_cover_neither_each_other_nor_the_scale_bar() -> None:
    rng = np.random.default_rng(1)
    points = [Point(*xy) for xy in rng.uniform((0, -120_000), (20_000, -110_000), (300, 2))]
    crowd = layer(paper_town.frame({"name": [f"避難場所その{n}" for n in range(300)]}, points), label="name")
    window, bar = (0.0, -120_000.0, 20_000.0, -106_000.0), (0.0, 0.0, 58.0, 14.0)
    labels = place_labels([paper_town.layers()[0], crowd], window, scale=100_000, obstacles=[bar])
    boxes = [box(*_box(x)) for x in labels]
    assert {"釧路市", "釧路町"} <= {x.text for x in labels}
    assert 20 < len(labels) < 300
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in [box(*bar), *boxes[:i]])
    assert all(b.within(box(0, 0, 200, 140)) for b in boxes)


@given(st.integers(0, 150), st.floats(30, 150))
def test_legend_stays_in_its_box_and_counts_what_it_leaves_out(n: int, height: float) -> None:
    symbol = Symbol("polygon", "#000000", 1, 1, 1, "solid", "circle")
    rows = [LegendRow(f"{i} 浸水深の区分", None if i % 9 == 0 else symbol, bold=i % 9 == 0) for i in range(n)]
    placed = lay_out_legend(rows, 68.0, height)
    assert all(p.top + len(p.lines) * line_height(p.size_pt) <= height + 1e-6 for p in placed)
    assert all(0 <= p.x <= 68.0 for p in placed)
    if len(placed) < n or any("ほか" in p.row.text for p in placed):
        told = int(re.search(r"ほか (\d+) 項目", placed[-1].row.text).group(1))
        assert told == n - (len(placed) - 1)
    else:
        assert [p.row for p in placed] == rows


def test_legend_lists_the_topmost_layer_first() -> None:
    drawn = [(x, symbol_groups(x, WINDOW)) for x in paper_town.layers()]
    titles = [row.text for row in legend_rows(drawn)]
    assert titles.index("指定緊急避難場所") < titles.index("津波浸水想定") < titles.index("市町村")


@given(st.lists(st.text("あいう、。abc", min_size=1, max_size=60), max_size=20), st.floats(5, 60))
def test_block_fits_or_counts_the_rest(paragraphs: list[str], height: float) -> None:
    block = fit_block(paragraphs, 60, height, sizes=(7.0, 6.0, 5.0))
    assert block.height <= height or len(block.lines) == 1


# --- the file ------------------------------------------------------------------------------------


def test_same_product_same_bytes(tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "a.pdf", "b.pdf"):
        write_figure(paper_town.product(), tmp_path / name, dpi=60)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_pdf_map_is_a4_with_text_in_our_font(printed: PdfReader) -> None:
    page = printed.pages[0]
    text = page.extract_text()
    assert [word for word in ("模式データ", "出典", "縮尺 1:80,000", "5m以上") if word not in text] == []
    assert [round(float(v) / 72 * 25.4) for v in page.mediabox[2:]] == [297, 210]
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    assert fonts
    assert all("BIZUDPGothic" in font["/BaseFont"] for font in fonts)


def test_unwritable_place_is_one_line_and_leaves_no_litter(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError) as caught:
        write_figure(paper_town.product(), tmp_path / "file" / "map.png", dpi=50)
    assert "\n" not in str(caught.value)
    assert "map.png" in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_map_without_credits_is_refused(tmp_path: Path) -> None:
    layers = (replace(paper_town.layers()[0], attribution=""),)
    with pytest.raises(OutputError, match="出典"):
        write_figure(paper_town.product(layers=layers), tmp_path / "map.png")
    assert not list(tmp_path.iterdir())


def test_mixed_crs_is_refused(tmp_path: Path) -> None:
    first, *rest = paper_town.layers()
    web = replace(first, frame=first.frame.to_crs(4326))
    with pytest.raises(CrsError):
        write_figure(paper_town.product(layers=(web, *rest)), tmp_path / "map.png")


def test_map_shows_the_surroundings_of_what_is_in_focus() -> None:
    """Two sites lie 10 km apart; the zone in focus is the lowest 2 km of both towns."""
    town = paper_town.product()
    focused = [replace(x, focus=True) if x.id == "tsunami_inundation" else x for x in town.layers]
    assert any(x.focus for x in focused), [x.id for x in town.layers]
    bounds = content_bounds(replace(town, layers=tuple(focused)))
    assert bounds[3] - bounds[1] < 2_000 * 2
    hidden = [replace(x, visible=False) if x.focus else x for x in focused]
    assert content_bounds(replace(town, layers=tuple(hidden)))[3] > paper_town.Y + 5_500
