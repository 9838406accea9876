"""Networks of a trip: times on slopes, climbs along profiles, rules on their roads, what is avoided."""

import math

import numpy as np
import pytest
from pyproj import CRS
from shapely.geometry import LineString, box

from knr_gis.analyses.tourism.climbing import climbs, leg_profile, smoothed
from knr_gis.analyses.tourism.moves import make_leg
from knr_gis.analyses.tourism.setting import Setting, day_of, make_setting
from knr_gis.analyses.tourism.trip import Leg
from knr_gis.analyses.tourism.ways import cycling_share
from knr_gis.errors import AnalysisError, CrsError
from knr_gis.grid import Grid
from knr_gis.network import build_network
from knr_gis.routing import Reach
from knr_gis.slopes import node_heights, tobler
from tests import town
from tests.analyses import tour_land as land


def leg(setting: Setting, start: tuple[float, float], end: tuple[float, float], depart: float = 600.0) -> Leg:
    return make_leg(
        setting, land.places(start, end), 0, 1,
        mode=setting.mode, day=1, number=1, on=setting.on, depart_min=depart,
    )  # fmt: skip


def test_cars_go_at_the_speed_of_the_road_others_by_the_slope() -> None:
    roads = land.roads([(0, 0), (1000, 0)], [(1000, 0), (2000, 0)], speed_kmh=[60.0, np.nan])
    drive = land.setting(roads, elevation=land.plane(0.1), drive_speed_kmh=36.0).ways["drive"]
    assert drive.seconds.tolist() == [pytest.approx([60, 100]), pytest.approx([60, 100])]
    walk = land.setting(roads, elevation=land.plane(0.1), mode="walk", tour_walk_speed_kmh=3.6).ways["walk"]
    up, down = 1000 / tobler(np.array([0.1]))[0], 1000 / tobler(np.array([-0.1]))[0]
    assert walk.seconds[:, 0] == pytest.approx([up, down], rel=1e-4)
    cycle = land.setting(roads, elevation=land.plane(0.05), mode="cycle", cycle_speed_kmh=36.0).ways["cycle"]
    assert cycle.seconds[:, 0] == pytest.approx([100 / (1 - 6.67 * 0.05), 100 / (1 + 3.98 * 0.05)], rel=1e-3)
    assert cycle.ascent_m[:, 0] == pytest.approx([50, 0], abs=0.01)


def test_a_bicycle_neither_stands_still_nor_flies() -> None:
    share = cycling_share(np.array([-0.5, -0.05, 0.0, 0.06, 0.5]))
    assert share == pytest.approx([1.3, 1.199, 1.0, 1 - 6.67 * 0.06, 0.27])


def test_without_elevation_climbs_are_unknown_and_times_level() -> None:
    roads = land.roads([(0, 0), (1000, 0)])
    setting = land.setting(roads, mode="walk", tour_walk_speed_kmh=3.6)
    assert np.isnan(setting.ways["walk"].ascent_m).all()
    found = leg(setting, (0, 0), (1000, 0))
    assert (found.arrive_min - 600) == pytest.approx(1000 / 60)
    assert math.isnan(found.ascent_m)
    assert "setting.no_elevation" in [note.key for note in setting.notes]


@pytest.mark.parametrize(
    ("heights", "up", "down"),
    [
        ([0, 10, 9.5, 20], 20, 0),  # a dip of half a metre is noise
        ([0, 10, 8, 20, 5], 22, 17),
        ([5, 5.4, 5, 5.4, 5, 5.4], 0, 0),
        ([7], 0, 0),
        ([10, 9.2, 8.4, 7.6], 0, 2.4),  # small steps that go on count
        ([3, 2.5, 6], 3.5, 0),
    ],
)
def test_climbs_by_pencil(heights: list[float], up: float, down: float) -> None:
    assert climbs(np.array(heights, dtype=float), threshold_m=1.0) == pytest.approx((up, down))


def test_a_height_that_is_unknown_makes_the_climb_unknown() -> None:
    assert np.isnan(climbs(np.array([0, np.nan, 5]), threshold_m=1.0)).all()
    assert np.isnan(climbs(np.empty(0), threshold_m=1.0)).all()


def test_smoothing_keeps_slopes_and_ends_and_rounds_spikes() -> None:
    assert smoothed(np.arange(9.0)) == pytest.approx(np.arange(9.0))
    assert smoothed(np.array([0, 0, 0, 10.0, 0, 0, 0])) == pytest.approx([0, 0, 2, 2, 2, 0, 0])
    assert smoothed(np.array([0, 10.0, 2])) == pytest.approx([0, 4, 2])


