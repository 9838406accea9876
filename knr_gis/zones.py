"""Zones: polygons made ready for measuring other layers, every place in one of them only."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from knr_gis.cutting import AREA, MAX_VERTICES, TINY, atoms, overlapping, split_polygons, without_earlier
from knr_gis.edges import Edges, Floats, Index, Shapes, edges_of
from knr_gis.keeping import Keeper, Split, current_keeper, key_of

# Large polygons of fewer vertices than this are cut faster than they are read.
_WORTH_KEEPING = 20_000


@dataclass(frozen=True)
class Zones:
    """
    Polygons prepared for cutting other layers; no place belongs to two of them.

    Parameters
    ----------
    parts
        Small polygons, together the zones.
    owner
        Position of the zone that each part belongs to.
    priority
        For each part: on a shared border, and where zones overlapped, the lower number wins.
    count
        Number of zones (some may have no part).
    overlap_m2
        Area that lay in two zones and was left to the one of lower priority number.
    tree
        Search tree over the parts.
    edges
        The parts as edges.
    polygons
        The zones as they were given, if none lost anything to another; None else.
    """

    parts: Shapes
    owner: Index
    priority: Index
    count: int
    overlap_m2: float
    tree: shapely.STRtree
    edges: Edges
    polygons: Shapes | None = None

    @property
    def areas(self) -> NDArray[np.float64]:
        """Area of each zone in square metres, shape ``(count,)``."""
        sums = np.bincount(self.owner, shapely.area(self.parts), minlength=self.count)
        return np.asarray(sums, dtype=float)

    @cached_property
    def part_areas(self) -> Floats:
        """Area of each part in square metres."""
        return np.asarray(shapely.area(self.parts), dtype=float)

    @cached_property
    def turned(self) -> Edges:
        """The parts as edges with x and y exchanged, for steep lines."""
        return edges_of(self.parts, turned=True)


def make_zones(
    polygons: Shapes, priority: NDArray[np.intp] | None = None, keeper: Keeper | None = None
) -> Zones:
    """
    Return polygons as zones.

    Parameters
    ----------
    polygons
        Shape ``(n,)``, polygons in metres; empty or missing ones have no part.
    priority
        Shape ``(n,)``; the position if None.
    keeper
        Where the parts of large layers are kept from run to run; that of the block
        ``keeping.kept_in`` if None.
    """
    rank = np.arange(len(polygons)) if priority is None else np.asarray(priority, dtype=np.intp)
    split, edges = _kept_split(polygons, rank, keeper or current_keeper())
    parts, owner, overlap_m2 = split
    shapely.prepare(parts)
    whole = polygons if overlap_m2 == 0 else None
    tree = shapely.STRtree(parts)
    return Zones(parts, owner, rank[owner], len(polygons), overlap_m2, tree, edges, whole)


def _kept_split(polygons: Shapes, rank: Index, keeper: Keeper | None) -> tuple[Split, Edges]:
    """Return the parts from where they are kept, or cut them and keep them."""
    size = shapely.get_num_coordinates(polygons)
    if keeper is None or int(size[size > MAX_VERTICES].sum()) < _WORTH_KEEPING:
        return _split(polygons, rank)
    key = key_of(polygons, rank)
    known = keeper.load(key)
    if known is not None:
        return known, edges_of(known.parts)
    split, edges = _split(polygons, rank)
    keeper.save(key, split)
    return split, edges


def _split(polygons: Shapes, rank: Index) -> tuple[Split, Edges]:
    """Return the parts of polygons, those of lower rank first, each less what lower ranks hold of it."""
    parts, owner = split_polygons(polygons)
    order = np.argsort(rank[owner], kind="stable")
    parts, owner = parts[order], owner[order]
    edges = edges_of(parts)
    first, second, _ = overlapping(parts, edges, differ=owner)
    if len(first) == 0:
        return Split(parts, owner, 0.0), edges
    before = float(shapely.area(parts).sum())
    reduced, source = atoms(without_earlier(parts, first, second), AREA)
    kept = shapely.area(reduced) > TINY
    overlap = max(before - float(shapely.area(reduced[kept]).sum()), 0.0)
    return Split(reduced[kept], owner[source[kept]], overlap), edges_of(reduced[kept])
