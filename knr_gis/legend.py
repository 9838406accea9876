"""The legend of a map as a table: each class of each layer with its colour, its mark and how many it has."""

import numpy as np

from knr_gis.fonts import plain
from knr_gis.geometry import present
from knr_gis.looks import Look, kind_of, look_numbers, looks_of
from knr_gis.product import Product, ProductLayer
from knr_gis.readable import Cell, ReadableTable
from knr_gis.texts import say

COLOUR_COLUMN = 2
_FIELDS = ("layer", "class", "colour", "mark", "count", "shown", "attribution")


def legend_table(product: Product) -> ReadableTable:
    """
    Return a row for each class of each layer, the topmost layer first.

    Classes without a feature are left out, but for layers that have none at all.
    """
    rows = tuple(row for layer in reversed(product.layers) for row in _layer_rows(layer))
    headings = tuple(say(f"export.legend.{field}") for field in _FIELDS)
    return ReadableTable("legend", say("export.sheet.legend"), headings, ("",) * len(_FIELDS), rows)


def _layer_rows(layer: ProductLayer) -> list[tuple[Cell, ...]]:
    frame = present(layer.frame)
    looks = looks_of(layer.style)
    counts = np.bincount(look_numbers(frame, layer.style), minlength=len(looks))
    visible = say("values.yes" if layer.visible else "values.no")
    return [
        (plain(layer.title), plain(look.label), look.color, _mark(layer, look), int(count), visible,
         plain(layer.attribution))
        for look, count in zip(looks, counts, strict=True)
        if count or len(looks) == 1
    ]  # fmt: skip


def _mark(layer: ProductLayer, look: Look) -> str:
    """Return how a class is drawn, in a word."""
    kind = kind_of(layer.frame)
    return say(f"export.legend.{look.marker if kind == 'point' else f'{kind}_{look.dash}'}")
