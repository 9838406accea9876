"""Tables as towns and agencies publish them: their columns and their positions."""

import csv
import io
import json
from pathlib import Path

import geopandas as gpd
import pytest
from town_tables import (
    GSI_NEW,
    GSI_OLD,
    OWN,
    RECOMMENDED,
    SETTLEMENTS,
    SHELTERS,
    SITES,
    SPOTS,
    TOWNS,
    codes,
    ours,
    read,
    refused,
    written,
)

from knr_gis.errors import KnrError

# --- published forms


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("text", [GSI_OLD, GSI_NEW], ids=["old", "new"])
def test_gsi_csv_in_both_column_sets_and_encodings(tmp_path: Path, text: str, encoding: str) -> None:
    result = read(written(tmp_path, text, encoding=encoding), SITES)
    sites = ours(result, SITES)
    assert result.findings == []
    assert sites.crs.to_epsg() == 6668
    first = sites.iloc[0]
    assert (first["name"], first.tsunami, first.flood) == ("役場前広場", True, True)
    assert (first.geometry.x, first.geometry.y) == (144.47, 43.01)
    # A blank flag of GSI says: not designated.
    assert not first.earthquake
    assert sites[["tsunami", "earthquake", "volcano"]].notna().all().all()


def test_gsi_csv_keeps_codes_and_quoted_commas(tmp_path: Path) -> None:
    sites = ours(read(written(tmp_path, GSI_OLD), SITES), SITES)
    assert sites.muni_code.tolist() == ["01661", "01661"]
    assert sites.address.iloc[0] == "北海道釧路町別保1-1, 前庭"
    assert sites.same_as_shelter.tolist() == [False, True]
    assert sites.note.tolist()[1] == "冬は閉鎖"


def test_sites_and_shelters_of_gsi_are_not_taken_for_each_other(tmp_path: Path) -> None:
    shelters = (
        GSI_OLD.replace(
            "洪水,崖崩れ、土石流及び地滑り,高潮,地震,津波,大規模な火事,内水氾濫,火山現象,指定避難所との住所同一",
            "指定緊急避難場所との住所同一",
        )
        .replace(",1,,,,1,,,,,", ",1,")
        .replace(",,1,,1,,,,,1,", ",,")
    )
    path = written(tmp_path, shelters)
    assert ours(read(path, SHELTERS), SHELTERS).same_as_site.tolist() == [True, False]
    with pytest.raises(KnrError):
        ours(read(path, SITES), SITES)
    with pytest.raises(KnrError):
        ours(read(written(tmp_path, GSI_OLD), SHELTERS), SHELTERS)


def test_recommended_dataset(tmp_path: Path) -> None:
    sites = ours(read(written(tmp_path, RECOMMENDED, encoding="cp932"), SITES), SITES)
    high, river = sites.iloc[0], sites.iloc[1]
    assert (high.tsunami, high.capacity_persons, high.elevation_m, high.name_en) == (
        True,
        350,
        32.5,
        "Takadai Park",
    )
    assert (high.muni_code, high.site_id, high.address) == ("016616", "0001", "北海道釧路町1")
    assert not river.tsunami
    assert river.same_as_shelter
    assert river.isna().capacity_persons


def test_own_list_leaves_blank_flags_unknown(tmp_path: Path) -> None:
    sites = ours(read(written(tmp_path, OWN), SITES), SITES)
    assert sites.tsunami.isna().tolist() == [False, False, True]
    assert sites.tsunami.tolist()[:2] == [True, False]
    assert sites.capacity_persons.tolist()[0] == 120
    assert sites.capacity_persons.isna().tolist() == [False, True, False]


def test_p20_capacity_is_005_and_tsunami_is_008(tmp_path: Path) -> None:
    head = ",".join(f"P20_{n:03d}" for n in range(1, 13))
    text = f"{head},緯度,経度\n01661,学校,町1,避難所,250,4000,1,0,1,0,0,0,43.01,144.47\n"
    site = ours(read(written(tmp_path, text), SITES), SITES).iloc[0]
    assert (site.capacity_persons, site.tsunami, site.flood, site.earthquake) == (250, False, True, True)


def test_tourism_table_with_japanese_headings(tmp_path: Path) -> None:
    text = (
        "名称,英語名,テーマ,体験,利用できる月,開く時刻,閉まる時刻,滞在の目安,予約・ガイド,冬,情報源,確認日,緯度,経度\n"
        "湿原展望台,Marsh view,自然,散策,5-10月,9:00,17:00,60分,不要,×,町,2024-05-01,43.01,144.47\n"
    )
    spot = ours(read(written(tmp_path, text), SPOTS), SPOTS).iloc[0]
    assert (spot["name"], spot.name_en, spot.stay_min, spot.winter) == ("湿原展望台", "Marsh view", 60, False)
    assert (spot.months_open, spot.opens, spot.confirmed_on) == ("5-10月", "9:00", "2024-05-01")


