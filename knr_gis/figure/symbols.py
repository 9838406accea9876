"""Which symbol every feature has, and what the legend says of it; no drawing here."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from knr_gis.geometry import present
from knr_gis.product import ProductLayer
from knr_gis.style import Style, StyleClass
from knr_gis.texts import say

Kind = str
"""``"point"``, ``"line"`` or ``"polygon"``."""

_KINDS: dict[int, Kind] = {
    0: "point",
    1: "line",
    2: "line",
    3: "polygon",
    4: "point",
    5: "line",
    6: "polygon",
}


@dataclass(frozen=True)
class Symbol:
    """How the features of one class are drawn."""

    kind: Kind
    color: str
    opacity: float
    weight: float
    radius: float
    dash: str
    marker: str


@dataclass(frozen=True)
class SymbolGroup:
    """
    Features of one layer that look alike.

    Parameters
    ----------
    label
        Legend text of the class; empty where the layer has one symbol only.
    geometry
        Features, in metres, without missing and empty ones.
    """

    label: str
    symbol: Symbol
    geometry: NDArray[np.object_]


def symbol_groups(layer: ProductLayer, box: tuple[float, float, float, float]) -> list[SymbolGroup]:
    """
    Return the features of a layer that touch a box, by class and kind, in drawing order.

    Collections are taken apart. Features that no class covers come last in the legend.
    """
    frame = _within(layer.frame, box)
    if frame.empty:
        return []
    kinds = np.array([_KINDS.get(t, "") for t in shapely.get_type_id(frame.geometry.values)])
    classes = _class_numbers(frame, layer.style)
    groups = []
    for number in [*range(len(layer.style.classes)), -1]:
        for kind in ("polygon", "line", "point"):
            chosen = np.asarray(frame.geometry.values)[(classes == number) & (kinds == kind)]
            if len(chosen):
                groups.append(_group(layer.style, number, kind, chosen))
    return groups


def _within(frame: gpd.GeoDataFrame, box: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    found = present(frame)
    found = found[shapely.intersects(found.geometry.values, shapely.box(*box))]
    has_collection = (found.geom_type == "GeometryCollection").any() if len(found) else False
    return found.explode(ignore_index=True) if has_collection else found


def _class_numbers(frame: gpd.GeoDataFrame, style: Style) -> NDArray[np.int_]:
    """Return the position of each feature's class; -1 where no class covers it."""
    if not style.classes or style.column not in frame.columns:
        return np.full(len(frame), -1)
    return np.array(style.class_numbers(frame[style.column]), dtype=int)


def _group(style: Style, number: int, kind: Kind, geometry: NDArray[np.object_]) -> SymbolGroup:
    entry: StyleClass | None = style.classes[number] if number >= 0 else None
    symbol = Symbol(
        kind=kind,
        color=entry.color if entry else style.color,
        opacity=style.opacity,
        weight=style.weight,
        radius=style.radius,
        dash=entry.dash if entry and entry.dash != "solid" else style.dash,
        marker=(entry.marker if entry else None) or style.marker,
    )
    other = (style.other_ja or say("figure.other")) if style.classes else ""
    label = entry.label_ja if entry else other
    return SymbolGroup(label, symbol, geometry)
