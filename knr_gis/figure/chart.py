"""Charts by matplotlib: Okabe-Ito colours with hatches, so that no series is told by colour alone."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Patch

from knr_gis.charts import chart_cells, chart_decimals, is_unknown
from knr_gis.figure.profile import draw_profile, profile_height_mm
from knr_gis.fonts import REGULAR, printable, text_width_mm
from knr_gis.readable import Cell, cell_text, unit_title
from knr_gis.result import Chart
from knr_gis.texts import say

CHART_MM = 174.0
# Okabe and Ito, Color Universal Design (2008); black and yellow left out: ink and paper.
COLOURS = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#0072B2", "#D55E00")
HATCHES = ("", "////", "....", "xxxx", "\\\\\\\\", "++++")
_DASHES = ("solid", "dashed", "dotted", "dashdot", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)))
_MARKERS = ("o", "s", "^", "D", "v", "X")
_INK, _GRID, _UNKNOWN = "#1a1a1a", "#cfcfcf", "#eeeeee"
_PT, _ROW_MM, _LINE_MM, _TOP_MM, _FOOT_MM = 7.0, 4.6, 44.0, 2.0, 9.0
_STUB = 0.06  # length of the hatched piece that stands for an unknown value, as a share of the axis


def chart_height_mm(chart: Chart) -> float:
    """Return the height of a chart that is CHART_MM wide."""
    if chart.along is not None:
        return profile_height_mm(chart, chart.along)
    if chart.kind == "line":
        body = _LINE_MM
    else:
        beside = len(chart.series) if chart.kind == "bar" else 1
        body = len(chart.labels) * max(_ROW_MM, 3.4 * beside + 1.2)
    return body + _TOP_MM + _FOOT_MM + _legend_mm(chart)


def _legend_mm(chart: Chart) -> float:
    return 6.0 if len(chart.series) > 1 else 0.0


def write_chart(chart: Chart, path: Path, *, dpi: int = 200) -> None:
    """
    Write a chart as ``.png`` or, with its words as text, ``.pdf``; the same chart gives the same bytes.

    The title stands in the text around it.
    """
    kind = path.suffix.lstrip(".").lower()
    metadata = {"CreationDate": None} if kind == "pdf" else {}
    with mpl.rc_context({"pdf.fonttype": 42, "text.hinting": "force_autohint", "hatch.linewidth": 0.5}):
        draw_chart(chart, dpi=dpi).savefig(path, format=kind, metadata=metadata)


def draw_chart(chart: Chart, *, dpi: int = 200) -> Figure:
    """Return a chart drawn, not yet saved."""
    height = chart_height_mm(chart)
    figure = Figure(figsize=(CHART_MM / 25.4, height / 25.4), dpi=dpi, facecolor="white")
    if chart.along is not None:
        draw_profile(figure, chart, chart.along)
        return figure
    left = _left_mm(chart)
    box = (left, _FOOT_MM, CHART_MM - left - 6.0, height - _TOP_MM - _FOOT_MM - _legend_mm(chart))
    ax = figure.add_axes((box[0] / CHART_MM, box[1] / height, box[2] / CHART_MM, box[3] / height))
    _set_axes(ax, chart)
    {"bar": _draw_bars, "stacked_bar": _draw_stacks, "line": _draw_lines}[chart.kind](ax, chart)
    if len(chart.series) > 1:
        _draw_legend(figure, chart)
    return figure


def _left_mm(chart: Chart) -> float:
    """Return the room for what stands left of the axis: labels, or figures in front of lines."""
    if chart.kind == "line":
        return 18.0
    return min(max((text_width_mm(label, _PT) for label in chart.labels), default=0.0) + 4.0, 60.0)


def _font(size: float = _PT) -> FontProperties:
    return FontProperties(fname=str(REGULAR), size=size)


def _set_axes(ax: Axes, chart: Chart) -> None:
    """Set labels, unit and grid; figures grow to the right, or upwards where lines are drawn."""
    places = range(len(chart.labels))
    names, upright = [printable(label) for label in chart.labels], chart.kind == "line"
    axis, other = (ax.xaxis, ax.yaxis) if upright else (ax.yaxis, ax.xaxis)
    axis.set_ticks(places, names)
    axis.set_tick_params(length=0)
    other.set_major_formatter(lambda value, _: f"{value:,.10g}")
    other.set_tick_params(length=2, color=_GRID)
    other.grid(visible=True, color=_GRID, linewidth=0.5)
    ax.set_axisbelow(True)
    for text in (*ax.get_xticklabels(), *ax.get_yticklabels()):
        text.set_fontproperties(_font())
        text.set_color(_INK)
    other.set_label_text(printable(unit_title(chart.unit)), fontproperties=_font(), color=_INK)
    for name, spine in ax.spines.items():
        spine.set(visible=name in ("left", "bottom"), color="#888888", linewidth=0.6)
    if upright:
        ax.set_xlim(-0.5, len(chart.labels) - 0.5)
    else:
        ax.set_ylim(len(chart.labels) - 0.5, -0.5)  # the first label on top


def _span(ax: Axes, values: list[Cell]) -> float:
    """Set the axis of figures so that bars and the words at their ends fit; return its length."""
    numbers = [v for v in values if isinstance(v, float) and not is_unknown(v)]
    low, high = min([0.0, *numbers]), max([0.0, *numbers])
    length = (high - low) or 1.0
    ax.set_xlim(low - (0.14 * length if low < 0 else 0), high + 0.14 * length)
    ax.axvline(0, color=_INK, linewidth=0.7)
    if not numbers:
        ax.set_xticks([])  # there is nothing to read off
    return length


def _draw_bars(ax: Axes, chart: Chart) -> None:
    cells, decimals = chart_cells(chart), chart_decimals(chart)
    length = _span(ax, [v for values in cells.values() for v in values])
    thick = 0.74 / max(len(cells), 1)
    for number, values in enumerate(cells.values()):
        places = np.arange(len(values)) - 0.37 + thick * (number + 0.5)
        for place, value in zip(places.tolist(), values, strict=True):
            end = _STUB * length
            if is_unknown(value):
                _draw_unknown(ax, place, width=end, thick=thick)
            else:
                end = value if isinstance(value, float) else 0.0
                _draw_bar(ax, end, place, number=number, thick=thick)
            _write_end(ax, cell_text(value, decimals), end, place, length)


def _draw_bar(ax: Axes, value: float, place: float, *, number: int, thick: float, start: float = 0.0) -> None:
    """Draw one bar from ``start`` in the look of a series."""
    colour, hatch = COLOURS[number % len(COLOURS)], HATCHES[number % len(HATCHES)]
    ax.barh(place, value, thick, left=start, color=colour, hatch=hatch, edgecolor=_INK, linewidth=0.4)


def _draw_unknown(ax: Axes, place: float, *, width: float, thick: float, start: float = 0.0) -> None:
    """Draw a short, pale, hatched piece for what is unknown."""
    ax.barh(
        place, width, thick, left=start, color=_UNKNOWN, hatch="/////", edgecolor="#8a8a8a", linewidth=0.5
    )


def _write_end(ax: Axes, text: str, end: float, place: float, length: float) -> None:
    """Write the figure at the end of its bar; ― where the question does not arise."""
    side = -1 if end < 0 else 1
    ax.text(
        end + side * 0.008 * length, place, printable(text or say("figure.chart_none")),
        fontproperties=_font(6.2), color=_INK, va="center_baseline", parse_math=False,
        ha="left" if side > 0 else "right",
    )  # fmt: skip


def _draw_stacks(ax: Axes, chart: Chart) -> None:
    """Draw parts end to end, then a piece for what is unknown, then what is known of the sum."""
    cells, decimals = chart_cells(chart), chart_decimals(chart)
    rows = list(zip(*cells.values(), strict=True))
    sums = [sum(v for v in row if isinstance(v, float) and not is_unknown(v)) for row in rows]
    length = _span(ax, list(sums))
    for place, (row, total) in enumerate(zip(rows, sums, strict=True)):
        start, unknown = 0.0, any(is_unknown(v) for v in row)
        for number, value in enumerate(row):
            if isinstance(value, float) and not is_unknown(value):
                _draw_bar(ax, value, place, number=number, thick=0.7, start=start)
                start += value
        words = [cell_text(total, decimals)] if total or not unknown else []
        if unknown:
            _draw_unknown(ax, place, width=_STUB * length, thick=0.7, start=start)
            words.append(say("export.unknown"))
            start += _STUB * length
        text = "" if all(v is None for v in row) else " + ".join(words)
        _write_end(ax, text, start, place, length)


def _draw_lines(ax: Axes, chart: Chart) -> None:
    """Draw a line for each series, broken where a value is unknown; the place is marked on the axis."""
    for number, values in enumerate(chart_cells(chart).values()):
        heights = [v if isinstance(v, float) else np.nan for v in values]
        k = number % len(COLOURS)
        ax.plot(
            range(len(heights)), heights, color=COLOURS[k], linestyle=_DASHES[k], marker=_MARKERS[k],
            markersize=3.5, linewidth=1.4, markeredgecolor=_INK, markeredgewidth=0.4,
        )  # fmt: skip
        for place in (p for p, v in enumerate(values) if is_unknown(v)):
            ax.text(
                place, 0.02 + 0.06 * number, say("export.unknown"), transform=ax.get_xaxis_transform(),
                fontproperties=_font(6.2), color=_INK, ha="center", va="bottom",
            )  # fmt: skip
    ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]))


def _draw_legend(figure: Figure, chart: Chart) -> None:
    names = [printable(name) for name in chart_cells(chart)]
    lines = chart.kind == "line"
    handles: list[Artist] = [*figure.axes[0].lines] if lines else [_patch(k) for k in range(len(names))]
    figure.legend(
        handles, names, loc="upper center", ncols=min(len(names), 4), frameon=False, prop=_font(),
        borderaxespad=0.2, handlelength=2.6,
    )  # fmt: skip


def _patch(number: int) -> Patch:
    """Return the look of a series for the legend."""
    k = number % len(COLOURS)
    return Patch(facecolor=COLOURS[k], hatch=HATCHES[k], edgecolor=_INK, linewidth=0.4)
