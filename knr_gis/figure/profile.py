"""A profile: heights over kilometres, strips of words, and lines of minutes on the same axis below."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle

from knr_gis.charts import chart_cells, is_unknown, lower_cells, profile_runs
from knr_gis.fonts import REGULAR, printable, text_width_mm
from knr_gis.readable import Cell, unit_title, with_unit
from knr_gis.result import Along, Band, Chart
from knr_gis.texts import say

# Dark is grave, and each step has its own hatch: the strips read without colour.
SHADES = LinearSegmentedColormap.from_list(
    "grave", ("#fde0c5", "#f8b58b", "#ee7b51", "#c8442f", "#8c1d2c", "#3d0819")
)
PATTERNS = ("", "....", "////", "xxxx", "\\\\\\\\", "++++")
_LINES = (("#0072B2", "solid"), ("#D55E00", "dashed"), ("#009E73", "dotted"))
_INK, _GRID, _UNKNOWN, _HILL = "#1a1a1a", "#cfcfcf", "#eeeeee", "#e3e8ee"
_PT, _SMALL = 7.0, 6.2
_LEFT, _RIGHT, _TOP, _AXIS = 24.0, 6.0, 2.0, 10.0
_UPPER, _LOWER, _STRIP, _GAP, _ROW = 42.0, 36.0, 5.0, 1.4, 4.2
_LEAST_MM = 0.6  # what is grave is drawn at least so wide
_WIDE_MM = 10.0
_WIDTH = 174.0


class Key(NamedTuple):
    """One entry of the legend of the strips: its row and place in millimetres, its word and look."""

    row: int
    left: float
    word: str
    band: Band


def profile_height_mm(chart: Chart, along: Along) -> float:
    """Return the height of a profile that is as wide as all charts."""
    strips = len(along.bands) * (_STRIP + _GAP) + _GAP
    keys = 1 + max((key.row for key in _keys(along)), default=-1)
    names = 1 + max((row for _, row, _ in _marks(along)), default=-1)
    return _TOP + (names + 1 + keys) * _ROW + _UPPER + strips + (_LOWER if chart.along else 0) + _AXIS + 2.0


def draw_profile(figure: Figure, chart: Chart, along: Along) -> None:
    """Draw a profile into an empty figure."""
    height = profile_height_mm(chart, along)
    names = 1 + max((row for _, row, _ in _marks(along)), default=-1)
    top = _TOP + (names + 1) * _ROW
    upper = _axes(figure, (top, _UPPER), height, along)
    _draw_heights(upper, chart, along)
    _write_marks(figure, upper, along)
    top += _UPPER + _GAP
    for band in along.bands:
        _draw_band(_axes(figure, (top, _STRIP), height, along), band, along)
        top += _STRIP + _GAP
    lower = _axes(figure, (top, _LOWER), height, along)
    _draw_lower(lower, along)
    _legend(figure, upper, lower)
    _write_keys(figure, along, height)


def _axes(figure: Figure, span: tuple[float, float], height: float, along: Along) -> Axes:
    """Return a panel ``span`` = (from the top, height) in millimetres, all over one axis."""
    top, tall = span
    box = (_LEFT / _WIDTH, 1 - (top + tall) / height, (_WIDTH - _LEFT - _RIGHT) / _WIDTH, tall / height)
    ax = figure.add_axes(box)
    ax.set_xlim(along.edges[0], max(along.edges[-1], along.edges[0] + 1e-6))
    ax.set_xticklabels([])
    ax.tick_params(length=2, color=_GRID)
    for name, spine in ax.spines.items():
        spine.set(visible=name in ("left", "bottom"), color="#888888", linewidth=0.6)
    return ax


def _font(size: float = _PT) -> FontProperties:
    return FontProperties(fname=str(REGULAR), size=size)


def _figures(ax: Axes, title: str) -> None:
    """Set the grid and the figures of a panel."""
    ax.grid(visible=True, color=_GRID, linewidth=0.5)
    ax.set_axisbelow(True)
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    ax.set_ylabel(printable(title), fontproperties=_font(), color=_INK)
    _set_ticks(ax)


def _set_ticks(ax: Axes) -> None:
    for text in (*ax.get_xticklabels(), *ax.get_yticklabels()):
        text.set_fontproperties(_font())
        text.set_color(_INK)


def _heights(values: list[Cell]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([v if isinstance(v, float) else np.nan for v in values])


def _draw_heights(ax: Axes, chart: Chart, along: Along) -> None:
    """Draw the lines of heights at the middle of each stretch, broken and marked where unknown."""
    for number, (name, values) in enumerate(chart_cells(chart).items()):
        line = _heights(values)
        if number == 0:
            low = min(0.0, float(np.nanmin(line))) if np.isfinite(line).any() else 0.0
            ax.fill_between(along.at, line, low, color=_HILL, linewidth=0)
        style = ("solid", "dashed", "dotted")[number % 3]
        ax.plot(along.at, line, color="#4d4d4d", linewidth=1.2, linestyle=style, label=printable(name))
    shared = [all(is_unknown(v) for v in column) for column in zip(*chart_cells(chart).values(), strict=True)]
    _shade_unknown(ax, along, shared)
    _figures(ax, unit_title(chart.unit))


def _shade_unknown(ax: Axes, along: Along, unknown: list[bool]) -> None:
    """Hatch the stretches where nothing is known, with the word where it fits."""
    for start, end in profile_runs(along, list(unknown), of=True):
        ax.axvspan(start, end, facecolor=_UNKNOWN, hatch="/////", edgecolor="#b5b5b5", linewidth=0)
        if _millimetres(along, end - start) > _WIDE_MM:
            ax.text(
                (start + end) / 2, 0.5, say("export.unknown"), transform=ax.get_xaxis_transform(),
                fontproperties=_font(), color=_INK, ha="center", va="center",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
            )  # fmt: skip


def _millimetres(along: Along, length: float) -> float:
    whole = max(along.edges[-1] - along.edges[0], 1e-6)
    return length / whole * (_WIDTH - _LEFT - _RIGHT)


def _draw_lower(ax: Axes, along: Along) -> None:
    """Draw the lines under the profile as steps over their stretches."""
    edges = np.asarray(along.edges)
    ends = np.column_stack([edges[:-1], edges[1:], edges[1:]]).ravel()
    cells = lower_cells(along)
    for number, (name, values) in enumerate(cells.items()):
        heights = _heights(values)
        steps = np.column_stack([heights, heights, np.full(len(heights), np.nan)]).ravel()
        joined = np.append(heights[1:], np.nan)
        touching = np.isfinite(heights) & np.isfinite(joined)
        steps[2::3] = np.where(touching, joined, np.nan)
        colour, style = _LINES[number % len(_LINES)]
        ax.plot(ends, steps, color=colour, linewidth=1.5, linestyle=style, label=printable(name))
    _figures(ax, unit_title(along.lower_unit))
    ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]), top=max(1.0, ax.get_ylim()[1]))
    ax.axhline(0, color=_INK, linewidth=0.9)
    _shade_unknown(ax, along, [any(is_unknown(v) for v in row) for row in zip(*cells.values(), strict=True)])
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    ax.set_xlabel(printable(with_unit(along.title, along.unit)), fontproperties=_font(), color=_INK)
    _set_ticks(ax)
    if not any(isinstance(v, float) for values in cells.values() for v in values):
        ax.set_yticks([])
        ax.text(
            0.5, 0.5, say("figure.chart_none"), transform=ax.transAxes, fontproperties=_font(), ha="center"
        )


def _draw_band(ax: Axes, band: Band, along: Along) -> None:
    """Draw a strip: the graver over the milder, and never too narrow to be seen."""
    ax.set_ylim(0, 1)
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(True)
    least = (along.edges[-1] - along.edges[0]) * _LEAST_MM / (_WIDTH - _LEFT - _RIGHT)
    for word in band.order:
        for start, end in profile_runs(along, list(band.words), of=word):
            wide = end - start if word in band.calm else max(end - start, least)
            ax.add_patch(Rectangle((start, 0), wide, 1, **_look(band, word)))
    ax.set_ylabel(
        printable(band.title), fontproperties=_font(), color=_INK, rotation=0, ha="right", va="center",
    )  # fmt: skip


def _look(band: Band, word: str) -> dict[str, Any]:
    """Return how a word is drawn: empty, as unknown, or the darker the graver."""
    if word in band.calm:
        return {"facecolor": "white", "edgecolor": "none"}
    if word in band.unknown:
        return {"facecolor": _UNKNOWN, "hatch": "/////", "edgecolor": "#8a8a8a", "linewidth": 0.0}
    drawn = [w for w in band.order if w not in band.calm and w not in band.unknown]
    place = drawn.index(word)
    shade, hatch = SHADES(place / max(len(drawn) - 1, 1)), PATTERNS[place % len(PATTERNS)]
    dark = place > len(drawn) / 2 and len(drawn) > 1
    return {"facecolor": shade, "hatch": hatch, "edgecolor": "#d9d9d9" if dark else _INK, "linewidth": 0.0}


def _marks(along: Along) -> list[tuple[float, int, str]]:
    """Return the named places with the row that each name is written in, so that none covers another."""
    ends: list[float] = []
    placed = []
    for place, name in along.marks:
        left = _millimetres(along, place - along.edges[0])
        wide = text_width_mm(printable(name), _SMALL)
        left = max(min(left, _WIDTH - _LEFT - _RIGHT - wide), 0.0)
        row = next((k for k, end in enumerate(ends) if end < left), len(ends))
        ends[row : row + 1] = [left + wide + 2.0]
        placed.append((place, row, printable(name)))
    return placed


def _write_marks(figure: Figure, ax: Axes, along: Along) -> None:
    """Write the names of the stops above the heights, and a line down from each."""
    _, height = figure.get_size_inches() * 25.4
    for place, row, name in _marks(along):
        left = _millimetres(along, place - along.edges[0])
        left = max(min(left, _WIDTH - _LEFT - _RIGHT - text_width_mm(name, _SMALL)), 0.0)
        top = ax.get_position().y1 + (0.8 + row * _ROW) / height
        figure.text(
            (_LEFT + left) / _WIDTH, top, name, fontproperties=_font(_SMALL), color=_INK, parse_math=False,
            va="bottom",
        )  # fmt: skip
        ax.axvline(place, color="#7a7a7a", linewidth=0.7, linestyle=(0, (3, 2)))


def _legend(figure: Figure, upper: Axes, lower: Axes) -> None:
    """Name the lines of both panels at the top."""
    pairs = [ax.get_legend_handles_labels() for ax in (upper, lower)]
    handles, names = [h for p in pairs for h in p[0]], [n for p in pairs for n in p[1]]
    figure.legend(
        handles, names, loc="upper center", ncols=4, frameon=False, prop=_font(), borderaxespad=0.1,
        handlelength=2.6,
    )  # fmt: skip


def _keys(along: Along) -> Iterator[Key]:
    """Yield the words of the strips that occur, in rows below the axis."""
    row, left = 0, 0.0
    for band in along.bands:
        for word in (w for w in band.order if w in band.words):
            wide = 7.0 + text_width_mm(printable(f"{band.title}: {word}"), _SMALL) + 4.0
            if left and left + wide > _WIDTH - _RIGHT - 2.0:
                row, left = row + 1, 0.0
            yield Key(row, left, word, band)
            left += wide
        row, left = row + bool(left), 0.0


def _write_keys(figure: Figure, along: Along, height: float) -> None:
    """Draw the look of each word with the word, below the axis."""
    keys = list(_keys(along))
    rows = 1 + max((key.row for key in keys), default=-1)
    for key in keys:
        bottom = (rows - 1 - key.row) * _ROW + 1.2
        corner = ((4.0 + key.left) / _WIDTH, bottom / height)
        look = {**_look(key.band, key.word), "edgecolor": _INK, "linewidth": 0.4}
        figure.add_artist(Rectangle(corner, 5.5 / _WIDTH, 2.6 / height, transform=figure.transFigure, **look))
        figure.text(
            corner[0] + 6.6 / _WIDTH, corner[1] + 1.3 / height, printable(f"{key.band.title}: {key.word}"),
            fontproperties=_font(_SMALL), color=_INK, va="center_baseline", parse_math=False,
        )  # fmt: skip
