"""Charts in words: the same title, table and remarks for report, workbook and screen reader."""

import math
from itertools import groupby

from knr_gis.fonts import plain
from knr_gis.readable import Cell, ReadableTable, cell_text, decimals_of, with_unit
from knr_gis.result import Along, Band, Blank, Chart
from knr_gis.texts import say

_MOST_RUNS = 8


def chart_title(chart: Chart) -> str:
    """Return what a chart shows, with the unit; the panels of a profile have units of their own."""
    title = say(chart.title.key, **chart.title.values)
    return plain(title if chart.along is not None else with_unit(title, chart.unit))


def chart_cells(chart: Chart) -> dict[str, list[Cell]]:
    """Return the values of each series: NaN where unknown, None where the question does not arise."""
    return {plain(name): [_cell(v) for v in values] for name, values in chart.series.items()}


def _cell(value: float | Blank) -> Cell:
    return None if isinstance(value, Blank) else float(value) + 0.0  # no minus before a zero


def chart_table(chart: Chart) -> ReadableTable:
    """Return the data of a chart, one row for each label."""
    if chart.along is not None:
        return _profile_table(chart, chart.along)
    cells = chart_cells(chart)
    rows = tuple(zip((plain(label) for label in chart.labels), *cells.values(), strict=True))
    units = ("", *[chart.unit] * len(cells))
    return ReadableTable(
        chart.id, chart_title(chart), ("", *cells), units, rows, " ".join(chart_remarks(chart))
    )


def lower_cells(along: Along) -> dict[str, list[Cell]]:
    """Return the values of the lines under a profile, as ``chart_cells``."""
    return {plain(name): [_cell(v) for v in values] for name, values in along.lower.items()}


def _profile_table(chart: Chart, along: Along) -> ReadableTable:
    """Return a profile as rows: from, to, the lines, and the words of the strips."""
    upper, lower = chart_cells(chart), lower_cells(along)
    words = [[plain(word) for word in band.words] for band in along.bands]
    ends = (along.edges[:-1], along.edges[1:])
    rows = tuple(zip(*ends, *upper.values(), *lower.values(), *words, strict=True))
    named = [say("figure.profile_from", axis=along.title), say("figure.profile_to", axis=along.title)]
    units = [along.unit] * 2 + [chart.unit] * len(upper) + [along.lower_unit] * len(lower) + [""] * len(words)
    titles = [*named, *upper, *lower, *(plain(band.title) for band in along.bands)]
    headings = tuple(with_unit(title, unit) for title, unit in zip(titles, units, strict=True))
    note = " ".join(chart_remarks(chart))
    return ReadableTable(chart.id, chart_title(chart), headings, tuple(units), rows, note)


def chart_decimals(chart: Chart) -> int:
    """Return the decimals with which all values of a chart are printed."""
    return decimals_of([v for cells in chart_cells(chart).values() for v in cells], chart.unit)


def chart_remarks(chart: Chart) -> list[str]:
    """Return the sentences under a chart: its own, then whose values are unknown or do not apply."""
    said = [plain(say(chart.note.key, **chart.note.values))] if chart.note else []
    if chart.along is not None:
        return said + _unknown_runs(chart, chart.along)
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


def _unknown_runs(chart: Chart, along: Along) -> list[str]:
    """Return from where to where each line of a profile is unknown."""
    said = []
    for name, values in {**chart_cells(chart), **lower_cells(along)}.items():
        runs = [f"{a:.1f}〜{b:.1f}" for a, b in profile_runs(along, [is_unknown(v) for v in values], of=True)]
        if runs:
            more = say("figure.and_more", count=len(runs) - _MOST_RUNS) if len(runs) > _MOST_RUNS else ""
            named = "、".join(runs[:_MOST_RUNS]) + more
            said.append(plain(say("figure.profile_unknown", name=name, runs=named, unit=along.unit)))
    return said


def profile_runs(along: Along, values: list[object], *, of: object) -> list[tuple[float, float]]:
    """Return the stretches of the axis over which a value of the labels is ``of``."""
    runs, place = [], 0
    for value, group in groupby(values):
        end = place + len(list(group))
        if value == of:
            runs.append((along.edges[place], along.edges[end]))
        place = end
    return runs


def is_unknown(value: Cell) -> bool:
    """Tell whether a value of a chart is unknown."""
    return isinstance(value, float) and math.isnan(value)


def chart_alternative(chart: Chart) -> str:
    """Return a chart as text, for those who cannot see it; a profile by its least and most."""
    if chart.along is not None:
        return _profile_alternative(chart, chart.along)
    decimals, parts = chart_decimals(chart), []
    for name, values in chart_cells(chart).items():
        pairs = zip(chart.labels, values, strict=True)
        listed = "、".join(f"{label} {cell_text(v, decimals)}" for label, v in pairs if v is not None)
        parts.append(say("figure.chart_series", name=name, values=listed))
    return plain(say("figure.chart_alt", title=chart_title(chart), series=" ".join(parts)))


def _profile_alternative(chart: Chart, along: Along) -> str:
    """Return the range of each line of a profile, and how much of the axis each word of a strip takes."""
    units = dict.fromkeys(chart_cells(chart), chart.unit) | dict.fromkeys(
        lower_cells(along), along.lower_unit
    )
    parts = []
    for name, values in {**chart_cells(chart), **lower_cells(along)}.items():
        known = [v for v in values if isinstance(v, float) and not is_unknown(v)]
        text = say("export.unknown")
        if known:
            low, high, unit = min(known), max(known), units[name]
            text = say("figure.profile_range", low=f"{low:,.0f}", high=f"{high:,.0f}", unit=unit)
        parts.append(say("figure.chart_series", name=name, values=text))
    parts += [say("figure.chart_series", name=b.title, values=_band_text(b, along)) for b in along.bands]
    return plain(say("figure.chart_alt", title=chart_title(chart), series=" ".join(parts)))


def _band_text(band: Band, along: Along) -> str:
    lengths = dict.fromkeys(band.order, 0.0)
    for word, start, end in zip(band.words, along.edges, along.edges[1:], strict=False):
        lengths[word] += end - start
    return "、".join(f"{word} {length:.1f} {along.unit}" for word, length in lengths.items() if length > 0)
