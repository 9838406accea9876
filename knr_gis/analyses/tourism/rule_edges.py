"""Which edges of the network a rule of the road is about."""

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from knr_gis.analyses.tourism.closures import RoadRule
from knr_gis.network import Flags, Floats, Ints, Network, Shapes
from knr_gis.values import normal_text

# So much of an edge (or of the rule's line) must run along the other: a road that only crosses does not.
_LEAST_SHARE = 0.5


def rule_edges(
    network: Network, road_names: Shapes, rules: Sequence[RoadRule], *, reach_m: float
) -> dict[str, Ints]:
    """
    Return the edges of each rule by its id, ascending; none where no road runs along its line.

    An edge belongs to a rule if at least half of it lies within ``reach_m`` of the rule's line (or at least
    half of the rule's line beside it, where the edge is the longer one), it runs along the line and not
    across it, and the road's name equals the rule's where both are known.

    Parameters
    ----------
    road_names
        Shape (E,), "" where unknown.
    """
    names = np.array([normal_text(name) for name in road_names], dtype=object)
    return {
        rule.rule_id: _edges_along(network, names, rule.geometry, normal_text(rule.road_name), reach_m)
        for rule in rules
    }


def _edges_along(
    network: Network, names: Shapes, line: BaseGeometry | None, name: str, reach_m: float
) -> Ints:
    if line is None or line.is_empty or line.length == 0:
        return np.empty(0, dtype=np.int64)
    around = shapely.buffer(line, reach_m)
    near = np.sort(network.tree.query(around, predicate="intersects"))
    if name:
        near = near[(names[near] == "") | (names[near] == name)]
    parts = shapely.intersection(network.lines[near], around)
    inside = shapely.length(parts) > 0
    near, parts = near[inside], parts[inside]
    within = shapely.length(parts)
    enough = within >= _LEAST_SHARE * np.minimum(network.length_m[near], line.length)
    return np.asarray(near[enough & _along(parts, within, line)], dtype=np.int64)


def _along(parts: Shapes, within: Floats, line: BaseGeometry) -> Flags:
    """Tell which stretches of road advance along a line by at least half of their length."""
    pieces = shapely.get_parts(line)
    advance = np.zeros(len(parts))
    first, last = (_end(parts, k) for k in (0, -1))
    for piece in pieces:
        moved = np.abs(shapely.line_locate_point(piece, last) - shapely.line_locate_point(piece, first))
        advance = np.maximum(advance, moved)
    return np.asarray(advance >= _LEAST_SHARE * np.minimum(within, line.length))


def _end(parts: Shapes, k: int) -> Shapes:
    """Return the first (0) or the last (-1) point of each stretch, of several pieces the outermost."""
    xy, owner = shapely.get_coordinates(parts, return_index=True)
    if k == 0:
        at = np.searchsorted(owner, np.arange(len(parts)), side="left")
    else:
        at = np.searchsorted(owner, np.arange(len(parts)), side="right") - 1
    return np.asarray(shapely.points(xy[at]))
