"""Places that are stated to be in the region but lie elsewhere: to be told, not lost without a word."""

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from knr_gis.crs import JGD2011, Bounds, transform_bounds
from knr_gis.derive import stated_codes
from knr_gis.findings import Finding
from knr_gis.layers import Layer
from knr_gis.region import Region
from knr_gis.values import normal_text

_TOLD_ONE_BY_ONE = 20
_STATING = ("muni_code", "municipality")


def states_municipality(layer: Layer) -> bool:
    """Tell whether files of a layer may say in which municipality each point is."""
    mapped = {name for form in layer.forms for name in form.columns}
    return layer.geometry == "point" and not mapped.isdisjoint(_STATING)


def near_or_stated(gdf: gpd.GeoDataFrame, bounds: Bounds, region: Region) -> gpd.GeoDataFrame:
    """
    Return the points inside the box and those stated to be in a municipality of the region.

    Parameters
    ----------
    gdf
        Points with our column names, in any CRS.
    bounds
        Box in longitude and latitude (EPSG:6668).
    """
    west, south, east, north = transform_bounds(bounds, JGD2011, gdf.crs.to_2d())
    near = shapely.intersects(shapely.box(west, south, east, north), gdf.geometry.to_numpy())
    return gdf[near | _stated_inside(gdf, region)].reset_index(drop=True)


def beyond_region(
    read: gpd.GeoDataFrame, inside: gpd.GeoDataFrame, layer: Layer, region: Region
) -> list[Finding]:
    """
    Return the points that are stated to be in the region but were left out because they lie outside.

    Many at once speak of the file (its CRS), not of the points: they are told together.

    Parameters
    ----------
    read, inside
        What was read, and what of it lies in the region, in the working CRS.
    """
    if not states_municipality(layer) or len(inside) == len(read):
        return []
    kept = set(inside.geometry.to_wkb())
    lost = read[[shape not in kept for shape in read.geometry.to_wkb()]]
    lost = lost[_stated_inside(lost, region)]
    if len(lost) > _TOLD_ONE_BY_ONE:
        values: dict[str, object] = {"count": len(lost), "total": len(read), "region": region.title_ja}
        return [Finding("many_beyond_region", layer.id, "error", values=values)]
    return _one_by_one(lost, layer, region)


def _one_by_one(lost: gpd.GeoDataFrame, layer: Layer, region: Region) -> list[Finding]:
    places = lost.geometry.to_crs(JGD2011)
    names = lost.name if "name" in lost else [""] * len(lost)
    rows = zip(names, stated_codes(_nameless(lost), region), places.x, places.y, strict=True)
    return [
        Finding(
            "beyond_region", layer.id, "error", normal_text(name), str(code),
            {"stated": region.name_of(str(code)), "x": f"{x:.4f}", "y": f"{y:.4f}"},
            x=round(float(x), 6), y=round(float(y), 6),
        )
        for name, code, x, y in rows
    ]  # fmt: skip


def _stated_inside(gdf: gpd.GeoDataFrame, region: Region) -> NDArray[np.bool_]:
    return np.asarray(stated_codes(_nameless(gdf), region).isin(region.codes), dtype=bool)


def _nameless(gdf: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the frame without names: 釧路市 in the name of a place says nothing about where it is."""
    return gdf.drop(columns="name", errors="ignore")
