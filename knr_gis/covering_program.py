"""Capacitated coverage as a mixed-integer program, written down as arrays; ``covering`` solves it."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from knr_gis.network import Flags, Floats, Ints
from knr_gis.reaching import Arcs


@dataclass(frozen=True, eq=False)
class Groups:
    """
    Origins with the same sites in time, taken together: the program need not tell them apart.

    Parameters
    ----------
    persons
        Shape (G,).
    group, site
        Shape (P,): pairs of a group and a site in time, ordered by group.
    room, fixed
        Shape (m,): persons each site takes (0 = none, inf = unlimited), and whether it is there already.
    secured
        Persons who have room at existing sites whatever is chosen; they are in no group.
    """

    persons: Floats
    group: Ints
    site: Ints
    room: Floats
    fixed: Flags
    secured: float

    @property
    def scarce(self) -> Flags:
        """Shape (m,): sites that cannot take everybody who reaches them."""
        reach = sums(self.site, self.persons[self.group], len(self.room))
        return np.asarray(self.room < reach)


@dataclass(frozen=True, eq=False)
class Rows:
    """Inequalities: the sum of the entries of a row is at most its ``most``."""

    row: Ints
    column: Ints
    value: Floats
    most: Floats


@dataclass(frozen=True, eq=False)
class Program:
    """
    Minimise ``offset + weight @ columns`` under rows; the first m columns say which sites are open.

    Parameters
    ----------
    weight, lower, upper
        Shape (C,).
    n_sites
        The number m of whole-numbered columns.
    """

    weight: Floats
    lower: Floats
    upper: Floats
    rows: Rows
    n_sites: int
    offset: float


def origin_groups(arcs: Arcs, n_origins: int) -> tuple[Ints, Ints, Ints]:
    """
    Return origins grouped by the set of their sites.

    Returns
    -------
    tuple
        The group of each origin (-1 = it has no way), and the pairs of group and site.
    """
    order = np.lexsort((arcs.site, arcs.origin))
    sites = arcs.site[order].astype(np.int64)
    ends = np.searchsorted(arcs.origin[order], np.arange(n_origins + 1))
    seen: dict[bytes, int] = {b"": -1}
    sets = (sites[start:end].tobytes() for start, end in pairwise(ends))
    group = np.fromiter((seen.setdefault(one, len(seen) - 1) for one in sets), np.int64, n_origins)
    of_group = [np.frombuffer(one, dtype=np.int64) for one in seen]
    sizes = [len(one) for one in of_group[1:]]
    return group, np.repeat(np.arange(len(sizes)), sizes), np.concatenate(of_group)


def sums(number: Ints, amount: Floats, count: int) -> Floats:
    """Return the sum of the amounts of each number, shape (count,)."""
    return np.bincount(number, amount, minlength=count).astype(float)


def group_origins(arcs: Arcs, demand: Floats, capacity: Floats, fixed: Flags) -> Groups:
    """Return the groups that a choice of sites can make a difference to."""
    room = np.nan_to_num(capacity, nan=0.0, posinf=np.inf)
    useful = arcs.take((room[arcs.site] > 0) & (demand[arcs.origin] > 0))
    number, group, site = origin_groups(useful, len(demand))
    n_groups = int(group[-1]) + 1 if len(group) else 0
    persons = sums(number[number >= 0], demand[number >= 0], n_groups)
    every = Groups(persons, group, site, room, fixed, secured=0.0)
    return _undecided(every)


def _undecided(every: Groups) -> Groups:
    """Return the groups without those that an existing site with room for all takes anyway."""
    taken = np.zeros(len(every.persons), dtype=bool)
    taken[every.group[(every.fixed & ~every.scarce)[every.site]]] = True
    kept = ~taken[every.group]
    renumbered = np.cumsum(~taken) - 1
    return Groups(
        persons=every.persons[~taken],
        group=renumbered[every.group[kept]],
        site=every.site[kept],
        room=every.room,
        fixed=every.fixed,
        secured=float(every.persons[taken].sum()),
    )


def best_program(groups: Groups, n_sites: int, *, already: float) -> Program:
    """
    Return the program whose least value is minus the most persons newly in time.

    Parameters
    ----------
    already
        Persons in time without any candidate; the gap is to be of what is new.
    """
    columns = _Columns(groups)
    new = np.flatnonzero(~groups.fixed)
    count = Rows(np.zeros(len(new), dtype=np.int64), new, np.ones(len(new)), np.array([float(n_sites)]))
    rows = _stacked([*_coverage(groups, columns), count])
    return columns.program(-columns.persons, rows, offset=already - groups.secured)


def fewest_program(groups: Groups, persons: float) -> Program:
    """Return the program whose least value is the number of new sites that put ``persons`` into time."""
    columns = _Columns(groups)
    moving = np.flatnonzero(columns.persons)
    target = np.array([groups.secured - persons])
    enough = Rows(np.zeros(len(moving), dtype=np.int64), moving, -np.ones(len(moving)), target)
    weight = np.zeros(columns.count)
    weight[: len(groups.fixed)] = ~groups.fixed
    return columns.program(weight, _stacked([*_coverage(groups, columns), enough]), offset=0.0)


class _Columns:
    """
    The columns of the program: sites, then persons of pairs, then persons of groups.

    Persons are followed to the site only where it is scarce; a site with room for all who reach it
    covers them as soon as it is open.
    """

    def __init__(self, groups: Groups) -> None:
        scarce, m = groups.scarce, len(groups.room)
        self.scarce = np.flatnonzero(scarce)
        self.pair = np.flatnonzero(scarce[groups.site])
        self.easy = np.flatnonzero(~scarce[groups.site])
        self.group = np.unique(groups.group[self.easy])
        self.of_pair = m + np.arange(len(self.pair))
        self.of_group = m + len(self.pair) + np.arange(len(self.group))
        self.count = m + len(self.pair) + len(self.group)
        most_of_pair = np.minimum(
            groups.persons[groups.group[self.pair]], groups.room[groups.site[self.pair]]
        )
        may_open = groups.fixed | (groups.room > 0)
        self.upper = np.concatenate([may_open, most_of_pair, groups.persons[self.group]]).astype(float)
        self.lower = np.zeros(self.count)
        self.lower[:m] = groups.fixed
        self.persons = np.repeat([0.0, 1.0], [m, self.count - m])

    def program(self, weight: Floats, rows: Rows, *, offset: float) -> Program:
        n_sites = self.count - len(self.pair) - len(self.group)
        return Program(weight, self.lower, self.upper, rows, n_sites, offset)


def _coverage(groups: Groups, columns: _Columns) -> list[Rows]:
    """Return what binds persons to sites: nobody twice, no site over its room, no site that is not open."""
    pair, easy = columns.pair, columns.easy
    group_of, site_of = groups.group[pair], groups.site[pair]
    persons, room = groups.persons, groups.room
    place = np.searchsorted(columns.scarce, site_of)
    few = np.flatnonzero((persons[group_of] < room[site_of]) & ~groups.fixed[site_of])
    line, at = np.arange(len(few)), np.searchsorted(columns.group, groups.group[easy])
    return [
        _rows((group_of, columns.of_pair, 1.0), (columns.group, columns.of_group, 1.0), most=persons),
        _rows(
            (place, columns.of_pair, 1.0),
            (np.arange(len(columns.scarce)), columns.scarce, -room[columns.scarce]),
            most=np.zeros(len(columns.scarce)),
        ),
        _rows(
            (line, columns.of_pair[few], 1.0),
            (line, site_of[few], -persons[group_of[few]]),
            most=np.zeros(len(few)),
        ),
        _rows(
            (np.arange(len(columns.group)), columns.of_group, 1.0),
            (at, groups.site[easy], -persons[groups.group[easy]]),
            most=np.zeros(len(columns.group)),
        ),
    ]


def _rows(*entries: tuple[Ints, Ints, Floats | float], most: Floats) -> Rows:
    """Return rows from entries (row, column, value)."""
    return Rows(
        np.concatenate([row for row, _, _ in entries]),
        np.concatenate([column for _, column, _ in entries]),
        np.concatenate([np.broadcast_to(value, len(row)) for row, _, value in entries]),
        most,
    )


def _stacked(blocks: list[Rows]) -> Rows:
    """Return blocks of rows one below the other."""
    starts = np.cumsum([0, *(len(block.most) for block in blocks)])
    return Rows(
        np.concatenate([block.row + start for block, start in zip(blocks, starts, strict=False)]),
        np.concatenate([block.column for block in blocks]),
        np.concatenate([block.value for block in blocks]),
        np.concatenate([block.most for block in blocks]),
    )
