"""What every evacuation analysis stands on: scenario, zone, people, safety and streets, made ready once."""

from dataclasses import dataclass, replace
from typing import Any, Unpack, cast

import geopandas as gpd
from shapely.geometry.base import BaseGeometry

from knr_gis.analyses.demand import project_population
from knr_gis.analyses.evacuation.arrival import ArrivalData, arrival_data
from knr_gis.analyses.evacuation.conditions import Conditions, Given, Layers
from knr_gis.analyses.evacuation.gaps import close_gaps
from knr_gis.analyses.evacuation.ground import Ground, make_ground
from knr_gis.analyses.evacuation.origins import Origins, find_origins
from knr_gis.analyses.evacuation.scenario import Scenario, resolve_scenario
from knr_gis.analyses.evacuation.sites import judge_sites
from knr_gis.analyses.evacuation.ways import Streets, make_streets
from knr_gis.analyses.inundation import Inundation, clip_hazard
from knr_gis.crs import require_same_crs
from knr_gis.result import Note

# What shapes the zone or the people: with one of these changed a plan must be made anew.
SHAPING = ("hazard_covers", "hazard_sliver_share", "gap_width_m", "demand", "year")


@dataclass(frozen=True)
class Plan:
    """
    One scenario laid over the layers.

    Parameters
    ----------
    sites
        All sites with ``site_role`` and ``row`` (see ``judge_sites``).
    streets, ground
        One of them: the terrain stands where no street can be walked.
    exclusion
        Area where nobody walks.
    notes
        What must be said of the layers as they were made ready.
    """

    scenario: Scenario
    layers: Layers
    inundation: Inundation
    origins: Origins
    sites: gpd.GeoDataFrame
    streets: Streets | None
    ground: Ground | None
    exclusion: BaseGeometry | None
    arrival: ArrivalData
    notes: tuple[Note, ...] = ()

    @property
    def paths(self) -> Streets | Ground:
        """What people walk on."""
        if self.streets is not None:
            return self.streets
        return cast("Ground", self.ground)


def make_plan(**given: Unpack[Given]) -> Plan:
    """
    Return layers and conditions made ready.

    Raises
    ------
    CrsError
        If the layers are not in one CRS in metres.
    AnalysisError
        If a scenario value makes no sense, or nothing says where people are.
    """
    scenario = resolve_scenario(conditions_of(given))
    layers, told = _of_year(layers_of(given), scenario)
    require_same_crs(*[layer for layer in layers.values() if isinstance(layer, gpd.GeoDataFrame)])
    inundation = clip_hazard(
        layers["hazard"], layers["municipalities"],
        hazard_covers=scenario.hazard_covers, sliver_share=scenario.hazard_sliver_share,
    )  # fmt: skip
    inundation = close_gaps(inundation, scenario.gap_width_m)
    exclusion = layers.get("walk_exclusion")
    area = None if exclusion is None else exclusion.union_all()
    sections, grid = layers.get("arrival_sections"), layers.get("arrival_grid")
    return Plan(
        scenario=scenario,
        layers=layers,
        inundation=inundation,
        origins=find_origins(layers, inundation, scenario.demand),
        sites=judge_sites(layers["sites"], layers.get("evacuation_buildings"), inundation, scenario),
        **_paths(layers, scenario, inundation, area),
        exclusion=area,
        arrival=arrival_data(scenario, layers["municipalities"], sections, grid),
        notes=(*told, *_unmet(layers, scenario)),
    )


def _paths(
    layers: Layers, scenario: Scenario, inundation: Inundation, exclusion: BaseGeometry | None
) -> dict[str, Any]:
    """Return the streets, or the terrain where there are none."""
    streets = make_streets(layers.get("roads"), scenario, inundation, layers.get("elevation"))
    ground = make_ground(layers, scenario, inundation, exclusion) if streets is None else None
    return {"streets": streets, "ground": ground}


def _unmet(layers: Layers, scenario: Scenario) -> list[Note]:
    """Return which conditions had no effect because the layer that they need is not there."""
    needs = {"note_month_unmet": ("visitors", scenario.month is not None),
             "note_buildings_unmet": ("buildings", scenario.demand == "buildings")}  # fmt: skip
    return [
        Note(f"evacuation.{key}")
        for key, (layer, asked) in needs.items()
        if asked and layers.get(layer) is None
    ]


def _of_year(layers: Layers, scenario: Scenario) -> tuple[Layers, tuple[Note, ...]]:
    """Return the layers with the population of the year that is asked for, and what must be said of it."""
    if scenario.year is None:
        return layers, ()
    projected = project_population(
        layers.get("population"), municipalities=layers["municipalities"],
        projection=layers.get("population_projection"),
        mesh_projection=layers.get("population_mesh_projection"), year=scenario.year,
    )  # fmt: skip
    return cast("Layers", {**layers, "population": projected.frame}), projected.notes


def with_conditions(plan: Plan, conditions: Conditions, origins: Origins | None = None) -> Plan:
    """
    Return the plan under other conditions, the zone and the people as they are.

    Parameters
    ----------
    conditions
        All of them; those of ``SHAPING`` must be those of the plan.
    origins
        Who walks; the people of the plan if None.
    """
    scenario, layers = resolve_scenario(conditions), plan.layers
    sections, grid = layers.get("arrival_sections"), layers.get("arrival_grid")
    return replace(
        plan,
        scenario=scenario,
        origins=plan.origins if origins is None else origins,
        sites=judge_sites(layers["sites"], layers.get("evacuation_buildings"), plan.inundation, scenario),
        **_paths(layers, scenario, plan.inundation, plan.exclusion),
        arrival=arrival_data(scenario, layers["municipalities"], sections, grid),
    )


def layers_of(given: Given) -> Layers:
    """Return the layers among the arguments."""
    return cast("Layers", {k: v for k, v in given.items() if k in Layers.__annotations__})


def conditions_of(given: Given) -> Conditions:
    """Return the conditions among the arguments."""
    return cast("Conditions", {k: v for k, v in given.items() if k in Conditions.__annotations__})
