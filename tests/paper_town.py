"""A product that can be checked with a pencil: two square towns, one zone, two sites, two routes."""

from dataclasses import replace

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString, Point, box

from knr_gis.product import Product, ProductLayer, ScenarioLine, SourceLine
from knr_gis.result import Note, Result, summary_frame
from knr_gis.style import Style, StyleClass

CRS = "EPSG:6681"
X, Y = 0.0, -120_000.0  # about 釧路: x = easting, y = northing

EVIL = '=HYPERLINK("http://example.invalid") <script>alert(1)</script> #set page(fill: red) $x$ *b* \x07'


def frame(rows: dict[str, list[object]], shapes: list[object]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=CRS)


def municipalities() -> gpd.GeoDataFrame:
    shapes = [box(X, Y, X + 10_000, Y + 10_000), box(X + 10_000, Y, X + 20_000, Y + 10_000)]
    return frame({"muni_code": ["01206", "01661"], "municipality": ["釧路市", "釧路町"]}, shapes)


def zones() -> gpd.GeoDataFrame:
    shapes = [
        box(X, Y, X + 20_000, Y + 1_000),
        box(X, Y + 1_000, X + 20_000, Y + 2_000),
        box(X, Y, X + 500, Y + 500),
    ]
    return frame({"depth_label": ["5m以上", "5m未満", None], "depth_min_m": [5.0, 0.0, None]}, shapes)


def sites() -> gpd.GeoDataFrame:
    names = ["鵡川小学校", EVIL, "髙台の公園 𠮷"]
    shapes = [Point(X + 2_000, Y + 6_000), Point(X + 12_000, Y + 6_000), Point(X + 12_000, Y + 500)]
    flags = pd.array([True, False, None], dtype="boolean")
    return frame({"name": names, "tsunami": flags, "capacity_persons": [100.0, None, 50.0]}, shapes)


def routes() -> gpd.GeoDataFrame:
    shapes = [
        LineString([(X + 2_000, Y + 500), (X + 2_000, Y + 6_000)]),
        LineString([(X + 12_000, Y + 500), (X + 14_000, Y + 500), (X + 12_000, Y + 6_000)]),
    ]
    return frame({"name": ["1日目", "2日目"], "day": [1, 2], "distance_m": [5500.0, None]}, shapes)


LABEL = {"label_ja": "", "label_en": ""}


def layers() -> tuple[ProductLayer, ...]:
    depth = Style(
        "#999999", opacity=0.6, column="depth_min_m", order=1,
        classes=(
            StyleClass("5m未満", "under 5 m", "#ffd8c0", lower=0, upper=5),
            StyleClass("5m以上", "5 m or more", "#ff9191", lower=5),
            StyleClass("20m以上", "20 m or more", "#dc7adc", lower=20),
        ),
    )  # fmt: skip
    flags = Style(
        "#777777", marker="triangle", radius=7, order=3, column="tsunami", label="name",
        classes=(
            StyleClass("津波のとき使える", "tsunami", "#009e73", value="true"),
            StyleClass("津波のとき使えない", "not", "#d55e00", value="false", marker="cross"),
        ),
    )  # fmt: skip
    return (
        _layer(
            "municipalities", "市町村", municipalities(), Style("#555555", opacity=0.0, label="municipality")
        ),
        _layer("tsunami_inundation", "津波浸水想定", zones(), depth),
        _layer("result_routes", "避難経路", routes(), Style("#0072b2", weight=3, dash="dash", order=2)),
        _layer("evacuation_sites", "指定緊急避難場所", sites(), flags),
        _layer("lodging", "宿泊施設", sites().head(0), Style("#000000", order=4)),
    )


def _layer(layer_id: str, title: str, gdf: gpd.GeoDataFrame, style: Style) -> ProductLayer:
    credit = f"「{title}」（国土交通省）を加工して作成"
    return ProductLayer(layer_id, title, layer_id, "disaster", gdf, style, tuple(gdf.columns[:1]), credit)


def summary() -> pd.DataFrame:
    rows = [
        ("01206", "釧路市", "5m未満", "zone_area", 1000.0, "ha"),
        ("01206", "釧路市", "5m以上", "zone_area", 1000.5, "ha"),
        ("01661", "釧路町", "5m未満", "zone_area", 0.01, "ha"),
        ("01206", "釧路市", "", "origins", 3.0, "人"),
        ("01661", "釧路町", "", "origins", float("nan"), "人"),
        ("01206", "釧路市", "", "no_route", 0.0, "人"),
        ("", "", "", "origins", 3.0, "人"),
    ]
    return summary_frame(rows)


def tables() -> dict[str, pd.DataFrame]:
    origins = pd.DataFrame(
        {
            "name": ["鵡川小学校", EVIL, "+81 154", "-1", "@x"],
            "tsunami": pd.array([True, False, None, True, False], dtype="boolean"),
            "distance_m": [5500.0, None, 0.0, 12.25, 7.0],
            "muni_code": ["01206", "01661", "01661", "01206", "01206"],
        }
    )
    return {"origins": origins}


def product(**changes: object) -> Product:
    drawn = layers()
    whole = Product(
        id="evacuation",
        title_ja="津波からの避難",
        title_en="Evacuation",
        region_ja="釧路・根室地域",
        created="2026-10-12T09:30",
        version="0.1.0",
        crs_name="JGD2011 / 平面直角座標系 XIII（EPSG:6681）",
        headline="浸水域の 3 人のうち 1 人が 30 分以内に着けません。",
        layers=drawn,
        result=Result(
            name="evacuation",
            headline=Note("evacuation.headline"),
            features={"routes": drawn[2].frame, "evacuation_sites": drawn[3].frame},
            summary=summary(),
            tables=tables(),
        ),
        sources=tuple(_source(layer) for layer in layers()),
        scenario=(
            _line("walk_speed_mps", "避難の歩行速度", "1.0 m/s", verified=False),
            _line("snap_limit_m", "道路までの距離の上限", "500 m", verified=True),
        ),
        notes=("道路がない地点は直線距離の 1.3 倍で見積もりました。", EVIL),
        missing=pd.DataFrame({"what": ["収容人数"], "reason": ["元の表にない"], "count": [2]}),
        findings=pd.DataFrame(
            {"severity": ["warning"], "layer_id": ["evacuation_sites"], "code": ["x"], "muni_code": ["01206"],
             "feature": [EVIL], "message": ["=1+1"], "longitude": [144.4], "latitude": [None]}
        ),
        sample=True,
    )  # fmt: skip
    return replace(whole, **changes)


def _line(key: str, label: str, amount: str, *, verified: bool) -> ScenarioLine:
    value, unit = amount.split()
    return ScenarioLine(key, label, value, unit, "消防庁", verified=verified, changed=not verified)


def _source(layer: ProductLayer) -> SourceLine:
    return SourceLine(
        layer_id=layer.id, title_ja=layer.title_ja, title_en=layer.title_en,
        publisher="国土交通省", edition="2023",
        licence="CC BY 4.0", attribution=layer.attribution, origin="N03.zip", obtained="2026-10-01",
        sha256="0123456789ab", processing="変換・切り出し", sample=True,
    )  # fmt: skip
