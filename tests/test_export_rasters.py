"""FlatGeobuf and Cloud Optimized GeoTIFF: reopened by other programs, in the map's classes."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import paper_town
import pytest
import rasterio
from affine import Affine
from pyproj import CRS
from shapely.geometry import box

from knr_gis.errors import OutputError
from knr_gis.export.flatgeobuf import write_flatgeobuf
from knr_gis.export.raster import UNKNOWN, burnt, write_rasters
from knr_gis.export.raster_qml import raster_qml
from knr_gis.grid import Grid
from knr_gis.style import Style, StyleClass

# --- FlatGeobuf ----------------------------------------------------------------------------------


def test_every_layer_is_a_file_with_its_style(tmp_path: Path) -> None:
    write_flatgeobuf(paper_town.product(), tmp_path / "a.fgb.zip")
    with zipfile.ZipFile(tmp_path / "a.fgb.zip") as archive:
        names = archive.namelist()
        record = json.loads(archive.read("product.json"))
        readme = archive.read("README.txt").decode("utf-8-sig")
    layers = ["evacuation_sites", "municipalities", "result_routes", "tsunami_inundation"]
    assert names == sorted(
        ["README.txt", "product.json", *(f"{x}.{e}" for x in layers for e in ("fgb", "qml"))]
    )
    assert record["sample"] is True
    assert "出典　市町村（模式データ）" in readme


def test_geometry_and_unknown_values_survive(tmp_path: Path) -> None:
    write_flatgeobuf(paper_town.product(), tmp_path / "a.fgb.zip")
    sites = gpd.read_file(f"/vsizip/{tmp_path}/a.fgb.zip/evacuation_sites.fgb")
    assert sites.crs.to_epsg() == 6681
    assert sites["capacity_persons"].isna().sum() == 1
    routes = gpd.read_file(f"/vsizip/{tmp_path}/a.fgb.zip/result_routes.fgb")
    assert sorted(routes.length) == sorted(paper_town.routes().length)


def test_product_without_features_is_one_clear_line(tmp_path: Path) -> None:
    product = paper_town.product(layers=(paper_town.layers()[4],))
    product = replace(product, result=replace(product.result, features={}))
    with pytest.raises(OutputError, match="FlatGeobuf"):
        write_flatgeobuf(product, tmp_path / "a.fgb.zip")
    assert not list(tmp_path.iterdir())


# --- GeoTIFF -------------------------------------------------------------------------------------


def test_depth_zones_are_burnt_with_the_deeper_on_top(tmp_path: Path) -> None:
    write_rasters(paper_town.product(), tmp_path / "a.tif.zip")
    with rasterio.open(f"/vsizip/{tmp_path}/a.tif.zip/tsunami_inundation.tif") as file:
        values, tags = file.read(1), file.tags()
        assert file.crs.to_epsg() == 6681
        assert file.overviews(1)
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert (file.descriptions, file.units) == (("depth_min_m",), ("m",))
        found = {p: float(next(file.sample([(paper_town.X + p[0], paper_town.Y + p[1])]))[0])
                 for p in [(1_000, 500), (1_000, 1_500), (250, 250)]}  # fmt: skip
    assert found == {
        (1_000, 500): 5.0,
        (1_000, 1_500): 0.0,
        (250, 250): 5.0,
    }  # what is known hides the unknown
    cell = 20_000 * 2_000 / values.size
    assert np.sum(values == 5.0) * cell == pytest.approx(20_000 * 1_000, rel=1e-6)
    assert "国土交通省" in tags["TIFFTAG_COPYRIGHT"]
    assert "模式データ" in tags["TIFFTAG_IMAGEDESCRIPTION"]
    assert tags["TIFFTAG_SOFTWARE"] == "knr-gis 0.1.0"


def test_unknown_depth_is_a_value_of_its_own_and_outside_is_none() -> None:
    zones = paper_town.frame({"depth_min_m": [None, 2.0]}, [box(0, 0, 100, 100), box(200, 0, 300, 100)])
    grid = burnt(zones.astype({"depth_min_m": float}), "depth_min_m")
    assert grid.bounds == (0, 0, 300, 100)
    values, counts = np.unique(grid.values, return_counts=True)
    assert values[:2].tolist() == [UNKNOWN, 2.0]
    assert counts[0] == counts[1] == counts[2]
    assert np.isnan(values[2])


def test_of_two_arrival_times_the_earlier_counts() -> None:
    zones = paper_town.frame({"arrival_min": [12.0, 30.0]}, [box(0, 0, 100, 100), box(0, 0, 200, 100)])
    assert set(np.unique(burnt(zones, "arrival_min").values)) == {12.0, 30.0}


def test_a_large_region_has_larger_cells() -> None:
    zones = paper_town.frame({"depth_min_m": [1.0]}, [box(0, 0, 150_000, 120_000)])
    grid = burnt(zones, "depth_min_m")
    assert grid.transform.a == 50.0
    assert grid.values.size == 3000 * 2400


def test_the_raster_that_a_layer_was_drawn_from_is_written_as_it_is(tmp_path: Path) -> None:
    heights = Grid(
        np.array([[1.5, np.nan], [-3.25, 40.0]], dtype=np.float32), Affine(25, 0, 0, 0, -25, 50),
        CRS.from_epsg(6681),
    )  # fmt: skip
    style = Style("#999999", column="elevation_m", classes=(StyleClass("低", "low", "#00ff00", upper=10),))
    layer = replace(paper_town.layers()[1], id="elevation", style=style, grid=heights)
    write_rasters(paper_town.product(layers=(layer,)), tmp_path / "a.tif.zip")
    with rasterio.open(f"/vsizip/{tmp_path}/a.tif.zip/elevation.tif") as file:
        assert np.array_equal(file.read(1), heights.values, equal_nan=True)
        assert "UNKNOWN_VALUE" not in file.tags()


def test_a_raster_can_be_read_in_place(tmp_path: Path) -> None:
    write_rasters(paper_town.product(), tmp_path / "a.tif.zip")
    with zipfile.ZipFile(tmp_path / "a.tif.zip") as archive:
        packed = {i.filename: i.compress_type for i in archive.infolist()}
    assert packed["tsunami_inundation.tif"] == zipfile.ZIP_STORED
    assert packed["README.txt"] == zipfile.ZIP_DEFLATED


def test_raster_style_has_the_classes_of_the_map() -> None:
    style = paper_town.layers()[1].style
    grid = burnt(paper_town.zones(), "depth_min_m")
    root = ET.fromstring(raster_qml(style, grid))  # noqa: S314  our own text
    items = [(float(i.get("value", "")), i.get("color"), i.get("label")) for i in root.iter("item")]
    assert [label for _, _, label in items] == ["その他・不明", "5m未満", "5m以上", "20m以上"]
    for value in (0.0, 4.99, 5.0, 19.0, 20.0):
        color = next(c for upper, c, _ in items if np.float32(value) <= upper)  # as QGIS reads DISCRETE
        numbers = style.class_numbers([value])
        assert color == style.classes[numbers[0]].color
    assert next(c for upper, c, _ in items if upper >= UNKNOWN) == style.color


def test_product_without_a_surface_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="GeoTIFF") as caught:
        write_rasters(paper_town.product(layers=(paper_town.layers()[3],)), tmp_path / "a.tif.zip")
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())
