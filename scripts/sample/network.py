"""One connected road network: everything noded at shared points, cut to moderate pieces."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry.base import BaseGeometry

from sample.mainroads import CLASSES, Road, along
from sample.outline import Land
from sample.plane import EPSG, Floats, read_facts
from sample.streets import LANE, STREET, TownStreets

LONGEST_PIECE_M = 2500.0
GRID_M = 0.5
LONGEST_LINK_M = 2000.0
NARROWEST_DRIVE_M = 2.5
NEAR_M = 45.0  # a place nearer to a road than this needs no drive of its own


def link_towns(main: list[Road], towns: list[TownStreets], land: Land) -> list[Road]:
    """Return short roads that tie loose street nets to the main roads; the last town stays loose."""
    lines = shapely.union_all([road.line for road in main if "motorway" not in road.flags])
    dry = land.dry_land.difference(land.rivers.union_all().buffer(5))
    shapely.prepare(dry)
    links = [_link(net, lines, dry) for town in towns[:-1] for net in _nets(town)]
    return [link for link in links if link is not None]


def _nets(town: TownStreets) -> list[shapely.MultiLineString]:
    """Return the connected street nets of a town that have at least five streets."""
    lines = gpd.GeoSeries([s.line for s in town.streets], crs=EPSG)
    if lines.empty:
        return []
    part = components(lines)
    return [shapely.MultiLineString(list(lines[part == p])) for p in np.flatnonzero(np.bincount(part) >= 5)]


def _link(net: shapely.MultiLineString, lines: BaseGeometry, dry: BaseGeometry) -> Road | None:
    """Return the shortest dry road from a net's corners to the main roads, None where none is needed."""
    if net.intersects(lines):
        return None
    corners = shapely.points(shapely.get_coordinates(net))
    for corner in corners[np.argsort(shapely.distance(corners, lines))][:12]:
        line = shapely.shortest_line(corner, lines)
        if line.length < LONGEST_LINK_M and dry.contains(line):
            return Road(_beyond(line), STREET, "", 5.5, frozenset({"link"}))
    return None


def _beyond(line: shapely.LineString) -> shapely.LineString:
    """Return a line two metres longer at its end, so that it surely meets the road there."""
    (x0, y0), (x1, y1) = line.coords
    more = (line.length + 2) / line.length
    return shapely.LineString([(x0, y0), (x0 + (x1 - x0) * more, y0 + (y1 - y0) * more)])


def join_roads(roads: list[Road], places: Floats, keep_apart: shapely.Point) -> gpd.GeoDataFrame:
    """
    Return the roads layer: noded, cut, connected.

    Parameters
    ----------
    places
        Points (n, 2) that must lie on a road; those that do not get a drive of their own.
    keep_apart
        Centre of the hamlet that no road reaches; other loose ends are dropped.
    """
    lines = [*roads, *_drives(roads, places)]
    tree = shapely.STRtree([road.line for road in lines])
    noded = shapely.union_all([road.line for road in lines], grid_size=GRID_M)
    pieces = [piece for part in shapely.get_parts(noded) for piece in along(part, LONGEST_PIECE_M)]
    found = [_source(piece, tree, lines) for piece in pieces]
    words = read_facts("words")["roads"]
    frame = gpd.GeoDataFrame([_row(road, words) for road in found], geometry=pieces, crs=EPSG)
    return _connected(frame, keep_apart)


def _drives(roads: list[Road], places: Floats) -> list[Road]:
    """Return drives from places to the nearest road, built one after the other from the nearest on."""
    lines = [road.line for road in roads if "motorway" not in road.flags and "stairs" not in road.flags]
    tree = shapely.STRtree(lines)
    drives = []
    for x, y in places:
        at = shapely.Point(x, y)
        line = lines[int(tree.nearest(at))]
        if line.distance(at) > NEAR_M:
            foot = line.interpolate(line.project(at))
            drives.append(Road(shapely.LineString([foot, at]), STREET, "", 4.0, frozenset({"drive"})))
    return drives


def _source(piece: shapely.LineString, tree: shapely.STRtree, lines: list[Road]) -> Road:
    """Return the road that a noded piece came from: of several, a bridge or the highest class."""
    middle = piece.interpolate(0.5, normalized=True)
    near = tree.query(middle, predicate="dwithin", distance=1.5)
    candidates = [lines[i] for i in near] or [lines[int(tree.nearest(middle))]]
    best: Road = max(candidates, key=lambda road: road.rank)
    return best


def _row(road: Road, words: dict[str, str]) -> dict[str, Any]:
    motorway, stairs = "motorway" in road.flags, "stairs" in road.flags
    speed = CLASSES[road.road_class][1]
    footpath = stairs or (road.road_class == LANE and road.width_m < NARROWEST_DRIVE_M)
    return {
        "road_name": road.name or None, "road_class": words[road.road_class], "width_m": road.width_m,
        "speed_kmh": 4.0 if stairs else speed, "bridge": "bridge" in road.flags, "stairs": stairs,
        "walk": not motorway, "cycle": not motorway and not stairs, "drive": not footpath,
    }  # fmt: skip


def components(geometry: gpd.GeoSeries) -> np.ndarray[Any, Any]:
    """Return the number of the connected part of each line, lines being joined at equal end points."""
    coords = np.round(np.array([[g.coords[0], g.coords[-1]] for g in geometry]).reshape(-1, 2), 2)
    codes = pd.factorize(pd.MultiIndex.from_arrays(coords.T))[0].reshape(-1, 2)
    n = int(codes.max()) + 1
    graph = coo_array((np.ones(len(codes)), (codes[:, 0], codes[:, 1])), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1][codes[:, 0]])


def _connected(frame: gpd.GeoDataFrame, keep_apart: shapely.Point) -> gpd.GeoDataFrame:
    part = components(frame.geometry)
    main = np.bincount(part).argmax()
    hamlet = part[frame.distance(keep_apart).argmin()]
    kept: gpd.GeoDataFrame = frame[(part == main) | (part == hamlet)].reset_index(drop=True)
    return kept
