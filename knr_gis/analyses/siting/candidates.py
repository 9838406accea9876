"""Which candidates could stand the water, how high they must be, and why the others may not be used."""

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from knr_gis.analyses.evacuation.ground import Ground
from knr_gis.analyses.evacuation.plan import Plan
from knr_gis.analyses.evacuation.sites import (
    FAR_FROM_ROAD,
    FLOOR_TOO_LOW,
    FLOOR_UNKNOWN,
    USED,
    VERTICAL,
    WATER_UNKNOWN,
    judge_sites,
    usable,
)
from knr_gis.analyses.evacuation.ways import Streets, site_doors
from knr_gis.analyses.inputs import Mask, shapes_of
from knr_gis.analyses.siting.ask import DESIGNATE, GRID, TOWER, Ask

BUILT, BUILT_UNKNOWN, HEIGHT_UNKNOWN = "tower", "tower_height_unknown", "height_unknown"
ALREADY_SITE, NOT_EXAMINED = "already_site", "not_examined"
# Named as in ``site_role`` where it is a site like any other.
COUNTED = (BUILT, BUILT_UNKNOWN, USED, VERTICAL, "vertical_storeys")
# A facility so near to a site of today is that site.
_SAME_PLACE_M = 30.0


def judge_candidates(offers: gpd.GeoDataFrame, plan: Plan, ask: Ask) -> gpd.GeoDataFrame:
    """
    Return the candidates with ``candidate_state`` (what it would be, or why it may not be used).

    A building is judged as any site is (see ``judge_sites``). A tower is as high as it must be:
    ``needed_height_m`` = water (the larger of the depth's upper bound and 基準水位) + ``tower_margin_m``;
    where the water is not known, it is not used unless the officer allows it.
    """
    builds = _builds(offers, ask)
    told = offers.assign(tsunami=True)
    told.loc[builds, ["floor_height_m", "storeys"]] = np.nan
    columns = ["muni_code", "municipality", "depth_class", "in_zone", "water_m"]
    placed = judge_sites(told, None, plan.inundation, plan.scenario)
    state = placed["site_role"].to_numpy(object)
    wet = builds & np.isin(state, (FLOOR_UNKNOWN, FLOOR_TOO_LOW, WATER_UNKNOWN))
    unknown = placed["water_m"].isna().to_numpy(bool)
    unsure = BUILT_UNKNOWN if ask.allow_unknown_height else HEIGHT_UNKNOWN
    state = np.where(wet, np.where(unknown, unsure, BUILT), state).astype(object)
    if ask.candidates_from in ("facilities", "buildings"):
        state[np.isin(state, COUNTED) & _is_site(offers, plan)] = ALREADY_SITE
    needed = np.where(np.isin(state, (BUILT, BUILT_UNKNOWN)), placed["water_m"] + ask.tower_margin_m, np.nan)
    judged = offers.assign(**{c: placed[c].to_numpy() for c in columns})
    said = _far_said(judged.assign(candidate_state=state, needed_height_m=needed), plan)
    # Of a grid only the points near a street are candidates.
    far = (said["candidate_state"] == FAR_FROM_ROAD) & (ask.candidates_from == GRID)
    return said[~far].reset_index(drop=True)


def _builds(offers: gpd.GeoDataFrame, ask: Ask) -> Mask:
    """Tell at which candidates something is built."""
    if ask.new_site in (TOWER, DESIGNATE):
        return np.full(len(offers), ask.new_site == TOWER)
    return np.asarray(offers["floor_height_m"].isna() & offers["storeys"].isna(), dtype=bool)


def _is_site(offers: gpd.GeoDataFrame, plan: Plan) -> Mask:
    """Tell which candidates are usable sites of today."""
    sites, same = usable(plan.sites), np.zeros(len(offers), dtype=bool)
    if plan.scenario.use_sites and len(sites):
        tree = shapely.STRtree(shapes_of(sites))
        same[tree.query(shapes_of(offers), predicate="dwithin", distance=_SAME_PLACE_M)[0]] = True
    return same


def _far_said(judged: gpd.GeoDataFrame, plan: Plan) -> gpd.GeoDataFrame:
    """Return the candidates, those that could be used but for the way to them said so."""
    fit = np.flatnonzero(judged["candidate_state"].isin(COUNTED))
    state = judged["candidate_state"].to_numpy(object)
    state[fit[_far(judged.iloc[fit], plan)]] = FAR_FROM_ROAD
    return judged.assign(candidate_state=state)


def _far(points: gpd.GeoDataFrame, plan: Plan) -> Mask:
    """Tell which points are too far from anything that can be walked."""
    xy, limit, paths = shapely.get_coordinates(shapes_of(points)), plan.scenario.snap_limit_m, plan.paths
    if isinstance(paths, Streets):
        return np.asarray(~site_doors(paths, xy, limit)[0].reached[: len(xy)])
    return _far_on(paths, xy, limit)


def _far_on(ground: Ground, xy: NDArray[np.float64], limit_m: float) -> Mask:
    from knr_gis.terrain import snap_cells  # noqa: PLC0415  numba takes a second to import

    return np.asarray(~snap_cells(ground.terrain, xy, limit_m=limit_m).reached)
