"""Two runs side by side: each origin with what became of it in both."""

from dataclasses import dataclass
from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.comparison.change import ABSENT, change_classes
from knr_gis.analyses.evacuation.conditions import Conditions, Given
from knr_gis.analyses.evacuation.plan import SHAPING, Plan, conditions_of, make_plan, with_conditions
from knr_gis.analyses.evacuation.race import Run, race

_PLACE = ["name", "muni", "muni_code", "municipality", "depth_rank", "depth_class", "x", "y", "nth"]
_TOLD = ["persons", "evac_status", "goal_kind", "site_name", "walk_min", "total_min", "arrival_min",
         "margin_min", "latest_start_min"]  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """
    Two runs over the same zone.

    Parameters
    ----------
    frame
        One row per origin of either: what names it, then ``persons_a`` (also as ``persons``), ``persons_b``,
        ``evac_status_a`` and so on (``absent`` where an origin is in one only), ``evac_change``,
        ``margin_change_min`` and ``total_change_min`` (b less a), ``at_a``, ``at_b`` (its row in each run,
        -1 for none).
    ages
        Age columns with known numbers in both.
    changes
        The conditions of ``b`` that the officer gave.
    """

    a: Run
    b: Run
    frame: gpd.GeoDataFrame
    ages: list[str]
    changes: Conditions

    @property
    def same_people(self) -> bool:
        """Whether the same persons stand at each origin in both."""
        a, b = (self.frame[f"persons_{side}"].to_numpy(float) for side in "ab")
        return bool(np.array_equal(a, b, equal_nan=True))

    @property
    def differing(self) -> tuple[str, ...]:
        """The conditions given for ``b`` whose value is another than in ``a``."""
        a, b = self.a.plan.scenario, self.b.plan.scenario
        return tuple(key for key in self.changes if getattr(a, key) != getattr(b, key))


def run_pair(given: Given, changes: Conditions, band_min: float) -> Pair:
    """
    Return the two runs and what became of each origin.

    Parameters
    ----------
    band_min
        Margins that differ by no more than this count as alike.
    """
    plan = make_plan(**given)
    a, b = race(plan), race(_other_plan(plan, given, changes))
    ages = [age for age in a.origins.ages if age in b.origins.ages]
    return Pair(a, b, match_origins(a, b, ages, band_min), ages, changes)


def _other_plan(plan: Plan, given: Given, changes: Conditions) -> Plan:
    if any(key in changes for key in SHAPING):
        return make_plan(**cast("Given", {**given, **changes}))
    return with_conditions(plan, cast("Conditions", {**conditions_of(given), **changes}))


def match_origins(a: Run, b: Run, ages: list[str], band_min: float) -> gpd.GeoDataFrame:
    """Return the origins of both runs, those of one place in one row, in the order of ``a``."""
    joined = _side(a, "a", ages).merge(_side(b, "b", ages), how="outer", on=_PLACE)
    ordered = joined.sort_values(["at_a", "at_b"], na_position="last", ignore_index=True)
    sides = {f"at_{side}": ordered[f"at_{side}"].fillna(-1).astype(int) for side in "ab"}
    sides |= {f"evac_status_{side}": ordered[f"evac_status_{side}"].fillna(ABSENT) for side in "ab"}
    frame = ordered.assign(**sides)
    frame = frame.assign(
        margin_change_min=frame["margin_min_b"] - frame["margin_min_a"],
        total_change_min=frame["total_min_b"] - frame["total_min_a"],
    )
    status_a, status_b = (frame[f"evac_status_{side}"].to_numpy(object) for side in "ab")
    shift = frame["margin_change_min"].to_numpy(float)
    frame = frame.assign(
        persons=frame["persons_a"], evac_change=change_classes(status_a, status_b, shift, band_min)
    )
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["x"], frame["y"]), crs=a.judged.crs)


def _side(run: Run, side: str, ages: list[str]) -> pd.DataFrame:
    """Return the origins of one run, what is told of each marked with its side."""
    place = run.judged.assign(x=run.judged.geometry.x.round(3), y=run.judged.geometry.y.round(3))
    place = place.assign(nth=place.groupby(["name", "muni_code", "depth_class", "x", "y"]).cumcount())
    told = {f"{column}_{side}": place[column] for column in (*_TOLD, *ages)}
    return pd.DataFrame({**{c: place[c] for c in _PLACE}, **told, f"at_{side}": range(len(place))})
