"""Overlaps inside one layer: found, reported, and taken off so that ground counts once."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely

from knr_gis.cutting import AREA, joined, overlapping, same_area, split_polygons, without_earlier
from knr_gis.edges import Floats, Shapes, edges_of
from knr_gis.overlay import dimension_of
from knr_gis.zones import make_zones


class Overlap(NamedTuple):
    """
    What the features of a layer share with each other.

    Parameters
    ----------
    pairs
        Columns ``first`` and ``second`` (positions, the earlier first) and ``area_m2``.
    area_m2
        Shape ``(n,)``: ground of each feature that some other feature also holds.
    total_m2
        What a plain sum of areas counts too much: the sum less the area of the union.
    """

    pairs: pd.DataFrame
    area_m2: Floats
    total_m2: float


def overlap_of(shapes: Shapes) -> Overlap:
    """
    Return the overlaps inside a layer of polygons.

    Parameters
    ----------
    shapes
        Shape ``(n,)``, polygons in metres; what is no polygon overlaps nothing.

    Notes
    -----
    Areas of pairs come without noding (``trapezoids``); less than a square millimetre is none.
    """
    zones = make_zones(_areas(shapes))
    parts, owner = split_polygons(_areas(shapes))
    first, second, shared = overlapping(parts, edges_of(parts), differ=owner)
    low, high = np.minimum(owner[first], owner[second]), np.maximum(owner[first], owner[second])
    table = pd.DataFrame({"first": low, "second": high, "area_m2": shared})
    pairs = table.groupby(["first", "second"], as_index=False, sort=True)["area_m2"].sum()
    lone = without_earlier(parts, np.concatenate([first, second]), np.concatenate([second, first]))
    lost = np.bincount(owner, shapely.area(parts) - shapely.area(lone), minlength=len(shapes))
    return Overlap(pairs, np.asarray(lost, dtype=float), zones.overlap_m2)


def ground_once(shapes: Shapes) -> Shapes:
    """
    Return each polygon without what an earlier one already holds, so that sums count ground once.

    Polygons that lose nothing are returned as they are; one that is wholly taken becomes empty. What is
    no polygon stays. Areas of the result add up to the area of the union.
    """
    zones = make_zones(_areas(shapes))
    own = shapes.copy()
    if zones.overlap_m2 == 0:
        return own
    less = np.flatnonzero((dimension_of(shapes) == AREA) & ~same_area(zones.areas, shapely.area(shapes)))
    order = np.argsort(zones.owner, kind="stable")
    ends = np.searchsorted(zones.owner[order], [less, less + 1])
    for feature, start, end in zip(less, *ends, strict=True):
        own[feature] = joined(zones.parts[order[start:end]]) if end > start else shapely.Polygon()
    return own


def _areas(shapes: Shapes) -> Shapes:
    """Return the shapes with what is no area left empty."""
    return np.where(dimension_of(shapes) == AREA, shapes, shapely.Polygon())
