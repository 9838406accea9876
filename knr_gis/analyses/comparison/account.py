"""The figures of a comparison: both accounts, their difference, and who moved from one state to the other."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.accounts import Row, require_same
from knr_gis.analyses.comparison.change import CHANGES, GAINED, LOST, ONLY_A, ONLY_B
from knr_gis.analyses.comparison.pair import Pair
from knr_gis.analyses.evacuation.coverage import Places, coverage_rows, places_of
from knr_gis.analyses.evacuation.race import REACHED, STATUSES, Run
from knr_gis.analyses.evacuation.refuge import refuge_rows
from knr_gis.analyses.evacuation.segments import street_steps
from knr_gis.analyses.evacuation.wording import notes
from knr_gis.analyses.inputs import Numbers
from knr_gis.result import Note, summary_frame
from knr_gis.schema import column_title

_TOTAL = "all"


def comparison_rows(pair: Pair, a: list[Row], b: list[Row]) -> list[Row]:
    """
    Return in time in both and the difference, then origins and persons by class of change.

    Parameters
    ----------
    a, b
        The accounts of both runs.

    Raises
    ------
    AnalysisError
        If the pair holds others than the two runs.
    """
    require_both(pair)
    rows = []
    for kind in ("persons", "origins"):
        rows += _beside(a, b, f"evac_{kind}_{REACHED}", f"cmp_{kind}_in_time")
        rows += _beside(a, b, f"evac_{kind}_in_time_of_all_percent", f"cmp_{kind}_percent")
    rows += _beside(a, b, f"evac_by_age_{REACHED}", "cmp_by_age_in_time")
    return rows + _class_rows(pair) + _age_rows(pair)


@dataclass(frozen=True)
class Told:
    """What one of the two runs says by itself: its account, its notes."""

    rows: list[Row]
    notes: tuple[Note, ...]


def look_at(run: Run) -> Told:
    """Return what a run says by itself; raise AnalysisError where its account does not close."""
    rows = coverage_rows(run.judged, run.origins, run.inundation) + refuge_rows(run)
    said = notes(run, street_steps(run), summary_frame(rows))
    return Told(rows, (*said, *run.plan.notes))


def require_both(pair: Pair) -> None:
    """Raise AnalysisError unless the pair holds exactly the origins and persons of both runs, by status."""
    for side, run in (("a", pair.a), ("b", pair.b)):
        for status in STATUSES:
            for ours, theirs in zip(_sums(pair, side, status), _own_sums(run, status), strict=True):
                require_same(ours, theirs, f"{status}_{side}", run.inundation.names)


def _sums(pair: Pair, side: str, status: str) -> Numbers:
    here = pair.frame[f"evac_status_{side}"].to_numpy(object) == status
    return _both_sums(pair.frame, here * 1.0, here * pair.frame[f"persons_{side}"].to_numpy(float), pair.a)


def _own_sums(run: Run, status: str) -> Numbers:
    here = run.judged["evac_status"].to_numpy(object) == status
    return _both_sums(run.judged, here * 1.0, here * run.judged["persons"].to_numpy(float), run)


def _both_sums(frame: gpd.GeoDataFrame, ones: Numbers, persons: Numbers, run: Run) -> Numbers:
    return np.stack([run.inundation.sums_of(frame, v) for v in (ones, np.nan_to_num(persons))])


def _beside(a: list[Row], b: list[Row], measure: str, name: str) -> list[Row]:
    """Return one measure of both accounts and the difference, b less a."""
    other = {row[:3]: row[4] for row in b if row[3] == measure}
    rows: dict[str, list[Row]] = {"a": [], "b": [], "change": []}
    for *place, found, value, unit in a:
        key = (place[0], place[1], place[2])
        if found == measure and key in other:
            points = "ポイント" if unit == "％" else unit
            rows["a"].append((*key, f"{name}_a", value, unit))
            rows["b"].append((*key, f"{name}_b", other[key], unit))
            rows["change"].append((*key, f"{name}_change", other[key] - value, points))
    return [row for side in rows.values() for row in side]


def _class_rows(pair: Pair) -> list[Row]:
    """Return origins and persons by class of change, municipality and depth class."""
    frame, places = pair.frame, places_of(pair.frame, pair.a.inundation)
    present = [c for c in CHANGES if c not in (ONLY_A, ONLY_B) or (frame["evac_change"] == c).any()]
    rows = _by_class(pair, places, np.ones(len(frame)), "cmp_origins", "件", present)
    for side, name in (("a", "cmp_persons"), ("b", "cmp_persons_b")):
        persons = frame[f"persons_{side}"].to_numpy(float)
        if (side == "b" and pair.same_people) or np.isnan(persons).all():
            continue
        rows += _by_class(pair, places.knowing(frame, persons), np.nan_to_num(persons), name, "人", present)
    return rows


def _by_class(
    pair: Pair, places: Places, amount: Numbers, name: str, unit: str, present: list[str]
) -> list[Row]:
    change, sums = pair.frame["evac_change"].to_numpy(object), pair.a.inundation.sums_of
    rows: list[Row] = []
    for kind in present:
        rows += places.rows(sums(pair.frame, np.where(change == kind, amount, 0.0)), f"{name}_{kind}", unit)
    return rows


def _age_rows(pair: Pair) -> list[Row]:
    """Return the persons of each age group who are no longer, or newly, in time; the group is the age."""
    frame, change = pair.frame, pair.frame["evac_change"].to_numpy(object)
    places = places_of(frame, pair.a.inundation)
    rows: list[Row] = []
    for age in pair.ages:
        for kind, side in ((LOST, "a"), (GAINED, "b")):
            amount = frame[f"{age}_{side}"].to_numpy(float)
            known = np.where(change == kind, np.nan_to_num(amount), 0.0)
            sums = pair.a.inundation.sums_of(frame, known).sum(axis=1)
            rows += places.knowing(frame, amount).line(sums, f"cmp_by_age_{kind}", "人", column_title(age))
    return rows


def transition_table(pair: Pair) -> pd.DataFrame:
    """
    Return origins and persons by state in ``a`` and state in ``b``, the sum of all in the last row.

    Persons are those of ``a``; where the two differ, those of ``b`` stand beside them.
    """
    frame = pair.frame.assign(origins=1)
    columns = ["origins", "persons_a"] + ([] if pair.same_people else ["persons_b"])
    keys = ["evac_status_a", "evac_status_b"]
    grouped = frame.groupby(keys, sort=False)[columns].sum(min_count=1).reset_index()
    order = [*STATUSES, "absent"]
    table = grouped.sort_values(keys, key=lambda s: s.map(order.index), ignore_index=True)
    total = {**dict.fromkeys(keys, _TOTAL), **{c: frame[c].sum(min_count=1) for c in columns}}
    return pd.concat([table, pd.DataFrame([total])], ignore_index=True)
