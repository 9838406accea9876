"""How each layer is put into the page: chosen by its size before anything is written."""

from dataclasses import dataclass, replace

import pandas as pd
import shapely

from knr_gis.product import ProductLayer
from knr_gis.texts import say
from knr_gis.webmap.cells import plain
from knr_gis.webmap.picture import MAX_CLASSES
from knr_gis.webmap.shapes import display_tolerance, placed
from knr_gis.webmap.words import Words, in_language, said, words

COARSER_M = (10.0, 50.0)
MAX_VECTOR_VERTICES = 2_000_000  # beyond it a browser draws too slowly, however small the file
# measured on packed pages: differences of 1e-5 degree, a class and an index per cell, different texts
BYTES_PER_VERTEX = 2.8
BYTES_PER_CELL = 0.8
BYTES_PER_CHARACTER = 0.9
BYTES_PER_PICTURE = 1_000_000
SAMPLE_ROWS = 2000
_MOSTLY_DIFFERENT = 0.5  # share of different texts from which on each row is taken to have its own


@dataclass(frozen=True)
class Drawing:
    """
    How one layer is drawn.

    Parameters
    ----------
    tolerance_m
        By how much lines and outlines are simplified for the screen.
    picture
        True for a picture of the classes in place of the features.
    size
        Estimated bytes in the file.
    first_size
        Estimated bytes before any step down; equal to ``size`` where none was needed.
    """

    tolerance_m: float
    picture: bool
    size: int
    first_size: int

    @property
    def stepped_down(self) -> bool:
        """Tell whether the layer is drawn more simply than its own size asks for."""
        return self.size != self.first_size


def plan_drawings(layers: tuple[ProductLayer, ...], *, limit: int) -> list[Drawing]:
    """
    Return how to draw the layers so that they take at most ``limit`` bytes together, by estimate.

    The layer that takes most is drawn one step simpler (10 m, 50 m, then as a picture), and so on until
    all fit or none can be drawn simpler.
    """
    drawings = [first_drawing(layer) for layer in layers]
    if sum(drawing.size for drawing in drawings) > limit:  # now it matters what simplifying leaves
        drawings = [refined(layer, drawing) for layer, drawing in zip(layers, drawings, strict=True)]
    while sum(drawing.size for drawing in drawings) > limit:
        steps = {i: simpler(layers[i], drawing) for i, drawing in enumerate(drawings)}
        heavy = [i for i, step in steps.items() if step is not None and step.size < drawings[i].size]
        if not heavy:
            break
        most = max(heavy, key=lambda i: drawings[i].size)
        drawings[most] = steps[most] or drawings[most]
    return drawings


def first_drawing(layer: ProductLayer) -> Drawing:
    """Return how a layer is drawn when there is room: its features, or a picture where they are too many."""
    frame = placed(layer.frame)
    tolerance = display_tolerance(frame)
    vertices = int(shapely.get_num_coordinates(frame.geometry.values).sum())
    if vertices > MAX_VECTOR_VERTICES:
        vertices = _vertices(layer, tolerance)
    if vertices > MAX_VECTOR_VERTICES and can_be_picture(layer):
        size = estimated_bytes(layer, vertices)
        return Drawing(tolerance, picture=True, size=BYTES_PER_PICTURE, first_size=size)
    size = estimated_bytes(layer, vertices)
    return Drawing(tolerance, picture=False, size=size, first_size=size)


def refined(layer: ProductLayer, drawing: Drawing) -> Drawing:
    """Return a drawing whose size counts the vertices that the simplification for the screen leaves."""
    if drawing.picture:
        return drawing
    size = estimated_bytes(layer, _vertices(layer, drawing.tolerance_m))
    return replace(drawing, size=size, first_size=size)


def simpler(layer: ProductLayer, drawing: Drawing) -> Drawing | None:
    """Return the next simpler drawing of a layer, or None."""
    if drawing.picture:
        return None
    for tolerance in COARSER_M:
        if 0 < drawing.tolerance_m < tolerance:
            size = estimated_bytes(layer, _vertices(layer, tolerance))
            return replace(drawing, tolerance_m=tolerance, size=size)
    return replace(drawing, picture=True, size=BYTES_PER_PICTURE) if can_be_picture(layer) else None


def can_be_picture(layer: ProductLayer) -> bool:
    """Tell whether a picture can stand for a layer: it has no points and colours enough."""
    shapes = placed(layer.frame).geometry.values
    no_points = len(shapes) > 0 and bool((shapely.get_dimensions(shapes) > 0).all())
    return no_points and len(layer.style.classes) < MAX_CLASSES


def _vertices(layer: ProductLayer, tolerance_m: float) -> int:
    shapes = placed(layer.frame).geometry.values
    if tolerance_m > 0:
        shapes = shapely.simplify(shapes, tolerance_m)
    return int(shapely.get_num_coordinates(shapes).sum())


def estimated_bytes(layer: ProductLayer, vertices: int) -> int:
    """Return about how many bytes a layer takes in a packed page, from counts alone."""
    columns = [name for name in layer.popup if name in layer.frame.columns]
    cells = len(layer.frame) * (len(columns) + 1)
    characters = sum(_characters(layer.frame[name]) for name in columns)
    return int(vertices * BYTES_PER_VERTEX + cells * BYTES_PER_CELL + characters * BYTES_PER_CHARACTER + 2000)


def _characters(series: pd.Series) -> float:
    """Return about how many characters the different texts of a column have, from its first rows."""
    texts = [str(plain(value)) for value in series.head(SAMPLE_ROWS)]
    different = set(texts)
    share = len(different) / max(len(texts), 1)
    mean = sum(map(len, different)) / max(len(different), 1)
    return mean * (share * len(series) if share > _MOSTLY_DIFFERENT else len(different))


def drawing_notes(layers: tuple[ProductLayer, ...], drawings: list[Drawing], *, limit: int) -> list[Words]:
    """Return what was drawn more simply than asked, why, and what the reader then does not get."""
    changed = [(one, drawing) for one, drawing in zip(layers, drawings, strict=True) if drawing.stepped_down]
    if not changed:
        return []
    megabytes = f"{sum(drawing.first_size for drawing in drawings) / 1e6:.0f}"
    notes = [said("webmap.step_down", size=megabytes, limit=f"{limit / 1e6:.0f}")]
    for layer, drawing in changed:
        title = words(layer.title_ja, layer.title_en)
        key = "webmap.step_picture" if drawing.picture else "webmap.step_coarser"
        notes.append(_named(key, title, f"{drawing.tolerance_m:g}"))
    return notes


def _named(key: str, title: Words, tolerance: str) -> Words:
    ja, en = (
        say(key, language=language, layer=in_language(title, language), tolerance=tolerance)
        for language in ("ja", "en")
    )
    return words(ja, en)
