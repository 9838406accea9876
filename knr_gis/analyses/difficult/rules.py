"""The published rules side by side: the same ground judged by each with its own numbers."""

from typing import cast

import numpy as np
import pandas as pd

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.difficult.figures import M2_PER_HA, area_places, person_places, tables_by
from knr_gis.analyses.difficult.study import Study, under
from knr_gis.analyses.difficult.verdict import DIFFICULT, IN_TIME
from knr_gis.analyses.evacuation.conditions import Conditions
from knr_gis.analyses.evacuation.plan import with_conditions
from knr_gis.analyses.evacuation.scenario import definitions
from knr_gis.assumptions import all_assumptions
from knr_gis.display import shown
from knr_gis.result import Blank
from knr_gis.texts import say

RULES = ("own", "okinawa", "wakayama", "miyagi")


def by_rule(study: Study, conditions: Conditions) -> dict[str, Study]:
    """
    Return the study under the rule that was chosen, the officer's own conditions and the published rules.

    What a published rule says goes before what the officer set, so that each stands with its own
    numbers; on what it is silent (season, arrival ...) the officer's conditions hold.
    """
    chosen = study.plan.scenario.rule
    others = [rule for rule in RULES if rule != chosen]
    return {chosen: study} | {rule: under(study, with_conditions(study.plan, _own(rule, conditions)))
                              for rule in others}  # fmt: skip


def _own(rule: str, conditions: Conditions) -> Conditions:
    """Return the conditions with those of a rule left to it; a rule without sites is about getting out."""
    said = definitions()["rule"][rule]
    left = {k: v for k, v in conditions.items() if k not in said}
    if "use_sites" in said:
        left.pop("use_exits", None)
    return cast("Conditions", {**left, "rule": rule})


def rule_table(studies: dict[str, Study]) -> pd.DataFrame:
    """Return one row per rule: its main numbers, what it finds, and whether its numbers were confirmed."""
    return pd.DataFrame([_row(rule, study) for rule, study in studies.items()])


def _row(rule: str, study: Study) -> dict[str, object]:
    scenario, verdict, area = study.plan.scenario, study.judged["verdict"], study.judged["area_m2"]
    known, entries = study.ground.pieces["persons"].notna().any(), definitions()["rule"][rule].values()
    difficult = float(area[verdict == DIFFICULT].sum())
    judged = difficult + float(area[verdict == IN_TIME].sum())
    persons = float(study.judged.loc[verdict == DIFFICULT, "persons"].sum()) if known else np.nan
    return {
        "rule": rule,
        "level_speed_mps": scenario.level_speed_mps,
        "start_delay_min": scenario.start_delay_min,
        "walk_limit_m": scenario.walk_limit_m or Blank.NOT_ASKED,
        "goal_depth_cm": scenario.goal_depth_m * 100,
        "use_sites": scenario.use_sites,
        "difficult_ha": difficult / M2_PER_HA,
        "difficult_percent": difficult / judged * 100 if judged else Blank.NOT_ASKED,
        "difficult_persons": persons,
        "rule_verified": _confirmed(all(e["verified"] for e in entries)) if entries else Blank.NOT_ASKED,
    }


def _confirmed(verified: bool) -> str:  # noqa: FBT001  a fact, not a switch
    return say("difficult.confirmed" if verified else "difficult.needs_confirming")


def number_table(studies: dict[str, Study]) -> pd.DataFrame:
    """Return what each published rule says: condition, value, source, and whether that was confirmed."""
    columns = ["rule", "rule_condition", "rule_value", "rule_source", "rule_verified"]
    rows = [
        (rule, _label(key), _value(key, entry["value"]), entry["source"], _confirmed(entry["verified"]))
        for rule in studies
        for key, entry in definitions()["rule"][rule].items()
    ]
    return pd.DataFrame(rows, columns=columns)


def _label(key: str) -> str:
    known = all_assumptions().get(key)
    return known.ja if known else say(f"params.{key}")


def _value(key: str, value: object) -> str:
    known = all_assumptions().get(key)
    return f"{shown(key, value)} {known.unit}" if known else shown(key, value)


def rule_rows(studies: dict[str, Study]) -> list[Row]:
    """Return difficult hectares and persons by municipality; the group is the rule."""
    rows: list[Row] = []
    for rule, study in studies.items():
        area = tables_by(study, study.judged["area_m2"].to_numpy(float), "verdict", (DIFFICULT,))[DIFFICULT]
        rows += _totals(area / M2_PER_HA, study, rule, "difficult_area_by_rule")
        if study.ground.pieces["persons"].notna().any():
            persons = np.nan_to_num(study.judged["persons"].to_numpy(float))
            table = tables_by(study, persons, "verdict", (DIFFICULT,))[DIFFICULT]
            rows += _totals(table, study, rule, "difficult_persons_by_rule")
    return rows


def _totals(table: np.ndarray, study: Study, rule: str, measure: str) -> list[Row]:
    of_area = measure == "difficult_area_by_rule"
    places = area_places(study) if of_area else person_places(study, "persons")
    return places.line(table.sum(axis=1), measure, "ha" if of_area else "人", shown("rule", rule))
