"""What the page's own program reads: layers, columns, legend and sentences as one JSON text."""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from knr_gis.fonts import plain as plain_text
from knr_gis.product import Product, ProductLayer
from knr_gis.readable import cell_text, decimals_of, group_title, measure_title, unit_title
from knr_gis.schema import column_title
from knr_gis.webmap.cells import class_numbers, encode_column, encode_split, plain
from knr_gis.webmap.drawing import Drawing, first_drawing
from knr_gis.webmap.legend import PATTERN_LINES, LegendEntry, is_patterned, legend_entries, marker_outlines
from knr_gis.webmap.picture import picture_data
from knr_gis.webmap.shapes import encode_blocks, label_points, placed
from knr_gis.webmap.words import Words, said, words

Payload = dict[str, Any]
Numbers = NDArray[np.int64]

MAX_LABELS = 5000
_TEXT_KEYS = (
    "zoom_in", "zoom_out", "home", "home_short", "close", "more_hits", "source", "tiles_failed",
    "rows_shown", "table_all", "picture_only", "search_none", "search_more", "list_rows", "list_none",
    "measure_start", "measure_length", "measure_area", "band_all", "band_until", "link_copied",
    "link_shown", "side.a", "side.b",
)  # fmt: skip
_LONG_TABLE = 60  # a longer one opens on the totals, the classes are one choice away
_SUMMARY_SHOWN = ("municipality", "group", "measure", "value", "unit")
# filled in by the page's program
_BLANKS = {name: f"{{{name}}}" for name in ("count", "reason", "shown", "all", "length", "area", "value")}
_SEARCHED = ("name", "name_en", "district", "road_name", "zone_name", "address", "from_name", "to_name")
_MAX_BAND_STEPS = 40


@dataclass(frozen=True)
class ScreenLayer:
    """
    A layer as the page shows it.

    Parameters
    ----------
    data
        What the page's program draws.
    entries
        Its legend.
    kind
        ``polygon``, ``line`` or ``point``: how the swatches look.
    tolerance_m
        By how much the shapes were simplified for the screen.
    n_unplaced
        Features without a position: not on the map.
    """

    source: ProductLayer
    title: Words
    data: Payload
    entries: tuple[LegendEntry, ...]
    kind: str
    tolerance_m: float
    n_unplaced: int

    @property
    def count(self) -> int:
        """How many features the map shows."""
        return sum(entry.count for entry in self.entries)


def screen_layer(layer: ProductLayer, drawing: Drawing | None = None) -> ScreenLayer:
    """
    Return a layer ready for the page.

    Parameters
    ----------
    drawing
        How it is drawn; None for what its own size asks for.
    """
    chosen = drawing or first_drawing(layer)
    title = words(layer.title_ja, layer.title_en)
    frame = placed(layer.frame)
    numbers = class_numbers(frame, layer.style)
    entries = legend_entries(layer.style, numbers, title=title)
    drawn = _picture(frame, numbers, layer) if chosen.picture else _features(frame, numbers, layer, chosen)
    n_unplaced = len(layer.frame) - len(frame)
    data = {
        "id": layer.id,
        "title": title,
        "credit": layer.attribution,
        "visible": layer.visible,
        "backdrop": layer.theme == "boundary",
        "focus": layer.focus,
        "side": layer.side,
        "style": _style_data(layer),
        "patterned": is_patterned(layer.style),
        "classes": [asdict(entry) for entry in entries],
        "labels": _labels(frame, layer.style.label),
        **drawn,
    }
    return ScreenLayer(layer, title, data, entries, _main_kind(frame), chosen.tolerance_m, n_unplaced)


def _features(frame: Any, numbers: Numbers, layer: ProductLayer, drawing: Drawing) -> Payload:
    """Return shapes, classes, columns and switches of a layer that is drawn feature by feature."""
    columns = [name for name in layer.popup if name in frame.columns]
    return {
        "class": numbers,
        "blocks": encode_blocks(frame, tolerance_m=drawing.tolerance_m),
        "columns": [_column_words(name) for name in columns],
        "cells": [encode_column(frame[name]) for name in columns],
        "searched": [i for i, name in enumerate(columns) if _is_searched(name, layer)],
        "split": _split(frame, layer.split),
        "band": _band(frame, layer),
    }


def _picture(frame: Any, numbers: Numbers, layer: ProductLayer) -> Payload:
    """Return a layer that is drawn as one picture; it has no features to click on."""
    nothing: Payload = {"class": [], "blocks": [], "columns": [], "cells": [], "searched": []}
    return nothing | {"picture": picture_data(frame, numbers, layer.style), "split": None, "band": None}


def _is_searched(name: str, layer: ProductLayer) -> bool:
    """Tell whether the search box looks at a column; a municipality is looked for among the boundaries."""
    return name in _SEARCHED or (name == "municipality" and layer.theme == "boundary")


