"""KML for Google Earth and the like: a folder for each layer of the map (and each day), in its styles."""

import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from knr_gis.crs import to_web
from knr_gis.display import shown
from knr_gis.errors import NothingToWriteError
from knr_gis.export.place import output_path
from knr_gis.export.statement import json_value, lines_of
from knr_gis.export.trip_tables import DAY
from knr_gis.fonts import plain
from knr_gis.geometry import present
from knr_gis.looks import Look, look_numbers, looks_of
from knr_gis.product import Product, ProductLayer
from knr_gis.readable import heading
from knr_gis.style import darker
from knr_gis.texts import say

_NAMESPACE = "http://www.opengis.net/kml/2.2"
_MOST_FEATURES = 5000  # of a layer that is not the result: viewers stand still on more
_NAMES = ("stop_label", "leg", "name", "title", "road_name", "municipality", "site_id")
_ICON_PX = 16.0


def write_kml(product: Product, path: Path) -> None:
    """
    Write the layers of the result and those that the map shows at first, as KML 2.2 in EPSG:4326.

    The topmost layer comes first. A layer of the map that is not of the result and has more than 5,000
    features is left out; the description names it. Values are escaped for the balloon as for the file;
    unknown is said, never 0.

    Raises
    ------
    NothingToWriteError, OutputError
        If no layer has features, a layer has no credit line, or the file cannot be written.
    """
    chosen, left_out = _chosen(product)
    if not chosen:
        raise NothingToWriteError("export.kml_nothing", map=product.title_ja)
    root = ET.Element("kml", xmlns=_NAMESPACE)
    document = ET.SubElement(root, "Document")
    _add_head(document, product, left_out)
    for number, layer in enumerate(chosen):
        _add_styles(document, f"s{number}", layer)
    for number, layer in enumerate(chosen):
        _add_folder(document, f"s{number}", layer)
    with output_path(product, path) as temporary:
        ET.ElementTree(root).write(temporary, encoding="utf-8", xml_declaration=True)


def _chosen(product: Product) -> tuple[list[ProductLayer], list[str]]:
    """Return the layers to write, topmost first, and the titles of those that are too large."""
    results = {id(frame) for frame in product.result.features.values()}
    wanted, left_out = [], []
    for layer in reversed(product.layers):
        is_result, count = id(layer.frame) in results, len(present(layer.frame))
        if count and (is_result or (layer.visible and count <= _MOST_FEATURES)):
            wanted.append(layer)
        elif count and layer.visible:
            left_out.append(layer.title_ja)
    return wanted, left_out


def _add(parent: ET.Element, tag: str, text: object) -> ET.Element:
    child = ET.SubElement(parent, tag)
    child.text = plain(text)
    return child


def _add_head(document: ET.Element, product: Product, left_out: list[str]) -> None:
    """Add title, sources, conditions and limits."""
    mark = say("export.sample_suffix") if product.sample else ""
    _add(document, "name", product.title_ja + mark)
    lines = lines_of(product)
    if left_out:
        lines.append(say("export.kml_left_out", layers="、".join(left_out), most=f"{_MOST_FEATURES:,}"))
    _add(document, "description", "<br/>".join(html.escape(line) for line in lines))


def _add_styles(document: ET.Element, name: str, layer: ProductLayer) -> None:
    for number, look in enumerate(looks_of(layer.style)):
        style = ET.SubElement(document, "Style", id=f"{name}-{number}")
        icon = ET.SubElement(style, "IconStyle")
        _add(icon, "color", _abgr(look.color, 1))
        _add(icon, "scale", f"{max(2 * look.radius / _ICON_PX, 0.4):.2g}")
        _add(ET.SubElement(style, "LabelStyle"), "scale", "0.8" if layer.style.label else "0")
        line = ET.SubElement(style, "LineStyle")
        _add(line, "color", _abgr(*_line_color(layer.frame, look)))
        _add(line, "width", f"{look.weight:g}")
        _add(ET.SubElement(style, "PolyStyle"), "color", _abgr(look.color, look.opacity))


def _line_color(frame: gpd.GeoDataFrame, look: Look) -> tuple[str, float]:
    """Return colour and opacity of lines; outlines of areas are darker than the area."""
    is_area = present(frame).geom_type.isin(["Polygon", "MultiPolygon"]).any()
    return (darker(look.color), 1.0) if is_area else (look.color, max(look.opacity, 0.8))


