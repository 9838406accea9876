"""Streets without the vertices that only bend: a small graph for searches from many places."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from knr_gis.network import Flags, Floats, Ints, Network
from knr_gis.splitting import Streets


@dataclass(frozen=True, eq=False)
class Chains:
    """
    Directed ways between the nodes where streets meet, at most one between two of them.

    Parameters
    ----------
    nodes
        Shape (n,): nodes of the streets that are left, ascending.
    tails, heads
        Shape (A,): positions in ``nodes``.
    cost_s, amount
        Shape (A,): sums along the way.
    """

    nodes: Ints
    tails: Ints
    heads: Ints
    cost_s: Floats
    amount: Floats


def chains_of(network: Network, streets: Streets, costs: Floats, amount: Floats) -> Chains:
    """
    Return the streets as chains between crossings, dead ends and the sources.

    A node in which two pieces meet and that is no source is passed through. Every round doubles the length
    of chain that is summed up (pointer jumping), so that a net of 400,000 edges takes a few passes.

    Parameters
    ----------
    costs, amount
        Shape (2, E): by direction; infinite costs are closed.
    """
    tails, heads = np.concatenate([streets.u, streets.v]), np.concatenate([streets.v, streets.u])
    through = np.bincount(tails, minlength=len(streets.xy)) == 2
    through[streets.sources[streets.sources >= 0]] = False
    passable = np.concatenate([network.forward[streets.edge], network.backward[streets.edge]])
    cost = np.where(passable, (costs[:, streets.edge] * streets.share).ravel(), np.inf)
    sums = np.stack([cost, (amount[:, streets.edge] * streets.share).ravel()])
    sums, last = _summed(sums, _next(tails, heads, through))
    real = ~through[tails] & np.isfinite(sums[0]) & (tails != heads[last]) & ~through[heads[last]]
    return _numbered(tails[real], heads[last[real]], sums[:, real])


def _next(tails: Ints, heads: Ints, through: Flags) -> Ints:
    """Return the arc that follows each arc through its head; the number of arcs where it ends there."""
    n = len(tails)
    arc = np.arange(n)
    back = (arc + n // 2) % n
    leaving = np.bincount(tails, arc, minlength=len(through)).astype(np.int64)  # of two the sum
    return np.where(through[heads], leaving[heads] - back, n)


def _summed(sums: Floats, ahead: Ints) -> tuple[Floats, Ints]:
    """Return the sums from each arc to the end of its chain, and the last arc of it; rings have no end."""
    n = len(ahead)
    sums, last = np.append(sums, [[0.0], [0.0]], axis=1), np.arange(n + 1)
    ahead = np.append(ahead, n)
    for _ in range(int(np.ceil(np.log2(n + 1))) + 1):
        on = ahead < n
        if not on.any():
            break
        sums[:, on] += sums[:, ahead[on]]
        last[on] = last[ahead[on]]
        ahead = ahead[ahead]
    return sums[:, :n], last[:n]


def _numbered(tails: Ints, heads: Ints, sums: Floats) -> Chains:
    """Return chains with the cheapest of parallel ones, their nodes numbered from 0."""
    order = np.lexsort((sums[0], heads, tails))
    pairs = pd.DataFrame({"tail": tails[order], "head": heads[order]})
    best = order[~pairs.duplicated().to_numpy()]
    nodes, place = np.unique(np.concatenate([tails[best], heads[best]]), return_inverse=True)
    tail, head = np.split(place, 2)
    return Chains(nodes, tail, head, sums[0, best], sums[1, best])
