"""Who has a place: everybody assigned to sites with room, and who is left over and why."""

from typing import Any, Literal, Unpack, cast

from knr_gis.analyses.capacity.account import account_rows, account_table, make_account
from knr_gis.analyses.capacity.charts import charts
from knr_gis.analyses.capacity.drawn import features, tables
from knr_gis.analyses.capacity.flows import flow_rows
from knr_gis.analyses.capacity.party import RESIDENTS, VISITORS, make_party
from knr_gis.analyses.capacity.placing import Placing, outcomes_of, place_all
from knr_gis.analyses.capacity.rooms import RoomRule, count_rooms, season_numbers
from knr_gis.analyses.capacity.sites import site_frame, site_rows
from knr_gis.analyses.capacity.wording import gaps, headline, notes
from knr_gis.analyses.evacuation.conditions import Given
from knr_gis.analyses.evacuation.guests import Guests, visitor_run
from knr_gis.analyses.evacuation.plan import conditions_of, make_plan
from knr_gis.analyses.evacuation.race import Run, race
from knr_gis.assumptions import all_assumptions
from knr_gis.errors import AnalysisError
from knr_gis.result import Note, Result, summary_frame

__all__ = ["capacity"]

CapacityFrom = Literal["stated", "area"]
_PREFIX = {RESIDENTS: "cap", VISITORS: "cap_visitor"}


def capacity(
    *,
    capacity_from: CapacityFrom = "stated",
    area_per_person_m2: float | None = None,
    winter_area_per_person_m2: float | None = None,
    winter_capacity_factor: float | None = None,
    unknown_capacity_persons: float | None = None,
    exits_take_rest: bool = True,
    **given: Unpack[Given],
) -> Result:
    """
    Return who has a place at a site in time, who is left over, and why.

    As many persons as possible are placed at sites that they reach in time and that have room, those who
    could not leave the zone instead before the others; among all ways to do so the one with the least total
    walking time (minimum-cost flow, see ``knr_gis.assigning``).

    Parameters
    ----------
    capacity_from
        ``stated``: the published capacity goes before the area; ``area``: the other way round.
    area_per_person_m2, winter_area_per_person_m2
        Refuge area that one person takes, in summer and in winter.
    winter_capacity_factor
        Share of a published capacity that holds in winter.
    unknown_capacity_persons
        Room of sites of which neither capacity nor area is known; None: unknown, they take nobody.
    exits_take_rest
        Whether those without a place may leave the zone where streets lead out of it, if in time.
    given
        Layers and conditions, see ``Layers`` and ``Conditions``. With ``month`` the visitors of that month
        compete for the same places.

    Raises
    ------
    CrsError
        If the layers are not in one CRS in metres.
    AnalysisError
        If a condition makes no sense, sites are no goals, there are too many sites to search the terrain from
        each, or an account does not close.
    """
    conditions = conditions_of(given)
    if not exits_take_rest:
        conditions["use_exits"] = False
    plan = make_plan(**cast("Given", {**given, **conditions}))
    if not plan.scenario.use_sites:
        raise AnalysisError("capacity.sites_unused")
    numbers = season_numbers(
        winter=plan.scenario.winter, area_per_person_m2=area_per_person_m2,
        winter_area_per_person_m2=winter_area_per_person_m2, winter_capacity_factor=winter_capacity_factor,
    )  # fmt: skip
    rule = _rule(numbers, capacity_from, unknown_capacity_persons)
    stated: dict[str, Any] = {"capacity_from": capacity_from, "exits_take_rest": exits_take_rest}
    if unknown_capacity_persons is not None:
        stated["unknown_capacity_persons"] = unknown_capacity_persons
    guests = visitor_run(plan, conditions)
    placing = _place(race(plan), guests, rule)
    told = () if guests is None else guests.notes
    return _result(placing, rule, {**stated, **numbers, **plan.scenario.params}, (*plan.notes, *told))


def _place(run: Run, guests: Guests | None, rule: RoomRule) -> Placing:
    """Return residents and visitors placed together."""
    residents = make_party(RESIDENTS, run)
    visitors = () if guests is None else (make_party(VISITORS, guests.run),)
    return place_all((residents, *visitors), count_rooms(run.goals, rule))


def _rule(numbers: dict[str, float], capacity_from: str, unknown: float | None) -> RoomRule:
    """Return how room is counted under the scenario."""
    if capacity_from not in CapacityFrom.__args__:  # type: ignore[attr-defined]
        raise AnalysisError("capacity.bad_from", value=capacity_from)
    if unknown is not None and not 0 <= unknown < float("inf"):
        raise AnalysisError("capacity.bad_unknown", value=unknown)
    return RoomRule.of_season(numbers, area_first=capacity_from == "area", unknown_persons=unknown)


def _result(placing: Placing, rule: RoomRule, params: dict[str, Any], told: tuple[Note, ...]) -> Result:
    """Return everybody's place as figures, maps, tables and words."""
    outcomes, sites = outcomes_of(placing), site_frame(placing)
    accounts = [make_account(party, own) for party, own in zip(placing.parties, outcomes, strict=True)]
    rows = []
    for number, account in enumerate(accounts):
        prefix = _PREFIX[account.party.kind]
        rows += account_rows(account, prefix) + flow_rows(placing, number, prefix)
    summary = summary_frame(rows + site_rows(placing, sites))
    layers = features(placing, outcomes, sites)
    return Result(
        name="capacity",
        headline=headline(placing, summary),
        features=layers,
        summary=summary,
        tables={**tables(placing, outcomes, layers), "cap_account": account_table(accounts[0]),
                "not_evaluated": gaps(placing, outcomes, sites)},
        params=params,
        basis=placing.parties[0].run.plan.scenario.basis,
        assumptions=tuple(key for key in params if key in all_assumptions()),
        notes=(*notes(placing, outcomes, rule, summary), *told),
        charts=charts(accounts[0], sites),
    )  # fmt: skip
