"""Which symbol every feature has, and what the legend says of it; no drawing here."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from knr_gis.geometry import present
from knr_gis.looks import KINDS, Kind, Look, look_numbers, looks_of
from knr_gis.product import ProductLayer

_DRAWN: tuple[Kind, ...] = ("polygon", "line", "point")


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
    kinds = np.array([KINDS.get(t, "") for t in shapely.get_type_id(frame.geometry.values)])
    numbers = look_numbers(frame, layer.style)
    groups = []
    for number, look in enumerate(looks_of(layer.style)):
        for kind in _DRAWN:
            chosen = np.asarray(frame.geometry.values)[(numbers == number) & (kinds == kind)]
            if len(chosen):
                groups.append(SymbolGroup(look.label, _symbol(look, kind), chosen))
    return groups


def _within(frame: gpd.GeoDataFrame, box: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    found = present(frame)
    found = found[shapely.intersects(found.geometry.values, shapely.box(*box))]
    has_collection = (found.geom_type == "GeometryCollection").any() if len(found) else False
    return found.explode(ignore_index=True) if has_collection else found


def _symbol(look: Look, kind: Kind) -> Symbol:
    return Symbol(
        kind=kind, color=look.color, opacity=look.opacity, weight=look.weight, radius=look.radius,
        dash=look.dash, marker=look.marker,
    )  # fmt: skip
