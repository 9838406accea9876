"""The factors that are varied and their levels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from knr_gis.analyses.evacuation.origins import MESH
from knr_gis.analyses.evacuation.plan import Plan
from knr_gis.analyses.evacuation.scenario import CHOICES, Scenario
from knr_gis.analyses.inputs import planning_number
from knr_gis.analyses.sensitivity.asked import Asked
from knr_gis.assumptions import assumption
from knr_gis.definitions import nearest
from knr_gis.display import shown_value
from knr_gis.errors import AnalysisError
from knr_gis.texts import say
from knr_gis.typed import require_value

SPEED, DELAY, ARRIVAL, SNAP, DEMAND = "walk_speed", "start_delay", "arrival", "snap_limit", "demand_rule"
FACTORS = (SPEED, DELAY, ARRIVAL, SNAP, DEMAND)
# Condition, low level, high level.
_LEVELS = {
    SPEED: ("walk_speed_mps", "speed_low_mps", "speed_high_mps"),
    DELAY: ("start_delay_min", "delay_low_min", "delay_high_min"),
    SNAP: ("snap_limit_m", "snap_low_m", "snap_high_m"),
}
_SHIFTS = ("arrival_earlier_min", "arrival_later_min")
_NEEDED_LAYER = {"cells": "population", "streets": "roads", "buildings": "buildings"}

Level = float | str


@dataclass(frozen=True)
class Factor:
    """
    One thing that is varied.

    Parameters
    ----------
    base
        Its value in the base scenario (``arrival``: 0, minutes by which the water comes later).
    others
        Levels looked at one at a time: low and high, or the other demand rules.
    """

    key: str
    base: Level
    others: tuple[Level, ...]

    @property
    def pair(self) -> tuple[Level, Level]:
        """The two levels of the factorial runs: low and high; of the demand rule, the base and another."""
        return (self.base, self.others[0]) if self.key == DEMAND else (self.others[0], self.others[-1])

    @property
    def label(self) -> str:
        """What people call it."""
        return say(f"sensitivity.factor.{self.key}")

    def told(self, level: Level) -> str:
        """Return a level with its unit."""
        if isinstance(level, str):
            return shown_value("demand", level)
        return say(f"sensitivity.level.{self.key}", level=f"{level:g}", signed=f"{level:+g}")

    def changed(self, level: Level) -> str:
        """Return the words for setting the factor to a level."""
        return say(f"sensitivity.changed.{self.key}", level=self.told(level))


def find_factors(asked: Asked, plan: Plan) -> list[Factor]:
    """
    Return the factors with their levels, in the order of ``FACTORS``.

    Raises
    ------
    AnalysisError
        If a factor is unknown, a level lies on the wrong side of the base, or none is left.
    """
    wanted = _wanted(asked.get("factors"))
    found = [_numeric(key, asked, plan.scenario) for key in _LEVELS if key in wanted]
    if ARRIVAL in wanted:
        earlier, later = (planning_number(key, _number(asked, key)) for key in _SHIFTS)
        found.append(Factor(ARRIVAL, 0.0, (-earlier, later)))
    rules = _rules(asked.get("demand_rules"), plan) if DEMAND in wanted else ()
    if rules:
        found.append(Factor(DEMAND, plan.scenario.demand, rules))
    if not found:
        raise AnalysisError("sensitivity.no_factor")
    return sorted(found, key=lambda factor: FACTORS.index(factor.key))


def _wanted(factors: Sequence[str] | None) -> tuple[str, ...]:
    for name in factors or ():
        if name not in FACTORS:
            hint = nearest(name, FACTORS) or "、".join(FACTORS)
            raise AnalysisError("sensitivity.bad_factor", name=name, hint=hint)
    return tuple(factors or FACTORS)


def _number(asked: Asked, key: str) -> float | None:
    """Return a level that was given, or None."""
    given: dict[str, Any] = {**asked}
    return cast("float | None", given.get(key))


def _numeric(key: str, asked: Asked, scenario: Scenario) -> Factor:
    """Return a factor whose levels are numbers; defaults that the base has passed are the base itself."""
    condition, low_key, high_key = _LEVELS[key]
    base = float(getattr(scenario, condition))
    low, high = (planning_number(k, _number(asked, k), positive=key != DELAY) for k in (low_key, high_key))
    for name, level, wrong in ((low_key, low, low > base), (high_key, high, high < base)):
        if wrong and asked.get(name) is not None:
            label = assumption(name).ja
            raise AnalysisError("sensitivity.wrong_side", key=name, label=label, level=level, base=base)
    return Factor(key, base, (min(low, base), max(high, base)))


def _rules(chosen: Sequence[str] | None, plan: Plan) -> tuple[str, ...]:
    """Return the other demand rules that the layers allow; none where people start at settlements."""
    rules = [require_value(rule, CHOICES["demand"], "demand_rules") for rule in chosen or CHOICES["demand"]]
    if plan.origins.kind != MESH:
        return ()
    held = {key for key, layer in plan.layers.items() if layer is not None}
    base = plan.scenario.demand
    return tuple(rule for rule in dict.fromkeys(rules) if rule != base and _NEEDED_LAYER[rule] in held)
