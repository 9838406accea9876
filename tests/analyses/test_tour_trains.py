"""Trains with a bicycle on board: when they are taken, what they make possible, the chain of legs."""

import itertools
import math
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

from knr_gis.analyses.tourism.moves import travel_table
from knr_gis.analyses.tourism.railway import rides_of, station_key, stations_served, trains_on, unread_trains
from knr_gis.analyses.tourism.setting import Setting
from knr_gis.analyses.tourism.trains import make_legs, with_stations
from knr_gis.analyses.tourism.trip import Leg
from tests import town
from tests.analyses import tour_land as land

ON = date(2026, 7, 1)
# A road of 60 km; stations 甲 at 10 km, 乙 at 30 km, 丙 at 50 km. By bicycle 3 min a kilometre.
AT_KM = {"甲": 10, "乙": 30, "丙": 50}


def trains(*rows: tuple[str, str, str, str], **columns: list[Any]) -> gpd.GeoDataFrame:
    table = dict(
        zip(
            ("from_station", "to_station", "departs", "arrives"),
            map(list, zip(*rows, strict=True)),
            strict=True,
        )
    )
    columns.setdefault("bicycle", [True] * len(rows))
    return gpd.GeoDataFrame({**table, **columns}, geometry=[None] * len(rows))


def line(table: gpd.GeoDataFrame, **given_too: Any) -> Setting:
    stations = town.frame({"name": [f"{n}駅" for n in AT_KM]}, [Point(1000 * x, 20) for x in AT_KM.values()])
    conditions = {"mode": "cycle", "cycle_speed_kmh": 20.0, "train_board_min": 10, "train_alight_min": 5}
    layers = {"stations": stations, "train_legs": table, "trains": True}
    return land.setting(land.roads([(0, 0), (60_000, 0)]), **{**conditions, **layers, **given_too})


def go(
    setting: Setting, depart: float, ends: tuple[int, int] = (0, 1), on: date | None = ON
) -> tuple[Leg, ...]:
    places = with_stations(setting, spots())
    return make_legs(setting, places, *ends, mode=setting.mode, day=1, number=3, on=on, depart_min=depart)


def spots() -> gpd.GeoDataFrame:
    return land.places((0, 0), (60_000, 0), (10_000, 10))


def test_ride_to_the_station_wait_train_and_ride_on() -> None:
    setting = line(trains(("甲", "丙", "9:00", "9:30")))
    legs = go(setting, 480)  # 30 min to 甲 at 8:30, on board at 9:00, out of 丙 at 9:35, 10 km more
    assert [leg.mode for leg in legs] == ["cycle", "train", "cycle"]
    assert [leg.number for leg in legs] == [3, 4, 5]
    times = [(leg.depart_min, leg.arrive_min) for leg in legs]
    assert times == [pytest.approx((480, 510)), pytest.approx((540, 570)), pytest.approx((575, 605))]
    assert [leg.start for leg in legs[1:]] == [leg.end for leg in legs[:-1]]
    assert (legs[0].start, legs[-1].end) == (0, 1)
    train = legs[1]
    assert (len(train.edges), train.ascent_m) == (0, 0)
    assert math.isnan(train.length_m)
    assert train.line is not None
    assert train.line.length == pytest.approx(40_000)


@pytest.mark.parametrize(
    ("depart", "modes"),
    [
        (500, ["cycle", "train", "cycle"]),  # at the station at 8:50: ten minutes before
        (501, ["cycle"]),  # too late for it: 180 min on the road
        (200, ["cycle"]),  # on the road from 3:20 there at 6:20, long before the train
    ],
)
def test_the_train_is_taken_where_it_can_be_caught_and_is_earlier(depart: float, modes: list[str]) -> None:
    legs = go(line(trains(("甲", "丙", "9:00", "9:30"))), depart)
    assert [leg.mode for leg in legs] == modes
    if modes == ["cycle"]:
        assert legs[0].arrive_min == pytest.approx(depart + 180)


def test_a_place_that_is_the_station_needs_no_way_there() -> None:
    setting = line(trains(("甲", "丙", "9:00", "9:30")))
    places = with_stations(setting, spots())
    names = places["name"].tolist()
    assert names == ["P0", "P1", "P2", "甲駅", "丙駅"]
    legs = make_legs(setting, places, 3, 4, mode="cycle", day=1, number=1, on=ON, depart_min=500)
    assert [(leg.mode, leg.start, leg.end) for leg in legs] == [("train", 3, 4)]


@pytest.mark.parametrize(
    ("columns", "mode", "taken"),
    [
        ({"bicycle": [True]}, "cycle", True),
        ({"bicycle": [False]}, "cycle", False),
        ({"bicycle": [None]}, "cycle", False),  # not known to carry bicycles
        ({"bicycle": [None]}, "walk", True),
        ({"months_open": ["4-11"]}, "cycle", True),
        ({"months_open": ["12,1,2"]}, "cycle", False),
        ({"closed_weekdays": ["水"]}, "cycle", False),  # 1 July 2026 is a Wednesday
        ({"closed_weekdays": ["木"]}, "cycle", True),
    ],
)
def test_trains_run_on_their_days_and_take_whom_they_take(
    columns: dict[str, list[Any]], mode: str, *, taken: bool
) -> None:
    table = trains(("甲", "丙", "9:00", "9:30"), **columns)
    setting = line(table, mode=mode, tour_walk_speed_kmh=20.0)
    assert (len(go(setting, 480)) == 3) == taken
    assert bool(trains_on(table, ON, with_bicycle=mode == "cycle")) == taken


