"""Visitors of a month at the places that are open in it."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.demand.seasons import is_closed
from knr_gis.analyses.inputs import is_false, listed, numbers, texts
from knr_gis.crs import require_same_crs
from knr_gis.errors import AnalysisError
from knr_gis.result import Note
from knr_gis.values import normal_text

COUNTED, UNKNOWN, CLOSED, CLOSED_BUT_VISITED = "counted", "unknown", "closed", "closed_but_visited"
NO_PLACE = "no_place"
_MONTHS = range(1, 13)


@dataclass(frozen=True)
class Visiting:
    """
    Visitors of one month.

    Parameters
    ----------
    frame
        Points of the places that are open: ``name``, ``persons`` (NaN = unknown, never 0), ``month``.
    states
        Every place of either layer: ``name``, ``month``, ``persons``, ``visitor_state`` (``counted``,
        ``unknown``, ``closed``, ``closed_but_visited``, ``no_place``).
    notes
        What must be read beside the figures.
    """

    frame: gpd.GeoDataFrame
    states: pd.DataFrame
    notes: tuple[Note, ...]


def visitor_origins(
    spots: gpd.GeoDataFrame | None, visitors: gpd.GeoDataFrame, *, month: int, night: bool = False
) -> Visiting:
    """
    Return where visitors are in one month, and how many.

    Parameters
    ----------
    spots
        Places with ``name`` and, where known, ``months_open`` and ``winter``; None where the
        visitors have positions of their own.
    visitors
        Rows with ``name``, ``month``, ``persons_present`` (at the busiest hour) and, where known,
        ``persons_night``; joined to the spots by name (width and blanks do not matter), else placed at
        their own geometry. Of two rows of one name and month the last counts; of two spots of one name
        the first gets the figure.
    night
        Take those who stay the night.

    Raises
    ------
    AnalysisError
        If the month is none.
    CrsError
        If the layers are not in one CRS in metres.
    """
    if month not in _MONTHS:
        raise AnalysisError("demand.bad_month", value=month)
    require_same_crs(*(frame for frame in (spots, visitors) if frame is not None))
    column = "persons_night" if night else "persons_present"
    told = _told(visitors, month, column)
    places = _places(spots, month, crs=visitors.crs)
    persons = np.where(
        places["key"].duplicated(), np.nan, told["persons"].reindex(places["key"]).to_numpy(float)
    )
    at_spots = places.assign(persons=persons, visitor_state=_states(places["closed"].to_numpy(bool), persons))
    own = _without_spot(told[~told.index.isin(places["key"])].reset_index())
    joined = gpd.GeoDataFrame(pd.concat([at_spots, own], ignore_index=True), crs=visitors.crs).assign(
        month=month
    )
    there = joined["visitor_state"].isin([COUNTED, UNKNOWN])
    frame = joined.loc[there, ["name", "persons", "month", "geometry"]].reset_index(drop=True)
    states = pd.DataFrame(joined[["name", "month", "persons", "visitor_state"]])
    return Visiting(frame, states, _notes(states, month))


def _told(visitors: gpd.GeoDataFrame, month: int, column: str) -> gpd.GeoDataFrame:
    """Return the rows of the month by name, the last of each, with the persons asked for."""
    rows = visitors[numbers(visitors, "month") == month]
    names = texts(rows, "name")
    told = gpd.GeoDataFrame(
        {"key": [_key(name) for name in names], "name": names, "persons": numbers(rows, column)},
        geometry=list(rows.geometry), crs=visitors.crs,
    )  # fmt: skip
    return told[told["key"] != ""].drop_duplicates("key", keep="last").set_index("key")


def _key(name: object) -> str:
    return "".join(normal_text(name).split())


def _places(spots: gpd.GeoDataFrame | None, month: int, *, crs: object) -> gpd.GeoDataFrame:
    """Return the named spots as points, and whether each is closed in the month."""
    if spots is None:
        return gpd.GeoDataFrame({"key": [], "name": [], "closed": []}, geometry=[], crs=crs)
    placed = spots[~(spots.geometry.isna() | spots.geometry.is_empty)]
    names = texts(placed, "name")
    closed = is_closed(month, texts(placed, "months_open"), shut_in_winter=is_false(placed, "winter"))
    columns = {"key": [_key(name) for name in names], "name": names, "closed": closed}
    points = gpd.GeoDataFrame(columns, geometry=list(placed.geometry.representative_point()), crs=crs)
    return points[points["key"] != ""].reset_index(drop=True)


def _states(closed: np.ndarray[tuple[int], np.dtype[np.bool_]], persons: np.ndarray) -> list[str]:
    conditions = [closed & (np.nan_to_num(persons) > 0), closed, np.isnan(persons)]
    return list(np.select(conditions, [CLOSED_BUT_VISITED, CLOSED, UNKNOWN], COUNTED))


def _without_spot(told: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return rows that no spot bears the name of: at their own position, or without any place."""
    lost = told.geometry.isna() | told.geometry.is_empty
    state = np.select([lost, told["persons"].isna()], [NO_PLACE, UNKNOWN], COUNTED)
    return told.assign(visitor_state=state)


def _notes(states: pd.DataFrame, month: int) -> tuple[Note, ...]:
    """Return how the places were counted, states without any left out."""
    counts = states["visitor_state"].value_counts()
    notes = [Note("demand.note_visitors", {"month": month, "count": int(counts.get(COUNTED, 0))})]
    for state in (UNKNOWN, CLOSED, CLOSED_BUT_VISITED, NO_PLACE):
        names = list(states.loc[states["visitor_state"] == state, "name"])
        if names:
            values = {"month": month, "count": len(names), "names": listed(names)}
            notes.append(Note(f"demand.note_visitors_{state}", values))
    return tuple(notes)
