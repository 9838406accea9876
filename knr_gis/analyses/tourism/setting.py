"""What every tourism analysis stands on: layers, resolved conditions, networks and rules of the road."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import isnan
from typing import Any, Unpack, cast, get_args

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from knr_gis.analyses.inputs import listed, planning_number, require_mode
from knr_gis.analyses.tourism.calendar import minutes_of
from knr_gis.analyses.tourism.closures import RoadRule, road_rules
from knr_gis.analyses.tourism.conditions import DEFAULTS, AvoidHow, Mode, TourGiven, TourLayers
from knr_gis.analyses.tourism.railway import unknown_stations, unread_trains
from knr_gis.analyses.tourism.ways import AVOIDABLE, SLOPE_KEYS, SPEED_KEYS, Ways, make_ways
from knr_gis.assumptions import assumption
from knr_gis.crs import require_same_crs
from knr_gis.errors import AnalysisError, CrsError
from knr_gis.grid import Grid
from knr_gis.result import Note
from knr_gis.values import normal_text

_POSITIVE = (*SPEED_KEYS.values(), "rule_reach_m", "ascent_threshold_m")
_NUMBERS = (*_POSITIVE, "route_snap_limit_m", "train_board_min", "train_alight_min")


@dataclass(frozen=True, eq=False)
class Setting:
    """
    One setting of a trip.

    Parameters
    ----------
    layers
        As given, those that are absent left out.
    conditions
        Every condition with its value: numbers of ``assumptions.toml`` where none was given, ``date`` as
        given, ``start_min`` besides ``start_time``.
    ways
        By mode; ``ways_of`` adds a mode when it is first asked for.
    rules
        All rules of the road.
    on
        First day; None: no date, nothing is closed and every product says so.
    """

    layers: TourLayers
    conditions: dict[str, Any]
    ways: dict[Mode, Ways]
    rules: tuple[RoadRule, ...]
    on: date | None
    crs: CRS

    @property
    def mode(self) -> Mode:
        """Mode on the road."""
        return require_mode(self.conditions["mode"])

    def layer(self, role: str) -> gpd.GeoDataFrame:
        """Return a layer that is known to be there."""
        return cast("dict[str, gpd.GeoDataFrame]", self.layers)[role]

    @property
    def notes(self) -> tuple[Note, ...]:
        """What must be said of every trip in this setting."""
        unplaced = [rule.name or rule.rule_id for rule in self.ways[self.mode].unplaced_rules]
        said = [Note("setting.no_date")] if self.on is None else []
        said += [Note("setting.no_rules")] if not self.rules and self.on is not None else []
        said += [Note("setting.unplaced_rules", {"names": listed(unplaced)})] if unplaced else []
        said += [] if self.layers.get("elevation") else [Note("setting.no_elevation")]
        return (*said, *(self._train_notes() if self.conditions["trains"] else ()))

    def _train_notes(self) -> list[Note]:
        """Return what of the timetable cannot be used."""
        trains, unread = self.layer("train_legs"), unread_trains(self.layer("train_legs"))
        unknown = unknown_stations(self.layer("stations"), trains)
        said = [Note("setting.unread_trains", {"count": unread})] if unread else []
        return said + ([Note("setting.unknown_stations", {"names": listed(unknown)})] if unknown else [])

    @property
    def numbers_used(self) -> tuple[str, ...]:
        """Keys of the planning numbers that legs stand on (``Part.assumptions``)."""
        keys = [SPEED_KEYS[self.mode], "route_snap_limit_m"]
        keys += ["ascent_threshold_m", *SLOPE_KEYS[self.mode]] if self.layers.get("elevation") else []
        keys += ["rule_reach_m"] if self.rules else []
        softly = self.conditions["avoid"] and self.conditions["avoid_how"] == "soft"
        keys += ["avoid_factor"] if softly else []
        return (*keys, *(["train_board_min", "train_alight_min"] if self.conditions["trains"] else []))


def make_setting(**given: Unpack[TourGiven]) -> Setting:
    """
    Return layers and conditions made ready, with the network of the mode.

    Raises
    ------
    CrsError
        If the layers are not in one CRS in metres.
    AnalysisError
        If a date, a time, a mode, a number or something to avoid cannot be used.
    """
    layers = _layers(given)
    crs = _one_crs(layers)
    rules = road_rules(layers.get("road_rules"))
    conditions = _resolved(given)
    _require_avoidable(conditions["avoid"], layers, rules)
    _require_trains(conditions, layers)
    mode = require_mode(conditions["mode"])
    ways = {mode: make_ways(mode, layers, conditions)}
    return Setting(layers, conditions, ways, rules, day_of(conditions["date"]), crs)


def ways_of(setting: Setting, mode: Mode) -> Ways:
    """Return the network of a mode, built when it is first asked for."""
    if mode not in setting.ways:
        setting.ways[mode] = make_ways(mode, setting.layers, setting.conditions)
    return setting.ways[mode]


def day_of(text: object) -> date | None:
    """
    Return a date written as ``2026-07-01`` or ``2026/7/1``; None for none.

    Raises
    ------
    AnalysisError
        If it is no date.
    """
    written = normal_text(text).replace("/", "-")
    if not written:
        return None
    try:
        year, month, day = (int(part) for part in written.split("-"))
        return date(year, month, day)
    except ValueError as error:
        raise AnalysisError("setting.bad_date", value=text) from error


def _layers(given: Mapping[str, Any]) -> TourLayers:
    names = TourLayers.__annotations__
    return cast("TourLayers", {k: v for k, v in given.items() if k in names and v is not None})


def _one_crs(layers: Mapping[str, Any]) -> CRS:
    """Return the CRS of all layers; tables without places do not count."""
    spots = list(layers.get("spots", {}).values())
    frames = [f for f in [*layers.values(), *spots] if isinstance(f, gpd.GeoDataFrame) and _placed(f)]
    crs = require_same_crs(*frames)
    for grid in (layer for layer in layers.values() if isinstance(layer, Grid)):
        if not CRS(grid.crs).equals(crs, ignore_axis_order=True):
            raise CrsError("crs.mixed", first=crs.to_string(), second=CRS(grid.crs).to_string())
    return crs


def _placed(frame: gpd.GeoDataFrame) -> bool:
    return not (frame.crs is None and (frame.geometry.isna() | frame.geometry.is_empty).all())


def _resolved(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return every condition with a value."""
    made = {key: DEFAULTS[key] if given.get(key) is None else given[key] for key in DEFAULTS}
    made |= {key: planning_number(key, given.get(key), positive=key in _POSITIVE) for key in _NUMBERS}
    made |= {key: assumption(key).value for keys in SLOPE_KEYS.values() for key in keys}
    made["avoid"] = [made["avoid"]] if isinstance(made["avoid"], str) else list(made["avoid"])
    made["avoid_factor"] = _factor(given.get("avoid_factor"))
    made["start_min"] = minutes_of(made["start_time"])
    if isnan(made["start_min"]):
        raise AnalysisError("setting.bad_time", value=made["start_time"])
    if made["avoid_how"] not in get_args(AvoidHow):
        raise AnalysisError("setting.bad_avoid_how", value=made["avoid_how"])
    return made


def _factor(given: float | None) -> float:
    """Return by how much avoided road counts more; less than once would draw routes into it."""
    known = assumption("avoid_factor")
    chosen = known.value if given is None else pd.to_numeric(given, errors="coerce")
    if not 1 <= chosen < float("inf"):
        raise AnalysisError("setting.bad_avoid_factor", name=known.ja, value=given)
    return float(chosen)


def _require_avoidable(avoid: list[str], layers: Mapping[str, Any], rules: tuple[RoadRule, ...]) -> None:
    choices = [*AVOIDABLE, *(rule.rule_id for rule in rules)]
    for entry in avoid:
        if entry not in choices:
            raise AnalysisError("setting.bad_avoid", name=entry, choices=listed(choices))
        if AVOIDABLE.get(entry, "roads") not in layers:
            raise AnalysisError("setting.nothing_to_avoid", name=entry)


def _require_trains(conditions: Mapping[str, Any], layers: Mapping[str, Any]) -> None:
    if not conditions["trains"]:
        return
    if conditions["mode"] == "drive":
        raise AnalysisError("setting.trains_by_car")
    if "train_legs" not in layers or "stations" not in layers:
        raise AnalysisError("setting.no_trains")
