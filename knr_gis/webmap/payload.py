"""What the page's own program reads: layers, columns, legend and sentences as one JSON text."""

import base64
import gzip
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from knr_gis.fonts import plain as plain_text
from knr_gis.product import Product, ProductLayer
from knr_gis.readable import cell_text, decimals_of, group_title, measure_title, unit_title
from knr_gis.schema import column_title
from knr_gis.texts import say
from knr_gis.webmap.cells import class_numbers, encode_column, plain
from knr_gis.webmap.legend import LegendEntry, legend_entries, marker_outlines
from knr_gis.webmap.shapes import display_tolerance, encode_blocks, label_points, placed

Payload = dict[str, Any]

MAX_LABELS = 5000
PACK_FROM_CHARACTERS = 1_000_000
_TEXT_KEYS = (
    "zoom_in", "zoom_out", "home", "home_short", "close", "more_hits", "source", "tiles_failed",
    "rows_shown", "table_all",
)  # fmt: skip
_LONG_TABLE = 60  # a longer one opens on the totals, the classes are one choice away
_SUMMARY_SHOWN = ("municipality", "group", "measure", "value", "unit")
# filled in by the page's program
_BLANKS = {name: f"{{{name}}}" for name in ("count", "reason", "shown", "all")}


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
    title: str
    data: Payload
    entries: tuple[LegendEntry, ...]
    kind: str
    tolerance_m: float
    n_unplaced: int

    @property
    def count(self) -> int:
        """How many features the map shows."""
        return sum(entry.count for entry in self.entries)


def screen_layer(layer: ProductLayer, *, language: str, at_least_m: float = 1.0) -> ScreenLayer:
    """
    Return a layer ready for the page.

    Parameters
    ----------
    at_least_m
        Lowest tolerance of the simplification for the screen.
    """
    title = layer.title_ja if language == "ja" else layer.title_en
    frame = placed(layer.frame)
    numbers = class_numbers(frame, layer.style)
    entries = legend_entries(layer.style, numbers, title=title, language=language)
    tolerance = display_tolerance(frame, at_least=at_least_m)
    blocks = encode_blocks(frame, tolerance_m=tolerance)
    columns = [name for name in layer.popup if name in frame.columns]
    data = {
        "id": layer.id,
        "title": title,
        "credit": layer.attribution,
        "visible": layer.visible,
        "backdrop": layer.theme == "boundary",
        "style": _style_data(layer),
        "classes": [asdict(entry) for entry in entries],
        "class": numbers,
        "blocks": blocks,
        "columns": [column_title(name, language) for name in columns],
        "cells": [encode_column(frame[name], language=language) for name in columns],
        "labels": _labels(frame, layer.style.label),
    }
    n_unplaced = len(layer.frame) - len(frame)
    return ScreenLayer(layer, title, data, entries, _main_kind(blocks), tolerance, n_unplaced)


def _style_data(layer: ProductLayer) -> Payload:
    style = layer.style
    return {"opacity": style.opacity, "weight": style.weight, "radius": style.radius, "order": style.order}


def _main_kind(blocks: list[Payload]) -> str:
    """Return the commonest kind of geometry; an empty layer is shown with a marker."""
    return max(blocks, key=lambda block: len(block["rows"]))["kind"] if blocks else "point"


def _labels(frame: Any, column: str) -> Payload:
    """Return texts with their place, in the order of the frame; none where the column is absent."""
    if column not in frame.columns:
        return {"text": [], "xy": []}
    written = frame[frame[column].map(lambda value: plain(value) is not None)].head(MAX_LABELS)
    texts = [str(plain(value)) for value in written[column]]
    return {"text": texts, "xy": np.round(label_points(written), 5).tolist() if texts else []}


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
        "bases": bases,
        "texts": {key: say(f"webmap.{key}", language=language, **_BLANKS) for key in _TEXT_KEYS},
        "summary": _summary(product, language=language),
    }


def focus_ids(layers: list[ScreenLayer]) -> list[str]:
    """Return the layers that the map opens on: the boundaries, else what is visible, else all."""
    drawn = [layer for layer in layers if layer.count]
    boundaries = [layer.source.id for layer in drawn if layer.source.theme == "boundary"]
    visible = [layer.source.id for layer in drawn if layer.source.visible]
    return boundaries or visible or [layer.source.id for layer in drawn]


def _summary(product: Product, *, language: str) -> Payload:
    """Return the summary table: what a reader gets who cannot use the map."""
    table = product.result.summary
    whole, every = (say(f"webmap.{key}", language=language) for key in ("whole_region", "all_groups"))
    start = {"column": _SUMMARY_SHOWN.index("group"), "word": every if len(table) > _LONG_TABLE else ""}
    columns = [
        _indexed(table["municipality"].map(lambda name: plain_text(name) or whole)),
        _indexed(table["group"].map(lambda name: group_title(name) if name else every)),
        _indexed(table["measure"].map(measure_title)),
        _indexed(figure_text(v, u) for v, u in zip(table["value"], table["unit"], strict=True)),
        _indexed(table["unit"].map(unit_title)),
    ]
    titles = [say(f"webmap.summary.{name}", language=language) for name in _SUMMARY_SHOWN]
    number = _SUMMARY_SHOWN.index("value")
    return {"columns": titles, "cells": columns, "number": number, "rows": len(table), "start": start}


def figure_text(value: float, unit: str) -> str:
    """Return one figure of the summary as printed; an unknown one says so."""
    return cell_text(float(value), decimals_of([float(value)], unit))


def _indexed(texts: Iterable[str]) -> Payload:
    """Return each different text once, and the number of the text of each row."""
    rows = list(texts)
    words = {text: i for i, text in enumerate(dict.fromkeys(rows))}
    return {"words": list(words), "index": [words[text] for text in rows]}


def script_safe_json(payload: Payload) -> str:
    """Return JSON that cannot end a script element or start markup, whatever its strings hold."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.translate(_ESCAPES)


_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def pack(text: str) -> tuple[str, str]:
    """
    Return ``(encoding, text)``: as it is, or gzip in base64 where that saves megabytes.

    The time in the gzip header is fixed, so that the same product gives the same page.
    """
    if len(text) < PACK_FROM_CHARACTERS:
        return "json", text
    packed = gzip.compress(text.encode("utf-8", "replace"), compresslevel=6, mtime=0)
    return "gzip", base64.b64encode(packed).decode("ascii")
