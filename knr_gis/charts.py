"""Charts in words: the same title, table and remarks for report, workbook and screen reader."""

import math

from knr_gis.fonts import plain
from knr_gis.readable import Cell, ReadableTable, cell_text, decimals_of, with_unit
from knr_gis.result import Blank, Chart
from knr_gis.texts import say


def chart_title(chart: Chart) -> str:
    """Return what a chart shows, with the unit."""
    return plain(with_unit(say(chart.title.key, **chart.title.values), chart.unit))


def chart_cells(chart: Chart) -> dict[str, list[Cell]]:
    """Return the values of each series: NaN where unknown, None where the question does not arise."""
    return {plain(name): [_cell(v) for v in values] for name, values in chart.series.items()}


def _cell(value: float | Blank) -> Cell:
    return None if isinstance(value, Blank) else float(value) + 0.0  # no minus before a zero


def chart_table(chart: Chart) -> ReadableTable:
    """Return the data of a chart, one row for each label."""
    cells = chart_cells(chart)
    rows = tuple(zip((plain(label) for label in chart.labels), *cells.values(), strict=True))
    units = ("", *[chart.unit] * len(cells))
    return ReadableTable(
        chart.id, chart_title(chart), ("", *cells), units, rows, " ".join(chart_remarks(chart))
    )


def chart_decimals(chart: Chart) -> int:
    """Return the decimals with which all values of a chart are printed."""
    return decimals_of([v for cells in chart_cells(chart).values() for v in cells], chart.unit)


def chart_remarks(chart: Chart) -> list[str]:
    """Return the sentences under a chart: its own, then whose values are unknown or do not apply."""
    said = [plain(say(chart.note.key, **chart.note.values))] if chart.note else []
    unknown, blank = _named(chart, unknown=True), _named(chart, unknown=False)
    said += [say("figure.chart_unknown", names=unknown)] if unknown else []
    return said + ([say("figure.chart_blank", names=blank)] if blank else [])


def _named(chart: Chart, *, unknown: bool) -> str:
    """Return the labels without a value; of several series, which of them."""
    found = []
    for place, label in enumerate(chart.labels):
        cells = {name: values[place] for name, values in chart_cells(chart).items()}
        names = [n for n, v in cells.items() if (is_unknown(v) if unknown else v is None)]
        if names:
            whole = len(names) == len(cells)
            found.append(label if whole else say("figure.chart_part", label=label, series="・".join(names)))
    return plain("、".join(found))


def is_unknown(value: Cell) -> bool:
    """Tell whether a value of a chart is unknown."""
    return isinstance(value, float) and math.isnan(value)


def chart_alternative(chart: Chart) -> str:
    """Return a chart as text, for those who cannot see it."""
    decimals, parts = chart_decimals(chart), []
    for name, values in chart_cells(chart).items():
        pairs = zip(chart.labels, values, strict=True)
        listed = "、".join(f"{label} {cell_text(v, decimals)}" for label, v in pairs if v is not None)
        parts.append(say("figure.chart_series", name=name, values=listed))
    return plain(say("figure.chart_alt", title=chart_title(chart), series=" ".join(parts)))
