"""OpenStreetMap: PBF, XML and Overpass JSON, streamed and clipped."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import osmium
import shapely
from shapely.geometry.base import BaseGeometry

from knr_gis.crs import WEB_CRS, Bounds
from knr_gis.errors import ReadError
from knr_gis.findings import Finding
from knr_gis.readers import ReadRequest, ReadResult
from knr_gis.readers.osm_source import OsmSource, open_osm
from knr_gis.readers.osm_tags import (
    Tags,
    belongs,
    is_drawn_backwards,
    layer_filters,
    plain_columns,
    road_columns,
)

# Above this size the positions of nodes (16 bytes each) are kept on disk instead of in memory.
_BIG_FILE_BYTES = 300_000_000
_WKB = osmium.geom.WKBFactory()
Point = tuple[float, float]


@dataclass
class _Harvest:
    """What a pass over the file brings: geometries, their columns, how many had a place and how many not."""

    geometries: list[BaseGeometry] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    n_incomplete: int = 0
    n_located: int = 0

    def add(self, geometry: BaseGeometry, row: dict[str, Any]) -> None:
        self.geometries.append(geometry)
        self.rows.append(row)


def read_osm(request: ReadRequest) -> ReadResult:
    """
    Return the roads, fields, buildings, ... of an OpenStreetMap file.

    Ways that touch the box are returned whole and with all their vertices, so that streets meet at
    shared vertices. A way whose nodes are partly missing (at the cut of an extract) is returned in
    the pieces that are there. ``oneway=-1`` is turned round: the drawn direction is the allowed one.

    Returns
    -------
    ReadResult
        Canonical columns and ``osm_id`` (``"way/123"``), EPSG:4326.

    Raises
    ------
    ReadError
        If the file is empty, truncated or holds nothing for the layer.
    """
    layer_id = request.layer.id
    if layer_id not in layer_filters():
        known = ", ".join(layer_filters())
        raise ReadError("read_osm.no_such_layer", file=request.path.name, layer=layer_id, known=known)
    harvest = _harvest(request)
    if not harvest.rows:
        without_place = harvest.n_incomplete and not harvest.n_located
        key = "read_osm.incomplete" if without_place else "read_osm.nothing"
        raise ReadError(key, file=request.path.name, layer=request.layer.title_ja)
    frame = gpd.GeoDataFrame(harvest.rows, geometry=harvest.geometries, crs=WEB_CRS)
    return ReadResult(frame, _findings(harvest, layer_id))


def _findings(harvest: _Harvest, layer_id: str) -> list[Finding]:
    if not harvest.n_incomplete:
        return []
    return [Finding("osm_incomplete", layer_id, values={"count": harvest.n_incomplete})]


def _harvest(request: ReadRequest) -> _Harvest:
    """Run through the file once and keep what belongs to the layer and touches the box."""
    harvest = _Harvest()
    collect = _COLLECTORS[layer_filters()[request.layer.id]["geometry"]]
    try:
        with tempfile.TemporaryDirectory(prefix="knr-osm-") as folder:
            source = open_osm(request.path)
            big = request.path.stat().st_size > _BIG_FILE_BYTES
            storage = f"sparse_file_array,{folder}/nodes.idx" if big else "flex_mem"
            processor = osmium.FileProcessor(source.data).with_locations(storage)
            collect(processor, source, request, harvest)
    except (RuntimeError, OSError) as error:
        raise ReadError("read_osm.broken", file=request.path.name, reason=error) from error
    return harvest


def _collect_lines(processor: Any, source: OsmSource, request: ReadRequest, harvest: _Harvest) -> None:
    layer_id, key = request.layer.id, layer_filters()[request.layer.id]["key"]
    for way in processor.with_filter(osmium.filter.KeyFilter(key)):
        tags = dict(way.tags) if way.is_way() else {}
        if not belongs(tags, layer_id):
            continue
        pieces, complete = _pieces(way.nodes)
        touching = [piece for piece in pieces if _touches(piece, request.bounds)]
        # Without any position nobody can say whether the way lies in the box: it is counted.
        harvest.n_incomplete += not complete and (bool(touching) or not pieces)
        harvest.n_located += bool(pieces)
        row = _row(tags, layer_id, f"way/{source.original(way.id)}") if touching else {}
        for piece in touching:
            line = shapely.LineString(piece)
            harvest.add(line.reverse() if layer_id == "roads" and is_drawn_backwards(tags) else line, row)


def _collect_areas(processor: Any, source: OsmSource, request: ReadRequest, harvest: _Harvest) -> None:
    layer_id, key = request.layer.id, layer_filters()[request.layer.id]["key"]
    wanted = osmium.filter.KeyFilter(key)
    expected, formed = set(), set()
    for thing in processor.with_areas(wanted).with_filter(wanted):
        tags = {} if thing.is_node() else dict(thing.tags)
        if not belongs(tags, layer_id):
            continue
        if not thing.is_area():
            expected.add(f"{_KINDS[thing.is_way()]}/{source.original(thing.id)}")
            continue
        osm_id = f"{_KINDS[thing.from_way()]}/{source.original(thing.orig_id())}"
        formed.add(osm_id)
        if _area_touches(thing, request.bounds):
            harvest.add(_polygon(thing), _row(tags, layer_id, osm_id))
    harvest.n_incomplete += len(expected - formed)
    harvest.n_located += len(formed)


_KINDS = {True: "way", False: "relation"}
_Collector = Callable[[Any, OsmSource, ReadRequest, _Harvest], None]
_COLLECTORS: dict[str, _Collector] = {"line": _collect_lines, "area": _collect_areas}


def _row(tags: Tags, layer_id: str, osm_id: str) -> dict[str, Any]:
    columns = road_columns(tags) if layer_id == "roads" else plain_columns(tags, layer_id)
    return {**columns, "osm_id": osm_id}


def _pieces(nodes: Any) -> tuple[list[list[Point]], bool]:
    """Return the runs of two or more located vertices, and whether the way is complete."""
    runs: list[list[Point]] = [[]]
    complete = True
    for node in nodes:
        if node.location.valid():
            runs[-1].append((node.lon, node.lat))
        else:
            complete = False
            runs.append([])
    return [run for run in runs if len(set(run)) > 1], complete


def _touches(points: list[Point], bounds: Bounds | None) -> bool:
    """Tell whether a line touches the box; its own box decides first, since that is cheap."""
    if bounds is None:
        return True
    xs, ys = zip(*points, strict=True)
    west, south, east, north = bounds
    if max(xs) < west or min(xs) > east or max(ys) < south or min(ys) > north:
        return False
    return bool(shapely.intersects(shapely.LineString(points), shapely.box(*bounds)))


def _area_touches(area: Any, bounds: Bounds | None) -> bool:
    """Tell whether the area inside any outer ring touches the box."""
    if bounds is None:
        return True
    rings = ([(node.lon, node.lat) for node in ring] for ring in area.outer_rings())
    return any(shapely.intersects(shapely.Polygon(ring), shapely.box(*bounds)) for ring in rings)


def _polygon(area: Any) -> BaseGeometry:
    """Return the shape of an area: a Polygon where there is one outer ring."""
    shape = shapely.from_wkb(_WKB.create_multipolygon(area))
    return shape.geoms[0] if len(shape.geoms) == 1 else shape
