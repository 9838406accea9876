"""The chart of a comparison: who is in time before and after, by municipality."""

import numpy as np

from knr_gis.analyses.comparison.pair import Pair
from knr_gis.analyses.comparison.sides import described
from knr_gis.analyses.evacuation.charts import in_time_percent
from knr_gis.result import Blank, Chart, Note
from knr_gis.texts import say


def charts(pair: Pair) -> tuple[Chart, ...]:
    """Return the shares of both scenarios side by side, of the municipalities where anybody was judged."""
    a, b = in_time_percent(pair.a), in_time_percent(pair.b)
    there = np.flatnonzero(~(np.isnan(a) & np.isnan(b)))
    if not len(there):
        return ()
    told = [described(pair, run.plan.scenario) for run in (pair.a, pair.b)]
    series: dict[str, tuple[float | Blank, ...]] = {
        say("comparison.chart_a", told=told[0]): tuple(float(v) for v in a[there]),
        say("comparison.chart_b", told=told[1]): tuple(float(v) for v in b[there]),
    }
    labels = tuple(pair.a.inundation.names[k] for k in there)
    return (Chart("cmp_in_time", Note("comparison.chart_in_time"), "bar", labels, series, "％"),)
