"""Places stated to be in the region that lie elsewhere are told, one by one or as a file that is wrong."""

import geopandas as gpd
import pytest
from shapely.geometry import Point, box

from knr_gis.acquire import build_layers, import_files
from knr_gis.listing import check_workspace, write_check
from knr_gis.settings import load_settings
from knr_gis.store import load_frame

KUSHIRO, SEA, TOKYO = (43.05, 144.35), (42.75, 144.3), (35.68, 139.75)
TOWN = box(144.2, 42.95, 144.5, 43.2)


@pytest.fixture
def work(tmp_path):
    """A workspace whose only municipality is a box around Kushiro."""
    path = tmp_path / "towns.geojson"
    gpd.GeoDataFrame({"name": ["釧路市"]}, geometry=[TOWN], crs="EPSG:6668").to_file(path)
    settings = load_settings(tmp_path / "workspace")
    import_files(settings, "municipalities", (path,))
    build_layers(settings)
    return settings


def table(folder, *rows):
    lines = [f"{code},{name},{lat},{lon},○" for code, name, (lat, lon) in rows]
    path = folder / "sites.csv"
    path.write_text("\n".join(["市町村コード,名称,緯度,経度,津波", *lines, ""]), encoding="utf-8")
    return path


def codes(imported):
    return [(f.code, f.feature) for one in imported for f in one.findings]


def test_a_site_far_at_sea_is_told_and_one_of_another_region_is_not(work, tmp_path):
    path = table(tmp_path, ("01206", "高台", KUSHIRO), ("01206", "沖の会館", SEA), ("13101", "皇居", TOKYO))
    imported = import_files(work, "evacuation_sites", (path,))
    assert codes(imported) == [("beyond_region", "沖の会館")]
    finding = imported[0].findings[0]
    assert finding.severity == "error"
    assert (finding.x, finding.y) == (144.3, 42.75)
    assert "釧路市" in finding.message
    build_layers(work)
    assert load_frame(work.workspace, "evacuation_sites").name.tolist() == ["高台"]


def test_points_in_a_vector_file_are_told_too(work, tmp_path):
    path = tmp_path / "sites.geojson"
    columns = {"名称": ["高台", "沖の会館"], "市町村": ["釧路市", "北海道釧路市"], "津波": ["1", "1"]}
    places = [Point(lon, lat) for lat, lon in (KUSHIRO, SEA)]
    gpd.GeoDataFrame(columns, geometry=places, crs="EPSG:6668").to_file(path)
    assert codes(import_files(work, "evacuation_sites", (path,))) == [("beyond_region", "沖の会館")]


def test_many_at_once_are_one_finding_about_the_file(work, tmp_path):
    rows = [("01206", f"第{i}会館", (SEA[0], SEA[1] + i / 100)) for i in range(30)]
    path = table(tmp_path, ("01206", "高台", KUSHIRO), *rows)
    (imported,) = import_files(work, "evacuation_sites", (path,))
    (finding,) = imported.findings
    assert finding.code == "many_beyond_region"
    assert (finding.values["count"], finding.values["total"]) == (30, 31)


def shifted(folder, n_edge):
    """Sites along the southern edge of the town, in coordinates of the Tokyo datum (some 400 m off)."""
    places = gpd.GeoSeries([Point(144.25 + i / 500, 42.952) for i in range(n_edge)], crs="EPSG:6668")
    old = places.to_crs(4301)
    rows = [("01206", f"第{i}会館", (p.y, p.x)) for i, p in enumerate(old)]
    return table(folder, *rows)


def test_the_old_datum_is_suspected(work, tmp_path):
    import_files(work, "evacuation_sites", (shifted(tmp_path, 30),))
    found = check_workspace(work)
    (row,) = found[found.code == "positions_shifted"].itertuples()
    assert row.severity == "error"
    assert "30 件のうち 30 件" in row.message
    assert "0 件に減ります" in row.message
    import_files(work, "evacuation_sites", (tmp_path / "sites.csv",), crs="EPSG:4301")
    assert not check_workspace(work).code.isin(["positions_shifted", "in_no_municipality"]).any()


def test_a_few_slips_are_not_the_fault_of_the_file(work, tmp_path):
    import_files(work, "evacuation_sites", (shifted(tmp_path, 3),))
    found = check_workspace(work)
    assert (found.code == "in_no_municipality").sum() == 3
    assert not found.code.str.startswith("positions_").any()


def test_the_list_opens_in_a_spreadsheet_and_speaks_japanese(work, tmp_path):
    import_files(work, "evacuation_sites", (table(tmp_path, ("01661", "役場", KUSHIRO)),))
    path = write_check(check_workspace(work), tmp_path / "out")
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    head, first, *_ = content.decode("utf-8-sig").splitlines()
    assert head == "重要度,レイヤー,種類,市町村コード,名称,内容,経度,緯度"
    assert first.startswith("要修正,")
    wrong = [line for line in content.decode("utf-8-sig").splitlines() if "outside_municipality" in line]
    assert len(wrong) == 1
    assert wrong[0].startswith("要修正,指定緊急避難場所,")
