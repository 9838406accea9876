"""The points where streets leave the zone, as the map of ways to flee (逃げ地図) has them."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from knr_gis.analyses.inputs import Mask, Numbers
from knr_gis.analyses.inundation import Inundation, first_zone
from knr_gis.network import Network
from knr_gis.snapping import Snap

# Dry land is looked for so far beyond the edge of the zone.
_BEYOND_M = 0.5
_SAME = 1e-9
_Index = NDArray[np.int64]
_Rows = NDArray[np.intp]


def goal_rows(inundation: Inundation, goal_depth_m: float) -> Mask:
    """
    Tell which rows of the hazard people must leave, shape (rows,).

    Only a zone whose depth is known to stay at or below ``goal_depth_m`` may be stayed in.
    """
    upper = inundation.frame["depth_max_m"].to_numpy(float)
    return np.asarray(~(upper <= goal_depth_m))


def in_danger(zone: _Rows, rows: Mask) -> Mask:
    """
    Tell which places lie in a zone that must be left, shape (P,).

    Parameters
    ----------
    zone
        The row of the hazard at each place, -1 outside.
    """
    return np.asarray((zone >= 0) & np.append(rows, False)[zone])


def safe_at(points: Numbers, inundation: Inundation, rows: Mask) -> Mask:
    """
    Tell which places are known to be safe, shape (P,).

    Outside the zones and their gaps only where the hazard data covers the municipality; in a zone only where
    the water stays below the depth of the goal.
    """
    shapes = shapely.points(points)
    zone, muni = first_zone(shapes, inundation.zones), first_zone(shapes, inundation.land)
    dry = (zone < 0) & (muni >= 0) & np.append(inundation.covered, False)[muni]
    if inundation.gaps is not None:
        dry &= first_zone(shapes, inundation.gaps) < 0
    shallow = (zone >= 0) & ~np.append(rows, True)[zone]
    return np.asarray(dry | shallow)


@dataclass(frozen=True)
class Stretches:
    """
    The stretches of edges that lie in danger.

    Parameters
    ----------
    edge
        Shape (n,), ascending.
    start, end
        Shape (n,): shares (0 to 1) of the edge.
    """

    edge: _Index
    start: Numbers
    end: Numbers


def find_exits(
    network: Network, stretches: Stretches, inundation: Inundation, rows: Mask, *, shut: Mask, closed: Mask
) -> Snap:
    """
    Return the places on the streets where a walker comes out of danger.

    Parameters
    ----------
    rows
        See ``goal_rows``.
    shut
        Shape (E,): edges over which nobody gets out.
    closed
        Shape (E,): edges over which only those get out who live on them; a node is an exit of these only
        where no other edge leads on.

    Returns
    -------
    Snap
        One place for each crossing of an edge and the outline of the zone, and one for each crossing at
        a node; only where the other side is known to be safe.
    """
    edge, start, end = stretches.edge, stretches.start, stretches.end
    edge, share, ahead = np.tile(edge, 2), np.append(start, end), np.repeat([-1.0, 1.0], len(edge))
    at_end = np.where(ahead > 0, share > 1 - _SAME, share < _SAME)
    inner = _where_safe(network, edge[~at_end], share[~at_end], ahead[~at_end], inundation, rows)
    nodes = np.where(ahead > 0, network.v[edge], network.u[edge])[at_end]
    on, along = _leaving(network, np.unique(nodes), inundation, rows)
    whole = np.isin(on, edge[np.tile((stretches.start < _SAME) & (stretches.end > 1 - _SAME), 2)])
    on, along = on[~whole], along[~whole]  # a bridge leads to safety at its end only
    last = closed.astype(np.int8) + 2 * shut
    node = np.where(along == 0, network.u[on], network.v[on])
    order = np.lexsort((last[on], node))
    _, once = np.unique(node[order], return_index=True)
    edge, share = np.append(inner[0], on[order[once]]), np.append(inner[1], along[order[once]])
    return _places(network, edge[~shut[edge]], share[~shut[edge]])


def danger_stretches(network: Network, inundation: Inundation, rows: Mask) -> Stretches:
    """
    Return the stretches of edges in danger.

    Exact: each edge is cut with the parts of the zones and gaps that it meets, and what touches is joined.
    """
    zones, gaps = inundation.zones, inundation.gaps
    parts = zones.parts[rows[zones.owner]]
    parts = parts if gaps is None else np.append(parts, gaps.parts)
    lines = network.lines
    part, edge = network.tree.query(parts, predicate="intersects")
    whole = shapely.covers(parts[part], lines[edge])
    inner, cut_edge = edge[whole].astype(np.int64), edge[~whole]
    cut, pair = shapely.get_parts(
        shapely.intersection(lines[cut_edge], parts[part[~whole]]), return_index=True
    )
    long = shapely.length(cut) > 0
    cut, edge = cut[long], cut_edge[pair[long]].astype(np.int64)
    xy, row = shapely.get_coordinates(cut, return_index=True)
    share = _shares(network, edge[row], xy)
    ends = np.flatnonzero(np.append(True, row[1:] != row[:-1])) if len(row) else np.empty(0, dtype=int)
    first, last = (
        (np.minimum.reduceat(share, ends), np.maximum.reduceat(share, ends)) if len(ends) else (share, share)
    )
    none, all_ = np.zeros(len(inner)), np.ones(len(inner))
    return _joined(np.append(inner, edge), np.append(none, first), np.append(all_, last))


def with_spans(stretches: Stretches, network: Network, span: Mask) -> Stretches:
    """
    Return the stretches with every bridge that begins in danger in danger as a whole.

    Over a river the hazard data is blank: nobody is safe on a bridge.

    Parameters
    ----------
    span
        Shape (E,): edges of bridges.
    """
    whole = np.flatnonzero(span & np.isin(network.road, network.road[stretches.edge]))
    kept = ~np.isin(stretches.edge, whole)
    none, all_ = np.zeros(len(whole)), np.ones(len(whole))
    edge = np.append(stretches.edge[kept], whole)
    order = np.argsort(edge, kind="stable")
    start, end = np.append(stretches.start[kept], none), np.append(stretches.end[kept], all_)
    return Stretches(edge[order], start[order], end[order])


def _shares(network: Network, edge: _Index, xy: Numbers) -> Numbers:
    start = network.nodes[network.u[edge]]
    step = network.nodes[network.v[edge]] - start
    return np.asarray(np.clip(((xy - start) * step).sum(axis=1) / (step * step).sum(axis=1), 0.0, 1.0))


def _joined(edge: _Index, first: Numbers, last: Numbers) -> Stretches:
    """Return stretches on each edge, those that touch or overlap made one."""
    order = np.lexsort((first, edge))
    edge, first, last = edge[order], first[order], last[order]
    if not len(edge):
        return Stretches(edge, first, last)
    reach = np.maximum.accumulate(last + 2.0 * edge) - 2.0 * edge  # shares never reach into the next edge
    new = np.append(True, (edge[1:] != edge[:-1]) | (first[1:] > reach[:-1] + _SAME * 10))
    starts = np.flatnonzero(new)
    return Stretches(edge[starts], first[starts], np.maximum.reduceat(last, starts))


def _where_safe(
    network: Network, edge: _Index, share: Numbers, ahead: Numbers, inundation: Inundation, rows: Mask
) -> tuple[_Index, Numbers]:
    """Return the crossings inside edges whose far side is known to be safe."""
    step = np.minimum(_BEYOND_M / network.length_m[edge], 0.5)
    beyond = np.clip(share + ahead * step, 0.0, 1.0)
    safe = safe_at(network.at(edge, beyond), inundation, rows)
    return edge[safe], share[safe]


def _leaving(network: Network, nodes: _Index, inundation: Inundation, rows: Mask) -> tuple[_Index, Numbers]:
    """Return the edges that lead to safety from nodes on the outline of the zone, and the node as share."""
    member = np.zeros(len(network.nodes), dtype=bool)
    member[nodes] = True
    at_u, at_v = np.flatnonzero(member[network.u]), np.flatnonzero(member[network.v])
    edge = np.concatenate([at_u, at_v])
    share = np.repeat([0.0, 1.0], [len(at_u), len(at_v)])
    return _where_safe(network, edge, share, 1.0 - 2.0 * share, inundation, rows)


def _places(network: Network, edge: _Index, share: Numbers) -> Snap:
    return Snap(
        reached=np.ones(len(edge), dtype=bool),
        edge=edge.astype(np.int64),
        along_m=share * network.length_m[edge],
        distance_m=np.zeros(len(edge)),
        xy=network.at(edge, share),
    )
