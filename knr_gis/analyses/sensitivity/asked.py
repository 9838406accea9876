"""What a sensitivity study is asked: a scenario, which factors, between which levels."""

from typing import Any

from knr_gis.analyses.evacuation import conditions
from knr_gis.analyses.evacuation.conditions import Given

DEFAULTS: dict[str, Any] = {**conditions.DEFAULTS, "factors": None, "demand_rules": None}


class Asked(Given, total=False):
    """
    Layers and conditions of the base scenario, and what is varied around it.

    What is absent or None comes from ``assumptions.toml``; a level that the base has passed already is
    the base itself.

    Parameters
    ----------
    factors
        Of ``walk_speed``, ``start_delay``, ``arrival``, ``snap_limit``, ``demand_rule``; None: all that the
        layers allow.
    speed_low_mps, speed_high_mps
        Levels of ``walk_speed_mps``.
    delay_low_min, delay_high_min
        Levels of ``start_delay_min``.
    arrival_earlier_min, arrival_later_min
        How much earlier or later the water comes everywhere, wherever its time is from.
    snap_low_m, snap_high_m
        Levels of ``snap_limit_m``.
    demand_rules
        Rules looked at beside that of the base; None: those that the layers allow.
    threshold_percent
        A district counts as safe where at least this share of all its people is in time.
    """

    factors: list[str] | None
    speed_low_mps: float | None
    speed_high_mps: float | None
    delay_low_min: float | None
    delay_high_min: float | None
    arrival_earlier_min: float | None
    arrival_later_min: float | None
    snap_low_m: float | None
    snap_high_m: float | None
    demand_rules: list[str] | None
    threshold_percent: float | None
