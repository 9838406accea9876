"""The sheet of paper: title, map frame, legend, conditions, sources."""

from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from knr_gis.figure.blocks import Block, LegendRow, fit_block, lay_out_legend, line_height
from knr_gis.figure.draw import draw_sample_symbol
from knr_gis.fonts import BOLD, MM_PER_POINT, REGULAR, printable, shorten, text_width_mm, wrap
from knr_gis.front import missing_lines
from knr_gis.product import Product
from knr_gis.texts import say

MARGIN = 8.0
_GAP = 2.5
_INK = "#1a1a1a"
_SAMPLE = "#b3261e"
# Most of the height of the panel that the conditions may take: the legend must be readable.
_CONDITIONS, _CONDITIONS_BESIDE_KEY_MAP = 0.38, 0.2


@dataclass(frozen=True)
class Sheet:
    """
    Where things stand on the paper: boxes are ``(x, y, width, height)`` in millimetres, y upward.

    Parameters
    ----------
    page
        Axes over the whole sheet whose units are millimetres.
    """

    figure: Figure
    page: Axes
    width: float
    height: float
    frame: tuple[float, float, float, float]
    panel: tuple[float, float, float, float]


def compose_sheet(product: Product, credit: list[str], *, size: tuple[float, float], dpi: int) -> Sheet:
    """Return the sheet with everything on it that does not depend on the map."""
    width, height = size
    figure = Figure(figsize=(width / 25.4, height / 25.4), dpi=dpi, facecolor="white")
    page = figure.add_axes((0, 0, 1, 1), zorder=5)
    page.set(xlim=(0, width), ylim=(0, height))
    page.axis("off")
    top = _draw_header(page, product, width, height)
    bottom = _draw_footer(page, product, credit, size=size)
    panel_width = 0.235 * width
    frame = (MARGIN, bottom, width - 2 * MARGIN - panel_width - _GAP, top - bottom)
    panel = (width - MARGIN - panel_width, bottom, panel_width, top - bottom)
    return Sheet(figure, page, width, height, frame, panel)


def write_text(page: Axes, text: str, x: float, y: float, *, size_pt: float, **style: Any) -> None:
    """Write one line with its baseline at ``y``; ``$`` and other marks mean nothing."""
    weight = style.pop("weight", "normal")
    font = FontProperties(fname=str(BOLD if weight == "bold" else REGULAR), size=size_pt)
    page.text(
        x, y, printable(text), fontproperties=font, parse_math=False, color=style.pop("color", _INK), **style
    )


def write_block(page: Axes, block: Block, x: float, top: float, **style: Any) -> float:
    """Write a block under ``top`` and return its lower edge."""
    step = line_height(block.size_pt)
    for number, line in enumerate(block.lines):
        baseline = top - number * step - block.size_pt * MM_PER_POINT
        write_text(page, line, x, baseline, size_pt=block.size_pt, **style)
    return top - block.height


def _draw_header(page: Axes, product: Product, width: float, height: float) -> float:
    """Draw title, mark and headline; return the lower edge."""
    top = height - MARGIN
    mark = say("product.sample_mark") if product.sample else ""
    mark_width = text_width_mm(mark, 12, bold=True) + 5 if mark else 0.0
    title = f"{product.title}　{product.region}"
    block = _one_or_two_lines(title, width - 2 * MARGIN - mark_width - 3)
    below = write_block(page, block, MARGIN, top, weight="bold")
    if mark:
        box = Rectangle((width - MARGIN - mark_width, top - 6.6), mark_width, 6.6, facecolor="white")
        box.set(edgecolor=_SAMPLE, linewidth=1.4)
        page.add_patch(box)
        write_text(
            page, mark, width - MARGIN - mark_width + 2.5, top - 4.9, size_pt=12, weight="bold", color=_SAMPLE
        )
        below = min(below, top - 7.2)
    headline = fit_block([product.headline], width - 2 * MARGIN, 12.0, sizes=(9.5, 9.0, 8.0, 7.0, 6.0))
    return write_block(page, headline, MARGIN, below - 0.8) - 1.8


def _one_or_two_lines(title: str, width: float) -> Block:
    for size in (16.0, 14.0, 12.0):
        lines = wrap(title, width, size, bold=True)
        if len(lines) == 1:
            return Block(tuple(lines), size)
    return fit_block([title], width - 4, 2.2 * line_height(11), sizes=(11.0, 9.0, 7.0))


