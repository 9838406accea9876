"""A profile as a chart of Excel: heights on the left axis, minutes on the right, kilometres below."""

from typing import Any

from knr_gis.charts import chart_cells, chart_title, lower_cells
from knr_gis.fonts import FAMILY, plain
from knr_gis.readable import unit_title, with_unit
from knr_gis.result import Along, Chart

PROFILE_PX = 420
_WIDTH_PX = 900
_FIRST_LINE = 2  # columns before the lines: from, to
_LOOKS = (("#4D4D4D", "solid"), ("#0072B2", "solid"), ("#D55E00", "dash"), ("#009E73", "round_dot"))
_FONT = {"name": FAMILY, "size": 9}


def profile_chart(file: Any, sheet: Any, chart: Chart, *, row: int) -> Any:
    """
    Return a profile over the data under the headings in ``row``; the strips stand beside it as columns.

    Each stretch is drawn at its beginning; what is unknown or does not apply is a gap.
    """
    along, upper = _along(chart), chart_cells(chart)
    drawn = file.add_chart({"type": "scatter", "subtype": "straight"})
    first, last = row + 1, row + len(chart.labels)
    for number, name in enumerate([*upper, *lower_cells(along)]):
        column, (colour, dash) = _FIRST_LINE + number, _LOOKS[number % len(_LOOKS)]
        drawn.add_series({
            "name": plain(name), "categories": [sheet.name, first, 0, last, 0],
            "values": [sheet.name, first, column, last, column], "marker": {"type": "none"},
            "line": {"color": colour, "width": 1.5, "dash_type": dash}, "y2_axis": number >= len(upper),
        })  # fmt: skip
    _set_axes(drawn, chart, along)
    return drawn


def _along(chart: Chart) -> Along:
    if chart.along is None:
        raise ValueError(chart.id)
    return chart.along


def _set_axes(drawn: Any, chart: Chart, along: Along) -> None:
    drawn.set_title({"name": chart_title(chart), "name_font": {**_FONT, "size": 11}, "overlay": False})
    axis = {"name_font": _FONT, "num_font": _FONT, "label_position": "low"}
    reach = {"min": along.edges[0], "max": along.edges[-1]} if along.edges[-1] > along.edges[0] else {}
    drawn.set_x_axis({**axis, **reach, "name": plain(with_unit(along.title, along.unit))})
    grid = {"visible": True, "line": {"color": "#CFCFCF"}}
    drawn.set_y_axis({**axis, "name": plain(unit_title(chart.unit)), "major_gridlines": grid})
    drawn.set_y2_axis({**axis, "name": plain(unit_title(along.lower_unit)), "label_position": "high"})
    drawn.set_legend({"position": "top", "font": _FONT})
    drawn.show_blanks_as("gap")
    drawn.set_size({"width": _WIDTH_PX, "height": PROFILE_PX})
