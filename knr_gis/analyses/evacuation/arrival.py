"""When the water comes: by place, from the best thing that is known of it."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from knr_gis.analyses.evacuation.scenario import Scenario
from knr_gis.analyses.inputs import Numbers, chosen_codes, numbers, shapes_of
from knr_gis.errors import AnalysisError
from knr_gis.grid import Grid, sample
from knr_gis.values import to_number

FIGURE, MUNICIPALITY, GRID, SECTION, ZONE = "figure", "municipality", "grid", "section", "zone"


@dataclass(frozen=True)
class Arrival:
    """
    Arrival by place.

    Parameters
    ----------
    minutes
        Shape (P,).
    source
        Shape (P,): ``municipality`` (the officer's figure), ``grid``, ``section``, ``zone`` (the hazard
        data) or ``figure`` (the planning number).
    """

    minutes: Numbers
    source: NDArray[np.object_]


@dataclass(frozen=True)
class ArrivalData:
    """What is known of the arrival: coast sections, a raster, the officer's figures by municipality code."""

    sections: gpd.GeoDataFrame | None
    grid: Grid | None
    by_code: dict[str, float]


def arrival_data(
    scenario: Scenario, municipalities: gpd.GeoDataFrame, sections: gpd.GeoDataFrame | None, grid: Grid | None
) -> ArrivalData:
    """
    Return what is known of the arrival.

    Raises
    ------
    AnalysisError
        If an entry of ``arrival_by`` names no municipality or holds no number.
    """
    by_code = dict(_entry(text, municipalities) for text in scenario.arrival_by)
    known = None if sections is None else sections[~np.isnan(numbers(sections, "arrival_min"))]
    return ArrivalData(None if known is None or known.empty else known, grid, by_code)


def _entry(text: str, municipalities: gpd.GeoDataFrame) -> tuple[str, float]:
    name, _, value = text.partition("=")
    minutes = to_number(value)
    if not minutes >= 0:
        raise AnalysisError("evacuation.bad_arrival_by", text=text)
    return next(iter(chosen_codes([name.strip()], municipalities, key="arrival_by"))), minutes


def arrival_at(points: gpd.GeoSeries, zone: pd.DataFrame, data: ArrivalData, scenario: Scenario) -> Arrival:
    """
    Return the arrival at places in the zone.

    The first that is known: the officer's figure for the municipality, the raster, the nearest coast
    section, the zone itself, the planning number. ``arrival_from = "figure"``: that number everywhere.
    Where the zone does not tell when 30 cm are reached the first water counts, which is on the safe side.

    Parameters
    ----------
    points
        Shape (P,), in metres.
    zone
        For each point ``muni_code``, ``arrival_min`` and ``arrival_30cm_min`` of its zone.
    """
    n = len(points)
    stated = zone["muni_code"].map(data.by_code).to_numpy(float) if data.by_code else np.full(n, np.nan)
    late = numbers(zone, "arrival_30cm_min") if scenario.deadline == "30cm" else np.full(n, np.nan)
    own = np.where(np.isnan(late), numbers(zone, "arrival_min"), late)
    ladder = [
        (stated, MUNICIPALITY),
        (_of_grid(points, data), GRID),
        (_of_sections(points, data), SECTION),
        (own, ZONE),
    ]
    if scenario.arrival_from == "figure":
        ladder = []
    minutes, source = np.full(n, scenario.arrival_min), np.full(n, FIGURE, dtype=object)
    for values, name in reversed(ladder):
        known = ~np.isnan(values)
        minutes[known], source[known] = values[known], name
    return Arrival(minutes, source)


def _of_grid(points: gpd.GeoSeries, data: ArrivalData) -> Numbers:
    if data.grid is None:
        return np.full(len(points), np.nan)
    return sample(data.grid, points.x.to_numpy(), points.y.to_numpy())


def _of_sections(points: gpd.GeoSeries, data: ArrivalData) -> Numbers:
    """Return the arrival of the nearest section."""
    minutes = np.full(len(points), np.nan)
    if data.sections is not None and len(points):
        tree = shapely.STRtree(shapes_of(data.sections))
        place, section = tree.query_nearest(points.to_numpy(), all_matches=False)
        minutes[place] = numbers(data.sections, "arrival_min")[section]
    return minutes
