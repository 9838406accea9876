"""Names of municipalities in English, where a run is to be read in English: data keep the Japanese ones."""

from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd

from knr_gis.region import Region
from knr_gis.result import Chart, Note, Result
from knr_gis.texts import current_language

_COLUMNS = ("municipality", "name")
Names = dict[str, str]


def town_names(region: Region) -> Names:
    """Return what the names of municipalities read in this run: nothing to change but in English."""
    if current_language() != "en":
        return {}
    pairs = ((m.name_ja, m.name_en) for m in region.municipalities if m.name_en)
    return dict(sorted(pairs, key=lambda pair: -len(pair[0])))  # 中標津町 before 標津町


def renamed(result: Result, names: Names) -> Result:
    """Return the result with municipalities under these names, in its tables, layers and sentences."""
    if not names:
        return result
    return replace(
        result,
        headline=_note(result.headline, names),
        features={key: renamed_layer(frame, names) for key, frame in result.features.items()},
        summary=renamed_table(result.summary, names),
        tables={key: renamed_table(frame, names) for key, frame in result.tables.items()},
        notes=tuple(_note(note, names) for note in result.notes),
        charts=tuple(_chart(chart, names) for chart in result.charts),
    )


def renamed_layer(frame: gpd.GeoDataFrame, names: Names) -> gpd.GeoDataFrame:
    """Return a layer with municipalities under these names."""
    found = [c for c in _COLUMNS if names and c in frame.columns]
    return frame.assign(**{c: frame[c].map(lambda v: names.get(v, v)) for c in found}) if found else frame


def renamed_table(table: pd.DataFrame, names: Names) -> pd.DataFrame:
    """Return a table in which cells that are the name of a municipality have the other name."""
    texts = [c for c in table.columns if c != "geometry" and pd.api.types.is_string_dtype(table[c])]
    texts += [c for c in table.columns if table[c].dtype == object and c not in texts and c != "geometry"]
    return table.assign(**{c: table[c].map(lambda v: _exact(v, names)) for c in texts}) if names else table


def _exact(value: Any, names: Names) -> Any:
    return names.get(value, value) if isinstance(value, str) else value


def _note(note: Note, names: Names) -> Note:
    return Note(note.key, {key: _within(value, names) for key, value in note.values.items()})


def _within(value: Any, names: Names) -> Any:
    """Return a text with every name in it changed; other values as they are."""
    if not isinstance(value, str):
        return value
    for ja, en in names.items():
        value = value.replace(ja, en)
    return value


def _chart(chart: Chart, names: Names) -> Chart:
    return replace(
        chart,
        title=_note(chart.title, names),
        labels=tuple(names.get(label, label) for label in chart.labels),
        note=None if chart.note is None else _note(chart.note, names),
        page=names.get(chart.page, chart.page),
    )
