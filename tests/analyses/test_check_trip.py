"""The validator: no plan of a random region has a fault, and each way of breaking a plan is found."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, event, settings
from hypothesis import given as draw_given
from hypothesis import strategies as st

from knr_gis.analyses.tourism.check_trip import faults, require_sound
from knr_gis.analyses.tourism.check_wishes import cap_faults
from knr_gis.analyses.tourism.closed_times import closed_near, closures_of
from knr_gis.analyses.tourism.closures import in_force, road_rules
from knr_gis.analyses.tourism.itinerary import make_plans
from knr_gis.analyses.tourism.plan_part import headline
from knr_gis.analyses.tourism.planning import Plan
from knr_gis.analyses.tourism.setting import make_setting
from knr_gis.analyses.tourism.trip import Day, Trip
from knr_gis.analyses.tourism.wishes import DEFAULTS, Wishes, make_wishes
from knr_gis.errors import AnalysisError
from knr_gis.texts import say
from tests import tour_grid as grid

PLANNER = set(DEFAULTS) - {"date", "mode", "start_time", "trains", "avoid", "avoid_how"}
NUMBERS = {"hours_per_day", "drive_limit_h", "party_persons", "unknown_stay_min"}


def plans_of(given: dict[str, Any]) -> tuple[Wishes, list[Plan]]:
    trip = {k: v for k, v in given.items() if k not in PLANNER | NUMBERS}
    wishes = make_wishes(given)
    return wishes, list(make_plans(make_setting(**trip), wishes).made)


def one_plan(**changes: Any) -> tuple[Wishes, Trip]:
    wishes, plans = plans_of(grid.given(**changes))
    return wishes, plans[0].trip


def keys(trip: Trip, wishes: Wishes | None = None) -> set[str]:
    found = faults(trip, wishes)
    assert all("{" not in say(note.key, **note.values) for note in found)
    return {note.key.removeprefix("check_trip.") for note in found}


# --- random regions ------------------------------------------------------------------------------

EDGES = grid.edges()
REFUSED = {"itinerary.no_lodging", "itinerary.no_chain", "itinerary.no_candidates"}
MONTHS = ["通年", "通年", "", "7", "5-10", "11-4", "7/2～9/30"]
CROSSINGS = st.tuples(st.integers(0, 3), st.integers(0, 2))
HOURS = st.sampled_from(
    [
        ("09:00", "17:00"),
        ("06:00", "22:00"),
        ("", ""),
        ("10:30", "12:00"),
        ("16:00", "20:00"),
        ("05:00", "11:00"),
    ]
)
DATES = ["2026-01-01", "2026-07-01", "2026-10-25", "2026-11-03", "2026-12-31"]


@st.composite
def rule_rows(draw: st.DrawFn) -> dict[str, Any]:
    season = draw(
        st.sampled_from([("", ""), ("11-04", "04-28"), ("06-15", "07-02"), ("10-24", "11-03"), ("07-01", "")])
    )
    hours = draw(
        st.sampled_from([("", ""), ("17:00", "09:00"), ("09:00", "10:30"), ("10:00", ""), ("", "12:00")])
    )
    return {
        "edge": draw(st.sampled_from(EDGES)),
        "rule_kind": draw(st.sampled_from(["closed", "closed_daily", "no_stopping"])),
        "from_date": season[0], "to_date": season[1], "from_hour": hours[0], "to_hour": hours[1],
        "year": draw(st.sampled_from([float("nan"), 2026.0])),
    }  # fmt: skip


@st.composite
def spot_rows(draw: st.DrawFn) -> dict[str, Any]:
    opens, closes = draw(HOURS)
    cap = st.sampled_from([float("nan"), 100.0, 4.0, 2.0])
    return {
        "at": draw(CROSSINGS), "months_open": draw(st.sampled_from(MONTHS)), "opens": opens, "closes": closes,
        "stay_min": draw(st.sampled_from([20.0, 60.0, float("nan"), 180.0])), "daily_cap": draw(cap),
        "hourly_cap": draw(cap), "indoor": draw(st.sampled_from([True, False, None])),
        "theme": draw(st.sampled_from(["自然", "食", ""])),
    }  # fmt: skip


@st.composite
def regions(draw: st.DrawFn) -> dict[str, Any]:
    spots = draw(st.lists(spot_rows(), min_size=2, max_size=7))
    named = [{**row, "name": f"所{k}"} for k, row in enumerate(spots)]
    nights = st.sampled_from(["通年", "通年", "", "5-10"])
    beds = st.sampled_from([100.0, float("nan"), 8.0, 3.0])
    rooms = [
        {"name": f"宿{k}", "at": draw(CROSSINGS), "capacity_persons": draw(beds), "months_open": draw(nights)}
        for k in range(draw(st.integers(1, 3)))
    ]  # fmt: skip
    names = st.sampled_from([row["name"] for row in named])
    never = draw(st.lists(names, max_size=1))
    must = [name for name in draw(st.lists(names, max_size=1)) if name not in never]
    days = draw(st.integers(1, 3))
    cut = draw(st.lists(st.sampled_from(EDGES), max_size=6))
    return grid.given(
        roads=grid.roads([e for e in EDGES if e not in cut]),
        spots={"tourism_spots": grid.spots(*named), "stations": grid.stations(駅=draw(CROSSINGS))},
        lodging=grid.lodgings(*rooms),
        road_rules=grid.rules(*draw(st.lists(rule_rows(), max_size=3))),
        date=draw(st.sampled_from(DATES)), days=days, must=must, never=never,
        locked=[f"{name}={draw(st.integers(1, days))}" for name in must[: draw(st.integers(0, 1))]],
        hours_per_day=draw(st.sampled_from([10.0, 6.0, 3.0])),
        drive_limit_h=draw(st.sampled_from([5.0, 1.0, 0.5])),
        end=draw(st.sampled_from(["", "駅"])), parties=draw(st.integers(1, 3)),
        start_time=draw(st.sampled_from(["09:00", "06:00", "13:00"])),
        mode=draw(st.sampled_from(["drive", "drive", "cycle"])),
        themes=draw(st.sampled_from([[], [], ["食=3", "自然"]])),
    )  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@draw_given(regions())
def test_no_plan_of_a_random_region_has_a_fault(region: dict[str, Any]) -> None:
    try:
        wishes, plans = plans_of(region)
    except AnalysisError as error:
        if error.key not in REFUSED:
            raise
        event(error.key)
        return
    event(f"{sum(len(day.visits) - 2 for day in plans[0].trip.days)} stops")
    for plan in plans:
        assert keys(plan.trip, wishes) == set()
        chosen = {visit.place for visit in plan.trip.visits}
        spots = [row for row in range(len(plan.trip.places)) if plan.trip.places["kind"].iloc[row] == "spot"]
        assert len(plan.trip.dropped) == len([row for row in spots if row not in chosen])
        assert plan.tour.score <= plan.tour.bound + 1e-6
    assert cap_faults([plan.trip for plan in plans], wishes.persons) == []


@pytest.mark.parametrize("seed", range(4))
def test_larger_plans_found_by_search_have_no_fault(seed: int) -> None:
    """More stops than the solver goes through one by one; roads that close in the middle of the day."""
    rng = np.random.default_rng(seed)
    edges = grid.edges(6, 5)
    closed = [edges[k] for k in rng.choice(len(edges), 12, replace=False)]
    hours = [("", "10:00"), ("12:00", ""), ("17:00", "09:30"), ("11:00", "15:00")]
    spots = [
        {
            "name": f"所{k}", "at": tuple(int(c) for c in rng.integers((0, 0), (6, 5))),
            "opens": f"{rng.integers(6, 14):02d}:00", "closes": f"{rng.integers(15, 22):02d}:00",
            "stay_min": float(rng.integers(15, 90)), "hourly_cap": float(rng.choice([4, 8, np.nan])),
        }
        for k in range(14)
    ]  # fmt: skip
    rules = [
        {"edge": edge, "rule_kind": "closed_daily", "from_date": "06-01", "to_date": "08-31",
         "from_hour": hours[k % 4][0] or "00:00", "to_hour": hours[k % 4][1] or "24:00"}
        for k, edge in enumerate(closed)
    ]  # fmt: skip
    region = grid.given(
        roads=grid.roads(edges), road_rules=grid.rules(*rules), days=2, rounds=60, parties=2,
        drive_limit_h=2.0,
        spots={"tourism_spots": grid.spots(*spots), "stations": grid.stations(駅=(0, 0))},
        lodging=grid.lodgings({"name": "宿", "at": (5, 4)}, {"name": "民宿", "at": (2, 2)}),
    )  # fmt: skip
    wishes, plans = plans_of(region)
    assert sum(visit.kind == "stop" for visit in plans[0].trip.visits) >= 8
    assert [keys(plan.trip, wishes) for plan in plans] == [set(), set()]
    assert cap_faults([plan.trip for plan in plans], wishes.persons) == []


@settings(max_examples=150, deadline=None)
@draw_given(rule_rows(), st.dates(date(2025, 12, 1), date(2028, 3, 15)), st.integers(0, 2 * 1440 - 1))
def test_closed_times_agree_with_the_rules_of_the_road(row: dict[str, Any], on: date, minute: int) -> None:
    frame = grid.rules(row)
    moment = datetime.combine(on, time()) + timedelta(minutes=minute)
    closed = any(begin <= moment < end for _, c in closures_of(frame) for begin, end in closed_near(c, on))
    rule = road_rules(frame)[0]
    assert closed == (rule.kind == "closed" and in_force(rule, on, minute))


# --- broken plans --------------------------------------------------------------------------------


def with_day(trip: Trip, number: int, **changes: Any) -> Trip:
    days = [replace(day, **changes) if day.number == number else day for day in trip.days]
    return replace(trip, days=tuple(days))


def with_visit(trip: Trip, number: int, index: int, **changes: Any) -> Trip:
    visits = list(trip.days[number - 1].visits)
    visits[index] = replace(visits[index], **changes)
    return with_day(trip, number, visits=tuple(visits))


def with_leg(trip: Trip, number: int, index: int, **changes: Any) -> Trip:
    legs = list(trip.days[number - 1].legs)
    legs[index] = replace(legs[index], **changes)
    return with_day(trip, number, legs=tuple(legs))


def with_place(trip: Trip, row: int, column: str, value: Any) -> Trip:
    places = trip.places.copy()
    places.loc[row, column] = value
    return replace(trip, places=places)


def first_stop(trip: Trip) -> tuple[Day, int]:
    return next((day, k) for day in trip.days for k, visit in enumerate(day.visits) if visit.kind == "stop")


def test_a_sound_plan_has_no_fault() -> None:
    wishes, trip = one_plan()
    assert {visit.kind for visit in trip.visits} == {"start", "stop", "lodging"}
    assert faults(trip, wishes) == []
    require_sound(trip, wishes)


def _late(trip: Trip) -> Trip:
    day, k = first_stop(trip)
    return with_visit(trip, day.number, k, start_min=1000.0, leave_min=1060.0)


def _short(trip: Trip) -> Trip:
    day, k = first_stop(trip)
    return with_visit(trip, day.number, k, leave_min=day.visits[k].start_min + 10)


def _too_early(trip: Trip) -> Trip:
    leg = trip.days[0].legs[0]
    return with_leg(trip, 1, 0, arrive_min=leg.arrive_min - 3)


def _shut(trip: Trip) -> Trip:
    day, k = first_stop(trip)
    return with_place(trip, day.visits[k].place, "months_open", "1-2")


def _capped(trip: Trip) -> Trip:
    day, k = first_stop(trip)
    return with_place(trip, day.visits[k].place, "hourly_cap", 3.0)


def _full_house(trip: Trip) -> Trip:
    return with_place(trip, trip.days[0].visits[-1].place, "capacity_persons", 3.0)


def _no_house(trip: Trip) -> Trip:
    return with_place(trip, trip.days[0].visits[-1].place, "kind", "spot")


def _house_shut(trip: Trip) -> Trip:
    return with_place(trip, trip.days[0].visits[-1].place, "months_open", "12")


def _elsewhere(trip: Trip) -> Trip:
    return with_visit(trip, 2, 0, place=trip.days[0].visits[0].place)


def _jump(trip: Trip) -> Trip:
    leg = next(leg for leg in trip.days[0].legs if len(leg.edges) > 1)
    return with_leg(trip, 1, trip.days[0].legs.index(leg), edges=leg.edges[::-1])


def _short_way(trip: Trip) -> Trip:
    return with_leg(trip, 1, 0, length_m=trip.days[0].legs[0].length_m - 100)


def _twice(trip: Trip) -> Trip:
    day, k = first_stop(trip)
    visits, legs = list(day.visits), list(day.legs)
    visits.insert(k + 1, replace(visits[k], arrive_min=visits[k].leave_min))
    legs.insert(k, replace(legs[0], start=visits[k].place, end=visits[k].place))
    return with_day(trip, day.number, visits=tuple(visits), legs=tuple(legs))


def _next_week(trip: Trip) -> Trip:
    return with_day(trip, 2, on=date(2026, 7, 9))


BROKEN: dict[str, Callable[[Trip], Trip]] = {
    "hours": _late, "short_stay": _short, "too_fast": _too_early, "shut": _shut, "cap": _capped,
    "no_lodging": _no_house, "lodging_shut": _house_shut, "night_elsewhere": _elsewhere, "broken_way": _jump,
    "length": _short_way, "twice": _twice, "not_chained": _next_week,
}  # fmt: skip


@pytest.mark.parametrize("key", BROKEN)
def test_a_broken_plan_is_found_broken(key: str) -> None:
    wishes, trip = one_plan()
    broken = BROKEN[key](trip)
    assert key in keys(broken, wishes)
    with pytest.raises(AnalysisError, match="検査"):
        require_sound(broken, wishes)


def test_a_full_lodging_is_found() -> None:
    wishes, trip = one_plan()
    assert "cap" in keys(_full_house(trip), wishes)


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("never", {"never": ("岬",)}), ("must", {"must": ("滝", "幻")}), ("lock", {"locked": {"岬": 9}}),
        ("wrong_start", {"start": "岬"}), ("wrong_end", {"end": "駅"}),
        ("no_lodging", {"lodgings": ("温泉",)}), ("day_hours", {"numbers": {"hours_per_day": 0.5}}),
        ("on_the_way", {"numbers": {"drive_limit_h": 0.1}}),
    ],
)  # fmt: skip
def test_a_plan_that_was_asked_for_otherwise_is_found(key: str, change: dict[str, Any]) -> None:
    wishes, trip = one_plan()
    if "numbers" in change:
        change = {"numbers": {**wishes.numbers, **change["numbers"]}}
    assert key in keys(trip, replace(wishes, **change))


def test_a_visit_in_the_dark_is_found() -> None:
    wishes, trip = one_plan()
    day, k = first_stop(trip)
    late = with_visit(trip, day.number, k, start_min=1200.0, leave_min=1260.0)
    assert "dark" in keys(late, wishes)
    assert "dark" not in keys(late, replace(wishes, outdoor_by_sunset=False))
    assert "dark" not in keys(with_place(late, day.visits[k].place, "indoor", True), wishes)


def test_a_closed_edge_is_found_to_the_minute() -> None:
    """The first edge of the first leg is passed from 9:00 to 9:05."""
    _, trip = one_plan()
    leg = trip.days[0].legs[0]
    edge = leg.line.coords[0], leg.line.coords[1]
    crossings = tuple(tuple(round(c / grid.STEP_M) for c in xy) for xy in edge)
    for hours, closed in (
        (("09:04", "12:00"), True),
        (("09:05", "12:00"), False),
        (("05:00", "09:00"), False),
        (("05:00", "09:01"), True),
    ):
        ruled = grid.given(road_rules=grid.rules({
            "edge": crossings, "rule_kind": "closed_daily", "from_date": "06-01", "to_date": "07-31",
            "from_hour": hours[0], "to_hour": hours[1],
        }))  # fmt: skip
        setting = make_setting(**{k: v for k, v in ruled.items() if k not in PLANNER | NUMBERS})
        assert ("closed_edge" in keys(replace(trip, setting=setting))) == closed, hours


def test_a_one_way_street_is_found() -> None:
    _, trip = one_plan()
    leg = trip.days[0].legs[0]
    ways = trip.setting.ways["drive"]
    flags = np.zeros(len(ways.network), dtype=bool)
    network = replace(ways.network, forward=flags, backward=flags)
    setting = replace(trip.setting, ways={"drive": replace(ways, network=network)})
    assert len(leg.edges)
    assert "against_oneway" in keys(replace(trip, setting=setting))


def test_parties_that_exceed_a_cap_together_are_found() -> None:
    wishes, trip = one_plan()
    day, k = first_stop(trip)
    capped = with_place(trip, day.visits[k].place, "daily_cap", 7.0)
    assert cap_faults([capped], wishes.persons) == []
    assert [note.key for note in cap_faults([capped, capped], wishes.persons)] == ["check_trip.cap"]


def trains(departs: str = "09:30") -> Any:
    row = {
        "from_station": "西", "to_station": "東", "departs": departs, "arrives": "09:45",
        "months_open": "通年", "bicycle": "1",
    }  # fmt: skip
    return grid.town.frame({key: [value] for key, value in row.items()}, [None])


def test_a_plan_by_train_and_bicycle_has_no_fault_and_one_on_no_train_has() -> None:
    halts = grid.stations(西駅=(0, 0), 東駅=(3, 0))
    region = grid.given(
        spots={"tourism_spots": grid.spots({"name": "岬", "at": (3, 1)}), "stations": halts}, stations=halts,
        train_legs=trains(), trains=True, mode="cycle", days=1, start="西駅",
    )  # fmt: skip
    wishes, plans = plans_of(region)
    trip = plans[0].trip
    assert "train" in [leg.mode for leg in trip.legs]
    assert headline(plans[0]).values["km"] == say("itinerary.headline_trains", km="5")  # (3,0) to (3,1)
    assert "station" in [visit.kind for visit in trip.visits]
    assert keys(trip, wishes) == set()
    later = {**trip.setting.layers, "train_legs": trains("09:31")}
    assert keys(replace(trip, setting=replace(trip.setting, layers=later)), wishes) == {"no_train"}
