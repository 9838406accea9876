"""Every place on a trip judged as the evacuation analysis judges a visitor who stands there on foot."""

from dataclasses import dataclass, field
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.evacuation.conditions import Conditions
from knr_gis.analyses.evacuation.exits import goal_rows, in_danger
from knr_gis.analyses.evacuation.origins import ARRIVALS, SETTLEMENTS, Origins
from knr_gis.analyses.evacuation.plan import Plan, make_plan, with_conditions
from knr_gis.analyses.evacuation.race import LATE, REACHED, judged_at
from knr_gis.analyses.evacuation.ways import EXCLUDED, FAR, NO_ROUTE
from knr_gis.analyses.inputs import Mask, is_true, numbers
from knr_gis.analyses.inundation import ZONE_COLUMNS, first_zone
from knr_gis.analyses.tourism.climbing import leg_profile
from knr_gis.analyses.tourism.light import Light, lights
from knr_gis.analyses.tourism.stretches import Course, borders_of, course_of, cut
from knr_gis.analyses.tourism.trip import Leg, Trip
from knr_gis.network import Floats, Ints
from knr_gis.texts import say

OUTSIDE, IN_TIME, TOO_LATE, NO_WAY, NO_DATA = STATES = ("outside", "in_time", "late", "no_route", "no_data")
# Why there is no data.
NO_HAZARD, NOT_COVERED, NO_MUNICIPALITY = "no_hazard", "not_covered", "no_municipality"
ON_TRAIN, NO_STREET, BARRED, NO_ARRIVAL = "on_train", "far_from_road", "excluded", "no_arrival"
NEEDED = ("hazard", "municipalities")
_OF_STATUS = {REACHED: IN_TIME, LATE: TOO_LATE, NO_ROUTE: NO_WAY, FAR: NO_DATA, EXCLUDED: NO_DATA}
_WHY = {FAR: NO_STREET, EXCLUDED: BARRED}
_FOUND = (
    "walk_min",
    "total_min",
    "arrival_min",
    "arrival_source",
    "margin_min",
    "goal_kind",
    "site_name",
    "distance_m",
)


@dataclass(frozen=True)
class Fled:
    """
    A trip judged place by place.

    Parameters
    ----------
    steps
        Stretches of all legs in order (``stretches.cut``) with ``leg`` (number), ``day``, ``mode``,
        ``from_km``, ``to_km`` (of the leg), ``elevation_m``, ``road`` (row of the roads, -1 none),
        ``season``, ``time_of_day``, ``muni_code``, ``municipality``, ``depth_class``, ``in_zone``,
        ``danger`` (people must leave), ``state`` (one of ``STATES``), ``reason``, and of those in danger
        what the evacuation analysis tells of its origins.
    courses
        By number of the leg; a leg without a way has none.
    plan
        The zone, the sites and the streets under the first scenario; None without a hazard layer.
    plans
        The plan of each season and light that occurs.
    """

    steps: gpd.GeoDataFrame
    courses: dict[int, Course]
    plan: Plan | None
    plans: dict[Light, Plan] = field(default_factory=dict)


def flee(trip: Trip, step_m: float) -> Fled:
    """
    Return the trip judged place by place.

    A traveller is taken to leave the car (or the bicycle) where it stands and to walk; the walk is that of
    the evacuation analysis for the month, the hour and a visitor, over the same streets to the same sites
    and exits.

    Parameters
    ----------
    step_m
        Longest stretch judged as one.
    """
    courses = {leg.number: course for leg in trip.legs if (course := course_of(leg)) is not None}
    plan = _plan(trip, courses)
    steps = [
        _steps(trip, course, cut(course, _borders(trip, course, plan), step_m, trip.setting.crs))
        for leg in trip.legs
        if (course := courses.get(leg.number)) is not None
    ]
    if not steps:
        return Fled(_none(trip), courses, plan)
    frame = gpd.GeoDataFrame(pd.concat(steps, ignore_index=True), crs=trip.setting.crs)
    return _judged(_located(frame, plan, trip), courses, plan, trip)


def _borders(trip: Trip, course: Course, plan: Plan | None) -> Floats:
    """Return where a leg comes into another zone, municipality or gap, and on or off a bridge."""
    if plan is None:
        return np.empty(0)
    roads = _roads(trip, course.leg, np.arange(len(course.leg.edges)))
    bridge = _bridges(trip, roads)
    ends = course.metres[1:-1][bridge[1:] != bridge[:-1]]
    area = plan.inundation
    kinds = [area.zones, area.land, *([] if area.gaps is None else [area.gaps])]
    found = borders_of(
        course, [kind.parts for kind in kinds],
        lambda points: np.column_stack([first_zone(points, kind) for kind in kinds]).astype(np.int64),
    )  # fmt: skip
    return np.unique(np.append(found, ends))


