"""How late people can leave: the latest start, by municipality."""

import numpy as np
from numpy.typing import NDArray

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.evacuation.causes import TOO_LONG, miss_causes
from knr_gis.analyses.evacuation.counted import Count, amounts_of, count_states
from knr_gis.analyses.evacuation.race import NOT_EVALUATED, Run
from knr_gis.analyses.evacuation.ways import NO_ROUTE
from knr_gis.analyses.inputs import Mask, Numbers
from knr_gis.display import shown

# Minutes after the earthquake at which the bands begin.
_EDGES = (0, 5, 10, 15, 20, 30)
_BANDS = ("never", "s00", "s05", "s10", "s15", "s20", "s30")
BANDS = (*_BANDS, NO_ROUTE, *NOT_EVALUATED)
_TIE = 1e-9


def start_bands(run: Run) -> NDArray[np.object_]:
    """
    Return the band of the latest start of each origin, shape (n,).

    ``never``: too late even for those who leave at once, or the way is longer than the limit; ``s05``: from
    5 minutes on up to the next band; the states of those without a way stand for themselves.
    """
    latest, causes = run.judged["latest_start_min"].to_numpy(float), miss_causes(run)
    band = np.array(_BANDS, dtype=object)[np.digitize(np.nan_to_num(latest) + _TIE, _EDGES)]
    band[causes == TOO_LONG] = "never"
    without = np.isin(causes, (NO_ROUTE, *NOT_EVALUATED))
    return np.asarray(np.where(without, causes, band), dtype=object)


def start_rows(run: Run) -> list[Row]:
    """Return origins and persons by latest start, its median by both, and the earliest of a municipality."""
    groups = [*(shown("start_band", band) for band in BANDS), ""]
    everybody = np.ones(len(run.judged), dtype=bool)
    rows: list[Row] = []
    for count in count_states(run, start_bands(run), BANDS, everybody):
        whole = np.column_stack([count.table, count.table.sum(axis=1)])
        rows += Count(count.name, count.unit, whole, count.places).rows(["by_start"] * len(groups), groups)
    return rows + _median_rows(run) + _least_rows(run)


def _asked(run: Run) -> Mask:
    """Tell which origins have a latest start: a way, and not longer than the limit."""
    return np.asarray(run.judged["latest_start_min"].notna() & (miss_causes(run) != TOO_LONG), dtype=bool)


def _median_rows(run: Run) -> list[Row]:
    """Return the minute until which half of the origins, and half of the persons, can still leave."""
    latest, muni = run.judged["latest_start_min"].to_numpy(float), run.judged["muni"].to_numpy(int)
    asked = _asked(run)
    rows: list[Row] = []
    for counted, _, amount, places in amounts_of(run):
        for k, (code, name) in enumerate(places.named):
            own = asked & (amount > 0) & ((muni == k) | (not code))
            if own.any():
                middle = weighted_median(latest[own], amount[own])
                rows.append((code, name, "", f"{counted}_latest_start_median", middle, "分"))
    return rows


def _least_rows(run: Run) -> list[Row]:
    """Return the earliest of the latest starts: who must leave first."""
    latest, muni = run.judged["latest_start_min"].to_numpy(float), run.judged["muni"].to_numpy(int)
    asked, places = _asked(run), amounts_of(run)[0][3]
    return [
        (code, name, "", "evac_latest_start_least", float(latest[own].min()), "分")
        for k, (code, name) in enumerate(places.named)
        if (own := asked & ((muni == k) | (not code))).any()
    ]


def weighted_median(values: Numbers, weights: Numbers) -> float:
    """Return the largest value that is reached or passed by at least half of the weight."""
    order = np.argsort(-values, kind="stable")
    share = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][int(np.searchsorted(share, 0.5 - _TIE))])
