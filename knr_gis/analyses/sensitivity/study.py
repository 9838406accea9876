"""The runs of the design, made over one zone, and what they say of each district and municipality."""

from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from knr_gis.analyses.evacuation.conditions import Conditions, Given
from knr_gis.analyses.evacuation.coverage import coverage_rows
from knr_gis.analyses.evacuation.origins import Origins, find_origins
from knr_gis.analyses.evacuation.plan import Plan, conditions_of, layers_of, make_plan, with_conditions
from knr_gis.analyses.evacuation.race import REACHED, STATUSES, Run, race
from knr_gis.analyses.inputs import Numbers
from knr_gis.analyses.sensitivity.asked import Asked
from knr_gis.analyses.sensitivity.design import FACTORIAL, ONE, Trial, design, main_effects, signs
from knr_gis.analyses.sensitivity.districts import Districts, find_districts
from knr_gis.analyses.sensitivity.factors import (
    ARRIVAL,
    DELAY,
    DEMAND,
    SNAP,
    SPEED,
    Factor,
    Level,
    find_factors,
)
from knr_gis.errors import AnalysisError

_CLOSE = 1e-6
_DIGITS = 9  # of a share: below that is the order of summation


@dataclass(frozen=True)
class Outcome:
    """
    What one run found.

    Parameters
    ----------
    origins, persons
        Shape (statuses, districts): how many; persons of unknown number are not in them.
    known
        Shape (districts,): origins whose persons are known.
    """

    trial: Trial
    origins: Numbers
    persons: Numbers
    known: Numbers


@dataclass(frozen=True)
class Study:
    """
    All runs of a design.

    Parameters
    ----------
    base
        The run of the base scenario.
    outcomes
        One for each trial, the base first.
    by_persons
        Whether shares are of persons; False: nowhere is their number known, and origins are counted.
    """

    base: Run
    factors: list[Factor]
    districts: Districts
    outcomes: list[Outcome]
    by_persons: bool

    def shares(self, outcome: Outcome) -> Numbers:
        """Return the share in time of all in each district in percent, NaN where nobody is known."""
        return percent(*self._amounts(outcome))

    def municipal(self, outcome: Outcome) -> Numbers:
        """Return the share in time of all in each municipality, the whole region last, in percent."""
        reached, whole = (self._by_municipality(amount) for amount in self._amounts(outcome))
        return percent(reached, whole)

    def one_at_a_time(self, factor: Factor) -> list[Outcome]:
        """Return the outcomes of the other levels of a factor, in their order."""
        return [o for o in self.outcomes if o.trial.kind == ONE and o.trial.varied == factor.key]

    def effects(self) -> Numbers:
        """Return the main effects in points, shape (factors, municipalities + 1), the region last."""
        crossed = [self.municipal(o) for o in self.outcomes if o.trial.kind == FACTORIAL]
        return np.round(main_effects(signs(len(self.factors)), np.array(crossed)), _DIGITS)

    def _amounts(self, outcome: Outcome) -> tuple[Numbers, Numbers]:
        table = outcome.persons if self.by_persons else outcome.origins
        return table[STATUSES.index(REACHED)], table.sum(axis=0)

    def _by_municipality(self, amount: Numbers) -> Numbers:
        muni = self.districts.frame["muni"].to_numpy(int)
        table = np.bincount(muni, amount, minlength=len(self.base.inundation.codes))
        return np.append(table, table.sum())


