"""The region file: 13 municipalities, another zone in one file, where nobody walks."""

import geopandas as gpd
import pytest
from shapely.geometry import Point, box

from knr_gis.crs import JGD2011
from knr_gis.errors import CrsError, DefinitionError
from knr_gis.region import load_region, walk_exclusion_area
from knr_gis.settings import load_settings


@pytest.fixture(scope="module")
def region():
    return load_region(load_settings().region_file)


def in_work(region, lon, lat):
    return gpd.GeoSeries([Point(lon, lat)], crs=JGD2011).to_crs(region.crs)[0]


def test_thirteen_municipalities_in_zone_xiii(region):
    assert len(region.codes) == 13
    assert region.crs.to_epsg() == 6681
    assert region.name_of("01206") == "釧路市"
    assert region.name_of("99999") == "99999"


def test_habomai_and_lakes_are_not_walked(region):
    area = walk_exclusion_area(region)
    assert area.contains(in_work(region, 146.1, 43.5)), "志発島"
    assert area.contains(in_work(region, 144.33, 43.61)), "屈斜路湖"
    assert not area.contains(in_work(region, 145.817, 43.385)), "納沙布岬 is walked"
    assert not area.contains(in_work(region, 144.38, 42.98)), "釧路 is walked"


def test_surveyed_lakes_replace_our_outlines_and_islands_stay(region):
    lake = gpd.GeoDataFrame(geometry=[box(0, 0, 10, 10)], crs=region.crs)
    area = walk_exclusion_area(region, lake)
    assert area.contains(Point(5, 5))
    assert not area.contains(in_work(region, 144.33, 43.61))
    assert area.contains(in_work(region, 146.1, 43.5))


def test_another_region_is_one_file(tmp_path):
    path = tmp_path / "region.toml"
    path.write_text(
        'id = "kochi"\nepsg = 6672\nbounds = [132.4, 32.6, 134.4, 34.0]\nmargin_m = 100\n'
        'title = { ja = "高知", en = "Kochi" }\n'
        'municipalities = [{ code = "39201", ja = "高知市", en = "Kochi" }]\n',
        encoding="utf-8",
    )
    region = load_region(path)
    assert region.crs.to_epsg() == 6672
    assert region.codes == ("39201",)
    assert walk_exclusion_area(region).is_empty


def test_bad_region_files_name_the_key(tmp_path):
    path = tmp_path / "region.toml"
    path.write_text('id = "x"\nepgs = 6681\n', encoding="utf-8")
    with pytest.raises(DefinitionError) as error:
        load_region(path)
    assert "epgs" in str(error.value)
    assert "epsg" in str(error.value)
    path.write_text(
        'id = "x"\nepsg = 4326\nbounds = [1, 2, 3, 4]\nmargin_m = 1\nmunicipalities = []\n'
        'title = { ja = "x", en = "x" }\n',
        encoding="utf-8",
    )
    with pytest.raises(CrsError):
        load_region(path)
