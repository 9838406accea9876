"""Visitors of a month: open, closed, unknown, and who has no place."""

import geopandas as gpd
import numpy as np
import pytest
import town
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, box

from knr_gis.analyses.demand import visitor_origins
from knr_gis.analyses.demand.seasons import open_months
from knr_gis.errors import AnalysisError, CrsError
from knr_gis.texts import say

SUMMER = {7, 8}


def spots() -> gpd.GeoDataFrame:
    columns = {
        "name": ["展望台", "カヌー　乗り場", "湿原", "牧場", "岬"],
        "months_open": ["通年", "6〜9", None, "5,6", "1月"],
        "winter": [True, None, False, None, None],
    }
    return town.frame(columns, [Point(k, 0) for k in range(4)] + [box(0, 0, 2, 2)])


def visitors(rows: list[tuple[object, ...]]) -> gpd.GeoDataFrame:
    names = ["name", "month", "persons_present", "persons_night", "geometry"]
    columns = {name: [row[k] if k < len(row) else None for row in rows] for k, name in enumerate(names)}
    return gpd.GeoDataFrame(columns, geometry="geometry", crs=town.CRS)


def told(rows: list[tuple[object, ...]], month: int, *, night: bool = False) -> dict[str, tuple[str, float]]:
    states = visitor_origins(spots(), visitors(rows), month=month, night=night).states
    return {r.name: (r.visitor_state, r.persons) for r in states.itertuples(index=False)}


def test_open_places_have_their_figure_and_others_their_state() -> None:
    found = told([("展望台", 7, 50), ("展望台", 8, 99), ("カヌー乗り場", 7, 8), ("牧場", 7, 3)], 7)
    assert found["展望台"] == ("counted", 50)
    assert found["カヌー　乗り場"] == ("counted", 8)  # blanks in a name do not matter
    assert found["湿原"][0] == "unknown"
    assert np.isnan(found["湿原"][1])
    assert found["牧場"] == ("closed_but_visited", 3)
    assert found["岬"][0] == "closed"


def test_points_stand_at_the_open_places_only_and_unknown_is_no_zero() -> None:
    visiting = visitor_origins(spots(), visitors([("展望台", 7, 50), ("牧場", 7, 3)]), month=7)
    assert visiting.frame["name"].tolist() == ["展望台", "カヌー　乗り場", "湿原"]
    assert visiting.frame["persons"].tolist() == pytest.approx([50, np.nan, np.nan], nan_ok=True)
    assert set(visiting.frame["month"]) == {7}
    assert visiting.frame.geometry.iloc[0] == Point(0, 0)
    assert visiting.frame.crs == town.CRS


def test_the_flag_for_winter_counts_where_no_months_are_told() -> None:
    assert told([], 2)["湿原"][0] == "closed"
    assert told([], 5)["湿原"][0] == "unknown"


def test_nights_have_figures_of_their_own() -> None:
    rows: list[tuple[object, ...]] = [("展望台", 7, 50, 0), ("湿原", 7, 20)]
    assert told(rows, 7, night=True)["展望台"] == ("counted", 0)
    assert told(rows, 7, night=True)["湿原"][0] == "unknown"


def test_a_place_that_is_no_spot_is_reported_unless_it_says_where_it_is() -> None:
    visiting = visitor_origins(
        spots(), visitors([("祭り", 7, 300, None, Point(9, 9)), ("迷子", 7, 5), ("", 7, 4)]), month=7
    )
    states = visiting.states.set_index("name")["visitor_state"]
    assert states["祭り"] == "counted"
    assert states["迷子"] == "no_place"
    assert visiting.frame.set_index("name").geometry["祭り"] == Point(9, 9)
    note = next(n for n in visiting.notes if n.key == "demand.note_visitors_no_place")
    assert note.values["names"] == "迷子"
    assert "迷子" in say(note.key, **note.values)


def test_places_of_their_own_need_no_spots() -> None:
    frame = visitor_origins(None, visitors([("祭り", 7, 300, None, Point(9, 9))]), month=7).frame
    assert frame["persons"].tolist() == [300]


def test_the_last_of_two_rows_counts_and_the_first_of_two_spots_gets_it() -> None:
    twice = spots().assign(name=["展望台", "展望台", "a", "b", "c"])
    rows = visitors([("展望台", 7, 50), ("展望台", 7, 60)])
    frame = visitor_origins(twice, rows, month=7).frame
    assert frame["persons"].tolist()[:2] == pytest.approx([60, np.nan], nan_ok=True)


@pytest.mark.parametrize("month", [0, 13])
def test_a_month_is_one_of_twelve(month: int) -> None:
    with pytest.raises(AnalysisError, match="1〜12"):
        visitor_origins(spots(), visitors([]), month=month)


def test_layers_must_share_a_crs() -> None:
    with pytest.raises(CrsError):
        visitor_origins(spots().to_crs("EPSG:6680"), visitors([]), month=7)


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("4,5,6", {4, 5, 6}),
        ("４月〜６月", {4, 5, 6}),
        ("11-2", {11, 12, 1, 2}),
        ("12月から1月まで", {12, 1}),
        ("4月下旬〜6月中旬", {4, 5, 6}),
        ("4月29日〜5月6日", {4, 5}),
        ("1、2月、12月", {1, 2, 12}),
        ("5/3〜11/3", set(range(5, 12))),
        ("12/20～1/10", {12, 1}),
        ("通年", set(range(1, 13))),
        ("year-round", set(range(1, 13))),
    ],
)
def test_months_are_read_as_people_write_them(text: str, months: set[int]) -> None:
    assert open_months(text) == months


@pytest.mark.parametrize("text", ["", None, "春から秋", "2024-05", "13", "要問合せ", "0"])
def test_what_cannot_be_read_says_nothing(text: object) -> None:
    assert open_months(text) is None


@given(st.integers(1, 12), st.integers(1, 12))
def test_a_range_holds_both_ends_and_goes_one_way_round(first: int, last: int) -> None:
    months = open_months(f"{first}〜{last}")
    assert months is not None
    assert {first, last} <= months
    assert len(months) == (last - first) % 12 + 1


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["展望台", "湿原", "牧場", "岬", "x"]), st.integers(1, 12), st.integers(0, 99)
        )
    ),
    st.integers(1, 12),
)
def test_every_place_has_one_state_and_no_figure_is_invented(
    rows: list[tuple[str, int, int]], month: int
) -> None:
    visiting = visitor_origins(spots(), visitors(list(rows)), month=month)
    assert len(visiting.states) == 5 + any(name == "x" and m == month for name, m, _ in rows)
    given_figures = {figure for _, m, figure in rows if m == month}
    assert set(visiting.frame["persons"].dropna()) <= given_figures