def _column_words(name: str) -> Words:
    return words(column_title(name, "ja"), column_title(name, "en"))


def _split(frame: Any, column: str) -> Payload | None:
    """Return the values of the column whose parts can be switched, or None where there is no choice."""
    if column not in frame.columns:
        return None
    coded = encode_split(frame[column])
    return {"title": _column_words(column), **coded} if len(coded["words"]) > 1 else None


def _band(frame: Any, layer: ProductLayer) -> Payload | None:
    """Return the numbers that the slider goes through, its step and its end, or None."""
    if layer.band not in frame.columns:
        return None
    values = [_number(value) for value in frame[layer.band]]
    most = max((value for value in values if value is not None), default=None)
    if most is None:
        return None
    steps = min(math.ceil(most / layer.band_step), _MAX_BAND_STEPS)
    end = steps * layer.band_step
    return {"title": _column_words(layer.band), "step": layer.band_step, "end": end, "values": values}


def _number(value: Any) -> float | None:
    """Return a cell as a finite number, or None."""
    known = plain(value)
    return round(float(known), 2) if isinstance(known, int | float) and math.isfinite(known) else None


def _style_data(layer: ProductLayer) -> Payload:
    style = layer.style
    return {"opacity": style.opacity, "weight": style.weight, "radius": style.radius, "order": style.order}


def _main_kind(frame: Any) -> str:
    """Return the commonest kind of geometry; an empty layer is shown with a marker."""
    dimensions = shapely.get_dimensions(frame.geometry.values)
    counts = [int((dimensions == n).sum()) for n in range(3)]
    return ("point", "line", "polygon")[max((2, 1, 0), key=lambda n: counts[n])] if len(frame) else "point"


def _labels(frame: Any, column: str) -> Payload:
    """Return texts with their place, in the order of the frame; none where the column is absent."""
    if column not in frame.columns:
        return {"text": [], "xy": [], "rows": []}
    named = frame[column].map(lambda value: plain(value) is not None).to_numpy(dtype=bool)
    rows = np.flatnonzero(named)[:MAX_LABELS]
    written = frame.iloc[rows]
    texts = [str(plain(value)) for value in written[column]]
    places = np.round(label_points(written), 5).tolist() if texts else []
    return {"text": texts, "xy": places, "rows": rows}


def page_payload(product: Product, layers: list[ScreenLayer], *, language: str, bases: Any) -> Payload:
    """
    Return everything the page's program needs.

    Parameters
    ----------
    bases
        Online base maps to choose from; empty for a page that asks nobody anything.
    """
    return {
        "layers": [layer.data for layer in layers],
        "focus": focus_ids(layers),
        "markers": marker_outlines(),
        "patterns": PATTERN_LINES,
        "bases": bases,
        "language": language,
        "title": words(product.title_ja, product.title_en),
        "texts": {key: said(f"webmap.{key}", **_BLANKS) for key in _TEXT_KEYS},
        "summary": _summary(product),
    }


def focus_ids(layers: list[ScreenLayer]) -> list[str]:
    """Return the layers that the map opens on: the boundaries, else what is visible, else all."""
    drawn = [layer for layer in layers if layer.count]
    boundaries = [layer.source.id for layer in drawn if layer.source.theme == "boundary"]
    visible = [layer.source.id for layer in drawn if layer.source.visible]
    return boundaries or visible or [layer.source.id for layer in drawn]


def _summary(product: Product) -> Payload:
    """Return the summary table: what a reader gets who cannot use the map."""
    table = product.result.summary
    whole, every = (said(f"webmap.{key}") for key in ("whole_region", "all_groups"))
    start = {"column": _SUMMARY_SHOWN.index("group"), "word": every if len(table) > _LONG_TABLE else ""}
    columns = [
        _indexed(table["municipality"].map(lambda name: plain_text(name) or whole)),
        _indexed(table["group"].map(lambda name: group_title(name) if name else every)),
        _indexed(table["measure"].map(measure_title)),
        _indexed(figure_text(v, u) for v, u in zip(table["value"], table["unit"], strict=True)),
        _indexed(table["unit"].map(unit_title)),
    ]
    titles = [said(f"webmap.summary.{name}") for name in _SUMMARY_SHOWN]
    number = _SUMMARY_SHOWN.index("value")
    return {"columns": titles, "cells": columns, "number": number, "rows": len(table), "start": start}


def figure_text(value: float, unit: str) -> str:
    """Return one figure of the summary as printed; an unknown one says so."""
    return cell_text(float(value), decimals_of([float(value)], unit))


def _indexed(texts: Iterable[Words]) -> Payload:
    """Return each different text once, and the number of the text of each row."""
    rows = [text if isinstance(text, str) else tuple(text) for text in texts]
    known = {text: i for i, text in enumerate(dict.fromkeys(rows))}
    return {"words": list(known), "index": [known[text] for text in rows]}
