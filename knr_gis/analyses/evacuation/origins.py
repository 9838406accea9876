"""Where people start from: what of the population lies in the zone."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from knr_gis.analyses.demand import Spread, persons_at, spread_people
from knr_gis.analyses.evacuation.conditions import Layers
from knr_gis.analyses.inputs import by_dimension, numbers, shapes_of, texts
from knr_gis.analyses.inundation import ZONE_COLUMNS, Inundation, overlay_layer
from knr_gis.analyses.people import People, known_ages, place_people, share_per_amount
from knr_gis.errors import AnalysisError
from knr_gis.overlay import pieces
from knr_gis.texts import say

MESH, SETTLEMENTS, VISITORS = "mesh", "settlements", "visitors"
ARRIVALS = ("arrival_min", "arrival_30cm_min")


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
        The pieces of mesh cells that the points stand for, one each; None for settlement points, and where a
        piece has several points.
    kind
        ``mesh``, ``settlements`` or ``visitors``.
    ages
        Age columns with any known number.
    people
        The population layer over the hazard, for the check that nobody is lost; None for points.
    fallback
        Number of pieces where the demand rule found no street or home, so that their middle is taken.
    """

    frame: gpd.GeoDataFrame
    areas: gpd.GeoSeries | None
    kind: str
    ages: list[str]
    people: People | None
    fallback: int = 0

    def __len__(self) -> int:
        """Return the number of origins."""
        return len(self.frame)


def find_origins(layers: Layers, inundation: Inundation, demand: str) -> Origins:
    """
    Return the origins in the zone: pieces of population cells, else settlement points.

    Cells known to hold nobody are left out; cells whose number is unknown stay.

    Parameters
    ----------
    demand
        Where in a piece people start from, see ``spread_people``.

    Raises
    ------
    AnalysisError
        If neither layer can be used.
    """
    population, settlements = layers.get("population"), layers.get("settlements")
    people = place_people(population, inundation) if population is not None else None
    if people is not None:
        pieces_, areas = _piece_frame(people, inundation)
        spread = spread_people(
            areas, rule=demand, roads=layers.get("roads"), buildings=layers.get("buildings")
        )
        return _mesh_origins(people, pieces_, areas, spread)
    points = by_dimension(settlements).get(0) if settlements is not None else None
    if points is None:
        raise AnalysisError("evacuation.no_origins")
    return point_origins(points.reset_index(drop=True), inundation, SETTLEMENTS)


def _piece_frame(people: People, inundation: Inundation) -> tuple[pd.DataFrame, gpd.GeoSeries]:
    """Return one piece per cell, municipality and depth class with its share of the persons, and its area."""
    cut = pieces(shapes_of(people.frame), inundation.zones)
    zone = inundation.frame.iloc[cut["zone"].to_numpy()].reset_index(drop=True)
    keys = ["muni", "depth_rank"]
    table = pd.concat([cut[["feature", "amount", "geometry"]], zone[[*keys, *ARRIVALS]]], axis=1)
    grouped = table.groupby(["feature", *keys], sort=True)
    merged = grouped.agg({"amount": "sum", **dict.fromkeys(ARRIVALS, "min")}).reset_index()
    areas = np.array([shapely.union_all(group.to_numpy()) for _, group in grouped["geometry"]], dtype=object)
    cell = merged["feature"].to_numpy(int)
    columns = {
        c: _persons(people, c)[cell] * merged["amount"].to_numpy()
        for c in ("persons", *known_ages(people.frame))
    }
    names = np.array(_cell_names(people.frame), dtype=object)
    frame = _zone_labels(merged, inundation).assign(name=names[cell], **columns)
    kept = ~(frame["persons"].to_numpy() == 0)
    return frame[kept].reset_index(drop=True), gpd.GeoSeries(list(areas[kept]), crs=people.frame.crs)


def _mesh_origins(people: People, frame: pd.DataFrame, areas: gpd.GeoSeries, spread: Spread) -> Origins:
    """Return the starting points of the pieces, persons shared out over those of one piece."""
    ages = known_ages(people.frame)
    piece, points = spread.points["piece"].to_numpy(int), persons_at(spread, frame, ["persons", *ages])
    shared = {c: points[c].to_numpy() for c in ("persons", *ages)}
    rows = frame.iloc[piece].reset_index(drop=True).assign(**shared)
    single = len(piece) == len(frame) and bool((np.diff(piece) == 1).all())
    return Origins(
        frame=gpd.GeoDataFrame(rows, geometry=list(spread.points.geometry), crs=areas.crs),
        areas=areas if single else None,
        kind=MESH,
        ages=ages,
        people=people,
        fallback=int(spread.fallback.sum()),
    )


def _cell_names(cells: gpd.GeoDataFrame) -> list[str]:
    """Return what people call each cell: its mesh code, said to be one, else its name."""
    pairs = zip(texts(cells, "mesh_code"), texts(cells, "name"), strict=True)
    return [say("evacuation.mesh_name", code=code) if code else name for code, name in pairs]


def _persons(people: People, column: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return persons per square metre of land (per point), NaN where unknown."""
    return np.where(np.isnan(numbers(people.frame, column)), np.nan, share_per_amount(people, column))


def _zone_labels(merged: pd.DataFrame, inundation: Inundation) -> pd.DataFrame:
    """Return the rows with the names of their municipality and depth class."""
    labels = inundation.frame.drop_duplicates(["muni", "depth_rank"])[["muni", "depth_rank", *ZONE_COLUMNS]]
    labelled = merged.merge(pd.DataFrame(labels), on=["muni", "depth_rank"], how="left", sort=False)
    return labelled.drop(columns=["feature", "amount"])


def point_origins(points: gpd.GeoDataFrame, inundation: Inundation, kind: str) -> Origins:
    """Return the points in the zone; persons are unknown unless the layer has them."""
    wet = overlay_layer(shapes_of(points), inundation).wet
    source = points.iloc[wet["feature"].to_numpy()]
    zone = inundation.frame.iloc[wet["zone"].to_numpy()]
    columns = {c: zone[c].to_numpy() for c in ("muni", "depth_rank", *ARRIVALS, *ZONE_COLUMNS)}
    ages = known_ages(source)
    columns |= {c: numbers(source, c) for c in ("persons", *ages)}
    frame = gpd.GeoDataFrame(
        {"name": texts(source, "name"), **columns}, geometry=list(source.geometry), crs=points.crs
    )
    return Origins(frame, None, kind, ages, None)
