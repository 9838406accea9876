"""What of a product is shown first and on paper: key table, chosen tables, what was not evaluated."""

from dataclasses import replace

import pandas as pd

from knr_gis.display import shown
from knr_gis.fonts import plain
from knr_gis.product import Product, ReportPlan
from knr_gis.readable import (
    ReadableTable,
    cell_text,
    detail_tables,
    frame_table,
    missing_table,
    summary_tables,
    table_title,
)
from knr_gis.texts import say

_EITHER = "|"
_OF_TOWN = {"muni_code", "municipality"}  # columns that say which municipality a row is of


def key_table(product: Product) -> ReadableTable | None:
    """
    Return the one table that answers the question, or None where the result has none.

    It is the detail table or the measures that the report plan names, in its order; without a plan
    the measures that have no groups.
    """
    plan = product.report or ReportPlan()
    if plan.key_table in product.result.tables:
        return _planned(product, plan.key_table)
    summary = product.result.summary
    if plan.key_measures:
        totals = summary[summary["group"] == ""]
        tables = summary_tables(_chosen(totals, plan.key_measures))
    else:
        tables = [t for t in summary_tables(summary) if t.id == "summary"]
    return tables[0] if tables else None


def chosen_measures(product: Product) -> pd.DataFrame:
    """Return the summary rows of the front table that have no group, in its order; all without a plan."""
    totals = product.result.summary[product.result.summary["group"] == ""]
    names = (product.report or ReportPlan()).key_measures
    return _chosen(totals, names) if names else totals


def _chosen(summary: pd.DataFrame, measures: tuple[str, ...]) -> pd.DataFrame:
    """Return the rows of the measures, in their order; of ``a|b`` the first that has any row."""
    known = set(summary["measure"])
    found = [next((name for name in m.split(_EITHER) if name in known), "") for m in measures]
    order = {name: place for place, name in enumerate(dict.fromkeys(found)) if name}
    rows = summary[summary["measure"].isin(order)]
    return rows.sort_values("measure", key=lambda names: names.map(order), kind="stable")


def _planned(product: Product, name: str) -> ReadableTable:
    """Return a detail table with the columns that the plan prints."""
    columns = (product.report or ReportPlan()).tables.get(name, ())
    frame = product.result.tables[name]
    present = [column for column in columns if column in frame.columns]
    table = frame_table(frame[present] if present else frame, name=name, title=table_title(name))
    if product.excerpt is None or _OF_TOWN & set(frame.columns):
        return table
    return replace(table, note=" ".join(t for t in (say("excerpt.whole_table"), table.note) if t))


def cause_tables(product: Product) -> list[ReadableTable]:
    """Return the tables that say why, in the order of the report plan, without those that are all 0."""
    plan = product.report or ReportPlan()
    tables: list[ReadableTable] = []
    for name in plan.causes:
        if name in product.result.tables:
            tables.append(_planned(product, name))
        else:
            tables += summary_tables(_chosen(product.result.summary, (name,)))
    return [table for table in tables if table.rows and not _all_zero(table)]


def printed_tables(product: Product) -> tuple[list[ReadableTable], list[str], bool]:
    """
    Return what a paper report shows behind the front page.

    Returns
    -------
    tables
        Measures by group, then lists; tables in which every figure is 0 are left out.
    zeros
        Titles of the tables left out because all is 0.
    complete
        Whether nothing else was left out.
    """
    groups = [t for t in summary_tables(product.result.summary) if t.id != "summary"]
    lists = detail_tables(product.result)
    wanted_groups, wanted_lists = groups, lists
    if product.report is not None:
        causes = product.report.causes
        groups_named = tuple(m for m in product.report.breakdown if m not in causes)
        wanted_groups = summary_tables(_chosen(product.result.summary, groups_named))
        names = [n for n in product.report.tables if n in product.result.tables]
        elsewhere = {product.report.key_table, *product.report.pages, *causes}
        wanted_lists = [_planned(product, n) for n in names if n not in elsewhere]
    shown = [t for t in [*wanted_groups, *wanted_lists] if t.rows]
    zeros = [t.title for t in shown if _all_zero(t)]
    complete = product.report is None
    return [t for t in shown if not _all_zero(t)], zeros, complete


def paged_tables(product: Product) -> list[tuple[str, ReadableTable]]:
    """Return the pages that the report plan asks for: title, and the rows of a detail table for it."""
    plan = product.report or ReportPlan()
    pages: list[tuple[str, ReadableTable]] = []
    for name, key in plan.pages.items():
        frame = product.result.tables.get(name)
        if frame is None or key not in frame.columns:
            continue
        wanted = plan.tables.get(name, tuple(frame.columns))
        columns = [c for c in wanted if c in frame.columns and c != key]
        for value, part in frame.groupby(key, sort=False):
            title = plain(shown(key, value))
            pages.append((title, frame_table(part[columns], name=name, title=title)))
    return pages


def _all_zero(table: ReadableTable) -> bool:
    figures = [cell for row in table.rows for cell in row if isinstance(cell, float | int)]
    return bool(figures) and all(value == 0 for value in figures)


def missing_lines(product: Product) -> list[tuple[str, str, str]]:
    """
    Return what was not evaluated as ``(what, reason, count)``; the count is empty where there is none.

    Things without a count and with one reason (layers that are not there) stand in one line.
    """
    lines: list[tuple[str, str, str]] = []
    uncounted: dict[str, list[str]] = {}
    for what, reason, count in missing_table(product).rows:
        if count is None:
            uncounted.setdefault(plain(reason), []).append(plain(what))
        else:
            lines.append((plain(what), plain(reason), say("figure.missing_count", count=cell_text(count))))
    return lines + [("、".join(names), reason, "") for reason, names in uncounted.items()]
