"""Names on the map: greedy placement, so that none covers another."""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from knr_gis.crs import Bounds
from knr_gis.figure.scale import shows_towns
from knr_gis.fonts import MM_PER_POINT, shorten, text_width_mm
from knr_gis.geometry import present
from knr_gis.product import ProductLayer

_MOST = 250  # more names than this make no map readable
_PAD_MM = 0.3
_LONGEST_MM = 32.0
_REPEAT_MM = 25.0  # the same name again (a road's pieces) only this far away

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Label:
    """A name and the middle of its text, in millimetres within the map frame."""

    text: str
    x: float
    y: float
    size_pt: float
    bold: bool = False


@dataclass(frozen=True)
class _Wish:
    text: str
    x: float
    y: float
    gap: float
    size_pt: float
    bold: bool


def place_labels(
    layers: list[ProductLayer], frame: Bounds, *, scale: int, obstacles: list[Box]
) -> list[Label]:
    """
    Return the names that fit: municipalities first, then from the topmost layer down.

    A name covers no other name, and names of features cover no point symbol.

    Parameters
    ----------
    layers
        Drawn layers, bottom first; only those whose style has a label column give names.
    frame
        What the map frame shows, in metres.
    obstacles
        Boxes in millimetres within the frame that must stay free (scale bar, north arrow).
    """
    size = ((frame[2] - frame[0]) / scale * 1000, (frame[3] - frame[1]) / scale * 1000)
    towns = [wish for layer in layers if shows_towns(layer) for wish in _wishes(layer, frame, scale)]
    others = [layer for layer in reversed(layers) if not shows_towns(layer)]
    placed = _place(towns, obstacles, size, placed=[])  # over symbols if need be: they tell where one is
    taken = obstacles + _symbol_boxes(layers, frame, scale)
    return _place([w for x in others for w in _wishes(x, frame, scale)], taken, size, placed=placed)


def _place(
    wishes: list[_Wish], obstacles: list[Box], size: tuple[float, float], *, placed: list[Label]
) -> list[Label]:
    """Return the labels placed so far and those of the wishes that find room."""
    result, taken = list(placed), [*obstacles, *(_box(label) for label in placed)]
    for wish in wishes:
        if len(result) < _MOST and not _repeated(wish, result):
            label = _first_free(wish, taken, size)
            if label is not None:
                result.append(label)
                taken.append(_box(label))
    return result


def _symbol_boxes(layers: list[ProductLayer], frame: Bounds, scale: int) -> list[Box]:
    """Return the boxes of the point symbols in the frame."""
    boxes: list[Box] = []
    for layer in layers:
        points = layer.frame.geometry[layer.frame.geom_type == "Point"]
        half = layer.style.radius * 0.35 * MM_PER_POINT
        xy = (shapely.get_coordinates(points.values) - np.array(frame[:2])) / scale * 1000
        inside = (xy > 0).all(axis=1) & (xy < (np.array(frame[2:]) - frame[:2]) / scale * 1000).all(axis=1)
        boxes += [(x - half, y - half, x + half, y + half) for x, y in xy[inside].tolist()]
    return boxes


def _wishes(layer: ProductLayer, frame: Bounds, scale: int) -> list[_Wish]:
    """Return the names of a layer with their anchors in millimetres."""
    column = layer.style.label
    if not column or column not in layer.frame.columns:
        return []
    window = shapely.box(*frame)
    shown = present(layer.frame[layer.frame[column].notna()])
    shown = shown[shapely.intersects(shown.geometry.values, window)].head(4 * _MOST)
    bold = shows_towns(layer)
    gap = layer.style.radius * 0.5 * MM_PER_POINT + 0.5
    wishes = []
    for geometry, name in zip(shown.geometry, shown[column], strict=True):
        point = _anchor(geometry, window)
        x, y = (point.x - frame[0]) / scale * 1000, (point.y - frame[1]) / scale * 1000
        is_point = geometry.geom_type in ("Point", "MultiPoint")
        text = shorten(name, _LONGEST_MM, 6.0)
        wishes.append(_Wish(text, x, y, gap if is_point else 0.0, 8.0 if bold else 6.0, bold))
    return [wish for wish in wishes if wish.text]


def _anchor(geometry: BaseGeometry, window: BaseGeometry) -> shapely.Point:
    """Return a point on the part of a feature that the map shows."""
    if geometry.geom_type == "Point":
        return geometry
    part = shapely.intersection(shapely.make_valid(geometry), window)
    parts = [p for p in getattr(part, "geoms", [part]) if not p.is_empty]
    largest = max(parts, key=lambda p: (p.area, p.length))
    return largest.interpolate(0.5, normalized=True) if largest.length and not largest.area else (
        largest.representative_point()
    )  # fmt: skip


def _first_free(wish: _Wish, taken: list[Box], size: tuple[float, float]) -> Label | None:
    """Return the label at the first position, right of the anchor first, that covers nothing."""
    half = text_width_mm(wish.text, wish.size_pt, bold=wish.bold) / 2
    rise = wish.size_pt * MM_PER_POINT * 0.6
    side, up = half + wish.gap, rise + wish.gap
    around = [(side, 0), (-side, 0), (0, up), (0, -up), (side, up), (side, -up), (-side, up), (-side, -up)]
    inside = [(0.0, 0.0), (0, 2 * rise), (0, -2 * rise), (half, 0), (-half, 0), (0, 4 * rise), (0, -4 * rise)]
    steps = around if wish.gap else inside
    for dx, dy in steps:
        label = Label(wish.text, wish.x + dx, wish.y + dy, wish.size_pt, wish.bold)
        if _is_free(_box(label), taken, size):
            return label
    return None


def _box(label: Label) -> Box:
    half = text_width_mm(label.text, label.size_pt, bold=label.bold) / 2
    rise = label.size_pt * MM_PER_POINT * 0.6
    return label.x - half, label.y - rise, label.x + half, label.y + rise


def _is_free(box: Box, taken: list[Box], size: tuple[float, float]) -> bool:
    """Tell whether a box lies within the frame and touches no taken box."""
    if box[0] < 0.5 or box[1] < 0.5 or box[2] > size[0] - 0.5 or box[3] > size[1] - 0.5:
        return False
    if not taken:
        return True
    x0, y0, x1, y1 = np.array(taken).T
    right, above = box[2] + _PAD_MM, box[3] + _PAD_MM
    return not bool(((x0 < right) & (x1 > box[0] - _PAD_MM) & (y0 < above) & (y1 > box[1] - _PAD_MM)).any())


def _repeated(wish: _Wish, placed: list[Label]) -> bool:
    return any(p.text == wish.text and np.hypot(p.x - wish.x, p.y - wish.y) < _REPEAT_MM for p in placed)
