"""The written page: structure, legend, encoding, escaping, traceability."""

import base64
import gzip
import io
import json
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import GeometryCollection, LineString, MultiPoint, Point, Polygon, box
from webmap_samples import (
    CRS,
    HOSTILE,
    PageText,
    frame,
    hostile,
    land,
    layer,
    page_data,
    product,
    road,
    sites,
    zone,
)

import knr_gis.webmap.packing as packing_module
import knr_gis.webmap.page as page_module
import knr_gis.webmap.shapes as shapes_module
from knr_gis.errors import CrsError, OutputError
from knr_gis.style import DASHES, MARKERS, Style, StyleClass, darker
from knr_gis.webmap import render_webmap, write_webmap
from knr_gis.webmap.cells import class_numbers, encode_column, plain
from knr_gis.webmap.font import font_data_uri
from knr_gis.webmap.legend import legend_entries, marker_outlines
from knr_gis.webmap.packing import pack, script_safe_json, smallest_kind
from knr_gis.webmap.payload import screen_layer
from knr_gis.webmap.sections import missing_table
from knr_gis.webmap.shapes import display_tolerance, encode_blocks, label_points, placed
from knr_gis.webmap.shell import content_policy, outside_addresses


@pytest.fixture(scope="module")
def page() -> str:
    return render_webmap(product(land(), zone(), road(), sites()))


def test_page_is_foliums_map_with_our_parts(page: str) -> None:
    seen = PageText(page)
    assert page.startswith("<!DOCTYPE html>")
    assert ("html", {"lang": "ja"}) in seen.tags
    assert any(attrs.get("class") == "folium-map" for tag, attrs in seen.tags if tag == "div")
    assert "L.map(" in page
    parts = """防災と観光の基本図 津波に対応する避難場所は 浸水区域は釧路市の分だけです。 収容人数
        値がありません 要確認 役場は浸水想定区域内です。 2025-11-23T12:30 0123456789ab EPSG:6681 zoneの出典"""
    for part in parts.split():
        assert part in seen.text, part


def test_page_asks_no_outside_address(page: str) -> None:
    assert outside_addresses(page) == []
    assert not re.search(r"https?://[^\"'\s]*\.(js|css)\b", page)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    assert "default-src 'none'" in policy[1]
    assert "http" not in policy[1]


def test_page_leaves_out_what_folium_would_fetch(page: str) -> None:
    for name in ("bootstrap", "jquery", "fontawesome", "awesome", "cdn."):
        assert name not in page.lower(), name


def test_sample_data_is_marked_only_where_it_is_sample() -> None:
    assert "模式データ" not in PageText(render_webmap(product(land()))).text
    assert "模式データ" in PageText(render_webmap(product(land(), sample=True))).text


def test_online_base_is_offered_but_not_on() -> None:
    page = render_webmap(product(land()), online_base=True)
    assert outside_addresses(page) == []
    bases = page_data(page)["bases"]
    assert [base["credit"][0] for base in bases] == ["国土地理院（地理院タイル）"] * 3
    assert {base["url"].split("/xyz/")[0] for base in bases} == {"https://cyberjapandata.gsi.go.jp"}
    radios = [attrs for tag, attrs in PageText(page).tags if attrs.get("name") == "knr-base"]
    assert [attrs["value"] for attrs in radios if "checked" in attrs] == ["-1"]
    assert "img-src data: https://cyberjapandata.gsi.go.jp;" in page


def test_layers_stand_under_their_theme_topmost_first(page: str) -> None:
    boxes = [attrs["data-layer"] for tag, attrs in PageText(page).tags if "data-layer" in attrs]
    assert boxes == ["sites", "zone", "road", "land"]


def test_same_product_gives_the_same_bytes(page: str) -> None:
    assert render_webmap(product(land(), zone(), road(), sites())) == page


def test_english_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KNR_LANG", "en")
    text = PageText(render_webmap(product(land(), sites()))).text
    for word in ("Overview", "Not evaluated", "Conditions", "to be confirmed", "Tsunami", "Layers"):
        assert word in text, word


