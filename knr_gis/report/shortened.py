"""Tables as paper has room for them: rows without figures named below, conditions in four columns."""

import math
from dataclasses import replace

from knr_gis.product import Product
from knr_gis.readable import Cell, ReadableTable, conditions_table
from knr_gis.texts import say

_WORTH_FOLDING = 3


def folded(table: ReadableTable) -> ReadableTable:
    """
    Return a table of figures in which the rows that are all 0, or all unknown, are named below it.

    Lists (more than one column of text) and tables of which fewer than three rows would go stay.
    """
    zero = [row for row in table.rows if _figures(row) and all(v == 0 for v in _figures(row))]
    unknown = [row for row in table.rows if _figures(row) and all(math.isnan(v) for v in _figures(row))]
    lists = any(len(row) - len(_figures(row)) > 1 for row in table.rows)
    if lists or len(zero) + len(unknown) < _WORTH_FOLDING:
        return table
    kept = tuple(row for row in table.rows if row not in zero and row not in unknown)
    said = [
        say(f"report.{key}", names="、".join(str(row[0]) for row in rows))
        for key, rows in (("rows_zero", zero), ("rows_unknown", unknown))
        if rows
    ]
    return replace(table, rows=kept, note=" ".join([*said, table.note]).strip())


def _figures(row: tuple[Cell, ...]) -> list[float]:
    return [float(cell) for cell in row if isinstance(cell, float | int)]


def conditions(product: Product) -> ReadableTable:
    """Return the conditions in four columns: the value with its unit, and both remarks in one."""
    table = conditions_table(product)
    label, value, _, source, verified, _ = table.headings
    rows = tuple(
        (name, f"{amount} {unit}".strip(), basis, "、".join(str(text) for text in told if text))
        for name, amount, unit, basis, *told in table.rows
    )
    return replace(table, headings=(label, value, source, verified), units=("",) * 4, rows=rows)
