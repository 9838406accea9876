"""Which sites each origin can reach within a time, and how long each way takes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from knr_gis.network import Flags, Floats, Ints, Network
from knr_gis.routing import checked_costs
from knr_gis.searching import make_arcs, make_graph
from knr_gis.snapping import Snap
from knr_gis.splitting import insert_points

# Seconds from a chunk of sites to all nodes are held at once. Small chunks are also the quickest: the
# system hands the same pages out again (16 MiB 0.25 s, 96 MiB 0.6 s for 500 sites on 235,000 nodes; a
# second thread gained nothing, scipy holds the interpreter).
_CHUNK_BYTES = 16 * 2**20
_PILE = 2_000_000  # ways kept before those beyond the k nearest are let go


@dataclass(frozen=True, eq=False)
class Arcs:
    """
    Ways from origins to sites, each pair at most once.

    Parameters
    ----------
    origin, site
        Shape (A,): number of the origin and of the site.
    cost_s
        Shape (A,): seconds from the origin to the site.
    dropped
        Origins whose farther sites were left out by ``nearest``: of them it is not known that
        they have no other site in time.
    """

    origin: Ints
    site: Ints
    cost_s: Floats
    dropped: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __len__(self) -> int:
        """Return the number of ways."""
        return len(self.origin)

    def take(self, which: Flags | Ints) -> "Arcs":
        """Return some of the ways."""
        return Arcs(self.origin[which], self.site[which], self.cost_s[which], self.dropped)

    def plus(self, origin_s: Floats | float, site_s: Floats | float) -> "Arcs":
        """
        Return the ways with the seconds off the streets added.

        Parameters
        ----------
        origin_s
            Shape (n,) or one number: before the street is reached (start delay, way to the street).
        site_s
            Shape (m,) or one number: from the street to safety (way to the door, stairs).
        """
        seconds = self.cost_s + _each(origin_s, self.origin) + _each(site_s, self.site)
        return Arcs(self.origin, self.site, seconds, self.dropped)

    def within(self, limit_s: Floats | float) -> "Arcs":
        """Return the ways that take no longer than a limit, one for all or shape (n,), one per origin."""
        return self.take(self.cost_s <= _each(limit_s, self.origin))

    def nearest(self, k: int) -> "Arcs":
        """Return the ``k`` quickest ways of each origin; of equally quick ones those to the lower site."""
        order = np.lexsort((self.site, self.cost_s, self.origin))
        origin = self.origin[order]
        rank = np.arange(len(origin)) - np.searchsorted(origin, origin)
        kept = Arcs(origin, self.site[order], self.cost_s[order]).take(rank < k)
        return Arcs(kept.origin, kept.site, kept.cost_s, np.union1d(self.dropped, origin[rank >= k]))


def _each(values: Floats | float, number: Ints) -> Floats | float:
    """Return the values of numbered places, or the one number that holds for all of them."""
    return values[number] if isinstance(values, np.ndarray) and values.ndim else values


def nearest_arcs(
    network: Network, sites: Snap, origins: Snap, *, cost_s: Floats, limit_s: float, k: int | None = None
) -> Arcs:
    """
    Return the ways from each origin to every site that it reaches within a limit, ordered by origin.

    One Dijkstra from each site against the direction of travel; costs are exact to the points on
    the streets. Places off the network have no way.

    Parameters
    ----------
    cost_s
        Shape (E,), or (2, E) where the way from v to u (row 1) costs otherwise than from u to v.
        Infinite = closed.
    limit_s
        Longest way on the streets; infinite = all sites that can be reached.
    k
        Only the ``k`` sites that are nearest by the streets alone. An assignment is then the
        optimum over those, not over all sites.

    Raises
    ------
    AnalysisError
        If a cost is negative, unknown (NaN) or of the wrong shape.
    """
    streets = insert_points(network, sites, origins)
    arcs = make_arcs(network, streets, checked_costs(cost_s, network), toward=True)
    graph = make_graph(arcs.tails, arcs.heads, arcs.cost_s, n_nodes=len(streets.xy))
    starts = np.flatnonzero(origins.reached)
    search = partial(_search, graph, streets.sources, starts, streets.targets[starts], limit_s)
    return _gathered(map(search, _chunks(np.flatnonzero(sites.reached), len(streets.xy))), k)


def _chunks(sites: Ints, n_nodes: int) -> list[Ints]:
    """Return the sites in chunks whose searches fit into memory together."""
    size = max(1, _CHUNK_BYTES // (n_nodes * 8))
    return [sites[i : i + size] for i in range(0, len(sites), size)]


def _search(graph: csr_matrix, doors: Ints, starts: Ints, nodes: Ints, limit_s: float, sites: Ints) -> Arcs:
    """Return the ways to a chunk of sites from the origins ``starts`` at their ``nodes``."""
    cost = dijkstra(graph, indices=doors[sites], limit=limit_s)[:, nodes]
    row, column = np.nonzero(np.isfinite(cost))
    return Arcs(starts[column], sites[row], cost[row, column])


def _gathered(parts: Iterable[Arcs], k: int | None) -> Arcs:
    """Return the ways of all chunks in one; with ``k`` pruned whenever many have piled up."""
    found: list[Arcs] = []
    for part in parts:
        found.append(part)
        if k is not None and sum(map(len, found)) > _PILE:
            found = [_joined(found).nearest(k)]
    arcs = _joined(found) if k is None else _joined(found).nearest(k)
    return arcs.take(np.lexsort((arcs.site, arcs.origin)))


def _joined(parts: list[Arcs]) -> Arcs:
    """Return the ways of all parts in one."""
    none = np.empty(0, dtype=np.int64)
    return Arcs(
        np.concatenate([none, *(part.origin for part in parts)]),
        np.concatenate([none, *(part.site for part in parts)]),
        np.concatenate([np.empty(0), *(part.cost_s for part in parts)]),
        np.unique(np.concatenate([none, *(part.dropped for part in parts)])),
    )
