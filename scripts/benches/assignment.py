"""Assignment of people to sites with capacity, beside HiGHS on the same arcs."""

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from benches import Row, timed
from benches.network import LOOPS, SIDE, random_streets
from knr_gis.assigning import assign
from knr_gis.network import Floats, Network, build_network
from knr_gis.reaching import Arcs, nearest_arcs
from knr_gis.snapping import snap

N_ORIGINS, N_SITES, LIMIT_S = 20_000, 500, 6500.0


def walking_arcs(network: Network, repeat: int) -> tuple[float, Arcs]:
    """Return every way within the limit at 1 m/s, and the time that it takes to find them all."""
    rng = np.random.default_rng(7)
    sites = snap(network, rng.choice(network.nodes, N_SITES, replace=False), limit_m=1.0)
    homes = rng.choice(network.nodes, N_ORIGINS, replace=False) + rng.uniform(-20, 20, (N_ORIGINS, 2))
    origins = snap(network, homes, limit_m=100.0)
    return timed(
        lambda: nearest_arcs(network, sites, origins, cost_s=network.length_m, limit_s=LIMIT_S), repeat
    )


def highs(arcs: Arcs, demand: Floats, capacity: Floats) -> Floats:
    """Return the flows of the same optimum as a linear program: placing a person outweighs all detours."""
    n, m = len(demand), len(capacity)
    # one more person placed moves at most m others to another site
    penalty = (m + 1) * float(arcs.cost_s.max())
    rows = np.concatenate([arcs.origin, n + arcs.site])
    columns = np.tile(np.arange(len(arcs)), 2)
    matrix = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(n + m, len(arcs)))
    most = np.concatenate([demand, capacity])
    answer = linprog(arcs.cost_s - penalty, A_ub=matrix, b_ub=most, method="highs")
    return np.asarray(answer.x, dtype=float)


def bench_assignment(repeat: int) -> list[Row]:
    """Place 20,000 origins at 500 sites with room for nine in ten, over every way within a limit."""
    network = build_network(random_streets(SIDE, LOOPS, seed=20260401), mode="walk")
    arcs_s, arcs = walking_arcs(network, repeat)
    rng = np.random.default_rng(3)
    demand, share = rng.gamma(1.0, 20.0, N_ORIGINS), rng.gamma(2.0, 1.0, N_SITES)
    capacity = 0.9 * demand.sum() * share / share.sum()
    ours_s, ours = timed(lambda: assign(arcs, demand_persons=demand, capacity_persons=capacity), repeat)
    theirs_s, flow = timed(lambda: highs(arcs, demand, capacity), 1)
    np.testing.assert_allclose(ours.placed_persons.sum(), flow.sum(), rtol=1e-6)
    np.testing.assert_allclose(ours.total_person_s, arcs.cost_s @ flow, rtol=1e-6)
    size = f"{len(arcs):,} ways, {ours.placed_persons.sum():,.0f} of {demand.sum():,.0f} persons placed"
    streets = f"{len(network):,} edges, {len(network.nodes):,} nodes, {N_SITES} sites, no pruning"
    return [
        Row("knr_gis: assignment (OR-Tools minimum-cost flow)", ours_s, size),
        Row(
            "HiGHS through scipy.optimize.linprog", theirs_s, "n=1; same ways, same persons, same total time"
        ),
        Row("knr_gis: the ways themselves (nearest_arcs)", arcs_s, streets),
    ]
