"""What a choice of new sites is made from, and what is said of it."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from knr_gis.assigning import Assignment, assign, require_places
from knr_gis.errors import AnalysisError
from knr_gis.network import Flags, Floats, Ints
from knr_gis.reaching import Arcs

_TOLERANCE = 1e-6  # of all persons: what a solver takes for equal


class Solved(StrEnum):
    """How far a choice of sites is proven."""

    OPTIMAL = "optimal"  # within the gap asked for
    TIME_LIMIT = "time_limit"  # the best found in the time allowed; ``gap`` says how far it may be off
    NOT_ATTAINABLE = "not_attainable"  # all candidates together do not reach the share; see ``Siting.share``


@dataclass(frozen=True, eq=False)
class Cover:
    """
    Who reaches which site in time, and which sites are there already.

    Parameters
    ----------
    arcs
        Ways in time to existing sites and candidates; sites are numbered through.
    demand_persons
        Shape (n,): persons at each origin.
    capacity_persons
        Shape (m,): room; NaN = unknown, the site takes nobody; inf = unlimited.
    fixed
        Shape (m,): existing sites: open whatever is chosen, and never chosen.
    """

    arcs: Arcs
    demand_persons: Floats
    capacity_persons: Floats
    fixed: Flags

    @property
    def slack(self) -> float:
        """Persons that the tolerances of a solver may amount to."""
        return _TOLERANCE * (float(self.demand_persons.sum()) + len(self.demand_persons))

    def require_usable(self) -> None:
        """Raise AnalysisError where ways, persons, room and existing sites do not belong together."""
        require_places(self.arcs, self.demand_persons, self.capacity_persons)
        if len(self.fixed) != len(self.capacity_persons):
            raise AnalysisError("covering.bad_fixed", found=len(self.fixed), sites=len(self.capacity_persons))

    def assignment(self, opened: Flags) -> Assignment:
        """Return who goes where when only some sites are open."""
        arcs = self.arcs.take(opened[self.arcs.site])
        return assign(arcs, demand_persons=self.demand_persons, capacity_persons=self.capacity_persons)


@dataclass(frozen=True, eq=False)
class Siting:
    """
    Sites chosen, and what they change.

    Parameters
    ----------
    status
        How far the choice is proven.
    chosen
        Candidates chosen, ascending; those that would stand empty are left out.
    before, after, attainable
        Who goes where with the existing sites, with the chosen ones too, with every candidate.
    bound
        ``best_sites``: no choice brings more persons newly into time.
        ``fewest_sites``: no choice of fewer sites does.
    gap
        How far the choice may be from the best, as a share of the choice: (bound - found) / found.
    """

    status: Solved
    chosen: Ints
    before: Assignment
    after: Assignment
    attainable: Assignment
    bound: float
    gap: float

    @property
    def newly_persons(self) -> float:
        """Persons in time with the chosen sites, less those before."""
        return placed(self.after) - placed(self.before)

    @property
    def share(self) -> float:
        """Share of all persons (0 to 1) in time with the chosen sites; NaN where nobody is."""
        return _share(self.after)

    @property
    def attainable_share(self) -> float:
        """Share of all persons (0 to 1) in time if every candidate were there; NaN where nobody is."""
        return _share(self.attainable)


def placed(assignment: Assignment) -> float:
    """Return how many persons have a place."""
    return float(assignment.placed_persons.sum())


def _share(assignment: Assignment) -> float:
    persons = float(assignment.demand_persons.sum())
    return placed(assignment) / persons if persons > 0 else np.nan
