"""
Styles as QGIS writes them (QML), so that a layer looks in QGIS as on the map.

The structure is that of ``renderer-v2`` and ``labeling`` of QGIS 3: a rule for each class, the features
that no class covers last (``ELSE``).
"""

from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

import geopandas as gpd
import pandas as pd

from knr_gis.fonts import FAMILY, plain
from knr_gis.looks import Kind, Look, kind_of, looks_of
from knr_gis.style import Style, StyleClass, darker

VERSION = "3.34.0-Prizren"
DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_POINTS = 0.75  # points for each pixel of a screen
_TYPES = {"point": "marker", "line": "line", "polygon": "fill"}
_CLASSES = {"point": "SimpleMarker", "line": "SimpleLine", "polygon": "SimpleFill"}
_GEOMETRY = {"point": "0", "line": "1", "polygon": "2"}
_MARKERS = {"cross": "cross_fill"}
_PLACEMENT = {"point": "6", "line": "2", "polygon": "4"}  # around the point, along the line, horizontal
_LINE_LEAST, _TRUE, _FALSE = 0.8, "('true','1')", "('false','0')"


def qml_of(frame: gpd.GeoDataFrame, style: Style, name: str) -> str:
    """
    Return the QML of a layer.

    Parameters
    ----------
    frame
        Its features: their kind and the type of the style column decide how the rules are written.
    name
        Id of the layer, from which the keys of the rules are made.
    """
    labelled = style.label in frame.columns
    root = ET.Element(
        "qgis", version=VERSION, styleCategories="Symbology|Labeling", labelsEnabled=str(int(labelled))
    )
    kind, looks = kind_of(frame), looks_of(style)
    if style.classes and style.column in frame.columns:
        _add_rules(root, frame[style.column], style, name)
    else:
        looks = looks[-1:]
        _renderer(root, "singleSymbol")
    symbols = ET.SubElement(root[0], "symbols")
    for number, look in enumerate(looks):
        _add_symbol(symbols, str(number), kind, look)
    if labelled:
        _add_labels(root, style.label, kind)
    for tag, text in (
        ("blendMode", "0"), ("featureBlendMode", "0"), ("layerOpacity", "1"),
        ("layerGeometryType", _GEOMETRY[kind]),
    ):  # fmt: skip
        ET.SubElement(root, tag).text = text
    ET.indent(root)
    return DOCTYPE + ET.tostring(root, encoding="unicode")


def _renderer(root: ET.Element, kind: str) -> ET.Element:
    return ET.SubElement(
        root, "renderer-v2", type=kind, symbollevels="0", forceraster="0", enableorderby="0",
        referencescale="-1",
    )  # fmt: skip


def _add_rules(root: ET.Element, values: pd.Series, style: Style, name: str) -> None:
    """Add the renderer with a rule for each class; keys are made from the name, so that they stay."""
    rules = ET.SubElement(_renderer(root, "RuleRenderer"), "rules", key=_key(name))
    filters = [*class_filters(values, style), "ELSE"]
    for number, (look, condition) in enumerate(zip(looks_of(style), filters, strict=True)):
        ET.SubElement(
            rules, "rule", key=_key(f"{name}/{number}"), symbol=str(number), label=plain(look.label),
            filter=condition,
        )  # fmt: skip


def _key(name: str) -> str:
    return f"{{{uuid5(NAMESPACE_URL, f'knr-gis/{name}')}}}"


def class_filters(values: pd.Series, style: Style) -> list[str]:
    """
    Return the expression of QGIS that tells whether a feature belongs to each class.

    As in ``Style.class_numbers`` the first class that covers a value has it.
    """
    own = [_condition(values, entry, style.column) for entry in style.classes]
    return [
        " AND ".join([f"({own[k]})", *(f"NOT ({own[j]})" for j in range(k) if _overlap(entry, style, j))])
        for k, entry in enumerate(style.classes)
    ]


def _overlap(entry: StyleClass, style: Style, other: int) -> bool:
    """Tell whether an earlier class may cover a value of this one."""
    first = style.classes[other]
    if entry.value is not None or first.value is not None:
        return entry.value == first.value
    ends = [float("inf") if e.upper is None else e.upper for e in (entry, first)]
    starts = [float("-inf") if e.lower is None else e.lower for e in (entry, first)]
    return starts[0] < ends[1] and starts[1] < ends[0]


