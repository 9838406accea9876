"""Legs on a date: closures by day and hour, waiting, equality with independent searches, laws."""

import itertools
import math
from datetime import date
from typing import Any

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from knr_gis.analyses.tourism.closures import in_force
from knr_gis.analyses.tourism.moves import make_leg, travel_table
from knr_gis.analyses.tourism.setting import Setting
from knr_gis.analyses.tourism.spells import closed_between, spells_of
from knr_gis.analyses.tourism.trip import Leg
from knr_gis.routing import Reach
from tests import town
from tests.analyses import tour_land as land

WINTER = {
    "rule_id": "winter", "name": "峠 冬期", "rule_kind": "closed",
    "from_date": "11-04", "to_date": "04-28", "from_hour": "17:00",
}  # fmt: skip
NIGHT = {
    "rule_id": "night", "name": "峠 夜間", "rule_kind": "closed_daily",
    "from_date": "10-24", "to_date": "11-03", "from_hour": "17:00", "to_hour": "09:00",
}  # fmt: skip
PASS = [(0.0, 0.0), (20_000.0, 0.0)]
ROUND = [(0.0, 0.0), (0.0, 60_000.0), (20_000.0, 60_000.0), (20_000.0, 0.0)]


def over_the_pass(*lines: list[tuple[float, float]], **given_too: Any) -> Setting:
    """A pass of 20 km (20 min at 60 km/h), and where asked for a way round of 140 km (140 min)."""
    rules = land.rules((WINTER, PASS), (NIGHT, PASS))
    return land.setting(land.roads(PASS, *lines), road_rules=rules, drive_speed_kmh=60.0, **given_too)


def cross(setting: Setting, on: str | None, hour: float, *, mode: str = "drive") -> Leg:
    when = None if on is None else date.fromisoformat(on)
    return make_leg(
        setting, land.places((0, 0), (20_000, 0)), 0, 1,
        mode=mode, day=1, number=1, on=when, depart_min=hour * 60,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("on", "hour", "km", "arrive", "closed"),
    [
        ("2026-01-01", 12, 140, 12 * 60 + 140, ("winter",)),
        ("2026-07-01", 12, 20, 12 * 60 + 20, ()),
        ("2026-10-25", 12, 20, 12 * 60 + 20, ()),
        ("2026-10-25", 18, 140, 18 * 60 + 140, ("night",)),
        ("2026-10-25", 8, 20, 9 * 60 + 20, ("night",)),  # waits an hour: 9:20 is before 10:20
        ("2026-10-25", 6, 140, 6 * 60 + 140, ("night",)),  # 8:20 by the way round, 9:20 by waiting
        ("2026-10-25", 16 + 45 / 60, 140, 16 * 60 + 45 + 140, ("night",)),  # would be on it at 17:00
        ("2026-10-25", 16 + 40 / 60, 20, 17 * 60, ()),  # over it on the minute
        ("2026-11-04", 16.5, 20, 16 * 60 + 50, ()),  # the winter begins at 17:00 that day
        ("2026-11-04", 17, 140, 17 * 60 + 140, ("winter",)),
        (None, 3, 20, 200, ()),
    ],
)
def test_the_pass_by_date_and_hour(
    on: str | None, hour: float, km: float, arrive: float, closed: tuple[str, ...]
) -> None:
    found = cross(over_the_pass(ROUND), on, hour)
    assert found.length_m == pytest.approx(km * 1000)
    assert found.arrive_min == pytest.approx(arrive)
    assert found.closed == closed
    assert (found.status, found.reason) == (Reach.REACHED, "")


def test_waiting_shows_between_departure_and_the_first_edge() -> None:
    found = cross(over_the_pass(ROUND), "2026-10-25", 8)
    assert found.depart_min == 480
    assert found.enter_min.tolist() == [540]


def test_without_a_way_round_the_leg_waits_or_is_lost_with_the_rule_named() -> None:
    setting = over_the_pass()
    early, late, winter = (
        cross(setting, on, hour) for on, hour in (("2026-10-25", 2), ("2026-10-25", 18), ("2026-01-01", 12))
    )
    assert (early.arrive_min, early.closed) == (pytest.approx(560), ("night",))
    for lost, rule in ((late, "night"), (winter, "winter")):
        assert (lost.status, lost.reason, lost.closed) == (Reach.DISCONNECTED, "closed", (rule,))
        assert math.isnan(lost.arrive_min)
        assert lost.line is None
        assert not len(lost.edges)


