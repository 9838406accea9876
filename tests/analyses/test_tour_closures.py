"""Closures: the pass road through the year, by pencil; spans agree with the rules at every minute."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString

from knr_gis.analyses.tourism.closures import RoadRule, in_force, road_rules, spans
from tests import town

NAN = float("nan")
LINE = LineString([(0, 0), (1000, 0)])


def rule(**changes: object) -> RoadRule:
    whole: dict[str, object] = {
        "rule_id": "冬期", "name": "峠", "kind": "closed", "daily": False, "first": (11, 4), "last": (4, 28),
        "year": None, "from_min": 1020.0, "until_min": NAN,
        "detour": "", "info_source": "", "confirmed_on": "", "geometry": LINE,
    }  # fmt: skip
    return RoadRule(**{**whole, **changes})


WINTER = rule()
NIGHT = rule(rule_id="夜間", daily=True, first=(10, 24), last=(11, 3), from_min=1020.0, until_min=540.0)


@pytest.mark.parametrize(
    ("on", "minute", "closed"),
    [
        (date(2026, 1, 1), 720, True),
        (date(2026, 7, 1), 720, False),
        (date(2026, 10, 25), 1080, True),  # 18:00: night
        (date(2026, 10, 25), 720, False),
        (date(2026, 10, 24), 480, False),  # the first night begins on the 24th
        (date(2026, 10, 25), 539, True),
        (date(2026, 10, 25), 540, False),
        (date(2026, 11, 4), 539, True),  # the last night ends on the 4th
        (date(2026, 11, 4), 1019, False),
        (date(2026, 11, 4), 1020, True),  # the winter begins
        (date(2027, 4, 28), 1439, True),
        (date(2027, 4, 29), 0, False),
        (date(2026, 11, 3), 1440 + 1020, True),  # past midnight: 17:00 of the 4th
        (date(2026, 10, 31), 1440 + 30, True),
    ],
)
def test_the_pass_road_through_the_year(on: date, minute: float, closed: bool) -> None:
    assert any(in_force(r, on, minute) for r in (WINTER, NIGHT)) == closed


def test_the_day_is_cut_where_the_closed_rules_change() -> None:
    both = [WINTER, NIGHT, rule(rule_id="駐停車", kind="no_stopping", first=None, last=None)]
    none, night, winter = frozenset(), frozenset({"夜間"}), frozenset({"冬期"})
    assert spans(both, date(2026, 7, 1)) == [(0, 1440, none)]
    assert spans(both, date(2026, 1, 1)) == [(0, 1440, winter)]
    assert spans(both, date(2026, 10, 25)) == [(0, 540, night), (540, 1020, none), (1020, 1440, night)]
    assert spans(both, date(2026, 11, 4)) == [(0, 540, night), (540, 1020, none), (1020, 1440, winter)]
    assert spans([], date(2026, 1, 1)) == [(0, 1440, none)]


def test_a_year_makes_a_rule_single_and_without_an_end_it_lasts() -> None:
    once = rule(year=2026)
    assert not in_force(once, date(2026, 1, 1), 720)
    assert in_force(once, date(2027, 1, 1), 720)
    assert not in_force(once, date(2027, 12, 1), 720)
    lasting = rule(year=2026, first=(7, 10), last=None)
    assert not in_force(lasting, date(2026, 7, 10), 1019)
    assert in_force(lasting, date(2026, 7, 10), 1020)
    assert in_force(lasting, date(2028, 1, 1), 0)
    single_nights = rule(year=2026, daily=True, first=(12, 31), last=(12, 31), until_min=540.0)
    assert in_force(single_nights, date(2026, 12, 31), 1200)
    assert in_force(single_nights, date(2027, 1, 1), 300)
    assert not in_force(single_nights, date(2025, 12, 31), 1200)


MONTH_DAYS = st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(lambda d: (d.month, d.day))
MINUTES = st.just(NAN) | st.integers(0, 1440).map(float)
SEASONS = st.tuples(MONTH_DAYS, MONTH_DAYS) | st.just((None, None))
RULES = st.builds(
    lambda n, season, daily, year, hours, kind: rule(
        rule_id=f"r{n}", first=season[0], last=season[1], daily=daily, year=year,
        from_min=hours[0], until_min=hours[1], kind=kind,
    ),
    st.integers(0, 999), SEASONS, st.booleans(), st.none() | st.integers(2025, 2027),
    st.tuples(MINUTES, MINUTES), st.sampled_from(["closed", "closed", "no_stopping"]),
)  # fmt: skip
DAYS = st.dates(date(2025, 1, 1), date(2028, 12, 31))


@settings(max_examples=60)
@given(st.lists(RULES, max_size=4, unique_by=lambda r: r.rule_id), DAYS)
def test_spans_cut_the_day_and_agree_with_the_rules_at_every_minute(rules: list[RoadRule], on: date) -> None:
    pieces = spans(rules, on)
    assert pieces[0][0] == 0
    assert pieces[-1][1] == 1440
    assert all(a[1] == b[0] and a[2] != b[2] for a, b in pairwise(pieces))
    for begin, end, ids in pieces:
        for minute in range(int(begin), int(end)):
            closing = {r.rule_id for r in rules if r.kind == "closed" and in_force(r, on, minute)}
            assert ids == closing


@given(MONTH_DAYS, MONTH_DAYS, st.integers(0, 1439), st.integers(1, 1440), DAYS, st.integers(0, 1439))
def test_a_closure_without_a_break_is_an_interval_of_time(
    first: tuple[int, int], last: tuple[int, int], begins: int, ends: int, on: date, minute: int
) -> None:
    """Against intervals of datetimes, one for each year; leap days are left out of their ends."""
    if (2, 29) in (first, last) or first == last:
        return
    single = rule(first=first, last=last, from_min=float(begins), until_min=float(ends))
    now = datetime(on.year, on.month, on.day, tzinfo=UTC) + timedelta(minutes=minute)
    held = False
    for year in range(on.year - 1, on.year + 1):
        begin = datetime(year, *first, tzinfo=UTC) + timedelta(minutes=begins)
        end = datetime(year + (last < first), *last, tzinfo=UTC) + timedelta(minutes=ends)
        held |= begin <= now < end
    assert in_force(single, on, minute) == held


def table(**columns: list[object]) -> tuple[RoadRule, ...]:
    return road_rules(town.frame(columns, [LINE] * len(next(iter(columns.values())))))


def test_rows_become_rules() -> None:
    first, second, third, fourth = table(
        rule_id=["a", "a", None, "d"],
        name=["峠", None, "沿道", "林道"],
        road_name=[None, "国道334号", None, None],
        rule_kind=["closed", "closed_daily", "no_stopping", "雪"],
        from_date=["11-04", "10/24", None, None],
        to_date=["4月28日", "11/4", None, None],
        from_hour=["17:00", "17:00", None, None],
        to_hour=[None, "9:00", None, None],
        year=[None, 2026, None, None],
        detour=["根北峠", None, None, None],
    )
    assert (first.rule_id, first.kind, first.daily, first.first, first.last) == (
        "a",
        "closed",
        False,
        (11, 4),
        (4, 28),
    )
    assert (first.from_min, first.year, first.detour, first.unknown) == (1020, None, "根北峠", frozenset())
    assert (second.rule_id, second.name, second.kind, second.daily, second.until_min) == (
        "a-2", "国道334号", "closed", True, 540,
    )  # fmt: skip
    assert second.year == 2026
    assert (third.rule_id, third.first, third.unknown) == ("R3", None, frozenset())
    assert in_force(third, date(2026, 1, 1), 0)
    assert fourth.kind == "caution"
    assert fourth.unknown == {"rule_kind"}
    assert road_rules(None) == ()


def test_a_closure_of_unknown_dates_is_never_passed_and_says_so() -> None:
    blank, unread, half, nights = table(
        rule_kind=["closed", "closed", "closed", "closed_daily"],
        from_date=[None, "11月上旬", "11-04", "10-24"],
        to_date=[None, "4-28", None, "11-04"],
        from_hour=[None, None, None, "日没"],
        to_hour=[None, None, None, "9:00"],
    )
    assert blank.unknown == {"from_date", "to_date"}
    assert unread.unknown == {"from_date"}
    assert half.unknown == {"to_date"}
    assert nights.unknown == {"from_hour"}
    for unclear in (blank, unread, half):
        assert in_force(unclear, date(2026, 7, 1), 720)
    assert in_force(nights, date(2026, 10, 25), 720)  # the hours are unknown: the whole day
    assert not in_force(nights, date(2026, 7, 1), 720)
