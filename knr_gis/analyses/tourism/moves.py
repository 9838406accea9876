"""From place to place on a date: the way, its time, and the closed roads that changed it."""

import math
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from knr_gis.analyses.tourism.calendar import DAY_MIN
from knr_gis.analyses.tourism.climbing import climbs, leg_profile
from knr_gis.analyses.tourism.conditions import Mode
from knr_gis.analyses.tourism.railway import day_rides, door_to_door, station_key, stations_served
from knr_gis.analyses.tourism.setting import Setting, ways_of
from knr_gis.analyses.tourism.spells import Spell, closed_between, spells_of
from knr_gis.analyses.tourism.trip import Leg, LegMode, LegReason
from knr_gis.analyses.tourism.ways import Ways
from knr_gis.network import Floats
from knr_gis.orienteering import Travel
from knr_gis.routing import Path, Reach, shortest_path, travel_matrix
from knr_gis.snapping import Snap, snap

_SECONDS = 60.0
_ROUNDING_MIN = 1e-9


@dataclass(frozen=True, eq=False)
class _Way:
    """A path, the minutes that it takes (inf where there is none) and when it is set out on."""

    path: Path
    minutes: float
    leave_min: float = float("nan")

    @property
    def arrive_min(self) -> float:
        return self.leave_min + self.minutes


class _Search:
    """Ways between two places with rules closed; one search serves all closures that it does not meet."""

    def __init__(self, ways: Ways, ends: Snap) -> None:
        self.ways, self.ends = ways, ends
        self.known: list[tuple[frozenset[str], _Way]] = []

    def way(self, closed: frozenset[str]) -> _Way:
        """Return the way of least cost over roads that none of the rules closes."""
        for fewer, way in self.known:
            if fewer <= closed and not self.met(way, closed - fewer):
                return way
        path = self.path(self.ways.without(self.ways.cost_s, closed))
        self.known.append((closed, way := _Way(path, _minutes(self.ways, path))))
        return way

    def path(self, cost_s: Floats) -> Path:
        return shortest_path(self.ways.network, self.ends.take([0]), self.ends.take([1]), cost_s=cost_s)

    def met(self, way: _Way, rule_ids: frozenset[str]) -> frozenset[str]:
        """Return the rules that have an edge on a way."""
        edges = self.ways.rule_edges
        return frozenset(i for i in rule_ids if np.isin(edges[i], way.path.edges).any())

    def earliest(self, spells: list[Spell], depart_min: float) -> _Way | None:
        """Return the way that arrives first and lies in a spell whole; a wait at the start may help."""
        found: list[_Way] = []
        for spell in spells:
            way, leave_min = self.way(spell.closed), max(depart_min, spell.from_min)
            if leave_min + way.minutes <= spell.until_min + _ROUNDING_MIN:
                found.append(_Way(way.path, way.minutes, leave_min))
        return min(found, key=lambda way: way.arrive_min, default=None)

    def changed_by(self, in_force: frozenset[str]) -> frozenset[str]:
        """Return the rules that the way would otherwise have met, or the way round them."""
        closed: frozenset[str] = frozenset()
        while new := self.met(self.way(closed), in_force - closed):
            closed |= new
        return closed


def make_leg(  # noqa: PLR0913  the contract of the trip
    setting: Setting,
    places: gpd.GeoDataFrame,
    start: int,
    end: int,
    *,
    mode: Mode,
    day: int,
    number: int,
    on: date | None,
    depart_min: float,
) -> Leg:
    """
    Return the way from one place to another that arrives first.

    Only roads are used that are open for the whole time that the leg is on the way; where that is earlier
    than the way round, the traveller waits at the start for a road to open (``enter_min[0]`` is then later
    than ``depart_min``). A leg that is not over at midnight has no way that day.

    Parameters
    ----------
    places
        Points; ``start`` and ``end`` are positions of rows.
    on
        None: nothing is closed.
    depart_min
        Minutes after midnight; NaN (no way led there) gives a leg that is not reached.

    Returns
    -------
    Leg
        Its line runs from the road at the start to the road at the end, so that it is as long as
        ``length_m``; the ways to and from the road are ``snap_m``.
    """
    ways = ways_of(setting, mode)
    ends = on_road(setting, ways, shapely.get_coordinates(places.geometry.iloc[[start, end]].to_numpy()))
    search = _Search(ways, ends)
    way = None
    if ends.reached.all() and depart_min < DAY_MIN:
        way = search.earliest(spells_of(ways, on), depart_min)
    until_min = DAY_MIN if way is None else way.arrive_min
    in_force = closed_between(ways, on, depart_min, until_min) if ends.reached.all() else frozenset()
    closed = tuple(sorted(search.changed_by(in_force)))
    where = _Where(number, day, start, end, mode, depart_min, (*map(float, ends.distance_m),))
    if way is None:
        return _no_leg(where, closed, _reason(search, closed, depart_min))
    return _measured(setting, ways, _leg(ways, where, way, closed))


