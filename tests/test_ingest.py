"""Bad files: one clear line each, nothing written; good files: recorded with their digest."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pytest
from click.testing import CliRunner
from shapely.geometry import Point, box

from knr_gis.acquire import build_layers, import_files
from knr_gis.cli import main
from knr_gis.errors import KnrError
from knr_gis.listing import layer_rows
from knr_gis.provenance import file_digest, load_provenance
from knr_gis.settings import load_settings
from knr_gis.store import load_frame

SITE = "名称,緯度,経度,津波\n第1避難場所,42.98,144.38,○\n"


@pytest.fixture
def work(tmp_path):
    return load_settings(tmp_path / "workspace")


def geojson(path: Path, features) -> Path:
    collection = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")
    return path


def feature(name, lon, lat):
    place = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "properties": {"name": name}, "geometry": place}


def make_truncated_zip(folder):
    whole = folder / "whole.zip"
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.geojson", json.dumps({"type": "FeatureCollection", "features": [1] * 9999}))
    bad = folder / "truncated.zip"
    bad.write_bytes(whole.read_bytes()[:-60])
    return bad


def make_zip_with_dots(folder):
    path = folder / "dots.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../evil.geojson", "{}")
    return path


def make_shapefile_without_prj(folder):
    gpd.GeoDataFrame({"name": ["a"]}, geometry=[Point(144.38, 42.98)], crs="EPSG:6668").to_file(
        folder / "a.shp"
    )
    (folder / "a.prj").unlink()
    return folder / "a.shp"


def make_empty_file(folder):
    (folder / "empty.csv").touch()
    return folder / "empty.csv"


def make_csv_in_wrong_encoding(folder):
    (folder / "utf16.csv").write_bytes(SITE.encode("utf-16-be"))
    return folder / "utf16.csv"


def make_csv_without_rows(folder):
    (folder / "header.csv").write_text(SITE.splitlines()[0], encoding="utf-8")
    return folder / "header.csv"


def make_layer_without_rows(folder):
    return geojson(folder / "none.geojson", [])


def make_html_page(folder):
    (folder / "page.geojson").write_text("<!DOCTYPE html><html><body>404</body></html>", encoding="utf-8")
    return folder / "page.geojson"


def make_far_away(folder):
    return geojson(folder / "tokyo.geojson", [feature("東京", 139.7, 35.7)])


def make_absent(folder):
    return folder / "no_such_file.csv"


def make_other_format(folder):
    (folder / "notes.docx").write_bytes(b"PK")
    return folder / "notes.docx"


def make_without_name_column(folder):
    (folder / "noname.csv").write_text("施設メイ,緯度,経度\na,42.98,144.38\n", encoding="utf-8")
    return folder / "noname.csv"


BAD = [
    make_truncated_zip, make_zip_with_dots, make_shapefile_without_prj, make_empty_file,
    make_csv_in_wrong_encoding, make_csv_without_rows, make_layer_without_rows, make_html_page,
    make_far_away, make_absent, make_other_format, make_without_name_column,
]  # fmt: skip


@pytest.mark.parametrize("make", BAD, ids=lambda make: make.__name__)
def test_bad_file_is_one_line_and_leaves_no_trace(make, work, tmp_path):
    folder = tmp_path / "usb"
    folder.mkdir()
    path = make(folder)
    before = sorted(p.name for p in folder.iterdir())
    arguments = ["import", str(path), "--as", "evacuation_sites", "--workspace", str(work.workspace)]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 1
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert path.name in done.stderr
    assert "Traceback" not in done.output
    assert load_provenance(work.workspace) == {}
    assert not list(work.workspace.rglob("*.*")) or {p.name for p in work.workspace.rglob("*")} <= {".lock"}
    assert sorted(p.name for p in folder.iterdir()) == before
    assert not (tmp_path.parent / "evil.geojson").exists()


def test_shapefile_without_prj_comes_in_when_the_crs_is_stated(work, tmp_path):
    path = make_shapefile_without_prj(tmp_path)
    import_files(work, "evacuation_sites", (path,), crs="EPSG:6668")
    build_layers(work)
    assert load_frame(work.workspace, "evacuation_sites").name.tolist() == ["a"]


def test_import_records_digest_origin_and_date(work, tmp_path):
    path = tmp_path / "sites.csv"
    path.write_bytes(SITE.encode("cp932"))
    (imported,) = import_files(work, "evacuation_sites", (path,))
    (raw,) = load_provenance(work.workspace)["evacuation_sites"].raw
    assert imported.rows == 1
    assert raw.sha256 == file_digest(path)
    assert raw.origin == "sites.csv"
    assert len(raw.obtained) == 10
    assert not raw.sample


def test_constants_hold_for_the_whole_file_and_unknown_ones_are_named(work, tmp_path):
    path = tmp_path / "sites.csv"
    path.write_text(SITE, encoding="utf-8")
    import_files(work, "evacuation_sites", (path,), constants=("indoor=true",))
    build_layers(work)
    assert load_frame(work.workspace, "evacuation_sites").indoor.tolist() == [True]
    with pytest.raises(KnrError) as error:
        import_files(work, "evacuation_sites", (path,), constants=("indor=true",))
    assert "indoor" in str(error.value)
    with pytest.raises(KnrError):
        import_files(work, "evacuation_sites", (path,), constants=("indoor",))


def test_files_add_up_until_replaced(work, tmp_path):
    for number in (1, 2):
        (tmp_path / f"{number}.csv").write_text(SITE.replace("第1", f"第{number}"), encoding="utf-8")
        import_files(work, "evacuation_sites", (tmp_path / f"{number}.csv",))
    build_layers(work)
    assert load_frame(work.workspace, "evacuation_sites").name.tolist() == ["第1避難場所", "第2避難場所"]
    import_files(work, "evacuation_sites", (tmp_path / "2.csv",), replace=True)
    build_layers(work)
    assert load_frame(work.workspace, "evacuation_sites").name.tolist() == ["第2避難場所"]


def make_lists_of_two_towns(folder, name="避難場所.csv"):
    paths = []
    for number, town in enumerate(("釧路市", "釧路町"), 1):
        (folder / town).mkdir()
        (folder / town / name).write_text(SITE.replace("第1", f"第{number}"), encoding="utf-8")
        paths.append(folder / town / name)
    return tuple(paths)


def test_lists_of_one_name_from_two_folders_are_both_kept(work, tmp_path):
    imported = import_files(work, "evacuation_sites", make_lists_of_two_towns(tmp_path))
    assert [one.raw.file for one in imported] == ["釧路市_避難場所.csv", "釧路町_避難場所.csv"]
    assert [one.raw.origin for one in imported] == ["避難場所.csv", "避難場所.csv"]
    build_layers(work)
    assert load_frame(work.workspace, "evacuation_sites").name.tolist() == ["第1避難場所", "第2避難場所"]


def test_a_file_that_takes_the_place_of_another_says_so(work, tmp_path):
    first, second = make_lists_of_two_towns(tmp_path)
    assert import_files(work, "evacuation_sites", (first,))[0].findings == ()
    (finding,) = import_files(work, "evacuation_sites", (second,))[0].findings
    assert finding.code == "file_replaced"
    assert "避難場所.csv" in finding.message
    build_layers(work)
    assert load_frame(work.workspace, "evacuation_sites").name.tolist() == ["第2避難場所"]


def test_the_same_content_under_two_names_counts_once(work, tmp_path):
    for name in ("a.csv", "コピー.csv"):
        (tmp_path / name).write_text(SITE, encoding="utf-8")
    import_files(work, "evacuation_sites", (tmp_path / "a.csv",))
    assert import_files(work, "evacuation_sites", (tmp_path / "a.csv",))[0].findings == ()
    (finding,) = import_files(work, "evacuation_sites", (tmp_path / "コピー.csv",))[0].findings
    assert finding.code == "file_same"
    assert [p.name for p in (work.workspace / "raw" / "evacuation_sites").iterdir()] == ["コピー.csv"]
    build_layers(work)
    assert len(load_frame(work.workspace, "evacuation_sites")) == 1


def test_shapefiles_of_one_name_are_both_kept(work, tmp_path):
    paths = []
    for number in (1, 2):
        folder = tmp_path / f"町{number}"
        folder.mkdir()
        place = Point(144.38, 42.98 + number / 100)
        frame = gpd.GeoDataFrame({"name": [f"第{number}"]}, geometry=[place], crs="EPSG:6668")
        frame.to_file(folder / "sites.shp", encoding="utf-8")
        paths.append(folder / "sites.shp")
    imported = import_files(work, "evacuation_sites", tuple(paths))
    assert [one.raw.file for one in imported] == ["町1_sites.zip", "町2_sites.zip"]
    build_layers(work)
    assert load_frame(work.workspace, "evacuation_sites").name.tolist() == ["第1", "第2"]


def test_layers_are_rebuilt_when_the_municipalities_change(work, tmp_path):
    (tmp_path / "sites.csv").write_text(SITE, encoding="utf-8")
    import_files(work, "evacuation_sites", (tmp_path / "sites.csv",))
    assert build_layers(work) == {"evacuation_sites": 1}
    assert build_layers(work) == {}
    town = gpd.GeoDataFrame(
        {"N03_007": ["01206"], "N03_004": ["釧路市"]},
        geometry=[box(144.2, 42.9, 144.6, 43.1)],
        crs="EPSG:6668",
    )
    town.to_file(tmp_path / "N03.geojson")
    import_files(work, "municipalities", (tmp_path / "N03.geojson",))
    assert set(build_layers(work)) == {"municipalities", "evacuation_sites"}
    sites = load_frame(work.workspace, "evacuation_sites")
    assert sites.municipality.tolist() == ["釧路市"]
    states = {row[0]: row[2] for row in layer_rows(work)}
    assert states["evacuation_sites"] == "利用可"
    assert states["roads"] == "なし"


def test_markup_in_names_is_only_text(work, tmp_path):
    name = "<script>alert(1)</script>"
    path = geojson(tmp_path / "x.geojson", [feature(name, 144.38, 42.98)])
    import_files(work, "evacuation_sites", (path,))
    build_layers(work)
    assert load_frame(work.workspace, "evacuation_sites").name.tolist() == [name]


def test_layers_are_rebuilt_when_their_definition_changes(work, tmp_path):
    """People edit layers/*.toml: what was built by the old words must not stay."""
    definitions = tmp_path / "layers"
    definitions.mkdir()
    text = (work.layers_dir / "evacuation_sites.toml").read_text(encoding="utf-8")
    (definitions / "evacuation_sites.toml").write_text(text, encoding="utf-8")
    own = replace(work, layers_dir=definitions)
    (tmp_path / "sites.csv").write_text(SITE.replace("津波", "大津波のとき"), encoding="utf-8")
    import_files(own, "evacuation_sites", (tmp_path / "sites.csv",))
    assert build_layers(own) == {"evacuation_sites": 1}
    assert build_layers(own) == {}
    assert "tsunami" not in load_frame(work.workspace, "evacuation_sites")
    changed = text.replace('tsunami = ["津波", ', 'tsunami = ["大津波のとき", "津波", ')
    assert changed != text
    (definitions / "evacuation_sites.toml").write_text(changed, encoding="utf-8")
    assert build_layers(own) == {"evacuation_sites": 1}
    assert load_frame(work.workspace, "evacuation_sites").tsunami.tolist() == [True]
    (definitions / "evacuation_sites.toml").write_text(
        changed.replace("#56B4E9", "#000000"), encoding="utf-8"
    )
    assert build_layers(own) == {}, "a colour is no reason to build again"


def make_zip_with_damaged_table(folder):
    path = folder / "damaged.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tblT001141H6444.txt", "KEY_CODE,HTKSYORI\n")
    path.write_bytes(path.read_bytes().replace(b"KEY_CODE", b"XEY_CODE", 1))
    return path


def make_zip_with_password(folder):
    path = folder / "locked.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tblT001141H6444.txt", "KEY_CODE,HTKSYORI\n")
    raw = bytearray(path.read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(signature) + flags] |= 1
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize("make", [make_zip_with_damaged_table, make_zip_with_password])
def test_damaged_or_locked_mesh_is_one_line_too(make, work, tmp_path):
    """The layer that may come as mesh is looked into before it is read."""
    path = make(tmp_path)
    arguments = ["import", str(path), "--as", "population", "--workspace", str(work.workspace)]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 1
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert path.name in done.stderr
    assert load_provenance(work.workspace) == {}
