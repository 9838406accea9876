"""The only place where coordinates change their reference system."""

from typing import Any

import geopandas as gpd
from pyproj import CRS, Transformer

from knr_gis.errors import CrsError

WEB_CRS = CRS.from_epsg(4326)
JGD2011 = CRS.from_epsg(6668)
TOKYO = CRS.from_epsg(4301)  # 日本測地系, in use until 2002

Bounds = tuple[float, float, float, float]


def parse_crs(value: Any) -> CRS:
    """Return a CRS from an EPSG number, a string or a CRS; raise CrsError when it is none."""
    try:
        return CRS.from_user_input(value)
    except Exception as error:
        raise CrsError("crs.unknown", value=value) from error


def require_crs(gdf: gpd.GeoDataFrame, where: str) -> CRS:
    """Return the CRS of a frame; raise CrsError when it has none."""
    if gdf.crs is None:
        raise CrsError("crs.missing", where=where)
    return CRS(gdf.crs)


def require_metres(crs: CRS, where: str) -> None:
    """Raise CrsError unless both axes are in metres: areas and lengths in degrees mean nothing."""
    if crs.is_geographic or any(axis.unit_name != "metre" for axis in crs.axis_info):
        raise CrsError("crs.not_metres", where=where, crs=crs.to_string())


def require_same_crs(*frames: gpd.GeoDataFrame) -> CRS:
    """
    Return the one CRS of all frames, in metres.

    Raises
    ------
    CrsError
        If a frame has no CRS, if two differ, or if the unit is not the metre.
    """
    systems = [require_crs(frame, f"#{number}") for number, frame in enumerate(frames, 1)]
    for other in systems[1:]:
        if not other.equals(systems[0], ignore_axis_order=True):
            raise CrsError("crs.mixed", first=systems[0].to_string(), second=other.to_string())
    require_metres(systems[0], "#1")
    return systems[0]


def to_crs(gdf: gpd.GeoDataFrame, crs: CRS, where: str = "") -> gpd.GeoDataFrame:
    """Return the frame in another CRS (x = easting / longitude, y = northing / latitude)."""
    require_crs(gdf, where)
    return gdf.to_crs(crs)


def to_web(gdf: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the frame in longitude and latitude (EPSG:4326) for web maps and GPX."""
    return to_crs(gdf, WEB_CRS)


def transform_bounds(bounds: Bounds, source: CRS, target: CRS) -> Bounds:
    """Return ``(minx, miny, maxx, maxy)`` in another CRS; edges are densified."""
    if source.equals(target, ignore_axis_order=True):
        return bounds
    transformer = Transformer.from_crs(source, target, always_xy=True)
    return transformer.transform_bounds(*bounds)
