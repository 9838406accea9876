"""What a tourism analysis is given: layers and conditions by name, the same for all of them."""

from typing import Any, Literal, Required, TypedDict

import geopandas as gpd

from knr_gis.analyses.evacuation.conditions import ArrivalFrom, BridgesOut, Season, TimeOfDay, Walker
from knr_gis.grid import Grid

Mode = Literal["drive", "cycle", "walk"]
AvoidHow = Literal["none", "soft", "strict"]

# What holds where no number of assumptions.toml says otherwise.
DEFAULTS: dict[str, Any] = {
    "date": None, "mode": "drive", "start_time": "09:00", "trains": False, "avoid": [], "avoid_how": "soft",
    "season": None, "time_of_day": None, "walker": "visitor", "walk_speed_mps": None, "start_delay_min": None,
    "arrival_min": None, "arrival_from": "data", "arrival_by": [], "bridges_out": "none", "hazard_covers": [],
    "safety_step_m": None,
}  # fmt: skip


class TourLayers(TypedDict, total=False):
    """
    Layers in one CRS in metres; only roads are needed.

    Parameters
    ----------
    roads
        Lines; a car goes at their ``speed_kmh`` where it is known.
    spots
        Layers by id that stops are chosen from, with ``name``; each may carry what ``tourism_spots`` does.
    lodging
        Where a day may end.
    service_points
        Fuel, toilets, food: ``service_kind``, months and hours.
    road_rules
        Lines of closed, night-closed and no-stopping stretches with their dates and hours.
    train_legs
        Table of trains that carry bicycles, from station to station.
    stations
        Points with ``name`` that ``train_legs`` refers to.
    elevation
        Heights in metres; None: ascent is unknown, never 0.
    hazard, municipalities, sites, evacuation_buildings, walk_exclusion, arrival_sections, arrival_grid
        As in the evacuation analyses (``analyses/evacuation/conditions.py``), for the safety profile.
    national_parks, ramsar_wetlands
        Polygons with ``park_name``, ``grade`` and ``name``, for the rules sheet.
    """

    roads: Required[gpd.GeoDataFrame]
    spots: dict[str, gpd.GeoDataFrame]
    lodging: gpd.GeoDataFrame | None
    service_points: gpd.GeoDataFrame | None
    road_rules: gpd.GeoDataFrame | None
    train_legs: gpd.GeoDataFrame | None
    stations: gpd.GeoDataFrame | None
    elevation: Grid | None
    hazard: gpd.GeoDataFrame | None
    municipalities: gpd.GeoDataFrame | None
    sites: gpd.GeoDataFrame | None
    evacuation_buildings: gpd.GeoDataFrame | None
    walk_exclusion: gpd.GeoDataFrame | None
    arrival_sections: gpd.GeoDataFrame | None
    arrival_grid: Grid | None
    national_parks: gpd.GeoDataFrame | None
    ramsar_wetlands: gpd.GeoDataFrame | None


class TourConditions(TypedDict, total=False):
    """
    The trip's conditions; what is absent or None comes from ``DEFAULTS`` or ``assumptions.toml``.

    Parameters
    ----------
    date
        First day, ``2026-07-01``; None: no date, closures and opening times are then not judged, and every
        product says so.
    mode
        On the road: by car, by bicycle or on foot.
    trains
        Whether legs may also go by a train that carries bicycles (mode ``cycle`` or ``walk``).
    start_time
        Departure of each day, ``09:00``.
    drive_speed_kmh, cycle_speed_kmh, tour_walk_speed_kmh
        Speed on level road, for cars where ``speed_kmh`` is unknown.
    route_snap_limit_m
        Farthest distance from a place to its road; farther places have no route.
    ascent_threshold_m
        Rises smaller than this are noise of the terrain data and not summed.
    avoid
        What to keep away from: ``tsunami_inundation``, ``national_parks``, ``special_protection``, or a
        rule of ``road_rules`` by its id.
    avoid_how
        ``strict``: never; ``soft``: only where the way round costs more than ``avoid_factor`` times as much.
    avoid_factor
        A minute on avoided road counts as so many.
    rule_reach_m
        Roads within this distance of a rule's line are those that it is about.
    train_board_min, train_alight_min
        Minutes at the station before a train goes, and from its arrival to the road.
    season, time_of_day
        Of the safety profile; None: by the date and the sun.
    walker, walk_speed_mps, start_delay_min, arrival_min, arrival_from, arrival_by, bridges_out, hazard_covers
        Of the safety profile, as in the evacuation analyses.
    safety_step_m
        Longest stretch of a leg that is judged as one.
    """

    date: str | None
    mode: Mode
    trains: bool
    start_time: str
    drive_speed_kmh: float | None
    cycle_speed_kmh: float | None
    tour_walk_speed_kmh: float | None
    route_snap_limit_m: float | None
    ascent_threshold_m: float | None
    avoid: list[str]
    avoid_how: AvoidHow
    avoid_factor: float | None
    rule_reach_m: float | None
    train_board_min: float | None
    train_alight_min: float | None
    season: Season | None
    time_of_day: TimeOfDay | None
    walker: Walker
    walk_speed_mps: float | None
    start_delay_min: float | None
    arrival_min: float | None
    arrival_from: ArrivalFrom
    arrival_by: list[str]
    bridges_out: BridgesOut
    hazard_covers: list[str]
    safety_step_m: float | None


class TourGiven(TourLayers, TourConditions):
    """Layers and conditions."""
