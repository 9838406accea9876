"""Positions from what people write into tables: degrees in every usual spelling, swapped or not."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from knr_gis.crs import JGD2011, Bounds
from knr_gis.readers.header import plain_name
from knr_gis.values import to_number

# Japan with its outer islands; latitude and longitude cannot be mistaken for each other.
JAPAN: Bounds = (122.0, 20.0, 154.0, 46.0)
_HALF_TURN = 180.0

# NFKC would turn these look-alikes into blanks and letters: they are made plain before it.
_MARKS = str.maketrans({
    "º": "°", "˚": "°", "゜": "°", "′": "'", "’": "'", "‘": "'", "´": "'", "`": "'",
    "″": '"', "”": '"', "“": '"', "〃": '"', "−": "-", "‐": "-", "–": "-",
})  # fmt: skip
_NEGATIVE = re.compile(r"[SW]|南緯|西経", re.IGNORECASE)
_WORDS = re.compile(r"[NSEW]|[北南]緯|[東西]経|緯度|経度", re.IGNORECASE)
_DECIMAL = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*[°度]?")
_DMS = re.compile(
    r"""(\d{1,3})\s*(?:[°度:.-]|\s)\s*(\d{1,2})\s*(?:['分:.-]|\s)\s*(\d{1,2}(?:\.\d+)?)\s*["秒]?"""
)
_DM = re.compile(r"(\d{1,3})\s*(?:[°度:]|\s)\s*(\d{1,2}(?:\.\d+)?)\s*['分]?")
_COMPACT = re.compile(r"(\d{2,3})(\d{2})(\d{2}(?:\.\d+)?)")


class Axes(NamedTuple):
    """
    The two columns of a position.

    Parameters
    ----------
    is_xy
        Named X and Y: degrees or metres, and with metres either axis may be the northing.
    old_datum
        The names speak of the Tokyo datum.
    """

    longitude: str
    latitude: str
    is_xy: bool = False
    old_datum: bool = False


class Positions(NamedTuple):
    """
    Positions of rows, each array of shape ``(n,)``.

    Parameters
    ----------
    x, y
        Longitude and latitude in degrees, or easting and northing in metres; NaN = unusable.
    swapped
        Rows whose two values stood in each other's column and were mended.
    dms
        Rows written in degrees, minutes and seconds.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    swapped: NDArray[np.bool_]
    dms: NDArray[np.bool_]

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Rows that have a position."""
        return np.asarray(np.isfinite(self.x) & np.isfinite(self.y))


@cache
def column_names() -> dict[str, Any]:
    """Return the names that columns of positions bear (``coordinates.toml``)."""
    return tomllib.loads(Path(__file__).with_name("coordinates.toml").read_text(encoding="utf-8"))


def known_names() -> list[str]:
    """Return every exact name of a column of positions."""
    table = column_names()
    points = [name for key in ("latitude", "longitude", "x", "y") for name in table[key]]
    return [*points, *(name for names in table["line"].values() for name in names)]


def find_axes(names: Sequence[str]) -> Axes | None:
    """Return the columns that hold the position; today's datum is preferred; None without any."""
    old = [name for name in names if _has_old_datum(name)]
    current = [name for name in names if name not in old]
    found = _find_pair(current)
    if found is not None:
        return found
    older = _find_pair(old)
    return older._replace(old_datum=True) if older is not None else None


def _has_old_datum(name: str) -> bool:
    return any(word in plain_name(name) for word in column_names()["old_datum"])


def _find_pair(names: Sequence[str]) -> Axes | None:
    table = column_names()
    exact = (_first(names, table["longitude"]), _first(names, table["latitude"]))
    loose = tuple(_containing(names, table["contains"][key]) for key in ("longitude", "latitude"))
    for longitude, latitude in (exact, loose):
        if longitude and latitude and longitude != latitude:
            return Axes(longitude, latitude)
    x, y = _first(names, table["x"]), _first(names, table["y"])
    return Axes(x, y, is_xy=True) if x and y else None


def _first(names: Sequence[str], wanted: Iterable[str]) -> str | None:
    plain = {plain_name(name): name for name in reversed(names)}
    return next((plain[key] for word in wanted if (key := plain_name(word)) in plain), None)


def _containing(names: Sequence[str], word: str) -> str | None:
    return next((name for name in names if word in name), None)


def parse_degrees(cell: str | None) -> tuple[float, bool]:
    """
    Return the degrees of a cell, and whether it is written in degrees, minutes and seconds.

    Understood are decimal degrees, ``43°19'48.5"``, ``43度19分48.5秒``, ``43:19:48.5``,
    ``43.19.48.5``, ``N43 19 48.5``, ``43°19.8'`` and run together ``431948.5``, in any width.
    What is none of these, or has 60 minutes or more, is NaN.
    """
    text = unicodedata.normalize("NFKC", (cell or "").translate(_MARKS)).replace("''", '"').replace('""', '"')
    sign = -1.0 if _NEGATIVE.search(text) else 1.0
    text = _WORDS.sub("", text).strip(" :=")
    decimal = _DECIMAL.fullmatch(text)
    if decimal and abs(float(decimal.group(1))) <= _HALF_TURN:
        return sign * float(decimal.group(1)), False
    for pattern in (_DMS, _DM, _COMPACT):
        found = pattern.fullmatch(text)
        if found:
            return sign * _from_parts(*found.groups()), True
    return float("nan"), False


def _from_parts(degrees: str, minutes: str, seconds: str = "0") -> float:
    if float(minutes) >= 60 or float(seconds) >= 60:
        return float("nan")
    return int(degrees) + float(minutes) / 60 + float(seconds) / 3600


def degrees_of(longitudes: Iterable[str | None], latitudes: Iterable[str | None]) -> Positions:
    """
    Return positions in degrees; swapped ones are mended, those outside Japan are unusable.

    A latitude of Japan lies in 20 to 46, a longitude in 122 to 154: a row that fits only the other
    way round has its values swapped.
    """
    parsed_x, parsed_y = ([parse_degrees(cell) for cell in cells] for cells in (longitudes, latitudes))
    x, y = (np.array([value for value, _ in parsed], float) for parsed in (parsed_x, parsed_y))
    dms = np.array([a or b for (_, a), (_, b) in zip(parsed_x, parsed_y, strict=True)], bool)
    swapped = _in_japan(y, x)
    x, y = np.where(swapped, y, x), np.where(swapped, x, y)
    usable = _in_japan(x, y)
    return Positions(np.where(usable, x, np.nan), np.where(usable, y, np.nan), swapped, dms & usable)


def _in_japan(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    return _in_box(x, y, JAPAN)


def _in_box(x: NDArray[np.float64], y: NDArray[np.float64], box: Bounds) -> NDArray[np.bool_]:
    west, south, east, north = box
    return np.asarray((x >= west) & (x <= east) & (y >= south) & (y <= north))


def are_metres(longitudes: Iterable[str | None], latitudes: Iterable[str | None]) -> bool:
    """Tell whether most numbers are too great for degrees in any spelling: plane coordinates."""
    cells = [cell for cell in (*longitudes, *latitudes) if np.isfinite(to_number(cell))]
    metres = [c for c in cells if abs(to_number(c)) > _HALF_TURN and not _is_of_japan(parse_degrees(c)[0])]
    return len(metres) > len(cells) / 2


def _is_of_japan(degrees: float) -> bool:
    west, south, east, north = JAPAN
    return south <= degrees <= north or west <= degrees <= east


def metres_of(
    eastings: Iterable[str | None], northings: Iterable[str | None], *, crs: CRS, box: Bounds, is_xy: bool
) -> Positions:
    """
    Return positions in a projected CRS.

    In Japan's plane rectangular system X is the northing (平面直角座標系, 国土交通省告示第9号), in
    most GIS programs the easting. Columns named X and Y are read in the order that brings more rows
    into the box; in doubt X is the northing.

    Parameters
    ----------
    crs
        Projected CRS in metres.
    box
        Longitude and latitude where the rows should lie.
    """
    x, y = (np.array([to_number(cell) for cell in cells], float) for cells in (eastings, northings))
    turned = is_xy and _count_inside(y, x, crs, box) >= _count_inside(x, y, crs, box)
    x, y = (y, x) if turned else (x, y)
    longitude, latitude = _degrees(x, y, crs)
    usable = _in_japan(longitude, latitude)
    none = np.zeros(len(x), bool)
    return Positions(np.where(usable, x, np.nan), np.where(usable, y, np.nan), none, none)


def _count_inside(x: NDArray[np.float64], y: NDArray[np.float64], crs: CRS, box: Bounds) -> int:
    return int(_in_box(*_degrees(x, y, crs), box).sum())


def _degrees(
    x: NDArray[np.float64], y: NDArray[np.float64], crs: CRS
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    longitude, latitude = Transformer.from_crs(crs, JGD2011, always_xy=True).transform(x, y)
    return np.asarray(longitude), np.asarray(latitude)
