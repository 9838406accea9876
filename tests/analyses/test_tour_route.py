"""Routes between chosen stops: days, order, closures, other ways, what is avoided; validated at random."""

import itertools
import math
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from knr_gis.analyses.tourism import tourism
from knr_gis.analyses.tourism.check_trip import faults
from knr_gis.analyses.tourism.routing import route_given
from knr_gis.display import shown
from knr_gis.errors import AnalysisError
from knr_gis.result import Result
from knr_gis.texts import say
from tests import town
from tests.analyses import tour_land as land
from tests.analyses import tour_road as roads

KM = roads.KM


def run(**changes: Any) -> Result:
    return tourism(**roads.given(**changes))


def words(result: Result) -> str:
    return "\n".join(say(note.key, **note.values) for note in (result.headline, *result.notes))


def timetable(result: Result) -> list[tuple[Any, ...]]:
    table = result.tables["timetable"]
    return [
        tuple("" if not isinstance(v, str | int) else v for v in row)
        for row in table[["day", "name", "arrive", "leave"]].itertuples(index=False)
    ]


# --- days -----------------------------------------------------------------------------------------


def test_a_day_is_over_after_the_hours_asked_for_and_the_night_is_named() -> None:
    # 9:00 A, 9:30-10:30 B, 11:00-12:00 C; D would be left at 13:30: more than 4 hours after 9:00
    result = run(stops=["A", "B", "C", "D"], hours_per_day=4, date="2026-07-01")
    assert timetable(result) == [
        (1, "A", "", "09:00"), (1, "B", "09:30", "10:30"), (1, "C", "11:00", ""),
        (2, "C", "", "09:00"), (2, "D", "09:30", ""),
    ]  # fmt: skip
    assert result.tables["days"]["on_date"].tolist() == ["2026-07-01", "2026-07-02"]
    assert "4 時間" in words(result)
    assert "C で夜を過ごす計算" in words(result)
    assert result.features["stops"]["name"].tolist() == ["A", "B", "C", "D"]


def test_a_lodging_ends_the_day_and_no_hours_do() -> None:
    lodging = roads.places({"宿": (60.0, 0.0)})
    result = run(stops=["A", "B", "宿", "E"], lodging=lodging)
    assert timetable(result) == [
        (1, "A", "", "09:00"), (1, "B", "09:30", "10:30"), (1, "宿", "11:00", ""),
        (2, "宿", "", "09:00"), (2, "E", "11:20", ""),
    ]  # fmt: skip
    assert result.tables["days"]["day_stay_min"].tolist() == [60, 60]
    assert "hours_per_day" not in result.params
    assert "宿で日を分けました" in words(result)


def test_hours_and_lodgings_both_end_days_where_both_are_given() -> None:
    lodging = roads.places({"宿": (60.0, 0.0)})
    result = run(stops=["A", "B", "宿", "E"], lodging=lodging, hours_per_day=1.75)
    assert result.tables["days"]["to_name"].tolist() == ["B", "宿", "E"]


def test_the_round_trip_ends_where_it_began_without_a_stay() -> None:
    result = run(stops=["A", "B"], return_to_start=True)
    assert timetable(result)[-1] == (1, "A", "11:00", "")
    assert result.tables["days"].loc[0, ["day_km", "day_way_min", "day_stay_min"]].tolist() == [60, 60, 60]
    assert result.tables["legs"]["to_name"].tolist() == ["B", "A"]


def test_after_a_leg_without_a_way_the_hours_are_unknown_until_the_morning() -> None:
    lodging = roads.places({"宿": (60.0, 0.0)})
    island = roads.places({"島": (500.0, 500.0)}, stay_min=[30.0])
    spots = {"tourism_spots": roads.spots(A=0, B=30, E=200), "islands": island}
    result = run(stops=["A", "島", "B", "宿", "E"], spots=spots, lodging=lodging)
    assert timetable(result) == [
        (1, "A", "", "09:00"), (1, "島", "", ""), (1, "B", "", ""), (1, "宿", "", ""),
        (2, "宿", "", "09:00"), (2, "E", "11:20", ""),
    ]  # fmt: skip
    legs = result.tables["legs"]
    assert legs["leg_status"].tolist() == ["far", "far", "reached", "reached"]
    assert legs["leg_km"].tolist()[2:] == pytest.approx([30, 140])
    assert legs["depart"].tolist() == ["", "", "", "09:00"]
    assert result.tables["days"].loc[0, ["day_km", "day_way_min"]].isna().all()


# --- dates ----------------------------------------------------------------------------------------

