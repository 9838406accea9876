"""Which condition decides a district's answer: a small designed set of runs around one scenario."""

from typing import Any, Unpack

from knr_gis.analyses.evacuation.wording import gap_table
from knr_gis.analyses.inputs import planning_number
from knr_gis.analyses.sensitivity.asked import Asked
from knr_gis.analyses.sensitivity.factors import DEMAND, Factor
from knr_gis.analyses.sensitivity.flips import find_flips
from knr_gis.analyses.sensitivity.study import Study, run_study
from knr_gis.analyses.sensitivity.tables import (
    district_table,
    effect_table,
    factor_table,
    run_table,
    summary_rows,
)
from knr_gis.analyses.sensitivity.wording import headline, study_features, study_notes, wanted_factors
from knr_gis.assumptions import all_assumptions
from knr_gis.errors import AnalysisError
from knr_gis.result import Result, summary_frame

__all__ = ["sensitivity"]

_LEVEL_KEYS = {
    "walk_speed": ("speed_low_mps", "speed_high_mps"),
    "start_delay": ("delay_low_min", "delay_high_min"),
    "arrival": ("arrival_earlier_min", "arrival_later_min"),
    "snap_limit": ("snap_low_m", "snap_high_m"),
}


def sensitivity(**asked: Unpack[Asked]) -> Result:
    """
    Return which of speed, delay, arrival, snap limit and demand rule decides each district's answer.

    Parameters
    ----------
    asked
        Layers and conditions of the base, factors and levels, see ``Asked``.

    Raises
    ------
    CrsError
        If the layers are not in one CRS in metres.
    AnalysisError
        If a value, factor or level makes no sense, nothing says where people are, or an account does not
        close.
    """
    threshold = planning_number("threshold_percent", asked.get("threshold_percent"))
    if threshold > 100:
        raise AnalysisError("sensitivity.bad_threshold", value=f"{threshold:g}")
    study = run_study(asked)
    flips = find_flips(study, threshold)
    districts = district_table(study, flips, threshold)
    params = _params(study, threshold)
    tables = {
        "districts": districts.drop(columns="muni_code").reset_index(drop=True),
        "effects": effect_table(study),
        "district_factors": factor_table(study, flips, districts),
        "runs": run_table(study, threshold),
        "not_evaluated": gap_table(study.base),
    }
    return Result(
        name="sensitivity",
        headline=headline(study, flips, districts, threshold),
        features=study_features(study, districts),
        summary=summary_frame(summary_rows(study, flips, districts)),
        tables=tables,
        params=params,
        basis=study.base.plan.scenario.basis,
        assumptions=tuple(key for key in params if key in all_assumptions()),
        notes=study_notes(study, wanted_factors(asked.get("factors"))),
    )


def _params(study: Study, threshold: float) -> dict[str, Any]:
    """Return factors and levels, then the conditions of the base."""
    params: dict[str, Any] = {"threshold_percent": threshold, "factors": [f.label for f in study.factors]}
    for factor in study.factors:
        params |= _levels_of(factor)
    return {**params, **study.base.plan.scenario.params}


def _levels_of(factor: Factor) -> dict[str, Any]:
    if factor.key == DEMAND:
        return {"demand_rules": [factor.told(level) for level in factor.others]}
    low, high = (float(level) for level in factor.others)
    return dict(zip(_LEVEL_KEYS[factor.key], (abs(low), high), strict=True))
