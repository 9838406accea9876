"""Where people start from: what of the population lies in the zone."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from knr_gis.analyses.inputs import by_dimension, numbers, shapes_of, texts
from knr_gis.analyses.inundation import ZONE_COLUMNS, Inundation, overlay_layer
from knr_gis.analyses.people import People, known_ages, place_people, share_per_amount
from knr_gis.errors import AnalysisError
from knr_gis.overlay import pieces
from knr_gis.texts import say

MESH, SETTLEMENTS = "mesh", "settlements"
_ARRIVALS = ("arrival_min", "arrival_30cm_min")


@dataclass(frozen=True)
class Origins:
    """
    Starting points in the zone.

    Parameters
    ----------
    frame
        Points with ``name``, ``muni``, ``depth_rank``, the columns of the zone, ``arrival_min`` (of the
        hazard data, NaN = none), ``persons`` (NaN = unknown) and ``ages``.
    areas
        The pieces of mesh cells that the points stand for; None for settlement points.
    kind
        ``mesh`` or ``settlements``.
    ages
        Age columns with any known number.
    people
        The population layer over the hazard, for the check that nobody is lost; None for settlements.
    """

    frame: gpd.GeoDataFrame
    areas: gpd.GeoSeries | None
    kind: str
    ages: list[str]
    people: People | None

    def __len__(self) -> int:
        """Return the number of origins."""
        return len(self.frame)


def find_origins(
    population: gpd.GeoDataFrame | None, settlements: gpd.GeoDataFrame | None, inundation: Inundation
) -> Origins:
    """
    Return the origins in the zone: pieces of population cells, else settlement points.

    Cells known to hold nobody are left out; cells whose number is unknown stay.

    Raises
    ------
    AnalysisError
        If neither layer can be used.
    """
    people = place_people(population, inundation) if population is not None else None
    if people is not None:
        return _mesh_origins(people, inundation)
    points = by_dimension(settlements).get(0) if settlements is not None else None
    if points is None:
        raise AnalysisError("evacuation.no_origins")
    return _settlement_origins(points.reset_index(drop=True), inundation)


def _mesh_origins(people: People, inundation: Inundation) -> Origins:
    """Return one origin per cell, municipality and depth class, with its share of the persons."""
    cut = pieces(shapes_of(people.frame), inundation.zones)
    zone = inundation.frame.iloc[cut["zone"].to_numpy()].reset_index(drop=True)
    keys = ["muni", "depth_rank"]
    table = pd.concat([cut[["feature", "amount", "geometry"]], zone[[*keys, *_ARRIVALS]]], axis=1)
    grouped = table.groupby(["feature", *keys], sort=True)
    merged = grouped.agg({"amount": "sum", **dict.fromkeys(_ARRIVALS, "min")}).reset_index()
    areas = np.array([shapely.union_all(group.to_numpy()) for _, group in grouped["geometry"]], dtype=object)
    ages = known_ages(people.frame)
    cell = merged["feature"].to_numpy(int)
    columns = {c: _persons(people, c)[cell] * merged["amount"].to_numpy() for c in ("persons", *ages)}
    names = np.array(_cell_names(people.frame), dtype=object)
    frame = _zone_labels(merged, inundation).assign(name=names[cell], **columns)
    kept = ~(frame["persons"].to_numpy() == 0)
    points = gpd.GeoDataFrame(frame, geometry=_middle(areas), crs=people.frame.crs)[kept]
    outlines = gpd.GeoSeries(list(areas[kept]), crs=people.frame.crs)
    return Origins(points.reset_index(drop=True), outlines, MESH, ages, people)


def _cell_names(cells: gpd.GeoDataFrame) -> list[str]:
    """Return what people call each cell: its mesh code, said to be one, else its name."""
    pairs = zip(texts(cells, "mesh_code"), texts(cells, "name"), strict=True)
    return [say("evacuation.mesh_name", code=code) if code else name for code, name in pairs]


def _middle(areas: np.ndarray[tuple[int], np.dtype[np.object_]]) -> list[shapely.Point]:
    """Return a point inside each area: its centroid where that lies within."""
    centres, inner = shapely.centroid(areas), shapely.point_on_surface(areas)
    return list(np.where(shapely.contains(areas, centres), centres, inner)) if len(areas) else []


def _persons(people: People, column: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return persons per square metre of land (per point), NaN where unknown."""
    return np.where(np.isnan(numbers(people.frame, column)), np.nan, share_per_amount(people, column))


def _zone_labels(merged: pd.DataFrame, inundation: Inundation) -> pd.DataFrame:
    """Return the rows with the names of their municipality and depth class."""
    labels = inundation.frame.drop_duplicates(["muni", "depth_rank"])[["muni", "depth_rank", *ZONE_COLUMNS]]
    labelled = merged.merge(pd.DataFrame(labels), on=["muni", "depth_rank"], how="left", sort=False)
    return labelled.drop(columns=["feature", "amount"])


def _settlement_origins(points: gpd.GeoDataFrame, inundation: Inundation) -> Origins:
    """Return the settlement points in the zone; persons are unknown unless the layer has them."""
    wet = overlay_layer(shapes_of(points), inundation).wet
    source = points.iloc[wet["feature"].to_numpy()]
    zone = inundation.frame.iloc[wet["zone"].to_numpy()]
    columns = {c: zone[c].to_numpy() for c in ("muni", "depth_rank", *_ARRIVALS, *ZONE_COLUMNS)}
    ages = known_ages(source)
    columns |= {c: numbers(source, c) for c in ("persons", *ages)}
    frame = gpd.GeoDataFrame(
        {"name": texts(source, "name"), **columns}, geometry=list(source.geometry), crs=points.crs
    )
    return Origins(frame, None, SETTLEMENTS, ages, None)
