"""The panel beside the map: legend by theme, notes, conditions, sources, what was not evaluated."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from knr_gis.display import shown
from knr_gis.front import key_table
from knr_gis.layers import THEMES
from knr_gis.product import Product
from knr_gis.readable import printed_rows
from knr_gis.texts import has_text, say
from knr_gis.webmap.cells import plain
from knr_gis.webmap.payload import ScreenLayer

# what the map is made for stands first, what only gives orientation last
THEME_ORDER = ("result", "disaster", "people", "tourism", "transport", "nature", "terrain", "boundary")
MAX_FINDINGS = 200
_FINDING_COLUMNS = ("severity", "layer_id", "feature", "message")


@dataclass(frozen=True)
class ThemeGroup:
    """Layers under one heading of the layer list, topmost first."""

    title: str
    layers: tuple[ScreenLayer, ...]


@dataclass(frozen=True)
class TextTable:
    """A table as text; ``n_more`` rows are not shown."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    n_more: int = 0

    @property
    def count(self) -> int:
        """All rows, shown or not."""
        return len(self.rows) + self.n_more


def theme_groups(layers: list[ScreenLayer], language: str) -> list[ThemeGroup]:
    """Return the layers grouped by theme in a fixed order; unknown themes follow under their own name."""
    known = dict.fromkeys([*THEME_ORDER, *THEMES, *(layer.source.theme for layer in layers)])
    groups = []
    for theme in known:
        members = [layer for layer in reversed(layers) if layer.source.theme == theme]
        members.sort(key=lambda layer: -layer.source.style.order)
        if members:
            key = f"webmap.theme.{theme}"
            title = say(key, language=language) if has_text(key) else theme
            groups.append(ThemeGroup(title, tuple(members)))
    return groups


def key_rows(product: Product) -> dict[str, Any] | None:
    """Return the table that answers the question as text, or None where there is none."""
    table = key_table(product)
    if table is None:
        return None
    return {"title": table.title, "headings": table.headings, "rows": printed_rows(table), "note": table.note}


def missing_table(missing: pd.DataFrame, language: str) -> TextTable:
    """Return what was not evaluated, with the reason."""
    return _text_table(missing, ("what", "reason", "count"), "webmap.missing", language=language)


def findings_list(product: Product, language: str) -> TextTable:
    """Return the first MAX_FINDINGS facts about the data; the workbook holds all of them."""
    titles = {layer.id: layer.title_ja if language == "ja" else layer.title_en for layer in product.layers}
    titles |= {
        line.layer_id: line.title_ja if language == "ja" else line.title_en for line in product.sources
    }
    findings = product.findings
    if "layer_id" in findings.columns:
        findings = findings.assign(layer_id=findings["layer_id"].map(lambda i: titles.get(i, i)))
    return _text_table(findings, _FINDING_COLUMNS, "webmap.finding", language=language)


def _text_table(frame: pd.DataFrame, names: tuple[str, ...], room: str, *, language: str) -> TextTable:
    columns = [name for name in names if name in frame.columns]
    rows = [
        tuple(_cell(name, value, language) for name, value in zip(columns, row, strict=True))
        for row in frame[columns].head(MAX_FINDINGS).itertuples(index=False)
    ]
    titles = tuple(say(f"{room}.{name}", language=language) for name in columns)
    return TextTable(titles, tuple(rows), max(0, len(frame) - MAX_FINDINGS))


def _cell(column: str, value: Any, language: str) -> str:
    key = f"webmap.finding.{value}"
    if column == "severity" and has_text(key):
        return say(key, language=language)
    known = plain(value)
    return "" if known is None or known == "" else shown(column, known, language)  # no count: blank


def drawing_notes(layers: list[ScreenLayer], language: str) -> list[str]:
    """Return what the reader must know about the drawing itself: simplification, features without place."""
    notes = [say("webmap.step", language=language)]
    by_tolerance: dict[float, list[str]] = {}
    for layer in layers:
        if layer.tolerance_m > 0:
            by_tolerance.setdefault(layer.tolerance_m, []).append(layer.title)
    notes += [
        say("webmap.simplified", language=language, tolerance=f"{metres:g}", layers="、".join(titles))
        for metres, titles in sorted(by_tolerance.items())
    ]
    return notes
