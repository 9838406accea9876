"""Heights along streets: what a slope does to a speed, and how much a way climbs."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import spsolve

from knr_gis.assumptions import assumption
from knr_gis.grid import Grid, sample
from knr_gis.network import Flags, Floats, Ints, Network

_MOST_SAMPLES = 64


def tobler(slope: Floats) -> Floats:
    """
    Return the speed on a slope as a share of the speed on level ground.

    Source: Tobler's hiking function, W = 6 exp(-3.5 |s + 0.05|) km/h, divided by its value at s = 0;
    ``slope`` is the rise over the run in the direction of travel.
    """
    rate, shift = assumption("tobler_rate").value, assumption("tobler_shift").value
    return np.asarray(np.exp(-rate * (np.abs(slope + shift) - shift)))


def fastest_share() -> float:
    """Return the speed on the fastest slope (gently downhill) as a share of the speed on level ground."""
    return float(tobler(np.array(-assumption("tobler_shift").value)))


def smooth_height(elevation: Grid, places: Floats) -> Floats:
    """
    Return heights between the four cells around each place (bilinear), NaN where one is unknown.

    Cell steps of a coarse grid would read as cliffs otherwise.
    """
    cell_x, cell_y = elevation.transform.a, elevation.transform.e
    column, row = ~elevation.transform @ (places[:, 0], places[:, 1])
    fx, fy = (column - 0.5) % 1.0, (row - 0.5) % 1.0
    west, north = places[:, 0] - fx * cell_x, places[:, 1] - fy * cell_y
    corner = [sample(elevation, west + i * cell_x, north + j * cell_y) for j in (0, 1) for i in (0, 1)]
    top, bottom = corner[0] * (1 - fx) + corner[1] * fx, corner[2] * (1 - fx) + corner[3] * fx
    return np.asarray(top * (1 - fy) + bottom * fy)


@dataclass(frozen=True, eq=False)
class Steps:
    """
    Edges in steps of a cell of the grid, so that a hill between the ends of an edge counts.

    Parameters
    ----------
    edge
        Shape (n,): ascending, every edge at least once.
    rise_m, run_m
        Shape (n,): from u toward v; the rise is NaN where a height is unknown.
    count
        Number of edges.
    """

    edge: Ints
    rise_m: Floats
    run_m: Floats
    count: int

    def slowness(self, share: Callable[[Floats], Floats] = tobler) -> Floats:
        """
        Return how many times longer each edge takes than on the level, up and down its slope, shape (2, E).

        Parameters
        ----------
        share
            The speed on a slope as a share of that on the level. Where no height is known it is level.
        """
        slope = np.nan_to_num(self.rise_m / self.run_m)
        of_edge = np.bincount(self.edge, minlength=self.count)
        sums = [np.bincount(self.edge, 1 / share(sign * slope), minlength=self.count) for sign in (1, -1)]
        return np.stack(sums) / of_edge

    @property
    def ascent_m(self) -> Floats:
        """Shape (2, E): metres climbed from u to v and from v to u; NaN where a height is unknown."""
        rises = [np.maximum(sign * self.rise_m, 0.0) for sign in (1, -1)]
        return np.stack([np.bincount(self.edge, rise, minlength=self.count) for rise in rises])


def edge_steps(network: Network, elevation: Grid) -> Steps:
    """Return the edges in steps of a cell, each laid on the terrain."""
    cell = abs(elevation.transform.a)
    steps = np.clip(np.ceil(network.length_m / cell), 1, _MOST_SAMPLES).astype(np.int64)
    edge = np.repeat(np.arange(len(network)), steps)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(steps) - steps, steps)
    start, end = (
        smooth_height(elevation, network.at(edge, np.asarray((step + k) / steps[edge]))) for k in (0, 1)
    )
    return Steps(edge, end - start, network.length_m[edge] / steps[edge], len(network))


def level_spans(steps: Steps, network: Network, spanning: Flags, heights: Floats) -> Steps:
    """
    Return the steps with bridges and tunnels straight between the heights of their nodes.

    Parameters
    ----------
    spanning
        Shape (E,).
    heights
        Shape (N,), see ``node_heights``.
    """
    share = steps.run_m / network.length_m[steps.edge]
    rise = (heights[network.v] - heights[network.u])[steps.edge] * share
    return Steps(steps.edge, np.where(spanning[steps.edge], rise, steps.rise_m), steps.run_m, steps.count)


def node_heights(network: Network, spanning: Flags, elevation: Grid) -> Floats:
    """
    Return the height of each node, shape (N,), NaN where unknown.

    The terrain does not know bridges and tunnels: nodes inside them lie on the straight slope between
    their ends, found by Laplace's equation over the spanning edges with weights 1 / length. A ring of
    spans without an end keeps to the terrain.
    """
    heights = smooth_height(elevation, network.nodes)
    n, u, v = len(heights), network.u[spanning], network.v[spanning]
    others = np.append(network.u[~spanning], network.v[~spanning])
    of_spans, of_others = (np.bincount(nodes, minlength=n) for nodes in (np.append(u, v), others))
    inner = (of_spans >= 2) & (of_others == 0)
    links = coo_matrix((np.ones(len(u)), (u, v)), shape=(n, n))
    part = connected_components(links, directed=False)[1]
    ends = (of_spans > 0) & ~inner
    inner &= np.isin(part, part[ends])
    lost = np.isin(part, part[ends & np.isnan(heights)])
    if inner.any():
        solved = _between(inner, np.nan_to_num(heights), (u, v), 1 / network.length_m[spanning])
        heights[inner] = np.where(lost[inner], np.nan, solved)
    return heights


def _between(inner: Flags, heights: Floats, ends: tuple[Ints, Ints], weight: Floats) -> Floats:
    """Return the heights of inner nodes, of which each is the weighted mean of its neighbours."""
    number = np.cumsum(inner) - 1
    tails, heads, weights = np.append(*ends), np.append(ends[1], ends[0]), np.tile(weight, 2)
    own = inner[tails]
    tails, heads, weights = number[tails[own]], heads[own], weights[own]
    n, free = int(inner.sum()), inner[heads]
    known = np.bincount(tails[~free], weights[~free] * heights[heads[~free]], minlength=n)
    rows, columns = np.append(tails, tails[free]), np.append(tails, number[heads[free]])
    matrix = coo_matrix((np.append(weights, -weights[free]), (rows, columns)), shape=(n, n)).tocsc()
    return np.asarray(spsolve(matrix, known))
