"""Cues of a route book: where along each leg the road changes its name, and which way to turn there."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from knr_gis.analyses.inputs import texts
from knr_gis.analyses.tourism.part import Part
from knr_gis.analyses.tourism.trip import Leg, Trip
from knr_gis.network import Floats
from knr_gis.result import Note
from knr_gis.texts import say

_METRES = 1000.0
_LOOK_M = 30.0  # directions are taken this far before and after a junction: single vertices mislead
_LINK_M = 200.0  # a shorter piece without a name inside one road (a bridge, a junction) is part of it
_STRAIGHT, _BACK = 35.0, 150.0  # degrees
_COLUMNS = [
    "day", "stop_number", "leg_mode", "cue_km", "cue_day_km", "turn", "road_name", "cue_for_km",
]  # fmt: skip


@dataclass(frozen=True)
class Stretch:
    """
    A part of a leg on one road.

    Parameters
    ----------
    first
        Position of its first edge in ``leg.edges``.
    from_m, to_m
        Metres since the start of the leg.
    name
        Of the road; empty where unknown.
    """

    first: int
    from_m: float
    to_m: float
    name: str


def cues_part(trip: Trip) -> Part:
    """
    Return the cues of every leg that has a way, in order.

    ``cue_km`` counts from the start of the leg, ``cue_day_km`` from that of the day (unknown behind a leg
    without a way), ``cue_for_km`` to the next cue. The name is empty where the roads have none there.
    """
    rows = [row for day in trip.days for row in _day_rows(trip, day.legs)]
    table = pd.DataFrame(rows, columns=_COLUMNS)
    unnamed = table.loc[(table["road_name"] == "") & (table["turn"] != "ride"), "cue_for_km"].sum()
    if not unnamed:
        return Part(tables={"cues": table})
    total = table["cue_for_km"].sum()
    gap = (say("cues.unnamed"), say("cues.no_name", km=f"{unnamed:.1f}", total=f"{total:.1f}"), pd.NA)
    return Part(tables={"cues": table}, gaps=[gap], notes=(Note("cues.note_unnamed"),))


def _day_rows(trip: Trip, legs: tuple[Leg, ...]) -> list[tuple[Any, ...]]:
    before_m, rows = 0.0, []
    for leg in legs:
        rows += [
            (leg.day, leg.number, leg.mode, s.from_m / _METRES, (before_m + s.from_m) / _METRES, turn, s.name,
             (s.to_m - s.from_m) / _METRES)
            for s, turn in leg_cues(trip, leg)
        ]  # fmt: skip
        before_m += leg.length_m
    return rows


def leg_cues(trip: Trip, leg: Leg) -> list[tuple[Stretch, str]]:
    """
    Return each stretch of a leg with how it begins.

    ``start``, ``straight``, ``left``, ``right``, ``back``; ``ride`` for a train; nothing without a way.
    """
    if not leg.found:
        return []
    if leg.mode == "train" or not len(leg.edges):
        return [(Stretch(0, 0.0, leg.length_m, ""), "ride" if leg.mode == "train" else "start")]
    found = stretches_of(trip, leg)
    turns = [turn_of(angle) for angle in _angles(trip, leg, [s.first for s in found[1:]])]
    return list(zip(found, ["start", *turns], strict=True))


def stretches_of(trip: Trip, leg: Leg) -> list[Stretch]:
    """Return the parts of a leg by the name of the road; short pieces without a name belong to theirs."""
    ways = trip.setting.ways[leg.mode]
    names = np.array(texts(ways.roads, "road_name"), dtype=object)[ways.network.road[leg.edges]]
    metres = np.concatenate([[0.0], np.cumsum(leg.edge_m)])
    runs = _runs(names)
    for (_, before), (start, name), (end, after) in zip(runs, runs[1:], runs[2:], strict=False):
        if not name and before == after and metres[end] - metres[start] <= _LINK_M:
            names[start:end] = before
    starts = _runs(names)
    ends = [*(start for start, _ in starts[1:]), len(names)]
    return [
        Stretch(s, float(metres[s]), float(metres[e]), name)
        for (s, name), e in zip(starts, ends, strict=True)
    ]


def _runs(names: Any) -> list[tuple[int, str]]:
    """Return where each run of one name begins, and the name."""
    return [(0, str(names[0]))] + [(k, str(b)) for k, (a, b) in enumerate(pairwise(names), start=1) if a != b]


def _angles(trip: Trip, leg: Leg, places: list[int]) -> list[float]:
    """Return the degrees by which the way turns at the start of some of its edges, to the right positive."""
    network = trip.setting.ways[leg.mode].network
    forward = leg.forward.astype(bool)
    tails = np.where(forward, network.u[leg.edges], network.v[leg.edges])
    last = network.v[leg.edges[-1]] if forward[-1] else network.u[leg.edges[-1]]
    path = network.nodes[np.append(tails, last)]
    along = np.concatenate([[0.0], np.cumsum(network.length_m[leg.edges])])
    return [_angle(path, along, float(along[k])) for k in places]


def _angle(path: Floats, along: Floats, at_m: float) -> float:
    before, here, after = (
        np.array([np.interp(at_m + step, along, path[:, axis]) for axis in (0, 1)])
        for step in (-_LOOK_M, 0.0, _LOOK_M)
    )
    came, goes = (float(np.degrees(np.arctan2(*(b - a)))) for a, b in ((before, here), (here, after)))
    return (goes - came + 180.0) % 360.0 - 180.0


def turn_of(angle: float) -> str:
    """Return a turn in a word, from degrees to the right."""
    if abs(angle) <= _STRAIGHT:
        return "straight"
    if abs(angle) >= _BACK:
        return "back"
    return "right" if angle > 0 else "left"
