"""The answer as tables: the ranking, the chosen, one by one, before and after, who is left."""

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.evacuation.race import REACHED
from knr_gis.analyses.inputs import Numbers
from knr_gis.analyses.siting.choosing import Answer, Choice, first_row, is_usable
from knr_gis.analyses.siting.figures import LEFT_CAUSES, left_causes, placed_by
from knr_gis.network import Ints
from knr_gis.result import Blank
from knr_gis.siting import placed
from knr_gis.texts import say

_PLACE = ("name", "offer_type", "municipality", "muni_code", "candidate_state", "depth_class", "water_m",
          "needed_height_m", "floor_height_m", "storeys", "capacity_persons", "capacity_source")  # fmt: skip
_UNASKED = ("water_m", "needed_height_m", "floor_height_m", "storeys", "capacity_persons")
_NOBODY = 1e-6
KEPT_LISTS = ("facilities", "layer")


def ranked_places(answer: Answer) -> gpd.GeoDataFrame:
    """Return the places that were looked at with what each brings alone, the best first."""
    alone, before = _alone(answer), placed(answer.best.siting.before)
    frame = _finite(answer.places[[*_PLACE, "geometry"]]).assign(
        newly_persons=answer.gains, before_persons=before, after_persons=before + answer.gains, **alone,
        chosen_best=_order(answer.best.rows, len(answer.places)),
        chosen_fewest=_order(answer.fewest.rows, len(answer.places)),
    )  # fmt: skip
    keys = {"newly_persons": False, "reach_persons": False, "mean_total_min": True, "name": True}
    rounded = frame.assign(newly_persons=frame["newly_persons"].round(6))
    order = rounded.sort_values(list(keys), ascending=list(keys.values()), kind="stable").index
    ranked = frame.loc[order].reset_index(drop=True)
    place = pd.Series(np.arange(1, len(ranked) + 1), dtype="Int64")
    ranked.insert(0, "site_rank", place.where(ranked["newly_persons"] > _NOBODY))
    return ranked