@pytest.mark.parametrize("note", ["", "大字町丁目コード,"])
def test_position_reference_csv(tmp_path: Path, note: str) -> None:
    text = f"都道府県コード,都道府県名,市区町村コード,市区町村名,{note}大字町丁目名,緯度,経度\n"
    text += f"01,北海道,01206,釧路市,{'012060001001,' if note else ''}愛国東一丁目,43.01,144.39\n"
    place = ours(read(written(tmp_path, text, encoding="cp932"), SETTLEMENTS), SETTLEMENTS).iloc[0]
    assert (place["name"], place.muni_code, place.municipality) == ("愛国東一丁目", "01206", "釧路市")


def test_blocks_of_the_position_reference_count_once(tmp_path: Path) -> None:
    head = (
        "都道府県名,市区町村名,大字_丁目名,小字_通称名,街区符号_地番,座標系番号,Ｘ座標,Ｙ座標,緯度,経度,"
        "住居表示フラグ,代表フラグ"
    )
    rows = ["北海道,釧路市,愛国東一丁目,,1,13,-112000.1,11000.2,43.01,144.39,1,1",
            "北海道,釧路市,愛国東一丁目,,1,13,-112000.9,11000.8,43.02,144.40,1,0"]  # fmt: skip
    places = ours(
        read(written(tmp_path, "\n".join([head, *rows]), encoding="cp932"), SETTLEMENTS), SETTLEMENTS
    )
    assert places.name.tolist() == ["愛国東一丁目1"]
    assert places.geometry.x.tolist() == [144.39]


def test_json_records_are_named_by_their_file(tmp_path: Path) -> None:
    records = [
        {"town": "音別町", "koaza": "中園", "lat": 42.9, "lng": 143.9},
        {"town": "x", "koaza": "", "lat": None, "lng": None},
    ]
    path = written(tmp_path, json.dumps(records), name="釧路市.json")
    result = read(path, SETTLEMENTS)
    places = ours(result, SETTLEMENTS)
    assert (places.name.tolist(), places.municipality.tolist()) == (["音別町中園"], ["釧路市"])
    assert [(f.code, f.values["row"], f.feature) for f in result.findings] == [("no_coordinates", 2, "x")]


def test_figures_by_municipality_need_no_position(tmp_path: Path) -> None:
    text = "adm_code,name_ja,name_en,population,year\n01206,釧路市,Kushiro Shi,180160,2014\n"
    towns = ours(read(written(tmp_path, text), TOWNS), TOWNS)
    assert towns.geometry.isna().all()
    assert towns.crs.to_epsg() == 6668
    assert (towns.muni_code[0], towns.persons[0], towns.edition[0]) == ("01206", 180160, "2014")


# --- positions


def test_swapped_file_is_mended_and_reported_once(tmp_path: Path) -> None:
    text = OWN.replace("緯度,経度", "経度,緯度")
    result = read(written(tmp_path, text), SITES)
    assert isinstance(result.data, gpd.GeoDataFrame)
    assert result.data.geometry.x.tolist() == [144.47, 144.48, 144.49]
    assert codes(result) == ["coordinates_swapped"]
    assert "3" in result.findings[0].message


def test_a_swapped_row_is_named_with_its_row_and_place(tmp_path: Path) -> None:
    result = read(written(tmp_path, OWN.replace("43.02,144.48", "144.48,43.02")), SITES)
    assert isinstance(result.data, gpd.GeoDataFrame)
    assert result.data.geometry.y.tolist() == [43.01, 43.02, 43.03]
    (finding,) = result.findings
    assert (finding.code, finding.feature, finding.x, finding.y) == (
        "coordinates_swapped",
        "浜",
        144.48,
        43.02,
    )
    assert "3" in finding.message


def test_minutes_and_seconds_are_reported(tmp_path: Path) -> None:
    text = OWN.replace("43.02,144.48", '43°1\'12""N,144°28\'48""E').replace(
        "43.03,144.49", "43度1分48秒,144度29分24秒"
    )
    result = read(written(tmp_path, text), SITES)
    assert isinstance(result.data, gpd.GeoDataFrame)
    assert result.data.geometry.y.tolist() == pytest.approx([43.01, 43.02, 43.03])
    assert codes(result) == ["coordinates_dms"]
    assert result.findings[0].values["count"] == 2


