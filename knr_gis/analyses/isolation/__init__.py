"""Which settlements are cut off when streets in the zone, bridges or chosen roads fail, and by which."""

import geopandas as gpd

from knr_gis.analyses.inputs import planning_number, require_mode
from knr_gis.analyses.inundation import clip_hazard
from knr_gis.analyses.isolation.drawn import features, segment_frame, segment_table, settlement_table
from knr_gis.analyses.isolation.failing import find_failures
from knr_gis.analyses.isolation.figures import region_figures, summary_rows
from knr_gis.analyses.isolation.homes import find_homes
from knr_gis.analyses.isolation.plan import Bridges, FailurePlan, require_bridges
from knr_gis.analyses.isolation.reach import HOSPITAL, SHELTER, hospitals_of, locate_goals
from knr_gis.analyses.isolation.study import Streets, Study, study_isolation
from knr_gis.analyses.isolation.wording import gap_table, headline, notes
from knr_gis.analyses.tourism import SPEED_KEYS
from knr_gis.assumptions import all_assumptions
from knr_gis.crs import require_same_crs
from knr_gis.errors import AnalysisError
from knr_gis.network import Mode, build_network
from knr_gis.result import Result, summary_frame

__all__ = ["isolation"]


def isolation(  # noqa: PLR0913  one argument per role and condition: the signature is the contract
    *,
    hazard: gpd.GeoDataFrame,
    municipalities: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    population: gpd.GeoDataFrame | None = None,
    facilities: gpd.GeoDataFrame | None = None,
    shelters: gpd.GeoDataFrame | None = None,
    closures: gpd.GeoDataFrame | None = None,
    mode: str = "drive",
    fail_zone: bool = True,
    fail_depth_m: float | None = None,
    fail_bridges: Bridges = "zone",
    fail_roads: list[str] | None = None,
    outside: list[str] | None = None,
    hospital_types: list[str] | None = None,
    count_flooded_facilities: bool = False,
    snap_limit_m: float | None = None,
    dead_end_m: float | None = None,
    drive_speed_kmh: float | None = None,
    cycle_speed_kmh: float | None = None,
    tour_walk_speed_kmh: float | None = None,
    hazard_covers: list[str] | None = None,
    hazard_sliver_share: float | None = None,
) -> Result:
    """
    Return which settlements are flooded, isolated, both or neither, and which segments decide it.

    A settlement is isolated where every way from it to the main network has a failed stretch (the
    test of the prefectures, 孤立集落). One-way streets do not matter for that; they do for the
    times to hospitals and shelters.

    Parameters
    ----------
    hazard
        Inundation polygons with ``depth_min_m`` and ``depth_max_m`` where known; all layers in one
        CRS in metres.
    municipalities
        Polygons with ``muni_code`` and ``name``.
    roads
        Lines; ``bridge`` (flag), ``road_name``, ``osm_id`` and ``speed_kmh`` where known.
    settlements
        Points with ``name``; their ``persons`` go before those of the mesh.
    population
        Mesh cells with ``persons``: each cell belongs to the nearest settlement of its municipality.
    facilities
        Hospitals are taken from it (see ``hospital_types``).
    shelters
        指定避難所.
    closures
        Points, lines or areas (a landslide zone, say) where streets are closed.
    mode
        ``drive``, ``cycle`` or ``walk``.
    fail_zone
        Whether the parts of streets inside the zone fail, cut at its outline.
    fail_depth_m
        Streets fail only where the water may be deeper than this; unknown depth fails.
    fail_bridges
        ``zone`` (bridges in the zone or touched by it), ``all`` or ``none``.
    fail_roads
        Names or OpenStreetMap numbers of roads closed by hand.
    outside
        Names of settlements that stand for the outside world; None: the largest part of the network.
    hospital_types
        Words by which the type of a facility says that it is a hospital; None: 病院.
    count_flooded_facilities
        Whether hospitals and shelters in the zone count after the failure.
    snap_limit_m, dead_end_m, drive_speed_kmh, cycle_speed_kmh, tour_walk_speed_kmh
        Planning numbers; those of ``assumptions.toml`` where None. Settlements are not put into
        dead ends shorter than ``dead_end_m``.
    hazard_covers, hazard_sliver_share
        See ``clip_hazard``.

    Raises
    ------
    CrsError
        If the layers are not in one CRS in metres.
    AnalysisError
        If a condition makes no sense, a name is unknown, or no road fits the mode.
    """
    given = [population, facilities, shelters, closures]
    require_same_crs(hazard, municipalities, roads, settlements, *[f for f in given if f is not None])
    travel = require_mode(mode)
    speed = {"drive": drive_speed_kmh, "cycle": cycle_speed_kmh, "walk": tour_walk_speed_kmh}[travel]
    numbers = _planning_numbers(
        travel, speed, fail_depth_m=fail_depth_m, snap_limit_m=snap_limit_m, dead_end_m=dead_end_m,
        hazard_sliver_share=hazard_sliver_share,
    )  # fmt: skip
    plan = FailurePlan(
        fail_zone, numbers["fail_depth_m"], require_bridges(fail_bridges), tuple(fail_roads or ())
    )  # fmt: skip
    inundation = clip_hazard(
        hazard, municipalities, hazard_covers=hazard_covers, sliver_share=numbers["hazard_sliver_share"]
    )
    goals = {
        HOSPITAL: facilities if facilities is None else hospitals_of(facilities, tuple(hospital_types or ())),
        SHELTER: shelters,
    }
    study = study_isolation(
        find_homes(settlements, population, inundation),
        _streets(roads, hazard, closures, travel, plan),
        inundation,
        goals={
            kind: locate_goals(frame, kind, inundation, flooded_count=count_flooded_facilities)
            for kind, frame in goals.items()
            if frame is not None and len(frame)
        },
        numbers={**numbers, "speed_kmh": numbers[SPEED_KEYS[travel]]},
        outside=tuple(outside or ()),
    )
    stated = {
        "mode": travel, "fail_zone": fail_zone, "fail_bridges": plan.bridges, "fail_roads": list(plan.roads),
        "outside": list(outside or []), "hospital_types": list(hospital_types or []),
        "count_flooded_facilities": count_flooded_facilities, "hazard_covers": list(hazard_covers or []),
    }  # fmt: skip
    return _result(study, {**numbers, **stated})


