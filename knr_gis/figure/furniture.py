"""Scale bar and north arrow, in the corners where they hide the least."""

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Polygon, Rectangle
from matplotlib_scalebar.scalebar import ScaleBar
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from knr_gis.crs import Bounds
from knr_gis.figure.labels import Box
from knr_gis.figure.page import Sheet
from knr_gis.figure.scale import bar_length_m
from knr_gis.fonts import BOLD, REGULAR
from knr_gis.texts import say

ARROW_BOX_MM, BAR_BOX_MM = (13.0, 18.0), (58.0, 14.0)
_BAR_MM = 42.0


def furniture_corners(
    sheet: Sheet, window: Bounds, shapes: tuple[list[NDArray[np.object_]], list[NDArray[np.object_]]]
) -> dict[str, tuple[str, Box]]:
    """
    Return the corners of ``"arrow"`` and ``"bar"`` where they hide the least, with their boxes.

    Parameters
    ----------
    shapes
        Features of the result, which count first, and all features on the map.

    Returns
    -------
    dict
        Corner (``"lower left"`` ...) and box in millimetres within the frame.
    """
    arrow = _best_corner(sheet, window, shapes, size=ARROW_BOX_MM, corners=("upper right", "upper left"))
    corners = ("lower left", "lower right", "upper left", "upper right")
    free = tuple(corner for corner in corners if corner != arrow[0])
    return {"arrow": arrow, "bar": _best_corner(sheet, window, shapes, size=BAR_BOX_MM, corners=free)}


def _best_corner(
    sheet: Sheet, window: Bounds, shapes: tuple[list[NDArray[np.object_]], ...], *,
    size: tuple[float, float], corners: tuple[str, ...],
) -> tuple[str, Box]:  # fmt: skip
    """Return the first of the corners that hides the fewest features of the result, then of all."""
    width, height = sheet.frame[2:]
    unit = (window[2] - window[0]) / width
    boxes: dict[str, Box] = {}
    for corner in corners:
        x = 0.0 if "left" in corner else width - size[0]
        y = 0.0 if "lower" in corner else height - size[1]
        boxes[corner] = (x, y, x + size[0], y + size[1])
    hidden = {
        name: tuple(
            _hidden(shapely.box(*(window[i % 2] + v * unit for i, v in enumerate(box))), s) for s in shapes
        )
        for name, box in boxes.items()
    }
    best = min(corners, key=lambda name: hidden[name])
    return best, boxes[best]


def _hidden(box: BaseGeometry, shapes: list[NDArray[np.object_]]) -> int:
    """Return how many features a box hides."""
    return sum(int(shapely.intersects(geometry, box).sum()) for geometry in shapes)


def draw_scale_bar(ax: Axes, scale: int, *, paper: str, corner: str) -> None:
    """Draw a bar of a round length, with the scale above it."""
    length = bar_length_m(scale, _BAR_MM)
    text = say("figure.km", value=length / 1000) if length >= 1000 else say("figure.m", value=length)
    bar = ScaleBar(
        1, "m", location=corner, fixed_value=length, fixed_units="m", border_pad=0.5, pad=0.4, sep=2,
        scale_formatter=lambda _value, _unit: text, label=say("figure.scale", scale=scale, paper=paper),
        width_fraction=0.006, box_alpha=0.9, font_properties={"fname": str(REGULAR), "size": 7},
    )  # fmt: skip
    bar.set_zorder(95)
    ax.add_artist(bar)


def draw_north_arrow(sheet: Sheet, box_mm: Box) -> None:
    """Draw the arrow (grid north) into its box."""
    middle = sheet.frame[0] + (box_mm[0] + box_mm[2]) / 2
    foot = sheet.frame[1] + box_mm[1] + 3.0
    box = Rectangle((middle - 5, foot - 1.5), 10, 15.0, facecolor="white", alpha=0.85, linewidth=0)
    sheet.page.add_patch(box)
    for side, color in ((-1, "black"), (1, "white")):
        points = [(middle, foot + 9), (middle + side * 2.6, foot), (middle, foot + 2.2)]
        sheet.page.add_patch(Polygon(points, facecolor=color, edgecolor="black", linewidth=0.6))
    font = FontProperties(fname=str(BOLD), size=9)
    sheet.page.text(middle, foot + 9.8, say("figure.north"), fontproperties=font, ha="center")
