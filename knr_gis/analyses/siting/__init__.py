"""Where to put a tower or designate a building: who would newly be in time, and how few are enough."""

from typing import Unpack

import geopandas as gpd
import numpy as np

from knr_gis.analyses.capacity.rooms import season_numbers
from knr_gis.analyses.evacuation.conditions import Given
from knr_gis.analyses.evacuation.plan import make_plan
from knr_gis.analyses.evacuation.race import race
from knr_gis.analyses.siting.ask import Ask, CandidatesFrom, CountRoom, NewSite, make_ask
from knr_gis.analyses.siting.candidates import NOT_EXAMINED, judge_candidates
from knr_gis.analyses.siting.charts import charts
from knr_gis.analyses.siting.choosing import Answer, choose, is_usable
from knr_gis.analyses.siting.drawn import features
from knr_gis.analyses.siting.figures import summary_rows
from knr_gis.analyses.siting.offers import offered
from knr_gis.analyses.siting.stakes import Stakes, best_first, find_reach, find_stakes, reordered
from knr_gis.analyses.siting.tables import (
    change_table,
    chosen_table,
    curve_table,
    left_table,
    other_table,
    ranked_places,
    ranking_table,
)
from knr_gis.analyses.siting.thinning import promising
from knr_gis.analyses.siting.wording import gap_table, headline, notes
from knr_gis.assumptions import all_assumptions
from knr_gis.crs import require_same_crs
from knr_gis.network import Ints
from knr_gis.result import Result, summary_frame

__all__ = ["siting"]


def siting(  # noqa: PLR0913  one argument per layer and condition: the signature is the contract
    *,
    facilities: gpd.GeoDataFrame | None = None,
    candidates: gpd.GeoDataFrame | None = None,
    candidates_from: CandidatesFrom = "facilities",
    new_site: NewSite | None = None,
    n_sites: int = 3,
    share: float = 0.95,
    count_room: CountRoom = "new",
    candidate_capacity_persons: float | None = None,
    area_per_person_m2: float | None = None,
    winter_area_per_person_m2: float | None = None,
    winter_capacity_factor: float | None = None,
    candidate_grid_m: float | None = None,
    tower_margin_m: float | None = None,
    allow_unknown_height: bool = False,
    max_candidates: int = 300,
    optimality_gap: float = 0.001,
    solver_time_limit_s: float = 60.0,
    **given: Unpack[Given],
) -> Result:
    """
    Return where new sites would bring most persons newly into time, and how few would be enough.

    A: at most ``n_sites`` sites (maximal coverage); B: the fewest for a ``share`` of those that could be
    evaluated (set covering); C: every candidate alone. Existing sites, and the ways out of the zone, stay as
    they are in the scenario.

    Parameters
    ----------
    facilities
        Public buildings as points.
    candidates
        The officer's own points with ``name``, ``capacity_persons`` and ``floor_height_m`` where known.
    candidates_from, new_site, n_sites, share, count_room, candidate_capacity_persons
        See ``Ask``.
    area_per_person_m2, winter_area_per_person_m2, winter_capacity_factor
        Area that one person takes in summer and in winter, and the share of a published capacity that holds
        in winter; as in ``capacity``.
    candidate_grid_m, tower_margin_m, allow_unknown_height, max_candidates
        See ``Ask``.
    optimality_gap, solver_time_limit_s
        Proof asked for, and the time for each question.
    given
        Layers and conditions, see ``Layers`` and ``Conditions``.

    Raises
    ------
    CrsError
        If the layers are not in one CRS in metres.
    AnalysisError
        If a value makes no sense, the layer asked for is not there, or an account does not close.
    """
    plan = make_plan(**given)
    rooms = season_numbers(
        winter=plan.scenario.winter, area_per_person_m2=area_per_person_m2,
        winter_area_per_person_m2=winter_area_per_person_m2, winter_capacity_factor=winter_capacity_factor,
    )  # fmt: skip
    ask = make_ask(
        candidates_from, new_site, n_sites=n_sites, share=share, count_room=count_room,
        candidate_capacity_persons=candidate_capacity_persons, rooms=rooms,
        candidate_grid_m=candidate_grid_m, tower_margin_m=tower_margin_m,
        allow_unknown_height=allow_unknown_height, max_candidates=max_candidates, gap=optimality_gap,
        time_limit_s=solver_time_limit_s,
    )  # fmt: skip
    require_same_crs(plan.layers["hazard"], *[f for f in (facilities, candidates) if f is not None])
    offers = offered(plan, ask, facilities, candidates)
    stakes = find_stakes(race(plan))
    return _result(_answer(stakes, judge_candidates(offers, plan, ask), ask))


def _answer(stakes: Stakes, candidates: gpd.GeoDataFrame, ask: Ask) -> Answer:
    """Return the answer over the candidates that can be used and may bring anybody."""
    fit = np.flatnonzero(is_usable(candidates))
    missed = np.ones(len(stakes.amount), dtype=bool) if ask.count_room == "all" else ~stakes.in_time
    looked, passed, side = promising(
        candidates.iloc[fit], stakes.run, weights=stakes.demand, missed=missed, most=ask.max_candidates
    )
    places = candidates.iloc[fit[looked]].reset_index(drop=True)
    reach = find_reach(stakes, places, ask)
    order = best_first(reach, stakes)
    listed = _listed(candidates, fit[looked[order]], fit[passed])
    places, reach = places.iloc[order].reset_index(drop=True), reordered(reach, order)
    return choose(stakes, listed, places, side_m=side, reach=reach, ask=ask)


def _listed(candidates: gpd.GeoDataFrame, looked: Ints, passed: Ints) -> gpd.GeoDataFrame:
    """Return all candidates, told which were looked at and which were passed over for a neighbour."""
    row, state = np.full(len(candidates), -1), candidates["candidate_state"].to_numpy(object)
    row[looked] = np.arange(len(looked))
    state[passed] = NOT_EXAMINED
    return candidates.assign(row=row, candidate_state=state)


def _result(answer: Answer) -> Result:
    """Return the answer as figures, maps, tables and words."""
    plan, ranked = answer.stakes.run.plan, ranked_places(answer)
    params = {**answer.ask.params, **plan.scenario.params}
    return Result(
        name="siting",
        headline=headline(answer),
        features=features(answer, ranked),
        summary=summary_frame(summary_rows(answer)),
        tables={
            "sit_best": chosen_table(answer, answer.best),
            "sit_fewest": chosen_table(answer, answer.fewest),
            "sit_ranking": ranking_table(ranked),
            "sit_others": other_table(answer),
            "sit_change": change_table(answer),
            "sit_curve": curve_table(answer),
            "sit_left": left_table(answer),
            "not_evaluated": gap_table(answer),
        },
        params=params,
        basis=plan.scenario.basis,
        assumptions=tuple(key for key in params if key in all_assumptions()),
        notes=(*notes(answer), *plan.notes),
        charts=charts(answer),
    )
