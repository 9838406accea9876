"""Which sheet of the workbook each table stands on: the workbook writes it so, the report says so."""

from collections.abc import Callable
from dataclasses import replace

from knr_gis.legend import legend_table
from knr_gis.product import Product
from knr_gis.readable import (
    ReadableTable,
    conditions_table,
    detail_tables,
    findings_readable,
    glossary_table,
    long_table,
    missing_table,
    notes_table,
    sources_table,
    table_title,
)
from knr_gis.texts import say

_MOST_LETTERS = 31


def sheet_tables(product: Product) -> list[tuple[ReadableTable, str]]:
    """
    Return every table that has a sheet of its own, in their order, with the name of the sheet.

    First what must be read beside the results, then the details, then what programs and menders look at.
    """
    tables = [
        *(builder(product) for builder in _FRONT.values()),
        *detail_tables(product.result),
        long_table(product.result.summary),
        *(builder(product) for builder in _BACK.values()),
    ]
    return list(zip(tables, sheet_names(product).values(), strict=True))


def sheet_names(product: Product) -> dict[str, str]:
    """Return the name of the sheet of each table that has one, by the table's id, in their order."""
    details = [name for name in product.result.tables if name != "not_evaluated"]
    titles = [
        *((name, say(f"export.sheet.{name}")) for name in _FRONT),
        *((name, table_title(name)) for name in details),
        *((name, say(f"export.sheet.{name}")) for name in ("long", *_BACK)),
    ]
    taken = {name.lower() for name in (summary_sheet(), charts_sheet())}
    names: dict[str, str] = {}
    for key, title in titles:
        names[key] = sheet_name(title, taken)
        taken.add(names[key].lower())
    return names


def sheet_of(product: Product, table: ReadableTable) -> str:
    """Return the sheet of a table; measures stand on that of the results."""
    return sheet_names(product).get(table.id, summary_sheet())


def summary_sheet() -> str:
    """Return the name of the sheet of the key table and of every measure by municipality and group."""
    return say("export.sheet.summary")


def charts_sheet() -> str:
    """Return the name of the sheet of the charts with their data."""
    return say("export.sheet.charts")


def sheet_name(title: str, taken: set[str]) -> str:
    """Return a name of at most 31 characters without those that Excel forbids, not yet taken."""
    clean = "".join("・" if c in "[]:*?/\\" else c for c in title).strip("' ")[:_MOST_LETTERS] or "-"
    candidates = [clean, *(f"{clean[:27]}({n})" for n in range(2, 1000))]
    return next(c for c in candidates if c.lower() not in taken)


def _conditions_with_keys(product: Product) -> ReadableTable:
    """Return the conditions with the names by which they are set on the command line."""
    table = conditions_table(product)
    rows = tuple((*row, s.key) for row, s in zip(table.rows, product.scenario, strict=True))
    headings = (*table.headings, say("export.conditions.key"))
    return replace(table, headings=headings, units=(*table.units, ""), rows=rows)


_Builders = dict[str, Callable[[Product], ReadableTable]]
_FRONT: _Builders = {
    "notes": notes_table, "missing": missing_table, "conditions": _conditions_with_keys,
    "sources": sources_table, "legend": legend_table,
}  # fmt: skip
_BACK: _Builders = {"glossary": glossary_table, "findings": findings_readable}
