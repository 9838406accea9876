"""Sizes planned before writing, pictures; parts, minutes, scenarios and languages in the data of the page."""

import base64
import io
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from PIL import Image
from shapely.geometry import LineString, Point, box
from webmap_samples import (
    CRS,
    PageText,
    frame,
    land,
    layer,
    page_data,
    product,
    road,
    sites,
    zone,
)

import knr_gis.webmap.drawing as drawing_module
import knr_gis.webmap.packing as packing_module
import knr_gis.webmap.page as page_module
import knr_gis.webmap.picture as picture_module
from knr_gis.errors import OutputError
from knr_gis.product import ProductLayer
from knr_gis.style import Style, StyleClass
from knr_gis.webmap import render_webmap, write_webmap
from knr_gis.webmap.drawing import can_be_picture, first_drawing, plan_drawings, refined
from knr_gis.webmap.legend import is_patterned, legend_entries
from knr_gis.webmap.packing import pack
from knr_gis.webmap.payload import screen_layer
from knr_gis.webmap.picture import MAX_SIDE, picture_data


@pytest.fixture(scope="module")
def page() -> str:
    return render_webmap(product(land(), zone(), road(), sites()))


def _many(count: int) -> ProductLayer:
    """Small bent areas, so many that a page has to be drawn more simply."""
    rng = np.random.default_rng(7)
    centres = rng.uniform(-50_000, 50_000, (count, 2))
    radii = rng.uniform(100, 600, count)
    shapes = [Point(x, y).buffer(r, quad_segs=12) for (x, y), r in zip(centres, radii, strict=True)]
    names, kinds = [f"区画{i}" for i in range(count)], [("a", "b")[i % 2] for i in range(count)]
    classes = (StyleClass("甲", "A", "#ff0000", value="a"), StyleClass("乙", "B", "#0000ff", value="b"))
    style = Style("#888888", opacity=1, column="kind", classes=classes)
    return layer("many", frame(shapes, name=names, kind=kinds), style, title_ja="区画")


def test_size_is_estimated_before_it_is_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing_module, "PACK_FROM_BYTES", 0)
    many = _many(4000)
    drawing = first_drawing(many)
    encoding, text = pack(screen_layer(many, drawing).data)
    assert encoding == "gzip"
    assert 0.7 < drawing.size / len(text) < 1.8
    assert not drawing.stepped_down
    assert plan_drawings((many,), limit=drawing.size) == [drawing]


def test_heaviest_layer_is_drawn_simpler_first_and_a_picture_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing_module, "BYTES_PER_PICTURE", 20_000)
    many, few = _many(3000), zone()
    sizes = [refined(one, first_drawing(one)).size for one in (many, few)]
    coarser, kept = plan_drawings((many, few), limit=sum(sizes) - 100)
    assert (coarser.tolerance_m, coarser.picture) == (10.0, False)
    assert kept == refined(few, first_drawing(few))
    picture, _ = plan_drawings((many, few), limit=20_000 + sizes[1])
    assert picture.picture
    points = layer("p", frame([Point(0, 0)] * 9, name=["x"] * 9), Style("#000000"))
    assert not can_be_picture(points)
    assert not plan_drawings((points,), limit=1)[0].picture


def test_page_that_would_be_too_large_is_drawn_simpler_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "LIGHT_BYTES", 700_000)
    monkeypatch.setattr(drawing_module, "BYTES_PER_PICTURE", 50_000)
    monkeypatch.setattr(picture_module, "MAX_SIDE", 1024)
    monkeypatch.setattr(drawing_module, "COARSER_M", ())
    content = product(land(), _many(6000))
    full, light = render_webmap(content), render_webmap(content, light=True)
    assert len(light.encode()) <= 700_000 < len(full.encode())
    assert "簡単に描きました" not in PageText(full).text
    text = PageText(light).text
    assert "上限（1 MB）に収まるよう次のとおり簡単に描きました" in text
    assert "「区画」: 色分けの画像" in text
    drawn = next(one for one in page_data(light)["layers"] if one["id"] == "many")
    assert drawn["blocks"] == drawn["cells"] == []
    assert [c["count"] for c in drawn["classes"]] == [3000, 3000]  # the legend still counts what is there