def _planning_numbers(travel: Mode, speed: float | None, **values: float | None) -> dict[str, float]:
    """Return the scenario values, those not given from the assumptions."""
    chosen = {key: planning_number(key, value) for key, value in values.items()}
    return {**chosen, SPEED_KEYS[travel]: planning_number(SPEED_KEYS[travel], speed, positive=True)}


def _streets(
    roads: gpd.GeoDataFrame,
    hazard: gpd.GeoDataFrame,
    closures: gpd.GeoDataFrame | None,
    travel: Mode,
    plan: FailurePlan,
) -> Streets:
    """Return the network of the mode with what fails of it."""
    network = build_network(roads, mode=travel)
    if not len(network):
        raise AnalysisError("isolation.no_roads", mode=travel)
    failures = find_failures(network, roads, hazard, closures, plan)
    return Streets(roads, network, failures, zone_fails=plan.zone or plan.bridges == "zone")


def _result(study: Study, params: dict[str, object]) -> Result:
    """Return the study as figures, maps, tables and words."""
    segments = segment_frame(study)
    rows = summary_rows(study, segments)
    return Result(
        name="isolation",
        headline=headline(study, region_figures(rows), segments),
        features=features(study, segments),
        summary=summary_frame(rows),
        tables={
            "iso_settlements": settlement_table(study),
            "iso_segments": segment_table(segments),
            "not_evaluated": gap_table(study),
        },
        params=params,
        assumptions=tuple(key for key in params if key in all_assumptions()),
        notes=notes(study),
    )
