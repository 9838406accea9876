"""The difficult ground as areas with a name, a rank, and what is worst in them."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from knr_gis.analyses.difficult.study import Study
from knr_gis.analyses.difficult.verdict import CAUSES, DIFFICULT
from knr_gis.analyses.evacuation.race import goals_of, speed_needed
from knr_gis.analyses.evacuation.ways import SITE_GOAL
from knr_gis.analyses.inputs import Mask, Numbers, by_dimension, chosen_codes, shapes_of, texts
from knr_gis.analyses.inundation import first_zone
from knr_gis.display import shown
from knr_gis.overlay import Shapes, make_zones
from knr_gis.texts import say

_MINUTE = 60.0
_M2_PER_HA = 10_000
_MIDDLE, _MOST = 0.5, 0.9
_Index = NDArray[np.intp]


def make_areas(
    study: Study, drawn: gpd.GeoDataFrame, join_within_m: float, least_area_m2: float
) -> gpd.GeoDataFrame:
    """
    Return the difficult areas, most persons first (unknown numbers last, by size).

    Polygons of one municipality that lie within ``join_within_m`` of each other are one area. Areas smaller
    than ``least_area_m2`` are kept together as one row per municipality, ``rank`` NaN, at the end.

    Parameters
    ----------
    drawn
        The ground by municipality and state (``ground_frame``).

    Returns
    -------
    GeoDataFrame
        ``rank``, ``name``, ``muni_code``, ``municipality``, ``near_name``, ``area_ha``, ``persons`` and ages,
        ``unknown_ha`` (ground with an unknown number of persons), ``worst_total_min``,
        ``latest_start_median_min``, ``speed_needed_p90_mps``, ``difficult_cause``, ``goal_kind``,
        ``site_name``.
    """
    ground = study.judged[study.judged["verdict"] == DIFFICULT].reset_index(drop=True)
    clusters = _clustered(ground, _whole(drawn, study), join_within_m, least_area_m2)
    rows = [_told(ground[clusters.of_ground == k], study) for k in range(len(clusters.shapes))]
    codes, names = np.array(study.inundation.codes), np.array(study.inundation.names)
    table = pd.DataFrame(rows, columns=_columns(study)).assign(
        muni_code=codes[clusters.muni], municipality=names[clusters.muni], crumbs=clusters.crumbs
    )
    frame = gpd.GeoDataFrame(table, geometry=list(clusters.shapes), crs=study.inundation.frame.crs)
    order = ["crumbs", "persons", "area_ha"]
    ranked = frame.sort_values(order, ascending=[True, False, False], na_position="last", kind="stable")
    return _named(ranked.reset_index(drop=True), study)


def _columns(study: Study) -> list[str]:
    return [
        "area_ha", *study.people, "unknown_ha", "worst_total_min", "latest_start_median_min",
        "speed_needed_p90_mps", "difficult_cause", "goal_kind", "site_name",
    ]  # fmt: skip


@dataclass(frozen=True)
class _Clusters:
    """Difficult areas: shape, municipality, whether they are crumbs, and the area of each row of ground."""

    shapes: Shapes
    muni: _Index
    crumbs: Mask
    of_ground: _Index


def _whole(drawn: gpd.GeoDataFrame, study: Study) -> Shapes:
    """Return the difficult ground of each municipality in one, None where there is none."""
    own = drawn[drawn["ground_state"].isin(CAUSES)]
    whole = np.full(len(study.inundation.codes), None, dtype=object)
    for code, shapes in own.groupby("muni_code")["geometry"]:
        whole[study.inundation.codes.index(code)] = shapely.union_all(shapes.to_numpy(), grid_size=0.001)
    return whole


def _clustered(ground: pd.DataFrame, whole: Shapes, within_m: float, least_m2: float) -> _Clusters:
    """Return the difficult ground as areas; what is near is one area, crumbs are one per municipality."""
    parts, source = shapely.get_parts(whole, return_index=True)
    group = _near_together(parts, source, within_m)
    small = np.bincount(group, shapely.area(parts))[group] < least_m2 if len(parts) else np.zeros(0, bool)
    group = np.where(small, group.max(initial=0) + 1 + source, group)
    _, first, group = np.unique(group, return_index=True, return_inverse=True)
    areas = [shapely.multipolygons(parts[group == k]) for k in range(len(first))]
    return _Clusters(
        shapes=np.array(areas, dtype=object),
        muni=source[first],
        crumbs=small[first],
        of_ground=_group_of(ground, parts, group, source),
    )


def _near_together(parts: Shapes, source: _Index, within_m: float) -> _Index:
    """Return the number of the group of each part: those of one source within a distance of each other."""
    left, right = shapely.STRtree(parts).query(parts, predicate="dwithin", distance=within_m)
    same = source[left] == source[right]
    links = coo_matrix((np.ones(same.sum()), (left[same], right[same])), shape=(len(parts), len(parts)))
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.intp)


def _group_of(ground: pd.DataFrame, parts: Shapes, group: _Index, muni: _Index) -> _Index:
    """Return the group of each polygon: that of the part of its municipality which it lies in."""
    places, own = shapely.point_on_surface(np.asarray(ground["geometry"], dtype=object)), ground["muni"]
    of = np.full(len(ground), -1, dtype=np.intp)
    for k in np.unique(muni):
        rows, held = np.flatnonzero(own == k), np.flatnonzero(muni == k)
        found = first_zone(places[rows], make_zones(parts[held]))
        lost = np.flatnonzero(found < 0)  # within the millimetre to which the parts are drawn
        found[lost] = shapely.STRtree(parts[held]).query_nearest(places[rows[lost]], all_matches=False)[1]
        of[rows] = group[held[found]]
    return of


def _told(ground: pd.DataFrame, study: Study) -> list[object]:
    """Return what is told of the ground of one area, in the order of ``_columns``."""
    scenario, area = study.plan.scenario, ground["area_m2"].to_numpy(float)
    walk, deadline = ground["walk_s"].to_numpy(float), ground["deadline_min"].to_numpy(float)
    worst = ground["worst_s"].max() / _MINUTE + scenario.start_delay_min
    needed = speed_needed(walk, deadline, scenario)
    needed[np.isnan(needed)] = np.inf  # no way, or no time left: no speed is enough
    fastest = weighted_quantile(needed, area, _MOST)
    cause = max(CAUSES, key=lambda c: float(area[(ground["state"] == c).to_numpy()].sum()))
    persons = [float(ground[c].sum(min_count=1)) for c in study.people]
    unknown = float(area[ground["persons"].isna().to_numpy()].sum())
    latest = weighted_quantile(deadline - walk / _MINUTE, area, _MIDDLE)
    return [
        area.sum() / _M2_PER_HA, *persons, unknown / _M2_PER_HA, worst, latest,
        fastest if np.isfinite(fastest) else np.nan, cause, *_goal(ground, study),
    ]  # fmt: skip


def weighted_quantile(values: Numbers, weights: Numbers, share: float) -> float:
    """Return the least value that is not passed by a share of the weight; NaN where none is known."""
    known = ~np.isnan(values)
    order = np.argsort(values[known], kind="stable")
    upto = np.cumsum(weights[known][order])
    if not len(upto):
        return float("nan")
    return float(values[known][order][np.searchsorted(upto, share * upto[-1] * (1 - 1e-12))])


def _goal(ground: pd.DataFrame, study: Study) -> tuple[str, str]:
    """Return the goal of most of the ground: its kind, and its name."""
    anchor = ground["anchor"].to_numpy(int)
    goal, site = study.ways.goal[anchor], study.ways.site[anchor]
    goals = pd.DataFrame({"goal": goal, "site": site, "area": ground["area_m2"].to_numpy(float)})
    kind, number = goals.groupby(["goal", "site"])["area"].sum().idxmax()
    if kind == SITE_GOAL:
        return str(kind), str(goals_of(study.plan)["name"].iloc[int(number)])
    return str(kind), shown("goal_kind", kind) if kind else ""


def _named(areas: gpd.GeoDataFrame, study: Study) -> gpd.GeoDataFrame:
    """Return the areas with rank, number within the municipality, and the nearest settlement."""
    crumbs = areas["crumbs"].to_numpy(bool)
    number, near = areas.groupby("municipality").cumcount() + 1, np.full(len(areas), "", dtype=object)
    near[~crumbs] = _nearest_names(areas[~crumbs], study.plan.layers.get("settlements"))
    labels, names = [], []
    for municipality, k, place, crumb in zip(areas["municipality"], number, near, crumbs, strict=True):
        label = f"{municipality}{k}"
        said = say("difficult.area_name", label=label, near=place) if place else label
        labels.append("" if crumb else label)
        names.append(say("difficult.crumbs_name", municipality=municipality) if crumb else said)
    rank = np.where(crumbs, np.nan, np.arange(1, len(areas) + 1))
    return areas.assign(rank=rank, label=_with_persons(labels, areas), name=names, near_name=near)


def _with_persons(labels: list[str], areas: gpd.GeoDataFrame) -> list[str]:
    """Return what is written beside each area on the map: its number, and its persons where known."""
    return [
        say("difficult.label", label=label, persons=f"{persons:,.0f}") if label and persons >= 1 else label
        for label, persons in zip(labels, areas["persons"], strict=True)
    ]


def _nearest_names(areas: gpd.GeoDataFrame, settlements: gpd.GeoDataFrame | None) -> list[str]:
    """Return the name of the settlement nearest to each area, empty where there is none."""
    points = None if settlements is None else by_dimension(settlements).get(0)
    names = np.array([] if points is None else texts(points, "name"), dtype=object)
    named = np.flatnonzero(names != "")
    if points is None or not len(named):
        return [""] * len(areas)
    tree = shapely.STRtree(shapes_of(points)[named])
    area, place = tree.query_nearest(shapes_of(areas), all_matches=False)
    found = np.full(len(areas), "", dtype=object)
    found[area] = names[named[place]]
    return list(found)


def focus_of(areas: gpd.GeoDataFrame, municipalities: gpd.GeoDataFrame, chosen: str | None) -> str:
    """
    Return the code of the municipality that the print map shows, empty where there is no area.

    Parameters
    ----------
    chosen
        Its name or code; None: that with the most persons in difficult areas, or else the most ground.

    Raises
    ------
    AnalysisError
        If no municipality is called so.
    """
    if chosen is None:
        sums = areas.groupby("muni_code")[["persons", "area_ha"]].sum()
        return "" if sums.empty else str(sums.sort_values(["persons", "area_ha"]).index[-1])
    return next(iter(chosen_codes([chosen], municipalities, key="focus_on")))
