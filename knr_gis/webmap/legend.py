"""Legend entries and marker shapes: one description for the panel and for the map itself."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knr_gis.style import Style, StyleClass, darker
from knr_gis.webmap.words import Words, said, words

PATTERN_SIDE = 8
# lines (x, y to x, y) of a tile that is repeated over the fill of an area: classes then differ without colour
PATTERN_LINES: dict[str, tuple[tuple[float, float, float, float], ...]] = {
    "": (),
    "slant": ((-1, 9, 9, -1),),
    "dots": ((1.2, 2, 2.8, 2), (5.2, 6, 6.8, 6)),
    "level": ((0, 4, 8, 4),),
    "back": ((-1, -1, 9, 9),),
    "grid": ((0, 4, 8, 4), (4, 0, 4, 8)),
    "upright": ((4, 0, 4, 8),),
    "mesh": ((-1, 9, 9, -1), (-1, -1, 9, 9)),
}
PATTERNS = tuple(PATTERN_LINES)

Outline = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class LegendEntry:
    """
    One symbol of a layer.

    Parameters
    ----------
    color
        Colour of the fill, or of the line.
    edge
        Colour of the outline: the same hue, darker, so that pale classes keep their edge.
    count
        How many features bear the symbol.
    pattern
        What is drawn over the fill of an area besides the colour: one of PATTERNS.
    """

    label: Words
    color: str
    edge: str
    dash: str
    marker: str
    count: int
    pattern: str = ""


def legend_entries(style: Style, numbers: NDArray[np.int64], *, title: Words) -> tuple[LegendEntry, ...]:
    """
    Return the symbols of a layer in the order of the classes.

    Parameters
    ----------
    numbers
        Class number of each feature (see ``class_numbers``).
    title
        Label of the only symbol of a layer without classes.

    Returns
    -------
    tuple of LegendEntry
        One per class, whether used or not, so that a scale is read whole; a last one for the features
        that no class covers, if there are any.
    """
    if not style.classes:
        return (_entry(style, title, count=len(numbers)),)
    counts = np.bincount(numbers, minlength=len(style.classes) + 1).tolist()
    entries = [
        _entry(style, words(c.label_ja, c.label_en), c, count=counts[i], pattern=PATTERNS[i % len(PATTERNS)])
        for i, c in enumerate(style.classes)
    ]
    if counts[-1]:
        own = words(style.other_ja, style.other_en)
        entries.append(_entry(style, own or said("webmap.no_class"), count=counts[-1]))
    return tuple(entries)


def _entry(
    style: Style, label: Words, of: StyleClass | None = None, *, count: int, pattern: str = ""
) -> LegendEntry:
    color, dash, marker = (of.color, of.dash, of.marker) if of else (style.color, "", None)
    # a class that says "solid" leaves the dash to the layer
    chosen = dash if dash not in ("", "solid") else style.dash
    return LegendEntry(label, color, darker(color), chosen, marker or style.marker, count, pattern)


def is_patterned(style: Style) -> bool:
    """Tell whether areas are patterned without being asked: kinds are, steps of a scale need not be."""
    return sum(c.value is not None and c.dash == "solid" for c in style.classes) > 1


def marker_outlines() -> dict[str, Outline]:
    """
    Return the marker shapes as polygons around (0, 0), y downwards; a circle has none.

    All have about the area of the circle of radius 1, so that no class looks weightier than another.
    """
    square = 0.89
    arm, bar = 1.3, 0.4
    return {
        "square": ((-square, -square), (square, -square), (square, square), (-square, square)),
        "triangle": ((0.0, -1.3), (1.2, 0.85), (-1.2, 0.85)),
        "diamond": ((0.0, -1.28), (1.28, 0.0), (0.0, 1.28), (-1.28, 0.0)),
        "cross": _cross(arm, bar),
        "star": _star(1.4, 0.62),
    }


def _cross(arm: float, bar: float) -> Outline:
    """Return a diagonal cross (×) with arms of half length ``arm`` and half width ``bar``."""
    points = [(-bar, -arm), (bar, -arm), (bar, -bar)]
    for _ in range(3):
        points += [(-y, x) for x, y in points[-3:]]  # a quarter turn
    half = math.sqrt(0.5)
    return tuple((round((x - y) * half, 3), round((x + y) * half, 3)) for x, y in points)


def _star(outer: float, inner: float) -> Outline:
    """Return a star of five points, one of them upwards."""
    radii = [outer if i % 2 == 0 else inner for i in range(10)]
    angles = [math.pi * (i / 5 - 0.5) for i in range(10)]
    return tuple(
        (round(r * math.cos(a), 3), round(r * math.sin(a), 3)) for r, a in zip(radii, angles, strict=True)
    )
