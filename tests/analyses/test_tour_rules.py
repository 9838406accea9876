"""The rules sheet of a trip: kilometres in zones by pencil, rules by date and hour, duties at stops, gaps."""

from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from knr_gis.analyses.conflict.rules import park_rule, rules_as_of
from knr_gis.analyses.tourism.moves import make_leg
from knr_gis.analyses.tourism.part import Part
from knr_gis.analyses.tourism.rules_sheet import rules_part
from knr_gis.analyses.tourism.trip import Day, Trip, Visit
from knr_gis.display import shown
from knr_gis.result import Blank
from knr_gis.texts import say
from tests import town
from tests.analyses import tour_land as land

KM = land.KM
ROAD = [(0.0, 0.0), (10 * KM, 0.0)]
WINTER = {
    "rule_id": "winter", "name": "峠 冬期", "rule_kind": "closed", "from_date": "11-04", "to_date": "04-28",
    "from_hour": "17:00",
}  # fmt: skip
NIGHT = {
    "rule_id": "night", "name": "峠 夜間", "rule_kind": "closed_daily", "from_date": "04-29",
    "to_date": "05-31", "from_hour": "17:00", "to_hour": "09:00",
}  # fmt: skip
NO_STOP = {"rule_id": "stop", "name": "峠 駐停車禁止", "rule_kind": "no_stopping"}


def parks(*zones: tuple[float, float, str]) -> gpd.GeoDataFrame:
    """Zones of one park over the road from x0 to x1 km."""
    n = len(zones)
    columns = {"park_name": ["湿原"] * n, "park_kind": ["国立公園"] * n, "grade": [z[2] for z in zones]}
    return town.frame(columns, [box(x0 * KM, -KM, x1 * KM, KM) for x0, x1, _ in zones])


def trip_of(
    *ends: tuple[float, float], hour: float = 12.0, facts: dict[str, Any] | None = None, **given_too: Any
) -> Trip:
    setting = land.setting(land.roads(ROAD), **given_too)
    places = land.places(*(ends or ((0.0, 0.0), (10 * KM, 0.0)))).assign(**(facts or {}))
    legs = tuple(
        make_leg(
            setting, places, k, k + 1, mode="drive", day=1, number=k + 1, on=setting.on, depart_min=hour * 60
        )
        for k in range(len(places) - 1)
    )
    visits = tuple(Visit(k, "stop", 0.0, 0.0, 0.0) for k in range(len(places)))
    return Trip(setting, places, (Day(1, setting.on, visits, legs),))


def kilometres(part: Part, layer: str) -> dict[str, float]:
    return {group: value for _, _, group, measure, value, _ in part.rows if measure == f"way_km_{layer}"}


# --- zones ---------------------------------------------------------------------------------------


def test_kilometres_in_each_zone_and_the_strictest_where_they_overlap() -> None:
    zones = parks((1.0, 6.0, "普通地域"), (2.0, 3.5, "特別保護地区"))
    part = rules_part(trip_of(national_parks=zones))
    table = part.tables["zone_rules"]
    legs = table[table["way_km"] != Blank.NOT_ASKED].set_index("zone_group")["way_km"].astype(float)
    assert legs.to_dict() == {
        "国立公園 特別保護地区": pytest.approx(1.5),
        "国立公園 普通地域": pytest.approx(3.5),
    }
    assert kilometres(part, "national_parks") == {
        "国立公園 特別保護地区": pytest.approx(1.5), "国立公園 普通地域": pytest.approx(3.5),
        say("conflict.outside"): pytest.approx(5.0), "": pytest.approx(10.0),
    }  # fmt: skip
    assert part.features["rule_stretches"].length.sum() == pytest.approx(5 * KM)


def test_the_rule_is_that_of_the_conflict_analysis_with_source_and_date() -> None:
    row = rules_part(trip_of(national_parks=parks((1, 2, "特別保護地区")))).tables["zone_rules"].iloc[0]
    rule = park_rule("国立公園", "特別保護地区")
    assert (row["rule_duty"], row["rule_law"], row["rule_what"]) == (rule.duty, rule.law, rule.what)
    assert (row["rule_authority"], row["rule_source"]) == (rule.authority, rule.source)
    assert row["rule_verified"] == say("difficult.needs_confirming")
    assert row["rule_as_of"] == rules_as_of() == "2026-11-23"
    assert (row["stop_number"], row["zone_name"]) == (1, "湿原")


def test_places_visited_in_a_zone_stand_beside_the_legs() -> None:
    wetland = town.frame({"name": ["大湿原"]}, [box(8 * KM, -KM, 12 * KM, KM)])
    table = rules_part(trip_of(ramsar_wetlands=wetland)).tables["zone_rules"]
    assert table["rule_subject"].tolist() == [say("safety.leg", number=1, start="P0", end="P1"), "P1"]
    assert table["zone_name"].tolist() == ["大湿原", "大湿原"]
    assert table["way_km"].tolist() == [pytest.approx(2.0), Blank.NOT_ASKED]
    assert table["stop_number"].tolist() == [1, Blank.NOT_ASKED]


GRADES = st.sampled_from(["普通地域", "特別地域"])
ENDS = st.lists(st.tuples(st.floats(0, 9), st.floats(0.1, 5), GRADES), max_size=4)


