"""Siting: a street that can be checked with a pencil, every choice tried by brute force, its laws."""

from itertools import combinations, pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pyproj
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from knr_gis.analyses.siting import siting
from knr_gis.errors import AnalysisError
from knr_gis.grid import Grid
from knr_gis.result import Blank, Result
from tests.town import CRS, NAN, frame

# A street in the zone, 4 km long. 14 min to the water, 5 min to the start: 540 m at 1 m/s.
#
#    x     0   500      1000  1250  1500   1900 2000  2300  2600      3500   3900
#    site  old                P            Q          R               S
#    who       100      40          30          20          10               5
HOMES = {500: 100.0, 1000: 40.0, 1500: 30.0, 2000: 20.0, 2600: 10.0, 3900: 5.0}
PLACES = {"P": 1250, "Q": 1900, "R": 2300, "S": 3500}
ALONE = {"P": 70.0, "Q": 50.0, "R": 30.0, "S": 5.0}
ALL = 205.0
REACH_M = 540.0


def street() -> gpd.GeoDataFrame:
    return frame({"road_name": ["海岸"]}, [LineString([(x, 100) for x in range(0, 4001, 100)])])


def homes(persons: dict[int, float]) -> gpd.GeoDataFrame:
    points = [Point(x, 100) for x in persons]
    return frame({"name": [f"家{x}" for x in persons], "persons": list(persons.values())}, points)


def places(at: dict[str, int], **columns: list[object]) -> gpd.GeoDataFrame:
    return frame({"name": list(at), **columns}, [Point(x, 100) for x in at.values()])


def old(x: float = 0, room: float = NAN) -> gpd.GeoDataFrame:
    flags = pd.array([True], dtype="boolean")
    columns = {"name": ["今の塔"], "site_id": ["S0"], "tsunami": flags, "floor_height_m": [10.0]}
    return frame({**columns, "capacity_persons": [room]}, [Point(x, 100)])


def zone(depth: float = 3.0) -> gpd.GeoDataFrame:
    return frame({"depth_min_m": [1.0], "depth_max_m": [depth]}, [box(0, 0, 4000, 500)])


def run(**changes: object) -> Result:
    inputs: dict[str, object] = {
        "hazard": zone(),
        "municipalities": frame({"muni_code": ["01206"], "name": ["町"]}, [box(0, 0, 4000, 1000)]),
        "sites": old(),
        "settlements": homes(HOMES),
        "roads": street(),
        "candidates": places(PLACES),
        "candidates_from": "layer",
        "candidate_capacity_persons": 1000.0,
        "arrival_min": 14.0,
        "start_delay_min": 5.0,
        "safety_margin_min": 0.0,
        "walk_speed_mps": 1.0,
        "access_speed_factor": 1.0,
        "use_exits": False,
    }
    return siting(**{**inputs, **changes})


def figure(result: Result, measure: str) -> float:
    rows = result.summary
    mine = rows[(rows["measure"] == measure) & (rows["muni_code"] == "") & (rows["group"] == "")]
    assert len(mine) == 1, measure
    return float(mine["value"].iloc[0])


def chosen(result: Result, table: str = "sit_best") -> list[str]:
    return sorted(result.tables[table]["name"])


def test_each_candidate_alone_by_pencil() -> None:
    table = run().tables["sit_ranking"].set_index("name")
    assert table["newly_persons"].astype(float).to_dict() == pytest.approx(ALONE)
    assert table["site_rank"].to_dict() == {"P": 1, "Q": 2, "R": 3, "S": 4}
    assert table["before_persons"].astype(float).tolist() == pytest.approx([100.0] * 4)
    assert table.loc["P", "after_persons"] == pytest.approx(170.0)
    # P: 40 and 30 persons, both 250 m away: 5 min + 250 s
    assert table.loc["P", ["mean_total_min", "worst_total_min"]].tolist() == pytest.approx([5 + 250 / 60] * 2)
    # Q: 30 persons walk 400 m, 20 walk 100 m
    assert table.loc["Q", "mean_total_min"] == pytest.approx(5 + (30 * 400 + 20 * 100) / 50 / 60)
    assert table.loc["Q", "worst_total_min"] == pytest.approx(5 + 400 / 60)


