"""The tables of a sensitivity study: districts, districts by factor, effects, runs; and its summary rows."""

import numpy as np
import pandas as pd

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.evacuation.race import LATE, NOT_EVALUATED, REACHED, STATUSES
from knr_gis.analyses.evacuation.ways import NO_ROUTE
from knr_gis.analyses.inputs import Numbers
from knr_gis.analyses.sensitivity.factors import ARRIVAL, DELAY, DEMAND, SNAP, SPEED
from knr_gis.analyses.sensitivity.flips import Flip, flip_classes, flip_sentence
from knr_gis.analyses.sensitivity.study import Outcome, Study
from knr_gis.display import shown
from knr_gis.result import Blank
from knr_gis.texts import say

CLASSES = ("several", SPEED, DELAY, ARRIVAL, SNAP, DEMAND, "stays_below", "stays_above", "unknown")


def district_table(study: Study, flips: list[Flip], threshold: float) -> pd.DataFrame:
    """Return the districts that anybody starts in, those that flip and hold most persons first."""
    first, base = study.outcomes[0], study.shares(study.outcomes[0])
    persons = np.where(first.known > 0, first.persons.sum(axis=0), np.nan)
    table = pd.DataFrame({
        "district": study.districts.frame["name"], "municipality": study.districts.frame["municipality"],
        "muni_code": study.districts.frame["muni_code"], "persons": persons,
        "origins": first.origins.sum(axis=0), "in_time_percent": base,
        "flip_class": flip_classes(study, flips, threshold),
        "flipped_by": [_names(flips, k) for k in range(len(base))],
        "flip_text": [flip_sentence(flips, base[k], k, threshold) for k in range(len(base))],
    })  # fmt: skip
    table = table[table["flip_class"] != ""]
    rank = table["flip_class"].map(CLASSES.index)
    ordered = table.assign(_rank=rank, _persons=-table["persons"]).sort_values(["_rank", "_persons"])
    return ordered.drop(columns=["_rank", "_persons"])


def _names(flips: list[Flip], district: int) -> str:
    own = sorted((flip for flip in flips if flip.flips[district]), key=lambda flip: -flip.swing[district])
    return say("sensitivity.comma").join(flip.factor.label for flip in own)


def factor_table(study: Study, flips: list[Flip], districts: pd.DataFrame) -> pd.DataFrame:
    """Return each district by each factor: the share in time at every level, and whether it flips."""
    base, rows = study.shares(study.outcomes[0]), []
    for k, district, municipality in zip(
        districts.index, districts["district"], districts["municipality"], strict=True
    ):
        for flip in flips:
            levels = [(flip.factor.told(x), y) for x, y in zip(flip.levels, flip.shares[:, k], strict=True)]
            low, high = levels[0], levels[1] if len(levels) > 1 else (Blank.NOT_ASKED, Blank.NOT_ASKED)
            told = (flip.factor.label, *low, flip.factor.told(flip.factor.base), base[k], *high)
            rows.append((district, municipality, *told, flip.swing[k], bool(flip.flips[k])))
    columns = ["district", "municipality", "factor", "level_low", "low_percent", "level_base", "base_percent",
               "level_high", "high_percent", "swing_points", "flips"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def effect_table(study: Study) -> pd.DataFrame:
    """Return what each factor does to the share in time of each municipality, the whole region first."""
    base, effects = study.municipal(study.outcomes[0]), study.effects()
    names = [*study.base.inundation.names, say("sensitivity.whole_region")]
    rows = []
    for place in [len(names) - 1, *range(len(names) - 1)]:
        for factor, effect in zip(study.factors, effects, strict=True):
            moved = [study.municipal(o)[place] - base[place] for o in study.one_at_a_time(factor)]
            levels = [factor.told(level) for level in factor.others]
            second = (levels[1], moved[1]) if len(levels) > 1 else (Blank.NOT_ASKED, Blank.NOT_ASKED)
            crossed = say("comparison.both", a=factor.told(factor.pair[0]), b=factor.told(factor.pair[1]))
            told = (names[place], factor.label, base[place], levels[0], moved[0], *second)
            rows.append((*told, crossed, effect[place]))
    columns = ["municipality", "factor", "base_percent", "level_low", "change_low_points", "level_high",
               "change_high_points", "main_effect_of", "main_effect_points"]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    return table[table["base_percent"].notna()].reset_index(drop=True)


def run_table(study: Study, threshold: float) -> pd.DataFrame:
    """Return every run with its conditions and what it found."""
    rows = []
    for number, outcome in enumerate(study.outcomes, start=1):
        levels = {
            f"at_{factor.key}": factor.told(outcome.trial.levels[factor.key]) for factor in study.factors
        }
        shares = study.shares(outcome)
        below = int((shares[~np.isnan(shares)] < threshold).sum())
        counted = _counted(outcome, study)
        share = study.municipal(outcome)[-1]
        rows.append(
            {"run_number": number, "run_kind": outcome.trial.kind, **levels, **counted,
             "in_time_percent": share, "districts_below": below}
        )  # fmt: skip
    return pd.DataFrame(rows)


def _counted(outcome: Outcome, study: Study) -> dict[str, float]:
    """Return persons (origins where no persons are known) by state, and all of them."""
    kind = "persons" if study.by_persons else "origins"
    sums = dict(zip(STATUSES, getattr(outcome, kind).sum(axis=1), strict=True))
    missed = sum(sums[status] for status in NOT_EVALUATED)
    return {
        f"{kind}_reached": sums[REACHED], f"{kind}_late": sums[LATE], f"{kind}_no_route": sums[NO_ROUTE],
        f"{kind}_not_evaluated": missed, kind: sum(sums.values()),
    }  # fmt: skip


def summary_rows(study: Study, flips: list[Flip], districts: pd.DataFrame) -> list[Row]:
    """Return shares and effects by municipality, and districts and persons by class."""
    rows = _rows(study, "sens_in_time_percent", "", study.municipal(study.outcomes[0]), "％")
    for factor, effect in zip(study.factors, study.effects(), strict=True):
        rows += _rows(study, "sens_effect", factor.label, effect, "ポイント")
    codes = study.base.inundation.codes
    muni = districts["muni_code"].map(codes.index).to_numpy(int)
    kinds = districts["flip_class"].to_numpy(object)
    known = np.nan_to_num(districts["persons"].to_numpy(float))
    for measure, unit, amount in (("districts", "件", np.ones(len(muni))), ("persons", "人", known)):
        if measure == "districts" or study.by_persons:
            for kind in [*CLASSES, ""]:
                here = np.bincount(
                    muni, np.where((kinds == kind) | (not kind), amount, 0), minlength=len(codes)
                )
                label = shown("flip_class", kind) if kind else ""
                rows += _rows(study, f"sens_{measure}", label, np.append(here, here.sum()), unit)
    for flip in flips:
        here = np.bincount(muni, flip.flips[districts.index] * 1.0, minlength=len(codes))
        rows += _rows(study, "sens_flipped", flip.factor.label, np.append(here, here.sum()), "件")
    return rows


def _rows(study: Study, measure: str, group: str, figures: Numbers, unit: str) -> list[Row]:
    """Return one figure per municipality and region; none where nobody is in the zone."""
    inundation = study.base.inundation
    places = [*zip(inundation.codes, inundation.names, strict=True), ("", "")]
    return [
        (code, name, group, measure, float(value), unit)
        for (code, name), value in zip(places, figures, strict=True)
        if not np.isnan(value)
    ]
