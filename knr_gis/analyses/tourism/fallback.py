"""Where to spend the night if a leg cannot be gone: the nearest lodging out of danger from its start."""

from datetime import date
from functools import cache

import geopandas as gpd
import numpy as np
import shapely

from knr_gis.analyses.evacuation.exits import goal_rows, safe_at
from knr_gis.analyses.tourism.bailout import Way, as_way, closing_on, open_seconds, ways_under
from knr_gis.analyses.tourism.calendar import opening_of, window_on
from knr_gis.analyses.tourism.fleeing import Fled
from knr_gis.analyses.tourism.places import gather_places
from knr_gis.analyses.tourism.trip import Leg, Trip
from knr_gis.routing import travel_from
from knr_gis.snapping import snap


def nights(trip: Trip, fled: Fled) -> dict[int, Way]:
    """
    Return the nearest lodging of each leg by road from its start; nothing without lodgings or a hazard layer.

    Only lodgings count that are known to lie out of danger and are not known to be shut that day; the way
    there keeps off every closing rule that lies on the leg, in force or not: the pass may close.
    """
    frame = trip.setting.layers.get("lodging")
    if frame is None or fled.plan is None:
        return {}
    lodgings = gather_places({"lodging": frame})
    rows = goal_rows(fled.plan.inundation, fled.plan.scenario.goal_depth_m)
    xy = shapely.get_coordinates(lodgings.geometry.to_numpy())
    dry = lodgings[safe_at(xy, fled.plan.inundation, rows)] if len(lodgings) else lodgings
    open_on = cache(lambda on: _open(dry, on))
    legs = [leg for leg in trip.legs if leg.number in fled.courses and leg.mode != "train"]
    return {leg.number: _nearest(trip, leg, open_on(_date(trip, leg))) for leg in legs}


def _date(trip: Trip, leg: Leg) -> date | None:
    return next(day.on for day in trip.days if day.number == leg.day)


def _open(lodgings: gpd.GeoDataFrame, on: date | None) -> gpd.GeoDataFrame:
    """Return the lodgings that are not known to be shut on a date."""
    if on is None:
        return lodgings
    kept = [window_on(opening_of(row), on) is not None for _, row in lodgings.iterrows()]
    return lodgings[np.array(kept, dtype=bool)]


def _nearest(trip: Trip, leg: Leg, lodgings: gpd.GeoDataFrame) -> Way:
    if not len(lodgings):
        return Way()
    ways = ways_under(trip, leg)
    costs = ways.without(open_seconds(trip, ways, leg, leg.depart_min, leg.arrive_min), closing_on(trip, leg))
    limit_m = float(trip.setting.conditions["route_snap_limit_m"])
    doors = snap(ways.network, shapely.get_coordinates(lodgings.geometry.to_numpy()), limit_m=limit_m)
    start = snap(ways.network, shapely.get_coordinates(leg.line)[[0]], limit_m=np.inf)
    field = travel_from(ways.network, doors, start, cost_s=costs)
    source = int(field.source[0])
    return Way() if source < 0 else as_way(field.path(0), str(lodgings["name"].iloc[source]))