def test_page_that_cannot_be_made_small_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "MAX_BYTES", 200_000)
    with pytest.raises(OutputError, match="収まりません") as caught:
        write_webmap(product(land()), tmp_path / "map.html")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def _image(drawn: dict[str, Any]) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(drawn["uri"].split(",", 1)[1]))).convert("RGBA")


def test_picture_has_the_class_of_each_place() -> None:
    data = frame([box(0, 0, 4000, 2000), box(4000, 0, 6000, 2000)], kind=["a", "c"])
    classes = (StyleClass("甲", "A", "#ff0000", value="a"), StyleClass("乙", "B", "#00ff00", value="b"))
    drawn = picture_data(data, np.array([0, 2]), Style("#112233", column="kind", classes=classes))
    image = _image(drawn)
    assert max(image.size) == MAX_SIDE
    assert image.getpixel((image.width // 4, image.height // 2)) == (255, 0, 0, 255)
    assert image.getpixel((image.width * 9 // 10, image.height // 2)) == (0x11, 0x22, 0x33, 255)
    west, south, east, north = drawn["box"]
    corners = gpd.GeoSeries([Point(west, south), Point(east, north)], crs=4326).to_crs(CRS)
    assert corners.iloc[0].distance(Point(0, 0)) < 3
    assert corners.iloc[1].distance(Point(6000, 2000)) < 3


def test_hole_in_a_picture_is_clear() -> None:
    holed = box(0, 0, 3000, 3000).difference(box(1000, 1000, 2000, 2000))
    image = _image(picture_data(frame([holed]), np.array([0]), Style("#ff0000")))
    found: Any = image.getpixel((image.width // 2, image.height // 2))
    assert found[3] == 0


# --- switches, scenarios, languages ------------------------------------------------------------


def test_days_are_switches_in_their_order_and_one_day_is_no_choice() -> None:
    legs = frame([LineString([(0, i), (9, i)]) for i in range(4)], day=[10, 2, 2, 1])
    split = screen_layer(layer("legs", legs, Style("#000000"), split="day")).data["split"]
    assert split["words"] == [["1 日目", "Day 1"], ["2 日目", "Day 2"], ["10 日目", "Day 10"]]
    assert split["index"].tolist() == [2, 1, 1, 0]
    one = layer("legs", legs.assign(day=1), Style("#000000"), split="day")
    assert screen_layer(one).data["split"] is None
    assert screen_layer(layer("legs", legs, Style("#000000"), split="absent")).data["split"] is None


def test_unknown_minutes_are_no_number_and_the_slider_ends_above_the_last() -> None:
    ways = frame([Point(i, 0) for i in range(4)], walk_min=[0.5, 7.2, None, float("inf")])
    band = screen_layer(layer("ways", ways, Style("#000000"), band="walk_min", band_step=3.0)).data["band"]
    assert band["values"] == [0.5, 7.2, None, None]
    assert (band["step"], band["end"]) == (3.0, 9.0)
    none = layer("ways", ways.assign(walk_min=None), Style("#000000"), band="walk_min")
    assert screen_layer(none).data["band"] is None


def test_both_languages_stand_in_the_page(page: str) -> None:
    text = PageText(page).text
    for ja, en in (("表示する地図", "Layers"), ("未評価", "Not evaluated"), ("津波に対応", "Tsunami")):
        assert ja in text, ja
        assert en in text, en
    one = next(one for one in page_data(page)["layers"] if one["id"] == "sites")
    assert one["columns"][0] == ["名称", "Name"]


def test_scenario_choice_stands_only_where_layers_have_a_side(page: str) -> None:
    assert '<input type="radio" name="knr-side"' not in page
    a = layer("a", land().frame, Style("#111111"), side="a")
    b = layer("b", zone().frame, Style("#111111"), side="b")
    sided = render_webmap(product(a, b))
    assert sided.count('<input type="radio" name="knr-side"') == 4
    assert [one["side"] for one in page_data(sided)["layers"]] == ["a", "b"]


def test_kinds_of_areas_have_patterns_and_steps_of_a_scale_only_when_asked() -> None:
    steps = (StyleClass("a", "a", "#111111", lower=0, upper=1), StyleClass("b", "b", "#222222", lower=1))
    scale = Style("#000000", column="d", classes=steps)
    assert is_patterned(_many(4).style)
    assert not is_patterned(scale)
    assert len({e.pattern for e in legend_entries(scale, np.array([0, 1]), title="t")}) == 2
