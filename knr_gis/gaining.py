"""What each new site alone would bring, and sites taken one after the other by what they bring."""

from collections.abc import Callable

import numpy as np

from knr_gis.assigning import most_persons
from knr_gis.covering_program import origin_groups, sums
from knr_gis.network import Flags, Floats, Ints
from knr_gis.siting import Cover


def gain_each(cover: Cover) -> Floats:
    """
    Return the persons newly in time if one candidate alone is added, shape (m,).

    NaN for existing sites and where the capacity is unknown. Persons at existing sites may move to
    the candidate and make room there for others: one maximum flow for each candidate.

    Raises
    ------
    AnalysisError
        If the inputs cannot be used together.
    """
    cover.require_usable()
    return _gain_each(cover, cover.fixed)


def take_in_turn(cover: Cover, *, n_sites: int, persons: float) -> tuple[Ints, Floats]:
    """
    Return candidates in the order in which each newly brings most, and how many persons it brings.

    What a site adds never grows as others are there already (persons placed are a submodular
    function of the sites), so a promise made earlier is renewed only where it would decide. The
    result is at least 63 % of the best choice of as many sites (Nemhauser, Wolsey and Fisher 1978).

    Parameters
    ----------
    n_sites, persons
        Stop at so many sites, or when so many persons are newly in time, or when nobody more is.
    """
    opened, promised = cover.fixed.copy(), np.nan_to_num(_gain_each(cover, cover.fixed))
    taken: list[int] = []
    brought: list[float] = []
    while len(taken) < n_sites and sum(brought) < persons:
        best, gain = _best_of(promised, gain_from(cover, opened))
        if gain <= cover.slack:
            break
        taken, brought = [*taken, best], [*brought, gain]
        opened[best], promised[best] = True, 0.0
    return np.array(taken, dtype=np.int64), np.array(brought)


def _best_of(promised: Floats, gain: Callable[[int], float]) -> tuple[int, float]:
    """Return the candidate that brings most; promises that were looked at are renewed in place."""
    renewed: set[int] = set()
    while True:
        best = int(promised.argmax()) if len(promised) else -1
        if best < 0 or promised[best] <= 0 or best in renewed:
            return best, float(promised[best]) if best >= 0 else 0.0
        promised[best] = gain(best)
        renewed.add(best)


def _gain_each(cover: Cover, opened: Flags) -> Floats:
    """Return what each candidate that is not open would bring; NaN for the others."""
    gain, gains = gain_from(cover, opened), np.full(len(opened), np.nan)
    for site in np.flatnonzero(~opened & ~np.isnan(cover.capacity_persons)):
        gains[site] = gain(int(site))
    return gains


def gain_from(cover: Cover, opened: Flags) -> Callable[[int], float]:
    """Return the function that tells what one more site brings beside those that are open."""
    arcs, demand, capacity = cover.arcs, cover.demand_persons, cover.capacity_persons
    room = np.where(opened, np.nan_to_num(capacity, posinf=np.inf), 0.0)
    number, group, site = origin_groups(arcs.take(room[arcs.site] > 0), len(demand))
    number = np.where(number < 0, group.max(initial=-1) + 1, number)  # no open site in time: one more
    persons = sums(number, demand, int(number.max(initial=0)) + 1)
    order = np.argsort(arcs.site, kind="stable")
    ends = np.searchsorted(arcs.site[order], np.arange(len(capacity) + 1))

    def most(more: int | None) -> float:
        origins = arcs.origin[order[ends[more] : ends[more + 1]]] if more is not None else order[:0]
        reach = sums(number[origins], demand[origins], len(persons))
        extra = capacity[more] if more is not None else 0.0
        return _most(persons, (group, site), room, reach=reach, extra=float(extra))

    base = most(None)
    return lambda more: max(most(more) - base, 0.0)


def _most(persons: Floats, pairs: tuple[Ints, Ints], room: Floats, *, reach: Floats, extra: float) -> float:
    """
    Return the most persons with room, with one more site.

    Parameters
    ----------
    persons, pairs, room
        Persons of groups with the same open sites in time; pairs of group and site; room of sites.
    reach, extra
        Persons of each group in time for the site that is added, and its room.
    """
    group, site = pairs
    n_groups, n_sites = len(persons), len(room)
    more, source, sink = (n_groups + n_sites + np.arange(3)).tolist()
    groups, sites = np.arange(n_groups), n_groups + np.arange(n_sites)
    arcs = [
        (np.full(n_groups, source), groups, persons),
        (group, sites[site], persons[group]),
        (sites, np.full(n_sites, sink), room),
        (groups, np.full(n_groups, more), reach),
        (np.array([more]), np.array([sink]), np.array([extra])),
    ]
    tails, heads, most = (np.concatenate(part) for part in zip(*arcs, strict=True))
    return most_persons(tails, heads, np.minimum(most, persons.sum()), source=source, sink=sink)
