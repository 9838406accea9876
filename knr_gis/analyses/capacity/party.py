"""Who asks for a place: the residents, and the visitors of a month beside them."""

from dataclasses import dataclass, replace

import numpy as np

from knr_gis.analyses.capacity.arcs import arcs_in_time
from knr_gis.analyses.evacuation.plan import Plan
from knr_gis.analyses.evacuation.race import REACHED, Run, race
from knr_gis.analyses.evacuation.ways import HERE
from knr_gis.analyses.inputs import Mask, Numbers
from knr_gis.reaching import Arcs

RESIDENTS, VISITORS = "residents", "visitors"


@dataclass(frozen=True)
class Party:
    """
    People of one kind with all that they could do.

    Parameters
    ----------
    kind
        ``residents`` or ``visitors``.
    run
        Their race to the nearest safety of any kind.
    arcs
        Their ways in time, to the sites numbered as in ``Run.goals``.
    gets_out
        Shape (n,): whether they could leave the zone in time instead.
    """

    kind: str
    run: Run
    arcs: Arcs
    gets_out: Mask

    @property
    def persons(self) -> Numbers:
        """Shape (n,): persons of each origin; NaN = unknown."""
        return np.asarray(self.run.judged["persons"].to_numpy(float))

    @property
    def stays(self) -> Mask:
        """Shape (n,): who is safe where they stand and asks for no place."""
        return np.asarray(self.run.ways.goal == HERE)

    def __len__(self) -> int:
        """Return the number of origins."""
        return len(self.run.judged)


def make_party(kind: str, run: Run) -> Party:
    """Return the people of a run with their ways in time to the sites and out of the zone."""
    return Party(kind, run, arcs_in_time(run), _gets_out(run.plan))


def _gets_out(plan: Plan) -> Mask:
    """Tell which origins could leave the zone in time, shape (n,)."""
    if not plan.scenario.use_exits:
        return np.zeros(len(plan.origins.frame), dtype=bool)
    out = race(replace(plan, scenario=replace(plan.scenario, use_sites=False)))
    return np.asarray(out.judged["evac_status"] == REACHED)