WINTER = {"rule_id": "W", "name": "峠の冬", "rule_kind": "closed", "from_date": "11-01", "to_date": "04-30"}
NIGHT = {
    "rule_id": "N", "name": "峠の夜", "rule_kind": "closed_daily", "from_date": "10-01", "to_date": "10-31",
    "from_hour": "17:00", "to_hour": "09:00",
}  # fmt: skip
PASS = [(0.0, 0.0), (30 * KM, 0.0)]


def over_the_pass(date: str | None, **changes: Any) -> Result:
    net = roads.road([(0, 0), (30, 0)], [(0, 0), (0, 50), (30, 50), (30, 0)])
    rules = land.rules((WINTER, PASS), (NIGHT, PASS))
    return run(roads=net, road_rules=rules, stops=["A", "B"], date=date, **changes)


@pytest.mark.parametrize(
    ("date", "start", "km", "arrive", "rule"),
    [
        ("2026-01-01", "12:00", 130, "14:10", "峠の冬"),
        ("2026-07-01", "12:00", 30, "12:30", ""),
        ("2026-10-25", "18:00", 130, "20:10", "峠の夜"),
        ("2026-10-25", "12:00", 30, "12:30", ""),
        ("2026-10-25", "08:00", 30, "09:30", "峠の夜"),
        (None, "18:00", 30, "18:30", ""),
    ],
)
def test_the_date_decides_over_the_pass_and_the_plan_says_why(
    date: str | None, start: str, km: float, arrive: str, rule: str
) -> None:
    result = over_the_pass(date, start_time=start)
    leg = result.tables["legs"].iloc[0]
    assert (leg["leg_km"], leg["arrive"], leg["closed_rules"]) == (pytest.approx(km), arrive, rule)
    assert leg["leg_wait_min"] == (60 if start == "08:00" else 0)
    assert ("道順または出発の時刻を変えた" in words(result)) == (rule != "")
    assert rule in words(result)
    assert ("通行止め・夜間閉鎖・営業日・営業時間は判定していません" in words(result)) == (date is None)


def test_a_closed_pass_without_a_way_round_is_named_as_what_bars_it() -> None:
    result = run(
        roads=roads.road([(0, 0), (30, 0)]), road_rules=land.rules((WINTER, PASS)), stops=["A", "B"],
        date="2026-01-01",
    )  # fmt: skip
    assert say("stages.note_barred", names="峠の冬") in words(result)
    assert shown("leg_reason", "closed") in words(result)
    assert "道順または出発の時刻を変えた" not in words(result)


def test_other_ways_keep_off_closed_roads_too() -> None:
    assert len(over_the_pass("2026-01-01", alternatives=2).tables["alternatives"]) == 0
    assert (
        len(over_the_pass("2026-07-01", alternatives=2, alternative_more_percent=400).tables["alternatives"])
        == 1
    )


def test_a_visit_waits_for_the_door_or_is_told_to_be_late_or_shut() -> None:
    spots = roads.spots(A=0, B=30, C=60, D=90).assign(
        opens=["", "10:00", "09:00", "09:00"], closes=["", "17:00", "11:00", "17:00"],
        months_open=["", roads.ALWAYS, roads.ALWAYS, "12"],
    )  # fmt: skip
    lodging = roads.places({"宿": (61.0, 0.0)})  # so that no hours end the day
    result = run(
        spots={"tourism_spots": spots},
        stops=["A", "B", "C", "D", "宿", "A"],
        date="2026-07-01",
        lodging=lodging,
    )
    table = result.tables["timetable"]
    states = dict(zip(table["name"], table["visit_state"], strict=True))
    # B opens at 10:00 (30 min of waiting); C from 11:30 on is past 11:00; D opens in December only
    assert table["wait_min"].tolist()[1:4] == [30, 0, 0]
    assert (states["B"], states["C"], states["D"], states["A"]) == ("met", "late", "shut", "met_unknown")
    for name, key in (("C", "収まらない"), ("D", "その日に営業していない"), ("A", "一部が分からない")):
        assert any(key in line and name in line for line in words(result).splitlines())


def test_with_days_by_hours_a_shut_door_is_come_to_on_the_day_it_opens() -> None:
    spots = roads.spots(A=0, B=30).assign(closed_dates=["", "7/1"])
    late = run(spots={"tourism_spots": spots}, stops=["A", "A", "B"], date="2026-07-01")
    assert late.tables["days"]["to_name"].tolist() == ["A", "B"]
    assert late.tables["timetable"]["visit_state"].tolist()[-1] == "met"


# --- order ----------------------------------------------------------------------------------------


def end_minute(result: Result) -> tuple[int, float]:
    days = result.tables["days"]
    return len(days), float(
        days["day_way_min"].iloc[-1] + days["day_stay_min"].iloc[-1] + days["day_wait_min"].iloc[-1]
    )


