"""The race against the water: each origin's way and times, and what became of it."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np

from knr_gis.analyses.evacuation.origins import Origins
from knr_gis.analyses.evacuation.sites import FAR_FROM_ROAD, usable
from knr_gis.analyses.evacuation.ways import (
    EXCLUDED,
    FAR,
    FOUND,
    NO_ROUTE,
    Walking,
    Ways,
    nearest_sites,
    walkable,
)
from knr_gis.analyses.inputs import shapes_of
from knr_gis.analyses.inundation import Inundation

REACHED, LATE = "reached", "late"
EVALUATED = (REACHED, LATE, NO_ROUTE)
NOT_EVALUATED = (FAR, EXCLUDED)
STATUSES = (*EVALUATED, *NOT_EVALUATED)
_SECONDS = 60.0


@dataclass(frozen=True)
class Run:
    """
    Everything that a run has found, before it is put into words and tables.

    Parameters
    ----------
    judged
        The origins with their way, times and ``evac_status``.
    sites
        All sites with ``site_role``.
    """

    inundation: Inundation
    origins: Origins
    ways: Ways
    judged: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame


def race(
    origins: Origins, sites: gpd.GeoDataFrame, inundation: Inundation, *,
    roads: gpd.GeoDataFrame | None, exclusion: gpd.GeoDataFrame | None, numbers: dict[str, float],
) -> Run:  # fmt: skip
    """
    Send every origin to its nearest usable site and compare the times.

    Parameters
    ----------
    sites
        As ``judge_sites`` returns them.
    numbers
        Planning numbers by key.
    """
    goals = usable(sites)
    walking = Walking(numbers["walk_speed_mps"], numbers["detour_factor"], numbers["snap_limit_m"])
    ways = nearest_sites(
        shapes_of(origins.frame), shapes_of(goals), walkable(roads), walking=walking,
        exclusion=None if exclusion is None else exclusion.union_all(),
    )  # fmt: skip
    judged = judge_origins(origins, ways, goals, numbers)
    off_street = goals["row"].to_numpy()[ways.site_far]
    roles = sites["site_role"].mask(sites["row"].isin(off_street), FAR_FROM_ROAD)
    return Run(inundation, origins, ways, judged, sites.assign(site_role=roles))


def judge_origins(
    origins: Origins, ways: Ways, sites: gpd.GeoDataFrame, numbers: dict[str, float]
) -> gpd.GeoDataFrame:
    """
    Return the origins with their way, their times and ``evac_status``.

    ``total_min`` = start delay + walking time; in time where that is not above ``arrival_min``.
    """
    walk = ways.distance_m / numbers["walk_speed_mps"] / _SECONDS
    total = numbers["start_delay_min"] + walk
    given = origins.frame["arrival_min"].to_numpy(float)
    arrival = np.where(np.isnan(given), numbers["arrival_min"], given)
    in_time = np.where(total <= arrival + 1e-9, REACHED, LATE)
    names = np.append(sites["name"].to_numpy(object), "")
    codes = np.append(sites["site_id"].to_numpy(object), "")
    return origins.frame.assign(
        evac_status=np.where(ways.state == FOUND, in_time, ways.state).astype(object),
        travel_method=ways.method,
        site_name=names[ways.site],
        site_id=codes[ways.site],
        distance_m=ways.distance_m,
        snap_m=ways.snap_m,
        walk_min=walk,
        total_min=total,
        arrival_min=arrival,
        margin_min=arrival - total,
    )
