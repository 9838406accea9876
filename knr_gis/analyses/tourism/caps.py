"""Carrying capacity: what several parties that set out on one date take of the caps, by hour and by night."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.tourism.part import Part
from knr_gis.analyses.tourism.trip import Trip, Visit
from knr_gis.result import Note
from knr_gis.texts import say
from knr_gis.values import to_number

_HOUR = 60.0
CAP_COLUMNS = [
    "on_date", "name", "cap_hour", "party_numbers", "cap_persons", "hourly_cap", "hourly_left", "day_persons",
    "daily_cap", "daily_left", "limit_state",
]  # fmt: skip
BED_COLUMNS = [
    "on_date",
    "name",
    "party_numbers",
    "cap_persons",
    "capacity_persons",
    "beds_left",
    "limit_state",
]


@dataclass(frozen=True)
class Taken:
    """
    What parties have taken: persons by place (row), date and hour of entry, and by lodging and night.

    Parameters
    ----------
    entries, nights
        Persons who enter in a clock hour, and who stay the night that begins on a date.
    """

    entries: Counter[tuple[int, date | None, int]] = field(default_factory=Counter)
    nights: Counter[tuple[int, date | None]] = field(default_factory=Counter)

    def on_day(self, place: int, on: date | None) -> float:
        """Return the persons who enter on a date."""
        return sum(n for (p, d, _), n in self.entries.items() if (p, d) == (place, on))


def taken_by(trips: Sequence[Trip], persons: float) -> Taken:
    """Return what parties of so many persons each take."""
    taken = Taken()
    for trip in trips:
        for on, visit in _stops(trip):
            taken.entries[visit.place, on, hour_of(visit.start_min)] += persons  # type: ignore[assignment]
        for on, visit in _nights(trip):
            taken.nights[visit.place, on] += persons  # type: ignore[assignment]
    return taken


def hour_of(minute: float) -> int:
    """Return the clock hour of a minute; -1 where it is unknown."""
    return int(minute // _HOUR) if math.isfinite(minute) else -1


def _stops(trip: Trip) -> Iterator[tuple[date | None, Visit]]:
    for day in trip.days:
        yield from ((day.on, visit) for visit in day.visits if visit.kind == "stop")


def _nights(trip: Trip) -> Iterator[tuple[date | None, Visit]]:
    """Return where each day but the last ends, and the last too where it ends at a lodging."""
    for day in trip.days:
        if day.visits and day.visits[-1].kind == "lodging":
            yield day.on, day.visits[-1]


def room_left(place: pd.Series, taken: Taken, row: int, on: date | None) -> tuple[float, dict[int, float]]:
    """
    Return the persons that may still enter on a date, and by clock hour where there is an hourly cap.

    inf where no cap is known: that is not a promise, and the products say so.
    """
    daily = to_number(place["daily_cap"])
    hourly = to_number(place["hourly_cap"])
    day = daily - taken.on_day(row, on) if math.isfinite(daily) else math.inf
    if not math.isfinite(hourly):
        return day, {}
    return day, {hour: hourly - taken.entries[row, on, hour] for hour in range(24)}


def beds_left(place: pd.Series, taken: Taken, row: int, on: date | None) -> float:
    """Return the persons for whom a lodging has room in the night after a date; NaN where that is unknown."""
    return to_number(place["capacity_persons"]) - taken.nights[row, on]


def caps_part(trip: Trip, *, others: Sequence[Trip] = (), persons: float = 1.0) -> Part:
    """
    Return what the parties together take of the caps: ``caps`` by place, date and hour, ``beds`` by night.

    Parameters
    ----------
    others
        Plans of the other parties, over the same places.
    persons
        Persons of each party.
    """
    trips = [trip, *others]
    found = pd.DataFrame(_entry_rows(trips, persons), columns=CAP_COLUMNS)
    # what has a cap stands first
    entries = found.sort_values("limit_state", key=lambda s: s == "unknown", kind="stable", ignore_index=True)
    beds = pd.DataFrame(_bed_rows(trips, persons), columns=BED_COLUMNS)
    states = Counter([*entries["limit_state"], *beds["limit_state"]])
    rows: list[Row] = [("", "", "", f"caps_{k}", float(states[k]), "件") for k in ("over", "full", "unknown")]
    unknown = states["unknown"]
    gap: tuple[str, str, object] = (say("itinerary.gap_caps"), say("itinerary.gap_caps_why"), unknown)
    notes = (Note("itinerary.note_caps_over", {"count": states["over"]}),) if states["over"] else ()
    return Part(tables={"caps": entries, "beds": beds}, rows=rows, notes=notes, gaps=[gap] if unknown else [])


def _entry_rows(trips: Sequence[Trip], persons: float) -> list[tuple[Any, ...]]:
    """Return a row for each place, date and hour in which a party enters."""
    places, taken = trips[0].places, taken_by(trips, persons)
    rows = []
    for row, on, hour in sorted(taken.entries, key=_order):
        place, n, day = places.iloc[row], taken.entries[row, on, hour], taken.on_day(row, on)
        by_hour, by_day = to_number(place["hourly_cap"]), to_number(place["daily_cap"])
        who = _told(party for party, trip in enumerate(trips, 1) if (row, on, hour) in _entered(trip))
        state = _state([by_hour - n, by_day - day])
        rows.append(
            (_text(on), place["name"], hour, who, n, by_hour, by_hour - n, day, by_day, by_day - day, state)
        )
    return rows


def _bed_rows(trips: Sequence[Trip], persons: float) -> list[tuple[Any, ...]]:
    """Return a row for each lodging and night in which a party stays."""
    places, taken = trips[0].places, taken_by(trips, persons)
    rows = []
    for row, on in sorted(taken.nights, key=_order):
        place, n = places.iloc[row], taken.nights[row, on]
        beds = to_number(place["capacity_persons"])
        slept = [{(v.place, d) for d, v in _nights(trip)} for trip in trips]
        who = _told(party for party, nights in enumerate(slept, 1) if (row, on) in nights)
        rows.append((_text(on), place["name"], who, n, beds, beds - n, _state([beds - n])))
    return rows


def _order(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return (str(key[1]), key[2:], key[0])


def _entered(trip: Trip) -> set[tuple[int, date | None, int]]:
    return {(visit.place, on, hour_of(visit.start_min)) for on, visit in _stops(trip)}


def _told(parties: Iterator[int]) -> str:
    return "、".join(str(number) for number in parties)


def _state(left: list[float]) -> str:
    """Return what the tightest known cap says; a cap that is not known is a state of its own."""
    known = [n for n in left if math.isfinite(n)]
    if not known:
        return "unknown"
    return "over" if min(known) < 0 else "full" if min(known) == 0 else "room"


def _text(on: date | None) -> str:
    return "" if on is None else on.isoformat()