@pytest.mark.parametrize("cells", [",", "0,0", "不明,不明", "43.02,", "60.2,24.9"])
def test_rows_without_position_are_left_out_and_listed(tmp_path: Path, cells: str) -> None:
    result = read(written(tmp_path, OWN.replace("43.02,144.48", cells)), SITES)
    assert isinstance(result.data, gpd.GeoDataFrame)
    assert len(result.data) == 2
    assert 0.0 not in result.data.geometry.x.tolist()
    (finding,) = result.findings
    assert (finding.code, finding.values["row"], finding.feature) == ("no_coordinates", 3, "浜")


def test_rows_outside_the_bounds_are_left_out_but_not_reported(tmp_path: Path) -> None:
    result = read(
        written(tmp_path, OWN.replace("144.48", "139.70")), SITES, bounds=(143.6, 42.75, 146.5, 44.45)
    )
    assert isinstance(result.data, gpd.GeoDataFrame)
    assert len(result.data) == 2
    assert result.findings == []


def test_plane_coordinates_need_a_stated_crs(tmp_path: Path) -> None:
    text = "名称,X,Y\n高台,-112345.6,10234.5\n浜,-110000.0,9000.0\n"
    path = written(tmp_path, text)
    assert "--crs" in str(refused(path, SITES))
    result = read(path, SITES, crs="EPSG:6681", bounds=(143.6, 42.75, 146.5, 44.45))
    assert isinstance(result.data, gpd.GeoDataFrame)
    assert result.data.crs.to_epsg() == 6681
    assert result.data.geometry.x.tolist() == [10234.5, 9000.0]
    assert 42.9 < result.data.to_crs(6668).geometry.y.iloc[0] < 43.1


def test_degrees_in_x_and_y(tmp_path: Path) -> None:
    result = read(written(tmp_path, "名称,X,Y\n高台,144.47,43.01\n"), SITES)
    assert isinstance(result.data, gpd.GeoDataFrame)
    assert (result.data.geometry.x[0], result.data.geometry.y[0]) == (144.47, 43.01)


def test_tokyo_datum_is_not_guessed(tmp_path: Path) -> None:
    path = written(tmp_path, "名称,緯度（日本測地系）,経度（日本測地系）\n高台,43.01,144.47\n")
    assert "4301" in str(refused(path, SITES))
    result = read(path, SITES, crs="EPSG:4301")
    assert isinstance(result.data, gpd.GeoDataFrame)
    assert result.data.crs.to_epsg() == 4301


# --- real data


@pytest.mark.real_data
@pytest.mark.parametrize("encoding", ["cp932", "utf-8-sig"])
def test_gsi_csv_made_of_the_real_sites(shared_data: Path, tmp_path: Path, encoding: str) -> None:
    source = json.loads(
        (shared_data / "evacuation" / "gsi_emergency_kushiro_nemuro.geojson").read_text("utf-8")
    )
    rows = [
        {**f["properties"], "緯度": f["geometry"]["coordinates"][1], "経度": f["geometry"]["coordinates"][0]}
        for f in source["features"]
    ]
    text = io.StringIO()
    table = csv.DictWriter(text, list(rows[0]))
    table.writeheader()
    table.writerows(rows)
    sites = ours(read(written(tmp_path, text.getvalue(), encoding=encoding), SITES), SITES)
    assert len(sites) == 599
    kinds = ["flood", "landslide", "storm_surge", "earthquake", "tsunami", "fire", "inland_flood", "volcano"]
    assert sites[kinds].sum().tolist() == [214, 218, 196, 204, 383, 156, 69, 52]
    assert sites.geometry.x.tolist() == [row["経度"] for row in rows]
    assert set(sites.muni_code) <= {
        f"01{n}" for n in (206, 223, 661, 662, 663, 664, 665, 667, 668, 691, 692, 693, 694)
    }


@pytest.mark.real_data
def test_real_settlements(shared_data: Path) -> None:
    files = sorted((shared_data / "settlements" / "japanese-addresses").glob("*.json"))
    frames = [ours(read(path, SETTLEMENTS), SETTLEMENTS) for path in files]
    records = [r for path in files for r in json.loads(path.read_text("utf-8")) if r["lat"] is not None]
    assert sum(map(len, frames)) == len(records) == 2842
    names = sorted(name for frame in frames for name in frame.name)
    assert names == sorted(r["town"] + (r["koaza"] or "") for r in records)


@pytest.mark.real_data
def test_real_population_by_municipality(shared_data: Path) -> None:
    path = shared_data / "population" / "gm_jpn_polbnda_population_region.csv"
    towns = ours(read(path, TOWNS), TOWNS)
    assert len(towns) == 13
    assert towns.persons.sum() == 325_030
