"""Which edges of the network a rule of the road is about."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from knr_gis.analyses.tourism.closures import RoadRule
from knr_gis.network import Flags, Floats, Ints, Network, Shapes
from knr_gis.routing import Path, Reach, shortest_path
from knr_gis.snapping import Snap, join_snaps, snap
from knr_gis.values import normal_text

# So much of an edge (or of the rule's line) must run along the other: a road that only crosses does not.
_LEAST_SHARE = 0.5
# If less of the rule's line than this lies along roads, it is drawn with too few points to follow them.
_FOLLOWED_SHARE = 0.8
# The points of such a line lie at most so many reaches off their road, and the way between them is at most
# so many times as long as the straight line (a road over a pass winds).
_POINT_REACHES, _MOST_WINDING = 10.0, 3.0
# A road of another name counts so many times its length.
_OTHER_NAME = 10.0


def rule_edges(
    network: Network, road_names: Shapes, rules: Sequence[RoadRule], *, reach_m: float
) -> dict[str, Ints]:
    """
    Return the edges of each rule by its id, ascending; none where no road runs along its line.

    An edge belongs to a rule if at least half of it lies within ``reach_m`` of the rule's line (or at least
    half of the rule's line beside it, where the edge is the longer one), it runs along the line and not
    across it, and the road's name equals the rule's (roads without a name count only where those with it do
    not make up the line). A line of so few points that it
    does not follow the road (start and end of the stretch) means the shortest way between its points,
    over roads of the rule's name where there are any.

    Parameters
    ----------
    road_names
        Shape (E,), "" where unknown.
    """
    names = np.array([normal_text(name) for name in road_names], dtype=object)
    return {rule.rule_id: _edges_of(network, names, rule, reach_m) for rule in rules}


def _edges_of(network: Network, names: Shapes, rule: RoadRule, reach_m: float) -> Ints:
    line, name = rule.geometry, normal_text(rule.road_name)
    if line is None or line.is_empty or line.length == 0:
        return np.empty(0, dtype=np.int64)
    own = names == name if name else np.ones(len(names), dtype=bool)
    for allowed in (own, own | (names == "")):
        along = _edges_along(network, allowed, line, reach_m)
        if network.length_m[along].sum() >= _FOLLOWED_SHARE * line.length:
            return along
    between = _edges_between(network, own, line, reach_m)
    return between if len(between) else along


def _edges_along(network: Network, allowed: Flags, line: BaseGeometry, reach_m: float) -> Ints:
    """Return the allowed edges that run along a line."""
    around = shapely.buffer(line, reach_m)
    near = np.sort(network.tree.query(around, predicate="intersects"))
    near = near[allowed[near]]
    parts = shapely.intersection(network.lines[near], around)
    inside = shapely.length(parts) > 0
    near, parts = near[inside], parts[inside]
    within = shapely.length(parts)
    enough = within >= _LEAST_SHARE * np.minimum(network.length_m[near], line.length)
    return np.asarray(near[enough & _advances(parts, within, line)], dtype=np.int64)


def _advances(parts: Shapes, within: Floats, line: BaseGeometry) -> Flags:
    """Tell which stretches of road advance along a line by at least half of their length."""
    first, last = (_end(parts, side) for side in ("left", "right"))
    advance = np.zeros(len(parts))
    for piece in shapely.get_parts(line):
        moved = np.abs(shapely.line_locate_point(piece, last) - shapely.line_locate_point(piece, first))
        advance = np.maximum(advance, moved)
    return np.asarray(advance >= _LEAST_SHARE * np.minimum(within, line.length))


def _end(parts: Shapes, side: str) -> Shapes:
    """Return the first ("left") or the last ("right") point of each stretch."""
    xy, owner = shapely.get_coordinates(parts, return_index=True)
    at = np.searchsorted(owner, np.arange(len(parts)), side=side)  # type: ignore[call-overload]
    return np.asarray(shapely.points(xy[at - (side == "right")]))


def _edges_between(network: Network, own: Flags, line: BaseGeometry, reach_m: float) -> Ints:
    """Return the edges of the shortest way through the points of a line; ``own`` roads are preferred."""
    near = np.sort(network.tree.query(shapely.buffer(line, line.length / 2 + reach_m)))
    part = network.only(near)
    both_ways = replace(part, forward=np.ones(len(near), dtype=bool), backward=np.ones(len(near), dtype=bool))
    cost = part.length_m * np.where(own[near] | ~own[near].any(), 1.0, _OTHER_NAME)
    stops = _on(both_ways, np.flatnonzero(own[near]), line, _POINT_REACHES * reach_m)
    paths = [
        shortest_path(both_ways, stops.take([a]), stops.take([b]), cost_s=cost)
        for a, b in pairwise(np.flatnonzero(stops.reached).tolist())
    ]
    if not paths or sum(path.length_m for path in paths) > _MOST_WINDING * line.length:
        return np.empty(0, dtype=np.int64)
    return _mostly_travelled(near, part.length_m, paths)


def _on(network: Network, own: Ints, line: BaseGeometry, limit_m: float) -> Snap:
    """Return where the points of a line meet its roads, or any road where none is its own."""
    edges = own if len(own) else np.arange(len(network))
    found = [
        snap(network.only(edges), shapely.get_coordinates(piece), limit_m=limit_m)
        for piece in shapely.get_parts(line)
    ]
    snaps = join_snaps(found)
    return replace(snaps, edge=np.append(edges, -1)[snaps.edge])  # -1 stays -1


def _mostly_travelled(near: Ints, length_m: Floats, paths: list[Path]) -> Ints:
    """
    Return the edges of which at least half is travelled, or that hold at least half of the way.

    What is travelled there and back is a point of the line that met a side road, and no part of the stretch.
    """
    net = np.zeros(len(near))
    for path in paths:
        if path.status == Reach.REACHED:
            np.add.at(net, path.edges, np.where(path.forward, path.edge_m, -path.edge_m))
    travelled = np.abs(net)
    least = _LEAST_SHARE * np.minimum(length_m, travelled.sum())
    return np.asarray(near[(travelled > 0) & (travelled >= least)], dtype=np.int64)
