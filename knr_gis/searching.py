"""Dijkstra over the pieces of street, and the tree of cheapest ways that it leaves behind."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from knr_gis.network import Floats, Ints, Network
from knr_gis.splitting import Streets


@dataclass(frozen=True, eq=False)
class SearchTree:
    """
    The tree of cheapest ways that a search left behind.

    Parameters
    ----------
    cost, previous, source
        Shape (M,) over all nodes of the streets: cost from the root, the node before, and the
        number of the source (-1 = none).
    edge, share
        Shape (M,): the edge of the network travelled from the node before, and how much of it.
    """

    streets: Streets
    cost: Floats
    previous: Ints
    source: Ints
    edge: Ints
    share: Floats
    toward: bool

    def sum_to_root(self, amount: Floats) -> Floats:
        """
        Return for each node the sum over the edges of its way; ``amount`` ends with a 0 for "no edge".

        Every round doubles the length of way that is summed up (pointer jumping). A root points at
        itself and carries 0, so that nothing is counted twice.
        """
        total = amount[self.edge] * self.share
        ahead = np.where(self.previous >= 0, self.previous, np.arange(len(total)))
        while (ahead != ahead[ahead]).any():
            total, ahead = total + total[ahead], ahead[ahead]
        return total

    def trace(self, node: int) -> tuple[Floats, Ints, Floats]:
        """Return the vertices, edges and shares of one way, in the direction of travel."""
        chain = [node]
        while self.previous[chain[-1]] >= 0:
            chain.append(int(self.previous[chain[-1]]))
        steps = np.array(chain[:-1], dtype=np.int64)
        order = slice(None) if self.toward else slice(None, None, -1)
        return self.streets.xy[chain][order], self.edge[steps][order], self.share[steps][order]


def search_tree(
    network: Network, streets: Streets, costs: Floats, *, toward: bool, access_s: Floats
) -> SearchTree:
    """Run one Dijkstra from all sources at once."""
    n_nodes, on = len(streets.xy), np.flatnonzero(streets.sources >= 0)
    doors = n_nodes + np.arange(len(on))
    tails, heads, cost, piece = make_arcs(network, streets, costs, toward=toward)
    tails, heads = np.append(tails, doors), np.append(heads, streets.sources[on])
    cost, piece = np.append(cost, access_s[on]), np.append(piece, np.full(len(on), -1))
    graph, best = make_graph(tails, heads, cost, n_nodes=n_nodes + len(on))
    if not len(on):
        nowhere = np.full(n_nodes, -1, dtype=np.int64)
        return SearchTree(
            streets, np.full(n_nodes, np.inf), nowhere, nowhere, nowhere, np.zeros(n_nodes), toward
        )
    far, previous, root = dijkstra(graph, indices=doors, min_only=True, return_predecessors=True)
    previous, root = previous[:n_nodes].astype(np.int64), root[:n_nodes].astype(np.int64)
    used = piece[best[_entries(graph, previous)]]
    walked = (previous >= 0) & (previous < n_nodes)
    return SearchTree(
        streets=streets,
        cost=far[:n_nodes],
        previous=np.where(walked, previous, -1),
        source=np.where(root >= 0, np.append(on, -1)[np.where(root >= 0, root - n_nodes, -1)], -1),
        edge=np.where(walked, streets.edge[used], -1),
        share=np.where(walked, streets.share[used], 0.0),
        toward=toward,
    )


def make_arcs(
    network: Network, streets: Streets, costs: Floats, *, toward: bool
) -> tuple[Ints, Ints, Floats, Ints]:
    """Return the directed arcs of the search: tails, heads, costs and pieces of street."""
    pieces = np.arange(len(streets.u))
    along, against = network.forward[streets.edge], network.backward[streets.edge]
    tails = np.concatenate([streets.u[along], streets.v[against]])
    heads = np.concatenate([streets.v[along], streets.u[against]])
    piece = np.concatenate([pieces[along], pieces[against]])
    row = np.repeat([0, 1], [along.sum(), against.sum()])
    cost = costs[row, streets.edge[piece]] * streets.share[piece]
    open_ = np.isfinite(cost)
    tails, heads = (heads, tails) if toward else (tails, heads)
    return tails[open_], heads[open_], cost[open_], piece[open_]


def make_graph(tails: Ints, heads: Ints, cost: Floats, *, n_nodes: int) -> tuple[csr_matrix, Ints]:
    """
    Return the graph, and for each of its entries the arc it stands for.

    Of parallel arcs the cheapest is kept: a sparse matrix would add them up.
    """
    order = np.lexsort((cost, heads, tails))
    key = tails[order] * n_nodes + heads[order]
    best = order[np.append(True, key[1:] != key[:-1])[: len(key)]]
    starts = np.searchsorted(tails[best], np.arange(n_nodes + 1))
    return csr_matrix((cost[best], heads[best], starts), shape=(n_nodes, n_nodes)), best


def _entries(graph: csr_matrix, previous: Ints) -> Ints:
    """Return for each node the entry of the graph that leads to it from the node before."""
    n_nodes = graph.shape[0]
    rows = np.repeat(np.arange(n_nodes), np.diff(graph.indptr))
    keys = rows * n_nodes + graph.indices
    wanted = np.maximum(previous, 0) * n_nodes + np.arange(len(previous))
    return np.asarray(np.searchsorted(keys, wanted).clip(max=len(keys) - 1), dtype=np.int64)
