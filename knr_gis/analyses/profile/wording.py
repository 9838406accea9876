"""What a profile says in words: the answer, the limits, the gaps."""

import numpy as np
import pandas as pd

from knr_gis.analyses.exposure.wording import municipality_gaps
from knr_gis.analyses.inputs import layer_title, listed
from knr_gis.analyses.inundation import EDGE_ONLY, NO_DATA
from knr_gis.analyses.profile.figures import KNOWN, NO_PROJECTION, PARTIAL, UNKNOWN, Figure, Place
from knr_gis.analyses.profile.safety import Study
from knr_gis.result import Note
from knr_gis.texts import say


def headline(figures: list[Figure], places: list[Place], year: int | None) -> Note:
    """Return the answer in one sentence: how many people now and later, and who is in harm's way."""
    by_key = {f.key: f for f in figures}
    region = places[-1]
    safe = next(f for f in figures if f.key.endswith("_in_time_percent"))
    values = {
        "municipalities": sum(p.is_municipality for p in places),
        "people": _said(by_key["residents_persons"], region),
        "wet": _said(by_key["persons_in_zone"], region),
        "safe": _said(safe, region),
        "who": say(f"profile.who_{safe.key.removesuffix('_in_time_percent')}"),
        "most": _most(by_key["persons_in_zone"], places),
    }
    if year is None:
        return Note("profile.headline_now", values)
    later = {
        "later": _said(by_key["projected_persons"], region),
        "change": _said(by_key["population_change_percent"], region),
    }
    return Note("profile.headline", {**values, **later, "year": year})


def _said(figure: Figure, place: Place) -> str:
    """Return a figure as words: what holds only part of it says so."""
    value, state = figure.of(place)
    if np.isnan(value):
        return say("export.unknown")
    number = f"{value:+,.1f}" if figure.key.endswith("change_percent") else f"{value:,.1f}"
    text = f"{number if figure.unit == '％' else f'{value:,.0f}'}{figure.unit}"
    return say("profile.partly", figure=text) if state == PARTIAL else text


def _most(figure: Figure, places: list[Place]) -> str:
    """Return the municipality with the largest figure; nothing where none is known or all are 0."""
    found = {p.label: figure.of(p)[0] for p in places if p.is_municipality}
    known = {label: value for label, value in found.items() if value > 0}
    if not known:
        return ""
    label = max(known, key=lambda name: known[name])
    return say("profile.most", name=label, persons=f"{known[label]:,.0f}")


def notes(study: Study, figures: list[Figure], told: tuple[Note, ...]) -> tuple[Note, ...]:
    """Return what must be read beside the figures, the gravest first."""
    said = []
    if study.run is not None and study.run.plan.ground is not None:
        said.append(Note("evacuation.note_terrain", {"cell": f"{study.run.plan.ground.terrain.cell_m:g}"}))
    unseen, brushed = study.inundation.named(NO_DATA), study.inundation.named(EDGE_ONLY)
    if unseen:
        said.append(Note("exposure.note_no_data", {"count": len(unseen), "names": listed(unseen, 13)}))
    if brushed:
        said.append(Note("profile.note_edge_only", {"count": len(brushed), "names": listed(brushed, 13)}))
    said += [Note("profile.note_partial")] if any(PARTIAL in f.states for f in figures) else []
    if study.scenario.year is not None:
        said.append(Note("profile.note_year", {"year": study.scenario.year}))
    return (*said, *told, Note("profile.note_rank"), Note("profile.note_none"), Note("profile.note_planning"))


def gap_table(study: Study, figures: list[Figure]) -> pd.DataFrame:
    """Return what was not evaluated: columns ``what``, ``reason``, ``count``."""
    gaps: list[tuple[str, str, object]] = [*municipality_gaps(study.inundation)]
    fine = {KNOWN, PARTIAL}
    for figure in (f for f in figures if not f.group):
        lacking = [s for s in figure.states if s in (NO_PROJECTION, UNKNOWN)]
        title = figure.title or say(f"measures.{figure.key}")
        if not fine & set(figure.states) and len(set(figure.states)) == 1 and not lacking:
            gaps.append((title, say(f"values.figure_state.{figure.states[0]}"), pd.NA))
        elif lacking:
            gaps.append((title, say(f"values.figure_state.{lacking[0]}"), len(lacking)))
    if study.run is None:
        gaps.append((layer_title("population"), say("profile.gap_people"), pd.NA))
    return pd.DataFrame(gaps, columns=["what", "reason", "count"])
