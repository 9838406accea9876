"""From where places can be reached in how long: lodgings, stations, airports, ports to every spot."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Required, TypedDict, Unpack

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from knr_gis.analyses.inputs import layer_title, listed, planning_number
from knr_gis.analyses.tourism import conditions
from knr_gis.analyses.tourism.asked import tour_given
from knr_gis.analyses.tourism.catchment_tables import (
    BANDS,
    matrix_table,
    nearest_table,
    origin_table,
    pair_table,
    summary_rows,
)
from knr_gis.analyses.tourism.conditions import TourGiven
from knr_gis.analyses.tourism.moves import make_leg, travel_table
from knr_gis.analyses.tourism.part import Part, joined
from knr_gis.analyses.tourism.places import gather_places
from knr_gis.analyses.tourism.setting import Setting, make_setting
from knr_gis.analyses.tourism.stops import find_places
from knr_gis.analyses.tourism.trip import Leg
from knr_gis.display import shown
from knr_gis.errors import AnalysisError
from knr_gis.network import Flags, Floats
from knr_gis.result import Note, Result
from knr_gis.routing import Reach
from knr_gis.snapping import snap
from knr_gis.texts import say

DEFAULTS: dict[str, Any] = {**conditions.DEFAULTS, "only_origins": []}
CLOSED = "closed"
# Two points of one name so near each other are one place (a station of two lines).
_SAME_PLACE_M = 500.0


class CatchmentOwn(TypedDict, total=False):
    """
    What is asked.

    Parameters
    ----------
    origins
        Layers by id from which one sets out, with ``name``.
    only_origins
        Of these only some: ids or titles of layers, or names of places; empty: all.
    catch_near_min, catch_middle_min, catch_far_min
        Bands of time, ascending.
    """

    origins: Required[dict[str, gpd.GeoDataFrame]]
    only_origins: list[str]
    catch_near_min: float | None
    catch_middle_min: float | None
    catch_far_min: float | None


class CatchmentGiven(TourGiven, CatchmentOwn):
    """Layers and conditions of a catchment."""


@dataclass(frozen=True, eq=False)
class Reached:
    """
    Minutes from each origin to each spot.

    Parameters
    ----------
    minutes
        Shape (O, S): from the departure to the arrival, a wait for a road to open in between; NaN: no way.
    status
        Shape (O, S): a ``Reach``; ``far`` where the origin or the spot has no road within the limit,
        ``closed`` where there is a way but for the closures of the date.
    legs
        The way to each spot from the origin that reaches it first; None where none does.
    """

    origins: gpd.GeoDataFrame
    spots: gpd.GeoDataFrame
    minutes: Floats
    status: NDArray[Any]
    legs: tuple[Leg | None, ...]


def catchment(**given: Unpack[CatchmentGiven]) -> Result:
    """
    Return from which origin each spot is reached in how long, leaving at the start time of the date.

    Raises
    ------
    CrsError
        If the layers are not in one CRS in metres.
    AnalysisError
        If there is no origin or no spot, no road fits the mode, or a condition cannot be used.
    """
    bands = bands_of(given)
    setting = make_setting(**tour_given(given))
    only = list(given.get("only_origins") or ())
    origins = _only(once_each(_required(given["origins"], "catchment.no_origins")), only)
    spots = once_each(_required(dict(setting.layers.get("spots") or {}), "catchment.no_spots"))
    found = reached(setting, origins, spots)
    return joined("catchment", _headline(found, bands), [_part(setting, found, bands, only=only)])


def bands_of(given: Mapping[str, Any]) -> dict[str, float]:
    """Return the bands of time; raise AnalysisError where they do not ascend."""
    keys = [f"catch_{band}_min" for band in BANDS]
    bands = {key: planning_number(key, given.get(key), positive=True) for key in keys}
    if sorted(set(bands.values())) != list(bands.values()):
        raise AnalysisError("catchment.bad_bands", values=listed([f"{v:g}" for v in bands.values()]))
    return bands


def _required(layers: dict[str, gpd.GeoDataFrame], key: str) -> gpd.GeoDataFrame:
    places = gather_places(layers)
    if places.empty:
        raise AnalysisError(key, layers=listed([layer_title(i) for i in layers]) or "-")
    return places


def once_each(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the places without those that stand again within 500 m under the same name in the same layer."""
    kept: list[int] = []
    for _, group in places.groupby(["layer", "name"], sort=False):
        own: list[int] = []
        for row in group.index:
            near = places.geometry.iloc[own].distance(places.geometry.iloc[row]) <= _SAME_PLACE_M
            if not near.any():
                own.append(int(row))
        kept += own
    return places.iloc[sorted(kept)].reset_index(drop=True)


def _only(origins: gpd.GeoDataFrame, wanted: list[str]) -> gpd.GeoDataFrame:
    """Return the origins of the layers and names that are wanted; all where none is named."""
    if not wanted:
        return origins
    layers = origins["layer"].tolist()
    titles = [layer_title(layer) for layer in layers]
    rows: set[int] = set()
    for entry in wanted:
        own = [row for row in range(len(origins)) if entry in (layers[row], titles[row])]
        rows |= set(own or find_places(origins, [entry]))
    return origins.iloc[sorted(rows)].reset_index(drop=True)


