"""iCalendar as a calendar program reads it."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import paper_town
import paper_trip
import pytest
from icalendar import Calendar

from knr_gis.errors import OutputError
from knr_gis.export.ical import write_calendar

JAPAN = ZoneInfo("Asia/Tokyo")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("ics") / "itinerary.ics"
    write_calendar(paper_trip.product(), path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def calendar(written: bytes) -> Calendar:
    return Calendar.from_ical(written)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 10, day, hour, minute, tzinfo=JAPAN)


def test_an_event_for_each_visit_and_each_leg_a_night_is_one(calendar: Calendar) -> None:
    events = calendar.walk("VEVENT")
    visits = [e for e in events if "location" in e]
    assert len(visits) == 5  # six rows of the timetable, of which two are one night
    assert len(events) == 5 + 4


def test_times_are_those_of_the_timetable_in_japan(calendar: Calendar) -> None:
    found = {str(e["summary"]).removeprefix("【模式データ】"): e for e in calendar.walk("VEVENT")}
    oysters = found["厚岸, の; 牡蠣\\小屋"]
    assert (oysters["dtstart"].dt, oysters["dtend"].dt) == (at(12, 9, 30), at(12, 11, 30))
    night = found["霧多布の宿"]
    assert (night["dtstart"].dt, night["dtend"].dt) == (at(12, 12), at(13, 8, 30))
    late = found["根室"]
    assert (late["dtstart"].dt, late["dtend"].dt) == (at(13, 10), at(14, 1, 15))  # 25:15
    leg = found["移動（自転車）: 霧多布の宿→根室"]
    assert (leg["dtstart"].dt, leg["dtend"].dt) == (at(13, 8, 30), at(13, 10))
    start = found["釧路駅"]
    assert start["dtstart"].dt == at(12, 9)
    assert "dtend" not in start


def test_the_last_visit_of_a_trip_lasts_as_long_as_its_stay(tmp_path: Path) -> None:
    table = paper_trip.timetable().drop(index=5)
    table.loc[4, "leave"] = paper_trip._
    found = paper_trip.result()
    product = paper_trip.product()
    changed = replace(product, result=replace(found, tables=found.tables | {"timetable": table}))
    write_calendar(changed, tmp_path / "a.ics")
    events = Calendar.from_ical((tmp_path / "a.ics").read_bytes()).walk("VEVENT")
    last = next(e for e in events if e.get("location") == "根室")
    assert last["dtend"].dt - last["dtstart"].dt == timedelta(minutes=915)


def test_events_stand_in_the_order_of_time(calendar: Calendar) -> None:
    names = [str(e["summary"]).removeprefix("【模式データ】") for e in calendar.walk("VEVENT")]
    assert names[:3] == ["釧路駅", "移動（車）: 釧路駅→厚岸, の; 牡蠣\\小屋", "厚岸, の; 牡蠣\\小屋"]


def test_an_unknown_time_is_the_day_and_says_so(calendar: Calendar) -> None:
    found = [e for e in calendar.walk("VEVENT") if "時刻不明" in e["summary"]]
    assert [e["dtstart"].dt for e in found] == [date(2026, 10, 13)] * 2  # the leg without a way, its end
    assert all(e["dtend"].dt - e["dtstart"].dt == timedelta(days=1) for e in found)


def test_file_keeps_to_the_rules_of_the_format(written: bytes) -> None:
    lines = written.split(b"\r\n")
    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 75
    assert b"DTSTART;TZID=Asia/Tokyo:20261012T093000" in lines
    assert b"DTSTAMP:20261012T003000Z" in lines
    assert b"TZOFFSETTO:+0900" in lines
    assert b"LOCATION:" + "厚岸\\, の\\; 牡蠣\\\\小屋".encode() in lines


def test_uids_differ_within_the_trip_and_stay_from_run_to_run(calendar: Calendar, tmp_path: Path) -> None:
    uids = [str(e["uid"]) for e in calendar.walk("VEVENT")]
    assert len(set(uids)) == len(uids)
    moved = paper_trip.product("2026-10-19", "2026-10-20")
    write_calendar(moved, tmp_path / "b.ics")
    again = Calendar.from_ical((tmp_path / "b.ics").read_bytes()).walk("VEVENT")
    assert [str(e["uid"]) for e in again] == uids
    assert again[0]["dtstart"].dt.date() == date(2026, 10, 19)


def test_every_event_says_where_it_is_from_and_that_it_is_a_sample(calendar: Calendar) -> None:
    for event in calendar.walk("VEVENT"):
        assert event["summary"].startswith("【模式データ】")
        assert "knr-gis 0.1.0" in event["description"]
    assert "「市町村」（国土交通省）" in calendar["x-wr-caldesc"]
    assert "版 2023" in calendar["description"]


def test_closures_that_turned_a_leg_are_told(calendar: Calendar) -> None:
    assert any("知床横断道路" in e["description"] for e in calendar.walk("VEVENT"))


def test_a_trip_without_a_date_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="日付のない行程") as caught:
        write_calendar(paper_trip.product("", ""), tmp_path / "a.ics")
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_result_that_is_no_trip_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="時刻表がなく"):
        write_calendar(paper_town.product(), tmp_path / "a.ics")
