"""One sheet drawn: the largest true scale, the map, and everything that must stand beside it."""

from dataclasses import dataclass, replace

from matplotlib.axes import Axes
from shapely.geometry.base import BaseGeometry

from knr_gis.crs import Bounds, require_same_crs
from knr_gis.errors import OutputError
from knr_gis.figure.blocks import LegendRow, legend_rows
from knr_gis.figure.choice import PaperChoice, forms
from knr_gis.figure.credits import credit_lines
from knr_gis.figure.furniture import draw_north_arrow, draw_scale_bar, furniture_corners
from knr_gis.figure.gridlines import draw_grid
from knr_gis.figure.ground import (
    DrawnGround,
    draw_ground,
    draw_relief,
    ground_at,
    relief_layer,
    sample_symbol,
)
from knr_gis.figure.keymap import draw_frames, draw_key_map, needs_key_map
from knr_gis.figure.labels import place_labels
from knr_gis.figure.layout import Layout, Panel, Wording, furnish, lay_out
from knr_gis.figure.leaf import Framed, Leaf
from knr_gis.figure.mapframe import (
    DETAIL_MM,
    LAND,
    SEA,
    add_map_axes,
    draw_labels,
    draw_layers,
    draw_mark,
    draw_outside,
)
from knr_gis.figure.page import (
    Sheet,
    blank_sheet,
    condition_lines,
    draw_legend,
    draw_texts,
    foot_line,
    note_lines,
)
from knr_gis.figure.scale import content_bounds, fit_scale, frame_bounds, land_area, shows_towns
from knr_gis.figure.symbols import Symbol, SymbolGroup, symbol_groups
from knr_gis.product import Product, ProductLayer
from knr_gis.texts import say

Drawn = list[tuple[ProductLayer, list[SymbolGroup]]]


@dataclass(frozen=True)
class Frame:
    """A sheet laid out, with the scale of its map and what it shows."""

    layout: Layout
    words: Wording
    scale: int
    window: Bounds


def plan_frame(
    product: Product, choice: PaperChoice, leaf: Leaf | None = None, *, in_report: bool = False
) -> Frame:
    """
    Return the sheet of those allowed whose map has the largest scale, landscape first.

    Raises
    ------
    OutputError
        If the map does not fit at the scale that was asked for.
    """
    leaf = leaf or Leaf()
    words = _wording(product, leaf)
    layouts = [lay_out(words, form, grid=choice.grid) for form in forms(choice, in_report=in_report)]
    bounds = leaf.bounds or content_bounds(product)
    framed = [_framed(layout, words, bounds, choice.scale, leaf) for layout in layouts]
    best = min(framed, key=lambda f: f.scale if leaf.window_at is None else 0)
    if leaf.window_at is None and choice.scale is not None:
        fitting = [f for f in framed if _fits(f, bounds)]
        if not fitting:
            raise _too_large(product, bounds, choice, layouts)
        best = fitting[0]
    return best


def _framed(layout: Layout, words: Wording, bounds: Bounds, wished: int | None, leaf: Leaf) -> Frame:
    size = {"width_mm": layout.frame[2], "height_mm": layout.frame[3]}
    scale = wished or fit_scale(bounds, **size)
    if leaf.window_at is not None:
        scale, x, y = leaf.window_at
        bounds = (x, y, x, y)
    return Frame(layout, words, scale, frame_bounds(bounds, scale, **size))


def _fits(frame: Frame, bounds: Bounds) -> bool:
    near = 1e-6 * frame.scale
    low = all(w <= b + near for w, b in zip(frame.window[:2], bounds[:2], strict=True))
    return low and all(w >= b - near for w, b in zip(frame.window[2:], bounds[2:], strict=True))


def _too_large(product: Product, bounds: Bounds, choice: PaperChoice, layouts: list[Layout]) -> OutputError:
    """Say how large the area is and at which scale it would fit."""
    fitting = min(fit_scale(bounds, *layout.frame[2:]) for layout in layouts)
    return OutputError(
        "figure.does_not_fit", title=product.title, scale=choice.scale, paper=choice.paper,
        width=(bounds[2] - bounds[0]) / 1000, height=(bounds[3] - bounds[1]) / 1000, fitting=fitting,
    )  # fmt: skip


def _wording(product: Product, leaf: Leaf) -> Wording:
    title = say("figure.title", title=product.title, where=leaf.title or product.region)
    return Wording(
        title=title,
        headline="" if leaf.number > 1 else product.headline,
        mark=say("product.sample_mark") if product.sample else "",
        sources=[say("figure.sources_are", sources=line) if not n else line
                 for n, line in enumerate(credit_lines(product, drawn_layers(product)))],
        notes=([say("figure.on_first_page")] if leaf.number > 1 else []) + note_lines(product),
        conditions=[] if leaf.number > 1 else condition_lines(product),
        figures=list(leaf.figures),
        figures_title=leaf.figures_title,
    )  # fmt: skip


def drawn_layers(product: Product) -> list[ProductLayer]:
    """Return the layers on the map, bottom first."""
    return sorted((x for x in product.layers if x.visible), key=lambda layer: layer.style.order)


