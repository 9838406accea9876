"""Evacuation sites, shelters, evacuation buildings and facilities, all of them invented."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from sample.outline import Land
from sample.plane import EPSG, SEED, Floats, point_at, read_facts, read_rows
from sample.streets import TownStreets
from sample.terrain import Ground

HAZARDS = ("flood", "landslide", "storm_surge", "earthquake", "tsunami", "fire", "inland_flood", "volcano")
ROOMS_UP_M = 3.5  # one storey
INLAND_M = 9000.0  # towns farther from the sea designate nothing for tsunami


@dataclass(frozen=True)
class Scene:
    """What sites are placed in: land, ground, depth of the model tsunami and the towns."""

    land: Land
    ground: Ground
    depth: Floats
    towns: list[TownStreets]

    def elevation(self, x: float, y: float) -> float:
        """Return the height of the ground as the elevation layer has it."""
        column, row = ~self.ground.transform * (x, y)
        return round(float(self.ground.published[int(row) // 2, int(column) // 2]), 1)

    def flood(self, x: float, y: float) -> float:
        """Return the depth of the model tsunami (0 outside)."""
        return float(self.ground.at(np.array([[x, y]]), self.depth)[0])

    def shore(self, x: float, y: float) -> float:
        """Return the distance to the sea in metres."""
        return float(self.ground.at(np.array([[x, y]]), self.ground.shore_m)[0])


def draw_evacuation_sites(scene: Scene) -> gpd.GeoDataFrame:
    """Return 指定緊急避難場所: high ground at the top of every way up, schools, parks."""
    words = read_facts("words")["sites"]
    rows: list[dict[str, Any]] = []
    for town in scene.towns[:-1]:  # the hut that is cut off has none
        spots = [(way.top, "high_ground") for way in town.ways_up]
        spots += [(at, "school") for at in _corners(town, 1 + len(town.corners) // 130, 1)]
        spots += [(at, "park") for at in _corners(town, len(town.corners) // 200, 2)]
        for number, (at, kind) in enumerate(spots):
            name = words["name"].format(town=town.town.name, number=number + 1)
            rows.append(_site(scene, name, at, kind, len(rows)))
    return _numbered(rows, "S")


def _corners(town: TownStreets, n: int, seed: int) -> list[tuple[float, float]]:
    """Return n street corners of a town, chosen by chance."""
    lines = [s.line for s in town.streets if not s.flags]
    rng = np.random.default_rng([SEED, seed, len(lines)])
    chosen = rng.choice(len(lines), min(n, len(lines)), replace=False).tolist() if lines else []
    ends = [lines[i].coords[0] for i in chosen]
    return [(float(x), float(y)) for x, y in ends]


def _site(scene: Scene, name: str, at: tuple[float, float], kind: str, number: int) -> dict[str, Any]:
    """Return one site; schools in the zone count for the tsunami only when a floor stands above it."""
    facts = read_facts("words")["sites"][kind]
    flood = scene.flood(*at)
    # A school in five has not told its storeys.
    storeys = 3 + number % 2 if kind == "school" and number % 5 else None
    floor = ROOMS_UP_M * (storeys - 1) if storeys else None
    # Some are eligible on paper although they lie in the zone, low or unknown: the check must find them.
    dry_enough = flood == 0 or floor is None or floor > flood or number % 7 == 0
    unknown = number % 9 == 4
    return {
        "name": name, "site_kind": facts["kind"], "flood": flood == 0, "landslide": kind != "high_ground",
        "storm_surge": flood == 0, "earthquake": True,
        "tsunami": dry_enough and kind != "park" and scene.shore(*at) < INLAND_M,
        "fire": kind == "park", "inland_flood": flood == 0, "volcano": False,
        "capacity_persons": None if unknown else facts["capacity"] * (1 + number % 4),
        "elevation_m": scene.elevation(*at), "floor_height_m": floor, "storeys": storeys,
        "indoor": kind == "school", "same_as_shelter": kind == "school", "geometry": shapely.Point(at),
    }  # fmt: skip


def _numbered(rows: list[dict[str, Any]], letter: str) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(rows, crs=EPSG)
    frame.insert(0, "site_id", [f"{letter}{i + 1:04d}" for i in range(len(frame))])
    return frame


def draw_shelters(sites: gpd.GeoDataFrame, scene: Scene) -> gpd.GeoDataFrame:
    """Return 指定避難所: the schools among the sites, and a community centre in every larger town."""
    facts = read_facts("words")["shelters"]
    schools = sites[sites["same_as_shelter"]].rename(columns={"name": "name_"})
    rows: list[dict[str, Any]] = [
        {"name": site.name_, "capacity_persons": None if i % 8 == 3 else 120 + 40 * (i % 5),
         "elevation_m": site.elevation_m, "indoor": True, "same_as_site": True, "geometry": site.geometry}
        for i, site in enumerate(schools.itertuples())
    ]  # fmt: skip
    rows += [
        {"name": facts["name"].format(town=t.town.name), "capacity_persons": 80 + len(t.corners) // 2,
         "elevation_m": scene.elevation(*at), "indoor": True, "same_as_site": False,
         "geometry": shapely.Point(at)}
        for t in scene.towns[:-1]
        for at in _corners(t, 1 if len(t.corners) >= 24 else 0, 3)
    ]  # fmt: skip
    return _numbered(rows, "H")


def draw_evacuation_buildings(scene: Scene) -> gpd.GeoDataFrame:
    """Return 津波避難ビル and towers in the zone; the floor of each stands above the model depth."""
    facts = read_facts("words")["buildings"]
    rows: list[dict[str, Any]] = []
    for town in scene.towns:
        spots = [
            at for at in _corners(town, 4 * facts["number"].get(town.town.name, 0), 4) if scene.flood(*at) > 0
        ]
        for number, at in enumerate(spots[: facts["number"].get(town.town.name, 0)]):
            rows.append(_building(scene, facts, town.town.name, number, at))
    return _numbered(rows, "B")


def _building(
    scene: Scene, facts: dict[str, Any], town: str, number: int, at: tuple[float, float]
) -> dict[str, Any]:  # fmt: skip
    storeys = int(np.ceil(scene.flood(*at) / ROOMS_UP_M)) + 2
    tower = number % 3 == 2
    return {
        "name": facts["tower" if tower else "name"].format(town=town, number=number + 1),
        "site_kind": facts["tower_kind" if tower else "kind"], "tsunami": True,
        "capacity_persons": None if number % 5 == 4 else 150 * (1 + number % 4),
        "elevation_m": scene.elevation(*at), "floor_height_m": ROOMS_UP_M * (storeys - 1), "storeys": storeys,
        "indoor": not tower, "geometry": shapely.Point(at),
    }  # fmt: skip


def draw_facilities(scene: Scene) -> gpd.GeoDataFrame:
    """Return the municipal offices (rounded positions) and invented schools, hospitals, fire stations."""
    facts = read_facts("words")["facilities"]
    rows: list[dict[str, Any]] = [
        {"name": row["name"], "name_en": row["name_en"], "facility_type": "town_hall",
         "geometry": point_at(row["lon"], row["lat"])}
        for row in read_rows("town_halls")
    ]  # fmt: skip
    for town in scene.towns[:-1]:
        for seed, fact in enumerate(facts.values()):
            if len(town.corners) >= fact["from_corners"]:
                n = 1 + len(town.corners) // fact["one_per_corners"]
                for number, at in enumerate(_corners(town, n, 10 + seed)):
                    name = fact["name"].format(town=town.town.name, number=number + 1)
                    rows.append(
                        {
                            "name": name,
                            "name_en": None,
                            "facility_type": fact["type"],
                            "geometry": shapely.Point(at),
                        }
                    )
    return gpd.GeoDataFrame(rows, crs=EPSG)
