"""The safety profile and the rules sheet of a route through chosen stops."""

from typing import Unpack

from knr_gis.analyses.tourism.alternatives import alternatives_part
from knr_gis.analyses.tourism.asked import RouteGiven
from knr_gis.analyses.tourism.part import Part, joined
from knr_gis.analyses.tourism.routing import route_given, stated
from knr_gis.analyses.tourism.rules_sheet import rules_part
from knr_gis.analyses.tourism.safety import safety_headline
from knr_gis.analyses.tourism.timetable import legs_frame, stops_frame
from knr_gis.result import Result

__all__ = ["safety"]


def safety(**given: Unpack[RouteGiven]) -> Result:
    """
    Return how far from safety a visitor is along a route, what else there is to do, and which rules apply.

    Parameters
    ----------
    **given
        As those of ``tourism``: conditions of the route, of every trip, and layers.

    Raises
    ------
    CrsError
        If the layers are not in one CRS in metres.
    AnalysisError
        If a stop is unknown or ambiguous, there are fewer than two, no road fits the mode, or a condition
        cannot be used.
    """
    route = route_given(given)
    headline, part = safety_headline(route.trip)
    legs = legs_frame(route.trip)
    drawn = {"legs": legs[~legs.geometry.isna()].reset_index(drop=True), "stops": stops_frame(route.trip)}
    others = [alternatives_part(route.trip, route.asked)] if route.asked.alternatives else []
    return joined(
        "safety",
        headline,
        [part, Part(features=drawn), stated(route), rules_part(route.trip), *others],
    )
