"""What an exposure run says in words: the answer, the limits, the gaps."""

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.exposure.gather import Found
from knr_gis.analyses.exposure.once import Shared
from knr_gis.analyses.inputs import layer_title, listed, texts
from knr_gis.analyses.inundation import EDGE_ONLY, NO_DATA, Inundation
from knr_gis.result import Note
from knr_gis.texts import say


def headline(inundation: Inundation, summary: pd.DataFrame) -> Note:
    """Return the answer in one sentence: what is covered, how much is inundated, how many live there."""
    whole = summary[(summary["muni_code"] == "") & (summary["group"] == "")].set_index("measure")["value"]
    n_covered = int(inundation.covered.sum())
    if n_covered == 0:
        return Note("exposure.headline_none")
    values = {
        "covered": n_covered, "municipalities": len(inundation.codes),
        "area": f"{inundation.area_m2.sum() / 10_000:,.0f}",
    }  # fmt: skip
    persons = whole.get("persons_in_zone")
    if persons is None or np.isnan(persons):
        return Note("exposure.headline_area", values)
    return Note("exposure.headline", {**values, "persons": f"{persons:,.0f}"})


def notes(inundation: Inundation, found: Found, *, homes: bool = False) -> tuple[Note, ...]:
    """
    Return what must be read beside the figures, the gravest first.

    Parameters
    ----------
    homes
        Whether people are in the homes of their cell rather than spread over its land.
    """
    said = []
    unseen, brushed = inundation.named(NO_DATA), inundation.named(EDGE_ONLY)
    if unseen:
        said.append(Note("exposure.note_no_data", {"count": len(unseen), "names": listed(unseen, 13)}))
    if brushed:
        said.append(Note("exposure.note_edge_only", {"count": len(brushed), "names": _with_area(inundation)}))
    if inundation.zones.overlap_m2 >= 1:
        said.append(Note("exposure.note_overlap", {"area": f"{inundation.zones.overlap_m2 / 10_000:,.2f}"}))
    if found.shared:
        told = [f"{layer_title(s.layer)} {_amount(s)}" for s in found.shared]
        said.append(Note("exposure.note_shared", {"layers": listed(told, 13)}))
    if say("depth.unknown") in inundation.classes:
        said.append(Note("exposure.note_depth_unknown"))
    return (
        *said,
        Note("exposure.note_homes" if homes else "exposure.note_land_only"),
        Note("exposure.note_planning"),
    )


def comparison_notes(
    others: dict[str, gpd.GeoDataFrame], hazard: gpd.GeoDataFrame, before: gpd.GeoDataFrame | None
) -> tuple[Note, ...]:
    """Return what must be read beside the figures of several hazards and of two editions."""
    said = []
    if others:
        said.append(Note("exposure.note_hazards", {"names": listed([layer_title(name) for name in others])}))
    if before is not None and not before.empty:
        editions = {"before": _edition(before), "after": _edition(hazard)}
        said.append(Note("exposure.note_editions", editions))
    return tuple(said)


def _edition(hazard: gpd.GeoDataFrame) -> str:
    """Return the editions that the data states, or that it states none."""
    stated = sorted({text for text in texts(hazard, "edition") if text})
    return listed(stated) if stated else say("exposure.edition_untold")


def _amount(shared: Shared) -> str:
    return f"{shared.amount:,.4g} {shared.unit}"


def _with_area(inundation: Inundation) -> str:
    """Return the brushed municipalities with the little that is seen of them."""
    area = inundation.area_m2.sum(axis=1) / 10_000
    shown = zip(inundation.names, area, inundation.coverage, strict=True)
    return listed([f"{name} {hectares:.1f} ha" for name, hectares, s in shown if s == EDGE_ONLY], 13)


def gap_table(found: Found, inundation: Inundation) -> pd.DataFrame:
    """Return what was not evaluated: columns ``what``, ``reason``, ``count``."""
    gaps: list[tuple[str, str, object]] = [(what, why, n or pd.NA) for what, why, n in found.gaps]
    gaps += [
        (layer_title(s.layer), say("exposure.gap.shared", amount=_amount(s)), len(s.pairs) or pd.NA)
        for s in found.shared
    ]
    gaps += municipality_gaps(inundation)
    return pd.DataFrame(gaps, columns=["what", "reason", "count"])


def municipality_gaps(inundation: Inundation) -> list[tuple[str, str, object]]:
    """Return the municipalities without hazard data, and those that it only brushes, one line each."""
    named = [(state, inundation.named(state)) for state in (NO_DATA, EDGE_ONLY)]
    return [(listed(names, 13), say(f"exposure.gap.{state}"), len(names)) for state, names in named if names]
