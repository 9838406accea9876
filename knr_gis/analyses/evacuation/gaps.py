"""Dry gaps in the zone that are no safety: rivers, harbour basins, embankments, small islands."""

from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from knr_gis.analyses.inundation import Inundation
from knr_gis.overlay import make_zones

# The closed zone is made this much smaller, so that its outline does not lie beside that of the zone.
_INWARD_M = 0.5
_SLIVER_M2 = 1.0


def close_gaps(inundation: Inundation, width_m: float) -> Inundation:
    """
    Return the zone with its gaps: dry land between flooded land and water that is narrower than a width.

    Hazard data leaves the water surface of rivers and harbours blank, and a bank or a plot of a few cells
    that just stays dry. Who gets there is surrounded by water, not out of it. The gaps are what a
    morphological closing of zone and sea (all that is no municipality) with a disc of that diameter adds.

    Parameters
    ----------
    width_m
        0: no gaps; every place outside the zones that the data covers counts as safe.
    """
    if not width_m:
        return inundation
    zones = shapely.union_all(inundation.frame.geometry.to_numpy())
    if zones.is_empty:
        return inundation
    x0, y0, x1, y1 = zones.bounds
    around = 2 * width_m
    near = shapely.box(x0 - around, y0 - around, x1 + around, y1 + around)
    land = shapely.union_all(shapely.intersection(inundation.land.parts, near))
    sea = shapely.difference(near, land)
    closed = _closed(shapely.union(zones, sea), width_m / 2)
    parts = shapely.get_parts(shapely.intersection(shapely.difference(closed, zones), land))
    parts = parts[(shapely.area(parts) > _SLIVER_M2) & (shapely.get_dimensions(parts) == 2)]
    return replace(inundation, gaps=make_zones(np.asarray(parts, dtype=object)))


def _closed(zones: BaseGeometry, radius_m: float) -> BaseGeometry:
    wide = shapely.buffer(shapely.simplify(zones, 1.0), radius_m, quad_segs=4)
    return shapely.buffer(wide, -radius_m - _INWARD_M, quad_segs=4)
