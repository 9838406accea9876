"""Every map that is offered, of the sample, as a reader uses it: Chromium with the network cut."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from browser import Visit, chromium, visit
from playwright.sync_api import Browser
from shapely.geometry import box

from knr_gis.acquire import import_files
from knr_gis.maps import load_preset_file
from knr_gis.run import RunOptions, run_map
from knr_gis.sample import import_sample
from knr_gis.settings import load_settings

pytestmark = pytest.mark.browser

PRESETS = {path.stem: path for path in sorted((Path(__file__).parents[1] / "maps").glob("*.toml"))}
NEEDS_OWN_DATA = ("energy_sites",)  # not in the demo: there is no sample of candidate areas
CENTRE = "(() => { const c = knr.map.getCenter(); return [c.lat, c.lng, knr.map.getZoom()]; })()"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def energy_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The map of candidate areas: two squares near Kushiro on the data of the sample."""
    folder = tmp_path_factory.mktemp("energy")
    settings = load_settings(folder / "workspace")
    import_sample(settings)
    squares = [box(144.30 + d, 43.05, 144.34 + d, 43.08) for d in (0.0, 0.1)]
    areas = gpd.GeoDataFrame({"名称": ["南", "北"], "種類": ["風力", "太陽光"]}, geometry=squares, crs=6668)
    (folder / "candidates.geojson").write_text(areas.to_json(), encoding="utf-8")
    import_files(
        settings,
        "energy_candidates",
        (folder / "candidates.geojson",),
        credit="町の検討資料",
        crs="EPSG:6668",
    )
    return run_map(settings, "energy_sites", folder, RunOptions(formats=("html",))).files["html"]


def _made(folder: Path, map_id: str) -> Path:
    """Make a map that is not in the demo, of the demo's workspace."""
    options = RunOptions(formats=("html",))
    return run_map(load_settings(folder / "workspace"), map_id, folder / "more", options).files["html"]


@pytest.fixture(scope="module", params=PRESETS)
def opened(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Visit]:
    """One visit per map, shared by the tests below: each leaves the page as it found it."""
    if request.param in NEEDS_OWN_DATA:
        path = request.getfixturevalue("energy_page")
    else:
        folder, outcomes = request.getfixturevalue("demo")
        path = (
            outcomes[request.param].files["html"]
            if request.param in outcomes
            else _made(folder, request.param)
        )
    with visit(browser, path, width=1366, height=768) as visited:
        visited.page.wait_for_selector("html[data-knr=ready]", timeout=30_000)
        visited.page.evaluate("document.fonts.ready")
        yield visited


def _id(visited: Visit) -> str:
    return Path(visited.page.url.split("#")[0]).stem


def _map_pixels(visited: Visit) -> np.ndarray[Any, Any]:
    area = visited.page.locator(".folium-map").bounding_box()
    assert area
    left, top, width, height = (int(area[k]) for k in ("x", "y", "width", "height"))
    return np.asarray(visited.picture().crop((left, top, left + width, top + height)), dtype=float)


def test_opens_with_a_drawn_map_legend_and_credit_and_asks_nobody(opened: Visit) -> None:
    page = opened.page
    assert opened.requests == []
    assert opened.errors == []
    assert _map_pixels(opened).std() > 15
    legend = page.locator(".knr-swatch:visible")
    assert legend.count() > 3
    assert len(page.locator("#knr-credit-text").inner_text()) > 4
    assert page.locator("#knr-credit").is_visible()


def test_controls_do_not_cover_each_other_legend_or_list(opened: Visit) -> None:
    controls = (
        "#knr-search-text, #knr-buttons, #knr-sides, #knr-band, #knr-position, #knr-overview, #knr-panel, "
        "#knr-list, #knr-credit, .leaflet-control-zoom, .leaflet-control-scale"
    )
    script = """(controls) => [...document.querySelectorAll(controls)].filter((one) => one.offsetWidth)
        .map((one) => { const b = one.getBoundingClientRect();
            return [one.id || one.className, b.left, b.top, b.right, b.bottom]; })"""
    boxes = opened.page.evaluate(script, controls)
    assert len(boxes) >= 9
    for i, (name, left, top, right, bottom) in enumerate(boxes):
        for other, l2, t2, r2, b2 in boxes[:i]:
            assert right <= l2 + 1 or r2 <= left + 1 or bottom <= t2 + 1 or b2 <= top + 1, (name, other)


def test_row_of_the_list_moves_the_map_by_mouse_and_by_keyboard(opened: Visit) -> None:
    page = opened.page
    before = page.evaluate(CENTRE)
    page.locator("#knr-list-toggle").focus()
    page.keyboard.press("Enter")
    rows = page.locator("#knr-list-body tbody tr")
    assert rows.count() > 0
    rows.first.click()
    by_mouse = page.evaluate(CENTRE)
    assert by_mouse != before
    assert page.locator(".leaflet-popup").count() == 1
    page.locator("#knr-list-inside").focus()
    for _ in range(200):  # as someone without a mouse: on from the last field of the head to the rows
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "TR":
            break
    assert page.evaluate("document.activeElement.tagName") == "TR"
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    if rows.count() > 1:
        assert page.evaluate(CENTRE) != by_mouse
    assert page.evaluate(
        "document.activeElement === document.querySelector('#knr-list-body tbody tr:last-child')"
    )
    page.locator("#knr-list-toggle").click()
    page.get_by_role("button", name="全体を表示").click()
    assert opened.errors == []


