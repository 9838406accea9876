"""Tables of a catchment: every pair, the matrix, the nearest origin of each spot, the reach of each."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.inputs import listed, texts
from knr_gis.analyses.tourism.closures import RoadRule
from knr_gis.display import shown
from knr_gis.network import Floats
from knr_gis.routing import Reach

if TYPE_CHECKING:
    from knr_gis.analyses.tourism.catchment import Reached

BANDS = ("near", "middle", "far")
_METRES = 1000.0
_LOST, _FOUND, _FAR = str(Reach.DISCONNECTED), str(Reach.REACHED), str(Reach.FAR)
_NOWHERE: dict[str, Any] = {
    "catch_band": "lost", "catch_min": float("nan"), "catch_km": float("nan"), "origin_name": "",
    "origin_layer": "", "closed_rules": "",
}  # fmt: skip


def band_of(minutes: float, limits: Sequence[float]) -> str:
    """Return the band that a time falls into: ``near``, ``middle``, ``far``, ``beyond``, or ``lost``."""
    if np.isnan(minutes):
        return "lost"
    number = int(np.searchsorted(limits, minutes, side="left"))
    return (*BANDS, "beyond")[number]


def pair_table(found: "Reached", limits: Sequence[float]) -> pd.DataFrame:
    """Return one row for each origin and spot."""
    minutes = found.minutes
    n_origins, n_spots = minutes.shape
    flat = minutes.ravel()
    return pd.DataFrame({
        "origin_layer": np.repeat(texts(found.origins, "layer"), n_spots),
        "origin_name": np.repeat(texts(found.origins, "name"), n_spots),
        "spot_name": texts(found.spots, "name") * n_origins,
        "catch_status": found.status.ravel(),
        "catch_min": flat,
        "catch_band": [band_of(value, limits) for value in flat],
    })  # fmt: skip


def matrix_table(found: "Reached") -> pd.DataFrame:
    """
    Return a row for each spot and a column of minutes for each origin; no way is a word, not a number.

    Columns are the names of the origins as people read them, with a number where two have the same.
    """
    table = pd.DataFrame({"spot_name": texts(found.spots, "name")})
    names = _unique(texts(found.origins, "name"))
    for name, minutes, states in zip(names, found.minutes, found.status, strict=True):
        table[name] = [
            shown("leg_status", state) if np.isnan(value) else round(float(value), 1)
            for value, state in zip(minutes, states, strict=True)
        ]
    return table


def _unique(names: list[str]) -> list[str]:
    count: dict[str, int] = {}
    unique = []
    for name in names:
        count[name] = count.get(name, 0) + 1
        unique.append(name if count[name] == 1 else f"{name} ({count[name]})")
    return unique


def nearest_table(found: "Reached", limits: Sequence[float], rules: Sequence[RoadRule]) -> pd.DataFrame:
    """Return for each spot the origin from which it is reached first."""
    named = {rule.rule_id: rule.name or rule.rule_id for rule in rules}
    rows: list[dict[str, Any]] = []
    for k, leg in enumerate(found.legs):
        spot = found.spots.iloc[k]
        own = {"spot_name": spot["name"], "place_layer": spot["layer"], "municipality": spot["municipality"]}
        if leg is None:
            rows.append(own | _NOWHERE | {"catch_status": _why(set(found.status[:, k]))})
            continue
        origin, minutes = found.origins.iloc[leg.start], float(np.nanmin(found.minutes[:, k]))
        rows.append(own | {
            "catch_status": _FOUND, "catch_band": band_of(minutes, limits), "catch_min": minutes,
            "catch_km": leg.length_m / _METRES, "origin_name": origin["name"],
            "origin_layer": origin["layer"], "closed_rules": listed([named.get(r, r) for r in leg.closed]),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _why(states: set[str]) -> str:
    """Return why no origin has a way to a spot: the cause that would go away first."""
    return next(state for state in ("closed", _LOST, _FAR) if state in states)


def origin_table(found: "Reached", limits: Sequence[float]) -> pd.DataFrame:
    """Return for each origin how many spots it reaches within each band, beyond, and not at all."""
    minutes = found.minutes
    best: Floats = np.where(np.isnan(minutes), np.inf, minutes)
    first = np.where(np.isinf(best).all(axis=0), -1, best.argmin(axis=0))
    counts = {
        f"catch_{band}": (minutes <= limit).sum(axis=1) for band, limit in zip(BANDS, limits, strict=True)
    }
    return pd.DataFrame({
        "origin_name": texts(found.origins, "name"), "origin_layer": texts(found.origins, "layer"),
        "municipality": texts(found.origins, "municipality"), **counts,
        "catch_beyond": (minutes > limits[-1]).sum(axis=1), "catch_lost": np.isnan(minutes).sum(axis=1),
        "nearest_spots": [(first == number).sum() for number in range(len(minutes))],
    })  # fmt: skip


def summary_rows(origins: pd.DataFrame, nearest: pd.DataFrame) -> list[Row]:
    """Return the counts of each origin, and for all of them the spots by the band of the nearest one."""
    columns = [f"catch_{band}" for band in (*BANDS, "beyond", "lost")]
    names = _unique([f"{n}（{shown('layer', layer)}）" for n, layer in zip(
        origins["origin_name"], origins["origin_layer"], strict=True)])  # fmt: skip
    rows: list[Row] = [
        ("", "", name, column, float(value), "件")
        for column in columns
        for name, value in zip(names, origins[column], strict=True)
    ]
    bands = nearest["catch_band"].tolist()
    within = [bands.count(band) for band in BANDS]
    totals = [*np.cumsum(within), bands.count("beyond"), bands.count("lost")]
    return [*rows, *(("", "", "", c, float(v), "件") for c, v in zip(columns, totals, strict=True))]
