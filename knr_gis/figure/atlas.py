"""Atlas: one PDF with an index map and a page for each municipality, district, site or day."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely

from knr_gis.crs import Bounds
from knr_gis.errors import OutputError
from knr_gis.figure.choice import PaperChoice
from knr_gis.figure.leaf import Framed, Leaf
from knr_gis.figure.page import Sheet
from knr_gis.figure.places import Place, places_of
from knr_gis.figure.scale import land_area, result_frames
from knr_gis.figure.sheet import draw_sheet, plan_frame
from knr_gis.figure.writing import Picture, save_book, save_sheet
from knr_gis.product import Product
from knr_gis.texts import say

_MOST_PAGES = 400
_OVERLAP = 0.04  # share of a sheet that it has in common with the next one of the same place
_REPORT_DPI = 200
_DIRECTIONS = ("east", "north_east", "north_of", "north_west", "west", "south_west", "south", "south_east")
_MOST_NEIGHBOURS = 8


@dataclass(frozen=True)
class Page:
    """A page of the atlas, before it is drawn."""

    place: Place
    framed: Framed


def write_atlas(product: Product, path: Path, *, choice: PaperChoice | None = None) -> None:
    """
    Write the atlas of a product as PDF; of its municipalities where the choice names none.

    Raises
    ------
    NothingToWriteError
        If the product has no such places.
    OutputError
        If a layer has no credit line, there are too many pages, or the file cannot be written.
    CrsError
        If layers differ in their CRS or it is not in metres.
    """
    product.require_traceable()
    choice = choice or PaperChoice()
    pages = plan_pages(product, choice)
    save_book(_sheets(product, pages, choice), path, product)


def write_atlas_pictures(product: Product, folder: Path, *, choice: PaperChoice) -> list[Picture]:
    """Write the pages of places with results as pictures of a report's pages; the index map is left out."""
    pages = plan_pages(product, choice, in_report=True)
    pictures = []
    for page in pages:
        sheet = _draw(page, pages, choice, in_report=True)
        path = folder / f"atlas{page.framed.leaf.number}.png"
        save_sheet(sheet, path, product)
        title = page.framed.leaf.title
        pictures.append(Picture(path, title, sheet.width, sheet.height))
    return pictures


def plan_pages(product: Product, choice: PaperChoice, *, in_report: bool = False) -> list[Page]:
    """
    Return the pages behind the index map, numbered from 2.

    A place that does not fit at the wished scale has several sheets.
    """
    kind = choice.atlas_kind or "municipality"
    pages: list[Page] = []
    places = places_of(product, kind, choice.atlas_name)
    for place in [p for p in places if p.content or not in_report]:
        pages += _pages_of(place, choice, in_report=in_report)
        if len(pages) > _MOST_PAGES:
            raise OutputError("figure.too_many_pages", title=product.title, most=_MOST_PAGES)
    pages = _numbered(pages, first=2)
    return [_neighboured(page, pages) for page in pages]


def _pages_of(place: Place, choice: PaperChoice, *, in_report: bool) -> list[Page]:
    leaf = Leaf(
        title=place.title, bounds=place.bounds, outline=place.outline, mark=place.mark,
        figures=place.figures, figures_title=say("figure.figures", place=place.title),
    )  # fmt: skip
    own = replace(choice, scale=None)
    best = plan_frame(place.product, own, leaf, in_report=in_report)
    if choice.scale is None:
        return [Page(place, Framed(leaf, best.window, best.scale))]
    middle = ((place.bounds[0] + place.bounds[2]) / 2, (place.bounds[1] + place.bounds[3]) / 2)
    whole = replace(leaf, window_at=(choice.scale, *middle))
    frame = plan_frame(place.product, choice, whole, in_report=in_report)
    if best.scale <= choice.scale:
        return [Page(place, Framed(whole, frame.window, choice.scale))]
    return _tiles(place, leaf, frame.window, choice.scale)


def _tiles(place: Place, leaf: Leaf, window: Bounds, scale: int) -> list[Page]:
    """Return the sheets that cover a place, row by row from the north-west, without empty ones."""
    low, high = np.array(place.bounds[:2]), np.array(place.bounds[2:])
    size = np.array([window[2] - window[0], window[3] - window[1]])
    step = size * (1 - _OVERLAP)
    counts = np.maximum(np.ceil((high - low - size) / step + 1 - 1e-9), 1).astype(int)
    start = (low + high) / 2 - step * (counts - 1) / 2
    middles = [start + step * (i, counts[1] - 1 - j) for j in range(counts[1]) for i in range(counts[0])]
    boxes = [(*(m - size / 2), *(m + size / 2)) for m in middles]
    kept = [(m, b) for m, b in zip(middles, boxes, strict=True) if _has_content(place, b)]
    titles = [
        say("figure.sheet_of", title=leaf.title, number=n, count=len(kept)) for n in range(1, len(kept) + 1)
    ]
    return [
        Page(place, Framed(replace(leaf, title=t, window_at=(scale, float(m[0]), float(m[1]))), b, scale))
        for t, (m, b) in zip(titles, kept, strict=True)
    ]