SNOW = {"season": "winter", "snow_speed_factor": 1.0}


@pytest.mark.parametrize(
    ("columns", "conditions", "newly"),
    [
        ({"refuge_area_m2": [60.0] * 4}, {}, 60),  # 1 m2 for each
        ({"refuge_area_m2": [60.0] * 4}, SNOW, 30),  # 2 m2, as in the capacity run
        ({"refuge_area_m2": [60.0] * 4}, {**SNOW, "winter_area_per_person_m2": 1.5}, 40),
        ({"capacity_persons": [60.0] * 4}, {**SNOW, "winter_capacity_factor": 0.5}, 30),
    ],
)
def test_room_is_counted_as_the_season_has_it(
    columns: dict[str, list[object]], conditions: dict[str, object], newly: float
) -> None:
    result = run(candidates=places(PLACES, **columns), **conditions)
    ranked = result.tables["sit_ranking"].set_index("name")
    assert float(ranked.loc["P", "newly_persons"]) == pytest.approx(newly)
    winter = {"winter_area_per_person_m2", "winter_capacity_factor"}
    assert result.params.keys() & {"area_per_person_m2", *winter} == (
        winter if conditions else {"area_per_person_m2"}
    )


@pytest.mark.parametrize(
    ("n_sites", "names", "newly"),
    [(0, [], 0), (1, ["P"], 70), (2, ["P", "R"], 100), (3, ["P", "R", "S"], 105), (4, ["P", "R", "S"], 105)],
)
def test_best_sites_by_pencil(n_sites: int, names: list[str], newly: float) -> None:
    result = run(n_sites=n_sites)
    assert chosen(result) == names
    assert figure(result, "sit_persons_newly_best") == pytest.approx(newly)
    assert figure(result, "sit_persons_after_best") == pytest.approx(100 + newly)
    assert figure(result, "sit_persons_left_best") == pytest.approx(105 - newly)
    assert figure(result, "sit_persons_best_bound") == pytest.approx(newly)
    assert figure(result, "sit_best_gap_percent") == 0


@pytest.mark.parametrize(
    ("share", "names"), [(0.4, []), (0.8, ["P"]), (0.95, ["P", "R"]), (1.0, ["P", "R", "S"])]
)
def test_fewest_sites_by_pencil(share: float, names: list[str]) -> None:
    result = run(share=share)
    assert chosen(result, "sit_fewest") == names
    assert figure(result, "sit_fewest_bound") == len(names)
    assert figure(result, "sit_persons_after_fewest") >= share * ALL


def test_a_share_that_no_candidates_reach_is_said_and_explained() -> None:
    result = run(candidates=places({"P": 1250, "R": 2300}), share=0.99)
    assert chosen(result, "sit_fewest") == ["P", "R"]
    assert figure(result, "sit_persons_everything_percent") == pytest.approx(200 / 205 * 100)
    assert "siting.note_not_attainable" in [note.key for note in result.notes]
    left = result.tables["sit_left"].set_index("still_cause")["left_everything_persons"]
    assert left.to_dict() == pytest.approx({"too_slow": 5.0})
    assert "99" in str(result.headline.values["fewest"])


def test_room_of_new_sites_binds_and_changes_the_choice() -> None:
    some = places(PLACES, capacity_persons=[45.0, 50.0, 50.0, 50.0])
    one = run(candidates=some, n_sites=1)
    assert chosen(one) == ["Q"]
    two = run(candidates=some, n_sites=2)
    # 40 of home 1000 go to P; Q takes 30 + 20; with R instead of Q it would be 45 + 30
    assert chosen(two) == ["P", "Q"]
    assert figure(two, "sit_persons_newly_best") == pytest.approx(90)
    assert figure(two, "sit_persons_no_room_best") == pytest.approx(0)
    full = run(candidates=places({"P": 1250}, capacity_persons=[45.0]), n_sites=1)
    assert figure(full, "sit_persons_newly_best") == pytest.approx(45)
    assert figure(full, "sit_persons_no_room_best") == pytest.approx(25)  # the race says 70
    assert "siting.note_no_room" in [note.key for note in full.notes]
    left = full.tables["sit_left"].set_index("still_cause")["left_best_persons"]
    assert left.to_dict() == pytest.approx({"full": 25.0, "too_slow": 35.0})
    unlimited = run(candidates=places({"P": 1250}, capacity_persons=[45.0]), n_sites=1, count_room="none")
    assert figure(unlimited, "sit_persons_newly_best") == pytest.approx(70)


