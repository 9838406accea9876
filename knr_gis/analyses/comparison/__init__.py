"""Two scenarios as one product: who is no longer in time, who newly is, and which conditions make it so."""

from typing import Unpack

from knr_gis.analyses.comparison.account import comparison_rows, look_at
from knr_gis.analyses.comparison.against import parse_against
from knr_gis.analyses.comparison.charts import charts
from knr_gis.analyses.comparison.drawn import comparison_features, comparison_tables
from knr_gis.analyses.comparison.pair import Pair, run_pair
from knr_gis.analyses.comparison.sides import both_basis, both_params, condition_table
from knr_gis.analyses.comparison.streets import street_change_rows, street_pair
from knr_gis.analyses.comparison.wording import comparison_gaps, comparison_notes, headline
from knr_gis.analyses.evacuation.conditions import Conditions, Given
from knr_gis.analyses.evacuation.plan import conditions_of
from knr_gis.analyses.inputs import planning_number
from knr_gis.assumptions import all_assumptions
from knr_gis.result import Result, summary_frame

__all__ = ["comparison"]


def comparison(
    *, against: list[str] | None = None, change_band_min: float | None = None, **given: Unpack[Given]
) -> Result:
    """
    Return what changes from the scenario given (A) to the one with other conditions (B).

    Parameters
    ----------
    against
        What is other in B, ``["season=winter", "vertical=false"]``; None: a winter night.
    change_band_min
        Margins that differ by no more than this count as alike.
    given
        Layers, and the conditions of A, see ``Layers`` and ``Conditions``.

    Raises
    ------
    SettingsError
        If an entry of ``against`` is no condition, or holds a value that the condition does not take.
    CrsError
        If the layers are not in one CRS in metres.
    AnalysisError
        If a scenario value makes no sense, nothing says where people are, or an account does not close.
    """
    band = planning_number("change_band_min", change_band_min)
    return _result(run_pair(given, parse_against(against), band), conditions_of(given), band)


def _result(pair: Pair, given: Conditions, band_min: float) -> Result:
    """Return the pair as figures, maps, tables and words."""
    a, b, params = look_at(pair.a), look_at(pair.b), both_params(pair, band_min)
    steps = street_pair(pair)
    rows = comparison_rows(pair, a.rows, b.rows)
    conditions = condition_table(pair, given)
    summary = summary_frame(rows + ([] if steps is None else street_change_rows(pair, steps)))
    return Result(
        name="comparison",
        headline=headline(pair, summary),
        features=comparison_features(pair, steps),
        summary=summary,
        tables={
            "differing_conditions": conditions[conditions["differs"]].drop(columns="differs"),
            **comparison_tables(pair),
            "both_conditions": conditions,
            "not_evaluated": comparison_gaps(pair),
        },
        params=params,
        basis=both_basis(pair),
        assumptions=tuple(key for key in params if key in all_assumptions()),
        notes=comparison_notes(pair, a.notes, b.notes),
        charts=charts(pair),
    )
