"""Capacity: pencil answers, laws of room and time, the optimum of networkx and of linear programs."""

import dataclasses
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from shapely.geometry import LineString, Point, box

from knr_gis.analyses.capacity import arcs as arcs_module
from knr_gis.analyses.capacity import capacity
from knr_gis.analyses.capacity.account import make_account
from knr_gis.analyses.capacity.arcs import quickest
from knr_gis.analyses.capacity.party import RESIDENTS, make_party
from knr_gis.analyses.capacity.placing import OUTCOMES, outcomes_of, place_all
from knr_gis.analyses.capacity.rooms import RoomRule, Rooms, count_rooms, same_places
from knr_gis.analyses.evacuation import evacuation
from knr_gis.analyses.evacuation.plan import make_plan
from knr_gis.analyses.evacuation.race import race
from knr_gis.errors import AnalysisError
from knr_gis.reaching import Arcs
from knr_gis.result import Blank, Result
from tests import town
from tests.town import EAST, NAN, WEST, figures

STATES = ("placed", "left_zone", "here", "full", "capacity_unknown", "late", "no_route", "not_evaluated")


def street(*places: tuple[float, float]) -> gpd.GeoDataFrame:
    return town.frame({"road_name": ["浜通り"]}, [LineString(places)])


def towers(*rows: tuple[str, float, float], **columns: list[Any]) -> gpd.GeoDataFrame:
    """Towers on the shore street (y = 100, water 3 m): name, x, capacity."""
    own = {
        "name": [r[0] for r in rows],
        "tsunami": pd.array([True] * len(rows), dtype="boolean"),
        "floor_height_m": [5.0] * len(rows),
        "capacity_persons": [r[2] for r in rows],
    }
    return town.frame({**own, **columns}, [Point(r[1], 100) for r in rows])


def people(*rows: tuple[str, float, float], y: float = 100, **columns: list[Any]) -> gpd.GeoDataFrame:
    names, persons = [r[0] for r in rows], [r[2] for r in rows]
    return town.frame({"name": names, "persons": persons, **columns}, [Point(r[1], y) for r in rows])


TWO = (("西塔", 300, 10.0), ("東塔", 700, 20.0))
HOMES = (("西", 210, 10.0), ("中", 400, 8.0))


def given_town(**changes: Any) -> dict[str, Any]:
    """西 is 90 m from 西塔 and 490 m from 東塔; 中 is 100 m and 300 m; 25 minutes = 1500 m are left."""
    inputs: dict[str, Any] = {
        "hazard": town.hazard(), "municipalities": town.municipalities(), "sites": towers(*TWO),
        "settlements": people(*HOMES), "roads": street((100, 100), (900, 100)), "snap_limit_m": 200.0,
        "arrival_min": 30.0, "walk_speed_mps": 1.0, "start_delay_min": 5.0,
    }  # fmt: skip
    return {**inputs, **changes}


def run(**changes: Any) -> Result:
    return capacity(**given_town(**changes))


def whole(result: Result, kind: str = "cap_persons") -> dict[str, float]:
    """The persons of the whole region by outcome, those that are not 0."""
    found = {key: figures(result.summary, f"{kind}_{key}")["", ""] for key in (*STATES, "all")}
    return {key: value for key, value in found.items() if value}


def table(result: Result, name: str, index: str = "name") -> pd.DataFrame:
    return result.tables[name].set_index(index)


# --- by pencil -----------------------------------------------------------------------------------


def test_two_towers_by_pencil() -> None:
    """18 persons are nearest to 西塔, which holds 10: 中 walks 200 s more; 西 would walk 400 s more."""
    result = run()
    assert whole(result) == {"placed": 18, "all": 18}
    assert figures(result.summary, "cap_persons_placed_nearest")["", ""] == 10
    assert figures(result.summary, "cap_persons_placed_other")["", ""] == 8
    assert figures(result.summary, "cap_extra_min_mean")["", ""] == pytest.approx(200 / 60)
    flows = result.tables["cap_flows"].set_index("name")
    assert flows["assigned_site"].to_dict() == {"西": "西塔", "中": "東塔"}
    assert flows.loc["中", ["persons", "walk_min", "total_min", "extra_min"]].tolist() == pytest.approx(
        [8, 5, 10, 200 / 60]
    )
    assert flows.loc["西", "extra_min"] is Blank.NOT_ASKED
    states = table(result, "cap_origins")["cap_state"].to_dict()
    assert states == {"中": "placed_other", "西": "placed_nearest"}


