"""What each failing element does: whom it cuts off alone, and whom it would reconnect if it alone held."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from knr_gis.analyses.inputs import Mask, Numbers
from knr_gis.analyses.isolation.broken import Parts
from knr_gis.analyses.isolation.cutting import Cuts, find_cuts
from knr_gis.analyses.isolation.elements import Elements
from knr_gis.network import Ints

# What is added up: settlements, their known persons, settlements of unknown number, metres of street.
_HOMES, _PERSONS, _UNKNOWN, _METRES = range(4)


@dataclass(frozen=True, eq=False)
class Weights:
    """
    The settlements at the nodes of the network.

    Parameters
    ----------
    node
        Shape (P,): node of each settlement; -1 off the network.
    persons
        Shape (P,): NaN = unknown.
    """

    node: Ints
    persons: Numbers

    def of_parts(self, parts: Parts) -> Numbers:
        """Return settlements, persons, unknown settlements and standing metres of each part, shape (K, 4)."""
        count = len(parts.length_m)
        on = np.flatnonzero(self.node >= 0)
        part, unknown = parts.after[self.node[on]], np.isnan(self.persons[on])
        amounts = (np.ones(len(on)), np.where(unknown, 0.0, self.persons[on]), unknown.astype(float))
        sums = [np.bincount(part, amount, minlength=count) for amount in amounts]
        return np.column_stack([*sums, parts.length_m]).astype(float)


@dataclass(frozen=True, eq=False)
class Graph:
    """
    All that stands drawn together to one node for each part, and the elements between them.

    Parameters
    ----------
    node_of_part
        Shape (K,): node of each part; -1 for parts that no element touches and that are not main.
    element, a, b
        Shape (E,): the elements that were joined to the main network, and their ends.
    root
        Node of the main network; -1 where nothing of it stands.
    """

    node_of_part: Ints
    n_nodes: int
    element: Ints
    a: Ints
    b: Ints
    root: int

    def gathered(self, amount: Numbers) -> Numbers:
        """Return amounts of the parts added up by node, shape (n_nodes, ...)."""
        gathered = np.zeros((self.n_nodes, *amount.shape[1:]))
        known = self.node_of_part >= 0
        np.add.at(gathered, self.node_of_part[known], amount[known])
        return gathered


def contract(elements: Elements, parts: Parts) -> Graph:
    """Return the graph of the standing parts; several parts named as outside are one node."""
    main = np.flatnonzero(parts.main)
    touched = np.flatnonzero((elements.a >= 0) & parts.joined[elements.a])
    a, b = parts.after[elements.a[touched]], parts.after[elements.b[touched]]
    used = np.zeros(len(parts.length_m), dtype=bool)
    used[a] = used[b] = True
    used[main] = False
    node_of_part = np.where(used, np.cumsum(used), -1)  # from 1: node 0 is the main network
    node_of_part[main] = 0
    root = 0 if len(main) else -1
    return Graph(node_of_part, int(used.sum()) + 1, touched, node_of_part[a], node_of_part[b], root)


@dataclass(frozen=True, eq=False)
class Verdicts:
    """
    What each element does.

    Parameters
    ----------
    table
        One row per element: ``cut_settlements``, ``cut_persons``, ``reopened_settlements``,
        ``reopened_persons``. Persons are NaN where settlements are there and all their numbers are
        unknown; where only some are, the known ones are added up.
    far
        Shape (M,): node of the graph beyond which all is cut off; -1 where nothing is.
    flipped
        Shape (M,): what is cut off lies on this side of it instead.
    """

    table: pd.DataFrame
    graph: Graph
    cuts: Cuts | None
    far: Ints
    flipped: Mask

    def cut_homes(self, element: int, home_parts: Ints) -> Mask:
        """Tell which settlements (by their part of the network, -1 = none) an element cuts off alone."""
        node = np.where(home_parts >= 0, self.graph.node_of_part[home_parts], -1)
        if self.cuts is None or self.far[element] < 0:
            return np.zeros(len(node), dtype=bool)
        beyond = self.cuts.is_beyond(int(self.far[element]), np.maximum(node, 0))
        return np.asarray((node >= 0) & (beyond != self.flipped[element]))


def judge_elements(elements: Elements, length_m: Numbers, parts: Parts, weights: Weights) -> Verdicts:
    """
    Return what each element does when it alone fails, and when it alone is opened again.

    Alone, an element cuts off what it separates from the larger part of the network: the part with
    more street, or the outside where that was named. Opened again while all others fail, it
    reconnects the part at its far end if the near one is the main network.

    Parameters
    ----------
    length_m
        Shape (M,): length of each element.
    """
    count, graph = len(elements), contract(elements, parts)
    far, flipped = np.full(count, -1, dtype=np.int64), np.zeros(count, dtype=bool)
    if graph.root < 0:
        return Verdicts(_table(np.zeros((count, 4)), np.zeros((count, 4))), graph, None, far, flipped)
    amount = graph.gathered(weights.of_parts(parts))
    opened = np.zeros((count, 4))
    opened[graph.element] = _opened(graph, amount)
    cuts = find_cuts(graph.n_nodes, graph.a, graph.b, root=graph.root)
    alone = np.zeros((count, 4))
    far[graph.element] = cuts.far
    alone[graph.element], flipped[graph.element] = _alone(
        graph, cuts, amount, length_m[graph.element], named=parts.named
    )
    return Verdicts(_table(alone, opened), graph, cuts, far, flipped)


def _opened(graph: Graph, amount: Numbers) -> Numbers:
    """Return what each element would join to the main network by itself, shape (E, 4)."""
    at_main = (graph.a == graph.root) != (graph.b == graph.root)
    other = np.where(graph.a == graph.root, graph.b, graph.a)
    return np.where(at_main[:, None], amount[other], 0.0)


def _alone(
    graph: Graph, cuts: Cuts, amount: Numbers, length_m: Numbers, *, named: bool
) -> tuple[Numbers, Mask]:
    """Return what each element cuts off by itself, shape (E, 4), and whether that is the root's side."""
    whole = amount.copy()
    np.add.at(whole[:, _METRES], graph.a, length_m)  # while one fails the others stand
    is_cut = cuts.far >= 0
    beyond = np.where(is_cut[:, None], cuts.beyond(whole)[cuts.far], 0.0)
    beyond[:, _METRES] -= np.where(is_cut & (graph.a == cuts.far), length_m, 0.0)
    rest = whole.sum(axis=0) - beyond
    rest[:, _METRES] -= length_m
    flipped = is_cut & (not named) & (beyond[:, _METRES] > rest[:, _METRES])
    alone = np.where(flipped[:, None], rest, beyond)
    return np.where(is_cut[:, None], alone, 0.0), flipped


def _table(alone: Numbers, opened: Numbers) -> pd.DataFrame:
    columns: dict[str, Numbers] = {}
    for name, amount in (("cut", alone), ("reopened", opened)):
        homes, all_unknown = amount[:, _HOMES], amount[:, _HOMES] == amount[:, _UNKNOWN]
        columns[f"{name}_settlements"] = homes
        columns[f"{name}_persons"] = np.where((homes > 0) & all_unknown, np.nan, amount[:, _PERSONS])
    return pd.DataFrame(columns)