def _condition(values: pd.Series, entry: StyleClass, column: str) -> str:
    field = '"' + column.replace('"', '""') + '"'
    if entry.value is not None:
        return _equals(values, entry.value, field)
    number = field if pd.api.types.is_numeric_dtype(values) else f"try(to_real({field}))"
    parts = [f"{number} >= {entry.lower:g}"] if entry.lower is not None else []
    parts += [f"{number} < {entry.upper:g}"] if entry.upper is not None else []
    return " AND ".join(parts) or f"{number} IS NOT NULL"


def _equals(values: pd.Series, value: str, field: str) -> str:
    """Return a comparison with a value; flags are stored as numbers or as words."""
    if value in ("true", "false") and pd.api.types.infer_dtype(values, skipna=True) == "boolean":
        return f"lower(to_string({field})) IN {_TRUE if value == 'true' else _FALSE}"
    text = "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
    is_number = pd.api.types.is_numeric_dtype(values)
    return f"to_string({field}) = {text}" if is_number else f"{field} = {text}"


def _rgba(color: str, opacity: float) -> str:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"{red},{green},{blue},{round(255 * opacity)}"


def _add_symbol(symbols: ET.Element, name: str, kind: Kind, look: Look) -> None:
    symbol = ET.SubElement(
        symbols, "symbol", name=name, type=_TYPES[kind], alpha="1", clip_to_extent="1", force_rhr="0"
    )
    layer = ET.SubElement(symbol, "layer", {"class": _CLASSES[kind]}, enabled="1", locked="0")
    layer.set("pass", "0")
    options = ET.SubElement(layer, "Option", type="Map")
    for key, value in _options(kind, look).items():
        ET.SubElement(options, "Option", name=key, value=value, type="QString")


def _options(kind: Kind, look: Look) -> dict[str, str]:
    """Return what QGIS calls the properties of a simple fill, line or marker; sizes in points."""
    width = {"value": f"{look.weight * _POINTS:g}", "unit": "Point"}
    edge = {
        "outline_color": _rgba(darker(look.color), 1), "outline_style": look.dash if look.weight else "no",
        "outline_width": width["value"], "outline_width_unit": width["unit"], "joinstyle": "round",
    }  # fmt: skip
    if kind == "polygon":
        return {"color": _rgba(look.color, look.opacity), "style": "solid", **edge}
    if kind == "line":
        return {
            "line_color": _rgba(look.color, max(look.opacity, _LINE_LEAST)), "line_style": look.dash,
            "line_width": width["value"], "line_width_unit": width["unit"], "joinstyle": "round",
            "capstyle": "round" if look.dash == "solid" else "flat",
        }  # fmt: skip
    return {
        "name": _MARKERS.get(look.marker, look.marker), "color": _rgba(look.color, look.opacity),
        "size": f"{2 * look.radius * _POINTS:g}", "size_unit": "Point", "scale_method": "diameter", **edge,
        "outline_style": "solid", "outline_width": "0.6", "angle": "45" if look.marker == "cross" else "0",
    }  # fmt: skip


def _add_labels(root: ET.Element, column: str, kind: Kind) -> None:
    settings = ET.SubElement(ET.SubElement(root, "labeling", type="simple"), "settings")
    text = ET.SubElement(
        settings, "text-style", fieldName=column, isExpression="0", fontFamily=FAMILY, fontSize="9",
        fontSizeUnit="Point", fontWeight="50", fontItalic="0", textColor="26,26,26,255", textOpacity="1",
    )  # fmt: skip
    ET.SubElement(
        text, "text-buffer", bufferDraw="1", bufferSize="0.8", bufferSizeUnits="MM",
        bufferColor="255,255,255,230", bufferOpacity="1", bufferNoFill="1",
    )  # fmt: skip
    ET.SubElement(settings, "text-format", wrapChar="", multilineAlign="3", formatNumbers="0")
    ET.SubElement(settings, "placement", placement=_PLACEMENT[kind], dist="1", distUnits="MM", priority="5")
    ET.SubElement(settings, "rendering", drawLabels="1", obstacle="1", displayAll="0", scaleVisibility="0")
