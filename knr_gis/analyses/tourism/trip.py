"""A trip: days of visits and the legs between them, whoever chose them."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString

from knr_gis.network import Floats, Ints
from knr_gis.routing import Reach

LegMode = Literal["drive", "cycle", "walk", "train"]
LegReason = Literal["", "far", "no_road", "avoided", "closed", "midnight", "before"]
VisitKind = Literal["start", "stop", "lodging", "end", "station"]


@dataclass(frozen=True, eq=False)
class Leg:
    """
    One way from place to place.

    Parameters
    ----------
    number
        From 1 through the whole trip.
    day
        From 1.
    start, end
        Rows of ``Trip.places``.
    mode
        ``train``: ``edges`` are empty and ``line`` runs straight between the stations.
    depart_min, arrive_min
        Minutes after midnight of the day, any wait for a road to open or a train in between; NaN unless
        reached (with ``date`` None: from the start time, nothing closed).
    length_m, ascent_m, descent_m
        NaN where unknown (no route; no elevation).
    line
        From place to place in the direction of travel; None unless reached.
    edges, forward
        Shape (n,): edges of ``ways[mode].network`` in order, and whether each is travelled from u to v.
    edge_m, enter_min
        Shape (n,): metres travelled on each edge, and minutes after midnight at which it is entered.
    snap_m
        Metres from start and end to their roads.
    closed
        Ids of the road rules that were in force during the leg and changed its way.
    reason
        Why there is no way: ``far``, ``no_road``, ``avoided`` (only over what is avoided strictly),
        ``closed`` (the rules in ``closed``), ``midnight`` (not before the day is over), ``before`` (a leg
        before it has none, so that the departure is unknown); "" where reached.
    """

    number: int
    day: int
    start: int
    end: int
    mode: LegMode
    status: Reach
    depart_min: float
    arrive_min: float
    length_m: float
    ascent_m: float
    descent_m: float
    line: LineString | None
    edges: Ints
    forward: Any
    edge_m: Floats
    enter_min: Floats
    snap_m: tuple[float, float]
    closed: tuple[str, ...] = ()
    reason: LegReason = ""

    @property
    def found(self) -> bool:
        """Whether there is a way."""
        return self.status == Reach.REACHED


@dataclass(frozen=True)
class Visit:
    """
    One stay.

    Parameters
    ----------
    place
        Row of ``Trip.places``.
    arrive_min, start_min, leave_min
        Minutes after midnight of the day: arrival, begin (after a wait for the opening) and departure;
        NaN where a leg before it has no route.
    """

    place: int
    kind: VisitKind
    arrive_min: float
    start_min: float
    leave_min: float


@dataclass(frozen=True)
class Day:
    """
    One day: ``visits[k]`` and ``visits[k + 1]`` are joined by ``legs[k]``.

    Parameters
    ----------
    on
        The date; None where the trip has none.
    """

    number: int
    on: date | None
    visits: tuple[Visit, ...]
    legs: tuple[Leg, ...]


@dataclass(frozen=True, eq=False)
class Trip:
    """
    What the parts of a product (timetable, safety, rules ...) are made from.

    Parameters
    ----------
    setting
        Layers, conditions, networks and rules (``setting.Setting``).
    places
        Points with the columns of ``places.PLACE_COLUMNS``: all that were considered, chosen or not.
    dropped
        What was not chosen: ``name``, ``drop_reason``, ``next_date`` (text, empty where none or unknown).
    found
        How the plan was found, for the products (score, bound, gap, seconds); empty for a given order.
    """

    setting: Any
    places: gpd.GeoDataFrame
    days: tuple[Day, ...]
    dropped: pd.DataFrame = field(default_factory=pd.DataFrame)
    found: dict[str, float] = field(default_factory=dict)

    @property
    def legs(self) -> tuple[Leg, ...]:
        """All legs in order."""
        return tuple(leg for day in self.days for leg in day.legs)

    @property
    def visits(self) -> tuple[Visit, ...]:
        """All visits in order; the night's lodging stands at the end of a day and the start of the next."""
        return tuple(visit for day in self.days for visit in day.visits)