def _draw_footer(page: Axes, product: Product, credit: list[str], *, size: tuple[float, float]) -> float:
    """Draw notes (left), sources (right) and the credit line; return the upper edge."""
    width, height = size
    column = (width - 2 * MARGIN - 6) / 2
    sizes, highest = (6.2, 5.8, 5.4, 5.0, 4.6, 4.2), 0.24 * height
    notes = fit_block(note_lines(product), column, highest, sizes=sizes)
    sources = fit_block(credit, column, highest, sizes=sizes)
    base = MARGIN + line_height(6.2) + 0.8
    top = base + max(notes.height, sources.height) + line_height(6.8) + 0.6
    right = MARGIN + column + 6
    for x, key, block in ((MARGIN, "figure.notes", notes), (right, "figure.sources", sources)):
        heading = Block((say(key),), 6.8)
        write_block(page, block, x, write_block(page, heading, x, top, weight="bold"))
    return top + 2.0


def note_lines(product: Product) -> list[str]:
    """Return the sentences that must stand on the map: warnings, limits, what was not evaluated."""
    lines = [say("figure.note", note=say("figure.sample_statement"))] if product.sample else []
    lines += [say("figure.note", note=note) for note in product.notes]
    return lines + [
        say("figure.missing", what=what, reason=reason, count=count)
        for what, reason, count in missing_lines(product)
    ]


def write_credit_line(sheet: Sheet, product: Product, *, scale: int, paper: str) -> None:
    """Write the line at the foot: scale, coordinate system, date, program."""
    left = say("figure.scale", scale=scale, paper=paper)
    right = say(
        "figure.credit",
        crs=product.crs_name,
        created=product.created.replace("T", " "),
        version=product.version,
    )
    text = shorten(f"{left}　{right}", sheet.width - 2 * MARGIN, 6.2)
    sheet.page.add_line(
        Line2D(
            [MARGIN, sheet.width - MARGIN],
            [MARGIN + line_height(6.2) + 0.6] * 2,
            color="#888888",
            linewidth=0.4,
        )
    )
    write_text(sheet.page, text, MARGIN, MARGIN + 0.9, size_pt=6.2)


def draw_panel(sheet: Sheet, product: Product, rows: list[LegendRow], *, key_map_height: float) -> float:
    """
    Draw the panel beside the map: legend on top, conditions at the foot.

    Returns
    -------
    float
        Lower edge of the room of ``key_map_height`` millimetres left for the key map.
    """
    x, y, width, height = sheet.panel
    share = _CONDITIONS_BESIDE_KEY_MAP if key_map_height else _CONDITIONS
    conditions = fit_block(
        condition_lines(product), width - 3, share * height, sizes=(6.4, 6.0, 5.6, 5.2, 4.8)
    )
    box_height = conditions.height + line_height(7.5) + 2.5
    box = Rectangle((x, y), width, box_height, facecolor="#f6f6f3", edgecolor="#999999", linewidth=0.5)
    sheet.page.add_patch(box)
    heading = Block((say("figure.conditions"),), 7.5)
    below = write_block(sheet.page, heading, x + 1.5, y + box_height - 0.6, weight="bold")
    write_block(sheet.page, conditions, x + 1.5, below - 0.4)
    below = write_block(sheet.page, Block((say("figure.legend"),), 9.0), x, y + height, weight="bold") - 1.0
    _draw_legend(sheet.page, rows, (x, below), size=(width, below - y - box_height - key_map_height - 2.0))
    return y + box_height + 1.0


def condition_lines(product: Product) -> list[str]:
    """Return the scenario, one condition a line, what the officer set first; the unconfirmed says so."""
    lines = []
    for line in sorted(product.scenario, key=lambda line: not line.changed):
        text = say("figure.condition", label=line.label, value=line.value, unit=line.unit)
        lines.append(text if line.verified else text + say("figure.to_confirm"))
    return lines or [say("figure.no_conditions")]


def _draw_legend(
    page: Axes, rows: list[LegendRow], corner: tuple[float, float], *, size: tuple[float, float]
) -> None:
    for placed in lay_out_legend(rows, *size):
        x, top = corner[0] + placed.x, corner[1] - placed.top
        step = line_height(placed.size_pt)
        if placed.row.symbol is not None:
            height = min(2.6, step - 0.4)
            draw_sample_symbol(
                page, placed.row.symbol, x=x, y=top - step / 2 - height / 2, width=6.0, height=height
            )
            x += 8.0
        weight = "bold" if placed.row.bold else "normal"
        write_block(page, Block(placed.lines, placed.size_pt), x, top, weight=weight)
