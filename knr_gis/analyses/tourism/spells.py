"""Spells of a day in which the same roads are closed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from knr_gis.analyses.tourism.calendar import DAY_MIN
from knr_gis.analyses.tourism.closures import spans
from knr_gis.analyses.tourism.ways import Ways

_ROUNDING_MIN = 1e-6


@dataclass(frozen=True)
class Spell:
    """
    A run of spans of the day, and the rules that close a road at some time in it.

    A leg that lies in the spell whole may use every road but theirs.
    """

    from_min: float
    until_min: float
    closed: frozenset[str]


def spells_of(ways: Ways, on: date | None) -> list[Spell]:
    """
    Return every run of spans that could hold a leg, without those within a longer run that closes no more.

    Parameters
    ----------
    on
        None: nothing is closed, one spell.
    """
    pieces = day_spells(ways, on)
    return [spell for spell in _runs(pieces) if not any(_within(spell, other) for other in _runs(pieces))]


def day_spells(ways: Ways, on: date | None) -> list[Spell]:
    """Return the day cut where the set of closed rules changes that have roads of this mode."""
    if on is None:
        return [Spell(0.0, DAY_MIN, frozenset())]
    placed = [rule for rule in ways.rules if len(ways.rule_edges[rule.rule_id])]
    return [Spell(*span) for span in spans(placed, on)]


def closed_between(ways: Ways, on: date | None, from_min: float, until_min: float) -> frozenset[str]:
    """Return the rules that close a road of this mode from a minute of a day until before another."""
    end_min = max(until_min - _ROUNDING_MIN, from_min + _ROUNDING_MIN)
    met = [s.closed for s in day_spells(ways, on) if s.from_min < end_min and s.until_min > from_min]
    return frozenset().union(*met)


def _runs(pieces: list[Spell]) -> Iterator[Spell]:
    for first, start in enumerate(pieces):
        closed: frozenset[str] = frozenset()
        for end in pieces[first:]:
            closed |= end.closed
            yield Spell(start.from_min, end.until_min, closed)


def _within(spell: Spell, other: Spell) -> bool:
    """Tell whether another spell is longer and closes the same."""
    longer = other.until_min - other.from_min > spell.until_min - spell.from_min
    covers = other.from_min <= spell.from_min and other.until_min >= spell.until_min
    return longer and covers and other.closed == spell.closed
