"""Geometry made fit for computing: empty, invalid and wrong-family parts dealt with and reported."""

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from knr_gis.crs import JGD2011
from knr_gis.findings import Finding
from knr_gis.layers import PLACELESS, Layer
from knr_gis.texts import say

_LISTED_NAMES, _LISTED_PLACES = 5, 20
_FAMILY = {"point": 0, "line": 1, "polygon": 2, "municipality": 2, "table": 0}


def present(gdf: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the rows that have a geometry which is not empty."""
    shapes = gdf.geometry.values
    return gdf[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]


def drop_empty(gdf: gpd.GeoDataFrame, layer: Layer) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return the frame without features that have no place; layers placed by code or name keep theirs."""
    if layer.geometry in PLACELESS:
        return gdf, []
    empty = (gdf.geometry.isna() | gdf.geometry.is_empty).to_numpy()
    findings = [_finding("geometry_empty", gdf, empty, layer)] if empty.any() else []
    return gdf[~empty].reset_index(drop=True), findings


def repair(gdf: gpd.GeoDataFrame, layer: Layer) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """
    Return the frame with valid 2-D geometry of the layer's family.

    Invalid polygons are rebuilt by ``make_valid`` (structure method: shells minus holes); parts of
    lower dimension that this leaves behind are dropped.
    """
    flat = gdf.set_geometry(shapely.force_2d(gdf.geometry.to_numpy()), crs=gdf.crs)
    bad = ~(shapely.is_valid(flat.geometry.to_numpy()) | flat.geometry.isna().to_numpy())
    if not bad.any():
        return flat, []
    mended = flat.geometry.to_numpy().copy()
    mended[bad] = _made_valid(mended[bad], _FAMILY[layer.geometry])
    fixed = flat.set_geometry(gpd.GeoSeries(mended, index=flat.index, crs=flat.crs))
    return fixed, [_repaired(gdf[bad], layer)]


def _made_valid(shapes: NDArray[np.object_], dimension: int) -> NDArray[np.object_]:
    valid = shapely.make_valid(shapes, method="structure", keep_collapsed=False)
    return np.array([_of_dimension(shape, dimension) for shape in valid], dtype=object)


def _of_dimension(shape: BaseGeometry, dimension: int) -> BaseGeometry:
    """Return the parts of one dimension as a single geometry."""
    if shape.geom_type != "GeometryCollection":
        return shape
    parts = shapely.get_parts(shape)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == dimension])


def cut_lines(gdf: gpd.GeoDataFrame, boundary: BaseGeometry) -> gpd.GeoDataFrame:
    """Return lines cut at the boundary; a line that is wholly inside stays as it is, to the bit."""
    shapely.prepare(boundary)
    shapes = gdf.geometry.to_numpy().copy()
    crossing = ~shapely.covers(boundary, shapes)
    pieces = shapely.intersection(shapes[crossing], boundary)
    shapes[crossing] = [_of_dimension(piece, _FAMILY["line"]) for piece in pieces]
    cut = gdf.set_geometry(gpd.GeoSeries(shapes, index=gdf.index, crs=gdf.crs))
    return cut[~cut.geometry.is_empty]


def _repaired(broken: gpd.GeoDataFrame, layer: Layer) -> Finding:
    """Return what was repaired, each by its name (if any) and place, the first with its position."""
    x_min, y_min, x_max, y_max = broken.to_crs(JGD2011).bounds.to_numpy().T
    x, y = (x_min + x_max) / 2, (y_min + y_max) / 2
    names = broken.name.fillna("").astype(str) if "name" in broken else [""] * len(broken)
    places = [
        say("build.near", name=name, x=f"{lon:.4f}", y=f"{lat:.4f}")
        for name, lon, lat in zip(names, x, y, strict=True)
    ]
    return Finding(
        "geometry_repaired", layer.id, "info", feature="、".join(places[:_LISTED_PLACES]),
        values={"count": len(broken)}, x=round(float(x[0]), 6), y=round(float(y[0]), 6),
    )  # fmt: skip


def _finding(code: str, gdf: gpd.GeoDataFrame, rows: NDArray[np.bool_], layer: Layer) -> Finding:
    names = gdf.loc[rows, "name"].dropna().astype(str).tolist() if "name" in gdf else []
    listed = "、".join(names[:_LISTED_NAMES])
    return Finding(code, layer.id, "info", feature=listed, values={"count": int(rows.sum())})