def test_room_of_existing_sites_counts_when_asked() -> None:
    # the old tower takes 60 of the 100 at 500 m; T at 600 m can take the others and the 40 of 1000
    given_ = {"sites": old(room=60.0), "candidates": places({"T": 600}), "n_sites": 1}
    result = run(**given_, count_room="all")
    assert figure(result, "sit_persons_before") == pytest.approx(60)
    assert figure(result, "sit_persons_newly_best") == pytest.approx(80)
    assert figure(result, "sit_persons_after_best") == pytest.approx(140)
    assert figure(run(**given_), "sit_persons_before") == pytest.approx(100)
    unknown = run(**{**given_, "sites": old()}, count_room="all")
    assert figure(unknown, "sit_persons_before") == 0
    assert "siting.note_room_unknown" in [note.key for note in unknown.notes]


def test_who_can_leave_the_zone_needs_no_site() -> None:
    out = frame({"road_name": ["坂"]}, [LineString([(2000, 100), (2000, 900)])])
    roads = gpd.GeoDataFrame(pd.concat([street(), out], ignore_index=True), crs=CRS)
    for room in ("new", "all"):
        # 400 m up the hill: the 20 at 2000 are out in 400 s; those of 1500 (900 m) are not
        result = run(roads=roads, use_exits=True, count_room=room, sites=old(room=100.0), n_sites=1)
        assert figure(result, "sit_persons_before") == pytest.approx(120), room
        assert chosen(result) == ["P"], room
        assert figure(result, "sit_persons_newly_best") == pytest.approx(70), room


def test_an_existing_site_is_never_counted_again() -> None:
    result = run(candidates=places({"同じ": 0, "P": 1250}), n_sites=2)
    assert chosen(result) == ["P"]
    others = result.tables["sit_others"]
    assert others["name"].tolist() == ["同じ"]  # nobody without safety is near it
    assert others["newly_persons"].tolist() == [0.0]
    assert figure(result, "sit_persons_after_best") == pytest.approx(170)
    place = frame({"name": ["市役所"], "facility_type": ["市役所・役場"]}, [Point(10, 100)])
    listed = run(candidates=None, facilities=place, candidates_from="facilities")
    assert listed.tables["sit_others"]["candidate_state"].tolist() == ["already_site"]


def test_without_existing_sites_as_goals_the_new_ones_still_count() -> None:
    out = frame({"road_name": ["坂"]}, [LineString([(2000, 100), (2000, 900)])])
    roads = gpd.GeoDataFrame(pd.concat([street(), out], ignore_index=True), crs=CRS)
    result = run(roads=roads, use_sites=False, use_exits=True, n_sites=1)
    assert figure(result, "sit_persons_before") == pytest.approx(20)
    assert figure(result, "sit_persons_newly_best") == pytest.approx(70)