# --- text from data is never markup ------------------------------------------------------------


def test_hostile_text_adds_no_element_and_no_handler(page: str) -> None:
    bad = PageText(render_webmap(hostile()))
    good = PageText(page)
    for tag in ("script", "img", "iframe", "object", "link", "meta", "style", "title", "textarea"):
        assert bad.count(tag) == good.count(tag), tag
    assert not [attrs for _, attrs in bad.tags if any(name.startswith("on") for name in attrs)]
    for text in HOSTILE:
        assert text in bad.text, text
    assert "49" not in bad.text


def test_hostile_page_still_holds_its_data_and_scripts() -> None:
    page = render_webmap(hostile())
    data = page_data(page)
    assert data["layers"][1]["cells"][0]["words"] == list(HOSTILE)
    assert data["layers"][1]["columns"][1] == HOSTILE[2]
    assert page.count("function paintLayer(") == 1  # the mark in a name was not replaced by the script


@given(st.text())
def test_json_for_scripts_round_trips_and_holds_no_markup(text: str) -> None:
    packed = script_safe_json({"name": text})
    assert not set("<>&\u2028\u2029") & set(packed)
    assert json.loads(packed) == {"name": text}


def test_policy_names_every_script_of_the_page(page: str) -> None:
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    assert len(scripts) == 3  # Leaflet, folium's switches, folium's map with our program
    assert policy[1].count("'sha256-") == 3
    assert content_policy(page, ())[-20:] in page


@pytest.mark.parametrize(
    "markup",
    [
        '<script src="https://x.org/a.js"></script>', '<link rel="stylesheet" href="//x.org/a.css">',
        "<img src='http://x.org/a.png'>", "<style>@import 'https://x.org/a.css';</style>",
        "<style>a{background:url(http://x.org/a.png)}</style>", '<p style="background:url(https://x.org/a)">',
        '<script src="lib/a.js"></script>', '<iframe src="https://x.org"></iframe>',
    ],
)  # fmt: skip
def test_outside_address_is_found(markup: str) -> None:
    assert len(outside_addresses(f"<p>a</p>{markup}")) == 1


@pytest.mark.parametrize(
    "markup",
    ['<a href="https://x.org">x</a>', "<p>url(https://x.org)</p>", '<img src="data:image/png;base64,AA">',
     "<style>a{behavior:url(#default)}</style>", "<script>var a = 'https://x.org/a.js'</script>"],
)  # fmt: skip
def test_what_is_not_loaded_is_no_outside_address(markup: str) -> None:
    assert outside_addresses(markup) == []


# --- writing -----------------------------------------------------------------------------------


def test_layer_without_credit_is_refused_and_nothing_written(tmp_path: Path) -> None:
    uncredited = layer("land", land().frame, Style("#000000"), title_ja="市町村の区域", attribution=" ")
    with pytest.raises(OutputError, match="市町村の区域"):
        write_webmap(product(uncredited), tmp_path / "map.html")
    assert list(tmp_path.iterdir()) == []


def test_page_with_an_outside_address_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "leaflet_css", lambda: "a{background:url(https://x.org/a.png)}")
    with pytest.raises(OutputError, match=r"https://x\.org/a\.png"):
        write_webmap(product(land()), tmp_path / "map.html")
    assert list(tmp_path.iterdir()) == []


def test_path_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "map.html").mkdir()
    with pytest.raises(OutputError, match=r"map\.html") as caught:
        write_webmap(product(land()), tmp_path / "map.html")
    assert "\n" not in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["map.html"]


# --- legend ------------------------------------------------------------------------------------


def test_legend_counts_each_class_and_the_rest() -> None:
    entries = screen_layer(sites()).entries
    assert [(e.label, e.count, e.marker) for e in entries] == [
        (["津波に対応", "Tsunami"], 1, "triangle"), (["対応しない", "Other"], 1, "square"),
        (["その他・不明", "Other / unknown"], 1, "circle"),
    ]  # fmt: skip


