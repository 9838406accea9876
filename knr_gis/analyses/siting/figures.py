"""Before and after in figures: by municipality, depth class and age, closed against an independent count."""

import numpy as np
from numpy.typing import NDArray

from knr_gis.analyses.accounts import Row, require_same
from knr_gis.analyses.evacuation.causes import CAUSES, miss_causes
from knr_gis.analyses.evacuation.coverage import Places, places_of, share_rows
from knr_gis.analyses.evacuation.race import REACHED
from knr_gis.analyses.inputs import Numbers
from knr_gis.analyses.people import people_accounts
from knr_gis.analyses.siting.choosing import Answer, Choice, is_usable
from knr_gis.analyses.siting.stakes import PERSONS, Stakes
from knr_gis.assigning import Assignment, Left, left_over_reasons
from knr_gis.display import shown
from knr_gis.schema import column_title

FULL, UNKNOWN, NOT_CHOSEN = "full", "capacity_unknown", "not_chosen"
LEFT_CAUSES = (FULL, UNKNOWN, NOT_CHOSEN, *CAUSES)
_UNITS = {"persons": "人", "origins": "件"}
_CRUMBS = 1e-5


def summary_rows(answer: Answer) -> list[Row]:
    """
    Return every figure of the answer.

    Raises
    ------
    AnalysisError
        If those evaluated and those not are not all that is in the zone.
    """
    stakes = answer.stakes
    places = places_of(stakes.run.judged, stakes.run.inundation)
    if stakes.kind == PERSONS:
        places = places.knowing(stakes.run.judged, stakes.run.judged["persons"].to_numpy(float))
    rows = _account_rows(answer, places) + _age_rows(answer, places) + _cause_rows(answer, places)
    return rows + _candidate_rows(answer) + _proof_rows(answer)


def placed_by(answer: Answer) -> dict[str, Numbers]:
    """Return who is in time, shape (n,) each: before, after A, after B, with every candidate."""
    best, fewest = answer.best.siting, answer.fewest.siting
    return {
        "before": best.before.placed_persons,
        "after_best": best.after.placed_persons,
        "after_fewest": fewest.after.placed_persons,
        "everything": best.attainable.placed_persons,
    }


def _account_rows(answer: Answer, places: Places) -> list[Row]:
    """Return the account of persons by municipality and depth class, and the shares of the evaluated."""
    stakes, name, unit = answer.stakes, f"sit_{answer.stakes.kind}", _UNITS[answer.stakes.kind]
    run, placed = stakes.run, placed_by(answer)
    missed = np.where(stakes.evaluated, 0.0, stakes.amount)
    amounts = {"evaluated": stakes.demand, **placed, "not_evaluated": missed}
    amounts["newly_best"] = placed["after_best"] - placed["before"]
    amounts["newly_fewest"] = placed["after_fewest"] - placed["before"]
    amounts["left_best"] = stakes.demand - placed["after_best"]
    amounts["no_room_best"] = no_room(stakes, answer.best)
    tables = {key: run.inundation.sums_of(run.judged, amount) for key, amount in amounts.items()}
    _require_whole(stakes, tables["evaluated"] + tables["not_evaluated"])
    rows = [row for key, table in tables.items() for row in places.rows(table, f"{name}_{key}", unit)]
    for key in placed:
        rows += share_rows(tables[key], tables["evaluated"], places, f"{name}_{key}")
    return rows


def no_room(stakes: Stakes, choice: Choice) -> Numbers:
    """Return persons who are in time in the race with the new sites but find no room, shape (n,)."""
    runs = choice.run.judged["evac_status"].to_numpy(object) == REACHED
    return np.asarray((np.where(runs, stakes.demand, 0.0) - choice.placed).clip(min=0), dtype=float)


def _require_whole(stakes: Stakes, parts: Numbers) -> None:
    """Raise AnalysisError unless all that is in the zone was counted (mesh cells: measured independently)."""
    run = stakes.run
    if run.origins.people is None or stakes.kind != PERSONS:
        whole = run.inundation.sums_of(run.judged, stakes.amount)
    else:
        whole = people_accounts(run.origins.people, run.inundation)[0].inside
    require_same(parts, whole, f"sit_{stakes.kind}", run.inundation.names, crumbs=_CRUMBS)