def test_buildings_must_stand_above_the_water_and_towers_are_as_high_as_they_must() -> None:
    at = {"高い": 1250, "低い": 1900, "四階": 2300, "二階": 3500, "更地": 3600}
    frame_ = places(at, floor_height_m=[5.0, 3.0, NAN, NAN, NAN], storeys=[NAN, NAN, 4, 2, NAN])
    result = run(candidates=frame_, tower_margin_m=2.0)
    ranked = result.tables["sit_ranking"].set_index("name")
    assert ranked["candidate_state"].to_dict() == {
        "高い": "vertical", "四階": "vertical_storeys", "更地": "tower",
    }  # fmt: skip
    assert ranked.loc["更地", "needed_height_m"] == 5.0
    assert ranked.loc["高い", "needed_height_m"] is Blank.NOT_ASKED
    assert result.tables["sit_others"].set_index("name")["candidate_state"].to_dict() == {
        "低い": "floor_too_low", "二階": "floor_too_low",
    }  # fmt: skip
    towers = run(candidates=frame_, new_site="tower").tables["sit_ranking"]
    assert set(towers["candidate_state"]) == {"tower"}
    only = run(candidates=frame_, new_site="designate")
    assert only.tables["sit_others"].set_index("name").loc["更地", "candidate_state"] == "floor_unknown"
    flat = run(candidates=frame_, vertical=False)
    assert set(flat.tables["sit_others"]["candidate_state"]) == {"in_zone"}
    assert figure(flat, "sit_persons_newly_best") == 0


def test_where_the_water_is_unknown_no_tower_stands_unless_allowed() -> None:
    result = run(hazard=zone(NAN))
    assert set(result.tables["sit_others"]["candidate_state"]) == {"height_unknown"}
    assert figure(result, "sit_candidates_usable") == 0
    allowed = run(hazard=zone(NAN), allow_unknown_height=True, sites=old(), n_sites=4)
    ranked = allowed.tables["sit_ranking"]
    assert set(ranked["candidate_state"]) == {"tower_height_unknown"}
    assert set(ranked["needed_height_m"]) == {Blank.NOT_ASKED}
    assert "siting.note_height_allowed" in [note.key for note in allowed.notes]


def test_facilities_take_storeys_and_room_from_the_building_they_lie_in() -> None:
    at = {"学校": 1250, "空地": 2300}
    frame_ = frame(
        {"name": list(at), "facility_type": ["学校", "公園"]}, [Point(x, 100) for x in at.values()]
    )
    square = box(1245, 95, 1255, 107)
    building = frame({"building_use": ["学校"], "storeys": [5]}, [square])
    given_ = {
        "candidates": None,
        "facilities": frame_,
        "candidates_from": "facilities",
        "buildings": building,
    }
    ranked = run(**given_).tables["sit_ranking"].set_index("name")
    assert ranked["candidate_state"].to_dict() == {"学校": "vertical_storeys", "空地": "tower"}
    assert ranked["capacity_persons"].astype(float).to_dict() == {
        "学校": 120.0,
        "空地": 1000.0,
    }  # 10 m x 12 m
    only = run(**{**given_, "candidates_from": "buildings"})
    assert only.tables["sit_ranking"]["newly_persons"].tolist() == [70.0]
    assert "5" in only.tables["sit_ranking"]["name"].iloc[0]


def test_grid_points_lie_in_the_zone_near_a_street() -> None:
    result = run(candidates=None, candidates_from="grid", candidate_grid_m=250.0, snap_limit_m=200.0)
    points = result.features["candidates"].geometry
    assert ((points.x % 250 == 0) & (points.y % 250 == 0)).all()
    assert set(points.y) == {250.0}  # on the border of the zone is not in it; 500 m off the street is too far
    assert len(result.tables["sit_others"]) == 0
    # from x = 1250 and 150 m off the street both homes 250 m along it stay within 540 m
    alone = result.features["candidates"]
    at = alone[points.x == 1250]
    assert at["newly_persons"].tolist() == pytest.approx([70.0])


def test_of_too_many_candidates_one_in_each_square_is_looked_at() -> None:
    many = places({f"{x}": x for x in range(900, 2000, 10)})
    whole, few = run(candidates=many, n_sites=1), run(candidates=many, n_sites=1, max_candidates=10)
    assert figure(few, "sit_candidates_examined") <= 10
    states = few.tables["sit_others"]["candidate_state"].value_counts().to_dict()
    assert states["not_examined"] == figure(whole, "sit_candidates_examined") - figure(
        few, "sit_candidates_examined"
    )
    assert "siting.note_thinned" in [note.key for note in few.notes]
    assert figure(few, "sit_persons_newly_best") <= figure(whole, "sit_persons_newly_best")


