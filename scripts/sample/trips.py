"""What a trip is planned with: services by the road, rules of the road, trains."""

import itertools
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from shapely.ops import substring

from sample.mainroads import course_of
from sample.places import points
from sample.plane import point_at, read_facts, read_rows, to_degrees

_BEND_M = 5.0  # a rule's line may leave its road by so much
_OFF_ROAD_M = 12.0
_MONTHS = "1,2,3,4,5,6,7,8,9,10,11,12"


def service_points(roads: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the invented services, each set beside the nearest road that cars may use."""
    frame = points("service_points")
    drivable = roads.geometry[roads["drive"].astype(bool)]
    tree = shapely.STRtree(drivable.to_numpy())
    lines = drivable.to_numpy()[tree.nearest(frame.geometry.to_numpy())]
    feet = [line.interpolate(line.project(at)) for line, at in zip(lines, frame.geometry, strict=True)]
    beside = [_towards(foot, at) for foot, at in zip(feet, frame.geometry, strict=True)]
    return frame.set_geometry(beside, crs=frame.crs).assign(**read_facts("words")["service_points"])


def _towards(foot: shapely.Point, at: shapely.Point) -> shapely.Point:
    """Return the point some metres from a foot towards a place, or the place itself where it is nearer."""
    line = shapely.LineString([foot, at])
    return line.interpolate(min(_OFF_ROAD_M, line.length)) if line.length > 0 else at


def road_rules() -> pd.DataFrame:
    """Return the rules as an officer's table: ends of each stretch and the points between."""
    return pd.DataFrame([_rule(row) for row in read_rows("road_rules")])


def _rule(row: dict[str, str]) -> dict[str, Any]:
    ends = [row.pop(key) for key in ("start_lon", "start_lat", "end_lon", "end_lat")]
    line = to_degrees(_stretch(row["road_name"], ends).simplify(_BEND_M), 5)
    (x0, y0), *between, (x1, y1) = line.coords
    place = {"start_latitude": y0, "start_longitude": x0, "end_latitude": y1, "end_longitude": x1}
    via = ";".join(f"{y},{x}" for x, y in between)
    told = {key: text or None for key, text in row.items()}
    return {
        **told,
        "confirmed_on": read_facts("words")["road_rules"]["confirmed_on"],
        **place,
        "via": via or None,
    }


def _stretch(road: str, ends: list[str]) -> shapely.LineString:
    """Return the part of a main road between two places, the whole road where none are given."""
    course = course_of(road)
    if not all(ends):
        return course
    start, end = (course.project(point_at(*pair)) for pair in (ends[:2], ends[2:]))
    return substring(course, start, end)


def train_legs() -> pd.DataFrame:
    """Return every ride of the model trains, from each call to each later one."""
    facts = read_facts("trains")
    return pd.DataFrame([row for train in facts["trains"] for row in _rides(train, facts["words"])])


def _rides(train: dict[str, Any], words: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"from_station": start, "to_station": end, "departs": departs, "arrives": arrives,
         "line_name": train["line_name"], "train_name": train["train_name"],
         "months_open": train.get("months_open", _MONTHS), "bicycle": int(train["bicycle"]),
         "reservation": train["reservation"] or None, **words}
        for (start, _, departs), (end, arrives, _) in itertools.combinations(train["calls"], 2)
    ]  # fmt: skip
