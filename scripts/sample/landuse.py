"""Fields and buildings, by chance: beside the roads, on dry land, not upon one another."""

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely import affinity

from sample.outline import Land
from sample.plane import EPSG, SEED, Floats, read_facts
from sample.streets import TownStreets
from sample.terrain import Ground


def draw_farmland(land: Land, ground: Ground, depth: Floats, roads: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return field polygons; some of them on ground that the tsunami reaches."""
    facts = read_facts("landuse")
    keep_off = (
        list(roads.geometry.buffer(14)) + list(land.rivers.geometry.buffer(40)) + list(land.lakes.geometry)
    )
    rows: list[dict[str, Any]] = []
    for number, (code, name, n, n_wet, angle) in enumerate(facts["fields"]):
        area = land.municipalities.set_index("muni_code").geometry[code].buffer(-60)
        rng = np.random.default_rng(SEED + 700 + number)
        wet = _cells(ground, area, depth > 0)
        hill = _cells(ground, area, (depth == 0) & (ground.height < facts["highest_m"]))
        fields = _place(wet, n_wet, angle, rng, (area, keep_off))
        keep_off += fields
        fields += _place(hill, n, angle, rng, (area, keep_off))
        keep_off += fields
        rows += [{"municipality": name, "muni_code": code, "geometry": field} for field in fields]
    frame = gpd.GeoDataFrame(rows, crs=EPSG)
    frame.insert(0, "polygon_id", [f"MODEL-{i + 1:05d}" for i in range(len(frame))])
    frame.insert(1, "land_type", facts["land_type"])
    return frame


def _cells(ground: Ground, area: Any, allowed: Any) -> Floats:
    """Return the centres (n, 2) of the allowed cells in an area, every third row and column."""
    x, y = (grid[::3, ::3][allowed[::3, ::3]] for grid in ground.centres())
    inside = shapely.contains_xy(area, x, y)
    return np.column_stack([x[inside], y[inside]])


def _place(
    centres: Floats, n: int, angle: float, rng: np.random.Generator, limits: tuple[Any, list[Any]]
) -> list[shapely.Polygon]:
    """Return up to n rectangles on chosen centres, in groups, free of what they must keep off."""
    if len(centres) == 0 or n == 0:
        return []
    area, keep_off = limits
    tree = shapely.STRtree(keep_off)
    placed: list[shapely.Polygon] = []
    shapely.prepare(area)
    for centre in centres[rng.permutation(len(centres))[: n * 3]]:
        for shift in (-1, 0, 1):
            field = _rectangle(centre + shift * np.array([430.0, 40.0]), angle, rng)
            free = len(tree.query(field, predicate="intersects")) == 0
            if free and area.contains(field) and not any(field.intersects(p) for p in placed):
                placed.append(field)
        if len(placed) >= n:
            break
    return placed[:n]


def _rectangle(centre: Floats, angle: float, rng: np.random.Generator) -> shapely.Polygon:
    width, height = rng.uniform(250, 410), rng.uniform(180, 420)
    box = shapely.box(-width / 2, -height / 2, width / 2, height / 2)
    turned: shapely.Polygon = affinity.rotate(box, angle + rng.normal(0, 2))
    return affinity.translate(turned, *centre)


def draw_buildings(towns: list[TownStreets], land: Land, roads: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return footprints along the streets of the coastal towns with storeys and height."""
    facts = read_facts("landuse")
    tree, dry = shapely.STRtree(list(roads.geometry.buffer(4))), land.dry_land
    shapely.prepare(dry)
    rows: list[dict[str, Any]] = []
    for number, town in enumerate(towns):
        n = facts["buildings"].get(town.town.name, 0)
        rng = np.random.default_rng(SEED + 900 + number)
        rows += _along_streets(town, n, rng, (dry, tree))
    return gpd.GeoDataFrame(rows, crs=EPSG)


def _along_streets(
    town: TownStreets, n: int, rng: np.random.Generator, limits: tuple[Any, shapely.STRtree]
) -> list[dict[str, Any]]:
    """Return at most n buildings of a town that stand clear of roads and of each other."""
    dry, tree = limits
    streets = [s.line for s in town.streets if not s.flags]
    rows: list[dict[str, Any]] = []
    for _ in range(n * 2 if streets else 0):
        use, storeys, box = _building(rng, town.town.name)
        shape = _beside(streets[rng.integers(len(streets))], box, rng)
        clear = not len(tree.query(shape, predicate="intersects")) and dry.contains(shape)
        if clear and not any(shape.intersects(row["geometry"]) for row in rows):
            rows.append(
                {
                    "building_use": use,
                    "storeys": storeys,
                    "height_m": round(3.2 * storeys + 0.8, 1),
                    "geometry": shape,
                }
            )
        if len(rows) >= n:
            break
    return rows


def _building(rng: np.random.Generator, town: str) -> tuple[str, int, shapely.Polygon]:
    """Return use, storeys and a footprint around (0, 0)."""
    kinds = read_facts("landuse")["kinds"]
    kind = kinds[rng.choice(len(kinds), p=[k["share"] for k in kinds])]
    storeys = int(
        rng.integers(kind["storeys"][0], kind["storeys"][1] + (3 if town in kind["taller_in"] else 1))
    )
    low, high = kind["size_m"]
    half = rng.uniform(low, high, 2) / 2
    return kind["use"], storeys, shapely.box(-half[0], -half[1], half[0], half[1])


def _beside(street: shapely.LineString, box: shapely.Polygon, rng: np.random.Generator) -> shapely.Polygon:
    """Return a footprint moved beside a street and turned along it."""
    (x0, y0), (x1, y1) = street.coords[0], street.coords[-1]
    length = float(np.hypot(x1 - x0, y1 - y0))
    along = np.array([x1 - x0, y1 - y0]) / length
    side = np.array([-along[1], along[0]]) * rng.choice([-1, 1]) * (9 + box.bounds[3])
    centre = np.array([x0, y0]) + along * length * rng.uniform(0.15, 0.85) + side
    turned = affinity.rotate(box, float(np.degrees(np.arctan2(along[1], along[0]))), origin=(0, 0))
    return affinity.translate(turned, *centre)
