"""Hazard zones made fit for analysis: depth bounds from labels, one class at every place."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from knr_gis.crs import require_same_crs
from knr_gis.depth import parse_depth_label

TOLERANCE_M2 = 1e-3  # shared edges cross by rounding; ten square centimetres are no overlap

Shapes = NDArray[np.object_]
Indices = NDArray[np.intp]


def normalise_hazard(gdf: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Return the zones with ``depth_min_m`` and ``depth_max_m`` (metres) filled from ``depth_label``.

    Bounds that the source gives as numbers are kept. "Below 0.3 m" bounds the depth from 0 m;
    "10 m or more" has no upper bound (NaN). A zone with neither numbers nor a readable label has
    an unknown depth (NaN, NaN), never 0. The label stays as published.
    """
    labels = gdf.get("depth_label", pd.Series(None, index=gdf.index, dtype=object))
    read = {label: parse_depth_label(str(label)) for label in labels.dropna().unique()}
    parsed = [read.get(label, (None, None)) if pd.notna(label) else (None, None) for label in labels]
    table = pd.DataFrame(parsed, index=gdf.index, columns=["lower", "upper"]).astype("float64")
    lower = _numbers(gdf, "depth_min_m")
    upper = _numbers(gdf, "depth_max_m")
    silent = lower.isna() & upper.isna()
    lower = lower.mask(silent, table.lower)
    upper = upper.mask(silent, table.upper)
    return gdf.assign(depth_min_m=lower.mask(lower.isna() & upper.notna(), 0.0), depth_max_m=upper)


def _numbers(gdf: gpd.GeoDataFrame, column: str) -> pd.Series:
    """Return a column as numbers; unknown throughout where it is absent."""
    return gdf[column].astype("float64") if column in gdf else pd.Series(np.nan, index=gdf.index)


def resolve_overlaps(gdf: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, float]:
    """
    Return the zones without overlaps, and the area in square metres that was covered twice.

    Where editions overlap the newest wins; within an edition the deeper class wins, an unknown
    depth loses to any known one. The area covered by all zones together stays the same; zones that
    lie wholly under others disappear.

    Parameters
    ----------
    gdf
        Polygons in a CRS in metres, with ``depth_min_m`` and ``depth_max_m`` (see
        ``normalise_hazard``) and, if several editions are joined, ``edition``.

    Raises
    ------
    CrsError
        If the CRS is missing or not in metres.
    """
    require_same_crs(gdf)
    shapes = gdf.geometry.to_numpy()
    parts, owners = shapely.get_parts(shapes, return_index=True)
    bad = ~shapely.is_valid(parts)
    parts[bad] = shapely.make_valid(parts[bad])
    losers, winners = _overlapping(parts, _ranks(gdf)[owners])
    if len(losers) == 0:
        return gdf, 0.0
    before = float(shapely.area(parts[np.unique(losers)]).sum())
    cut = _without(parts, losers, winners)
    overlap = before - float(shapely.area(cut[np.unique(losers)]).sum())
    touched = np.unique(owners[losers])
    resolved = gdf.set_geometry(_rebuilt(shapes, cut, owners, touched), crs=gdf.crs)
    return resolved[~resolved.geometry.is_empty].reset_index(drop=True), overlap


def _ranks(gdf: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Return the precedence of each row, 0 first: edition, then depth, then the order of the file."""
    table = pd.DataFrame(
        {
            "edition": gdf.get("edition", pd.Series("", index=gdf.index)).astype("string").fillna(""),
            "upper": _numbers(gdf, "depth_max_m"),
            "lower": _numbers(gdf, "depth_min_m"),
        }
    ).reset_index(drop=True)
    open_ended = table.upper.isna() & table.lower.notna()
    table["upper"] = table.upper.mask(open_ended, np.inf).fillna(-1.0)
    table["lower"] = table.lower.fillna(-1.0)
    order = table.sort_values(["edition", "lower", "upper"], ascending=False, kind="stable").index
    ranks = np.empty(len(gdf), dtype=np.int64)
    ranks[order.to_numpy()] = np.arange(len(gdf))
    return ranks


def _overlapping(parts: Shapes, ranks: NDArray[np.int64]) -> tuple[Indices, Indices]:
    """
    Return pairs (loser, winner) of parts that share an area of more than TOLERANCE_M2.

    Zones are mostly cells that share edges: the index finds every neighbour, so neighbours that
    only touch are put aside before any area is computed.
    """
    first, second = shapely.STRtree(parts).query(parts, predicate="intersects")
    better = (ranks[second] < ranks[first]) | ((ranks[second] == ranks[first]) & (second < first))
    first, second = first[better], second[better]
    meet = ~shapely.touches(parts[first], parts[second])
    first, second = first[meet], second[meet]
    shared = shapely.area(shapely.intersection(parts[first], parts[second]))
    return first[shared > TOLERANCE_M2], second[shared > TOLERANCE_M2]


def _without(parts: Shapes, losers: Indices, winners: Indices) -> Shapes:
    """Return the parts, each loser without all its winners."""
    cut = parts.copy()
    order = np.argsort(losers, kind="stable")
    starts = np.flatnonzero(np.diff(losers[order], prepend=-1))
    for group in np.split(order, starts[1:]):
        loser = losers[group[0]]
        cut[loser] = shapely.difference(parts[loser], shapely.union_all(parts[winners[group]]))
    return cut


def _rebuilt(shapes: Shapes, parts: Shapes, owners: Indices, touched: Indices) -> Shapes:
    """Return the shapes, those touched put together again from what is left of their parts."""
    rebuilt = shapes.copy()
    of_touched = np.isin(owners, touched)
    for owner, group in pd.Series(np.flatnonzero(of_touched)).groupby(owners[of_touched]):
        rebuilt[owner] = _polygons(parts[group.to_numpy()])
    return rebuilt


def _polygons(parts: Shapes) -> BaseGeometry:
    """Return the polygons among what is left as one geometry, empty if there are none."""
    pieces = shapely.get_parts(parts)
    areal = pieces[(shapely.get_dimensions(pieces) == 2) & ~shapely.is_empty(pieces)]
    return areal[0] if len(areal) == 1 else shapely.multipolygons(areal)
