"""The figures of the ground: hectares and persons by verdict, which must close."""

import numpy as np
import pandas as pd

from knr_gis.analyses.accounts import Row, require_same
from knr_gis.analyses.difficult.study import Study
from knr_gis.analyses.difficult.verdict import (
    CAUSES,
    DIFFICULT,
    EXCLUDED,
    FAR,
    IN_TIME,
    NOT_EVALUATED,
    UNINHABITED,
)
from knr_gis.analyses.evacuation.coverage import Places, places_of, share_rows
from knr_gis.analyses.inputs import Numbers
from knr_gis.analyses.inundation import NO_DATA
from knr_gis.analyses.people import people_accounts
from knr_gis.schema import column_title

M2_PER_HA = 10_000
# What cutting may lose in a municipality and class.
_CRUMBS_M2, _CRUMBS_PERSONS = 1.0, 1e-6
_VERDICTS = (DIFFICULT, IN_TIME, NOT_EVALUATED)
_STATES = (*CAUSES, FAR, EXCLUDED)


def ground_rows(study: Study) -> list[Row]:
    """
    Return hectares and persons by verdict and cause, municipality and depth class, then by age group.

    Raises
    ------
    AnalysisError
        If difficult + in time + uninhabited + not evaluated is not the land of the zone, or the persons
        are not those of the population layer.
    """
    rows = _area_rows(study)
    for column in study.people:
        if study.ground.pieces[column].notna().any() or not len(study.ground.pieces):
            rows += _person_rows(study) if column == "persons" else _age_rows(study, column)
    return rows + _unknown_rows(study)


def tables_by(study: Study, amount: Numbers, key: str, states: tuple[str, ...]) -> dict[str, Numbers]:
    """Return amounts of the ground by verdict or state, each ``(municipalities, classes)``."""
    found = study.judged[key].to_numpy(object)
    return {s: study.inundation.sums_of(study.judged, np.where(found == s, amount, 0.0)) for s in states}


def _area_rows(study: Study) -> list[Row]:
    area = study.judged["area_m2"].to_numpy(float)
    by_verdict = tables_by(study, area, "verdict", (*_VERDICTS, UNINHABITED))
    whole = study.inundation.area_m2
    _require_closed(by_verdict, whole, study, "ground_area", _CRUMBS_M2)
    places = area_places(study)
    shown = {**by_verdict, **tables_by(study, area, "state", _STATES), "all": whole}
    return [row for key, t in shown.items() for row in places.rows(t / M2_PER_HA, f"ground_area_{key}", "ha")]


def area_places(study: Study) -> Places:
    """Return the municipalities; where there is no hazard data the area of the zone is unknown."""
    unseen = [state == NO_DATA for state in study.inundation.coverage]
    return Places(study.inundation, np.array(unseen, dtype=bool))


def _person_rows(study: Study) -> list[Row]:
    persons = np.nan_to_num(study.judged["persons"].to_numpy(float))
    by_verdict = tables_by(study, persons, "verdict", _VERDICTS)
    whole = all_persons(study)
    _require_closed(by_verdict, whole, study, "ground_persons", _CRUMBS_PERSONS)
    places = person_places(study, "persons")
    shown = {**by_verdict, **tables_by(study, persons, "state", _STATES), "all": whole}
    rows = [row for key, table in shown.items() for row in places.rows(table, f"ground_persons_{key}", "人")]
    difficult, judged = by_verdict[DIFFICULT], by_verdict[DIFFICULT] + by_verdict[IN_TIME]
    return rows + share_rows(difficult, judged, places, "ground_persons_difficult")


def all_persons(study: Study) -> Numbers:
    """Return all known persons in the zone, ``(municipalities, classes)``, measured apart from the ground."""
    people = study.plan.origins.people
    if people is None:
        return np.zeros_like(study.inundation.area_m2)
    return people_accounts(people, study.inundation)[0].inside


def person_places(study: Study, column: str) -> Places:
    """Return the municipalities; unknown where persons in the zone are a lack of data."""
    pieces = study.ground.pieces
    return places_of(pieces, study.inundation).knowing(pieces, pieces[column].to_numpy(float))


def _age_rows(study: Study, age: str) -> list[Row]:
    """Return the persons of one age group by verdict and municipality; the group is the age."""
    persons, places = np.nan_to_num(study.judged[age].to_numpy(float)), person_places(study, age)
    rows: list[Row] = []
    for verdict, table in tables_by(study, persons, "verdict", _VERDICTS).items():
        rows += places.line(table.sum(axis=1), f"ground_by_age_{verdict}", "人", column_title(age))
    return rows


def _unknown_rows(study: Study) -> list[Row]:
    """Return the lived-in ground whose number of persons is unknown, by verdict."""
    unknown = study.judged["persons"].isna().to_numpy()
    area = np.where(unknown, study.judged["area_m2"].to_numpy(float), 0.0)
    tables, places = tables_by(study, area, "verdict", _VERDICTS), area_places(study)
    return [
        row for key, t in tables.items()
        for row in places.rows(t / M2_PER_HA, f"ground_unknown_{key}", "ha")
    ]  # fmt: skip


def _require_closed(
    tables: dict[str, Numbers], whole: Numbers, study: Study, measure: str, crumbs: float
) -> None:
    parts = np.asarray(np.sum(list(tables.values()), axis=0), dtype=float)
    require_same(parts, whole, measure, study.inundation.names, crumbs=crumbs)


def count_rows(areas: pd.DataFrame, study: Study) -> list[Row]:
    """Return the number of difficult areas by municipality, crumbs not counted."""
    areas = areas[~areas["crumbs"].to_numpy(bool)]
    places, count = area_places(study), areas["muni_code"].value_counts()
    sums = np.array([float(count.get(code, 0)) for code in study.inundation.codes])
    return places.line(sums, "difficult_areas", "件")
