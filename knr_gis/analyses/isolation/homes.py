"""The settlements: where they lie, whether that is in the zone, and how many people they stand for."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from scipy.spatial import cKDTree

from knr_gis.analyses.inputs import Mask, Numbers, numbers, shapes_of, texts
from knr_gis.analyses.inundation import Inundation
from knr_gis.analyses.isolation.placing import as_points, place_points
from knr_gis.analyses.people import People, place_people, share_per_amount
from knr_gis.errors import AnalysisError
from knr_gis.network import Ints
from knr_gis.texts import say

OWN, MESH, NOBODY = "own", "mesh", "none"
_CLOSE = 1e-6


@dataclass(frozen=True, eq=False)
class Homes:
    """
    The settlements of the region.

    Parameters
    ----------
    frame
        Points with ``name``, ``muni`` (position), ``muni_code``, ``municipality``, ``flooded``
        (unknown where the hazard data does not say), ``depth_class``, ``persons`` (NaN = unknown),
        ``in_zone_persons`` and ``persons_unknown_cells`` (mesh only).
    source
        Where the persons come from: the settlements' ``own`` column, the ``mesh``, or ``none``.
    unassigned
        Shape (municipalities,): persons of the mesh where no settlement is known.
    outside_region
        Settlements in no municipality; they are not in ``frame``.
    """

    frame: gpd.GeoDataFrame
    source: str
    unassigned: Numbers
    outside_region: int


def find_homes(
    settlements: gpd.GeoDataFrame, population: gpd.GeoDataFrame | None, inundation: Inundation
) -> Homes:
    """
    Return the settlements with their persons.

    Persons are those of the settlements' own column where it holds any number, else those of the
    mesh: each cell (the part of it in one municipality) belongs to the settlement of that
    municipality which is nearest to the centre of the cell.

    Raises
    ------
    AnalysisError
        If there is no settlement, or persons of the mesh are lost.
    """
    points = as_points(settlements)
    frame = _located(points, inundation)
    outside = int((frame["muni"] < 0).sum())
    frame = frame[frame["muni"] >= 0].reset_index(drop=True)
    if frame.empty:
        raise AnalysisError("isolation.no_settlements")
    nobody = np.zeros(len(inundation.codes))
    if frame["persons"].notna().any():
        return Homes(frame, OWN, nobody, outside)
    people = place_people(population, inundation) if population is not None else None
    if people is None:
        return Homes(frame, NOBODY, nobody, outside)
    counted, unassigned = _with_people(frame, people, inundation)
    return Homes(counted, MESH, unassigned, outside)


def _located(points: gpd.GeoDataFrame, inundation: Inundation) -> gpd.GeoDataFrame:
    """Return the points with municipality, zone and their own persons."""
    placed = place_points(points, inundation)
    columns = {
        "name": texts(points, "name"),
        "muni": placed.muni,
        **placed.columns(),
        "persons": numbers(points, "persons"),
    }
    return gpd.GeoDataFrame(columns, geometry=list(points.geometry), crs=points.crs)


def _with_people(
    frame: gpd.GeoDataFrame, people: People, inundation: Inundation
) -> tuple[gpd.GeoDataFrame, Numbers]:
    """Return the settlements with the persons of the mesh, and who is left without a settlement."""
    land, wet = people.overlaid.land, people.overlaid.wet
    cell, muni = land["feature"].to_numpy(int), land["muni"].to_numpy(int)
    wet_cell = wet["feature"].to_numpy(int)
    wet_muni = inundation.frame["muni"].to_numpy(int)[wet["zone"].to_numpy(int)]
    centres = shapely.get_coordinates(shapely.centroid(shapes_of(people.frame)))
    home = _nearest_homes(frame, centres[cell], muni)
    wet_home = _nearest_homes(frame, centres[wet_cell], wet_muni)
    density = share_per_amount(people, "persons")
    persons = land["amount"].to_numpy() * density[cell]
    unknown = np.isnan(numbers(people.frame, "persons"))[cell]
    counted = frame.assign(
        persons=_sums(frame, home, persons, unknown=unknown, covered=np.isin(frame["muni"], muni)),
        in_zone_persons=_known_in_zone(frame, wet_home, wet["amount"].to_numpy() * density[wet_cell]),
        persons_unknown_cells=_added(home[unknown], np.ones(int(unknown.sum())), len(frame)),
    )
    unassigned = _added(muni[home < 0], persons[home < 0], len(inundation.codes))
    _require_all_counted(float(persons.sum()), _added(home, persons, len(frame)), unassigned)
    return counted, unassigned


def _nearest_homes(frame: gpd.GeoDataFrame, xy: Numbers, muni: Ints) -> Ints:
    """Return the settlement of the same municipality nearest to each place; -1 where it has none."""
    nearest = np.full(len(xy), -1, dtype=np.int64)
    homes, of = shapely.get_coordinates(shapes_of(frame)), frame["muni"].to_numpy(int)
    for number in np.unique(muni):
        own, here = np.flatnonzero(of == number), np.flatnonzero(muni == number)
        if len(own):
            nearest[here] = own[cKDTree(homes[own]).query(xy[here])[1]]
    return nearest


def _added(place: Ints, amount: Numbers, count: int) -> Numbers:
    """Return amounts added up by place; those at -1 are left out."""
    on = place >= 0
    return np.asarray(np.bincount(place[on], amount[on], minlength=count), dtype=float)


def _sums(
    frame: gpd.GeoDataFrame, home: Ints, persons: Numbers, *,
    unknown: Mask, covered: Mask,
) -> Numbers:  # fmt: skip
    """
    Return the known persons of each settlement.

    Unknown where all its cells are, and where the mesh has no cell in the whole municipality; a
    settlement that is nearest to no cell holds nobody.
    """
    cells = _added(home, np.ones(len(home)), len(frame))
    silent = _added(home, unknown.astype(float), len(frame))
    lost = ~covered | ((cells > 0) & (silent == cells))
    return np.where(lost, np.nan, _added(home, persons, len(frame)))


def _known_in_zone(frame: gpd.GeoDataFrame, home: Ints, persons: Numbers) -> Numbers:
    """Return the persons in the zone by settlement; unknown where the hazard data does not say."""
    return np.where(frame["flooded"].isna(), np.nan, _added(home, persons, len(frame)))


def _require_all_counted(total: float, *parts: Numbers) -> None:
    found = sum(float(part.sum()) for part in parts)
    if abs(found - total) > _CLOSE * max(total, 1.0):
        raise AnalysisError(
            "analyses.not_closed", measure=say("measures.iso_persons_all"),
            municipality=say("export.whole_region"),
            parts=f"{found:.6f}", total=f"{total:.6f}",
        )  # fmt: skip