def test_accounts_close_and_the_map_tells_the_same() -> None:
    result = run(n_sites=2)
    total = sum(
        figure(result, f"sit_persons_{key}") for key in ("before", "newly_best", "left_best", "not_evaluated")
    )
    assert total == pytest.approx(ALL)
    effect = result.features["origins"].set_index("name")["site_effect"]
    assert effect.to_dict() == {
        "家500": "already", "家1000": "newly", "家1500": "newly", "家2000": "newly", "家2600": "newly",
        "家3900": "still",
    }  # fmt: skip
    assert len(result.features["routes"]) == 4
    assert result.features["chosen_best"]["site_mark"].tolist() == ["A1", "A2"]
    best = result.tables["sit_best"]
    assert best["name"].tolist() == ["P", "R"]  # the order in which they should be built
    assert best["newly_persons"].tolist() == pytest.approx([70, 30])
    assert best["load_persons"].tolist() == pytest.approx([70, 30])
    change = result.tables["sit_change"].iloc[-1]
    assert change["before_persons"] + change["newly_best_persons"] == pytest.approx(
        change["after_best_persons"]
    )


def test_who_would_come_by_themselves_is_told_where_there_is_no_room() -> None:
    # T is nearer to the 100 of 500 than the old tower: in time anyway, but they would come
    result = run(candidates=places({"T": 600}, capacity_persons=[50.0]), n_sites=1)
    best = result.tables["sit_best"]
    assert best["load_persons"].tolist() == pytest.approx([40])
    assert best["come_persons"].tolist() == pytest.approx([140])
    assert "siting.note_crowds" in [note.key for note in result.notes]


def test_where_persons_are_unknown_places_are_counted() -> None:
    result = run(settlements=homes(dict.fromkeys(HOMES, NAN)), n_sites=1, candidate_capacity_persons=1.0)
    assert figure(result, "sit_origins_before") == 1
    assert figure(result, "sit_origins_newly_best") == 2
    assert not (result.summary["measure"] == "sit_persons_before").any()
    assert "siting.note_origins" in [note.key for note in result.notes]


def test_an_unknown_number_of_persons_is_not_zero_people_on_the_map() -> None:
    result = run(settlements=homes({**HOMES, 1000: NAN}), n_sites=1)
    assert figure(result, "sit_persons_evaluated") == pytest.approx(ALL - 40)
    effect = result.features["origins"].set_index("name")["site_effect"]
    chosen_at = {"P": "newly", "Q": "still"}[chosen(result)[0]]
    assert effect["家1000"] == chosen_at
    assert "siting.note_persons_unknown" in [note.key for note in result.notes]


def test_over_the_terrain_where_there_is_no_street() -> None:
    result = run(roads=None, n_sites=1, grid_cell_m=50.0)
    assert chosen(result) == ["P"]
    assert figure(result, "sit_persons_newly_best") == pytest.approx(70)
    assert "evacuation.note_terrain" in [note.key for note in result.notes]
    many = places({f"{x}": x for x in range(700, 3900, 5)})
    with pytest.raises(AnalysisError, match="200"):
        run(roads=None, candidates=many, max_candidates=1000, grid_cell_m=50.0)


def test_slope_counts_for_new_sites_too() -> None:
    # level up to P at 1250, then 0.5 m up for each metre: who lives at 1500 takes four times as long down
    x = np.arange(-200, 4200, 20) + 10.0
    height = np.clip(x - 1250, 0, 300) * 0.5
    hill = Grid(
        np.tile(height, (60, 1)).astype(np.float32),
        Affine(20, 0, -200, 0, -20, 1000),
        pyproj.CRS.from_epsg(6681),
    )
    result = run(elevation=hill, candidates=places({"P": 1250}), n_sites=1)
    assert figure(result, "sit_persons_newly_best") == pytest.approx(40)
    level = run(elevation=hill, candidates=places({"P": 1250}), n_sites=1, slope=False)
    assert figure(level, "sit_persons_newly_best") == pytest.approx(70)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"candidates": None}, "siting_candidates"),
        ({"candidates_from": "facilities"}, "facilities"),
        ({"candidates_from": "buildings"}, "buildings"),
        ({"candidates_from": "grid", "new_site": "designate"}, "new_site"),
        ({"candidates_from": "grid", "candidate_grid_m": 0.5}, "candidate_grid_m"),
        ({"n_sites": -1}, "n_sites"),
        ({"max_candidates": 0}, "max_candidates"),
        ({"share": 1.5}, "0.95"),
        ({"optimality_gap": -1.0}, "-1"),
        ({"candidate_capacity_persons": 0.0}, "candidate_capacity_persons"),
    ],
)
def test_what_makes_no_sense_is_one_clear_line(changes: dict[str, object], words: str) -> None:
    with pytest.raises(AnalysisError, match=words) as told:
        run(**changes)
    assert "\n" not in str(told.value)


