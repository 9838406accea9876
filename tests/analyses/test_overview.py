"""Overview: pencil counts of the town."""

import pytest
from shapely.geometry import Point, box

from knr_gis.analyses.overview import overview
from knr_gis.errors import AnalysisError, CrsError
from knr_gis.texts import say
from tests import town
from tests.town import EAST, NORTH, WEST, figures


def test_counts_lengths_and_areas_by_municipality() -> None:
    layers = {"farmland": town.farmland(), "roads": town.roads(), "settlements": town.settlements()}
    result = overview(layers=layers, municipalities=town.municipalities())
    # 畑1: 2 ha in each of 西町 and 東町; 畑2: 2 ha in each of 西町 and 北町: both counted in 西町
    area, count = figures(result.summary, "farmland_area"), figures(result.summary, "farmland_count")
    assert (area[WEST, ""], area[EAST, ""], area[NORTH, ""], area["", ""]) == (4, 2, 2, 8)
    assert (count[WEST, ""], count[EAST, ""], count["", ""]) == (2, 0, 2)
    # 南北 1 km in 西町, 0.5 km in 北町; 海岸 1 km each; 町界 1 km of the first town
    length = figures(result.summary, "roads_length")
    assert (length[WEST, ""], length[EAST, ""], length[NORTH, ""]) == pytest.approx((3, 1, 0.5))
    points = figures(result.summary, "settlements_count")
    assert (points[WEST, ""], points[EAST, ""], points[NORTH, ""], points["", ""]) == (2, 2, 1, 5)
    assert figures(result.summary, "municipality_area")["", ""] == 400
    assert "3 レイヤー" in say(result.headline.key, **result.headline.values)


def test_points_and_areas_of_one_layer_count_together() -> None:
    mixed = town.frame({"name": ["点", "面"]}, [Point(10, 10), box(20, 20, 120, 120)])
    result = overview(layers={"facilities": mixed}, municipalities=town.municipalities())
    assert figures(result.summary, "facilities_count")[WEST, ""] == 2
    assert figures(result.summary, "facilities_area")[WEST, ""] == 1


def test_empty_layer_is_named_and_has_no_figures() -> None:
    result = overview(layers={"lodging": town.empty("name")}, municipalities=town.municipalities())
    assert set(result.summary["measure"]) == {"municipality_area"}
    assert result.tables["not_evaluated"]["what"].tolist() == ["宿泊施設"]


def test_bad_input_is_one_clear_line() -> None:
    with pytest.raises(AnalysisError, match="municipalities"):
        overview(layers={}, municipalities=town.municipalities().head(0))
    with pytest.raises(CrsError):
        overview(layers={"farmland": town.farmland().to_crs(4326)}, municipalities=town.municipalities())


def test_a_population_mesh_is_counted_in_persons_over_its_land() -> None:
    # B lies half in the sea: all its persons live on its land. D lies half in 西町, half in 北町.
    result = overview(layers={"population": town.population()}, municipalities=town.municipalities())
    persons = figures(result.summary, "population_persons")
    assert persons[WEST, ""] == pytest.approx(100 + 10)
    assert persons[EAST, ""] == pytest.approx(50)
    assert persons[NORTH, ""] == pytest.approx(10)
    assert figures(result.summary, "population_unknown_count")[WEST, ""] == 1  # C, unknown: not 0 persons
    assert not result.summary["measure"].str.contains("population_area").any()
