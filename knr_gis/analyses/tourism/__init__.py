"""A dated route over the roads through chosen places: days, gaps between services, other ways."""

from dataclasses import replace
from typing import Unpack

from knr_gis.analyses.tourism.alternatives import alternatives_part
from knr_gis.analyses.tourism.asked import RouteGiven
from knr_gis.analyses.tourism.cues import cues_part
from knr_gis.analyses.tourism.part import Part, joined
from knr_gis.analyses.tourism.routing import Route, route_given, stated
from knr_gis.analyses.tourism.rules_sheet import rules_part
from knr_gis.analyses.tourism.safety import safety_part
from knr_gis.analyses.tourism.services import services_part
from knr_gis.analyses.tourism.stages import stages_part
from knr_gis.analyses.tourism.trip import Trip
from knr_gis.analyses.tourism.ways import SPEED_KEYS
from knr_gis.analyses.tourism.wording import headline, route_notes, route_rows
from knr_gis.result import Result

__all__ = ["SPEED_KEYS", "tourism"]

_RULED = ("national_parks", "ramsar_wetlands", "road_rules")


def tourism(**given: Unpack[RouteGiven]) -> Result:
    """
    Return the trip through chosen stops, in their order or the best one.

    Parameters
    ----------
    **given
        ``asked.RouteConditions``, ``conditions.TourLayers`` and ``conditions.TourConditions``.

    Raises
    ------
    CrsError
        If the layers are not in one CRS in metres.
    AnalysisError
        If a stop is unknown or ambiguous, there are fewer than two, no road fits the mode, or a condition
        cannot be used.
    """
    route = route_given(given)
    return joined("tourism", headline(route.trip), _parts(route))


def _parts(route: Route) -> list[Part]:
    """Return what the trip is told by: the gravest notes, then the conditions, then the questions."""
    trip, asked = route.trip, route.asked
    stages = stages_part(trip)
    notes = (*stages.notes, *route_notes(trip, route.pace, route.best), *trip.setting.notes)
    return [
        Part(notes=notes, rows=route_rows(trip)),
        stated(route),
        replace(stages, notes=()),
        services_part(trip, asked.numbers),
        alternatives_part(trip, asked),
        cues_part(trip),
        *_safety_and_rules(trip),
    ]


def _safety_and_rules(trip: Trip) -> list[Part]:
    """Return the safety profile and the rules sheet where a layer is there that they are about."""
    layers = trip.setting.layers
    safety = [safety_part(trip)] if layers.get("hazard") is not None else []
    ruled = any(layers.get(role) is not None for role in _RULED)
    return [*safety, *([rules_part(trip)] if ruled else [])]
