"""What a comparison says in words: the answer, the limits, the gaps."""

import pandas as pd

from knr_gis.analyses.comparison.change import GAINED, LOST, ONLY_EVALUATED_A, ONLY_EVALUATED_B
from knr_gis.analyses.comparison.pair import Pair
from knr_gis.analyses.comparison.sides import described
from knr_gis.analyses.evacuation.wording import gap_table
from knr_gis.result import Note
from knr_gis.texts import say

# Told of the layers, whatever the scenario: once is enough.
_OF_DATA = ("evacuation.note_elevation_gaps",)


def headline(pair: Pair, summary: pd.DataFrame) -> Note:
    """Return the answer in one sentence, in persons where they are known, else in origins."""
    if not len(pair.frame):
        return Note("evacuation.headline_nobody")
    if not pair.differing:
        return Note("comparison.headline_same")
    region = summary[(summary["muni_code"] == "") & (summary["group"] == "")].set_index("measure")["value"]
    kind = "persons" if "cmp_persons_in_time_a" in region else "origins"
    figures = {side: f"{region[f'cmp_{kind}_in_time_{side}']:,.0f}" for side in "ab"}
    percent = {f"percent_{side}": f"{region[f'cmp_{kind}_percent_{side}']:.1f}" for side in "ab"}
    moved = {"lost": f"{region[f'cmp_{kind}_{LOST}']:,.0f}"}
    moved["gained"] = f"{region[_of_b(region, f'cmp_{kind}', GAINED)]:,.0f}"
    names = {"name_a": described(pair, pair.a.plan.scenario), "name_b": described(pair, pair.b.plan.scenario)}
    change = region[f"cmp_{kind}_percent_change"]
    said = {**figures, **percent, **moved, **names, "points": f"{change:+.1f}", "people": _people(pair)}
    return Note(f"comparison.headline_{kind}", said)


def _people(pair: Pair) -> str:
    """Return how many people there are in both where that differs: a change may be of their number."""
    if pair.same_people:
        return ""
    return say("comparison.people", **{f"all_{s}": f"{pair.frame[f'persons_{s}'].sum():,.0f}" for s in "ab"})


def _of_b(region: pd.Series, name: str, change: str) -> str:
    """Return the measure of those newly in time: persons of ``b`` where the two differ."""
    other = f"{name}_b_{change}"
    return other if other in region else f"{name}_{change}"


def comparison_notes(pair: Pair, notes_a: tuple[Note, ...], notes_b: tuple[Note, ...]) -> tuple[Note, ...]:
    """Return what must be read beside the figures: of the comparison, then of both runs."""
    said = [Note("comparison.note_share")]
    if not pair.same_people:
        said.append(Note("comparison.note_people"))
    shifted = int(pair.frame["evac_change"].isin([ONLY_EVALUATED_A, ONLY_EVALUATED_B]).sum())
    if shifted:
        said.append(Note("comparison.note_shifted", {"count": shifted}))
    return (*said, *_of_runs(notes_a, notes_b))


def _of_runs(notes_a: tuple[Note, ...], notes_b: tuple[Note, ...]) -> list[Note]:
    """Return what is said of both runs once, then what is said of one of them, marked with its side."""
    a, b = ({say(n.key, **n.values): n for n in told} for told in (notes_a, notes_b))
    both = [note for text, note in a.items() if text in b or note.key in _OF_DATA]
    alone = [
        Note("comparison.note_of", {"side": side, "text": text})
        for side, own, other in (("A", a, b), ("B", b, a))
        for text, note in own.items()
        if text not in other and note.key not in _OF_DATA
    ]
    return [*both, *alone]


def comparison_gaps(pair: Pair) -> pd.DataFrame:
    """Return what was not evaluated in either run; where the numbers differ each is told with its side."""
    a, b = gap_table(pair.a), gap_table(pair.b)
    keys = ["what", "reason"]
    both = a.merge(b, how="outer", on=keys, suffixes=("_a", "_b"), sort=False)
    same = (both["count_a"] == both["count_b"]) | (both["count_a"].isna() & both["count_b"].isna())
    parts = [both[same].rename(columns={"count_a": "count"})[[*keys, "count"]]]
    for side in "ab":
        own = both[~same & both[f"count_{side}"].notna()]
        marked = [say("comparison.gap_of", side=side.upper(), reason=reason) for reason in own["reason"]]
        parts.append(own.assign(reason=marked, count=own[f"count_{side}"])[[*keys, "count"]])
    return pd.concat(parts, ignore_index=True)
