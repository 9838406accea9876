"""When the water comes: the first thing that is known, from the officer's figure to the planning number."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from affine import Affine
from pyproj import CRS
from shapely.geometry import LineString, Point

from knr_gis.analyses.evacuation import evacuation
from knr_gis.analyses.evacuation.arrival import Arrival, arrival_at, arrival_data
from knr_gis.analyses.evacuation.conditions import Conditions
from knr_gis.analyses.evacuation.scenario import resolve_scenario
from knr_gis.errors import AnalysisError
from knr_gis.grid import Grid
from knr_gis.texts import say
from tests import town
from tests.town import EAST, NAN, WEST

# a place in 西町, one in 東町, one in 東町 of which the hazard data says nothing
ZONE = pd.DataFrame(
    {
        "muni_code": [WEST, EAST, EAST],
        "arrival_min": [18.0, 22.0, NAN],
        "arrival_30cm_min": [25.0, NAN, NAN],
    }
)
POINTS = gpd.GeoSeries([Point(100, 100), Point(1200, 100), Point(1900, 100)], crs=town.CRS)
SECTIONS = town.frame(
    {"arrival_min": [14.0, 16.0, NAN]},
    [Point(0, 0), LineString([(1100, 0), (1300, 0)]), Point(1900, 100)],
)


def raster(*minutes: float) -> Grid:
    """Columns of 500 m from x = 0, over the whole height."""
    return Grid(
        np.array([minutes], dtype=np.float32), Affine(500, 0, 0, 0, -1000, 1000), CRS.from_epsg(6681), "min"
    )


def arrival(
    *, sections: gpd.GeoDataFrame | None = None, grid: Grid | None = None, **conditions: Any
) -> Arrival:
    scenario = resolve_scenario(Conditions(**conditions))
    data = arrival_data(scenario, town.municipalities(), sections, grid)
    return arrival_at(POINTS, ZONE, data, scenario)


def told(found: Arrival) -> list[tuple[float, str]]:
    return list(zip(found.minutes.tolist(), found.source.tolist(), strict=True))


def test_the_zone_first_then_the_planning_number() -> None:
    assert told(arrival(arrival_min=30.0)) == [(18, "zone"), (22, "zone"), (30, "figure")]


def test_a_coast_section_goes_before_the_zone_and_unknown_sections_do_not_count() -> None:
    # the section at (1900, 100) has no figure: the nearest that has one is the line, 600 m away
    assert told(arrival(sections=SECTIONS)) == [(14, "section"), (16, "section"), (16, "section")]
    none = SECTIONS.assign(arrival_min=[NAN] * 3)
    assert told(arrival(sections=none, arrival_min=9.0)) == [(18, "zone"), (22, "zone"), (9, "figure")]


def test_a_raster_goes_before_the_sections_where_it_knows_anything() -> None:
    found = arrival(grid=raster(11, NAN, 12), sections=SECTIONS)
    assert told(found) == [(11, "grid"), (12, "grid"), (16, "section")]  # the last lies beyond the raster


def test_the_officers_figure_goes_before_all() -> None:
    found = arrival(grid=raster(11, 11, 11, 11), sections=SECTIONS, arrival_by=["東町=7.5"])
    assert told(found) == [(11, "grid"), (7.5, "municipality"), (7.5, "municipality")]
    assert told(arrival(arrival_by=[f"{WEST}=5", "東町 = 6"]))[0] == (5, "municipality")


def test_one_figure_everywhere() -> None:
    found = arrival(
        arrival_from="figure", arrival_min=33.0, grid=raster(11, 11, 11, 11), arrival_by=["東町=7"]
    )
    assert told(found) == [(33, "figure")] * 3


def test_the_deadline_of_30_cm_counts_where_it_is_told() -> None:
    first, later = arrival(), arrival(deadline="30cm")
    assert told(first)[:2] == [(18, "zone"), (22, "zone")]
    assert told(later)[:2] == [(25, "zone"), (22, "zone")]
    # a section knows first water only, and goes before the zone all the same
    both = arrival(deadline="30cm", sections=SECTIONS)
    assert told(both) == told(arrival(sections=SECTIONS))
    assert {source for _, source in told(both)} == {"section"}


@pytest.mark.parametrize(
    ("entry", "word"), [("釧路=20", "釧路"), ("西町", "西町"), ("西町=早い", "早い"), ("西町=-3", "-3")]
)
def test_a_figure_that_cannot_be_read_is_one_line(entry: str, word: str) -> None:
    with pytest.raises(AnalysisError, match=word) as error:
        arrival(arrival_by=[entry])
    assert "\n" not in str(error.value)
    assert "arrival_by" in str(error.value)


def test_the_source_of_the_arrival_stands_in_the_table_and_what_is_missing_is_said() -> None:
    hazard = town.hazard().assign(arrival_min=[20.0, NAN, NAN], arrival_30cm_min=[26.0, NAN, NAN])
    given: dict[str, Any] = {
        "hazard": hazard, "municipalities": town.municipalities(), "sites": town.sites(),
        "settlements": town.homes(), "roads": town.streets(), "arrival_by": ["東町=12"], "deadline": "30cm",
    }  # fmt: skip
    result = evacuation(**given)
    table = result.tables["origins"].set_index("name")
    assert table["arrival_source"].to_dict() == {
        "学": "figure", "近": "zone", "港": "municipality", "遠": "municipality", "岬": "figure",
    }  # fmt: skip
    assert table["arrival_min"].to_dict() == {"学": 30, "近": 26, "港": 12, "遠": 12, "岬": 30}
    notes = {note.key: note.values for note in result.notes}
    assert notes["evacuation.note_arrival_figure"] == {"count": 2, "all": 5, "minutes": "30"}
    assert notes["evacuation.note_no_30cm"] == {"count": 4, "all": 5}
    by_place = say("evacuation.factor.arrival")
    assert by_place in notes["evacuation.note_limits"]["done"]
    blind = evacuation(
        **{**given, "hazard": hazard.assign(arrival_min=NAN, arrival_30cm_min=NAN), "arrival_by": []}
    )
    limits = {note.key: note.values for note in blind.notes}["evacuation.note_limits"]
    assert by_place in limits["left"]  # nothing tells it by place: not thought of
    known = evacuation(**{**given, "hazard": hazard.assign(arrival_min=20.0), "deadline": "1cm"})
    assert "evacuation.note_arrival_figure" not in [note.key for note in known.notes]
