"""What an evacuation run says in words: the answer, the limits, the gaps."""

import pandas as pd

from knr_gis.analyses.evacuation.doubts import doubts
from knr_gis.analyses.evacuation.naming import considered, goal_name, scenario_name
from knr_gis.analyses.evacuation.origins import MESH
from knr_gis.analyses.evacuation.race import LATE, NOT_EVALUATED, REACHED, Run
from knr_gis.analyses.evacuation.segments import Steps
from knr_gis.analyses.evacuation.sites import BY_STOREYS, UNSURE, USABLE
from knr_gis.analyses.evacuation.ways import NO_ROUTE, TERRAIN
from knr_gis.analyses.exposure.wording import municipality_gaps
from knr_gis.analyses.inputs import layer_title, listed
from knr_gis.analyses.inundation import EDGE_ONLY, NO_DATA, Inundation
from knr_gis.display import shown
from knr_gis.result import Note
from knr_gis.texts import say


def headline(run: Run, summary: pd.DataFrame) -> Note:
    """Return the answer in one sentence, in persons where they are known, else in origins."""
    if not len(run.judged):
        return Note("evacuation.headline_nobody")
    region = summary[(summary["muni_code"] == "") & (summary["group"] == "")].set_index("measure")["value"]
    basis = "evac_persons" if "evac_persons_all" in region else "evac_origins"
    parts = ("all", REACHED, LATE, NO_ROUTE, "not_evaluated")
    values = {part: f"{region[f'{basis}_{part}']:,.0f}" for part in parts}
    percent = region.get(f"{basis}_in_time_of_evaluated_percent")
    values["percent"] = shown("", percent) if percent is None or pd.isna(percent) else f"{percent:.1f}"
    estimate = say("evacuation.estimate") if run.ways.method == TERRAIN else ""
    scenario = run.plan.scenario
    values |= {"scenario": scenario_name(scenario), "goal": goal_name(scenario), "estimate": estimate}
    return Note(f"evacuation.headline_{basis.removeprefix('evac_')}", values)


def notes(run: Run, steps: Steps | None, summary: pd.DataFrame) -> tuple[Note, ...]:
    """Return what must be read beside the figures, the gravest first."""
    said = terrain_notes(run)
    if run.plan.scenario.use_sites and not run.sites["site_role"].isin(USABLE).any():
        said.append(Note("evacuation.note_no_site"))
    said += zone_notes(run.inundation)
    if run.origins.kind != MESH:
        said.append(Note("evacuation.note_settlements"))
    unknown = int(run.judged["persons"].isna().sum())
    if unknown:
        said.append(Note("evacuation.note_persons_unknown", {"count": unknown}))
    said += _open_air(run, summary) + doubts(run, steps) + _goal_notes(run)
    return (*said, Note("evacuation.note_limits", considered(run)))


def terrain_notes(run: Run) -> list[Note]:
    """Return that people walk over the terrain, where they do."""
    ground = run.plan.ground
    return [] if ground is None else [Note("evacuation.note_terrain", {"cell": f"{ground.terrain.cell_m:g}"})]


def zone_notes(inundation: Inundation) -> list[Note]:
    """Return the municipalities that the hazard data does not cover, or only touches."""
    named = {
        "exposure.note_no_data": inundation.named(NO_DATA),
        "evacuation.note_edge_only": inundation.named(EDGE_ONLY),
    }
    return [
        Note(key, {"count": len(names), "names": listed(names, 13)}) for key, names in named.items() if names
    ]


def _open_air(run: Run, summary: pd.DataFrame) -> list[Note]:
    """Return how many of those in time would stand in the open in winter."""
    region = summary[summary["muni_code"] == ""].set_index("measure")["value"]
    basis = "persons" if "evac_persons_all" in region else "origins"
    parts = {part: region.get(f"evac_{basis}_reached_{part}", 0.0) for part in ("outdoor", "exit")}
    if not run.plan.scenario.winter or not sum(parts.values()):
        return []
    values = {part: f"{value:,.0f}" for part, value in parts.items()}
    unknown = region.get(f"evac_{basis}_reached_outdoor_unknown", 0.0)
    return [Note(f"evacuation.note_open_air_{basis}", {**values, "unknown": f"{unknown:,.0f}"})]


def _goal_notes(run: Run) -> list[Note]:
    """Return what counts as safe in this scenario."""
    scenario, role = run.plan.scenario, run.sites["site_role"]
    said = [Note("evacuation.note_sites" if scenario.use_sites else "evacuation.note_no_sites_used")]
    by_storeys = int((role == BY_STOREYS).sum()) if scenario.use_sites else 0
    if by_storeys:
        said.append(Note("evacuation.note_storeys", {"count": by_storeys}))
    if scenario.use_exits:
        said.append(Note("evacuation.note_exits"))
    if scenario.use_exits and scenario.gap_width_m:
        said.append(Note("evacuation.note_gaps", {"width": f"{scenario.gap_width_m:g}"}))
    return said


def gap_table(run: Run) -> pd.DataFrame:
    """Return what was not evaluated: columns ``what``, ``reason``, ``count``."""
    status = run.judged["evac_status"].value_counts()
    origins = say(f"evacuation.gap.{run.origins.kind}")
    gaps: list[tuple[str, str, object]] = [
        (origins, shown("evac_status", key), int(status[key])) for key in NOT_EVALUATED if key in status
    ]
    roles = run.sites["site_role"].value_counts()
    title = layer_title("evacuation_sites")
    gaps += [(title, shown("site_role", role), int(roles[role])) for role in UNSURE if role in roles]
    gaps += municipality_gaps(run.inundation)
    return pd.DataFrame(gaps, columns=["what", "reason", "count"])
