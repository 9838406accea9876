"""The accounts of origins and persons by status; they must close."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np

from knr_gis.analyses.accounts import Row, require_same
from knr_gis.analyses.evacuation.origins import Origins
from knr_gis.analyses.evacuation.race import EVALUATED, NOT_EVALUATED, REACHED, STATUSES
from knr_gis.analyses.inputs import Mask, Numbers
from knr_gis.analyses.inundation import Inundation
from knr_gis.analyses.people import people_accounts
from knr_gis.schema import column_title


def coverage_rows(
    judged: gpd.GeoDataFrame, origins: Origins, inundation: Inundation, prefix: str = "evac"
) -> list[Row]:
    """
    Return origins and persons by status, municipality and depth class, then by age group.

    Parameters
    ----------
    prefix
        Put before the names of the measures.

    Raises
    ------
    AnalysisError
        If reached + late + no route + not evaluated is not all that is in the zone.
    """
    ones, persons = np.ones(len(judged)), judged["persons"].to_numpy(float)
    known, places = ~np.isnan(persons), places_of(judged, inundation)
    tables = _by_status(judged, inundation, ones)
    whole = inundation.sums_of(judged, ones)
    require_same(_all_of(tables, STATUSES), whole, f"{prefix}_origins", inundation.names)
    rows = _status_rows(tables, places, f"{prefix}_origins", "件")
    rows += places.rows(inundation.sums_of(judged, ~known * 1.0), f"{prefix}_origins_persons_unknown", "件")
    if known.any() or not len(judged):
        tables = _by_status(judged, inundation, np.nan_to_num(persons))
        whole = _all_persons(judged, origins, inundation)
        require_same(_all_of(tables, STATUSES), whole, f"{prefix}_persons", inundation.names)
        rows += _status_rows(tables, places.knowing(judged, persons), f"{prefix}_persons", "人")
    for age in origins.ages:
        rows += _age_rows(judged, places.knowing(judged, judged[age].to_numpy(float)), age, prefix)
    return rows


@dataclass(frozen=True)
class Places:
    """
    The municipalities of the summary.

    Parameters
    ----------
    unknown
        Shape ``(municipalities,)``: where a figure would be no figure but a lack of data.
    """

    inundation: Inundation
    unknown: Mask

    @property
    def named(self) -> list[tuple[str, str]]:
        """Code and name of the municipalities, then of the whole region."""
        return [*zip(self.inundation.codes, self.inundation.names, strict=True), ("", "")]

    def knowing(self, judged: gpd.GeoDataFrame, amount: Numbers) -> "Places":
        """Return the places, those also unknown where there are origins but not one known amount."""
        some = self.inundation.sums_of(judged, np.ones(len(judged))).sum(axis=1) > 0
        told = self.inundation.sums_of(judged, ~np.isnan(amount) * 1.0).sum(axis=1) > 0
        return Places(self.inundation, self.unknown | (some & ~told))

    def rows(self, table: Numbers, measure: str, unit: str) -> list[Row]:
        """Return a table ``(municipalities, classes)`` as rows: classes and total, then the whole region."""
        full = np.column_stack([table, table.sum(axis=1)])
        figures = np.vstack([np.where(self.unknown[:, None], np.nan, full), full.sum(axis=0)])
        return [
            (code, name, group, measure, float(value), unit)
            for (code, name), line in zip(self.named, figures, strict=True)
            for group, value in zip([*self.inundation.classes, ""], line, strict=True)
        ]

    def line(self, sums: Numbers, measure: str, unit: str, group: str = "") -> list[Row]:
        """Return amounts ``(municipalities,)`` as rows of one group, then the whole region."""
        figures = np.append(np.where(self.unknown, np.nan, sums), sums.sum())
        return [
            (code, name, group, measure, float(value), unit)
            for (code, name), value in zip(self.named, figures, strict=True)
        ]


def places_of(judged: gpd.GeoDataFrame, inundation: Inundation) -> Places:
    """Return the places; unknown is where nobody was found but the hazard data does not cover the land."""
    nobody = inundation.sums_of(judged, np.ones(len(judged))).sum(axis=1) == 0
    return Places(inundation, np.asarray(~inundation.covered & nobody))


def _by_status(judged: gpd.GeoDataFrame, inundation: Inundation, amount: Numbers) -> dict[str, Numbers]:
    """Return amounts by status, each ``(municipalities, classes)``."""
    status = judged["evac_status"].to_numpy(object)
    return {s: inundation.sums_of(judged, np.where(status == s, amount, 0.0)) for s in STATUSES}


def _all_persons(judged: gpd.GeoDataFrame, origins: Origins, inundation: Inundation) -> Numbers:
    """Return all known persons in the zone; of mesh cells measured independently of the origins."""
    if origins.people is None:
        return inundation.sums_of(judged, np.nan_to_num(judged["persons"].to_numpy(float)))
    return people_accounts(origins.people, inundation)[0].inside


def _all_of(tables: dict[str, Numbers], statuses: tuple[str, ...]) -> Numbers:
    return np.asarray(np.sum([tables[s] for s in statuses], axis=0), dtype=float)


def _status_rows(tables: dict[str, Numbers], places: Places, name: str, unit: str) -> list[Row]:
    """Return the account of one quantity: every status, all, and the two shares in time."""
    whole, judged, missed = (_all_of(tables, of) for of in (STATUSES, EVALUATED, NOT_EVALUATED))
    shown = {**{s: tables[s] for s in EVALUATED}, "not_evaluated": missed}
    shown |= {s: tables[s] for s in NOT_EVALUATED} | {"all": whole}
    rows = [row for key, table in shown.items() for row in places.rows(table, f"{name}_{key}", unit)]
    reached = tables[REACHED]
    rows += share_rows(reached, judged, places, f"{name}_in_time_of_evaluated")
    return rows + share_rows(reached, whole, places, f"{name}_in_time_of_all")


def share_rows(part: Numbers, whole: Numbers, places: Places, measure: str) -> list[Row]:
    """
    Return percentages of the totals.

    Unknown where the figures are; no row where nobody is in the zone: there the question of a share does
    not arise.
    """
    parts, wholes = np.append(part.sum(axis=1), part.sum()), np.append(whole.sum(axis=1), whole.sum())
    percent = np.divide(parts * 100, wholes, out=np.full(len(parts), np.nan), where=wholes > 0)
    unknown = np.append(places.unknown, False)
    percent = np.where(unknown, np.nan, percent)
    return [
        (code, name, "", f"{measure}_percent", float(value), "％")
        for (code, name), value, asked in zip(places.named, percent, (wholes > 0) | unknown, strict=True)
        if asked
    ]


def _age_rows(judged: gpd.GeoDataFrame, places: Places, age: str, prefix: str) -> list[Row]:
    """Return the persons of one age group by status and municipality; the group is the age."""
    tables = _by_status(judged, places.inundation, np.nan_to_num(judged[age].to_numpy(float)))
    rows: list[Row] = []
    for status, table in tables.items():
        rows += places.line(table.sum(axis=1), f"{prefix}_by_age_{status}", "人", column_title(age))
    return rows
