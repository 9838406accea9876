"""How analyses read their inputs: optional columns, flags that may be unknown, planning numbers."""

import math
from collections.abc import Sequence
from typing import cast, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from knr_gis.assumptions import assumption
from knr_gis.definitions import nearest
from knr_gis.display import shown
from knr_gis.errors import AnalysisError
from knr_gis.network import Mode
from knr_gis.overlay import Shapes, dimension_of
from knr_gis.texts import say

Mask = NDArray[np.bool_]
Numbers = NDArray[np.float64]


def shapes_of(frame: gpd.GeoDataFrame) -> Shapes:
    """Return the geometries, shape ``(n,)``, without heights."""
    shapes: Shapes = shapely.force_2d(frame.geometry.to_numpy())
    return shapes


def numbers(frame: pd.DataFrame, column: str) -> Numbers:
    """Return a column as numbers, NaN where it is unknown or not there; shape ``(n,)``."""
    if column not in frame:
        return np.full(len(frame), np.nan)
    return np.asarray(pd.to_numeric(frame[column], errors="coerce").astype("Float64").to_numpy(float, np.nan))


def is_true(frame: pd.DataFrame, column: str) -> Mask:
    """Tell where a flag is known to be true; shape ``(n,)``."""
    return np.asarray(_flags(frame, column).fillna(value=False).to_numpy(bool))


def is_false(frame: pd.DataFrame, column: str) -> Mask:
    """Tell where a flag is known to be false; shape ``(n,)``."""
    return np.asarray((~_flags(frame, column)).fillna(value=False).to_numpy(bool))


def _flags(frame: pd.DataFrame, column: str) -> pd.Series:
    if column not in frame:
        return pd.Series(pd.NA, index=frame.index, dtype="boolean")
    return frame[column].astype("boolean")


def texts(frame: pd.DataFrame, column: str) -> list[str]:
    """Return a column as text, empty where it is unknown or not there."""
    if column not in frame:
        return [""] * len(frame)
    return ["" if pd.isna(value) else str(value) for value in frame[column]]


def municipality_names(municipalities: gpd.GeoDataFrame) -> list[str]:
    """Return the names of the municipalities, or their codes where a name is missing."""
    named = texts(municipalities, "municipality" if "municipality" in municipalities else "name")
    codes = municipalities["muni_code"].astype(str)
    return [name or code for name, code in zip(named, codes, strict=True)]


def planning_number(key: str, value: float | None, *, positive: bool = False) -> float:
    """
    Return a scenario value, or the planning number of the key where None is given.

    Raises
    ------
    AnalysisError
        If the value is no number, is negative, is 0 where only positive values make sense, or is a factor
        above 1: all of ours slow or lessen (80 for 80 % would make people run).
    """
    known = assumption(key)
    chosen = known.value if value is None else float(value)
    if not math.isfinite(chosen) or chosen < 0 or (positive and chosen == 0):
        raise AnalysisError("analyses.bad_number", name=known.ja, key=key, value=value)
    if key.endswith("_factor") and chosen > 1:
        raise AnalysisError("analyses.bad_factor", name=known.ja, key=key, value=value)
    return chosen


def road_speeds(roads: pd.DataFrame, mode: Mode, otherwise_kmh: float) -> Numbers:
    """Return the speed on each road in km/h: for cars its own where that is known; shape ``(n,)``."""
    own = numbers(roads, "speed_kmh") if mode == "drive" else np.full(len(roads), np.nan)
    return np.where(own > 0, own, otherwise_kmh)


def require_mode(mode: str) -> Mode:
    """Return the mode of travel; raise AnalysisError when it is none that we know."""
    for known in get_args(Mode):
        if mode == known:
            return cast("Mode", known)
    raise AnalysisError("tourism.bad_mode", mode=mode)


def chosen_codes(
    codes: Sequence[str] | None, municipalities: gpd.GeoDataFrame, *, key: str = "hazard_covers"
) -> set[str]:
    """Return municipality codes given by code or by name; raise AnalysisError on an unknown one of a key."""
    known = municipalities["muni_code"].astype(str).tolist()
    by_name = dict(zip(municipality_names(municipalities), known, strict=True))
    found = set()
    for entry in [codes] if isinstance(codes, str | int) else codes or ():
        code = by_name.get(str(entry), str(entry).zfill(5))
        if code not in known:
            hint = nearest(str(entry), [*by_name, *known]) or "、".join(by_name)
            raise AnalysisError("analyses.no_municipality", key=key, name=entry, hint=hint)
        found.add(code)
    return found


def by_dimension(frame: gpd.GeoDataFrame) -> dict[int, gpd.GeoDataFrame]:
    """Return the features with a place, by dimension: 0 points, 1 lines, 2 areas."""
    dimension = dimension_of(shapes_of(frame))
    return {int(d): frame[dimension == d] for d in np.unique(dimension) if d >= 0}


def listed(names: Sequence[str], most: int = 10) -> str:
    """Return names in one line, the rest counted."""
    first = "、".join(names[:most])
    rest = len(names) - most
    return say("analyses.and_more", names=first, count=rest) if rest > 0 else first


def layer_title(layer_id: str) -> str:
    """Return the Japanese name of a layer, or its id where it is not one of ours."""
    return shown("layer", layer_id)
