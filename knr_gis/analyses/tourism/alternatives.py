"""Other ways between two stops, found by making those already named cost more; told with what they share."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import LineString

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.tourism.asked import Asked
from knr_gis.analyses.tourism.part import Part
from knr_gis.analyses.tourism.spells import closed_between
from knr_gis.analyses.tourism.timetable import leg_title, legs_frame, moving_min
from knr_gis.analyses.tourism.trip import Leg, Trip
from knr_gis.network import Floats
from knr_gis.result import Note
from knr_gis.routing import Path, Reach, shortest_path
from knr_gis.snapping import snap
from knr_gis.texts import say

SHARED, MORE = "alternative_shared_percent", "alternative_more_percent"
# Each way that was found makes its roads so much dearer for the next search.
_DEARER = 1.4
_SEARCHES = 12
_SAME = 1 - 1e-6  # a way that shares more is the same way
_COLUMNS = [
    "day", "stop_number", "leg", "alternative", "leg_km", "leg_min", "more_km", "more_min", "shared_percent",
]  # fmt: skip
_METRES, _SECONDS, _PERCENT = 1000.0, 60.0, 100.0


@dataclass(frozen=True, eq=False)
class Other:
    """
    Another way of a leg.

    Parameters
    ----------
    minutes
        On the way, waits left out.
    shared
        Share of its metres that runs over the leg itself or another way named before.
    """

    path: Path
    minutes: float
    shared: float


def other_ways(trip: Trip, leg: Leg, *, count: int, most_shared: float, most_minutes: float) -> list[Other]:
    """
    Return up to so many ways of a leg that differ from it and from each other.

    Roads that are closed at some time before the slowest of them would be over are not used.

    Parameters
    ----------
    most_shared
        Share, 0 to 1, that may run over ways named before.
    most_minutes
        Longer ones are left out.

    Notes
    -----
    Penalty method (as in Bader, Dees, Geisberger and Sanders 2011): after each search the roads of the way
    that it found cost ``_DEARER`` times as much, both ways. After ``_SEARCHES`` searches the rest counts as
    not there, so that a way that exists may be missed.
    """
    named, found = [_metres_on(trip, leg.edges, leg.edge_m)], []
    for path in _searched(trip, leg, until_min=leg.depart_min + most_minutes):
        minutes = _minutes(trip, leg, path)
        metres = _metres_on(trip, path.edges, path.edge_m)
        shared = max(float(np.minimum(metres, other).sum()) for other in named) / max(path.length_m, 1e-9)
        if minutes <= most_minutes and shared <= most_shared and shared < _SAME:
            found.append(Other(path, minutes, shared))
            named.append(metres)
        if len(found) == count:
            break
    return sorted(found, key=lambda other: other.minutes)


def _searched(trip: Trip, leg: Leg, *, until_min: float) -> Iterator[Path]:
    """Yield the ways that the searches find, each with the roads of those before made dearer."""
    ways = trip.setting.ways[leg.mode]
    on = trip.days[leg.day - 1].on
    closed = closed_between(ways, on, leg.depart_min, until_min)
    cost = ways.without(ways.cost_s, closed)
    points = shapely.get_coordinates(trip.places.geometry.iloc[[leg.start, leg.end]].to_numpy())
    ends = snap(ways.network, points, limit_m=trip.setting.conditions["route_snap_limit_m"])
    used = leg.edges
    for _ in range(_SEARCHES):
        cost[:, used] *= _DEARER
        path = shortest_path(ways.network, ends.take([0]), ends.take([1]), cost_s=cost)
        if path.status != Reach.REACHED:
            return
        yield path
        used = path.edges


def _minutes(trip: Trip, leg: Leg, path: Path) -> float:
    ways = trip.setting.ways[leg.mode]
    seconds = ways.seconds[np.where(path.forward, 0, 1), path.edges]
    return float((seconds * path.edge_m / ways.network.length_m[path.edges]).sum() / _SECONDS)


def _metres_on(trip: Trip, edges: Any, edge_m: Floats) -> Floats:
    """Return the metres on each edge of the network, shape (E,)."""
    n = len(trip.setting.ways[trip.setting.mode].network)
    return np.bincount(edges, weights=edge_m, minlength=n).astype(float)


def alternatives_part(trip: Trip, asked: Asked) -> Part:
    """Return other ways for each leg on the road; nothing where none is asked for."""
    if not asked.alternatives:
        return Part()
    shared, more = (asked.numbers[key] / _PERCENT for key in (SHARED, MORE))
    legs = [leg for leg in trip.legs if leg.found and leg.mode != "train" and len(leg.edges)]
    ways = {
        leg.number: other_ways(
            trip, leg, count=asked.alternatives, most_shared=shared,
            most_minutes=moving_min(trip, leg) * (1 + more),
        )
        for leg in legs
    }  # fmt: skip
    table = _table(trip, legs, ways)
    return Part(
        features={"alternatives": table},
        tables={"alternatives": pd.DataFrame(table.drop(columns="geometry"))},
        rows=_rows(legs, ways),
        notes=(Note("alternatives.note_method", {"shared": f"{shared:.0%}", "more": f"{more:.0%}"}),),
        gaps=[
            (leg_title(trip, leg), say("alternatives.none"), asked.alternatives - len(ways[leg.number]))
            for leg in legs
            if len(ways[leg.number]) < asked.alternatives
        ],
        params={"alternatives": asked.alternatives} | {key: asked.numbers[key] for key in (SHARED, MORE)},
        assumptions=(SHARED, MORE),
    )


def _table(trip: Trip, legs: list[Leg], ways: dict[int, list[Other]]) -> gpd.GeoDataFrame:
    """Return one row for each other way, under its leg."""
    named = legs_frame(trip).set_index("stop_number")["leg"]
    rows: list[dict[str, Any]] = []
    lines: list[LineString | None] = []
    for leg in legs:
        usual = moving_min(trip, leg)
        for number, other in enumerate(ways[leg.number], start=1):
            rows.append({
                "day": leg.day, "stop_number": leg.number, "leg": named[leg.number],
                "alternative": number, "leg_km": other.path.length_m / _METRES, "leg_min": other.minutes,
                "more_km": (other.path.length_m - leg.length_m) / _METRES,
                "more_min": other.minutes - usual, "shared_percent": other.shared * _PERCENT,
            })  # fmt: skip
            lines.append(other.path.line)
    crs = trip.places.crs
    return gpd.GeoDataFrame(
        pd.DataFrame(rows, columns=_COLUMNS), geometry=gpd.GeoSeries(lines, crs=crs), crs=crs
    )


def _rows(legs: list[Leg], ways: dict[int, list[Other]]) -> list[Row]:
    found = sum(len(ways[leg.number]) for leg in legs)
    return [("", "", "", "alternatives_count", float(found), "件")]
