"""CSV, GeoPackage and GeoJSON: reopened by other programs, with sources and nothing lost."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import paper_town
import paper_trip
import pyogrio
import pytest
from click.testing import CliRunner
from shapely.geometry import shape

from knr_gis.cli import main
from knr_gis.errors import OutputError
from knr_gis.export import WRITERS
from knr_gis.export.geodata import write_geojson, write_geopackage
from knr_gis.export.summary import write_summary_csv
from knr_gis.maps import FORMATS, file_name
from knr_gis.product import Product
from knr_gis.result import SUMMARY_COLUMNS, summary_frame
from knr_gis.texts import has_text


def product_for(name: str) -> Product:
    return paper_trip.product() if name in ("ics", "routebook") else paper_town.product()


def test_every_format_has_a_writer() -> None:
    assert set(WRITERS) | {"html"} == set(FORMATS)


def test_command_line_names_every_format() -> None:
    text = CliRunner().invoke(main, ["run", "--help"]).output
    assert ",".join(FORMATS) in "".join(text.split())


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_described_and_named_in_the_app(name: str) -> None:
    page = (Path(__file__).resolve().parents[1] / "docs" / "formats.md").read_text(encoding="utf-8")
    assert f"`{name}`" in page
    assert file_name("<地図>", name) in page or name in ("pdf", "docx")
    assert has_text(f"app.format_{name}")


@pytest.mark.parametrize("name", WRITERS)
def test_every_writer_refuses_a_layer_without_credits(name: str, tmp_path: Path) -> None:
    layers = (replace(paper_town.layers()[0], attribution=""), *paper_town.layers()[1:])
    product = replace(product_for(name), layers=layers)
    with pytest.raises(OutputError, match="出典"):
        WRITERS[name](product, tmp_path / f"a.{name}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize(
    "lack", [{"sources": ()}, {"created": ""}, {"version": " "}], ids=lambda x: next(iter(x))
)
def test_every_writer_refuses_a_product_that_says_not_where_it_is_from(
    name: str, lack: dict[str, object], tmp_path: Path
) -> None:
    with pytest.raises(OutputError, match="出力できません"):
        WRITERS[name](replace(product_for(name), **lack), tmp_path / f"a.{name}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", WRITERS)
def test_every_writer_says_in_one_line_that_it_cannot_write(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    product = product_for(name)
    with pytest.raises(OutputError) as caught:
        WRITERS[name](product, tmp_path / "file" / f"a.{name}")
    assert f"a.{name}" in str(caught.value)
    assert "\n" not in str(caught.value)


# --- CSV -----------------------------------------------------------------------------------------


def read_csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_csv_is_the_contract(tmp_path: Path) -> None:
    path = tmp_path / "evacuation.summary.csv"
    write_summary_csv(paper_town.product(), path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfmuni_code,municipality,group,measure,value,unit\r\n")
    head, *rows = read_csv(path)
    assert head == list(SUMMARY_COLUMNS)
    assert rows[0] == ["01206", "釧路市", "5m未満", "zone_area", "1000.0", "ha"]
    assert [row[4] for row in rows if row[:2] == ["01661", "釧路町"] and row[3] == "origins"] == [""]
    assert [row[4] for row in rows if row[3] == "no_route"] == ["0.0"]


def test_csv_text_cannot_be_a_formula_and_numbers_stay_numbers(tmp_path: Path) -> None:
    summary = summary_frame(
        [("01206", "=1+1", "@SUM(A1)", "-x", -5.5, "m"), ("01206", "a", "-", "\t=b", 1.0, "m")]
    )
    product = paper_town.product(result=replace(paper_town.product().result, summary=summary))
    write_summary_csv(product, tmp_path / "a.csv")
    assert read_csv(tmp_path / "a.csv")[1:] == [
        ["01206", "'=1+1", "'@SUM(A1)", "'-x", "-5.5", "m"],
        ["01206", "a", "-", "'=b", "1.0", "m"],
    ]


# --- GeoPackage ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gpkg") / "evacuation.gpkg"
    write_geopackage(paper_town.product(), path)
    return path


def test_geopackage_holds_every_layer_and_table(package: Path) -> None:
    counts = {
        name: pyogrio.read_info(package, layer=name)["features"] for name, _ in pyogrio.list_layers(package)
    }
    assert counts == {
        "municipalities": 2, "tsunami_inundation": 3, "result_routes": 2, "evacuation_sites": 3, "lodging": 0,
        "summary": 7, "sources": 5, "conditions": 2, "notes": 4, "missing": 1, "layer_styles": 5,
    }  # fmt: skip


def test_geometry_is_exact_and_in_the_working_crs(package: Path) -> None:
    routes = gpd.read_file(package, layer="result_routes")
    assert routes.crs.to_epsg() == 6681
    assert routes.length.tolist() == paper_town.routes().length.tolist()
    assert gpd.read_file(package, layer="tsunami_inundation").area.sum() == paper_town.zones().area.sum()


def test_geopackage_keeps_unknown_unknown_and_says_where_it_comes_from(package: Path) -> None:
    sites = gpd.read_file(package, layer="evacuation_sites")
    assert sites["capacity_persons"].isna().tolist() == [False, True, False]
    assert sites["tsunami"].isna().tolist() == [False, False, True]
    meta = pyogrio.read_info(package, layer="evacuation_sites")["layer_metadata"]
    assert meta["IDENTIFIER"] == "指定緊急避難場所"
    assert "国土交通省" in meta["DESCRIPTION"]
    assert "模式データ" in meta["DESCRIPTION"]
    notes = pyogrio.read_dataframe(package, layer="notes")["note"].tolist()
    assert any("模式データ" in note for note in notes)
    assert pyogrio.read_dataframe(package, layer="sources")["licence"].tolist() == ["CC BY 4.0"] * 5


def test_columns_that_no_driver_takes_are_stored_as_text(tmp_path: Path) -> None:
    odd = paper_town.routes().assign(fid=[7, 8], stops=[["a", "b"], None], kind=[{"x": 1}, float("nan")])
    product = paper_town.product(result=replace(paper_town.product().result, features={"odd": odd}))
    write_geopackage(product, tmp_path / "a.gpkg")
    back = gpd.read_file(tmp_path / "a.gpkg", layer="result_odd")
    assert back["fid_"].tolist() == [7, 8]
    assert back["stops"].tolist()[0] == "a, b"


# --- GeoJSON -------------------------------------------------------------------------------------


def test_geojson_is_in_degrees_with_layer_and_credits(tmp_path: Path) -> None:
    write_geojson(paper_town.product(), tmp_path / "a.geojson")
    data = json.loads((tmp_path / "a.geojson").read_text(encoding="utf-8"))
    assert data["sample"] is True
    assert "「市町村」（国土交通省）を加工して作成" in data["attribution"]
    assert [f["properties"]["layer"] for f in data["features"]] == ["routes"] * 2 + ["evacuation_sites"] * 3
    assert data["features"][1]["properties"]["distance_m"] is None
    assert data["features"][4]["properties"]["tsunami"] is None
    lon, lat = data["features"][2]["geometry"]["coordinates"]
    expected = paper_town.sites().to_crs(4326).geometry.iloc[0]
    assert (lon, lat) == pytest.approx((expected.x, expected.y), abs=1e-7)
    assert gpd.read_file(tmp_path / "a.geojson").crs.to_epsg() == 4326


def test_geojson_shells_run_counter_clockwise_and_empty_ones_are_left_out(tmp_path: Path) -> None:
    zones = paper_town.zones()
    zones.loc[2, "geometry"] = None
    product = paper_town.product(result=replace(paper_town.product().result, features={"zones": zones}))
    write_geojson(product, tmp_path / "a.geojson")
    shapes = [shape(f["geometry"]) for f in json.loads((tmp_path / "a.geojson").read_text())["features"]]
    assert len(shapes) == 2
    assert all(s.exterior.is_ccw for s in shapes)


def test_result_without_features_gives_the_visible_layers(tmp_path: Path) -> None:
    product = paper_town.product(result=replace(paper_town.product().result, features={}))
    write_geojson(product, tmp_path / "a.geojson")
    data = json.loads((tmp_path / "a.geojson").read_text(encoding="utf-8"))
    assert len(data["features"]) == 2 + 3 + 2 + 3