def test_what_a_leg_without_a_way_says() -> None:
    setting = over_the_pass([(90_000, 0), (91_000, 0)])
    points = land.places((0, 0), (90_500, 0), (0, 50_000), (20_000, 0))
    said = {}
    for key, end, minute in (
        ("no_road", 1, 600),
        ("far", 2, 600),
        ("midnight", 3, 1430),
        ("before", 3, math.nan),
    ):
        found = make_leg(
            setting, points, 0, end, mode="drive", day=1, number=1, on=date(2026, 7, 1), depart_min=minute
        )
        said[key] = found.reason
        assert not found.found
        assert found.closed == ()
        assert found.status == (Reach.FAR if key == "far" else Reach.DISCONNECTED)
    assert said == {key: key for key in said}


def test_from_a_place_to_itself_there_is_nothing_to_travel() -> None:
    setting = over_the_pass()
    found = make_leg(
        setting, land.places((50, 3)), 0, 0, mode="drive", day=2, number=4, on=None, depart_min=700
    )
    assert (found.length_m, found.arrive_min, found.ascent_m) == (0, 700, 0)
    assert (found.day, found.number) == (2, 4)
    assert found.line is not None


def test_spells_are_the_longest_runs_and_what_lies_between() -> None:
    ways = over_the_pass(ROUND).ways["drive"]
    spells = {(s.from_min, s.until_min, tuple(s.closed)) for s in spells_of(ways, date(2026, 10, 25))}
    assert spells == {(0, 1440, ("night",)), (540, 1020, ())}
    assert closed_between(ways, date(2026, 10, 25), 600, 1000) == frozenset()
    assert closed_between(ways, date(2026, 10, 25), 600, 1021) == {"night"}
    assert [(s.from_min, s.until_min) for s in spells_of(ways, None)] == [(0, 1440)]


def test_a_rule_without_a_road_cuts_no_day() -> None:
    rules = land.rules((NIGHT, [(0.0, 9000.0), (1000.0, 9000.0)]))
    setting = land.setting(land.roads(PASS), road_rules=rules)
    assert len(spells_of(setting.ways["drive"], date(2026, 10, 25))) == 1


def test_bicycles_and_walkers_keep_out_of_closed_roads_as_well() -> None:
    setting = over_the_pass(ROUND, mode="cycle", cycle_speed_kmh=60.0)
    assert cross(setting, "2026-01-01", 12, mode="cycle").length_m == pytest.approx(140_000)
    assert cross(setting, "2026-07-01", 12, mode="walk").length_m == pytest.approx(20_000)  # another network
    assert set(setting.ways) == {"cycle", "walk"}


# --- random lands -------------------------------------------------------------------------------------

HOURS = ["", "06:00", "09:00", "13:30", "17:00", "21:00"]
ON = date(2026, 10, 25)


@st.composite
def lands(draw: st.DrawFn) -> dict[str, Any]:
    """Up to 12 roads between 6 places on a slope, some of them one-way, some closed at some hours."""
    seed = draw(st.integers(0, 10_000))
    numbers = np.random.default_rng(seed)
    nodes = numbers.uniform(-15_000, 15_000, (6, 2)).round(3)
    pairs = draw(
        st.lists(
            st.sampled_from(list(itertools.combinations(range(6), 2))), min_size=5, max_size=12, unique=True
        )
    )
    roads = []
    for k, (a, b) in enumerate(pairs):
        start, end = draw(st.sampled_from([(a, b), (b, a)]))
        hours = draw(st.tuples(st.sampled_from(HOURS), st.sampled_from(HOURS)))
        kind = draw(st.sampled_from(["", "", "closed_daily", "closed"]))
        roads.append(
            {"u": start, "v": end, "oneway": draw(st.booleans()), "hours": hours, "kind": kind, "id": k}
        )
    return {"nodes": nodes, "roads": roads, "slope": draw(st.sampled_from([0.0, 0.03, -0.08]))}