def test_sites_tell_load_room_and_what_nearest_would_do() -> None:
    sites = table(run(), "cap_sites")
    columns = [
        "room_persons",
        "wish_persons",
        "turned_away_persons",
        "load_persons",
        "load_percent",
        "free_persons",
    ]
    assert sites.loc["西塔", columns].tolist() == pytest.approx([10, 18, 8, 10, 100, 0])
    assert sites.loc["東塔", columns].tolist() == pytest.approx([20, 0, 0, 8, 40, 12])
    assert sites["wish_state"].to_dict() == {"西塔": "over", "東塔": "below_50"}
    assert sites["load_state"].to_dict() == {"西塔": "from_90", "東塔": "below_50"}
    summary = run().summary
    assert figures(summary, "cap_sites_over_if_nearest")["", ""] == 1
    assert figures(summary, "cap_turned_away_if_nearest")["", ""] == 8
    assert figures(summary, "cap_sites_full")["", ""] == 1
    assert figures(summary, "cap_free_persons")["", ""] == 12


def test_charts_show_the_same_figures() -> None:
    outcomes, crowd = run(sites=towers(("西塔", 300, 10.0), ("東塔", 700, 5.0))).charts
    assert outcomes.labels == ("西町",)
    assert sum(value for (value,) in outcomes.series.values()) == pytest.approx(100)
    assert (crowd.labels, list(crowd.series.values())) == (("西塔",), [(10,), (18,), (10,)])
    (alone,) = run(sites=towers(("西塔", 300, 20.0))).charts
    assert alone.id == "cap_outcomes"


def test_who_finds_no_room_is_left_over_and_told_so() -> None:
    result = run(sites=towers(("西塔", 300, 10.0), ("東塔", 700, 5.0)))
    assert whole(result) == {"placed": 15, "full": 3, "all": 18}
    left = result.tables["left_over"]
    assert left[["cap_state", "left_cause", "persons", "origins"]].to_numpy().tolist() == [
        ["full", "full", 3, 1]
    ]
    assert table(result, "cap_origins").loc["中", ["cap_state", "without_place_persons"]].tolist() == [
        "full",
        3,
    ]


def test_unknown_capacity_takes_nobody_until_the_officer_says_so() -> None:
    sites = towers(("西塔", 300, 10.0), ("東塔", 700, NAN))
    result = run(sites=sites)
    assert whole(result) == {"placed": 10, "capacity_unknown": 8, "all": 18}
    told = table(result, "cap_sites")
    assert told.loc["東塔", "capacity_source"] == "unknown"
    assert np.isnan(told.loc["東塔", ["room_persons", "load_persons", "free_persons"]].astype(float)).all()
    assert "capacity.note_unknown" in {note.key for note in result.notes}
    said = run(sites=sites, unknown_capacity_persons=6)
    assert whole(said) == {"placed": 16, "full": 2, "all": 18}
    assert table(said, "cap_sites").loc["東塔", "capacity_source"] == "officer"
    assert said.params["unknown_capacity_persons"] == 6


def test_late_and_without_a_way() -> None:
    """150 s: 東塔 is 200 s from 東 and out of reach of 中; 島 lives on a street of its own."""
    roads = pd.concat([street((100, 100), (900, 100)), street((1600, 100), (1700, 100))], ignore_index=True)
    homes = people(*HOMES, ("東", 900, 4.0), ("島", 1650, 2.0))
    result = run(roads=roads, settlements=homes, arrival_min=7.5)
    assert whole(result) == {"placed": 10, "full": 8, "late": 4, "no_route": 2, "all": 24}
    left = result.tables["left_over"].set_index("cap_state")["left_cause"].to_dict()
    assert left == {"full": "full", "late": "too_slow", "no_route": "no_route"}