def _roads(trip: Trip, leg: Leg, place: Ints) -> Ints:
    """Return the row of the road under edges of a leg, -1 where there is none (a train)."""
    if not len(leg.edges) or leg.mode == "train":
        return np.full(len(place), -1, dtype=np.int64)
    return np.asarray(trip.setting.ways[leg.mode].network.road[leg.edges[place]])


def _bridges(trip: Trip, road: Ints) -> Mask:
    flags = is_true(trip.setting.layers["roads"], "bridge")
    return np.asarray(np.append(flags, np.zeros(1, dtype=bool))[road])


def conditions_of_trip(trip: Trip) -> Conditions:
    """Return what the trip says of walkers and water, as the evacuation analysis takes it."""
    given = trip.setting.conditions
    known = {k: given[k] for k in Conditions.__annotations__ if given.get(k) is not None}
    return cast("Conditions", {"walker": "visitor", **known})


def _plan(trip: Trip, courses: dict[int, Course]) -> Plan | None:
    """Return the layers made ready, under the season and light of the first leg."""
    layers = trip.setting.layers
    if not courses or any(layers.get(name) is None for name in NEEDED):
        return None
    start = gpd.GeoDataFrame(
        {"name": ["-"]}, geometry=[next(iter(courses.values())).line.interpolate(0)], crs=trip.setting.crs
    )
    names = ("hazard", "municipalities", "evacuation_buildings", "roads", "elevation", "walk_exclusion",
             "arrival_sections", "arrival_grid")  # fmt: skip
    given: Any = {name: layers.get(name) for name in names}
    sites = layers.get("sites")
    given["sites"] = _no_sites(trip) if sites is None else sites
    return make_plan(**given, settlements=start, **_without_light(trip))


def _without_light(trip: Trip) -> Conditions:
    """Return the conditions but for season and light, which each place of the trip has of its own."""
    drop = ("season", "time_of_day")
    return cast("Conditions", {k: v for k, v in conditions_of_trip(trip).items() if k not in drop})


def _no_sites(trip: Trip) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"name": np.empty(0, object)}, geometry=[], crs=trip.setting.crs)


def _none(trip: Trip) -> gpd.GeoDataFrame:
    """Return no stretch."""
    columns = ["leg", "from_m", "to_m", "from_km", "to_km", "state", "margin_min"]
    return gpd.GeoDataFrame({c: [] for c in columns}, geometry=[], crs=trip.setting.crs)


