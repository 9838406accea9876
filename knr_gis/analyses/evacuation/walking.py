"""How long each street takes on foot in both directions, and which streets carry nobody through."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from knr_gis.analyses.evacuation.scenario import Scenario
from knr_gis.analyses.inputs import Mask, Numbers, is_true, listed, numbers, texts
from knr_gis.analyses.inundation import Inundation
from knr_gis.errors import AnalysisError
from knr_gis.grid import Grid
from knr_gis.network import Network
from knr_gis.overlay import measure
from knr_gis.slopes import edge_steps
from knr_gis.texts import say

_NARROWEST = "3m未満"  # the class of N13


def edge_times(
    network: Network, roads: gpd.GeoDataFrame, scenario: Scenario, elevation: Grid | None
) -> Numbers:
    """
    Return the seconds from u to v (row 0) and from v to u (row 1) of each edge, shape (2, E).

    Level speed of the scenario, times the factors of stairs, of narrow streets and of slope. Bridges and
    tunnels are level: the terrain does not know them. Where no height is known a street counts as level.
    """
    row = network.road
    factor = np.where(is_true(roads, "stairs"), scenario.stairs_speed_factor, 1.0)
    narrow = numbers(roads, "width_m") < scenario.narrow_width_m
    narrow |= is_narrowest(roads) & (scenario.narrow_width_m >= 3)
    factor = factor * np.where(narrow, scenario.narrow_speed_factor, 1.0)
    seconds = network.length_m / (scenario.level_speed_mps * factor[row])
    both = np.stack([seconds, seconds])
    if elevation is None or not scenario.slope:
        return both
    spanning = (is_true(roads, "bridge") | is_true(roads, "tunnel"))[row]
    return both * np.where(spanning, 1.0, edge_steps(network, elevation).slowness())


def is_narrowest(roads: gpd.GeoDataFrame) -> Mask:
    """Tell which streets are in the narrowest published class (below 3 m)."""
    return np.array([label == _NARROWEST for label in texts(roads, "width_class")], dtype=bool)


def broken(network: Network, roads: gpd.GeoDataFrame, scenario: Scenario, inundation: Inundation) -> Mask:
    """Tell which edges are fallen bridges, shape (E,)."""
    bridge = is_true(roads, "bridge")
    if scenario.bridges_out == "none" or not bridge.any():
        return np.zeros(len(network), dtype=bool)
    if scenario.bridges_out == "zone":
        wet = np.zeros(len(roads), dtype=bool)
        spans = np.flatnonzero(bridge)
        wet[spans[measure(roads.geometry.to_numpy()[spans], inundation.zones)["feature"].to_numpy(int)]] = (
            True
        )
        bridge &= wet
    return np.asarray(bridge[network.road])


def snowed_in(roads: gpd.GeoDataFrame, scenario: Scenario) -> Mask:
    """
    Tell which roads carry nobody through in winter: narrow ones, stairs, unploughed classes.

    Raises
    ------
    AnalysisError
        If an unploughed class is that of no road: a slip would leave all streets open unnoticed.
    """
    if not scenario.winter:
        return np.zeros(len(roads), dtype=bool)
    classes = texts(roads, "road_class")
    _require_classes(scenario.unploughed_classes, classes)
    closed = numbers(roads, "width_m") < scenario.snow_min_width_m
    closed |= is_narrowest(roads) & (scenario.snow_min_width_m >= 3)
    closed |= is_true(roads, "stairs") & scenario.snow_closes_stairs
    return np.asarray(closed | np.isin(classes, scenario.unploughed_classes))


def _require_classes(asked: list[str], classes: list[str]) -> None:
    known = sorted(set(classes) - {""})
    for name in asked:
        if name not in known:
            raise AnalysisError(
                "evacuation.bad_class", name=name, known=listed(known) or say("evacuation.no_class")
            )


def layer_closed(network: Network, closed: Mask) -> Network:
    """
    Return the network with closed edges that may be left but not entered.

    The closed edges hang on nodes of their own, from which a link of no length leads to the open
    street and none leads back: who lives on such a street walks out of it, nobody walks through. Edges keep
    their numbers; the links follow behind them.

    Parameters
    ----------
    closed
        Shape (E,).
    """
    nodes = np.unique(np.concatenate([network.u[closed], network.v[closed]]))
    copy = np.full(len(network.nodes), -1, dtype=np.int64)
    copy[nodes] = len(network.nodes) + np.arange(len(nodes))
    u, v = (np.where(closed, copy[ends], ends) for ends in (network.u, network.v))
    links, none = np.ones(len(nodes), dtype=bool), np.zeros(len(nodes), dtype=bool)
    return replace(
        network,
        nodes=np.vstack([network.nodes, network.nodes[nodes]]),
        u=np.append(u, copy[nodes]),
        v=np.append(v, nodes),
        length_m=np.append(network.length_m, np.zeros(len(nodes))),
        road=np.append(network.road, np.full(len(nodes), -1)),
        forward=np.append(network.forward, links),
        backward=np.append(network.backward, none),
    )


def add_entries(layered: Network, network: Network, closed: Mask) -> tuple[Network, NDArray[np.int64]]:
    """
    Return a layered network with a second copy of the closed edges, which may be entered but not left.

    It leads to sites on closed streets and nowhere else: nobody walks through.

    Parameters
    ----------
    layered
        What ``layer_closed`` made of ``network``.
    closed
        Shape (E,) of ``network``.

    Returns
    -------
    tuple
        The network, and for each edge of ``network`` the number of its copy, -1 where it is open.
    """
    edges = np.flatnonzero(closed)
    nodes = np.unique(np.concatenate([network.u[edges], network.v[edges]]))
    copy = np.full(len(network.nodes), -1, dtype=np.int64)
    copy[nodes] = len(layered.nodes) + np.arange(len(nodes))
    entry = np.full(len(network), -1, dtype=np.int64)
    entry[edges] = len(layered) + np.arange(len(edges))
    links, none = np.ones(len(nodes), dtype=bool), np.zeros(len(nodes), dtype=bool)
    return replace(
        layered,
        nodes=np.vstack([layered.nodes, network.nodes[nodes]]),
        u=np.concatenate([layered.u, copy[network.u[edges]], nodes]),
        v=np.concatenate([layered.v, copy[network.v[edges]], copy[nodes]]),
        length_m=np.concatenate([layered.length_m, network.length_m[edges], np.zeros(len(nodes))]),
        road=np.concatenate([layered.road, network.road[edges], np.full(len(nodes), -1)]),
        forward=np.concatenate([layered.forward, network.forward[edges], links]),
        backward=np.concatenate([layered.backward, network.backward[edges], none]),
    ), entry
