"""The network of one mode of travel made ready: times, climbs, rules and what is to be avoided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np

from knr_gis.analyses.inputs import is_true, road_speeds
from knr_gis.analyses.tourism.closures import RoadRule, road_rules
from knr_gis.analyses.tourism.conditions import Mode, TourLayers
from knr_gis.analyses.tourism.edge_facts import SPECIAL_PROTECTION, EdgeFacts
from knr_gis.analyses.tourism.rule_edges import rule_edges
from knr_gis.assumptions import assumption
from knr_gis.errors import AnalysisError
from knr_gis.grid import Grid
from knr_gis.network import Flags, Floats, Ints, Network, Shapes, build_network, edge_seconds
from knr_gis.slopes import Steps, edge_steps, level_spans, node_heights, tobler

SPEED_KEYS: dict[Mode, str] = {
    "drive": "drive_speed_kmh", "cycle": "cycle_speed_kmh", "walk": "tour_walk_speed_kmh",
}  # fmt: skip
# Numbers of the formulas for slopes.
SLOPE_KEYS: dict[Mode, tuple[str, ...]] = {
    "drive": (),
    "cycle": ("cycle_uphill_rate", "cycle_downhill_rate", "cycle_least_share", "cycle_most_share"),
    "walk": ("tobler_rate", "tobler_shift"),
}
INUNDATION, PARKS, PROTECTION = "tsunami_inundation", "national_parks", "special_protection"
# Layers that can be avoided, and the role that holds each.
AVOIDABLE = {INUNDATION: "hazard", PARKS: "national_parks", PROTECTION: "national_parks"}
# Touching what is avoided for less than this share of an edge is the overlay's rounding.
_TOUCH = 1e-9


@dataclass(frozen=True, eq=False)
class Ways:
    """
    Roads of one mode.

    Parameters
    ----------
    roads
        The frame; ``network.road`` gives the row of each edge.
    seconds
        Shape (2, E): from u to v and from v to u, nothing closed.
    cost_s
        Shape (2, E): what a way is chosen by: seconds, times the factor on what is avoided softly;
        infinite on what is avoided strictly.
    ascent_m
        Shape (2, E): metres climbed; NaN where a height is unknown.
    heights
        Shape (N,): height of each node, bridges and tunnels straight between their ends; NaN unknown.
    spanning
        Shape (E,): bridges and tunnels.
    rule_edges
        Edges of each rule of the road by its id; empty where no road of this mode runs along its line.
    facts
        Inundation, parks and wetlands by edge.
    avoided
        Shape (E,): share of each edge that lies in what is avoided, 0 where nothing is.
    """

    mode: Mode
    network: Network
    roads: gpd.GeoDataFrame
    seconds: Floats
    cost_s: Floats
    ascent_m: Floats
    heights: Floats
    spanning: Flags
    elevation: Grid | None
    rule_edges: dict[str, Ints]
    rules: tuple[RoadRule, ...]
    facts: EdgeFacts
    avoided: Floats = field(default_factory=lambda: np.empty(0))

    @property
    def wet(self) -> Floats:
        """Shape (E,): share of each edge in the inundation zone; NaN without hazard data."""
        return self.facts.wet

    @property
    def park_grade(self) -> Shapes:
        """Shape (E,): strictest 地種区分 of each edge, "" outside; None without park data."""
        return self.facts.park_grade

    @cached_property
    def no_stopping(self) -> Flags:
        """Shape (E,): where a rule of kind ``no_stopping`` runs, whatever the date."""
        flags = np.zeros(len(self.network), dtype=bool)
        for rule in self.rules:
            if rule.kind == "no_stopping":
                flags[self.rule_edges[rule.rule_id]] = True
        return flags

    @property
    def unplaced_rules(self) -> tuple[RoadRule, ...]:
        """Rules of which no road of this mode was found: they close nothing here, and that must be said."""
        return tuple(rule for rule in self.rules if not len(self.rule_edges[rule.rule_id]))

    def without(self, costs: Floats, rule_ids: frozenset[str]) -> Floats:
        """Return costs, shape (2, E), that are infinite on the edges of some rules."""
        closed = costs.copy()
        for rule_id in rule_ids:
            closed[:, self.rule_edges[rule_id]] = np.inf
        return closed


def make_ways(mode: Mode, layers: TourLayers, conditions: Mapping[str, Any]) -> Ways:
    """
    Return the network of a mode with all that legs are made from.

    Parameters
    ----------
    conditions
        Resolved: every number of ``TourConditions`` is there (``setting.make_setting``).

    Raises
    ------
    AnalysisError
        If no road fits the mode.
    """
    roads, elevation = layers["roads"], layers.get("elevation")
    network = build_network(roads, mode=mode)
    if not len(network):
        raise AnalysisError("tourism.no_roads", mode=mode)
    spanning = (is_true(roads, "bridge") | is_true(roads, "tunnel"))[network.road]
    steps, heights = _laid_on(network, spanning, elevation)
    seconds = _seconds(network, roads, steps, float(conditions[SPEED_KEYS[mode]]))
    parks, wetlands = layers.get("national_parks"), layers.get("ramsar_wetlands")
    facts = EdgeFacts(network, roads, layers.get("hazard"), parks, wetlands)
    rules = road_rules(layers.get("road_rules"))
    found = rule_edges(network, facts.text("road_name"), rules, reach_m=conditions["rule_reach_m"])
    avoided = avoided_share(facts, found, conditions["avoid"])
    return Ways(
        mode, network, roads, seconds=seconds, cost_s=_costs(seconds, avoided, conditions),
        ascent_m=np.full((2, len(network)), np.nan) if steps is None else steps.ascent_m, heights=heights,
        spanning=spanning, elevation=elevation, rule_edges=found, rules=rules, facts=facts, avoided=avoided,
    )  # fmt: skip


def _laid_on(network: Network, spanning: Flags, elevation: Grid | None) -> tuple[Steps | None, Floats]:
    """Return the edges on the terrain and the heights of the nodes; nothing is known without terrain."""
    if elevation is None:
        return None, np.full(len(network.nodes), np.nan)
    heights = node_heights(network, spanning, elevation)
    return level_spans(edge_steps(network, elevation), network, spanning, heights), heights


def _seconds(network: Network, roads: gpd.GeoDataFrame, steps: Steps | None, speed_kmh: float) -> Floats:
    """Return the seconds of each edge both ways; cars go at one speed up and down, others by the slope."""
    level = edge_seconds(network, speed_kmh=road_speeds(roads, network.mode, speed_kmh))
    both = np.stack([level, level])
    if steps is None or network.mode == "drive":
        return both
    return both * steps.slowness(tobler if network.mode == "walk" else cycling_share)


def cycling_share(slope: Floats) -> Floats:
    """
    Return the speed of a bicycle on a slope as a share of that on level road.

    Straight lines as measured by Parkin and Rotheram (2010), who found 21.6 km/h on the level, 1.44 km/h
    less for each per cent uphill and 0.86 km/h more for each per cent downhill; bounded below (pushing) and
    above (braking). ``slope`` is the rise over the run in the direction of travel.
    """
    up, down = assumption("cycle_uphill_rate").value, assumption("cycle_downhill_rate").value
    least, most = assumption("cycle_least_share").value, assumption("cycle_most_share").value
    return np.clip(1 - np.where(slope > 0, up, down) * slope, least, most)


def avoided_share(facts: EdgeFacts, found: dict[str, Ints], avoid: list[str]) -> Floats:
    """Return the share of each edge in what is avoided; where several lie on it the largest."""
    share = np.zeros(len(facts.network))
    for entry in avoid:
        if entry == INUNDATION:
            part = facts.wet
        elif entry in (PARKS, PROTECTION):
            part = facts.park_share(SPECIAL_PROTECTION if entry == PROTECTION else None)
        else:
            part = np.zeros(len(share))
            part[found[entry]] = 1.0
        share = np.maximum(share, part)
    return share


def _costs(seconds: Floats, avoided: Floats, conditions: Mapping[str, Any]) -> Floats:
    if not avoided.any():
        return seconds
    if conditions["avoid_how"] == "strict":
        return np.where(avoided > _TOUCH, np.inf, seconds)
    if conditions["avoid_how"] == "soft":
        return np.asarray(seconds * (1 + (conditions["avoid_factor"] - 1) * avoided))
    return seconds
