"""Between longitude/latitude facts and metres: projection, smoothing, reading of fact files."""

import csv
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

FACTS = Path(__file__).parent / "facts"
EPSG = 6681
SEED = 20250401

Floats = NDArray[np.float64]

_TO_METRES = Transformer.from_crs("EPSG:6668", f"EPSG:{EPSG}", always_xy=True)
_TO_DEGREES = Transformer.from_crs(f"EPSG:{EPSG}", "EPSG:6668", always_xy=True)


def read_facts(name: str) -> dict[str, Any]:
    """Return a fact file (TOML) as tables."""
    return tomllib.loads((FACTS / f"{name}.toml").read_text(encoding="utf-8"))


def read_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a fact table (CSV, UTF-8)."""
    with (FACTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def to_xy(lonlat: Any) -> Floats:
    """Return coordinates in metres (EPSG:6681, x = easting), shape (n, 2)."""
    points = np.asarray(lonlat, dtype=float).reshape(-1, 2)
    return np.column_stack(_TO_METRES.transform(points[:, 0], points[:, 1]))


def to_degrees(geometry: BaseGeometry, decimals: int) -> BaseGeometry:
    """Return a geometry in longitude and latitude, rounded; equal points stay equal."""

    def convert(xy: Floats) -> Floats:
        return np.round(np.column_stack(_TO_DEGREES.transform(xy[:, 0], xy[:, 1])), decimals)

    result: BaseGeometry = shapely.transform(geometry, convert)
    return result


def degrees_to_metres(geometry: BaseGeometry) -> BaseGeometry:
    """Return a geometry of longitudes and latitudes in metres."""
    result: BaseGeometry = shapely.transform(geometry, to_xy)
    return result


def point_at(lon: Any, lat: Any) -> shapely.Point:
    """Return a point in metres."""
    return shapely.Point(to_xy([float(lon), float(lat)])[0])


def smooth(points: Floats, *, closed: bool = False, steps: int = 4) -> Floats:
    """
    Return a curve through all the points: centripetal Catmull-Rom, `steps` pieces per span.

    A closed ring is given without its repeated end and returned with it.
    """
    if len(points) < 3:
        return points
    padded = np.vstack([points[-1], points, points[:2]]) if closed else _extend(points)
    pieces = [_span(padded[i : i + 4], steps) for i in range(len(padded) - 3)]
    return np.vstack([*pieces, padded[-2]])


def _extend(points: Floats) -> Floats:
    return np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])


def _span(four: Floats, steps: int) -> Floats:
    """Return the part between the second and the third point, without its end (Barry and Goldman)."""
    knots = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(four, axis=0).T) ** 0.5)])
    t = np.linspace(knots[1], knots[2], steps, endpoint=False)[:, None]
    level = list(four)
    for k in (1, 2, 3):
        level = [
            ((knots[i + k] - t) * level[i] + (t - knots[i]) * level[i + 1]) / (knots[i + k] - knots[i])
            if k < 3
            else ((knots[2] - t) * level[0] + (t - knots[1]) * level[1]) / (knots[2] - knots[1])
            for i in range(len(level) - 1)
        ]
    return np.asarray(level[0])


def blob(center: list[float], half_km: list[float], *, angle: float = 0.0, seed: int = 0) -> shapely.Polygon:
    """Return an uneven ellipse in metres around a point given in degrees."""
    rng = np.random.default_rng(SEED + seed)
    turn = np.linspace(0, 2 * np.pi, 10, endpoint=False)
    radius = rng.uniform(0.85, 1.15, 10)
    local = np.column_stack([np.cos(turn) * half_km[0], np.sin(turn) * half_km[1]]) * radius[:, None] * 1000
    tilt = np.radians(angle)
    spin = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    return shapely.Polygon(smooth(to_xy(center) + local @ spin, closed=True, steps=3))
