"""The race against the water: each origin's way and times, and what became of it."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np

from knr_gis.analyses.evacuation.arrival import Arrival, arrival_at
from knr_gis.analyses.evacuation.origins import Origins
from knr_gis.analyses.evacuation.plan import Plan
from knr_gis.analyses.evacuation.safety import times_to_safety, ways_to_safety
from knr_gis.analyses.evacuation.scenario import Scenario
from knr_gis.analyses.evacuation.sites import FAR_FROM_ROAD, NOT_A_GOAL, USABLE, usable
from knr_gis.analyses.evacuation.ways import (
    EXCLUDED,
    FAR,
    FOUND,
    NO_ROUTE,
    SITE_GOAL,
    Ways,
)
from knr_gis.analyses.inputs import Numbers, shapes_of
from knr_gis.analyses.inundation import Inundation
from knr_gis.texts import say

REACHED, LATE = "reached", "late"
EVALUATED = (REACHED, LATE, NO_ROUTE)
NOT_EVALUATED = (FAR, EXCLUDED)
STATUSES = (*EVALUATED, *NOT_EVALUATED)
_SECONDS = 60.0
_TIE = 1e-9


@dataclass(frozen=True)
class Run:
    """
    Everything that a run has found, before it is put into words and tables.

    Parameters
    ----------
    goals
        The usable sites, in the order of ``Ways.site``.
    judged
        The origins with their way, times and ``evac_status``.
    sites
        All sites with ``site_role``.
    """

    plan: Plan
    goals: gpd.GeoDataFrame
    ways: Ways
    judged: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame

    @property
    def inundation(self) -> Inundation:
        """The zone by municipality."""
        return self.plan.inundation

    @property
    def origins(self) -> Origins:
        """Where people start from."""
        return self.plan.origins

    @property
    def minutes_to_walk(self) -> Numbers:
        """Shape (n,): from the start to the deadline; negative where the water is there before."""
        scenario = self.plan.scenario
        spent = scenario.safety_margin_min + scenario.start_delay_min
        return np.asarray(self.judged["arrival_min"].to_numpy(float) - spent)


def race(plan: Plan) -> Run:
    """Send every origin to its nearest safety and compare the times."""
    scenario, origins, goals = plan.scenario, plan.origins, goals_of(plan)
    ways = ways_to_safety(
        shapes_of(origins.frame), shapes_of(goals), plan.paths, scenario=scenario,
        inundation=plan.inundation, exclusion=plan.exclusion,
    )  # fmt: skip
    arrival = arrival_at(origins.frame.geometry, origins.frame, plan.arrival, scenario)
    judged = judge_origins(origins, ways, goals, arrival, scenario)
    off_street = goals["row"].to_numpy()[ways.site_far]
    roles = plan.sites["site_role"].mask(plan.sites["row"].isin(off_street), FAR_FROM_ROAD)
    if not scenario.use_sites:
        roles = roles.mask(roles.isin(USABLE), NOT_A_GOAL)
    return Run(plan, goals, ways, judged, plan.sites.assign(site_role=roles))


def judged_at(plan: Plan, origins: Origins) -> gpd.GeoDataFrame:
    """Return other origins judged in the zone of a plan, their ways not drawn."""
    scenario, goals = plan.scenario, goals_of(plan)
    ways = times_to_safety(
        shapes_of(origins.frame), shapes_of(goals), plan.paths, scenario=scenario,
        inundation=plan.inundation, exclusion=plan.exclusion,
    )  # fmt: skip
    arrival = arrival_at(origins.frame.geometry, origins.frame, plan.arrival, scenario)
    return judge_origins(origins, ways, goals, arrival, scenario)


def goals_of(plan: Plan) -> gpd.GeoDataFrame:
    """Return the sites that people may be sent to under the scenario."""
    found = usable(plan.sites)
    return found if plan.scenario.use_sites else found.iloc[:0]


def judge_origins(
    origins: Origins, ways: Ways, goals: gpd.GeoDataFrame, arrival: Arrival, scenario: Scenario
) -> gpd.GeoDataFrame:
    """
    Return the origins with their way, their times and ``evac_status``.

    In time: start delay + walking time + safety margin is not above the arrival, and the way not longer
    than the limit. ``latest_start_min`` = arrival - margin - walking time: minutes after the earthquake.
    ``speed_needed_mps``: the speed on the level with which the same way would just do; NaN where no time
    is left to walk.
    """
    walk = ways.seconds / _SECONDS
    total = scenario.start_delay_min + walk
    deadline = arrival.minutes - scenario.safety_margin_min
    in_time = (total <= deadline + _TIE) & ~(ways.distance_m > (scenario.walk_limit_m or np.inf))
    status = np.where(in_time, REACHED, LATE)
    names = np.append(goals["name"].to_numpy(object), "")
    codes = np.append(goals["site_id"].to_numpy(object), "")
    goal_names = np.where(ways.goal == SITE_GOAL, names[ways.site], [_goal_name(g) for g in ways.goal])
    return origins.frame.assign(
        evac_status=np.where(ways.state == FOUND, status, ways.state).astype(object),
        travel_method=ways.method,
        goal_kind=ways.goal,
        site_name=goal_names.astype(object),
        site_id=codes[ways.site],
        distance_m=ways.distance_m,
        snap_m=ways.snap_m,
        walk_min=walk,
        total_min=total,
        arrival_min=arrival.minutes,
        arrival_source=arrival.source,
        margin_min=deadline - total,
        latest_start_min=deadline - walk,
        speed_needed_mps=speed_needed(ways.seconds, deadline, scenario),
    )


def _goal_name(kind: str) -> str:
    return say(f"evacuation.goal_{kind}") if kind and kind != SITE_GOAL else ""


def speed_needed(seconds: Numbers, deadline_min: Numbers, scenario: Scenario) -> Numbers:
    """
    Return the speed on the level, in m/s, with which ways of some seconds would just do.

    Every time on a way is the inverse of the level speed, so it scales. NaN where the deadline falls before
    the start. Source: DOGAMI, Beat the Wave (O-16-08): least speed needed for each place.
    """
    left = (deadline_min - scenario.start_delay_min) * _SECONDS
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = scenario.level_speed_mps * seconds / left
    return np.asarray(np.where(left > 0, needed, np.where(seconds == 0, 0.0, np.nan)))
