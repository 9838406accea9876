"""Dry gaps in the zone that are no safety: rivers, harbour basins, embankments, small islands."""

from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from knr_gis.analyses.inundation import Inundation
from knr_gis.overlay import Shapes, make_zones
from knr_gis.threads import in_threads

# The closed zone is made this much smaller, so that its outline does not lie beside that of the zone.
_INWARD_M = 0.5
_SLIVER_M2 = 1.0
_SMOOTH_M = 1.0
# A gap is seen block by block, each with all that lies within reach of it.
_BLOCK_M, _BLOCK_WIDTHS = 5_000.0, 20.0


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

    Notes
    -----
    Whether a place is a gap depends only on what lies within twice the radius of the disc, so the closing is
    done in blocks of 5 km (of 20 widths, if that is more) side by side in threads.
    """
    zones = inundation.frame.geometry.to_numpy()
    zones = zones[~shapely.is_empty(zones)]
    if not width_m or not len(zones):
        return inundation
    blocks = _blocks(zones, width_m)
    near = shapely.buffer(blocks, width_m + 2 * _SMOOTH_M, join_style="mitre")
    wet, land = _within(near, zones), _within(near, inundation.land.parts)
    parts = shapely.get_parts(in_threads(_gaps(width_m / 2), blocks, near, wet, land, size=1))
    parts = parts[(shapely.area(parts) > _SLIVER_M2) & (shapely.get_dimensions(parts) == 2)]
    return replace(inundation, gaps=make_zones(parts))


def _blocks(zones: Shapes, width_m: float) -> Shapes:
    """Return the squares of a grid within reach of the zones."""
    side = max(_BLOCK_M, _BLOCK_WIDTHS * width_m)
    x0, y0, x1, y1 = shapely.total_bounds(zones) + np.array([-1.0, -1.0, 1.0, 1.0]) * 2 * width_m
    west, south = np.meshgrid(np.arange(x0, x1, side), np.arange(y0, y1, side))
    blocks = shapely.box(west.ravel(), south.ravel(), west.ravel() + side, south.ravel() + side)
    near, _ = shapely.STRtree(zones).query(shapely.buffer(blocks, width_m), predicate="intersects")
    return np.asarray(blocks[np.unique(near)])


def _within(windows: Shapes, shapes: Shapes) -> NDArray[Any]:
    """Return for each window the array of the shapes that meet it."""
    window, shape = shapely.STRtree(shapes).query(windows)
    found = np.empty(len(windows), dtype=object)
    found[:] = [shapes[shape[window == k]] for k in range(len(windows))]
    return found


def _gaps(radius_m: float) -> Any:
    """Return a function over blocks, their surroundings, and the zones and land of these: the gaps."""

    def work(blocks: Shapes, near: Shapes, wet: NDArray[Any], land: NDArray[Any]) -> Shapes:
        rows = zip(blocks, near, wet, land, strict=True)
        return np.array([_gap(b, n, w, d, radius_m) for b, n, w, d in rows], dtype=object)

    return work


def _gap(block: Any, near: Any, wet: Shapes, land: Shapes, radius_m: float) -> Any:
    zones = shapely.union_all(shapely.intersection(wet, near))
    dry = shapely.union_all(shapely.intersection(land, near))
    closed = _closed(shapely.union(zones, shapely.difference(near, dry)), radius_m)
    found = shapely.get_parts(shapely.intersection(shapely.difference(closed, zones), dry))
    found = found[shapely.get_dimensions(found) == 2]
    beside = found[shapely.dwithin(found, zones, 2 * radius_m)]  # not the capes and spits of a dry coast
    return shapely.intersection(shapely.MultiPolygon(list(beside)), block)


def _closed(zones: Any, radius_m: float) -> Any:
    wide = shapely.buffer(shapely.simplify(zones, _SMOOTH_M), radius_m, quad_segs=4)
    return shapely.buffer(wide, -radius_m - _INWARD_M, quad_segs=4)
