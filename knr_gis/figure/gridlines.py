"""Kilometre lines of the plane rectangular coordinates, with their numbers beside the frame."""

import math
from typing import Any

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties

from knr_gis.crs import Bounds
from knr_gis.fonts import REGULAR
from knr_gis.texts import say

_APART_MM = 32.0  # lines are at least this far apart on paper
_STEPS = (1.0, 2.0, 5.0)
_PT = 5.2
_COLOR = "#4a6572"


def grid_step_m(scale: int) -> float:
    """Return the smallest of 1, 2, 5 x 10^n metres that is at least 32 mm on paper."""
    least = _APART_MM * scale / 1000
    power = 10.0 ** math.floor(math.log10(least))
    return next(s * p for p in (power, power * 10) for s in _STEPS if s * p >= least * (1 - 1e-9))


def grid_values(low: float, high: float, step: float) -> list[float]:
    """Return the multiples of a step from ``low`` to ``high``."""
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def draw_grid(ax: Axes, window: Bounds, *, scale: int) -> None:
    """
    Draw the lines; numbers stand left of and below the frame.

    After the survey's custom (JGD2011 plane rectangular coordinates) X runs north and Y east.
    """
    step = grid_step_m(scale)
    font = FontProperties(fname=str(REGULAR), size=_PT)
    style: dict[str, Any] = {"color": _COLOR, "linewidth": 0.35, "alpha": 0.55, "zorder": 80}
    words: dict[str, Any] = {"fontproperties": font, "color": _COLOR, "parse_math": False, "zorder": 101}
    edge = 0.9 * scale / 1000
    for x in grid_values(window[0], window[2], step):
        ax.axvline(x, **style)
        if window[0] + 12 * edge < x < window[2] - 12 * edge:
            ax.text(x, window[1] - edge, say("figure.grid_y", value=x / 1000), ha="center", va="top", **words)
    for y in grid_values(window[1], window[3], step):
        ax.axhline(y, **style)
        if window[1] + 12 * edge < y < window[3] - 12 * edge:
            text = say("figure.grid_x", value=y / 1000)
            ax.text(window[0] - edge, y, text, ha="right", va="center", rotation=90, **words)