def test_room_by_area_and_season() -> None:
    """16 m2 hold 16 persons in summer, 8 in winter; half of a published room may be said to hold then."""
    sites = towers(("西塔", 300, 10.0), ("東塔", 700, NAN), refuge_area_m2=[4.0, 16.0])
    snow = {"season": "winter", "snow_speed_factor": 1.0, "snow_min_width_m": 0.0}
    room = [table(run(sites=sites, **c), "cap_sites")["room_persons"].to_dict() for c in (
        {}, snow, {**snow, "winter_capacity_factor": 0.5, "winter_area_per_person_m2": 4.0},
        {"capacity_from": "area", "area_per_person_m2": 0.5},
    )]  # fmt: skip
    assert room == [
        {"西塔": 10, "東塔": 16}, {"西塔": 10, "東塔": 8}, {"西塔": 5, "東塔": 4}, {"西塔": 8, "東塔": 32},
    ]  # fmt: skip
    summer, winter = run(sites=sites), run(sites=sites, **snow)
    assert "area_per_person_m2" in summer.assumptions
    assert "winter_area_per_person_m2" not in summer.params
    assert "winter_area_per_person_m2" in winter.assumptions


def test_outdoor_places_are_told_apart_in_winter() -> None:
    sites = towers(*TWO, indoor=pd.array([True, False], dtype="boolean"))
    result = run(sites=sites, season="winter", snow_speed_factor=1.0, snow_min_width_m=0.0)
    assert figures(result.summary, "cap_persons_placed_indoor")["", ""] == 10
    assert figures(result.summary, "cap_persons_placed_outdoor")["", ""] == 8
    (note,) = [n for n in result.notes if n.key == "capacity.note_open_air"]
    assert note.values["outdoor"] == "8"
    barred = run(sites=sites, season="winter", snow_min_width_m=0.0, outdoor_in_winter=False)
    assert whole(barred) == {"placed": 10, "full": 8, "all": 18}


def test_entries_of_one_place_are_counted_once() -> None:
    """Two lists name the school 西塔, 50 m apart: it has room for 6, not for 16."""
    sites = towers(("西塔", 300, 10.0), ("西　塔", 350, 6.0), ("西塔", 501, 1.0))
    result = run(sites=sites)
    assert whole(result) == {"placed": 7, "full": 11, "all": 18}
    told = result.tables["cap_sites"]
    assert sorted(told["capacity_source"]) == ["same_place", "stated", "stated"]
    (twin,) = told[told["capacity_source"] == "same_place"].itertuples()
    assert (twin.same_as_name, twin.room_persons) == ("西　塔", Blank.NOT_ASKED)
    assert figures(result.summary, "cap_sites_used")["", ""] == 2
    assert figures(result.summary, "cap_room_persons")[WEST, ""] == 7


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("小学校", "小学校１階・２階", True), ("市役所防災庁舎", "市役所防災庁舎３～５階・屋上", True),
        ("市営住宅Ｋ－１　３～５階", "市営住宅Ｋ－２　３～４階", False), ("第1会館", "第13階", False),
        ("しんよう１　４階・５階", "しんよう２　４階・５階", False), ("港湾庁舎", "港湾庁舎屋上", True),
        ("屋上", "会館屋上", False), ("ﾎﾃﾙ", "ホテル4階以上", True),
    ],
)  # fmt: skip
def test_a_name_is_told_from_the_floors_to_go_to(one: str, other: str, *, same: bool) -> None:
    of = same_places(towers((one, 300, NAN), (other, 300, NAN)))
    assert (of[0] == of[1]) == same


def test_a_limit_of_the_walk_holds_for_every_way() -> None:
    """350 m: 中 may go to 東塔 (300 m), 西 may not (490 m)."""
    sites = towers(("西塔", 300, 5.0), ("東塔", 700, 20.0))
    assert whole(run(sites=sites)) == {"placed": 18, "all": 18}
    assert whole(run(sites=sites, walk_limit_m=350.0)) == {"placed": 13, "full": 5, "all": 18}


