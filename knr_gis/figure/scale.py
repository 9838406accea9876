"""A true, round scale for a map on paper."""

import math

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from knr_gis.crs import Bounds
from knr_gis.product import Product, ProductLayer

_STEPS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
_LARGEST_SCALE = 2_500  # a single point still gets a map of its surroundings
_MARGIN = 0.045  # so that no symbol of the result lies on the neatline
_BAR_STEPS = (1.0, 2.0, 5.0)


def fit_scale(bounds: Bounds, width_mm: float, height_mm: float) -> int:
    """
    Return the denominator of the largest round scale at which ``bounds`` (metres) fit on the paper.

    ``fit_scale((0, 0, 100_000, 100_000), 250, 200)`` is 500000: 100 km on 200 mm.
    """
    minx, miny, maxx, maxy = bounds
    needed = max((maxx - minx) / width_mm, (maxy - miny) / height_mm) * 1000
    needed = max(needed, _LARGEST_SCALE)
    power = 10.0 ** math.floor(math.log10(needed))
    candidates = [step * p for p in (power, power * 10) for step in _STEPS]
    return round(next(c for c in candidates if c >= needed * (1 - 1e-9)))


def frame_bounds(bounds: Bounds, scale: int, *, width_mm: float, height_mm: float) -> Bounds:
    """Return what a frame of that size shows at that scale, with ``bounds`` in the middle."""
    x, y = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    dx, dy = width_mm * scale / 2000, height_mm * scale / 2000
    return x - dx, y - dy, x + dx, y + dy


def bar_length_m(scale: int, longest_mm: float) -> float:
    """Return the longest of 1, 2, 5 x 10^n metres that is no longer than ``longest_mm`` on paper."""
    longest = longest_mm * scale / 1000
    power = 10.0 ** math.floor(math.log10(longest))
    return max(step * power for step in _BAR_STEPS if step * power <= longest)


def content_bounds(product: Product) -> Bounds:
    """
    Return the box that the map must show, in metres.

    That is where the result lies, cut to the municipalities and a tenth around them (one site with
    wrong coordinates must not shrink the map). Without features of a result it is the municipalities;
    without these, what the visible layers cover. Of an excerpt it is what of the result lies in the
    municipality, else all of that.
    """
    if product.excerpt is not None and product.excerpt.area is not None:
        return _union(_boxes_within(product, product.excerpt.area), _MARGIN)
    land = land_area(product)
    frames = result_frames(product)
    if not frames and land is None:
        frames = [layer.frame for layer in product.layers if layer.visible and not layer.frame.empty]
    boxes = [np.asarray(frame.total_bounds, float) for frame in frames]
    if land is not None:
        boxes = [_cut(box, land.bounds) for box in boxes] or [np.asarray(land.bounds)]
    kept = [box for box in boxes if np.isfinite(box).all() and (box[:2] <= box[2:]).all()]
    margin = _MARGIN if frames else _MARGIN / 3
    return _union(kept, margin) if kept else (0.0, 0.0, 1000.0, 1000.0)


def result_frames(product: Product) -> list[gpd.GeoDataFrame]:
    """Return what the map is to show: layers in focus, else the visible result, else all of it."""
    focused = [x.frame for x in product.layers if x.focus and x.visible and not x.frame.empty]
    if focused:
        return focused
    found = [frame for frame in product.result.features.values() if not frame.empty]
    visible = {id(layer.frame) for layer in product.layers if layer.visible}
    return [frame for frame in found if id(frame) in visible] or found


def _boxes_within(product: Product, area: BaseGeometry) -> list[NDArray[np.float64]]:
    """Return the boxes of what of the result lies in an area, cut to it; its own box where nothing does."""
    limit = np.asarray(area.bounds)
    frames = [f[f.geometry.intersects(area).to_numpy()] for f in result_frames(product)]
    found = [np.asarray(frame.total_bounds, float) for frame in frames if len(frame)]
    cut = [np.concatenate([np.maximum(b[:2], limit[:2]), np.minimum(b[2:], limit[2:])]) for b in found]
    return cut or [limit]


def _cut(box: NDArray[np.float64], limit: Bounds) -> NDArray[np.float64]:
    """Return the part of a box that lies within the limit and a tenth around it."""
    margin = 0.1 * max(limit[2] - limit[0], limit[3] - limit[1])
    low = np.maximum(box[:2], np.array(limit[:2]) - margin)
    high = np.minimum(box[2:], np.array(limit[2:]) + margin)
    return np.concatenate([low, high])


def _union(boxes: list[NDArray[np.float64]], share: float) -> Bounds:
    """Return the box around all boxes, wider by a share of its size."""
    stacked = np.array(boxes)
    low, high = stacked[:, :2].min(axis=0), stacked[:, 2:].max(axis=0)
    margin = share * float((high - low).max())
    return low[0] - margin, low[1] - margin, high[0] + margin, high[1] + margin


def shows_towns(layer: ProductLayer) -> bool:
    """Tell whether a layer is that of the municipalities, as data or as a result by municipality."""
    return layer.id in ("municipalities", "result_municipalities")


def land_area(product: Product) -> BaseGeometry | None:
    """Return the municipalities as one geometry, or None where the product has none."""
    known = (*product.layers, *product.ground)
    layers = [layer for layer in known if shows_towns(layer) and not layer.frame.empty]
    if not layers:
        return None
    return shapely.GeometryCollection(list(layers[0].frame.geometry.dropna()))
