"""The ground under a print map, of the workspace's own layers: faint relief, water, ways, borders."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import shapely
from matplotlib.axes import Axes
from numpy.typing import NDArray

from knr_gis.crs import Bounds
from knr_gis.definitions import read_toml
from knr_gis.figure.draw import draw_group, polygon_path
from knr_gis.figure.symbols import Symbol, SymbolGroup, symbol_groups
from knr_gis.grid import Grid
from knr_gis.product import Product, ProductLayer
from knr_gis.style import Style, StyleClass

_FILE = Path(__file__).parents[1] / "ground.toml"
_TERRAIN = "elevation"
_RELIEF_MM = 0.17  # size of a cell of the relief on paper: 150 dots per inch
_DARKEST = 0.42
_LIGHT = np.array([-0.5, 0.5, np.sqrt(0.5)])  # from the north-west, 45 degrees high
_TARGET_SLOPE = 0.28  # heights are stretched until the land is this steep on average
_STRETCH = (1.0, 12.0)
_POINTS_TO_WEIGHT = 1 / 0.6  # draw.py gives a line 0.6 points for each unit of weight


@dataclass(frozen=True)
class GroundLook:
    """How a layer is drawn as ground, and down to which scale each of its classes."""

    id: str
    style: Style
    upto: dict[str, float]


@cache
def ground_looks() -> tuple[GroundLook, ...]:
    """Return the layers that may be ground, bottom first."""
    looks = []
    for table in read_toml(_FILE)["layers"]:
        upto = {name: float(scale) for name, scale in table["upto"].items()}
        named = [StyleClass(n, n, table["color"], value=n) for n in upto if n != "other"]
        style = Style(
            table["color"], opacity=1.0, weight=table["weight"] * _POINTS_TO_WEIGHT,
            dash=table.get("dash", "solid"), column=table.get("column", ""), classes=tuple(named),
        )  # fmt: skip
        looks.append(GroundLook(table["id"], style, upto))
    return tuple(looks)


def ground_ids() -> tuple[str, ...]:
    """Return the ids of the layers that may be ground, the terrain first."""
    return (_TERRAIN, *(look.id for look in ground_looks()))


def ground_layers(product: Product) -> list[tuple[GroundLook, ProductLayer]]:
    """Return the ground of a product, without what its map shows anyway."""
    shown = {layer.id for layer in product.layers if layer.visible and not layer.frame.empty}
    shown |= {"municipalities"} if "result_municipalities" in shown else set()
    known = {layer.id: layer for layer in product.ground if not layer.frame.empty}
    return [(x, known[x.id]) for x in ground_looks() if x.id in known and x.id not in shown]


@dataclass(frozen=True)
class DrawnGround:
    """A layer of the ground as it is drawn at a scale."""

    layer: ProductLayer
    groups: list[SymbolGroup]


def ground_at(product: Product, window: Bounds, *, scale: int) -> list[DrawnGround]:
    """Return what of the ground a map of that window and scale shows."""
    drawn = []
    for look, layer in ground_layers(product):
        styled = replace(layer, style=look.style)
        groups = [g for g in symbol_groups(styled, window) if scale <= _limit(look, g.label)]
        outlines = [_outlined(g) if look.id == "municipalities" else g for g in groups]
        if groups:
            drawn.append(DrawnGround(layer, outlines))
    return drawn


def _limit(look: GroundLook, label: str) -> float:
    return look.upto.get(label, look.upto["other"])


def _outlined(group: SymbolGroup) -> SymbolGroup:
    """Return polygons as their edges: a border hides nothing."""
    kind = replace(group.symbol, kind="line")
    return replace(group, geometry=shapely.boundary(group.geometry), symbol=kind)


def draw_ground(ax: Axes, drawn: list[DrawnGround], *, tolerance_m: float) -> None:
    """Draw the ground under all layers of the product."""
    for number, layer in enumerate(drawn):
        for group in layer.groups:
            draw_group(ax, group, tolerance_m=tolerance_m, zorder=0.7 + 0.01 * number)


def sample_symbol(layer: DrawnGround) -> Symbol:
    """Return the symbol of a layer of the ground in the legend."""
    return layer.groups[0].symbol


def relief_layer(product: Product) -> ProductLayer | None:
    """Return the terrain of a product, or None."""
    found = [layer for layer in (*product.ground, *product.layers) if layer.grid is not None]
    return next((layer for layer in found if layer.id == _TERRAIN), None)


def draw_relief(ax: Axes, grid: Grid, window: Bounds, *, scale: int, land: object) -> bool:
    """
    Draw the shadows of the terrain, cut to the land.

    Returns
    -------
    bool
        Whether there was terrain in the window.
    """
    found = shadows(grid, window, cell_m=_RELIEF_MM * scale / 1000)
    if found is None:
        return False
    dark, extent = found
    image = np.zeros((*dark.shape, 4), dtype=np.float32)
    image[..., 3] = dark
    limits = ax.get_xlim(), ax.get_ylim()
    picture = ax.imshow(
        image, extent=(extent[0], extent[2], extent[1], extent[3]), interpolation="bilinear", zorder=0.6,
        aspect="auto", resample=True,
    )  # fmt: skip
    ax.set(xlim=limits[0], ylim=limits[1])
    ax.set_aspect(1)
    path = None if land is None else polygon_path(shapely.get_parts(land))
    if path is not None:
        picture.set_clip_path(path, ax.transData)
    return True


def shadows(grid: Grid, window: Bounds, *, cell_m: float) -> tuple[NDArray[np.float32], Bounds] | None:
    """
    Return how dark each cell lies in the light from the north-west, 0 (flat, unknown) to 0.42.

    Lambert's shading: the cosine between the surface's normal and the light (from 315 degrees, 45 degrees
    high). Cells finer than ``cell_m`` are averaged first; heights are stretched where the land is flat.

    Returns
    -------
    dark
        Shape ``(rows, columns)``, row 0 in the north.
    bounds
        Outer edge of the cells, in metres.
    """
    values, bounds, size = _cropped(grid, window, cell_m)
    if min(values.shape) < 3 or np.isnan(values).all():
        return None
    known = ~np.isnan(values)
    heights = np.where(known, values, np.nanmin(values))
    slope = np.hypot(*np.gradient(heights, size))[known]
    steep = float(np.percentile(slope, 90))
    stretch = float(np.clip(_TARGET_SLOPE / steep, *_STRETCH)) if steep > 0 else 1.0
    bright = _normals(heights, size / stretch) @ _LIGHT
    flat = _LIGHT[2]
    dark = np.clip((flat - bright) / flat, 0.0, 1.0) * _DARKEST
    return np.where(known, dark, 0.0).astype(np.float32), bounds


def _normals(heights: NDArray[np.float64], cell: float) -> NDArray[np.float64]:
    """Return the unit normals of a surface whose row 0 lies in the north."""
    down, right = np.gradient(heights, cell)
    normal = np.stack([-right, down, np.ones_like(heights)], axis=-1)
    return np.asarray(normal / np.linalg.norm(normal, axis=-1, keepdims=True))


def _cropped(grid: Grid, window: Bounds, cell_m: float) -> tuple[NDArray[np.float64], Bounds, float]:
    """Return the cells in a window, averaged in blocks to at least half of ``cell_m``, and their size."""
    cell = float(grid.transform.a)
    left, _, _, top = grid.bounds
    rows, columns = grid.values.shape
    block = max(int(cell_m / cell), 1)
    first = [max(int((window[0] - left) // cell) - block, 0), max(int((top - window[3]) // cell) - block, 0)]
    last = [min(int((window[2] - left) // cell) + 1 + block, columns),
            min(int((top - window[1]) // cell) + 1 + block, rows)]  # fmt: skip
    wide, high = (max(last[i] - first[i], 0) // block for i in (0, 1))
    part = grid.values[first[1] : first[1] + high * block, first[0] : first[0] + wide * block]
    x, y = left + first[0] * cell, top - first[1] * cell
    bounds = (x, y - high * block * cell, x + wide * block * cell, y)
    blocks = part.astype(float).reshape(high, block, wide, block)
    known = ~np.isnan(blocks)
    count = known.sum(axis=(1, 3))
    total = np.where(known, blocks, 0.0).sum(axis=(1, 3))
    averaged = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return averaged, bounds, cell * block
