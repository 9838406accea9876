"""The scenario: what an officer chose, a rule says, a season brings; every value with its source."""

import tomllib
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, get_args

from knr_gis.analyses.evacuation.conditions import (
    DEFAULTS,
    ArrivalFrom,
    BridgesOut,
    Conditions,
    Deadline,
    DemandRule,
    Rule,
    Season,
    TimeOfDay,
    Walker,
)
from knr_gis.analyses.inputs import planning_number
from knr_gis.assumptions import all_assumptions, assumption
from knr_gis.errors import AnalysisError
from knr_gis.result import Basis
from knr_gis.texts import say

CHOICES: dict[str, tuple[str, ...]] = {
    "rule": get_args(Rule),
    "season": get_args(Season),
    "time_of_day": get_args(TimeOfDay),
    "walker": get_args(Walker),
    "deadline": get_args(Deadline),
    "bridges_out": get_args(BridgesOut),
    "arrival_from": get_args(ArrivalFrom),
    "demand": get_args(DemandRule),
}
# In the order in which they overrule each other, the weakest first.
_SETTERS = ("time_of_day", "season", "walker", "rule")
_POSITIVE = ("walk_speed_mps", "night_speed_factor", "snow_speed_factor", "stairs_speed_factor",
             "narrow_speed_factor", "access_speed_factor", "grid_cell_m", "storey_height_m")  # fmt: skip
# Numbers of the slope function: fixed, but they have a part in every time, so they are printed.
_OF_SLOPE = ("tobler_rate", "tobler_shift")
_ONLY_AT = {"night_speed_factor": ("time_of_day", "night")} | dict.fromkeys(
    ("snow_speed_factor", "snow_min_width_m", "snow_closes_stairs", "unploughed_classes",
     "snow_closed_speed_factor", "outdoor_in_winter"), ("season", "winter"),
)  # fmt: skip


@dataclass(frozen=True)
class Scenario:
    """
    One set of conditions, complete. Fields as in ``Conditions``.

    Parameters
    ----------
    basis
        Where each value is from, where neither the officer nor ``assumptions.toml`` says it.
    """

    rule: str
    season: str
    time_of_day: str
    walker: str
    walk_speed_mps: float
    night_speed_factor: float
    snow_speed_factor: float
    stairs_speed_factor: float
    narrow_width_m: float
    narrow_speed_factor: float
    access_speed_factor: float
    snow_min_width_m: float
    snow_closes_stairs: bool
    unploughed_classes: list[str]
    snow_closed_speed_factor: float
    slope: bool
    bridges_out: str
    start_delay_min: float
    safety_margin_min: float
    arrival_min: float
    arrival_from: str
    arrival_by: list[str]
    deadline: str
    goal_depth_m: float
    gap_width_m: float
    use_sites: bool
    use_exits: bool
    vertical: bool
    outdoor_in_winter: bool
    storey_height_m: float
    walk_limit_m: float | None
    snap_limit_m: float
    grid_cell_m: float
    demand: str
    year: int | None
    month: int | None
    hazard_covers: list[str]
    hazard_sliver_share: float
    basis: dict[str, Basis] = field(default_factory=dict)

    @property
    def winter(self) -> bool:
        """Whether snow lies."""
        return self.season == "winter"

    @property
    def level_speed_mps(self) -> float:
        """Speed on a level street: that of the walker, slowed by night and by snow."""
        night = self.night_speed_factor if self.time_of_day == "night" else 1.0
        return self.walk_speed_mps * night * (self.snow_speed_factor if self.winter else 1.0)

    @property
    def access_speed_mps(self) -> float:
        """Speed between a door and its street."""
        return self.level_speed_mps * self.access_speed_factor

    @property
    def params(self) -> dict[str, Any]:
        """The values that have a part in this scenario, for the products."""
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "basis"}
        applied = {
            k: v for k, v in values.items() if k not in _ONLY_AT or values[_ONLY_AT[k][0]] == _ONLY_AT[k][1]
        }
        unused = {"narrow_speed_factor"} if self.narrow_width_m == 0 else set()
        unused |= {key for key in ("year", "month") if values[key] is None}
        told = {key: value for key, value in applied.items() if key not in unused}
        slope = {key: assumption(key).value for key in _OF_SLOPE} if self.slope else {}
        return {**told, **slope, "level_speed_mps": self.level_speed_mps}


def resolve_scenario(conditions: Conditions) -> Scenario:
    """
    Return the complete scenario.

    Raises
    ------
    AnalysisError
        If a value makes no sense, or a choice is none of those offered.
    """
    chosen = {key: value for key, value in conditions.items() if value is not None}
    setters = {key: _choice(key, str(chosen.get(key, DEFAULTS[key]))) for key in _SETTERS}
    values: dict[str, Any] = {**DEFAULTS, **setters}
    basis: dict[str, Basis] = {}
    for setter, name in setters.items():
        for key, entry in definitions()[setter][name].items():
            values[key] = entry["value"]
            basis[key] = Basis(f"{entry['source']}", verified=entry["verified"])
    values |= chosen
    names = {f.name for f in fields(Scenario)} - {"basis"}
    complete = {key: _checked(key, values.get(key)) for key in names}
    if not (complete["use_sites"] or complete["use_exits"]):
        raise AnalysisError("evacuation.no_goal")
    return Scenario(**complete, basis={k: b for k, b in basis.items() if k not in chosen})


@cache
def definitions() -> dict[str, Any]:
    """Return what each season, time of day, walker and rule sets (``scenarios.toml``)."""
    return tomllib.loads(Path(__file__).with_name("scenarios.toml").read_text(encoding="utf-8"))


def _checked(key: str, value: Any) -> Any:
    if key in CHOICES:
        return _choice(key, str(value))
    if key in all_assumptions():
        return planning_number(key, value, positive=key in _POSITIVE)
    if key == "month" and value is not None and value not in range(1, 13):
        raise AnalysisError("evacuation.bad_month", value=value)
    if key == "walk_limit_m" and value is not None and not value > 0:
        raise AnalysisError("evacuation.bad_walk_limit", value=value)
    return [str(v) for v in value] if isinstance(DEFAULTS[key], list) else value


def _choice(key: str, value: str) -> str:
    if value not in CHOICES[key]:
        label = say(f"params.{key}")
        raise AnalysisError("evacuation.bad_choice", label=label, key=key, value=value,
                            known="、".join(CHOICES[key]))  # fmt: skip
    return value
