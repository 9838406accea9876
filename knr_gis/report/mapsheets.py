"""The pages of a report that are maps: the whole, then those of the atlas that was asked for."""

from dataclasses import dataclass, replace
from pathlib import Path

from knr_gis.errors import NothingToWriteError
from knr_gis.figure import PaperChoice, Picture, write_atlas_pictures, write_figure
from knr_gis.fonts import plain
from knr_gis.product import Product
from knr_gis.texts import say

_DPI = 200
_NOT_IN_REPORTS = ("site",)  # hundreds of pages: they are a file of their own


@dataclass(frozen=True)
class MapSheet:
    """
    A picture that fills a page.

    Parameters
    ----------
    file
        Its name in the folder.
    width, height
        In millimetres, at which the scale written on it is true.
    """

    file: str
    width: float
    height: float
    landscape: bool
    alt: str


def map_sheets(product: Product, folder: Path, choice: PaperChoice) -> list[MapSheet]:
    """
    Write the map of a report and the atlas pages of places with results; return them in order.

    The whole map has the largest scale at which it fits; a scale that was asked for is that of the atlas.
    """
    whole = PaperChoice(orientation=choice.orientation, grid=choice.grid)
    pictures = [write_figure(product, folder / "map.png", choice=whole, dpi=_DPI, in_report=True)]
    if choice.atlas and choice.atlas_kind not in _NOT_IN_REPORTS:
        pictures += _atlas(product, folder, replace(choice, paper="A4"))
    return [_sheet(product, picture) for picture in pictures]


def _atlas(product: Product, folder: Path, choice: PaperChoice) -> list[Picture]:
    try:
        return write_atlas_pictures(product, folder, choice=choice)
    except NothingToWriteError:  # said where the atlas itself is written
        return []


def _sheet(product: Product, picture: Picture) -> MapSheet:
    title = product.title if picture.title == product.title else f"{product.title} {picture.title}"
    width, height = picture.width_mm, picture.height_mm
    alt = say("report.map_alt", title=plain(title))
    return MapSheet(picture.path.name, width, height, width > height, alt)
