"""What a report says, in order; the PDF and the Word file only differ in how it looks."""

import re
from dataclasses import dataclass, replace

from knr_gis.charts import chart_alternative, chart_remarks, chart_title
from knr_gis.fonts import plain, text_width_mm
from knr_gis.front import cause_tables, key_table, missing_lines, paged_tables, printed_tables
from knr_gis.product import Product
from knr_gis.readable import (
    ReadableTable,
    findings_readable,
    missing_table,
    printed_rows,
    sources_table,
    table_title,
)
from knr_gis.report.shortened import conditions, folded
from knr_gis.result import Chart
from knr_gis.sheets import sheet_of
from knr_gis.texts import say

TEXT_MM = 174.0
TABLE_PT = 7.5
_WIDEST_MM = 62.0
_KEPT_MM = 19.0
_FIRST_MM = 40.0
_MOST_COLUMNS = 9
_MOST_FIGURES = 12
_MOST_ROWS, _MOST_OF_TOWN = 24, 60  # of a list on paper; the workbook holds all
_MOST_LINES = 14  # on the front page
_LONG_WORD = re.compile(r"[!-~]{16,}")
_BREAK = "\u200b"  # lets a long address or hash break at the end of a line


@dataclass(frozen=True)
class PrintedTable:
    """
    A table as text.

    Parameters
    ----------
    numeric
        Columns that are set flush right.
    widths
        Of the columns, in millimetres; together no more than TEXT_MM.
    """

    title: str
    headings: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    note: str = ""


@dataclass(frozen=True)
class Picture:
    """
    A chart, drawn by the renderer that needs it.

    Parameters
    ----------
    name
        Name of its file, without suffix.
    alt
        Its values as text.
    remarks
        Sentences under it.
    """

    name: str
    title: str
    chart: Chart
    alt: str
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """
    A chapter of the report: sentences, pictures, then tables.

    Parameters
    ----------
    own_page
        Whether it begins a page, and the chapter after it too.
    """

    title: str
    paragraphs: tuple[str, ...]
    tables: tuple[PrintedTable, ...]
    pictures: tuple[Picture, ...] = ()
    own_page: bool = False


def front_lines(product: Product) -> list[str]:
    """Return the sentences of the front page: limits first, then what was not evaluated."""
    lines = [plain(note) for note in product.notes]
    missing = missing_lines(product)
    if missing and len(lines) + len(missing) > _MOST_LINES:
        named = say("excerpt.comma").join(what for what, _, _ in missing)
        return [*lines, say("report.missing_named", names=named)]
    for what, reason, count in missing:
        lines.append(say("figure.missing", what=what, reason=reason, count=count).lstrip("・- "))
    return lines


def key_tables(product: Product) -> list[PrintedTable]:
    """Return the first piece of the main results: what stands on the front page."""
    return _main_tables(product)[:1]


def _main_tables(product: Product) -> list[PrintedTable]:
    table = key_table(product)
    return [] if table is None else _printed(product, table)


def _printed(product: Product, table: ReadableTable) -> list[PrintedTable]:
    most = _MOST_OF_TOWN if product.excerpt else _MOST_ROWS
    return print_table(table, most_rows=most, sheet=sheet_of(product, table))


def _details_section(product: Product) -> Section:
    """Return the measures by group and the lists; tables full of zeros are named, not printed."""
    tables, zeros, complete = printed_tables(product)
    said = [say("report.all_zero", titles="、".join(zeros))] if zeros else []
    said += _absent_lists(product)
    book = product.excerpt.book if product.excerpt else ""
    more = say("report.more_in_book", book=book) if book else say("report.more_in_workbook")
    said += [] if complete else [more]
    printed = (p for t in tables for p in _printed(product, folded(t)))
    return Section(say("report.details"), tuple(said), tuple(printed))


def _absent_lists(product: Product) -> list[str]:
    """Return which of the lists have no row of the municipality that the report is of."""
    plan = product.report
    if product.excerpt is None or plan is None:
        return []
    frames = product.result.tables
    titles = [table_title(name) for name in plan.tables if name in frames and frames[name].empty]
    named = say("excerpt.comma").join(titles)
    return [say("excerpt.none_here", name=plain(product.excerpt.name), titles=named)] if titles else []


