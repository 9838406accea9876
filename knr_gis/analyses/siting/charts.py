"""The chart of a siting run: who is in time before, and with the sites of each answer, by municipality."""

import numpy as np

from knr_gis.analyses.siting.choosing import Answer
from knr_gis.analyses.siting.figures import placed_by
from knr_gis.result import Blank, Chart, Note
from knr_gis.texts import say

_PERCENT = 100.0


def charts(answer: Answer) -> tuple[Chart, ...]:
    """Return the share of those evaluated who are in time: before, after A, after B, with every candidate."""
    stakes = answer.stakes
    run, demand = stakes.run, stakes.demand
    whole = run.inundation.sums_of(run.judged, demand).sum(axis=1)
    there = np.flatnonzero(whole > 0)
    if not len(there):
        return ()
    series: dict[str, tuple[float | Blank, ...]] = {}
    for key, placed in placed_by(answer).items():
        sums = run.inundation.sums_of(run.judged, placed).sum(axis=1)[there]
        series[say(f"siting.chart_{key}")] = tuple(float(v) for v in sums * _PERCENT / whole[there])
    labels = tuple(run.inundation.names[k] for k in there)
    return (Chart("sit_in_time", Note("siting.chart_in_time"), "bar", labels, series, "％"),)
