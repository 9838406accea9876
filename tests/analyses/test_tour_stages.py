"""Stages, gradings and gaps between services by pencil; what is unknown stays unknown."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knr_gis.analyses.tourism import tourism
from knr_gis.analyses.tourism.grading import (
    class_of,
    course_constant,
    effort_km,
    graded,
    scales,
    stamina_grade,
)
from knr_gis.analyses.tourism.service_gaps import kinds_of
from knr_gis.result import Blank, Result
from knr_gis.texts import say
from tests.analyses import tour_land as land
from tests.analyses import tour_road as roads
from tests.town import figures


def run(**changes: Any) -> Result:
    return tourism(**roads.given(**changes))


def words(result: Result) -> str:
    return "\n".join(say(note.key, **note.values) for note in result.notes)


# --- grading --------------------------------------------------------------------------------------


def test_the_course_constant_is_that_of_the_published_formula() -> None:
    # 1.8 * 5 h + 0.3 * 10 km + 10 * 1 km up + 0.6 * 1 km down = 9 + 3 + 10 + 0.6
    constant = course_constant(hours=5, km=10, ascent_m=1000, descent_m=1000)
    assert constant == pytest.approx(22.6)
    assert stamina_grade(constant) == 3
    assert [stamina_grade(c) for c in (0, 0.1, 10, 10.1, 95, 100.5, 250)] == [1, 1, 1, 2, 10, 10, 10]
    assert math.isnan(stamina_grade(course_constant(hours=5, km=10, ascent_m=math.nan, descent_m=0)))


def test_effort_counts_a_hundred_metres_up_as_a_kilometre() -> None:
    assert effort_km(km=10, ascent_m=450) == pytest.approx(14.5)
    assert [class_of("effort", "walk", v) for v in (0, 9.9, 10, 20, 30)] == [
        "low",
        "low",
        "middle",
        "high",
        "highest",
    ]
    assert class_of("effort", "cycle", 39) == "low"
    assert class_of("effort", "walk", math.nan) is None


def test_each_mode_is_asked_by_two_scales_and_cars_by_none() -> None:
    for mode in ("walk", "cycle"):
        found = graded(mode, hours=1, km=10, ascent_m=100, descent_m=0)
        asked = [name for name, scale in scales().items() if mode in scale["modes"]]
        assert len(asked) == 2
        assert sum(value is not Blank.NOT_ASKED for value in found.values()) == 4
    assert set(graded("drive", hours=1, km=1, ascent_m=1, descent_m=1).values()) == {Blank.NOT_ASKED}
    assert not any(scale["verified"] for scale in scales().values())


@given(st.floats(0, 30), st.floats(0, 100), st.floats(0, 5000), st.floats(0, 5000), st.floats(0, 3000))
def test_more_ascent_never_makes_a_day_easier(
    hours: float, km: float, up: float, down: float, more: float
) -> None:
    low, high = (course_constant(hours=hours, km=km, ascent_m=a, descent_m=down) for a in (up, up + more))
    assert high >= low
    assert stamina_grade(high) >= stamina_grade(low)
    assert effort_km(km=km, ascent_m=up + more) >= effort_km(km=km, ascent_m=up)


# --- stages ---------------------------------------------------------------------------------------


def test_days_sum_their_legs_and_grades_show_what_they_are_from() -> None:
    # a plane that rises by 10 m a kilometre to the east: 6 km up 60 m and back down 60 m, on foot
    spots = {"tourism_spots": roads.spots(A=-3, B=3, C=-1)}
    result = run(
        roads=roads.road([(x / 2, 0) for x in range(-10, 11)]), spots=spots, mode="walk",
        elevation=land.plane(0.01), stops=["A", "B", "C"], tour_walk_speed_kmh=4.0,
    )  # fmt: skip
    day = result.tables["days"].iloc[0]
    assert (day["day_km"], day["day_legs"]) == (pytest.approx(10), 2)
    assert day["ascent_m"] == pytest.approx(60, abs=3)
    assert day["descent_m"] == pytest.approx(40, abs=3)
    legs = result.tables["legs"]
    for column in ("ascent_m", "descent_m"):
        assert day[column] == pytest.approx(legs[column].sum())
    grade = result.tables["gradings"].iloc[0]
    columns = {"hours": "graded_h", "km": "day_km", "ascent_m": "ascent_m", "descent_m": "descent_m"}
    inputs = {name: float(grade[column]) for name, column in columns.items()}
    assert grade["course_constant"] == pytest.approx(course_constant(**inputs))
    assert grade["effort_km"] == pytest.approx(effort_km(km=10, ascent_m=inputs["ascent_m"]))
    assert grade["climb_class"] is Blank.NOT_ASKED
    assert grade["graded_h"] == pytest.approx(legs["leg_min"].sum() / 60)
    assert "参考値" in words(result)
    assert "1 m より小さな上下" in words(result)
    assert not result.basis["grading_stamina"].verified
    assert "山本正嘉" in result.basis["grading_stamina"].source


def test_without_heights_ascent_is_unknown_and_never_0() -> None:
    result = run(mode="walk", stops=["A", "B"], hours_per_day=24)
    assert math.isnan(result.tables["days"].loc[0, "ascent_m"])
    grade = result.tables["gradings"].iloc[0]
    assert math.isnan(grade["course_constant"])
    assert math.isnan(grade["stamina_grade"])
    assert grade["effort_class"] is None
    assert "登りの標高差" in result.tables["not_evaluated"]["what"].tolist()
    assert math.isnan(figures(result.summary, "route_ascent_m")["", ""])
    assert len(run().tables["gradings"]) == 0  # by car


@pytest.mark.parametrize("hours", [2.0, 4.0, 9.0])
def test_the_summary_of_days_closes_with_that_of_legs(hours: float) -> None:
    result = run(stops=["A", "B", "C", "D", "E"], hours_per_day=hours)
    km, minutes = figures(result.summary, "day_km"), figures(result.summary, "day_way_min")
    assert len(km) == figures(result.summary, "days_count")["", ""]
    assert (
        sum(km.values()) == pytest.approx(figures(result.summary, "route_km")["", ""]) == pytest.approx(200)
    )
    assert sum(minutes.values()) == pytest.approx(figures(result.summary, "route_min")["", ""])
    assert (len(result.charts) > 0) == (len(km) > 1)


def test_a_day_into_the_dark_is_told_with_the_sunset() -> None:
    late = run(date="2026-12-20", start_time="15:00")
    assert "日の入りの後まで続く" in words(late)
    assert late.tables["days"].loc[0, "sunset"].startswith("1")
    assert "日の入りの後まで" not in words(run(date="2026-06-20"))


# --- services -------------------------------------------------------------------------------------


def services(*rows: tuple[str, str, float, float], **columns: list[Any]) -> Any:
    return roads.places(
        {name: (x, y) for name, _, x, y in rows}, service_kind=[kind for _, kind, _, _ in rows], **columns
    )


def gaps(result: Result, kind: str) -> list[tuple[str, str, float, float, str]]:
    table = result.tables["service_gaps"]
    own = table[table["service_kind"] == kind]
    return [
        (r.from_name, r.to_name, round(r.gap_km, 6), round(r.gap_min, 6), r.gap_state)
        for r in own.itertuples()
    ]


def test_gaps_run_from_service_to_service_and_the_longest_is_named() -> None:
    points = services(("油1", "fuel", 20, 0.5), ("油2", "給油", 150, -0.9), ("遠い油", "fuel", 80, 1.5))
    result = run(stops=["A", "B", "E"], service_points=points)
    # past B a stay of an hour: not part of the minutes on the way
    assert gaps(result, "fuel") == [
        ("A", "油1", 20, 20, "within"), ("油1", "油2", 130, 130, "over"), ("油2", "E", 50, 50, "within"),
    ]  # fmt: skip
    assert figures(result.summary, "service_longest_km")["", "給油"] == pytest.approx(130)
    assert figures(result.summary, "service_gaps_over")["", "給油"] == 1
    assert "「油1」から「油2」まで 130.0 km" in words(result)
    drawn = result.features["service_gaps"]
    assert drawn["service_kind"].tolist() == ["fuel", "fuel"]  # on both legs
    assert drawn.length.sum() == pytest.approx(130_000)


def test_what_people_need_is_measured_by_the_clock_of_one_day() -> None:
    points = services(("便所", "toilet", 40, 0), ("食堂", "food", 190, 0))
    result = run(stops=["A", "B", "C", "E"], service_points=points, hours_per_day=3.0)
    # day 1: 9:00 A, 10:30 leaves B, 10:40 便所, 11:00-12:00 C; day 2: C 9:00 to E 11:20
    assert gaps(result, "toilet") == [
        ("A", "便所", 40, 100, "within"), ("便所", "C", 20, 20, "within"), ("C", "E", 140, 140, "over"),
    ]  # fmt: skip
    assert gaps(result, "food") == [
        ("A", "C", 60, 120, "within"), ("C", "食堂", 130, 130, "within"), ("食堂", "E", 10, 10, "within"),
    ]  # fmt: skip
    assert "fuel" not in result.tables["service_gaps"]["service_kind"].tolist()
    assert "給油" in result.tables["not_evaluated"]["what"].tolist()


def test_a_service_that_is_shut_when_passed_does_not_count() -> None:
    points = services(("昼の店", "food", 30, 0), ("夕の店", "food", 60, 0)).assign(
        opens=["09:00", "17:00"], closes=["17:00", "20:00"], months_open=[roads.ALWAYS] * 2
    )
    result = run(stops=["A", "D"], service_points=points, date="2026-07-01")
    assert gaps(result, "food") == [("A", "昼の店", 30, 30, "within"), ("昼の店", "D", 60, 60, "within")]
    assert figures(result.summary, "services_shut")["", "食事"] == 1
    undated = run(stops=["A", "D"], service_points=points)
    assert len(gaps(undated, "food")) == 3


def test_gaps_are_cut_where_a_leg_has_no_way_and_cars_alone_need_fuel() -> None:
    points = services(("油", "fuel", 20, 0), ("便所", "toilet", 20, 0))
    island = {"tourism_spots": roads.spots(A=0, B=30, E=200), "islands": roads.places({"島": (500.0, 500.0)})}
    result = run(spots=island, stops=["A", "B", "島", "E", "B"], service_points=points)
    assert [gap[:3] for gap in gaps(result, "fuel")] == [("A", "油", 20), ("油", "B", 10), ("E", "B", 170)]
    assert result.tables["not_evaluated"]["what"].tolist().count("給油・トイレ・食事の間隔") == 1
    walked = run(stops=["A", "B"], mode="cycle", service_points=points)
    assert "fuel" not in walked.tables["service_gaps"]["service_kind"].tolist()
    none = run(stops=["A", "B"])
    assert "service_gaps" not in none.tables
    assert "給油所・トイレ・食事・案内所" in none.tables["not_evaluated"]["what"].tolist()


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(0, 200), min_size=1, max_size=8, unique=True), st.floats(1, 150))
def test_gaps_sum_to_the_whole_way_and_those_over_are_counted(at: list[float], limit: float) -> None:
    points = services(*((f"S{k}", "fuel", x, 0.0) for k, x in enumerate(at)))
    result = run(stops=["A", "E"], service_points=points, fuel_gap_km=limit)
    found = [gap[2] for gap in gaps(result, "fuel")]
    edges = sorted({0.0, 200.0, *at})
    theirs = [b - a for a, b in itertools.pairwise(edges) if b - a > 0.051]
    assert sum(found) == pytest.approx(200, abs=0.05 * (len(at) + 1))
    assert max(found) == pytest.approx(max(theirs), abs=0.06)
    over = figures(result.summary, "service_gaps_over")["", "給油"]
    assert over == sum(np.array(found) > limit)


def test_words_for_services_are_read() -> None:
    assert kinds_of("給油・トイレ") == {"fuel", "toilet"}
    assert kinds_of("コンビニ、WC") == {"food", "toilet"}
    assert kinds_of("shop") == {"food"}
    assert kinds_of("案内所") == kinds_of(None) == frozenset()
