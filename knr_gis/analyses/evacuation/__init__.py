"""Who in the zone reaches a usable site before the water, who does not, and for whom it is not known."""

import geopandas as gpd

from knr_gis.analyses.evacuation.coverage import coverage_rows
from knr_gis.analyses.evacuation.drawn import features, origin_table, site_table
from knr_gis.analyses.evacuation.origins import find_origins
from knr_gis.analyses.evacuation.race import Run, race
from knr_gis.analyses.evacuation.sites import judge_sites, site_rows
from knr_gis.analyses.evacuation.wording import gap_table, headline, notes
from knr_gis.analyses.inputs import planning_number
from knr_gis.analyses.inundation import clip_hazard
from knr_gis.assumptions import all_assumptions
from knr_gis.crs import require_same_crs
from knr_gis.result import Result, summary_frame

__all__ = ["evacuation"]

_POSITIVE = ("walk_speed_mps", "detour_factor")


def evacuation(  # noqa: PLR0913  one argument per role and condition: the signature is the contract
    *,
    hazard: gpd.GeoDataFrame,
    municipalities: gpd.GeoDataFrame,
    sites: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame | None = None,
    population: gpd.GeoDataFrame | None = None,
    roads: gpd.GeoDataFrame | None = None,
    walk_exclusion: gpd.GeoDataFrame | None = None,
    evacuation_buildings: gpd.GeoDataFrame | None = None,
    walk_speed_mps: float | None = None,
    start_delay_min: float | None = None,
    arrival_min: float | None = None,
    detour_factor: float | None = None,
    snap_limit_m: float | None = None,
    vertical: bool = True,
    hazard_covers: list[str] | None = None,
    hazard_sliver_share: float | None = None,
) -> Result:
    """
    Return who in the zone reaches the nearest usable site in time.

    Parameters
    ----------
    hazard
        Inundation polygons with ``depth_min_m``, ``depth_max_m`` and, where known, ``arrival_min``
        and ``base_water_level_m``; all layers in one CRS in metres.
    municipalities
        Polygons with ``muni_code`` and ``name``.
    sites
        指定緊急避難場所 with the flag ``tsunami``.
    settlements, population
        Where people are: mesh cells with ``persons`` where given, else settlement points.
    roads
        Streets; without any that can be walked, straight lines times ``detour_factor`` are used
        and every product says that these are estimates.
    walk_exclusion
        Areas where nobody walks (islands, lakes).
    evacuation_buildings
        津波避難ビル and towers with ``floor_height_m``.
    walk_speed_mps, start_delay_min, arrival_min, detour_factor, snap_limit_m
        Planning numbers; those of ``assumptions.toml`` where None. ``arrival_min`` applies where the
        hazard data has no arrival time.
    vertical
        Whether floors above the water inside the zone count as safe.
    hazard_covers, hazard_sliver_share
        See ``clip_hazard``.

    Raises
    ------
    CrsError
        If the layers are not in one CRS in metres.
    AnalysisError
        If a scenario value makes no sense, nothing says where people are, or an account does not close.
    """
    given = [settlements, population, roads, walk_exclusion, evacuation_buildings]
    require_same_crs(hazard, municipalities, sites, *[frame for frame in given if frame is not None])
    numbers = _planning_numbers(
        walk_speed_mps=walk_speed_mps, start_delay_min=start_delay_min, arrival_min=arrival_min,
        detour_factor=detour_factor, snap_limit_m=snap_limit_m, hazard_sliver_share=hazard_sliver_share,
    )  # fmt: skip
    inundation = clip_hazard(
        hazard, municipalities, hazard_covers=hazard_covers, sliver_share=numbers["hazard_sliver_share"]
    )
    origins = find_origins(population, settlements, inundation)
    judged = judge_sites(sites, evacuation_buildings, inundation, vertical=vertical)
    run = race(origins, judged, inundation, roads=roads, exclusion=walk_exclusion, numbers=numbers)
    return _result(run, {**numbers, "vertical": vertical, "hazard_covers": list(hazard_covers or [])})


def _result(run: Run, params: dict[str, object]) -> Result:
    """Return the run as figures, maps, tables and words."""
    rows = coverage_rows(run.judged, run.origins, run.inundation) + site_rows(run.sites, run.inundation)
    summary = summary_frame(rows)
    return Result(
        name="evacuation",
        headline=headline(run, summary),
        features=features(run),
        summary=summary,
        tables={"origins": origin_table(run), "sites": site_table(run), "not_evaluated": gap_table(run)},
        params=params,
        assumptions=tuple(key for key in params if key in all_assumptions()),
        notes=notes(run),
    )


def _planning_numbers(**values: float | None) -> dict[str, float]:
    """Return the scenario values, those not given from the assumptions."""
    return {key: planning_number(key, value, positive=key in _POSITIVE) for key, value in values.items()}
