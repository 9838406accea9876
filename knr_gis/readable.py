"""The tables of a product as people read them: the same rows for workbook, PDF and Word report."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
import pandas as pd

from knr_gis.display import shown
from knr_gis.findings import FINDING_COLUMNS
from knr_gis.fonts import plain
from knr_gis.product import Product, ScenarioLine
from knr_gis.result import Blank, Result
from knr_gis.schema import column_title
from knr_gis.texts import has_text, say

Cell = float | int | str | None
"""A number (NaN = unknown), a text, or None where the question does not arise."""

_OF_ZONE = re.compile(r"(\w+)_(length|area|count)_(inside|near|by)_(\w+)")
_JAPAN = timezone(timedelta(hours=9))
_DECIMALS = {
    "km": 1,
    "ha": 1,
    "km²": 1,
    "m": 0,
    "分": 1,
    "%": 1,
    "％": 1,
    "ポイント": 1,
    "人": 0,
    "世帯": 0,
    "時間": 1,
}


@dataclass(frozen=True)
class ReadableTable:
    """
    A table with Japanese headings.

    Parameters
    ----------
    headings
        One per column, with the unit.
    units
        One per column; empty for text. They decide the number of decimals.
    rows
        Numbers stay numbers (NaN = unknown); None is a cell that does not apply.
    row_units
        One per row, where the rows differ in their unit: they decide the decimals of columns that have
        no unit of their own. Empty for none.
    """

    id: str
    title: str
    headings: tuple[str, ...]
    units: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    row_units: tuple[str, ...] = ()


def created_time(product: Product) -> datetime:
    """Return the time of the run; a time without zone is Japan's."""
    time = datetime.fromisoformat(product.created)
    return time if time.tzinfo else time.replace(tzinfo=_JAPAN)


def measure_title(measure: str) -> str:
    """Return the Japanese name of a measure, or its key; ``x_rank`` is the rank of ``x``."""
    ranked = measure.removesuffix("_rank")
    if ranked != measure and has_text(f"measures.{ranked}"):
        return say("measures.rank_of", title=say(f"measures.{ranked}"))
    return _zone_title(measure) or _said(f"measures.{measure}", measure)


def _zone_title(measure: str) -> str:
    """Return the name of ``<layer>_<size>_<inside, near or by>_<zone layer>``, else nothing."""
    found = None if has_text(f"measures.{measure}") else _OF_ZONE.fullmatch(measure)
    if found is None:
        return ""
    layer, size, how, zone = found.groups()
    named = {
        "layer": shown("layer", layer),
        "size": say(f"measures.size.{size}"),
        "zone": shown("layer", zone),
    }
    return say(f"measures.{how}_of", **named)


def group_title(group: str) -> str:
    """Return the Japanese name of a group; groups that are labels already stay as they are."""
    return _said(f"measures.group.{group}", group)


def unit_title(unit: str) -> str:
    """Return a unit as it is printed."""
    return _said(f"measures.unit.{unit}", unit)


def heading(column: str) -> str:
    """Return the heading of a column: ours, that of a measure, or the column's own name."""
    title = column_title(column)
    return title if title != column else measure_title(column)


def _said(key: str, fallback: str) -> str:
    return say(key) if has_text(key) else plain(fallback)


def with_unit(title: str, unit: str) -> str:
    """Return ``title（unit）``, or the title alone where there is no unit."""
    return say("export.with_unit", title=title, unit=unit_title(unit)) if unit else title


def decimals_of(values: Iterable[Cell], unit: str = "") -> int:
    """Return how many decimals a column is printed with: none where all its numbers are whole."""
    numbers = [v for v in values if isinstance(v, float | int) and not _unknown(v)]
    whole = all(float(v).is_integer() for v in numbers)
    return 0 if whole else _DECIMALS.get(unit, 2)


def cell_text(value: Cell, decimals: int = 0) -> str:
    """
    Return a cell as printed: 不明 for an unknown number, blank where it does not apply.

    A number that would round to zero without being zero reads ``0.1未満``.
    """
    if value is None or isinstance(value, str):
        return value or ""
    if _unknown(value):
        return say("export.unknown")
    text = f"{value:,.{decimals}f}"
    if value > 0 and float(text.replace(",", "")) == 0:
        return say("export.less_than", limit=f"{10.0**-decimals:.{decimals}f}")
    return text


def _unknown(value: float) -> bool:
    return value != value  # noqa: PLR0124  NaN is not equal to itself


def column_decimals(table: ReadableTable) -> list[int]:
    """Return the decimals of every column of a table."""
    columns = list(zip(*table.rows, strict=True)) or [()] * len(table.headings)
    return [decimals_of(c, u) for c, u in zip(columns, table.units, strict=True)]


