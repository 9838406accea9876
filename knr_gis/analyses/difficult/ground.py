"""The ground of the zone: where people live, where nobody does, and where nobody walks."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from knr_gis.analyses.evacuation.origins import Origins, find_origins
from knr_gis.analyses.evacuation.plan import Plan
from knr_gis.analyses.inputs import Mask, Numbers, numbers, shapes_of
from knr_gis.analyses.inundation import Inundation
from knr_gis.geometry import present
from knr_gis.overlay import Shapes, dimension_of, make_zones, pieces

NOBODY = -1
_Index = NDArray[np.intp]


@dataclass(frozen=True)
class Ground:
    """
    The land of the zone in small parts that do not overlap.

    Parameters
    ----------
    pieces
        One row per piece of population (cell x municipality x depth class): ``muni``, ``depth_rank``,
        ``persons`` (NaN = unknown) and ``ages``.
    parts
        Shape (P,): polygons, together the zone.
    piece
        Shape (P,): the piece that a part is lived in by, -1 where nobody lives.
    row
        Shape (P,): row of ``Inundation.frame``.
    excluded
        Shape (P,): lived in, but within the area where nobody walks (islands, lakes).
    ages
        Age columns of ``pieces``.
    """

    pieces: pd.DataFrame
    parts: Shapes
    piece: _Index
    row: _Index
    excluded: Mask
    ages: list[str]

    @property
    def walked(self) -> _Index:
        """Return the parts that people live in and walk from."""
        return np.flatnonzero((self.piece != NOBODY) & ~self.excluded)


@dataclass(frozen=True)
class Homes:
    """
    What buildings tell of where people live.

    Parameters
    ----------
    within_m
        People live within this distance of buildings.
    least_floor_m2
        Buildings with less floor than this per person are not all there are.
    """

    within_m: float
    least_floor_m2: float


def make_ground(plan: Plan, homes: Homes) -> Ground:
    """
    Return the ground of the zone.

    People live in the population cells that hold anybody (an unknown number counts as somebody). Where
    buildings reach into a piece of a cell, only the ground near them is lived in (``near_buildings``); a
    piece without buildings is lived in as a whole, for no building in the data is no proof of none.
    Without population cells all ground counts as lived in, by an unknown number.
    """
    origins = _pieces_of(plan)
    if origins.areas is None:
        return _all_lived_in(plan)
    areas = _as_areas(shapes_of(gpd.GeoDataFrame(geometry=origins.areas)), homes.within_m)
    persons = origins.frame["persons"].to_numpy(float)
    lived_in = near_buildings(areas, persons, plan.layers.get("buildings"), homes)
    cut = _own_class(pieces(lived_in, plan.inundation.zones), origins.frame, plan.inundation)
    frame = pd.DataFrame(origins.frame[["muni", "depth_rank", "persons", *origins.ages]])
    return _parted(frame, cut, plan, origins.ages)


def _pieces_of(plan: Plan) -> Origins:
    """Return one origin per piece of population, whatever the demand rule of the plan."""
    if plan.origins.areas is not None or plan.origins.people is None:
        return plan.origins
    return find_origins(plan.layers, plan.inundation, "cells")


def _as_areas(shapes: Shapes, within_m: float) -> Shapes:
    """Return population points as the ground around them; cells as they are."""
    around = dimension_of(shapes) == 0
    areas = shapes.copy()
    areas[around] = shapely.buffer(shapes[around], within_m)
    return areas


def near_buildings(
    areas: Shapes, persons: Numbers, buildings: gpd.GeoDataFrame | None, homes: Homes
) -> Shapes:
    """
    Return of each area the ground near buildings; all of it where the buildings cannot hold its people.

    Parameters
    ----------
    areas
        Shape (n,): polygons in metres.
    persons
        Shape (n,): where the buildings that reach into an area have too little floor for them (ground
        area times storeys, one where unknown), buildings are missing and the whole area counts.
    """
    houses = gpd.GeoDataFrame(geometry=[]) if buildings is None else present(buildings)
    shapes = shapes_of(houses)
    area, house = shapely.STRtree(shapes).query(areas, predicate="dwithin", distance=homes.within_m)
    floor = shapely.area(shapes) * np.fmax(numbers(houses, "storeys"), 1.0)
    held = np.bincount(area, floor[house], minlength=len(areas))
    full = (held > 0) & ~(persons * homes.least_floor_m2 > held)
    area, house = area[full[area]], house[full[area]]
    known, house = np.unique(house, return_inverse=True)
    around = shapely.buffer(shapes[known], homes.within_m, quad_segs=8)
    cut = areas.copy()
    for k, rows in pd.Series(house).groupby(area):
        cut[k] = shapely.intersection(areas[k], shapely.union_all(around[rows]))
    return cut


def _own_class(cut: pd.DataFrame, frame: pd.DataFrame, inundation: Inundation) -> pd.DataFrame:
    """Return the cut pieces less what strays into another municipality or class (around points, say)."""
    piece, zone = frame.iloc[cut["feature"].to_numpy()], inundation.frame.iloc[cut["zone"].to_numpy()]
    same = [piece[c].to_numpy() == zone[c].to_numpy() for c in ("muni", "depth_rank")]
    return cut[same[0] & same[1]]


def _all_lived_in(plan: Plan) -> Ground:
    """Return the ground where nothing tells who lives where: one piece per municipality and class."""
    zones, frame = plan.inundation.zones, plan.inundation.frame
    groups = pd.DataFrame(frame[["muni", "depth_rank"]]).drop_duplicates(ignore_index=True)
    number = pd.DataFrame(frame[["muni", "depth_rank"]]).merge(groups.assign(piece=groups.index), how="left")
    cut = pd.DataFrame({
        "feature": number["piece"].to_numpy()[zones.owner], "zone": zones.owner, "geometry": zones.parts,
    })  # fmt: skip
    return _parted(groups.assign(persons=np.nan), cut, plan, [])


def _parted(frame: pd.DataFrame, cut: pd.DataFrame, plan: Plan, ages: list[str]) -> Ground:
    """Return the zone in parts: excluded, lived in, and the rest where nobody lives."""
    zones, shapes = plan.inundation.zones, np.asarray(cut["geometry"], dtype=object)
    barred = pd.DataFrame({"feature": np.empty(0, dtype=int), "geometry": np.empty(0, dtype=object)})
    if plan.exclusion is not None and not plan.exclusion.is_empty:
        barred = pieces(shapes, make_zones(np.array([plan.exclusion], dtype=object)))
    source = barred["feature"].to_numpy(int)
    piece, row = cut["feature"].to_numpy(int), cut["zone"].to_numpy(int)
    whole = make_zones(np.concatenate([np.asarray(barred["geometry"], dtype=object), shapes, zones.parts]))
    return Ground(
        pieces=frame,
        parts=whole.parts,
        piece=np.concatenate([piece[source], piece, np.full(len(zones.parts), NOBODY)])[whole.owner],
        row=np.concatenate([row[source], row, zones.owner])[whole.owner],
        excluded=whole.owner < len(source),
        ages=ages,
    )


def lived_in_m2(ground: Ground) -> Numbers:
    """Return the lived-in area of each piece, shape ``(pieces,)``."""
    lived = ground.piece != NOBODY
    area = shapely.area(ground.parts[lived])
    return np.asarray(np.bincount(ground.piece[lived], area, minlength=len(ground.pieces)), dtype=float)