@settings(max_examples=25, deadline=None)
@given(ENDS)
def test_zones_and_outside_are_the_whole_way(zones: list[tuple[float, float, str]]) -> None:
    frame = parks(*((x0, x0 + width, grade) for x0, width, grade in zones))
    part = rules_part(trip_of(national_parks=frame))
    found = kilometres(part, "national_parks")
    if not zones:
        assert found == {}
        return
    assert found[""] == pytest.approx(10.0)
    assert sum(value for group, value in found.items() if group) == pytest.approx(10.0)
    covered = frame.union_all().intersection(box(0, -1, 10 * KM, 1)).area / 2 / KM
    assert found[say("conflict.outside")] == pytest.approx(10 - covered, abs=1e-6)


# --- rules of the road ---------------------------------------------------------------------------


@pytest.mark.parametrize(("on", "hour", "force"), [
    ("2026-05-10", 12.0, {"winter": "not_in_force", "night": "not_in_force", "stop": "in_force"}),
    (None, 12.0, {"winter": "no_date", "night": "no_date", "stop": "in_force"}),
])  # fmt: skip
def test_rules_on_the_leg_by_date_and_hour(on: str | None, hour: float, force: dict[str, str]) -> None:
    rules = land.rules((WINTER, ROAD), (NIGHT, ROAD), (NO_STOP, [(2 * KM, 0), (10 * KM, 0)]))
    table = rules_part(trip_of(hour=hour, date=on, road_rules=rules)).tables["road_rules"]
    names = {"winter": "峠 冬期", "night": "峠 夜間", "stop": "峠 駐停車禁止"}
    told = dict(zip(table["rule_name"], table["rule_force"], strict=True))
    assert told == {names[k]: v for k, v in force.items()}
    assert table["rule_kind"].tolist() == ["closed", "closed_daily", "no_stopping"]
    assert table["rule_period"].tolist() == ["11/4〜4/28", "4/29〜5/31", say("rules_sheet.all_year")]
    assert table["rule_hours"].tolist() == [
        say("rules_sheet.hours_once", start="17:00", end="24:00"),
        say("rules_sheet.hours_daily", start="17:00", end="09:00"), say("rules_sheet.all_day"),
    ]  # fmt: skip
    assert table["way_km"].iloc[0] == pytest.approx(10.0)


def test_a_rule_that_closed_the_way_is_told_though_no_leg_runs_over_it() -> None:
    around = [(0.0, 0.0), (0.0, 3 * KM), (10 * KM, 3 * KM), (10 * KM, 0.0)]
    setting = land.setting(land.roads(ROAD, around), date="2026-01-15", road_rules=land.rules((WINTER, ROAD)))
    places = land.places((0, 0), (10 * KM, 0))
    leg = make_leg(setting, places, 0, 1, mode="drive", day=1, number=1, on=setting.on, depart_min=720.0)
    table = rules_part(Trip(setting, places, (Day(1, setting.on, (), (leg,)),))).tables["road_rules"]
    assert table["rule_force"].tolist() == ["kept_away"]
    assert shown("rule_force", "kept_away") == "この日時は通れず、避けた"


# --- duties at stops, and gaps -------------------------------------------------------------------


def test_duties_at_the_stops_with_their_source() -> None:
    facts = {
        "guide_duty": ["5/10～7/31", ""], "reservation": ["要", ""], "daily_cap": [300.0, float("nan")],
        "hourly_cap": [float("nan")] * 2, "info_source": ["センターの案内", ""],
        "confirmed_on": ["2026-04-01", ""],
    }  # fmt: skip
    table = rules_part(trip_of(facts=facts, date="2026-06-01")).tables["visit_rules"]
    assert len(table) == 1, "a place that asks nothing has no row"
    row = table.iloc[0]
    assert (row["name"], row["guide_state"]) == ("P0", "needed")
    assert (row["reservation"], row["daily_cap"]) == ("要", 300)
    assert row["hourly_cap"] is Blank.NOT_ASKED
    assert (row["info_source"], row["confirmed_on"]) == ("センターの案内", "2026-04-01")
    for on, state in (("2026-09-01", "free"), (None, "unknown")):
        table = rules_part(trip_of(facts=facts, date=on)).tables["visit_rules"]
        assert table["guide_state"].tolist() == [state]


def test_layers_that_are_not_there_are_gaps_and_no_absence_of_rules() -> None:
    part = rules_part(trip_of())
    layers = ("national_parks", "ramsar_wetlands", "road_rules")
    assert [what for what, _, _ in part.gaps] == [shown("layer", k) for k in layers]
    assert {reason for _, reason, _ in part.gaps} == {say("rules_sheet.gap_layer")}
    assert part.rows == []
    assert isinstance(part.tables["zone_rules"], pd.DataFrame)
    lost = rules_part(trip_of((0, 0), (0, 9 * KM), national_parks=parks((1, 2, "普通地域"))))
    assert any("P0" in what for what, _, _ in lost.gaps)


def test_the_notes_say_what_the_sheet_is_not() -> None:
    keys = [note.key for note in rules_part(trip_of(national_parks=parks((1, 2, "普通地域")))).notes]
    assert keys[:2] == ["rules_sheet.note_rules", "rules_sheet.note_passing"]
    assert keys[-1] == "rules_sheet.note_limits"
    assert "法的な助言ではありません" in say("rules_sheet.note_rules", count=1, date="2026-11-23")
