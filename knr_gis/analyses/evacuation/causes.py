"""Why people are not in time: one cause for each origin, and how many have it."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.evacuation.counted import Count, count_states
from knr_gis.analyses.evacuation.race import LATE, NOT_EVALUATED, REACHED, Run
from knr_gis.analyses.evacuation.ways import NO_ROUTE
from knr_gis.display import shown

TOO_SOON, TOO_SLOW, TOO_LONG = "too_soon", "too_slow", "too_long"
CAUSES = (NO_ROUTE, TOO_SOON, TOO_SLOW, TOO_LONG, *NOT_EVALUATED)
_TIE = 1e-9


def miss_causes(run: Run) -> NDArray[np.object_]:
    """
    Return why each origin is not in time, shape (n,); empty where it is.

    ``no_route``; ``too_soon``: the water is there before anybody starts, whatever the way; ``too_slow``: the
    time left is not enough for the way; ``too_long``: only the limit of the walk stands in the way;
    ``far_from_road`` and ``excluded``: not evaluated.
    """
    status = run.judged["evac_status"].to_numpy(object)
    late, margin = status == LATE, run.judged["margin_min"].to_numpy(float)
    reasons = [
        (late & (run.minutes_to_walk < -_TIE), TOO_SOON),
        (late & (margin < -_TIE), TOO_SLOW),
        (late, TOO_LONG),
        (status == REACHED, ""),
    ]
    known = np.select([mask for mask, _ in reasons], [name for _, name in reasons], default="?")
    return np.asarray(np.where(known == "?", status, known), dtype=object)


def cause_counts(run: Run) -> list[Count]:
    """Return origins and persons by cause: they add up to late + no route + not evaluated."""
    missed = run.judged["evac_status"].to_numpy(object) != REACHED
    return count_states(run, miss_causes(run), CAUSES, missed)


def cause_rows(run: Run) -> list[Row]:
    """Return the causes as rows of the summary; the group is the cause, the whole has none."""
    groups = [*(shown("miss_cause", cause) for cause in CAUSES), ""]
    rows: list[Row] = []
    for count in cause_counts(run):
        whole = np.column_stack([count.table, count.table.sum(axis=1)])
        full = Count(count.name, count.unit, whole, count.places)
        rows += full.rows(["missed"] * len(groups), groups)
    return rows


def cause_table(run: Run) -> pd.DataFrame:
    """
    Return the causes by municipality, those that hold for anybody.

    Persons are those known; the origins whose persons are not known are counted beside them.
    """
    judged = pd.DataFrame(run.judged).assign(miss_cause=miss_causes(run))
    missed = judged[judged["miss_cause"] != ""]
    grouped = missed.assign(_rank=missed["miss_cause"].map(CAUSES.index)).groupby(
        ["muni", "muni_code", "municipality", "_rank", "miss_cause"], sort=True
    )
    table = grouped.agg(
        persons=("persons", lambda p: p.sum(min_count=1)), origins=("persons", "size"),
        origins_persons_unknown=("persons", lambda p: int(p.isna().sum())),
    )  # fmt: skip
    return table.reset_index().drop(columns=["muni", "_rank"])
