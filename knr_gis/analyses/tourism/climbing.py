"""The profile of a leg, and how much of it climbs."""

from dataclasses import dataclass

import numpy as np

from knr_gis.analyses.tourism.trip import Leg
from knr_gis.analyses.tourism.ways import Ways
from knr_gis.grid import sample
from knr_gis.network import Floats, Ints
from knr_gis.slopes import smooth_height

# As Geotrek-admin: a height every 25 m, the mean of it and two on either side.
STEP_M, NEIGHBOURS = 25.0, 2
# Shorter stretches without heights (a jetty, the edge of a tile) are straight between their ends.
_SHORT_GAP_M = 250.0


@dataclass(frozen=True, eq=False)
class Profile:
    """
    Heights along a leg.

    Parameters
    ----------
    at_m
        Shape (n,): metres from the start, the last one the end of the leg.
    height_m
        Shape (n,): smoothed; bridges and tunnels straight between their ends; NaN where unknown.
    edge
        Shape (n,): position in ``Leg.edges`` of the edge that each place lies on.
    xy
        Shape (n, 2): the places.
    """

    at_m: Floats
    height_m: Floats
    edge: Ints
    xy: Floats


def leg_profile(ways: Ways, leg: Leg, *, step_m: float = STEP_M) -> Profile:
    """Return the heights along a leg on the road; no place where it has no way or no length."""
    if leg.line is None or not len(leg.edges):
        return Profile(np.empty(0), np.empty(0), np.empty(0, dtype=np.int64), np.empty((0, 2)))
    ends_m = np.cumsum(leg.edge_m)
    at_m = np.append(np.arange(0.0, ends_m[-1], step_m), ends_m[-1])
    edge = np.minimum(np.searchsorted(ends_m, at_m, side="right"), len(leg.edges) - 1)
    vertices = np.asarray(leg.line.coords)[:, :2]
    share = (at_m - (ends_m - leg.edge_m)[edge]) / leg.edge_m[edge]
    xy = vertices[edge] + np.clip(share, 0, 1)[:, None] * (vertices[edge + 1] - vertices[edge])
    return Profile(at_m, smoothed(_bridged(at_m, _heights(ways, leg.edges[edge], xy))), edge, xy)


def _heights(ways: Ways, edge: Ints, xy: Floats) -> Floats:
    """Return the height at each place: of the terrain, on a span between the heights of its nodes."""
    if ways.elevation is None:
        return np.full(len(xy), np.nan)
    terrain = smooth_height(ways.elevation, xy)
    terrain = np.where(np.isnan(terrain), sample(ways.elevation, xy[:, 0], xy[:, 1]), terrain)
    start, end = (ways.heights[nodes[edge]] for nodes in (ways.network.u, ways.network.v))
    along = np.hypot(*(xy - ways.network.nodes[ways.network.u[edge]]).T) / ways.network.length_m[edge]
    return np.where(ways.spanning[edge], start + along * (end - start), terrain)


def _bridged(at_m: Floats, heights: Floats) -> Floats:
    """Return heights in which short stretches without one are straight between their ends."""
    known = ~np.isnan(heights)
    if known.all() or not known.any():
        return heights
    filled = np.interp(at_m, at_m[known], heights[known])
    before = np.maximum.accumulate(np.where(known, at_m, -np.inf))
    after = np.minimum.accumulate(np.where(known, at_m, np.inf)[::-1])[::-1]
    return np.where(after - before <= _SHORT_GAP_M, filled, np.where(known, heights, np.nan))


def smoothed(heights: Floats, neighbours: int = NEIGHBOURS) -> Floats:
    """Return each height as the mean of it and its neighbours; at the ends of fewer, as many on each side."""
    n = len(heights)
    if n < 3:
        return heights
    half = np.minimum(neighbours, np.minimum(np.arange(n), np.arange(n)[::-1]))
    known = ~np.isnan(heights)
    total, lost = (np.append(0, np.cumsum(x)) for x in (np.where(known, heights, 0), ~known))
    first, last = np.arange(n) - half, np.arange(n) + half + 1
    mean = (total[last] - total[first]) / (last - first)
    return np.where(lost[last] > lost[first], np.where(known, heights, np.nan), mean)


def climbs(heights: Floats, *, threshold_m: float) -> tuple[float, float]:
    """
    Return metres climbed and metres descended; rises and falls below the threshold are noise.

    Between turning points that lie at least the threshold apart the whole rise or fall counts. NaN where a
    height is unknown, or there is none.
    """
    if not len(heights) or np.isnan(heights).any():
        return float("nan"), float("nan")
    turns = _turning_points(heights, threshold_m)
    rises = np.diff(turns)
    return float(rises[rises > 0].sum()), float(-rises[rises < 0].sum())


def _turning_points(heights: Floats, threshold_m: float) -> Floats:
    """Return the heights between which a profile rises and falls by at least a threshold, in turn."""
    low = high = float(heights[0])
    turns: list[float] = []
    rising: bool | None = None
    for height in heights.tolist():
        low, high = min(low, height), max(high, height)
        if rising is not False and high - height >= threshold_m:
            turns.append(high)
            rising, low = False, height
        elif rising is not True and height - low >= threshold_m:
            turns.append(low)
            rising, high = True, height
    return np.array(turns if rising is None else [*turns, high if rising else low])
