"""Styles of rasters as QGIS writes them: the classes of the layer as a pseudocolour of one band."""

from xml.etree import ElementTree as ET

import numpy as np

from knr_gis.export.qml import DOCTYPE, VERSION
from knr_gis.fonts import plain
from knr_gis.grid import Grid
from knr_gis.style import Style
from knr_gis.texts import say

_BELOW = -0.5  # between the number that stands for unknown and the least depth


def raster_qml(style: Style, grid: Grid) -> str:
    """Return the QML of a raster whose values are those of the style's column."""
    root = ET.Element("qgis", version=VERSION, styleCategories="Symbology")
    pipe = ET.SubElement(root, "pipe")
    known = grid.values[np.isfinite(grid.values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    renderer = ET.SubElement(
        pipe, "rasterrenderer", type="singlebandpseudocolor", band="1", opacity=f"{style.opacity:g}",
        alphaBand="-1", nodataColor="", classificationMin=f"{low:g}", classificationMax=f"{high:g}",
    )  # fmt: skip
    ET.SubElement(renderer, "rasterTransparency")
    shader = ET.SubElement(
        ET.SubElement(renderer, "rastershader"), "colorrampshader", colorRampType="DISCRETE",
        classificationMode="1", clip="0", labelPrecision="4", minimumValue=f"{low:g}",
        maximumValue=f"{high:g}",
    )  # fmt: skip
    for value, color, label in _items(style):
        ET.SubElement(shader, "item", value=value, color=color, alpha="255", label=plain(label))
    ET.SubElement(pipe, "brightnesscontrast", brightness="0", contrast="0", gamma="1")
    ET.SubElement(pipe, "rasterresampler", maxOversampling="2")
    ET.SubElement(root, "blendMode").text = "0"
    ET.indent(root)
    return DOCTYPE + ET.tostring(root, encoding="unicode")


def _items(style: Style) -> list[tuple[str, str, str]]:
    """
    Return the greatest value of each class with its colour, rising.

    QGIS counts a value that equals an entry to it, our classes end below their upper limit: hence the
    next smaller number.
    """
    ranges = sorted(
        (e for e in style.classes if e.value is None), key=lambda e: np.inf if e.upper is None else e.upper
    )
    items = [(_text(e.upper), e.color, e.label_ja) for e in ranges]
    starts = [e.lower for e in ranges]
    least = min((s for s in starts if s is not None), default=None)
    if least is None or None in starts:
        return items
    other = style.other_ja or say("figure.other")
    return [(f"{_BELOW:g}" if least >= 0 else _text(least), style.color, other), *items]


def _text(upper: float | None) -> str:
    if upper is None:
        return "inf"
    return repr(float(np.nextafter(np.float32(upper), np.float32(-np.inf))))
