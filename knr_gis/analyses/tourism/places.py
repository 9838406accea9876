"""Places of all layers as one table: what a plan must know of each."""

import geopandas as gpd
import pandas as pd

from knr_gis.analyses.inputs import is_false, is_true, numbers, texts
from knr_gis.values import normal_text

_KINDS = {
    "lodging": "lodging", "stations": "station", "roadside_stations": "roadside_station",
    "service_points": "service", "settlements": "settlement",
}  # fmt: skip
_NUMBERS = ("stay_min", "daily_cap", "hourly_cap", "capacity_persons")
_FLAGS = ("indoor", "winter")

PLACE_COLUMNS = (
    "name", "name_en", "layer", "kind", "theme", "activity", "category", "months_open", "opens", "closes",
    "closed_weekdays", "closed_dates", "stay_min", "reservation", "guide_duty", "daily_cap", "hourly_cap",
    "capacity_persons", "indoor", "winter", "accessibility", "info_source", "confirmed_on", "note",
    "muni_code", "municipality", "geometry",
)  # fmt: skip


def gather_places(layers: dict[str, gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """
    Return every named place of the layers as a point, with ``PLACE_COLUMNS``, numbered from 0.

    Parameters
    ----------
    layers
        By id, in one CRS; areas and lines count with a point inside. Rows without a name or a place are
        left out: nothing can be planned with them, and the check of the data names them.

    Returns
    -------
    GeoDataFrame
        ``kind`` is ``spot``, ``lodging``, ``station``, ``roadside_station``, ``service``, ``settlement``.
        Texts are "" where unknown, numbers NaN, flags <NA>.
    """
    parts = [_points(layer_id, frame) for layer_id, frame in layers.items() if len(frame)]
    filled = [part for part in parts if len(part)]
    if not filled:
        return gpd.GeoDataFrame({c: [] for c in PLACE_COLUMNS[:-1]}, geometry=[])
    return gpd.GeoDataFrame(pd.concat(filled, ignore_index=True), crs=filled[0].crs)


def _points(layer_id: str, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    placed = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    placed = placed[[normal_text(name) != "" for name in texts(placed, "name")]]
    made = {"layer": [layer_id] * len(placed), "kind": [_KINDS.get(layer_id, "spot")] * len(placed)}
    columns = {name: made.get(name) or _column(placed, name) for name in PLACE_COLUMNS[:-1]}
    return gpd.GeoDataFrame(columns, geometry=list(placed.geometry.representative_point()), crs=frame.crs)


def _column(frame: gpd.GeoDataFrame, name: str) -> object:
    """Return one column in its type, unknown throughout where the layer has none."""
    if name in _NUMBERS:
        return numbers(frame, name)
    if name in _FLAGS:
        known = is_true(frame, name) | is_false(frame, name)
        return pd.arrays.BooleanArray(is_true(frame, name), ~known)
    return texts(frame, name)
