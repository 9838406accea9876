"""What a run says in words: the answer, the limits, the gaps."""

from typing import Any

import geopandas as gpd
import pandas as pd

from knr_gis.analyses.difficult.figures import M2_PER_HA, all_persons
from knr_gis.analyses.difficult.study import Study
from knr_gis.analyses.difficult.verdict import DIFFICULT, EXCLUDED, FAR, NOT_EVALUATED, UNINHABITED
from knr_gis.analyses.evacuation.doubts import doubts
from knr_gis.analyses.evacuation.naming import considered, goal_name, scenario_name
from knr_gis.analyses.evacuation.race import Run
from knr_gis.analyses.evacuation.segments import street_steps
from knr_gis.analyses.evacuation.sites import USABLE
from knr_gis.analyses.evacuation.wording import zone_notes
from knr_gis.analyses.exposure.wording import municipality_gaps
from knr_gis.display import shown
from knr_gis.result import Note
from knr_gis.texts import say


def headline(study: Study, areas: gpd.GeoDataFrame) -> Note:
    """Return the answer in one sentence, in persons where they are known."""
    judged, scenario = study.judged, study.plan.scenario
    lived = judged[judged["verdict"] != UNINHABITED]
    if lived.empty:
        return Note("difficult.headline_nobody")
    values = {
        "areas": f"{int((~areas['crumbs']).sum()):,}",
        "area": _hectares(judged, DIFFICULT),
        "missed": _hectares(judged, NOT_EVALUATED),
        "lived": f"{lived['area_m2'].sum() / M2_PER_HA:,.0f}",
        "scenario": scenario_name(scenario),
        "goal": goal_name(scenario),
        "estimate": "" if study.anchors.streets else say("difficult.estimate"),
    }
    if areas.empty:
        return Note("difficult.headline_none", values)
    if not judged["persons"].notna().where(judged["verdict"] != UNINHABITED, other=False).any():
        return Note("difficult.headline_area", values)
    persons = judged.groupby("verdict")["persons"].sum()
    people = {"persons": persons.get(DIFFICULT, 0.0), "missed_persons": persons.get(NOT_EVALUATED, 0.0)}
    people["all"] = all_persons(study).sum()
    return Note("difficult.headline", values | {k: f"{v:,.0f}" for k, v in people.items()})


def _hectares(judged: pd.DataFrame, verdict: str) -> str:
    return f"{judged.loc[judged['verdict'] == verdict, 'area_m2'].sum() / M2_PER_HA:,.0f}"


def notes(study: Study, areas: gpd.GeoDataFrame, run: Run, params: dict[str, Any]) -> tuple[Note, ...]:
    """Return what must be read beside the figures, the gravest first."""
    scenario = study.plan.scenario
    said = [_method_note(study)]
    if scenario.use_sites and not run.sites["site_role"].isin(USABLE).any():
        said.append(Note("evacuation.note_no_site"))
    said += zone_notes(study.inundation)
    said += _people_notes(study) + doubts(run, street_steps(run))
    said += [Note("difficult.note_rules")] if params["compare_rules"] else []
    if areas["muni_code"].nunique() > 1:
        said.append(Note("difficult.note_focus", {"municipality": params["focus_on"]}))
    return (*said, Note("difficult.note_limits", considered(run)))


def _method_note(study: Study) -> Note:
    scenario = study.plan.scenario
    if study.anchors.streets:
        return Note("difficult.note_streets", {"speed": f"{scenario.access_speed_mps:.2g}"})
    return Note("difficult.note_no_streets", {"cell": f"{study.anchors.side_m:,.0f}"})


def _people_notes(study: Study) -> list[Note]:
    """Return what was taken as lived in, what is not judged, and how persons were shared out."""
    judged = study.judged
    values = {"area": _hectares(judged, UNINHABITED), "limit": f"{study.plan.scenario.snap_limit_m:g}"}
    if study.plan.origins.people is None:
        said = [Note("difficult.note_everywhere")]
    elif study.plan.layers.get("buildings") is None:
        said = [Note("difficult.note_inhabited", values)]
    else:
        near = {**values, "within": f"{study.homes.within_m:g}", "floor": f"{study.homes.least_floor_m2:g}"}
        said = [Note("difficult.note_inhabited_buildings", near)]
    missed = {**values, "area": _hectares(judged, NOT_EVALUATED)}
    if (judged["verdict"] == NOT_EVALUATED).any():
        said.append(Note("difficult.note_not_evaluated", missed))
    unknown = judged[judged["persons"].isna() & (study.plan.origins.people is not None)]
    if len(unknown):
        said.append(Note("difficult.note_unknown", {"area": _hectares(unknown, DIFFICULT)}))
    return said


def gap_table(study: Study) -> pd.DataFrame:
    """Return what was not evaluated: columns ``what``, ``reason``, ``count``."""
    judged, gaps = study.judged, list[tuple[str, str, object]]()
    for state in (FAR, EXCLUDED):
        own = judged[judged["state"] == state]
        if len(own):
            area = shown("area_ha", float(own["area_m2"].sum()) / M2_PER_HA)
            reason = say("difficult.gap_reason", state=shown("ground_state", state), area=area)
            gaps.append((say("difficult.gap_ground"), reason, own["part"].nunique()))
    unknown = int(study.ground.pieces["persons"].isna().sum())
    if unknown:
        mesh = study.plan.origins.people is not None
        where = say("difficult.gap_unknown") if mesh else say("difficult.gap_ground")
        gaps.append((where, say("difficult.unknown"), unknown))
    gaps += municipality_gaps(study.inundation)
    return pd.DataFrame(gaps, columns=["what", "reason", "count"])
