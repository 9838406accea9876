"""Styles for QGIS: the table that it looks for, rules that find the same classes, the structure it writes."""

import re
import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import paper_town
import pytest
from shapely.geometry import Point

from knr_gis.export.geodata import write_geopackage
from knr_gis.export.qml import class_filters, qml_of
from knr_gis.style import Style, StyleClass, parse_style

# As QgsOgrUtils::saveStyle of QGIS 3 makes the table.
COLUMNS = [
    "id", "f_table_catalog", "f_table_schema", "f_table_name", "f_geometry_column", "styleName", "styleQML",
    "styleSLD", "useAsDefault", "description", "owner", "ui", "update_time",
]  # fmt: skip


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("qml") / "a.gpkg"
    write_geopackage(paper_town.product(), path)
    return path


def parsed(qml: str) -> ET.Element:
    assert qml.startswith("<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n<qgis ")
    return ET.fromstring(qml)  # noqa: S314  our own text


def test_table_has_the_columns_that_qgis_looks_for(package: Path) -> None:
    with closing(sqlite3.connect(package)) as base:
        found = [row[1] for row in base.execute("PRAGMA table_info(layer_styles)")]
        kinds = dict(base.execute("SELECT table_name, data_type FROM gpkg_contents").fetchall())
    assert found == COLUMNS
    assert kinds["layer_styles"] == "attributes"


def test_qgis_finds_the_default_style_of_every_layer(package: Path) -> None:
    """The question is that of QgsOgrUtils::loadStoredStyle: an empty schema, not a missing one."""
    with closing(sqlite3.connect(package)) as base:
        layers = base.execute("SELECT table_name, column_name FROM gpkg_geometry_columns").fetchall()
        for table, geometry in layers:
            rows = base.execute(
                "SELECT styleQML FROM layer_styles WHERE f_table_schema = '' AND f_table_name = ? "
                "AND f_geometry_column = ? "
                "ORDER BY CASE WHEN useAsDefault THEN 1 ELSE 2 END, update_time DESC",
                (table, geometry),
            ).fetchall()
            assert len(rows) == 1, table
            parsed(rows[0][0])
    assert len(layers) == 5


def test_structure_is_what_qgis_writes() -> None:
    root = parsed(qml_of(paper_town.sites(), paper_town.layers()[3].style, "sites"))
    assert (root.tag, root.get("labelsEnabled")) == ("qgis", "1")
    rules = root.findall("renderer-v2/rules/rule")
    symbols = root.findall("renderer-v2/symbols/symbol")
    assert [r.get("symbol") for r in rules] == [s.get("name") for s in symbols] == ["0", "1", "2"]
    assert [r.get("label") for r in rules] == ["津波のとき使える", "津波のとき使えない", "その他・不明"]
    assert rules[-1].get("filter") == "ELSE"
    assert all(re.fullmatch(r"\{[0-9a-f-]{36}\}", r.get("key", "")) for r in rules)
    assert [s.find("layer").get("class") for s in symbols] == ["SimpleMarker"] * 3  # type: ignore[union-attr]
    options = {o.get("name"): o.get("value") for o in symbols[0].findall("layer/Option/Option")}
    assert (options["name"], options["color"], options["size_unit"]) == ("triangle", "0,158,115,153", "Point")
    assert root.find("labeling/settings/text-style").get("fieldName") == "name"  # type: ignore[union-attr]


def test_a_style_without_classes_is_one_symbol_and_text_is_escaped() -> None:
    style = Style("#0072b2", weight=2, dash="dash", label="name")
    root = parsed(qml_of(paper_town.routes(), style, '<routes> & "more"'))
    assert root.find("renderer-v2").get("type") == "singleSymbol"  # type: ignore[union-attr]
    options = {o.get("name"): o.get("value") for o in root.findall(".//symbol/layer/Option/Option")}
    assert (options["line_style"], options["line_width"]) == ("dash", "1.5")


# --- the rules give each feature the class that it has on the map ---------------------------------


def evaluated(expression: str, value: Any) -> bool:
    """What QGIS makes of our expressions, worked out by SQLite, which writes comparisons alike."""
    text = re.sub(r'to_string\(("[^"]+")\)', r"CAST(\1 AS TEXT)", expression)
    text = re.sub(r'try\(to_real\(("[^"]+")\)\)', r"CAST(\1 AS REAL)", text)
    with closing(sqlite3.connect(":memory:")) as base:
        base.execute("CREATE TABLE t (c)")
        base.execute("INSERT INTO t VALUES (?)", (value,))
        return bool(base.execute(f"SELECT {text} FROM t").fetchone()[0])  # noqa: S608  our own expression


def chosen(style: Style, values: list[Any]) -> list[int]:
    """Which rule each value falls under; -1 for ELSE. No two may claim one value."""
    frame = gpd.GeoDataFrame({"c": values}, geometry=[Point(0, 0)] * len(values), crs=paper_town.CRS)
    filters = class_filters(frame["c"], style)
    found = []
    for value in values:
        hits = [n for n, f in enumerate(filters) if evaluated(f, value)]
        assert len(hits) <= 1
        found.append(hits[0] if hits else -1)
    return found


def named(**limits: Any) -> StyleClass:
    return StyleClass("a", "a", "#112233", **limits)


@pytest.mark.parametrize(
    ("classes", "values"),
    [
        ((named(lower=0, upper=5), named(lower=5), named(lower=20)), [0.0, 4.99, 5.0, 30.0, -1.0, None]),
        ((named(upper=3), named(lower=2, upper=9), named()), [1.0, 2.5, 3.0, 9.0, None]),
        ((named(value="true"), named(value="false")), [True, False, None]),
        ((named(value="it's"), named(value="b")), ["it's", "b", "c", None]),
        ((named(value="1"), named(value="2")), [1, 2, 3]),
    ],
)  # fmt: skip
def test_rules_choose_the_class_of_the_map(classes: tuple[StyleClass, ...], values: list[Any]) -> None:
    style = Style("#000000", column="c", classes=classes)
    assert chosen(style, values) == style.class_numbers(values)


ROOT = Path(__file__).resolve().parents[1]


def styles_in(path: Path) -> Iterator[Style]:
    """The styles of a definition file of a layer or of a map."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    tables = [table, *table.get("layers", [])]
    yield from (parse_style(t["style"], path.name) for t in tables if "style" in t)


@pytest.mark.parametrize(
    "path", [*(ROOT / "layers").glob("*.toml"), *(ROOT / "maps").glob("*.toml")], ids=lambda p: p.stem
)
def test_every_style_of_the_project_can_be_written(path: Path) -> None:
    for style in styles_in(path):
        by_value = any(c.value is not None for c in style.classes)
        values = [c.value for c in style.classes] if by_value else [c.lower or 0.0 for c in style.classes]
        columns = {style.column: values or ["x"], style.label or "other": [path.stem] * (len(values) or 1)}
        shapes = [Point(k, 0) for k in range(len(values) or 1)]
        root = parsed(qml_of(gpd.GeoDataFrame(columns, geometry=shapes, crs=paper_town.CRS), style, "a"))
        symbols = root.findall("renderer-v2/symbols/symbol")
        assert len(symbols) == len(style.classes) + 1
