"""The index map: the whole region, with the frame of the map in it and the other pages of an atlas."""

import shapely
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.patheffects import withStroke
from shapely.geometry.base import BaseGeometry

from knr_gis.crs import Bounds
from knr_gis.figure.draw import polygon_path
from knr_gis.figure.layout import Box
from knr_gis.figure.leaf import Framed, Leaf
from knr_gis.figure.mapframe import SEA
from knr_gis.figure.page import Sheet
from knr_gis.figure.scale import fit_scale, frame_bounds
from knr_gis.fonts import BOLD, REGULAR
from knr_gis.texts import say

_HERE, _OTHER = "#b3261e", "#1f4e79"
_MOST_NUMBERS = 60  # of the pages on the index map


def needs_key_map(window: Bounds, land: BaseGeometry | None) -> bool:
    """Tell whether the frame shows so little of the region that a reader may not know where it is."""
    if land is None:
        return False
    whole = land.bounds
    shown = (window[2] - window[0]) * (window[3] - window[1])
    return bool(shown < 0.5 * (whole[2] - whole[0]) * (whole[3] - whole[1]))


def draw_key_map(
    sheet: Sheet, box_mm: Box, land: BaseGeometry, *, window: Bounds, leaf: Leaf,
    frames: tuple[Framed, ...] = (),
) -> None:  # fmt: skip
    """Draw the whole region with the frame of the map in it, and those of the other pages, numbered."""
    x, y, width, height = box_mm
    box = (x / sheet.width, y / sheet.height, width / sheet.width, height / sheet.height)
    ax = sheet.figure.add_axes(box, zorder=1)
    scale = fit_scale(land.bounds, width_mm=width - 2, height_mm=height - 2)
    shown = frame_bounds(land.bounds, scale, width_mm=width, height_mm=height)
    ax.set(xlim=shown[0::2], ylim=shown[1::2], xticks=[], yticks=[], facecolor=SEA)
    ax.set_aspect(1)
    path = polygon_path(shapely.simplify(shapely.get_parts(land), 0.1 * scale / 1000))
    if path is not None:
        ax.add_patch(PathPatch(path, facecolor="#d5d5cf", edgecolor="white", linewidth=0.3))
    for framed in frames:
        if framed.leaf.number != leaf.number:
            _draw_frame(ax, framed.window, _OTHER, width=0.5)
    _draw_frame(ax, window, _HERE, width=1.2)
    if len(frames) <= _MOST_NUMBERS:
        for framed in frames:
            _draw_number(ax, framed, here=framed.leaf.number == leaf.number)
    font = FontProperties(fname=str(REGULAR), size=6)
    ax.text(0.02, 0.95, say("figure.key_map"), fontproperties=font, transform=ax.transAxes, va="top")


def draw_frames(ax: Axes, frames: tuple[Framed, ...]) -> None:
    """Draw the pages of an atlas on the map of its first page."""
    for framed in frames:
        _draw_frame(ax, framed.window, _HERE, width=0.9, zorder=82)
        x, y = framed.window[0], framed.window[3]
        font = FontProperties(fname=str(BOLD), size=8)
        text = ax.text(
            x,
            y,
            f" {framed.leaf.number}",
            fontproperties=font,
            color=_HERE,
            va="top",
            zorder=83,
            clip_on=True,
        )
        text.set_path_effects([withStroke(linewidth=2, foreground="white")])


def _draw_frame(ax: Axes, window: Bounds, color: str, *, width: float, zorder: float = 3) -> None:
    extent = (window[2] - window[0], window[3] - window[1])
    frame = Rectangle(window[:2], *extent, fill=False, edgecolor=color, linewidth=width, zorder=zorder)
    ax.add_patch(frame)


def _draw_number(ax: Axes, framed: Framed, *, here: bool) -> None:
    x, y = (framed.window[0] + framed.window[2]) / 2, (framed.window[1] + framed.window[3]) / 2
    font = FontProperties(fname=str(BOLD), size=6.5 if here else 5.0)
    text = ax.text(
        x, y, f"{framed.leaf.number}", fontproperties=font, color=_HERE if here else _OTHER, ha="center",
        va="center_baseline", zorder=5 if here else 4, clip_on=True,
    )  # fmt: skip
    text.set_path_effects([withStroke(linewidth=1.2, foreground="white")])
