"""How the classes of a style look: what maps on paper, legends and formats with their own style draw by."""

from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from knr_gis.geometry import present
from knr_gis.style import Style
from knr_gis.texts import say

Kind = Literal["point", "line", "polygon"]
KINDS: dict[int, Kind] = {
    0: "point", 1: "line", 2: "line", 3: "polygon", 4: "point", 5: "line", 6: "polygon",
}  # fmt: skip


@dataclass(frozen=True)
class Look:
    """
    How the features of one class are drawn.

    Parameters
    ----------
    label
        Its text in the legend; empty where the style has no classes.
    color
        ``#rrggbb``.
    opacity
        0 to 1.
    weight, radius
        Pixels on the screen.
    """

    label: str
    color: str
    opacity: float
    weight: float
    radius: float
    dash: str
    marker: str


def looks_of(style: Style) -> list[Look]:
    """Return the look of every class, and last that of features which no class covers."""
    size = {"opacity": style.opacity, "weight": style.weight, "radius": style.radius}
    looks = [
        Look(
            label=entry.label, color=entry.color, **size, marker=entry.marker or style.marker,
            dash=entry.dash if entry.dash != "solid" else style.dash,
        )
        for entry in style.classes
    ]  # fmt: skip
    other = (style.other or say("figure.other")) if style.classes else ""
    return [*looks, Look(label=other, color=style.color, **size, dash=style.dash, marker=style.marker)]


def look_numbers(frame: gpd.GeoDataFrame, style: Style) -> NDArray[np.int_]:
    """Return the position of each feature's look in ``looks_of``; shape (n,)."""
    last = len(style.classes)
    if not style.classes or style.column not in frame.columns:
        return np.full(len(frame), last)
    numbers = np.array(style.class_numbers(frame[style.column]), dtype=int)
    return np.where(numbers < 0, last, numbers)


def kind_of(frame: gpd.GeoDataFrame) -> Kind:
    """Return which kind most features of a frame are; ``polygon`` for a frame without any."""
    kinds = [KINDS[t] for t in shapely.get_type_id(present(frame).geometry.values) if t in KINDS]
    return max(KINDS.values(), key=kinds.count) if kinds else "polygon"
