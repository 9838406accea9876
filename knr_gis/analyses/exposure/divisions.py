"""By what a layer is broken down: land type, road class, kind of facility (``divisions.toml``)."""

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.inputs import Numbers, numbers
from knr_gis.definitions import Table, read_toml
from knr_gis.display import shown
from knr_gis.texts import has_text, say

# Kinds beyond these, the rarest, stand in one line: a free text may be different for every feature.
_MOST = 20


class Kind(NamedTuple):
    """One kind of features; kinds are listed by ``order``, then the greatest first."""

    order: int
    label: str


class Division(NamedTuple):
    """A column that a layer is broken down by; ``bounds`` cut numbers into bands."""

    column: str
    bounds: tuple[float, ...] = ()


def divisions_of(layer_id: str, frame: gpd.GeoDataFrame) -> tuple[list[Division], list[str]]:
    """Return how a layer is broken down, and the columns that would do so but hold no value."""
    chosen, silent = [], []
    for entry in _definitions().get(layer_id, []):
        column = next((c for c in entry["by"] if c in frame and frame[c].notna().any()), None)
        if column is None:
            silent += entry["by"][:1]
        else:
            number = pd.api.types.is_numeric_dtype(frame[column]) and frame[column].dtype != "boolean"
            chosen.append(Division(column, tuple(entry.get("bounds", ())) if number else ()))
    return chosen, silent


@cache
def _definitions() -> Table:
    return read_toml(Path(__file__).with_name("divisions.toml"))


def kinds_of(frame: gpd.GeoDataFrame, division: Division) -> Iterator[tuple[Kind, Numbers]]:
    """
    Yield each kind with 1 for its features and 0 for the others, shape ``(n,)``; they add up to 1.

    What has no value is a kind of its own, the last.
    """
    kinds = _bands(frame, division) if division.bounds else _values(frame, division.column)
    series = pd.Series(kinds, dtype=object)
    for kind in dict.fromkeys(kinds):
        yield kind, (series == kind).to_numpy(float)


def _values(frame: gpd.GeoDataFrame, column: str) -> list[Kind]:
    """Return the kind of each feature by the value that its column shows."""
    values = [None if pd.isna(v) or str(v).strip() == "" else v for v in frame[column]]
    common = pd.Series([v for v in values if v is not None], dtype=object).value_counts()
    rare = common.index[_MOST:] if len(common) > _MOST else common.index[:0]
    known = {value: Kind(0, _label(column, value)) for value in common.index}
    known |= dict.fromkeys(rare, Kind(1, say("exposure.kind.others", count=len(rare))))
    return [_unknown() if value is None else known[value] for value in values]


def _label(column: str, value: object) -> str:
    if isinstance(value, bool | np.bool_):
        key = f"exposure.kind.{column}_{'yes' if value else 'no'}"
        return say(key) if has_text(key) else shown(column, value)
    return shown(column, value)


def _bands(frame: gpd.GeoDataFrame, division: Division) -> list[Kind]:
    """Return the kind of each feature by the band that its number lies in."""
    edges = [f"{bound:g}" for bound in division.bounds]
    between = [say("exposure.kind.band", lower=low, upper=high) for low, high in pairwise(edges)]
    labels = [
        say("exposure.kind.band_first", upper=edges[0]), *between,
        say("exposure.kind.band_last", lower=edges[-1]),
    ]  # fmt: skip
    value = numbers(frame, division.column)
    place = np.searchsorted(division.bounds, value, side="right")
    return [_unknown() if np.isnan(v) else Kind(int(p), labels[p]) for v, p in zip(value, place, strict=True)]


def _unknown() -> Kind:
    return Kind(99, say("exposure.kind.unknown"))
