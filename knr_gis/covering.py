"""Where to put new sites: which bring most persons into time, how few are enough, what each alone brings."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from ortools.graph.python import max_flow
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt

from knr_gis.assigning import Assignment, require_places
from knr_gis.covering_program import Program, best_program, fewest_program, group_origins, origin_groups, sums
from knr_gis.errors import AnalysisError
from knr_gis.network import Flags, Floats, Ints
from knr_gis.siting import Cover, Siting, Solved, placed

_UNITS_PER_PERSON = 1_000_000  # the maximum flow counts whole units
_TOLERANCE = 1e-6  # of all persons: what the solver takes for equal


def best_sites(cover: Cover, n_sites: int, *, gap: float = 0.001, time_limit_s: float = 60.0) -> Siting:
    """
    Return at most ``n_sites`` candidates that bring most persons newly into time.

    Maximal coverage with capacities (Church and ReVelle 1974; Current and Storbeck 1988) as a
    mixed-integer program, solved by HiGHS through OR-Tools. The same input gives the same answer
    unless the time limit ends the search.

    Parameters
    ----------
    gap
        Proof asked for: the best choice newly brings at most this share more than the one returned.

    Raises
    ------
    AnalysisError
        If the inputs cannot be used together, or nothing is found in the time allowed.
    """
    _require_usable(cover, gap, time_limit_s)
    if n_sites < 0:
        raise AnalysisError("covering.bad_number", number=n_sites)
    before = cover.assignment(cover.fixed)
    groups = group_origins(cover.arcs, cover.demand_persons, cover.capacity_persons, cover.fixed)
    program = best_program(groups, n_sites, already=placed(before))
    opened, least = _solve(program, gap, time_limit_s)
    chosen, after = _stands(cover, opened)
    newly = placed(after) - placed(before)
    _require_reached(newly, -least.found, cover)
    most = max(-least.bound, newly)
    missed = _relative(most - newly, newly, cover)
    return Siting(_proof(least, missed, gap), chosen, before, after, _everything(cover), most, missed)


def fewest_sites(
    cover: Cover, *, share: float = 0.95, gap: float = 0.0, time_limit_s: float = 60.0
) -> Siting:
    """
    Return the fewest candidates that put a share of all persons into time, existing sites included.

    Set covering with capacities and a share (Toregas et al. 1971) as a mixed-integer program,
    solved by HiGHS through OR-Tools. Where all candidates together do not reach the share, the
    answer is the fewest that put as many into time as all of them, and the status says so.

    Parameters
    ----------
    share
        Of ``demand_persons``, above 0 and up to 1.
    gap
        Proof asked for: the choice has at most this share of sites too many.

    Raises
    ------
    AnalysisError
        If the inputs cannot be used together, or nothing is found in the time allowed.
    """
    _require_usable(cover, gap, time_limit_s)
    if not 0 < share <= 1:
        raise AnalysisError("covering.bad_share", share=share)
    wanted, attainable = share * float(cover.demand_persons.sum()), _everything(cover)
    target = min(wanted, placed(attainable))
    groups = group_origins(cover.arcs, cover.demand_persons, cover.capacity_persons, cover.fixed)
    opened, least = _solve(fewest_program(groups, target), gap, time_limit_s)
    chosen, after = _stands(cover, opened)
    _require_reached(placed(after), target, cover)
    fewest = min(max(np.ceil(least.bound - _TOLERANCE), 0.0), float(len(chosen)))
    missed = (len(chosen) - fewest) / max(len(chosen), 1)
    lacking = placed(attainable) < wanted - _slack(cover)
    status = Solved.NOT_ATTAINABLE if lacking else _proof(least, missed, gap)
    return Siting(status, chosen, cover.assignment(cover.fixed), after, attainable, fewest, missed)


def gain_each(cover: Cover) -> Floats:
    """
    Return the persons newly in time if one candidate alone is added, shape (m,).

    NaN for existing sites and where the capacity is unknown. Persons at existing sites may move to
    the candidate and make room for others: maximum flow (OR-Tools) for each candidate.
    """
    _require_usable(cover, 0.0, 1.0)
    demand, capacity, arcs = cover.demand_persons, cover.capacity_persons, cover.arcs
    existing = arcs.take((cover.fixed & (capacity > 0))[arcs.site])
    number, group, site = origin_groups(existing, len(demand))
    number = np.where(number < 0, group.max(initial=-1) + 1, number)  # no existing site in time: one more
    persons = sums(number, demand, int(number.max(initial=0)) + 1)
    standing = _Standing(persons, group, site, np.where(cover.fixed, np.nan_to_num(capacity), 0.0))
    gains, base = np.full(len(capacity), np.nan), standing.most(np.zeros(len(persons)), 0.0)
    order = np.argsort(arcs.site, kind="stable")
    ends = np.searchsorted(arcs.site[order], np.arange(len(capacity) + 1))
    for k in np.flatnonzero(~cover.fixed & ~np.isnan(capacity)):
        origins = arcs.origin[order[ends[k] : ends[k + 1]]]
        reach = sums(number[origins], demand[origins], len(persons))
        gains[k] = standing.most(reach, capacity[k]) - base
    return gains


@dataclass(frozen=True, eq=False)
class _Standing:
    """
    The existing sites, and groups of persons with the same of them in time.

    Parameters
    ----------
    persons
        Shape (G,).
    group, site
        Shape (P,): pairs of a group and an existing site.
    room
        Shape (m,); 0 where there is no site.
    """

    persons: Floats
    group: Ints
    site: Ints
    room: Floats

    def most(self, reach: Floats, room: float) -> float:
        """Return the most persons in time with one more site, ``reach`` of each group in time for it."""
        n_groups, n_sites = len(self.persons), len(self.room)
        more, source, sink = n_groups + n_sites + np.arange(3)
        arcs = [
            (np.full(n_groups, source), np.arange(n_groups), self.persons),
            (self.group, n_groups + self.site, self.persons[self.group]),
            (n_groups + np.arange(n_sites), np.full(n_sites, sink), self.room),
            (np.arange(n_groups), np.full(n_groups, more), reach),
            (np.array([more]), np.array([sink]), np.array([room])),
        ]
        tails, heads, most = (np.concatenate(part) for part in zip(*arcs, strict=True))
        units = np.rint(np.minimum(most, self.persons.sum()) * _UNITS_PER_PERSON).astype(np.int64)
        solver = max_flow.SimpleMaxFlow()
        solver.add_arcs_with_capacity(tails, heads, units)
        status = solver.solve(source, sink)
        if status != solver.OPTIMAL:
            raise AnalysisError("covering.not_solved", status=status.name)
        return float(solver.optimal_flow()) / _UNITS_PER_PERSON


@dataclass(frozen=True)
class _Least:
    """What is known of the least value of a program: the value found, what it cannot go below, the proof."""

    found: float
    bound: float
    proven: bool


def _solve(program: Program, gap: float, time_limit_s: float) -> tuple[Flags, _Least]:
    """Return the sites that are open in the best answer found, and how good it is."""
    settings = mathopt.SolveParameters(
        relative_gap_tolerance=gap,
        time_limit=dt.timedelta(seconds=time_limit_s),
        random_seed=1,
    )
    model = mathopt.Model.from_model_proto(_written(program))
    answer = mathopt.solve(model, mathopt.SolverType.HIGHS, params=settings)
    reason = answer.termination.reason
    if not answer.has_primal_feasible_solution():
        raise AnalysisError("covering.no_answer", seconds=time_limit_s, status=reason.value)
    values = answer.variable_values(list(model.variables())[: program.n_sites])
    bounds = answer.termination.objective_bounds
    proven = reason == mathopt.TerminationReason.OPTIMAL
    return np.array(values) > 0.5, _Least(bounds.primal_bound, bounds.dual_bound, proven)


def _written(program: Program) -> model_pb2.ModelProto:
    """Return the program as the solver reads it."""
    rows, proto = program.rows, model_pb2.ModelProto()
    proto.variables.ids.extend(range(len(program.weight)))
    proto.variables.lower_bounds.extend(program.lower.tolist())
    proto.variables.upper_bounds.extend(program.upper.tolist())
    proto.variables.integers.extend((np.arange(len(program.weight)) < program.n_sites).tolist())
    weighed = np.flatnonzero(program.weight)
    proto.objective.offset = program.offset
    proto.objective.linear_coefficients.ids.extend(weighed.tolist())
    proto.objective.linear_coefficients.values.extend(program.weight[weighed].tolist())
    proto.linear_constraints.ids.extend(range(len(rows.most)))
    proto.linear_constraints.lower_bounds.extend([-np.inf] * len(rows.most))
    proto.linear_constraints.upper_bounds.extend(rows.most.tolist())
    order = np.lexsort((rows.column, rows.row))
    proto.linear_constraint_matrix.row_ids.extend(rows.row[order].tolist())
    proto.linear_constraint_matrix.column_ids.extend(rows.column[order].tolist())
    proto.linear_constraint_matrix.coefficients.extend(rows.value[order].tolist())
    return proto


def _stands(cover: Cover, opened: Flags) -> tuple[Ints, Assignment]:
    """Return the candidates among the open sites that somebody goes to, and who goes where."""
    after = cover.assignment(opened | cover.fixed)
    used = np.nan_to_num(after.load_persons) > 0
    return np.flatnonzero(used & ~cover.fixed), after


def _everything(cover: Cover) -> Assignment:
    return cover.assignment(np.ones(len(cover.fixed), dtype=bool))


def _slack(cover: Cover) -> float:
    """Return the persons that the tolerances of the solver may amount to."""
    return _TOLERANCE * (float(cover.demand_persons.sum()) + len(cover.demand_persons))


def _relative(missed: float, found: float, cover: Cover) -> float:
    """Return what is missed as a share of what is found; infinite where nothing is found yet."""
    if missed <= _slack(cover):
        return 0.0
    return missed / found if found > 0 else np.inf


def _proof(least: _Least, missed: float, gap: float) -> Solved:
    return Solved.OPTIMAL if least.proven or missed <= gap else Solved.TIME_LIMIT


def _require_reached(found: float, promised: float, cover: Cover) -> None:
    """Raise AnalysisError where the exact assignment places fewer than the solver promised."""
    if found < promised - 10 * _slack(cover):
        raise AnalysisError("covering.not_closed", found=f"{found:.6f}", promised=f"{promised:.6f}")


def _require_usable(cover: Cover, gap: float, time_limit_s: float) -> None:
    """Raise AnalysisError where the inputs cannot be used together."""
    require_places(cover.arcs, cover.demand_persons, cover.capacity_persons)
    if len(cover.fixed) != len(cover.capacity_persons):
        raise AnalysisError("covering.bad_fixed", found=len(cover.fixed), sites=len(cover.capacity_persons))
    if not (gap >= 0 and 0 < time_limit_s < np.inf):
        raise AnalysisError("covering.bad_limit", gap=gap, seconds=time_limit_s)