def _abgr(color: str, opacity: float) -> str:
    return f"{round(255 * opacity):02x}{color[5:7]}{color[3:5]}{color[1:3]}".lower()


def _add_folder(document: ET.Element, name: str, layer: ProductLayer) -> None:
    """Add a layer; days are folders within it."""
    folder = ET.SubElement(document, "Folder")
    _add(folder, "name", layer.title_ja)
    _add(folder, "visibility", int(layer.visible))
    _add(folder, "description", html.escape(plain(layer.attribution)))
    frame = present(layer.frame)
    for inner, part in _by_day(folder, frame):
        _add_placemarks(inner, name, layer, part)


def _by_day(folder: ET.Element, frame: gpd.GeoDataFrame) -> Iterator[tuple[ET.Element, gpd.GeoDataFrame]]:
    """Yield a folder for each day with its features, or the folder itself where there are no days."""
    if DAY not in frame.columns:
        yield folder, frame
        return
    for day, part in frame.groupby(DAY, sort=True, dropna=False):
        inner = ET.SubElement(folder, "Folder")
        known = not pd.isna(day)
        _add(inner, "name", say("export.kml_day", day=f"{day:g}" if isinstance(day, float) else day)
             if known else say("export.unknown"))  # fmt: skip
        yield inner, part


def _add_placemarks(folder: ET.Element, name: str, layer: ProductLayer, frame: gpd.GeoDataFrame) -> None:
    web, looks = to_web(frame), look_numbers(frame, layer.style)
    rows = web.drop(columns=web.geometry.name).to_dict("records")
    for shape, row, look in zip(web.geometry.values, rows, looks, strict=True):
        mark = ET.SubElement(folder, "Placemark")
        _add(mark, "name", _name(row, layer))
        if not layer.visible:
            _add(mark, "visibility", 0)
        _add(mark, "description", _balloon(row, layer))
        _add(mark, "styleUrl", f"#{name}-{look}")
        _add_geometry(mark, shape)


def _name(row: dict[str, Any], layer: ProductLayer) -> str:
    names = (row[key] for key in (layer.style.label, *_NAMES) if key in row)
    return next((plain(v) for v in names if isinstance(v, str) and v.strip()), layer.title_ja)


def _balloon(row: dict[str, Any], layer: ProductLayer) -> str:
    """Return the attributes that the map shows on a click as a table of HTML; every text is escaped."""
    columns = [c for c in (layer.popup or row) if c in row]
    texts = ((_inert(heading(c)), _inert(shown(c, _flat(row[c])))) for c in columns)
    cells = "".join(f"<tr><th>{title}</th><td>{text}</td></tr>" for title, text in texts)
    return f"<table>{cells}</table>"


def _inert(text: str) -> str:
    return html.escape(plain(text))


def _flat(value: Any) -> Any:
    is_many = isinstance(value, list | tuple | set | np.ndarray)
    return "、".join(map(str, json_value(value))) if is_many else value


def _add_geometry(parent: ET.Element, shape: Any) -> None:
    """Add a shape; parts stand in a MultiGeometry."""
    parts = shapely.get_parts(shape)
    if shape.geom_type.startswith(("Multi", "GeometryCollection")):
        if len(parts) > 1:
            parent = ET.SubElement(parent, "MultiGeometry")
        for part in parts:
            _add_geometry(parent, part)
        return
    element = ET.SubElement(parent, shape.geom_type)
    if shape.geom_type == "Polygon":
        _add_rings(element, shape)
        return
    if shape.geom_type == "LineString":
        _add(element, "tessellate", 1)
    _add(element, "coordinates", _coordinates(shape))


def _add_rings(element: ET.Element, shape: Any) -> None:
    oriented = shapely.orient_polygons(shape)
    rings = [("outerBoundaryIs", oriented.exterior)]
    rings += [("innerBoundaryIs", ring) for ring in oriented.interiors]
    for tag, ring in rings:
        inner = ET.SubElement(ET.SubElement(element, tag), "LinearRing")
        _add(inner, "coordinates", _coordinates(ring))


def _coordinates(shape: Any) -> str:
    return " ".join(f"{x:.6f},{y:.6f}" for x, y in shapely.get_coordinates(shape).tolist())