Town = tuple[dict[int, float], dict[str, int], list[float]]


@st.composite
def towns(draw: st.DrawFn) -> Town:
    at = st.integers(0, 40).map(lambda k: k * 100 + 7)
    homes_ = draw(st.dictionaries(at, st.integers(1, 60).map(float), min_size=1, max_size=7))
    spots = draw(st.lists(at, min_size=1, max_size=5, unique=True))
    room = draw(st.lists(st.integers(5, 80).map(float), min_size=len(spots), max_size=len(spots)))
    return homes_, {f"K{k}": min(x, 4000) for k, x in enumerate(spots)}, room


def placed(town: Town, opened: tuple[str, ...], *, start: float) -> float:
    """Count who is in time by a maximum flow; who is in time for the old tower asks for nothing."""
    homes_, spots, room = town
    graph = nx.DiGraph()
    graph.add_nodes_from(["from", "to"])
    for x, persons in homes_.items():
        graph.add_edge("from", x, capacity=persons)
        if abs(min(x, 4000) - start) <= REACH_M:
            graph.add_edge(x, "to", capacity=persons)
            continue
        for name in opened:
            if abs(min(x, 4000) - spots[name]) <= REACH_M:
                graph.add_edge(x, name, capacity=persons)
    for name in opened:
        graph.add_edge(name, "to", capacity=room[list(spots).index(name)])
    return float(nx.maximum_flow_value(graph, "from", "to"))


def shifted(homes_: dict[int, float]) -> dict[int, float]:
    return {min(x, 4000): persons for x, persons in homes_.items()}


@settings(max_examples=15, deadline=None)
@given(towns(), st.integers(1, 3), st.sampled_from([0.5, 0.8, 0.95]))
def test_both_answers_are_those_of_brute_force(town: Town, n_sites: int, share: float) -> None:
    town = (shifted(town[0]), town[1], town[2])
    homes_, spots, room = town
    result = run(
        settlements=homes(homes_), candidates=places(spots, capacity_persons=list(room)), n_sites=n_sites,
        share=share,
    )  # fmt: skip
    before = placed(town, (), start=0)
    best = max(placed(town, chosen_, start=0) for chosen_ in combinations(spots, min(n_sites, len(spots))))
    assert figure(result, "sit_persons_before") == pytest.approx(before)
    assert figure(result, "sit_persons_newly_best") == pytest.approx(
        best - before, abs=1e-4 * max(best, 1) + 0.001 * (best - before)
    )
    whole = sum(homes_.values())
    target = min(share * whole, placed(town, tuple(spots), start=0))
    fewest = next(
        n for n in range(len(spots) + 1)
        if max(placed(town, chosen_, start=0) for chosen_ in combinations(spots, n)) >= target - 1e-6
    )  # fmt: skip
    assert len(chosen(result, "sit_fewest")) == fewest


@settings(max_examples=5, deadline=None)
@given(towns())
def test_more_sites_never_bring_fewer(town: Town) -> None:
    homes_, spots, room = shifted(town[0]), town[1], town[2]
    after = [
        figure(
            run(settlements=homes(homes_), candidates=places(spots, capacity_persons=list(room)), n_sites=n),
            "sit_persons_after_best",
        )
        for n in range(4)
    ]
    assert all(more >= fewer - 1e-4 for fewer, more in pairwise(after))
