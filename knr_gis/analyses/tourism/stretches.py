"""A leg cut into stretches: every some metres, and where an area begins or ends."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.ops import substring

from knr_gis.analyses.tourism.trip import Leg
from knr_gis.network import Floats, Ints, Shapes

_SAME_M = 1e-3


@dataclass(frozen=True, eq=False)
class Course:
    """
    A leg, and where and when it is.

    Parameters
    ----------
    line
        In the direction of travel.
    metres, minutes
        Shape (n + 1,): along the line at the start of each edge and at the end, and when that is.
    """

    leg: Leg
    line: shapely.LineString
    metres: Floats
    minutes: Floats

    def minute_at(self, metres: Floats) -> Floats:
        """Return the minutes after midnight at which places on the line are passed."""
        return np.asarray(np.interp(metres, self.metres, self.minutes))

    def edge_at(self, metres: Floats) -> Ints:
        """Return the position in ``leg.edges`` of places on the line; -1 where there are none (a train)."""
        place = np.searchsorted(self.metres, metres, side="right") - 1
        return np.minimum(place, len(self.leg.edges) - 1).astype(np.int64)


def course_of(leg: Leg) -> Course | None:
    """Return a leg as a course; None where there is no way, or none of any length."""
    if not leg.found or leg.line is None or leg.line.length == 0:
        return None
    if not len(leg.edges):
        ends = np.array([0.0, leg.line.length])
        return Course(leg, leg.line, ends, np.array([leg.depart_min, leg.arrive_min]))
    metres = np.append(0.0, np.cumsum(leg.edge_m)) * (leg.line.length / float(np.sum(leg.edge_m)))
    return Course(leg, leg.line, metres, np.append(leg.enter_min, leg.arrive_min))


def cut(course: Course, borders: Floats, step_m: float, crs: object) -> gpd.GeoDataFrame:
    """
    Return a leg in stretches: between borders in equal parts.

    Parameters
    ----------
    borders
        Metres along the line, see ``borders_of``.
    step_m
        No stretch is longer.

    Returns
    -------
    GeoDataFrame
        ``from_m``, ``to_m``, ``place`` (position in ``leg.edges``), ``minute`` (in the middle); geometry: the
        middle. Together the stretches are the line, without a gap.
    """
    length = course.line.length
    runs = np.concatenate([[0.0], borders, [length]])
    parts = [
        np.linspace(a, b, max(int(np.ceil((b - a) / step_m)), 1), endpoint=False) for a, b in pairwise(runs)
    ]
    ends = np.append(np.concatenate(parts), length)
    middle = (ends[:-1] + ends[1:]) / 2
    frame = pd.DataFrame({
        "from_m": ends[:-1], "to_m": ends[1:], "place": course.edge_at(middle),
        "minute": course.minute_at(middle),
    })  # fmt: skip
    return gpd.GeoDataFrame(frame, geometry=shapely.line_interpolate_point(course.line, middle), crs=crs)


def borders_of(course: Course, areas: list[Shapes], where: Callable[[Shapes], NDArray[np.int64]]) -> Floats:
    """
    Return the metres along a line, ascending and within it, at which it comes from one area into another.

    Parameters
    ----------
    areas
        Polygons, also in parts: crossing from a part to another of one area is no border.
    where
        Points to the areas that they lie in, shape (n, k).
    """
    line = course.line
    found = np.sort(np.concatenate([np.empty(0), *(crossings(line, a) for a in areas)]))
    found = found[(found > _SAME_M) & (found < line.length - _SAME_M)]
    found = found[np.append(True, np.diff(found) > _SAME_M)[: len(found)]]
    ends = np.concatenate([[0.0], found, [line.length]])
    area = where(shapely.line_interpolate_point(line, (ends[:-1] + ends[1:]) / 2))
    return np.asarray(found[(area[1:] != area[:-1]).any(axis=1)])


def crossings(line: shapely.LineString, areas: Shapes) -> Floats:
    """Return the metres along a line at which it enters or leaves any of the areas."""
    xy = shapely.get_coordinates(line)
    sides = shapely.linestrings(np.stack([xy[:-1], xy[1:]], axis=1))
    length = shapely.length(sides)
    area, side = shapely.STRtree(sides).query(areas, predicate="intersects")
    parts = shapely.intersection(sides[side], areas[area])
    ends, row = shapely.get_coordinates(parts, return_index=True)
    start = xy[side[row]]
    begin = np.concatenate([[0.0], np.cumsum(length)])[side[row]]
    return np.asarray(begin + np.hypot(*(ends - start).T))


def drawn(course: Course, from_m: float, to_m: float) -> shapely.LineString:
    """Return a stretch of the line."""
    return substring(course.line, from_m, to_m)
