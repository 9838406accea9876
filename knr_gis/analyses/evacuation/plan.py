"""What every evacuation analysis stands on: scenario, zone, people, safety and streets, made ready once."""

from dataclasses import dataclass
from typing import Unpack, cast

import geopandas as gpd
from shapely.geometry.base import BaseGeometry

from knr_gis.analyses.evacuation.arrival import ArrivalData, arrival_data
from knr_gis.analyses.evacuation.conditions import Conditions, Given, Layers
from knr_gis.analyses.evacuation.origins import Origins, find_origins
from knr_gis.analyses.evacuation.scenario import Scenario, resolve_scenario
from knr_gis.analyses.evacuation.sites import judge_sites
from knr_gis.analyses.evacuation.ways import Streets, make_streets
from knr_gis.analyses.inundation import Inundation, clip_hazard
from knr_gis.crs import require_same_crs


@dataclass(frozen=True)
class Plan:
    """
    One scenario laid over the layers.

    Parameters
    ----------
    sites
        All sites with ``site_role`` and ``row`` (see ``judge_sites``).
    streets
        None where nothing can be walked: people then go over the terrain.
    exclusion
        Area where nobody walks.
    """

    scenario: Scenario
    layers: Layers
    inundation: Inundation
    origins: Origins
    sites: gpd.GeoDataFrame
    streets: Streets | None
    exclusion: BaseGeometry | None
    arrival: ArrivalData


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
    layers, scenario = layers_of(given), resolve_scenario(conditions_of(given))
    require_same_crs(*[layer for layer in layers.values() if isinstance(layer, gpd.GeoDataFrame)])
    inundation = clip_hazard(
        layers["hazard"], layers["municipalities"],
        hazard_covers=scenario.hazard_covers, sliver_share=scenario.hazard_sliver_share,
    )  # fmt: skip
    exclusion = layers.get("walk_exclusion")
    sections, grid = layers.get("arrival_sections"), layers.get("arrival_grid")
    return Plan(
        scenario=scenario,
        layers=layers,
        inundation=inundation,
        origins=find_origins(layers.get("population"), layers.get("settlements"), inundation),
        sites=judge_sites(layers["sites"], layers.get("evacuation_buildings"), inundation, scenario),
        streets=make_streets(layers.get("roads"), scenario, inundation, layers.get("elevation")),
        exclusion=None if exclusion is None else exclusion.union_all(),
        arrival=arrival_data(scenario, layers["municipalities"], sections, grid),
    )


def layers_of(given: Given) -> Layers:
    """Return the layers among the arguments."""
    return cast("Layers", {k: v for k, v in given.items() if k in Layers.__annotations__})


def conditions_of(given: Given) -> Conditions:
    """Return the conditions among the arguments."""
    return cast("Conditions", {k: v for k, v in given.items() if k in Conditions.__annotations__})
