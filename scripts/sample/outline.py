"""Municipalities, coast and lakes from arcs: shared arcs leave neither gap nor overlap."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from sample.plane import EPSG, Floats, blob, point_at, read_facts, smooth, to_xy


@dataclass(frozen=True)
class Land:
    """
    The drawn land, in metres (EPSG:6681).

    Parameters
    ----------
    municipalities
        ``muni_code, name, name_en, bureau`` and polygons that partition the land, lakes included.
    lakes
        ``name, name_en, level_m, tidal`` and polygons.
    rivers
        ``name, name_en, river_class, valley_m`` and lines from the mouth upward.
    land
        Union of the municipalities.
    water
        The lakes that are open to the sea, as one geometry.
    """

    municipalities: gpd.GeoDataFrame
    lakes: gpd.GeoDataFrame
    rivers: gpd.GeoDataFrame
    land: BaseGeometry
    water: BaseGeometry

    @property
    def dry_land(self) -> BaseGeometry:
        """The land without any lake."""
        return self.land.difference(self.lakes.union_all())


def draw_land(region_file: Path) -> Land:
    """Return municipalities, lakes and rivers drawn from the facts."""
    municipalities = _municipalities(read_facts("outline"), region_file)
    lakes, rivers = _lakes(), _rivers()
    land = municipalities.union_all()
    rivers["geometry"] = rivers.intersection(land)
    return Land(municipalities, lakes, rivers, land, lakes[lakes["tidal"]].union_all())


def _arc(arc: dict[str, Any], junctions: dict[str, list[float]]) -> shapely.LineString:
    first, last = (junctions[name] for name in arc["ends"])
    return shapely.LineString(smooth(to_xy([first, *arc["points"], last])))


def _municipalities(facts: dict[str, Any], region_file: Path) -> gpd.GeoDataFrame:
    arcs = [_arc(arc, facts["junctions"]) for arc in facts["arcs"]]
    # The junctions are shared exactly, so noding only has to join; the millimetre grid keeps it robust.
    faces = list(shapely.get_parts(shapely.polygonize([shapely.union_all(arcs, grid_size=0.001)])))
    parts = {row["code"]: _faces_at(faces, row["points"]) for row in facts["seeds"]}
    for i, island in enumerate(facts["islands"]):
        shape = blob(island["center"], island["half_km"], angle=island["angle"], seed=i)
        parts[island["code"]].append(shape)
    rows = [
        {"muni_code": m["code"], "name": m["ja"], "name_en": m["en"], "bureau": m["bureau"],
         "geometry": shapely.MultiPolygon(parts[m["code"]])}
        for m in tomllib.loads(region_file.read_text(encoding="utf-8"))["municipalities"]
    ]  # fmt: skip
    return gpd.GeoDataFrame(rows, crs=EPSG)


def _faces_at(faces: list[shapely.Polygon], seeds: list[list[float]]) -> list[shapely.Polygon]:
    return [next(face for face in faces if face.contains(point_at(*seed))) for seed in seeds]


def _ring(points: list[list[float]]) -> Floats:
    return smooth(to_xy(points), closed=True)


def _lake(row: dict[str, Any]) -> shapely.Polygon:
    holes = []
    if "island" in row:
        holes = [blob(row["island"]["center"], row["island"]["half_km"], seed=99).exterior.coords]
    return shapely.Polygon(_ring(row["points"]), holes)


def _lakes() -> gpd.GeoDataFrame:
    rows = [
        {"name": row["name"], "name_en": row["name_en"], "level_m": float(row["level_m"]),
         "tidal": row.get("tidal", False), "geometry": _lake(row)}
        for row in read_facts("lakes")["lakes"]
    ]  # fmt: skip
    return gpd.GeoDataFrame(rows, crs=EPSG)


def _rivers() -> gpd.GeoDataFrame:
    rows = [
        {"name": row["name"], "name_en": row["name_en"], "river_class": row["river_class"],
         "valley_m": float(row["valley_m"]), "geometry": shapely.LineString(_wind(row, i))}
        for i, row in enumerate(read_facts("rivers")["rivers"])
    ]  # fmt: skip
    return gpd.GeoDataFrame(rows, crs=EPSG)


def _wind(row: dict[str, Any], seed: int) -> Floats:
    """Return a course with small bends, none at the mouth."""
    course = smooth(to_xy(row["points"]), steps=8)
    rng = np.random.default_rng(seed)
    bends = rng.normal(0, 90, course.shape)
    bends[:3] = 0
    return smooth(course + bends, steps=3)


def coastline(land: Land) -> gpd.GeoDataFrame:
    """Return the shore of each municipality: its boundary on the sea, not towards another town."""
    shore = land.land.boundary.difference(land_border().buffer(1))
    word, rows = read_facts("words")["coastline"]["name"], []
    for row in land.municipalities.itertuples():
        own = row.geometry.boundary.intersection(shore)
        lines = [part for part in shapely.get_parts(own) if part.length > 1]
        if lines:
            merged = shapely.line_merge(shapely.MultiLineString(lines))
            rows.append({"name": word.format(name=row.name), "muni_code": row.muni_code, "geometry": merged})
    return gpd.GeoDataFrame(rows, crs=EPSG)


def coast_arcs() -> BaseGeometry:
    """Return the arcs of the coast as one geometry."""
    return _arcs_of("coast")


def land_border() -> BaseGeometry:
    """Return the arcs of the borders on land, between the municipalities and towards others."""
    return _arcs_of("border")


def _arcs_of(kind: str) -> BaseGeometry:
    facts = read_facts("outline")
    return shapely.union_all([_arc(a, facts["junctions"]) for a in facts["arcs"] if a["kind"] == kind])