def closing_sections(product: Product) -> list[Section]:
    """Return the chapters after the map: results, conditions, limits, findings, details, sources."""
    results = _main_tables(product)[1:]
    assumed = conditions(product)
    told = _untitled(print_table(assumed, most_rows=1000, sheet=sheet_of(product, assumed)))
    sections = [
        Section(say("report.results"), (), tuple(results)),
        Section(say("report.charts"), (), (), _pictures(product, _page_titles(product))),
        *_page_sections(product),
        _causes_section(product),
        Section(say("report.conditions"), (say("report.conditions_text"),), told),
        _missing_section(product),
        _findings_section(product),
        _details_section(product),
        _sources_section(product),
    ]
    return [s for s in sections if s.tables or s.paragraphs or s.pictures]


def _pictures(product: Product, pages: set[str], page: str = "") -> tuple[Picture, ...]:
    """Return the charts of a page, or those that no page has."""
    return tuple(
        Picture(f"chart{number}", chart_title(c), c, chart_alternative(c), tuple(chart_remarks(c)))
        for number, c in enumerate(product.result.charts)
        if (c.page if c.page in pages else "") == page
    )


def _page_titles(product: Product) -> set[str]:
    return {title for title, _ in paged_tables(product)}


def _page_sections(product: Product) -> list[Section]:
    """Return the chapters of one page each: a table, and the charts that belong to it."""
    titles = _page_titles(product)
    return [
        Section(
            title, (), _untitled(_printed(product, table)), _pictures(product, titles, title), own_page=True
        )
        for title, table in paged_tables(product)
    ]


def _causes_section(product: Product) -> Section:
    """Return the chapter that says why, where the result has tables of causes."""
    tables = (p for t in cause_tables(product) for p in _printed(product, folded(t)))
    return Section(say("report.causes"), (), tuple(tables))


def _missing_section(product: Product) -> Section:
    table = missing_table(product)
    if not table.rows:
        return Section(say("report.missing"), (say("report.nothing_missing"),), ())
    return Section(say("report.missing"), (say("report.missing_text"),), _untitled(_printed(product, table)))


def _findings_section(product: Product) -> Section:
    table = findings_readable(product)
    if not table.rows:
        return Section(say("report.findings"), (say("report.nothing_found"),), ())
    counts = product.findings["severity"].value_counts()
    text = say(
        "report.findings_text",
        errors=counts.get("error", 0), warnings=counts.get("warning", 0), infos=counts.get("info", 0),
    )  # fmt: skip
    return Section(
        say("report.findings"),
        (text,),
        _untitled(_printed(product, _without(table, ("longitude", "latitude")))),
    )


def _untitled(tables: list[PrintedTable]) -> tuple[PrintedTable, ...]:
    """Return tables without titles of their own: the chapter's says it."""
    return tuple(replace(table, title="") for table in tables)


def _without(table: ReadableTable, names: tuple[str, ...]) -> ReadableTable:
    titles = {say(f"export.findings.{name}") for name in names}
    return _columns(table, [i for i, title in enumerate(table.headings) if title not in titles])


def _sources_section(product: Product) -> Section:
    """Return the list of data; what holds for all is said once, hashes are left to the workbook."""
    table = sources_table(product)
    left_out = {say("export.sources.sha256"), say("export.sources.publisher")}
    kept = [i for i, title in enumerate(table.headings) if title not in left_out]
    common = [i for i in kept[1:] if len(table.rows) > 1 and len({row[i] for row in table.rows}) == 1]
    texts = [say("report.sources_text", crs=plain(product.crs_name))]
    texts += [say("report.common", heading=table.headings[i], value=table.rows[0][i]) for i in common]
    table = _columns(table, [i for i in kept if i not in common])
    printed = print_table(table, most_rows=1000, sheet=sheet_of(product, table))
    return Section(say("report.sources"), tuple(texts), _untitled(printed))