def reached(setting: Setting, origins: gpd.GeoDataFrame, spots: gpd.GeoDataFrame) -> Reached:
    """Return the minutes from each origin to each spot, and the way to each spot from the nearest."""
    both = gpd.GeoDataFrame(pd.concat([origins, spots], ignore_index=True), crs=origins.crs)
    minutes = minutes_between(setting, both, setting.on)[: len(origins), len(origins) :]
    legs = [_leg(setting, both, minutes[:, k], len(origins) + k) for k in range(len(spots))]
    status = np.where(np.isnan(minutes), str(Reach.DISCONNECTED), str(Reach.REACHED)).astype(object)
    if setting.on is not None and np.isnan(minutes).any():
        ever = minutes_between(setting, both, None)[: len(origins), len(origins) :]
        status[np.isnan(minutes) & ~np.isnan(ever)] = CLOSED
    near = _on_road(setting, both)
    status[~near[: len(origins)], :] = str(Reach.FAR)
    status[:, ~near[len(origins) :]] = str(Reach.FAR)
    return Reached(origins, spots, minutes, status, tuple(legs))


def _on_road(setting: Setting, places: gpd.GeoDataFrame) -> Flags:
    """Return which places have a road within the limit."""
    xy = shapely.get_coordinates(places.geometry.to_numpy())
    network = setting.ways[setting.mode].network
    return snap(network, xy, limit_m=setting.conditions["route_snap_limit_m"]).reached


def minutes_between(setting: Setting, places: gpd.GeoDataFrame, on: date | None) -> Floats:
    """Return the minutes from place to place, shape (N, N), from the start time; NaN where no way leads."""
    start = float(setting.conditions["start_min"])
    xy = shapely.get_coordinates(places.geometry.to_numpy())
    table = travel_table(setting, xy, on, mode=setting.mode)
    leave = np.maximum(start, table.from_min)[:, None, None]
    arrive = leave + table.minutes
    arrive = np.where(arrive <= table.until_min[:, None, None], arrive, np.inf).min(axis=0)
    return np.where(np.isfinite(arrive), arrive - start, np.nan)


def _leg(setting: Setting, both: gpd.GeoDataFrame, minutes: Floats, spot: int) -> Leg | None:
    """Return the way to a spot from the origin that is nearest in time; None where there is no way."""
    if np.isnan(minutes).all():
        return None
    return make_leg(
        setting, both, int(np.nanargmin(minutes)), spot, mode=setting.mode, day=1, number=spot, on=setting.on,
        depart_min=float(setting.conditions["start_min"]),
    )  # fmt: skip


def _part(setting: Setting, found: Reached, bands: dict[str, float], *, only: list[str]) -> Part:
    limits = list(bands.values())
    origins, nearest = origin_table(found, limits), nearest_table(found, limits, setting.rules)
    lost = nearest[nearest["catch_status"] != "reached"]
    told = ("date", "mode", "start_time", "avoid", "avoid_how", *setting.numbers_used)
    ways = [leg.line if leg is not None else None for leg in found.legs]
    crs = found.spots.crs
    drawn = gpd.GeoDataFrame(nearest, geometry=gpd.GeoSeries(ways, crs=crs), crs=crs)
    return Part(
        features={
            "ways": drawn[~drawn.geometry.isna()].reset_index(drop=True),
            "spots": gpd.GeoDataFrame(nearest, geometry=found.spots.geometry.to_numpy(), crs=crs),
            "origins": gpd.GeoDataFrame(origins, geometry=found.origins.geometry.to_numpy(), crs=crs),
        },
        tables={
            "nearest": nearest, "origins_reach": origins,
            "matrix": matrix_table(found), "pairs": pair_table(found, limits),
        },
        rows=summary_rows(origins, nearest),
        notes=(Note("catchment.note_method", {"start": setting.conditions["start_time"]}), *setting.notes),
        gaps=[
            (row.spot_name, say("catchment.lost", state=shown("leg_status", row.catch_status)), pd.NA)
            for row in lost.itertuples()
        ],
        params={"only_origins": only, **{k: setting.conditions[k] for k in told}, **bands},
        assumptions=(*setting.numbers_used, *bands),
    )  # fmt: skip


def _headline(found: Reached, bands: dict[str, float]) -> Note:
    """Return how many spots are reached from some origin within each band."""
    best = np.where(np.isnan(found.minutes), np.inf, found.minutes).min(axis=0)
    near, middle, far = (int((best <= limit).sum()) for limit in bands.values())
    values = {
        "spots": len(best), "near": near, "middle": middle, "far": far, "lost": int(np.isinf(best).sum()),
        **{f"{k}_min": f"{v:g}" for k, v in zip(BANDS, bands.values(), strict=True)},
    }  # fmt: skip
    return Note("catchment.headline", values)
