"""What one sheet shows more particularly than the whole map of its product."""

from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

from knr_gis.crs import Bounds


@dataclass(frozen=True)
class Leaf:
    """
    One page of an atlas; without values, the map of the whole product.

    Parameters
    ----------
    title
        Name of the page (a municipality, a site, a day).
    bounds
        What the map must show, in metres; None for the product's own.
    window_at
        Scale and middle of the frame, where the page is one of several sheets of a place.
    outline
        The place itself: what lies outside is drawn paler.
    mark
        The point that the page is about.
    figures
        Figures of the place, a line each, under ``figures_title``.
    number
        Of the page within its atlas, 1 for the index map; 0 for none.
    pages
        How many the atlas has.
    """

    title: str = ""
    bounds: Bounds | None = None
    window_at: tuple[int, float, float] | None = None
    outline: BaseGeometry | None = None
    mark: tuple[float, float] | None = None
    figures: tuple[str, ...] = ()
    figures_title: str = ""
    number: int = 0
    pages: int = 0

    @property
    def is_index(self) -> bool:
        """Whether it is the first page, whose map shows the frames of the others."""
        return self.number == 1


@dataclass(frozen=True)
class Framed:
    """A page and what its map shows, for the index map."""

    leaf: Leaf
    window: Bounds
    scale: int
