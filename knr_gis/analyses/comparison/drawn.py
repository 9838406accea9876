"""A comparison as layers for the map and as tables."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from knr_gis.analyses.comparison.account import transition_table
from knr_gis.analyses.comparison.change import CHANGES, STAYS
from knr_gis.analyses.comparison.pair import Pair
from knr_gis.analyses.comparison.streets import street_change_layer
from knr_gis.analyses.evacuation.drawn import features
from knr_gis.analyses.evacuation.race import Run
from knr_gis.analyses.evacuation.sites import USABLE
from knr_gis.analyses.evacuation.ways import SITE_GOAL
from knr_gis.analyses.inputs import Numbers, shapes_of
from knr_gis.result import Blank

BOTH, ONLY_A, ONLY_B, NEITHER = "both", "only_a", "only_b", "neither"
_SIDED = (
    "evac_status",
    "total_min",
    "margin_min",
    "site_name",
    "goal_kind",
    "arrival_min",
    "latest_start_min",
)
_WAY = ("total_min", "margin_min", "site_name", "goal_kind", "latest_start_min")
_SITE_COLUMNS = ["name", "muni_code", "municipality", "source_kind", "depth_class", "indoor",
                 "capacity_persons", "site_id", "address"]  # fmt: skip


def comparison_features(pair: Pair, steps: pd.DataFrame | None) -> dict[str, gpd.GeoDataFrame]:
    """Return origins and their areas by class of change, both sets of ways, sites, streets and the zone."""
    rank = pair.frame["evac_change"].map(CHANGES.index)
    drawn_last = rank.sort_values(ascending=False, kind="stable").index  # the gravest on top
    origins = pair.frame.loc[drawn_last, [*_columns(pair), "geometry"]]
    a, b = features(pair.a, None), features(pair.b, None)
    stays, sites = origins["evac_change"].isin(STAYS), site_changes(pair)
    drawn = {
        "moved": origins[~stays], "stayed": origins[stays], "origins": origins,
        "routes_a": a["routes"], "routes_b": b["routes"], "inundation": a["inundation"],
        "sites": sites[sites["site_change"] != NEITHER],
        "sites_changed": sites[sites["site_change"].isin([ONLY_A, ONLY_B])],
    }  # fmt: skip
    areas = _areas(pair, drawn_last)
    if areas is not None:
        drawn["change_areas"] = gpd.GeoDataFrame(
            pd.DataFrame(origins.drop(columns="geometry")), geometry=areas, crs=origins.crs
        )
    return drawn if steps is None else {**drawn, "streets": street_change_layer(pair, steps)}


def _columns(pair: Pair) -> list[str]:
    persons = ["persons"] if pair.same_people else ["persons_a", "persons_b"]
    sided = [f"{column}_{side}" for column in _SIDED for side in "ab"]
    return ["name", "muni_code", "municipality", "depth_class", *persons, "evac_change", "margin_change_min",
            "total_change_min", *sided]  # fmt: skip


def _areas(pair: Pair, rows: pd.Index) -> list[object] | None:
    """Return the areas that some origins stand for, of either run; None where it has none."""
    a, b = pair.a.origins.areas, pair.b.origins.areas
    if a is None or b is None:
        return None
    at_a, at_b = pair.frame.loc[rows, "at_a"], pair.frame.loc[rows, "at_b"]
    return [a.iloc[i] if i >= 0 else b.iloc[j] for i, j in zip(at_a, at_b, strict=True)]


def change_table(pair: Pair) -> pd.DataFrame:
    """Return the origins, the gravest change first, the most persons first in each."""
    table = pd.DataFrame(pair.frame[_columns(pair)])
    rank = table["evac_change"].map(CHANGES.index)
    ordered = table.assign(_rank=rank, _persons=-pair.frame["persons"]).sort_values(["_rank", "_persons"])
    told = ordered.drop(columns=["_rank", "_persons"]).reset_index(drop=True)
    for side in "ab":
        way = told[f"total_min_{side}"].notna()
        told = told.assign(**{f"{c}_{side}": _asked(told[f"{c}_{side}"], way) for c in _WAY})
    both = pair.frame["margin_change_min"].notna().reindex(ordered.index).to_numpy(bool)
    return told.assign(
        **{
            c: told[c].astype(object).where(both, Blank.NOT_ASKED)
            for c in ("margin_change_min", "total_change_min")
        }
    )


def _asked(column: pd.Series, where: pd.Series) -> pd.Series:
    return column.astype(object).where(where, Blank.NOT_ASKED)


def site_changes(pair: Pair) -> gpd.GeoDataFrame:
    """Return all sites with their part in both runs and the persons and origins that go to them."""
    a, b = pair.a.sites, pair.b.sites
    used_a, used_b = (sites["site_role"].isin(USABLE).to_numpy(bool) for sites in (a, b))
    part = np.select([used_a & used_b, used_a, used_b], [BOTH, ONLY_A, ONLY_B], NEITHER)
    columns = {c: a[c].to_numpy() for c in _SITE_COLUMNS}
    columns |= {
        "site_change": part,
        "site_role_a": a["site_role"].to_numpy(),
        "site_role_b": b["site_role"].to_numpy(),
    }
    for side, run in (("a", pair.a), ("b", pair.b)):
        persons, origins = _comers(run)
        columns |= {f"comers_{side}": origins, f"persons_{side}": persons}
    return gpd.GeoDataFrame(columns, geometry=shapes_of(a), crs=a.crs)


def _comers(run: Run) -> tuple[Numbers, Numbers]:
    """Return known persons (NaN where none of the origins knows any) and origins that go to each site."""
    goes = (run.ways.goal == SITE_GOAL) & ~shapely.is_missing(run.ways.lines)
    row = run.goals["row"].to_numpy(int)[run.ways.site[goes]]
    persons = run.judged["persons"].to_numpy(float)[goes]
    count = np.bincount(row, minlength=len(run.sites)).astype(float)
    told = np.bincount(row[~np.isnan(persons)], minlength=len(run.sites))
    sums = np.bincount(row, np.nan_to_num(persons), minlength=len(run.sites))
    return np.where((count > 0) & (told == 0), np.nan, sums), count


def site_table(pair: Pair) -> pd.DataFrame:
    """Return the sites whose part changed, then those used in both by the change of who comes."""
    sites = pd.DataFrame(site_changes(pair).drop(columns="geometry"))
    changed = sites["site_role_a"] != sites["site_role_b"]
    shift = (sites["comers_b"] - sites["comers_a"]).abs()
    kept = sites.assign(_changed=~changed, _shift=-shift)[changed | (shift > 0)]
    ordered = kept.sort_values(["_changed", "_shift", "muni_code", "name"], kind="stable", ignore_index=True)
    return ordered.drop(columns=["_changed", "_shift"])


def comparison_tables(pair: Pair) -> dict[str, pd.DataFrame]:
    """Return the tables of a comparison but that of the conditions."""
    return {
        "transitions": transition_table(pair),
        "changes": change_table(pair),
        "sites_changed": site_table(pair),
    }
