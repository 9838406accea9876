"""A trip as one long tape: where along it, and when, something lies."""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.ops import substring

from knr_gis.analyses.tourism.trip import Leg, Trip
from knr_gis.network import Floats

_METRES = 1000.0


@dataclass(frozen=True, eq=False)
class Piece:
    """
    One leg on the tape.

    Parameters
    ----------
    from_km, to_km
        Since the start of the tape, along the legs that have a way; the length of rails is not known and
        counts as none.
    from_min
        Minutes on the way since the start of the tape, stays left out.
    stretch
        From 0: legs of one stretch follow each other without one that has no way between them.
    """

    leg: Leg
    from_km: float
    to_km: float
    from_min: float
    stretch: int

    @property
    def to_min(self) -> float:
        """Minutes on the way at the end of the leg."""
        return self.from_min + self.leg.arrive_min - self.leg.depart_min

    def km_at(self, share: Floats) -> Floats:
        """Return the kilometres on the tape at shares (0 to 1) of the drawn leg."""
        return self.from_km + np.asarray(share, dtype=float) * (self.to_km - self.from_km)

    def minute_at(self, share: Floats) -> Floats:
        """Return the minutes after midnight at which shares of the leg are passed."""
        return np.asarray(np.interp(np.asarray(share) * self._metres[-1], self._metres, self._minutes))

    @property
    def _metres(self) -> Floats:
        """Shape (n + 1,): metres at the start of each edge and at the end of the leg."""
        if not len(self.leg.edges):
            return np.array([0.0, 1.0])
        return np.concatenate([[0.0], np.cumsum(self.leg.edge_m)])

    @property
    def _minutes(self) -> Floats:
        if not len(self.leg.edges):
            return np.array([self.leg.depart_min, self.leg.arrive_min])
        return np.append(self.leg.enter_min, self.leg.arrive_min)

    def shares_of(self, points: list[shapely.Point]) -> Floats:
        """Return how far along the drawn leg the nearest place to each point lies, 0 to 1."""
        return np.asarray(shapely.line_locate_point(self.leg.line, points, normalized=True), dtype=float)

    def between(self, from_km: float, to_km: float) -> shapely.LineString | None:
        """Return the part of the drawn leg between two kilometres of the tape; None where there is none."""
        low, high = max(from_km, self.from_km), min(to_km, self.to_km)
        if high <= low or self.leg.line is None:
            return None
        length = self.to_km - self.from_km
        shares = (low - self.from_km) / length, (high - self.from_km) / length
        return substring(self.leg.line, *shares, normalized=True)


def tape(trip: Trip) -> tuple[Piece, ...]:
    """Return the legs that have a way, in order, laid end to end."""
    pieces: list[Piece] = []
    km = minutes = 0.0
    stretch = 0
    for leg in trip.legs:
        if not leg.found or leg.line is None:
            stretch += 1
            continue
        length = 0.0 if leg.mode == "train" else leg.length_m
        pieces.append(Piece(leg, km, km + length / _METRES, minutes, stretch))
        km, minutes = pieces[-1].to_km, pieces[-1].to_min
    return tuple(pieces)
