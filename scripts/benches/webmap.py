"""A web map of 50,000 areas and 200,000 line vertices, beside stock folium; both opened in Chromium."""

import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from playwright.sync_api import Browser, Page, sync_playwright

from benches import Row, timed
from knr_gis.crs import to_web
from knr_gis.product import Product, ProductLayer, SourceLine
from knr_gis.result import Note, Result, summary_frame
from knr_gis.style import Style, StyleClass
from knr_gis.webmap import write_webmap
from knr_gis.webmap.shell import leaflet_css, leaflet_js

AREAS, LINES, LINE_VERTICES = 50_000, 400, 500
_ROUNDED = 4  # places so near an edge that its rounding to a metre decides
_CHROMIUM = Path("/usr/bin/chromium")
_DEPTHS = ((0.0, 0.3, "#ffffb3"), (0.3, 1.0, "#f7f5a9"), (1.0, 3.0, "#ffd8c0"), (3.0, 5.0, "#ffb7b7"),
           (5.0, 10.0, "#ff9191"), (10.0, 99.0, "#f285c9"))  # fmt: skip


def areas(seed: int) -> gpd.GeoDataFrame:
    """Return areas of 9 vertices spread over the region, with three columns."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform([-100_000, -60_000], [100_000, 60_000], (AREAS, 1, 2))
    turns = np.linspace(0, 2 * np.pi, 9)[:-1]
    reach = rng.uniform(100, 400, (AREAS, 8, 1))
    rings = centres + reach * np.column_stack([np.cos(turns), np.sin(turns)])
    shapes = shapely.polygons(shapely.linearrings(np.concatenate([rings, rings[:, :1]], axis=1)))
    columns = {
        "name": [f"区画{i}" for i in range(AREAS)],
        "area_ha": np.round(rng.uniform(0, 50, AREAS), 2),
        "depth_min_m": rng.choice([low for low, _, _ in _DEPTHS], AREAS),
    }
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=6681)


def lines(seed: int) -> gpd.GeoDataFrame:
    """Return wandering lines, 200,000 vertices together."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(0, 60, (LINES, LINE_VERTICES, 2)).cumsum(axis=1)
    places = steps + rng.uniform([-100_000, -60_000], [100_000, 60_000], (LINES, 1, 2))
    return gpd.GeoDataFrame(
        {"name": [f"道{i}" for i in range(LINES)]}, geometry=shapely.linestrings(places), crs=6681
    )


def product_of(polygons: gpd.GeoDataFrame, roads: gpd.GeoDataFrame) -> Product:
    """Return the two layers as a product."""
    classes = tuple(StyleClass(f"{a} m", f"{a} m", color, lower=a, upper=b) for a, b, color in _DEPTHS)
    scale = Style("#888888", column="depth_min_m", classes=classes, order=5)
    layers = (
        ProductLayer(
            "areas", "区画", "Areas", "disaster", polygons, scale, ("name", "area_ha", "depth_min_m"), "x"
        ),
        ProductLayer("lines", "道", "Lines", "transport", roads, Style("#0072B2", order=6), ("name",), "x"),
    )
    return Product(
        id="bench", title_ja="計測", title_en="Bench", region_ja="", created="2026-01-01T00:00",
        version="0", crs_name="",
        headline="", layers=layers, result=Result("bench", Note("x"), {}, summary_frame([])),
        sources=(SourceLine(*("x",) * 11, sample=False),),
        scenario=(), notes=(), missing=pd.DataFrame(columns=["what", "reason", "count"]),
        findings=pd.DataFrame(), sample=False,
    )  # fmt: skip


def write_stock(polygons: gpd.GeoDataFrame, roads: gpd.GeoDataFrame, path: Path) -> None:
    """Write the same with folium as its manual shows it: GeoJson, style_function, popup."""
    colors = {low: color for low, _, color in _DEPTHS}
    fmap = folium.Map(location=[43.3, 144.9], zoom_start=8, tiles=None)
    folium.GeoJson(
        to_web(polygons),
        style_function=lambda f: {"fillColor": colors[f["properties"]["depth_min_m"]], "weight": 1},
        popup=folium.GeoJsonPopup(["name", "area_ha", "depth_min_m"]),
    ).add_to(fmap)
    blue, popup = {"color": "#0072B2"}, folium.GeoJsonPopup(["name"])
    folium.GeoJson(to_web(roads), style_function=lambda _: blue, popup=popup).add_to(fmap)
    fmap.save(path)


def without_network(path: Path) -> None:
    """Put Leaflet into a stock page and take its other addresses out: it would be blank without a network."""
    page = path.read_text(encoding="utf-8")
    page = re.sub(r"<script src=[^>]*></script>|<link rel=\"stylesheet\"[^>]*/?>", "", page)
    inside = f"<style>{leaflet_css()}</style><script>{leaflet_js()}</script></head>"
    path.write_text(page.replace("</head>", inside, 1), encoding="utf-8")