def draw_sheet(
    product: Product, choice: PaperChoice | None = None, *, dpi: int = 300, leaf: Leaf | None = None,
    frames: tuple[Framed, ...] = (), in_report: bool = False,
) -> Sheet:  # fmt: skip
    """
    Return the finished sheet, not yet saved.

    Parameters
    ----------
    leaf
        A page of an atlas rather than the whole.
    frames
        Pages of the atlas, drawn on the index map.
    in_report
        True for a sheet that is a page of a report.
    """
    choice, leaf = choice or PaperChoice(), leaf or Leaf()
    layers = drawn_layers(product)
    used = [layer.frame for layer in (*layers, *product.ground) if not layer.frame.empty]
    if used:
        require_same_crs(*used)
    frame = plan_frame(product, choice, leaf, in_report=in_report)
    sheet = blank_sheet(frame.layout, dpi=dpi, scale=frame.scale)
    drawn = [(x, symbol_groups(x, frame.window)) for x in layers]
    ground = ground_at(product, frame.window, scale=frame.scale)
    land = land_area(product)
    ax, shaded = _draw_map(sheet, product, (drawn, ground), frame=frame, leaf=leaf, grid=choice.grid)
    draw_frames(ax, frames if leaf.is_index else ())
    rows = legend_rows(drawn) + _ground_rows(ground, land=land, shaded=shaded)
    show_key = not leaf.is_index and (bool(frames) or needs_key_map(frame.window, land))
    panel = furnish(frame.layout, frame.words, rows, key_map=show_key)
    draw_legend(sheet, rows, panel.legend, say("figure.legend"))
    if panel.key_map and land is not None:
        draw_key_map(sheet, panel.key_map, land, window=frame.window, leaf=leaf, frames=frames)
    _draw_words(sheet, product, panel, frame.words, leaf)
    return sheet


def _draw_words(sheet: Sheet, product: Product, panel: Panel, words: Wording, leaf: Leaf) -> None:
    page = say("figure.page", number=leaf.number, pages=leaf.pages) if leaf.number else ""
    credit = foot_line(product, scale=sheet.scale, paper=sheet.layout.form.paper, page=page)
    draw_texts(sheet, panel, mark=words.mark, credit=credit)


def _draw_map(
    sheet: Sheet, product: Product, shown: tuple[Drawn, list[DrawnGround]], *,
    frame: Frame, leaf: Leaf, grid: bool,
) -> tuple[Axes, bool]:  # fmt: skip
    """Draw the map; return it, and whether the terrain's shadows are on it."""
    (drawn, ground), window, scale = shown, frame.window, frame.scale
    land, relief = land_area(product), relief_layer(product)
    ax = add_map_axes(sheet, window, land=land)
    shaded = relief is not None and relief.grid is not None
    if relief is not None and relief.grid is not None:
        shaded = draw_relief(ax, relief.grid, window, scale=scale, land=land)
    draw_ground(ax, ground, tolerance_m=DETAIL_MM * scale / 1000)
    draw_layers(ax, [groups for _, groups in drawn], scale=scale)
    if leaf.outline is not None:
        draw_outside(ax, window, leaf.outline, scale=scale)
    if leaf.mark is not None:
        draw_mark(ax, leaf.mark)
    if grid:
        draw_grid(ax, window, scale=scale)
    _draw_names(sheet, product, (drawn, ground), frame=frame, ax=ax)
    return ax, shaded


def _draw_names(
    sheet: Sheet, product: Product, shown: tuple[Drawn, list[DrawnGround]], *, frame: Frame, ax: Axes
) -> None:
    """Draw scale bar, arrow and names, none over another."""
    drawn, ground = shown
    every = [group.geometry for _, groups in drawn for group in groups]
    found = [group.geometry for x, groups in drawn if _is_result(x, product) for group in groups]
    places = furniture_corners(sheet, frame.window, (found, every))
    named = [*(g.layer for g in ground), *(layer for layer, _ in drawn)]
    obstacles = [box for _, box in places.values()]
    labels = place_labels(named, frame.window, scale=frame.scale, obstacles=obstacles)
    draw_labels(ax, labels, frame.window, scale=frame.scale)
    draw_scale_bar(ax, frame.scale, paper=sheet.layout.form.paper, corner=places["bar"][0])
    draw_north_arrow(sheet, places["arrow"][1])


def _is_result(layer: ProductLayer, product: Product) -> bool:
    """Tell whether a layer is what the analysis found, other than a colouring of the municipalities."""
    shown = any(layer.frame is frame for frame in product.result.features.values())
    return shown and not shows_towns(layer)


def _ground_rows(ground: list[DrawnGround], *, land: BaseGeometry | None, shaded: bool) -> list[LegendRow]:
    """Return the legend of the ground: its layers, and that what is not land of the region is sea."""
    rows = [LegendRow(g.layer.title, sample_symbol(g)) for g in reversed(ground)]
    fill = Symbol("polygon", LAND, 1.0, 0.6, 0.0, "solid", "circle")
    if shaded:
        rows.append(LegendRow(say("figure.relief"), replace(fill, color="#bdbdbd")))
    if land is not None:
        rows.append(LegendRow(say("figure.land"), fill))
        rows.append(LegendRow(say("figure.sea"), replace(fill, color=SEA)))
    return [LegendRow(say("figure.ground"), bold=True), *rows] if rows else []