def test_over_a_ridge_and_through_a_tunnel_under_it() -> None:
    line = [(-1000.0, 0.0), (-500.0, 0.0), (500.0, 0.0), (1000.0, 0.0)]
    over = land.setting(land.roads(line), elevation=land.ridge(50, 500))
    found = leg(over, (-1000, 0), (1000, 0))
    # the top is a tent: the mean of five heights in 25 m steps, 10 % slope, is 3 m lower
    assert found.ascent_m == pytest.approx(47, abs=0.2)
    assert found.descent_m == pytest.approx(47, abs=0.2)
    parts = [line[:2], [(-500.0, 0.0), (0.0, 0.0), (500.0, 0.0)], line[2:]]
    under = land.setting(land.roads(*parts, tunnel=[False, True, False]), elevation=land.ridge(50, 500))
    assert leg(under, (-1000, 0), (1000, 0)).ascent_m == 0
    assert under.ways["drive"].ascent_m.max() == pytest.approx(0, abs=0.3)  # the foot of the ridge


def test_spans_are_straight_between_their_ends() -> None:
    roads = land.roads(
        [(-2000, 0), (-1000, 0)], [(-1000, 0), (0, 0)], [(0, 0), (1000, 0)], [(1000, 0), (2000, 0)]
    )
    network = build_network(roads, mode="drive")
    grid = land.plane(0.1)
    heights = node_heights(network, np.isin(network.road, [1, 2]), land.ridge(80, 1500))
    at = {round(x): h for (x, _), h in zip(network.nodes, heights, strict=True)}
    assert at[-1000] == pytest.approx(80 / 3, abs=0.3)
    assert at[0] == pytest.approx(at[-1000], abs=1e-6)  # not the 80 m of the ridge
    every = np.ones(len(network), dtype=bool)
    ends = node_heights(network, every, grid)  # one span of all: ends keep to the terrain
    assert sorted(ends) == pytest.approx([-200, -100, 0, 100, 200], abs=0.01)


def test_a_ring_of_bridges_keeps_to_the_terrain_and_an_unknown_end_stays_unknown() -> None:
    ring = build_network(land.roads([(0, 0), (1000, 0), (500, 800), (0, 0)]), mode="drive")
    heights = node_heights(ring, np.ones(3, dtype=bool), land.plane(0.1))
    assert sorted(heights) == pytest.approx([0, 50, 100], abs=0.01)
    far = build_network(land.roads([(0, 0), (1000, 0), (90_000, 0)]), mode="drive")
    assert np.isnan(node_heights(far, np.ones(2, dtype=bool), land.plane(0.1))).sum() == 2


