"""A town of integers, three municipalities of squares, whose answers can be checked with a pencil.

::

    y 2000 +-----------+-----------+
           |  北町 (01662), no hazard data
      1000 +-----------+-----------+
           |  西町      |   東町     |      東町: unknown depth in x 1500-2000, y 500-600
       500 |...........|...........|      y 300-500: 0.3-1 m
       300 |~~~~~~~~~~~|~~~~~~~~~~~|      y   0-300: 1-3 m (the zone goes on into the sea to -200)
         0 +-----------+-----------+
         x 0         1000        2000
"""

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString, Point, box

CRS = "EPSG:6681"
WEST, EAST, NORTH = "01206", "01661", "01662"
SHALLOW, DEEP, UNKNOWN = "0.3m以上1m未満", "1m以上3m未満", "深さ不明"
OUTSIDE, NOT_EVALUATED = "浸水域外", "未評価（浸水想定データなし）"
NAN = float("nan")


def frame(columns: dict[str, list], shapes: list) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


def municipalities() -> gpd.GeoDataFrame:
    shapes = [box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000), box(0, 1000, 2000, 2000)]
    return frame({"muni_code": [WEST, EAST, NORTH], "name": ["西町", "東町", "北町"]}, shapes)


def hazard() -> gpd.GeoDataFrame:
    shapes = [box(0, 300, 2000, 500), box(0, -200, 2000, 300), box(1500, 500, 2000, 600)]
    return frame({"depth_min_m": [0.3, 1.0, NAN], "depth_max_m": [1.0, 3.0, NAN]}, shapes)


def farmland() -> gpd.GeoDataFrame:
    return frame({"name": ["畑1", "畑2"]}, [box(900, 200, 1100, 400), box(100, 900, 300, 1100)])


def roads() -> gpd.GeoDataFrame:
    lines = [
        LineString([(500, -100), (500, 1500)]),
        LineString([(0, 300), (2000, 300)]),
        LineString([(1000, 0), (1000, 1000)]),
    ]
    return frame({"road_name": ["南北", "海岸", "町界"]}, lines)


def settlements() -> gpd.GeoDataFrame:
    places = [(500, 100), (1500, 300), (1000, 400), (1500, 800), (500, 1500), (500, -500)]
    return frame({"name": [f"集落{k}" for k in range(6)]}, [Point(p) for p in places])


def population() -> gpd.GeoDataFrame:
    shapes = [box(0, 0, 500, 500), box(1500, -250, 2000, 250), box(500, 0, 1000, 500), box(0, 750, 500, 1250)]
    columns = {
        "mesh_code": ["A", "B", "C", "D"],
        "persons": [100.0, 50.0, NAN, 20.0],
        "age_0_14_persons": [10.0, NAN, NAN, 2.0],
        "age_15_64_persons": [50.0, NAN, NAN, 10.0],
        "age_65_plus_persons": [40.0, NAN, NAN, 8.0],
    }
    return frame(columns, shapes)


def empty(*columns: str) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({c: [] for c in columns}, geometry=[], crs=CRS)


def figures(summary: pd.DataFrame, measure: str) -> dict[tuple[str, str], float]:
    """Return the values of a measure by municipality code and group."""
    rows = summary[summary["measure"] == measure]
    keys = list(zip(rows["muni_code"], rows["group"], strict=True))
    assert len(keys) == len(set(keys)), f"{measure} stands twice in the summary"
    return dict(zip(keys, rows["value"].astype(float), strict=True))


def streets() -> gpd.GeoDataFrame:
    lines = [
        LineString([(500, 50), (500, 200), (500, 400), (500, 700), (500, 1200)]),
        LineString([(1000, 100), (1200, 100), (1700, 100)]),
        LineString([(100, 100), (200, 100)]),
    ]
    return frame({"road_name": ["学校通り", "港通り", "岬の道"]}, lines)


def sites() -> gpd.GeoDataFrame:
    rows = {
        "高台": (500, 700, True, NAN, None),  # outside the zone
        "東校": (1500, 250, True, NAN, None),  # inside, floor unknown
        "公園": (1500, 800, False, NAN, None),  # not for tsunami
        "神社": (600, 650, None, NAN, None),  # flag unknown
        "塔": (1700, 100, True, 5.0, None),  # inside, floor 5 m above 3 m of water
        "低い棟": (1600, 100, True, 2.0, None),  # inside, floor below
        "北校": (500, 1200, True, NAN, None),  # in a municipality without hazard data
        "旧校": (400, 700, True, NAN, True),  # withdrawn
        "謎の棟": (1700, 550, True, 20.0, None),  # inside, depth of the water unknown
    }
    columns = {
        "name": list(rows),
        "site_id": [f"S{k}" for k in range(len(rows))],
        "tsunami": pd.array([r[2] for r in rows.values()], dtype="boolean"),
        "floor_height_m": [r[3] for r in rows.values()],
        "withdrawn": pd.array([r[4] for r in rows.values()], dtype="boolean"),
    }
    return frame(columns, [Point(r[:2]) for r in rows.values()])


def homes() -> gpd.GeoDataFrame:
    places = {"学": (500, 200), "近": (510, 400), "港": (1200, 100), "遠": (1900, 450), "岬": (150, 100)}
    return frame({"name": list(places)}, [Point(p) for p in places.values()])
