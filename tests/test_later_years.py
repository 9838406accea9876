"""Projections and visitors as they are published or kept: from file to built layer."""

import json
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
from shapely.geometry import Point

from knr_gis.acquire import build_layers, import_files
from knr_gis.analyses.demand import project_population
from knr_gis.analyses.demand.years import FIGURES
from knr_gis.errors import KnrError
from knr_gis.layers import Form
from knr_gis.provenance import load_provenance
from knr_gis.readers.mesh import mesh_polygons
from knr_gis.schema import year_columns
from knr_gis.settings import Settings, load_settings
from knr_gis.store import load_frame

SAMPLE = Path(__file__).parents[1] / "layers" / "sample"
YEARS = range(2020, 2051, 5)
CELL, NEXT = "644433703", "644433713"


@pytest.fixture
def work(tmp_path: Path) -> Settings:
    return load_settings(tmp_path / "workspace")


def built(settings: Settings, layer_id: str, *paths: Path) -> gpd.GeoDataFrame:
    import_files(settings, layer_id, list(paths))
    build_layers(settings, [layer_id])
    return load_frame(settings.workspace, layer_id)


def codes_of(settings: Settings, layer_id: str) -> dict[str, dict[str, object]]:
    record = load_provenance(settings.workspace)[layer_id].built
    assert record is not None
    return {finding.code: finding.values for finding in record.findings}


