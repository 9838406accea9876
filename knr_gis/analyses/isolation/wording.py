"""What an isolation run says in words: the answer, the limits, the gaps."""

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.exposure.wording import municipality_gaps
from knr_gis.analyses.inputs import is_false, is_true, layer_title, listed
from knr_gis.analyses.inundation import EDGE_ONLY, NO_DATA
from knr_gis.analyses.isolation.homes import MESH, NOBODY
from knr_gis.analyses.isolation.reach import FAR, HOSPITAL, SHELTER, USED_ZONE_UNKNOWN
from knr_gis.analyses.isolation.study import Study
from knr_gis.analyses.isolation.verdict import BOTH, CUT_OFF, FLOODED, NOT_EVALUATED
from knr_gis.display import shown
from knr_gis.result import Note
from knr_gis.texts import say

# Streets drawn for towns bend every few dozen metres; those of 1:1,000,000 every half kilometre.
_COARSE_M = 300.0


def headline(study: Study, figures: dict[str, float], segments: gpd.GeoDataFrame) -> Note:
    """
    Return the answer in one sentence.

    Parameters
    ----------
    figures
        Those of the whole region, by measure.
    """
    status = study.judged["iso_status"]
    persons = figures.get("iso_persons_isolated_all", np.nan)
    values = {
        "all": len(status), "isolated": int(status.isin(CUT_OFF).sum()),
        "both": int((status == BOTH).sum()), "flooded": int((status == FLOODED).sum()),
        "not_evaluated": int(status.isin(NOT_EVALUATED).sum()),
        "persons": "" if np.isnan(persons) else say("isolation.persons", persons=f"{persons:,.0f}"),
        "worst": _worst(segments),
    }  # fmt: skip
    return Note("isolation.headline", values)


def _worst(segments: gpd.GeoDataFrame) -> str:
    """Return the segment that cuts off most all by itself, in a sentence; empty where none does."""
    alone = segments[segments["cut_settlements"] > 0]
    if alone.empty:
        return ""
    first = alone.iloc[0]
    persons = first["cut_persons"]
    return say(
        "isolation.worst", road=first["road_name"] or say("isolation.unnamed_road"), near=first["near_name"],
        municipality=first["municipality"] or "-", count=int(first["cut_settlements"]),
        persons="" if np.isnan(persons) else say("isolation.persons", persons=f"{persons:,.0f}"),
    )  # fmt: skip


def notes(study: Study) -> tuple[Note, ...]:
    """Return what must be read beside the figures, the gravest first."""
    said = [*_network_notes(study)]
    unseen, brushed = study.inundation.named(NO_DATA), study.inundation.named(EDGE_ONLY)
    if unseen:
        said.append(Note("exposure.note_no_data", {"count": len(unseen), "names": listed(unseen, 13)}))
    if brushed:
        said.append(Note("isolation.note_edge_only", {"count": len(brushed), "names": listed(brushed, 13)}))
    said.append(Note(f"isolation.note_persons_{study.homes.source}"))
    unknown = int(study.judged["persons"].isna().sum())
    if unknown and study.homes.source != NOBODY:
        said.append(Note("isolation.note_persons_unknown", {"count": unknown}))
    return (*said, Note("isolation.note_definition"), Note("isolation.note_limits"))


def _network_notes(study: Study) -> list[Note]:
    """Return what must be known of the streets that the answer stands on."""
    parts, said = study.parts, []
    if not parts.main.any():
        said.append(Note("isolation.note_no_main"))
    elif parts.named and not parts.length_m[parts.main].any():
        said.append(Note("isolation.note_outside_fails"))
    elif not parts.named:
        km, all_km = float(parts.length_m[parts.main].sum()) / 1000, float(parts.length_m.sum()) / 1000
        said.append(Note("isolation.note_main", {"km": f"{km:,.0f}", "all_km": f"{all_km:,.0f}"}))
    step = float(study.broken.network.length_m.mean())
    if step > _COARSE_M:
        said.append(Note("isolation.note_coarse_roads", {"metres": f"{step:,.0f}"}))
    if not (is_true(study.roads, "bridge") | is_false(study.roads, "bridge")).any():
        said.append(Note("isolation.note_no_bridges"))
    return said


def gap_table(study: Study) -> pd.DataFrame:
    """Return what was not evaluated: columns ``what``, ``reason``, ``count``."""
    title = layer_title("settlements")
    status = study.judged["iso_status"].value_counts()
    gaps: list[tuple[str, str, object]] = [
        (title, shown("iso_status", key), int(status[key])) for key in NOT_EVALUATED if key in status
    ]
    if study.homes.outside_region:
        gaps.append((title, say("exposure.gap.outside_region"), study.homes.outside_region))
    gaps += _people_gaps(study) + _goal_gaps(study)
    unknown = int((~(is_true(study.roads, "bridge") | is_false(study.roads, "bridge"))).sum())
    if unknown:
        gaps.append((layer_title("roads"), say("isolation.gap.bridge_unknown"), unknown))
    return pd.DataFrame(gaps + municipality_gaps(study.inundation), columns=["what", "reason", "count"])


def _people_gaps(study: Study) -> list[tuple[str, str, object]]:
    """Return the people whom no settlement stands for, and the settlements of unknown number."""
    title, unknown = layer_title("settlements"), int(study.judged["persons"].isna().sum())
    gaps: list[tuple[str, str, object]] = []
    if unknown:
        gaps.append((title, say("isolation.gap.persons_unknown"), unknown))
    left = float(study.homes.unassigned.sum())
    if study.homes.source == MESH and left > 0:
        gaps.append((layer_title("population"), say("isolation.gap.unassigned"), round(left)))
    return gaps


def _goal_gaps(study: Study) -> list[tuple[str, str, object]]:
    """Return the kinds of goal that are not known, and the goals that nobody can be sent to."""
    gaps: list[tuple[str, str, object]] = []
    for kind, layer in ((HOSPITAL, "facilities"), (SHELTER, "shelters")):
        title = shown("facility_kind", kind)
        if kind not in study.goals:
            gaps.append((title, say("isolation.gap.no_goals", layer=layer_title(layer)), pd.NA))
            continue
        roles = study.goals[kind]["facility_role"].value_counts()
        gaps += [
            (title, shown("facility_role", role), int(roles[role]))
            for role in (FAR, USED_ZONE_UNKNOWN)
            if role in roles
        ]
    return gaps
