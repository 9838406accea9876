"""Charts of an evacuation run: what becomes of each age group, and who has arrived by when."""

import math

import numpy as np

from knr_gis.analyses.evacuation.race import EVALUATED, NOT_EVALUATED, REACHED, Run
from knr_gis.analyses.inputs import Mask, Numbers
from knr_gis.display import shown
from knr_gis.result import Blank, Chart, Note
from knr_gis.schema import column_title
from knr_gis.texts import say

_PERCENT, _STEP_MIN, _LONGEST_MIN, _LEAST_MIN = 100.0, 5, 120, 30
_Series = dict[str, tuple[float | Blank, ...]]


def charts(run: Run) -> tuple[Chart, ...]:
    """Return the charts that have anything to show."""
    return (*_age_chart(run), *_time_chart(run))


def amounts(run: Run) -> tuple[Numbers, str]:
    """Return what is counted at each origin, and its unit: known persons, origins where none are known."""
    persons = run.judged["persons"].to_numpy(float)
    if np.isnan(persons).all():
        return np.ones(len(persons)), "件"
    return np.nan_to_num(persons), "人"


def in_time_percent(run: Run) -> Numbers:
    """Return the share in time of those evaluated by municipality, shape (m,); NaN where nobody was."""
    amount, _ = amounts(run)
    status = run.judged["evac_status"].to_numpy(object)
    sums = [
        run.inundation.sums_of(run.judged, np.where(np.isin(status, some), amount, 0.0)).sum(axis=1)
        for some in ((REACHED,), EVALUATED)
    ]
    shares = np.full(len(sums[0]), np.nan)
    np.divide(sums[0] * _PERCENT, sums[1], out=shares, where=sums[1] > 0)
    return shares


def _age_chart(run: Run) -> list[Chart]:
    """Return the share of each outcome in each age group of the zone."""
    status = run.judged["evac_status"].to_numpy(object)
    people = {age: np.nan_to_num(run.judged[age].to_numpy(float)) for age in run.origins.ages}
    whole = {age: float(amount.sum()) for age, amount in people.items() if amount.sum() > 0}
    if not whole:
        return []
    parts: dict[str, tuple[str, ...]] = {shown("evac_status", key): (key,) for key in EVALUATED}
    parts[say("evacuation.chart_not_evaluated")] = NOT_EVALUATED
    series: _Series = {
        name: tuple(_share(people[age], np.isin(status, some), whole[age]) for age in whole)
        for name, some in parts.items()
    }
    labels = tuple(f"{column_title(age)} {round(persons):,}" for age, persons in whole.items())
    shown_ = {name: values for name, values in series.items() if any(values)}
    return [Chart("evac_ages", Note("evacuation.chart_ages"), "stacked_bar", labels, shown_, "％")]


def _share(amount: Numbers, chosen: Mask, whole: float) -> float:
    return float(amount[chosen].sum() * _PERCENT / whole)


def _time_chart(run: Run) -> list[Chart]:
    """Return the share that has arrived, and the share whose place the water has reached, by minute."""
    amount, unit = amounts(run)
    judged = np.isin(run.judged["evac_status"].to_numpy(object), EVALUATED) & (amount > 0)
    if not judged.any():
        return []
    total, arrival = (run.judged[c].to_numpy(float)[judged] for c in ("total_min", "arrival_min"))
    minutes = _minutes(total)
    series: _Series = {
        say("evacuation.chart_arrived"): _risen(total, amount[judged], minutes),
        say("evacuation.chart_water"): _risen(arrival, amount[judged], minutes),
    }
    counted = say(f"evacuation.chart_of_{'persons' if unit == '人' else 'origins'}")
    title = Note("evacuation.chart_time", {"counted": counted})
    return [
        Chart("evac_time", title, "line", tuple(str(m) for m in minutes), series, "％",
              note=Note("evacuation.chart_time_note", {"longest": minutes[-1]}))
    ]  # fmt: skip


def _minutes(total: Numbers) -> list[int]:
    """Return the steps of the axis: until the last has arrived, at least half an hour, at most two hours."""
    last = float(np.nanmax(total)) if np.isfinite(total).any() else 0.0
    longest = min(max(math.ceil(last / _STEP_MIN) * _STEP_MIN, _LEAST_MIN), _LONGEST_MIN)
    return list(range(0, longest + 1, _STEP_MIN))


def _risen(at_min: Numbers, amount: Numbers, minutes: list[int]) -> tuple[float, ...]:
    """Return the share of the amount whose time has come, for each minute; unknown times never come."""
    times = np.where(np.isnan(at_min), np.inf, at_min)
    whole = float(amount.sum())
    return tuple(float(amount[times <= m].sum() * _PERCENT / whole) for m in minutes)
