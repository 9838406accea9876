"""How long streets take on foot: Tobler up and down, stairs, narrow streets, snow, fallen bridges."""

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS
from shapely.geometry import LineString, Point, box

from knr_gis.analyses.evacuation import evacuation
from knr_gis.analyses.evacuation.conditions import Conditions
from knr_gis.analyses.evacuation.scenario import Scenario, resolve_scenario
from knr_gis.analyses.evacuation.walking import edge_times, snowed_in
from knr_gis.errors import AnalysisError
from knr_gis.grid import Grid
from knr_gis.network import build_network
from knr_gis.result import Blank
from knr_gis.slopes import smooth_height, tobler
from tests import town


def scenario(**conditions: Any) -> Scenario:
    return resolve_scenario(Conditions(**conditions))


def streets(lines: list[list[tuple[float, float]]], **columns: list[Any]) -> gpd.GeoDataFrame:
    return town.frame(
        {"road_name": [f"道{k}" for k in range(len(lines))], **columns}, [LineString(x) for x in lines]
    )


def times(roads: gpd.GeoDataFrame, elevation: Grid | None = None, **conditions: Any) -> np.ndarray:
    return edge_times(build_network(roads, mode="walk"), roads, scenario(**conditions), elevation)


def terrain(height: Any, cell: float = 10.0) -> Grid:
    """Heights by a function of x and y, from (-200, -200) to (1200, 1200)."""
    n = int(1400 / cell)
    x = -200 + (np.arange(n) + 0.5) * cell
    values = np.array([[height(a, b) for a in x] for b in x[::-1]], dtype=np.float32)
    return Grid(values, Affine(cell, 0, -200, 0, -cell, 1200), CRS.from_epsg(6681))


# --- slope ---------------------------------------------------------------------------------------


def test_tobler_by_pencil() -> None:
    # W = 6 exp(-3.5 |s + 0.05|), over W at s = 0
    for slope in (-0.5, -0.05, 0.0, 0.1, 0.3):
        whole = 6 * math.exp(-3.5 * abs(slope + 0.05)) / (6 * math.exp(-3.5 * 0.05))
        assert tobler(np.array([slope]))[0] == pytest.approx(whole)
    assert tobler(np.array([0.0]))[0] == 1.0
    assert tobler(np.array([-0.05]))[0] == pytest.approx(math.exp(0.175))  # the fastest: gently down
    assert tobler(np.array([0.1]))[0] == pytest.approx(math.exp(-0.35))


def test_up_takes_longer_than_down_on_a_plane() -> None:
    up_east = terrain(lambda x, _y: 0.1 * x)
    ((up,), (down,)) = times(streets([[(100, 100), (300, 100)]]), up_east)
    assert up == pytest.approx(200 / math.exp(-0.35), rel=1e-4)  # 283.8 s
    assert down == pytest.approx(200, rel=1e-4)  # |-0.1 + 0.05| = 0.05, as on the level
    ((there,), (back,)) = times(streets([[(300, 100), (100, 100)]]), up_east)
    assert (there, back) == (pytest.approx(down), pytest.approx(up))
    level = times(streets([[(100, 100), (300, 100)]]), up_east, slope=False)
    assert level.ravel().tolist() == [200, 200]
    assert times(streets([[(100, 100), (100, 300)]]), up_east).ravel() == pytest.approx([200, 200])


def test_a_hill_between_the_ends_of_a_street_counts() -> None:
    hill = terrain(
        lambda x, _y: max(0.0, 20 - abs(x - 500) * 0.2), cell=5.0
    )  # 20 m high, 0.2 steep, ends level
    both = times(streets([[(350, 100), (650, 100)]]), hill).ravel()
    one_way = 100 / math.exp(-3.5 * 0.2) + 100 / math.exp(-3.5 * (0.15 - 0.05)) + 100
    assert both == pytest.approx([one_way, one_way], rel=0.02)


def test_bridges_tunnels_and_unknown_heights_are_level() -> None:
    steep = terrain(lambda x, _y: 0.3 * x)
    flags = pd.array([True, False, False], dtype="boolean"), pd.array([False, True, None], dtype="boolean")
    roads = streets(
        [[(100, y), (200, y)] for y in (100, 200, 300)], bridge=list(flags[0]), tunnel=list(flags[1])
    )
    assert times(roads, steep)[0] == pytest.approx([100, 100, 100 / tobler(np.array([0.3]))[0]], rel=1e-4)
    outside = streets([[(5000, 100), (5100, 100)]])
    assert times(outside, steep).ravel().tolist() == [100, 100]


