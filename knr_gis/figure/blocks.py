"""Text and legend laid out in millimetres, so that nothing runs out of its box; no drawing here."""

from dataclasses import dataclass

from knr_gis.figure.symbols import Symbol, SymbolGroup
from knr_gis.fonts import MM_PER_POINT, wrap
from knr_gis.product import ProductLayer
from knr_gis.texts import say

_LEADING = 1.32
_SYMBOL_MM = 7.0
_GAP_MM = 2.0
_ABOVE_HEADING_MM = 1.2
_LEGEND_SIZES = (8.0, 7.5, 7.0, 6.5, 6.0, 5.5, 5.0, 4.5)
_COLUMN_MM_PER_POINT = 5.2  # a legend column of a size is no narrower than this times the size


def line_height(size_pt: float) -> float:
    """Return the height of one line in millimetres."""
    return size_pt * MM_PER_POINT * _LEADING


@dataclass(frozen=True)
class Block:
    """Lines of text of one size."""

    lines: tuple[str, ...]
    size_pt: float

    @property
    def height(self) -> float:
        """Height in millimetres."""
        return len(self.lines) * line_height(self.size_pt)


def fit_block(paragraphs: list[str], width: float, height: float, *, sizes: tuple[float, ...]) -> Block:
    """
    Return the paragraphs in the largest size at which they fit into ``width`` x ``height`` mm.

    Where even the smallest size is too large, the last line says how many paragraphs are left out.
    """
    for size in sizes:
        block = Block(tuple(line for p in paragraphs for line in wrap(p, width, size)), size)
        if block.height <= height:
            return block
    return _cut_block(paragraphs, width, height, size=sizes[-1])


def _cut_block(paragraphs: list[str], width: float, height: float, *, size: float) -> Block:
    room = max(int(height / line_height(size)) - 1, 0)
    lines: list[str] = []
    for number, paragraph in enumerate(paragraphs):
        wrapped = wrap(paragraph, width, size)
        if len(lines) + len(wrapped) > room:
            lines.append(say("figure.more", count=len(paragraphs) - number))
            break
        lines += wrapped
    return Block(tuple(lines), size)


@dataclass(frozen=True)
class LegendRow:
    """A line of the legend: a heading (no symbol) or an entry."""

    text: str
    symbol: Symbol | None = None
    bold: bool = False


@dataclass(frozen=True)
class PlacedRow:
    """A legend row in its place: left edge and top, millimetres right of and below the corner."""

    row: LegendRow
    lines: tuple[str, ...]
    x: float
    top: float
    size_pt: float


def legend_rows(drawn: list[tuple[ProductLayer, list[SymbolGroup]]]) -> list[LegendRow]:
    """Return the legend of the layers that have features on the map, the topmost first."""
    rows: list[LegendRow] = []
    for layer, groups in reversed(drawn):
        labels = {group.label: group.symbol for group in reversed(groups)}
        named = {group.label: labels[group.label] for group in groups if group.label}
        if named:
            rows.append(LegendRow(layer.title, bold=True))
            rows += [LegendRow(label, symbol) for label, symbol in named.items()]
        elif groups:
            rows.append(LegendRow(layer.title, groups[0].symbol))
    return rows


def lay_out_legend(
    rows: list[LegendRow], width: float, height: float, *, sizes: tuple[float, ...] = _LEGEND_SIZES
) -> list[PlacedRow]:
    """
    Return the rows in their places within ``width`` x ``height`` mm.

    A long legend gets more columns, then becomes smaller; what does not fit even then is counted in a
    last row. Nothing is clipped silently.
    """
    tries = [(columns, size) for size in sizes for columns in range(1, _most_columns(width, size) + 1)]
    for columns, size in tries:
        placed = _fill(rows, (columns, size), width, height)
        if len(placed) == len(rows):
            return placed
    columns, size = tries[-1]
    placed = _fill(rows, (columns, size), width, height - 2 * line_height(size))
    rest = LegendRow(say("figure.more", count=len(rows) - len(placed)))
    return [*placed, PlacedRow(rest, (rest.text,), 0.0, height - line_height(size), size)]


def _most_columns(width: float, size: float) -> int:
    return max(int((width + _GAP_MM) / (_COLUMN_MM_PER_POINT * size + _GAP_MM)), 1)


def _fill(rows: list[LegendRow], form: tuple[int, float], width: float, height: float) -> list[PlacedRow]:
    """Return as many rows as fit, column by column; a heading never stands alone at the foot."""
    columns, size = form
    column_width = (width - _GAP_MM * (columns - 1)) / columns
    lines = [_row_lines(row, column_width, size) for row in rows]
    heights = [_row_height(row, len(text), size) for row, text in zip(rows, lines, strict=True)]
    placed: list[PlacedRow] = []
    column, top = 0, 0.0
    for number, row in enumerate(rows):
        needed = heights[number] + (heights[number + 1] if row.bold and number + 1 < len(rows) else 0.0)
        if top + needed > height:
            column, top = column + 1, 0.0
            if column == columns or needed > height:
                break
        space = _ABOVE_HEADING_MM if row.bold else 0.0
        placed.append(PlacedRow(row, lines[number], column * (column_width + _GAP_MM), top + space, size))
        top += heights[number]
    return placed


def _row_lines(row: LegendRow, width: float, size: float) -> tuple[str, ...]:
    indent = _SYMBOL_MM + 1.0 if row.symbol else 0.0
    return tuple(wrap(row.text, width - indent, size, bold=row.bold))


def _row_height(row: LegendRow, lines: int, size: float) -> float:
    return lines * line_height(size) + (_ABOVE_HEADING_MM if row.bold else 0.6)
