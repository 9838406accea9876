"""The network cut so that every piece of street either stands or fails, and what still hangs together."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from knr_gis.analyses.isolation.stretches import Stretches
from knr_gis.network import Flags, Floats, Ints, Network
from knr_gis.snapping import Snap
from knr_gis.splitting import insert_points

STANDS = -1


@dataclass(frozen=True, eq=False)
class Broken:
    """
    A network of pieces that stand or fail as a whole.

    Parameters
    ----------
    network
        The pieces; its nodes are those of the streets, the ends of failing stretches and the places.
    cause
        Shape (E,): position in ``failing.CAUSES``; STANDS (-1) for what stands.
    places
        Shape (P,): node of each place; -1 off the network.
    """

    network: Network
    cause: Ints
    places: Ints

    @property
    def stands(self) -> Flags:
        """Shape (E,): which pieces can be used after the failure."""
        return np.asarray(self.cause == STANDS)

    def at_places(self, which: Ints) -> Snap:
        """Return places as points on the network (each is at an end of a piece)."""
        node = self.places[which]
        edge = np.where(node >= 0, self._piece_at[node], -1)
        at_end = (edge >= 0) & (self.network.u[edge] != node)
        along = np.where(at_end, self.network.length_m[edge], 0.0)
        on = edge >= 0
        xy = np.where(on[:, None], self.network.nodes[node], np.nan)
        return Snap(on, edge, np.where(on, along, np.nan), np.where(on, 0.0, np.nan), xy)

    @cached_property
    def _piece_at(self) -> Ints:
        """Shape (N,): one piece that begins or ends at each node."""
        piece = np.full(len(self.network.nodes), -1, dtype=np.int64)
        every = np.arange(len(self.network))
        piece[self.network.v] = every
        piece[self.network.u] = every
        return piece


def break_network(network: Network, failures: tuple[Stretches, ...], places: Snap) -> Broken:
    """
    Return the network cut at the ends of what fails and at the places.

    Parameters
    ----------
    failures
        Failing stretches of the edges, one set for each cause; where several hold, the last is told.
    """
    streets = insert_points(network, _cuts(network, failures), places)
    edge, share = streets.edge, streets.share
    pieces = replace(
        network, nodes=streets.xy, u=streets.u, v=streets.v, length_m=share * network.length_m[edge],
        road=network.road[edge], forward=network.forward[edge], backward=network.backward[edge],
    )  # fmt: skip
    middle = _middles(network, pieces, edge)
    longest = float(network.length_m.max(initial=0.0))
    cause = np.full(len(edge), STANDS, dtype=np.int64)
    for number, stretches in enumerate(failures):
        cause[stretches.hold(edge, middle, longest_m=longest)] = number
    return Broken(pieces, cause, streets.targets)


def _cuts(network: Network, failures: tuple[Stretches, ...]) -> Snap:
    """Return where failing stretches begin and end, as points on the network."""
    ends = [stretches.ends() for stretches in failures]
    edge = np.concatenate([e for e, _ in ends])
    along = np.concatenate([a for _, a in ends])
    start = network.nodes[network.u[edge]]
    share = (along / network.length_m[edge])[:, None]
    xy = start + share * (network.nodes[network.v[edge]] - start)
    return Snap(np.ones(len(edge), dtype=bool), edge, along, np.zeros(len(edge)), xy)


def _middles(network: Network, pieces: Network, edge: Ints) -> Floats:
    """Return how far along its edge the middle of each piece lies."""
    start = network.nodes[network.u[edge]]
    middle = (pieces.nodes[pieces.u] + pieces.nodes[pieces.v]) / 2
    return np.asarray(np.hypot(*(middle - start).T), dtype=float)


@dataclass(frozen=True, eq=False)
class Parts:
    """
    What hangs together before and after the failure, whatever the direction of one-way streets.

    Parameters
    ----------
    before, after
        Shape (N,): number of the part that each node belongs to.
    length_m
        Shape (K,): standing street of each part after the failure.
    joined
        Shape (N,): nodes that hung together with the main network before the failure.
    main
        Shape (K,): the parts that are the main network after it: one, or those of the places
        named as outside.
    named
        Whether the outside was named rather than found.
    """

    before: Ints
    after: Ints
    length_m: Floats
    joined: Flags
    main: Flags
    named: bool

    @property
    def cut_off(self) -> Flags:
        """Shape (N,): nodes that the failure has cut off from the main network."""
        return np.asarray(self.joined & ~self.main[self.after])


def find_parts(broken: Broken, outside: Ints) -> Parts:
    """
    Return the parts of the network and which of them is the main network.

    Without a named outside the main network is, before the failure, the part with the most street,
    and after it the part of that one with the most standing street.

    Parameters
    ----------
    outside
        Nodes named as the outside world; empty for none.
    """
    network, stands = broken.network, broken.stands
    before, after = _labels(network, np.ones(len(stands), dtype=bool)), _labels(network, stands)
    all_m, length_m = (
        _lengths(network, before, np.ones(len(stands), dtype=bool)),
        _lengths(network, after, stands),
    )
    joined = np.isin(before, before[outside]) if len(outside) else before == _longest(all_m)
    main = np.zeros(len(length_m), dtype=bool)
    if len(outside):
        main[after[outside]] = True
    elif joined.any():
        candidate = np.where(_of_parts(after, joined, len(length_m)), length_m, 0.0)
        main[_longest(candidate)] = candidate.max() > 0
    return Parts(before, after, length_m, joined, main, named=bool(len(outside)))


def _labels(network: Network, use: Flags) -> Ints:
    n = len(network.nodes)
    links = csr_matrix(
        (np.ones(int(use.sum()), dtype=np.int8), (network.u[use], network.v[use])), shape=(n, n)
    )
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


def _lengths(network: Network, label: Ints, use: Flags) -> Floats:
    """Return the street of each part in metres."""
    count = int(label.max(initial=-1)) + 1
    found = np.bincount(label[network.u[use]], network.length_m[use], minlength=count)
    return np.asarray(found, dtype=float)


def _longest(length_m: Floats) -> int:
    return int(np.argmax(length_m)) if len(length_m) else -1


def _of_parts(label: Ints, chosen: Flags, count: int) -> Flags:
    """Return which parts hold any of the chosen nodes."""
    found = np.zeros(count, dtype=bool)
    found[label[chosen]] = True
    return found
