"""What lies in the zone: every layer by municipality and depth class."""

import geopandas as gpd

from knr_gis.analyses.accounts import account_rows, area_rows, in_zone_rows
from knr_gis.analyses.exposure.breakdown import breakdown_table, kinds_table, require_kinds_close
from knr_gis.analyses.exposure.drawn import features
from knr_gis.analyses.exposure.gather import Found, add_layer, add_people
from knr_gis.analyses.exposure.once import shared_table
from knr_gis.analyses.exposure.wording import gap_table, headline, notes
from knr_gis.analyses.inputs import planning_number
from knr_gis.analyses.inundation import clip_hazard
from knr_gis.crs import require_same_crs
from knr_gis.result import Result, summary_frame

__all__ = ["exposure"]


def exposure(
    *,
    hazard: gpd.GeoDataFrame,
    municipalities: gpd.GeoDataFrame,
    exposed: dict[str, gpd.GeoDataFrame],
    population: gpd.GeoDataFrame | None = None,
    hazard_covers: list[str] | None = None,
    hazard_sliver_share: float | None = None,
) -> Result:
    """
    Return what of each layer lies in each depth class of each municipality.

    Parameters
    ----------
    hazard
        Inundation polygons with ``depth_min_m``, ``depth_max_m`` (NaN = unknown), in metres.
    municipalities
        Polygons with ``muni_code`` and ``name``.
    exposed
        Layers by id: areas are measured in hectares (and counted), lines in kilometres, points counted.
    population
        Mesh cells (or points) with ``persons`` and age columns; persons are shared out by land area.
    hazard_covers
        Codes or names of municipalities that the hazard data covers although it hardly touches them.
    hazard_sliver_share
        Share of a municipality's area below which the hazard is taken to brush it only.

    Raises
    ------
    CrsError
        If the layers are not in one CRS in metres.
    AnalysisError
        If there is no municipality, or a figure does not close.
    """
    require_same_crs(hazard, municipalities, *exposed.values(), *([] if population is None else [population]))
    share = planning_number("hazard_sliver_share", hazard_sliver_share)
    inundation = clip_hazard(hazard, municipalities, hazard_covers=hazard_covers, sliver_share=share)
    found = Found()
    for layer_id, frame in exposed.items():
        add_layer(found, layer_id, frame, inundation)
    people = add_people(found, population, inundation)
    require_kinds_close(found)
    rows = area_rows(inundation)
    for account in found.accounts:
        rows += in_zone_rows(account, inundation)
    for account in found.accounts:
        rows += account_rows(account, inundation)
    summary = summary_frame(rows)
    return Result(
        name="exposure",
        headline=headline(inundation, summary),
        features=features(found, people, inundation, municipalities=municipalities, summary=summary),
        summary=summary,
        tables={
            **({"shared": shared_table(found.shared)} if found.shared else {}),
            "kinds": kinds_table(found, inundation),
            "breakdown": breakdown_table(found, inundation),
            "not_evaluated": gap_table(found, inundation),
        },
        params={"hazard_covers": list(hazard_covers or []), "hazard_sliver_share": share},
        assumptions=("hazard_sliver_share",),
        notes=notes(inundation, found),
    )
