"""The panel beside the map: legend by theme, notes, conditions, sources, what was not evaluated."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from knr_gis.display import shown
from knr_gis.front import key_table
from knr_gis.layers import THEMES
from knr_gis.product import Product
from knr_gis.readable import printed_rows
from knr_gis.result import Note
from knr_gis.texts import has_text, say
from knr_gis.webmap.cells import plain
from knr_gis.webmap.payload import ScreenLayer
from knr_gis.webmap.words import Words, in_language, said, words

# what the map is made for stands first, what only gives orientation last
THEME_ORDER = ("result", "disaster", "people", "tourism", "transport", "nature", "terrain", "boundary")
MAX_FINDINGS = 200
_FINDING_COLUMNS = ("severity", "layer_id", "feature", "message")


@dataclass(frozen=True)
class ThemeGroup:
    """Layers under one heading of the layer list, topmost first."""

    id: str
    title: Words
    layers: tuple[ScreenLayer, ...]


@dataclass(frozen=True)
class TextTable:
    """A table as text; ``n_more`` rows are not shown."""

    columns: tuple[Words, ...]
    rows: tuple[tuple[Words, ...], ...]
    n_more: int = 0

    @property
    def count(self) -> int:
        """All rows, shown or not."""
        return len(self.rows) + self.n_more


def theme_groups(layers: list[ScreenLayer]) -> list[ThemeGroup]:
    """Return the layers grouped by theme in a fixed order; unknown themes follow under their own name."""
    known = dict.fromkeys([*THEME_ORDER, *THEMES, *(layer.source.theme for layer in layers)])
    groups = []
    for theme in known:
        members = [layer for layer in reversed(layers) if layer.source.theme == theme]
        members.sort(key=lambda layer: -layer.source.style.order)
        if members:
            key = f"webmap.theme.{theme}"
            title = said(key) if has_text(key) else theme
            groups.append(ThemeGroup(theme, title, tuple(members)))
    return groups


def key_rows(product: Product) -> dict[str, Any] | None:
    """Return the table that answers the question as text, or None where there is none."""
    table = key_table(product)
    if table is None:
        return None
    worded = [
        not any(isinstance(cell, int | float) for cell in column) for column in zip(*table.rows, strict=True)
    ]
    return {
        "title": table.title, "headings": table.headings, "rows": printed_rows(table), "note": table.note,
        "worded": worded or [True] * len(table.headings),
    }  # fmt: skip


def missing_table(missing: pd.DataFrame) -> TextTable:
    """Return what was not evaluated, with the reason."""
    return _text_table(missing, ("what", "reason", "count"), "webmap.missing")


def findings_list(product: Product) -> TextTable:
    """Return the first MAX_FINDINGS facts about the data; the workbook holds all of them."""
    titles = {layer.id: words(layer.title_ja, layer.title_en) for layer in product.layers}
    titles |= {line.layer_id: words(line.title_ja, line.title_en) for line in product.sources}
    return _text_table(product.findings, _FINDING_COLUMNS, "webmap.finding", titles)


def _text_table(
    frame: pd.DataFrame, names: tuple[str, ...], room: str, titles: dict[str, Words] | None = None
) -> TextTable:
    columns = [name for name in names if name in frame.columns]
    rows = [
        tuple(_cell(name, value, titles or {}) for name, value in zip(columns, row, strict=True))
        for row in frame[columns].head(MAX_FINDINGS).itertuples(index=False)
    ]
    headings = tuple(said(f"{room}.{name}") for name in columns)
    return TextTable(headings, tuple(rows), max(0, len(frame) - MAX_FINDINGS))


def _cell(column: str, value: Any, titles: dict[str, Words]) -> Words:
    key = f"webmap.finding.{value}"
    if column == "severity" and has_text(key):
        return said(key)
    if column == "layer_id" and value in titles:
        return titles[value]
    known = plain(value)
    if known is None or known == "":
        return ""  # no count: blank
    return words(shown(column, known, "ja"), shown(column, known, "en"))


def note_words(notes: tuple[str, ...], told: tuple[Note, ...]) -> list[Words]:
    """Return the product's notes; in English too where the sentence of the result has an English form."""
    if len(notes) != len(told):
        return list(notes)
    return [sentence_words(text, note) for text, note in zip(notes, told, strict=True)]


def sentence_words(text: str, note: Note) -> Words:
    """Return a sentence of the product and, where there is one, its English form."""
    if not has_text(note.key, language="en"):
        return text
    return words(text, say(note.key, language="en", **note.values))


def side_words(product: Product) -> dict[str, Words]:
    """Return what scenario a and b are, condition by condition, where the result compares two."""
    table = product.result.tables.get("differing_conditions")
    if table is None or table.empty:
        return {}
    return {
        side: "、".join(f"{c} {v}" for c, v in zip(table["condition"], table[f"value_{side}"], strict=True))
        for side in ("a", "b")
    }


def simplification_notes(layers: list[ScreenLayer]) -> list[Words]:
    """Return what the reader must know about the drawing itself: rounding and simplification."""
    notes = [said("webmap.step")]
    by_tolerance: dict[float, list[Words]] = {}
    for layer in layers:
        if layer.tolerance_m > 0:
            by_tolerance.setdefault(layer.tolerance_m, []).append(layer.title)
    for metres, titles in sorted(by_tolerance.items()):
        ja, en = (
            say("webmap.simplified", language=language, tolerance=f"{metres:g}",
                layers=separator.join(in_language(title, language) for title in titles))
            for language, separator in (("ja", "、"), ("en", ", "))
        )  # fmt: skip
        notes.append(words(ja, en))
    return notes
