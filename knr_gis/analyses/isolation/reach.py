"""The nearest hospital and shelter of each settlement, before and after the failure."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.inputs import Mask, Numbers, is_true, road_speeds, texts
from knr_gis.analyses.inundation import Inundation
from knr_gis.analyses.isolation.broken import Broken
from knr_gis.analyses.isolation.placing import as_points, place_points
from knr_gis.network import edge_seconds
from knr_gis.routing import Field, Reach, travel_from
from knr_gis.values import normal_text

HOSPITAL, SHELTER = "hospital", "shelter"
USED, USED_ZONE_UNKNOWN, IN_ZONE = "used", "used_zone_unknown", "in_zone"
WITHDRAWN, FAR = "withdrawn", "far_from_road"
REACHED, REACHED_ZONE_UNKNOWN, NONE = "reached", "reached_zone_unknown", "none"
_HOSPITAL_WORDS = ("病院",)
_NOT_HOSPITALS = ("動物病院", "家畜病院", "犬猫病院")
_MPS_PER_KMH = 1 / 3.6
_SECONDS, _METRES = 60.0, 1000.0


def hospitals_of(facilities: gpd.GeoDataFrame, words: tuple[str, ...]) -> gpd.GeoDataFrame:
    """
    Return the facilities that are hospitals.

    A hospital is a facility whose type contains one of the words (``病院`` unless given); where the
    type is unknown, its name decides. Animal hospitals are none.
    """
    kinds = [normal_text(kind) for kind in texts(facilities, "facility_type")]
    names = [normal_text(name) for name in texts(facilities, "name")]
    wanted = [normal_text(word) for word in words or _HOSPITAL_WORDS]
    told = [kind or name for kind, name in zip(kinds, names, strict=True)]
    pairs = zip(told, names, strict=True)
    found = [any(w in text for w in wanted) and not _of_animals(text + name) for text, name in pairs]
    return facilities[np.array(found, dtype=bool)]


def _of_animals(text: str) -> bool:
    return any(word in text for word in _NOT_HOSPITALS)


def locate_goals(
    frame: gpd.GeoDataFrame, kind: str, inundation: Inundation, *, flooded_count: bool
) -> gpd.GeoDataFrame:
    """
    Return hospitals or shelters as points with ``facility_kind`` and ``facility_role``.

    Parameters
    ----------
    flooded_count
        Whether those in the zone count after the failure.
    """
    points = as_points(frame)
    placed = place_points(points, inundation)
    reasons = [
        (is_true(points, "withdrawn"), WITHDRAWN),
        (placed.wet & (not flooded_count), IN_ZONE),
        (~placed.known, USED_ZONE_UNKNOWN),
    ]
    roles = np.select([mask for mask, _ in reasons], [role for _, role in reasons], default=USED)
    columns = {"name": texts(points, "name"), "facility_kind": [kind] * len(points), **placed.columns()}
    columns["facility_role"] = roles.astype(object)
    return gpd.GeoDataFrame(columns, geometry=list(points.geometry), crs=frame.crs)


@dataclass(frozen=True, eq=False)
class Drive:
    """
    How people travel: seconds over each piece of street, and the speed from street to door.

    Parameters
    ----------
    cost_s
        Shape (E,) over the pieces of ``broken``.
    speed_kmh
        Speed off the streets.
    """

    cost_s: Numbers
    speed_kmh: float


def travel_costs(broken: Broken, roads: gpd.GeoDataFrame, speed_kmh: float) -> Drive:
    """Return the seconds over each piece; a car goes at the speed of the road where it is known."""
    network = broken.network
    return Drive(edge_seconds(network, speed_kmh=road_speeds(roads, network.mode, speed_kmh)), speed_kmh)


def nearest_goals(
    broken: Broken, goals: gpd.GeoDataFrame, drive: Drive, *, homes_m: Numbers, goals_m: Numbers, first: int
) -> pd.DataFrame:
    """
    Return the nearest goal of each settlement before and after the failure.

    Parameters
    ----------
    goals
        Hospitals or shelters; their places in ``broken`` begin at ``first``, those of the
        settlements at 0.
    homes_m, goals_m
        Straight distance of the settlements and of the goals to their street.

    Returns
    -------
    DataFrame
        Columns ``status``, ``name``, ``min``, ``km`` and ``before_status``, ``before_name``,
        ``before_min``, ``before_km``; numbers are NaN unless reached.
    """
    roles = goals["facility_role"].to_numpy(object)
    exists, counts = roles != WITHDRAWN, np.isin(roles, (USED, USED_ZONE_UNKNOWN))
    before = _field(broken, drive, goals_m, first=first, use=exists, n_homes=len(homes_m))
    closed = np.where(broken.stands, drive.cost_s, np.inf)
    after = _field(
        broken, Drive(closed, drive.speed_kmh), goals_m, first=first, use=counts, n_homes=len(homes_m)
    )
    now = _told(after, goals[counts], drive, homes_m, goals_m[counts])
    then = _told(before, goals[exists], drive, homes_m, goals_m[exists]).add_prefix("before_")
    then["before_status"] = then["before_status"].replace(REACHED_ZONE_UNKNOWN, REACHED)
    return pd.concat([now, then], axis=1)


def _field(broken: Broken, drive: Drive, goals_m: Numbers, *, first: int, use: Mask, n_homes: int) -> Field:
    """Run one search from all goals outward."""
    sources = broken.at_places(first + np.flatnonzero(use))
    targets = broken.at_places(np.arange(n_homes))
    access = np.nan_to_num(goals_m[use]) / (drive.speed_kmh * _MPS_PER_KMH)
    return travel_from(broken.network, sources, targets, cost_s=drive.cost_s, access_s=access)


def _told(
    field: Field, goals: gpd.GeoDataFrame, drive: Drive, homes_m: Numbers, goals_m: Numbers
) -> pd.DataFrame:
    """Return what a search found, in the words of the table."""
    reached = field.status == Reach.REACHED
    source = field.source
    unsure = np.append(goals["facility_role"].to_numpy(object) == USED_ZONE_UNKNOWN, False)[source]
    status = np.where(unsure, REACHED_ZONE_UNKNOWN, REACHED).astype(object)
    status[~reached] = np.where(field.status[~reached] == Reach.FAR, FAR, NONE)
    off_street = homes_m + np.append(goals_m, np.nan)[source]
    seconds = field.cost_s + homes_m / (drive.speed_kmh * _MPS_PER_KMH)
    return pd.DataFrame({
        "status": status,
        "name": np.where(reached, np.append(goals["name"].to_numpy(object), "")[source], ""),
        "min": seconds / _SECONDS,
        "km": (field.length_m + off_street) / _METRES,
    })  # fmt: skip
