"""Trains that carry the traveller on a date, and what they make possible between places."""

from dataclasses import dataclass
from datetime import date
from math import isnan
from typing import Any

import geopandas as gpd
import numpy as np

from knr_gis.analyses.inputs import texts
from knr_gis.analyses.tourism.calendar import minutes_of, opening_of, window_on
from knr_gis.analyses.tourism.conditions import Mode
from knr_gis.network import Floats
from knr_gis.orienteering import Travel
from knr_gis.values import normal_text, to_flag

_STATION = "駅"


@dataclass(frozen=True)
class Train:
    """One ride from a station to another; minutes after midnight."""

    start: str
    end: str
    departs_min: float
    arrives_min: float


def station_key(name: object) -> str:
    """Return a name of a station as it is compared: 釧路駅 is 釧路."""
    return normal_text(name).removesuffix(_STATION)


def trains_on(frame: gpd.GeoDataFrame, on: date | None, *, with_bicycle: bool) -> list[Train]:
    """
    Return the trains of a date by departure.

    Parameters
    ----------
    frame
        ``from_station``, ``to_station``, ``departs``, ``arrives``; ``months_open``, ``closed_weekdays`` and
        ``closed_dates`` say on which days it runs, ``bicycle`` whether it carries bicycles. Rows of which a
        time cannot be read, or that arrive before they depart or after midnight, are no trains.
    on
        None: the trains of every day.
    with_bicycle
        Only those known to carry bicycles.
    """
    rows = frame.drop(columns="geometry", errors="ignore").to_dict("records")
    trains = [_train(row) for row in rows if _runs(row, on, with_bicycle=with_bicycle)]
    real = [t for t in trains if t.start and t.end and 0 <= t.departs_min < t.arrives_min <= 24 * 60]
    return sorted(real, key=lambda train: (train.departs_min, train.arrives_min))


def _train(row: dict[Any, Any]) -> Train:
    ends = station_key(row.get("from_station")), station_key(row.get("to_station"))
    return Train(*ends, minutes_of(row.get("departs")), minutes_of(row.get("arrives")))


def _runs(row: dict[Any, Any], on: date | None, *, with_bicycle: bool) -> bool:
    if with_bicycle and to_flag(row.get("bicycle")) is not True:
        return False
    season = {k: row.get(k) for k in ("months_open", "closed_weekdays", "closed_dates")}
    return window_on(opening_of(season), on) is not None


def unread_trains(frame: gpd.GeoDataFrame) -> int:
    """Return how many rows have a time that cannot be read; they are left out, and that must be said."""
    times = [texts(frame, column) for column in ("departs", "arrives")]
    return sum(any(isnan(minutes_of(text)) for text in pair) for pair in zip(*times, strict=True))