def test_unknown_persons_are_counted_as_origins() -> None:
    result = run(settlements=people(*HOMES, ("謎", 600, NAN)))
    assert whole(result)["all"] == 18
    assert figures(result.summary, "cap_origins_persons_unknown")["", ""] == 1
    assert figures(result.summary, "cap_origins_all")["", ""] == 3
    silent = run(settlements=people(("謎", 600, NAN)))
    assert silent.headline.key == "capacity.headline_origins"
    assert not [m for m in silent.summary["measure"] if m.startswith("cap_persons_")]


# --- leaving the zone ----------------------------------------------------------------------------


def two_ways_out(**changes: Any) -> Result:
    """上 is 150 s from the tower and 250 s from the edge of the zone, 下 50 s and 450 s."""
    homes = town.frame({"name": ["上", "下"], "persons": [6.0, 4.0]}, [Point(500, 250), Point(500, 50)])
    roads = street((500, 0), (500, 800))
    sites = towers(("塔", 500, 4.0))
    return run(settlements=homes, roads=roads, sites=sites, **changes)


def test_those_without_a_place_leave_the_zone_if_in_time() -> None:
    result = two_ways_out()
    assert whole(result) == {"placed": 4, "left_zone": 6, "all": 10}
    assert result.tables["left_over"][["cap_state", "left_cause", "persons"]].to_numpy().tolist() == [
        ["left_zone", "full", 6]
    ]
    assert whole(two_ways_out(exits_take_rest=False)) == {"placed": 4, "full": 6, "all": 10}
    assert whole(two_ways_out(use_exits=False)) == {"placed": 4, "full": 6, "all": 10}


def test_who_cannot_get_out_goes_first() -> None:
    """With 300 s only 上 can leave the zone: the tower is for 下, even where 上 is nearer to it."""
    near = town.frame({"name": ["上", "下"], "persons": [6.0, 4.0]}, [Point(500, 110), Point(500, 50)])
    for homes in (near, near.iloc[::-1].reset_index(drop=True)):
        result = run(settlements=homes, roads=street((500, 0), (500, 800)), sites=towers(("塔", 500, 4.0)),
                     arrival_min=5 + 400 / 60)  # fmt: skip
        assert whole(result) == {"placed": 4, "left_zone": 6, "all": 10}
        assert table(result, "cap_flows").loc["下", "persons"] == 4


def test_shallow_water_asks_for_no_place() -> None:
    homes = town.frame({"name": ["浅", "深"], "persons": [3.0, 4.0]}, [Point(500, 400), Point(500, 50)])
    result = run(
        settlements=homes,
        roads=street((500, 0), (500, 800)),
        sites=towers(("塔", 500, 9.0)),
        goal_depth_m=1.0,
    )
    assert whole(result) == {"placed": 4, "here": 3, "all": 7}
    assert table(result, "cap_sites").loc["塔", "wish_persons"] == 4


# --- visitors, mesh, terrain ---------------------------------------------------------------------


def test_visitors_compete_for_the_same_places() -> None:
    rows = {"name": ["浜"], "month": [7], "persons_present": [12.0], "persons_night": [NAN]}
    visitors = town.frame(rows, [Point(700, 100)])
    result = run(month=7, visitors=visitors)
    assert whole(result)["all"] == 18
    assert whole(result, "cap_visitor_persons")["all"] == 12
    assert whole(result)["placed"] + whole(result, "cap_visitor_persons")["placed"] == pytest.approx(30)
    assert result.headline.values["visitors"]
    tight = run(month=7, visitors=visitors, sites=towers(*TWO[:1], ("東塔", 700, 12.0)))
    placed = whole(tight)["placed"] + whole(tight, "cap_visitor_persons").get("placed", 0)
    assert placed == pytest.approx(22)
    assert set(tight.tables["left_over"]["party"]) <= {"residents", "visitors"}


def mesh(**columns: list[Any]) -> gpd.GeoDataFrame:
    cells = [box(0, 0, 500, 300), box(500, 0, 1000, 300), box(1000, 0, 1500, 300)]
    own: dict[str, list[Any]] = {"mesh_code": ["甲", "乙", "丙"], "persons": [30.0, 20.0, 10.0]}
    ages: dict[str, list[Any]] = {
        "age_0_14_persons": [3.0, 5.0, NAN], "age_15_64_persons": [12.0, 10.0, NAN],
        "age_65_plus_persons": [15.0, 5.0, NAN],
    }  # fmt: skip
    return town.frame({**own, **ages, **columns}, cells)


