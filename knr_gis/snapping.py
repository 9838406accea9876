"""From points on the ground to places on the streets."""

from dataclasses import dataclass

import numpy as np
import shapely

from knr_gis.network import Flags, Floats, Ints, Network


@dataclass(frozen=True, eq=False)
class Snap:
    """
    Where points meet the network.

    Parameters
    ----------
    reached
        Shape (P,): False where the nearest street is farther than the limit, or there is none.
        Such a point takes no part in any route.
    edge
        Shape (P,): the nearest edge; -1 where not reached.
    along_m
        Shape (P,): how far from the start of the edge; NaN where not reached.
    distance_m
        Shape (P,): straight distance to the nearest street, also beyond the limit (it tells how
        far off the point is); NaN where the network or the point is empty.
    xy
        Shape (P, 2): the place on the street; NaN where not reached.
    """

    reached: Flags
    edge: Ints
    along_m: Floats
    distance_m: Floats
    xy: Floats

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.edge)

    def take(self, places: Ints | list[int]) -> "Snap":
        """Return some of the points, in the order asked for."""
        where = np.asarray(places, dtype=np.int64)
        return Snap(
            reached=self.reached[where],
            edge=self.edge[where],
            along_m=self.along_m[where],
            distance_m=self.distance_m[where],
            xy=self.xy[where],
        )


def join_snaps(snaps: list[Snap]) -> Snap:
    """Return the points of several snaps to one network, one behind the other."""
    return Snap(
        reached=np.concatenate([s.reached for s in snaps]),
        edge=np.concatenate([s.edge for s in snaps]),
        along_m=np.concatenate([s.along_m for s in snaps]),
        distance_m=np.concatenate([s.distance_m for s in snaps]),
        xy=np.concatenate([s.xy for s in snaps]),
    )


def snap(network: Network, points_xy: Floats, *, limit_m: float) -> Snap:
    """
    Return for each point the nearest place on the nearest street.

    Parameters
    ----------
    points_xy
        Shape (P, 2), in the CRS of the network.
    limit_m
        Farther streets do not count: the point is then not reached, whatever the distance.
    """
    points = np.asarray(points_xy, dtype=float).reshape(-1, 2)
    nearest, edge = _nearest(network, points)
    distance_m, along_m = np.full(len(points), np.nan), np.full(len(points), np.nan)
    place = np.full(points.shape, np.nan)
    start, end = network.nodes[network.u[edge]], network.nodes[network.v[edge]]
    share = _share(points[nearest], start, end)
    place[nearest] = start + share[:, None] * (end - start)
    distance_m[nearest] = np.hypot(*(points[nearest] - place[nearest]).T)
    along_m[nearest] = share * network.length_m[edge]
    edge_of = np.full(len(points), -1, dtype=np.int64)
    edge_of[nearest] = edge
    reached = distance_m <= limit_m
    edge_of[~reached], along_m[~reached], place[~reached] = -1, np.nan, np.nan
    return Snap(reached, edge_of, along_m, distance_m, place)


def _nearest(network: Network, points: Floats) -> tuple[Ints, Ints]:
    """Return the points that have a position, and the nearest edge of each."""
    known = np.flatnonzero(np.isfinite(points).all(axis=1))
    if not len(network) or not len(known):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    found, edge = network.tree.query_nearest(shapely.points(points[known]), all_matches=False)
    return known[found], edge.astype(np.int64)


def _share(points: Floats, start: Floats, end: Floats) -> Floats:
    """Return how far along start-end the foot of each point lies, 0 to 1."""
    step = end - start
    dot = ((points - start) * step).sum(axis=1)
    return np.asarray(np.clip(dot / (step * step).sum(axis=1), 0.0, 1.0))