@contextmanager
def opened(browser: Browser, path: Path, ready: str) -> Iterator[tuple[float, Page]]:
    """Yield the seconds until a page has drawn everything, and the page."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, offline=True)
    page = context.new_page()
    page.set_default_timeout(180_000)
    start = time.perf_counter()
    page.goto(path.as_uri(), timeout=180_000)
    page.wait_for_function(ready)
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    yield time.perf_counter() - start, page
    context.close()


OURS_READY = "document.documentElement.dataset.knr === 'ready'"
STOCK_READY = f"document.querySelectorAll('path').length >= {AREAS + LINES}"


def load_seconds(browser: Browser, path: Path, ready: str, repeat: int) -> float:
    """Return the median time to open a page."""
    times = []
    for _ in range(repeat):
        with opened(browser, path, ready) as (seconds, _page):
            times.append(seconds)
    return float(np.median(times))


def same_answers(browser: Browser, path: Path, polygons: gpd.GeoDataFrame) -> int:
    """Compare what our page finds at 200 places with shapely; return how many areas were found."""
    chosen = polygons.sample(200, random_state=3)
    web = to_web(chosen.set_geometry(chosen.geometry.centroid))
    places = [[point.y, point.x] for point in web.geometry]
    script = """(places) => places.map(([lat, lng]) => knr.hitsAt(lat, lng)
        .filter((hit) => hit.layer.id === 'areas').map((hit) => hit.shape.rows[hit.f])
        .sort((a, b) => a - b))"""
    with opened(browser, path, OURS_READY) as (_seconds, page):
        found: list[list[int]] = page.evaluate(script, places)
    inside = polygons.sindex.query(chosen.geometry.centroid, predicate="intersects")
    expected = [sorted(inside[1][inside[0] == i].tolist()) for i in range(len(chosen))]
    differ = sum(ours != theirs for ours, theirs in zip(found, expected, strict=True))
    if differ > _ROUNDED:
        raise AssertionError(f"{differ} of 200 places differ")
    return sum(map(len, found))


def smoothness(browser: Browser, path: Path, ready: str, map_name: str) -> str:
    """Return how long a page is busy with a move of the map and with a zoom, in milliseconds."""
    script = f"""() => {{
        const map = {map_name}, times = [], still = {{animate: false}};
        const moves = [() => map.panBy([150, 60], still), () => map.setZoom(map.getZoom() + 1, still)];
        for (const move of moves) {{
            const from = performance.now();
            move();
            document.body.offsetHeight;
            times.push(Math.round(performance.now() - from));
        }}
        return times; }}"""
    with opened(browser, path, ready) as (_seconds, page):
        pan, zoom = page.evaluate(script)
    return f"pan {pan} ms, zoom {zoom} ms"


def bench_webmap(repeat: int) -> list[Row]:
    """Build and open a page with 50,000 areas and 200,000 line vertices; sizes; moving the map."""
    polygons, roads = areas(1), lines(2)
    content = product_of(polygons, roads)
    write_webmap(product_of(polygons[:9], roads[:9]), Path(tempfile.mkdtemp()) / "warm.html")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        ours, light, stock = (Path(folder) / f"{name}.html" for name in ("ours", "light", "stock"))
        works: list[Callable[[], Any]] = [
            lambda: write_webmap(content, ours),
            lambda: write_webmap(content, light, light=True),
            lambda: write_stock(polygons, roads, stock),
        ]
        ours_s, light_s, stock_s = (timed(work, repeat)[0] for work in works)
        without_network(stock)
        browser = playwright.chromium.launch(
            executable_path=str(_CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        found = same_answers(browser, ours, polygons)
        loads = [load_seconds(browser, path, OURS_READY, repeat) for path in (ours, light)]
        stock_load = load_seconds(browser, stock, STOCK_READY, 1)
        moves = [
            smoothness(browser, ours, OURS_READY, "knr.map"),
            smoothness(browser, stock, STOCK_READY, "Object.values(window).find((v) => v instanceof L.Map)"),
        ]
        browser.close()
        size, light_size, stock_size = (path.stat().st_size / 1e6 for path in (ours, light, stock))
    return [
        Row("knr_gis: build", ours_s, f"{size:.1f} MB; {found} areas found at 200 places, as by shapely"),
        Row("knr_gis: build, light", light_s, f"{light_size:.1f} MB"),
        Row("folium GeoJson: build", stock_s, f"{stock_size:.1f} MB = {stock_size / size:.1f} x ours"),
        Row("knr_gis: open", loads[0], moves[0]),
        Row("knr_gis: open, light", loads[1], ""),
        Row("folium GeoJson: open", stock_load, f"n=1, {stock_load / loads[0]:.1f} x ours; {moves[1]}"),
    ]
