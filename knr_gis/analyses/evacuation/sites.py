"""Where safety is: which sites may be counted on in a tsunami, and why the others may not."""

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.evacuation.exits import goal_rows
from knr_gis.analyses.evacuation.scenario import Scenario
from knr_gis.analyses.inputs import Mask, Numbers, is_false, is_true, numbers, shapes_of, texts
from knr_gis.analyses.inundation import Inundation, first_zone
from knr_gis.texts import say

USED, VERTICAL = "used", "vertical"
WITHDRAWN, NOT_FOR_TSUNAMI, FLAG_UNKNOWN = "withdrawn", "not_for_tsunami", "flag_unknown"
IN_ZONE, FLOOR_UNKNOWN, FLOOR_TOO_LOW = "in_zone", "floor_unknown", "floor_too_low"
WATER_UNKNOWN, ZONE_UNKNOWN = "water_unknown", "zone_unknown"
FAR_FROM_ROAD, OUTDOOR_WINTER, BY_STOREYS = "far_from_road", "outdoor_winter", "vertical_storeys"
NOT_A_GOAL = "not_a_goal"
USABLE = (USED, VERTICAL, BY_STOREYS)
UNSURE = (FLAG_UNKNOWN, ZONE_UNKNOWN, FLOOR_UNKNOWN, WATER_UNKNOWN, FAR_FROM_ROAD)
SITE, BUILDING = "site", "building"
_COLUMNS = ("name", "site_id", "address")


def judge_sites(
    sites: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame | None, inundation: Inundation, scenario: Scenario
) -> gpd.GeoDataFrame:
    """
    Return all sites as points with ``site_role`` (used, or the reason why not) and ``row``, their number.

    A site counts when it is designated for tsunami, not withdrawn, and either outside the zone in a
    municipality that the hazard data covers (or where the water stays below the depth of the goal), or
    inside with a floor known to be above the water (the larger of the depth's upper bound and 基準水位).
    Where the floor height is not given, the storeys tell it: the uppermost floor must be above the
    water, and there must be three storeys, four where the water is 3 m or higher (the rule of thumb of the
    former 津波避難ビル等ガイドライン). Unknown is never taken as safe.

    Parameters
    ----------
    buildings
        津波避難ビル and towers: without a flag they count as designated for tsunami.
    scenario
        ``vertical`` (False: nothing inside the zone counts), ``goal_depth_m``, ``storey_height_m``,
        ``outdoor_in_winter``, ``use_sites``.
    """
    points = [_points(sites, SITE)]
    if buildings is not None:
        points.append(_points(buildings, BUILDING))
    joined = gpd.GeoDataFrame(pd.concat(points, ignore_index=True), crs=sites.crs)
    placed = _place(joined, inundation, scenario)
    roles = _roles(placed, scenario)
    return placed.assign(site_role=roles, row=range(len(placed))).drop(columns=["covered", "shallow"])


def _points(frame: gpd.GeoDataFrame, kind: str) -> gpd.GeoDataFrame:
    """Return a layer as points with the columns needed; areas by a point inside them."""
    placed = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    flag = np.where(is_true(placed, "tsunami"), 1.0, np.where(is_false(placed, "tsunami"), 0.0, np.nan))
    if kind == BUILDING:
        flag = np.where(np.isnan(flag), 1.0, flag)
    columns = {
        **{c: texts(placed, c) for c in _COLUMNS}, "source_kind": [kind] * len(placed), "tsunami": flag,
        "withdrawn": is_true(placed, "withdrawn"), "floor_height_m": numbers(placed, "floor_height_m"),
        "capacity_persons": numbers(placed, "capacity_persons"), "storeys": numbers(placed, "storeys"),
        "refuge_area_m2": numbers(placed, "refuge_area_m2"),
        "indoor": placed["indoor"].astype("boolean").to_numpy() if "indoor" in placed else None,
    }  # fmt: skip
    return gpd.GeoDataFrame(columns, geometry=list(placed.geometry.representative_point()), crs=frame.crs)


