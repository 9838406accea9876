"""The hazard by municipality and depth class: what exposure and evacuation both stand on."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from knr_gis.analyses.inputs import Numbers, chosen_codes, municipality_names, numbers, shapes_of
from knr_gis.depth import depth_label
from knr_gis.errors import AnalysisError
from knr_gis.overlay import Shapes, Zones, dimension_of, make_zones, measure, pieces

COVERED, EDGE_ONLY, NO_DATA = "covered", "edge_only", "no_data"
ZONE_COLUMNS = ("muni_code", "municipality", "depth_class", "depth_min_m", "depth_max_m")


class Ranks(NamedTuple):
    """Class of each polygon (position in ``labels``), the labels, and their precedence: the lower wins."""

    rank: NDArray[np.intp]
    labels: list[str]
    precedence: NDArray[np.intp]


@dataclass(frozen=True)
class Inundation:
    """
    Hazard zones cut by municipality.

    Parameters
    ----------
    frame
        One row per hazard polygon and municipality: ``muni`` (position), ``muni_code``,
        ``municipality``, ``depth_rank`` (position in ``classes``), ``depth_class``, ``depth_min_m``,
        ``depth_max_m``, ``arrival_min``, ``arrival_30cm_min``, ``base_water_level_m``, ``area_ha``.
    zones
        ``frame`` made ready for cutting; on a shared border the deeper class wins.
    land
        The municipalities made ready for cutting.
    codes, names
        Municipalities in the order of the layer.
    classes
        Labels of the depth classes, shallowest first, unknown depth last.
    precedence
        For each class, lower is deeper (unknown depth is last).
    coverage
        For each municipality ``covered``, ``edge_only`` (the data only brushes it: what lies outside
        the zones is not known to be dry) or ``no_data``.
    gaps
        Narrow dry land between flooded land, where an analysis asks for it; None: not asked.
    """

    frame: gpd.GeoDataFrame
    zones: Zones
    land: Zones
    codes: list[str]
    names: list[str]
    classes: list[str]
    precedence: NDArray[np.intp]
    coverage: list[str]
    gaps: Zones | None = None

    @property
    def covered(self) -> NDArray[np.bool_]:
        """Where land outside the zones is known to be dry; shape ``(municipalities,)``."""
        return np.array([state == COVERED for state in self.coverage], dtype=bool)

    @property
    def area_m2(self) -> Numbers:
        """Inundated area, shape ``(municipalities, classes)``."""
        return self.sums(np.arange(len(self.frame)), self.zones.areas)

    @property
    def land_m2(self) -> Numbers:
        """Land of each municipality, shape ``(municipalities,)``."""
        return self.land.areas

    def sums(self, zone: NDArray[np.intp], amount: Numbers) -> Numbers:
        """Return amounts per zone added up to ``(municipalities, classes)``."""
        return self.sums_of(self.frame.iloc[zone], amount)

    def sums_of(self, rows: pd.DataFrame, amount: Numbers) -> Numbers:
        """Return amounts by ``muni`` and ``depth_rank``, shape ``(municipalities, classes)``."""
        table = np.zeros((len(self.codes), len(self.classes)))
        np.add.at(table, (rows["muni"].to_numpy(int), rows["depth_rank"].to_numpy(int)), amount)
        return table

    def named(self, state: str) -> list[str]:
        """Return the names of the municipalities with a state of coverage."""
        return [name for name, s in zip(self.names, self.coverage, strict=True) if s == state]


def clip_hazard(
    hazard: gpd.GeoDataFrame,
    municipalities: gpd.GeoDataFrame,
    *,
    hazard_covers: list[str] | None,
    sliver_share: float,
) -> Inundation:
    """
    Return the hazard by municipality; parts at sea belong to none and are left out.

    Parameters
    ----------
    hazard
        Polygons with ``depth_min_m`` and ``depth_max_m`` where the depth is known.
    municipalities
        Polygons with ``muni_code`` and ``name``, same CRS as the hazard, in metres.
    hazard_covers
        Codes or names of municipalities that the hazard data is known to cover, even where it
        shows no inundation. Others count as covered when the hazard takes more than
        ``sliver_share`` of their area.

    Raises
    ------
    AnalysisError
        If no municipality is given, or ``hazard_covers`` names an unknown one.
    """
    stated = chosen_codes(hazard_covers, municipalities)
    return clip_classes(hazard, municipalities, depth_ranks(hazard), stated=stated, sliver_share=sliver_share)


def clip_classes(
    hazard: gpd.GeoDataFrame, municipalities: gpd.GeoDataFrame, ranks: Ranks, *,
    stated: set[str], sliver_share: float,
) -> Inundation:  # fmt: skip
    """
    Return polygons of any classes by municipality; where they overlap, the class of precedence holds.

    Parameters
    ----------
    ranks
        Class of each polygon, the labels, and their precedence (lower wins).
    stated
        Codes of municipalities that the data is known to cover.
    """
    if municipalities.empty:
        raise AnalysisError("analyses.no_municipalities")
    land, codes = make_zones(shapes_of(municipalities)), municipalities["muni_code"].astype(str).tolist()
    names = municipality_names(municipalities)
    rank, classes, precedence = ranks
    frame = _clip(hazard.assign(depth_rank=rank), land, classes)
    muni = frame["muni"].to_numpy(int)
    frame = frame.assign(muni_code=np.array(codes)[muni], municipality=np.array(names)[muni])
    # On a municipal border the first municipality wins, as in ``land``: else accounts would not close.
    priority = muni * (len(classes) + 1) + precedence[frame["depth_rank"].to_numpy(int)]
    zones = make_zones(shapes_of(frame), priority)
    share = np.bincount(muni, zones.areas, minlength=len(codes)) / np.maximum(land.areas, 1e-9)
    coverage = [_coverage(c in stated, float(s), sliver_share) for c, s in zip(codes, share, strict=True)]
    frame = frame.assign(area_ha=zones.areas / 10_000)
    return Inundation(frame, zones, land, codes, names, classes, precedence, coverage)


def _coverage(stated: bool, share: float, sliver_share: float) -> str:  # noqa: FBT001  a fact, not a switch
    if stated or (share > 0 and share >= sliver_share):
        return COVERED
    return EDGE_ONLY if share > 0 else NO_DATA


def depth_ranks(hazard: gpd.GeoDataFrame) -> Ranks:
    """Return each polygon's class, the class labels (shallow to deep, unknown last), their precedence."""
    lower, upper = numbers(hazard, "depth_min_m"), numbers(hazard, "depth_max_m")
    keys = [_bounds(low, high) for low, high in zip(lower, upper, strict=True)]
    order = sorted(set(keys), key=lambda k: (k == (None, None), k[0] or 0.0, k[1] or math.inf))
    rank = np.array([order.index(key) for key in keys], dtype=np.intp)
    last = len(order)
    precedence = [last if key == (None, None) else last - 1 - place for place, key in enumerate(order)]
    return Ranks(rank, [depth_label(*key) for key in order], np.array(precedence, dtype=np.intp))