def _age_rows(answer: Answer, places: Places) -> list[Row]:
    """Return who is in time by age group: within an origin every age has the same share."""
    stakes, placed = answer.stakes, placed_by(answer)
    run, rows = stakes.run, []
    for age in run.origins.ages if stakes.kind == PERSONS else ():
        own = run.judged[age].to_numpy(float)
        known = places.knowing(run.judged, own)
        for key in ("before", "after_best", "after_fewest"):
            share = np.divide(placed[key], stakes.amount, out=np.zeros(len(own)), where=stakes.amount > 0)
            sums = run.inundation.sums_of(run.judged, np.nan_to_num(own) * share).sum(axis=1)
            rows += known.line(sums, f"sit_by_age_{key}", "人", column_title(age))
    return rows


def left_causes(answer: Answer, assignment: Assignment) -> NDArray[np.object_]:
    """
    Return why persons of an origin are not in time when some sites are open, shape (n,); empty where all are.

    ``full``: a site in time has no room left; ``not_chosen``: only a candidate that was not chosen would do;
    else why no site and no candidate would (see ``miss_causes``).
    """
    stakes, reach = answer.stakes, answer.reach
    everybody = np.ones(len(stakes.amount), dtype=bool)
    reason = left_over_reasons(assignment, has_way=everybody).reason
    could = np.isin(np.arange(len(everybody)), reach.cover.arcs.origin)
    known = [reason == Left.FULL, reason == Left.CAPACITY_UNKNOWN, could]
    cause = np.select(known, [FULL, UNKNOWN, NOT_CHOSEN], default=miss_causes(stakes.run))
    nobody = stakes.evaluated & (assignment.left_persons <= 0)
    return np.asarray(np.where(nobody, "", cause), dtype=object)


def _cause_rows(answer: Answer, places: Places) -> list[Row]:
    """Return who is left over by cause: after A, and with every candidate."""
    stakes = answer.stakes
    run, unit = stakes.run, _UNITS[stakes.kind]
    rows: list[Row] = []
    for key, of in (
        ("left_best", answer.best.siting.after),
        ("left_everything", answer.best.siting.attainable),
    ):
        cause = left_causes(answer, of)
        left = np.where(stakes.evaluated, of.left_persons, stakes.amount)
        for name in LEFT_CAUSES:
            sums = run.inundation.sums_of(run.judged, np.where(cause == name, left, 0.0)).sum(axis=1)
            if sums.any():
                measure = f"sit_{stakes.kind}_{key}_by_cause"
                rows += places.line(sums, measure, unit, shown("still_cause", name))
    return rows


def _candidate_rows(answer: Answer) -> list[Row]:
    """Return the number of candidates by municipality: all, those that could be sites, looked at, chosen."""
    inundation, all_ = answer.stakes.run.inundation, answer.candidates
    counted = {
        "all": all_["muni_code"], "usable": all_.loc[is_usable(all_), "muni_code"],
        "examined": answer.places["muni_code"],
        "bringing": answer.places.loc[answer.gains > 0, "muni_code"],
        "best": answer.places["muni_code"].iloc[answer.best.rows],
        "fewest": answer.places["muni_code"].iloc[answer.fewest.rows],
    }  # fmt: skip
    places = [*zip(inundation.codes, inundation.names, strict=True), ("", "")]
    return [
        (code, name, "", f"sit_candidates_{key}", float((codes == code).sum() if code else len(codes)), "件")
        for key, codes in counted.items()
        for code, name in places
    ]


def _proof_rows(answer: Answer) -> list[Row]:
    """Return how far the answers are proven."""
    best, fewest = answer.best.siting, answer.fewest.siting
    name, unit = f"sit_{answer.stakes.kind}", _UNITS[answer.stakes.kind]
    return [
        ("", "", "", f"{name}_best_bound", best.bound, unit),
        ("", "", "", "sit_best_gap_percent", best.gap * 100, "％"),
        ("", "", "", "sit_fewest_bound", fewest.bound, "件"),
    ]
