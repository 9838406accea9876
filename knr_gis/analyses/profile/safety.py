"""Who in the zone reaches safety in time, and the sites that there are, by municipality."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.evacuation.conditions import Conditions, Given, Layers
from knr_gis.analyses.evacuation.coverage import coverage_rows
from knr_gis.analyses.evacuation.plan import conditions_of, layers_of, make_plan
from knr_gis.analyses.evacuation.race import Run, race
from knr_gis.analyses.evacuation.scenario import Scenario, resolve_scenario
from knr_gis.analyses.evacuation.sites import BUILDING, SITE, USABLE, judge_sites
from knr_gis.analyses.inputs import Numbers, numbers
from knr_gis.analyses.inundation import Inundation, clip_hazard
from knr_gis.analyses.profile.figures import (
    KNOWN,
    NOT_ASKED,
    PARTIAL,
    UNKNOWN,
    Figure,
)
from knr_gis.analyses.profile.measured import capacity_figures, every, nothing, zone_states
from knr_gis.crs import require_same_crs
from knr_gis.errors import AnalysisError


@dataclass(frozen=True)
class Study:
    """
    The scenario laid over the layers.

    Parameters
    ----------
    run
        The race against the water; None where nothing says where people are.
    sites
        All sites with ``site_role``.
    layers
        As used: with the population of the scenario's year.
    """

    scenario: Scenario
    layers: Layers
    inundation: Inundation
    sites: gpd.GeoDataFrame
    run: Run | None


def make_study(given: Given) -> Study:
    """
    Return the scenario laid over the layers; without people there is no race, but the rest.

    Raises
    ------
    CrsError
        If the layers are not in one CRS in metres.
    AnalysisError
        If a scenario value makes no sense.
    """
    layers, conditions = layers_of(given), conditions_of(given)
    require_same_crs(*[layer for layer in layers.values() if isinstance(layer, gpd.GeoDataFrame)])
    try:
        plan = make_plan(**given)
    except AnalysisError as error:
        if error.key != "evacuation.no_origins":
            raise
        return _without_people(layers, conditions)
    run = race(plan)
    return Study(plan.scenario, plan.layers, plan.inundation, run.sites, run)


def _without_people(layers: Layers, conditions: Conditions) -> Study:
    scenario = resolve_scenario(conditions)
    inundation = clip_hazard(
        layers["hazard"], layers["municipalities"],
        hazard_covers=scenario.hazard_covers, sliver_share=scenario.hazard_sliver_share,
    )  # fmt: skip
    sites = judge_sites(layers["sites"], layers.get("evacuation_buildings"), inundation, scenario)
    return Study(scenario, layers, inundation, sites, None)


def safety_figures(study: Study) -> list[Figure]:
    """
    Return the share of those in the zone who reach safety in time, who do not, and who was not evaluated.

    In persons where any are known, else in starting points. The share is of those evaluated.
    """
    if study.run is None:
        return [nothing(key, unit, study.inundation) for key, unit in _keys("persons").items()]
    rows = coverage_rows(study.run.judged, study.run.origins, study.inundation)
    basis = "persons" if any(row[3] == "evac_persons_all" for row in rows) else "origins"
    reached, late, no_route, missed = (
        _totals(rows, f"evac_{basis}_{status}", study.inundation)
        for status in ("reached", "late", "no_route", "not_evaluated")
    )
    unknown = np.nan_to_num(_totals(rows, "evac_origins_persons_unknown", study.inundation))
    states = _states(study.inundation, reached, unknown * (basis == "persons"))
    keys = list(_keys(basis).items())
    evaluated = reached + late + no_route
    return [
        Figure(*keys[0], reached, _asked(states, evaluated), whole=evaluated),
        Figure(*keys[1], late + no_route, states),
        Figure(*keys[2], missed, states),
    ]


def _keys(basis: str) -> dict[str, str]:
    """Return the measures of safety with their units."""
    unit = "人" if basis == "persons" else "件"
    return {
        f"{basis}_in_time_percent": "％", f"{basis}_not_in_time": unit, f"evac_{basis}_not_evaluated": unit,
    }  # fmt: skip


def _totals(rows: list[Row], measure: str, inundation: Inundation) -> Numbers:
    found = {row[0]: row[4] for row in rows if row[3] == measure and row[2] == ""}
    return np.array([found.get(code, np.nan) for code in inundation.codes])


def _states(inundation: Inundation, counted: Numbers, unknown: Numbers) -> tuple[str, ...]:
    """Return what is known of the counts: in part where the hazard or somebody's number is not known."""
    states = []
    for zone, value, gap in zip(zone_states(inundation), counted, unknown, strict=True):
        if np.isnan(value):
            states.append(UNKNOWN if zone == KNOWN else zone)
        else:
            states.append(PARTIAL if gap or zone != KNOWN else KNOWN)
    return tuple(states)


def _asked(states: tuple[str, ...], evaluated: Numbers) -> tuple[str, ...]:
    """Return the states of a share, which is not asked for where nobody was evaluated."""
    return tuple(NOT_ASKED if n == 0 else s for s, n in zip(states, evaluated, strict=True))


def site_figures(study: Study) -> list[Figure]:
    """Return the sites: all, for tsunami, those that the scenario uses, and the capacity of these."""
    sites, inundation = study.sites, study.inundation
    if not (sites["source_kind"] == SITE).any():
        return [nothing(key, unit, inundation) for key, unit in _SITE_UNITS.items()]
    codes = {code: k for k, code in enumerate(inundation.codes)}
    muni = np.array([codes.get(code, -1) for code in sites["muni_code"]], dtype=float)
    own = (sites["source_kind"] == SITE).to_numpy(bool)
    used, tsunami = sites["site_role"].isin(USABLE).to_numpy(bool), (sites["tsunami"] == 1).to_numpy(bool)
    states = zone_states(inundation)
    seen = np.array([s == KNOWN for s in states])
    known = every(KNOWN, inundation)
    figures = [
        Figure("sites_all", "件", _count(muni[own], inundation), known),
        Figure("sites_tsunami", "件", _count(muni[own & tsunami], inundation), known),
        Figure("sites_used", "件", np.where(seen, _count(muni[own & used], inundation), np.nan), states),
    ]
    buildings = nothing("buildings_used", "件", inundation)
    if (sites["source_kind"] == BUILDING).any():
        count = np.where(seen, _count(muni[~own & used], inundation), np.nan)
        buildings = Figure("buildings_used", "件", count, states)
    capacity = numbers(sites, "capacity_persons")[used]
    return [*figures, buildings, *capacity_figures(capacity, muni[used], "used", inundation, states=states)]


_SITE_UNITS = {
    "sites_all": "件", "sites_tsunami": "件", "sites_used": "件", "buildings_used": "件",
    "used_capacity_persons": "人", "used_capacity_unknown": "件",
}  # fmt: skip


def _count(muni: Numbers, inundation: Inundation) -> Numbers:
    inside = muni[muni >= 0].astype(int)
    return np.bincount(inside, minlength=len(inundation.codes)).astype(float)
