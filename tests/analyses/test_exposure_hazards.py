"""Several hazards at once, and two editions of one: pencil sums, geopandas, laws."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from knr_gis.analyses.exposure import exposure
from knr_gis.analyses.exposure.layering import CHANGES
from knr_gis.errors import CrsError
from knr_gis.result import Result
from knr_gis.texts import say
from tests import town
from tests.town import DEEP, NAN

TSUNAMI, FLOOD, LANDSLIDE = "津波浸水想定", "洪水浸水想定区域", "土砂災害警戒区域"
NONE, UNSEEN = say("exposure.hazard.none"), say("exposure.hazard.not_evaluated")
NEW, GONE, DEEPER, SHALLOWER, SAME, UNTOLD = (say(f"exposure.change.{name}") for name in CHANGES)


def run(**changes: object) -> Result:
    inputs = {
        "hazard": town.hazard(), "municipalities": town.municipalities(), "population": town.population(),
        "exposed": {"farmland": town.farmland(), "roads": town.roads(), "settlements": town.settlements()},
    }  # fmt: skip
    return exposure(**{**inputs, **changes})


def flood() -> gpd.GeoDataFrame:
    """西町 x 0-400: y 400-600 to 3 m (half of it in the tsunami); 北町 has none."""
    return town.frame({"depth_min_m": [0.5], "depth_max_m": [3.0]}, [box(0, 400, 400, 600)])


def landslides() -> gpd.GeoDataFrame:
    """西町 x 300-500, y 450-650: the special zone (1 ha) within the zone of warning (4 ha)."""
    grades = ["警戒区域", "特別警戒区域"]
    return town.frame({"warning_grade": grades}, [box(300, 450, 500, 650), box(400, 550, 500, 650)])


def values(table: pd.DataFrame, figure: str, *keys: str) -> dict[tuple[str, ...], float]:
    rows = table[table["figure"] == figure]
    found = list(zip(*(rows[key] for key in keys), strict=True))
    assert len(set(found)) == len(found)
    return dict(zip(found, rows["figure_value"].astype(float), strict=True))


def hazards() -> Result:
    return run(other_hazards={"flood_inundation": flood(), "landslide_zones": landslides()})


def test_each_hazard_by_its_own_classes() -> None:
    land = values(hazards().tables["hazards"], "市町村の面積の内訳", "hazard", "municipality", "hazard_class")
    assert land[FLOOD, "西町", "0.5m以上3m未満"] == pytest.approx(8)
    assert land[LANDSLIDE, "西町", "特別警戒区域"] == pytest.approx(1)
    assert land[LANDSLIDE, "西町", "警戒区域"] == pytest.approx(3)
    assert land[TSUNAMI, "西町", DEEP] == pytest.approx(30)
    assert np.isnan(land[FLOOD, "北町", "0.5m以上3m未満"])
    assert land[FLOOD, "北町", UNSEEN] == 200


def test_how_many_hazards_at_once() -> None:
    table = hazards().tables["hazards_at_once"]
    land = values(table, "市町村の面積の内訳", "municipality", "hazards_here")
    # flood 8 ha, 4 in the tsunami; landslide 4 ha: 300-400 x 450-600 in the flood (1.5, a third in the
    # tsunami), 400-500 x 450-500 in the tsunami only (0.5)
    assert land["西町", f"{TSUNAMI}＋{FLOOD}＋{LANDSLIDE}"] == pytest.approx(0.5)
    assert land["西町", f"{FLOOD}＋{LANDSLIDE}"] == pytest.approx(1.0)
    assert land["西町", f"{TSUNAMI}＋{LANDSLIDE}"] == pytest.approx(0.5)
    assert land["西町", f"{TSUNAMI}＋{FLOOD}"] == pytest.approx(3.5)
    assert land["西町", LANDSLIDE] == pytest.approx(2.0)
    assert land["西町", FLOOD] == pytest.approx(3.0)
    assert land["西町", TSUNAMI] == pytest.approx(45.5)
    assert land["西町", NONE] == pytest.approx(44)
    # 東町 has no flood data: what lies outside the tsunami is not known to be free
    assert np.isnan(land["東町", NONE])
    assert land["東町", UNSEEN] == pytest.approx(45)
    number = table.set_index("hazards_here")["hazards_number"]
    assert set(number[f"{TSUNAMI}＋{FLOOD}＋{LANDSLIDE}"]) == {3}
    assert set(number[NONE]) == {0}


def test_the_region_in_one_line_for_each_figure() -> None:
    table = hazards().tables["hazards_region"].set_index("figure")
    land = table.loc["市町村の面積の内訳"]
    assert land[f"{TSUNAMI}＋{FLOOD}"] == pytest.approx(3.5)
    assert land[say("exposure.hazard.inside")] == pytest.approx(56 + 55)
    assert land[[NONE, UNSEEN, say("exposure.hazard.inside")]].sum() == pytest.approx(400)
    editions = run(hazard_before=before()).tables["editions_region"].set_index("figure")
    assert editions.loc["市町村の面積の内訳", GONE] == 15


def test_points_and_roads_under_several_hazards() -> None:
    places = town.frame({"name": list("abc")}, [Point(350, 480), Point(350, 550), Point(900, 900)])
    street = town.frame({"road_name": ["x"]}, [LineString([(350, 400), (350, 700)])])
    others = {"flood_inundation": flood(), "landslide_zones": landslides()}
    table = run(exposed={"settlements": places, "roads": street}, other_hazards=others).tables[
        "hazards_at_once"
    ]
    count = values(table, "集落・字の代表点の数", "municipality", "hazards_here")
    assert count["西町", f"{TSUNAMI}＋{FLOOD}＋{LANDSLIDE}"] == 1
    assert count["西町", f"{FLOOD}＋{LANDSLIDE}"] == count["西町", NONE] == 1
    length = values(table, "道路の延長", "municipality", "hazards_here")
    assert length["西町", f"{TSUNAMI}＋{FLOOD}＋{LANDSLIDE}"] == pytest.approx(0.05)
    assert length["西町", f"{TSUNAMI}＋{FLOOD}"] == pytest.approx(0.05)
    assert length["西町", f"{FLOOD}＋{LANDSLIDE}"] == pytest.approx(0.1)
    assert (length["西町", LANDSLIDE], length["西町", NONE]) == pytest.approx((0.05, 0.05))


def test_the_tsunami_figures_do_not_change() -> None:
    pd.testing.assert_frame_equal(run().summary, hazards().summary)
    assert "exposure.note_hazards" in [note.key for note in hazards().notes]
    empty = run(other_hazards={"flood_inundation": town.empty("depth_min_m")})
    assert "hazards" not in empty.tables


def test_drawn_ground_lies_in_one_class_only() -> None:
    drawn = hazards().features["hazards_at_once"]
    assert drawn.area.sum() == pytest.approx(drawn.union_all().area, rel=1e-9)
    assert drawn["hazards_number"].max() == 3
    with pytest.raises(CrsError):
        run(other_hazards={"flood_inundation": flood().to_crs(4326)})


def before() -> gpd.GeoDataFrame:
    """The former edition: 0.3-1 m on y 200-600 of both towns, and 1-3 m on y 0-200."""
    shapes = [box(0, 200, 2000, 600), box(0, 0, 2000, 200)]
    return town.frame({"depth_min_m": [0.3, 1.0], "depth_max_m": [1.0, 3.0], "edition": ["2012"] * 2}, shapes)


def test_editions_by_pencil() -> None:
    result = run(hazard_before=before())
    land = values(result.tables["editions"], "市町村の面積の内訳", "municipality", "edition_change")
    # 西町: 0-200 same (20 ha), 200-300 deeper (10), 300-500 same (20), 500-600 gone (10)
    assert (land["西町", SAME], land["西町", DEEPER], land["西町", GONE]) == (40, 10, 10)
    assert (land["西町", NEW], land["西町", SHALLOWER]) == (0, 0)
    # 東町: x 1500-2000, y 500-600 is in both, of unknown depth now
    assert (land["東町", UNTOLD], land["東町", GONE]) == (5, 5)
    assert land["北町", UNSEEN] == 200
    # 東町 without a former edition: what is new there is not known, and not drawn as new
    west_only = run(hazard_before=before().clip(box(0, 0, 1000, 600)))
    assert set(west_only.features["edition_change"]["municipality"]) == {"西町"}
    note = next(n for n in result.notes if n.key == "exposure.note_editions")
    assert note.values == {"before": "2012", "after": say("exposure.edition_untold")}


def test_what_lies_in_the_change() -> None:
    earlier = town.frame({"depth_min_m": [0.3], "depth_max_m": [1.0]}, [box(0, 0, 2000, 250)])
    result = run(hazard_before=earlier)
    land = values(result.tables["editions"], "市町村の面積の内訳", "municipality", "edition_change")
    assert (land["西町", NEW], land["西町", DEEPER]) == (25, 25)
    persons = values(result.tables["editions"], "人口", "municipality", "edition_change")
    assert persons["西町", NEW] == pytest.approx(50)  # half of A's 100 live on y 250-500
    drawn = result.features["edition_change"]
    assert set(drawn["edition_change"]) == {NEW, DEEPER}
    assert drawn["area_ha"].sum() == pytest.approx(105)


def zones(rng: np.random.Generator) -> gpd.GeoDataFrame:
    low = shapely.union_all([Point(p).buffer(250, quad_segs=3) for p in rng.uniform(0, 2000, (12, 2))])
    deep = shapely.union_all([Point(p).buffer(180, quad_segs=3) for p in rng.uniform(0, 2000, (8, 2))])
    bounds = {"depth_min_m": [0.3, 1.0], "depth_max_m": [1.0, NAN]}
    return town.frame(bounds, [shapely.difference(low, deep), deep])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_new_gone_and_both_make_the_union(seed: int) -> None:
    rng = np.random.default_rng(seed)
    old, new, land = zones(rng), zones(rng), town.municipalities().union_all()
    drawn = run(hazard=new, hazard_before=old, hazard_covers=["西町", "東町", "北町"]).features[
        "edition_change"
    ]
    area = drawn.groupby("edition_change")["area_ha"].sum() * 1e4
    a, b = old.union_all().intersection(land), new.union_all().intersection(land)
    assert area.sum() == pytest.approx(a.union(b).area, rel=1e-9)
    assert area.get(NEW, 0) == pytest.approx(b.difference(a).area, rel=1e-6, abs=1e-3)
    assert area.get(GONE, 0) == pytest.approx(a.difference(b).area, rel=1e-6, abs=1e-3)
    deeper = new.geometry[1].intersection(old.geometry[0]).intersection(land).area
    assert area.get(DEEPER, 0) == pytest.approx(deeper, rel=1e-6, abs=1e-3)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_numbers_of_hazards_add_up_and_agree_with_geopandas(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, two, fields = zones(rng), zones(rng), town.farmland()
    covers = {"hazard": one, "other_hazards": {"flood_inundation": two}, "exposed": {"farmland": fields}}
    table = run(**covers, population=None).tables["hazards_at_once"]
    for figure in ("農地の面積", "市町村の面積の内訳"):
        rows = table[(table["figure"] == figure) & (table["municipality"] == "西町")]
        parts = rows[~rows["hazards_here"].isin([say("exposure.hazard.inside"), say("exposure.kind.total")])]
        whole = rows[rows["hazards_here"] == say("exposure.kind.total")]["figure_value"].item()
        assert parts["figure_value"].sum() == pytest.approx(whole, rel=1e-9)
    both = values(table, "市町村の面積の内訳", "municipality", "hazards_here").get(
        ("全域", f"{TSUNAMI}＋{FLOOD}"), 0
    )
    theirs = gpd.overlay(one, two, keep_geom_type=True).union_all()
    assert both == pytest.approx(theirs.intersection(box(0, 0, 2000, 2000)).area / 1e4, rel=1e-9, abs=1e-9)
