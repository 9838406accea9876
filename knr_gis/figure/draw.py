"""Features onto matplotlib axes, each class as one artist."""

from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from numpy.typing import NDArray

from knr_gis.figure.symbols import Symbol, SymbolGroup
from knr_gis.style import darker

MARKERS = {"circle": "o", "square": "s", "triangle": "^", "diamond": "D", "cross": "X", "star": "*"}
DASHES: dict[str, Any] = {"solid": "solid", "dash": (0, (4, 2)), "dot": (0, (1, 1.5))}

_SIZES = {"star": 1.7, "triangle": 1.15, "cross": 1.15, "diamond": 0.9}  # so that all look equally large
_LINE = 0.6  # points on paper for each pixel of weight on the screen
_DIAMETER = 1.0  # points on paper for each pixel of radius
_CROWD = 400  # from here on symbols shrink, so that they do not merge into a blot
_MANY_POLYGONS = 3000  # from here on outlines would hide the fill


def draw_group(ax: Axes, group: SymbolGroup, *, tolerance_m: float, zorder: float) -> None:
    """
    Draw the features of one class.

    Parameters
    ----------
    tolerance_m
        Detail smaller than this is dropped for display only.
    """
    drawers = {"polygon": _draw_polygons, "line": _draw_lines, "point": _draw_points}
    geometry = group.geometry
    if group.symbol.kind != "point":
        geometry = shapely.simplify(geometry, tolerance_m)
    drawers[group.symbol.kind](ax, geometry, group.symbol, zorder)


def _draw_polygons(ax: Axes, geometry: NDArray[np.object_], symbol: Symbol, zorder: float) -> None:
    path = polygon_path(geometry)
    if path is None:
        return
    thin = 0.1 if len(geometry) > _MANY_POLYGONS else 0.7
    fill = PathPatch(path, facecolor=symbol.color, alpha=symbol.opacity, linewidth=0, zorder=zorder)
    edge = PathPatch(
        path, fill=False, edgecolor=darker(symbol.color), linestyle=DASHES[symbol.dash], zorder=zorder + 0.1
    )
    edge.set_linewidth(symbol.weight * _LINE * thin)
    for patch in (fill, edge):
        ax.add_patch(patch)


def polygon_path(geometry: NDArray[np.object_]) -> Path | None:
    """
    Return polygons as one path: shells run one way and holes the other.

    As one path with the non-zero winding rule, overlapping polygons are filled once, so that
    transparency does not add up to depths that nobody measured.
    """
    polygons = shapely.orient_polygons(shapely.get_parts(geometry))
    rings = shapely.get_rings(polygons)
    if not len(rings):
        return None
    counts = shapely.get_num_coordinates(rings)
    vertices = shapely.get_coordinates(rings)
    codes = np.full(len(vertices), Path.LINETO, dtype=np.uint8)
    ends = np.cumsum(counts)
    codes[ends - counts] = Path.MOVETO
    codes[ends - 1] = Path.CLOSEPOLY
    return Path(vertices, codes)


def _draw_lines(ax: Axes, geometry: NDArray[np.object_], symbol: Symbol, zorder: float) -> None:
    parts = shapely.get_parts(geometry)
    ends = np.cumsum(shapely.get_num_coordinates(parts))[:-1]
    lines = np.split(shapely.get_coordinates(parts), ends)
    width = symbol.weight * _LINE
    ax.add_collection(
        LineCollection(
            lines, colors=symbol.color, linewidths=width, linestyles=DASHES[symbol.dash],
            alpha=max(symbol.opacity, 0.8), capstyle="round", zorder=zorder,
        ),
        autolim=False,
    )  # fmt: skip


def _draw_points(ax: Axes, geometry: NDArray[np.object_], symbol: Symbol, zorder: float) -> None:
    x, y = shapely.get_coordinates(geometry).T
    crowd = 0.75 if len(x) > _CROWD else 1.0
    ax.add_line(_marker_line(x, y, symbol, size=symbol.radius * _DIAMETER * crowd, zorder=zorder))


def _marker_line(x: Any, y: Any, symbol: Symbol, *, size: float, zorder: float) -> Line2D:
    size *= _SIZES.get(symbol.marker, 1.0)
    return Line2D(
        x, y, linestyle="none", marker=MARKERS[symbol.marker], markersize=size, zorder=zorder,
        markerfacecolor=symbol.color, markeredgecolor="white", markeredgewidth=min(0.4, size / 10),
    )  # fmt: skip


def draw_sample_symbol(
    page: Axes, symbol: Symbol, *, x: float, y: float, width: float, height: float
) -> None:
    """Draw the symbol of a legend entry into a box of the page (lower left corner, millimetres)."""
    middle = (x + width / 2, y + height / 2)
    if symbol.kind == "polygon":
        fill = Rectangle((x, y), width, height, facecolor=symbol.color, alpha=symbol.opacity, linewidth=0)
        edge = Rectangle((x, y), width, height, fill=False, edgecolor=darker(symbol.color))
        edge.set(linestyle=DASHES[symbol.dash], linewidth=max(symbol.weight * _LINE, 0.4))
        page.add_patch(fill)
        page.add_patch(edge)
    elif symbol.kind == "line":
        line = Line2D([x, x + width], [middle[1]] * 2, color=symbol.color, linewidth=symbol.weight * _LINE)
        line.set(linestyle=DASHES[symbol.dash], alpha=max(symbol.opacity, 0.8))
        page.add_line(line)
    else:
        size = min(symbol.radius * _DIAMETER, 7.0)
        page.add_line(_marker_line([middle[0]], [middle[1]], symbol, size=size, zorder=3))