def cell_decimals(table: ReadableTable) -> list[list[int]]:
    """Return the decimals of every cell, row by row."""
    columns = column_decimals(table)
    if not table.row_units:
        return [columns] * len(table.rows)
    own = [bool(unit) for unit in table.units]
    return [
        [c if o else decimals_of((v,), unit) for v, c, o in zip(row, columns, own, strict=True)]
        for row, unit in zip(table.rows, table.row_units, strict=True)
    ]


def printed_rows(table: ReadableTable) -> list[list[str]]:
    """Return the rows of a table as text."""
    pairs = zip(table.rows, cell_decimals(table), strict=True)
    return [[cell_text(v, d) for v, d in zip(row, decimals, strict=True)] for row, decimals in pairs]


def summary_tables(summary: pd.DataFrame) -> list[ReadableTable]:
    """
    Return the summary with one row per municipality: readable where the long form is not.

    Measures without groups share the first table; a measure with groups (depth classes, ages, days)
    has a table of its own. Nothing is added up here: totals are rows that the analysis gave.
    """
    grouped = summary.groupby(["measure", "unit"], sort=False)
    has_groups = {key: bool((part["group"] != "").any()) for key, part in grouped}
    keys = pd.MultiIndex.from_frame(summary[["measure", "unit"]])
    single = summary[[not has_groups[key] for key in keys]] if len(summary) else summary
    tables = [_single_measures(single)] if len(single) else []
    return tables + [_one_measure(key[0], key[1], part) for key, part in grouped if has_groups[key]]


def _single_measures(part: pd.DataFrame) -> ReadableTable:
    columns = list(dict.fromkeys(zip(part["measure"], part["unit"], strict=True)))
    values = {(r.muni_code, r.municipality, (r.measure, r.unit)): r.value for r in part.itertuples()}
    headings = tuple(with_unit(measure_title(m), u) for m, u in columns)
    return _pivot(("summary", say("export.main_results")), headings, [u for _, u in columns], values, columns)


def _one_measure(measure: str, unit: str, part: pd.DataFrame) -> ReadableTable:
    columns = list(dict.fromkeys(part["group"]))
    values = {(r.muni_code, r.municipality, r.group): r.value for r in part.itertuples()}
    headings = tuple(group_title(g) if g else say("export.all_groups") for g in columns)
    title = with_unit(measure_title(measure), unit)
    return _pivot((measure, title), headings, [unit] * len(columns), values, columns)


def _pivot(
    name: tuple[str, str], headings: tuple[str, ...], units: list[str],
    values: dict[Any, float], columns: list[Any],
) -> ReadableTable:  # fmt: skip
    """Return a table with a row per municipality, by code; the whole region last."""
    places = sorted({key[:2]: None for key in values}, key=lambda place: (place[0] == "", place[0]))
    rows = tuple(
        (plain(place[1]) or say("export.whole_region"), *(_number(values.get((*place, c))) for c in columns))
        for place in places
    )
    first = heading("municipality")
    return ReadableTable(name[0], name[1], (first, *headings), ("", *units), rows, say("export.blank_note"))


def _number(value: float | None) -> Cell:
    return None if value is None else float(value)


def long_table(summary: pd.DataFrame) -> ReadableTable:
    """Return the summary in its long form, with names for measures and groups."""
    rows = tuple(
        (plain(r.muni_code), plain(r.municipality), group_title(r.group), measure_title(r.measure),
         float(r.value), unit_title(r.unit))
        for r in summary.itertuples()
    )  # fmt: skip
    names = ("muni_code", "municipality", "group", "measure", "value", "unit")
    headings = tuple(_said(f"export.long.{name}", name) for name in names)
    return ReadableTable("long", say("export.sheet.long"), headings, ("",) * 6, rows)


def detail_tables(result: Result) -> list[ReadableTable]:
    """Return the detail tables of a result; ``not_evaluated`` stands in ``missing_table`` already."""
    return [
        frame_table(f, name=key, title=table_title(key))
        for key, f in result.tables.items()
        if key != "not_evaluated"
    ]


def table_title(name: str) -> str:
    """Return the Japanese name of a detail table."""
    return _said(f"measures.table.{name}", name)


def frame_table(frame: pd.DataFrame, *, name: str, title: str) -> ReadableTable:
    """Return any frame (its geometry left out) as a readable table; ``value_unit`` is that of its row."""
    columns = [str(c) for c in frame.columns if c != "geometry"]
    cells = [[_cell(column, value) for value in frame[column]] for column in columns]
    rows = tuple(zip(*cells, strict=True)) if cells else ()
    units = tuple(_unit_of(column) for column in columns)
    note = say("export.blank_note") if any(cell is None for row in rows for cell in row) else ""
    row_units = tuple(plain(u) for u in frame["value_unit"]) if "value_unit" in frame else ()
    return ReadableTable(name, title, tuple(heading(c) for c in columns), units, rows, note, row_units)