def test_without_a_date_every_train_runs() -> None:
    setting = line(trains(("甲", "丙", "9:00", "9:30"), months_open=["1"]))
    assert len(go(setting, 480, on=None)) == 3
    assert len(go(setting, 480, on=ON)) == 1


def test_changes_and_the_fewest_of_them() -> None:
    hops = trains(("甲", "乙", "9:00", "9:15"), ("乙", "丙", "9:15", "9:30"))
    legs = go(line(hops), 480)
    assert [leg.mode for leg in legs] == ["cycle", "train", "train", "cycle"]
    both = trains(("甲", "乙", "9:00", "9:15"), ("乙", "丙", "9:15", "9:30"), ("甲", "丙", "9:00", "9:30"))
    assert [leg.mode for leg in go(line(both), 480)] == ["cycle", "train", "cycle"]
    missed = trains(("甲", "乙", "9:00", "9:15"), ("乙", "丙", "9:14", "9:30"))
    rides = rides_of(trains_on(missed, ON, with_bicycle=True))
    assert {(r.trains[0].start, r.trains[-1].end) for r in rides} == {("甲", "乙"), ("乙", "丙")}


def test_trains_that_cannot_be_read_are_counted_and_left_out() -> None:
    table = trains(("甲", "丙", "朝", "9:30"), ("甲", "丙", "9:30", "9:00"), ("甲", "丁", "10:00", "10:30"))
    assert unread_trains(table) == 1
    assert [t.end for t in trains_on(table, ON, with_bicycle=True)] == ["丁"]
    setting = line(table)  # no station 丁
    assert len(stations_served(setting.layer("stations"), table)) == 2
    told = {note.key: note.values for note in setting.notes}
    assert told["setting.unread_trains"] == {"count": 1}
    assert told["setting.unknown_stations"] == {"names": "丁"}
    assert len(go(setting, 480)) == 1
    assert station_key("釧路駅") == station_key(" 釧路") == "釧路"


def test_cars_and_trips_without_trains_go_by_road() -> None:
    setting = line(trains(("甲", "丙", "9:00", "9:30")), trains=False)
    assert with_stations(setting, spots()) is not None
    assert len(with_stations(setting, spots())) == 3
    assert [leg.mode for leg in go(setting, 480)] == ["cycle"]
    assert not travel_table(setting, np.array([(0.0, 0.0), (60_000.0, 0.0)]), ON, mode="cycle").rides


def test_a_road_that_is_lost_may_still_be_met_by_train() -> None:
    cut = land.rules((
        {"rule_id": "r", "name": "橋", "rule_kind": "closed", "from_date": "01-01", "to_date": "12-31"},
        [(20_000.0, 0.0), (22_000.0, 0.0)],
    ))  # fmt: skip
    parts = land.roads([(0, 0), (20_000, 0)], [(20_000, 0), (22_000, 0)], [(22_000, 0), (60_000, 0)])
    setting = line(trains(("甲", "丙", "9:00", "9:30")), roads=parts, road_rules=cut)
    assert [leg.mode for leg in go(setting, 480)] == ["cycle", "train", "cycle"]
    lost = go(setting, 700)
    assert [(leg.mode, leg.reason) for leg in lost] == [("cycle", "closed")]


KEYS = list(AT_KM)
TRAIN = st.tuples(
    st.sampled_from(list(itertools.permutations(KEYS, 2))), st.integers(300, 1200), st.integers(1, 120)
)


def clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"


def by_hand(rows: list[tuple[str, str, int, int]], start_km: float, end_km: float, depart: float) -> float:
    """Every chain of at most three trains, or none: the earliest arrival."""
    best = depart + 3 * abs(end_km - start_km)
    for n in (1, 2, 3):
        for chain in itertools.permutations(rows, n):
            fits = all(a[1] == b[0] and a[3] <= b[2] for a, b in itertools.pairwise(chain))
            board = depart + 3 * abs(AT_KM[chain[0][0]] - start_km) + 10
            if fits and board <= chain[0][2] + 1e-9:
                best = min(best, chain[-1][3] + 5 + 3 * abs(end_km - AT_KM[chain[-1][1]]))
    return best if best <= 1440 else math.inf


@given(st.lists(TRAIN, min_size=1, max_size=5), st.integers(200, 1300), st.permutations(range(3)))
@settings(max_examples=30, deadline=None)
def test_legs_and_table_equal_every_chain_of_trains(
    drawn: list[tuple[tuple[str, str], int, int]], depart: float, order: list[int]
) -> None:
    rows = [(a, b, t, t + d) for (a, b), t, d in drawn]
    setting = line(trains(*((a, b, clock(t), clock(e)) for a, b, t, e in rows)))
    start, end = order[:2]
    km = [0.0, 60.0, 10.0]
    expected = by_hand(rows, km[start], km[end], depart)
    legs = go(setting, depart, (start, end))
    assert (legs[-1].arrive_min if legs[-1].found else math.inf) == pytest.approx(expected)
    assert all(a.arrive_min <= b.depart_min + 1e-9 for a, b in itertools.pairwise(legs))
    table = travel_table(setting, shapely.get_coordinates(spots().geometry), ON, mode="cycle")
    assert table.arrival(start, end, depart) == pytest.approx(expected)
    for ride in table.rides.values():
        assert (np.diff(ride, axis=0) > 0).all()
