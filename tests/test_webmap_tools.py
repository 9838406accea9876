"""Measuring, switching parts, minutes, scenarios, patterns, pictures: what a reader does to the map."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from browser import Visit, chromium, visit
from playwright.sync_api import Browser, expect
from pyproj import Geod
from shapely.geometry import LineString, Point, Polygon, box
from webmap_samples import HOSTILE, frame, hostile, land, layer, product, road, sites, zone

import knr_gis.webmap.drawing as drawing_module
from knr_gis.product import Product
from knr_gis.result import Note, Result, summary_frame
from knr_gis.style import Style, StyleClass
from knr_gis.webmap import write_webmap

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def _open(visited: Visit) -> Visit:
    visited.page.wait_for_selector("html[data-knr=ready]", timeout=20_000)
    visited.page.wait_for_timeout(100)
    return visited


def _written(tmp_path: Path, content: Product) -> Path:
    path = tmp_path / "map.html"
    write_webmap(content, path)
    return path


def _pixels(visited: Visit) -> np.ndarray[Any, Any]:
    visited.page.wait_for_timeout(80)
    area = visited.page.locator(".folium-map").bounding_box()
    assert area
    left, top, width, height = (int(area[k]) for k in ("x", "y", "width", "height"))
    return np.asarray(visited.picture().crop((left, top, left + width, top + height)), dtype=int)


def _painted(visited: Visit, colour: tuple[int, int, int]) -> int:
    """How many pixels of the map have about a colour."""
    return int((np.abs(_pixels(visited) - np.array(colour)).max(axis=2) < 8).sum())


# --- measuring -----------------------------------------------------------------------------------


def test_lengths_and_areas_are_those_of_the_ellipsoid(browser: Browser, tmp_path: Path) -> None:
    places = [(43.0, 144.3), (43.25, 144.9), (43.4, 144.5)]
    with visit(browser, _written(tmp_path, product(land()))) as visited:
        page = _open(visited).page
        page.locator("#knr-measure").click()
        for lat, lon in places:
            page.evaluate("([lat, lng]) => knr.map.fire('click', {latlng: L.latLng(lat, lng)})", [lat, lon])
        text = page.locator("#knr-hint").inner_text()
        page.keyboard.press("Escape")
        assert not page.locator("#knr-hint").is_visible()
        assert visited.errors == []
    geod = Geod(ellps="GRS80")
    lats, lons = zip(*places, strict=True)
    km = geod.line_length(lons, lats) / 1000
    square_km = abs(geod.polygon_area_perimeter(lons, lats)[0]) / 1e6
    length, area = (float(part.split()[1]) for part in text.split("\u3000"))
    assert length == pytest.approx(km, abs=0.06)
    assert area == pytest.approx(square_km, rel=1e-3)


def test_measuring_works_with_the_keyboard_alone(browser: Browser, tmp_path: Path) -> None:
    with visit(browser, _written(tmp_path, product(land()))) as visited:
        page = _open(visited).page
        page.locator("#knr-measure").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Space")
        page.evaluate("knr.map.panBy([200, 0], {animate: false})")
        page.keyboard.press("Space")
        assert "距離" in page.locator("#knr-hint").inner_text()
        page.keyboard.press("Backspace")
        assert "距離 " not in page.locator("#knr-hint").inner_text()
        page.keyboard.press("Escape")
        assert page.locator("#knr-measure").get_attribute("aria-pressed") == "false"


# --- parts, minutes, strength, patterns ------------------------------------------------------------


def _days() -> Product:
    legs = [LineString([(-9_000, y), (9_000, y)]) for y in (-3_000, 0, 3_000)]
    data = frame(legs, day=[1, 2, 2], walk_min=[2.0, 8.0, None])
    line = layer("legs", data, Style("#ff0000", opacity=1, weight=6, order=9), split="day", band="walk_min")
    return product(replace(land(), style=Style("#eeeeee", opacity=0, weight=1)), line)


def test_days_are_switched_one_by_one(browser: Browser, tmp_path: Path) -> None:
    with visit(browser, _written(tmp_path, _days())) as visited:
        page = _open(visited).page
        whole = _painted(visited, (255, 0, 0))
        page.get_by_label("2 日目").uncheck()
        assert _painted(visited, (255, 0, 0)) == pytest.approx(whole / 3, rel=0.1)
        page.get_by_label("1 日目").uncheck()
        assert _painted(visited, (255, 0, 0)) == 0
        assert page.evaluate("knr.hitsAt(knr.map.getCenter().lat, knr.map.getCenter().lng).length") == 1
        page.get_by_label("2 日目").check()
        assert _painted(visited, (255, 0, 0)) == pytest.approx(whole * 2 / 3, rel=0.1)


def test_slider_shows_what_is_reached_by_then_and_never_the_unknown(browser: Browser, tmp_path: Path) -> None:
    with visit(browser, _written(tmp_path, _days())) as visited:
        page = _open(visited).page
        whole = _painted(visited, (255, 0, 0))
        shares = {}
        slider = page.locator("#knr-band-range")
        slider.focus()
        page.keyboard.press("Home")
        for minutes in (0, 3, 6, 9):
            assert page.locator("#knr-band-value").inner_text() == f"{minutes} まで"
            shares[minutes] = round(3 * _painted(visited, (255, 0, 0)) / whole)
            page.keyboard.press("ArrowRight")
        assert shares == {0: 0, 3: 1, 6: 1, 9: 2}
        assert page.locator("#knr-band-value").inner_text() == "すべて"
        assert _painted(visited, (255, 0, 0)) == whole
        page.get_by_role("button", name="再生").click()
        page.wait_for_timeout(900)
        assert page.locator("#knr-band-value").inner_text().endswith("まで")
        assert visited.errors == []


def test_layer_can_be_drawn_fainter(browser: Browser, tmp_path: Path) -> None:
    with visit(browser, _written(tmp_path, product(land(), zone()))) as visited:
        page = _open(visited).page
        assert _painted(visited, (0, 255, 0)) > 500
        page.locator('[data-more="zone"]').click()
        page.locator('[data-opacity="zone"]').focus()
        page.keyboard.press("Home")
        assert _painted(visited, (0, 255, 0)) == 0
        page.keyboard.press("End")
        assert _painted(visited, (0, 255, 0)) > 500


def test_steps_of_a_scale_are_patterned_when_asked(browser: Browser, tmp_path: Path) -> None:
    steps = (
        StyleClass("浅い", "Low", "#ffff00", lower=0, upper=1),
        StyleClass("深い", "Deep", "#ff00ff", lower=1),
    )
    data = frame([box(-8_000, -4_000, 0, 4_000), box(0, -4_000, 8_000, 4_000)], depth_min_m=[0.3, 3.0])
    areas = layer("d", data, Style("#888888", opacity=1, column="depth_min_m", classes=steps))
    with visit(browser, _written(tmp_path, product(areas))) as visited:
        page = _open(visited).page
        plain = [_painted(visited, colour) for colour in ((255, 255, 0), (255, 0, 255))]
        page.locator("#knr-patterns").check()
        marked = [_painted(visited, colour) for colour in ((255, 255, 0), (255, 0, 255))]
        assert marked[0] == plain[0]  # the first step is plain, so that there is one
        assert marked[1] < 0.9 * plain[1]
        assert page.locator(".knr-hatch:visible").count() == 1


def test_theme_switches_its_layers_together(browser: Browser, tmp_path: Path) -> None:
    with visit(browser, _written(tmp_path, product(land(), zone(), road(), sites()))) as visited:
        page = _open(visited).page
        theme = page.locator('[data-theme="disaster"]')
        page.get_by_label("津波浸水想定").uncheck()
        assert page.evaluate("document.querySelector('[data-theme=disaster]').indeterminate")
        theme.uncheck()
        assert page.evaluate("knr.layers.filter((l) => l.visible).map((l) => l.id)") == ["land", "road"]
        theme.check()
        assert page.evaluate("knr.layers.every((layer) => layer.visible)")


# --- scenarios -----------------------------------------------------------------------------------


def _pair() -> Product:
    west, east = frame([Point(-5_000, 0)], name=["西"]), frame([Point(5_000, 0)], name=["東"])
    look = Style("#ff0000", opacity=1, radius=12, order=9)
    conditions = pd.DataFrame([("季節", "夏", "冬")], columns=["condition", "value_a", "value_b"])
    result = Result("c", Note("x"), {}, summary_frame([]), tables={"differing_conditions": conditions})
    backdrop = replace(land(), style=Style("#eeeeee", opacity=0, weight=1))
    a, b = layer("a", west, look, side="a"), layer("b", east, replace(look, color="#0000ff"), side="b")
    change = layer("change", zone().frame, Style("#00ff00", opacity=1), side="diff")
    return product(backdrop, a, b, change, result=result)


def test_scenarios_are_shown_one_at_a_time_or_side_by_side(browser: Browser, tmp_path: Path) -> None:
    with visit(browser, _written(tmp_path, _pair())) as visited:
        page = _open(visited).page
        colours = ((255, 0, 0), (0, 0, 255), (0, 255, 0))
        seen = {}
        for side in ("diff", "a", "b"):
            page.locator(f'input[name="knr-side"][value="{side}"]').check()
            seen[side] = [_painted(visited, colour) > 50 for colour in colours]
        assert seen == {"diff": [False, False, True], "a": [True, False, False], "b": [False, True, False]}
        page.locator("#knr-sides summary").click()
        assert "季節 冬" in page.locator("#knr-sides").inner_text()
        page.locator('input[name="knr-side"][value="both"]').check()
        second = page.locator(".knr-second")
        assert second.is_visible()
        page.evaluate("knr.map.setView([44.0, 144.2], 12, {animate: false})")
        same = "JSON.stringify(knr.screens.map(({map}) => [map.getCenter().lat.toFixed(3), map.getZoom()]))"
        assert page.evaluate(same) == '[["44.000",12],["44.000",12]]'
        page.evaluate("knr.screens[1].map.setView([44.0, 144.3], 13, {animate: false})")
        assert page.evaluate("knr.map.getCenter().lng.toFixed(2) + ' ' + knr.map.getZoom()") == "144.30 13"
        page.locator('input[name="knr-side"][value="diff"]').check()
        assert second.count() == 0
        assert visited.errors == []


# --- a layer as a picture, overview, text from data -------------------------------------------------


def test_layer_as_a_picture_lies_where_it_belongs_and_knows_its_classes(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing_module, "MAX_VECTOR_VERTICES", 8)  # the land has 10, the zone 5
    with visit(browser, _written(tmp_path, product(land(), zone()))) as visited:
        page = _open(visited).page
        page.wait_for_function("knr.layers[0].picture.pixels")
        assert page.locator("img.knr-picture").count() == 1
        assert _painted(visited, (255, 0, 0)) > 2_000
        assert _painted(visited, (0, 0, 255)) > 2_000
        found = page.evaluate("knr.hitsAt(44.02, 144.35).map((hit) => hit.look && hit.look.label[0])")
        assert found == ["東"]
        page.evaluate("knr.map.fire('click', {latlng: L.latLng(44.02, 144.35)})")
        assert "画像で描いています" in page.locator(".leaflet-popup").inner_text()
        assert visited.requests == []
        assert visited.errors == []


def test_overview_moves_the_map(browser: Browser, tmp_path: Path) -> None:
    with visit(browser, _written(tmp_path, product(land(), sites()))) as visited:
        page = _open(visited).page
        page.evaluate("knr.map.setZoom(14, {animate: false})")
        page.locator("#knr-overview").click(position={"x": 130, "y": 55})
        east = page.evaluate("knr.map.getCenter().lng")
        page.locator("#knr-overview").click(position={"x": 20, "y": 55})
        assert page.evaluate("knr.map.getCenter().lng") < east - 0.1


def test_hostile_names_are_text_in_list_search_and_popup(browser: Browser, tmp_path: Path) -> None:
    with visit(browser, _written(tmp_path, hostile())) as visited:
        page = _open(visited).page
        page.locator('[data-more="p"]').click()
        page.locator('[data-list="p"]').click()
        assert HOSTILE[2] in page.locator("#knr-list-body tbody").inner_text()
        page.locator("#knr-search-text").fill("onerror")
        assert HOSTILE[2] in page.locator("#knr-search-hits").inner_text()
        page.keyboard.press("Enter")
        assert HOSTILE[2] in page.locator(".leaflet-popup").inner_text()
        page.locator("#knr-search-text").fill(HOSTILE[0])
        page.keyboard.press("Enter")
        page.goto(page.url.split("#")[0] + "#on=%3Cscript%3E&lang=<img>&o=p:<b>&c=x,y&z=<i>")
        _open(visited)
        assert page.evaluate("window.hacked") is None
        assert (
            page.locator("#knr-list img, #knr-search img, .leaflet-popup img, #knr-list script").count() == 0
        )
        assert visited.requests == []
        assert visited.errors == []


def test_search_does_not_mind_width_kana_or_case(browser: Browser, tmp_path: Path) -> None:
    names = ["ﾄﾞｰﾑ ABC", "ほんどおり会館", "第１小学校"]
    with visit(browser, _written(tmp_path, product(land(), sites(names)))) as visited:
        page = _open(visited).page
        for typed, found in (("どーむ", 0), ("abc", 0), ("ホンドオリ", 1), ("1小", 2)):
            page.locator("#knr-search-text").fill(typed)
            assert names[found] in page.locator("#knr-search-hits li").first.inner_text(), typed


def test_polygon_with_a_hole_is_found_by_its_ring_only(browser: Browser, tmp_path: Path) -> None:
    ring = Polygon(box(-4_000, -4_000, 4_000, 4_000).exterior, [box(-1_000, -1_000, 1_000, 1_000).exterior])
    with visit(
        browser, _written(tmp_path, product(layer("ring", frame([ring], name=["輪"]), Style("#ff0000"))))
    ) as visited:
        page = _open(visited).page
        assert page.evaluate("knr.hitsAt(44.0, 144.25).length") == 0
        assert page.evaluate("knr.hitsAt(44.02, 144.25).length") == 1


def test_values_of_the_popup_follow_the_language(browser: Browser, tmp_path: Path) -> None:
    with visit(browser, _written(tmp_path, product(land(), sites()))) as visited:
        page = _open(visited).page
        found = {}
        for language in ("ja", "en"):
            page.locator("#knr-search-text").fill("役場")
            page.keyboard.press("Enter")
            # the last one fades out
            expect(page.locator(".leaflet-popup")).to_have_count(1)
            found[language] = page.locator(".leaflet-popup td").all_inner_texts()
            page.locator("#knr-language").click()
        assert found == {"ja": ["役場", "×", "―（不明）"], "en": ["役場", "no", "― (unknown)"]}
