"""From the gravest place of a leg: out of the zone by road, to the nearest site, round zone or pass."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, cast

import geopandas as gpd
import numpy as np
import shapely

from knr_gis.analyses.evacuation.conditions import Conditions
from knr_gis.analyses.evacuation.exits import (
    Stretches,
    danger_stretches,
    find_exits,
    goal_rows,
    with_spans,
)
from knr_gis.analyses.evacuation.plan import Plan, with_conditions
from knr_gis.analyses.evacuation.race import goals_of
from knr_gis.analyses.evacuation.safety import ways_to_safety
from knr_gis.analyses.evacuation.ways import FOUND
from knr_gis.analyses.inputs import is_true, shapes_of, texts
from knr_gis.analyses.inundation import first_zone
from knr_gis.analyses.tourism.closures import RoadRule
from knr_gis.analyses.tourism.fleeing import NO_DATA, Fled, conditions_of_trip
from knr_gis.analyses.tourism.light import Light
from knr_gis.analyses.tourism.setting import ways_of
from knr_gis.analyses.tourism.spells import closed_between
from knr_gis.analyses.tourism.trip import Leg, Trip
from knr_gis.analyses.tourism.ways import Ways
from knr_gis.analyses.tourism.worst import Worst
from knr_gis.network import Floats
from knr_gis.routing import Path, Reach, shortest_path, travel_from
from knr_gis.snapping import Snap, snap

_KM, _MIN = 1000.0, 60.0
AROUND, NOT_NEEDED, ENDS_IN_ZONE, NO_WAY_ROUND = "found", "not_needed", "ends_in_zone", "none"
NOT_KNOWN = "not_known"
NAN = float("nan")


class Way(NamedTuple):
    """A way that could be taken instead; NaN and None where there is none."""

    km: float = NAN
    minutes: float = NAN
    line: shapely.LineString | None = None
    place: str = ""


@dataclass(frozen=True)
class Bailout:
    """
    What could be done from the gravest place of a leg.

    Parameters
    ----------
    road
        The nearest place by road, by the leg's mode, where the road leaves danger.
    foot
        The way on foot that the profile counts with; ``place`` is empty.
    site
        The nearest usable site on foot, whether or not the way out of the zone is shorter.
    """

    worst: Worst
    road: Way
    foot: Way
    site: Way


@dataclass(frozen=True)
class Detour:
    """A rule of the road that lies on a leg (``on_leg``) or has changed its way, and the way round it."""

    leg: int
    rule: RoadRule
    on_leg: bool
    way: Way


@dataclass(frozen=True)
class WayRound:
    """The leg again over roads out of danger only: ``AROUND`` or why there is none."""

    leg: int
    status: str
    way: Way = field(default_factory=Way)


@dataclass(frozen=True, eq=False)
class _Danger:
    """The roads of one mode in danger, and where they leave it."""

    ways: Ways
    stretches: Stretches
    exits: Snap


def bailouts(trip: Trip, fled: Fled, found: list[Worst]) -> list[Bailout]:
    """Return what could be done from the gravest place of each leg."""
    if fled.plan is None or not found:
        return []
    foot, sites = _on_foot(trip, fled, found), _on_foot(trip, fled, found, sites_only=True)
    dangers: dict[str, _Danger] = {}
    made = []
    for worst, by_foot, to_site in zip(found, foot, sites, strict=True):
        leg = _leg(trip, worst.leg)
        danger = dangers.setdefault(leg.mode, _danger(trip, fled.plan, leg))
        made.append(Bailout(worst, _road_out(trip, fled, worst, danger), by_foot, to_site))
    return made


def _leg(trip: Trip, number: int) -> Leg:
    return next(leg for leg in trip.legs if leg.number == number)


def ways_under(trip: Trip, leg: Leg) -> Ways:
    """Return the roads that a leg goes on; a train has none."""
    if leg.mode == "train":
        raise ValueError(leg.number)
    return ways_of(trip.setting, leg.mode)


def _danger(trip: Trip, plan: Plan, leg: Leg) -> _Danger:
    ways = ways_under(trip, leg)
    rows, bridge = goal_rows(plan.inundation, plan.scenario.goal_depth_m), is_true(ways.roads, "bridge")
    stretches = danger_stretches(ways.network, plan.inundation, rows)
    stretches = with_spans(stretches, ways.network, bridge[ways.network.road])
    area, none = plan.inundation, np.zeros(len(ways.network), dtype=bool)
    exits = find_exits(ways.network, stretches, area, rows, shut=none, closed=none)
    return _Danger(ways, stretches, exits)


def _road_out(trip: Trip, fled: Fled, worst: Worst, danger: _Danger) -> Way:
    """Return the quickest way by road out of danger from the gravest place, over what is open then."""
    ways, step = danger.ways, fled.steps.iloc[worst.row]
    costs = open_seconds(trip, ways, _leg(trip, worst.leg), step["minute"], step["minute"])
    start = snap(ways.network, np.array([[step.geometry.x, step.geometry.y]]), limit_m=np.inf)
    field_ = travel_from(ways.network, danger.exits, start, cost_s=costs)
    path = field_.path(0)
    if path.status != Reach.REACHED or path.line is None or fled.plan is None:
        return Way()
    end = shapely.Point(path.line.coords[-1])
    road = danger.ways.network.road[danger.exits.edge[field_.source[0]]]
    muni = int(first_zone(np.array([end], dtype=object), fled.plan.inundation.land)[0])
    name = texts(ways.roads, "road_name")[road]
    town = fled.plan.inundation.names[muni] if muni >= 0 else ""
    return as_way(path, place=" ".join(part for part in (name, town) if part))


def open_seconds(trip: Trip, ways: Ways, leg: Leg, from_min: float, until_min: float) -> Floats:
    """Return the seconds of the edges, infinite on those closed at some time of a leg's day."""
    on = next(day.on for day in trip.days if day.number == leg.day)
    return ways.without(ways.seconds, closed_between(ways, on, from_min, until_min))


