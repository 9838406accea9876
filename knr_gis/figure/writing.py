"""Sheets into files, PNG or vector PDF, without the time of day: same product, same bytes."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_pdf import PdfPages

from knr_gis.atomic import atomic_path
from knr_gis.errors import OutputError
from knr_gis.figure.choice import PaperChoice
from knr_gis.figure.page import Sheet
from knr_gis.figure.sheet import draw_sheet
from knr_gis.product import Product

# Characters as themselves (TrueType), hinting that is the same everywhere.
_SAVING: Any = {"pdf.fonttype": 42, "text.hinting": "force_autohint"}


@dataclass(frozen=True)
class Picture:
    """
    A sheet as the picture of a report's page.

    Parameters
    ----------
    width_mm, height_mm
        Size at which the stated scale is true.
    """

    path: Path
    title: str
    width_mm: float
    height_mm: float


def write_map_png(product: Product, path: Path, *, choice: PaperChoice | None = None) -> None:
    """Write the print map as PNG of 300 dots per inch; see ``write_figure``."""
    write_figure(product, path, choice=choice)


def write_map_pdf(product: Product, path: Path, *, choice: PaperChoice | None = None) -> None:
    """Write the print map as PDF of vectors, fonts embedded; see ``write_figure``."""
    write_figure(product, path, choice=choice)


def write_figure(
    product: Product, path: Path, *, choice: PaperChoice | None = None, dpi: int = 300,
    in_report: bool = False,
) -> Picture:  # fmt: skip
    """
    Write the print map of a product.

    Parameters
    ----------
    path
        ``.png``, or ``.pdf`` for a vector map.
    dpi
        Dots per inch of the PNG.
    in_report
        True for the picture of a report's page: without what the report says elsewhere.

    Raises
    ------
    OutputError
        If a layer has no credit line, the map does not fit at the scale, or the file cannot be written.
    CrsError
        If layers differ in their CRS or it is not in metres.
    """
    product.require_traceable()
    sheet = draw_sheet(product, choice, dpi=dpi, in_report=in_report)
    save_sheet(sheet, path, product)
    return Picture(path, product.title, sheet.width, sheet.height)


def save_sheet(sheet: Sheet, path: Path, product: Product) -> None:
    """Save one sheet in the format of the suffix."""
    kind = path.suffix.lstrip(".").lower()
    metadata: dict[str, str | None] = {"Title": product.title}
    if kind == "pdf":
        metadata |= {"CreationDate": None}
    try:
        with atomic_path(path) as temporary, mpl.rc_context(_SAVING):
            sheet.figure.savefig(temporary, format=kind, metadata=metadata)
    except OSError as error:
        raise OutputError("export.cannot_write", path=path, reason=error.strerror or error) from error


def save_book(sheets: Iterable[Sheet], path: Path, product: Product) -> None:
    """Save sheets as the pages of one PDF; each is drawn as its turn comes."""
    metadata = {"Title": product.title, "CreationDate": None}
    try:
        with (
            atomic_path(path) as temporary,
            mpl.rc_context(_SAVING),
            PdfPages(temporary, metadata=metadata) as book,
        ):
            for sheet in sheets:
                book.savefig(sheet.figure)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError("export.cannot_write", path=path, reason=error.strerror or error) from error