def test_ages_share_every_outcome_and_all_accounts_close() -> None:
    """甲 (30, a tenth are children) and 乙 (20, a quarter) have 25 places; 丙 says nothing of ages."""
    result = run(population=mesh(), sites=towers(("西塔", 300, 15.0), ("東塔", 700, 10.0)),
                 roads=street((100, 150), (1400, 150)))  # fmt: skip
    account = result.tables["cap_account"]
    parts = [f"{key}_persons" for key in OUTCOMES]
    np.testing.assert_allclose(account[parts].sum(axis=1), account["all_persons"])
    totals = account.groupby("age_group")["all_persons"].sum()
    assert totals.to_dict() == pytest.approx({
        "persons": 60, "age_0_14_persons": 8, "age_15_64_persons": 22, "age_65_plus_persons": 20,
        "age_unknown": 10,
    })  # fmt: skip
    everybody = result.tables["cap_origins"].set_index("name")
    placed = everybody["placed_nearest_persons"] + everybody["placed_other_persons"]
    children = float((placed * everybody["age_0_14_persons"] / everybody["persons"]).sum())
    by_age = figures(result.summary, "cap_by_age_placed")
    label = next(key for _, key in by_age if "0〜14" in key)
    assert by_age["", label] == pytest.approx(children)


def test_the_account_is_that_of_the_evacuation_map() -> None:
    inputs = given_town(population=town.population(), roads=town.streets(), sites=town.sites())
    here, there = capacity(**inputs).summary, evacuation(**inputs).summary
    for key in ("all", "late", "no_route", "not_evaluated"):
        assert figures(here, f"cap_persons_{key}") == pytest.approx(
            figures(there, f"evac_persons_{key}"), nan_ok=True
        )
    in_time = [figures(here, f"cap_persons_{key}") for key in STATES[:5]]
    reached = figures(there, "evac_persons_reached")
    for place, value in reached.items():
        assert sum(f[place] for f in in_time) == pytest.approx(value, nan_ok=True)
    assert np.isnan(figures(here, "cap_persons_all")[town.NORTH, ""])


