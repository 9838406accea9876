"""The sheet of paper as it is drawn: title, texts beside the map, legend, sources, foot."""

from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from knr_gis.figure.blocks import Block, LegendRow, lay_out_legend, line_height
from knr_gis.figure.draw import draw_sample_symbol
from knr_gis.figure.layout import FOOT_PT, HEADING_PT, MARK_PT, Box, Layout, Panel, Room, edge_mm, mark_width
from knr_gis.fonts import BOLD, MM_PER_POINT, REGULAR, printable, shorten
from knr_gis.front import missing_lines
from knr_gis.product import Product
from knr_gis.texts import say

_INK = "#1a1a1a"
_SAMPLE = "#b3261e"
_FILLS = {"figures": "#e4edf3", "conditions": "#f6f6f3", "notes": "#fbf3e6"}


@dataclass(frozen=True)
class Sheet:
    """
    Where things stand on the paper: boxes are ``(x, y, width, height)`` in millimetres, y upward.

    Parameters
    ----------
    page
        Axes over the whole sheet whose units are millimetres.
    scale
        Denominator at which the map is drawn.
    """

    figure: Figure
    page: Axes
    width: float
    height: float
    frame: Box
    layout: Layout
    scale: int


def blank_sheet(layout: Layout, *, dpi: int, scale: int) -> Sheet:
    """Return the empty sheet."""
    width, height = layout.form.size
    figure = Figure(figsize=(width / 25.4, height / 25.4), dpi=dpi, facecolor="white")
    page = figure.add_axes((0, 0, 1, 1), zorder=5)
    page.set(xlim=(0, width), ylim=(0, height))
    page.axis("off")
    return Sheet(figure, page, width, height, layout.frame, layout, scale)


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


def draw_texts(sheet: Sheet, panel: Panel, *, mark: str, credit: str) -> None:
    """Draw all that does not depend on the map: header, texts, sources, foot."""
    layout, page = sheet.layout, sheet.page
    margin = edge_mm(layout.form)
    top = sheet.height - margin
    below = write_block(page, layout.title, margin, top, weight="bold")
    if mark:
        _draw_mark(sheet, mark, top, margin)
        below = min(below, top - 7.2)
    if layout.headline is not None:
        write_block(page, layout.headline, margin, below - 0.8)
    for name, room in panel.rooms.items():
        _draw_room(page, room, _FILLS[name])
    write_block(page, layout.sources, *layout.sources_at[:2])
    _draw_foot(sheet, credit, margin)


def _draw_mark(sheet: Sheet, mark: str, top: float, margin: float) -> None:
    width = mark_width(mark)
    left = sheet.width - margin - width
    box = Rectangle((left, top - 6.6), width, 6.6, facecolor="white", edgecolor=_SAMPLE, linewidth=1.4)
    sheet.page.add_patch(box)
    style = {"weight": "bold", "color": _SAMPLE}
    write_text(sheet.page, mark, left + 2.5, top - 4.9, size_pt=MARK_PT, **style)


def _draw_room(page: Axes, room: Room, fill: str) -> None:
    """Draw a text with its heading into its box."""
    x, y, width, height = room.box
    box = Rectangle((x, y), width, height, facecolor=fill, edgecolor="#999999", linewidth=0.4)
    page.add_patch(box)
    heading = Block((room.heading,), 7.5)
    below = write_block(page, heading, x + 1.5, y + height - 0.6, weight="bold")
    write_block(page, room.block, x + 1.5, below - 0.4)


def _draw_foot(sheet: Sheet, credit: str, margin: float) -> None:
    """Draw the line at the foot: scale, coordinate system, date, program."""
    text = shorten(credit, sheet.width - 2 * margin, FOOT_PT)
    line = Line2D([margin, sheet.width - margin], [margin + line_height(FOOT_PT) + 0.6] * 2)
    line.set(color="#888888", linewidth=0.4)
    sheet.page.add_line(line)
    write_text(sheet.page, text, margin, margin + 0.9, size_pt=FOOT_PT)


def foot_line(product: Product, *, scale: int, paper: str, page: str = "") -> str:
    """Return the words of the foot; a reader finds scale and coordinate system first."""
    left = say("figure.scale", scale=scale, paper=paper)
    made = say(
        "figure.credit", crs=product.crs_name, created=product.created.replace("T", " "),
        version=product.version,
    )  # fmt: skip
    return "　".join(text for text in (page, left, made) if text)


def note_lines(product: Product) -> list[str]:
    """Return the sentences that must stand on the map: warnings, limits, what was not evaluated."""
    lines = [say("figure.note", note=say("figure.sample_statement"))] if product.sample else []
    lines += [say("figure.note", note=note) for note in product.notes]
    return lines + [
        say("figure.missing", what=what, reason=reason, count=count)
        for what, reason, count in missing_lines(product)
    ]


def condition_lines(product: Product) -> list[str]:
    """Return the scenario, one condition a line, what the officer set first; the unconfirmed says so."""
    lines = []
    for line in sorted(product.scenario, key=lambda line: not line.changed):
        text = say("figure.condition", label=line.label, value=line.value, unit=line.unit)
        lines.append(text if line.verified else text + say("figure.to_confirm"))
    return lines or [say("figure.no_conditions")]


def draw_legend(sheet: Sheet, rows: list[LegendRow], box: Box, heading: str) -> None:
    """Draw the legend under its heading."""
    x, y, width, height = box
    title = Block((heading,), HEADING_PT)
    below = write_block(sheet.page, title, x, y + height, weight="bold") - 0.8
    for placed in lay_out_legend(rows, width, below - y):
        left, top = x + placed.x, below - placed.top
        step = line_height(placed.size_pt)
        if placed.row.symbol is not None:
            tall = min(2.6, step - 0.4)
            draw_sample_symbol(
                sheet.page, placed.row.symbol, x=left, y=top - step / 2 - tall / 2, width=6.0, height=tall
            )
            left += 8.0
        weight = "bold" if placed.row.bold else "normal"
        write_block(sheet.page, Block(placed.lines, placed.size_pt), left, top, weight=weight)
