"""What fails of the streets: the parts in the zone, bridges, and what is closed by hand."""

import geopandas as gpd
import numpy as np
import shapely

from knr_gis.analyses.inputs import is_true, numbers, shapes_of, texts
from knr_gis.analyses.isolation.plan import FailurePlan
from knr_gis.analyses.isolation.stretches import Stretches, join_stretches, stretches_inside
from knr_gis.definitions import nearest
from knr_gis.errors import AnalysisError
from knr_gis.network import Flags, Network
from knr_gis.overlay import Shapes, dimension_of, split_polygons, valid_polygons
from knr_gis.values import normal_text

# Where several hold for a piece of street, the last one is told.
CAUSES = ("zone", "bridge", "closed")
ZONE, BRIDGE, CLOSED = CAUSES
# A closure drawn as a point or line closes the streets this near to it.
_CLOSURE_REACH_M = 15.0


def find_failures(
    network: Network,
    roads: gpd.GeoDataFrame,
    hazard: gpd.GeoDataFrame,
    closures: gpd.GeoDataFrame | None,
    plan: FailurePlan,
) -> tuple[Stretches, ...]:
    """
    Return the failing stretches of the edges, for each of CAUSES.

    Parameters
    ----------
    network
        Built from ``roads``.
    hazard
        Polygons with ``depth_max_m`` where it is known. They count as they are given: also over
        the sea, where bridges stand.
    closures
        Points, lines or areas where streets are closed, whatever the plan says.

    Raises
    ------
    AnalysisError
        If ``plan.roads`` names a road that is not there.
    """
    wet = failing_parts(hazard, plan.depth_m)
    zone = stretches_inside(network, wet) if plan.zone else Stretches.none()
    by_hand = join_stretches(
        network, Stretches.whole(network, _named_roads(roads, plan.roads)[network.road]),
        stretches_inside(network, _closure_parts(closures)),
    )  # fmt: skip
    return zone, Stretches.whole(network, _failing_bridges(network, roads, wet, plan.bridges)), by_hand


def failing_parts(hazard: gpd.GeoDataFrame, depth_m: float) -> Shapes:
    """
    Return small polygons where streets fail: the water may reach the depth.

    A class reaches a depth that lies below its upper bound; an open or unknown bound counts as
    reaching it.
    """
    upper = numbers(hazard, "depth_max_m")
    reaching = np.isnan(upper) | (upper > depth_m)
    return split_polygons(valid_polygons(shapes_of(hazard)[reaching]))[0]


def _failing_bridges(network: Network, roads: gpd.GeoDataFrame, wet: Shapes, which: str) -> Flags:
    """Return the edges of the bridges that fail: of ``zone``, every bridge that the water touches."""
    of_bridge = is_true(roads, "bridge")
    if which == "zone":
        edges = np.flatnonzero(of_bridge[network.road])
        lines = network.tree.geometries[edges]
        _, touched = shapely.STRtree(lines).query(wet, predicate="intersects")
        of_bridge = np.zeros(len(roads), dtype=bool)
        of_bridge[network.road[edges[touched]]] = True
    elif which == "none":
        of_bridge = np.zeros(len(roads), dtype=bool)
    return np.asarray(of_bridge[network.road])


def _named_roads(roads: gpd.GeoDataFrame, wanted: tuple[str, ...]) -> Flags:
    """Return the rows whose name or OpenStreetMap number is wanted."""
    names = np.array([normal_text(name) for name in texts(roads, "road_name")], dtype=object)
    codes = np.array(texts(roads, "osm_id"), dtype=object)
    chosen = np.zeros(len(roads), dtype=bool)
    for entry in wanted:
        text = normal_text(entry)
        found = (names == text) | (codes == text) if text else np.zeros(len(roads), dtype=bool)
        if not found.any():
            known = sorted({name for name in [*names, *codes] if name})
            hint = nearest(text, known) or "、".join(known[:8]) or "-"
            raise AnalysisError("isolation.no_such_road", name=entry, hint=hint)
        chosen |= found
    return chosen


def _closure_parts(closures: gpd.GeoDataFrame | None) -> Shapes:
    """Return closures as small polygons; points and lines reach a little to each side."""
    if closures is None or closures.empty:
        return np.empty(0, dtype=object)
    shapes = shapes_of(closures)
    thin = np.isin(dimension_of(shapes), (0, 1))
    shapes[thin] = shapely.buffer(shapes[thin], _CLOSURE_REACH_M)
    return split_polygons(valid_polygons(shapes))[0]
