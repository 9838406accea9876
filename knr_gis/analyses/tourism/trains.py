"""Legs that may go by train, the bicycle on board."""

from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import LineString

from knr_gis.analyses.tourism.conditions import Mode
from knr_gis.analyses.tourism.moves import make_leg, on_road, road_minutes, travel_of
from knr_gis.analyses.tourism.places import gather_places
from knr_gis.analyses.tourism.railway import Ride, Train, day_rides, station_key, stations_served
from knr_gis.analyses.tourism.setting import Setting, ways_of
from knr_gis.analyses.tourism.spells import spells_of
from knr_gis.analyses.tourism.trip import Leg
from knr_gis.orienteering import Travel
from knr_gis.routing import Reach, travel_from


def with_stations(setting: Setting, places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the places with the stations that trains stop at behind them, those that are not there yet."""
    if not setting.conditions["trains"]:
        return places
    stations = gather_places(
        {"stations": stations_served(setting.layer("stations"), setting.layer("train_legs"))}
    )
    known = _stations_of(places)
    new = stations[[station_key(name) not in known for name in stations["name"]]]
    return gpd.GeoDataFrame(pd.concat([places, new], ignore_index=True), crs=places.crs)


def _stations_of(places: gpd.GeoDataFrame) -> dict[str, int]:
    """Return the row of each station by its key."""
    named = zip(places["name"], places["kind"], strict=True)
    rows: dict[str, int] = {}
    for row, (name, kind) in enumerate(named):
        if kind == "station":
            rows.setdefault(station_key(name), row)
    return rows


def make_legs(  # noqa: PLR0913  the contract of the trip
    setting: Setting,
    places: gpd.GeoDataFrame,
    start: int,
    end: int,
    *,
    mode: Mode,
    day: int,
    number: int,
    on: date | None,
    depart_min: float,
) -> tuple[Leg, ...]:
    """
    Return the legs from one place to another: one by road, or road, train (or several) and road.

    The train is taken where that arrives earlier than the road alone. Each leg ends at a row of ``places``
    (``with_stations`` puts the stations there). In a ``Day`` the stations between the legs are visits of kind
    ``station`` that arrive with one leg and leave at ``depart_min`` of the next; a place that is the station
    itself needs no way there. Numbers run from ``number`` on.

    Returns
    -------
    tuple of Leg
        Train legs have no edges, ``line`` is straight between the stations, ``length_m`` is NaN (the
        length of the rails is not known) and ``ascent_m`` 0: nobody climbs.
    """
    go = _Go(setting, places, mode, day, on)
    direct = go.by_road(start, end, number, depart_min)
    if not setting.conditions["trains"] or mode == "drive" or not depart_min < np.inf:
        return (direct,)
    best = go.best_ride(start, end, depart_min)
    if best is None or (direct.found and direct.arrive_min <= best[1]):
        return (direct,)
    return go.by_train(best[0], (start, end), number, depart_min)


@dataclass(frozen=True)
class _Go:
    """A traveller on a day."""

    setting: Setting
    places: gpd.GeoDataFrame
    mode: Mode
    day: int
    on: date | None

    def by_road(self, start: int, end: int, number: int, depart_min: float) -> Leg:
        return make_leg(
            self.setting, self.places, start, end,
            mode=self.mode, day=self.day, number=number, on=self.on, depart_min=depart_min,
        )  # fmt: skip

    def best_ride(self, start: int, end: int, depart_min: float) -> tuple[Ride, float] | None:
        """Return the ride that arrives first and when, of equal ones the latest to board."""
        stations = _stations_of(self.places)
        rides = day_rides(self.setting.layer("train_legs"), self.on, self.mode)
        known = [r for r in rides if r.trains[0].start in stations and r.trains[-1].end in stations]
        nodes = list(stations.values())
        roads = self._roads(start, end, nodes)
        board, alight = (self.setting.conditions[f"train_{key}_min"] for key in ("board", "alight"))
        found = []
        for ride in known:
            here, there = (nodes.index(stations[key]) for key in (ride.trains[0].start, ride.trains[-1].end))
            if roads.arrival(len(nodes), here, depart_min) <= ride.departs_min - board:
                found.append((ride, roads.arrival(there, len(nodes) + 1, ride.arrives_min + alight)))
        best = min(found, key=lambda pair: (pair[1], -pair[0].departs_min), default=None)
        return best if best is not None and best[1] < np.inf else None

    def _roads(self, start: int, end: int, stations: list[int]) -> Travel:
        """Return the minutes from the start (node -2) to the stations and from these to the end (node -1)."""
        ways, n = ways_of(self.setting, self.mode), len(stations)
        points = self.places.geometry.iloc[[*stations, start, end]].to_numpy()
        snaps = on_road(self.setting, ways, shapely.get_coordinates(points))
        spells = spells_of(ways, self.on)
        minutes = np.full((len(spells), n + 2, n + 2), np.inf)
        for k, spell in enumerate(spells):
            cost_s = ways.without(ways.cost_s, spell.closed)
            for place, toward in ((n, False), (n + 1, True)):
                field = travel_from(
                    ways.network, snaps.take([place]), snaps.take(np.arange(n)), cost_s=cost_s, toward=toward
                )
                where = (k, np.arange(n), n + 1) if toward else (k, n, np.arange(n))
                minutes[where] = road_minutes(field.sum_along(ways.seconds))
        return travel_of(spells, minutes)

    def by_train(self, ride: Ride, ends: tuple[int, int], number: int, depart_min: float) -> tuple[Leg, ...]:
        """Return the legs of a ride with the ways to and from it."""
        stations = _stations_of(self.places)
        first, last = stations[ride.trains[0].start], stations[ride.trains[-1].end]
        legs = [] if ends[0] == first else [self.by_road(ends[0], first, number, depart_min)]
        for train in ride.trains:
            legs.append(self._on_board(train, stations, number + len(legs)))
        if ends[1] != last:
            alight = self.setting.conditions["train_alight_min"]
            legs.append(self.by_road(last, ends[1], number + len(legs), ride.arrives_min + alight))
        return tuple(legs)

    def _on_board(self, train: Train, stations: dict[str, int], number: int) -> Leg:
        start, end, none = stations[train.start], stations[train.end], np.empty(0)
        points = self.places.geometry.iloc[[start, end]].to_numpy()
        return Leg(
            number, self.day, start, end, "train", Reach.REACHED,
            depart_min=train.departs_min, arrive_min=train.arrives_min,
            length_m=float("nan"), ascent_m=0.0, descent_m=0.0, line=LineString(points),
            edges=none.astype(np.int64), forward=none.astype(bool), edge_m=none, enter_min=none,
            snap_m=(0.0, 0.0),
        )  # fmt: skip
