"""The results of an evacuation run as layers for the map and as tables."""

import geopandas as gpd
import pandas as pd
import shapely

from knr_gis.analyses.evacuation.causes import miss_causes
from knr_gis.analyses.evacuation.race import LATE, NOT_EVALUATED, REACHED, Run
from knr_gis.analyses.evacuation.refuge import goal_places
from knr_gis.analyses.evacuation.segments import Steps, street_layers
from knr_gis.analyses.evacuation.sites import FLOOR_TOO_LOW, IN_ZONE, UNSURE
from knr_gis.analyses.evacuation.ways import NO_ROUTE
from knr_gis.result import Blank

_ORIGIN_COLUMNS = (
    "name", "muni_code", "municipality", "depth_class", "persons", "evac_status", "miss_cause", "goal_kind",
    "site_name", "goal_place", "distance_m", "walk_min", "total_min", "arrival_min", "margin_min",
    "latest_start_min", "speed_needed_mps", "snap_m", "travel_method", "arrival_source", "site_id",
)  # fmt: skip
_GRAVITY = (NO_ROUTE, LATE, *NOT_EVALUATED, REACHED)
_DOUBTFUL = (*UNSURE, FLOOR_TOO_LOW, IN_ZONE)
_WAY_COLUMNS = ("goal_kind", "goal_place", "site_name", "site_id", "distance_m", "walk_min", "total_min",
                "margin_min", "latest_start_min", "speed_needed_mps")  # fmt: skip
_SITE_COLUMNS = (
    "name", "muni_code", "municipality", "site_role", "depth_class", "water_m", "floor_height_m",
    "storeys", "indoor", "capacity_persons", "source_kind", "site_id", "address",
)  # fmt: skip


def features(run: Run, steps: Steps | None) -> dict[str, gpd.GeoDataFrame]:
    """Return origins, the areas they stand for, ways, sites and the zone."""
    origins = origin_frame(run)
    columns = [*_ORIGIN_COLUMNS, *run.origins.ages]
    drawn = {"origins": origins, "routes": _routes(run), "sites": run.sites[[*_SITE_COLUMNS, "geometry"]]}
    if run.origins.areas is not None:
        drawn["origin_areas"] = gpd.GeoDataFrame(
            pd.DataFrame(origins[columns]), geometry=run.origins.areas.to_numpy(), crs=origins.crs
        )
    zone = run.inundation.frame.drop(columns=["muni", "depth_rank"])
    gaps = run.inundation.gaps
    if gaps is not None and len(gaps.parts):
        drawn["gaps"] = gpd.GeoDataFrame(geometry=list(gaps.parts), crs=origins.crs)
    return {**drawn, **street_layers(run, steps), "inundation": zone}


def zone_edge(run: Run, focus: set[str]) -> gpd.GeoDataFrame:
    """
    Return the zone of each municipality as one area: what the print map shows.

    Parameters
    ----------
    focus
        Codes of the municipalities in focus, all where empty; where they have no zone, their land.
    """
    zone, towns = run.inundation.frame, run.plan.layers["municipalities"]
    chosen = zone[zone["muni_code"].isin(focus)] if focus else zone
    if focus and chosen.empty:
        land = towns[towns["muni_code"].astype(str).isin(focus)]
        names = dict(zip(run.inundation.codes, run.inundation.names, strict=True))
        named = {"municipality": land["muni_code"].astype(str).map(names)}
        return gpd.GeoDataFrame(named, geometry=land.geometry, crs=towns.crs)
    whole = chosen[["municipality", "geometry"]].dissolve("municipality").reset_index()
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=zone.crs)


def origin_frame(run: Run) -> gpd.GeoDataFrame:
    """Return the origins with what is told of them."""
    told = run.judged.assign(miss_cause=miss_causes(run), goal_place=goal_places(run))
    return told[[*_ORIGIN_COLUMNS, *run.origins.ages, "geometry"]]


def _routes(run: Run) -> gpd.GeoDataFrame:
    """Return the ways that were found, those of the late on top."""
    found = ~shapely.is_missing(run.ways.lines)
    columns = ["name", "municipality", "evac_status", "travel_method", "goal_kind", "site_name", "distance_m",
               "total_min", "margin_min", "latest_start_min", "persons"]  # fmt: skip
    table = pd.DataFrame(run.judged.loc[found, columns])
    routes = gpd.GeoDataFrame(table, geometry=list(run.ways.lines[found]), crs=run.judged.crs)
    return routes.sort_values("evac_status", key=lambda s: s != REACHED, kind="stable", ignore_index=True)


def origin_table(run: Run) -> pd.DataFrame:
    """Return the origins as a table, the gravest first (no route, then the latest)."""
    table = pd.DataFrame(origin_frame(run).drop(columns="geometry"))
    table["miss_cause"] = table["miss_cause"].where(table["miss_cause"] != "", Blank.NOT_ASKED)
    rank = table["evac_status"].map(_GRAVITY.index)
    sorted_ = table.assign(_rank=rank).sort_values(["_rank", "margin_min"], kind="stable")
    return _blank(sorted_.drop(columns="_rank").reset_index(drop=True), _WAY_COLUMNS, "distance_m")


def _blank(table: pd.DataFrame, columns: tuple[str, ...], asked: str) -> pd.DataFrame:
    """Return the table with blanks in the columns wherever the one asked is missing: nothing to tell."""
    told = table[asked].notna()
    return table.assign(**{c: table[c].astype(object).where(told, Blank.NOT_ASKED) for c in columns})


def site_table(run: Run) -> pd.DataFrame:
    """
    Return every site with the part it plays, those that an officer must settle first.

    Outside the zone there is no water to tell of.
    """
    table = pd.DataFrame(run.sites[list(_SITE_COLUMNS)])
    wet = run.sites["in_zone"].to_numpy(bool)
    table = table.assign(water_m=table["water_m"].astype(object).where(wet, Blank.NOT_ASKED))
    settled = ~table["site_role"].isin(_DOUBTFUL)
    ordered = table.assign(_settled=settled).sort_values(
        ["_settled", "muni_code", "site_role", "name"], kind="stable"
    )
    return ordered.drop(columns="_settled").reset_index(drop=True)
