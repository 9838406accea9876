"""What the planner is asked for, beside the conditions of every trip."""

import math
from dataclasses import dataclass, field
from typing import Any, TypedDict

from knr_gis.analyses.inputs import planning_number
from knr_gis.analyses.tourism import conditions
from knr_gis.analyses.tourism.conditions import TourGiven
from knr_gis.errors import AnalysisError
from knr_gis.orienteering.solving import ROUNDS
from knr_gis.values import normal_text, to_number

DEFAULTS: dict[str, Any] = {
    **conditions.DEFAULTS, "days": 3, "themes": [], "start": "", "end": "", "must": [], "never": [],
    "locked": [], "lodgings": [], "parties": 1, "outdoor_by_sunset": True, "rounds": ROUNDS,
    "seconds": 120.0, "seed": 0,
}  # fmt: skip
NUMBERS = (
    "hours_per_day", "drive_limit_h", "party_persons", "unknown_stay_min",
    "score_visit", "score_season", "score_diversity",
)  # fmt: skip
_OWN = (
    "days",
    "themes",
    "start",
    "end",
    "must",
    "never",
    "locked",
    "lodgings",
    "parties",
    "rounds",
    "seconds",
    "seed",
)
_MOST_DAYS, _MOST_PARTIES = 14, 20
_EQUALS = "="


class PlanConditions(TypedDict, total=False):
    """
    What is asked of the plan; what is absent or None comes from ``DEFAULTS`` or ``assumptions.toml``.

    Parameters
    ----------
    days
        Length of the trip, 1 to 14.
    themes
        Only these; ``自然=2`` wishes a theme twice as much. Empty: all alike.
    start, end
        Where the first day begins and the last one ends, by name; no end: at any lodging.
    hours_per_day, drive_limit_h
        From the departure to the day's end, and of these on the way.
    must, never
        Places that have to be, and that must not be, in the plan; ``must`` may be of any theme.
    locked
        ``name=2``: on that day.
    lodgings
        The only ones allowed; empty: all that are known to be open or not known to be shut.
    parties, party_persons
        How many parties of how many persons set out on the same date.
    outdoor_by_sunset
        Visits that are not known to be indoors end before sunset.
    rounds, seed
        How long the search goes on, and which chance it takes: the same input gives the same plan.
    seconds
        A safety limit: where it ends the search early, the plan says so, and may differ next time.
    unknown_stay_min
        Stay where the data has none.
    score_visit, score_season, score_diversity
        What a visit is worth (see ``scores.py``).
    """

    days: int
    themes: list[str]
    start: str
    end: str
    hours_per_day: float | None
    drive_limit_h: float | None
    must: list[str]
    never: list[str]
    locked: list[str]
    lodgings: list[str]
    parties: int
    party_persons: float | None
    outdoor_by_sunset: bool
    rounds: int
    seconds: float
    seed: int
    unknown_stay_min: float | None
    score_visit: float | None
    score_season: float | None
    score_diversity: float | None


class PlanGiven(TourGiven, PlanConditions):
    """Layers and conditions of a planned trip."""


@dataclass(frozen=True)
class Wishes:
    """
    What is asked of the plan, read and checked.

    Parameters
    ----------
    themes
        Wanted themes and their weights; empty: all alike.
    locked
        Name of a place to its day, from 1.
    numbers
        Planning numbers by key (``NUMBERS``).
    """

    days: int
    themes: dict[str, float]
    start: str
    end: str
    must: tuple[str, ...]
    never: tuple[str, ...]
    locked: dict[str, int]
    lodgings: tuple[str, ...]
    parties: int
    outdoor_by_sunset: bool
    rounds: int
    seconds: float
    seed: int
    numbers: dict[str, float] = field(default_factory=dict)

    @property
    def persons(self) -> float:
        """Persons of one party."""
        return self.numbers["party_persons"]

    @property
    def day_min(self) -> float:
        """Minutes from departure to the day's end."""
        return self.numbers["hours_per_day"] * 60

    @property
    def drive_min(self) -> float:
        """Minutes on the way allowed on a day."""
        return self.numbers["drive_limit_h"] * 60

    @property
    def params(self) -> dict[str, Any]:
        """What every product prints of it."""
        told = {key: getattr(self, key) for key in (*_OWN, "outdoor_by_sunset")}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in told.items()} | self.numbers


def make_wishes(given: dict[str, Any]) -> Wishes:
    """
    Return the wishes of the conditions.

    Raises
    ------
    AnalysisError
        If there is no start, a number makes no sense, or a theme or lock cannot be read.
    """
    asked = {**DEFAULTS, **{k: v for k, v in given.items() if v is not None}}
    if not normal_text(asked["start"]):
        raise AnalysisError("itinerary.no_start")
    days = _whole(asked["days"], "days", most=_MOST_DAYS)
    return Wishes(
        days=days,
        themes=dict(_theme(entry) for entry in asked["themes"]),
        start=asked["start"],
        end=asked["end"],
        must=tuple(asked["must"]),
        never=tuple(asked["never"]),
        locked=dict(_lock(entry, days) for entry in asked["locked"]),
        lodgings=tuple(asked["lodgings"]),
        parties=_whole(asked["parties"], "parties", most=_MOST_PARTIES),
        outdoor_by_sunset=bool(asked["outdoor_by_sunset"]),
        rounds=_whole(asked["rounds"], "rounds", most=1_000_000),
        seconds=_seconds(asked["seconds"]),
        seed=int(asked["seed"]),
        numbers={key: planning_number(key, given.get(key), positive=key in NUMBERS[:3]) for key in NUMBERS},
    )


def _whole(value: Any, key: str, *, most: int) -> int:
    """Return a whole number from 1 to ``most``."""
    number = to_number(value)
    if not math.isfinite(number) or number != int(number) or not 1 <= number <= most:
        raise AnalysisError("itinerary.bad_count", key=key, value=value, most=most)
    return int(number)


def _seconds(value: Any) -> float:
    """Return the time limit of the search, above 0."""
    number = to_number(value)
    if not number > 0:
        raise AnalysisError("itinerary.bad_seconds", value=value)
    return number


def _theme(entry: str) -> tuple[str, float]:
    """Return a theme and its weight: ``自然`` or ``自然=2``."""
    name, equals, text = normal_text(entry).partition(_EQUALS)
    weight = to_number(text) if equals else 1.0
    if not name.strip() or not weight > 0:
        raise AnalysisError("itinerary.bad_theme", entry=entry)
    return name.strip(), weight


def _lock(entry: str, days: int) -> tuple[str, int]:
    """Return a place and the day that it is locked to: ``name=2``."""
    name, _, text = str(entry).rpartition(_EQUALS)
    day = to_number(text)
    if not name.strip() or day not in range(1, days + 1):
        raise AnalysisError("itinerary.bad_lock", entry=entry, days=days)
    return name.strip(), int(day)
