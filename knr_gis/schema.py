"""From the source's columns to ours: choose the form, rename, convert, validate."""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from knr_gis.definitions import nearest
from knr_gis.errors import SchemaError
from knr_gis.findings import Finding
from knr_gis.layers import Form, Layer
from knr_gis.texts import current_language
from knr_gis.values import normal_text, to_code, to_flag, to_number, to_text

CANONICAL = Form("canonical", (), {}, {}, {})
_LISTED_NAMES = 5


@dataclass(frozen=True)
class Column:
    """A canonical column: its type, its titles and the range of values that can be true."""

    name: str
    type: str
    ja: str
    en: str
    min: float | None = None
    max: float | None = None


@cache
def canonical_columns() -> dict[str, Column]:
    """Return the dictionary of canonical columns (``columns.toml``)."""
    text = Path(__file__).with_name("columns.toml").read_text(encoding="utf-8")
    return {name: Column(name, **entry) for name, entry in tomllib.loads(text).items()}


def column_title(name: str, language: str | None = None) -> str:
    """Return the heading of a column; columns that are not ours keep their own name."""
    column = canonical_columns().get(name)
    if column is None:
        return name
    return column.en if (language or current_language()) == "en" and column.en else column.ja


def choose_form(names: list[str], layer: Layer, file: str = "") -> Form:
    """Return the most demanding form whose match columns (and word in the file's name) are there."""
    present = set(names)
    fitting = [form for form in layer.forms if present.issuperset(form.match) and form.file in file]
    return max(fitting, key=lambda form: (len(form.match), bool(form.file)), default=CANONICAL)


def apply_form(gdf: gpd.GeoDataFrame, layer: Layer, file: str = "") -> gpd.GeoDataFrame:
    """
    Return the frame with canonical columns; further source columns are kept under their own name.

    A column that already bears a canonical name is taken as it is, unless the form names another.
    Rows that the form counts to another layer (``only``) are left out; columns by year become rows.
    """
    form = choose_form(list(gdf.columns), layer, file)
    gdf = _rows_by_year(_rows_of_layer(gdf, form), form)
    wanted = {ours: _first(theirs, gdf.columns) for ours, theirs in form.columns.items()}
    pairs = {ours: theirs for ours, theirs in wanted.items() if theirs is not None}
    renamed = gdf.copy()
    for ours, theirs in pairs.items():
        renamed[ours] = _translate(gdf[theirs], form.values.get(ours, {}))
    used = [theirs for theirs in pairs.values() if theirs not in pairs]
    renamed = renamed.drop(columns=list(dict.fromkeys(used)))
    for ours, made in {**_joined(gdf, form), **_contained(gdf, form), **form.constants}.items():
        renamed[ours] = made
    return renamed


def _first(candidates: tuple[str, ...], names: pd.Index) -> str | None:
    return next((name for name in candidates if name in names), None)


def _rows_of_layer(gdf: gpd.GeoDataFrame, form: Form) -> gpd.GeoDataFrame:
    """Return the rows whose texts hold the words of the form's ``only``."""
    for column, words in form.only.items():
        gdf = gdf[[any(word in normal_text(cell) for word in words) for cell in gdf[column]]]
    return gdf


def year_columns(template: str, names: list[str]) -> dict[int, str]:
    """Return the column of each year: the first that begins as the template (``"PTN_{year}"``) does."""
    before, after = (re.escape(part) for part in template.split("{year}"))
    found: dict[int, str] = {}
    for name in names:
        if matched := re.match(rf"{before}(\d{{4}}){after}(?!\d)", name):
            found.setdefault(int(matched[1]), name)
    return found


def _rows_by_year(gdf: gpd.GeoDataFrame, form: Form) -> gpd.GeoDataFrame:
    """Return a row for each year of the form's columns by year, with our names and ``year``."""
    names = [str(name) for name in gdf.columns]
    found = {ours: year_columns(template, names) for ours, template in form.years.items()}
    years = sorted({year for columns in found.values() for year in columns})
    if not years:
        return gdf
    named = {name for candidates in form.columns.values() for name in candidates}
    kept = gdf[[n for n in gdf.columns if n in named or n == gdf.geometry.name]]
    blocks = [
        kept.assign(year=year, **{ours: gdf[c[year]] for ours, c in found.items() if year in c})
        for year in years
    ]
    return gpd.GeoDataFrame(pd.concat(blocks, ignore_index=True), crs=gdf.crs)


