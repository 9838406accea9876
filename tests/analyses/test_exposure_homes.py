"""Persons of mesh cells by their homes, and hazards that are stated to cover a municipality."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from knr_gis.analyses.exposure import exposure
from knr_gis.analyses.exposure.partition import make_part, make_study, merge_parts
from knr_gis.errors import AnalysisError
from knr_gis.result import Result
from knr_gis.texts import say
from tests import town

FLOOD = "洪水浸水想定区域"


def homes(*rows: tuple[float, float, float, str, float | None]) -> gpd.GeoDataFrame:
    """Return squares of 10 x 10 m: x, y (lower left), size factor, use, storeys."""
    shapes = [box(x, y, x + 10 * k, y + 10) for x, y, k, _, _ in rows]
    return town.frame(
        {"building_use": [use for *_, use, _ in rows], "storeys": [s for *_, s in rows]}, shapes
    )


def run(buildings: gpd.GeoDataFrame | None, **changes: object) -> Result:
    exposed = {} if buildings is None else {"buildings": buildings}
    return exposure(
        hazard=town.hazard(), municipalities=town.municipalities(), population=town.population(),
        exposed=exposed, **changes,
    )  # fmt: skip


def value(result: Result, measure: str, group: str = "") -> float:
    rows = result.summary[(result.summary["measure"] == measure) & (result.summary["muni_code"] == "")]
    return float(rows[rows["group"] == group]["value"].iloc[0])


def test_people_are_where_their_homes_are() -> None:
    # Cell A (0-500 x 0-500, 100 persons) lies in the zone whole; cell D (y 750-1250, 20 persons) outside it.
    # Cell B (x 1500-2000, y up to 250): half at sea. No home in B and D: they are spread as before.
    spread = run(None)
    housed = run(homes((100, 100, 1, "住宅", 1.0), (200, 700, 1, "住宅", 2.0)), persons_by="homes")
    for measure in ("persons_in_zone", "persons"):
        assert value(housed, measure) == pytest.approx(value(spread, measure))


def test_the_zone_takes_the_homes_in_it_by_floor_area() -> None:
    # One cell over the edge of the zone (y = 500): two equal houses of one storey inside, one of two outside.
    cell = town.frame({"persons": [90.0], "age_65_plus_persons": [30.0]}, [box(0, 400, 400, 1000)])
    built = homes((50, 420, 1, "住宅", 1.0), (80, 450, 1, "", None), (50, 900, 1, "共同住宅", 2.0),
                  (300, 420, 9, "倉庫", 5.0))  # fmt: skip
    arguments = {"hazard": town.hazard(), "municipalities": town.municipalities(), "population": cell}
    result = exposure(**arguments, exposed={"buildings": built}, persons_by="homes")
    assert value(result, "persons_in_zone") == pytest.approx(45)
    assert value(result, "age_65_plus_persons_in_zone") == pytest.approx(15)
    assert value(result, "persons") == pytest.approx(90)
    by_land = exposure(**arguments, exposed={"buildings": built})
    assert value(by_land, "persons_in_zone") == pytest.approx(90 * 100 / 600)


def test_a_house_at_sea_takes_nobody_with_it() -> None:
    cell = town.frame({"persons": [60.0]}, [box(0, -300, 400, 300)])
    built = homes((50, -200, 1, "住宅", 1.0), (50, 100, 1, "住宅", 1.0))
    result = exposure(
        hazard=town.hazard(), municipalities=town.municipalities(), population=cell,
        exposed={"buildings": built}, persons_by="homes",
    )  # fmt: skip
    assert value(result, "persons_in_zone") == pytest.approx(60)


def test_homes_need_buildings() -> None:
    with pytest.raises(AnalysisError, match="建物"):
        run(None, persons_by="homes")


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000))
def test_nobody_is_lost_and_the_parts_agree_with_the_whole(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = [(x, y, 1, str(use), 2.0) for x, y, use in
            zip(rng.uniform(-100, 2000, 30), rng.uniform(-100, 1900, 30), rng.choice(["住宅", "倉庫"], 30),
                strict=True)]  # fmt: skip
    buildings = homes(*rows)
    whole = run(buildings, persons_by="homes")
    assert value(whole, "persons") == pytest.approx(value(run(None), "persons"), rel=1e-9)
    study = make_study(hazard=town.hazard(), municipalities=town.municipalities(),
                       population=town.population(), exposed={"buildings": buildings},
                       persons_by="homes")  # fmt: skip
    _, summary = merge_parts(study, [make_part(study, k) for k in range(3)])
    keys = ["muni_code", "group", "measure"]
    left, right = (f.set_index(keys)["value"].sort_index() for f in (whole.summary, summary))
    assert left.index.equals(right.index)
    np.testing.assert_allclose(left, right, rtol=1e-9)


def test_a_further_hazard_may_be_stated_to_cover_a_municipality() -> None:
    flood = town.frame({"depth_min_m": [0.5], "depth_max_m": [3.0]}, [box(0, 400, 400, 600)])

    def unseen_ha(**given_: object) -> float:
        table = run(None, other_hazards={"flood_inundation": flood}, **given_).tables["hazards"]
        row = table[
            (table["hazard"] == FLOOD)
            & (table["municipality"] == "北町")
            & (table["hazard_class"] == say("exposure.hazard.not_evaluated"))
            & (table["layer"] == "municipalities")
        ]
        return float(row["figure_value"].iloc[0])

    assert unseen_ha() == pytest.approx(200)
    for entry in ("flood_inundation=北町", f"{FLOOD}=北町", "flood_inundation=*"):
        assert unseen_ha(other_hazards_cover=[entry]) == 0


@pytest.mark.parametrize("entry", ["北町", "landslide_zones=北町", "flood_inundation=南町"])
def test_a_cover_that_cannot_be_read_is_told(entry: str) -> None:
    flood = town.frame({"depth_min_m": [0.5], "depth_max_m": [3.0]}, [box(0, 400, 400, 600)])
    with pytest.raises(AnalysisError, match=entry.rpartition("=")[2]):
        run(None, other_hazards={"flood_inundation": flood}, other_hazards_cover=[entry])


def test_homes_across_a_border_stay_with_their_cell() -> None:
    # A cell over two municipalities: all homes are in the east.
    cell = town.frame({"persons": [10.0]}, [box(900, 0, 1100, 200)])
    result = exposure(
        hazard=town.hazard(), municipalities=town.municipalities(), population=cell,
        exposed={"buildings": homes((1050, 100, 1, "住宅", 1.0))}, persons_by="homes",
    )  # fmt: skip
    rows = result.summary[(result.summary["measure"] == "persons_in_zone") & (result.summary["group"] == "")]
    assert dict(zip(rows["municipality"], rows["value"], strict=True))["東町"] == pytest.approx(10)
    assert shapely.area(cell.geometry.iloc[0]) == 40_000