def test_heading_of_the_list_sorts(opened: Visit) -> None:
    page = opened.page
    page.locator("#knr-list-toggle").click()
    heads = page.locator("#knr-list-body thead button")
    last = heads.count() - 1
    rows = "[...document.querySelectorAll('#knr-list-body tbody tr')]"
    cells = f"{rows}.map((row) => row.cells[{last}].textContent)"
    heads.nth(last).click()
    assert page.locator("#knr-list-body th").nth(last).get_attribute("aria-sort") == "ascending"
    rising = page.evaluate(cells)
    heads.nth(last).click()
    assert page.locator("#knr-list-body th").nth(last).get_attribute("aria-sort") == "descending"
    falling = page.evaluate(cells)
    page.locator("#knr-list-toggle").click()
    known = [text for text in rising if not text.startswith("―") and text != "不明"]
    if len(set(known)) > 1 and len(rising) < 200:
        assert sorted(rising) == sorted(falling)
        assert next(t for t in falling if t in known) == known[-1]


def test_japanese_and_english(opened: Visit) -> None:
    page, preset = opened.page, load_preset_file(PRESETS[_id(opened)])
    assert preset.title_ja in page.locator("h1").inner_text()
    page.locator("#knr-language").click()
    assert page.evaluate("document.documentElement.lang") == "en"
    assert preset.title_en in page.locator("h1").inner_text()
    assert preset.title_ja not in page.locator("h1").inner_text()
    assert page.locator("#knr-layers-title").inner_text() == "Layers"
    assert page.get_by_role("button", name="Zoom in").count() == 1
    assert page.get_by_placeholder("Search places").count() == 1
    page.locator("#knr-language").click()
    assert page.get_by_role("button", name="拡大").count() == 1
    assert page.locator("#knr-layers-title").inner_text() == "表示する地図"
    assert opened.errors == []


def test_search_finds_by_part_of_a_name_with_the_keyboard(opened: Visit) -> None:
    page = opened.page
    before = page.evaluate(CENTRE)
    page.locator("#knr-search-text").fill("根室")
    hits = page.locator("#knr-search-hits li")
    assert hits.count() > 0
    assert "根室" in hits.first.inner_text()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    lat, lon, _ = page.evaluate(CENTRE)
    assert [lat, lon] != before[:2]
    assert 42.8 < lat < 43.8
    assert 144.9 < lon < 146.5
    assert "根室" in page.locator(".leaflet-popup").inner_text()
    page.locator("#knr-search-text").fill("この名の所はない")
    assert hits.count() == 0
    assert "ありません" in page.locator("#knr-search-state").inner_text()
    page.locator("#knr-search-text").fill("")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="全体を表示").click()


def test_link_restores_centre_zoom_layers_opacity_and_language(opened: Visit, browser: Browser) -> None:
    page = opened.page
    page.evaluate("knr.map.setView([43.1, 144.8], 11.5, {animate: false})")
    layer = page.locator("input[data-layer]:visible").first
    name = layer.get_attribute("data-layer")
    was = layer.is_checked()
    layer.click()
    page.evaluate(
        """(id) => { const ranges = [...document.querySelectorAll('[data-opacity]')];
        const range = ranges.find((one) => one.dataset.opacity === id);
        range.value = 40;
        for (const name of ['input', 'change']) range.dispatchEvent(new Event(name)); }""",
        name,
    )
    page.locator("#knr-language").click()
    state = "knr.layers.map((layer) => [layer.id, layer.visible, layer.strength])"
    address, kept = page.url, page.evaluate(state)
    page.locator("#knr-language").click()
    layer.click()
    assert layer.is_checked() == was
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    other = context.new_page()
    other.goto(address)
    other.wait_for_selector("html[data-knr=ready]", timeout=30_000)
    lat, lon, zoom = other.evaluate(CENTRE)
    assert (lat, lon) == pytest.approx((43.1, 144.8), abs=2e-3)
    assert zoom == 11.5
    assert other.evaluate(state) == kept
    assert other.evaluate("document.documentElement.lang") == "en"
    context.close()
    page.get_by_role("button", name="全体を表示").click()


def test_paper_shows_map_legend_and_sources_without_controls(opened: Visit) -> None:
    page = opened.page
    size = page.evaluate("[knr.map.getSize().x, knr.map.getSize().y]")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    map_box, legend_box = (page.locator(s).first.bounding_box() for s in (".folium-map", "#knr-layers"))
    assert map_box
    assert legend_box
    assert map_box["width"] > 350
    assert map_box["x"] + map_box["width"] <= legend_box["x"] + 1
    assert legend_box["x"] + legend_box["width"] <= 1041  # A4 landscape within its margins
    assert page.locator("#knr-credit-text").is_visible()
    assert page.locator(".knr-swatch:visible").count() > 3
    for control in ("#knr-tools", "#knr-list", ".knr-actions", ".leaflet-control-zoom"):
        assert not page.locator(control).is_visible(), control
    page.emulate_media(media="screen")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("[knr.map.getSize().x, knr.map.getSize().y]") == size
    assert page.locator("#knr-tools").is_visible()
    assert opened.errors == []
