"""How long each street takes on foot in both directions, and which streets carry nobody through."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from knr_gis.analyses.evacuation.scenario import Scenario
from knr_gis.analyses.inputs import Mask, Numbers, is_true, listed, numbers, texts
from knr_gis.analyses.inundation import Inundation
from knr_gis.assumptions import assumption
from knr_gis.errors import AnalysisError
from knr_gis.grid import Grid, sample
from knr_gis.network import Network
from knr_gis.overlay import measure
from knr_gis.texts import say

_NARROWEST = "3m未満"  # the class of N13
_MOST_SAMPLES = 64


def tobler(slope: Numbers) -> Numbers:
    """
    Return the speed on a slope as a share of the speed on level ground.

    Source: Tobler's hiking function, W = 6 exp(-3.5 |s + 0.05|) km/h, divided by its value at s = 0;
    ``slope`` is the rise over the run in the direction of travel.
    """
    rate, shift = assumption("tobler_rate").value, assumption("tobler_shift").value
    return np.asarray(np.exp(-rate * (np.abs(slope + shift) - shift)))


def fastest_share() -> float:
    """Return the speed on the fastest slope (gently downhill) as a share of the speed on level ground."""
    return float(tobler(np.array(-assumption("tobler_shift").value)))


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
    return both * np.where(spanning, 1.0, slope_slowness(network, elevation))


def is_narrowest(roads: gpd.GeoDataFrame) -> Mask:
    """Tell which streets are in the narrowest published class (below 3 m)."""
    return np.array([label == _NARROWEST for label in texts(roads, "width_class")], dtype=bool)


def slope_slowness(network: Network, elevation: Grid) -> Numbers:
    """
    Return how many times longer each edge takes than on the level, up and down its slope, shape (2, E).

    An edge is looked at in steps of a cell of the grid, so that a hill between its ends counts.
    """
    cell = abs(elevation.transform.a)
    steps = np.clip(np.ceil(network.length_m / cell), 1, _MOST_SAMPLES).astype(np.int64)
    edge = np.repeat(np.arange(len(network)), steps)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(steps) - steps, steps)
    heights = [_height(network, elevation, edge, (step + k) / steps[edge]) for k in (0, 1)]
    run = network.length_m[edge] / steps[edge]
    slope = np.nan_to_num((heights[1] - heights[0]) / run)
    shares = [np.bincount(edge, 1 / tobler(sign * slope), minlength=len(network)) / steps for sign in (1, -1)]
    return np.stack(shares)


def _height(network: Network, elevation: Grid, edge: np.ndarray, share: Numbers) -> Numbers:
    start, end = network.nodes[network.u[edge]], network.nodes[network.v[edge]]
    place = start + share[:, None] * (end - start)
    return smooth_height(elevation, place)


def smooth_height(elevation: Grid, places: Numbers) -> Numbers:
    """
    Return heights between the four cells around each place (bilinear), NaN where one is unknown.

    Cell steps of a coarse grid would read as cliffs otherwise.
    """
    cell_x, cell_y = elevation.transform.a, elevation.transform.e
    column, row = ~elevation.transform @ (places[:, 0], places[:, 1])
    fx, fy = (column - 0.5) % 1.0, (row - 0.5) % 1.0
    west, north = places[:, 0] - fx * cell_x, places[:, 1] - fy * cell_y
    corner = [sample(elevation, west + i * cell_x, north + j * cell_y) for j in (0, 1) for i in (0, 1)]
    top, bottom = corner[0] * (1 - fx) + corner[1] * fx, corner[2] * (1 - fx) + corner[3] * fx
    return np.asarray(top * (1 - fy) + bottom * fy)


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
