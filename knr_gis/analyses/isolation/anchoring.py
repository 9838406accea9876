"""Where a settlement stands on the streets: at the mouth of a short dead end, not inside it."""

import numpy as np

from knr_gis.network import Flags, Floats, Ints, Network
from knr_gis.snapping import Snap, snap


def anchor(network: Network, points_xy: Floats, bridges: Flags, *, limit_m: float, dead_end_m: float) -> Snap:
    """
    Return the place of each settlement on its nearest street; in a short dead end, its mouth.

    A settlement is a whole village drawn as one point: were it put into a cul-de-sac, that one
    street would seem to cut off all its people. A street that is nothing but a dead end keeps its
    settlement.

    Parameters
    ----------
    bridges
        Shape (E,): a branch over a bridge is no dead end: the bridge is the way out of a hamlet.
    dead_end_m
        Branches that end after less than this are dead ends; 0: none is.
    """
    nearest = snap(network, points_xy, limit_m=limit_m)
    mouth = _mouths(network, np.where(bridges, np.inf, network.length_m), dead_end_m)
    piece = _edge_at(network, mouth)
    node = np.where(nearest.reached, mouth[network.u[nearest.edge]], 0)
    inside = nearest.reached & (mouth[network.v[nearest.edge]] == node) & (piece[node] >= 0)
    edge = np.where(inside, piece[node], nearest.edge)
    at_end = network.u[edge] != node
    place = network.nodes[node]
    away = np.hypot(*(np.asarray(points_xy, dtype=float).reshape(-1, 2) - place).T)
    return Snap(
        reached=nearest.reached,
        edge=edge,
        along_m=np.where(inside, np.where(at_end, network.length_m[edge], 0.0), nearest.along_m),
        distance_m=np.where(inside, away, nearest.distance_m),
        xy=np.where(inside[:, None], place, nearest.xy),
    )


def _mouths(network: Network, length_m: Floats, limit_m: float) -> Ints:
    """
    Return for each node the mouth of the short dead end that it lies in, shape (N,); else itself.

    Ends of streets are cut back again and again, as long as no way from the cut to an end is as
    long as the limit.
    """
    degree, only = _incidence(network)
    depth, toward = np.zeros(len(degree)), np.arange(len(degree))
    ends = np.flatnonzero(degree == 1)
    while len(ends):
        edge = only[ends]
        ahead, reach = network.u[edge] + network.v[edge] - ends, depth[ends] + length_m[edge]
        short = (reach < limit_m) & (toward[ahead] == ahead) & ((degree[ahead] > 1) | (ends < ahead))
        ends, edge, ahead, reach = ends[short], edge[short], ahead[short], reach[short]
        toward[ends] = ahead
        np.add.at(degree, ahead, -1)
        np.bitwise_xor.at(only, ahead, edge)
        np.maximum.at(depth, ahead, reach)
        ends = np.unique(ahead[degree[ahead] == 1])
    while (toward != toward[toward]).any():
        toward = toward[toward]
    return toward


def _incidence(network: Network) -> tuple[Ints, Ints]:
    """Return the number of edges at each node, and the exclusive or of their numbers (of one: itself)."""
    nodes, edges = np.concatenate([network.u, network.v]), np.tile(np.arange(len(network)), 2)
    only = np.zeros(len(network.nodes), dtype=np.int64)
    np.bitwise_xor.at(only, nodes, edges)
    return np.bincount(nodes, minlength=len(only)).astype(np.int64), only


def _edge_at(network: Network, mouth: Ints) -> Ints:
    """Return for each node one edge there that lies in no dead end, shape (N,); -1 where there is none."""
    found = np.full(len(network.nodes), -1, dtype=np.int64)
    open_ = np.flatnonzero(mouth[network.u] != mouth[network.v])
    found[network.v[open_]] = open_
    found[network.u[open_]] = open_
    return found