def test_legend_has_no_rest_when_all_are_covered_and_keeps_unused_classes() -> None:
    style = Style("#000000", column="n", classes=(StyleClass("a", "a", "#111111", value="x"),
                                                 StyleClass("b", "b", "#222222", value="y")))  # fmt: skip
    entries = legend_entries(style, np.array([0, 0]), title="t")
    assert [(e.label, e.count) for e in entries] == [("a", 2), ("b", 0)]


def test_empty_layer_says_none() -> None:
    text = PageText(render_webmap(product(land(), layer("e", frame([], name=[]), Style("#123456"))))).text
    assert "該当なし（0 件）" in text


def test_features_without_position_are_counted() -> None:
    data = frame([Point(0, 0), None, Point()], name=["a", "b", "c"])
    points = layer("s", data, Style("#000000"))
    shown = screen_layer(points)
    assert (shown.count, shown.n_unplaced) == (1, 2)
    assert "位置のない 2 件は地図にありません" in PageText(render_webmap(product(points))).text


@pytest.mark.parametrize("marker", MARKERS)
def test_every_marker_has_an_outline_in_map_and_legend(marker: str) -> None:
    outlines = marker_outlines()
    assert set(outlines) | {"circle"} == set(MARKERS)
    if marker != "circle":
        assert shapely.Polygon(outlines[marker]).is_valid
        assert 2.0 < shapely.Polygon(outlines[marker]).area < 4.5  # a circle has 3.14
    page = render_webmap(product(layer("s", frame([Point(0, 0)]), Style("#123456", marker=marker))))
    assert page.count('class="knr-swatch"') == 1
    assert ("<circle" in page) == (marker == "circle")


@pytest.mark.parametrize("dash", DASHES)
def test_dashes_of_lines_show_in_the_legend(dash: str) -> None:
    line = layer("r", frame([LineString([(0, 0), (1000, 0)])]), Style("#123456", dash=dash))
    page = render_webmap(product(line))
    swatch = page[page.index('<svg class="knr-swatch"') :].split("</svg>", 1)[0]
    assert ("stroke-dasharray" in swatch) == (dash != "solid")
    assert 'stroke="#123456"' in swatch


def test_darker_keeps_the_hue_and_leaves_other_notations() -> None:
    assert darker("#ff8000") == "#9e4f00"
    assert darker("red") == "red"


# --- cells -------------------------------------------------------------------------------------


def test_missing_values_are_unknown_and_never_zero() -> None:
    for value in (None, pd.NA, float("nan"), pd.NaT, np.float64("nan")):
        assert plain(value) is None
    coded = encode_column(pd.Series(pd.array([3, None, 3], dtype="Int64"), name="capacity_persons"))
    assert coded["words"] == ["3", ["―（不明）", "― (unknown)"]]
    assert coded["index"].tolist() == [0, 1, 0]
    flags = encode_column(pd.Series(pd.array([True, None, False], dtype="boolean"), name="tsunami"))
    assert flags["words"] == [["○", "yes"], ["―（不明）", "― (unknown)"], ["×", "no"]]


def test_true_and_one_are_different_values() -> None:
    coded = encode_column(pd.Series([True, 1, 1.0], dtype=object, name="x"))
    assert coded["index"].tolist() == [0, 1, 1]


def test_classes_of_flags_numbers_and_strays() -> None:
    flags = Style("#0", column="f", classes=(StyleClass("y", "y", "#1", value="true"),))
    data = pd.DataFrame({"f": pd.array([True, False, None], dtype="boolean")})
    assert class_numbers(data, flags).tolist() == [0, 1, 1]
    depth = Style("#0", column="d", classes=(StyleClass("a", "a", "#1", lower=0, upper=1),
                                             StyleClass("b", "b", "#2", lower=1)))  # fmt: skip
    assert class_numbers(pd.DataFrame({"d": [0.0, 1.0, np.nan, -1.0]}), depth).tolist() == [0, 1, 2, 2]
    assert class_numbers(pd.DataFrame({"d": ["深い"]}), depth).tolist() == [2]
    assert class_numbers(pd.DataFrame({"other": [1]}), depth).tolist() == [2]


