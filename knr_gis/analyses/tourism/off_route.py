"""How far places lie off the way of a trip, by the roads: out to them and back."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from knr_gis.analyses.tourism.along import Piece, tape
from knr_gis.analyses.tourism.spells import closed_between
from knr_gis.analyses.tourism.trip import Day, Trip
from knr_gis.network import Flags, Floats, Ints, Network
from knr_gis.routing import Field, travel_from
from knr_gis.snapping import Snap, join_snaps

_SAME_M = 1e-3


@dataclass(frozen=True, eq=False)
class Turnings:
    """
    Points of the way at which a detour may leave it or come back to it.

    Parameters
    ----------
    at
        The points on the streets.
    km, minute
        Shape (S,): where along the tape they lie, and minutes after midnight at which they are passed.
    """

    at: Snap
    km: Floats
    minute: Floats


@dataclass(frozen=True, eq=False)
class Detours:
    """
    Ways off the trip to places; NaN, day 0 and no line where none leads there.

    Parameters
    ----------
    off_s, back_s
        Shape (P,): seconds from the way to each place, and from there back to the way.
    off_m
        Shape (P,): metres from the way.
    km, minute, day
        Shape (P,): where along the trip, at which minute and on which day the way is left.
    line
        Shape (P,): drawn from the way to the place.
    """

    off_s: Floats
    back_s: Floats
    off_m: Floats
    km: Floats
    minute: Floats
    day: Ints
    line: NDArray[Any] = field(default_factory=lambda: np.empty(0, dtype=object))

    def better_of(self, other: "Detours") -> "Detours":
        """Return for each place the quicker detour, the own one where both are alike."""
        first = ~(np.nan_to_num(other.off_s, nan=np.inf) < np.nan_to_num(self.off_s, nan=np.inf))
        return Detours(**{k: np.where(first, v, getattr(other, k)) for k, v in vars(self).items()})


def detours(trip: Trip, places: Snap) -> Detours:
    """
    Return the quickest detour to each place from the legs of the trip on the road.

    Roads that are closed at some time of the day, from its departure to midnight, are not used.

    Parameters
    ----------
    places
        On the streets of the trip's mode.
    """
    pieces = [p for p in tape(trip) if p.leg.mode == trip.setting.mode and len(p.leg.edges)]
    found = _none(len(places))
    for day in trip.days:
        of_day = [piece for piece in pieces if piece.leg.day == day.number]
        if of_day:
            found = found.better_of(_of_day(trip, day, of_day, places))
    return found


def _none(n: int) -> Detours:
    unknown = np.full(n, np.nan)
    nowhere = np.zeros(n, dtype=np.int64)
    return Detours(unknown, unknown, unknown, unknown, unknown, nowhere, np.full(n, None, dtype=object))


def _of_day(trip: Trip, day: Day, pieces: list[Piece], places: Snap) -> Detours:
    """Return the detours from the legs of one day."""
    ways = trip.setting.ways[trip.setting.mode]
    leaves = _joined(ways.network, [turnings_on(ways.network, piece, places) for piece in pieces])
    closed = closed_between(ways, day.on, pieces[0].leg.depart_min, 1440.0)
    cost = ways.without(np.where(np.isinf(ways.cost_s), np.inf, ways.seconds), closed)
    out = travel_from(ways.network, leaves.at, places, cost_s=cost, toward=False)
    back = travel_from(ways.network, leaves.at, places, cost_s=cost, toward=True)
    return _read(out, back, leaves, day.number)


def _read(out: Field, back: Field, leaves: Turnings, day: int) -> Detours:
    found = out.source >= 0
    lines = np.full(len(found), None, dtype=object)
    lines[found] = [out.path(int(place)).line for place in np.flatnonzero(found)]
    return Detours(
        off_s=out.cost_s, back_s=back.cost_s, off_m=out.length_m,
        km=np.where(found, leaves.km[out.source], np.nan),
        minute=np.where(found, leaves.minute[out.source], np.nan),
        day=np.where(found, day, 0), line=lines,
    )  # fmt: skip


def turnings_on(network: Network, piece: Piece, places: Snap) -> Turnings:
    """
    Return the points of one leg at which a detour may leave it.

    These are its ends, the crossings on it, and the places that lie on the very road that it follows, so
    that those are not reached by way of the next crossing.
    """
    leg = piece.leg
    xy = shapely.get_coordinates(leg.line)
    gone = np.concatenate([[0.0], np.cumsum(leg.edge_m)])
    edge = np.append(leg.edges, leg.edges[-1])
    along = np.hypot(*(xy - network.nodes[network.u[edge]]).T)
    nodes = Snap(np.ones(len(xy), dtype=bool), edge, along, np.zeros(len(xy)), xy)
    which, passed = _passed(piece, places, along[:-1])
    metres = np.concatenate([gone, passed])
    share = metres / max(float(gone[-1]), 1e-9)
    return Turnings(join_snaps([nodes, places.take(which)]), piece.km_at(share), piece.minute_at(share))


def _passed(piece: Piece, places: Snap, entered: Floats) -> tuple[Ints, Floats]:
    """
    Return the places that a leg passes, and the metres of the leg at which it does.

    Parameters
    ----------
    entered
        Shape (n,): how far from its start u each edge of the leg is entered.
    """
    leg = piece.leg
    order = np.argsort(leg.edges, kind="stable")
    at = np.minimum(np.searchsorted(leg.edges[order], places.edge), len(order) - 1)
    number = order[at]
    on: Flags = places.reached & (leg.edges[number] == places.edge)
    ahead = np.where(np.asarray(leg.forward, dtype=bool)[number], 1.0, -1.0)
    metres = ahead * (places.along_m - entered[number])
    with np.errstate(invalid="ignore"):
        on = on & (metres >= 0) & (metres <= leg.edge_m[number])
    start = np.cumsum(leg.edge_m)[number] - leg.edge_m[number]
    return np.flatnonzero(on), (start + metres)[on]


def _joined(network: Network, parts: list[Turnings]) -> Turnings:
    """Return the points of several legs, each place of the streets once, as it is passed first."""
    at = join_snaps([part.at for part in parts])
    low, high = at.along_m <= _SAME_M, at.along_m >= network.length_m[at.edge] - _SAME_M
    node = np.where(low, network.u[at.edge], np.where(high, network.v[at.edge], -1))
    within = np.rint(at.along_m / _SAME_M)
    keys = np.column_stack([node, np.where(node < 0, at.edge, 0), np.where(node < 0, within, 0)])
    first = np.sort(np.unique(keys, axis=0, return_index=True)[1])
    km, minute = (np.concatenate([getattr(part, name) for part in parts])[first] for name in ("km", "minute"))
    return Turnings(at.take(first), km, minute)