def as_way(path: Path, place: str = "") -> Way:
    """Return a path that was found, in kilometres and minutes."""
    return Way(path.length_m / _KM, path.cost_s / _MIN, path.line, place)


def _on_foot(trip: Trip, fled: Fled, found: list[Worst], *, sites_only: bool = False) -> list[Way]:
    """Return the way on foot from each gravest place: that of the profile, or to the nearest site."""
    made = [Way()] * len(found)
    rows = fled.steps.iloc[[worst.row for worst in found]]
    lights = [Light(*key) for key in zip(rows["season"], rows["time_of_day"], strict=True)]
    for light in dict.fromkeys(lights):
        plan = _sites_only(fled.plans[light], trip, light) if sites_only else fled.plans[light]
        which = [k for k, other in enumerate(lights) if other == light]
        for k, way in zip(which, _walks(plan, rows.iloc[which]), strict=True):
            made[k] = way
    return made


def _sites_only(plan: Plan, trip: Trip, light: Light) -> Plan:
    asked = {**conditions_of_trip(trip), "season": light.season, "time_of_day": light.time_of_day}
    return with_conditions(plan, cast("Conditions", {**asked, "use_exits": False, "use_sites": True}))


def _walks(plan: Plan, places: gpd.GeoDataFrame) -> Iterator[Way]:
    goals = goals_of(plan)
    ways = ways_to_safety(
        shapes_of(places), shapes_of(goals), plan.paths, scenario=plan.scenario, inundation=plan.inundation,
        exclusion=plan.exclusion,
    )  # fmt: skip
    names = [*texts(goals, "name"), ""]
    for k in range(len(places)):
        known = ways.state[k] == FOUND
        line = ways.lines[k] if known else None
        yield Way(
            ways.distance_m[k] / _KM, ways.seconds[k] / _MIN, line, names[ways.site[k]] if known else ""
        )


def ways_round(trip: Trip, fled: Fled) -> list[WayRound]:
    """Return for each leg with a way whether it could go round the danger, and how long that takes."""
    if fled.plan is None:
        return []
    dangers: dict[str, _Danger] = {}
    made = []
    for leg in (leg for leg in trip.legs if leg.number in fled.courses and leg.mode != "train"):
        steps = fled.steps[fled.steps["leg"] == leg.number]
        inside = steps["danger"].to_numpy(bool)
        if not inside.any():
            unseen = (steps["state"] == NO_DATA).any()
            made.append(WayRound(leg.number, NOT_KNOWN if unseen else NOT_NEEDED))
        elif inside[0] or inside[-1]:
            made.append(WayRound(leg.number, ENDS_IN_ZONE))
        else:
            danger = dangers.setdefault(leg.mode, _danger(trip, fled.plan, leg))
            made.append(_round(trip, leg, danger))
    return made


def _round(trip: Trip, leg: Leg, danger: _Danger) -> WayRound:
    ways = danger.ways
    costs = open_seconds(trip, ways, leg, leg.depart_min, leg.arrive_min).copy()
    costs[:, np.unique(danger.stretches.edge)] = np.inf
    path = _again(ways, leg, costs)
    if path.status != Reach.REACHED:
        return WayRound(leg.number, NO_WAY_ROUND)
    return WayRound(leg.number, AROUND, as_way(path))


def _again(ways: Ways, leg: Leg, costs: Floats) -> Path:
    """Return the way between the ends of a leg under other costs."""
    ends = snap(ways.network, shapely.get_coordinates(leg.line)[[0, -1]], limit_m=np.inf)
    return shortest_path(ways.network, ends.take([0]), ends.take([1]), cost_s=costs)


def detours(trip: Trip) -> list[Detour]:
    """Return the closing rules on each leg or that changed its way, and the way round each on that day."""
    return [
        Detour(leg.number, rule, on_leg, _without(trip, leg, rule) if on_leg else Way())
        for leg in trip.legs
        if leg.found and leg.mode != "train" and leg.line is not None
        for rule, on_leg in _rules_of(trip, leg)
    ]


def _rules_of(trip: Trip, leg: Leg) -> Iterator[tuple[RoadRule, bool]]:
    ways = ways_under(trip, leg)
    for rule in (rule for rule in trip.setting.rules if rule.kind == "closed"):
        on_leg = bool(np.isin(ways.rule_edges[rule.rule_id], leg.edges).any())
        if on_leg or rule.rule_id in leg.closed:
            yield rule, on_leg


def closing_on(trip: Trip, leg: Leg) -> frozenset[str]:
    """Return the closing rules that lie on a leg, in force or not."""
    return frozenset(rule.rule_id for rule, on_leg in _rules_of(trip, leg) if on_leg)


def _without(trip: Trip, leg: Leg, rule: RoadRule) -> Way:
    ways = ways_under(trip, leg)
    costs = open_seconds(trip, ways, leg, leg.depart_min, leg.arrive_min)
    path = _again(ways, leg, ways.without(costs, frozenset([rule.rule_id])))
    return as_way(path) if path.status == Reach.REACHED else Way()