def test_summary_shows_unknown_figures_as_unknown(page: str) -> None:
    summary = page_data(page)["summary"]
    value = summary["cells"][summary["number"]]
    assert [value["words"][i] for i in value["index"]] == ["1,234.5", "不明", "0"]


# --- shapes ------------------------------------------------------------------------------------


def _decode(block: dict[str, Any]) -> list[list[np.ndarray[Any, Any]]]:
    """Return the rings of each feature in degrees: written from the description, not from the encoder."""
    firsts = np.cumsum(np.array(block["first"]).reshape(-1, 2), axis=0)
    further = np.split(np.array(block["steps"]).reshape(-1, 2), np.cumsum(np.array(block["sizes"]) - 1)[:-1])
    rings = [np.cumsum([one, *steps], axis=0) / 1e5 for one, steps in zip(firsts, further, strict=True)]
    features, at = [], 0
    for n in block["rings"]:
        features.append(rings[at : at + n])
        at += n
    return features


_METRES = st.floats(-60_000, 60_000)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(_METRES, _METRES, st.floats(50, 20_000)), min_size=1, max_size=6))
def test_drawn_areas_are_the_areas(discs: list[tuple[float, float, float]]) -> None:
    data = frame([Point(x, y).buffer(r, quad_segs=8) for x, y, r in discs])
    (block,) = encode_blocks(data, tolerance_m=0)
    assert block["rows"].tolist() == list(range(len(discs)))
    drawn = gpd.GeoSeries([Polygon(rings[0]) for rings in _decode(block)], crs=4326).to_crs(CRS)
    # half a step is 0.56 m in latitude, 0.41 m in longitude here
    assert (drawn.hausdorff_distance(data.geometry) < 0.75).all()


def test_closing_vertex_and_repeated_vertices_are_left_out() -> None:
    (block,) = encode_blocks(frame([box(0, 0, 1000, 1000).segmentize(0.1)]), tolerance_m=1)
    assert block["sizes"].tolist() == [4]


def test_holes_parts_and_collections_keep_their_feature() -> None:
    holed = box(0, 0, 900, 900).difference(box(300, 300, 600, 600))
    inner = GeometryCollection([Point(5, 5), box(0, 0, 50, 50)])
    nested = GeometryCollection([inner, MultiPoint([(1, 1), (2, 900)])])
    data = frame([holed, nested, LineString([(0, 0), (9, 900)])])
    blocks = {block["kind"]: block for block in encode_blocks(data, tolerance_m=0)}
    found = {kind: (block["rows"].tolist(), block["rings"].tolist()) for kind, block in blocks.items()}
    assert found == {"polygon": ([0, 1], [2, 1]), "point": ([1], [3]), "line": ([2], [1])}


def test_tolerance_grows_with_the_number_of_vertices(monkeypatch: pytest.MonkeyPatch) -> None:
    data = frame([Point(0, 0).buffer(5000, quad_segs=500)])  # 2001 vertices
    assert display_tolerance(data) == 1.0
    monkeypatch.setattr(shapes_module, "MAX_VERTICES", 80)
    tolerance = display_tolerance(data)
    assert shapely.get_num_coordinates(data.geometry.iloc[0].simplify(tolerance)) <= 80 or tolerance == 100
    assert 1.0 < tolerance < 100
    assert display_tolerance(frame([Point(0, 0)])) == 0.0
    assert display_tolerance(data, at_least=50.0) == 50.0


def test_frame_without_crs_is_refused() -> None:
    with pytest.raises(CrsError):
        encode_blocks(gpd.GeoDataFrame(geometry=[Point(0, 0)]), tolerance_m=0)


def test_infinite_positions_are_not_placed() -> None:
    assert len(placed(frame([Point(0, 0), Point(float("inf"), 0)]))) == 1


