"""Starting points within a piece: shares by street, by floor area, and what falls back to the middle."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import town
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from knr_gis.analyses.demand import RULES, persons_at, spread_people
from knr_gis.errors import AnalysisError, CrsError

LEFT, RIGHT = box(0, 0, 400, 400), box(400, 0, 800, 400)


def pieces(*shapes: Polygon | MultiPolygon) -> gpd.GeoSeries:
    return gpd.GeoSeries(list(shapes), crs=town.CRS)


def streets(*lines: list[tuple[float, float]], **columns: list[object]) -> gpd.GeoDataFrame:
    return town.frame(dict(columns), [LineString(line) for line in lines])


def test_cells_start_in_their_middle() -> None:
    ring = LEFT.difference(box(100, 100, 300, 300))
    spread = spread_people(pieces(LEFT, ring.buffer(0)), rule="cells")
    assert spread.points["share"].tolist() == [1, 1]
    assert spread.points.geometry.iloc[0] == Point(200, 200)
    assert ring.contains(spread.points.geometry.iloc[1])  # its centroid lies in the hole
    assert not spread.fallback.any()


def test_streets_share_by_length_in_runs_of_at_most_100_m() -> None:
    roads = streets([(0, 100), (300, 100)], [(200, 200), (200, 250)], [(500, 10), (500, 30)])
    spread = spread_people(pieces(LEFT, RIGHT), rule="streets", roads=roads)
    left = spread.points[spread.points["piece"] == 0]
    assert shapely.get_coordinates(left.geometry.values).tolist() == [
        [50, 100],
        [150, 100],
        [250, 100],
        [200, 225],
    ]
    assert left["share"].tolist() == pytest.approx([2 / 7, 2 / 7, 2 / 7, 1 / 7])
    right = spread.points[spread.points["piece"] == 1]
    assert right["share"].tolist() == [1]
    assert right.geometry.iloc[0] == Point(500, 20)


def test_a_street_counts_in_each_piece_with_what_lies_there() -> None:
    spread = spread_people(pieces(LEFT, RIGHT), rule="streets", roads=streets([(350, 100), (460, 100)]))
    assert spread.points["piece"].tolist() == [0, 1]
    assert shapely.get_x(spread.points.geometry.values).tolist() == [375, 430]


def test_nobody_lives_on_bridges_in_tunnels_or_where_nobody_walks() -> None:
    lines = [[(0, y), (100, y)] for y in (10, 20, 30, 40)]
    walk, bridge, tunnel = [False, None, True, True], [None, True, None, None], [None, None, True, None]
    spread = spread_people(
        pieces(LEFT), rule="streets", roads=streets(*lines, walk=walk, bridge=bridge, tunnel=tunnel)
    )
    assert [p.y for p in spread.points.geometry] == [40]


def test_a_piece_without_streets_falls_back_and_is_counted() -> None:
    spread = spread_people(pieces(LEFT, RIGHT), rule="streets", roads=streets([(0, 10), (90, 10)]))
    assert spread.fallback.tolist() == [False, True]
    assert spread.points.set_index("piece").geometry[1] == Point(600, 200)
    assert spread_people(pieces(LEFT), rule="streets").fallback.tolist() == [True]


def test_homes_share_by_floor_area() -> None:
    shapes = [
        box(0, 0, 10, 10),
        box(50, 0, 60, 10),
        box(100, 0, 200, 100),
        box(300, 0, 310, 10),
        box(390, 0, 410, 10),
    ]
    homes = town.frame(
        {"building_use": ["住宅", "集合住宅", "工業・水産", None, "住宅"], "storeys": [1, 3, 9, None, 2]},
        shapes,
    )
    spread = spread_people(pieces(LEFT, RIGHT), rule="buildings", buildings=homes)
    left = spread.points[spread.points["piece"] == 0]
    # 100, 300, -, 100 and the left half of the last: 200 m2 of floor.
    assert left["share"].tolist() == pytest.approx([1 / 7, 3 / 7, 1 / 7, 2 / 7])
    assert left.geometry.iloc[3] == Point(395, 5)
    assert spread.points["share"].iloc[-1] == 1  # the other half, in the right piece
    assert not spread.fallback.any()


def test_a_piece_without_homes_falls_back() -> None:
    works = town.frame({"building_use": ["商業"]}, [box(0, 0, 10, 10)])
    assert spread_people(pieces(LEFT), rule="buildings", buildings=works).fallback.tolist() == [True]


def test_an_empty_piece_has_no_point() -> None:
    spread = spread_people(pieces(Polygon(), LEFT), rule="cells")
    assert spread.points["piece"].tolist() == [1]
    assert len(spread_people(pieces(), rule="streets", roads=streets([(0, 0), (1, 1)])).points) == 0


def test_persons_are_shared_out_and_unknown_stays_unknown() -> None:
    spread = spread_people(pieces(LEFT, RIGHT), rule="streets", roads=streets([(0, 10), (800, 10)]))
    frame = pd.DataFrame({"persons": [100.0, np.nan], "age_75_plus_persons": [8.0, 2.0]})
    points = persons_at(spread, frame, ["persons", "age_75_plus_persons"])
    assert points.loc[points["piece"] == 0, "persons"].tolist() == pytest.approx([25] * 4)
    assert points.loc[points["piece"] == 1, "persons"].isna().all()
    assert points["age_75_plus_persons"].sum() == pytest.approx(10)


def test_an_unknown_rule_names_the_known_ones() -> None:
    with pytest.raises(AnalysisError, match="cells、streets、buildings"):
        spread_people(pieces(LEFT), rule="houses")


def test_layers_must_share_a_crs() -> None:
    with pytest.raises(CrsError):
        spread_people(pieces(LEFT), rule="streets", roads=streets([(0, 0), (1, 1)]).to_crs("EPSG:6680"))


ends = st.tuples(st.integers(-50, 850), st.integers(-50, 450))


@given(
    st.lists(st.tuples(ends, ends).filter(lambda pair: pair[0] != pair[1]), max_size=8),
    st.sampled_from(RULES),
    st.lists(st.tuples(ends, st.integers(1, 4)), max_size=5),
)
@settings(max_examples=80, deadline=None)
def test_nobody_is_lost_and_everybody_starts_in_the_own_piece(
    lines: list[tuple[tuple[int, int], tuple[int, int]]], rule: str, homes: list[tuple[tuple[int, int], int]]
) -> None:
    areas = pieces(LEFT, RIGHT, box(0, 400, 800, 450))
    grounds = [box(x, y, x + 30, y + 20) for (x, y), _ in homes]
    buildings = town.frame({"storeys": [float(n) for _, n in homes]}, grounds)
    spread = spread_people(areas, rule=rule, roads=streets(*map(list, lines)), buildings=buildings)
    shares = spread.points.groupby("piece")["share"].sum()
    assert shares.index.tolist() == [0, 1, 2]
    assert shares.tolist() == pytest.approx([1, 1, 1], abs=1e-12)
    assert (spread.points["share"] > 0).all()
    own = areas.iloc[spread.points["piece"]].reset_index(drop=True)
    assert (spread.points.distance(own) < 1e-6).all()
    persons = persons_at(spread, pd.DataFrame({"persons": [7.0, 11.0, 13.0]}), ["persons"])
    assert persons.groupby("piece")["persons"].sum().tolist() == pytest.approx([7, 11, 13], rel=1e-12)
