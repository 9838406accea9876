"""The map itself: true scale, neatline, sea and land, layers, names."""

import shapely
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.patheffects import withStroke
from shapely.geometry.base import BaseGeometry

from knr_gis.crs import Bounds
from knr_gis.figure.draw import draw_group, polygon_path
from knr_gis.figure.labels import Label
from knr_gis.figure.page import Sheet
from knr_gis.figure.symbols import SymbolGroup
from knr_gis.fonts import BOLD, REGULAR

SEA, LAND = "#d8e6ef", "#ffffff"
DETAIL_MM = 0.04  # no printer shows less


def add_map_axes(sheet: Sheet, window: Bounds, *, land: BaseGeometry | None) -> Axes:
    """Return axes in which one millimetre on paper is ``sheet.scale`` millimetres on the ground."""
    x, y, width, height = sheet.frame
    box = (x / sheet.width, y / sheet.height, width / sheet.width, height / sheet.height)
    ax = sheet.figure.add_axes(box, zorder=1, label="map")
    ax.set(xlim=(window[0], window[2]), ylim=(window[1], window[3]), xticks=[], yticks=[])
    ax.set_aspect(1)
    ax.set_facecolor(LAND if land is None else SEA)
    for spine in ax.spines.values():
        spine.set(linewidth=1.0, color="black", zorder=100)
    _fill_land(ax, land, tolerance_m=DETAIL_MM * sheet.scale / 1000)
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
            draw_group(ax, group, tolerance_m=DETAIL_MM * scale / 1000, zorder=z)


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


def draw_outside(ax: Axes, window: Bounds, outline: BaseGeometry, *, scale: int) -> None:
    """Draw what lies outside of a place paler, and its edge as a line."""
    place = shapely.simplify(outline, DETAIL_MM * scale / 1000)
    veil = polygon_path(shapely.get_parts(shapely.box(*window).difference(shapely.make_valid(place))))
    if veil is not None:
        ax.add_patch(PathPatch(veil, facecolor="white", alpha=0.42, linewidth=0, zorder=78))
    edge = polygon_path(shapely.get_parts(place))
    if edge is not None:
        line = PathPatch(edge, fill=False, edgecolor="#444444", linewidth=1.1, alpha=0.8, zorder=79)
        line.set(linestyle=(0, (6, 2, 1, 2)))
        ax.add_patch(line)


def draw_mark(ax: Axes, point: tuple[float, float]) -> None:
    """Draw a ring around the point that the page is about."""
    for color, width in (("white", 3.2), ("#b3261e", 1.6)):
        ring = Line2D([point[0]], [point[1]], linestyle="none", marker="o", markersize=17, zorder=89)
        ring.set(markerfacecolor="none", markeredgecolor=color, markeredgewidth=width)
        ax.add_line(ring)
