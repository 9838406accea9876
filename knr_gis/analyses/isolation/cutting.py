"""Which single edges of a graph hold it together, and what lies beyond each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order

from knr_gis.network import Floats, Ints


@dataclass(frozen=True, eq=False)
class Cuts:
    """
    A connected graph hung up at its root.

    Parameters
    ----------
    far
        Shape (E,): node at the far end of each edge without which the graph falls apart; -1 for
        edges that can be gone round.
    number
        Shape (N,): place of each node in a walk that finishes every branch before the next one.
    size
        Shape (N,): nodes beyond each node, itself included; they are numbered without a gap.
    """

    far: Ints
    number: Ints
    size: Ints

    def beyond(self, amount: Floats) -> Floats:
        """Return the sum of an amount of the nodes over each node and all beyond it, shape (N, ...)."""
        walked = np.empty_like(amount)
        walked[self.number] = amount
        sums = np.concatenate([np.zeros((1, *amount.shape[1:])), np.cumsum(walked, axis=0)])
        return np.asarray(sums[self.number + self.size] - sums[self.number])

    def is_beyond(self, node: int, others: Ints) -> NDArray[np.bool_]:
        """Tell which nodes lie at or beyond a node."""
        place = self.number[others] - self.number[node]
        return np.asarray((place >= 0) & (place < self.size[node]))


def find_cuts(n_nodes: int, a: Ints, b: Ints, *, root: int) -> Cuts:
    """
    Return the edges without which a connected graph falls apart.

    Every edge outside a spanning tree closes a ring. A tree edge is a cut edge where no such edge
    leads out of the branch beyond it, i.e. where all numbers reached from the branch lie in it
    (after Tarjan 1974, A note on finding the bridges of a graph, with any spanning tree).

    Parameters
    ----------
    a, b
        Shape (E,): ends of the edges; parallel edges and loops are allowed.
    root
        Node that the graph is hung up at.

    Raises
    ------
    ValueError
        If the graph is not connected: a defect of the caller.
    """
    order, above = _spanning_tree(n_nodes, a, b, root)
    if len(order) != n_nodes:
        raise ValueError(f"{n_nodes - len(order)} nodes do not hang together with the root")
    size = _sizes(order, above)
    number = _numbers(order, above, size)
    tree = _tree_edges(a, b, above)
    lowest, highest = _reached(order, above, number, (a[~tree], b[~tree]))
    child = np.where(above[b] == a, b, a)
    alone = (lowest >= number) & (highest < number + size)
    return Cuts(np.where(tree & alone[child], child, -1), number, size)


def _spanning_tree(n_nodes: int, a: Ints, b: Ints, root: int) -> tuple[Ints, Ints]:
    """Return the nodes in breadth-first order, and the node above each (-1 for the root)."""
    links = csr_matrix((np.ones(len(a), dtype=np.int32), (a, b)), shape=(n_nodes, n_nodes))
    order, above = breadth_first_order(links, root, directed=False)
    return order.astype(np.int64), np.where(above < 0, -1, above).astype(np.int64)


def _sizes(order: Ints, above: Ints) -> Ints:
    """Return the number of nodes at and below each node."""
    size, parent = [1] * len(order), above.tolist()
    for node in order[:0:-1].tolist():
        size[parent[node]] += size[node]
    return np.array(size, dtype=np.int64)


def _numbers(order: Ints, above: Ints, size: Ints) -> Ints:
    """Return numbers by which each branch is a range of its own."""
    number, free = [0] * len(order), [1] * len(order)
    sizes, parent = size.tolist(), above.tolist()
    for node in order[1:].tolist():
        up = parent[node]
        number[node] = number[up] + free[up]
        free[up] += sizes[node]
    return np.array(number, dtype=np.int64)


def _tree_edges(a: Ints, b: Ints, above: Ints) -> NDArray[np.bool_]:
    """Return one edge for each node but the root: of parallel edges the first."""
    down, up = np.where(above[b] == a, b, a), np.where(above[b] == a, a, b)
    candidate = np.flatnonzero((above[down] == up) & (a != b))
    _, first = np.unique(down[candidate], return_index=True)
    tree = np.zeros(len(a), dtype=bool)
    tree[candidate[first]] = True
    return tree


def _reached(order: Ints, above: Ints, number: Ints, rings: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    """Return the lowest and highest number that edges outside the tree reach from each branch."""
    lowest, highest = number.copy(), number.copy()
    for here, there in (rings, rings[::-1]):
        np.minimum.at(lowest, here, number[there])
        np.maximum.at(highest, here, number[there])
    low, high, parent = lowest.tolist(), highest.tolist(), above.tolist()
    for node in order[:0:-1].tolist():
        up = parent[node]
        low[up], high[up] = min(low[up], low[node]), max(high[up], high[node])
    return np.array(low, dtype=np.int64), np.array(high, dtype=np.int64)
