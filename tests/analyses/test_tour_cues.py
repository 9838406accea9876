"""Cues of a route book: kilometres and turns that a pencil can follow."""

from datetime import date

import pandas as pd
import pytest

from knr_gis.analyses.tourism.cues import cues_part, turn_of
from knr_gis.analyses.tourism.moves import make_leg
from knr_gis.analyses.tourism.trip import Day, Trip, Visit
from tests.analyses import tour_land

KM = tour_land.KM
# 2 km north on 44, a nameless bridge of 100 m, 900 m on; east on 272 for 3 km; south on a road without a name
LINES = [
    [(0, 0), (0, 2 * KM)], [(0, 2 * KM), (0, 2.1 * KM)], [(0, 2.1 * KM), (0, 3 * KM)],
    [(0, 3 * KM), (3 * KM, 3 * KM)], [(3 * KM, 3 * KM), (3 * KM, 2 * KM)],
]  # fmt: skip
ROADS = tour_land.roads(*LINES, road_name=["国道44号", "", "国道44号", "国道272号", ""])


def trip_of(*ends: tuple[float, float]) -> Trip:
    """One day by car from place to place."""
    setting, places = tour_land.setting(ROADS, date="2026-07-01"), tour_land.places(*ends)
    on = date(2026, 7, 1)
    legs = tuple(
        make_leg(setting, places, k, k + 1, mode="drive", day=1, number=k + 1, on=on, depart_min=540.0)
        for k in range(len(ends) - 1)
    )
    visits = tuple(Visit(k, "stop", 540.0, 540.0, 540.0) for k in range(len(ends)))
    return Trip(setting, places, (Day(1, on, visits, legs),))


def cues_of(*ends: tuple[float, float]) -> pd.DataFrame:
    return cues_part(trip_of(*ends)).tables["cues"]


def test_a_cue_where_the_road_changes_its_name_with_kilometres_and_turn() -> None:
    found = cues_of((0, 0), (3 * KM, 2 * KM))
    assert found["road_name"].tolist() == ["国道44号", "国道272号", ""]  # the bridge is part of its road
    assert found["turn"].tolist() == ["start", "right", "right"]
    assert found["cue_km"].tolist() == pytest.approx([0.0, 3.0, 6.0])
    assert found["cue_for_km"].tolist() == pytest.approx([3.0, 3.0, 1.0])


def test_the_way_back_turns_the_other_way() -> None:
    found = cues_of((3 * KM, 2 * KM), (0, 0))
    assert found["road_name"].tolist() == ["", "国道272号", "国道44号"]
    assert found["turn"].tolist() == ["start", "left", "left"]
    assert found["cue_km"].tolist() == pytest.approx([0.0, 1.0, 4.0])


def test_kilometres_of_the_day_run_on_from_leg_to_leg() -> None:
    found = cues_of((0, 0), (0, 3 * KM), (3 * KM, 3 * KM))
    assert found["stop_number"].tolist() == [1, 2]
    assert found["cue_km"].tolist() == pytest.approx([0.0, 0.0])
    assert found["cue_day_km"].tolist() == pytest.approx([0.0, 3.0])


def test_kilometres_of_the_cues_add_up_to_the_leg() -> None:
    trip = trip_of((0, 500), (3 * KM, 2.5 * KM))
    found = cues_part(trip).tables["cues"]
    assert found["cue_for_km"].sum() * KM == pytest.approx(trip.legs[0].length_m)


def test_a_leg_without_a_way_has_no_cue_and_the_day_is_unknown_behind_it() -> None:
    found = cues_of((0, 0), (0, 60 * KM), (0, 0), (0, 3 * KM))
    assert found["stop_number"].tolist() == [3]
    assert found["cue_day_km"].isna().all()


def test_unnamed_roads_are_told_and_counted() -> None:
    part = cues_part(trip_of((0, 0), (3 * KM, 2 * KM)))
    assert [gap[1] for gap in part.gaps] == ["元の道路データに路線名がない区間（7.0 km のうち 1.0 km）"]
    assert not cues_part(trip_of((0, 0), (0, 3 * KM))).gaps


@pytest.mark.parametrize(
    ("angle", "turn"), [(0, "straight"), (35, "straight"), (90, "right"), (-90, "left"), (180, "back")]
)
def test_turns_in_words(angle: float, turn: str) -> None:
    assert turn_of(angle) == turn
