"""The street network: every vertex of a road is a node, streets meet only where they share one."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from knr_gis.crs import require_crs, require_metres
from knr_gis.errors import AnalysisError

Mode = Literal["walk", "cycle", "drive"]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Shapes = NDArray[Any]
_CENTIMETRES = 100.0
_TILES = 256
_MPS_PER_KMH = 1 / 3.6
_LINES = [
    shapely.GeometryType.LINESTRING,
    shapely.GeometryType.LINEARRING,
    shapely.GeometryType.MULTILINESTRING,
]


@dataclass(frozen=True, eq=False)
class Network:
    """
    Straight pieces of street (edges) between vertices (nodes).

    Parameters
    ----------
    nodes
        Shape (N, 2): easting and northing in metres.
    u, v
        Shape (E,): node at the start and at the end of each edge, in drawn direction.
    length_m
        Shape (E,): length of each edge.
    road
        Shape (E,): position of the road's row in the frame that the network was built from.
    forward, backward
        Shape (E,): whether the mode may go from u to v, and from v to u.
    """

    nodes: Floats
    u: Ints
    v: Ints
    length_m: Floats
    road: Ints
    forward: Flags
    backward: Flags
    mode: Mode
    crs: CRS

    def __len__(self) -> int:
        """Return the number of edges."""
        return len(self.u)

    @cached_property
    def lines(self) -> Shapes:
        """Shape (E,): the edges drawn."""
        return np.asarray(shapely.linestrings(self.nodes[np.column_stack([self.u, self.v])]))

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Spatial index of the edges."""
        return shapely.STRtree(self.lines)

    def only(self, edges: Ints) -> "Network":
        """Return the network of some of the edges, in the given order; the nodes stay."""
        columns = {c: getattr(self, c)[edges] for c in ("u", "v", "length_m", "road", "forward", "backward")}
        network = replace(self, **columns)
        network.__dict__["lines"] = self.lines[edges]  # drawn once: half of what a search tree costs
        return network

    @cached_property
    def has_parallels(self) -> bool:
        """Whether two edges join the same two nodes."""
        low, high = np.minimum(self.u, self.v), np.maximum(self.u, self.v)
        return bool(pd.Series(low * len(self.nodes) + high).duplicated().any())

    @cached_property
    def component(self) -> Ints:
        """Shape (N,): number of the part that each node hangs together with, whatever the direction."""
        shape = (len(self.nodes), len(self.nodes))
        links = csr_matrix((np.ones(len(self.u), dtype=np.int8), (self.u, self.v)), shape=shape)
        return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)

    def at(self, edge: Ints, share: Floats) -> Floats:
        """Return the places so far along edges (0: at u, 1: at v), shape (n, 2)."""
        start, end = self.nodes[self.u[edge]], self.nodes[self.v[edge]]
        return np.asarray(start + share[:, None] * (end - start))


def build_network(roads: gpd.GeoDataFrame, *, mode: Mode) -> Network:
    """
    Return the network that a mode can use.

    A road takes part unless its flag (column ``walk``, ``cycle`` or ``drive``) is False or it is
    under construction. An unknown flag counts as passable: a street without the tag is far more
    often open than closed, and leaving it out would report people as cut off who are not.

    Streets are joined where they share a vertex, to the centimetre. Lines that merely cross do not
    connect (a bridge), and a gap of a centimetre or more stays a gap. ``oneway`` (True = drawn
    direction only) binds cars; bicycles follow ``oneway_cycle`` where it is there; walkers go both ways.

    Parameters
    ----------
    roads
        Lines in a CRS in metres. Without a flag column every road takes part.

    Raises
    ------
    CrsError
        If the CRS is missing or not in metres.
    AnalysisError
        If a geometry is not a line.

    Notes
    -----
    Node numbers come from ``pandas.factorize`` over centimetres packed into one integer, the
    fastest of eight ways measured on 450,000 lines; then nodes that lie near each other get numbers near
    each other, which makes every later search a third faster (fewer cache misses).
    """
    crs = require_crs(roads, "roads")
    require_metres(crs, "roads")
    rows = np.flatnonzero(_takes_part(roads, mode))
    xy, row_of_vertex, line_of_vertex = _vertices(roads.geometry.to_numpy()[rows], rows)
    node, nodes = _near_together(*_node_numbers(xy))
    is_start = np.append(line_of_vertex[1:] == line_of_vertex[:-1], False)[: len(node)]
    start = np.flatnonzero(is_start)
    start = start[node[start] != node[start + 1]]
    road = row_of_vertex[start]
    one_way = _one_way(roads, mode)[road]
    return Network(
        nodes=nodes,
        u=node[start],
        v=node[start + 1],
        length_m=np.hypot(*(xy[start + 1] - xy[start]).T),
        road=road,
        forward=np.ones(len(start), dtype=bool),
        backward=~one_way,
        mode=mode,
        crs=crs,
    )


