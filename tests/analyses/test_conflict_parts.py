"""Conflict overlays one municipality at a time are the whole: every row, in order, to the last digits."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from knr_gis.analyses.conflict import conflict
from knr_gis.analyses.conflict.partition import make_part, make_study, merge
from tests import town


def require_parts_are_the_whole(**inputs: object) -> None:
    study = make_study(**inputs)
    ours = merge(study, [make_part(study, k) for k in range(len(study.land.frame))]).summary
    whole = conflict(**inputs).summary
    pd.testing.assert_frame_equal(ours.drop(columns="value"), whole.drop(columns="value"))
    np.testing.assert_allclose(ours["value"], whole["value"], rtol=1e-12, atol=1e-9, equal_nan=True)


def parks(*boxes: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    grades = ["特別保護地区", "普通地域", "第2種特別地域"] * len(boxes)
    columns = {"park_name": ["公園"] * len(boxes), "park_kind": ["国立公園"] * len(boxes)}
    return town.frame({**columns, "grade": grades[: len(boxes)]}, [box(*b) for b in boxes])


def test_what_lies_across_a_border_is_counted_once_and_at_home() -> None:
    require_parts_are_the_whole(
        municipalities=town.municipalities(),
        zones={"national_parks": parks((0, 0, 400, 400), (900, 0, 1300, 500), (1500, 900, 1900, 1500))},
        subjects={
            "tourism_spots": town.frame({"name": ["a", "b"]}, [Point(100, 100), Point(1000, 100)]),
            "roads": town.frame({"road_name": ["r"]}, [LineString([(0, 100), (2000, 1900)])]),
            "farmland": town.frame({"polygon_id": ["f"]}, [box(950, 100, 1200, 300)]),
        },
        within_m=150.0,
    )


def test_a_hazard_layer_is_not_evaluated_where_it_shows_nothing() -> None:
    require_parts_are_the_whole(
        municipalities=town.municipalities(), zones={"tsunami_inundation": town.hazard()},
        subjects={"roads": town.roads(), "farmland": town.farmland()},
    )  # fmt: skip


def test_a_group_that_one_town_has_is_zero_in_the_others() -> None:
    require_parts_are_the_whole(
        municipalities=town.municipalities(),
        zones={"national_parks": parks((0, 0, 400, 400)), "ramsar_wetlands": parks((100, 1200, 300, 1400))},
        subjects={"tourism_spots": town.frame({"name": ["a"]}, [Point(100, 100)])},
        zone_columns={"ramsar_wetlands": "park_name"},
    )


CORNERS = st.tuples(*[st.integers(0, 1900)] * 2, *[st.integers(20, 700)] * 2)


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(zones=st.lists(CORNERS, min_size=1, max_size=5), fields=st.lists(CORNERS, min_size=1, max_size=5),
       within=st.sampled_from([None, 80.0]))  # fmt: skip
def test_parts_are_the_whole_whatever_lies_where(zones: list, fields: list, within: float | None) -> None:
    require_parts_are_the_whole(
        municipalities=town.municipalities(),
        zones={"national_parks": parks(*[(x, y, x + w, y + h) for x, y, w, h in zones])},
        subjects={
            "farmland": town.frame(
                {"polygon_id": [""] * len(fields)}, shapely.box(*np.array(
                    [(x, y, x + w, y + h) for x, y, w, h in fields], dtype=float).T)
            )
        },
        within_m=within,
    )  # fmt: skip
