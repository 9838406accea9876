"""Dijkstra over the pieces of street, and the tree of cheapest ways that it leaves behind."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from knr_gis.network import Floats, Ints, Network
from knr_gis.splitting import Streets


@dataclass(frozen=True, eq=False)
class Arcs:
    """
    Directed arcs of a search, at most one between two nodes.

    Parameters
    ----------
    tails, heads, cost_s
        Shape (A,).
    piece
        Shape (A,): the piece of street that an arc runs over.
    """

    tails: Ints
    heads: Ints
    cost_s: Floats
    piece: Ints

    def take(self, which: NDArray[Any]) -> "Arcs":
        """Return some of the arcs."""
        return Arcs(self.tails[which], self.heads[which], self.cost_s[which], self.piece[which])


@dataclass(frozen=True, eq=False)
class SearchTree:
    """
    The tree of cheapest ways that a search left behind.

    Parameters
    ----------
    cost, previous, source
        Shape (M,) over all nodes of the streets: cost from the root, the node before (-1 = none),
        and the number of the source (-1 = none).
    """

    streets: Streets
    arcs: Arcs
    toward: bool
    cost: Floats
    previous: Ints
    source: Ints

    @cached_property
    def piece(self) -> Ints:
        """Shape (M,): the piece of street travelled from the node before; -1 = none."""
        used = self.previous[self.arcs.heads] == self.arcs.tails
        piece = np.full(len(self.cost), -1, dtype=np.int64)
        piece[self.arcs.heads[used]] = self.arcs.piece[used]
        return piece

    def forward(self, nodes: Ints) -> NDArray[np.bool_]:
        """Tell whether the piece between each node and the node before it is travelled from u to v."""
        ends = self.streets.v if self.toward else self.streets.u
        return np.asarray(ends[self.piece[nodes]] == self.previous[nodes])

    def sum_to_root(self, amount: Floats) -> Floats:
        """
        Return for each node the sum of a quantity of the edges along its way, shape (M,).

        ``amount`` has shape (E,), or (2, E) where the way from v to u (row 1) carries otherwise.
        Every round doubles the length of way that is summed up (pointer jumping). A root points at
        itself and carries 0, so that nothing is counted twice.
        """
        total = np.zeros(len(self.cost))
        inner = self.piece >= 0
        piece, row = self.piece[inner], np.where(self.forward(np.flatnonzero(inner)), 0, -1)
        total[inner] = np.atleast_2d(amount)[row, self.streets.edge[piece]] * self.streets.share[piece]
        ahead = np.where(inner, self.previous, np.arange(len(total)))
        while (ahead != ahead[ahead]).any():
            total, ahead = total + total[ahead], ahead[ahead]
        return total

    def chains(self, nodes: Ints) -> tuple[Ints, Ints]:
        """
        Return the nodes of many ways at once, each from its node to the root.

        Returns
        -------
        tuple
            The position in ``nodes`` that a step belongs to (ascending), and the node of the step; nodes
            off the network (-1) have no step.
        """
        way, step = np.flatnonzero(nodes >= 0), nodes[nodes >= 0]
        ways, steps = [way], [step]
        while len(step):
            ahead = self.previous[step]
            way, step = way[ahead >= 0], ahead[ahead >= 0]
            ways.append(way)
            steps.append(step)
        owner, chain = np.concatenate(ways), np.concatenate(steps)
        order = np.argsort(owner, kind="stable")
        return owner[order], chain[order]

    def trace(self, node: int) -> tuple[Floats, Ints, Floats, NDArray[np.bool_]]:
        """Return the vertices, edges, shares and directions of one way, in the direction of travel."""
        chain = [node]
        while self.previous[chain[-1]] >= 0:
            chain.append(int(self.previous[chain[-1]]))
        steps = np.array(chain[:-1], dtype=np.int64)
        piece = self.piece[steps]
        order = slice(None) if self.toward else slice(None, None, -1)
        return (
            self.streets.xy[chain][order],
            self.streets.edge[piece][order],
            self.streets.share[piece][order],
            self.forward(steps)[order],
        )


def search_tree(
    network: Network, streets: Streets, costs: Floats, *, toward: bool, access_s: Floats
) -> SearchTree:
    """
    Run one Dijkstra from all sources at once.

    Each source gets a door of its own in front of its node, so that two sources at one node stay
    apart and the way to the door counts.
    """
    n_nodes, on = len(streets.xy), np.flatnonzero(streets.sources >= 0)
    arcs = make_arcs(network, streets, costs, toward=toward)
    if not len(on):
        nowhere = np.full(n_nodes, -1, dtype=np.int64)
        return SearchTree(streets, arcs, toward, np.full(n_nodes, np.inf), nowhere, nowhere)
    doors = n_nodes + np.arange(len(on))
    graph = make_graph(
        np.append(arcs.tails, doors), np.append(arcs.heads, streets.sources[on]),
        np.append(arcs.cost_s, access_s[on]), n_nodes=n_nodes + len(on),
    )  # fmt: skip
    cost, previous, root = dijkstra(graph, indices=doors, min_only=True, return_predecessors=True)
    previous, root = previous[:n_nodes].astype(np.int64), root[:n_nodes].astype(np.int64)
    at_door = (previous < 0) | (previous >= n_nodes)
    source = np.where(root >= 0, on[np.maximum(root - n_nodes, 0)], -1)
    return SearchTree(streets, arcs, toward, cost[:n_nodes], np.where(at_door, -1, previous), source)


def make_arcs(network: Network, streets: Streets, costs: Floats, *, toward: bool) -> Arcs:
    """
    Return the arcs of a search; against the direction of travel where it runs toward the sources.

    Of parallel arcs the cheapest is kept: a sparse matrix would add them up.
    """
    pieces = np.arange(len(streets.u))
    along, against = network.forward[streets.edge], network.backward[streets.edge]
    tails = np.concatenate([streets.u[along], streets.v[against]])
    heads = np.concatenate([streets.v[along], streets.u[against]])
    piece = np.concatenate([pieces[along], pieces[against]])
    row = np.repeat([0, 1], [along.sum(), against.sum()])
    cost = costs[row, streets.edge[piece]] * streets.share[piece]
    arcs = Arcs(heads, tails, cost, piece) if toward else Arcs(tails, heads, cost, piece)
    passable = np.isfinite(cost)
    arcs = arcs if passable.all() else arcs.take(passable)
    return _cheapest(arcs, len(streets.xy)) if network.has_parallels else arcs


def _cheapest(arcs: Arcs, n_nodes: int) -> Arcs:
    """Return the arcs without those that run beside a cheaper one."""
    key = arcs.tails * n_nodes + arcs.heads
    shared = np.flatnonzero(pd.Series(key).duplicated(keep=False))
    if not len(shared):
        return arcs
    order = shared[np.lexsort((arcs.cost_s[shared], key[shared]))]
    keep = np.ones(len(key), dtype=bool)
    keep[order[1:][key[order][1:] == key[order][:-1]]] = False
    return arcs.take(keep)


def make_graph(tails: Ints, heads: Ints, cost: Floats, *, n_nodes: int) -> csr_matrix:
    """Return arcs as a sparse matrix; a stored 0 is a free way, what is not stored is none."""
    return csr_matrix((cost, (tails, heads)), shape=(n_nodes, n_nodes))