def percent(part: Numbers, whole: Numbers) -> Numbers:
    """Return a share in percent, NaN where the whole is 0; rounded, so that equal shares are equal."""
    share = np.divide(part * 100, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return np.asarray(np.round(share, _DIGITS))


def run_study(asked: Asked) -> Study:
    """
    Make every run of the design.

    Raises
    ------
    AnalysisError
        If the account of a run does not close, by status or by district.
    """
    plan = make_plan(
        **cast("Given", {**layers_of(cast("Given", asked)), **conditions_of(cast("Given", asked))})
    )
    factors = find_factors(asked, plan)
    places = find_districts(plan.layers.get("settlements"), plan.layers["municipalities"], plan.inundation)
    plans, people = _by_speed(plan, conditions_of(cast("Given", asked)), factors), _by_rule(plan, factors)
    outcomes = []
    for trial in design(factors):
        run = race(_plan_of(trial, plans, people))
        outcomes.append(_outcome(trial, run, places))
    return Study(
        base=race(plan), factors=factors, districts=places, outcomes=outcomes,
        by_persons=bool(outcomes[0].known.any()),
    )  # fmt: skip


def _by_speed(plan: Plan, conditions: Conditions, factors: list[Factor]) -> dict[Level, Plan]:
    """Return the plan at each level of the walking speed: only it changes the times of the streets."""
    speeds: set[Level] = {plan.scenario.walk_speed_mps}
    speeds |= {level for factor in factors if factor.key == SPEED for level in factor.others}
    return {
        speed: with_conditions(plan, cast("Conditions", {**conditions, "walk_speed_mps": speed}))
        for speed in speeds
    }


def _by_rule(plan: Plan, factors: list[Factor]) -> dict[Level, Origins]:
    """Return the people under each demand rule."""
    rules = [rule for factor in factors if factor.key == DEMAND for rule in factor.others]
    return {plan.scenario.demand: plan.origins} | {
        rule: find_origins(plan.layers, plan.inundation, str(rule)) for rule in rules
    }


def _plan_of(trial: Trial, plans: dict[Level, Plan], people: dict[Level, Origins]) -> Plan:
    """
    Return the plan of one run.

    That the water comes some minutes later everywhere is the same as that much less margin on arrival.
    """
    levels = trial.levels
    plan = plans[levels[SPEED]] if SPEED in levels else next(iter(plans.values()))
    own = plan.scenario
    rule = levels.get(DEMAND, own.demand)
    scenario = replace(
        own,
        start_delay_min=float(levels.get(DELAY, own.start_delay_min)),
        snap_limit_m=float(levels.get(SNAP, own.snap_limit_m)),
        safety_margin_min=own.safety_margin_min - float(levels.get(ARRIVAL, 0.0)),
        demand=str(rule),
    )
    return replace(plan, scenario=scenario, origins=people[rule])


def _outcome(trial: Trial, run: Run, places: Districts) -> Outcome:
    """Return one run by status and district; nobody may be lost on the way."""
    rows = coverage_rows(run.judged, run.origins, run.inundation)
    district, status = places.of(run.judged), run.judged["evac_status"].to_numpy(object)
    persons = run.judged["persons"].to_numpy(float)
    origins, known = np.ones(len(run.judged)), ~np.isnan(persons)
    tables = [_by_status(status, district, a, len(places)) for a in (origins, np.nan_to_num(persons))]
    whole = {row[3]: row[4] for row in rows if row[0] == "" and row[2] == ""}
    for kind, table in zip(("origins", "persons"), tables, strict=True):
        _require_all(table, whole, kind)
    told = np.bincount(district, known * 1.0, minlength=len(places)).astype(float)
    return Outcome(trial, origins=tables[0], persons=tables[1], known=told)


def _by_status(
    status: NDArray[np.object_], district: NDArray[np.intp], amount: Numbers, count: int
) -> Numbers:
    table = np.zeros((len(STATUSES), count))
    np.add.at(table, (np.array([STATUSES.index(s) for s in status], dtype=int), district), amount)
    return table


def _require_all(table: Numbers, whole: dict[str, float], kind: str) -> None:
    """Raise AnalysisError unless the districts hold what the account of the whole region says."""
    for status, amount in zip(STATUSES, table.sum(axis=1), strict=True):
        total = whole.get(f"evac_{kind}_{status}", amount)
        if not np.isclose(amount, total, rtol=_CLOSE, atol=_CLOSE):
            raise AnalysisError(
                "analyses.not_closed", measure=f"evac_{kind}_{status}", municipality="", parts=amount,
                total=total,
            )  # fmt: skip
