"""Calendar: what cells say, windows by date, and sunrise and sunset against published tables."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knr_gis.analyses.seasons import Season, month_day, seasons_of, shut_days_of, weekdays_of
from knr_gis.analyses.tourism.calendar import (
    Opening,
    guide_needed,
    minutes_of,
    months_of,
    next_open,
    opening_of,
    sunrise,
    sunset,
    window_on,
)

DAYS = st.dates(date(2024, 1, 1), date(2029, 12, 31))
NAN = float("nan")


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("09:30", 570), ("9:30", 570), ("９：３０", 570), ("9時30分", 570), ("9時", 540), ("午前9時", 540),
        ("午後5時", 1020), ("午後12時30分", 750), ("午前12時", 0), ("25:00", 1500), ("24:00", 1440),
        ("00:00", 0), ("09:00:00", 540),
    ],
)  # fmt: skip
def test_times_are_minutes_after_midnight(text: str, minutes: float) -> None:
    assert minutes_of(text) == minutes


@pytest.mark.parametrize("text", ["", None, "日没", "9:60", "午後13時", "40:00", "930", "9-17", "0.375", NAN])
def test_what_is_no_time_is_unknown(text: object) -> None:
    assert minutes_of(text) != minutes_of(text)


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("4,5,6", {4, 5, 6}), ("4-11", range(4, 12)), ("4月～11月", range(4, 12)),
        ("4月〜6月、9月", [4, 5, 6, 9]),
        ("12月から3月まで", [12, 1, 2, 3]), ("11,12,1", [11, 12, 1]), ("通年", range(1, 13)), ("7月", [7]),
        ("４・５月", [4, 5]), ("1-12", range(1, 13)), ("10月～翌年3月", [10, 11, 12, 1, 2, 3]),
    ],
)  # fmt: skip
def test_months_are_read(text: str, months: object) -> None:
    assert months_of(text) == frozenset(months)


@pytest.mark.parametrize(
    "text",
    ["", None, "11月下旬から", "夏", "13月", "4月から", "2026-04-11", "0,1", "456", "4/29", "4/31～5/3"],
)
def test_unclear_months_are_unknown(text: object) -> None:
    assert months_of(text) is None
    assert seasons_of(text) is None


def test_days_of_a_season_are_kept_not_rounded_to_months() -> None:
    assert months_of("4/29～10/31") is None
    opening = opening_of({"months_open": "4月29日～10月", "opens": "09:00", "closes": "17:00"})
    assert window_on(opening, date(2026, 4, 28)) is None
    assert window_on(opening, date(2026, 4, 29)) == (540, 1020)
    assert window_on(opening, date(2026, 10, 31)) == (540, 1020)
    assert window_on(opening, date(2026, 11, 1)) is None
    assert opening.unknown == frozenset()


def test_days_off() -> None:
    assert weekdays_of("月・火") == weekdays_of("月曜日、火曜") == frozenset({0, 1})
    assert weekdays_of("無休") == frozenset()
    assert weekdays_of("月曜（祝日は翌日）") is weekdays_of("第1・第3水曜") is weekdays_of("") is None
    row = {"months_open": "通年", "closed_weekdays": "水曜日", "closed_dates": "12/29～1/3、2026-10-05"}
    opening = opening_of(row)
    open_days = [window_on(opening, date(2026, 10, d)) is not None for d in range(1, 9)]
    # 5 October 2026 is a Monday, the 7th a Wednesday
    assert open_days == [True, True, True, True, False, True, False, True]
    assert window_on(opening, date(2027, 1, 2)) is None
    assert next_open(opening, date(2026, 12, 29)) == date(2027, 1, 4)
    assert shut_days_of("年末年始") is None
    assert shut_days_of("2026-10-05～2026-10-07").dates == {date(2026, 10, d) for d in (5, 6, 7)}


def test_what_a_row_does_not_say_is_told_as_unknown() -> None:
    opening = opening_of({"name": "岬"})
    assert opening.unknown == {"months_open", "opens", "closes"}
    assert window_on(opening, date(2026, 1, 1)) == (0, 1440)
    half = opening_of({"months_open": "5-10", "opens": "09:00", "closed_weekdays": "不定休"})
    assert half.unknown == {"closes", "closed_weekdays"}
    assert window_on(half, date(2026, 5, 1)) == (540, 1440)
    assert window_on(half, None) == (540, 1440)
    assert window_on(half, date(2026, 4, 30)) is None


def test_hours_that_contradict_each_other_are_unknown_and_winter_shuts_where_months_are_unknown() -> None:
    backwards = opening_of({"months_open": "通年", "opens": "17:00", "closes": "09:00"})
    assert backwards.unknown == {"opens", "closes"}
    assert window_on(backwards, date(2026, 1, 1)) == (0, 1440)
    summer = opening_of({"winter": False, "opens": "終日"})
    assert window_on(summer, date(2026, 2, 1)) is None
    assert window_on(summer, date(2026, 7, 1)) == (0, 1440)
    assert summer.unknown == {"months_open"}
    assert window_on(opening_of({"opens": "18:00", "closes": "25:00"}), None) == (1080, 1500)


def test_a_guide_may_be_a_duty_for_a_part_of_the_year() -> None:
    assert guide_needed("要", None) is True
    assert guide_needed("不要", date(2026, 6, 1)) is False
    assert guide_needed("5/10～7/31", date(2026, 6, 1)) is True
    assert guide_needed("5/10～7/31", date(2026, 8, 1)) is False
    assert guide_needed("5/10～7/31", None) is None
    assert guide_needed("", date(2026, 6, 1)) is None
    assert guide_needed("問合せ", date(2026, 6, 1)) is None


SEASONS = st.tuples(st.dates(), st.dates()).map(
    lambda pair: Season((pair[0].month, pair[0].day), (pair[1].month, pair[1].day))
)
OPENINGS = st.builds(
    Opening,
    st.none() | st.frozensets(st.integers(1, 12)),
    st.just(NAN) | st.integers(0, 700),
    st.just(NAN) | st.integers(701, 1500),
    dated=st.lists(SEASONS, max_size=2).map(tuple),
    shut_weekdays=st.frozensets(st.integers(0, 6)),
    shut_seasons=st.lists(SEASONS, max_size=2).map(tuple),
    shut_dates=st.frozensets(DAYS, max_size=3),
)


@given(OPENINGS, DAYS)
def test_the_next_date_is_open_and_none_before_it_is(opening: Opening, on: date) -> None:
    found = next_open(opening, on)
    until = (found - on).days if found else 400
    assert found is None or window_on(opening, found) is not None
    assert all(window_on(opening, on + timedelta(days=k)) is None for k in range(until))


@given(OPENINGS, DAYS)
def test_a_window_is_never_empty(opening: Opening, on: date) -> None:
    window = window_on(opening, on)
    assert window is None or window[0] < window[1]
    assert on.weekday() not in opening.shut_weekdays or window is None


@given(SEASONS, DAYS)
def test_a_season_and_the_days_between_its_end_and_its_beginning_make_the_year(
    season: Season, on: date
) -> None:
    day = (on.month, on.day)
    if season.first <= season.last:
        assert season.holds(on) == (season.first <= day <= season.last)
    else:
        assert season.holds(on) == (not season.last < day < season.first)
    assert on.month in season.months or not season.holds(on)


def test_month_and_day() -> None:
    assert (
        month_day("11-04") == month_day("11/4") == month_day("11月4日") == month_day("2026-11-04") == (11, 4)
    )
    assert month_day("2/29") == (2, 29)
    assert month_day("2/30") is month_day("11月") is month_day("26-11-04") is month_day(None) is None


# The times of 2009, to the minute, as published for these cities at the turns of the seasons
# (http://saboten.sakura.ne.jp/~suzu/nichibotsu.htm), and 6:49 for the first sunrise at Cape Nosappu (根室市).
SAPPORO, HAKODATE, NEMURO = (141.35, 43.06), (140.73, 41.77), (145.58, 43.33)
WAKKANAI, TOKYO, NOSAPPU = (141.68, 45.42), (139.74, 35.66), (145.82, 43.385)
SPRING, SUMMER, AUTUMN, WINTER = (date(2009, 3, 20), date(2009, 6, 21), date(2009, 9, 23), date(2009, 12, 21))


@pytest.mark.parametrize(
    ("place", "on", "rises", "sets"),
    [
        (SAPPORO, SPRING, "5:38", "17:47"), (SAPPORO, SUMMER, "3:55", "19:18"),
        (SAPPORO, AUTUMN, "5:22", "17:31"), (SAPPORO, WINTER, "7:03", "16:03"),
        (HAKODATE, SPRING, "5:41", "17:49"), (HAKODATE, WINTER, "7:01", "16:09"),
        (NEMURO, SPRING, "5:22", "17:30"), (NEMURO, SUMMER, "3:37", "19:02"),
        (NEMURO, AUTUMN, "5:05", "17:14"), (NEMURO, WINTER, "6:47", "15:45"),
        (WAKKANAI, SUMMER, "3:45", "19:25"), (WAKKANAI, WINTER, "7:10", "15:53"),
        (TOKYO, SUMMER, "4:25", "19:00"), (TOKYO, WINTER, "6:47", "16:31"),
    ],
)  # fmt: skip
def test_sunrise_and_sunset_are_those_of_the_almanac(
    place: tuple[float, float], on: date, rises: str, sets: str
) -> None:
    assert sunrise(on, *place) == pytest.approx(minutes_of(rises), abs=1.5)
    assert sunset(on, *place) == pytest.approx(minutes_of(sets), abs=1.5)


def test_the_first_sunrise_of_the_year_at_the_eastern_cape() -> None:
    assert sunrise(date(2022, 1, 1), *NOSAPPU) == pytest.approx(minutes_of("6:49"), abs=1.5)


@given(st.dates(date(2000, 1, 1), date(2060, 12, 31)), st.floats(144, 146), st.floats(42.5, 44.5))
def test_the_sun_rises_before_noon_and_sets_after_it(on: date, lon: float, lat: float) -> None:
    up, down = sunrise(on, lon, lat), sunset(on, lon, lat)
    assert 200 < up < 430
    assert 900 < down < 1180
    # noon here: 12:00 less 4 minutes a degree east of 135, give or take 17 minutes (equation of time)
    assert abs((up + down) / 2 - (720 - 4 * (lon - 135))) < 18


def test_where_the_sun_does_not_rise_there_is_no_time() -> None:
    assert sunset(date(2026, 12, 22), 20.0, 75.0) != sunset(date(2026, 12, 22), 20.0, 75.0)
