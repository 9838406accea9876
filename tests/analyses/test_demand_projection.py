"""People of a later year: pencil answers, and the laws that totals keep."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import town
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from knr_gis.analyses.demand import Projected, project_population
from knr_gis.analyses.demand.growth import grow
from knr_gis.analyses.demand.years import FIGURES, at_year
from knr_gis.errors import AnalysisError, CrsError

NAN = float("nan")
Rows = list[tuple[object, ...]]


def table(rows: Rows, key: str = "muni_code") -> gpd.GeoDataFrame:
    """Rows of (key, year, persons, 0-14, 15-64, 65+, 75+); what a row leaves out is unknown."""
    names = [key, "year", *FIGURES]
    filled = [dict(zip(names, row, strict=False)) for row in rows]
    return gpd.GeoDataFrame(pd.DataFrame(filled, columns=names), geometry=[None] * len(rows), crs=town.CRS)


def cells() -> gpd.GeoDataFrame:
    """A cell of 100 in the west; one of 50, half west and half east; one of 40 in the east."""
    shapes = [box(0, 0, 500, 500), box(900, 0, 1100, 200), box(1500, 0, 1600, 100)]
    figures = [[100, 10, 60, 30, 15], [50, 5, 25, 20, 10], [40, 4, 16, 20, 12]]
    columns = {name: [float(row[k]) for row in figures] for k, name in enumerate(FIGURES)}
    return town.frame({"mesh_code": ["a", "b", "c"], "households": [40, 20, 15], **columns}, shapes)


def project(population: gpd.GeoDataFrame, rows: Rows, *, year: int = 2045) -> Projected:
    return project_population(
        population, municipalities=town.municipalities(), projection=table(rows), year=year
    )


def totals(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    return frame.groupby("muni_code")[list(FIGURES)].sum(min_count=1)


def note_keys(projected: Projected) -> set[str]:
    return {note.key for note in projected.notes}


def test_persons_alone_are_scaled_by_one_factor_for_each_municipality() -> None:
    projected = project(cells(), [(town.WEST, 2045, 100.0), (town.EAST, 2045, 13.0)])
    people = projected.frame.set_index(["mesh_code", "muni_code"])["persons"]
    assert people.to_dict() == pytest.approx(  # west 125 -> 100, east 65 -> 13
        {("a", town.WEST): 80, ("b", town.WEST): 20, ("b", town.EAST): 5, ("c", town.EAST): 8}
    )
    assert projected.frame.loc[0, "age_65_plus_persons"] == pytest.approx(24)  # the structure stays
    states = projected.factors.set_index(["muni_code", "age_group"])["projection_state"]
    assert states[town.WEST, "persons"] == "projected"
    assert states[town.WEST, "age_65_plus_persons"] == "follows_persons"
    assert "demand.note_follows_persons" in note_keys(projected)


def test_each_age_group_has_its_own_factor() -> None:
    projected = project(cells(), [(town.WEST, 2045, 100, 6, 44, 50, 30), (town.EAST, 2045, 40, 3, 7, 30, 20)])
    first = projected.frame.iloc[0]
    # West: 12.5 young, 72.5 working, 20 of 65-74 and 20 of 75+ now; the cell has 10, 60, 15, 15.
    young, working, older, oldest = 10 * 6 / 12.5, 60 * 44 / 72.5, 15 * 20 / 20, 15 * 30 / 20
    assert first["age_0_14_persons"] == pytest.approx(young)
    assert first["age_65_plus_persons"] == pytest.approx(older + oldest)
    assert first["age_75_plus_persons"] == pytest.approx(oldest)
    assert first["persons"] == pytest.approx(young + working + older + oldest)
    assert totals(projected.frame).loc[town.WEST].tolist() == pytest.approx([100, 6, 44, 50, 30])
    factor = projected.factors.set_index(["muni_code", "age_group"])["growth_factor"]
    assert factor[town.WEST, "age_75_plus_persons"] == pytest.approx(1.5)


def test_a_cell_across_the_border_is_cut_there() -> None:
    frame = project(cells(), [(town.WEST, 2045, 125.0), (town.EAST, 2045, 65.0)]).frame
    halves = frame[frame["mesh_code"] == "b"]
    assert halves.area.tolist() == pytest.approx([20_000, 20_000])
    assert halves["persons"].tolist() == pytest.approx([25, 25])
    whole = frame[frame["mesh_code"] == "a"].geometry.iloc[0]
    assert whole.equals(cells().geometry.iloc[0])
    assert "households" not in frame  # nobody projected them


def test_a_municipality_without_projection_is_unknown_and_not_as_today() -> None:
    projected = project(cells(), [(town.WEST, 2045, 100.0)])
    east = projected.frame[projected.frame["muni_code"] == town.EAST]
    assert east[list(FIGURES)].isna().all(axis=None)
    states = projected.factors.query("age_group == 'persons'").set_index("muni_code")["projection_state"]
    assert states.to_dict() == {
        town.WEST: "projected", town.EAST: "no_projection", town.NORTH: "no_projection",
    }  # fmt: skip
    note = next(note for note in projected.notes if note.key == "demand.note_no_projection")
    assert note.values["names"] == "東町、北町"


def test_people_projected_to_where_nobody_is_have_no_place() -> None:
    projected = project(cells(), [(town.NORTH, 2045, 7.0), (town.WEST, 2045, 100.0)])
    north = projected.factors.query("age_group == 'persons'").set_index("muni_code").loc[town.NORTH]
    assert north["projection_state"] == "no_base"
    assert np.isnan(north["growth_factor"])
    assert "demand.note_no_base" in note_keys(projected)


def test_suppressed_ages_stay_unknown_while_the_persons_grow() -> None:
    people = cells().iloc[[0, 2]].assign(mesh_code=["a", "d"])
    people.loc[2, "geometry"] = box(600, 0, 700, 100)
    people.loc[2, list(FIGURES[1:])] = NAN
    projected = project(people, [(town.WEST, 2045, 70, 5, 25, 40, 20)])
    hidden = projected.frame[projected.frame["mesh_code"] == "d"].iloc[0]
    assert hidden[list(FIGURES[1:])].isna().all()
    # Both halve: by ages 70 of 100, as the municipality 70 of 140; then all is brought to 70.
    shown = 100 * 0.7
    assert hidden["persons"] == pytest.approx(20 * 70 / (shown + 20))
    assert projected.frame["persons"].sum() == pytest.approx(70)
    assert projected.frame["age_65_plus_persons"].sum() == pytest.approx(40)


def test_unknown_persons_stay_unknown() -> None:
    people = cells()
    people.loc[0, list(FIGURES)] = NAN
    frame = project(people, [(town.WEST, 2045, 20.0)]).frame.set_index(["mesh_code", "muni_code"])
    assert np.isnan(frame.loc[("a", town.WEST), "persons"])
    assert frame.loc[("b", town.WEST), "persons"] == pytest.approx(20)


def test_without_those_over_75_they_follow_the_old() -> None:
    projected = project(cells(), [(town.WEST, 2045, 100, 6, 44, 50)])
    assert projected.frame.loc[0, "age_75_plus_persons"] == pytest.approx(15 * 50 / 40)
    states = projected.factors.set_index(["muni_code", "age_group"])["projection_state"]
    assert states[town.WEST, "age_75_plus_persons"] == "follows_65_plus"


def test_between_two_years_the_projection_is_interpolated() -> None:
    projected = project(cells(), [(town.WEST, 2030, 120.0), (town.WEST, 2040, 80.0)], year=2033)
    assert totals(projected.frame).loc[town.WEST, "persons"] == pytest.approx(108)
    assert "demand.note_interpolated" in note_keys(projected)


@pytest.mark.parametrize("year", [2029, 2041])
def test_a_year_outside_is_refused_with_the_years_there_are(year: int) -> None:
    with pytest.raises(AnalysisError, match="2030、2040"):
        project(cells(), [(town.WEST, 2030, 120.0), (town.WEST, 2040, 80.0)], year=year)


def test_without_any_projection_or_people_it_is_said() -> None:
    towns = town.municipalities()
    with pytest.raises(AnalysisError, match="population_projection"):
        project_population(cells(), municipalities=towns, year=2045)
    with pytest.raises(AnalysisError, match="population_mesh_projection"):
        project_population(None, municipalities=towns, projection=table([(town.WEST, 2045, 1.0)]), year=2045)


def test_layers_must_share_a_crs() -> None:
    with pytest.raises(CrsError):
        project_population(
            cells().to_crs("EPSG:6680"), municipalities=town.municipalities(), projection=table([]), year=2045
        )


def mesh_of(rows: Rows) -> gpd.GeoDataFrame:
    shapes = {"m": box(0, 0, 500, 500), "n": box(1500, 0, 1600, 100)}
    frame = table(rows, "mesh_code")
    return frame.set_geometry(gpd.GeoSeries([shapes[str(c)] for c in frame["mesh_code"]], crs=town.CRS))


def test_a_mesh_projection_goes_before_that_of_the_municipality() -> None:
    mesh = mesh_of([("m", 2040, 60.0), ("m", 2050, 40.0), ("n", 2040, 9.0), ("n", 2050, 9.0)])
    given = {"municipalities": town.municipalities(), "projection": table([(town.WEST, 2055, 10.0)])}
    projected = project_population(cells(), mesh_projection=mesh, year=2045, **given)
    assert projected.source == "mesh"
    assert projected.frame.set_index("mesh_code")["persons"].to_dict() == {"m": 50.0, "n": 9.0}
    factor = projected.factors.set_index("muni_code")["growth_factor"]
    assert factor[town.WEST] == pytest.approx(50 / 125)
    assert projected.factors.set_index("muni_code").loc[town.NORTH, "projection_state"] == "no_projection"
    beyond = project_population(cells(), mesh_projection=mesh, year=2055, **given)
    assert beyond.source == "municipality"


def test_a_cell_with_one_of_two_years_is_left_out_of_the_years_between() -> None:
    rows = at_year(
        table([("m", 2040, 60.0), ("n", 2040, 5.0), ("n", 2050, NAN)], "mesh_code"), "mesh_code", 2045
    )
    assert rows.index.tolist() == ["n"]
    assert np.isnan(rows.loc["n", "persons"])


def test_a_mesh_that_covers_a_part_only_is_noticed() -> None:
    rows: Rows = [(town.WEST, 2025, 5000.0), (town.WEST, 2045, 100.0), (town.EAST, 2025, 60.0)]
    note = next(n for n in project(cells(), rows).notes if n.key == "demand.note_base_unlike")
    assert note.values["names"] == "西町"


counts = st.integers(0, 400)
people = st.lists(st.tuples(counts, counts, counts, counts), min_size=1, max_size=8)
some = st.integers(1, 500)


@given(people, some, some, some, some, st.data())
@settings(max_examples=150, deadline=None)
def test_totals_equal_the_projection(
    drawn: list[tuple[int, ...]], young: int, working: int, older: int, oldest: int, data: st.DataObject
) -> None:
    """Of every municipality, all of its age groups, and nothing negative; the oldest are among the old."""
    parts = np.array(drawn, dtype=float) + 1
    figures = np.column_stack(
        [parts.sum(axis=1), parts[:, 0], parts[:, 1], parts[:, 2] + parts[:, 3], parts[:, 3]]
    )
    muni = np.array([data.draw(st.integers(0, 2)) for _ in drawn])
    target = np.array([[young + working + older + oldest, young, working, older + oldest, oldest]] * 3, float)
    grown = grow(figures, muni, target).grown
    for town_of in np.unique(muni):
        assert grown[muni == town_of].sum(axis=0) == pytest.approx(target[town_of], rel=1e-9)
    assert grown[:, 0] == pytest.approx(grown[:, 1:4].sum(axis=1), rel=1e-9)
    assert (grown >= 0).all()
    assert (grown[:, 4] <= grown[:, 3] * (1 + 1e-12)).all()


@given(st.lists(st.tuples(counts, st.booleans()), min_size=1, max_size=9), some)
@settings(max_examples=100, deadline=None)
def test_persons_equal_the_projection_whatever_ages_are_hidden(
    drawn: list[tuple[int, bool]], wanted: int
) -> None:
    figures = np.array([[n + 1, 0.2 * n, 0.5 * n, 0.3 * n, 0.1 * n] for n, _ in drawn])
    figures[[hidden for _, hidden in drawn], 1:] = NAN
    target = np.array([[wanted, 0.1 * wanted, 0.4 * wanted, 0.5 * wanted, 0.3 * wanted]])
    grown = grow(figures, np.zeros(len(drawn), int), target).grown
    assert grown[:, 0].sum() == pytest.approx(wanted, rel=1e-9)
    assert (np.isnan(grown[:, 1:]) >= np.isnan(figures[:, 1:])).all()


@given(st.integers(2030, 2040), some, some)
def test_interpolation_lies_between_its_ends(year: int, first: int, last: int) -> None:
    value = at_year(table([("a", 2030, first), ("a", 2040, last)]), "muni_code", year).loc["a", "persons"]
    assert value == pytest.approx(np.interp(year, [2030, 2040], [first, last]))