@given(x=st.floats(-150, 1150), y=st.floats(-150, 1150))
def test_heights_between_cells_lie_on_the_plane(x: float, y: float) -> None:
    plane = Grid(
        np.add.outer(np.arange(140)[::-1] * -3.0, np.arange(140) * 2.0).astype(np.float32),
        Affine(10, 0, -200, 0, -10, 1200), CRS.from_epsg(6681),
    )  # fmt: skip
    column, row = (x + 200) / 10 - 0.5, (1200 - y) / 10 - 0.5
    expected = 2 * column - 3 * (139 - row)
    assert smooth_height(plane, np.array([[x, y]]))[0] == pytest.approx(expected, abs=1e-3)


def test_a_hill_changes_the_answer() -> None:
    # two sites: 250 m over a ridge, 300 m on the level
    homes = town.frame({"name": ["家"]}, [Point(500, 450)])
    flag = pd.array([True, True], dtype="boolean")
    sites = town.frame({"name": ["尾根越え", "平地"], "tsunami": flag}, [Point(500, 700), Point(200, 450)])
    roads = streets([[(500, 450), (500, 700)], [(500, 450), (200, 450)]])
    hazard = town.frame({"depth_min_m": [1.0], "depth_max_m": [2.0]}, [box(400, 0, 900, 650)])

    def answer(elevation: Grid | None) -> pd.Series:
        result = evacuation(
            hazard=hazard, municipalities=town.municipalities(), sites=sites, settlements=homes,
            roads=roads, elevation=elevation, use_exits=False, start_delay_min=0.0, arrival_min=4.5,
        )  # fmt: skip
        return result.tables["origins"].iloc[0]

    flat, hilly = answer(None), answer(terrain(lambda _x, y: max(0.0, 20 - abs(y - 575) * 0.25)))
    assert (flat["site_name"], flat["evac_status"]) == ("尾根越え", "reached")
    assert (hilly["site_name"], hilly["evac_status"]) == ("平地", "late")
    assert hilly["walk_min"] == pytest.approx(5.0, rel=1e-3)


# --- stairs, width, night ------------------------------------------------------------------------


def test_stairs_and_narrow_streets_by_pencil() -> None:
    roads = streets(
        [[(0, y), (100, y)] for y in range(6)],
        stairs=[None, True, None, None, True, None],
        width_m=[None, None, 2.9, 3.0, 2.0, None],
        width_class=[None, None, None, None, None, "3m未満"],
    )
    roads = roads.assign(stairs=pd.array(roads["stairs"], dtype="boolean"))
    assert times(roads)[0] == pytest.approx([100, 200, 100, 100, 200, 100])  # stairs half, width no matter
    v, narrow, steps = 0.5, 0.7, 0.42  # Wakayama
    expected = [
        100 / v,
        100 / v / steps,
        100 / v / narrow,
        100 / v,
        100 / v / steps / narrow,
        100 / v / narrow,
    ]
    assert times(roads, rule="wakayama")[0] == pytest.approx(expected)
    below_2 = times(roads, narrow_width_m=2.5, narrow_speed_factor=0.5)[0]
    assert below_2 == pytest.approx([100, 200, 100, 100, 400, 100])  # 3m未満 is not known to be below 2.5 m
    assert times(roads, time_of_day="night", season="winter")[1] == pytest.approx(times(roads)[1] / 0.64)


def test_what_snow_closes() -> None:
    roads = streets(
        [[(0, y), (100, y)] for y in range(6)],
        width_m=[2.9, 3.0, None, None, None, None],
        width_class=[None, None, "3m未満", "3m以上5.5m未満", None, None],
        stairs=[None, None, None, None, True, None],
        road_class=[None, None, None, None, None, "footway"],
    )
    roads = roads.assign(stairs=pd.array(roads["stairs"], dtype="boolean"))
    closed = snowed_in(roads, scenario(season="winter"))
    assert closed.tolist() == [True, False, True, False, True, False]  # unknown width counts as open
    assert not snowed_in(roads, scenario()).any()
    other = scenario(season="winter", snow_closes_stairs=False, unploughed_classes=["footway"])
    assert snowed_in(roads, other).tolist() == [True, False, True, False, False, True]
    assert snowed_in(roads, scenario(season="winter", snow_min_width_m=2.0)).tolist()[0] is False
    with pytest.raises(AnalysisError, match=r"foot_way.*footway") as error:  # a slip would close nothing
        snowed_in(roads, scenario(season="winter", unploughed_classes=["foot_way"]))
    assert "\n" not in str(error.value)


# --- closed streets in the whole analysis ---------------------------------------------------------


