"""Tables of what lies in the zone by kind, municipality and depth class, with shares of the whole."""

import numpy as np
import pandas as pd

from knr_gis.analyses.accounts import Account, Row, account_rows, land_account, require_parts
from knr_gis.analyses.exposure.divisions import Kind
from knr_gis.analyses.exposure.gather import Found, Part
from knr_gis.analyses.inundation import Inundation
from knr_gis.display import shown
from knr_gis.schema import column_title
from knr_gis.texts import say

_AGES = ("age_0_14_persons", "age_15_64_persons", "age_65_plus_persons")
_HEAD = ["layer", "figure", "divided_by", "part_kind"]


def breakdown_table(found: Found, inundation: Inundation) -> pd.DataFrame:
    """
    Return every figure by kind, municipality and depth class, with its share of the whole.

    Columns ``layer``, ``figure``, ``divided_by``, ``part_kind``, ``municipality``, ``depth_class``,
    ``figure_value``, ``value_unit``, ``whole_percent``. The share is that of the same kind in the whole
    municipality. Kinds of which a municipality has none are left out there.
    """
    wholes = [("municipalities", land_account(inundation)), *found.wholes]
    parts = _lines_of(_kind_parts(found), inundation)
    everything = say("exposure.kind.all")
    whole = whole_lines(wholes, inundation)
    whole.insert(2, "divided_by", everything)
    whole.insert(3, "part_kind", everything)
    return pd.concat([whole, *parts], ignore_index=True)


def whole_lines(wholes: list[tuple[str, Account]], inundation: Inundation) -> pd.DataFrame:
    """Return the lines of whole layers: the columns of ``breakdown_table`` but for those of the kinds."""
    heads = [(layer, say(f"measures.{account.measure}"), account) for layer, account in wholes]
    lines = _lines_of([((layer, title), account) for layer, title, account in heads], inundation)
    return pd.concat(lines, ignore_index=True)


def _lines_of(parts: list[tuple[tuple[str, ...], Account]], inundation: Inundation) -> list[pd.DataFrame]:
    """Return the lines of each account of which there is any."""
    return [_lines(head, _rows(account, inundation)) for head, account in parts if account.total.any()]


def _rows(account: Account, inundation: Inundation) -> list[Row]:
    """Return the rows of an account, each place followed by the sum of its classes."""
    rows, n = account_rows(account, inundation), len(inundation.classes)
    summed: list[Row] = []
    for start in range(0, len(rows), n + 3):
        place = rows[start : start + n + 3]
        known = [row[4] for row in place[:n] if not np.isnan(row[4])]
        code, name, _, measure, _, unit = place[0]
        total = float(np.sum(known)) if known or not n else np.nan
        summed += [*place, (code, name, say("exposure.kind.zone"), measure, total, unit)]
    return summed


def _lines(head: tuple[str, ...], rows: list[Row]) -> pd.DataFrame:
    """Return the rows of one account as lines of the breakdown."""
    table = pd.DataFrame(rows, columns=["code", "municipality", "group", "measure", "value", "unit"])
    whole = table["code"].map(table[table["group"] == ""].set_index("code")["value"])
    table = table.assign(percent=table["value"] / whole.where(whole > 0) * 100)[whole > 0]
    columns = {
        **dict(zip(_HEAD, head, strict=False)),
        "municipality": table["municipality"].replace("", say("export.whole_region")),
        "depth_class": table["group"].replace("", say("exposure.kind.total")),
        "figure_value": table["value"], "value_unit": table["unit"], "whole_percent": table["percent"],
    }  # fmt: skip
    return pd.DataFrame(columns, index=table.index)


def kinds_table(found: Found, inundation: Inundation) -> pd.DataFrame:
    """Return one line per kind for the whole region: in the zone, outside, not evaluated, whole, share."""
    lines: list[tuple[str | float, ...]] = []
    for head, account in _kind_parts(found):
        values = [row[4] for row in account_rows(account, inundation)][-len(inundation.classes) - 3 :]
        inside = float(np.nansum(values[:-3]))
        share = inside / values[-1] * 100 if values[-1] else np.nan
        lines.append((*head[1:], inside, *values[-3:], account.unit, share))
    figures = ["zone_value", "outside_value", "unseen_value", "whole_value"]
    names = [*_HEAD[1:], *figures, "value_unit", "whole_percent"]
    return pd.DataFrame([line for line in lines if line[6]], columns=names)


def _kind_parts(found: Found) -> list[tuple[tuple[str, ...], Account]]:
    """Return the accounts of the kinds, the greatest first within a division."""
    parts = {**found.parts, **_ages(found)}
    place = {key: n for n, key in enumerate(dict.fromkeys(part[:3] for part in parts))}
    ordered = sorted(
        parts.items(), key=lambda entry: (place[entry[0][:3]], entry[0].kind.order, -entry[1].total.sum())
    )
    return [
        ((p.layer, say(f"measures.{p.measure}"), column_title(p.column), p.kind.label), account)
        for p, account in ordered
    ]


def _ages(found: Found) -> dict[Part, Account]:
    """Return the persons by age; those whose age is not told are the rest, so that all adds up."""
    whole, known = found.by_measure.get("persons"), [found.by_measure.get(age) for age in _AGES]
    if whole is None or any(age is None for age in known):
        return {}
    rest = whole
    ages = {}
    for order, account in enumerate(a for a in known if a is not None):
        label = shown("age_group", account.measure)
        ages[Part("population", "persons", "age_group", Kind(order, label))] = account
        rest = rest.plus(account.times(-1))
    if min(rest.inside.min(initial=0), rest.total.min()) < -1e-6 * whole.total.sum():
        return {}
    label = shown("age_group", "age_unknown")
    return {**ages, Part("population", "persons", "age_group", Kind(99, label)): rest.floored()}


def require_kinds_close(found: Found) -> None:
    """Raise AnalysisError unless the kinds of each division add up to the whole of their layer."""
    sums: dict[tuple[str, str], list[Account]] = {}
    for part, account in found.parts.items():
        sums.setdefault((part.measure, part.column), []).append(account)
    for (measure, _), accounts in sums.items():
        require_parts(found.by_measure[measure], accounts)