def _columns(table: ReadableTable, chosen: list[int]) -> ReadableTable:
    return replace(
        table,
        headings=tuple(table.headings[i] for i in chosen),
        units=tuple(table.units[i] for i in chosen),
        rows=tuple(tuple(row[i] for i in chosen) for row in table.rows),
    )


def print_table(table: ReadableTable, *, most_rows: int = _MOST_ROWS, sheet: str = "") -> list[PrintedTable]:
    """
    Return a table as text, in pieces that fit across a page; the first column stands in each piece.

    A long table is cut, and its note says how long it is, and on which sheet of the workbook it stands.
    """
    if sheet:
        said = (table.note, say("report.sheet", sheet=sheet))
        table = replace(table, note=" ".join(text for text in said if text))
    pieces = _pieces(table)
    parts = [_print_part(_columns(table, chosen), most_rows) for chosen in pieces]
    if len(parts) == 1:
        return parts
    return [
        replace(p, title=f"{p.title} ({n}/{len(parts)})" if p.title else "") for n, p in enumerate(parts, 1)
    ]


def _pieces(table: ReadableTable) -> list[list[int]]:
    """Return the columns of each piece; figures need less room than text."""
    columns = len(table.headings)
    texts = sum(any(isinstance(v, str) for v in cells) for cells in zip(*table.rows, strict=True))
    most = _MOST_FIGURES if texts <= 1 else _MOST_COLUMNS
    if columns <= most:
        return [list(range(columns))]
    pieces = -(-(columns - 1) // (most - 1))
    width = -(-(columns - 1) // pieces)
    return [[0, *range(start, min(start + width, columns))] for start in range(1, columns, width)]


def _print_part(table: ReadableTable, most_rows: int) -> PrintedTable:
    total = len(table.rows)
    rows = [tuple(breakable(cell) for cell in row) for row in printed_rows(table)[:most_rows]]
    headings = tuple(breakable(heading) for heading in table.headings)
    cut = say("report.cut", total=total, shown=most_rows) if total > most_rows else ""
    columns = list(zip(*table.rows, strict=True)) or [()] * len(table.headings)
    return PrintedTable(
        title=breakable(table.title),
        headings=headings,
        numeric=tuple(bool(c) and not any(isinstance(v, str) for v in c) for c in columns),
        rows=tuple(rows),
        widths=tuple(column_widths([headings, *rows])),
        note=" ".join(text for text in (cut, table.note) if text),
    )


def column_widths(rows: list[tuple[str, ...]]) -> list[float]:
    """
    Return column widths in millimetres that together are no wider than the text.

    A column gets what its longest cell needs on one line, up to a limit; headings have up to three lines
    where that lets cells have one. What is too much is taken from the wide columns, whose cells then have
    more lines.
    """
    wanted = _wanted_widths(rows)
    first = min(wanted[0], _FIRST_MM)  # names of places stay on one line
    room, rest = TEXT_MM - first, wanted[1:]
    spare = [max(width - _KEPT_MM, 0.0) for width in rest]
    excess = sum(rest) - room
    if excess > 0 and sum(spare) > 0:
        share = min(1.0, excess / sum(spare))
        rest = [width - share * s for width, s in zip(rest, spare, strict=True)]
    return [first, *(width * min(1.0, room / sum(rest)) for width in rest)]


def _wanted_widths(rows: list[tuple[str, ...]]) -> list[float]:
    """Return the widths in which cells have one line, and headings the fewest with which all fit."""
    columns = [[text_width_mm(c, TABLE_PT, bold=True) for c in cells] for cells in zip(*rows, strict=True)]
    for lines in (1, 2, 3):
        needed = [max(head / lines, *body, 0.0) + 4.5 for head, *body in columns]
        wanted = [max(min(width, _WIDEST_MM), 8.0) for width in needed]
        if sum(wanted) <= TEXT_MM:
            break
    return wanted


def breakable(text: str) -> str:
    """Return a text in which long words in Latin letters may break, so that no column overflows."""
    return _LONG_WORD.sub(lambda word: _BREAK.join(re.findall(r".{1,8}", word.group())), text)
