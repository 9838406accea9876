"""What a reader sees and does: the page in headless Chromium with the network cut."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import Visit, chromium, visit
from playwright.sync_api import Browser
from shapely.geometry import LineString, Point
from webmap_samples import HOSTILE, frame, hostile, land, layer, product, road, sites, zone

import knr_gis.webmap.packing as packing_module
from knr_gis.crs import to_web
from knr_gis.product import Product, ReportPlan
from knr_gis.result import summary_frame
from knr_gis.style import MARKERS, Style, StyleClass
from knr_gis.webmap import write_webmap

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("webmap") / "地図 1.html"
    write_webmap(product(land(), zone(), road(), sites()), path)
    return path


def _written(tmp_path: Path, content: Product, *, online_base: bool = False) -> Path:
    path = tmp_path / "map.html"
    write_webmap(content, path, online_base=online_base)
    return path


def _ready(visited: Visit) -> Visit:
    visited.page.wait_for_selector("html[data-knr=ready]", timeout=20_000)
    visited.page.evaluate("document.fonts.ready")
    visited.page.wait_for_timeout(150)
    return visited


def _degrees(x: float, y: float) -> tuple[float, float]:
    point = to_web(frame([Point(x, y)])).geometry.iloc[0]
    return point.y, point.x


def _pixel_of(visited: Visit, x: float, y: float) -> tuple[int, int]:
    """Where on the screen a place (metres) is."""
    lat, lon = _degrees(x, y)
    script = """([lat, lon]) => { const p = knr.map.latLngToContainerPoint([lat, lon]);
        const box = knr.map.getContainer().getBoundingClientRect();
        return [p.x + box.left, p.y + box.top]; }"""
    left, top = visited.page.evaluate(script, [lat, lon])
    return round(left), round(top)


def _colour(visited: Visit, x: float, y: float) -> tuple[int, ...]:
    """Return the commonest colour around a place: lines of a pattern do not count."""
    left, top = _pixel_of(visited, x, y)
    patch: Any = visited.picture().crop((left - 4, top - 4, left + 5, top + 5)).getcolors()
    return tuple(max(patch)[1])


def _near(found: tuple[int, ...], wanted: str) -> bool:
    channels = [int(wanted[i : i + 2], 16) for i in (1, 3, 5)]
    return all(abs(a - b) <= 6 for a, b in zip(found, channels, strict=True))


def test_map_opens_without_any_request_or_error(browser: Browser, town: Path) -> None:
    with visit(browser, town) as visited:
        _ready(visited)
        assert visited.requests == []
        assert visited.errors == []
        assert visited.page.locator(".folium-map canvas").count() == 6  # the land, four layers and the labels
        box = visited.page.locator(".folium-map").bounding_box()
        assert box
        left, top, width, height = (int(box[k]) for k in ("x", "y", "width", "height"))
        pixels = np.asarray(visited.picture().crop((left, top, left + width, top + height)), dtype=float)
        assert pixels.std() > 30


def test_places_have_the_colour_of_their_class_in_the_order_of_the_styles(
    browser: Browser, town: Path
) -> None:
    with visit(browser, town) as visited:
        _ready(visited)
        assert _near(_colour(visited, -9_000, 4_000), "#ff0000")
        assert _near(_colour(visited, 9_000, 4_000), "#0000ff")
        assert _near(_colour(visited, -5_000, 0), "#00ff00")
        visited.page.get_by_label("津波浸水想定").uncheck()
        visited.page.wait_for_timeout(100)
        assert _near(_colour(visited, -5_000, 0), "#ff0000")
        visited.page.get_by_label("津波浸水想定").check()
        visited.page.wait_for_timeout(100)
        assert _near(_colour(visited, -5_000, 0), "#00ff00")


def test_layers_can_be_switched_with_the_keyboard_and_credits_follow(browser: Browser, town: Path) -> None:
    with visit(browser, town) as visited:
        _ready(visited)
        credit = visited.page.locator("#knr-credit")
        assert credit.is_visible()
        assert "sitesの出典" in credit.inner_text()
        legend = visited.page.locator('[data-legend="sites"]')
        assert legend.is_visible()
        box = visited.page.locator('input[data-layer="sites"]')
        box.focus()
        visited.page.keyboard.press("Space")
        assert not box.is_checked()
        assert not legend.is_visible()
        assert "sitesの出典" not in credit.inner_text()
        assert "landの出典" in credit.inner_text()


def test_hidden_layer_stays_hidden_until_it_is_chosen(browser: Browser, tmp_path: Path) -> None:
    data = zone()
    off = layer("zone", data.frame, data.style, title_ja="津波浸水想定", visible=False)
    with visit(browser, _written(tmp_path, product(land(), off))) as visited:
        _ready(visited)
        assert _near(_colour(visited, -5_000, 0), "#ff0000")
        visited.page.get_by_label("津波浸水想定").check()
        visited.page.wait_for_timeout(100)
        assert _near(_colour(visited, -5_000, 0), "#00ff00")


def test_click_tells_everything_at_the_place_topmost_first(browser: Browser, town: Path) -> None:
    with visit(browser, town) as visited:
        _ready(visited)
        visited.page.mouse.click(*_pixel_of(visited, -5_000, 0))
        popup = visited.page.locator(".leaflet-popup")
        popup.wait_for()
        assert popup.locator("h3").all_inner_texts() == ["津波浸水想定", "市町村の区域：西"]
        text = popup.inner_text()
        assert "浸水深の下限（m）" in text
        assert "0.3" in text
        assert "出典: zoneの出典" in text


def test_points_and_lines_are_hit_and_empty_places_are_not(browser: Browser, town: Path) -> None:
    with visit(browser, town) as visited:
        _ready(visited)
        hits = "([lat, lon]) => knr.hitsAt(lat, lon).map((hit) => hit.layer.id)"
        assert visited.page.evaluate(hits, _degrees(1_000, 3_000)) == ["sites", "land"]
        assert visited.page.evaluate(hits, _degrees(5_000, -4_000)) == ["road", "land"]
        assert visited.page.evaluate(hits, _degrees(5_000, -20_000)) == []


def test_hostile_text_is_shown_as_text(browser: Browser, tmp_path: Path) -> None:
    with visit(browser, _written(tmp_path, hostile())) as visited:
        _ready(visited)
        for i in range(len(HOSTILE)):
            visited.page.mouse.click(*_pixel_of(visited, 1_000 + 1_000 * i, 0))
            visited.page.wait_for_timeout(50)
            assert HOSTILE[2] in visited.page.locator(".leaflet-popup").last.inner_text()
        visited.page.get_by_role("button", name="集計表を開く").click()
        assert HOSTILE[0] in visited.page.locator("#knr-table tbody").inner_text()
        assert visited.page.evaluate("window.hacked") is None
        assert visited.page.locator("#knr-panel script, .leaflet-popup img, #knr-panel img").count() == 0
        assert visited.requests == []
        assert visited.errors == []


def test_browser_itself_refuses_outside_addresses_and_foreign_scripts(browser: Browser, town: Path) -> None:
    script = """() => { const image = new Image(); image.src = 'https://example.org/a.png';
        document.body.append(image);
        const code = document.createElement('script'); code.textContent = 'window.hacked = 1';
        document.body.append(code);
        document.body.insertAdjacentHTML('beforeend', '<img src="data:," onerror="window.hacked = 2">'); }"""
    with visit(browser, town) as visited:
        _ready(visited)
        visited.page.evaluate(script)
        visited.page.wait_for_timeout(200)
        assert visited.requests == ["https://example.org/a.png"]
        assert visited.sent == []
        assert visited.page.evaluate("window.hacked") is None
        assert any("Content Security Policy" in error for error in visited.errors)


def _fonts_of(visited: Visit, selector: str) -> list[dict[str, Any]]:
    """The fonts that drew the text of an element, as the browser reports them."""
    session = visited.page.context.new_cdp_session(visited.page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    node = session.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
    fonts: list[dict[str, Any]] = session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    return fonts


def test_japanese_is_drawn_with_the_font_of_the_page(browser: Browser, town: Path) -> None:
    with visit(browser, town) as visited:
        _ready(visited)
        for selector in ("h1", ".knr-headline", ".knr-name span", "#knr-notes li", "#knr-credit-text"):
            fonts = _fonts_of(visited, selector)
            assert [font["isCustomFont"] for font in fonts] == [True], selector
            assert fonts[0]["glyphCount"] > 0


def test_labels_on_the_map_use_the_font_and_do_not_cover_each_other(browser: Browser, tmp_path: Path) -> None:
    data = frame([Point(0, 0), Point(1, 1), Point(8_000, 3_000)], name=["役場", "支所", "学校"])
    named = layer("named", data, Style("#000000", order=9, label="name"), popup=("name",))
    record = """() => { const seen = []; const real = CanvasRenderingContext2D.prototype.fillText;
        CanvasRenderingContext2D.prototype.fillText = function (text, ...at) {
            seen.push([text, this.font]); return real.call(this, text, ...at); };
        knr.overlay.redraw(); return seen; }"""
    with visit(browser, _written(tmp_path, product(land(), named))) as visited:
        _ready(visited)
        assert visited.page.evaluate("document.fonts.check('12px knr', '役場')")
        seen = visited.page.evaluate(record)
        assert [text for text, _ in seen] == ["役場", "学校"]
        assert all("knr" in font for _, font in seen)


def test_names_of_municipalities_go_before_those_of_places(browser: Browser, tmp_path: Path) -> None:
    towns = land()
    towns = replace(towns, style=replace(towns.style, label="municipality"))
    station = frame([Point(-5_000, 0)], name=["しらぬか恋問"])
    named = layer("named", station, Style("#000000", order=9, label="name"), popup=("name",))
    record = """() => { const seen = []; const real = CanvasRenderingContext2D.prototype.fillText;
        CanvasRenderingContext2D.prototype.fillText = function (text, ...at) {
            seen.push(text); return real.call(this, text, ...at); };
        knr.overlay.redraw(); return seen; }"""
    with visit(browser, _written(tmp_path, product(towns, named))) as visited:
        _ready(visited)
        assert visited.page.evaluate(record) == ["釧路市", "根室市"]  # the station's name would cover one


def test_land_stands_out_from_the_sea_under_every_layer(browser: Browser, tmp_path: Path) -> None:
    clear = replace(land(), style=Style("#6b6b6b", opacity=0.0, weight=1, order=40))
    with visit(browser, _written(tmp_path, product(clear, zone()))) as visited:
        _ready(visited)
        assert _near(_colour(visited, 5_000, 0), "#ffffff")
        assert _near(_colour(visited, -5_000, 0), "#00ff00")
        assert _near(_colour(visited, 0, -6_000), "#d8e6ef")


def test_long_table_opens_on_the_totals_below_the_table_that_answers(
    browser: Browser, tmp_path: Path
) -> None:
    rows = [("01206", "釧路市", f"区分{n}" if n else "", "persons", float(n), "人") for n in range(70)]
    long = replace(product(land()).result, summary=summary_frame(rows))
    plan = ReportPlan(key_measures=("persons",))
    page = _written(tmp_path, product(land(), result=long, report=plan, question_ja="誰が着けるか。"))
    with visit(browser, page) as visited:
        _ready(visited)
        assert "誰が着けるか。" in visited.page.locator("#knr-top").inner_text()
        visited.page.get_by_role("button", name="集計表を開く").click()
        assert visited.page.locator("#knr-key tbody tr").all_inner_texts() == ["釧路市\t0"]
        assert visited.page.locator("#knr-long tbody tr").count() == 1
        visited.page.locator("#knr-filters select").nth(1).select_option(label="すべて")
        assert visited.page.locator("#knr-long tbody tr").count() == 70


def test_marker_shapes_differ_without_their_colour(browser: Browser, tmp_path: Path) -> None:
    data = frame([Point(-8_000 + 3_000 * i, 0) for i in range(len(MARKERS))], kind=list(MARKERS))
    classes = tuple(StyleClass(m, m, "#000000", value=m, marker=m) for m in MARKERS)
    points = layer("m", data, Style("#000000", opacity=1, radius=10, column="kind", classes=classes))
    with visit(browser, _written(tmp_path, product(points))) as visited:
        picture = _ready(visited).picture()
        shapes = []
        for i in range(len(MARKERS)):
            x, y = _pixel_of(visited, -8_000 + 3_000 * i, 0)
            shapes.append(np.asarray(picture.crop((x - 15, y - 15, x + 15, y + 15)).convert("L")) < 100)
        for i, one in enumerate(shapes):
            assert one.sum() > 100
            assert all((one != other).sum() > 25 for other in shapes[:i])


def test_scale_bar_is_true(browser: Browser, town: Path) -> None:
    script = """() => { const bar = document.querySelector('.leaflet-control-scale-line');
        const at = (x) => knr.map.containerPointToLatLng([x, knr.map.getSize().y / 2]);
        return [bar.textContent, knr.map.distance(at(0), at(bar.offsetWidth))]; }"""
    with visit(browser, town) as visited:
        text, metres = _ready(visited).page.evaluate(script)
        number, unit = text.split()
        assert metres == pytest.approx(float(number) * {"km": 1000, "m": 1}[unit], rel=0.03)


def test_map_opens_on_the_boundaries_and_home_returns_there(browser: Browser, town: Path) -> None:
    inside = "knr.map.getBounds().contains(knr.home) && knr.map.getZoom()"
    with visit(browser, town) as visited:
        _ready(visited)
        zoom = visited.page.evaluate(inside)
        assert zoom
        left, right = _pixel_of(visited, -10_000, 0)[0], _pixel_of(visited, 10_000, 0)[0]
        assert right - left > 450  # half of the map's width at least
        visited.page.evaluate("knr.map.setZoom(15, {animate: false})")
        visited.page.get_by_role("button", name="全体を表示").click()
        assert visited.page.evaluate("knr.map.getZoom()") == zoom


def test_summary_table_filters(browser: Browser, town: Path) -> None:
    with visit(browser, town) as visited:
        _ready(visited)
        visited.page.get_by_role("button", name="集計表を開く").click()
        rows = visited.page.locator("#knr-long tbody tr")
        assert rows.count() == 3
        assert "不明" in rows.nth(1).inner_text()
        visited.page.locator("#knr-filters select").first.select_option(label="根室市")
        assert rows.count() == 1
        assert "根室市" in rows.first.inner_text()
        assert "1 行を表示（全 3 行）" in visited.page.locator("#knr-table-state").inner_text()


def test_narrow_window_keeps_map_credit_and_legend(browser: Browser, town: Path) -> None:
    with visit(browser, town, width=400, height=800) as visited:
        _ready(visited)
        assert visited.page.evaluate("document.documentElement.scrollWidth") <= 400
        box = visited.page.locator(".folium-map").bounding_box()
        assert box
        assert box["width"] == 400
        assert box["height"] > 300
        visited.page.locator("#knr-credit").scroll_into_view_if_needed()
        assert visited.page.locator("#knr-credit").is_visible()
        assert visited.page.locator('[data-legend="sites"]').is_visible()


def test_panel_can_be_closed_for_a_wider_map(browser: Browser, town: Path) -> None:
    with visit(browser, town) as visited:
        _ready(visited)
        button = visited.page.get_by_role("button", name="凡例・説明")
        button.click()
        visited.page.wait_for_timeout(200)
        assert button.get_attribute("aria-expanded") == "false"
        assert visited.page.evaluate("knr.map.getSize().x") == 1280


def test_packed_page_draws_the_same(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing_module, "PACK_FROM_BYTES", 100)
    with visit(browser, _written(tmp_path, product(land(), zone()))) as visited:
        _ready(visited)
        assert visited.page.locator("#knr-data").get_attribute("data-encoding") == "gzip"
        assert visited.errors == []
        assert _near(_colour(visited, -5_000, 0), "#00ff00")


def test_online_base_asks_only_for_tiles_and_only_when_chosen(browser: Browser, tmp_path: Path) -> None:
    with visit(browser, _written(tmp_path, product(land()), online_base=True)) as visited:
        _ready(visited)
        assert visited.requests == []
        visited.page.get_by_label("地理院地図 淡色").check()
        visited.page.locator("#knr-status").wait_for(state="visible")
        assert "読み込めません" in visited.page.locator("#knr-status").inner_text()
        assert visited.requests
        tiles = "https://cyberjapandata.gsi.go.jp/xyz/pale/"
        assert all(address.startswith(tiles) for address in visited.requests)
        assert visited.sent
        link = visited.page.locator("#knr-credit a")
        assert link.inner_text() == "国土地理院（地理院タイル）"
        assert not _near(_colour(visited, -9_000, 4_000), "#ff0000")  # the land is left open for the tiles
        visited.page.get_by_label("なし（この地図だけ）").check()
        assert link.count() == 0
        visited.page.wait_for_timeout(100)
        assert _near(_colour(visited, -9_000, 4_000), "#ff0000")


def test_empty_product_opens_without_an_error(browser: Browser, tmp_path: Path) -> None:
    nothing = layer("e", frame([], name=[]), Style("#123456"))
    with visit(browser, _written(tmp_path, product(nothing))) as visited:
        _ready(visited)
        assert visited.errors == []


def test_single_point_and_far_line_do_not_break_the_view(browser: Browser, tmp_path: Path) -> None:
    one = layer("one", frame([Point(0, 0)]), Style("#ff0000", opacity=1, radius=12))
    far = layer("far", frame([LineString([(0, 0), (400_000, 0)])]), Style("#000000"), visible=False)
    with visit(browser, _written(tmp_path, product(one, far))) as visited:
        _ready(visited)
        assert visited.errors == []
        assert _near(_colour(visited, 0, 0), "#ff0000")


def test_a_map_that_opens_in_a_hidden_frame_fits_when_it_is_shown(browser: Browser, tmp_path: Path) -> None:
    path = _written(tmp_path, product(land(), zone(), road(), sites()))
    frame_style = 'style="display: none; width: 800px; height: 600px; border: 0"'
    wrapper = tmp_path / "frame.html"
    wrapper.write_text(f'<iframe id="frame" src="{path.name}" {frame_style}></iframe>', encoding="utf-8")
    with visit(browser, path, width=800, height=600) as plain:
        expected = _ready(plain).page.evaluate("knr.map.getZoom()")
    with visit(browser, wrapper) as framed:
        inner = framed.page.frames[1]
        inner.wait_for_selector("html[data-knr=ready]", state="attached", timeout=20_000)
        framed.page.evaluate("document.getElementById('frame').style.display = 'block'")
        framed.page.wait_for_timeout(600)
        assert inner.evaluate("knr.map.getSize().x") > 0
        assert inner.evaluate("knr.map.getZoom()") == expected
        assert framed.errors == []
