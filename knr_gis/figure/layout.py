"""Where things stand on a sheet, in millimetres; pure measures, no drawing."""

from dataclasses import dataclass

from knr_gis.figure.blocks import Block, LegendRow, fit_block, lay_out_legend, line_height
from knr_gis.figure.choice import Form
from knr_gis.fonts import text_width_mm, wrap
from knr_gis.texts import say

MARGIN = 8.0
GAP = 2.5
GRID_MM = 3.2  # room for the numbers of the grid beside the frame
MARK_PT = 12.0
FOOT_PT = 6.2
HEADING_PT = 8.0
_PANEL_LANDSCAPE, _PANEL_PORTRAIT = 0.26, 0.24  # shares of the sheet's width and height
_PANEL_BARE = 0.2
_COLUMNS, _COLUMNS_FEW = (0.46, 0.27, 0.27), (0.66, 0.34, 0.0)  # legend, key map, texts under the map
_SOURCES_SHARE = 0.17
_LEGEND_PT = 7.0
_TEXT_SIZES = (7.0, 6.6, 6.2, 5.8, 5.4, 5.0, 4.6)
_SMALL_SIZES = (6.2, 5.8, 5.4, 5.0, 4.6, 4.2)
_FIGURES_SHARE = {2: 0.74, 3: 0.45}  # of the room for texts, where a page has figures of its own
_LEAST_LEGEND = 0.55  # share of the panel's height that the legend may count on

Box = tuple[float, float, float, float]
"""``(x, y, width, height)``, y upward."""
Text = tuple[str, str, list[str]]
"""Name of a room, its heading, its paragraphs."""


@dataclass(frozen=True)
class Wording:
    """
    All that is written beside the map, but for its legend.

    Parameters
    ----------
    figures
        The page's own figures, a line each, under ``figures_title``.
    """

    title: str
    headline: str
    mark: str
    sources: list[str]
    notes: list[str]
    conditions: list[str]
    figures: list[str]
    figures_title: str


@dataclass(frozen=True)
class Room:
    """A text in its box, under a heading."""

    heading: str
    block: Block
    box: Box


@dataclass(frozen=True)
class Layout:
    """
    Boxes in millimetres.

    Parameters
    ----------
    sources_at
        Sources hang from the top left corner ``(x, y)`` of their room under the map.
    frame
        The map.
    panel
        Where legend, key map and texts stand.
    """

    form: Form
    title: Block
    headline: Block | None
    sources: Block
    sources_at: Box
    frame: Box
    panel: Box


@dataclass(frozen=True)
class Panel:
    """
    What stands in the panel, in boxes of millimetres.

    Parameters
    ----------
    legend
        With its heading.
    key_map
        None where there is none.
    rooms
        Texts by name: ``figures``, ``conditions``, ``notes``.
    """

    legend: Box
    key_map: Box | None
    rooms: dict[str, Room]


def edge_mm(form: Form) -> float:
    """Return the margin of a sheet; a report's page has its own."""
    return 1.0 if form.bare else MARGIN


def lay_out(words: Wording, form: Form, *, grid: bool) -> Layout:
    """Return where map and panel stand: the map has what header, sources and panel leave."""
    (width, height), margin = form.size, edge_mm(form)
    title, headline, top = _header(words, form, margin)
    foot = margin + line_height(FOOT_PT) + 1.4
    side = _PANEL_LANDSCAPE * width if form.landscape else 0.0
    below = 0.0 if form.landscape else (_PANEL_BARE if form.bare else _PANEL_PORTRAIT) * height
    map_width = width - 2 * margin - (side + GAP if side else 0.0)
    sources = fit_block(words.sources, map_width, _SOURCES_SHARE * height, sizes=_SMALL_SIZES)
    ink = GRID_MM if grid else 0.0
    source_height = sources.height + 1.2 if words.sources else 0.0
    low = foot + below + source_height + (GAP if below else 0.0) + ink
    panel = (width - margin - side, foot, side, top - foot)
    if not form.landscape:
        panel = (margin, foot, width - 2 * margin, below)
    frame = (margin + ink, low, map_width - ink, top - low)
    sources_at = (margin, low - ink - 0.8, map_width, source_height)
    return Layout(form, title, headline, sources, sources_at, frame, panel)


def _header(words: Wording, form: Form, margin: float) -> tuple[Block, Block | None, float]:
    """Return title and headline, and the height above the foot at which they end."""
    width, height = form.size
    mark = mark_width(words.mark)
    title = _one_or_two_lines(words.title, width - 2 * margin - mark - 3)
    below = height - margin - max(title.height, 7.2 if words.mark else 0.0)
    if form.bare or not words.headline:
        return title, None, below - 1.0
    sizes = (9.5, 9.0, 8.0, 7.0, 6.0)
    headline = fit_block([words.headline], width - 2 * margin, 12.0, sizes=sizes)
    return title, headline, below - 0.8 - headline.height - 1.8


