"""KML as Google Earth and GDAL read it."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import paper_town
import paper_trip
import pyogrio
import pytest
from shapely.geometry import MultiPoint, Point, Polygon

from knr_gis.errors import OutputError
from knr_gis.export.kml import write_kml
from knr_gis.product import Product

KML = "{http://www.opengis.net/kml/2.2}"


def written(product: Product, folder: Path) -> ET.Element:
    write_kml(product, folder / "a.kml")
    found = ET.parse(folder / "a.kml").getroot().find(f"{KML}Document")  # noqa: S314  our own file
    assert found is not None
    return found


def folders(parent: ET.Element) -> dict[str, ET.Element]:
    return {f.findtext(f"{KML}name", ""): f for f in parent.findall(f"{KML}Folder")}


def texts(element: ET.Element, tag: str) -> list[str]:
    return [found.text or "" for found in element.iter(f"{KML}{tag}")]


def test_a_folder_for_each_layer_topmost_first_and_for_each_day(tmp_path: Path) -> None:
    found = folders(written(paper_trip.product(), tmp_path))
    assert list(found) == ["行程 stops", "行程 legs", "津波浸水想定", "市町村"]
    assert list(folders(found["行程 legs"])) == ["1日目", "2日目"]
    assert [len(f.findall(f"{KML}Placemark")) for f in folders(found["行程 legs"]).values()] == [2, 1]


def test_other_programs_read_every_layer(tmp_path: Path) -> None:
    written(paper_town.product(), tmp_path)
    names = [name for name, _ in pyogrio.list_layers(tmp_path / "a.kml")]
    assert {"指定緊急避難場所", "津波浸水想定", "市町村", "1日目", "2日目"} <= set(names)
    sites = gpd.read_file(tmp_path / "a.kml", layer="指定緊急避難場所")
    assert sites.geometry.iloc[0].x == pytest.approx(paper_town.sites().to_crs(4326).geometry.iloc[0].x)


def test_styles_are_those_of_the_map(tmp_path: Path) -> None:
    document = written(paper_town.product(), tmp_path)
    styles = {s.get("id"): s for s in document.findall(f"{KML}Style")}
    marks = folders(document)["津波浸水想定"].findall(f"{KML}Placemark")
    fills = [
        styles[m.findtext(f"{KML}styleUrl", "")[1:]].findtext(f"{KML}PolyStyle/{KML}color") for m in marks
    ]
    # aabbggrr: #ff9191, #ffd8c0 and, for the unknown depth, #999999, each at 60 %
    assert fills == ["999191ff", "99c0d8ff", "99999999"]


def test_markup_in_the_data_is_inert(tmp_path: Path) -> None:
    document = written(paper_town.product(), tmp_path)
    balloons = "".join(texts(document, "description"))
    assert "<script" not in balloons
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in balloons
    assert "<script>alert(1)</script>" in "".join(texts(document, "name"))  # a name is never taken for markup
    assert "\x07" not in (tmp_path / "a.kml").read_text(encoding="utf-8")


def test_unknown_is_said(tmp_path: Path) -> None:
    layer = paper_town.layers()[3]
    product = paper_town.product(layers=(replace(layer, popup=("name", "capacity_persons")),))
    balloons = texts(written(product, tmp_path), "description")
    assert sum("不明" in text for text in balloons) == 1


def test_document_says_where_it_comes_from(tmp_path: Path) -> None:
    document = written(paper_town.product(), tmp_path)
    told = document.findtext(f"{KML}description", "")
    parts = [
        "模式データ",
        "「市町村」（国土交通省）",
        "版 2023",
        "加工 変換・切り出し",
        "避難の歩行速度: 1.0m/s",
    ]
    assert [part for part in parts if part not in told] == []
    assert "http://" not in (tmp_path / "a.kml").read_text(encoding="utf-8").replace(
        "http://www.opengis.net/kml/2.2", ""
    ).replace("http://example.invalid", "")  # nothing is asked of the network


def test_parts_and_holes_are_kept(tmp_path: Path) -> None:
    outer = [(0, -120_000), (900, -120_000), (900, -119_000), (0, -119_000)]
    hole = [(300, -119_700), (600, -119_700), (600, -119_300)]
    shapes = [Polygon(outer, [hole]), MultiPoint([(0, -118_000), (5, -118_000)]), None]
    frame = paper_town.frame({"name": ["a", "b", "c"]}, shapes)
    layer = replace(paper_town.layers()[2], frame=frame)
    document = written(paper_town.product(layers=(layer,)), tmp_path)
    assert len(list(document.iter(f"{KML}Placemark"))) == 2
    assert len(list(document.iter(f"{KML}innerBoundaryIs"))) == 1
    assert len(list(document.iter(f"{KML}MultiGeometry"))) == 1


def test_a_large_layer_of_the_map_is_left_out_and_named_the_result_never(tmp_path: Path) -> None:
    many = paper_town.frame({"name": ["x"] * 5001}, [Point(k, -120_000) for k in range(5001)])
    large = replace(paper_town.layers()[3], frame=many, id="roads", title_ja="道路")
    base = paper_town.product(layers=(paper_town.layers()[0], large))
    document = written(base, tmp_path)
    assert list(folders(document)) == ["市町村"]
    assert "道路。gpkg" in document.findtext(f"{KML}description", "")
    as_result = replace(base, result=replace(base.result, features={"roads": many}))
    assert "道路" in folders(written(as_result, tmp_path))


def test_nothing_to_show_is_one_clear_line(tmp_path: Path) -> None:
    empty = replace(paper_town.layers()[4])
    with pytest.raises(OutputError, match="KML"):
        write_kml(paper_town.product(layers=(empty,)), tmp_path / "a.kml")
    assert not list(tmp_path.iterdir())
