"""How far it is from one service to the next along a trip."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from knr_gis.analyses.inputs import texts
from knr_gis.analyses.tourism.along import Piece
from knr_gis.analyses.tourism.calendar import opening_of, window_on
from knr_gis.analyses.tourism.trip import Day
from knr_gis.values import normal_text

_SEPARATORS = re.compile(r"[,、，・/／;；+＋]+")
_DAY_MIN = 1440.0
_SAME_KM = 0.05


class Mark(NamedTuple):
    """
    A place on the tape where a service can be had, or where the tape begins or ends.

    Parameters
    ----------
    way_min
        Minutes on the way since the start of the tape.
    clock_min
        Minutes since the midnight before the first day, stays and nights included.
    """

    km: float
    way_min: float
    clock_min: float
    name: str


@dataclass(frozen=True)
class Gap:
    """
    The way from one service to the next.

    Parameters
    ----------
    minutes
        For fuel on the way alone; for what people need on the clock, stays included.
    """

    kind: str
    day: int
    start: Mark
    end: Mark
    minutes: float

    @property
    def km(self) -> float:
        """Kilometres between the two."""
        return self.end.km - self.start.km


@cache
def service_rules() -> dict[str, dict[str, Any]]:
    """Return names, modes and limit of each kind from ``services.toml``."""
    return tomllib.loads(Path(__file__).with_name("services.toml").read_text(encoding="utf-8"))


def kinds_of(text: object) -> frozenset[str]:
    """Return the kinds of service that a text names (``給油・トイレ``); unknown words name none."""
    words = {word.strip().casefold() for word in _SEPARATORS.split(normal_text(text))}
    return frozenset(kind for kind, rule in service_rules().items() if words & set(rule["names"]))


def open_when_passed(points: gpd.GeoDataFrame, minutes: np.ndarray[Any, Any], day: Day) -> list[bool]:
    """Tell of each point whether it is open, or not known to be shut, at the minute of a day."""
    windows = (window_on(opening_of(row), day.on) for _, row in points.iterrows())
    return [
        window is not None and (day.on is None or window[0] <= minute <= window[1])
        for window, minute in zip(windows, minutes, strict=True)
    ]


def marks_on(piece: Piece, points: gpd.GeoDataFrame, day: Day, *, within_m: float) -> tuple[list[Mark], int]:
    """Return the services near a leg that are open when it passes them, and how many were shut."""
    near = points[
        np.asarray(shapely.dwithin(piece.leg.line, points.geometry.to_numpy(), within_m), dtype=bool)
    ]
    shares = piece.shares_of(list(near.geometry))
    minutes = piece.minute_at(shares)
    usable = open_when_passed(near, minutes, day)
    rows = zip(piece.km_at(shares), minutes, texts(near, "name"), usable, strict=True)
    marks = [_mark(piece, float(km), float(minute), name) for km, minute, name, is_open in rows if is_open]
    return sorted(marks), usable.count(False)


def _mark(piece: Piece, km: float, minute: float, name: str) -> Mark:
    clock = (piece.leg.day - 1) * _DAY_MIN + minute
    return Mark(km, piece.from_min + minute - piece.leg.depart_min, clock, name)


def ends_of(pieces: list[Piece], names: list[str]) -> tuple[Mark, Mark]:
    """Return the marks where a run of legs begins and ends."""
    first, last = pieces[0], pieces[-1]
    return (
        _mark(first, first.from_km, first.leg.depart_min, names[first.leg.start]),
        _mark(last, last.to_km, last.leg.arrive_min, names[last.leg.end]),
    )


def runs(pieces: tuple[Piece, ...], *, daily: bool) -> Iterator[list[Piece]]:
    """Yield the legs that hang together; ``daily``: of one day each, else of as many as there are."""
    for _, group in groupby(pieces, key=lambda p: (p.stretch, p.leg.day if daily else 0)):
        yield list(group)


def gaps_between(kind: str, marks: list[Mark], *, timed: bool) -> list[Gap]:
    """
    Return the gaps between neighbouring marks, those at one place left out.

    Parameters
    ----------
    timed
        True: minutes on the clock; False: minutes on the way.
    """
    return [
        Gap(
            kind,
            int(a.clock_min // _DAY_MIN) + 1,
            a,
            b,
            b.clock_min - a.clock_min if timed else b.way_min - a.way_min,
        )
        for a, b in pairwise(sorted(marks))
        if b.km - a.km > _SAME_KM
    ]
