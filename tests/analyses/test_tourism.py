"""Tourism: routes over a small road net by pencil, names that are not clear, equality with networkx."""

import itertools
import math
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point

from knr_gis.analyses.tourism import tourism
from knr_gis.errors import AnalysisError, CrsError
from knr_gis.result import Result
from knr_gis.texts import say
from tests import town
from tests.town import figures


def roads() -> gpd.GeoDataFrame:
    # a fast detour over (0, 6000), a slow direct road on y = 0, and an island of road far away
    lines = [
        LineString([(0, 0), (10_000, 0)]),
        LineString([(0, 0), (0, 6000), (10_000, 6000), (10_000, 0)]),
        LineString([(90_000, 0), (91_000, 0)]),
    ]
    oneway = pd.array([False, True, False], dtype="boolean")
    return town.frame({"speed_kmh": [20.0, 80.0, np.nan], "oneway": oneway}, lines)


def spots() -> dict[str, gpd.GeoDataFrame]:
    scenic = town.frame(
        {"name": ["岬", "湖", "島", "沖", None], "municipality": ["西町"] * 5},
        [Point(-30, 0), Point(10_000, -40), Point(90_500, 0), Point(5000, 40_000), Point(1, 1)],
    )
    stations = town.frame(
        {"name": ["中央", "中央", "湖"], "municipality": ["西町", "西町", "東町"]},
        [Point(4000, 0), Point(4100, 0), Point(7000, 0)],
    )
    return {"tourism_spots": scenic, "stations": stations}


def run(*stops: str, **changes: object) -> Result:
    inputs: dict[str, object] = {"spots": spots(), "roads": roads(), "stops": list(stops)}
    return tourism(**{**inputs, **changes})


def test_the_fastest_way_is_taken_not_the_shortest() -> None:
    # there: 22 km at 80 km/h = 16.5 min beats 10 km at 20 km/h = 30 min. Back: the detour is one-way.
    result = run("岬", "stations:湖", "岬", "tourism_spots:湖", "岬")
    legs = result.tables["legs"]
    assert legs["leg_km"].tolist() == pytest.approx([7, 7, 22, 10])
    assert legs.loc[2, "leg_min"] == pytest.approx(16.5)
    assert legs.loc[3, "leg_min"] == pytest.approx(30)
    assert legs.loc[2, ["from_snap_m", "to_snap_m"]].tolist() == [30, 40]
    assert legs["leg_status"].tolist() == ["reached"] * 4


def test_totals_and_legs_stand_in_the_summary() -> None:
    result = run("岬", "中央", "stations:湖")
    km, minutes = figures(result.summary, "route_km"), figures(result.summary, "route_min")
    assert km == pytest.approx({("", "1 岬→中央"): 4, ("", "2 中央→湖"): 3, ("", ""): 7})
    assert minutes["", ""] == pytest.approx(21)
    assert figures(result.summary, "legs_without_route")["", ""] == 0
    assert result.features["stops"]["stop_number"].tolist() == [1, 2, 3]
    assert result.features["stops"]["stop_label"].tolist() == ["1 岬", "2 中央", "3 湖"]
    assert result.features["legs"]["leg"].tolist() == ["1 岬→中央", "2 中央→湖"]
    assert result.features["legs"].length.sum() == pytest.approx(7000)
    assert "7.0 km" in say(result.headline.key, **result.headline.values)


def test_a_leg_without_a_road_is_a_state_and_the_total_is_unknown() -> None:
    result = run("岬", "島", "沖", "岬", "中央")
    legs = result.tables["legs"]
    assert legs["leg_status"].tolist() == ["disconnected", "far", "far", "reached"]
    assert legs.loc[:2, ["leg_km", "leg_min"]].isna().all().all()
    assert legs.loc[1, "to_snap_m"] == pytest.approx(34_000)
    assert math.isnan(figures(result.summary, "route_km")["", ""])
    assert figures(result.summary, "legs_without_route")["", ""] == 3
    assert len(result.features["legs"]) == 1
    assert result.tables["not_evaluated"]["what"].tolist()[:3] == ["岬 → 島", "島 → 沖", "沖 → 岬"]
    assert (result.headline.key, result.notes[0].key) == ("tourism.headline_gap", "tourism.note_gap")
    for note in (result.headline, *result.notes):
        assert "{" not in say(note.key, **note.values)


