"""Fetching several layers: what is there comes in, what is missing is one line each."""

import json
import shutil
from dataclasses import replace

import geopandas as gpd
import pytest
from click.testing import CliRunner
from shapely.geometry import LineString, box

from knr_gis.acquire import fetch_layers
from knr_gis.cli import main
from knr_gis.fetch_plan import file_name
from knr_gis.layers import load_layers
from knr_gis.listing import check_workspace
from knr_gis.provenance import load_provenance
from knr_gis.settings import load_settings

ROADS = {"N13_002": ["1"], "N13_003": ["3"], "N13_004": ["1"], "N13_006": ["2"]}
STREET = LineString([(144.36, 43.0), (144.37, 43.0)])


def official_names(layer_id):
    return [file_name(url) for url in load_layers(load_settings().layers_dir)[layer_id].source.downloads]


def shapefile_zip(path, frame):
    """Write a shapefile in a ZIP under an official name."""
    folder = path.with_suffix("")
    folder.mkdir()
    frame.to_file(folder / f"{folder.name}.shp")
    shutil.make_archive(str(folder), "zip", folder)
    shutil.rmtree(folder)


@pytest.fixture
def stick(tmp_path):
    """A USB stick: towns, two of the sheets of roads, two lists of settlements, no evacuation sites."""
    folder = tmp_path / "stick"
    folder.mkdir()
    towns = {"N03_004": ["釧路市"], "N03_007": ["01206"]}
    shapefile_zip(
        folder / official_names("municipalities")[0],
        gpd.GeoDataFrame(towns, geometry=[box(144.2, 42.95, 144.5, 43.2)], crs="EPSG:6668"),
    )
    for name in official_names("roads")[1:3]:
        shapefile_zip(folder / name, gpd.GeoDataFrame(ROADS, geometry=[STREET], crs="EPSG:6668"))
    towns_list = [{"town": "幣舞町", "koaza": "", "lat": 42.98, "lng": 144.38}]
    for name in official_names("settlements")[:2]:
        (folder / name).write_text(json.dumps(towns_list), encoding="utf-8")
    return folder


@pytest.fixture
def work(tmp_path):
    return replace(load_settings(tmp_path / "workspace"), pause_s=0.0)


def test_what_is_there_comes_in_and_what_is_missing_is_one_line_each(stick, work):
    wanted = ("municipalities", "evacuation_sites", "roads", "settlements", "elevation")
    report = fetch_layers(work, wanted, mirror=str(stick))
    assert len(report.lines) == 1 + 2 + 2
    sites, roads, settlements, elevation = (str(error) for error in report.failures)
    assert "mergeFromCity_2.csv" in sites
    missing = [name for name in official_names("roads") if name not in official_names("roads")[1:3]]
    assert all(name in roads for name in missing)
    assert "6 個" in roads
    assert "ほかの 2 個" in roads
    assert "11 個" in settlements
    assert "knr import" in elevation
    provenance = load_provenance(work.workspace)
    assert [raw.file for raw in provenance["roads"].raw] == official_names("roads")[1:3]
    assert all(raw.origin.startswith("https://") for raw in provenance["roads"].raw)
    assert "evacuation_sites" not in provenance


def test_a_file_that_cannot_be_read_does_not_keep_the_next_from_coming(stick, work):
    (stick / official_names("settlements")[0]).write_text("[]", encoding="utf-8")
    report = fetch_layers(work, ("settlements",), mirror=str(stick))
    assert len(report.lines) == 1
    assert len(report.failures) == 2  # the empty list, and the eleven that are not there


def test_nobody_there_is_said_once_for_a_layer_of_many_files(work, tmp_path):
    report = fetch_layers(work, ("roads", "settlements"), mirror=str(tmp_path / "no stick"))
    assert report.lines == []
    assert len(report.failures) == 2


def test_the_command_ends_with_1_when_anything_is_missing(stick, work):
    arguments = ["--mirror", str(stick), "--workspace", str(work.workspace)]
    whole = CliRunner().invoke(main, ["fetch", "municipalities", *arguments])
    assert (whole.exit_code, whole.stderr) == (0, "")
    part = CliRunner().invoke(main, ["fetch", "roads", *arguments])
    assert part.exit_code == 1
    assert len(part.stderr.strip().splitlines()) == 1
    assert "Traceback" not in part.output


def test_the_check_names_the_sheets_that_are_missing(stick, work):
    fetch_layers(work, ("municipalities", "roads"), mirror=str(stick))
    found = check_workspace(work)
    (row,) = found[found.code == "layer_incomplete"].itertuples()
    assert row.layer_id == "roads"
    assert official_names("roads")[0] in row.message
    assert official_names("roads")[1] not in row.message
