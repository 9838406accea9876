"""Draw the bundled sample (schematic, from rounded facts) into a folder: ``make_sample.py [--out DIR]``."""

import argparse
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sample import (
    coverage,
    hazard,
    landuse,
    later,
    mainroads,
    network,
    outline,
    people,
    places,
    sites,
    streets,
    terrain,
    trips,
    write,
)
from sample.plane import Floats, point_at, read_facts, read_rows
from shapely.geometry.base import BaseGeometry

ROOT = Path(__file__).resolve().parents[1]
# As officers keep them: CSV.
TABLES = frozenset({"tourism_spots", "lodging", "gateways", "service_points", "shelters"})
COARSE = frozenset({"farmland", "national_parks", "ramsar_wetlands", "population", "rivers"})  # five decimals


@dataclass(frozen=True)
class Drawing:
    """Everything that is drawn: vector layers by id, tables without places, and the ground."""

    layers: dict[str, gpd.GeoDataFrame]
    tables: dict[str, pd.DataFrame]
    ground: terrain.Ground


def draw() -> Drawing:
    """Return all layers of the sample in EPSG:6681."""
    land = outline.draw_land(ROOT / "region.toml")
    ground = terrain.draw_ground(land)
    depth, _, _ = hazard.flood_depth(ground)
    towns = streets.draw_towns(land, ground, depth)
    scene = sites.Scene(land, ground, depth, towns)
    roads = _roads(land, towns)
    classes = hazard.read_classes(ROOT / "knr_gis" / "depth_classes.toml")
    zones = hazard.draw_inundation(ground, land, classes)
    evacuation = sites.draw_evacuation_sites(scene)
    layers = {
        "municipalities": land.municipalities, "coastline": outline.coastline(land), "lakes": _lakes(land),
        "rivers": land.rivers.drop(columns="valley_m"),
        "national_parks": coverage.exact_partition(places.parks(land), 5),
        "ramsar_wetlands": places.wetlands(),
        "tsunami_inundation": coverage.exact_partition(zones, 6),
        "roads": roads, "railways": places.railways(land), "stations": places.points("stations"),
        "roadside_stations": places.points("roadside_stations"), "settlements": places.settlements(),
        "tourism_spots": places.spots(), "lodging": places.lodging(), "heritage": places.points("heritage"),
        "service_points": trips.service_points(roads), "gateways": places.points("gateways"),
        "population": people.draw_population(land, _countryside(land)), "evacuation_sites": evacuation,
        "shelters": sites.draw_shelters(evacuation, scene),
        "evacuation_buildings": sites.draw_evacuation_buildings(scene),
        "facilities": sites.draw_facilities(scene),
        "farmland": landuse.draw_farmland(land, ground, depth, roads),
        "buildings": landuse.draw_buildings(towns, land, roads),
    }  # fmt: skip
    return Drawing(layers, _tables(layers, land), ground)


def _tables(layers: dict[str, gpd.GeoDataFrame], land: outline.Land) -> dict[str, pd.DataFrame]:
    """Return what has no geometry of its own, by layer id."""
    totals = pd.DataFrame(read_rows("municipal_population"))[["muni_code", "persons", "edition"]]
    return {
        "municipal_population": totals,
        "population_projection": later.project_towns(),
        "population_mesh_projection": later.project_mesh(layers["population"], land),
        "visitors": later.visitors(layers["tourism_spots"]),
        "road_rules": trips.road_rules(),
        "train_legs": trips.train_legs(),
    }


def _countryside(land: outline.Land) -> BaseGeometry:
    """Return the land near the main roads, without the special zones of the parks."""
    parks = places.parks(land)
    special = parks[parks["grade"] != read_facts("parks")["ordinary"]].union_all()
    near = [road.line.buffer(1500) for road in mainroads.draw_main_roads(land)]
    result: BaseGeometry = shapely.union_all(near).difference(special)
    return result


def _lakes(land: outline.Land) -> gpd.GeoDataFrame:
    """Return the lakes layer; the height of the water is its elevation."""
    return land.lakes.drop(columns="tidal").rename(columns={"level_m": "elevation_m"})


def _roads(land: outline.Land, towns: list[streets.TownStreets]) -> gpd.GeoDataFrame:
    """Return the road network that reaches every place but the hamlet that is cut off."""
    town_roads = [s for t in towns for s in t.streets] + [w.road for t in towns for w in t.ways_up]
    cut_off = towns[-1].town
    hamlet = point_at(cut_off.lon, cut_off.lat)
    goals = [
        places.settlements(),
        *map(places.points, ("stations", "roadside_stations", "spots", "lodging", "heritage", "town_halls")),
    ]
    xy: Floats = np.array(
        [[p.x, p.y] for frame in goals for p in frame.geometry if p.distance(hamlet) > 2000]
    )
    main_roads = mainroads.draw_main_roads(land)
    links = network.link_towns(main_roads, towns, land)
    return network.join_roads([*main_roads, *town_roads, *links], xy, hamlet)


def save(drawing: Drawing, folder: Path) -> None:
    """Write every layer into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in drawing.layers.items():
        if name in TABLES:
            write.write_csv(frame, folder / f"{name}.csv")
        else:
            write.write_geojson(frame, folder / f"{name}.geojson", decimals=5 if name in COARSE else 6)
    write.write_elevation(drawing.ground, folder / "elevation.tif")
    for name, table in drawing.tables.items():
        write.write_table(table, folder / f"{name}.csv")


def main() -> None:
    """Draw and write the sample, and print what was written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "layers" / "sample")
    folder = parser.parse_args().out
    save(draw(), folder)
    for path in sorted(folder.iterdir()):
        print(f"{path.stat().st_size:>9,} {path.name}")


if __name__ == "__main__":
    main()
