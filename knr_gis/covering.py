"""Where to put new sites: which bring most persons into time, and how few are enough."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt

from knr_gis.assigning import Assignment
from knr_gis.covering_program import Groups, Program, best_program, fewest_program, group_origins
from knr_gis.errors import AnalysisError
from knr_gis.gaining import gain_each, take_in_turn
from knr_gis.network import Ints
from knr_gis.siting import Cover, Siting, Solved, placed

_TOLERANCE = 1e-6  # what the solver takes for a whole number


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
        If the inputs cannot be used together.
    """
    _require_usable(cover, gap, time_limit_s)
    if n_sites < 0:
        raise AnalysisError("covering.bad_number", number=n_sites)
    before = cover.assignment(cover.fixed)
    start, brought = take_in_turn(cover, n_sites=n_sites, persons=np.inf)
    # what sites bring together is never more than what each brings alone
    together = float(np.sort(np.nan_to_num(gain_each(cover)))[::-1][:n_sites].sum())
    least = _Least(-float(brought.sum()), -together, start)
    if _relative(together - brought.sum(), float(brought.sum()), cover) > gap:
        program = best_program(_groups(cover), n_sites, already=placed(before))
        least = least.or_better(_solve(program, start, gap=gap, time_limit_s=time_limit_s))
    chosen, after = _stands(cover, least.opened)
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
        If the inputs cannot be used together.
    """
    _require_usable(cover, gap, time_limit_s)
    if not 0 < share <= 1:
        raise AnalysisError("covering.bad_share", share=share)
    wanted, attainable = share * float(cover.demand_persons.sum()), _everything(cover)
    before, target = cover.assignment(cover.fixed), min(wanted, placed(attainable))
    start = _enough(cover, target - placed(before))
    least = _Least(float(len(start)), float(_at_least(cover, target - placed(before))), start)
    if least.found - least.bound > gap * least.found:
        program = fewest_program(_groups(cover), target)
        least = least.or_better(_solve(program, start, gap=gap, time_limit_s=time_limit_s))
    chosen, after = _stands(cover, least.opened)
    _require_reached(placed(after), target, cover)
    fewest = min(max(float(np.ceil(least.bound - _TOLERANCE)), 0.0), float(len(chosen)))
    missed = (len(chosen) - fewest) / max(len(chosen), 1)
    lacking = placed(attainable) < wanted - cover.slack
    status = Solved.NOT_ATTAINABLE if lacking else _proof(least, missed, gap)
    return Siting(status, chosen, before, after, attainable, fewest, missed)


def _groups(cover: Cover) -> Groups:
    return group_origins(cover.arcs, cover.demand_persons, cover.capacity_persons, cover.fixed)


def _enough(cover: Cover, persons: float) -> Ints:
    """Return candidates that bring so many persons newly into time, all of them if need be."""
    taken, brought = take_in_turn(cover, n_sites=len(cover.fixed), persons=persons)
    return taken if brought.sum() >= persons - cover.slack else np.flatnonzero(~cover.fixed)


def _at_least(cover: Cover, persons: float) -> int:
    """Return how few sites could do if what they bring alone added up (together it is never more)."""
    together = np.cumsum(np.sort(np.nan_to_num(gain_each(cover)))[::-1])
    return int((together < persons - 2 * cover.slack).sum()) + int(persons > 2 * cover.slack)


@dataclass(frozen=True, eq=False)
class _Least:
    """The least value of a program as far as known: found (inf = nothing), not below, with which sites."""

    found: float
    bound: float
    opened: Ints
    proven: bool = False

    def or_better(self, other: "_Least") -> "_Least":
        """Return the better of two answers with the better of their bounds."""
        better = other if other.found <= self.found else self
        return _Least(better.found, max(self.bound, other.bound), better.opened, other.proven)


def _solve(program: Program, start: Ints, *, gap: float, time_limit_s: float) -> _Least:
    """
    Return the best answer found from a start, and how good it is.

    Without presolve: it gained nothing on these programs, and did not stop at the time limit (
    HiGHS 1.12, 96,000 columns, 130 s of presolve where 15 s were allowed).
    """
    settings = mathopt.SolveParameters(
        relative_gap_tolerance=gap,
        time_limit=dt.timedelta(seconds=time_limit_s),
        presolve=mathopt.Emphasis.OFF,
        random_seed=1,
    )
    model = mathopt.Model.from_model_proto(_written(program))
    sites = list(model.variables())[: program.n_sites]
    hint = mathopt.SolutionHint(variable_values=dict(zip(sites, _start(program, start), strict=True)))
    first = mathopt.ModelSolveParameters(solution_hints=[hint])
    answer = mathopt.solve(model, mathopt.SolverType.HIGHS, params=settings, model_params=first)
    bounds = answer.termination.objective_bounds
    if not answer.has_primal_feasible_solution():
        return _Least(np.inf, bounds.dual_bound, start)
    proven = answer.termination.reason == mathopt.TerminationReason.OPTIMAL
    opened = np.flatnonzero(np.array(answer.variable_values(sites)) > 0.5)
    return _Least(bounds.primal_bound, bounds.dual_bound, opened, proven)


def _start(program: Program, start: Ints) -> list[float]:
    """Return the value of every site when those there already and those of the start are open."""
    value = program.lower[: program.n_sites].copy()
    value[start] = 1.0
    return list(value.tolist())


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


def _stands(cover: Cover, opened: Ints) -> tuple[Ints, Assignment]:
    """Return the candidates among the open sites that somebody goes to, and who goes where."""
    after = cover.assignment(cover.fixed | np.isin(np.arange(len(cover.fixed)), opened))
    used = np.nan_to_num(after.load_persons) > 0
    return np.flatnonzero(used & ~cover.fixed), after


def _everything(cover: Cover) -> Assignment:
    return cover.assignment(np.ones(len(cover.fixed), dtype=bool))


def _relative(missed: float, found: float, cover: Cover) -> float:
    """Return what is missed as a share of what is found; infinite where nothing is found yet."""
    if missed <= cover.slack:
        return 0.0
    return missed / found if found > 0 else np.inf


def _proof(least: _Least, missed: float, gap: float) -> Solved:
    return Solved.OPTIMAL if least.proven or missed <= gap else Solved.TIME_LIMIT


def _require_reached(found: float, promised: float, cover: Cover) -> None:
    """Raise AnalysisError where the exact assignment places fewer than the solver promised."""
    if found < promised - 10 * cover.slack:
        raise AnalysisError("covering.not_closed", found=f"{found:.6f}", promised=f"{promised:.6f}")


def _require_usable(cover: Cover, gap: float, time_limit_s: float) -> None:
    """Raise AnalysisError where the inputs cannot be used together."""
    cover.require_usable()
    if not (gap >= 0 and 0 < time_limit_s < np.inf):
        raise AnalysisError("covering.bad_limit", gap=gap, seconds=time_limit_s)