def ladder(**changes: Any) -> pd.DataFrame:
    """A short narrow street and a long wide one from the same crossing to the site; homes on both ends."""
    roads = streets(
        [
            [(500, 100), (500, 300)],
            [(500, 300), (500, 700)],
            [(500, 300), (900, 300), (900, 700), (500, 700)],
        ],
        width_m=[5.0, 2.0, 5.0],
    )
    sites = town.sites()[town.sites()["name"] == "高台"]
    homes = town.frame({"name": ["手前", "路地", "境"]}, [Point(500, 100), Point(500, 400), Point(500, 300)])
    given: dict[str, Any] = {
        "hazard": town.hazard(), "municipalities": town.municipalities(), "sites": sites,
        "settlements": homes, "roads": roads, "use_exits": False,
    }  # fmt: skip
    return evacuation(**{**given, **changes}).tables["origins"].set_index("name")


def test_in_winter_nobody_walks_through_a_narrow_street_but_who_lives_there_walks_out() -> None:
    summer, winter = ladder(), ladder(season="winter")
    assert summer["distance_m"].to_dict() == {"手前": 600, "路地": 300, "境": 400}
    # 1,200 m around instead of 400 m through, to the corner of both; from the lane 300 m at half speed
    assert winter["distance_m"].to_dict() == {"手前": 1400, "路地": 300, "境": 1200}
    assert winter["walk_min"].to_dict() == pytest.approx(
        {"手前": 1400 / 0.8 / 60, "路地": 300 / 0.4 / 60, "境": 1200 / 0.8 / 60}
    )
    shut = ladder(season="winter", snow_closed_speed_factor=0.0)
    assert shut["evac_status"].to_dict() == {
        "手前": "late",
        "路地": "no_route",
        "境": "reached",
    }  # 29.2, -, 25 min


def test_a_site_on_a_closed_street_is_walked_to_but_never_past() -> None:
    lane = streets([[(500, 100), (500, 650)], [(500, 650), (500, 700)]], width_m=[5.0, 2.0])
    table = ladder(season="winter", roads=lane)
    assert table.loc["手前", ["site_name", "distance_m"]].tolist() == ["高台", 600]
    # 550 m at 0.8 m/s, the last 50 m at half of that
    assert table.loc["手前", "walk_min"] == pytest.approx((550 / 0.8 + 50 / 0.4) / 60)
    two = pd.concat([town.sites()[town.sites()["name"] == "高台"]] * 2, ignore_index=True)
    two = two.assign(name=["路地の中", "路地の先"]).set_geometry(
        [Point(500, 650), Point(500, 900)], crs=town.CRS
    )
    through = streets([[(500, 100), (500, 300)], [(500, 300), (500, 700)], [(500, 700), (500, 900)]],
                      width_m=[5.0, 2.0, 5.0])  # fmt: skip
    assert ladder(season="winter", roads=through, sites=two).loc["手前", "site_name"] == "路地の中"
    assert ladder(season="winter", roads=through, sites=two.tail(1)).loc["手前", "evac_status"] == "no_route"


def test_bridges_out_none_in_the_zone_or_all() -> None:
    """The zone ends at y = 500: the first bridge crosses its edge, the second lies beyond."""
    first, second = [None, True, None, None], [None, None, None, True]
    lines = [(100, 200), (200, 600), (600, 650), (650, 700)]
    home = town.frame({"name": ["手前"]}, [Point(500, 150)])
    answers = {}
    for bridges in (first, second):
        roads = streets([[(500, a), (500, b)] for a, b in lines])
        roads = roads.assign(bridge=pd.array(bridges, dtype="boolean"))
        for out in ("none", "zone", "all"):
            table = ladder(roads=roads, bridges_out=out, settlements=home)
            answers[bridges is first, out] = (
                table.loc["手前", "evac_status"],
                table.loc["手前", "distance_m"],
            )
    cut_off = ("no_route", Blank.NOT_ASKED)
    assert answers == {
        (True, "none"): ("reached", 550), (True, "zone"): cut_off, (True, "all"): cut_off,
        (False, "none"): ("reached", 550), (False, "zone"): ("reached", 550),
        (False, "all"): ("reached", 550),  # the site is 50 m from the street on this side
    }  # fmt: skip


def test_who_lives_beside_a_fallen_bridge_starts_from_the_street_before_it() -> None:
    roads = streets([[(500, 700), (500, 400)], [(500, 400), (500, 200)]])
    roads = roads.assign(bridge=pd.array([None, True], dtype="boolean"))
    home = town.frame({"name": ["橋詰"]}, [Point(510, 390)])
    table = ladder(roads=roads, bridges_out="zone", settlements=home)
    assert table.loc["橋詰", "distance_m"] == pytest.approx(math.hypot(10, 10) + 300)
