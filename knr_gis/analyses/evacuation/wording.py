"""What an evacuation run says in words: the answer, the limits, the gaps."""

import pandas as pd

from knr_gis.analyses.evacuation.origins import MESH
from knr_gis.analyses.evacuation.race import LATE, NOT_EVALUATED, REACHED, Run
from knr_gis.analyses.evacuation.sites import UNSURE, USABLE
from knr_gis.analyses.evacuation.ways import NO_ROUTE, STRAIGHT
from knr_gis.analyses.exposure.wording import municipality_gaps
from knr_gis.analyses.inputs import layer_title, listed
from knr_gis.analyses.inundation import EDGE_ONLY, NO_DATA
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
    estimate = say("evacuation.estimate") if run.ways.method == STRAIGHT else ""
    return Note(f"evacuation.headline_{basis.removeprefix('evac_')}", {**values, "estimate": estimate})


def notes(run: Run) -> tuple[Note, ...]:
    """Return what must be read beside the figures, the gravest first."""
    said = []
    if run.ways.method == STRAIGHT:
        said.append(Note("evacuation.note_straight"))
    if not run.sites["site_role"].isin(USABLE).any():
        said.append(Note("evacuation.note_no_site"))
    unseen, brushed = run.inundation.named(NO_DATA), run.inundation.named(EDGE_ONLY)
    if unseen:
        said.append(Note("exposure.note_no_data", {"count": len(unseen), "names": listed(unseen, 13)}))
    if brushed:
        said.append(Note("evacuation.note_edge_only", {"count": len(brushed), "names": listed(brushed, 13)}))
    if run.origins.kind != MESH:
        said.append(Note("evacuation.note_settlements"))
    unknown = int(run.judged["persons"].isna().sum())
    if unknown:
        said.append(Note("evacuation.note_persons_unknown", {"count": unknown}))
    return (*said, Note("evacuation.note_sites"), Note("evacuation.note_limits"))


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
