"""From places and a setting to the orienteering problem, and from its answer to a trip."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import shapely

from knr_gis.analyses.tourism.board import LODGING, Board
from knr_gis.analyses.tourism.calendar import window_on
from knr_gis.analyses.tourism.caps import Taken, beds_left
from knr_gis.analyses.tourism.hours import Slot
from knr_gis.analyses.tourism.moves import travel_table
from knr_gis.analyses.tourism.trains import make_legs
from knr_gis.analyses.tourism.trip import Day, Leg, Trip, Visit, VisitKind
from knr_gis.errors import AnalysisError
from knr_gis.network import Flags
from knr_gis.orienteering import Problem, Tour, Travel, solve

_CLOSED_CHAIN = "no_chain"


@dataclass(frozen=True, eq=False)
class Plan:
    """
    One party's plan, and what it was made from.

    Parameters
    ----------
    slots
        ``slots[day][row]``: when a place can be visited, and why it cannot.
    """

    board: Board
    slots: tuple[tuple[Slot, ...], ...]
    problem: Problem
    tour: Tour
    trip: Trip


def travels_of(board: Board) -> tuple[Travel, ...]:
    """Return the travel times of each day, between all places of the board."""
    xy = shapely.get_coordinates(board.places.geometry.to_numpy())
    return tuple(travel_table(board.setting, xy, on, mode=board.setting.mode) for on in board.dates)


def make_plan(board: Board, travels: tuple[Travel, ...], taken: Taken) -> Plan:
    """
    Return the best plan found beside what other parties have taken.

    Raises
    ------
    AnalysisError
        If the days cannot be joined by lodgings within their hours, even with no stop.
    """
    slots = tuple(tuple(_day_slots(board, on, taken)) for on in board.dates)
    problem = problem_of(board, slots, travels, nights=_nights(board, taken))
    wishes = board.wishes
    tour = solve(problem, seconds=wishes.seconds, rounds=wishes.rounds, seed=wishes.seed)
    if tour.told.get("state") == _CLOSED_CHAIN or not tour.days:
        raise _no_chain(board, problem, int(tour.told.get("broken_day", 0)))
    return Plan(board, slots, problem, tour, trip_of(board, problem, tour))


def _day_slots(board: Board, on: date, taken: Taken) -> Iterator[Slot]:
    """Yield when each place can be visited on a date; places that are no candidates are not asked."""
    for row in range(len(board.places)):
        if not board.candidates[row]:
            yield Slot(np.nan, np.nan, "closed")
        else:
            yield board.doors.slot(row, on, taken=taken, persons=board.wishes.persons)


def problem_of(
    board: Board, slots: tuple[tuple[Slot, ...], ...], travels: tuple[Travel, ...], *, nights: Flags
) -> Problem:
    """Return the problem of one party; a place where it begins or ends is a stop only if it is a must."""
    is_stop, wishes = board.candidates.copy(), board.wishes
    ends = [row for row in {board.start, board.end} if row >= 0 and row not in board.must]
    is_stop[ends] = False
    starts = np.full(len(board.dates), float(board.setting.conditions["start_min"]))
    return Problem(
        score=board.score,
        stay_min=board.doors.stay_min,
        opens=np.array([[slot.opens for slot in day] for day in slots]),
        closes=np.array([[slot.closes for slot in day] for day in slots]),
        is_stop=is_stop,
        is_lodging=board.lodgings,
        travel=travels,
        start=board.start,
        end=board.end,
        day_start_min=starts,
        day_end_min=starts + wishes.day_min,
        drive_limit_min=wishes.drive_min,
        nights=nights,
        must=tuple(row for row in board.must if row not in board.locked),
        locked=board.locked,
    )


def _nights(board: Board, taken: Taken) -> Flags:
    """Return where the nights can be spent, shape (D, N): open, and with beds where their number is known."""
    nights = np.zeros((len(board.dates), len(board.places)), dtype=bool)
    for row in np.flatnonzero(board.lodgings):
        for day, on in enumerate(board.dates):
            beds = beds_left(board.places.iloc[row], taken, int(row), on)
            is_full = beds < board.wishes.persons  # unknown (NaN) is not full: the products say so
            nights[day, row] = window_on(board.doors.openings[row], on) is not None and not is_full
    return nights


def _no_chain(board: Board, problem: Problem, day: int) -> AnalysisError:
    """Return what to say where the days cannot be joined."""
    free = int((problem.is_lodging & problem.nights[day]).sum())
    values = {"day": day + 1, "on": board.dates[day].isoformat(), "lodgings": free}
    if not free and (day + 1 < len(board.dates) or board.end < 0):
        return AnalysisError("itinerary.no_lodging", **values, known=int(problem.is_lodging.sum()))
    return AnalysisError(
        "itinerary.no_chain",
        **values,
        hours=f"{board.wishes.day_min / 60:g}",
        limit=f"{board.wishes.drive_min / 60:g}",
    )


def trip_of(board: Board, problem: Problem, tour: Tour) -> Trip:
    """Return the tour as a trip: the legs over the roads (and rails) and the clock of each day."""
    days: list[Day] = []
    number = 1
    for nodes in tour.days:
        days.append(_day_of(board, problem, nodes, day=len(days), number=number))
        number += len(days[-1].legs)
    return Trip(setting=board.setting, places=board.places, days=tuple(days), found=found_of(tour))


def found_of(tour: Tour) -> dict[str, float]:
    """Return how the plan was found; no seconds, so that the same input gives the same products."""
    return {"score": tour.score, "bound": tour.bound, "gap": tour.gap, "missing": float(len(tour.missing))}


def _day_of(board: Board, problem: Problem, nodes: tuple[int, ...], *, day: int, number: int) -> Day:
    clock = float(problem.day_start_min[day])
    visits = [Visit(nodes[0], "start" if day == 0 else LODGING, clock, clock, clock)]
    legs: list[Leg] = []
    for k, (start, end) in enumerate(pairwise(nodes), start=2):
        made = make_legs(
            board.setting, board.places, start, end, mode=board.setting.mode, day=day + 1,
            number=number + len(legs), on=board.dates[day], depart_min=clock,
        )  # fmt: skip
        legs += made
        visits += [_change(leg, onward) for leg, onward in pairwise(made)]
        visits.append(_last(problem, made[-1], day) if k == len(nodes) else _stop(problem, made[-1], day))
        clock = visits[-1].leave_min
    return Day(day + 1, board.dates[day], tuple(visits), tuple(legs))


def _change(leg: Leg, onward: Leg) -> Visit:
    """Return the wait at a station between two legs."""
    return Visit(leg.end, "station", leg.arrive_min, leg.arrive_min, onward.depart_min)


def _stop(problem: Problem, leg: Leg, day: int) -> Visit:
    """Return a stop: it begins on arrival or when the place opens."""
    begin = max(leg.arrive_min, float(problem.opens[day, leg.end]))
    return Visit(leg.end, "stop", leg.arrive_min, begin, begin + float(problem.stay_min[leg.end]))


def _last(problem: Problem, leg: Leg, day: int) -> Visit:
    """Return where the day ends."""
    is_end = day + 1 == problem.days and problem.end >= 0
    kind: VisitKind = "end" if is_end else LODGING
    return Visit(leg.end, kind, leg.arrive_min, leg.arrive_min, leg.arrive_min)
