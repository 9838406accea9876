"""How many persons each site has room for, and which entries are one and the same place."""

import re
import unicodedata
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from knr_gis.analyses.inputs import Numbers, numbers, planning_number, shapes_of, texts

STATED, AREA, OFFICER, UNKNOWN, SAME_PLACE = "stated", "area", "officer", "unknown", "same_place"
# Entries of one name so near to each other are one place: one list gives its gate, another its roof. Of the
# 76 names that the official list and the city's list of Kushiro share, 74 stand within 162 m of each other.
_SAME_PLACE_M = 200.0
# The floors to go to, behind the name: 3階・屋上, 2~4階. What stands before them must be no number.
_FLOOR = r"(?:[0-9]+階?|屋上)"
_FLOORS = re.compile(rf"(?<![0-9A-Za-z~・、-])(?:{_FLOOR}[~・、-])*(?:[0-9]+階|屋上)(?:以上)?$")
_EXACT = 1e-9


@dataclass(frozen=True)
class RoomRule:
    """
    How room is counted.

    Parameters
    ----------
    area_per_person_m2
        For sites of which the area is known.
    stated_factor
        Share of a published capacity that holds in the season.
    area_first
        Whether the area goes before the published capacity.
    unknown_persons
        What the officer says of sites of which neither is known; None: they stay unknown.
    """

    area_per_person_m2: float
    stated_factor: float
    area_first: bool
    unknown_persons: float | None

    @classmethod
    def of_season(
        cls, numbers: dict[str, float], *, area_first: bool = False, unknown_persons: float | None = None
    ) -> "RoomRule":
        """Return the rule by the planning numbers of a season, see ``season_numbers``."""
        winter = numbers.get("winter_area_per_person_m2")
        area = numbers["area_per_person_m2"] if winter is None else winter
        return cls(area, numbers.get("winter_capacity_factor", 1.0), area_first, unknown_persons)


def season_numbers(*, winter: bool, **chosen: float | None) -> dict[str, float]:
    """Return the planning numbers by which room is counted in a season, those not chosen as assumed."""
    used = ("winter_area_per_person_m2", "winter_capacity_factor") if winter else ("area_per_person_m2",)
    return {key: planning_number(key, chosen[key], positive=key.endswith("m2")) for key in used}


@dataclass(frozen=True)
class Rooms:
    """
    The room at the sites of a run.

    Parameters
    ----------
    of
        Shape (m,): number of the room of each site; entries of one place share one.
    main
        Shape (R,): the site that stands for each room.
    persons
        Shape (R,): whole persons; NaN = unknown.
    source
        Shape (m,): ``stated``, ``area``, ``officer``, ``unknown``, or ``same_place`` for an entry whose
        place is counted at another one.
    """

    of: NDArray[np.int64]
    main: NDArray[np.int64]
    persons: Numbers
    source: NDArray[np.object_]

    def __len__(self) -> int:
        """Return the number of rooms."""
        return len(self.main)


def count_rooms(sites: gpd.GeoDataFrame, rule: RoomRule) -> Rooms:
    """
    Return the room at each site; what is not known is not assumed.

    Of several entries of one place the smallest known room counts.
    """
    persons, source = _persons(sites, rule)
    of = same_places(sites)
    count = int(of.max(initial=-1)) + 1
    # the smallest known first, of equals the entry that comes first
    order = np.lexsort((np.arange(len(of)), persons, np.isnan(persons), of))
    main = order[np.searchsorted(of[order], np.arange(count))].astype(np.int64)
    twin = np.ones(len(of), dtype=bool)
    twin[main] = False
    return Rooms(of, main, persons[main], np.where(twin, SAME_PLACE, source).astype(object))


def _persons(sites: gpd.GeoDataFrame, rule: RoomRule) -> tuple[Numbers, NDArray[np.object_]]:
    """Return whole persons for each entry by itself, and where the number is from; shapes (m,)."""
    stated = _whole(numbers(sites, "capacity_persons") * rule.stated_factor)
    area = _whole(numbers(sites, "refuge_area_m2") / rule.area_per_person_m2)
    ladder = [(stated, STATED), (area, AREA)]
    if rule.area_first:
        ladder.reverse()
    if rule.unknown_persons is not None:
        ladder.append((np.full(len(sites), float(rule.unknown_persons)), OFFICER))
    persons, source = np.full(len(sites), np.nan), np.full(len(sites), UNKNOWN, dtype=object)
    for values, name in reversed(ladder):
        known = ~np.isnan(values)
        persons[known], source[known] = values[known], name
    return persons, source


def _whole(persons: Numbers) -> Numbers:
    return np.asarray(np.floor(persons + _EXACT))


def same_places(sites: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """
    Return the number of the place of each entry, shape (m,), in the order of their first entries.

    One place are entries of one name (width, blanks and floors aside) within 200 m of the first of them.
    """
    names, points = [_plain(name) for name in texts(sites, "name")], shapes_of(sites)
    of = np.arange(len(sites), dtype=np.int64)
    firsts: dict[str, list[int]] = {}
    for k, name in enumerate(names):
        known = firsts.setdefault(name, []) if name else []
        near = (j for j in known if shapely.distance(points[j], points[k]) <= _SAME_PLACE_M)
        of[k] = next(near, k)
        if of[k] == k:
            known.append(k)
    return np.asarray(np.unique(of, return_inverse=True)[1], dtype=np.int64)


def _plain(name: str) -> str:
    """Return a name without width and blanks, and without the floors to go to."""
    text = unicodedata.normalize("NFKC", name).replace("〜", "~").strip()
    return "".join((_FLOORS.sub("", text) or text).split())