def test_over_the_terrain_where_there_are_no_streets(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a grid of 50 m nothing is nearer than over the street; the one with room takes who finds none."""
    result = run(roads=None, grid_cell_m=50.0, use_exits=False)
    assert whole(result) == {"placed": 18, "all": 18}
    flows = table(result, "cap_flows")
    assert flows["assigned_site"].to_dict() == {"西": "西塔", "中": "東塔"}
    assert flows.loc["中", "walk_min"] == pytest.approx(5, abs=1)
    assert "evacuation.note_terrain" in {note.key for note in result.notes}
    monkeypatch.setattr(arcs_module, "MOST_ON_TERRAIN", 1)
    with pytest.raises(AnalysisError, match="2 か所"):
        run(roads=None, grid_cell_m=50.0, use_exits=False)


# --- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rule": "okinawa"}, "use_sites"),
        ({"unknown_capacity_persons": -1}, "unknown_capacity_persons"),
        ({"unknown_capacity_persons": float("nan")}, "unknown_capacity_persons"),
        ({"area_per_person_m2": 0.0}, "area_per_person_m2"),
        ({"capacity_from": "guess"}, "capacity_from"),
    ],
)
def test_conditions_that_make_no_sense_are_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(AnalysisError, match=said):
        run(**changes)


def test_nobody_and_no_site() -> None:
    nobody = run(settlements=people(("山", 500, 4.0), y=900))
    assert nobody.headline.key == "capacity.headline_nobody"
    none = run(sites=towers(*TWO, withdrawn=[True, True]), use_exits=False)
    assert whole(none) == {"no_route": 18, "all": 18}
    assert "evacuation.note_no_site" in {note.key for note in none.notes}


def test_an_account_that_does_not_close_is_an_error() -> None:
    plan = make_plan(**given_town())
    party = make_party(RESIDENTS, race(plan))
    rule = RoomRule(1.0, 1.0, area_first=False, unknown_persons=None)
    placing = place_all((party,), count_rooms(party.run.goals, rule))
    (outcome,) = outcomes_of(placing)
    make_account(party, outcome)
    lost = {**outcome.persons, "full": outcome.persons["full"] - 1.0}
    with pytest.raises(AnalysisError):
        make_account(party, dataclasses.replace(outcome, persons=lost))
    moved = {**lost, "late": outcome.persons["late"] + 1.0}  # the sum is right, the race says otherwise
    with pytest.raises(AnalysisError):
        make_account(party, dataclasses.replace(outcome, persons=moved))


# --- laws ----------------------------------------------------------------------------------------

COUNTS = st.integers(0, 30)
ROOM = st.one_of(st.just(NAN), COUNTS.map(lambda n: float(n + 1)))


def line_town(persons: list[int], rooms: list[float], **changes: Any) -> Result:
    xs = (150, 350, 550, 850)
    homes = people(*[(f"家{k}", x, float(n)) for k, (x, n) in enumerate(zip(xs, persons, strict=True))])
    sites = towers(*[(f"塔{k}", x, r) for k, (x, r) in enumerate(zip((200, 500, 800), rooms, strict=True))])
    return run(settlements=homes, sites=sites, use_exits=False, **changes)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(COUNTS, min_size=4, max_size=4),
    st.lists(ROOM, min_size=3, max_size=3),
    st.sampled_from([7, 9, 12, 30]),
)
def test_rooms_are_never_exceeded_and_sums_close(
    persons: list[int], rooms: list[float], arrival: float
) -> None:
    result = line_town(persons, rooms, arrival_min=arrival)
    sites = result.tables["cap_sites"]
    known = sites["load_persons"].notna()
    assert (sites["load_persons"][known] <= sites["room_persons"][known] + 1e-6).all()
    figure = whole(result)
    assert sum(figure.get(key, 0) for key in STATES) == pytest.approx(sum(persons), abs=1e-6)
    assert sites["load_persons"].sum() == pytest.approx(figure.get("placed", 0), abs=1e-4)
    assert result.tables["cap_flows"]["persons"].sum() == pytest.approx(figure.get("placed", 0), abs=1e-4)


@settings(max_examples=6, deadline=None)
@given(
    st.lists(COUNTS, min_size=4, max_size=4), st.lists(COUNTS, min_size=3, max_size=3),
    st.lists(COUNTS, min_size=3, max_size=3), st.sampled_from([(7, 9), (9, 12), (12, 30)]),
)  # fmt: skip
def test_more_room_and_more_time_never_place_fewer(
    persons: list[int], rooms: list[int], more: list[int], times: tuple[float, float]
) -> None:
    base = [float(r + 1) for r in rooms]
    larger = [r + m for r, m in zip(base, more, strict=True)]
    few = whole(line_town(persons, base, arrival_min=times[0])).get("placed", 0)
    assert whole(line_town(persons, larger, arrival_min=times[0])).get("placed", 0) >= few - 1e-6
    assert whole(line_town(persons, base, arrival_min=times[1])).get("placed", 0) >= few - 1e-6


# --- the same optimum as others ------------------------------------------------------------------


@settings(max_examples=10, deadline=None)
@given(
    st.lists(COUNTS, min_size=4, max_size=4),
    st.lists(COUNTS, min_size=3, max_size=3),
    st.sampled_from([9, 12, 30]),
)
def test_the_optimum_is_that_of_networkx(persons: list[int], rooms: list[int], arrival: int) -> None:
    """The town is one straight street: times are differences of x, worked out here without the package."""
    result = line_town(persons, [float(r + 1) for r in rooms], arrival_min=arrival)
    graph = nx.DiGraph()
    graph.add_nodes_from(["s", "t"])
    for k, x in enumerate((150, 350, 550, 850)):
        graph.add_edge("s", f"o{k}", capacity=persons[k], weight=0)
        for j, y in enumerate((200, 500, 800)):
            if abs(x - y) <= (arrival - 5) * 60:
                graph.add_edge(f"o{k}", f"p{j}", capacity=1000, weight=abs(x - y))
    for j, room in enumerate(rooms):
        graph.add_edge(f"p{j}", "t", capacity=room + 1, weight=0)
    flow = nx.max_flow_min_cost(graph, "s", "t")
    assert whole(result).get("placed", 0) == pytest.approx(sum(flow["s"].values()), abs=1e-4)
    flows = result.tables["cap_flows"]
    seconds = float((flows["persons"] * flows["walk_min"] * 60).sum())
    assert seconds == pytest.approx(nx.cost_of_flow(graph, flow), abs=0.1)


@dataclasses.dataclass
class Asking:
    """A party as far as placing needs it."""

    persons: np.ndarray
    gets_out: np.ndarray
    arcs: Arcs

    def __len__(self) -> int:
        return len(self.persons)


def in_stages(cost: np.ndarray, asking: Asking, rooms: list[float]) -> tuple[float, float, float]:
    """Most placed, of these most who cannot get out, then least time: one linear program after another."""
    n, m = len(asking), len(rooms)
    origin, room = asking.arcs.origin, asking.arcs.site
    rows = [(origin == k).astype(float) for k in range(n)] + [(room == j).astype(float) for j in range(m)]
    limit = [*asking.persons, *rooms]
    goals: list[np.ndarray] = [-np.ones(len(origin)), -(~asking.gets_out[origin]).astype(float), cost]
    found: list[float] = []
    for goal in goals:
        best = linprog(goal, A_ub=np.array(rows), b_ub=np.array(limit), method="highs")
        found.append(float(best.fun))
        rows.append(goal)
        limit.append(float(best.fun) + 1e-7)
    return found[0], found[1], found[2]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_stages_are_those_of_three_linear_programs(data: st.DataObject) -> None:
    n, m = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 4))

    def draw(each: st.SearchStrategy[Any], size: int) -> list[Any]:
        return data.draw(st.lists(each, min_size=size, max_size=size))

    pairs = np.array(draw(st.booleans(), n * m), dtype=bool)
    origin, room = (axis.ravel()[pairs] for axis in np.indices((n, m)))
    cost = np.array(draw(st.integers(1, 900), n * m), dtype=float)[pairs]
    asking = Asking(
        np.array(draw(st.integers(0, 9), n), dtype=float), np.array(draw(st.booleans(), n), dtype=bool),
        Arcs(origin.astype(np.int64), room.astype(np.int64), cost),
    )  # fmt: skip
    rooms = [float(r) for r in draw(st.integers(0, 12), m)]
    own = Rooms(np.arange(m), np.arange(m), np.array(rooms), np.full(m, "stated", dtype=object))
    placing = place_all((asking,), own)  # type: ignore[arg-type]
    flow = placing.assignment.flow_persons
    if not len(flow):
        return
    most, first, seconds = in_stages(cost, asking, rooms)
    assert -flow.sum() == pytest.approx(most, abs=1e-3)
    assert -flow[~asking.gets_out[placing.arcs.origin]].sum() == pytest.approx(first, abs=1e-3)
    assert float(flow @ placing.arcs.cost_s) == pytest.approx(seconds, rel=1e-5, abs=0.1)


def test_of_two_doors_of_a_place_the_nearer_counts() -> None:
    ways = Arcs(np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([9.0, 4.0, 7.0]))
    joined = quickest(ways, np.array([0, 0]))
    assert (joined.origin.tolist(), joined.site.tolist(), joined.cost_s.tolist()) == ([0, 1], [0, 0], [4, 7])


def test_sites_are_counted_where_they_stand_and_people_where_they_live() -> None:
    """The only tower stands in 東町; those of 西町 are placed there."""
    result = run(sites=towers(("東塔", 1100, 30.0)), roads=street((100, 100), (1200, 100)))
    assert figures(result.summary, "cap_persons_placed")[WEST, ""] == 18
    assert figures(result.summary, "cap_persons_placed_elsewhere")[WEST, ""] == 18
    assert figures(result.summary, "cap_load_persons")[EAST, ""] == 18
