"""Legend entries and marker shapes: one description for the panel and for the map itself."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from knr_gis.style import Style, darker
from knr_gis.texts import say

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
    """

    label: str
    color: str
    edge: str
    dash: str
    marker: str
    count: int


def legend_entries(
    style: Style, numbers: Sequence[int], *, title: str, language: str
) -> tuple[LegendEntry, ...]:
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
        return (_entry(style, title, style.color, count=len(numbers)),)
    counts = [numbers.count(i) for i in range(len(style.classes) + 1)] if numbers else None
    entries = [
        _entry(
            style,
            c.label_ja if language == "ja" else c.label_en,
            c.color,
            dash=c.dash,
            marker=c.marker,
            count=counts[i] if counts else 0,
        )
        for i, c in enumerate(style.classes)
    ]
    if counts and counts[-1]:
        own = style.other_ja if language == "ja" else style.other_en
        rest = own or say("webmap.no_class", language=language)
        entries.append(_entry(style, rest, style.color, count=counts[-1]))
    return tuple(entries)


def _entry(
    style: Style, label: str, color: str, *, dash: str = "", marker: str | None = None, count: int
) -> LegendEntry:
    # a class that says "solid" leaves the dash to the layer
    chosen = dash if dash not in ("", "solid") else style.dash
    return LegendEntry(label, color, darker(color), chosen, marker or style.marker, count)


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
