"""What a capacity run says in words: the answer, the limits, the gaps."""

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.capacity.placing import PERSONS_UNKNOWN, Outcome, Placing
from knr_gis.analyses.capacity.rooms import AREA, OFFICER, SAME_PLACE, UNKNOWN, RoomRule
from knr_gis.analyses.evacuation.doubts import doubts
from knr_gis.analyses.evacuation.naming import considered, scenario_name
from knr_gis.analyses.evacuation.origins import MESH
from knr_gis.analyses.evacuation.race import Run
from knr_gis.analyses.evacuation.ways import TERRAIN
from knr_gis.analyses.evacuation.wording import gap_table, terrain_notes, zone_notes
from knr_gis.analyses.inputs import layer_title, listed
from knr_gis.display import shown
from knr_gis.result import Note
from knr_gis.texts import say

Figures = dict[str, float]
_PARTS = ("all", "placed", "placed_nearest", "placed_other", "left_zone", "here", "full", "capacity_unknown",
          "late", "no_route", "not_evaluated")  # fmt: skip


def region_figures(summary: pd.DataFrame) -> Figures:
    """Return the figures of the whole region without groups, by measure."""
    region = summary[(summary["muni_code"] == "") & (summary["group"] == "")]
    return {str(k): float(v) for k, v in zip(region["measure"], region["value"], strict=True)}


def headline(placing: Placing, summary: pd.DataFrame) -> Note:
    """Return the answer in one or two sentences."""
    run, figures = placing.parties[0].run, region_figures(summary)
    if not len(run.judged):
        return Note("capacity.headline_nobody")
    values = {"scenario": scenario_name(run.plan.scenario), "estimate": _estimate(run)}
    if "cap_persons_all" not in figures:
        return Note("capacity.headline_origins", {**values, "all": len(run.judged)})
    persons = {part: f"{figures[f'cap_persons_{part}']:,.0f}" for part in _PARTS}
    percent = figures.get("cap_persons_placed_percent", np.nan)
    return Note(
        "capacity.headline",
        {**values, **persons, "percent": shown("", percent) if np.isnan(percent) else f"{percent:.1f}",
         "farther": _farther(figures, persons), "without": _without(run, persons),
         "visitors": _visitors(figures), "crowd": _crowd(figures)},
    )  # fmt: skip


def _estimate(run: Run) -> str:
    return say("evacuation.estimate") if run.ways.method == TERRAIN else ""


def _farther(figures: Figures, persons: dict[str, str]) -> str:
    """Return how many are sent past their nearest site, and how far."""
    if "cap_extra_min_mean" not in figures:
        return ""
    return say(
        "capacity.farther", other=persons["placed_other"], minutes=f"{figures['cap_extra_min_mean']:.1f}"
    )


def _without(run: Run, persons: dict[str, str]) -> str:
    """Return who has no place, those who get out in time or need not go apart."""
    scenario = run.plan.scenario
    parts = [say("capacity.without_left_zone", count=persons["left_zone"])] if scenario.use_exits else []
    parts += [say("capacity.without_here", count=persons["here"])] if scenario.goal_depth_m else []
    return "".join(parts) + say(
        "capacity.without_place", full=persons["full"], unknown=persons["capacity_unknown"],
        late=persons["late"], no_route=persons["no_route"], not_evaluated=persons["not_evaluated"],
    )  # fmt: skip


def _visitors(figures: Figures) -> str:
    """Return how many of the visitors of the month have a place."""
    if not figures.get("cap_visitor_persons_all"):
        return ""
    parts = {
        part: f"{figures[f'cap_visitor_persons_{part}']:,.0f}" for part in ("all", "placed", "left_zone")
    }
    return say("capacity.visitors", **parts)


def _crowd(figures: Figures) -> str:
    """Return what would happen if everybody went to the nearest site."""
    if not figures.get("cap_sites_over_if_nearest"):
        return ""
    persons = f"{figures['cap_turned_away_if_nearest']:,.0f}"
    return say("capacity.crowd", count=f"{figures['cap_sites_over_if_nearest']:.0f}", persons=persons)