def travel_table(setting: Setting, places_xy: Floats, on: date | None, *, mode: Mode) -> Travel:
    """
    Return the minutes between places on a date, in each spell of the day; what ``make_leg`` would take.

    Parameters
    ----------
    places_xy
        Shape (N, 2), in the CRS of the setting.

    Notes
    -----
    One search from each place for each set of closed edges. Where trains are taken (condition ``trains``),
    their stations are places of the search as well.
    """
    if not setting.conditions["trains"] or mode == "drive":
        return _roads(setting, places_xy, on, mode)
    trains = setting.layer("train_legs")
    n, stations = len(places_xy), stations_served(setting.layer("stations"), trains)
    points = shapely.get_coordinates(stations.geometry.representative_point().to_numpy())
    roads = _roads(setting, np.vstack([places_xy, points]), on, mode)
    nodes = {station_key(name): n + k for k, name in enumerate(stations["name"])}
    rides = door_to_door(
        roads, day_rides(trains, on, mode), nodes,
        board_min=setting.conditions["train_board_min"], alight_min=setting.conditions["train_alight_min"],
    )  # fmt: skip
    between = {pair: table for pair, table in rides.items() if max(pair) < n}
    return Travel(roads.minutes[:, :n, :n], roads.from_min, roads.until_min, between)


def _roads(setting: Setting, places_xy: Floats, on: date | None, mode: Mode) -> Travel:
    """Return the minutes over the roads alone."""
    ways = ways_of(setting, mode)
    spells = spells_of(ways, on)
    ends = on_road(setting, ways, places_xy)
    once = {spell.closed: _minutes_between(ways, ends, spell.closed) for spell in spells}
    return travel_of(spells, np.stack([once[spell.closed] for spell in spells]))


def travel_of(spells: list[Spell], minutes: Floats) -> Travel:
    """Return the minutes of each spell, shape (K, N, N), as a table of travel."""
    from_min, until_min = np.array([(spell.from_min, spell.until_min) for spell in spells]).T
    return Travel(minutes, from_min, until_min)


def _minutes_between(ways: Ways, ends: Snap, closed: frozenset[str]) -> Floats:
    amount = None if ways.cost_s is ways.seconds else ways.seconds
    found = travel_matrix(ways.network, ends, cost_s=ways.without(ways.cost_s, closed), amount=amount)
    return road_minutes(found)


def road_minutes(seconds: Floats) -> Floats:
    """Return minutes, inf where no way leads (NaN seconds)."""
    return np.where(np.isnan(seconds), np.inf, seconds / _SECONDS)


def on_road(setting: Setting, ways: Ways, places_xy: Floats) -> Snap:
    """Return where places meet the roads of a mode."""
    return snap(ways.network, places_xy, limit_m=setting.conditions["route_snap_limit_m"])


class _Where(NamedTuple):
    """What a leg is called and where it runs, whether there is a way or not."""

    number: int
    day: int
    start: int
    end: int
    mode: LegMode
    depart_min: float
    snap_m: tuple[float, ...]


def _minutes(ways: Ways, path: Path) -> float:
    """Return the minutes on a path; inf where there is none."""
    return float(_edge_minutes(ways, path).sum()) if path.status == Reach.REACHED else float("inf")


def _edge_minutes(ways: Ways, path: Path) -> Floats:
    share = path.edge_m / ways.network.length_m[path.edges]
    return ways.seconds[np.where(path.forward, 0, 1), path.edges] * share / _SECONDS


def _leg(ways: Ways, where: _Where, way: _Way, closed: tuple[str, ...]) -> Leg:
    path, minutes = way.path, _edge_minutes(ways, way.path)
    return Leg(
        where.number, where.day, where.start, where.end, where.mode, Reach.REACHED,
        depart_min=where.depart_min, arrive_min=way.arrive_min, length_m=path.length_m,
        ascent_m=float("nan"), descent_m=float("nan"), line=path.line,
        edges=path.edges, forward=path.forward, edge_m=path.edge_m,
        enter_min=way.leave_min + np.append(0.0, np.cumsum(minutes))[: len(minutes)],
        snap_m=_pair(where.snap_m), closed=closed,
    )  # fmt: skip


def _measured(setting: Setting, ways: Ways, leg: Leg) -> Leg:
    """Return a leg with what it climbs and descends along its whole profile."""
    if not len(leg.edges):
        return replace(leg, ascent_m=0.0, descent_m=0.0)
    heights = leg_profile(ways, leg).height_m
    ascent_m, descent_m = climbs(heights, threshold_m=setting.conditions["ascent_threshold_m"])
    return replace(leg, ascent_m=ascent_m, descent_m=descent_m)


def _no_leg(where: _Where, closed: tuple[str, ...], reason: LegReason) -> Leg:
    unknown, none = float("nan"), np.empty(0)
    return Leg(
        where.number, where.day, where.start, where.end, where.mode,
        Reach.FAR if reason == "far" else Reach.DISCONNECTED,
        depart_min=where.depart_min, arrive_min=unknown, length_m=unknown, ascent_m=unknown,
        descent_m=unknown, line=None, edges=none.astype(np.int64), forward=none.astype(bool), edge_m=none,
        enter_min=none, snap_m=_pair(where.snap_m), closed=closed, reason=reason,
    )  # fmt: skip


def _pair(snap_m: tuple[float, ...]) -> tuple[float, float]:
    return snap_m[0], snap_m[1]


def _reason(search: _Search, closed: tuple[str, ...], depart_min: float) -> LegReason:
    """Return why there is no way."""
    if not search.ends.reached.all():
        return "far"
    if search.path(search.ways.seconds).status != Reach.REACHED:
        return "no_road"
    if search.path(search.ways.cost_s).status != Reach.REACHED:
        return "avoided"
    if math.isnan(depart_min):
        return "before"
    return "closed" if closed else "midnight"
