"""Points inserted into the edges that they lie on."""

from dataclasses import dataclass

import numpy as np

from knr_gis.network import Floats, Ints, Network
from knr_gis.snapping import Snap

# A point nearer than this to the end of its edge is the node there.
_SAME_M = 1e-6


@dataclass(frozen=True, eq=False)
class Streets:
    """
    A network whose edges are cut at inserted points.

    Parameters
    ----------
    xy
        Shape (M, 2): nodes of the network first, then the inserted points.
    u, v
        Shape (K,): ends of the pieces.
    edge, share
        Shape (K,): the edge that a piece is of, and how much of it (0 to 1).
    sources, targets
        Node of each source and of each target; -1 off the network.
    """

    xy: Floats
    u: Ints
    v: Ints
    edge: Ints
    share: Floats
    sources: Ints
    targets: Ints


def insert_points(network: Network, sources: Snap, targets: Snap) -> Streets:
    """Return the network cut at all sources and targets."""
    edge = np.concatenate([sources.edge, targets.edge])
    along_m = np.concatenate([sources.along_m, targets.along_m])
    xy = np.concatenate([sources.xy, targets.xy])
    node, cut = _nodes(network, edge, along_m)
    pieces = _pieces(network, edge[cut], along_m[cut], nodes=node[cut])
    of_sources, of_targets = node[: len(sources)], node[len(sources) :]
    return Streets(np.vstack([network.nodes, xy[cut]]), *pieces, of_sources, of_targets)


def _nodes(network: Network, edge: Ints, along_m: Floats) -> tuple[Ints, Ints]:
    """
    Return where each point is in the cut network.

    Returns
    -------
    tuple
        The node of each point (-1 off the network), and for each new node, in order, one point
        that lies there.
    """
    on = edge >= 0
    node = np.full(len(edge), -1, dtype=np.int64)
    at_start = on & (along_m <= _SAME_M)
    at_end = np.zeros(len(edge), dtype=bool)
    at_end[on] = along_m[on] >= network.length_m[edge[on]] - _SAME_M
    at_end &= ~at_start
    node[at_start], node[at_end] = network.u[edge[at_start]], network.v[edge[at_end]]
    inner = np.flatnonzero(on & ~at_start & ~at_end)
    order = inner[np.lexsort((along_m[inner], edge[inner]))]
    same_edge = edge[order][1:] == edge[order][:-1]
    same_place = same_edge & (np.diff(along_m[order]) <= _SAME_M)
    is_new = np.append(True, ~same_place)[: len(order)]
    node[order] = len(network.nodes) + np.cumsum(is_new) - 1
    return node, order[is_new]


def _pieces(network: Network, edge: Ints, along_m: Floats, *, nodes: Ints) -> tuple[Ints, Ints, Ints, Floats]:
    """Return the pieces of all edges: those that are cut, then those that are whole."""
    cut = np.unique(edge)
    whole = np.setdiff1d(np.arange(len(network)), cut, assume_unique=True)
    edges = np.concatenate([cut, edge, cut])
    places = np.concatenate([np.zeros(len(cut)), along_m, network.length_m[cut]])
    ends = np.concatenate([network.u[cut], nodes, network.v[cut]])
    order = np.lexsort((places, edges))
    edges, places, ends = edges[order], places[order], ends[order]
    joined = np.flatnonzero(edges[1:] == edges[:-1])
    share = (places[joined + 1] - places[joined]) / network.length_m[edges[joined]]
    return (
        np.concatenate([ends[joined], network.u[whole]]),
        np.concatenate([ends[joined + 1], network.v[whole]]),
        np.concatenate([edges[joined], whole]),
        np.concatenate([share, np.ones(len(whole))]),
    )