def test_label_stands_where_a_bent_area_is_wide() -> None:
    bent = box(0, 0, 10_000, 500).union(box(8_000, 0, 10_000, 4_000))
    ((lon, lat),) = label_points(frame([bent]))
    spot = gpd.GeoSeries([Point(lon, lat)], crs=4326).to_crs(CRS).iloc[0]
    x, y = spot.x, spot.y
    assert 8_900 < x < 9_100
    assert 900 < y < 3_100


# --- size and font -----------------------------------------------------------------------------


def _unpack(text: str) -> dict[str, Any]:
    """Read a packed payload as its description says, without the package's own code."""
    data = gzip.decompress(base64.b64decode(text))
    end = 4 + int.from_bytes(data[:4], "little")
    head: dict[str, Any] = json.loads(data[4:end])

    def numbers(note: list[Any]) -> list[int]:
        start, length, kind = note
        if kind == "range":
            return list(range(length))
        width = int(kind[1])
        planes = np.frombuffer(data[end + start : end + start + length * width], np.uint8).reshape(
            width, length
        )
        found: list[int] = planes.T.copy().view(f"<{kind}").ravel().tolist()
        return found

    return {key: numbers(value["$"]) if isinstance(value, dict) else value for key, value in head.items()}


def test_small_payload_is_json_and_a_large_one_is_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    payload = {"a": "釧路" * 9000, "n": np.array([1, -300, 70_000])}
    encoding, text = pack(payload)
    assert encoding == "json"
    assert json.loads(text) == {"a": payload["a"], "n": [1, -300, 70_000]}
    monkeypatch.setattr(packing_module, "PACK_FROM_BYTES", 100)
    encoding, text = pack(payload)
    assert encoding == "gzip"
    assert len(text) < 1000
    assert _unpack(text) == {"a": payload["a"], "n": [1, -300, 70_000]}


@given(
    st.lists(
        st.lists(st.integers(-(2**31), 2**31 - 1), max_size=9) | st.integers(0, 9).map(lambda n: [*range(n)])
    )
)
def test_packed_numbers_come_back(lists: list[list[int]]) -> None:
    payload = {str(i): np.array(numbers, dtype=np.int64) for i, numbers in enumerate(lists)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing_module, "PACK_FROM_BYTES", 0)
        _, text = pack(payload)
    assert _unpack(text) == {str(i): numbers for i, numbers in enumerate(lists)}


@pytest.mark.parametrize(
    ("low", "high", "kind"),
    [(0, 255, "u1"), (0, 256, "u2"), (-1, 5, "i2"), (0, 65536, "u4"), (-1, 40_000, "i4")],
)
def test_numbers_take_as_few_bytes_as_they_can(low: int, high: int, kind: str) -> None:
    assert smallest_kind(np.array([low, high])) == kind


def test_font_holds_the_glyphs_asked_for_and_no_more() -> None:
    data = base64.b64decode(font_data_uri("釧路・根室", "bold").split(",", 1)[1])
    assert set(TTFont(io.BytesIO(data)).getBestCmap()) == {ord(c) for c in "釧路・根室"}


def test_page_font_covers_everything_written_in_it(page: str) -> None:
    fonts = re.findall(r"url\(data:font/woff;base64,([^)]+)\)", page)
    assert len(fonts) == 2
    covered = set(TTFont(io.BytesIO(base64.b64decode(fonts[0]))).getBestCmap())
    words = [word for one in page_data(page)["layers"] for cell in one["cells"] for word in cell["words"]]
    names = "".join("".join(word) for word in words)
    written = set(map(ord, PageText(page).text + names)) - {10, 32}
    assert written <= covered


def test_what_has_no_count_is_blank_not_unknown() -> None:
    absent = pd.DataFrame([("農地", "取り込まれていない", pd.NA)], columns=["what", "reason", "count"])
    assert missing_table(absent).rows == (("農地", "取り込まれていない", ""),)
