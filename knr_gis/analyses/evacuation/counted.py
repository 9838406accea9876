"""Origins and persons counted by municipality and by any state of theirs, with the account closed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knr_gis.analyses.accounts import Row, require_same
from knr_gis.analyses.evacuation.coverage import Places, places_of
from knr_gis.analyses.evacuation.race import Run
from knr_gis.analyses.inputs import Mask, Numbers


@dataclass(frozen=True)
class Count:
    """
    One quantity by municipality and state.

    Parameters
    ----------
    name, unit
        ``evac_origins`` in 件 or ``evac_persons`` in 人.
    table
        Shape ``(municipalities + 1, states)``, the whole region last; NaN where unknown.
    places
        Code and name of each row.
    """

    name: str
    unit: str
    table: Numbers
    places: list[tuple[str, str]]

    def rows(self, measures: list[str], groups: list[str]) -> list[Row]:
        """Return the table as rows, with a measure and a group for each state."""
        return [
            (code, name, group, f"{self.name}_{measure}", float(value), self.unit)
            for (code, name), line in zip(self.places, self.table, strict=True)
            for measure, group, value in zip(measures, groups, line, strict=True)
        ]


def amounts_of(run: Run) -> list[tuple[str, str, Numbers, Places]]:
    """Return what is counted: origins, and persons where any are known; name, unit, amounts, places."""
    persons, ones = run.judged["persons"].to_numpy(float), np.ones(len(run.judged))
    places = places_of(run.judged, run.inundation)
    counted = [("evac_origins", "件", ones, places)]
    if not np.isnan(persons).all() or not len(persons):
        counted.append(("evac_persons", "人", np.nan_to_num(persons), places.knowing(run.judged, persons)))
    return counted


def count_states(run: Run, states: NDArray[np.object_], keys: tuple[str, ...], within: Mask) -> list[Count]:
    """
    Return origins and persons by state.

    Parameters
    ----------
    states
        Shape (n,): the state of each origin; what is none of ``keys`` is not counted.
    within
        Shape (n,): the origins that must all have been counted.

    Raises
    ------
    AnalysisError
        If the states do not add up to all that is ``within``.
    """
    muni, size = run.judged["muni"].to_numpy(int), len(run.inundation.codes)
    counts = []
    for name, unit, amount, places in amounts_of(run):
        sums = [np.bincount(muni, np.where(states == key, amount, 0.0), minlength=size) for key in keys]
        table = np.column_stack(sums)
        whole = np.bincount(muni[within], amount[within], minlength=size).astype(float)
        require_same(table.sum(axis=1), whole, name, run.inundation.names)
        known = np.where(places.unknown[:, None], np.nan, table)
        counts.append(Count(name, unit, np.vstack([known, table.sum(axis=0)]), places.named))
    return counts
