"""The charts of a product as charts of Excel, each beside its data."""

from typing import Any

from knr_gis.charts import chart_cells, chart_decimals, chart_remarks, chart_title, is_unknown, lower_cells
from knr_gis.export.profile_sheet import PROFILE_PX, profile_chart
from knr_gis.figure.chart import COLOURS
from knr_gis.fonts import FAMILY, plain
from knr_gis.readable import Cell, ReadableTable, column_decimals, unit_title
from knr_gis.result import Chart
from knr_gis.texts import say

_KINDS = {"bar": ("bar", None), "stacked_bar": ("bar", "stacked"), "line": ("line", None)}
_PATTERNS = ("", "wide_upward_diagonal", "percent_25", "large_grid", "wide_downward_diagonal", "dotted_grid")
_DASHES = ("solid", "dash", "round_dot", "dash_dot", "long_dash", "long_dash_dot")
_MARKERS = ("circle", "square", "triangle", "diamond", "x", "plus")
_INK, _FONT = "#1A1A1A", {"name": FAMILY, "size": 9}
_WIDTH_PX, _LEAST_PX, _ROW_PX = 640, 260, 20


def chart_rows(chart: Chart) -> int:
    """Return how many rows of a sheet a chart and its data take."""
    return max(len(chart.labels) + 1, _height(chart) // _ROW_PX + 1) + len(chart_remarks(chart)) + 3


def _height(chart: Chart) -> int:
    if chart.along is not None:
        return PROFILE_PX
    bars = len(chart.labels) * (len(chart.series) if chart.kind == "bar" else 1)
    return max(_LEAST_PX, 110 + 24 * bars) if chart.kind != "line" else _LEAST_PX + 60


def excel_chart(file: Any, sheet: Any, chart: Chart, *, row: int) -> Any:
    """
    Return a chart of Excel over the data under the headings in ``row``, labels in the first column.

    A value that is a word (不明) is drawn with no bar and carries that word.
    """
    if chart.along is not None:
        return profile_chart(file, sheet, chart, row=row)
    kind, subtype = _KINDS[chart.kind]
    drawn = file.add_chart({"type": kind, **({"subtype": subtype} if subtype else {})})
    first, last = row + 1, row + len(chart.labels)
    for number, values in enumerate(chart_cells(chart).values()):
        drawn.add_series({
            "name": [sheet.name, row, number + 1],
            "categories": [sheet.name, first, 0, last, 0],
            "values": [sheet.name, first, number + 1, last, number + 1],
            **_look(chart, number),
            "data_labels": _labels(values, chart_decimals(chart)),
        })  # fmt: skip
    _set_frame(drawn, chart)
    return drawn


def key_chart(file: Any, sheet: Any, table: ReadableTable, *, row: int) -> Any | None:
    """
    Return bars of the first figure of a table whose headings stand in ``row``, or None where it has none.

    The last row, that of the whole region, is left out: beside it the municipalities would be dots.
    """
    last = len(table.rows) - (bool(table.rows) and table.rows[-1][0] == say("export.whole_region"))
    figures = [
        k
        for k, cells in enumerate(zip(*table.rows[:last], strict=True))
        if sum(isinstance(v, float) and not is_unknown(v) for v in cells) > 1
    ]
    if not figures:
        return None
    column, ends = figures[0], (row + 1, row + last)
    values = [cells[column] for cells in table.rows[:last]]
    known = [v for v in values if isinstance(v, float) and not is_unknown(v)]
    drawn = file.add_chart({"type": "bar"})
    drawn.add_series({
        "name": [sheet.name, row, column], "categories": [sheet.name, ends[0], 0, ends[1], 0],
        "values": [sheet.name, ends[0], column, ends[1], column], "fill": {"color": COLOURS[4]}, "gap": 45,
        "data_labels": _labels(values, column_decimals(table)[column]),
    })  # fmt: skip
    drawn.set_title({"name": table.headings[column], "name_font": {**_FONT, "size": 11}})
    drawn.set_y_axis({"reverse": True, "num_font": _FONT, "major_gridlines": {"visible": False}})
    axis = {"num_font": _FONT, "num_format": "#,##0", "label_position": "high"}
    drawn.set_x_axis({**axis, **({"min": 0} if min(known) >= 0 else {})})
    drawn.set_legend({"none": True})
    drawn.set_size({"width": _WIDTH_PX, "height": max(_LEAST_PX, 110 + 24 * last)})
    return drawn


def leave_gaps(sheet: Any, chart: Chart, cell_format: Any, *, row: int) -> None:
    """Make what is unknown in a line a gap: Excel would draw a word at zero, but leaves out ``#N/A``."""
    if chart.kind not in ("line", "profile"):
        return
    cells = chart_cells(chart)
    cells |= lower_cells(chart.along) if chart.along is not None else {}
    for column, values in enumerate(cells.values(), start=1 if chart.along is None else 2):
        for place, value in enumerate(values, start=row + 1):
            if is_unknown(value):
                sheet.write_formula(place, column, "=NA()", cell_format, "#N/A")


def _look(chart: Chart, number: int) -> dict[str, Any]:
    """Return colour and hatch (or dashes and marks) of a series."""
    k = number % len(COLOURS)
    if chart.kind == "line":
        line = {"color": COLOURS[k], "width": 2, "dash_type": _DASHES[k]}
        return {"line": line, "marker": {"type": _MARKERS[k], "size": 6}}
    border = {"color": _INK, "width": 0.5}
    if not _PATTERNS[k]:
        return {"fill": {"color": COLOURS[k]}, "border": border, "gap": 45}
    pattern = {"pattern": _PATTERNS[k], "fg_color": _INK, "bg_color": COLOURS[k]}
    return {"pattern": pattern, "border": border, "gap": 45}


def _labels(values: list[Cell], decimals: int) -> dict[str, Any]:
    """Return the figures at the bars: a word where there is none."""
    code = "#,##0" + ("." + "0" * decimals if decimals else "")
    custom = [_word(value) for value in values]
    return {"value": True, "num_format": code, "font": _FONT, "custom": custom}


def _word(value: Cell) -> dict[str, Any] | None:
    if value is None:
        return {"value": say("figure.chart_none")}
    return {"value": say("export.unknown")} if is_unknown(value) else None


def _from_zero(chart: Chart) -> dict[str, float]:
    """Return where the axis of bars begins: a bar that does not stand on zero misleads."""
    found = [
        v
        for cells in chart_cells(chart).values()
        for v in cells
        if isinstance(v, float) and not is_unknown(v)
    ]
    if not found or min(found) >= 0:
        return {"min": 0}
    return {"max": 0} if max(found) <= 0 else {}


def _set_frame(drawn: Any, chart: Chart) -> None:
    """Set title, axes and size; the first label of bars stands on top."""
    drawn.set_title({"name": chart_title(chart), "name_font": {**_FONT, "size": 11}, "overlay": False})
    unit = {"name": plain(unit_title(chart.unit)), "name_font": _FONT, "num_font": _FONT}
    labels = {"num_font": _FONT, "label_position": "low"}
    if chart.kind == "line":
        drawn.set_x_axis(labels)
        drawn.set_y_axis({**unit, "major_gridlines": {"visible": True, "line": {"color": "#CFCFCF"}}})
    else:
        # Excel draws labels from the bottom upwards; turned round, the figures would stand on top.
        drawn.set_y_axis({**labels, "reverse": True, "major_gridlines": {"visible": False}})
        grid = {"visible": True, "line": {"color": "#CFCFCF"}}
        drawn.set_x_axis({**unit, **_from_zero(chart), "major_gridlines": grid, "label_position": "high"})
    drawn.set_legend({"none": True} if len(chart.series) == 1 else {"position": "top", "font": _FONT})
    drawn.show_blanks_as("gap")
    drawn.set_size({"width": _WIDTH_PX, "height": _height(chart)})