def mark_width(mark: str) -> float:
    """Return the width of the mark's box."""
    return text_width_mm(mark, MARK_PT, bold=True) + 5 if mark else 0.0


def _one_or_two_lines(title: str, width: float) -> Block:
    for size in (16.0, 14.0, 12.0):
        lines = wrap(title, width, size, bold=True)
        if len(lines) == 1:
            return Block(tuple(lines), size)
    return fit_block([title], width - 4, 2.2 * line_height(11), sizes=(11.0, 9.0, 7.0))


def furnish(layout: Layout, words: Wording, rows: list[LegendRow], *, key_map: bool) -> Panel:
    """Return the panel laid out: legend, key map, texts."""
    texts = _wanted(words, bare=layout.form.bare)
    if layout.form.landscape:
        return _side_panel(texts, rows, layout.panel, key_map=key_map)
    return _foot_panel(texts, layout.panel, key_map=key_map)


def _side_panel(texts: list[Text], rows: list[LegendRow], panel: Box, *, key_map: bool) -> Panel:
    """Return legend, key map and texts one above the other."""
    x, y, width, height = panel
    key_height = min(0.22 * height, 0.62 * width) + GAP if key_map else 0.0
    wanted = _legend_height(rows, width) + line_height(HEADING_PT) + 2.0
    legend = min(wanted, _LEAST_LEGEND * height) if texts else wanted
    free = height - key_height - min(legend, height - key_height) - GAP
    rooms = _stacked(texts, (x, y, width, free))
    top = max((room.box[1] + room.box[3] + GAP for room in rooms.values()), default=y)
    key = (x, top, width, key_height - GAP) if key_map else None
    return Panel((x, top + key_height, width, y + height - top - key_height), key, rooms)


def _foot_panel(texts: list[Text], panel: Box, *, key_map: bool) -> Panel:
    """Return legend, key map and texts beside each other under the map."""
    x, y, width, height = panel
    shares = _COLUMNS if len(texts) > 1 else (_COLUMNS_FEW if texts or key_map else (1.0, 0.0, 0.0))
    lefts = [x, x + shares[0] * width, x + (shares[0] + shares[1]) * width]
    columns = [(left, y, share * width - GAP, height) for left, share in zip(lefts, shares, strict=True)]
    _, _, wide, _ = columns[1]
    tall = min(0.5 * height if texts else height, 0.8 * wide) if key_map else 0.0
    key = (lefts[1], y + height - tall, wide, tall) if key_map else None
    middle = (lefts[1], y, wide, height - tall - (GAP if key_map else 0.0))
    split = max(len(texts) - 1, 1)
    rooms = _stacked(texts[:split], middle, from_top=True)
    return Panel(columns[0], key, rooms | _stacked(texts[split:], columns[2], from_top=True))


def _wanted(words: Wording, *, bare: bool) -> list[Text]:
    """Return the texts that the sheet bears: name, heading, paragraphs."""
    named = (
        ("figures", words.figures_title, words.figures),
        ("conditions", say("figure.conditions"), [] if bare else words.conditions),
        ("notes", say("figure.notes"), [] if bare else words.notes),
    )
    return [text for text in named if text[2]]


def _stacked(texts: list[Text], box: Box, *, from_top: bool = False) -> dict[str, Room]:
    """Return texts one above the other in a box; room that one does not need goes to those below it."""
    x, y, width, height = box
    left, sized = height, []
    for number, (name, heading, lines) in enumerate(texts):
        share = left / (len(texts) - number)
        if name == "figures":
            share = left * _FIGURES_SHARE.get(len(texts), 1.0)
        block = fit_block(lines, width - 3, share - _heading_height() - GAP, sizes=_TEXT_SIZES)
        sized.append((name, heading, block))
        left -= block.height + _heading_height() + GAP
    top = y + height if from_top else y + height - left - GAP
    rooms: dict[str, Room] = {}
    for name, heading, block in sized:
        tall = block.height + _heading_height()
        rooms[name] = Room(heading, block, (x, top - tall, width, tall))
        top -= tall + GAP
    return rooms


def _heading_height() -> float:
    """Return what heading and edge of a text's box take."""
    return line_height(7.5) + 2.5


def _legend_height(rows: list[LegendRow], width: float) -> float:
    """Return the height at which the legend stands in one column of a good size."""
    placed = lay_out_legend(rows, width, 10_000.0, sizes=(_LEGEND_PT,))
    return max((p.top + len(p.lines) * line_height(p.size_pt) for p in placed), default=0.0) + 1.0