def test_short_gaps_of_the_terrain_are_bridged_and_long_ones_are_not() -> None:
    grid = land.plane(0.1, size_m=3000, cell_m=10)
    for width, known in ((100, True), (600, False)):
        values = grid.values.copy()
        middle = values.shape[1] // 2
        values[:, middle : middle + width // 10] = np.nan
        holed = Grid(values, grid.transform, grid.crs)
        setting = land.setting(land.roads([(-1000, 0), (1000, 0)]), elevation=holed)
        found = leg(setting, (-1000, 0), (1000, 0))
        profile = leg_profile(setting.ways["drive"], found)
        assert profile.at_m[[0, 1, -1]].tolist() == [0, 25, 2000]
        assert np.isfinite(profile.height_m).all() == known
        assert math.isnan(found.ascent_m) != known
        if known:
            assert found.ascent_m == pytest.approx(200, abs=0.5)


def test_depths_parks_and_wetlands_of_edges_are_exact() -> None:
    parks = town.frame(
        {"park_name": ["甲", "甲"], "grade": ["普通地域", "特別保護地区"]},
        [box(0, 0, 2000, 400), box(400, 200, 600, 300)],
    )
    wetlands = town.frame({"name": ["湿原"]}, [box(0, 250, 500, 350)])
    setting = land.setting(
        town.roads(), hazard=town.hazard(), national_parks=parks, ramsar_wetlands=wetlands, mode="walk"
    )
    facts = setting.ways["walk"].facts
    wet = dict(zip(facts.text("road_name"), facts.wet, strict=True))
    assert wet == pytest.approx({"南北": 600 / 1600, "海岸": 1.0, "町界": 0.5})
    north = int(np.flatnonzero(facts.text("road_name") == "南北")[0])
    assert facts.depths is not None
    assert facts.park_parts is not None
    assert facts.wetland_parts is not None
    rows = facts.depths[facts.depths["edge"] == north]
    assert dict(zip(rows["depth_class"], rows["metres"], strict=True)) == pytest.approx(
        {town.DEEP: 400, town.SHALLOW: 200}
    )
    assert facts.park_grade.tolist() == [
        "特別保護地区",
        "特別保護地区",
        "普通地域",
    ]  # on a border the stricter
    parts = facts.park_parts[facts.park_parts["edge"] == north]
    assert dict(zip(parts["grade"], parts["metres"], strict=True)) == pytest.approx(
        {"特別保護地区": 100, "普通地域": 300}
    )
    coast = facts.wetland_parts[facts.wetland_parts["edge"] != north]
    assert coast["metres"].tolist() == pytest.approx([500])


def test_what_is_not_known_of_edges_is_unknown() -> None:
    ways = land.setting(town.roads(), mode="walk").ways["walk"]
    assert np.isnan(ways.wet).all()
    assert ways.park_grade.tolist() == [None] * 3
    assert ways.facts.depths is None
    assert not ways.no_stopping.any()


CLOSED = {"rule_id": "r", "rule_kind": "closed", "name": "冬", "from_date": "11-01", "to_date": "04-30"}


def test_a_rule_takes_the_road_along_its_line_and_no_other() -> None:
    roads = land.roads(
        [(0, 0), (1000, 0)],  # along
        [(500, -20), (500, 20)],  # across
        [(0, 500), (1000, 500)],  # out of reach
        [(1000, 0), (1030, 0)],  # goes on behind the end
        [(0, 0), (0, 30)],  # a stub at the end
    )
    line = [(0.0, 30.0), (1000.0, 30.0)]
    ways = land.setting(roads, road_rules=land.rules((CLOSED, line))).ways["drive"]
    assert ways.network.road[ways.rule_edges["r"]].tolist() == [0]
    assert ways.unplaced_rules == ()


def test_names_decide_between_roads_side_by_side() -> None:
    along = [(0.0, 0.0), (1000.0, 0.0)]
    beside = [(0.0, 40.0), (1000.0, 40.0)]
    named = {**CLOSED, "road_name": "国道１号"}
    for names, taken in (
        (["国道1号", "町道"], [0]),
        (["国道1号", ""], [0]),
        (["", ""], [0, 1]),
        (["町道", ""], [1]),
    ):
        roads = land.roads(along, beside, road_name=names)
        ways = land.setting(roads, road_rules=land.rules((named, along))).ways["drive"]
        assert ways.network.road[ways.rule_edges["r"]].tolist() == taken, names


def test_start_and_end_of_a_stretch_mean_the_road_between_them() -> None:
    winding = [(0.0, 0.0), (200.0, 400.0), (500.0, -300.0), (800.0, 400.0), (1000.0, 0.0)]
    roads = land.roads([(-500, 0), (0, 0)], winding, [(1000, 0), (1500, 0)])
    rule = land.rules((CLOSED, [(0.0, 0.0), (1000.0, 0.0)]))
    for frame in (roads, roads.assign(road_name=["国道1号"] * 3)):
        ways = land.setting(frame, road_rules=rule).ways["drive"]
        assert ways.network.road[ways.rule_edges["r"]].tolist() == [1] * 4


def test_a_short_rule_on_a_long_edge_closes_it_and_a_rule_without_a_road_is_named() -> None:
    roads = land.roads([(0, 0), (5000, 0)])
    nowhere = {**CLOSED, "rule_id": "s", "name": "遠い峠"}
    table = land.rules(
        (CLOSED, [(1000.0, 10.0), (1300.0, 10.0)]), (nowhere, [(0.0, 9000.0), (900.0, 9000.0)])
    )
    setting = land.setting(roads, road_rules=table, date="2026-07-01")
    assert setting.ways["drive"].rule_edges["r"].tolist() == [0]
    assert [rule.rule_id for rule in setting.ways["drive"].unplaced_rules] == ["s"]
    told = {note.key: note.values for note in setting.notes}
    assert told["setting.unplaced_rules"]["names"] == "遠い峠"


def ring() -> dict[str, object]:
    """1 km straight through a zone, or 1.6 km around it."""
    roads = land.roads([(0, 0), (1000, 0)], [(0, 0), (0, 300), (1000, 300), (1000, 0)])
    zone = town.frame({"depth_min_m": [1.0], "depth_max_m": [2.0]}, [box(200, -50, 800, 50)])
    return {"frame": roads, "hazard": zone, "avoid": ["tsunami_inundation"], "drive_speed_kmh": 60.0}


@pytest.mark.parametrize(
    ("how", "factor", "km"),
    [("none", 3, 1.0), ("soft", 3, 1.6), ("soft", 1.9, 1.0), ("soft", 2.1, 1.6), ("strict", 1, 1.6)],
)
def test_softly_avoided_road_is_left_where_the_way_round_is_worth_it(
    how: str, factor: float, km: float
) -> None:
    # 600 m of 1000 m count (factor - 1) times more: the way round wins from a factor of 2 on
    found = leg(land.setting(**ring(), avoid_how=how, avoid_factor=factor), (0, 0), (1000, 0))
    assert found.length_m == pytest.approx(km * 1000)
    assert found.arrive_min - found.depart_min == pytest.approx(km)  # minutes are those on the road


def test_strictly_avoided_with_no_way_round_is_no_route_with_its_reason() -> None:
    given = ring()
    given["frame"] = land.roads([(0, 0), (1000, 0)])
    found = leg(land.setting(**given, avoid_how="strict"), (0, 0), (1000, 0))
    assert (found.status, found.reason) == (Reach.DISCONNECTED, "avoided")
    assert math.isnan(found.length_m)
    assert found.line is None


def test_special_protection_and_rules_can_be_avoided() -> None:
    grades = {"park_name": ["甲", "甲"], "grade": ["普通地域", "特別保護地区"]}
    parks = town.frame(grades, [box(-500, -50, 1500, 500), box(200, -50, 800, 50)])
    roads = ring()["frame"]
    table = land.rules(({**CLOSED, "rule_kind": "caution"}, [(0.0, 0.0), (1000.0, 0.0)]))
    for entry, km in (("special_protection", 1.6), ("r", 1.6), ("national_parks", math.nan)):
        setting = land.setting(
            roads, national_parks=parks, road_rules=table, avoid=[entry], avoid_how="strict"
        )
        assert leg(setting, (0, 0), (1000, 0)).length_m == pytest.approx(km * 1000, nan_ok=True)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"date": "2026-13-01"}, "2026-13-01"),
        ({"date": "あした"}, "あした"),
        ({"start_time": "25時"}, "start_time"),
        ({"mode": "fly"}, "fly"),
        ({"avoid": ["sea"]}, "special_protection"),
        ({"avoid": ["tsunami_inundation"]}, "tsunami_inundation"),
        ({"avoid_how": "maybe"}, "avoid_how"),
        ({"avoid_factor": 0.5}, "avoid_factor"),
        ({"avoid_factor": "many"}, "avoid_factor"),
        ({"drive_speed_kmh": 0}, "drive_speed_kmh"),
        ({"trains": True}, "trains"),
        ({"trains": True, "mode": "cycle"}, "train_legs"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line(given: dict[str, object], told: str) -> None:
    if given.get("start_time") == "25時":
        given = {"start_time": "25時間"}
    with pytest.raises(AnalysisError) as error:
        land.setting(land.roads([(0, 0), (1, 0)]), **given)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_layers_of_two_systems_are_refused() -> None:
    roads = land.roads([(0, 0), (1000, 0)])
    grid = land.plane()
    other = Grid(grid.values, grid.transform, CRS.from_epsg(6680))
    with pytest.raises(CrsError):
        make_setting(roads=roads, elevation=other)
    with pytest.raises(CrsError):
        make_setting(roads=roads, hazard=town.hazard().to_crs("EPSG:6680"))


def test_dates_are_read_as_people_write_them() -> None:
    assert day_of("2026/7/1") == day_of("２０２６-07-01") == day_of("2026-07-01")
    assert day_of("") is None
    assert day_of(None) is None


def test_numbers_used_are_those_that_count() -> None:
    setting = land.setting(land.roads([(0, 0), (1000, 0)]))
    assert setting.numbers_used == ("drive_speed_kmh", "route_snap_limit_m")
    soft = land.setting(**ring())
    assert "avoid_factor" in soft.numbers_used
    climbing = land.setting(land.roads([(0, 0), (1000, 0)]), mode="cycle", elevation=land.plane())
    assert {"ascent_threshold_m", "cycle_uphill_rate"} <= set(climbing.numbers_used)
    assert all(key in made.conditions for made in (soft, climbing) for key in made.numbers_used)


def test_lines_of_legs_run_in_the_direction_of_travel() -> None:
    setting = land.setting(land.roads([(0, 0), (400, 0), (1000, 0)]))
    there, back = leg(setting, (100, 5), (900, -7)), leg(setting, (900, -7), (100, 5))
    assert there.line == LineString([(100, 0), (400, 0), (900, 0)])
    assert back.line == LineString([(900, 0), (400, 0), (100, 0)])
    assert there.forward.tolist() == [True, True]
    assert back.forward.tolist() == [False, False]
    assert back.edges.tolist() == there.edges[::-1].tolist()
    assert back.edge_m.tolist() == pytest.approx([500, 300])
    assert there.snap_m == pytest.approx((5, 7))
    assert there.line.length == pytest.approx(there.length_m)


def test_a_point_of_a_rule_that_meets_a_side_road_closes_no_side_road() -> None:
    main = [(0.0, 0.0), (2000.0, 900.0), (4000.0, 0.0)]
    roads = land.roads(main, [(2000, 900), (2000, 200)])
    rule = land.rules((CLOSED, [(0.0, 0.0), (1980.0, 250.0), (4000.0, 0.0)]))
    ways = land.setting(roads, road_rules=rule).ways["drive"]
    assert ways.network.road[ways.rule_edges["r"]].tolist() == [0, 0]
