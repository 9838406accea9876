"""GPX for navigation devices: one track a day (or for each line), one waypoint for each point."""

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
from knr_gis.errors import NothingToWriteError
from knr_gis.export.geodata import layer_of, result_layers
from knr_gis.export.place import output_path
from knr_gis.export.statement import all_credits, lines_of
from knr_gis.export.trip_tables import DAY, DROPPED, LEGS, MODE, NUMBER, text_of
from knr_gis.fonts import plain
from knr_gis.geometry import present
from knr_gis.product import Product
from knr_gis.readable import created_time, heading
from knr_gis.texts import say

_MOST_POINTS = 2000  # slow devices fail on more points in one track
_LENGTH_LOSS = 0.002
_TRAIN = "train"
_NAMES = ("stop_label", "leg", "name", "title", "road_name", "site_id")


def write_gpx(product: Product, path: Path) -> None:
    """
    Write lines as ``trk`` and points as ``wpt``; never ``rte``, so that no length counts twice.

    Lines with a ``day`` are one track for each day, a segment for each of them. Where the result has the
    legs of a trip, they are the tracks: other lines (worst stretches, ways to run) lie on or beside them
    and would count twice; of its points those with a name are waypoints, but for the places that were not
    chosen. Tracks of more than 2000 points are thinned as long as they keep their length within 0.2 %.

    Raises
    ------
    NothingToWriteError, OutputError
        If the result has neither lines nor points, a layer has no credit line, or the file
        cannot be written.
    """
    product.require_traceable()
    document, frames = _document(product), result_layers(product)
    trip = _is_trip(frames.get(LEGS))
    for name, frame in frames.items():
        title = _title(product, name)
        if not trip or (name != DROPPED and frame.columns.isin(_NAMES).any()):
            _add_points(document, frame, title)
        if not trip or name == LEGS:
            _add_lines(document, frame, title, _all_legs(product, frame) if name == LEGS else frame)
    if not document.tracks and not document.waypoints:
        raise NothingToWriteError("export.gpx_nothing", map=product.title_ja)
    with output_path(product, path) as temporary:
        temporary.write_text(document.to_xml(version="1.1"), encoding="utf-8")


def _document(product: Product) -> Any:
    """Return an empty GPX with title, statement, credits and date."""
    document = gpxpy.gpx.GPX()
    mark = f"{say('export.sample_statement')} " if product.sample else ""
    document.name = plain(product.title_ja)
    document.description = plain(mark + " / ".join(lines_of(product)))
    document.creator = f"knr-gis {product.version}"
    document.copyright_author = plain(" / ".join(all_credits(product)))
    document.keywords = say("product.sample_mark") if product.sample else None
    document.time = created_time(product).astimezone(UTC)
    return document


def _title(product: Product, name: str) -> str:
    layer = layer_of(product, name)
    return plain(layer.title_ja if layer else name)


def _is_trip(legs: gpd.GeoDataFrame | None) -> bool:
    return legs is not None and DAY in legs.columns and _lines(legs).geometry.size > 0


def _lines(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    kept = present(frame)
    return kept[kept.geom_type.isin(["LineString", "MultiLineString"])]


def _all_legs(product: Product, legs: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the legs with those that have no way, and therefore no line."""
    table = product.result.tables.get(LEGS)
    columns = {DAY, NUMBER, "from_name", "to_name"}
    return legs if table is None or not columns <= {*table.columns} & {*legs.columns} else table


def _add_points(document: Any, frame: gpd.GeoDataFrame, title: str) -> None:
    kept = present(frame)
    points = kept[kept.geom_type.isin(["Point", "MultiPoint"])]
    for number, (geometry, row) in enumerate(_rows(to_web(points)), 1):
        texts = _texts(row, title, number)
        document.waypoints += [_waypoint(x, y, texts) for x, y in _degrees(geometry)]


def _add_lines(document: Any, frame: gpd.GeoDataFrame, title: str, told: pd.DataFrame) -> None:
    """Add the lines of one layer, those of a day together; polygons have no place in GPX."""
    ways = _thinned(_on_the_road(_lines(frame)))
    if DAY in ways.columns:
        known = set(ways[DAY])
        for day, rows in told.groupby(DAY, sort=True):
            if day in known:
                document.tracks.append(_day_track(day, rows, ways[ways[DAY] == day], title))
        ways = ways[ways[DAY].isna()]
    for number, (geometry, row) in enumerate(_rows(ways), 1):
        document.tracks.append(_track([geometry], _texts(row, title, number)))


def _on_the_road(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the lines without those by train, which are drawn straight and have no length of their own."""
    return lines[lines[MODE] != _TRAIN] if MODE in lines.columns else lines


def _thinned(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return lines in degrees, with few enough points that a track made of them has no more than 2000."""
    together = int(lines[DAY].value_counts().max()) if DAY in lines.columns and len(lines) else 1
    most = _MOST_POINTS // max(together, 1)
    return to_web(lines.set_geometry([_thin(g, most) for g in lines.geometry], crs=lines.crs))


def _texts(row: dict[str, Any], title: str, number: int) -> dict[str, str]:
    name = _name(row) or f"{title} {number}"
    return {"name": name, "comment": title, "description": _description(row)}


def _day_track(day: Any, legs: pd.DataFrame, ways: gpd.GeoDataFrame, title: str) -> Any:
    """Return the track of a day, a segment for each leg that has a way, named by its ends."""
    rows = legs.to_dict("records")
    names = [_leg_name(row) or title for row in rows]
    ends = {k: row.get(f"{k}_name") for k, row in (("from", rows[0]), ("to", rows[-1]))}
    if all(isinstance(end, str) and end for end in ends.values()):
        where = say("export.gpx_from_to", start=ends["from"], end=ends["to"])
    else:
        where = "、".join(dict.fromkeys(names))
    by_number = NUMBER in legs and NUMBER in ways
    found = legs[NUMBER].isin(ways[NUMBER]) if by_number else legs.index.isin(ways.index)
    told = [
        n if f else say("export.gpx_train" if row.get(MODE) == _TRAIN else "export.gpx_no_way", leg=n)
        for n, f, row in zip(names, found, rows, strict=True)
    ]
    number = f"{day:g}" if isinstance(day, float) else day
    texts = {"name": plain(say("export.gpx_day", day=number, where=where)), "comment": title}
    return _track(list(ways.geometry), texts | {"description": plain(" / ".join(told))})


def _leg_name(row: dict[str, Any]) -> str:
    ends = [text_of(row.get(key)) for key in ("from_name", "to_name")]
    return _name(row) or (say("export.gpx_from_to", start=ends[0], end=ends[1]) if all(ends) else "")


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


def _track(geometries: list[Any], texts: dict[str, str]) -> Any:
    """Return one track, a segment for each unbroken line."""
    track = gpxpy.gpx.GPXTrack(name=texts["name"], description=texts["description"])
    track.comment = texts["comment"]
    for part in shapely.get_parts(geometries):
        points = [gpxpy.gpx.GPXTrackPoint(float(y), float(x)) for x, y in _degrees(part)]
        track.segments.append(gpxpy.gpx.GPXTrackSegment(points))
    return track


def _thin(geometry: Any, most: int) -> Any:
    """Return a line of at most ``most`` points where that costs no more than 0.2 % of its length."""
    thin, tolerance = geometry, 0.5
    while shapely.get_num_coordinates(thin) > most:
        candidate = shapely.simplify(geometry, tolerance)
        if candidate.length < geometry.length * (1 - _LENGTH_LOSS):
            break
        thin, tolerance = candidate, tolerance * 2
    return thin
