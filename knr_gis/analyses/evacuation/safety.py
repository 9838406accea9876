"""The way from each origin to safety, over the streets or over the terrain, and who needs none."""

from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from knr_gis.analyses.evacuation.exits import goal_rows, safe_at
from knr_gis.analyses.evacuation.ground import Ground, over_ground
from knr_gis.analyses.evacuation.scenario import Scenario
from knr_gis.analyses.evacuation.ways import (
    EXCLUDED,
    FOUND,
    HERE,
    Streets,
    Ways,
    over_streets,
    times_over_streets,
)
from knr_gis.analyses.inputs import Mask
from knr_gis.analyses.inundation import Inundation
from knr_gis.overlay import Shapes


def ways_to_safety(
    origins: Shapes,
    sites: Shapes,
    paths: Streets | Ground,
    *,
    scenario: Scenario,
    inundation: Inundation,
    exclusion: BaseGeometry | None,
) -> Ways:
    """
    Return the nearest safety of each origin.

    Parameters
    ----------
    origins, sites
        Points in metres, shapes (n,) and (m,).
    paths
        The streets, or the terrain where there are none.
    exclusion
        Area where nobody walks (islands, lakes): origins in it are ``excluded``.
    """
    if isinstance(paths, Ground):
        ways = over_ground(origins, sites, paths, scenario)
    else:
        ways = over_streets(origins, sites, paths, scenario, inundation)
    return _judged(ways, origins, scenario, inundation, exclusion)


def times_to_safety(
    origins: Shapes,
    sites: Shapes,
    paths: Streets | Ground,
    *,
    scenario: Scenario,
    inundation: Inundation,
    exclusion: BaseGeometry | None,
) -> Ways:
    """Return what ``ways_to_safety`` returns; over the streets the ways are not drawn."""
    if isinstance(paths, Ground):
        ways = over_ground(origins, sites, paths, scenario)
    else:
        ways = times_over_streets(origins, sites, paths, scenario=scenario, inundation=inundation)
    return _judged(ways, origins, scenario, inundation, exclusion)


def _judged(
    ways: Ways, origins: Shapes, scenario: Scenario, inundation: Inundation, exclusion: BaseGeometry | None
) -> Ways:
    """Return the ways, those of origins that stand safe already or where nobody walks told apart."""
    here = _standing_safe(origins, scenario, inundation)
    return _without(_safe_here(ways, here), _inside(origins, exclusion))


def _standing_safe(origins: Shapes, scenario: Scenario, inundation: Inundation) -> Mask:
    """Tell which origins need not go: their water stays below the depth of the goal."""
    if not scenario.goal_depth_m:
        return np.zeros(len(origins), dtype=bool)
    rows = goal_rows(inundation, scenario.goal_depth_m)
    return safe_at(shapely.get_coordinates(origins), inundation, rows)


def _safe_here(ways: Ways, here: Mask) -> Ways:
    lines = ways.lines.copy()
    lines[here] = None
    return replace(
        ways,
        state=np.where(here, FOUND, ways.state).astype(object),
        goal=np.where(here, HERE, ways.goal).astype(object),
        site=np.where(here, -1, ways.site),
        seconds=np.where(here, 0.0, ways.seconds),
        distance_m=np.where(here, 0.0, ways.distance_m),
        lines=lines,
    )


def _inside(points: Shapes, exclusion: BaseGeometry | None) -> Mask:
    if exclusion is None or exclusion.is_empty:
        return np.zeros(len(points), dtype=bool)
    shapely.prepare(exclusion)
    return np.asarray(shapely.intersects(exclusion, points))


def _without(ways: Ways, barred: Mask) -> Ways:
    """Return the ways, origins that nobody walks from set apart."""
    lines = ways.lines.copy()
    lines[barred] = None
    return replace(
        ways,
        state=np.where(barred, EXCLUDED, ways.state).astype(object),
        goal=np.where(barred, "", ways.goal).astype(object),
        site=np.where(barred, -1, ways.site),
        seconds=np.where(barred, np.nan, ways.seconds),
        distance_m=np.where(barred, np.nan, ways.distance_m),
        snap_m=np.where(barred, np.nan, ways.snap_m),
        lines=lines,
    )
