"""Dry gaps in the zone are no safety: rivers, the harbour's edge, small islands, bridges."""

from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from knr_gis.analyses.evacuation import evacuation
from knr_gis.analyses.evacuation.gaps import close_gaps
from knr_gis.analyses.inundation import Inundation, clip_hazard
from tests import town


def zone(*boxes: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    shapes = [box(*corners) for corners in boxes]
    return town.frame({"depth_min_m": [1.0] * len(boxes), "depth_max_m": [2.0] * len(boxes)}, shapes)


def inundation(hazard: gpd.GeoDataFrame) -> Inundation:
    return clip_hazard(hazard, town.municipalities(), hazard_covers=None, sliver_share=0.001)


def gap_area(hazard: gpd.GeoDataFrame, width_m: float) -> float:
    gaps = close_gaps(inundation(hazard), width_m).gaps
    return 0.0 if gaps is None else float(shapely.area(gaps.parts).sum())


def test_a_river_is_a_gap_and_wide_land_is_none() -> None:
    # two banks 100 m apart, over the whole width of the region: 2000 m
    banks = zone((0, 0, 2000, 300), (0, 400, 2000, 600))
    assert gap_area(banks, 99.0) < 0.1 * 2000 * 100
    assert gap_area(banks, 103.0) == pytest.approx(2000 * 100, rel=0.01)
    assert gap_area(banks, 0.0) == 0


def test_a_small_island_and_a_strip_along_the_sea_are_gaps() -> None:
    ring = zone((300, 300, 900, 500), (300, 560, 900, 800), (300, 500, 560, 560), (620, 500, 900, 560))
    assert gap_area(ring, 100.0) == pytest.approx(60 * 60, rel=0.01)
    # the zone begins 80 m inland; beyond y = 0 there is the sea
    strip = zone((0, 80, 2000, 600))
    assert gap_area(strip, 100.0) == pytest.approx(2000 * 80, rel=0.02)


def origin(hazard: gpd.GeoDataFrame, roads: list[list[tuple[float, float]]], **changes: Any) -> pd.Series:
    frame = town.frame({"road_name": [""] * len(roads)}, [LineString(line) for line in roads])
    if "bridge" in changes:
        frame = frame.assign(bridge=pd.array(changes.pop("bridge"), dtype="boolean"))
    result = evacuation(
        hazard=hazard, municipalities=town.municipalities(), sites=town.sites().head(0), roads=frame,
        settlements=town.frame({"name": ["家"]}, [Point(500, 200)]), **changes,
    )  # fmt: skip
    return result.tables["origins"].iloc[0]


def test_nobody_flees_into_the_river() -> None:
    banks = zone((0, 0, 2000, 300), (0, 400, 2000, 600))
    street = [[(500, 100), (500, 900)]]
    assert origin(banks, street, gap_width_m=0.0)["distance_m"] == 100  # to the water's edge
    assert origin(banks, street, gap_width_m=150.0)["distance_m"] == pytest.approx(400)
    assert origin(banks, street)["distance_m"] == pytest.approx(400)


def test_a_bridge_is_no_exit_but_the_land_behind_it_is() -> None:
    south = zone((0, 0, 2000, 300))
    over = [[(500, 100), (500, 250)], [(500, 250), (500, 500), (500, 800)], [(500, 800), (500, 900)]]
    assert origin(south, over)["distance_m"] == 100
    assert origin(south, over, bridge=[None, True, None])["distance_m"] == 600  # the end of the bridge
    assert origin(south, over[:2], bridge=[None, True])["evac_status"] == "no_route"


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), width=st.floats(10, 300), more=st.floats(0, 200))
def test_gaps_are_dry_land_and_grow_with_the_width(seed: int, width: float, more: float) -> None:
    corners = [((seed * k * 37) % 1500, (seed * k * 61) % 1200) for k in range(1, 6)]
    found = inundation(zone(*[(x, y, x + 300, y + 200) for x, y in corners]))
    narrow, wide = (close_gaps(found, w).gaps for w in (width, width + more))
    assert narrow is not None
    assert wide is not None
    flooded = shapely.union_all(found.frame.geometry.to_numpy())
    land = box(0, 0, 2000, 2000)
    for gaps in (narrow, wide):
        whole = shapely.union_all(gaps.parts)
        assert shapely.intersection(whole, flooded).area < 1
        assert shapely.difference(whole, land).area < 1
    slack = shapely.buffer(shapely.union_all(wide.parts), 3.0)  # arcs of eight pieces, slivers left out
    rest = shapely.difference(shapely.union_all(narrow.parts), shapely.union(slack, flooded))
    assert rest.area < 0.02 * max(1.0, shapely.area(narrow.parts).sum()) + 20
