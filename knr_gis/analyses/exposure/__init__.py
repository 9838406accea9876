"""What lies in the zone: every layer by municipality and depth class."""

import geopandas as gpd

from knr_gis.analyses.accounts import summary_rows
from knr_gis.analyses.exposure.breakdown import breakdown_table, kinds_table, require_kinds_close
from knr_gis.analyses.exposure.compared import Compared, Exposed, compare_editions, compare_hazards
from knr_gis.analyses.exposure.drawn import features
from knr_gis.analyses.exposure.dwellings import PersonsBy, homes_of
from knr_gis.analyses.exposure.gather import Found, add_layer, add_people
from knr_gis.analyses.exposure.layering import clip_other
from knr_gis.analyses.exposure.once import shared_table
from knr_gis.analyses.exposure.stated import stated_covers
from knr_gis.analyses.exposure.wording import comparison_notes, gap_table, headline, notes
from knr_gis.analyses.inputs import planning_number
from knr_gis.analyses.inundation import clip_hazard
from knr_gis.crs import require_same_crs
from knr_gis.result import Result, summary_frame

__all__ = ["exposure"]


def exposure(  # noqa: PLR0913  one argument for each kind of layer
    *,
    hazard: gpd.GeoDataFrame,
    municipalities: gpd.GeoDataFrame,
    exposed: dict[str, gpd.GeoDataFrame],
    population: gpd.GeoDataFrame | None = None,
    other_hazards: dict[str, gpd.GeoDataFrame] | None = None,
    hazard_before: gpd.GeoDataFrame | None = None,
    persons_by: PersonsBy = "land",
    hazard_covers: list[str] | None = None,
    other_hazards_cover: list[str] | None = None,
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
        Mesh cells (or points) with ``persons`` and age columns.
    persons_by
        Where in a cell people are: spread over its land (``land``), or in its homes (``homes``: by floor
        area, of the layer ``buildings`` among ``exposed``; a cell without a home is spread over its land).
    other_hazards
        Further hazards by layer id (flood, landslide ...): what lies in each, and in how many at once. The
        figures of the tsunami do not change.
    hazard_before
        A former edition of the hazard: what the new one takes in, lets go, makes deeper or shallower.
    hazard_covers
        Codes or names of municipalities that the hazard data covers although it hardly touches them.
    other_hazards_cover
        The same for further hazards: ``flood_inundation=釧路市``, or ``=*`` for all municipalities.
    hazard_sliver_share
        Share of a municipality's area below which the hazard is taken to brush it only.

    Raises
    ------
    CrsError
        If the layers are not in one CRS in metres.
    AnalysisError
        If there is no municipality, or a figure does not close.
    """
    others = {name: frame for name, frame in (other_hazards or {}).items() if not frame.empty}
    optional = [frame for frame in (population, hazard_before) if frame is not None]
    require_same_crs(hazard, municipalities, *exposed.values(), *others.values(), *optional)
    share = planning_number("hazard_sliver_share", hazard_sliver_share)
    inundation = clip_hazard(hazard, municipalities, hazard_covers=hazard_covers, sliver_share=share)
    found = Found()
    for layer_id, frame in exposed.items():
        add_layer(found, layer_id, frame, inundation)
    homes = homes_of(exposed, persons_by)
    people = add_people(found, population, inundation, homes)
    require_kinds_close(found)
    everything = Exposed(exposed, population, municipalities, homes)
    more = Compared({}, {})
    if others:
        stated = stated_covers(other_hazards_cover, others, municipalities)
        hazards = {
            name: clip_other(name, frame, municipalities, stated=stated[name], sliver_share=share)
            for name, frame in others.items()
        }
        more = compare_hazards(everything, {"tsunami_inundation": inundation, **hazards})
    if hazard_before is not None and not hazard_before.empty:
        before = clip_hazard(hazard_before, municipalities, hazard_covers=hazard_covers, sliver_share=share)
        editions = compare_editions(everything, before, inundation)
        more = Compared({**more.tables, **editions.tables}, {**more.features, **editions.features})
    summary = summary_frame(summary_rows(found.accounts, inundation))
    return Result(
        name="exposure",
        headline=headline(inundation, summary),
        features={
            **features(found, people, inundation, municipalities=municipalities, summary=summary),
            **more.features,
        },
        summary=summary,
        tables={
            **({"shared": shared_table(found.shared)} if found.shared else {}),
            "kinds": kinds_table(found, inundation),
            "breakdown": breakdown_table(found, inundation),
            **more.tables,
            "not_evaluated": gap_table(found, inundation),
        },
        params={
            "persons_by": persons_by,
            "hazard_covers": list(hazard_covers or []),
            **({"other_hazards_cover": list(other_hazards_cover or [])} if others else {}),
            "hazard_sliver_share": share,
        },
        assumptions=("hazard_sliver_share",),
        notes=(
            *notes(inundation, found, homes=homes is not None),
            *comparison_notes(others, hazard, hazard_before),
        ),
    )
