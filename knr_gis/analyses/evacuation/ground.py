"""Ways over open ground, where there are no streets that can be walked."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from knr_gis.analyses.evacuation.conditions import Layers
from knr_gis.analyses.evacuation.exits import goal_rows, safe_at
from knr_gis.analyses.evacuation.scenario import Scenario
from knr_gis.analyses.evacuation.ways import EXIT_GOAL, FAR, FOUND, NO_ROUTE, SITE_GOAL, TERRAIN, Ways
from knr_gis.analyses.inputs import Mask, is_true
from knr_gis.analyses.inundation import Inundation
from knr_gis.overlay import Shapes
from knr_gis.routing import Reach

if TYPE_CHECKING:
    from knr_gis.terrain import Terrain

# Safety is looked for so far around the zone.
_AROUND_M = 3000.0


@dataclass(frozen=True)
class Ground:
    """
    The terrain of a scenario.

    Parameters
    ----------
    safe
        Shape (rows, columns): cells known to be out of danger.
    """

    terrain: "Terrain"
    safe: Mask


def make_ground(
    layers: Layers, scenario: Scenario, inundation: Inundation, exclusion: BaseGeometry | None
) -> Ground:
    """
    Return the terrain around the zone: land is passable; rivers, lakes and ``exclusion`` are not.

    Roads lead over rivers, also those that are too coarse to walk along.
    """
    from knr_gis.terrain import make_terrain  # noqa: PLC0415  numba takes a second to import

    x0, y0, x1, y1 = inundation.frame.total_bounds if len(inundation.frame) else (0.0, 0.0, 1.0, 1.0)
    terrain = make_terrain(
        (x0 - _AROUND_M, y0 - _AROUND_M, x1 + _AROUND_M, y1 + _AROUND_M),
        scenario.grid_cell_m,
        land=layers["municipalities"],
        barriers=_barriers(layers, exclusion),
        ways=_crossings(layers, scenario),
        elevation=layers.get("elevation") if scenario.slope else None,
    )
    cells = np.flatnonzero(terrain.passable)
    rows = goal_rows(inundation, scenario.goal_depth_m)
    safe = np.zeros(terrain.passable.shape, dtype=bool)
    safe.flat[cells] = safe_at(terrain.centres(cells), inundation, rows)
    return Ground(terrain, safe)


def _barriers(layers: Layers, exclusion: BaseGeometry | None) -> list[gpd.GeoDataFrame]:
    rivers = layers.get("rivers")
    barred = [] if rivers is None else [rivers]
    if exclusion is not None and not exclusion.is_empty:
        barred.append(gpd.GeoDataFrame(geometry=[exclusion], crs=layers["municipalities"].crs))
    return barred


def _crossings(layers: Layers, scenario: Scenario) -> gpd.GeoDataFrame | None:
    """Return the roads that lead over rivers; where bridges are out, only those known to be none."""
    roads = layers.get("roads")
    if roads is None or roads.empty:
        return None
    return roads if scenario.bridges_out == "none" else roads[~is_true(roads, "bridge")]


def over_ground(origins: Shapes, sites: Shapes, ground: Ground, scenario: Scenario) -> Ways:
    """Return the nearest safety of each origin: one search from all safety outward over the terrain."""
    from knr_gis.terrain import snap_cells, sources_of, terrain_seconds  # noqa: PLC0415

    terrain, limit, speed = ground.terrain, scenario.snap_limit_m, scenario.access_speed_mps
    doors = snap_cells(terrain, shapely.get_coordinates(sites), limit_m=limit)
    access = np.nan_to_num(doors.snap_m) / speed
    safe = ground.safe if scenario.use_exits else None
    sources = sources_of(terrain, doors, access_s=access, safe=safe)
    found = terrain_seconds(terrain, sources, speed_mps=speed).at(
        shapely.get_coordinates(origins), limit_m=limit
    )
    reached = found.status == Reach.REACHED
    at_site = reached & (found.source < sources.n_points)
    state = np.where(reached, FOUND, np.where(found.status == Reach.FAR, FAR, NO_ROUTE))
    lines = np.full(len(origins), None, dtype=object)
    for k in np.flatnonzero(reached):
        lines[k] = found.line(int(k))
    door_m = np.append(np.nan_to_num(doors.snap_m), 0.0)[np.where(at_site, found.source, -1)]
    return Ways(
        state=state.astype(object),
        goal=np.where(at_site, SITE_GOAL, np.where(reached, EXIT_GOAL, "")).astype(object),
        site=np.where(at_site, found.source, -1),
        seconds=np.where(reached, found.cost_s + np.nan_to_num(found.snap_m) / speed, np.nan),
        distance_m=np.where(reached, found.length_m + np.nan_to_num(found.snap_m) + door_m, np.nan),
        snap_m=np.full(len(origins), np.nan),
        lines=lines,
        method=TERRAIN,
        site_far=~doors.reached,
    )
