"""Failing pieces of street put together to elements: runs of one road between junctions."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from knr_gis.analyses.inputs import Mask
from knr_gis.analyses.isolation.broken import Broken
from knr_gis.network import Ints


@dataclass(frozen=True, eq=False)
class Elements:
    """
    Runs of failing street between junctions, standing street, settlements, and changes of road.

    Parameters
    ----------
    piece
        Shape (F,): the failing pieces.
    of
        Shape (F,): the element that each of them belongs to.
    a, b
        Shape (M,): nodes at the ends of each element; -1 for a ring that nothing touches.
    """

    piece: Ints
    of: Ints
    a: Ints
    b: Ints

    def __len__(self) -> int:
        """Return the number of elements."""
        return len(self.a)


def find_elements(broken: Broken, kind: Ints, homes: Ints) -> Elements:
    """
    Return the failing pieces put together to elements.

    Parameters
    ----------
    kind
        Shape (E,): pieces of different kind (another road, or a bridge) are different elements.
    homes
        Nodes of the settlements (-1 = none): an element ends there.
    """
    network = broken.network
    piece = np.flatnonzero(~broken.stands)
    node = np.concatenate([network.u[piece], network.v[piece]])
    row = np.tile(np.arange(len(piece)), 2)
    inner = _goes_on(broken, node, np.tile(kind[piece], 2), homes)
    order = np.argsort(node[inner], kind="stable")
    pairs = row[inner][order].reshape(-1, 2)
    links = csr_matrix(
        (np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(len(piece), len(piece))
    )
    count, of = connected_components(links, directed=False)
    ends = _ends(node[~inner], of[row[~inner]], count)
    return Elements(piece, of.astype(np.int64), ends[:, 0], ends[:, 1])


def _goes_on(broken: Broken, node: Ints, kind: Ints, homes: Ints) -> Mask:
    """Tell at which ends of failing pieces the same road simply goes on, failing."""
    n_nodes, stands = len(broken.network.nodes), broken.stands
    failing = np.bincount(node, minlength=n_nodes)
    sums, squares = (np.bincount(node, kind.astype(float) ** k, minlength=n_nodes) for k in (1, 2))
    stops = np.zeros(n_nodes, dtype=bool)
    stops[broken.network.u[stands]] = True
    stops[broken.network.v[stands]] = True
    stops[homes[homes >= 0]] = True
    # two pieces are of one kind where x + y = s and x^2 + y^2 = q give 2 q = s^2
    return np.asarray(((failing == 2) & ~stops & (2 * squares == sums**2))[node])


def _ends(node: Ints, of: Ints, count: int) -> Ints:
    """Return the two ends of each element, shape (count, 2); -1 where it has none."""
    ends = np.full((count, 2), -1, dtype=np.int64)
    order = np.argsort(of, kind="stable")
    node, of = node[order], of[order]
    second = np.append(False, of[1:] == of[:-1])
    ends[of, second.astype(int)] = node
    return ends