def _takes_part(roads: gpd.GeoDataFrame, mode: Mode) -> Flags:
    """Return which rows the mode may use."""
    closed = _flags(roads, "construction", unknown=False)
    missing: Flags = shapely.is_missing(roads.geometry.to_numpy())
    return _flags(roads, mode, unknown=True) & ~closed & ~missing


def _flags(roads: gpd.GeoDataFrame, column: str, *, unknown: bool) -> Flags:
    """Return a flag column; rows (or a whole column) without a value are ``unknown``."""
    if column not in roads.columns:
        return np.full(len(roads), unknown)
    return np.asarray(roads[column].astype("boolean").fillna(unknown), dtype=bool)


def _one_way(roads: gpd.GeoDataFrame, mode: Mode) -> Flags:
    if mode == "walk":
        return np.zeros(len(roads), dtype=bool)
    own = mode == "cycle" and "oneway_cycle" in roads.columns
    return _flags(roads, "oneway_cycle" if own else "oneway", unknown=False)


def _vertices(lines: NDArray[np.object_], rows: Ints) -> tuple[Floats, Ints, Ints]:
    """Return all vertices with the row and the line (part of a multi-line) that each belongs to."""
    kinds = shapely.get_type_id(lines)
    n_other = int((~np.isin(kinds, _LINES)).sum())
    if n_other:
        raise AnalysisError("network.not_lines", count=n_other)
    number = np.arange(len(lines))
    if (kinds == shapely.GeometryType.MULTILINESTRING).any():
        lines, number = shapely.get_parts(lines, return_index=True)
    xy, line = shapely.get_coordinates(lines, return_index=True)
    return xy, rows[number[line]], line.astype(np.int64)


def _node_numbers(xy: Floats) -> tuple[Ints, Floats]:
    """Return the same number for vertices in the same centimetre, and the place of the first of each."""
    if not len(xy):
        return np.empty(0, dtype=np.int64), xy
    column, row = (_cells(xy[:, k] * _CENTIMETRES) for k in (0, 1))
    node, first = pd.factorize((column << 32) | row)
    place = np.empty((len(first), 2))
    place[node[::-1]] = xy[::-1]
    return node.astype(np.int64), place


def _cells(values: Floats) -> Ints:
    """Return whole numbers from 0 on."""
    cells = np.rint(values).astype(np.int64)
    return np.asarray(cells - cells.min())


def _near_together(node: Ints, nodes: Floats) -> tuple[Ints, Floats]:
    """Return the nodes renumbered along the rows of a grid of tiles."""
    if not len(nodes):
        return node, nodes
    column, row = (_tiles(nodes[:, k]) for k in (0, 1))
    order = np.argsort(row * np.uint16(_TILES) + column, kind="stable")  # a radix sort
    number = np.empty(len(nodes), dtype=np.int64)
    number[order] = np.arange(len(nodes))
    return number[node], nodes[order]


def _tiles(values: Floats) -> NDArray[np.uint16]:
    """Return the tile, 0 to 255, that each value lies in."""
    low = values.min()
    span = max(float(values.max() - low), 1.0)
    return np.asarray((values - low) * ((_TILES - 1) / span), dtype=np.uint16)


def edge_seconds(network: Network, *, speed_kmh: float | Floats) -> Floats:
    """
    Return the seconds that each edge takes, shape (E,).

    Parameters
    ----------
    speed_kmh
        One speed, or one for each row of the roads that the network was built from.
    """
    speed = np.asarray(speed_kmh, dtype=float)
    of_edge = speed[network.road] if speed.ndim else np.full(len(network), speed)
    if not (of_edge > 0).all():
        raise AnalysisError("network.bad_speed", count=int((~(of_edge > 0)).sum()))
    return network.length_m / (of_edge * _MPS_PER_KMH)