def made(drawn: dict[str, Any], *, ruled: int | None = None) -> Setting:
    """The drawn land by bicycle at 30 km/h; only the first ``ruled`` rules hold."""
    nodes, roads = drawn["nodes"], drawn["roads"]
    lines = [[tuple(nodes[r["u"]]), tuple(nodes[r["v"]])] for r in roads]
    names = [f"road {r['id']}" for r in roads]
    frame = land.roads(*lines, oneway_cycle=[r["oneway"] for r in roads], road_name=names)
    closing = [(r, line) for r, line in zip(roads, lines, strict=True) if r["kind"]][:ruled]
    rows = [
        (
            {
                "rule_id": str(r["id"]), "name": "x", "rule_kind": r["kind"], "road_name": f"road {r['id']}",
                "from_date": "10-25", "to_date": "10-25",
                "from_hour": r["hours"][0], "to_hour": r["hours"][1],
            },
            line,
        )
        for r, line in closing
    ]  # fmt: skip
    given_too = {"road_rules": land.rules(*rows)} if rows else {}
    return land.setting(
        frame, mode="cycle", cycle_speed_kmh=30.0, elevation=land.plane(drawn["slope"]), **given_too
    )


def graph_of(drawn: dict[str, Any]) -> nx.MultiDiGraph:
    """The drawn land as a graph of minutes, worked out from the formula and not from the package."""
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(6))
    for road in drawn["roads"]:
        step = drawn["nodes"][road["v"]] - drawn["nodes"][road["u"]]
        length = math.hypot(*step)
        for a, b, sign in ((road["u"], road["v"], 1), (road["v"], road["u"], -1)):
            slope = sign * drawn["slope"] * step[0] / length
            share = min(1.3, max(0.27, 1 - (6.67 if slope > 0 else 3.98) * slope))
            if sign == 1 or not road["oneway"]:
                graph.add_edge(a, b, key=road["id"], minutes=length / (500.0 * share))
    return graph


def closed_minutes(setting: Setting) -> dict[int, set[int]]:
    """The minutes of the day at which each road is closed, asked minute by minute."""
    return {int(rule.rule_id): {m for m in range(1440) if in_force(rule, ON, m)} for rule in setting.rules}


def brute(graph: nx.MultiDiGraph, shut: dict[int, set[int]], start: int, end: int, depart: float) -> float:
    """Every simple way at every moment at which some road opens: the earliest arrival, inf where none."""
    openings = {m + 1.0 for minutes in shut.values() for m in minutes if m + 1 not in minutes}
    leaves = [depart, *(m for m in sorted(openings) if m > depart)]
    ways = [
        (sum(graph.edges[edge]["minutes"] for edge in way), {key for _, _, key in way})
        for way in nx.all_simple_edge_paths(graph, start, end)
    ]
    best = math.inf
    for (minutes, keys), leave in itertools.product(ways, leaves):
        met = range(int(leave), math.ceil(leave + minutes - 1e-9))
        if leave + minutes <= 1440 and not any(m in shut.get(key, set()) for key in keys for m in met):
            best = min(best, leave + minutes)
    return best


@given(lands(), st.integers(0, 5), st.integers(1, 5), st.sampled_from([0, 300, 520, 700, 1000, 1390]))
@settings(max_examples=40, deadline=None)
def test_legs_and_tables_equal_brute_force_over_time(
    drawn: dict[str, Any], start: int, step: int, depart: float
) -> None:
    setting, end = made(drawn), (start + step) % 6
    expected = brute(graph_of(drawn), closed_minutes(setting), start, end, depart)
    points = land.places(*map(tuple, drawn["nodes"]))
    found = make_leg(setting, points, start, end, mode="cycle", day=1, number=1, on=ON, depart_min=depart)
    touched = {road[key] for road in drawn["roads"] for key in ("u", "v")}
    if (
        not {start, end} <= touched
    ):  # a place without a road of its own snaps to another's: not the brute graph
        return
    assert (found.arrive_min if found.found else math.inf) == pytest.approx(expected, rel=1e-4)
    table = travel_table(setting, shapely.get_coordinates(points.geometry), ON, mode="cycle")
    assert table.arrival(start, end, depart) == pytest.approx(expected, rel=1e-4)