@pytest.mark.parametrize("seed", range(3))
def test_the_best_order_ends_as_early_as_the_best_of_all_orders(seed: int) -> None:
    """Every order is run as a given one and its end read from its tables."""
    rng = np.random.default_rng(seed)
    lines = [[(x, y), (x + 10, y)] for x in range(0, 40, 10) for y in range(0, 50, 10)]
    lines += [[(x, y), (x, y + 10)] for x in range(0, 50, 10) for y in range(0, 40, 10)]
    at = {name: tuple(float(v) for v in rng.integers(0, 5, 2) * 10) for name in "ABCDE"}
    spots = {"tourism_spots": roads.places(at, stay_min=rng.integers(10, 90, 5).astype(float).tolist())}
    common = {"roads": roads.road(*lines), "spots": spots, "hours_per_day": 4.0}
    best = run(**common, stops=list("ABCDE"), order="best")
    every = [end_minute(run(**common, stops=["A", *p, "E"])) for p in itertools.permutations("BCD")]
    assert end_minute(best) == pytest.approx(min(every))
    assert "すべての順のうち" in words(best)


# --- other ways and what is avoided ---------------------------------------------------------------

THREE = [[(0, 0), (30, 0)], [(0, 0), (15, 5), (30, 0)], [(0, 0), (15, -9), (30, 0)]]


def test_other_ways_come_by_their_time_with_what_they_share() -> None:
    result = run(roads=roads.road(*THREE), stops=["A", "B"], alternatives=3)
    table = result.tables["alternatives"]
    lengths = [2 * math.hypot(15, 5), 2 * math.hypot(15, 9)]
    assert table["leg_km"].tolist() == pytest.approx(lengths)
    assert table["more_min"].tolist() == pytest.approx([km - 30 for km in lengths])
    assert table["shared_percent"].tolist() == [0, 0]
    assert table["alternative"].tolist() == [1, 2]
    assert result.features["alternatives"].length.tolist() == pytest.approx([km * KM for km in lengths])
    gaps = result.tables["not_evaluated"]
    assert gaps.loc[gaps["what"] == "A → B", "count"].tolist() == [1]  # a third was asked for


def test_other_ways_are_bounded_by_share_and_time() -> None:
    # 20 of 30 km are common to both ways: shared 20 of 20 + 2 * sqrt(25 + 25)
    net = roads.road([(0, 0), (20, 0), (30, 0)], [(20, 0), (25, 5), (30, 0)])
    asked = {"roads": net, "stops": ["A", "B"], "alternatives": 1}
    share = 100 * 20 / (20 + 2 * math.hypot(5, 5))
    assert run(**asked, alternative_shared_percent=share + 0.1).tables["alternatives"][
        "shared_percent"
    ].tolist() == pytest.approx([share])
    assert len(run(**asked, alternative_shared_percent=share - 0.1).tables["alternatives"]) == 0
    longer = 100 * (20 + 2 * math.hypot(5, 5) - 30) / 30
    loose = {**asked, "alternative_shared_percent": 100}
    assert len(run(**loose, alternative_more_percent=longer + 0.1).tables["alternatives"]) == 1
    assert len(run(**loose, alternative_more_percent=longer - 0.1).tables["alternatives"]) == 0


def test_what_is_avoided_is_told_in_kilometres_and_nothing_is_called_safe() -> None:
    hazard = town.frame({"depth_min_m": [1.0], "depth_max_m": [2.0]}, [box(10 * KM, -KM, 20 * KM, KM)])
    asked = {
        "roads": roads.road(*THREE),
        "stops": ["A", "B"],
        "hazard": hazard,
        "avoid": ["tsunami_inundation"],
    }
    free = run(**{**asked, "avoid": []})
    assert free.tables["legs"].loc[0, "leg_km"] == pytest.approx(30)
    strict = run(**asked, avoid_how="strict")
    assert strict.tables["legs"].loc[0, "leg_km"] == pytest.approx(2 * math.hypot(15, 5))
    assert "想定浸水域を避けた経路" in words(strict)
    assert "考えていません" in words(strict)
    assert "安全な経路" not in words(strict)
    lost = run(**{**asked, "roads": roads.road(THREE[0])}, avoid_how="strict")
    assert "想定浸水域を避けた経路です" not in words(lost)
    why = lost.tables["not_evaluated"]["reason"].tolist()
    assert shown("leg_reason", "avoided") in why
    assert shown("leg_status", "disconnected") not in why
    soft = run(**asked, avoid_how="soft", avoid_factor=1.01)
    assert soft.tables["legs"].loc[0, "leg_km"] == pytest.approx(30)
    assert town.figures(soft.summary, "route_avoided_km")["", ""] == pytest.approx(10)
    assert "10.0 km" in words(soft)
    assert "想定浸水域を避けた経路です" not in words(soft)


