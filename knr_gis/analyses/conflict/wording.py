"""What a conflict run says in words: the answer, the limits, what was not evaluated."""

import numpy as np
import pandas as pd

from knr_gis.analyses.conflict.account import SIZES, Places, Subject
from knr_gis.analyses.conflict.layered import ALL, Layered
from knr_gis.analyses.conflict.rules import NO_RULE, NOTIFICATION, PERMIT
from knr_gis.analyses.inputs import layer_title, listed
from knr_gis.display import shown
from knr_gis.result import Note
from knr_gis.texts import say

_PARKS = "national_parks"
_M2_PER_HA = 10_000
Whole = dict[tuple[str, str], float]


def headline(subjects: list[Subject], parts: list[Layered], summary: pd.DataFrame) -> Note:
    """Return the answer: for each layer how much lies in each zone layer and near it, under which duty."""
    if not subjects or not parts:
        return Note("conflict.headline_none")
    whole: Whole = summary[summary["muni_code"] == ""].set_index(["measure", "group"])["value"].to_dict()
    said = [
        say("conflict.of_layer", layer=layer_title(subject.layer), duties=_duties(subject, whole),
            parts="、".join(_amount(subject, part, whole) for part in parts))
        for subject in subjects
    ]  # fmt: skip
    return Note("conflict.headline", {"said": "".join(said)})


def _amount(subject: Subject, part: Layered, whole: Whole) -> str:
    unit, near = SIZES[subject.dimension][1], whole.get((f"{subject.measure}_near_{part.id}", ""))
    inside = whole[f"{subject.measure}_inside_{part.id}", ""]
    total = whole[f"{subject.measure}_by_{part.id}", ""]
    zone = layer_title(part.id)
    if np.isnan(inside):
        return say("conflict.amount_unknown", zone=zone)
    metres = f"{part.within_m:,.0f}"
    beside = "" if near is None else say("conflict.amount_near", near=_figure(near), unit=unit, metres=metres)
    percent = f"{inside / total * 100:.1f}" if total else "0"
    return say("conflict.amount", zone=zone, inside=_figure(inside), unit=unit, percent=percent, near=beside)


def _duties(subject: Subject, whole: Whole) -> str:
    """Return what of a layer lies where a permit or a notification may be needed."""
    unit, found = SIZES[subject.dimension][1], []
    for duty in (PERMIT, NOTIFICATION):
        amount = whole.get((f"{subject.measure}_by_{ALL}", shown("rule_duty", duty)))
        if amount:
            duty_title = shown("rule_duty", duty)
            found.append(say("conflict.duty", duty=duty_title, amount=_figure(amount), unit=unit))
    return say("conflict.duties", parts="、".join(found)) if found else ""


def _figure(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def notes(parts: list[Layered], places: Places) -> tuple[Note, ...]:
    """Return what must be read beside the figures, the gravest first."""
    said = []
    if any(rule.duty != NO_RULE for part in parts for rule in part.rules):
        unread = len({rule for part in parts for rule in part.rules if not rule.verified})
        said.append(Note("conflict.note_rules", {"count": unread}))
    if any(part.id == _PARKS for part in parts):
        said.append(Note("conflict.note_parks"))
    for part in parts:
        missing = [name for name, known in zip(places.names, part.evaluated, strict=True) if not known]
        if missing:
            names = listed(missing, 13)
            said.append(Note("conflict.note_not_covered", {"layer": layer_title(part.id), "names": names}))
        if part.overlap_m2 >= 1:
            area = f"{part.overlap_m2 / _M2_PER_HA:,.2f}"
            said.append(Note("conflict.note_overlap", {"layer": layer_title(part.id), "area": area}))
    width = max((part.within_m for part in parts), default=0.0)
    if width > 0:
        said.append(Note("conflict.note_near", {"metres": f"{width:,.0f}"}))
    return (*said, Note("conflict.note_land"))


def gap_table(gaps: list[tuple[str, str, int]], parts: list[Layered], places: Places) -> pd.DataFrame:
    """Return what was not evaluated: columns ``what``, ``reason``, ``count``."""
    rows: list[tuple[str, str, object]] = [
        (what, say(f"conflict.gap.{why}"), n or pd.NA) for what, why, n in gaps
    ]
    for part in parts:
        missing = [name for name, known in zip(places.names, part.evaluated, strict=True) if not known]
        if missing:
            what = say("conflict.gap_of", layer=layer_title(part.id), names=listed(missing, 13))
            rows.append((what, say("conflict.gap.not_covered"), len(missing)))
    return pd.DataFrame(rows, columns=["what", "reason", "count"])
