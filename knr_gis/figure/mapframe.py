"""The map itself: true scale, neatline, sea and land, layers, names, scale bar, north arrow."""

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch, Polygon, Rectangle
from matplotlib.patheffects import withStroke
from matplotlib_scalebar.scalebar import ScaleBar
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from knr_gis.crs import Bounds
from knr_gis.figure.draw import draw_group, polygon_path
from knr_gis.figure.labels import Box, Label
from knr_gis.figure.page import Sheet
from knr_gis.figure.scale import bar_length_m, fit_scale, frame_bounds
from knr_gis.figure.symbols import SymbolGroup
from knr_gis.fonts import BOLD, REGULAR
from knr_gis.texts import say

SEA, LAND = "#d8e6ef", "#ffffff"
ARROW_BOX_MM, BAR_BOX_MM = (13.0, 18.0), (58.0, 14.0)
_BAR_MM = 42.0
_DETAIL_MM = 0.04  # no printer shows less


def add_map_axes(sheet: Sheet, window: Bounds, *, land: BaseGeometry | None, scale: int) -> Axes:
    """Return axes in which one millimetre on paper is ``scale`` millimetres on the ground."""
    x, y, width, height = sheet.frame
    box = (x / sheet.width, y / sheet.height, width / sheet.width, height / sheet.height)
    ax = sheet.figure.add_axes(box, zorder=1)
    ax.set(xlim=(window[0], window[2]), ylim=(window[1], window[3]), xticks=[], yticks=[])
    ax.set_aspect(1)
    ax.set_facecolor(LAND if land is None else SEA)
    for spine in ax.spines.values():
        spine.set(linewidth=1.0, color="black", zorder=100)
    _fill_land(ax, land, tolerance_m=_DETAIL_MM * scale / 1000)
    return ax


def _fill_land(ax: Axes, land: BaseGeometry | None, *, tolerance_m: float) -> None:
    if land is None:
        return
    path = polygon_path(shapely.simplify(shapely.get_parts(land), tolerance_m))
    if path is not None:
        ax.add_patch(PathPatch(path, facecolor=LAND, edgecolor="#6f6f6f", linewidth=0.45, zorder=0.5))


def draw_layers(ax: Axes, drawn: list[list[SymbolGroup]], *, scale: int) -> None:
    """Draw the layers, bottom first; within a layer the last class of the style lies on top."""
    for number, groups in enumerate(drawn):
        for place, group in enumerate(groups):
            z = 1 + number + place / (len(groups) + 1)
            draw_group(ax, group, tolerance_m=_DETAIL_MM * scale / 1000, zorder=z)


def draw_labels(ax: Axes, labels: list[Label], window: Bounds, *, scale: int) -> None:
    """Write the names with a white halo."""
    for label in labels:
        font = FontProperties(fname=str(BOLD if label.bold else REGULAR), size=label.size_pt)
        text = ax.text(
            window[0] + label.x * scale / 1000, window[1] + label.y * scale / 1000, label.text,
            fontproperties=font, ha="center", va="center_baseline", parse_math=False, zorder=90,
            color="#333333" if label.bold else "#111111", clip_on=True,
        )  # fmt: skip
        text.set_path_effects([withStroke(linewidth=1.6, foreground="white")])


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


def needs_key_map(window: Bounds, land: BaseGeometry | None) -> bool:
    """Tell whether the frame shows so little of the region that a reader may not know where it is."""
    if land is None:
        return False
    whole = land.bounds
    shown = (window[2] - window[0]) * (window[3] - window[1])
    return bool(shown < 0.5 * (whole[2] - whole[0]) * (whole[3] - whole[1]))


def draw_key_map(sheet: Sheet, window: Bounds, land: BaseGeometry, *, bottom: float, height: float) -> None:
    """Draw the whole region with the frame of the map in it."""
    x, _, width, _ = sheet.panel
    box = (x / sheet.width, bottom / sheet.height, width / sheet.width, height / sheet.height)
    ax = sheet.figure.add_axes(box, zorder=1)
    size = {"width_mm": width - 4, "height_mm": height - 4}
    scale = fit_scale(land.bounds, **size)
    shown = frame_bounds(land.bounds, scale, width_mm=width, height_mm=height)
    ax.set(xlim=shown[0::2], ylim=shown[1::2], xticks=[], yticks=[], facecolor=SEA)
    ax.set_aspect(1)
    path = polygon_path(shapely.simplify(shapely.get_parts(land), 500.0))
    if path is not None:
        ax.add_patch(PathPatch(path, facecolor="#d5d5cf", edgecolor="white", linewidth=0.3))
    extent = (window[2] - window[0], window[3] - window[1])
    ax.add_patch(Rectangle(window[:2], *extent, fill=False, edgecolor="#b3261e", linewidth=1.2))
    font = FontProperties(fname=str(REGULAR), size=6)
    ax.text(0.02, 0.95, say("figure.key_map"), fontproperties=font, transform=ax.transAxes, va="top")
