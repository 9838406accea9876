"""What a plan leaves out: each place with its reason in words, and the next date on which it would work."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely

from knr_gis.analyses.inputs import listed
from knr_gis.analyses.tourism.alone import Chain, Lone, alone, over
from knr_gis.analyses.tourism.calendar import SEARCH_DAYS, window_on
from knr_gis.analyses.tourism.closures import spans
from knr_gis.analyses.tourism.fit import themes_of
from knr_gis.analyses.tourism.moves import make_leg, travel_table
from knr_gis.analyses.tourism.planning import Plan
from knr_gis.analyses.tourism.timetable import clock_text
from knr_gis.orienteering import Problem, Travel
from knr_gis.texts import say

DROP_COLUMNS = ["name", "municipality", "theme", "drop_reason", "drop_text", "next_date"]
# Of several days with several reasons the one that was nearest to working.
_NEAREST = ("cap", "sunset", "hours", "closed")
_CELLS = {
    "months": "months_open", "opens": "opens", "closes": "closes", "weekdays": "closed_weekdays",
    "off": "closed_dates",
}  # fmt: skip
_PLACE_OF = {"no_room": 1, "theme": 2, "never": 3}
_OTHER_DATE = ("closed", "hours", "sunset", "cap", "road")


@dataclass(frozen=True, eq=False)
class Leaving:
    """Reasons for one plan."""

    plan: Plan

    @cached_property
    def as_planned(self) -> tuple[Problem, Chain]:
        """The problem with the roads as they were, and where its days may begin and end."""
        return over(self.plan.problem, self.plan.problem.travel)

    @cached_property
    def open_roads(self) -> tuple[Travel, ...]:
        """Travel times with no road closed."""
        board = self.plan.board
        xy = shapely.get_coordinates(board.places.geometry.to_numpy())
        table = travel_table(board.setting, xy, None, mode=board.setting.mode)
        return tuple(table for _ in board.dates)

    @cached_property
    def unhindered(self) -> tuple[Problem, Chain]:
        """The problem with no road closed."""
        return over(self.plan.problem, self.open_roads)

    def reason(self, row: int) -> tuple[str, Lone]:
        """Return why a place was left out, and of a place that can be visited what a lone visit comes to."""
        board = self.plan.board
        if board.never[row] or board.outside[row]:
            return ("never" if board.never[row] else "theme"), Lone("no_way")
        if not self._on_road(row):
            return "no_road", Lone("no_way")
        shut = {day[row].shut for day in self.plan.slots}
        if "" not in shut:
            return next(code for code in _NEAREST if code in shut), Lone("no_way")
        lone = alone(*self.as_planned, row)
        if lone.hindrance == "":
            return "no_room", lone
        if (freely := alone(*self.unhindered, row)).hindrance == "":
            return "road", freely
        return lone.hindrance, lone

    def _on_road(self, row: int) -> bool:
        """Tell whether any way leads from or to a place with no road closed."""
        minutes = self.open_roads[0].minutes[:, row, :]
        return bool(np.isfinite(np.delete(minutes, row, axis=1)).any()) or bool(self.open_roads[0].rides)

    def next_date(self, row: int, reason: str, lone: Lone) -> date | None:
        """Return the first date after the trip on which the reason is gone; None where no date helps."""
        if reason not in _OTHER_DATE:
            return None
        board = self.plan.board
        days = (board.dates[-1] + timedelta(days=k) for k in range(1, SEARCH_DAYS))
        opened = (on for on in days if board.doors.works_on(row, on, board.wishes.persons))
        if reason != "road":
            return next(opened, None)
        return next((on for on in opened if self._roads_let(row, lone, on)), None)

    def _roads_let(self, row: int, lone: Lone, on: date) -> bool:
        """Tell whether the roads of a date let a lone visit be made from the base that suits it best."""
        closed = tuple(spans(self.plan.board.setting.rules, on))
        key = (row, closed)
        if key not in self._seen:
            self._seen[key] = self._works_over(row, lone, on)
        return self._seen[key]

    @cached_property
    def _seen(self) -> dict[Any, bool]:
        return {}

    def _works_over(self, row: int, lone: Lone, on: date) -> bool:
        """Tell whether a lone visit works with the roads of a date."""
        board, problem = self.plan.board, self.plan.problem
        rows = [lone.base, row, lone.end]
        points = board.places.geometry.iloc[rows].to_numpy()
        travel = travel_table(board.setting, shapely.get_coordinates(points), on, mode=board.setting.mode)
        slot, begin = board.doors.slot(row, on), float(problem.day_start_min[0])
        arrive, there = travel.leg(0, 1, begin)
        leave = max(arrive, slot.opens) + float(problem.stay_min[row])
        back, home = travel.leg(1, 2, leave)
        in_time = leave <= slot.closes and back <= begin + board.wishes.day_min
        return in_time and there + home <= problem.drive_limit_min

    def text(self, row: int, reason: str, lone: Lone) -> str:
        """Return the reason in words."""
        key = "closed_off" if reason == "closed" and self._in_season(row) else reason
        return say(f"dropped.{key}", **self._values(row, reason, lone))

    def _in_season(self, row: int) -> bool:
        """Tell whether a place that is shut all the trip would be open by its season."""
        board = self.plan.board
        opening = board.doors.openings[row]
        always = replace(opening, shut_weekdays=frozenset(), shut_seasons=(), shut_dates=frozenset())
        return any(window_on(always, on) is not None for on in board.dates)

    def _values(self, row: int, reason: str, lone: Lone) -> dict[str, Any]:
        board = self.plan.board
        place, wishes, first = board.places.iloc[row], board.wishes, board.dates[0]
        light = board.doors.light(row, board.dates[-1])
        return {
            "dates": listed([f"{on.month}/{on.day}" for on in board.dates], 3),
            **{key: place[column] or say("dropped.untold") for key, column in _CELLS.items()},
            "stay": f"{board.doors.stay_min[row]:.0f}",
            "sunset": clock_text(light) if light < np.inf else say("dropped.untold"),
            "daily": _cap(place["daily_cap"]), "hourly": _cap(place["hourly_cap"]),
            "persons": f"{wishes.persons:g}",
            "theme": listed(sorted(themes_of(place["theme"]))) or say("dropped.untold"),
            "day_end": clock_text(float(self.plan.problem.day_end_min[0])),
            "limit_m": f"{board.setting.conditions['route_snap_limit_m']:g}",
            "hours": f"{wishes.day_min / 60:g}", "limit_h": f"{wishes.drive_min / 60:g}",
            "rules": listed(self._rules(row, lone)) if reason == "road" else "", "first": first.isoformat(),
        }  # fmt: skip

    def _rules(self, row: int, lone: Lone) -> list[str]:
        """Return the closed roads that are in the way from the base to a place, or back."""
        board = self.plan.board
        names = {rule.rule_id: rule.name or rule.rule_id for rule in board.setting.rules}
        closed: list[str] = []
        for start, end in ((lone.base, row), (row, lone.end)):
            leg = make_leg(
                board.setting, board.places, start, end, mode=board.setting.mode, day=1, number=1,
                on=board.dates[lone.day], depart_min=float(self.plan.problem.day_start_min[0]),
            )  # fmt: skip
            closed += leg.closed
        return list(dict.fromkeys(names[rule_id] for rule_id in closed)) or [say("dropped.untold")]


def _cap(value: float) -> str:
    return say("dropped.untold") if np.isnan(value) else f"{value:g}"


def dropped_table(plan: Plan) -> pd.DataFrame:
    """
    Return each spot that is not in a plan, with ``drop_reason``, ``drop_text`` and ``next_date``.

    What must be in the plan and is not stands first, then what another date, road or hour would change, what
    the wishes leave out last. The index is the row of the places.
    """
    rows = dict(_rows(Leaving(plan)))
    table = pd.DataFrame(list(rows.values()), columns=DROP_COLUMNS, index=list(rows))
    rank = table["drop_reason"].map(_PLACE_OF).fillna(0).where(~table.index.isin(plan.tour.missing), -1)
    return table.loc[rank.sort_values(kind="stable").index]


def with_dropped(plan: Plan) -> Plan:
    """Return a plan whose trip knows what it leaves out."""
    return replace(plan, trip=replace(plan.trip, dropped=dropped_table(plan)))


def _rows(leaving: Leaving) -> Iterator[tuple[int, tuple[str, ...]]]:
    plan, board = leaving.plan, leaving.plan.board
    chosen = {visit.place for visit in plan.trip.visits}
    asked = board.candidates | board.outside | board.never
    for row in map(int, np.flatnonzero(asked)):
        if row in chosen:
            continue
        reason, lone = leaving.reason(row)
        place, again = board.places.iloc[row], leaving.next_date(row, reason, lone)
        told = leaving.text(row, reason, lone), "" if again is None else again.isoformat()
        yield row, (place["name"], place["municipality"], place["theme"], reason, *told)
