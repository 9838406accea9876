"""Main roads from named places; where they leave dry land or cross a river they stand on a bridge."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from sample.outline import Land
from sample.plane import read_facts, smooth, to_xy

# class -> width m, speed km/h, rank (the higher one names a shared stretch)
CLASSES = {
    "motorway": (10.0, 80.0, 5),
    "national": (9.0, 55.0, 4),
    "prefectural": (7.0, 50.0, 3),
    "street": (5.5, 30.0, 2),
    "lane": (2.0, 15.0, 1),
}


@dataclass(frozen=True)
class Road:
    """A stretch of road in metres (EPSG:6681) with what the layer file says of it."""

    line: shapely.LineString
    road_class: str
    name: str = ""
    width_m: float = 0.0
    flags: frozenset[str] = field(default_factory=frozenset)  # bridge, stairs, motorway, narrow ...

    @property
    def rank(self) -> tuple[bool, int]:
        """What decides when two stretches lie upon each other."""
        return "bridge" in self.flags, CLASSES[self.road_class][2]


def draw_main_roads(land: Land) -> list[Road]:
    """Return the main roads, cut at bridges."""
    facts = read_facts("roads")
    gaps = land.rivers.buffer(45).union_all().union(land.land.buffer(3).difference(land.dry_land))
    world = shapely.box(*land.land.bounds).buffer(5000)
    gaps = gaps.union(world.difference(land.land))
    return [road for row in facts["roads"] for road in _cut(row, facts["places"], gaps)]


def course_of(name: str) -> shapely.LineString:
    """Return the course of a main road by its name, in metres."""
    facts = read_facts("roads")
    return _course(next(row for row in facts["roads"] if row["name"] == name), facts["places"])


def _course(row: dict[str, Any], places: dict[str, list[float]]) -> shapely.LineString:
    points = [places[p] if isinstance(p, str) else p for p in row["points"]]
    return shapely.LineString(smooth(to_xy(points), steps=6))


def _cut(row: dict[str, Any], places: dict[str, list[float]], gaps: BaseGeometry) -> list[Road]:
    """Return a road as stretches on the ground and stretches on a bridge."""
    course = _course(row, places)
    at = _crossings(course, gaps)
    stretches = [substring(course, a, b) for a, b in pairwise(at) if b - a > 1]
    width = CLASSES[row["class"]][0]
    motorway = {"motorway"} if row["class"] == "motorway" else set()
    return [
        Road(s, row["class"], row["name"], width, frozenset(motorway | _bridge(s, gaps))) for s in stretches
    ]


def _crossings(course: shapely.LineString, gaps: BaseGeometry) -> list[float]:
    touched = shapely.get_parts(course.intersection(gaps.boundary))
    points = [p for p in touched if p.geom_type == "Point"]
    inner = sorted(float(course.project(p)) for p in points)
    return [0.0, *inner, float(course.length)]


def _bridge(stretch: shapely.LineString, gaps: BaseGeometry) -> set[str]:
    middle = stretch.interpolate(0.5, normalized=True)
    return {"bridge"} if gaps.contains(middle) else set()


def along(line: shapely.LineString, step_m: float) -> list[shapely.LineString]:
    """Return a line cut into equal pieces no longer than a step."""
    n = max(1, int(np.ceil(line.length / step_m)))
    ends = np.linspace(0, line.length, n + 1)
    return [substring(line, a, b) for a, b in pairwise(ends)]
