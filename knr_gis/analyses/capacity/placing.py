"""Everybody placed at once, and what became of the persons of each origin."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from knr_gis.analyses.capacity.arcs import quickest
from knr_gis.analyses.capacity.party import Party
from knr_gis.analyses.capacity.rooms import Rooms
from knr_gis.analyses.evacuation.causes import miss_causes
from knr_gis.analyses.evacuation.race import LATE, REACHED
from knr_gis.analyses.evacuation.ways import EXCLUDED, FAR, NO_ROUTE
from knr_gis.analyses.inputs import Mask, Numbers
from knr_gis.assigning import Assignment, Left, assign, left_over_reasons
from knr_gis.network import Ints
from knr_gis.reaching import Arcs

NEAREST, OTHER, LEFT_ZONE, HERE = "placed_nearest", "placed_other", "left_zone", "here"
FULL, UNKNOWN, PERSONS_UNKNOWN = "full", "capacity_unknown", "persons_unknown"
# What becomes of persons; each of them is in exactly one.
OUTCOMES = (NEAREST, OTHER, LEFT_ZONE, HERE, FULL, UNKNOWN, LATE, NO_ROUTE, FAR, EXCLUDED)
PLACED = (NEAREST, OTHER)
NOT_EVALUATED = (FAR, EXCLUDED)
# An origin is named by the worst that becomes of any of its persons.
STATES = (NO_ROUTE, LATE, FULL, UNKNOWN, FAR, EXCLUDED, PERSONS_UNKNOWN, LEFT_ZONE, OTHER, NEAREST, HERE)
NONE_IN_TIME = "none_in_time"
_SAME_S = 1e-6
_NOBODY = 1e-9


@dataclass(frozen=True)
class Placing:
    """
    The people of all parties, one behind the other, and their places.

    Parameters
    ----------
    parties, rooms
        Who asks, and for what.
    assignment
        Everybody placed, the sites being the rooms.
    nearest
        Shape (N,): the room that each origin would come to by itself; -1 where none is in time.
    nearest_s
        Shape (N,): seconds to it; NaN where none is in time.
    """

    parties: tuple[Party, ...]
    rooms: Rooms
    assignment: Assignment
    nearest: Ints
    nearest_s: Numbers

    @property
    def arcs(self) -> Arcs:
        """The ways in time from all origins to the rooms."""
        return self.assignment.arcs

    @property
    def start(self) -> Ints:
        """Shape (parties,): number of the first origin of each party."""
        sizes = [len(party) for party in self.parties]
        return np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)

    @property
    def at_nearest(self) -> Mask:
        """Shape (A,): ways to the nearest site in time (of equally near ones all)."""
        return np.asarray(self.arcs.cost_s <= self.nearest_s[self.arcs.origin] + _SAME_S)

    @property
    def extra_s(self) -> Numbers:
        """Shape (A,): seconds that a way takes beyond that to the nearest site."""
        extra = self.arcs.cost_s - self.nearest_s[self.arcs.origin]
        return np.where(self.at_nearest, 0.0, extra)

    @property
    def wish_persons(self) -> Numbers:
        """Shape (R,): persons who would come to each room by themselves, each to the nearest in time."""
        asks = self.nearest >= 0
        demand = self.assignment.demand_persons
        wish = np.bincount(self.nearest[asks], demand[asks], minlength=len(self.rooms))
        return np.asarray(wish, dtype=float)


def place_all(parties: tuple[Party, ...], rooms: Rooms) -> Placing:
    """
    Return everybody placed.

    First as many as possible in time, then as many as possible of those who could not leave the zone instead,
    then the least total walking time. The first two never stand against each other: whoever can be placed
    with some others can be placed with as many as there can be. Origins whose number of persons is unknown
    ask for nothing and are counted apart.
    """
    arcs = quickest(_joined(parties), rooms.of)
    demand = np.concatenate([np.nan_to_num(party.persons) for party in parties])
    gets_out = np.concatenate([party.gets_out for party in parties])
    weighed = arcs.plus(np.where(gets_out, _more_than_any_detour(arcs, len(rooms)), 0.0), 0.0)
    assignment = assign(weighed, demand_persons=demand, capacity_persons=rooms.persons)
    nearest, seconds = _nearest(arcs, len(demand))
    return Placing(parties, rooms, replace(assignment, arcs=arcs), nearest, seconds)


def _more_than_any_detour(arcs: Arcs, n_rooms: int) -> float:
    """
    Return seconds that outweigh whatever making room for one more person can cost.

    Room is made along a chain of people who move on, each room at most once on it, and each of them walks no
    longer than the longest way.
    """
    return float(arcs.cost_s.max(initial=0.0) + 1.0) * (n_rooms + 1)


def _joined(parties: tuple[Party, ...]) -> Arcs:
    """Return the ways of all parties, their origins numbered on."""
    first = np.concatenate([[0], np.cumsum([len(party) for party in parties])[:-1]])
    origin = [party.arcs.origin + start for party, start in zip(parties, first, strict=True)]
    return Arcs(
        np.concatenate(origin).astype(np.int64),
        np.concatenate([party.arcs.site for party in parties]),
        np.concatenate([party.arcs.cost_s for party in parties]),
    )


def _nearest(arcs: Arcs, n_origins: int) -> tuple[Ints, Numbers]:
    """Return the nearest room of each origin and the seconds to it."""
    best = arcs.nearest(1)
    room, seconds = np.full(n_origins, -1, dtype=np.int64), np.full(n_origins, np.nan)
    room[best.origin], seconds[best.origin] = best.site, best.cost_s
    return room, seconds


@dataclass(frozen=True)
class Outcome:
    """
    What became of the persons of one party.

    Parameters
    ----------
    persons
        By outcome, each of shape (n,); they add up to the persons known.
    state
        Shape (n,): the worst of them, one of ``STATES``.
    cause
        Shape (n,): why there are persons without a place, empty where there are none.
    """

    persons: dict[str, Numbers]
    state: NDArray[np.object_]
    cause: NDArray[np.object_]


def outcomes_of(placing: Placing) -> tuple[Outcome, ...]:
    """Return what became of each party."""
    whole, at_nearest = placing.assignment, placing.at_nearest
    near, other = (
        _by_origin(placing, np.where(own, whole.flow_persons, 0.0)) for own in (at_nearest, ~at_nearest)
    )
    reason = left_over_reasons(whole, has_way=np.ones(len(near), dtype=bool)).reason
    parts = [
        slice(start, start + len(party)) for party, start in zip(placing.parties, placing.start, strict=True)
    ]
    return tuple(
        _outcome(party, near[own], other[own], whole.left_persons[own], reason[own])
        for party, own in zip(placing.parties, parts, strict=True)
    )


def _by_origin(placing: Placing, flow: Numbers) -> Numbers:
    sums = np.bincount(placing.arcs.origin, flow, minlength=len(placing.nearest))
    return np.asarray(sums, dtype=float)


def _outcome(
    party: Party, near: Numbers, other: Numbers, left: Numbers, reason: NDArray[np.object_]
) -> Outcome:
    """Return what became of one party: who is left over may get out, or is late, or has no way."""
    status = party.run.judged["evac_status"].to_numpy(object)
    full, unknown = reason == Left.FULL, reason == Left.CAPACITY_UNKNOWN
    fate = np.select(
        [party.stays, party.gets_out, full, unknown, status == REACHED],
        [HERE, LEFT_ZONE, FULL, UNKNOWN, LATE],
        default=status,
    )
    persons = {key: np.where(fate == key, left, 0.0) for key in OUTCOMES} | {NEAREST: near, OTHER: other}
    why = np.select([full, unknown], [FULL, UNKNOWN], default=NONE_IN_TIME)
    missed = miss_causes(party.run)
    cause = np.where(fate == LATE, missed, np.where(fate == LEFT_ZONE, why, fate))
    without = (left > 0) & (fate != HERE)
    return Outcome(persons, _states(party, persons, fate), np.where(without, cause, "").astype(object))


def _states(party: Party, persons: dict[str, Numbers], fate: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the worst of each origin; where nobody asks for a place, what the race says of it."""
    status, known = party.run.judged["evac_status"].to_numpy(object), party.persons > 0
    there = {key: persons[key] > _NOBODY for key in persons}
    worst = np.select([there[key] for key in STATES if key in there], [key for key in STATES if key in there],
                      default=NEAREST)  # fmt: skip
    unasked = np.where(np.isnan(party.persons), PERSONS_UNKNOWN, NEAREST)
    silent = np.where(status == REACHED, np.where(fate == HERE, HERE, unasked), status)
    return np.asarray(np.where(known, worst, silent), dtype=object)