def test_modes_have_their_own_speeds() -> None:
    ride = run("岬", "中央", mode="cycle")
    assert figures(ride.summary, "route_min")["", ""] == pytest.approx(4 / 15 * 60)
    walk = run("岬", "中央", mode="walk", tour_walk_speed_kmh=5)
    assert figures(walk.summary, "route_min")["", ""] == pytest.approx(48)
    assert walk.params["tour_walk_speed_kmh"] == 5


def test_a_station_of_two_lines_is_one_place() -> None:
    assert figures(run("中央", "岬").summary, "route_km")["", ""] == 4


def test_names_may_be_written_with_full_width_and_blanks() -> None:
    assert figures(run(" 岬 ", "stations：湖").summary, "route_km")["", ""] == 7
    assert figures(run("岬", "湖@東町").summary, "route_km")["", ""] == 7
    assert figures(run("岬", "駅:湖").summary, "route_km")["", ""] == 7


def test_unclear_stops_are_one_clear_line() -> None:
    with pytest.raises(AnalysisError, match="岬") as none:
        run()
    assert "--set stops" in str(none.value)
    with pytest.raises(AnalysisError, match="2 か所以上"):
        run("岬")
    with pytest.raises(AnalysisError, match="中央"):
        run("岬", "中央駅")
    with pytest.raises(AnalysisError, match="stations:湖@東町") as twice:
        run("岬", "湖")
    assert "\n" not in str(twice.value)
    with pytest.raises(AnalysisError, match="drive"):
        run("岬", "中央", mode="bus")
    with pytest.raises(AnalysisError, match="roads"):
        run("岬", "中央", roads=roads().assign(drive=pd.array([False] * 3, dtype="boolean")))
    with pytest.raises(AnalysisError, match="knr import"):
        run("岬", "中央", spots={"lodging": town.empty("name")})
    with pytest.raises(CrsError):
        run("岬", "中央", roads=roads().to_crs(4326))


@pytest.mark.parametrize("seed", range(3))
def test_legs_equal_networkx(seed: int) -> None:
    rng = np.random.default_rng(seed)
    graph = nx.grid_2d_graph(6, 6)
    speeds = {edge: float(rng.integers(20, 90)) for edge in graph.edges}
    nx.set_edge_attributes(graph, {e: 1 / s * 60 for e, s in speeds.items()}, "minutes")
    lines = [LineString([(x * 1000, y * 1000) for x, y in edge]) for edge in speeds]
    net = town.frame({"speed_kmh": list(speeds.values())}, lines)
    nodes = [tuple(int(v) for v in rng.integers(0, 6, 2)) for _ in range(5)]
    places = town.frame({"name": [str(k) for k in range(5)]}, [Point(x * 1000, y * 1000) for x, y in nodes])
    legs = run("0", "1", "2", "3", "4", roads=net, spots={"tourism_spots": places}).tables["legs"]
    theirs = [nx.shortest_path_length(graph, a, b, weight="minutes") for a, b in itertools.pairwise(nodes)]
    assert legs["leg_min"].tolist() == pytest.approx(theirs)


DATA = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.exists(), reason="../shared/data is not here")
def test_real_route_between_roadside_stations_is_as_long_as_networkx_says() -> None:
    """厚岸 → 根室 → 羅臼 over the coarse real roads, against a graph built another way."""
    net = gpd.read_file(DATA / "roads" / "gm_jpn_roadl_region.geojson").to_crs(6681)
    stops = gpd.read_file(DATA / "tourism" / "P35_michinoeki_hokkaido.geojson").to_crs(6681)
    named = stops.rename(columns={"P35_006": "name"})[["name", "geometry"]]
    chosen = [
        next(n for n in named["name"] if part in n)
        for part in ("厚岸グルメパーク", "スワン44", "知床・らうす")
    ]
    result = run(*chosen, spots={"roadside_stations": named}, roads=net)
    graph = nx.Graph()
    for line in net.geometry.explode():
        xy = [tuple(np.round(c, 2)) for c in line.coords]
        graph.add_weighted_edges_from((a, b, math.dist(a, b)) for a, b in itertools.pairwise(xy))
    for leg in result.features["legs"].itertuples():
        ends = [
            min(graph, key=lambda n, c=c: math.dist(n, c))
            for c in (leg.geometry.coords[0], leg.geometry.coords[-1])
        ]
        away = [
            math.dist(e, c)
            for e, c in zip(ends, (leg.geometry.coords[0], leg.geometry.coords[-1]), strict=True)
        ]
        theirs = nx.shortest_path_length(graph, *ends, weight="weight")
        assert abs(theirs - leg.leg_km * 1000) <= sum(away) + 1.0
        assert 50 < leg.leg_km < 250
