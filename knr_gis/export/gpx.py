"""GPX for navigation devices: one track for each line, one waypoint for each point."""

from datetime import UTC
from pathlib import Path
from typing import Any

import geopandas as gpd
import gpxpy.gpx
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from knr_gis.crs import to_web
from knr_gis.display import shown
from knr_gis.errors import OutputError
from knr_gis.export.geodata import all_credits, layer_of, result_layers
from knr_gis.export.place import output_path
from knr_gis.fonts import plain
from knr_gis.geometry import present
from knr_gis.product import Product
from knr_gis.readable import created_time, heading
from knr_gis.texts import say

_MOST_POINTS = 2000  # slow devices fail on more points in one track
_LENGTH_LOSS = 0.002
_NAMES = ("stop_label", "leg", "name", "title", "road_name", "site_id")


def write_gpx(product: Product, path: Path) -> None:
    """
    Write lines as ``trk`` and points as ``wpt``; never ``rte``, so that no length counts twice.

    Tracks of more than 2000 points are thinned as long as they keep their length within 0.2 %.

    Raises
    ------
    OutputError
        If the result has neither lines nor points, a layer has no credit line, or the file
        cannot be written.
    """
    document = _document(product)
    for name, frame in result_layers(product).items():
        _add_frame(document, frame, _title(product, name))
    if not document.tracks and not document.waypoints:
        raise OutputError("export.gpx_nothing", map=product.title_ja)
    with output_path(product, path) as temporary:
        temporary.write_text(document.to_xml(version="1.1"), encoding="utf-8")


def _document(product: Product) -> Any:
    """Return an empty GPX with title, statement, credits and date."""
    document = gpxpy.gpx.GPX()
    mark = f"{say('export.sample_statement')} " if product.sample else ""
    document.name = plain(product.title_ja)
    document.description = plain(" ".join([mark + product.headline, *product.notes]))
    document.creator = f"knr-gis {product.version}"
    document.copyright_author = plain(" / ".join(all_credits(product)))
    document.keywords = say("product.sample_mark") if product.sample else None
    document.time = created_time(product).astimezone(UTC)
    return document


def _title(product: Product, name: str) -> str:
    layer = layer_of(product, name)
    return plain(layer.title_ja if layer else name)


def _add_frame(document: Any, frame: gpd.GeoDataFrame, title: str) -> None:
    """Add the lines and points of one layer; polygons have no place in GPX."""
    kept = present(frame)
    kept = kept[kept.geom_type.isin(["Point", "MultiPoint", "LineString", "MultiLineString"])]
    thinned = kept.set_geometry([_thin(g) for g in kept.geometry], crs=kept.crs)
    for number, (geometry, row) in enumerate(_rows(to_web(thinned)), 1):
        name = _name(row) or f"{title} {number}"
        texts = {"name": name, "comment": title, "description": _description(row)}
        if geometry.geom_type in ("Point", "MultiPoint"):
            document.waypoints += [_waypoint(x, y, texts) for x, y in _degrees(geometry)]
        else:
            document.tracks.append(_track(geometry, texts))


def _rows(frame: gpd.GeoDataFrame) -> list[tuple[Any, dict[str, Any]]]:
    records = frame.drop(columns=frame.geometry.name).to_dict("records")
    return list(zip(frame.geometry, records, strict=True))


def _name(row: dict[str, Any]) -> str:
    known = [row[key] for key in _NAMES if key in row and not pd.isna(row[key])]
    return plain(known[0]) if known else ""


def _description(row: dict[str, Any]) -> str:
    """Return the attributes as text, unknown ones marked as such."""
    simple = {
        k: v for k, v in row.items() if k not in _NAMES and not isinstance(v, list | tuple | np.ndarray)
    }
    return plain(" / ".join(f"{heading(str(k))}: {shown(str(k), v)}" for k, v in simple.items()))


def _degrees(geometry: Any) -> NDArray[np.float64]:
    rounded: NDArray[np.float64] = np.round(shapely.get_coordinates(geometry), 7)
    return rounded


def _waypoint(x: float, y: float, texts: dict[str, str]) -> Any:
    return gpxpy.gpx.GPXWaypoint(
        float(y), float(x), name=texts["name"], comment=texts["comment"], description=texts["description"]
    )


def _track(geometry: Any, texts: dict[str, str]) -> Any:
    """Return one track, a segment for each unbroken line."""
    track = gpxpy.gpx.GPXTrack(name=texts["name"], description=texts["description"])
    track.comment = texts["comment"]
    for part in shapely.get_parts(geometry):
        points = [gpxpy.gpx.GPXTrackPoint(float(y), float(x)) for x, y in _degrees(part)]
        track.segments.append(gpxpy.gpx.GPXTrackSegment(points))
    return track


def _thin(geometry: Any) -> Any:
    """Return a line of at most 2000 points where that costs no more than 0.2 % of its length."""
    thin, tolerance = geometry, 0.5
    while shapely.get_num_coordinates(thin) > _MOST_POINTS:
        candidate = shapely.simplify(geometry, tolerance)
        if candidate.length < geometry.length * (1 - _LENGTH_LOSS):
            break
        thin, tolerance = candidate, tolerance * 2
    return thin
