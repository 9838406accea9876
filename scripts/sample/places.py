"""Railways, stations, tourism, parks, wetlands, settlements: the facts as frames."""

from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from sample.outline import Land
from sample.plane import EPSG, point_at, read_facts, read_rows, smooth, to_xy


def points(name: str) -> gpd.GeoDataFrame:
    """Return a fact table with lon and lat as points in metres; its other columns as they are."""
    rows = read_rows(name)
    geometry = [point_at(row["lon"], row["lat"]) for row in rows]
    table = pd.DataFrame(rows).drop(columns=["lon", "lat"]).replace("", None)
    return gpd.GeoDataFrame(table, geometry=geometry, crs=EPSG)


def settlements() -> gpd.GeoDataFrame:
    """Return the settlements as points with name."""
    return points("settlements")[["name", "name_en", "muni_code", "geometry"]]


def spots() -> gpd.GeoDataFrame:
    """Return the tourism spots; what nobody has confirmed says so."""
    frame = points("spots").rename(columns={"muni": "muni_code"})
    return frame.assign(stay_min=frame["stay_min"].astype(int), **read_facts("words")["spots"])


def lodging() -> gpd.GeoDataFrame:
    """Return the invented lodgings."""
    frame = points("lodging")
    persons = frame["capacity_persons"].astype(int)
    return frame.assign(capacity_persons=persons, **read_facts("words")["lodging"])


def railways(land: Land) -> gpd.GeoDataFrame:
    """Return the railway lines within the region."""
    rows = [
        {"name": row["name"], "line_name": row["name"], "operator": row["operator"],
         "geometry": shapely.LineString(smooth(to_xy(row["points"])))}
        for row in read_facts("railways")["lines"]
    ]  # fmt: skip
    frame = gpd.GeoDataFrame(rows, crs=EPSG)
    frame["geometry"] = frame.intersection(land.land.buffer(300))
    return frame


def parks(land: Land) -> gpd.GeoDataFrame:
    """Return park zones on the land: each inner zone is cut out of those before it."""
    rows = [_zones(park, land) for park in read_facts("parks")["parks"]]
    return gpd.GeoDataFrame([zone for zones in rows for zone in zones], crs=EPSG)


def _zones(park: dict[str, Any], land: Land) -> list[dict[str, Any]]:
    shapes = [shapely.Polygon(smooth(to_xy(z["points"]), closed=True)).buffer(0) for z in park["zones"]]
    grades = [zone["grade"] for zone in park["zones"]]
    by_grade: dict[str, Any] = {}
    for i, (grade, shape) in enumerate(zip(grades, shapes, strict=True)):
        own = shape.difference(shapely.union_all(shapes[i + 1 :])).intersection(land.land)
        by_grade[grade] = by_grade[grade].union(own) if grade in by_grade else own
    return [
        {"park_name": park["name"], "park_kind": park["park_kind"], "name": park["name"],
         "name_en": park["name_en"], "grade": grade, "note": read_facts("words")["parks"]["note"],
         "geometry": _areas(area)}
        for grade, area in by_grade.items() if not area.is_empty
    ]  # fmt: skip


def _areas(geometry: Any) -> Any:
    """Return only the polygons of a geometry, without slivers below one hectare."""
    parts = [p for p in shapely.get_parts(geometry) if p.geom_type == "Polygon" and p.area > 1e4]
    return shapely.MultiPolygon(parts)


def wetlands() -> gpd.GeoDataFrame:
    """Return the six Ramsar wetlands: published area, schematic outline."""
    rows = [
        {"name": row["name"], "name_en": row["name_en"], "area_ha": row["area_ha"],
         "designated_on": row["designated_on"], "note": row.get("note"),
         "geometry": shapely.Polygon(smooth(to_xy(row["points"]), closed=True))}
        for row in read_facts("ramsar")["wetlands"]
    ]  # fmt: skip
    return gpd.GeoDataFrame(rows, crs=EPSG)
