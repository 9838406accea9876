"""All layers on one map, counted and measured by municipality."""

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.inputs import (
    Numbers,
    by_dimension,
    layer_title,
    listed,
    municipality_names,
    numbers,
    shapes_of,
)
from knr_gis.crs import require_same_crs
from knr_gis.errors import AnalysisError
from knr_gis.overlay import Zones, make_zones, measure
from knr_gis.result import Note, Result, summary_frame
from knr_gis.texts import say

_PEOPLE = "population"
_SIZES = {1: ("length", "km", 1e-3), 2: ("area", "ha", 1e-4)}


def overview(*, layers: dict[str, gpd.GeoDataFrame], municipalities: gpd.GeoDataFrame) -> Result:
    """
    Return what there is of each layer in each municipality.

    Parameters
    ----------
    layers
        Layers by id, in metres: points are counted, lines measured in kilometres and areas in
        hectares; areas are counted where most of them lies.
    municipalities
        Polygons with ``muni_code`` and ``name``.

    Raises
    ------
    CrsError
        If the layers are not in one CRS in metres.
    AnalysisError
        If there is no municipality.
    """
    if municipalities.empty:
        raise AnalysisError("analyses.no_municipalities")
    require_same_crs(municipalities, *layers.values())
    land = make_zones(shapes_of(municipalities))
    tables = [_layer_amounts(layer_id, frame, land) for layer_id, frame in layers.items()]
    parts = [_municipality_area(land), *[t for table in tables for t in table]]
    empty = [layer_title(layer_id) for layer_id, frame in layers.items() if frame.empty]
    n_features = sum(len(frame) for frame in layers.values())
    values = {"layers": len(layers) - len(empty), "features": f"{n_features:,}", "municipalities": land.count}
    gaps = [(title, say("exposure.gap.empty_layer"), pd.NA) for title in empty]
    return Result(
        name="overview",
        headline=Note("overview.headline", values),
        features={"municipalities": municipalities},
        summary=summary_frame(_rows(_merged(parts), municipalities)),
        tables={"not_evaluated": pd.DataFrame(gaps, columns=["what", "reason", "count"])},
        notes=_notes(empty),
    )


Amounts = tuple[str, str, Numbers]


def _municipality_area(land: Zones) -> Amounts:
    return "municipality_area", "ha", land.areas * 1e-4


def _layer_amounts(layer_id: str, frame: gpd.GeoDataFrame, land: Zones) -> list[Amounts]:
    """
    Return measure, unit and amount per municipality for each kind of geometry of a layer.

    Cells that only carry people (a population mesh) are counted in persons, not in hectares.
    """
    if layer_id == _PEOPLE:
        return _people(frame, land)
    found: list[Amounts] = []
    for dimension, part in by_dimension(frame).items():
        table = measure(shapes_of(part), land)
        if dimension in _SIZES:
            name, unit, factor = _SIZES[dimension]
            found.append(
                (f"{layer_id}_{name}", unit, _sums(table, land, table["amount"].to_numpy() * factor))
            )
        if dimension != 1:
            home = table.sort_values("amount", ascending=False, kind="stable").drop_duplicates("feature")
            found.append((f"{layer_id}_count", "件", _sums(home, land, np.ones(len(home)))))
    return found


def _people(frame: gpd.GeoDataFrame, land: Zones) -> list[Amounts]:
    """Return the persons of a mesh, shared out by land area, and the cells whose number is unknown."""
    found: list[Amounts] = []
    for part in by_dimension(frame).values():
        table = measure(shapes_of(part), land)
        feature = table["feature"].to_numpy(int)
        whole = np.bincount(feature, table["amount"].to_numpy(), minlength=len(part))
        share = table["amount"].to_numpy() / whole[feature]
        persons = numbers(part, "persons")
        home = table.sort_values("amount", ascending=False, kind="stable").drop_duplicates("feature")
        unknown = np.isnan(persons[home["feature"].to_numpy(int)]) * 1.0
        found.append(
            (f"{_PEOPLE}_persons", "人", _sums(table, land, np.nan_to_num(persons)[feature] * share))
        )
        found.append((f"{_PEOPLE}_unknown_count", "件", _sums(home, land, unknown)))
    return found


def _sums(table: pd.DataFrame, land: Zones, amount: Numbers) -> Numbers:
    return np.asarray(np.bincount(table["zone"].to_numpy(int), amount, minlength=land.count), dtype=float)


def _merged(parts: list[Amounts]) -> list[Amounts]:
    """Return one entry per measure: points and areas of one layer count together."""
    merged: dict[str, Amounts] = {}
    for name, unit, amount in parts:
        merged[name] = (name, unit, merged[name][2] + amount) if name in merged else (name, unit, amount)
    return list(merged.values())


def _rows(parts: list[Amounts], municipalities: gpd.GeoDataFrame) -> list[Row]:
    """Return summary rows, municipality by municipality, and the whole region last."""
    codes = [*municipalities["muni_code"].astype(str), ""]
    names = [*municipality_names(municipalities), ""]
    return [
        (code, name, "", measure_name, float(amount[k] if code else amount.sum()), unit)
        for k, (code, name) in enumerate(zip(codes, names, strict=True))
        for measure_name, unit, amount in parts
    ]


def _notes(empty: list[str]) -> tuple[Note, ...]:
    notes = [Note("overview.note_empty", {"count": len(empty), "names": listed(empty)})] if empty else []
    return (*notes, Note("overview.note_inside"))
