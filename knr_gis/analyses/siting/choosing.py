"""Both questions answered, every candidate ranked, and the answers proved by running the race again."""

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.evacuation.plan import Plan
from knr_gis.analyses.evacuation.race import REACHED, Run, race
from knr_gis.analyses.evacuation.sites import USED
from knr_gis.analyses.inputs import Mask, Numbers
from knr_gis.analyses.siting.ask import Ask
from knr_gis.analyses.siting.candidates import COUNTED
from knr_gis.analyses.siting.stakes import Reach, Stakes
from knr_gis.covering import best_sites, fewest_sites
from knr_gis.errors import AnalysisError
from knr_gis.gaining import gain_each, take_in_turn
from knr_gis.network import Ints
from knr_gis.siting import Siting

_EDGE_MIN = 1e-6  # so near to the deadline two ways of counting may differ
_MOST_STEPS = 30
_NOBODY = 1e-6
NEW = "new"
_SITE_COLUMNS = ("name", "muni_code", "municipality", "capacity_persons")


@dataclass(frozen=True)
class Choice:
    """
    One answer.

    Parameters
    ----------
    siting
        What the solver says.
    rows
        Shape (k,): rows of the places chosen, in the order in which each brings most.
    brought
        Shape (k,): persons newly in time when they are built in this order.
    run
        The race with the chosen places as sites.
    """

    siting: Siting
    rows: Ints
    brought: Numbers
    run: Run

    @property
    def placed(self) -> Numbers:
        """Shape (n,): persons of each origin who are in time, and have a place where room counts."""
        return self.siting.after.placed_persons


@dataclass(frozen=True)
class Answer:
    """
    Everything that was found.

    Parameters
    ----------
    candidates
        All candidates with ``candidate_state``; ``row`` = row of ``places``, -1 where not looked at.
    places
        The candidates that were looked at.
    side_m
        Side of the squares of which one candidate each was looked at; 0: all were.
    gains
        Shape (m,): persons newly in time by each place alone.
    best, fewest
        Answers to the questions A and B.
    curve
        Rows of places one by one, each bringing most, and what each brings.
    """

    ask: Ask
    stakes: Stakes
    candidates: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    side_m: float
    reach: Reach
    gains: Numbers
    best: Choice
    fewest: Choice
    curve: tuple[Ints, Numbers]


def choose(
    stakes: Stakes,
    candidates: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    *,
    side_m: float,
    reach: Reach,
    ask: Ask,
) -> Answer:
    """
    Return both answers and what each place brings alone.

    Raises
    ------
    AnalysisError
        If the race with the chosen sites does not bring the persons that the solver promises.
    """
    cover, first, limit = reach.cover, reach.first, ask.time_limit_s
    best = best_sites(cover, ask.n_sites, gap=ask.gap, time_limit_s=limit)
    fewest = fewest_sites(cover, share=ask.share, time_limit_s=limit)
    taken, brought = take_in_turn(cover, n_sites=_MOST_STEPS, persons=np.inf)
    return Answer(
        ask, stakes, candidates, places, side_m, reach, gain_each(cover)[first:],
        best=_choice(stakes, places, reach, best), fewest=_choice(stakes, places, reach, fewest),
        curve=(taken - first, brought),
    )  # fmt: skip


def _choice(stakes: Stakes, places: gpd.GeoDataFrame, reach: Reach, siting: Siting) -> Choice:
    """Return an answer with the places in the order in which they should be built, and the race with them."""
    own = np.isin(reach.cover.arcs.site, siting.chosen) | reach.cover.fixed[reach.cover.arcs.site]
    few = replace(reach.cover, arcs=reach.cover.arcs.take(own))
    taken, brought = take_in_turn(few, n_sites=len(siting.chosen), persons=np.inf)
    rest = np.setdiff1d(siting.chosen, taken)
    rows = np.concatenate([taken, rest]).astype(np.int64) - reach.first
    run = race(with_sites(stakes.run.plan, places.iloc[rows]))
    choice = Choice(siting, rows, np.append(brought, np.zeros(len(rest))), run)
    _require_true(stakes, reach, choice)
    return choice


def with_sites(plan: Plan, places: gpd.GeoDataFrame) -> Plan:
    """Return the plan with some places as sites; where existing sites are no goals, these alone are."""
    today = plan.sites if plan.scenario.use_sites else plan.sites.iloc[:0]
    scenario = replace(plan.scenario, use_sites=True)
    if places.empty:
        return replace(plan, sites=today.reset_index(drop=True), scenario=scenario)
    row = first_row(plan) + np.arange(len(places))
    added = places[[*_SITE_COLUMNS, "geometry"]].assign(site_role=USED, source_kind=NEW, site_id="", row=row)
    both = added if today.empty else pd.concat([today, added], ignore_index=True)
    return replace(plan, sites=gpd.GeoDataFrame(both, crs=places.crs), scenario=scenario)


def first_row(plan: Plan) -> int:
    """Return the ``row`` of the first place that is added to the sites of a plan."""
    return int(plan.sites["row"].max()) + 1 if len(plan.sites) else 0


def _require_true(stakes: Stakes, reach: Reach, choice: Choice) -> None:
    """
    Raise AnalysisError unless the race with the new sites has in time whom the ways to them say.

    With a limit of the walk the race looks at the quickest safety only, which may be on a longer way.
    """
    if stakes.run.plan.scenario.walk_limit_m is not None:
        return
    arcs, judged = reach.arcs, choice.run.judged
    says = stakes.in_time.copy()
    says[arcs.origin[np.isin(arcs.site, choice.rows)]] = True
    runs = judged["evac_status"].to_numpy(object) == REACHED
    close = np.abs(judged["margin_min"].to_numpy(float)) < _EDGE_MIN
    wrong = ((says != runs) | ((choice.placed > _NOBODY) & ~runs)) & ~close
    if wrong.any():
        raise AnalysisError("siting.not_true", count=int(wrong.sum()))


def is_usable(candidates: gpd.GeoDataFrame) -> Mask:
    """Tell which candidates could be sites."""
    return np.asarray(candidates["candidate_state"].isin(COUNTED), dtype=bool)