@given(lands())
@settings(max_examples=15, deadline=None)
def test_with_nothing_closed_the_table_equals_networkx(drawn: dict[str, Any]) -> None:
    setting, graph = made(drawn, ruled=0), graph_of(drawn)
    touched = sorted({road[key] for road in drawn["roads"] for key in ("u", "v")})
    xy = drawn["nodes"][touched]
    minutes = travel_table(setting, xy, None, mode="cycle").minutes[0]
    for row, start in enumerate(touched):
        lengths = nx.single_source_dijkstra_path_length(graph, start, weight="minutes")
        assert minutes[row] == pytest.approx([lengths.get(end, math.inf) for end in touched], rel=1e-4)


def arrival(setting: Setting, drawn: dict[str, Any], depart: float) -> float:
    points = land.places(*map(tuple, drawn["nodes"]))
    found = make_leg(setting, points, 0, 3, mode="cycle", day=1, number=1, on=ON, depart_min=depart)
    return found.arrive_min if found.found else math.inf


@given(lands(), st.floats(0, 1439), st.floats(0, 1439))
@settings(max_examples=20, deadline=None)
def test_who_leaves_later_never_arrives_earlier(drawn: dict[str, Any], one: float, other: float) -> None:
    setting = made(drawn)
    early, late = sorted([one, other])
    assert arrival(setting, drawn, early) <= arrival(setting, drawn, late) + 1e-6


@given(lands(), st.integers(0, 12), st.floats(0, 1439))
@settings(max_examples=20, deadline=None)
def test_more_rules_never_shorten_a_leg(drawn: dict[str, Any], fewer: int, depart: float) -> None:
    free, ruled = made(drawn, ruled=fewer), made(drawn)
    assert arrival(free, drawn, depart) <= arrival(ruled, drawn, depart) + 1e-6


@given(lands(), st.sampled_from([0, 500, 1000]))
@settings(max_examples=25, deadline=None)
def test_no_leg_is_on_a_closed_road_and_what_changed_it_was_in_force(
    drawn: dict[str, Any], depart: float
) -> None:
    setting = made(drawn)
    ways, shut = setting.ways["cycle"], closed_minutes(setting)
    points = land.places(*map(tuple, drawn["nodes"]))
    found = make_leg(setting, points, 0, 3, mode="cycle", day=1, number=1, on=ON, depart_min=depart)
    if found.found and len(found.edges):
        met = set(range(int(found.enter_min[0]), math.ceil(found.arrive_min - 1e-6)))
        for road in set(ways.network.road[found.edges]):
            assert not met & shut.get(int(road), set())
        assert np.all(np.diff(np.append(found.enter_min, found.arrive_min)) > 0)
    until = math.ceil(found.arrive_min) if found.found else 1440
    for rule_id in found.closed:
        assert shut[int(rule_id)] & set(range(int(depart), until + 1))


def test_softly_avoided_ways_have_their_own_minutes_in_the_table() -> None:
    # the way round is chosen by cost; the table says its minutes, not its cost
    roads = land.roads([(0, 0), (1000, 0)], [(0, 0), (0, 300), (1000, 300), (1000, 0)])
    rules = land.rules(({**WINTER, "rule_id": "r", "rule_kind": "caution"}, [(0.0, 0.0), (1000.0, 0.0)]))
    for how, minutes in (("soft", 1.6), ("none", 1.0)):
        setting = land.setting(
            roads, road_rules=rules, drive_speed_kmh=60.0, avoid=["r"], avoid_how=how, avoid_factor=2.0
        )
        table = travel_table(setting, np.array([(0.0, 0.0), (1000.0, 0.0)]), None, mode="drive")
        assert table.minutes[0].tolist() == [pytest.approx([0, minutes]), pytest.approx([minutes, 0])]


def test_a_place_far_from_roads_is_never_reached_in_the_table() -> None:
    setting = over_the_pass()
    table = travel_table(setting, np.array([(0.0, 0.0), (0.0, 50_000.0)]), date(2026, 7, 1), mode="drive")
    assert table.minutes[0, 0, 1] == math.inf
    assert table.arrival(0, 1, 0) == math.inf
    assert setting.crs.to_string() == town.CRS