def _joined(gdf: gpd.GeoDataFrame, form: Form) -> dict[str, pd.Series]:
    """Return the columns that are made of several texts, blanks left out."""
    joined = {}
    for ours, names in form.joins.items():
        rows = zip(*(gdf[name] for name in names if name in gdf.columns), strict=True)
        texts = ["".join(to_text(cell) or "" for cell in row) or None for row in rows]
        if texts or gdf.empty:
            joined[ours] = pd.Series(texts, gdf.index, dtype=object)
    return joined


def _contained(gdf: gpd.GeoDataFrame, form: Form) -> dict[str, pd.Series]:
    """Return the flags that hang on a word in a text; a text without any letter says nothing."""
    return {
        ours: pd.Series([_holds(normal_text(cell), word) for cell in gdf[column]], gdf.index, dtype=object)
        for ours, (column, word) in form.contains.items()
        if column in gdf.columns
    }


def _holds(text: str, word: str) -> bool | None:
    return word in text if re.search(r"\w", text) else None


def _translate(series: pd.Series, values: dict[str, object]) -> pd.Series:
    """Return coded values as canonical ones; a code that is not listed stays as published."""
    if not values:
        return series
    keys = [to_code(cell) or "" for cell in series]
    return pd.Series([values.get(key, key or None) for key in keys], index=series.index, dtype=object)


def convert_columns(gdf: gpd.GeoDataFrame, layer: Layer) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return the frame with canonical types, and a finding for each column with impossible values."""
    converted, findings = gdf.copy(), []
    for name in [n for n in gdf.columns if n in canonical_columns()]:
        column = canonical_columns()[name]
        converted[name], bad = _convert(gdf[name], column)
        if bad.any():
            values: dict[str, object] = {"column": column.ja, "count": int(bad.sum())}
            where = _listed_names(gdf[bad])
            findings.append(Finding("value_out_of_range", layer.id, feature=where, values=values))
    return converted, findings


_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "text": to_text, "code": to_code, "flag": to_flag, "number": to_number, "integer": to_number,
}  # fmt: skip
_DTYPES = {
    "text": "string", "code": "string", "flag": "boolean", "number": "float64", "integer": "Int64",
}  # fmt: skip


def _listed_names(rows: pd.DataFrame) -> str:
    """Return the names of the first rows, for a sentence; blank where they have none."""
    names = [text for text in map(normal_text, rows.get("name", ())) if text]
    return "、".join(names[:_LISTED_NAMES])


def _convert(series: pd.Series, column: Column) -> tuple[pd.Series, pd.Series]:
    """Return a column in its canonical type, and which of its values lie outside its range."""
    values = series.map(_CONVERTERS[column.type])
    if column.type not in ("number", "integer"):
        return values.astype(object).astype(_DTYPES[column.type]), pd.Series(data=False, index=series.index)
    numbers = values.astype("float64")
    low = column.min if column.min is not None else float("-inf")
    high = column.max if column.max is not None else float("inf")
    bad = numbers.notna() & ~numbers.between(low, high)
    numbers = numbers.mask(bad)
    if column.type == "integer":
        return numbers.round().astype("Int64"), bad
    return numbers, bad


def require_columns(gdf: gpd.GeoDataFrame, layer: Layer, file: str, names: list[str]) -> None:
    """
    Raise SchemaError unless every required column is there.

    Parameters
    ----------
    file
        Name of the file, for the message.
    names
        The source's own column names: the message names the one nearest to what was looked for.
    """
    for column in layer.required:
        if column not in gdf.columns:
            known = [column, *_source_names(layer, column)]
            hint = next((n for k in known if (n := nearest(k, names))), "-")
            raise SchemaError(
                "schema.missing_column", file=file, layer=layer.title_ja,
                column=column_title(column), names="／".join(known), hint=hint,
            )  # fmt: skip


def _source_names(layer: Layer, column: str) -> list[str]:
    names = [n for f in layer.forms for n in (*f.columns.get(column, ()), *f.joins.get(column, ()))]
    return list(dict.fromkeys(names))
