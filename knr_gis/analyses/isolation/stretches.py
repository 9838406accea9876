"""Stretches along the edges of a network: which part of each edge something holds for."""

from dataclasses import dataclass

import numpy as np
import shapely

from knr_gis.network import Flags, Floats, Ints, Network
from knr_gis.overlay import Shapes

# Crumbs of a line that merely touches an outline; streets are joined to the centimetre anyway.
_CRUMB_M = 0.01


@dataclass(frozen=True, eq=False)
class Stretches:
    """
    Stretches of edges, sorted by edge and place, none touching another.

    Parameters
    ----------
    edge, start_m, end_m
        Shape (K,): the edge, and from where to where along it in metres.
    """

    edge: Ints
    start_m: Floats
    end_m: Floats

    @classmethod
    def none(cls) -> "Stretches":
        """Return no stretch at all."""
        return cls(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0))

    @classmethod
    def whole(cls, network: Network, chosen: Flags) -> "Stretches":
        """Return the chosen edges, each from end to end."""
        edges = np.flatnonzero(chosen)
        return cls(edges, np.zeros(len(edges)), network.length_m[edges])

    def ends(self) -> tuple[Ints, Floats]:
        """Return the places where stretches begin or end: edges and metres along them."""
        return np.concatenate([self.edge, self.edge]), np.concatenate([self.start_m, self.end_m])

    def hold(self, edge: Ints, along_m: Floats, *, longest_m: float) -> Flags:
        """
        Tell which places lie in a stretch.

        Parameters
        ----------
        longest_m
            Length of the longest edge: edges are laid end to end to be searched as one line.
        """
        if not len(self.edge):
            return np.zeros(len(edge), dtype=bool)
        step = longest_m + 1.0
        last = np.searchsorted(self.edge * step + self.start_m, edge * step + along_m, side="right") - 1
        known = last >= 0
        same = known & (self.edge[last] == edge)
        return np.asarray(same & (along_m <= self.end_m[last]))


def stretches_inside(network: Network, parts: Shapes) -> Stretches:
    """
    Return the stretches of the edges that lie inside polygons, exact to their outline.

    A stretch that runs along an outline is inside; one that only touches it is not.

    Parameters
    ----------
    parts
        Small polygons (see ``overlay.split_polygons``) in the CRS of the network.
    """
    if not len(parts) or not len(network):
        return Stretches.none()
    shapely.prepare(parts)
    lines = network.tree.geometries
    part, edge = network.tree.query(parts, predicate="intersects")
    inside = shapely.contains_properly(parts[part], lines[edge])
    wholly = np.zeros(len(network), dtype=bool)
    wholly[edge[inside]] = True
    rest = ~wholly[edge]
    cut = _cut(network, lines, edge[rest], parts[part[rest]])
    return join_stretches(network, Stretches.whole(network, wholly), cut)


def _cut(network: Network, lines: Shapes, edge: Ints, parts: Shapes) -> Stretches:
    """Return what of each edge lies in the part beside it; edges are straight, so ends say it all."""
    pieces, pair = shapely.get_parts(shapely.intersection(lines[edge], parts), return_index=True)
    is_line = shapely.length(pieces) > 0
    pieces, edge = pieces[is_line], edge[pair[is_line]]
    xy, of = shapely.get_coordinates(pieces, return_index=True)
    along = _along(network, edge[of], xy)
    first = np.flatnonzero(np.diff(of, prepend=-1))
    if not len(first):
        return Stretches.none()
    return Stretches(edge, np.minimum.reduceat(along, first), np.maximum.reduceat(along, first))


def _along(network: Network, edge: Ints, xy: Floats) -> Floats:
    """Return how far along its edge each place lies, in metres."""
    start = network.nodes[network.u[edge]]
    step = (network.nodes[network.v[edge]] - start) / network.length_m[edge][:, None]
    return np.asarray(np.clip(((xy - start) * step).sum(axis=1), 0.0, network.length_m[edge]))


def join_stretches(network: Network, *several: Stretches) -> Stretches:
    """Return stretches of several kinds as one; those that overlap or touch become one, crumbs go."""
    edge = np.concatenate([s.edge for s in several])
    start = np.concatenate([s.start_m for s in several])
    end = np.concatenate([s.end_m for s in several])
    if not len(edge):
        return Stretches.none()
    step = float(network.length_m.max()) + 1.0
    order = np.lexsort((start, edge))
    edge, start, end = edge[order], start[order], end[order]
    farthest = np.maximum.accumulate(edge * step + end)
    is_new = np.append(True, (edge * step + start)[1:] > farthest[:-1] + _CRUMB_M)
    first = np.flatnonzero(is_new)
    joined = Stretches(edge[first], start[first], np.maximum.reduceat(end, first))
    kept = joined.end_m - joined.start_m > np.minimum(_CRUMB_M, network.length_m[joined.edge] / 2)
    return Stretches(joined.edge[kept], joined.start_m[kept], joined.end_m[kept])
