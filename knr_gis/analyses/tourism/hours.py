"""When a visit may be made on a date, and why it may not: closed, too short, dark, or full."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import geopandas as gpd
import numpy as np

from knr_gis.analyses.inputs import is_true, numbers
from knr_gis.analyses.tourism.calendar import Opening, opening_of, sunset, window_on
from knr_gis.analyses.tourism.caps import Taken, room_left
from knr_gis.crs import to_web
from knr_gis.network import Flags, Floats

Shut = Literal["", "closed", "hours", "sunset", "cap"]
_HOUR = 60.0


@dataclass(frozen=True)
class Slot:
    """
    When a visit may begin (``opens``) and has to be over (``closes``); NaN where none can be.

    Parameters
    ----------
    shut
        Why none can be; "" where one can.
    """

    opens: float
    closes: float
    shut: Shut = ""


@dataclass(frozen=True, eq=False)
class Doors:
    """
    What decides when places can be visited.

    Parameters
    ----------
    stay_min
        Shape (N,): the assumed stay where the data has none.
    in_light
        Shape (N,): visits that have to be over by sunset.
    lonlat
        Shape (N, 2).
    """

    places: gpd.GeoDataFrame
    openings: tuple[Opening, ...]
    stay_min: Floats
    in_light: Flags
    lonlat: Floats

    def slot(self, row: int, on: date, *, taken: Taken | None = None, persons: float = 0.0) -> Slot:
        """Return when a place can be visited on a date by so many persons, beside those who are there."""
        window = window_on(self.openings[row], on)
        if window is None:
            return _none("closed")
        stay = float(self.stay_min[row])
        until = min(window[1], self.light(row, on))
        if window[0] + stay > until:
            return _none("hours" if window[0] + stay > window[1] else "sunset")
        if taken is None:
            return Slot(window[0], until)
        room = room_left(self.places.iloc[row], taken, row, on)
        return _with_room((window[0], until), stay, room=room, persons=persons)

    def light(self, row: int, on: date) -> float:
        """Return when a visit has to be over for the dark; inf where it does not matter."""
        if not self.in_light[row]:
            return np.inf
        minute = sunset(on, *map(float, self.lonlat[row]))
        return np.inf if np.isnan(minute) else minute

    def works_on(self, row: int, on: date, persons: float) -> bool:
        """Tell whether so many persons can visit a place on a date, with nobody else there."""
        return self.slot(row, on, taken=Taken(), persons=persons).shut == ""


def make_doors(places: gpd.GeoDataFrame, *, unknown_stay_min: float, by_sunset: bool) -> Doors:
    """Return the doors of places (``places.PLACE_COLUMNS``)."""
    stays = numbers(places, "stay_min")
    indoors = is_true(places, "indoor")
    points = to_web(places).geometry
    return Doors(
        places=places,
        openings=tuple(opening_of(places.iloc[row]) for row in range(len(places))),
        stay_min=np.where(np.isnan(stays), unknown_stay_min, stays),
        in_light=~indoors if by_sunset else np.zeros(len(places), dtype=bool),
        lonlat=np.column_stack([points.x, points.y]),
    )


def _none(shut: Shut) -> Slot:
    return Slot(np.nan, np.nan, shut)


def _with_room(
    window: tuple[float, float], stay: float, *, room: tuple[float, dict[int, float]], persons: float
) -> Slot:
    """
    Return the slot in which there is room for the persons.

    Of several runs of hours with room the longest is taken (the solver knows one window for each place).
    """
    if room[0] < persons:
        return _none("cap")
    if not room[1]:
        return Slot(*window)
    free = [hour for hour, left in room[1].items() if left >= persons]
    slots = [_within(window, run, stay) for run in _runs(free)]
    fitting = [slot for slot in slots if slot.opens + stay <= slot.closes]
    return max(fitting, key=lambda slot: (slot.closes - slot.opens, -slot.opens), default=_none("cap"))


def _within(window: tuple[float, float], run: tuple[int, int], stay: float) -> Slot:
    """Return the slot of visits that begin within a run of clock hours."""
    last_begin = run[1] * _HOUR - 1.0
    return Slot(max(window[0], run[0] * _HOUR), min(window[1], last_begin + stay))


def _runs(hours: list[int]) -> list[tuple[int, int]]:
    """Return runs of consecutive hours as first hour and the one after the last."""
    runs: list[tuple[int, int]] = []
    for hour in hours:
        if runs and runs[-1][1] == hour:
            runs[-1] = (runs[-1][0], hour + 1)
        else:
            runs.append((hour, hour + 1))
    return runs
