"""The two sets of conditions side by side, each value with its source."""

from typing import Any

import pandas as pd

from knr_gis.analyses.comparison.pair import Pair
from knr_gis.analyses.evacuation.conditions import Conditions
from knr_gis.analyses.evacuation.scenario import Scenario
from knr_gis.assumptions import all_assumptions
from knr_gis.display import shown_value
from knr_gis.result import Basis
from knr_gis.texts import has_text, say

_SELF_EXPLAINING = ("rule", "season", "time_of_day", "walker")


def condition_table(pair: Pair, given: Conditions) -> pd.DataFrame:
    """Return the conditions of both, those that differ first: label, values, unit, sources."""
    a, b = pair.a.plan.scenario, pair.b.plan.scenario
    rows = []
    for key in {**a.params, **b.params}:
        values = [_told(side.params, key) for side in (a, b)]
        sources = [_source(key, a, given, Conditions()), _source(key, b, given, pair.changes)]
        used = [
            "" if key not in side.params else source for side, source in zip((a, b), sources, strict=True)
        ]
        rows.append((label_of(key), *values, _unit(key), values[0] != values[1], *used))
    columns = ["condition", "value_a", "value_b", "value_unit", "differs", "source_a", "source_b"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values("differs", ascending=False, kind="stable", ignore_index=True)


def both_params(pair: Pair, band_min: float) -> dict[str, Any]:
    """Return the values for the products: ``A → B`` where they differ, those first."""
    a, b = pair.a.plan.scenario.params, pair.b.plan.scenario.params
    changed = [f"{label_of(key)}={shown_value(key, value)}" for key, value in pair.changes.items()]
    params: dict[str, Any] = {"against": changed, "change_band_min": band_min}
    moved = {key for key in a.keys() & b.keys() if _told(a, key) != _told(b, key)}
    for key in sorted({**a, **b}, key=lambda k: (k not in moved, k in a and k in b)):
        one = a.get(key) if key in a else b[key]
        params[key] = say("comparison.both", a=_told(a, key), b=_told(b, key)) if key in moved else one
    return params


def both_basis(pair: Pair) -> dict[str, Basis]:
    """Return the source of each value that a rule or a choice set in either."""
    a, b = pair.a.plan.scenario, pair.b.plan.scenario
    basis: dict[str, Basis] = {}
    for key in {**a.basis, **b.basis}:
        parts = [side.basis.get(key) or _planning(key) for side in (a, b)]
        known = list(dict.fromkeys(part for part in parts if part is not None))
        sources = "／".join(part.source for part in known)
        basis[key] = Basis(sources, verified=all(part.verified for part in known))
    return basis


def described(pair: Pair, side: Scenario) -> str:
    """Return what sets a scenario apart, in words: the values that differ of the conditions given."""
    return "・".join(_phrase(key, getattr(side, key)) for key in pair.differing)


def label_of(key: str) -> str:
    """Return what people call a condition."""
    known = all_assumptions().get(key)
    return known.ja if known else say(f"params.{key}") if has_text(f"params.{key}") else key


def _phrase(key: str, value: Any) -> str:
    if key == "year":
        return say("comparison.later_year", year=value) if value else say("comparison.this_year")
    if key in _SELF_EXPLAINING:
        return shown_value(key, value)
    return say("comparison.phrase", label=label_of(key), value=shown_value(key, value), unit=_unit(key))


def _told(params: dict[str, Any], key: str) -> str:
    return shown_value(key, params[key]) if key in params else say("comparison.not_used")


def _unit(key: str) -> str:
    known = all_assumptions().get(key)
    return known.unit if known else ""


def _planning(key: str) -> Basis | None:
    known = all_assumptions().get(key)
    return Basis(known.source, verified=known.verified) if known else None


def _source(key: str, side: Scenario, given: Conditions, changes: Conditions) -> str:
    """Return where a value is from, with a mark where it is to be confirmed."""
    if key in changes:
        return say("comparison.by_against")
    if given.get(key) is not None:
        return say("product.set_by_user")
    basis = side.basis.get(key) or _planning(key)
    if basis is None:
        return ""
    return basis.source if basis.verified else say("comparison.unconfirmed", source=basis.source)