def result_table(folder: Path, name: str, first: int) -> Path:
    """A result table of the institute: titles, two header rows, counts, then indices."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([f"結果表{name}"])
    sheet.append([])
    sheet.append(["（人）"])
    sheet.append(["コード", "市などの別", "都道府県", "市区町村", "人口", *[None] * 6, "指数（2020年＝100）"])
    sheet.append([None] * 4 + [f"{year}年" for year in YEARS] * 2)
    rows = [(1000, "a", ""), (1100, "1", "札幌市"), (1206, "2", "釧路市"), (1661, "3", "釧路町")]
    for place, (code, kind, town) in enumerate(rows):
        counts = [first * (10 - place) - 10 * k for k in range(len(YEARS))]
        indices = [100 * count / counts[0] for count in counts]
        sheet.append([code, kind, "北海道", town, *counts, *indices])
    path = folder / f"{name}.xlsx"
    book.save(path)
    return path


def test_the_result_tables_of_the_institute_make_one_table(work: Settings, tmp_path: Path) -> None:
    names = ["kekkahyo1", "kekkahyo2_1", "kekkahyo2_2", "kekkahyo2_3", "kekkahyo2_4"]
    files = [result_table(tmp_path, name, 1000 * (k + 1)) for k, name in enumerate(names)]
    frame = built(work, "population_projection", *files)
    assert frame[["muni_code", "year"]].to_records(index=False).tolist() == [
        (code, year) for code in ("01206", "01661") for year in YEARS
    ]
    row = frame.set_index(["muni_code", "year"]).loc[("01206", 2030)]
    assert row[list(FIGURES)].tolist() == [8000 * (k + 1) - 20 for k in range(5)]
    assert set(frame["municipality"]) == {"釧路市", "釧路町"}
    assert frame.geometry.isna().all()
    assert "feature_repeated" not in codes_of(work, "population_projection")


def test_a_result_table_under_another_name_is_not_taken_for_any_age(work: Settings, tmp_path: Path) -> None:
    """Which ages it holds stands in its name only: a guess would make children of the whole town."""
    path = result_table(tmp_path, "推計", 1000)
    with pytest.raises(KnrError, match="年"):
        import_files(work, "population_projection", [path])


def test_an_own_table_of_later_years(work: Settings, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(
        '市町村名,年,総人口,65歳以上\n釧路市,2045,"112,000",48000\n札幌市,2045,9,9\n', encoding="cp932"
    )
    frame = built(work, "population_projection", path)
    assert frame[["muni_code", "year", "persons", "age_65_plus_persons"]].to_numpy().tolist() == [
        ["01206", 2045, 112000.0, 48000.0]
    ]


def test_of_two_tables_of_one_year_the_later_counts_and_it_is_told(work: Settings, tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("muni_code,year,persons,age_0_14_persons\n01206,2045,100,10\n", encoding="utf-8")
    second.write_text("muni_code,year,persons\n01206,2045,90\n", encoding="utf-8")
    frame = built(work, "population_projection", first, second)
    assert frame[["persons", "age_0_14_persons"]].to_numpy().tolist() == [[90, 10]]
    assert codes_of(work, "population_projection")["feature_repeated"] == {"count": 1}


def test_a_table_without_a_town_of_the_region_is_refused(work: Settings, tmp_path: Path) -> None:
    path = tmp_path / "sapporo.csv"
    path.write_text("市町村名,年,総人口\n札幌市,2045,9\n", encoding="utf-8")
    import_files(work, "population_projection", [path])
    with pytest.raises(KnrError, match="市町村"):
        build_layers(work, ["population_projection"])


def ksj_mesh(folder: Path, cells: dict[str, dict[str, float]]) -> Path:
    """Cells of 国土数値情報 as GeoJSON, with columns of five-year groups that nobody needs."""
    shapes = mesh_polygons(list(cells))
    features = [
        {
            "type": "Feature",
            "properties": {"MESH_ID": int(code), "SHICODE": "01206", "PT01_2025": 1.0, **figures},
            "geometry": shape.__geo_interface__,
        }
        for (code, figures), shape in zip(cells.items(), shapes, strict=True)
    ]
    path = folder / "500m_mesh_2024_01.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def test_the_mesh_of_the_ministry_has_a_row_for_each_cell_and_year(work: Settings, tmp_path: Path) -> None:
    figures = {f"PTN_{year}": 100.0 - year % 100 for year in (2020, *range(2025, 2071, 5))}
    figures |= {f"PT{k}_2050": float(n) for k, n in zip("ABCDE", (5, 25, 20, 12, 7), strict=True)}
    hidden = {**dict.fromkeys(figures, 0.0), "PTN_2050": 3.0}
    frame = built(work, "population_mesh_projection", ksj_mesh(tmp_path, {CELL: figures, NEXT: hidden}))
    assert sorted(frame["year"].unique()) == [2020, *range(2025, 2071, 5)]
    rows = frame.set_index(["mesh_code", "year"])
    assert rows.loc[(CELL, 2050), list(FIGURES)].tolist() == [50, 5, 25, 20, 12]
    assert rows.loc[(CELL, 2045), list(FIGURES[1:])].isna().all()  # not given for that year
    # The ages of a suppressed cell were added to another: unknown there, not 0.
    assert rows.loc[(NEXT, 2050), "persons"] == 3
    assert rows.loc[(NEXT, 2050), list(FIGURES[1:])].isna().all()
    assert rows.loc[(NEXT, 2050), "suppressed"]
    assert "PT01_2025" not in frame
    assert "SHICODE" not in frame
    assert frame.geometry.notna().all()


def test_an_own_mesh_table(work: Settings, tmp_path: Path) -> None:
    path = tmp_path / "mesh.csv"
    path.write_text(f"KEY_CODE,年,人口\n{CELL},2045,12.5\n{CELL},2050,11\n", encoding="utf-8")
    frame = built(work, "population_mesh_projection", path)
    assert frame[["mesh_code", "year", "persons"]].to_numpy().tolist() == [
        [CELL, 2045, 12.5],
        [CELL, 2050, 11.0],
    ]


def test_visitors_with_and_without_a_position(work: Settings, tmp_path: Path) -> None:
    path = tmp_path / "visitors.csv"
    lines = [
        "名称,月,同時にいる人数,夜間の人数,緯度,経度",
        "祭り,8,300,20,42.98,144.38",
        "湿原,8,40,,,",
        "湿原,8,50,,,",
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    frame = built(work, "visitors", path)
    assert frame[["name", "month", "persons_present"]].to_numpy().tolist() == [
        ["祭り", 8, 300],
        ["湿原", 8, 50],
    ]
    assert frame["persons_night"].tolist()[0] == 20
    assert frame["persons_night"].isna().tolist() == [False, True]
    assert frame.geometry.isna().tolist() == [False, True]
    place = frame.geometry.to_crs("EPSG:6668").iloc[0]
    assert place.distance(Point(144.38, 42.98)) < 1e-9
    assert codes_of(work, "visitors")["feature_repeated"] == {"count": 1}


def test_a_month_that_is_none_is_unknown_and_told(work: Settings, tmp_path: Path) -> None:
    path = tmp_path / "visitors.csv"
    path.write_text("名称,月,人数\n湿原,13,40\n", encoding="utf-8")
    assert built(work, "visitors", path)["month"].isna().all()
    assert "value_out_of_range" in codes_of(work, "visitors")


def test_the_sample_projects_the_region(work: Settings) -> None:
    names = {"population": "population.geojson", "population_projection": "population_projection.csv"}
    frames = {layer_id: built(work, layer_id, SAMPLE / file) for layer_id, file in names.items()}
    towns = built(work, "municipalities", SAMPLE / "municipalities.geojson")
    projected = project_population(
        frames["population"], municipalities=towns, projection=frames["population_projection"], year=2040
    )
    wanted = frames["population_projection"].query("year == 2040").set_index("muni_code")
    for column in FIGURES:
        found = projected.frame.groupby("muni_code")[column].sum()
        assert found.to_dict() == pytest.approx(wanted[column].to_dict(), rel=1e-9)
    # Ages of suppressed cells are among those of others; elsewhere the age groups make up the persons.
    parts = projected.frame[list(FIGURES[1:4])].sum(axis=1, skipna=False)
    known = parts.notna()
    assert parts[known].tolist() == pytest.approx(projected.frame.loc[known, "persons"].tolist(), rel=1e-6)


def test_columns_by_year_are_found_by_their_beginning() -> None:
    names = ["コード", "2020年", "2025年（推計）", "2020年_2", "20255年", "計2030年"]
    assert year_columns("{year}年", names) == {2020: "2020年", 2025: "2025年（推計）"}
    assert year_columns("PTN_{year}", ["PTN_2025", "PTN_20301", "PT0_2025"]) == {2025: "PTN_2025"}
    assert Form("a", (), {}, {}, {}).years == {}
