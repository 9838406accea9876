"""Visitors of a month beside the residents: where they are, and whether they get out in time."""

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.demand import visitor_origins
from knr_gis.analyses.evacuation.conditions import Conditions
from knr_gis.analyses.evacuation.coverage import coverage_rows
from knr_gis.analyses.evacuation.drawn import origin_frame, origin_table
from knr_gis.analyses.evacuation.origins import VISITORS, point_origins
from knr_gis.analyses.evacuation.plan import Plan, with_conditions
from knr_gis.analyses.evacuation.race import Run, race
from knr_gis.result import Note


@dataclass(frozen=True)
class Guests:
    """
    The visitors of a run.

    Parameters
    ----------
    run
        The race of those in the zone, at the pace of people who do not know the place.
    states
        Every place with what is known of its visitors (see ``visitor_origins``).
    notes
        What must be said of them.
    """

    run: Run
    states: pd.DataFrame
    notes: tuple[Note, ...]


def visitor_run(plan: Plan, conditions: Conditions) -> Guests | None:
    """
    Return what becomes of the visitors of the month, or None where no month or no visitors are given.

    They walk as ``walker = "visitor"`` whoever the residents are; what the officer set holds for both.
    """
    spots, visitors, month = plan.layers.get("spots"), plan.layers.get("visitors"), plan.scenario.month
    if month is None or visitors is None:
        return None
    night = plan.scenario.time_of_day == "night"
    visiting = visitor_origins(spots, visitors, month=month, night=night)
    origins = point_origins(visiting.frame, plan.inundation, VISITORS)
    own: Conditions = {**conditions, "walker": "visitor"}
    return Guests(race(with_conditions(plan, own, origins)), visiting.states, visiting.notes)


def visitor_rows(guests: Guests) -> list[Row]:
    """Return the visitors in the zone by status, municipality and depth class."""
    run = guests.run
    return coverage_rows(run.judged, run.origins, run.inundation, prefix="visitor")


def visitor_layers(guests: Guests) -> dict[str, gpd.GeoDataFrame]:
    """Return the places with their visitors' outcome."""
    return {"visitors": origin_frame(guests.run)}


def visitor_tables(guests: Guests) -> dict[str, pd.DataFrame]:
    """Return the outcome by place, and what is known of the visitors of each place."""
    return {"visitors": origin_table(guests.run), "visitor_places": guests.states}
