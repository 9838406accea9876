"""Least-cost travel over the network: from many places at once, exact along the edges."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra
from shapely.geometry import LineString

from knr_gis.chaining import Chains, chains_of
from knr_gis.errors import AnalysisError
from knr_gis.network import Flags, Floats, Ints, Network
from knr_gis.searching import SearchTree, make_graph, search_tree
from knr_gis.snapping import Snap
from knr_gis.splitting import insert_points


class Reach(StrEnum):
    """What became of a place: a state, never a number."""

    REACHED = "reached"
    FAR = "far"  # no street within the snapping limit
    DISCONNECTED = "disconnected"  # on the network, but no way leads to (or from) any source


@dataclass(frozen=True, eq=False)
class Path:
    """
    One way through the network, in the direction of travel.

    Parameters
    ----------
    cost_s, length_m
        NaN unless reached; the way from the point to the street is not in them.
    line
        From street to street; None unless reached.
    edges, edge_m, forward
        Edges of the network in order, how much of each is travelled, and whether from u to v.
    """

    status: Reach
    cost_s: float
    length_m: float
    line: LineString | None
    edges: Ints
    edge_m: Floats
    forward: Flags


@dataclass(frozen=True, eq=False)
class Field:
    """
    Least cost between each target and the source that is best for it.

    Parameters
    ----------
    status
        Shape (T,): a ``Reach`` for each target.
    cost_s
        Shape (T,): cost including the source's ``access_s``; NaN unless reached.
    source
        Shape (T,): number of the source; -1 unless reached.
    """

    status: NDArray[np.object_]
    cost_s: Floats
    source: Ints
    network: Network
    search: "SearchTree"

    @cached_property
    def length_m(self) -> Floats:
        """Shape (T,): metres along the streets; NaN unless reached."""
        return self.sum_along(self.network.length_m)

    def sum_along(self, amount: Floats) -> Floats:
        """
        Return the sum of a quantity along each target's way, shape (T,); NaN unless reached.

        Parameters
        ----------
        amount
            Shape (E,), or (2, E) by direction: what each whole edge carries; a part of it carries its share.
        """
        sums = self.search.sum_to_root(np.asarray(amount, dtype=float))
        found = _at_nodes(sums, self.search.streets.targets, missing=np.nan)
        return np.where(self.status == Reach.REACHED, found, np.nan)

    def path(self, target: int) -> Path:
        """Return the way of one target, in the direction of travel."""
        status = Reach(self.status[target])
        if status != Reach.REACHED:
            none = np.empty(0)
            return Path(status, np.nan, np.nan, None, none.astype(np.int64), none, none.astype(bool))
        xy, edges, share, forward = self.search.trace(int(self.search.streets.targets[target]))
        edge_m = share * self.network.length_m[edges]
        line = LineString(xy if len(xy) > 1 else np.repeat(xy, 2, axis=0))
        return Path(status, float(self.cost_s[target]), float(edge_m.sum()), line, edges, edge_m, forward)

    def lines_between(self, starts: Floats, ends: Floats) -> NDArray[np.object_]:
        """
        Return every way drawn from its start over the streets to its end, shape (T,); None unless reached.

        Parameters
        ----------
        starts, ends
            Shape (T, 2): the places themselves; a row of NaN adds no point.
        """
        on = np.where(self.status == Reach.REACHED, self.search.streets.targets, -1)
        owner, chain = self.search.chains(on)
        found = np.flatnonzero(on >= 0)
        xy = np.concatenate([starts[found], self.search.streets.xy[chain], ends[found]])
        way = np.concatenate([found, owner, found])
        order = np.argsort(way, kind="stable")
        order = order[~np.isnan(xy[order, 0])]
        lines = np.full(len(on), None, dtype=object)
        lines[found] = shapely.linestrings(xy[order], indices=np.searchsorted(found, way[order]))
        return lines

    @property
    def node_cost_s(self) -> Floats:
        """Shape (N,): least cost of each node of the network; NaN where no way leads."""
        cost = self.search.cost[: len(self.network.nodes)]
        return np.where(np.isfinite(cost), cost, np.nan)


def travel_from(
    network: Network,
    sources: Snap,
    targets: Snap,
    *,
    cost_s: Floats,
    toward: bool = True,
    access_s: Floats | None = None,
) -> Field:
    """
    Return the least cost between each target and its best source, by one search from all sources.

    Sources and targets are inserted into the edges that they lie on, so that costs are exact to
    the point and two places on one edge see each other directly.

    Parameters
    ----------
    cost_s
        Shape (E,), or (2, E) where the way from v to u (row 1) costs otherwise than from u to v.
        Infinite = closed.
    toward
        True: travel runs from the targets to the sources (people to sites), and one-way streets
        are obeyed in that direction. False: from the sources to the targets.
    access_s
        Shape (S,): added for the use of a source, e.g. the way from the street to its door.

    Raises
    ------
    AnalysisError
        If a cost is negative, unknown (NaN) or of the wrong shape.
    """
    costs = checked_costs(cost_s, network)
    access = np.zeros(len(sources)) if access_s is None else np.asarray(access_s, dtype=float)
    streets = insert_points(network, sources, targets)
    search = search_tree(network, streets, costs, toward=toward, access_s=access)
    cost = _at_nodes(search.cost, streets.targets, missing=np.inf)
    source = _at_nodes(search.source, streets.targets, missing=-1)
    reached = np.isfinite(cost)
    status = np.where(reached, Reach.REACHED, np.where(targets.reached, Reach.DISCONNECTED, Reach.FAR))
    return Field(
        status=status.astype(object),
        cost_s=np.where(reached, cost, np.nan),
        source=np.where(reached, source, -1),
        network=network,
        search=search,
    )


def _at_nodes(values: NDArray[Any], nodes: Ints, *, missing: float) -> NDArray[Any]:
    """Return the values at nodes; ``missing`` for places off the network (node -1)."""
    found = np.full(len(nodes), missing, dtype=values.dtype)
    on = nodes >= 0
    found[on] = values[nodes[on]]
    return found


def shortest_path(network: Network, start: Snap, end: Snap, *, cost_s: Floats) -> Path:
    """Return the cheapest way from one place to another (snaps of one point each)."""
    return travel_from(network, start, end, cost_s=cost_s, toward=False).path(0)


def travel_matrix(network: Network, places: Snap, *, cost_s: Floats, amount: Floats | None = None) -> Floats:
    """
    Return the least cost from each place (row) to each other (column), shape (P, P).

    NaN where a place is not on the network or no way leads; 0 from a place to itself.

    Parameters
    ----------
    cost_s
        Shape (E,) or (2, E), see ``travel_from``; the ways are those of least cost.
    amount
        Shape (E,) or (2, E): what is summed along these ways instead of their cost.
    """
    costs = checked_costs(cost_s, network)
    streets = insert_points(network, places, places.take([]))
    summed = costs if amount is None else np.broadcast_to(amount, costs.shape)
    chains = chains_of(network, streets, costs, summed)
    graph = make_graph(chains.tails, chains.heads, chains.cost_s, n_nodes=len(chains.nodes))
    same = streets.sources[:, None] == streets.sources
    matrix = np.where(same & places.reached, 0.0, np.nan)
    on = np.flatnonzero(np.isin(streets.sources, chains.nodes))
    at = np.searchsorted(chains.nodes, streets.sources[on])
    for place, node in zip(on, at, strict=True):
        cost, previous = dijkstra(graph, indices=int(node), return_predecessors=True)
        found = cost if amount is None else _along_tree(chains, previous)
        matrix[place, on] = np.where(np.isfinite(cost[at]), found[at], np.nan)
    return matrix


def _along_tree(chains: Chains, previous: Ints) -> Floats:
    """Return the amount along the way from the root to each node, shape (n,)."""
    ahead = np.where(previous < 0, np.arange(len(previous)), previous).astype(np.int64)
    used = previous[chains.heads] == chains.tails
    total = np.zeros(len(previous))
    total[chains.heads[used]] = chains.amount[used]
    while (ahead != ahead[ahead]).any():
        total, ahead = total + total[ahead], ahead[ahead]
    return total


def checked_costs(cost_s: Floats, network: Network) -> Floats:
    """Return costs as (2, E); raise AnalysisError where they cannot be costs."""
    cost = np.asarray(cost_s, dtype=float)
    if cost.shape not in ((len(network),), (2, len(network))):
        raise AnalysisError("network.cost_shape", found=cost.shape, edges=len(network))
    n_bad = int((~(cost >= 0)).sum())
    if n_bad:
        raise AnalysisError("network.bad_cost", count=n_bad)
    return np.broadcast_to(cost, (2, len(network)))
