"""Places: layers of different columns as one table; stops are found in it."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, Point

from knr_gis.analyses.tourism.places import PLACE_COLUMNS, gather_places
from knr_gis.analyses.tourism.stops import choose_stops, find_places
from knr_gis.errors import AnalysisError
from tests import town


def layers() -> dict[str, gpd.GeoDataFrame]:
    spots = town.frame(
        {
            "name": ["岬", " ", "湖", "無所"], "theme": ["自然", "自然", None, "食"],
            "stay_min": [30.0, 10.0, float("nan"), 5.0],
            "winter": pd.array([True, False, None, False], "boolean"),
            "daily_cap": [pd.NA, 5, 50, 1],
        },
        [Point(0, 0), Point(1, 1), Point(50, 0), None],
    )  # fmt: skip
    inns = town.frame({"name": ["宿"], "capacity_persons": [20.0]}, [Point(9, 9)])
    lines = town.frame({"name": ["街道"]}, [LineString([(0, 0), (10, 0)])])
    return {"tourism_spots": spots, "lodging": inns, "heritage": lines, "stations": inns.iloc[:0]}


def test_every_named_place_is_a_row_with_all_columns() -> None:
    places = gather_places(layers())
    assert list(places.columns) == list(PLACE_COLUMNS)
    assert places["name"].tolist() == ["岬", "湖", "宿", "街道"]
    assert places["kind"].tolist() == ["spot", "spot", "lodging", "spot"]
    assert places["layer"].tolist() == ["tourism_spots", "tourism_spots", "lodging", "heritage"]
    assert places.index.tolist() == [0, 1, 2, 3]
    assert places.crs == town.frame({}, []).crs
    assert places.geometry.iloc[3].within(LineString([(0, 0), (10, 0)]).buffer(1))


def test_what_a_layer_does_not_say_is_unknown_never_zero() -> None:
    places = gather_places(layers())
    assert places["stay_min"].isna().tolist() == [False, True, True, True]
    assert places["daily_cap"].isna().tolist() == [True, False, True, True]
    assert places["capacity_persons"].tolist()[2] == 20
    assert places["winter"].isna().tolist() == [False, True, True, True]
    assert bool(places["winter"].iloc[0])
    assert places["theme"].tolist() == ["自然", "", "", ""]
    assert set(places["opens"]) == {""}


def test_no_place_at_all_is_an_empty_table() -> None:
    empty = gather_places({"stations": layers()["stations"], "lodging": pd.DataFrame()})
    assert list(empty.columns) == list(PLACE_COLUMNS)
    assert len(empty) == 0
    assert len(gather_places({})) == 0


def test_places_are_found_by_name_layer_and_municipality() -> None:
    places = gather_places(layers())
    assert find_places(places, ["宿", "tourism_spots:岬"]) == [2, 0]
    with pytest.raises(AnalysisError, match="岬"):
        find_places(places, ["見崎岬"])
    stops = choose_stops(layers(), ["宿", "岬"])
    assert stops["stop_number"].tolist() == [1, 2]
    assert stops["name"].tolist() == ["宿", "岬"]
