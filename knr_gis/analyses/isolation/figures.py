"""The figures of an isolation run: settlements, persons and streets by municipality; they close."""

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import shapely

from knr_gis.analyses.accounts import Row, require_same
from knr_gis.analyses.inputs import Mask, Numbers
from knr_gis.analyses.inundation import first_zone
from knr_gis.analyses.isolation.failing import CAUSES
from knr_gis.analyses.isolation.homes import MESH
from knr_gis.analyses.isolation.reach import FAR, NONE, REACHED, REACHED_ZONE_UNKNOWN
from knr_gis.analyses.isolation.study import Study
from knr_gis.analyses.isolation.verdict import BOTH, CUT_OFF, FLOODED, ISOLATED, NEITHER, STATUSES
from knr_gis.display import shown

_METRES = 1000.0
# What can be said of nobody where the hazard data does not cover the municipality.
_NEED_ZONE = (BOTH, ISOLATED, FLOODED, NEITHER)


def summary_rows(study: Study, segments: gpd.GeoDataFrame) -> list[Row]:
    """Return all figures of a run."""
    counts, persons = _by_status(study, _ones(study)), _by_status(study, _persons(study))
    names = study.inundation.names
    require_same(counts.sum(axis=1), _by_muni(study, _ones(study)), "iso_settlements", names)
    require_same(persons.sum(axis=1), _by_muni(study, _persons(study)), "iso_persons", names)
    rows = _status_rows(study, counts, "iso_settlements", "件")
    if study.judged["persons"].notna().any():
        rows += _status_rows(study, _hidden(study, persons), "iso_persons", "人")
    unknown = _by_muni(study, study.judged["persons"].isna().to_numpy(float))
    rows += _rows(study, unknown, "iso_settlements_persons_unknown", "件")
    if study.homes.source == MESH:
        rows += _rows(study, study.homes.unassigned, "iso_persons_unassigned", "人")
        wet = study.judged["in_zone_persons"].to_numpy(float)
        rows += _rows(study, _known(study, _by_muni(study, np.nan_to_num(wet))), "iso_in_zone_persons", "人")
    for kind in study.goals:
        rows += _goal_rows(study, kind)
    return rows + _street_rows(study) + _segment_rows(study, segments)


def _ones(study: Study) -> Numbers:
    return np.ones(len(study.judged))


def _persons(study: Study) -> Numbers:
    return np.asarray(np.nan_to_num(study.judged["persons"].to_numpy(float)), dtype=float)


def _by_muni(study: Study, amount: Numbers) -> Numbers:
    """Return amounts of the settlements added up, shape (municipalities,)."""
    muni = study.judged["muni"].to_numpy(int)
    return np.asarray(np.bincount(muni, amount, minlength=len(study.inundation.codes)), dtype=float)


def _by_status(study: Study, amount: Numbers) -> Numbers:
    """Return amounts of the settlements added up, shape (municipalities, statuses)."""
    status = study.judged["iso_status"]
    columns = [_by_muni(study, amount * (status == s).to_numpy(float)) for s in STATUSES]
    return np.asarray(np.column_stack(columns))


def _known(study: Study, figure: Numbers) -> Numbers:
    """Return figures of the municipalities; a 0 that nobody has looked for is unknown."""
    return np.where((figure == 0) & ~study.inundation.covered, np.nan, figure)


def _hidden(study: Study, persons: Numbers) -> Numbers:
    """Return the persons by status; unknown where settlements are there and all their numbers unknown."""
    silent = _by_status(study, study.judged["persons"].isna().to_numpy(float))
    counts = _by_status(study, _ones(study))
    return np.where((counts > 0) & (silent == counts), np.nan, persons)