def _place(points: gpd.GeoDataFrame, inundation: Inundation, scenario: Scenario) -> gpd.GeoDataFrame:
    """Return the sites with municipality, depth and the height of the water where they stand."""
    shapes = shapes_of(points)
    zone, muni = first_zone(shapes, inundation.zones), first_zone(shapes, inundation.land)
    wet = zone >= 0
    muni[wet] = inundation.frame["muni"].to_numpy(int)[zone[wet]]
    covered = np.append(inundation.covered, False)[muni]
    shallow = wet & ~np.append(goal_rows(inundation, scenario.goal_depth_m), True)[zone]
    located = {
        "muni_code": [inundation.codes[k] if k >= 0 else "" for k in muni],
        "municipality": [inundation.names[k] if k >= 0 else "" for k in muni],
        "covered": covered,
        "in_zone": wet,
        "shallow": shallow,
    }
    rows = inundation.frame.iloc[zone[wet]]
    depth = {c: _spread(rows[c].to_numpy(float), wet) for c in ("depth_min_m", "depth_max_m")}
    water = np.fmax(rows["depth_max_m"].to_numpy(float), rows["base_water_level_m"].to_numpy(float))
    dry = np.where(covered, say("depth.outside"), say("depth.not_evaluated")).astype(object)
    dry[wet] = rows["depth_class"].to_numpy(object)
    return points.assign(**located, depth_class=dry, **depth, water_m=_spread(water, wet))


def _spread(values: Numbers, where: Mask) -> Numbers:
    spread = np.full(len(where), np.nan)
    spread[where] = values
    return spread


def _roles(sites: gpd.GeoDataFrame, scenario: Scenario) -> list[str]:
    """Return why each site is used or not; the first reason that holds."""
    flag, floor, water = sites["tsunami"], sites["floor_height_m"], sites["water_m"]
    storeys = sites["storeys"]
    always = pd.Series(data=True, index=sites.index)
    outdoor = (sites["indoor"] == False).fillna(value=False)  # noqa: E712  unknown is no answer
    high_enough = (storeys >= np.where(water >= 3, 4, 3)) & ((storeys - 1) * scenario.storey_height_m > water)
    reasons = [
        (sites["withdrawn"], WITHDRAWN),
        (flag == 0, NOT_FOR_TSUNAMI),
        (flag.isna(), FLAG_UNKNOWN),
        (outdoor & (scenario.winter and not scenario.outdoor_in_winter), OUTDOOR_WINTER),
        (~sites["in_zone"] & sites["covered"], USED),
        (sites["shallow"], USED),
        (~sites["in_zone"], ZONE_UNKNOWN),
        (always & (not scenario.vertical), IN_ZONE),
        (floor.isna() & storeys.isna(), FLOOR_UNKNOWN),
        (water.isna(), WATER_UNKNOWN),
        (floor > water, VERTICAL),
        (floor.isna() & high_enough, BY_STOREYS),
    ]
    conditions = [condition.to_numpy(bool) for condition, _ in reasons]
    return list(np.select(conditions, [role for _, role in reasons], default=FLOOR_TOO_LOW))


def usable(sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the sites that people may be sent to."""
    return sites[sites["site_role"].isin(USABLE)].reset_index(drop=True)


def site_rows(sites: gpd.GeoDataFrame, inundation: Inundation) -> list[Row]:
    """Return the number of sites by municipality: all, for tsunami, of these in the zone, used."""
    rows: list[Row] = []
    for kind, name in ((SITE, "sites"), (BUILDING, "buildings")):
        own = sites[sites["source_kind"] == kind]
        if kind == SITE or len(own):
            rows += [
                row
                for key, mask in _counted(own)
                for row in _count_rows(own[mask], inundation, f"{name}_{key}")
            ]
    return rows


def _counted(sites: gpd.GeoDataFrame) -> list[tuple[str, Mask]]:
    """Return what is counted, and which sites count."""
    for_tsunami, role = (sites["tsunami"] == 1).to_numpy(bool), sites["site_role"]
    return [
        ("all", np.ones(len(sites), dtype=bool)),
        ("tsunami", for_tsunami),
        ("tsunami_in_zone", for_tsunami & sites["in_zone"].to_numpy(bool)),
        ("used", role.isin(USABLE).to_numpy(bool)),
        ("used_vertical", role.isin([VERTICAL, BY_STOREYS]).to_numpy(bool)),
    ]


def _count_rows(sites: gpd.GeoDataFrame, inundation: Inundation, measure: str) -> list[Row]:
    count = sites["muni_code"].value_counts()
    places = [*zip(inundation.codes, inundation.names, strict=True), ("", "")]
    return [
        (code, name, "", measure, float(count.get(code, 0) if code else len(sites)), "件")
        for code, name in places
    ]
