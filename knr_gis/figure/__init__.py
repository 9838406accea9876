"""Print maps by matplotlib: A4 or A3 at a true, round scale; the only door to matplotlib."""

from pathlib import Path

import matplotlib as mpl

from knr_gis.atomic import atomic_path
from knr_gis.crs import require_same_crs
from knr_gis.errors import OutputError
from knr_gis.figure.blocks import LegendRow, legend_rows
from knr_gis.figure.labels import place_labels
from knr_gis.figure.mapframe import (
    LAND,
    SEA,
    add_map_axes,
    draw_key_map,
    draw_labels,
    draw_layers,
    draw_north_arrow,
    draw_scale_bar,
    furniture_corners,
    needs_key_map,
)
from knr_gis.figure.page import Sheet, compose_sheet, draw_panel, write_credit_line
from knr_gis.figure.scale import (
    PAPERS_MM,
    REPORT_MM,
    content_bounds,
    fit_scale,
    frame_bounds,
    land_area,
    shows_towns,
)
from knr_gis.figure.symbols import Symbol, SymbolGroup, symbol_groups
from knr_gis.product import Product, ProductLayer
from knr_gis.texts import say

__all__ = ["PAPERS_MM", "REPORT_MM", "draw_sheet", "write_figure"]

_KEY_MAP_SHARE = 0.16  # share of the sheet's height

_NAMED = 4  # titles before a credit line

Drawn = list[tuple[ProductLayer, list[SymbolGroup]]]


def write_figure(
    product: Product,
    path: Path,
    *,
    dpi: int = 200,
    paper: str = "A4",
    size_mm: tuple[float, float] | None = None,
) -> None:
    """
    Write the print map of a product.

    Parameters
    ----------
    path
        ``.png``, or ``.pdf`` for a vector map.
    dpi
        Dots per inch of the PNG.
    paper
        ``"A4"`` or ``"A3"``, landscape; the sheet on which the stated scale is true.
    size_mm
        Width and height of the picture where it is only a part of that sheet (reports).

    Raises
    ------
    OutputError
        If a layer has no credit line or the file cannot be written.
    CrsError
        If layers differ in their CRS or it is not in metres.
    """
    product.require_traceable()
    sheet = draw_sheet(product, dpi=dpi, paper=paper, size_mm=size_mm)
    try:
        with atomic_path(path) as temporary:
            _save(sheet, temporary, product)
    except OSError as error:
        raise OutputError("export.cannot_write", path=path, reason=error.strerror or error) from error


def _save(sheet: Sheet, path: Path, product: Product) -> None:
    """Save without the time of day, so that the same product gives the same bytes."""
    kind = path.suffix.lstrip(".").lower()
    metadata: dict[str, str | None] = {"Title": product.title}
    if kind == "pdf":
        metadata |= {"CreationDate": None}
    with mpl.rc_context({"pdf.fonttype": 42, "text.hinting": "force_autohint"}):
        sheet.figure.savefig(path, format=kind, metadata=metadata)


def draw_sheet(
    product: Product, *, dpi: int = 200, paper: str = "A4", size_mm: tuple[float, float] | None = None
) -> Sheet:
    """Return the finished sheet, not yet saved."""
    layers = sorted((x for x in product.layers if x.visible), key=lambda layer: layer.style.order)
    used = [layer.frame for layer in layers if not layer.frame.empty]
    if used:
        require_same_crs(*used)
    sheet = compose_sheet(product, credit_lines(product, layers), size=size_mm or PAPERS_MM[paper], dpi=dpi)
    size = {"width_mm": sheet.frame[2], "height_mm": sheet.frame[3]}
    bounds = content_bounds(product)
    scale = fit_scale(bounds, **size)
    window = frame_bounds(bounds, scale, **size)
    drawn = [(x, symbol_groups(x, window)) for x in layers]
    _draw_map(sheet, product, drawn, scale=scale, window=window, paper=paper)
    write_credit_line(sheet, product, scale=scale, paper=paper)
    return sheet


def _draw_map(
    sheet: Sheet, product: Product, drawn: Drawn, *,
    scale: int, window: tuple[float, float, float, float], paper: str,
) -> None:  # fmt: skip
    land = land_area(product)
    ax = add_map_axes(sheet, window, land=land, scale=scale)
    draw_layers(ax, [groups for _, groups in drawn], scale=scale)
    every = [group.geometry for _, groups in drawn for group in groups]
    found = [group.geometry for x, groups in drawn if _is_result(x, product) for group in groups]
    places = furniture_corners(sheet, window, (found, every))
    obstacles = [box for _, box in places.values()]
    labels = place_labels([x for x, _ in drawn], window, scale=scale, obstacles=obstacles)
    draw_labels(ax, labels, window, scale=scale)
    draw_scale_bar(ax, scale, paper=paper, corner=places["bar"][0])
    draw_north_arrow(sheet, places["arrow"][1])
    key_map = _KEY_MAP_SHARE * sheet.height if needs_key_map(window, land) else 0.0
    rows = legend_rows(drawn) + (_ground_rows() if land is not None else [])
    bottom = draw_panel(sheet, product, rows, key_map_height=key_map)
    if key_map and land is not None:
        draw_key_map(sheet, window, land, bottom=bottom, height=key_map)


def _is_result(layer: ProductLayer, product: Product) -> bool:
    """Tell whether a layer is what the analysis found, other than a colouring of the municipalities."""
    shown = any(layer.frame is frame for frame in product.result.features.values())
    return shown and not shows_towns(layer)


def _ground_rows() -> list[LegendRow]:
    """Return the legend of the ground: what is not land of the region is sea or lies outside."""
    looks = ((say("figure.land"), LAND), (say("figure.sea"), SEA))
    return [
        LegendRow(text, Symbol("polygon", color, 1.0, 0.6, 0.0, "solid", "circle")) for text, color in looks
    ]


def credit_lines(product: Product, layers: list[ProductLayer]) -> list[str]:
    """
    Return the credit lines of the layers on the map, each once, with what it stands for and its date.

    A layer of the result joins the credits of its inputs by ／; these are taken apart.
    """
    found: dict[str, list[str]] = {}
    for layer in (x for x in layers if not x.frame.empty):
        for credit in _credits(layer, product):
            found.setdefault(credit, []).append(layer.title)
    return [_credit_line(credit, titles, product) for credit, titles in found.items()]


def _credits(layer: ProductLayer, product: Product) -> list[str]:
    known = {source.attribution for source in product.sources}
    return [layer.attribution] if layer.attribution in known else layer.attribution.split("／")


def _credit_line(credit: str, titles: list[str], product: Product) -> str:
    sources = [source for source in product.sources if source.attribution == credit]
    names = list(dict.fromkeys([source.title for source in sources] or titles))
    named = "・".join(names[:_NAMED]) + (
        say("figure.and_more", count=len(names) - _NAMED) if names[_NAMED:] else ""
    )
    dates = [source.obtained for source in sources if source.obtained]
    date = say("figure.obtained", date=max(dates)[:10]) if dates else ""
    return say("figure.source", title=named, attribution=credit, date=date)