def stations_served(stations: gpd.GeoDataFrame, trains: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the stations that trains stop at, numbered from 0; of two of a name the first."""
    wanted = _named_by(trains)
    rows: dict[str, int] = {}
    for row, name in enumerate(texts(stations, "name")):
        if station_key(name) in wanted:
            rows.setdefault(station_key(name), row)
    return stations.iloc[list(rows.values())].reset_index(drop=True)


def unknown_stations(stations: gpd.GeoDataFrame, trains: gpd.GeoDataFrame) -> list[str]:
    """Return the stations of the timetable that have no place: no train is taken to or from them."""
    known = {station_key(name) for name in texts(stations, "name")}
    return sorted(_named_by(trains) - known)


def _named_by(trains: gpd.GeoDataFrame) -> set[str]:
    ends = ("from_station", "to_station")
    return {station_key(name) for column in ends for name in texts(trains, column)} - {""}


@dataclass(frozen=True)
class Ride:
    """
    The earliest arrival at a station by boarding one train.

    Parameters
    ----------
    trains
        Those taken one after another.
    """

    trains: tuple[Train, ...]

    @property
    def departs_min(self) -> float:
        """Departure of the first train."""
        return self.trains[0].departs_min

    @property
    def arrives_min(self) -> float:
        """Arrival of the last train."""
        return self.trains[-1].arrives_min


def rides_of(trains: list[Train]) -> list[Ride]:
    """
    Return for each departure and each station that can be reached by it the ride that arrives first.

    Of equal ones that with the fewest changes. A change needs no time beyond the timetable: a train may
    leave at the minute the other arrives, as the next stretch of the same train does. One scan of the trains
    by departure for each first train.
    """
    best: dict[tuple[str, float, str], Ride] = {}
    for k, first in enumerate(trains):
        reached: dict[str, tuple[Train, ...]] = {first.end: (first,)}
        for train in trains[k + 1 :]:
            before = reached.get(train.start)
            if before is None or before[-1].arrives_min > train.departs_min or train.end == first.start:
                continue
            if train.end not in reached or train.arrives_min < reached[train.end][-1].arrives_min:
                reached[train.end] = (*before, train)
        for end, chain in reached.items():
            known, key = (
                best.get((first.start, first.departs_min, end)),
                (first.start, first.departs_min, end),
            )
            best[key] = min([Ride(chain), *([known] if known else [])], key=_arrival_and_changes)
    return list(best.values())


def _arrival_and_changes(ride: Ride) -> tuple[float, int]:
    return ride.arrives_min, len(ride.trains)


def day_rides(trains: gpd.GeoDataFrame, on: date | None, mode: Mode) -> list[Ride]:
    """Return the rides of a date for a traveller on foot or by bicycle."""
    return rides_of(trains_on(trains, on, with_bicycle=mode == "cycle"))


def latest_departures(travel: Travel, end: int, by_min: float) -> Floats:
    """Return when to leave each place at the latest to arrive by a minute, shape (N,); -inf if never."""
    leave = np.minimum(by_min, travel.until_min)[:, None] - travel.minutes[:, :, end]
    return np.asarray(np.where(leave >= travel.from_min[:, None], leave, -np.inf).max(axis=0))


def earliest_arrivals(travel: Travel, start: int, from_min: float) -> Floats:
    """Return when each place is reached at the earliest, shape (N,); inf if never."""
    arrive = np.maximum(from_min, travel.from_min)[:, None] + travel.minutes[:, start, :]
    return np.asarray(np.where(arrive <= travel.until_min[:, None], arrive, np.inf).min(axis=0))


def door_to_door(
    travel: Travel, rides: list[Ride], stations: dict[str, int], *, board_min: float, alight_min: float
) -> dict[tuple[int, int], Floats]:
    """
    Return what rides make possible between places: ``Travel.rides``.

    Parameters
    ----------
    travel
        The roads between places and stations.
    stations
        Node of each station by its key; rides to others cannot be taken.
    board_min, alight_min
        Minutes at the station before a train goes, and from its arrival to the road.

    Returns
    -------
    dict
        By (start, end) the latest departures and arrivals, shape (R, 2), ascending, none beaten by another.
    """
    n = travel.minutes.shape[1]
    usable = [r for r in rides if r.trains[0].start in stations and r.trains[-1].end in stations]
    found = np.empty((len(usable), 2, n))
    for row, ride in enumerate(usable):
        here, there = stations[ride.trains[0].start], stations[ride.trains[-1].end]
        by_min, from_min = ride.departs_min - board_min, ride.arrives_min + alight_min
        found[row, 0] = latest_departures(travel, here, by_min)
        found[row, 1] = earliest_arrivals(travel, there, from_min)
    return {
        (start, end): table
        for start in range(n)
        for end in range(n)
        if start != end and len(table := _unbeaten(found[:, 0, start], found[:, 1, end]))
    }


def _unbeaten(leave: Floats, arrive: Floats) -> Floats:
    """Return departures and arrivals, ascending, without those that leave earlier and arrive later."""
    real = np.isfinite(leave) & np.isfinite(arrive) & (arrive > leave)
    pairs = np.column_stack([leave[real], arrive[real]])
    pairs = pairs[np.lexsort((-pairs[:, 1], pairs[:, 0]))][::-1]  # latest departure first
    best = np.minimum.accumulate(pairs[:, 1]) if len(pairs) else np.empty(0)
    kept = np.append(True, pairs[1:, 1] < best[:-1])[: len(pairs)]
    return np.asarray(pairs[kept][::-1])
