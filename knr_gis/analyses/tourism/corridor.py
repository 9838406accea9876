"""What lies within some minutes of the way of a trip."""

from typing import Any, Required, TypedDict, Unpack

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.inputs import planning_number
from knr_gis.analyses.tourism import asked as asked_for
from knr_gis.analyses.tourism.asked import RouteConditions
from knr_gis.analyses.tourism.calendar import opening_of, window_on
from knr_gis.analyses.tourism.conditions import TourGiven
from knr_gis.analyses.tourism.off_route import Detours, detours
from knr_gis.analyses.tourism.part import Part, joined
from knr_gis.analyses.tourism.places import gather_places
from knr_gis.analyses.tourism.routing import route_given, stated
from knr_gis.analyses.tourism.timetable import clock_text, legs_frame, stops_frame
from knr_gis.analyses.tourism.trip import Trip
from knr_gis.display import shown
from knr_gis.network import Flags
from knr_gis.result import Note, Result
from knr_gis.snapping import snap
from knr_gis.texts import say

DEFAULTS: dict[str, Any] = asked_for.DEFAULTS
WITHIN = "corridor_min"
_SECONDS, _METRES = 60.0, 1000.0
_FACTS = ["name", "theme", "category", "stay_min", "municipality", "snap_m"]


class CorridorOwn(TypedDict, total=False):
    """
    What is looked for along the way.

    Parameters
    ----------
    around
        Layers by id, with ``name``; areas and lines count with a point inside.
    corridor_min
        Longest detour out, in minutes.
    """

    around: Required[dict[str, gpd.GeoDataFrame]]
    corridor_min: float | None


class CorridorGiven(TourGiven, RouteConditions, CorridorOwn):
    """Layers and conditions of a corridor search."""


def corridor(**given: Unpack[CorridorGiven]) -> Result:
    """
    Return the places within some minutes of the way through chosen stops, in the order of the trip.

    Minutes are those on the roads from the way to the place, at the speed of the mode, over roads that are
    open for the rest of the day; the stops themselves are left out.

    Raises
    ------
    CrsError
        If the layers are not in one CRS in metres.
    AnalysisError
        If a stop is unknown or ambiguous, no road fits the mode, or a condition cannot be used.
    """
    within = planning_number(WITHIN, given.get("corridor_min"), positive=True)
    route = route_given(given)
    places = _others(gather_places(given["around"]), route.trip)
    setting = route.trip.setting
    xy = shapely.get_coordinates(places.geometry.to_numpy())
    limit = setting.conditions["route_snap_limit_m"]
    at = snap(setting.ways[setting.mode].network, xy, limit_m=limit)
    found = detours(route.trip, at)
    placed = places.assign(snap_m=at.distance_m)
    part = _part(route.trip, placed, found, within=within)
    return joined("corridor", _headline(part, within), [part, stated(route), Part(notes=setting.notes)])


def _others(places: gpd.GeoDataFrame, trip: Trip) -> gpd.GeoDataFrame:
    """Return the places that are no stop of the trip."""
    stops = {(p.layer, p.name, p.geometry.x, p.geometry.y) for p in trip.places.itertuples(index=False)}
    keys = [(p.layer, p.name, p.geometry.x, p.geometry.y) for p in places.itertuples(index=False)]
    return places[[key not in stops for key in keys]].reset_index(drop=True)


def _part(trip: Trip, places: gpd.GeoDataFrame, found: Detours, *, within: float) -> Part:
    off_min = found.off_s / _SECONDS
    near = off_min <= within
    lost = np.isnan(off_min)
    table = _table(trip, places, found, near)
    legs = legs_frame(trip)
    return Part(
        features={
            "corridor": table,
            "detours": _drawn(table, found, near),
            "legs": legs[~legs.geometry.isna()].reset_index(drop=True), "stops": stops_frame(trip),
        },
        tables={"corridor": pd.DataFrame(table.drop(columns="geometry"))},
        rows=_rows(places, near, lost),
        notes=(Note("corridor.note_method"),),
        gaps=_untold(lost),
        params={WITHIN: within},
        assumptions=(WITHIN,),
    )  # fmt: skip


def _table(trip: Trip, places: gpd.GeoDataFrame, found: Detours, near: Flags) -> gpd.GeoDataFrame:
    """Return the places within the corridor in the order in which they are passed."""
    rows = np.flatnonzero(near)
    rows = rows[np.lexsort((found.off_s[rows], found.km[rows]))]
    arrive = found.minute + found.off_s / _SECONDS
    own = pd.DataFrame({
        "day": found.day[rows], "along_km": found.km[rows],
        "passing": [clock_text(minute) for minute in found.minute[rows]],
        "place_layer": places["layer"].iloc[rows].to_numpy(),
        "off_min": found.off_s[rows] / _SECONDS, "back_min": found.back_s[rows] / _SECONDS,
        "off_km": found.off_m[rows] / _METRES,
        "open_state": [_open(trip, places.iloc[row], int(found.day[row]), arrive[row]) for row in rows],
    })  # fmt: skip
    facts = places[_FACTS].iloc[rows].reset_index(drop=True)
    return gpd.GeoDataFrame(
        pd.concat([own, facts], axis=1), geometry=places.geometry.iloc[rows].to_numpy(), crs=places.crs
    )


def _open(trip: Trip, place: pd.Series, day: int, minute: float) -> str:
    """Return whether a place is open when one gets there."""
    on = trip.days[day - 1].on
    if on is None:
        return "not_judged"
    opening = opening_of(place)
    window = window_on(opening, on)
    if window is None or not window[0] <= minute < window[1]:
        return "shut"
    return "open_unknown" if opening.unknown else "open"


def _drawn(table: gpd.GeoDataFrame, found: Detours, near: Flags) -> gpd.GeoDataFrame:
    """Return the detours as lines, in the order of the table."""
    rows = np.flatnonzero(near)
    rows = rows[np.lexsort((found.off_s[rows], found.km[rows]))]
    columns = table[["day", "name", "place_layer", "along_km", "off_min", "off_km"]]
    return gpd.GeoDataFrame(pd.DataFrame(columns), geometry=list(found.line[rows]), crs=table.crs)


def _rows(places: gpd.GeoDataFrame, near: Flags, lost: Flags) -> list[Row]:
    """Return the counts by layer; near, beyond and without a way sum to all."""
    rows: list[Row] = []
    for layer in dict.fromkeys(places["layer"]):
        own = np.asarray(places["layer"] == layer)
        counts = {"near": own & near, "beyond": own & ~near & ~lost, "lost": own & lost, "all": own}
        rows += [
            ("", "", shown("layer", layer), f"corridor_{name}", float(flags.sum()), "件")
            for name, flags in counts.items()
        ]
    totals = {"near": near, "beyond": ~near & ~lost, "lost": lost, "all": np.ones(len(places), dtype=bool)}
    return [*rows, *(("", "", "", f"corridor_{n}", float(f.sum()), "件") for n, f in totals.items())]


def _untold(lost: Flags) -> list[tuple[str, str, object]]:
    count = int(lost.sum())
    return [(say("corridor.lost"), say("corridor.lost_reason"), count)] if count else []


def _headline(part: Part, within: float) -> Note:
    table = part.tables["corridor"]
    values = {"minutes": f"{within:g}", "count": len(table), "all": int(part.rows[-1][4])}
    return Note("corridor.headline", values)