def notes(
    placing: Placing, outcomes: tuple[Outcome, ...], rule: RoomRule, summary: pd.DataFrame
) -> tuple[Note, ...]:
    """Return what must be read beside the figures, the gravest first."""
    run, figures = placing.parties[0].run, region_figures(summary)
    said = terrain_notes(run) + _room_notes(placing, rule) + zone_notes(run.inundation)
    said += [Note("evacuation.note_settlements")] if run.origins.kind != MESH else []
    unknown = int((outcomes[0].state == PERSONS_UNKNOWN).sum())
    if unknown:
        said.append(Note("capacity.note_persons_unknown", {"count": unknown}))
    said += _winter_notes(run, figures)
    said += doubts(run, None)
    said.append(Note("capacity.note_best_case"))
    said.append(Note("capacity.note_visitors" if len(placing.parties) > 1 else "capacity.note_no_visitors"))
    if run.plan.scenario.use_exits:
        said.append(Note("capacity.note_exits"))
    parts = considered(run)
    return (*said, Note("capacity.note_limits", parts))


def _room_notes(placing: Placing, rule: RoomRule) -> list[Note]:
    """Return how the room of the sites is known."""
    source, names = placing.rooms.source, placing.parties[0].run.goals["name"].to_numpy(object)
    if not len(source):
        return [Note("evacuation.note_no_site")]
    count = {key: int((source == key).sum()) for key in (UNKNOWN, AREA, OFFICER, SAME_PLACE)}
    said = []
    if count[UNKNOWN]:
        values = {"count": count[UNKNOWN], "all": len(placing.rooms)}
        said.append(
            Note("capacity.note_unknown", {**values, "names": listed(list(names[source == UNKNOWN]), 5)})
        )
    if count[OFFICER]:
        each = f"{rule.unknown_persons:,.0f}"
        said.append(Note("capacity.note_officer", {"count": count[OFFICER], "persons": each}))
    if count[AREA]:
        said.append(
            Note("capacity.note_area", {"count": count[AREA], "area": f"{rule.area_per_person_m2:g}"})
        )
    if count[SAME_PLACE]:
        same = listed(list(names[source == SAME_PLACE]), 5)
        said.append(Note("capacity.note_same_place", {"count": count[SAME_PLACE], "names": same}))
    return said


def _winter_notes(run: Run, figures: Figures) -> list[Note]:
    """Return how many of those with a place would stand in the open in winter."""
    parts = {key: figures.get(f"cap_persons_placed_{key}", 0.0) for key in ("outdoor", "outdoor_unknown")}
    out = figures.get("cap_persons_left_zone", 0.0)
    if not run.plan.scenario.winter or not (sum(parts.values()) or out):
        return []
    values = {key: f"{value:,.0f}" for key, value in {**parts, "left_zone": out}.items()}
    return [Note("capacity.note_open_air", values)]


def gaps(placing: Placing, outcomes: tuple[Outcome, ...], sites: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return what was not evaluated: columns ``what``, ``reason``, ``count``."""
    run = placing.parties[0].run
    rows = []
    unknown = int((outcomes[0].state == PERSONS_UNKNOWN).sum())
    if unknown:
        origins = say(f"evacuation.gap.{run.origins.kind}")
        rows.append((origins, shown("cap_state", PERSONS_UNKNOWN), unknown))
    count = int((sites["capacity_source"] == UNKNOWN).sum())
    if count:
        rows.append((layer_title("evacuation_sites"), shown("capacity_source", UNKNOWN), count))
    own = pd.DataFrame(rows, columns=["what", "reason", "count"])
    rest = gap_table(run)
    return (
        pd.concat([own, rest], ignore_index=True) if len(own) and len(rest) else (own if len(own) else rest)
    )
