"""The study itself: settlements, the broken network, and what each failing element does."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from knr_gis.analyses.inputs import Mask, Numbers, is_true, shapes_of, texts
from knr_gis.analyses.inundation import Inundation
from knr_gis.analyses.isolation.anchoring import anchor
from knr_gis.analyses.isolation.broken import Broken, Parts, break_network, find_parts
from knr_gis.analyses.isolation.critical import Verdicts, Weights, judge_elements
from knr_gis.analyses.isolation.elements import Elements, find_elements
from knr_gis.analyses.isolation.homes import Homes
from knr_gis.analyses.isolation.reach import nearest_goals, travel_costs
from knr_gis.analyses.isolation.stretches import Stretches
from knr_gis.analyses.isolation.verdict import judge_homes
from knr_gis.definitions import nearest
from knr_gis.errors import AnalysisError
from knr_gis.network import Ints, Network
from knr_gis.snapping import Snap, join_snaps, snap
from knr_gis.values import normal_text


@dataclass(frozen=True, eq=False)
class Streets:
    """
    The streets and what fails of them.

    Parameters
    ----------
    network
        Built from ``roads``.
    failures
        Failing stretches for each of CAUSES.
    zone_fails
        Whether streets fail for lying in the zone: where the hazard data does not reach, it is then
        not known which stand.
    """

    roads: gpd.GeoDataFrame
    network: Network
    failures: tuple[Stretches, ...]
    zone_fails: bool


@dataclass(frozen=True, eq=False)
class Study:
    """
    Everything that a run has found, before it is put into words and tables.

    Parameters
    ----------
    judged
        The settlements with ``iso_status`` and, for each kind of goal, the nearest one.
    goals
        Hospitals and shelters by kind, with ``facility_role``.
    length_m
        Shape (M,): length of each element.
    """

    inundation: Inundation
    homes: Homes
    roads: gpd.GeoDataFrame
    broken: Broken
    parts: Parts
    judged: gpd.GeoDataFrame
    goals: dict[str, gpd.GeoDataFrame]
    elements: Elements
    length_m: Numbers
    verdicts: Verdicts


def study_isolation(
    homes: Homes, streets: Streets, inundation: Inundation, *,
    goals: dict[str, gpd.GeoDataFrame], numbers: dict[str, float], outside: tuple[str, ...],
) -> Study:  # fmt: skip
    """
    Return what the failures do.

    Parameters
    ----------
    goals
        Hospitals and shelters by kind, as ``locate_goals`` returns them.
    numbers
        ``snap_limit_m``, ``dead_end_m`` and ``speed_kmh``.
    outside
        Names of settlements that stand for the outside world; empty for none.
    """
    places = _places(homes, streets, goals, numbers)
    broken = break_network(streets.network, streets.failures, places)
    node = broken.places[: len(homes.frame)]
    parts = find_parts(broken, named_nodes(homes.frame, node, outside))
    judged = judge_homes(
        homes, broken, parts, snap_m=places.distance_m[: len(homes.frame)], zone_fails=streets.zone_fails
    )
    judged, located = _with_goals(
        judged, broken, streets.roads, places.distance_m, goals=goals, numbers=numbers
    )
    elements = find_elements(broken, road_kinds(streets.roads)[broken.network.road], node)
    metres = np.bincount(elements.of, broken.network.length_m[elements.piece], minlength=len(elements))
    length_m = metres.astype(float)
    weights = Weights(node, judged["persons"].to_numpy(float))
    verdicts = judge_elements(elements, length_m, parts, weights)
    return Study(
        inundation, homes, streets.roads, broken, parts, judged, located, elements, length_m, verdicts
    )  # fmt: skip


def _places(
    homes: Homes, streets: Streets, goals: dict[str, gpd.GeoDataFrame], numbers: dict[str, float]
) -> Snap:
    """Return settlements and goals, in this order, as places on the streets."""
    limit = numbers["snap_limit_m"]
    network, at = streets.network, shapely.get_coordinates(shapes_of(homes.frame))
    bridges = is_true(streets.roads, "bridge")[network.road]
    found = [anchor(network, at, bridges, limit_m=limit, dead_end_m=numbers["dead_end_m"])]
    found += [snap(network, shapely.get_coordinates(shapes_of(f)), limit_m=limit) for f in goals.values()]
    return join_snaps(found)


def named_nodes(homes: gpd.GeoDataFrame, node: Ints, outside: tuple[str, ...]) -> Ints:
    """
    Return the nodes of the settlements named as outside.

    Raises
    ------
    AnalysisError
        If a name is no settlement, or the settlement is on no street.
    """
    names = [normal_text(name) for name in homes["name"]]
    chosen: list[int] = []
    for entry in outside:
        found = [k for k, name in enumerate(names) if name == normal_text(entry)]
        if not found:
            hint = nearest(normal_text(entry), names) or "、".join(names[:8])
            raise AnalysisError("isolation.no_such_outside", name=entry, hint=hint)
        on = [k for k in found if node[k] >= 0]
        if not on:
            raise AnalysisError("isolation.outside_far", name=entry)
        chosen += on
    return np.asarray(node[chosen], dtype=np.int64)


def road_kinds(roads: gpd.GeoDataFrame) -> Ints:
    """Return a number for each road: the same for rows of one name and class; bridges stand apart."""
    bridges = is_true(roads, "bridge")
    keys = zip(texts(roads, "road_name"), texts(roads, "road_class"), bridges, strict=True)
    return np.asarray(pd.factorize(pd.Series([*keys], dtype=object))[0], dtype=np.int64)


def _with_goals(
    judged: gpd.GeoDataFrame, broken: Broken, roads: gpd.GeoDataFrame, distance_m: Numbers, *,
    goals: dict[str, gpd.GeoDataFrame], numbers: dict[str, float],
) -> tuple[gpd.GeoDataFrame, dict[str, gpd.GeoDataFrame]]:  # fmt: skip
    """Return the settlements with their nearest goals, and the goals, those far from any street said so."""
    drive = travel_costs(broken, roads, numbers["speed_kmh"])
    first, located = len(judged), {}
    for kind, frame in goals.items():
        last = first + len(frame)
        found = nearest_goals(
            broken,
            frame,
            drive,
            homes_m=distance_m[: len(judged)],
            goals_m=distance_m[first:last],
            first=first,
        )
        judged = judged.join(found.add_prefix(f"{kind}_"))
        located[kind] = _far_said(frame, broken.places[first:last] < 0)
        first = last
    return judged, located


def _far_said(goals: gpd.GeoDataFrame, far: Mask) -> gpd.GeoDataFrame:
    counted = goals["facility_role"].str.startswith("used").to_numpy(bool)
    return goals.assign(facility_role=goals["facility_role"].mask(far & counted, "far_from_road"))