def _steps(trip: Trip, course: Course, steps: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the stretches of a leg with what does not hang on the water."""
    leg, place = course.leg, steps["place"].to_numpy(int)
    day = next(day for day in trip.days if day.number == leg.day)
    conditions, middle = trip.setting.conditions, course.line.interpolate(0.5, normalized=True)
    seen = lights(
        day.on, steps["minute"].to_numpy(float), middle, trip.setting.crs,
        season=conditions.get("season"), time=conditions.get("time_of_day"),
    )  # fmt: skip
    return steps.assign(
        leg=leg.number, day=leg.day, mode=leg.mode, road=_roads(trip, leg, place),
        from_km=steps["from_m"] / 1000, to_km=steps["to_m"] / 1000,
        season=[light.season for light in seen], time_of_day=[light.time_of_day for light in seen],
        elevation_m=_heights(trip, course, steps),
    )  # fmt: skip


def _heights(trip: Trip, course: Course, steps: gpd.GeoDataFrame) -> Floats:
    """Return the height in the middle of each stretch; NaN where unknown."""
    leg = course.leg
    if leg.mode == "train":
        return np.full(len(steps), np.nan)
    profile = leg_profile(trip.setting.ways[leg.mode], leg)
    if not len(profile.at_m):
        return np.full(len(steps), np.nan)
    middle = (steps["from_m"] + steps["to_m"]).to_numpy(float) / 2
    return np.asarray(np.interp(middle, profile.at_m, profile.height_m))


def _located(steps: gpd.GeoDataFrame, plan: Plan | None, trip: Trip) -> gpd.GeoDataFrame:
    """Return the stretches with municipality, depth class, and whether a walker there is in danger."""
    n = len(steps)
    if plan is None:
        return steps.assign(
            zone=-1, muni=-1, muni_code="", municipality="", depth_class=say("depth.not_evaluated"),
            in_zone=False, danger=False, known=False,
        )  # fmt: skip
    area, points = plan.inundation, steps.geometry.to_numpy()
    zone, muni = first_zone(points, area.zones), first_zone(points, area.land)
    muni = np.where(zone >= 0, np.append(area.frame["muni"].to_numpy(int), -1)[zone], muni)
    gap = np.zeros(n, bool) if area.gaps is None else first_zone(points, area.gaps) >= 0
    danger = in_danger(zone, goal_rows(area, plan.scenario.goal_depth_m))
    bridge = _over_water(steps, danger, trip)
    known = np.append(area.covered, False)[muni]  # the last: no municipality
    depth = np.where(known, say("depth.outside"), say("depth.not_evaluated")).astype(object)
    depth[gap & (zone < 0)], depth[bridge & (zone < 0)] = say("safety.in_gap"), say("safety.on_bridge")
    depth[zone >= 0] = area.frame["depth_class"].to_numpy(object)[zone[zone >= 0]]
    return steps.assign(
        zone=zone, muni=muni, muni_code=np.array([*area.codes, ""], object)[muni],
        municipality=np.array([*area.names, ""], object)[muni], depth_class=depth, in_zone=zone >= 0,
        danger=danger | gap | bridge, known=known,
    )  # fmt: skip


def _over_water(steps: gpd.GeoDataFrame, danger: Mask, trip: Trip) -> Mask:
    """Tell which stretches lie on a bridge that begins in danger: over a river the hazard data is blank."""
    road = steps["road"].to_numpy(int)
    bridge = _bridges(trip, road)
    return np.asarray(bridge & np.isin(road, road[danger & bridge]))


def _judged(steps: gpd.GeoDataFrame, courses: dict[int, Course], plan: Plan | None, trip: Trip) -> Fled:
    """Return the stretches with their state, each light judged by its own plan."""
    train = (steps["mode"] == "train").to_numpy()
    danger = steps["danger"].to_numpy(bool) & ~train
    state = np.where(steps["known"], OUTSIDE, NO_DATA).astype(object)
    unseen = np.where(steps["muni"] < 0, NO_MUNICIPALITY, NOT_COVERED) if plan else NO_HAZARD
    reason = np.where(steps["known"], "", unseen).astype(object)
    state[train], reason[train] = NO_DATA, ON_TRAIN
    found: dict[str, Any] = {c: _empty(c, len(steps)) for c in _FOUND}
    plans: dict[Light, Plan] = {}
    keys = pd.MultiIndex.from_frame(steps[["season", "time_of_day"]])
    for light in (Light(*key) for key in keys[danger].unique()) if plan else ():
        rows = np.flatnonzero(danger & np.asarray(keys == light))
        plans[light] = _under(plan, trip, light)
        judged = judged_at(plans[light], origins_at(plans[light], steps.iloc[rows]))
        status = judged["evac_status"].to_numpy(object)
        state[rows], reason[rows] = [_OF_STATUS[s] for s in status], [_WHY.get(s, "") for s in status]
        for column in _FOUND:
            found[column][rows] = judged[column].to_numpy()
    lost = danger & np.isnan(found["arrival_min"]) & np.isin(state, [IN_TIME, TOO_LATE])
    state[lost], reason[lost] = NO_DATA, NO_ARRIVAL
    return Fled(steps.assign(state=state, reason=reason, **found), courses, plan, plans)


def _empty(column: str, n: int) -> Any:
    text = column in ("arrival_source", "goal_kind", "site_name")
    return np.full(n, "", dtype=object) if text else np.full(n, np.nan)


def _under(plan: Plan | None, trip: Trip, light: Light) -> Plan:
    """Return the plan under a season and light, the zone as it is."""
    if plan is None:
        raise ValueError(light)
    asked = {**_without_light(trip), "season": light.season, "time_of_day": light.time_of_day}
    return with_conditions(plan, cast("Conditions", asked))


def origins_at(plan: Plan, places: pd.DataFrame) -> Origins:
    """
    Return places on the trip as starting points of the evacuation analysis; persons are none of theirs.

    On a bridge or between zones the water comes when it comes to the nearest zone.
    """
    area, zone = plan.inundation, places["zone"].to_numpy(int).copy()
    dry = np.flatnonzero(zone < 0)
    near, part = area.zones.tree.query_nearest(places.geometry.to_numpy()[dry], all_matches=False)
    zone[dry[near]] = area.zones.owner[part]
    columns: dict[str, Any] = {c: numbers(area.frame, c)[zone] for c in ARRIVALS}
    text = {"muni_code": places["muni_code"].to_numpy(object), "name": [""] * len(places)}
    shown = {c: [""] * len(places) for c in ZONE_COLUMNS if c not in text}
    frame = gpd.GeoDataFrame({**shown, **text, **columns, "persons": np.nan},
                             geometry=list(places.geometry), crs=plan.inundation.frame.crs)  # fmt: skip
    return Origins(frame, None, SETTLEMENTS, [], None)
