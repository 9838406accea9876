"""What an evacuation analysis is given: layers and conditions by name, the same for all of them."""

from typing import Any, Literal, Required, TypedDict

import geopandas as gpd

from knr_gis.grid import Grid

Season = Literal["summer", "winter"]
TimeOfDay = Literal["day", "night"]
Walker = Literal["adult", "elderly", "impaired", "visitor", "group"]
Rule = Literal["own", "okinawa", "wakayama", "miyagi", "nigechizu"]
Deadline = Literal["1cm", "30cm"]
BridgesOut = Literal["none", "zone", "all"]
ArrivalFrom = Literal["data", "figure"]
DemandRule = Literal["cells", "streets", "buildings"]


# What holds where no number of assumptions.toml and no rule says otherwise.
DEFAULTS: dict[str, Any] = {
    "rule": "own", "season": "summer", "time_of_day": "day", "walker": "adult", "slope": True,
    "bridges_out": "none", "deadline": "1cm", "arrival_from": "data", "arrival_by": [], "use_sites": True,
    "use_exits": True, "vertical": True, "outdoor_in_winter": True, "snow_closes_stairs": True,
    "unploughed_classes": [], "walk_limit_m": None, "demand": "cells", "year": None, "month": None,
    "hazard_covers": [],
}  # fmt: skip


class Layers(TypedDict, total=False):
    """
    Layers in one CRS in metres; only the first three are needed.

    Parameters
    ----------
    hazard
        Inundation polygons with ``depth_min_m``, ``depth_max_m`` and, where known, ``arrival_min``,
        ``arrival_30cm_min`` and ``base_water_level_m``.
    municipalities
        Polygons with ``muni_code`` and ``name``.
    sites
        指定緊急避難場所 with the flag ``tsunami``.
    evacuation_buildings
        津波避難ビル and towers with ``floor_height_m`` or ``storeys``.
    population, settlements
        Where people are: mesh cells with ``persons`` where given, else settlement points.
    buildings
        Buildings with ``building_use`` and ``storeys``, for the demand rule ``buildings``.
    roads
        Streets; where none can be walked, people go over the terrain and every product says so.
    elevation
        Heights in metres; None: everything counts as level, and every product says so.
    rivers
        Barriers where there are no streets.
    walk_exclusion
        Areas where nobody walks (islands, lakes).
    arrival_sections
        Points, lines or areas with ``arrival_min``: the nearest one holds for each place.
    arrival_grid
        Minutes to the arrival as a raster.
    population_projection, population_mesh_projection
        Population of later years by municipality or mesh, for ``year``.
    spots, visitors
        Places to visit and the visitors there by month, for ``month``.
    """

    hazard: Required[gpd.GeoDataFrame]
    municipalities: Required[gpd.GeoDataFrame]
    sites: Required[gpd.GeoDataFrame]
    evacuation_buildings: gpd.GeoDataFrame | None
    population: gpd.GeoDataFrame | None
    settlements: gpd.GeoDataFrame | None
    buildings: gpd.GeoDataFrame | None
    roads: gpd.GeoDataFrame | None
    elevation: Grid | None
    rivers: gpd.GeoDataFrame | None
    walk_exclusion: gpd.GeoDataFrame | None
    arrival_sections: gpd.GeoDataFrame | None
    arrival_grid: Grid | None
    population_projection: gpd.GeoDataFrame | None
    population_mesh_projection: gpd.GeoDataFrame | None
    spots: gpd.GeoDataFrame | None
    visitors: gpd.GeoDataFrame | None


class Conditions(TypedDict, total=False):
    """
    The scenario.

    What is absent or None comes from the rule, the season, the time of day, the walker, or from
    ``assumptions.toml``.

    Parameters
    ----------
    rule
        A published way of judging; its numbers go before those of season, time and walker.
    season, time_of_day, walker
        Winter closes streets and slows; night slows; each walker has a speed.
    walk_speed_mps
        Speed on level ground by day in summer, before all factors.
    night_speed_factor, snow_speed_factor, stairs_speed_factor, narrow_speed_factor, access_speed_factor
        Multiply the speed at night, in winter, on stairs, on streets below ``narrow_width_m``, and off the
        streets (from the door to the street).
    snow_min_width_m, snow_closes_stairs, unploughed_classes
        In winter streets narrower than this, stairs, and these road classes carry nobody through.
    snow_closed_speed_factor
        Speed of those who live on such a street and walk out of it.
    slope
        Whether slope counts where heights are known (Tobler's function, both directions).
    bridges_out
        Which bridges have fallen: none, those that touch the zone, or all.
    start_delay_min, safety_margin_min
        Minutes before the start, and minutes that must be left on arrival.
    arrival_min, arrival_from, arrival_by
        Arrival where the data has none; ``figure``: everywhere; ``arrival_by``: ``"釧路市=25"`` and the like.
    deadline
        ``1cm``: arrival of the first water; ``30cm``: when 0.3 m is reached, where the data tells it.
    goal_depth_m
        Safety begins where the water stays below this depth; 0: outside the zone.
    gap_width_m
        Dry land between flooded land counts as safe only where it is wider; 0: wherever it is dry.
    use_sites, use_exits, vertical, outdoor_in_winter
        What counts as safe: usable sites, the points where streets leave the zone, floors above the
        water, and outdoor sites in winter.
    storey_height_m
        Height of a storey where the floor height is not given.
    walk_limit_m
        Nobody walks farther than this; None: no limit.
    snap_limit_m
        Farthest distance from a place to its street.
    grid_cell_m
        Cell of the terrain where there are no streets.
    demand
        Where in a mesh cell people start from.
    year
        Population of this later year.
    month
        Visitors of this month are judged beside the residents.
    hazard_covers, hazard_sliver_share
        See ``clip_hazard``.
    """

    rule: Rule | None
    season: Season | None
    time_of_day: TimeOfDay | None
    walker: Walker | None
    walk_speed_mps: float | None
    night_speed_factor: float | None
    snow_speed_factor: float | None
    stairs_speed_factor: float | None
    narrow_width_m: float | None
    narrow_speed_factor: float | None
    access_speed_factor: float | None
    snow_min_width_m: float | None
    snow_closes_stairs: bool | None
    unploughed_classes: list[str] | None
    snow_closed_speed_factor: float | None
    slope: bool | None
    bridges_out: BridgesOut | None
    start_delay_min: float | None
    safety_margin_min: float | None
    arrival_min: float | None
    arrival_from: ArrivalFrom | None
    arrival_by: list[str] | None
    deadline: Deadline | None
    goal_depth_m: float | None
    gap_width_m: float | None
    use_sites: bool | None
    use_exits: bool | None
    vertical: bool | None
    outdoor_in_winter: bool | None
    storey_height_m: float | None
    walk_limit_m: float | None
    snap_limit_m: float | None
    grid_cell_m: float | None
    demand: DemandRule | None
    year: int | None
    month: int | None
    hazard_covers: list[str] | None
    hazard_sliver_share: float | None


class Given(Layers, Conditions):
    """Layers and conditions together: the keyword arguments of every evacuation analysis."""
