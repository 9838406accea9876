"""Where streets leave the zone: exact crossings, nodes on the outline, and where there is no way out."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from knr_gis.analyses.evacuation import evacuation
from knr_gis.analyses.evacuation.conditions import Conditions
from knr_gis.analyses.evacuation.exits import danger_stretches, goal_rows
from knr_gis.analyses.evacuation.scenario import resolve_scenario
from knr_gis.analyses.evacuation.ways import make_streets
from knr_gis.analyses.inundation import Inundation, clip_hazard
from knr_gis.network import build_network
from knr_gis.result import Blank
from tests import town
from tests.town import NORTH


def lines(*coordinates: list[tuple[float, float]], **columns: list[Any]) -> gpd.GeoDataFrame:
    names = {"road_name": [f"道{k}" for k in range(len(coordinates))]}
    return town.frame({**names, **columns}, [LineString(c) for c in coordinates])


def inundation(hazard: gpd.GeoDataFrame | None = None, covers: list[str] | None = None) -> Inundation:
    zone = town.hazard() if hazard is None else hazard
    return clip_hazard(zone, town.municipalities(), hazard_covers=covers, sliver_share=0.001)


def exits(
    roads: gpd.GeoDataFrame, zone: Inundation | None = None, **conditions: Any
) -> list[tuple[float, float]]:
    scenario = resolve_scenario(Conditions(**conditions))
    found = make_streets(roads, scenario, zone or inundation(), None)
    assert found is not None
    return sorted((round(x, 6), round(y, 6)) for x, y in found.exits.xy)


def test_an_exit_lies_exactly_where_the_street_crosses_the_edge_of_the_zone() -> None:
    assert exits(lines([(100, 100), (100, 900)])) == [(100, 500)]
    assert exits(lines([(100, 400), (500, 900)])) == [(180, 500)]  # a fifth of the way
    # out at (200, 500), in again at (400, 500), out at (600, 500)
    saw = lines([(200, 400), (200, 600), (400, 600), (400, 400), (600, 400), (600, 600)])
    assert exits(saw) == [(200, 500), (400, 500), (600, 500)]
    assert exits(lines([(100, 100), (100, 400)])) == []
    assert exits(lines([(100, 600), (100, 900)])) == []
    assert exits(lines([(100, 100), (100, 900)]), use_exits=False) == []


def test_a_node_on_the_outline_is_one_exit_and_a_dead_end_there_is_none() -> None:
    assert exits(lines([(100, 400), (100, 500), (100, 700)])) == [(100, 500)]
    fan = lines([(100, 400), (100, 500)], [(100, 500), (50, 600)], [(100, 500), (150, 600)])
    assert exits(fan) == [(100, 500)]
    assert exits(lines([(100, 400), (100, 500)])) == []  # it ends at the water's edge
    assert exits(lines([(100, 400), (100, 500), (900, 500), (900, 400)])) == []  # along the outline only


def test_nobody_leaves_into_a_municipality_without_hazard_data_or_out_of_the_region() -> None:
    to_the_border = town.frame({"depth_min_m": [1.0], "depth_max_m": [2.0]}, [box(0, 0, 1000, 1000)])
    north = lines([(500, 900), (500, 1500)])
    assert exits(north, inundation(to_the_border)) == []
    assert exits(north, inundation(to_the_border, covers=[NORTH])) == [(500, 1000)]
    assert exits(lines([(100, 400), (-300, 400)])) == []


def test_no_exit_over_a_fallen_bridge() -> None:
    """A bridge is left at its end; where it has fallen there is no way over it."""
    pair = lines([(100, 400), (100, 600)], [(100, 600), (100, 700)], [(300, 400), (300, 600)])
    pair = pair.assign(bridge=pd.array([True, None, None], dtype="boolean"))
    assert exits(pair) == [(100, 600), (300, 500)]
    at_node = lines([(100, 400), (100, 500)], [(100, 500), (50, 600)], [(100, 500), (150, 600)])
    at_node = at_node.assign(bridge=pd.array([None, True, None], dtype="boolean"))
    assert exits(at_node, bridges_out="all") == [(100, 500)]  # over the other street
    alone = at_node.iloc[:2]
    assert exits(alone) == [(100, 500)]  # the bridge begins where the zone ends
    assert exits(alone, bridges_out="all") == []


def test_only_who_lives_on_a_street_closed_by_snow_leaves_the_zone_over_it() -> None:
    roads = lines(
        [(100, 100), (300, 100), (900, 100)],
        [(300, 100), (300, 600)],
        [(900, 100), (900, 600)],
        width_m=[5.0, 2.0, 5.0],
    )
    homes = town.frame({"name": ["路地", "通り"]}, [Point(300, 400), Point(250, 100)])
    given_: dict[str, Any] = {
        "hazard": town.hazard(), "municipalities": town.municipalities(), "sites": town.sites().head(0),
        "settlements": homes, "roads": roads, "start_delay_min": 0.0,
    }  # fmt: skip
    summer, winter = (
        evacuation(**given_, season=season).tables["origins"].set_index("name")
        for season in ("summer", "winter")
    )
    assert summer["distance_m"].to_dict() == {"路地": 100, "通り": 450}
    assert winter["distance_m"].to_dict() == {"路地": 100, "通り": 1050}
    assert winter["walk_min"].to_dict() == pytest.approx({"路地": 100 / 0.4 / 60, "通り": 1050 / 0.8 / 60})


def test_a_corner_on_the_outline_is_left_over_the_open_street() -> None:
    roads = lines(
        [(100, 400), (100, 500)], [(100, 500), (50, 600)], [(100, 500), (150, 600)], width_m=[5.0, 2.0, 5.0]
    )
    for order in ([0, 1, 2], [2, 1, 0], [1, 0, 2]):
        turned = roads.iloc[order].reset_index(drop=True)
        homes = town.frame({"name": ["家"]}, [Point(100, 400)])
        result = evacuation(
            hazard=town.hazard(), municipalities=town.municipalities(), sites=town.sites().head(0),
            settlements=homes, roads=turned, season="winter", gap_width_m=0.0,
        )  # fmt: skip
        assert result.tables["origins"].loc[0, ["goal_kind", "distance_m"]].tolist() == ["exit", 100]


def test_the_depth_of_the_goal_moves_the_exits() -> None:
    hazard = town.hazard().assign(depth_min_m=[0.01, 0.3, np.nan], depth_max_m=[0.3, 3.0, np.nan])
    street = lines([(500, 100), (500, 900)])
    assert exits(street, inundation(hazard)) == [(500, 500)]
    assert exits(street, inundation(hazard), goal_depth_m=0.3) == [(500, 300)]
    assert exits(street, goal_depth_m=0.3) == [(500, 500)]  # up to 1 m deep: not known to stay below
    unknown = town.frame({"depth_min_m": [np.nan], "depth_max_m": [np.nan]}, [box(0, 0, 1000, 500)])
    assert exits(street, inundation(unknown), goal_depth_m=0.3) == [(500, 500)]


def test_people_go_to_the_exit_when_it_is_nearer_than_a_site() -> None:
    given_: dict[str, Any] = {
        "hazard": town.hazard(), "municipalities": town.municipalities(), "sites": town.sites(),
        "settlements": town.homes(), "roads": town.streets(), "snap_limit_m": 200.0,
    }  # fmt: skip
    result = evacuation(**given_)
    table = result.tables["origins"].set_index("name")
    # 学 leaves the zone at (500, 500) after 300 m instead of 500 m to 高台; 港 has no exit but the tower
    assert table.loc["学", ["goal_kind", "distance_m"]].tolist() == ["exit", 300]
    assert table.loc["港", ["goal_kind", "site_name"]].tolist() == ["site", "塔"]
    assert table.loc["岬", "goal_kind"] is Blank.NOT_ASKED
    (place,) = result.features["exits"].geometry
    assert (place.x, place.y) == (500, 500)
    assert result.features["exits"]["origins"].tolist() == [2]
    assert np.isnan(result.features["exits"]["persons"]).all()  # unknown, not nobody
    routes = result.features["routes"].set_index("name")
    assert list(routes.geometry["近"].coords)[-1] == (500, 500)


def test_who_stands_where_the_water_stays_low_need_not_go() -> None:
    hazard = town.hazard().assign(depth_min_m=[0.01, 0.3, np.nan], depth_max_m=[0.3, 3.0, np.nan])
    homes = town.frame({"name": ["浅い", "深い"]}, [Point(100, 400), Point(500, 200)])
    result = evacuation(
        hazard=hazard, municipalities=town.municipalities(), sites=town.sites(), settlements=homes,
        roads=town.streets(), goal_depth_m=0.3,
    )  # fmt: skip
    table = result.tables["origins"].set_index("name")
    assert table.loc["浅い", ["evac_status", "goal_kind", "walk_min"]].tolist() == ["reached", "here", 0]
    assert table.loc["深い", ["goal_kind", "distance_m"]].tolist() == ["exit", 100]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_stretches_in_danger_and_exits_against_plain_geometry(seed: int) -> None:
    """Length in the zone equals the intersection; exits are where it meets the outline."""
    rng = np.random.default_rng(seed)
    ends = rng.integers(1, 100, (12, 2, 2)) * 10.0
    ends = ends[(ends[:, 0] != ends[:, 1]).any(axis=1)]
    roads = town.frame({"road_name": [""] * len(ends)}, list(shapely.linestrings(ends)))
    corners = rng.integers(0, 90, (6, 2)) * 10.0 + 5.0  # never through a vertex
    boxes = [box(x, y, x + 150, y + 120) for x, y in corners]
    hazard = town.frame({"depth_min_m": [1.0] * 6, "depth_max_m": [2.0] * 6}, boxes)
    zone = inundation(hazard)
    network = build_network(roads, mode="walk")
    found = danger_stretches(network, zone, goal_rows(zone, 0.0))
    west = box(0, 0, 1000, 1000)
    whole = shapely.intersection(shapely.union_all(boxes), west)
    lengths = np.bincount(
        found.edge, (found.end - found.start) * network.length_m[found.edge], minlength=len(network)
    )
    straight = shapely.linestrings(network.nodes[np.column_stack([network.u, network.v])])
    assert lengths == pytest.approx(shapely.length(shapely.intersection(straight, whole)), abs=1e-6)
    inside = shapely.get_parts(shapely.line_merge(shapely.intersection(straight, whole)))
    ends_ = shapely.get_parts(shapely.boundary(inside[shapely.length(inside) > 0]))  # no mere touching
    points = {
        (round(p.x, 3), round(p.y, 3))
        for p in ends_[shapely.distance(ends_, whole.boundary) < 1e-6]
        if 0 < p.x < 1000 and 0 < p.y < 1000
    }
    assert {(round(x, 3), round(y, 3)) for x, y in exits(roads, zone)} == points
