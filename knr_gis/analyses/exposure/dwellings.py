"""People of mesh cells put into the homes of their cell instead of spread over its land."""

from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.accounts import Account
from knr_gis.analyses.demand.spread import BUILDINGS, Spread, persons_at, spread_people
from knr_gis.analyses.inputs import by_dimension, numbers, shapes_of
from knr_gis.analyses.inundation import Inundation, overlay_layer
from knr_gis.analyses.people import AGE_COLUMNS, People, known_ages, people_accounts, people_at
from knr_gis.errors import AnalysisError

PersonsBy = Literal["land", "homes"]
HOMES = "homes"


def homes_of(exposed: dict[str, gpd.GeoDataFrame], persons_by: PersonsBy) -> gpd.GeoDataFrame | None:
    """
    Return the buildings that people are put into, None where they are spread over the land of their cell.

    Raises
    ------
    AnalysisError
        If the rule asks for buildings and the layer is not there.
    """
    if persons_by != HOMES:
        return None
    buildings = exposed.get("buildings")
    if buildings is None or buildings.empty:
        raise AnalysisError("exposure.no_buildings")
    return buildings


def in_homes(people: People, buildings: gpd.GeoDataFrame, inundation: Inundation) -> tuple[People, ...]:
    """
    Return the people of cells with homes as points in these, and the other cells as they were.

    A cell without a home on land, and one whose persons are unknown, stays a cell: its persons are shared
    out over its land. Persons are neither lost nor won.

    Parameters
    ----------
    people
        Cells; points are returned as they are.
    buildings
        Areas with ``building_use`` and ``storeys``; weighed by floor area (see ``demand.spread_people``).
    """
    cells = people.frame
    if set(by_dimension(cells)) != {2}:
        return (people,)
    spread = _on_land(spread_people(cells, rule=BUILDINGS, buildings=buildings), inundation)
    known = people.placed & ~np.isnan(numbers(cells, "persons"))
    housed = known & np.isin(np.arange(len(cells)), spread.points["piece"]) & ~spread.fallback
    if not housed.any():
        return (people,)
    kept = spread.points[housed[spread.points["piece"].to_numpy(int)]].reset_index(drop=True)
    columns = ["persons", *(c for c in AGE_COLUMNS if c in cells)]
    homes = persons_at(Spread(kept, spread.fallback), cells, columns)
    rest = cells[~housed].reset_index(drop=True)
    return tuple(
        people_at(frame, overlay_layer(shapes_of(frame), inundation)) for frame in (homes, rest) if len(frame)
    )


def placed_accounts(whole: People, parts: tuple[People, ...], inundation: Inundation) -> list[Account]:
    """Return the accounts of people in parts, each with the age groups that the whole layer knows."""
    ages = known_ages(whole.frame)
    return [account for part in parts for account in people_accounts(part, inundation, ages=ages)]


def _on_land(spread: Spread, inundation: Inundation) -> Spread:
    """Return the points that lie in a municipality; their shares of each cell sum to 1 again."""
    laid = overlay_layer(shapes_of(spread.points), inundation)
    there = np.isin(np.arange(len(spread.points)), laid.land["feature"])
    points = spread.points[there].reset_index(drop=True)
    whole = pd.Series(points["share"]).groupby(points["piece"]).transform("sum")
    return Spread(points.assign(share=points["share"] / whole), spread.fallback)