def _status_rows(study: Study, table: Numbers, name: str, unit: str) -> list[Row]:
    """Return one measure for each status, for all that are cut off, and for the whole."""
    rows: list[Row] = []
    for place, status in enumerate(STATUSES):
        figure = _known(study, table[:, place]) if status in _NEED_ZONE else table[:, place]
        rows += _rows(study, figure, f"{name}_{status}", unit)
    cut = table[:, [STATUSES.index(status) for status in CUT_OFF]]
    rows += _rows(study, _known(study, _sum_of_known(cut)), f"{name}_isolated_all", unit)
    return rows + _rows(study, _sum_of_known(table), f"{name}_all", unit)


def _sum_of_known(table: Numbers) -> Numbers:
    """Return the sums of the rows over what is known; NaN where there is something and none is known."""
    known = ~np.isnan(table)
    sums = np.where(known, table, 0.0).sum(axis=1)
    return np.where((sums == 0) & ~known.all(axis=1), np.nan, sums)


def _rows(study: Study, figure: Numbers, measure: str, unit: str, group: str = "") -> list[Row]:
    """Return one figure for each municipality and for the region (the sum of what is known)."""
    known = figure[~np.isnan(figure)]
    whole = float(known.sum()) if len(known) else np.nan
    places = [*zip(study.inundation.codes, study.inundation.names, strict=True), ("", "")]
    return [
        (code, name, group, measure, float(value), unit)
        for (code, name), value in zip(places, [*figure, whole], strict=True)
    ]


def _goal_rows(study: Study, kind: str) -> list[Row]:
    """Return how many settlements and persons reach a goal after the failure, and who has lost it."""
    status = study.judged[f"{kind}_status"]
    before = study.judged[f"{kind}_before_status"]
    lost = ((status == NONE) & (before == REACHED)).to_numpy(float)
    rows: list[Row] = []
    for state in (REACHED, REACHED_ZONE_UNKNOWN, NONE, FAR):
        rows += _rows(study, _by_muni(study, (status == state).to_numpy(float)), f"iso_{kind}_{state}", "件")
    rows += _rows(study, _by_muni(study, lost), f"iso_{kind}_lost", "件")
    if study.judged["persons"].notna().any():
        rows += _rows(study, _by_muni(study, lost * _persons(study)), f"iso_{kind}_lost_persons", "人")
    return rows


def _street_rows(study: Study) -> list[Row]:
    """Return the kilometres of street that fail, by cause, and that stand but are cut off."""
    network, cause = study.broken.network, study.broken.cause
    cut = study.broken.stands & study.parts.cut_off[network.u]
    chosen = np.flatnonzero(~study.broken.stands | cut)
    middle = (network.nodes[network.u[chosen]] + network.nodes[network.v[chosen]]) / 2
    muni = first_zone(shapely.points(middle), study.inundation.land)
    km = network.length_m[chosen] / _METRES

    def by_muni(which: Mask) -> Numbers:
        on = which & (muni >= 0)
        found = np.bincount(muni[on], km[on], minlength=len(study.inundation.codes))
        return np.asarray(found, dtype=float)

    failing = cause[chosen] >= 0
    rows = [
        row
        for number, name in enumerate(CAUSES)
        for row in _rows(
            study, by_muni(cause[chosen] == number), "iso_failed_streets", "km", shown("fail_cause", name)
        )
    ]
    rows += _rows(study, by_muni(failing), "iso_failed_streets", "km")
    return rows + _rows(study, by_muni(~failing), "iso_cut_off_streets", "km")


def _segment_rows(study: Study, segments: gpd.GeoDataFrame) -> list[Row]:
    """Return how many segments cut settlements off all by themselves."""
    alone = segments[segments["cut_settlements"] > 0]["muni_code"].value_counts()
    figure = np.array([float(alone.get(code, 0)) for code in study.inundation.codes])
    return _rows(study, _known(study, figure), "iso_critical_segments", "件")


def region_figures(rows: Iterable[Row]) -> dict[str, float]:
    """Return the figures of the whole region without groups, by measure."""
    return {measure: value for code, _, group, measure, value, _ in rows if not code and not group}