def _has_content(place: Place, window: Bounds) -> bool:
    """Tell whether a sheet shows something of the result in its place, or else of the place's land."""
    box = shapely.box(*window)
    if place.outline is not None:
        box = box.intersection(shapely.make_valid(place.outline))
    if box.is_empty:
        return False
    frames = result_frames(place.product) if place.content else []
    return not frames or any(bool(shapely.intersects(f.geometry.values, box).any()) for f in frames)


def _numbered(pages: list[Page], *, first: int) -> list[Page]:
    last = first - 1 + len(pages)
    return [
        replace(p, framed=replace(p.framed, leaf=replace(p.framed.leaf, number=n, pages=last)))
        for n, p in enumerate(pages, first)
    ]


def _neighboured(page: Page, pages: list[Page]) -> Page:
    """Return a page that names those next to it, with direction and number."""
    outline = page.place.outline
    if outline is None:
        return page
    shown = shapely.box(*page.framed.window)
    others = [p for p in pages if p is not page and _is_next(p, page, shown)]
    named = [_neighbour(page, other) for other in others[:_MOST_NEIGHBOURS]]
    if not named:
        return page
    line = say("figure.neighbours", names="、".join(named))
    leaf = replace(page.framed.leaf, figures=(*page.framed.leaf.figures, line))
    return replace(page, framed=replace(page.framed, leaf=leaf))


def _is_next(other: Page, page: Page, shown: shapely.Polygon) -> bool:
    """Tell whether a page is of the same place and overlaps, or of a place that borders on this one's."""
    if other.place is page.place:
        return bool(shapely.box(*other.framed.window).intersects(shown))
    borders = other.place.outline is not None and other.place.outline.intersects(page.place.outline)
    return bool(borders)


def _neighbour(page: Page, other: Page) -> str:
    here, there = (
        np.array([(w[0] + w[2]) / 2, (w[1] + w[3]) / 2]) for w in (page.framed.window, other.framed.window)
    )
    if other.place is not page.place and page.place.outline is not None and other.place.outline is not None:
        here, there = (np.array(p.place.outline.centroid.coords[0]) for p in (page, other))  # type: ignore[union-attr]
    angle = np.degrees(np.arctan2(*(there - here)[::-1]))
    direction = say(f"figure.{_DIRECTIONS[round(angle / 45) % 8]}")
    leaf = other.framed.leaf
    return say("figure.neighbour", title=leaf.title, direction=direction, number=leaf.number)


def _sheets(product: Product, pages: list[Page], choice: PaperChoice) -> Iterator[Sheet]:
    yield _index_sheet(product, pages, choice)
    for page in pages:
        yield _draw(page, pages, choice, in_report=False)


def _draw(page: Page, pages: list[Page], choice: PaperChoice, *, in_report: bool) -> Sheet:
    frames = tuple(p.framed for p in pages)
    leaf = page.framed.leaf
    own = choice if leaf.window_at is not None else replace(choice, scale=None)
    return draw_sheet(page.place.product, own, leaf=leaf, frames=frames, in_report=in_report, dpi=_REPORT_DPI)


def _index_sheet(product: Product, pages: list[Page], choice: PaperChoice) -> Sheet:
    """Return the first page: the region with the frames of the others, and their list."""
    land = land_area(product)
    windows = np.array([page.framed.window for page in pages])
    box = windows[:, :2].min(axis=0).tolist() + windows[:, 2:].max(axis=0).tolist()
    bounds = (*box,) if land is None else land.bounds
    listed = tuple(
        say("figure.listed", number=p.framed.leaf.number, title=p.framed.leaf.title, scale=p.framed.scale)
        for p in pages
    )
    leaf = Leaf(
        title=say("figure.index"), bounds=bounds, figures=listed, figures_title=say("figure.contents"),
        number=1, pages=len(pages) + 1,
    )  # fmt: skip
    frames = tuple(page.framed for page in pages)
    return draw_sheet(product, replace(choice, scale=None), leaf=leaf, frames=frames, dpi=_REPORT_DPI)
