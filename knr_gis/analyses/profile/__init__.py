"""One page of figures for each municipality, its bureau and the whole region."""

from typing import Unpack

import geopandas as gpd

from knr_gis.analyses.evacuation.conditions import Given
from knr_gis.analyses.evacuation.plan import layers_of
from knr_gis.analyses.profile.drawn import (
    charts,
    figure_table,
    profile_table,
    rank_table,
    summary_rows,
    town_features,
    trend_charts,
)
from knr_gis.analyses.profile.figures import Figure, places_in, require_closed
from knr_gis.analyses.profile.measured import (
    ground_figures,
    kind_figures,
    layer_figures,
    shelter_figures,
)
from knr_gis.analyses.profile.population import (
    chosen_year,
    count_people,
    later_figures,
    people_in_zone,
    resident_figures,
    trend,
)
from knr_gis.analyses.profile.safety import Study, make_study, safety_figures, site_figures
from knr_gis.analyses.profile.wording import gap_table, headline, notes
from knr_gis.assumptions import all_assumptions
from knr_gis.crs import require_same_crs
from knr_gis.result import Note, Result, summary_frame

__all__ = ["profile"]


def profile(
    *,
    described: dict[str, gpd.GeoDataFrame] | None = None,
    projection_year: int | None = None,
    **given: Unpack[Given],
) -> Result:
    """
    Return the figures of each municipality, of the bureaus and of the whole region, with ranks and charts.

    Parameters
    ----------
    described
        Layers that are only measured and counted, by id: ``farmland``, ``national_parks``,
        ``ramsar_wetlands``, ``lodging``, ``roadside_stations``, ``shelters``, ``municipal_population``. What
        is not there is not evaluated, never 0.
    projection_year
        Year of the projected population; 2045, or the last projected year, if None.
    given
        Layers and conditions of the evacuation, see ``Layers`` and ``Conditions``. ``bureau`` of the
        municipalities says which are added up.

    Raises
    ------
    CrsError
        If the layers are not in one CRS in metres.
    AnalysisError
        If a scenario value makes no sense, no projection reaches the year, or a sum does not close.
    """
    extra, layers = described or {}, layers_of(given)
    study = make_study(given)
    require_same_crs(layers["municipalities"], *extra.values())
    year = chosen_year(
        projection_year, layers.get("population_projection"), layers.get("population_mesh_projection")
    )
    places = places_in(layers["municipalities"])
    figures, told = _figures(study, given, extra, year)
    require_closed(figures, places)
    years, people = trend(layers.get("population_projection"), study.inundation)
    params = {**study.scenario.params, **({} if year is None else {"projection_year": year})}
    return Result(
        name="profile",
        headline=headline(figures, places, year),
        features={"municipalities": town_features(layers["municipalities"], figures, places)},
        summary=summary_frame(summary_rows(figures, places)),
        tables={
            "profile": profile_table(figures, places),
            "ranks": rank_table(figures, places),
            "figures": figure_table(figures, places),
            "not_evaluated": gap_table(study, figures),
        },
        params=params,
        basis=study.scenario.basis,
        assumptions=tuple(key for key in params if key in all_assumptions()),
        notes=notes(study, figures, told),
        charts=(*charts(figures, places), *trend_charts(years, people, places)),
    )


def _figures(
    study: Study, given: Given, extra: dict[str, gpd.GeoDataFrame], year: int | None
) -> tuple[list[Figure], tuple[Note, ...]]:
    """Return all figures in the order of the page, and what must be said of the projection."""
    layers, inundation = layers_of(given), study.inundation
    now = count_people(layers.get("population"), inundation)
    same = study.scenario.year is None
    wet = now if same else count_people(study.layers.get("population"), inundation)
    residents = resident_figures(now, extra.get("municipal_population"), inundation)
    later, told = later_figures(layers, residents[0], year, inundation)
    area, *water = ground_figures(inundation)
    figures = [area, residents[0], *later, residents[1], *water]
    figures += people_in_zone(wet, residents[0] if same else None, inundation)
    figures += (
        safety_figures(study) + site_figures(study) + shelter_figures(extra.get("shelters"), inundation)
    )
    return figures + _land_and_visits(study, given, extra), told


def _land_and_visits(study: Study, given: Given, extra: dict[str, gpd.GeoDataFrame]) -> list[Figure]:
    """Return farmland, parks, wetlands, places to visit and roads."""
    inundation, parks = study.inundation, extra.get("national_parks")
    return [
        *layer_figures(extra.get("farmland"), "farmland_area", 2, inundation, in_zone=True),
        *layer_figures(parks, "national_parks_area", 2, inundation),
        *kind_figures(parks, "park_kind", "national_parks_area", inundation),
        *layer_figures(extra.get("ramsar_wetlands"), "ramsar_wetlands_area", 2, inundation),
        *layer_figures(given.get("spots"), "tourism_spots_count", 0, inundation),
        *layer_figures(extra.get("lodging"), "lodging_count", 0, inundation),
        *layer_figures(extra.get("roadside_stations"), "roadside_stations_count", 0, inundation),
        *layer_figures(given.get("roads"), "roads_length", 1, inundation, in_zone=True),
    ]