def test_unusable_conditions_are_one_clear_line() -> None:
    for changes, word in (
        ({"order": "shortest"}, "best"), ({"alternatives": 4}, "0〜3"), ({"alternatives": True}, "0〜3"),
        ({"hours_per_day": 0}, "1 日の行動時間"), ({"date": "7月"}, "2026-07-01"),
        ({"start_time": "朝"}, "09:00"), ({"fuel_gap_km": -1}, "給油"),
    ):  # fmt: skip
        with pytest.raises(AnalysisError, match=word) as error:
            run(**changes)
        assert "\n" not in str(error.value)


# --- the validator over random trips --------------------------------------------------------------


@st.composite
def regions(draw: st.DrawFn) -> dict[str, Any]:
    """A small grid with missing and one-way roads, rules of random months and hours, places at random."""
    seed = draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    ends = [((x, y), (x + 1, y)) for x in range(3) for y in range(4)]
    ends += [((x, y), (x, y + 1)) for x in range(4) for y in range(3)]
    kept = [pair for pair in ends if rng.random() < 0.85] or ends
    lines = [LineString([(x * 20 * KM, y * 20 * KM) for x, y in pair]) for pair in kept]
    net = town.frame({"oneway": (rng.random(len(lines)) < 0.2).tolist()}, lines)
    rules = [_rule(rng, k) for k in range(3)]
    ruled = [list(lines[int(rng.integers(len(lines)))].coords) for _ in rules]
    names = [f"P{k}" for k in range(5)]
    xy = rng.uniform(0, 60 * KM, (5, 2))
    opens = rng.integers(6, 12, 5)
    spots = town.frame({
        "name": names, "stay_min": rng.integers(0, 120, 5).astype(float).tolist(),
        "months_open": [",".join(str(m) for m in sorted(rng.choice(np.arange(1, 13), 8, replace=False)))] * 5,
        "opens": [f"{h:02d}:00" for h in opens], "closes": [f"{h + 6:02d}:00" for h in opens],
    }, [Point(p) for p in xy])  # fmt: skip
    return {
        "roads": net, "road_rules": land.rules(*zip(rules, ruled, strict=True)),
        "spots": {"tourism_spots": spots}, "stops": names,
        "lodging": gpd.GeoDataFrame({"name": ["宿"]}, geometry=[Point(30 * KM, 30 * KM)], crs=town.CRS),
        "route_snap_limit_m": 12_000.0, "mode": draw(st.sampled_from(["drive", "cycle"])),
        "date": f"2026-{draw(st.integers(1, 12)):02d}-{draw(st.integers(1, 28)):02d}",
        "start_time": f"{draw(st.integers(5, 14)):02d}:00",
        "order": draw(st.sampled_from(["given", "best"])), "return_to_start": draw(st.booleans()),
        "hours_per_day": draw(st.sampled_from([None, 3.0, 8.0])),
    }  # fmt: skip


def _rule(rng: np.random.Generator, number: int) -> dict[str, str]:
    first, last = rng.integers(1, 13, 2)
    begin, end = rng.integers(0, 24, 2)
    return {
        "rule_id": f"R{number}", "name": f"規制{number}",
        "rule_kind": str(rng.choice(["closed", "closed_daily"])),
        "from_date": f"{first:02d}-05", "to_date": f"{last:02d}-20",
        "from_hour": f"{begin:02d}:00", "to_hour": f"{end:02d}:00",
    }  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(region=regions(), night=st.booleans())
def test_no_trip_has_a_fault(region: dict[str, Any], night: bool) -> None:
    """The validator reads rules, edges and minutes on its own; totals close and nights hang together."""
    stops = [*region["stops"][:2], "宿", *region["stops"][2:]] if night else region["stops"]
    trip = route_given({**region, "stops": stops}).trip
    assert faults(trip) == []
    seen = [visit.place for day in trip.days for visit in day.visits[1:]]
    assert sorted([trip.days[0].visits[0].place, *seen]) == sorted(
        range(len(stops) + region["return_to_start"])
    )
    assert [leg.number for leg in trip.legs] == list(range(1, len(seen) + 1))
    hours = region["hours_per_day"]
    for day in trip.days:
        worked = [visit for visit in day.visits[1:] if not math.isnan(visit.start_min)]
        if hours is not None and len(worked) > 1 and all(leg.found for leg in day.legs):
            over = worked[-1].arrive_min if worked[-1].kind == "lodging" else worked[-1].leave_min
            assert over <= trip.setting.conditions["start_min"] + hours * 60 + 1e-6
