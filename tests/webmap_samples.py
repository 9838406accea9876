"""Small products whose maps can be checked by hand."""

import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString, Point, box
from shapely.geometry.base import BaseGeometry

from knr_gis.findings import FINDING_COLUMNS
from knr_gis.product import Product, ProductLayer, ScenarioLine, SourceLine
from knr_gis.result import Note, Result, summary_frame
from knr_gis.style import Style, StyleClass

CRS = 6681
HOSTILE = (
    "<script>window.hacked=1</script>",
    "</script><script>window.hacked=2</script>",
    "<img src=x onerror=window.hacked=3>",
    '"><svg onload=window.hacked=4>',
    "</textarea></title><!--<script>",
    "{{ 7*7 }}{% for x in [1] %}",
    "@@knr:script@@",
    "x\u2028y\u2029z",
)


def frame(shapes: Sequence[BaseGeometry | None], **columns: Sequence[Any]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(pd.DataFrame(columns), geometry=list(shapes), crs=CRS)


def layer(id_: str, data: gpd.GeoDataFrame, style: Style, **changes: Any) -> ProductLayer:
    fields: dict[str, Any] = {
        "title_ja": id_, "title_en": id_, "theme": "disaster", "popup": tuple(data.columns.drop("geometry")),
        "attribution": f"{id_}の出典", "visible": True,
    } | changes  # fmt: skip
    return ProductLayer(id=id_, frame=data, style=style, **fields)


def land() -> ProductLayer:
    """Two squares of 10 km side by side around (0, 0), the west one red, the east one blue."""
    data = frame(
        [box(-10_000, -5_000, 0, 5_000), box(0, -5_000, 10_000, 5_000)], municipality=["釧路市", "根室市"]
    )
    classes = (
        StyleClass("西", "West", "#ff0000", value="釧路市"),
        StyleClass("東", "East", "#0000ff", value="根室市"),
    )
    style = Style("#888888", opacity=1.0, weight=1, order=0, column="municipality", classes=classes)
    return layer("land", data, style, title_ja="市町村の区域", theme="boundary")


def zone() -> ProductLayer:
    """A green square of 4 km in the middle of the west one."""
    data = frame([box(-7_000, -2_000, -3_000, 2_000)], depth_min_m=[0.3])
    return layer("zone", data, Style("#00ff00", opacity=1.0, order=10), title_ja="津波浸水想定")


def sites(names: Sequence[str] = ("第一小学校", "役場", "公民館")) -> ProductLayer:
    """Points along the northern edge of the east square, 2 km apart."""
    data = frame(
        [Point(1_000 + 2_000 * i, 3_000) for i in range(len(names))],
        name=names,
        tsunami=pd.array([[True, False, None][i % 3] for i in range(len(names))], dtype="boolean"),
        capacity_persons=pd.array([[120, None, 50][i % 3] for i in range(len(names))], dtype="Int64"),
    )
    classes = (
        StyleClass("津波に対応", "Tsunami", "#009e73", value="true", marker="triangle"),
        StyleClass("対応しない", "Other", "#cc79a7", value="false", marker="square"),
    )
    style = Style("#666666", opacity=1, radius=9, order=30, column="tsunami", label="name", classes=classes)
    return layer("sites", data, style, title_ja="指定緊急避難場所")


def road() -> ProductLayer:
    data = frame([LineString([(-9_000, -4_000), (9_000, -4_000)])], name=["国道44号"])
    return layer(
        "road", data, Style("#000000", weight=4, dash="dash", order=20), theme="transport", title_ja="道路"
    )


def product(*layers: ProductLayer, **changes: Any) -> Product:
    rows = [
        ("01206", "釧路市", "1m以上3m未満", "浸水面積", 1234.5, "ha"),
        ("01206", "釧路市", "", "経路なし", float("nan"), "人"),
        ("01223", "根室市", "1m以上3m未満", "浸水面積", 0.0, "ha"),
    ]
    missing = pd.DataFrame([("収容人数", "値がありません", 1)], columns=["what", "reason", "count"])
    fact = ("warning", "sites", "site_in_zone", "01206", "役場", "役場は浸水想定区域内です。", 144.0, 43.0)
    fields: dict[str, Any] = {
        "id": "overview",
        "title_ja": "防災と観光の基本図",
        "title_en": "Overview",
        "region_ja": "釧路・根室地域",
        "created": "2025-11-23T12:30",
        "version": "0.1.0",
        "crs_name": "平面直角座標系13系（EPSG:6681）",
        "headline": "津波に対応する避難場所は 1 か所です。",
        "layers": layers,
        "result": Result("overview", Note("x"), {}, summary_frame(rows)),
        "sources": tuple(_source(one) for one in layers),
        "scenario": (
            ScenarioLine("walk", "避難の歩行速度", "1.0", "m/s", "参考値", verified=False, changed=False),
            ScenarioLine("date", "日付", "2月10日", "", "利用者の設定", verified=True, changed=True),
        ),
        "notes": ("浸水区域は釧路市の分だけです。",),
        "missing": missing,
        "findings": pd.DataFrame([fact], columns=list(FINDING_COLUMNS)),
        "sample": False,
    } | changes
    return Product(**fields)


def _source(one: ProductLayer) -> SourceLine:
    return SourceLine(
        one.id, one.title_ja, one.title_en, "国土交通省", "2023年", "CC BY 4.0", one.attribution,
        "https://example.org/N03.zip", "2025-10-27", "0123456789ab", "13市町村を切り出した", sample=False,
    )  # fmt: skip


def hostile() -> Product:
    """A product with markup and code wherever text can stand."""
    bad = HOSTILE[0]
    spots = [Point(1_000 + 1_000 * i, 0) for i in range(len(HOSTILE))]
    data = frame(spots, name=list(HOSTILE), **{HOSTILE[2]: list(HOSTILE)})
    classes = (StyleClass(HOSTILE[1], bad, "#ff0000", value=HOSTILE[2]),)
    style = Style("#00ff00", radius=9, order=5, column="name", label="name", classes=classes)
    points = layer("p", data, style, title_ja=HOSTILE[3], attribution=HOSTILE[2], theme=HOSTILE[1])
    condition = ScenarioLine("a", bad, HOSTILE[1], HOSTILE[2], HOSTILE[3], verified=False, changed=True)
    summary = summary_frame([("1", text, text, text, 1.0, text) for text in HOSTILE])
    return product(
        land(),
        points,
        title_ja=HOSTILE[1],
        headline=bad,
        region_ja=HOSTILE[2],
        notes=HOSTILE,
        scenario=(condition,),
        missing=pd.DataFrame([HOSTILE[:3]], columns=["what", "reason", "count"]),
        created=HOSTILE[3],
        result=Result("x", Note("x"), {}, summary),
    )


class PageText(HTMLParser):
    """Elements, attributes and text of a page, as a browser would see them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002  the parser calls it so
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open not in ("script", "style"):
            self.text += data

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


def page_data(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="knr-data"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data