def _bounds(lower: float, upper: float) -> tuple[float | None, float | None]:
    return (None if math.isnan(lower) else lower), (None if math.isnan(upper) else upper)


def _clip(hazard: gpd.GeoDataFrame, land: Zones, classes: list[str]) -> gpd.GeoDataFrame:
    cut = pieces(shapes_of(hazard), land)
    source = hazard.iloc[cut["feature"].to_numpy()]
    rank = source["depth_rank"].to_numpy(int)
    columns = {name: numbers(source, name) for name in (
        "depth_min_m", "depth_max_m", "arrival_min", "arrival_30cm_min", "base_water_level_m",
    )}  # fmt: skip
    table = {"muni": cut["zone"].to_numpy(int), "depth_rank": rank, **columns}
    labels = [classes[k] for k in rank]
    return gpd.GeoDataFrame({**table, "depth_class": labels}, geometry=list(cut["geometry"]), crs=hazard.crs)


@dataclass(frozen=True)
class Overlaid:
    """
    How much of each feature of a layer lies in each municipality and in each inundated piece.

    Parameters
    ----------
    land
        Columns ``feature``, ``muni``, ``amount`` (square metres, metres, or 1 for a point).
    wet
        Columns ``feature``, ``zone`` (row of ``Inundation.frame``), ``amount``.
    count
        Number of features of the layer.
    """

    land: pd.DataFrame
    wet: pd.DataFrame
    count: int


def overlay_layer(shapes: Shapes, inundation: Inundation) -> Overlaid:
    """Return a layer of one dimension laid over the municipalities and the hazard."""
    dimension = int(dimension_of(shapes).max(initial=-1))
    if dimension == 1:
        return _overlay_lines(shapes, inundation)
    land = measure(shapes, inundation.land).rename(columns={"zone": "muni"})
    wet = measure(shapes, inundation.zones)
    if dimension == 0:  # a point on a municipal border belongs where it is wet
        muni = inundation.frame["muni"].to_numpy(int)[wet["zone"].to_numpy(int)]
        dry = land[~land["feature"].isin(wet["feature"])]
        land = pd.concat([dry, wet.assign(muni=muni).drop(columns="zone")], ignore_index=True)
    return Overlaid(land, wet, len(shapes))


def _overlay_lines(shapes: Shapes, inundation: Inundation) -> Overlaid:
    """Cut lines by municipality first, so that a line on a municipal border is of one only."""
    land = pieces(shapes, inundation.land).rename(columns={"zone": "muni"})
    wet = measure(np.asarray(land["geometry"], dtype=object), inundation.zones)
    piece = wet["feature"].to_numpy(int)
    own = inundation.frame["muni"].to_numpy(int)[wet["zone"].to_numpy(int)]
    same = own == land["muni"].to_numpy(int)[piece]
    wet = wet.assign(feature=land["feature"].to_numpy(int)[piece])[same]
    return Overlaid(land.drop(columns="geometry"), wet, len(shapes))


def first_zone(points: Shapes, zones: Zones) -> NDArray[np.intp]:
    """Return the zone that each point lies in, -1 where in none; shape ``(n,)``."""
    found = measure(points, zones).drop_duplicates("feature")
    position = np.full(len(points), -1, dtype=np.intp)
    position[found["feature"].to_numpy(int)] = found["zone"].to_numpy(int)
    return position
