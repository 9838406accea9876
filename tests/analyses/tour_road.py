"""A straight road of a minute a kilometre, with places on it, for tests of routes."""

from typing import Any

import geopandas as gpd
from shapely.geometry import LineString, Point

from knr_gis.analyses.tourism.routing import Route, route_given
from tests import town

KM = 1000.0
ALWAYS = "1,2,3,4,5,6,7,8,9,10,11,12"


def road(*lines: list[tuple[float, float]], **columns: list[Any]) -> gpd.GeoDataFrame:
    """Roads with corners in kilometres."""
    drawn = [LineString([(x * KM, y * KM) for x, y in line]) for line in lines]
    return town.frame(columns, drawn)


def places(at: dict[str, tuple[float, float]], **columns: list[Any]) -> gpd.GeoDataFrame:
    """Named places, in kilometres."""
    return town.frame({"name": list(at), **columns}, [Point(x * KM, y * KM) for x, y in at.values()])


def spots(**at: float) -> gpd.GeoDataFrame:
    """Places on the x axis that are open all the year, at kilometres, with a stay of an hour."""
    n = len(at)
    return places(
        {name: (x, 0.0) for name, x in at.items()},
        stay_min=[60.0] * n, months_open=[ALWAYS] * n, opens=["00:00"] * n, closes=["24:00"] * n,
    )  # fmt: skip


def given(**changes: Any) -> dict[str, Any]:
    """Return the arguments of a route over 300 straight kilometres at 60 km/h."""
    straight = [(float(x), 0.0) for x in range(0, 301, 10)]
    return {
        "roads": road(straight), "spots": {"tourism_spots": spots(A=0, B=30, C=60, D=90, E=200)},
        "stops": ["A", "B", "C"], "drive_speed_kmh": 60.0, **changes,
    }  # fmt: skip


def route(**changes: Any) -> Route:
    return route_given(given(**changes))
