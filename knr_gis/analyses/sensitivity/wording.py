"""What a sensitivity study says in words, and what it draws."""

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.evacuation.coverage import coverage_rows
from knr_gis.analyses.evacuation.refuge import refuge_rows
from knr_gis.analyses.evacuation.wording import notes
from knr_gis.analyses.sensitivity.design import FACTORIAL
from knr_gis.analyses.sensitivity.factors import ARRIVAL, DEMAND, FACTORS, SNAP
from knr_gis.analyses.sensitivity.flips import Flip
from knr_gis.analyses.sensitivity.study import Study
from knr_gis.result import Note, summary_frame
from knr_gis.texts import say

_HALVED = 4  # from so many factors on the factorial is a fraction


def headline(study: Study, flips: list[Flip], districts: pd.DataFrame, threshold: float) -> Note:
    """Return how many districts rest on a condition, and which factor moves the region most."""
    if not len(study.base.judged):
        return Note("evacuation.headline_nobody")
    moved = districts[districts["flipped_by"] != ""]
    persons = say("sensitivity.persons", persons=f"{moved['persons'].sum():,.0f}") if study.by_persons else ""
    effect = study.effects()[:, -1]
    worst = int(np.abs(effect).argmax())
    most = max(flips, key=lambda flip: (int(flip.flips.sum()), float(np.nanmax(flip.swing, initial=0.0))))
    values = {
        "whole": say("sensitivity.all_persons" if study.by_persons else "sensitivity.all_origins"),
        "threshold": f"{threshold:g}", "all": len(districts), "moved": len(moved), "persons": persons,
        "most": most.factor.label, "flipped": int(most.flips[districts.index].sum()),
        "factor": study.factors[worst].label, "points": f"{abs(effect[worst]):.1f}",
        "low": study.factors[worst].told(study.factors[worst].pair[0]),
        "high": study.factors[worst].told(study.factors[worst].pair[1]),
    }  # fmt: skip
    return Note("sensitivity.headline" if len(moved) else "sensitivity.headline_none", values)


def study_notes(study: Study, wanted: list[str]) -> tuple[Note, ...]:
    """Return how the runs were chosen and what cannot be told apart, then the notes of the base run."""
    kinds = [outcome.trial.kind for outcome in study.outcomes]
    crossed, count = kinds.count(FACTORIAL), len(study.factors)
    values = {"runs": len(kinds), "ones": len(kinds) - crossed - 1, "crossed": crossed, "factors": count}
    said = [Note("sensitivity.note_design", values)]
    if count >= _HALVED:
        said.append(Note("sensitivity.note_mixed", _generator(study)))
    said.append(Note("sensitivity.note_share"))
    varied = {factor.key for factor in study.factors}
    said += [Note("sensitivity.note_arrival")] if ARRIVAL in varied else []
    said += [Note("sensitivity.note_snap")] if SNAP in varied else []
    said += [Note("sensitivity.note_no_demand")] if DEMAND in wanted and DEMAND not in varied else []
    base = study.base
    account = summary_frame(coverage_rows(base.judged, base.origins, base.inundation) + refuge_rows(base))
    return (*said, *notes(base, None, account), *base.plan.notes)


def _generator(study: Study) -> dict[str, object]:
    labels = [factor.label for factor in study.factors]
    product = say("sensitivity.times").join(labels[:-1])
    return {"last": labels[-1], "product": product, "others": len(labels) - 1}


def wanted_factors(factors: list[str] | None) -> list[str]:
    """Return the factors asked for: all where none is named."""
    return list(factors or FACTORS)


def study_features(study: Study, districts: pd.DataFrame) -> dict[str, gpd.GeoDataFrame]:
    """Return the districts as points, and origins (with their areas) by the class of their district."""
    centres = study.districts.frame.geometry.loc[districts.index]
    points = gpd.GeoDataFrame(districts, geometry=centres, crs=study.base.judged.crs)
    own = districts.reindex(study.districts.of(study.base.judged))
    columns = ["name", "municipality", "depth_class", "persons", "evac_status"]
    told = {c: own[c].to_numpy() for c in ("district", "in_time_percent", "flip_class", "flip_text")}
    origins = study.base.judged[[*columns, "geometry"]].assign(**told)
    drawn = {"districts": points, "origins": origins}
    areas = study.base.origins.areas
    if areas is not None:
        drawn["origin_areas"] = gpd.GeoDataFrame(
            pd.DataFrame(origins.drop(columns="geometry")), geometry=areas.to_numpy(), crs=origins.crs
        )
    zone = study.base.inundation.frame.drop(columns=["muni", "depth_rank"])
    return {**drawn, "inundation": zone}