def _finite(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the places, no room told where it is not counted."""
    room = places["capacity_persons"]
    return places.assign(capacity_persons=room.where(np.isfinite(room)))


def _order(rows: Ints, count: int) -> pd.Series:
    """Return the place of each row in an order, unknown where it is in none."""
    order = pd.Series(pd.NA, index=range(count), dtype="Int64")
    order.iloc[rows] = np.arange(1, len(rows) + 1)
    return order


def _alone(answer: Answer) -> dict[str, Numbers]:
    """Return who is near enough to each place of those without safety today, and their times, shapes (m,)."""
    reach, count = answer.reach, len(answer.places)
    left = answer.best.siting.before.left_persons
    own = reach.arcs.take(left[reach.arcs.origin] > 0)
    weight = left[own.origin]
    total = answer.stakes.run.plan.scenario.start_delay_min + own.cost_s / 60.0
    persons = np.bincount(own.site, weight, minlength=count).astype(float)
    summed = np.bincount(own.site, weight * total, minlength=count)
    mean = np.divide(summed, persons, out=np.full(count, np.nan), where=persons > 0)
    worst = np.full(count, -np.inf)
    np.maximum.at(worst, own.site, total)
    return {
        "reach_persons": persons, "mean_total_min": mean,
        "worst_total_min": np.where(persons > 0, worst, np.nan),
    }  # fmt: skip


def ranking_table(ranked: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the ranked places as a table."""
    table = pd.DataFrame(ranked.drop(columns="geometry"))
    return _blank(table, [*_UNASKED, *(c for c in table if c not in _PLACE)])


def other_table(answer: Answer) -> pd.DataFrame:
    """
    Return the candidates of a list that were not looked at, those that could be sites first.

    They bring nobody (too far from everybody), may not be used, or a neighbour was looked at in their
    place. Of grids and buildings these are only counted by reason.
    """
    kept = answer.ask.candidates_from in KEPT_LISTS
    others = answer.candidates[(answer.candidates["row"] < 0) & kept]
    idle = is_usable(others)
    told = pd.DataFrame(_finite(others[[*_PLACE, "geometry"]]).drop(columns="geometry"))
    told = told.assign(newly_persons=np.where(idle, 0.0, np.nan), _idle=~idle)
    ordered = told.sort_values(["_idle", "candidate_state", "name"], kind="stable").drop(columns="_idle")
    return _blank(ordered.reset_index(drop=True), [*_UNASKED, "newly_persons"])


def _blank(table: pd.DataFrame, columns: list[str] | tuple[str, ...]) -> pd.DataFrame:
    """Return the table with blanks where nothing is asked."""
    return table.assign(**{
        c: table[c].astype(object).where(table[c].notna().to_numpy(bool), Blank.NOT_ASKED)
        for c in columns if c in table
    })  # fmt: skip


def chosen_frame(answer: Answer, choice: Choice) -> gpd.GeoDataFrame:
    """Return the chosen places in the order in which each brings most, with load and times."""
    frame = _finite(answer.places.iloc[choice.rows][[*_PLACE, "geometry"]].reset_index(drop=True))
    load, mean, worst = _at_sites(answer, choice)
    before, all_ = placed(choice.siting.before), float(answer.stakes.demand.sum())
    total = before + np.cumsum(choice.brought)
    share = total * 100 / all_ if all_ > 0 else np.full(len(total), np.nan)
    return frame.assign(
        newly_persons=choice.brought,
        cumulative_persons=total - before,
        after_persons=total,
        share_percent=share,
        load_persons=load,
        come_persons=_comers(answer, choice),
        mean_total_min=mean,
        worst_total_min=worst,
    )


def _at_sites(answer: Answer, choice: Choice) -> tuple[Numbers, Numbers, Numbers]:
    """Return persons placed at each chosen site, and their mean and longest time."""
    after, delay = choice.siting.after, answer.stakes.run.plan.scenario.start_delay_min
    sites = choice.rows + answer.reach.first
    used = after.flow_persons > 0
    site, flow, total = (
        after.arcs.site[used],
        after.flow_persons[used],
        delay + after.arcs.cost_s[used] / 60.0,
    )
    load = np.array([flow[site == k].sum() for k in sites], dtype=float)
    mean = [
        np.average(total[site == k], weights=flow[site == k]) if (site == k).any() else np.nan for k in sites
    ]
    worst = [total[site == k].max() if (site == k).any() else np.nan for k in sites]
    return load, np.array(mean, dtype=float), np.array(worst, dtype=float)


def _comers(answer: Answer, choice: Choice) -> Numbers:
    """Return who would come to each chosen place in time by themselves: to whom it is the nearest safety."""
    run, first = choice.run, first_row(answer.stakes.run.plan)
    goal = np.append(run.goals["row"].to_numpy(int), -1)[run.ways.site]
    comes = np.where(run.judged["evac_status"] == REACHED, answer.stakes.demand, 0.0)
    persons = [comes[goal == first + k].sum() for k in range(len(choice.rows))]
    return np.array(persons, dtype=float)


def chosen_table(answer: Answer, choice: Choice) -> pd.DataFrame:
    """Return the chosen places as a table, numbered in the order in which each brings most."""
    table = pd.DataFrame(chosen_frame(answer, choice).drop(columns="geometry"))
    table.insert(0, "build_order", np.arange(1, len(table) + 1))
    return _blank(table, _UNASKED)


def curve_table(answer: Answer) -> pd.DataFrame:
    """Return how many are in time as candidates are taken one by one, each the one that brings most."""
    rows, brought = answer.curve
    before, all_ = placed(answer.best.siting.before), float(answer.stakes.demand.sum())
    total = before + np.cumsum(brought)
    share = total * 100 / all_ if all_ > 0 else np.full(len(total), np.nan)
    named = answer.places[["name", "municipality"]].iloc[rows].reset_index(drop=True)
    named.insert(0, "build_order", np.arange(1, len(rows) + 1))
    return pd.DataFrame(named).assign(
        newly_persons=brought,
        cumulative_persons=total - before,
        after_persons=total,
        share_percent=share,
    )


def change_table(answer: Answer) -> pd.DataFrame:
    """Return before and after by municipality with anybody in the zone; the last row is the region."""
    stakes = answer.stakes
    run = stakes.run
    amounts = {"evaluated": stakes.demand, **placed_by(answer)}
    sums = {key: run.inundation.sums_of(run.judged, amount).sum(axis=1) for key, amount in amounts.items()}
    there = run.inundation.sums_of(run.judged, np.ones(len(run.judged))).sum(axis=1) > 0
    columns = {f"{key}_persons": np.append(values[there], values.sum()) for key, values in sums.items()}
    names = np.array(run.inundation.names, dtype=object)[there]
    table = pd.DataFrame({"municipality": [*names, say("siting.region")], **columns})
    whole = table["evaluated_persons"].to_numpy(float)
    for key in ("before", "after_best", "after_fewest", "everything"):
        part = table[f"{key}_persons"].to_numpy(float)
        table[f"{key}_percent"] = np.divide(
            part * 100, whole, out=np.full(len(whole), np.nan), where=whole > 0
        )
    table["newly_best_persons"] = table["after_best_persons"] - table["before_persons"]
    table["newly_fewest_persons"] = table["after_fewest_persons"] - table["before_persons"]
    return table


def left_table(answer: Answer) -> pd.DataFrame:
    """Return who is left over by cause: after A, after B, with every candidate."""
    stakes, best, fewest = answer.stakes, answer.best.siting, answer.fewest.siting
    columns = {"left_best_persons": best.after, "left_fewest_persons": fewest.after,
               "left_everything_persons": best.attainable}  # fmt: skip
    table: dict[str, list[object]] = {"still_cause": list(LEFT_CAUSES)}
    for column, assignment in columns.items():
        cause = left_causes(answer, assignment)
        left = np.where(stakes.evaluated, assignment.left_persons, stakes.amount)
        table[column] = [float(left[cause == key].sum()) for key in LEFT_CAUSES]
    frame = pd.DataFrame(table)
    return frame[frame[list(columns)].sum(axis=1) > 0].reset_index(drop=True)
