"""A region of square roads, 5 km and 5 minutes each, with spots and lodgings at its crossings.

::

    (0,2)--(1,2)--(2,2)--(3,2)
      |      |      |      |
    (0,1)--(1,1)--(2,1)--(3,1)
      |      |      |      |
    (0,0)--(1,0)--(2,0)--(3,0)
"""

import itertools
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString, Point

from tests import town

STEP_M, STEP_MIN = 5000.0, 5.0
Crossing = tuple[int, int]
Edge = tuple[Crossing, Crossing]


def at(crossing: Crossing) -> Point:
    return Point(crossing[0] * STEP_M, crossing[1] * STEP_M)


def edges(columns: int = 4, rows: int = 3) -> list[Edge]:
    across = [((x, y), (x + 1, y)) for x, y in itertools.product(range(columns - 1), range(rows))]
    return across + [((x, y), (x, y + 1)) for x, y in itertools.product(range(columns), range(rows - 1))]


def line(edge: Edge) -> LineString:
    return LineString([at(edge[0]), at(edge[1])])


def roads(kept: list[Edge] | None = None) -> gpd.GeoDataFrame:
    chosen = edges() if kept is None else kept
    return town.frame({"speed_kmh": [60.0] * len(chosen)}, [line(edge) for edge in chosen])


def frame(rows: list[dict[str, Any]], columns: dict[str, Any]) -> gpd.GeoDataFrame:
    """Places of which each row says what differs from ``columns``; ``at`` is a crossing."""
    table = pd.DataFrame([{**columns, **row} for row in rows], columns=list(columns))
    points = [at(crossing) for crossing in table.pop("at")]
    for flag in ("indoor", "winter"):
        if flag in table:
            table[flag] = table[flag].astype("boolean")
    return gpd.GeoDataFrame(table, geometry=points, crs=town.CRS)


SPOT = {
    "at": (0, 0), "name": "", "theme": "自然", "activity": "", "months_open": "通年", "opens": "09:00",
    "closed_dates": "", "closes": "17:00", "stay_min": 60.0, "reservation": "", "guide_duty": "不要",
    "daily_cap": float("nan"), "hourly_cap": float("nan"), "indoor": False, "muni_code": town.WEST,
    "municipality": "西町",
}  # fmt: skip
LODGING = {
    "at": (0, 0), "name": "", "capacity_persons": 100.0, "months_open": "通年", "muni_code": town.WEST,
    "municipality": "西町",
}  # fmt: skip
RULE = {
    "rule_id": "", "name": "峠", "rule_kind": "closed", "from_date": "", "to_date": "", "from_hour": "",
    "to_hour": "", "year": float("nan"), "road_name": "", "detour": "", "info_source": "模式",
    "confirmed_on": "2026-04-01",
}  # fmt: skip


def spots(*rows: dict[str, Any]) -> gpd.GeoDataFrame:
    return frame(list(rows), SPOT)


def lodgings(*rows: dict[str, Any]) -> gpd.GeoDataFrame:
    return frame(list(rows), LODGING)


def stations(**places: Crossing) -> gpd.GeoDataFrame:
    return town.frame({"name": list(places)}, [at(place) for place in places.values()])


def rules(*rows: dict[str, Any]) -> gpd.GeoDataFrame:
    """Rules of the road, each on the ``edge`` of its row."""
    table = pd.DataFrame([{**RULE, "rule_id": f"R{k}", **row} for k, row in enumerate(rows)])
    lines = [line(edge) for edge in table.pop("edge")] if len(table) else []
    return gpd.GeoDataFrame(table, geometry=lines, crs=town.CRS)


def given(**changes: Any) -> dict[str, Any]:
    """Three spots, two lodgings and a station; two days in July."""
    whole: dict[str, Any] = {
        "roads": roads(),
        "spots": {
            "tourism_spots": spots(
                {"name": "岬", "at": (3, 0)}, {"name": "湖", "at": (2, 2)}, {"name": "滝", "at": (0, 2)},
            ),
            "stations": stations(駅=(0, 0)),
        },
        "lodging": lodgings({"name": "宿", "at": (3, 1)}, {"name": "民宿", "at": (1, 1)}),
        "date": "2026-07-01", "start": "駅", "days": 2, "hours_per_day": 9.0, "drive_limit_h": 5.0,
        "rounds": 200, "party_persons": 4.0,
    }  # fmt: skip
    return {**whole, **changes}