def _unit_of(column: str) -> str:
    endings = {
        "_km": "km",
        "_km2": "km²",
        "_area": "ha",
        "_area_in_zone": "ha",
        "_length": "km",
        "_length_in_zone": "km",
        "persons_in_zone": "人",
        "persons_not_in_time": "人",
        "persons_not_evaluated": "人",
        "_ha": "ha",
        "_m": "m",
        "_min": "分",
        "_percent": "％",
        "_points": "ポイント",
        "persons": "人",
        "persons_a": "人",
        "persons_b": "人",
    }
    return next((unit for ending, unit in endings.items() if column.endswith(ending)), "")


def _cell(column: str, value: Any) -> Cell:
    """Return a number as a number, what is not asked as None, anything else as people read it."""
    if value is Blank.NOT_ASKED:
        return None
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, list | tuple | set | np.ndarray):
        return plain("、".join(shown(column, part) for part in value))
    return plain(shown(column, value))


def _confirmed(line: ScenarioLine) -> str:
    """Return whether a condition is confirmed; a choice without a source has nothing to confirm."""
    if line.verified and not line.source:
        return "―"
    return say("export.verified" if line.verified else "export.unverified")


def conditions_table(product: Product) -> ReadableTable:
    """Return the scenario: every condition with its source and whether it is confirmed."""
    rows = tuple(
        (plain(s.label), plain(s.value), plain(unit_title(s.unit)), plain(s.source),
         _confirmed(s),
         say("export.changed") if s.changed else "")
        for s in product.scenario
    )  # fmt: skip
    return _worded("conditions", ("label", "value", "unit", "source", "verified", "changed"), rows)


def sources_table(product: Product) -> ReadableTable:
    """Return where every layer came from."""
    fields = (
        "publisher", "edition", "licence", "attribution", "origin", "obtained", "sha256", "processing",
    )  # fmt: skip
    rows = tuple(
        (plain(s.title) + (say("export.sample_suffix") if s.sample else ""),
         *(plain(getattr(s, field)) for field in fields))
        for s in product.sources
    )  # fmt: skip
    return _worded("sources", ("layer", *fields), rows)


def _worded(name: str, fields: tuple[str, ...], rows: tuple[tuple[Cell, ...], ...]) -> ReadableTable:
    headings = tuple(say(f"export.{name}.{field}") for field in fields)
    return ReadableTable(name, say(f"export.sheet.{name}"), headings, ("",) * len(fields), rows)


def missing_table(product: Product) -> ReadableTable:
    """Return what was not evaluated, why, and how many."""
    frame = product.missing.reindex(columns=["what", "reason", "count"]).set_axis(
        ["what", "reason", "n"], axis=1
    )
    counts = [None if pd.isna(n) else _cell("count", n) for n in frame["n"]]
    pairs = zip(frame["what"], frame["reason"], counts, strict=True)
    rows = tuple((plain(what), plain(reason), count) for what, reason, count in pairs)
    return _worded("missing", ("what", "reason", "count"), rows)


def findings_readable(product: Product) -> ReadableTable:
    """Return the data-quality list."""
    frame = product.findings.reindex(columns=list(FINDING_COLUMNS))
    fields = tuple(c for c in frame.columns if has_text(f"export.findings.{c}"))
    titles = {s.layer_id: s.title for s in product.sources}
    frame = frame.assign(layer_id=frame["layer_id"].map(lambda name: titles.get(name, name)))
    cells = [[_finding_cell(field, v) for v in frame[field]] for field in fields]
    return _worded("findings", fields, tuple(zip(*cells, strict=True)) if cells else ())


def _finding_cell(field: str, value: Any) -> Cell:
    if field == "severity":
        return _said(f"export.severity.{value}", str(value))
    missing = value is None or value is pd.NA or value == "" or (isinstance(value, float) and _unknown(value))
    return None if missing else _cell(field, value)


def glossary_table(product: Product) -> ReadableTable:
    """Return every measure of the summary with its unit and, where we have one, its meaning."""
    pairs = list(
        dict.fromkeys(zip(product.result.summary["measure"], product.result.summary["unit"], strict=True))
    )
    rows = tuple(
        (measure_title(m), unit_title(u), _said(f"measures.note.{m}", ""), plain(m)) for m, u in pairs
    )
    return _worded("glossary", ("measure", "unit", "meaning", "key"), rows)


def notes_table(product: Product) -> ReadableTable:
    """Return the sentences that must be readable on every product."""
    lines = [*([say("export.sample_statement")] if product.sample else []), *product.notes]
    return _worded("notes", ("note",), tuple((plain(line),) for line in lines))
