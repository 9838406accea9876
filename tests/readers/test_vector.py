"""Vector files as published, streamed and clipped; every bad file ends in one clear line."""

import json
import shutil
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pytest
import shapely
from published import ksj_curve, ksj_gml, ksj_surface, zip_with_raw_names
from shapely import LineString, MultiPolygon, Point, box

from knr_gis.errors import CrsError, KnrError, ReadError
from knr_gis.layers import Layer, load_layer_file
from knr_gis.readers import ReadRequest, ReadResult
from knr_gis.readers.vector import edition_of, read_vector
from knr_gis.schema import apply_form, convert_columns

LAYERS = Path(__file__).parents[2] / "layers"
REGION = (143.6, 42.75, 146.5, 44.45)
KUSHIRO = (144.38, 42.98)
CORNERS = [(0.0, 0.0), (0.01, 0.0), (0.01, 0.01), (0.0, 0.01)]


def layer(name: str) -> Layer:
    return load_layer_file(LAYERS / f"{name}.toml")


def read(path: Path, name: str, **more: Any) -> ReadResult:
    return read_vector(ReadRequest(path, layer(name), **{"bounds": REGION, **more}))


def canonical(path: Path, name: str, **more: Any) -> gpd.GeoDataFrame:
    return convert_columns(apply_form(read(path, name, **more).data, layer(name)), layer(name))[0]


def codes(result: ReadResult) -> list[str]:
    return [finding.code for finding in result.findings]


def refused(path: Path, name: str, error: type[KnrError] = ReadError, **more: Any) -> str:
    before = sorted(p.name for p in path.parent.iterdir())
    with pytest.raises(error) as caught:
        read(path, name, **more)
    assert sorted(p.name for p in path.parent.iterdir()) == before, "nothing may be written beside a file"
    message = str(caught.value)
    assert "\n" not in message
    assert path.name in message or path.stem in message
    return message


def cell(x: float, y: float, size: float = 0.001) -> shapely.Polygon:
    return box(x, y, x + size, y + size)


def write(frame: gpd.GeoDataFrame, path: Path, **options: Any) -> Path:
    pyogrio.write_dataframe(frame, path, **options)
    return path


def cp932_shapefile(
    frame: gpd.GeoDataFrame, folder: Path, stem: str, *, prj: bool = True
) -> dict[str, bytes]:
    """Return the parts of a shapefile as old KSJ archives hold them: CP932, no .cpg."""
    write(frame, folder / f"{stem}.shp", encoding="CP932")
    parts = {ext: (folder / f"{stem}.{ext}").read_bytes() for ext in ("shp", "shx", "dbf", "prj")}
    for made in folder.glob(f"{stem}.*"):
        made.unlink()
    return parts if prj else {ext: raw for ext, raw in parts.items() if ext != "prj"}


def geojson(path: Path, *features: dict[str, Any], **members: Any) -> Path:
    table = {"type": "FeatureCollection", **members, "features": list(features)}
    path.write_text(json.dumps(table, ensure_ascii=False), encoding="utf-8")
    return path


def point(lon: float, lat: float, **values: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": values, "geometry": {"type": "Point", "coordinates": [lon, lat]}}


def inundation(*labels: str, crs: int = 6668, x: float = KUSHIRO[0]) -> gpd.GeoDataFrame:
    shapes = [cell(x + 0.001 * n, KUSHIRO[1]) for n in range(len(labels))]
    table = {"A40_001": ["北海道"] * len(labels), "A40_002": [1] * len(labels), "A40_003": list(labels)}
    return gpd.GeoDataFrame(table, geometry=shapes, crs=crs)


# ---- 国土数値情報 in ZIP -------------------------------------------------------------------------


def test_ksj_zip_with_cp932_names_text_and_several_layers(tmp_path: Path) -> None:
    first = cp932_shapefile(inundation("0.01m以上 ～ 0.3m未満", "5.0m～10.0m"), tmp_path, "one")
    second = cp932_shapefile(inundation("20m以上", x=144.5), tmp_path, "two")
    members = {f"A40-16_01_GML/浸水①.{ext}".encode("cp932"): raw for ext, raw in first.items()}
    members |= {f"A40-16_01_GML/浸水表.{ext}".encode("cp932"): raw for ext, raw in second.items()}
    members |= {b"A40-16_01_GML/KS-META-A40-16_01.xml": b"<?xml version='1.0'?><MD_Metadata/>"}
    path = zip_with_raw_names(tmp_path / "A40-16_01_GML.zip", members)
    result = read(path, "tsunami_inundation")
    assert result.data.A40_003.tolist() == ["0.01m以上 ～ 0.3m未満", "5.0m～10.0m", "20m以上"]
    assert result.data.crs.to_epsg() == 6668
    assert codes(result) == ["files_united"]
    assert "浸水①.shp" in result.findings[0].message


def test_edition_comes_from_the_published_name(tmp_path: Path) -> None:
    parts = cp932_shapefile(inundation("1m以上2m未満"), tmp_path, "a")
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as out:
        for ext, raw in parts.items():
            out.writestr(f"A40-16_01_GML/A40-16_01.{ext}", raw)
    assert canonical(path, "tsunami_inundation").edition.tolist() == ["2016"]


@pytest.mark.parametrize(
    ("name", "edition"),
    [
        ("A40-16_01.shp", "2016"),
        ("folder/N03-20250101_01.geojson", "2025-01-01"),
        ("N03-95_01.shp", "1995"),
        ("L03-b-21_6444.shp", "2021"),
        ("N10-2024_01.shp", "2024"),
        ("kushiro_tsunami.geojson", ""),
        ("P35_michinoeki_hokkaido.geojson", ""),
    ],
)
def test_edition_of(name: str, edition: str) -> None:
    assert edition_of(name) == edition


def test_the_same_data_in_three_forms_is_read_once_and_utf8_wins(tmp_path: Path) -> None:
    """N02 of recent years holds UTF-8/ and Shift-JIS/ folders, each with tracks and stations."""
    stations = gpd.GeoDataFrame(
        {
            "N02_003": ["釧網線"],
            "N02_004": ["北海道旅客鉄道"],
            "N02_005": ["塘路"],
            "N02_001": ["11"],
            "N02_002": ["2"],
        },
        geometry=[LineString([(144.5, 43.1), (144.502, 43.1)])],
        crs=6668,
    )
    tracks = stations.drop(columns="N02_005").set_geometry(
        [LineString([(144.4, 43.0), (144.6, 43.2)])], crs=6668
    )
    path = tmp_path / "N02-25_GML.zip"
    with zipfile.ZipFile(path, "w") as out:
        for stem, frame in (("N02-25_Station", stations), ("N02-25_RailroadSection", tracks)):
            for ext, raw in cp932_shapefile(frame, tmp_path, stem).items():
                out.writestr(f"Shift-JIS/{stem}.{ext}", raw)
            made = write(frame, tmp_path / f"{stem}.geojson")
            out.writestr(f"UTF-8/{stem}.geojson", made.read_bytes())
            out.writestr(f"Shift-JIS/{stem}.geojson", made.read_text(encoding="utf-8").encode("cp932"))
    found = read(path, "stations")
    assert found.data.geometry.geom_type.tolist() == ["Point"]
    assert found.data.N02_005.tolist() == ["塘路"]
    assert found.data.geometry.iloc[0].distance(Point(144.501, 43.1)) < 1e-9
    assert codes(found) == ["files_left_out", "lines_as_points"]
    lines = canonical(path, "railways")
    assert lines.geometry.geom_type.tolist() == ["LineString"]
    assert lines.line_name.tolist() == ["釧網線"]


def test_a10_in_both_layouts(tmp_path: Path) -> None:
    table = {"A10_001": ["01"], "A10_002": ["14"], "A10_003": ["1"], "A10_004": ["2"], "A10_005": ["003"]}
    five = gpd.GeoDataFrame(table, geometry=[cell(*KUSHIRO)], crs=4612)
    three = gpd.GeoDataFrame({k: table[k] for k in list(table)[:3]}, geometry=[cell(*KUSHIRO)], crs=4612)
    for frame, grade, kind in ((five, "第1種特別地域", "国立公園"), (three, "特別保護地区", None)):
        path = tmp_path / "A10-15_01_GML.zip"
        with zipfile.ZipFile(path, "w") as out:
            for ext, raw in cp932_shapefile(frame, tmp_path, "A10").items():
                out.writestr(f"A10.{ext}", raw)
        zones = canonical(path, "national_parks")
        assert zones.grade.tolist() == [grade]
        assert zones.get("park_kind", [None])[0] == kind
        assert zones.crs.to_epsg() == 4612


def test_n03_keeps_rows_without_a_code(tmp_path: Path) -> None:
    table = {"N03_001": ["北海道"] * 2, "N03_004": ["釧路市", "所属未定地"], "N03_007": ["01206", None]}
    frame = gpd.GeoDataFrame(table, geometry=[cell(*KUSHIRO), cell(144.5, 43)], crs=6668)
    towns = canonical(write(frame, tmp_path / "N03.geojson"), "municipalities")
    assert towns.muni_code.tolist()[0] == "01206"
    assert towns.muni_code.isna().tolist() == [False, True]


def test_n13_flags(tmp_path: Path) -> None:
    rows = [("1", "4", "2", "5"), ("4", "3", "1", "1"), ("5", "6", "7", "6")]
    table = {f"N13_00{n}": [row[at] for row in rows] for at, n in enumerate((2, 3, 4, 6))}
    shapes = [LineString([KUSHIRO, (144.39, 42.99)])] * 3
    roads = canonical(
        write(gpd.GeoDataFrame(table, geometry=shapes, crs=6668), tmp_path / "a.geojson"), "roads"
    )
    assert roads.walk.to_list()[:2] == [False, True]
    assert roads.drive.to_list()[:2] == [True, False]
    assert roads.bridge.to_list()[:2] == [True, False]
    assert roads.stairs.to_list()[:2] == [False, True]
    assert roads.iloc[2][["walk", "drive", "bridge", "tunnel", "stairs"]].isna().all()  # 不明 is unknown
    assert roads.width_class.tolist() == ["19.5m以上", "3m未満", "不明"]


# ---- 国土数値情報 GML ----------------------------------------------------------------------------

LAND = ksj_curve("cv1", (43.0, 144.0), (43.0, 144.2), (43.2, 144.2), (43.2, 144.0), (43.0, 144.0))
LAKE = ksj_curve("cv2", (43.05, 144.05), (43.05, 144.1), (43.1, 144.1), (43.1, 144.05), (43.05, 144.05))
FAR = ksj_curve("cv3", (26.2, 127.6), (26.2, 127.7), (26.3, 127.7), (26.2, 127.6))
HALVES = ksj_curve("cv4", (43.5, 144.5), (43.5, 144.6), (43.6, 144.6)) + ksj_curve(
    "cv5", (43.5, 144.5), (43.6, 144.5), (43.6, 144.6)
)
AREAS = "".join(
    f'<ksj:AdministrativeBoundary gml:id="gy{n}"><ksj:bounds xlink:href="#{sf}"/>'
    f"<ksj:prefectureName>{pref}</ksj:prefectureName><ksj:subPrefectureName/><ksj:countyName/>"
    f"<ksj:cityName>{city}</ksj:cityName>"
    f'<ksj:administrativeAreaCode codeSpace="AdministrativeAreaCode.xml">{code}</ksj:administrativeAreaCode>'
    "</ksj:AdministrativeBoundary>\n"
    for n, sf, pref, city, code in (
        (1, "sf1", "北海道", "釧路市", "01206"),
        (2, "sf2", "沖縄県", "那覇市", "47201"),
        (3, "sf3", "北海道", "標茶町", "01664"),
    )
)
N03_GML = ksj_gml(
    LAND + LAKE + FAR + HALVES
    + ksj_surface("sf1", ("cv1",), ("cv2",)) + ksj_surface("sf2", ("cv3",))
    + ksj_surface("sf3", ("cv4", "cv5")) + AREAS
)  # fmt: skip


def test_ksj_gml_joins_features_with_their_shapes(tmp_path: Path) -> None:
    path = tmp_path / "N03-19_01.xml"
    path.write_text(N03_GML, encoding="utf-8")
    towns = canonical(path, "municipalities")
    assert towns.name.tolist() == ["釧路市", "標茶町"]
    assert towns.muni_code.tolist() == ["01206", "01664"]
    assert towns.crs.to_epsg() == 6668
    expected = box(144.0, 43.0, 144.2, 43.2).difference(box(144.05, 43.05, 144.1, 43.1))
    assert towns.geometry.iloc[0].equals(expected)  # longitude first, hole cut out
    assert towns.geometry.iloc[1].equals(box(144.5, 43.5, 144.6, 43.6))  # two curves make one ring
    assert len(read(path, "municipalities", bounds=None).data) == 3


def test_gdal_does_not_join_them(tmp_path: Path) -> None:
    """The reason for a reader of our own; when this fails, ksj_gml can go."""
    path = tmp_path / "N03.gml"
    path.write_text(N03_GML, encoding="utf-8")
    layers = {str(name): str(kind) for name, kind in pyogrio.list_layers(path)}
    assert layers.get("AdministrativeBoundary", "None") == "None"


def test_ksj_gml_of_tsunami_stations_and_points(tmp_path: Path) -> None:
    zone = (
        '<ksj:ExpectedTsunamiInundatedArea gml:id="e1"><ksj:bounds xlink:href="#sf1"/>'
        "<ksj:prefectureName>北海道</ksj:prefectureName><ksj:prefectureCode>01</ksj:prefectureCode>"
        "<ksj:cassificationOfWaterDepth>0.3m以上 ～ 1m未満</ksj:cassificationOfWaterDepth>"
        "</ksj:ExpectedTsunamiInundatedArea>"
    )
    path = tmp_path / "A40-16_01.gml"
    path.write_text(ksj_gml(LAND + ksj_surface("sf1", ("cv1",)) + zone, "JGD2000 / (B, L)"), encoding="utf-8")
    zones = canonical(path, "tsunami_inundation")
    assert zones.depth_label.tolist() == ["0.3m以上 ～ 1m未満"]
    assert zones.crs.to_epsg() == 4612
    track = (
        '<ksj:RailroadSection gml:id="eb02_1"><ksj:location xlink:href="#cv_rss1"/>{0}</ksj:RailroadSection>'
    )
    stop = (
        '<ksj:Station gml:id="eb03_1"><ksj:location xlink:href="#cv_stn1"/>{0}'
        '<ksj:stationName>塘路</ksj:stationName><ksj:railroadSection xlink:href="#eb02_1"/></ksj:Station>'
    )
    named = (
        "<ksj:railwayLineName>釧網線</ksj:railwayLineName>"
        "<ksj:operationCompany>北海道旅客鉄道</ksj:operationCompany>"
    )
    curves = ksj_curve("cv_rss1", (43.0, 144.4), (43.2, 144.6)) + ksj_curve(
        "cv_stn1", (43.1, 144.5), (43.1, 144.502)
    )
    both = tmp_path / "N02-08.xml"
    both.write_text(ksj_gml(curves + track.format(named) + stop.format(named)), encoding="utf-8")
    assert canonical(both, "stations").name.tolist() == ["塘路"]
    assert canonical(both, "railways").geometry.geom_type.tolist() == ["LineString"]
    place = (
        '<gml:Point gml:id="pt1"><gml:pos>43.0 144.4</gml:pos></gml:Point>'
        '<ksj:Station gml:id="s"><ksj:position xlink:href="#pt1"/><ksj:stationName>塘路</ksj:stationName>'
        "<ksj:railwayLineName>釧網線</ksj:railwayLineName></ksj:Station>"
    )
    points = tmp_path / "p.gml"
    points.write_text(ksj_gml(place), encoding="utf-8")
    assert canonical(points, "stations").geometry.iloc[0].equals(Point(144.4, 43.0))


def test_ksj_gml_with_rings_written_in_place(tmp_path: Path) -> None:
    """W09 and newer editions write gml:Polygon with its coordinates."""
    ring = "<gml:LinearRing><gml:posList>{}</gml:posList></gml:LinearRing>"
    outer = ring.format("43 144 43 145 44 145 44 144 43 144")
    hole = ring.format("43.2 144.2 43.2 144.4 43.4 144.4 43.2 144.2")
    lake = (
        f'<gml:Polygon gml:id="p1"><gml:exterior>{outer}</gml:exterior>'
        f"<gml:interior>{hole}</gml:interior></gml:Polygon>"
        '<ksj:Lake gml:id="l1"><ksj:bounds xlink:href="#p1"/><ksj:lakeName>屈斜路湖</ksj:lakeName></ksj:Lake>'
    )
    path = tmp_path / "W09-05-g.xml"
    path.write_text(ksj_gml(lake, "JGD2000 / (B, L)"), encoding="utf-8")
    found = canonical(path, "lakes")
    assert found.name.tolist() == ["屈斜路湖"]
    assert found.geometry.iloc[0].area == pytest.approx(1 - 0.02)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (N03_GML[: len(N03_GML) // 2], "途中で切れて"),
        (N03_GML.replace('<gml:Curve gml:id="cv2">', '<gml:Curve gml:id="lost">'), "sf1"),
        (N03_GML.replace("43.05 144.05", "43.05 ..."), "cv2"),
        (N03_GML.replace("<ksj:Dataset", "<!DOCTYPE x>\n<ksj:Dataset", 1), "DOCTYPE"),
    ],
)
def test_broken_ksj_gml(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "N03.gml"
    path.write_text(text, encoding="utf-8")
    assert told in refused(path, "municipalities")


def test_ksj_gml_without_a_known_system_asks_for_one(tmp_path: Path) -> None:
    path = tmp_path / "N03.gml"
    path.write_text(N03_GML.replace("JGD2011 / (B, L)", ""), encoding="utf-8")
    assert "--crs" in refused(path, "municipalities", CrsError)
    assert read(path, "municipalities", crs="EPSG:4612").data.crs.to_epsg() == 4612


# ---- encodings -----------------------------------------------------------------------------------


@pytest.mark.parametrize("cpg", [None, "CP932", "UTF-8", "ISO-8859-1"])
@pytest.mark.parametrize("encoding", ["CP932", "UTF-8"])
def test_dbf_text_is_never_garbled_whatever_the_cpg_says(
    tmp_path: Path, encoding: str, cpg: str | None
) -> None:
    labels = ["0.3m以上 ～ 1m未満", "表ソ能", "釧路市", "浜中町"]
    path = write(inundation(*labels), tmp_path / "zone.shp", encoding=encoding)
    path.with_suffix(".cpg").unlink()
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg)
    assert read(path, "tsunami_inundation").data.A40_003.tolist() == labels


def test_unreadable_dbf_text_is_refused_and_a_stated_encoding_helps(tmp_path: Path) -> None:
    path = write(inundation("釧路市", "浜中町", "厚岸町"), tmp_path / "zone.shp", encoding="EUC-JP")
    path.with_suffix(".cpg").unlink()
    assert "--encoding" in refused(path, "tsunami_inundation")
    assert "--encoding" in refused(path, "tsunami_inundation", encoding="utf-8")
    assert read(path, "tsunami_inundation", encoding="euc-jp").data.A40_003.tolist()[0] == "釧路市"


def test_text_cut_by_the_width_of_its_column(tmp_path: Path) -> None:
    path = write(inundation("あ" * 84 + "xx", "い", "う"), tmp_path / "zone.shp", encoding="UTF-8")
    table = path.with_suffix(".dbf").read_bytes()
    path.with_suffix(".dbf").write_bytes(table.replace(b"xx", "あ".encode()[:2]))
    text = read(path, "tsunami_inundation").data.A40_003.iloc[0]
    assert text.startswith("あ" * 84)
    assert len(text) <= 85


def test_cp932_geojson(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    text = json.dumps(
        {"type": "FeatureCollection", "features": [point(*KUSHIRO, 名称="釧路")]}, ensure_ascii=False
    )
    path.write_bytes(text.encode("cp932"))
    assert canonical(path, "heritage").name.tolist() == ["釧路"]


def test_utf8_mark_is_no_part_of_the_data(tmp_path: Path) -> None:
    path = geojson(tmp_path / "a.geojson", point(*KUSHIRO, 名称="釧路"))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert canonical(path, "heritage").name.tolist() == ["釧路"]


# ---- coordinates ---------------------------------------------------------------------------------


def test_no_prj_asks_and_a_stated_crs_helps(tmp_path: Path) -> None:
    own = inundation("1m以上2m未満").rename(columns={"A40_003": "浸水深"})
    path = write(own, tmp_path / "zone.shp")
    path.with_suffix(".prj").unlink()
    assert "--crs" in refused(path, "tsunami_inundation", CrsError)
    result = read(path, "tsunami_inundation", crs="EPSG:4612")
    assert result.data.crs.to_epsg() == 4612
    assert codes(result) == []


def test_a_stated_crs_never_overrules_the_file(tmp_path: Path) -> None:
    path = write(inundation("1m以上2m未満").to_crs(6681), tmp_path / "zone.gpkg")
    result = read(path, "tsunami_inundation", crs="EPSG:4326")
    assert result.data.crs.to_epsg() == 6681
    assert codes(result) == ["crs_of_file_kept"]


def test_geojson_crs_member_and_default(tmp_path: Path) -> None:
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::6668"}}
    with_member = geojson(tmp_path / "a.geojson", point(*KUSHIRO, name="a"), crs=named)
    without = geojson(tmp_path / "b.geojson", point(*KUSHIRO, name="a"))
    assert read(with_member, "heritage", crs="EPSG:4326").data.crs.to_epsg() == 6668
    assert read(without, "heritage").data.crs.to_epsg() == 4326
    assert read(without, "heritage", crs="EPSG:6668").data.crs.to_epsg() == 6668


def test_bounds_are_taken_in_the_crs_of_the_file(tmp_path: Path) -> None:
    places = gpd.GeoDataFrame(
        {"name": ["in", "out"]}, geometry=[Point(*KUSHIRO), Point(141.35, 43.06)], crs=6668
    )
    for crs in (6681, 3857, 4612, 32654):
        path = write(places.to_crs(crs), tmp_path / f"{crs}.gpkg")
        assert read(path, "heritage").data.name.tolist() == ["in"]


def test_swapped_latitude_and_longitude_are_mended_and_told(tmp_path: Path) -> None:
    lon, lat = KUSHIRO
    for features, n in (
        ([point(lat, lon, name="a")], 1),
        ([point(lon, lat, name="a"), point(lat, lon, name="b")], 1),
    ):
        result = read(geojson(tmp_path / "a.geojson", *features), "heritage")
        assert [(p.x, p.y) for p in result.data.geometry] == [KUSHIRO] * len(features)
        assert codes(result) == ["shapes_swapped"]
        assert result.findings[0].values["count"] == n


def test_metres_said_to_be_degrees(tmp_path: Path) -> None:
    path = geojson(
        tmp_path / "a.geojson", point(-12000.0, -112000.0, name="a"), point(9000.0, -90000.0, name="b")
    )
    more = geojson(tmp_path / "b.geojson", point(12000.0, 112000.0, name="a"))
    assert "緯度経度ではありません" in refused(more, "heritage", CrsError)
    assert "outside" not in refused(path, "heritage", KnrError)
    assert len(read(path, "heritage", crs="EPSG:6681").data) == 2


def test_degrees_said_to_be_metres(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[Point(*KUSHIRO)], crs=6681)
    assert "緯度経度の値" in refused(write(frame, tmp_path / "a.gpkg"), "heritage", CrsError)


def test_impossible_features_are_dropped_and_told(tmp_path: Path) -> None:
    path = geojson(tmp_path / "a.geojson", point(*KUSHIRO, name="a"), point(999.0, 999.0, name="b"))
    result = read(path, "heritage", bounds=None)
    assert result.data.name.tolist() == ["a"]
    assert codes(result) == ["coordinates_impossible"]


# ---- geometry ------------------------------------------------------------------------------------


@pytest.mark.parametrize("bounds", [REGION, None])
def test_features_without_a_shape_are_dropped_and_told(tmp_path: Path, bounds: Any) -> None:
    path = geojson(
        tmp_path / "a.geojson", point(*KUSHIRO, name="a"), {**point(0, 0, name="b"), "geometry": None}
    )
    result = read(path, "heritage", bounds=bounds)
    assert result.data.name.tolist() == ["a"]
    assert codes(result) == ["geometry_empty"]
    assert result.findings[0].values["count"] == 1


def test_height_is_dropped(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[Point(*KUSHIRO, 12.5)], crs=6668)
    assert not read(write(frame, tmp_path / "a.gpkg"), "heritage").data.has_z.any()


def test_other_families_are_dropped_and_told(tmp_path: Path) -> None:
    line = {
        **point(0, 0, name="b"),
        "geometry": {"type": "LineString", "coordinates": [[144, 43], [145, 43]]},
    }
    result = read(geojson(tmp_path / "a.geojson", point(*KUSHIRO, name="a"), line), "heritage")
    assert result.data.name.tolist() == ["a"]
    assert codes(result) == ["family_dropped"]
    message = refused(geojson(tmp_path / "b.geojson", line), "national_parks")
    assert "線のデータ" in message
    assert "面が必要" in message


def test_fitting_parts_of_a_collection_are_taken(tmp_path: Path) -> None:
    mixed = {"type": "GeometryCollection", "geometries": [
        {"type": "LineString", "coordinates": [[144, 43], [145, 43]]},
        json.loads(shapely.to_geojson(cell(*KUSHIRO))),
    ]}  # fmt: skip
    result = read(geojson(tmp_path / "a.geojson", {**point(0, 0, name="a"), "geometry": mixed}), "lakes")
    assert result.data.geometry.iloc[0].equals(cell(*KUSHIRO))


def test_lists_and_tables_become_text(tmp_path: Path) -> None:
    path = geojson(
        tmp_path / "a.geojson", point(*KUSHIRO, name="a", types=["津波", "洪水"], none=[], box={"x": 1})
    )
    row = read(path, "heritage").data.iloc[0]
    assert (row.types, row.none, json.loads(row.box)) == ("津波、洪水", None, {"x": 1})


# ---- which layer ---------------------------------------------------------------------------------


def test_geopackage_layer_by_columns_or_by_name(tmp_path: Path) -> None:
    path = tmp_path / "town.gpkg"
    parks = gpd.GeoDataFrame({"name": ["p"], "grade": ["普通地域"]}, geometry=[cell(*KUSHIRO)], crs=6668)
    plain = gpd.GeoDataFrame({"name": ["q"]}, geometry=[cell(*KUSHIRO)], crs=6668)
    write(plain, path, layer="areas")
    write(parks, path, layer="zones", append=True)
    assert canonical(path, "national_parks").park_name.tolist() == ["p"]
    write(plain.assign(name="lake"), path, layer="lakes", append=True)
    assert read(path, "lakes").data.name.tolist() == ["lake"]
    message = refused(path, "ramsar_wetlands")
    assert "areas" in message
    assert "lakes" in message


def test_flatgeobuf(tmp_path: Path) -> None:
    table = {
        "polygon_uuid": ["u1", "u2"],
        "land_type": [100, 200],
        "issue_year": [2022] * 2,
        "local_government_cd": ["012068"] * 2,
    }
    fields = gpd.GeoDataFrame(table, geometry=[cell(*KUSHIRO), cell(144.4, 43)], crs=6668)
    read_back = canonical(write(fields, tmp_path / "2022_01206.fgb"), "farmland")
    assert sorted(read_back.land_type) == ["田", "畑"]
    assert read_back.muni_code.tolist() == ["012068"] * 2


def test_nothing_is_written_beside_a_geopackage_in_wal_mode(tmp_path: Path) -> None:
    import sqlite3  # noqa: PLC0415

    path = write(inundation("1m以上2m未満"), tmp_path / "a.gpkg")
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA journal_mode=WAL")
    database.close()
    read(path, "tsunami_inundation")
    assert [p.name for p in tmp_path.iterdir()] == ["a.gpkg"]


# ---- files that are no use -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.zip", "a.geojson", "a.json", "a.gml", "a.gpkg", "a.fgb", "a.shp"])
def test_empty_file_and_web_page(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.touch()
    assert "空" in refused(path, "heritage")
    path.write_bytes(b"\r\n<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head></html>")
    assert "ウェブページ" in refused(path, "heritage")
    path.write_bytes(bytes(range(256)) * 20)
    refused(path, "heritage")


def test_missing_file(tmp_path: Path) -> None:
    assert "ありません" in refused(tmp_path / "nothing.geojson", "heritage")


@pytest.mark.parametrize("share", [0.5, 0.9, 0.999])
def test_truncated_geojson(tmp_path: Path, share: float) -> None:
    whole = geojson(tmp_path / "a.geojson", *(point(*KUSHIRO, name=f"{n}") for n in range(2000))).read_bytes()
    cut = tmp_path / "cut.geojson"
    cut.write_bytes(whole[: int(len(whole) * share)])
    assert "途中で切れて" in refused(cut, "heritage")


@pytest.mark.parametrize("ending", [".shp", ".dbf", ".shx"])
def test_truncated_shapefile(tmp_path: Path, ending: str) -> None:
    path = write(inundation(*["1m以上2m未満"] * 50), tmp_path / "zone.shp")
    part = path.with_suffix(ending)
    part.write_bytes(part.read_bytes()[: part.stat().st_size // 2])
    refused(path, "tsunami_inundation")


@pytest.mark.parametrize("ending", [".dbf", ".shx"])
def test_shapefile_without_its_parts(tmp_path: Path, ending: str) -> None:
    path = write(inundation("1m以上2m未満"), tmp_path / "zone.shp")
    path.with_suffix(ending).unlink()
    assert ending in refused(path, "tsunami_inundation")


def test_truncated_geopackage_and_flatgeobuf(tmp_path: Path) -> None:
    for ending in ("gpkg", "fgb"):
        path = write(inundation(*["1m以上2m未満"] * 3000), tmp_path / f"zone.{ending}")
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        refused(path, "tsunami_inundation", bounds=None)


def test_topojson_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"type":"Topology","objects":{},"arcs":[]}')
    assert "TopoJSON" in refused(path, "national_parks")


def test_other_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"town": "大川町"}]')
    assert "GeoJSON として読めません" in refused(path, "heritage")


def test_no_rows_and_rows_elsewhere_and_rows_without_place_differ(tmp_path: Path) -> None:
    assert "1 件もありません" in refused(geojson(tmp_path / "a.geojson"), "heritage")
    elsewhere = refused(geojson(tmp_path / "b.geojson", point(139.7, 35.7, name="東京")), "heritage")
    assert "対象地域の外" in elsewhere
    assert "139.7" in elsewhere
    nowhere = geojson(tmp_path / "c.geojson", {**point(0, 0, name="b"), "geometry": None})
    assert "図形（位置）がありません" in refused(nowhere, "heritage")
    empty = write(inundation("1m以上2m未満").iloc[:0], tmp_path / "d.shp", geometry_type="Polygon")
    assert "1 件もありません" in refused(empty, "tsunami_inundation")


def test_zip_without_map_data(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("readme.txt", "x")
    assert "地図データがありません" in refused(path, "heritage")


def test_unknown_ending(tmp_path: Path) -> None:
    path = tmp_path / "a.dwg"
    path.write_bytes(b"AC1032")
    assert ".geojson" in refused(path, "heritage")


# ---- large files ---------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["shp", "gpkg", "fgb", "geojson"])
def test_a_nationwide_file_does_not_fill_the_memory(tmp_path: Path, ending: str) -> None:
    """120,000 points of which 61 lie in the box: what is held is of the order of the 61."""
    n = 120_000
    longitudes = [122 + 32 * k / n for k in range(n)]
    places = gpd.GeoDataFrame(
        {"name": [f"地点{k}" for k in range(n)]},
        geometry=gpd.points_from_xy(longitudes, [43.0] * n),
        crs=6668,
    )
    path = write(places, tmp_path / f"japan.{ending}")
    del places, longitudes
    narrow = (144.384, 42.9, 144.4, 43.1)
    read(path, "heritage", bounds=narrow)  # what is loaded once is not counted
    tracemalloc.start()
    result = read(path, "heritage", bounds=narrow)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(result.data) == 61
    assert peak < 3_000_000
    assert peak < n * 100  # a list of all features takes several times this


def test_ksj_gml_holds_boxes_not_coordinates(tmp_path: Path) -> None:
    count, corners = 400, 500
    curves, surfaces, features = [], [], []
    for n in range(count):
        x = 127 + n * 0.05
        ring = [(43 + k / corners * 0.01, x) for k in range(corners)] + [(43.0, x + 0.01), (43.0, x)]
        curves.append(ksj_curve(f"c{n}", *ring))
        surfaces.append(ksj_surface(f"s{n}", (f"c{n}",)))
        features.append(
            f'<ksj:Lake gml:id="l{n}"><ksj:bounds xlink:href="#s{n}"/>'
            f"<ksj:lakeName>湖{n}</ksj:lakeName></ksj:Lake>"
        )
    path = tmp_path / "W09.xml"
    path.write_text(ksj_gml("".join(curves + surfaces + features)), encoding="utf-8")
    tracemalloc.start()
    result = read(path, "lakes", bounds=(144.99, 42, 145.02, 44))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert result.data.lakeName.tolist() == ["湖360"]
    assert peak < count * corners * 16 / 2 + 1_000_000


# ---- real files of the region --------------------------------------------------------------------


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("file", "name", "rows"),
    [
        ("municipalities/kushiro_nemuro_municipalities_detailed.geojson", "municipalities", 13),
        ("municipalities/N03-21_01_210101_s0010_region.geojson", "municipalities", 13),
        ("national_parks/national_parks_zones.geojson", "national_parks", 174),
        ("railways/N02-20_Station_region.geojson", "stations", 43),
        ("railways/station_database_polyline/11117.json", "railways", 2),
        ("roads/gm_jpn_roadl_region.geojson", "roads", 230),
        ("rivers/gm_jpn_riverl_region.geojson", "rivers", 62),
        ("tsunami/kushiro_tsunami.geojson", "tsunami_inundation", 2),
        ("tourism/japan_heritage_props_region.geojson", "heritage", 18),
        ("tourism/municipal_heritage_region.geojson", "heritage", 64),
        ("evacuation/gsi_emergency_kushiro_nemuro.geojson", "evacuation_sites", 599),
    ],
)
def test_real_files(shared_data: Path, file: str, name: str, rows: int) -> None:
    result = read(shared_data / file, name)
    assert len(result.data) == rows
    found = canonical(shared_data / file, name)
    assert set(layer(name).required) <= set(found.columns)
    west, south, east, north = found.total_bounds
    assert 140 < west < east < 147
    assert 42 < south < north < 45


@pytest.mark.real_data
def test_real_zones_equal_an_independent_reading(shared_data: Path) -> None:
    path = shared_data / "national_parks" / "national_parks_zones.geojson"
    ours, theirs = read(path, "national_parks", bounds=None).data, pyogrio.read_dataframe(path)
    assert ours.to_crs(6681).area.sum() == pytest.approx(theirs.to_crs(6681).area.sum(), rel=1e-12)
    by_park = ours.to_crs(6681).area.groupby(ours.name).sum() / 1e6
    assert by_park.to_dict() == pytest.approx({"阿寒": 939.4, "釧路湿原": 286.2, "知床": 616.9}, rel=5e-4)


@pytest.mark.real_data
def test_real_plateau_file_is_read_and_leaves_nothing_behind(shared_data: Path, tmp_path: Path) -> None:
    name = "numazu_523855_tnm_6697_op.gml"
    copy = Path(shutil.copy(shared_data / "samples_not_region" / "tsunami" / name, tmp_path / name))
    result = read(copy, "tsunami_inundation", bounds=None)
    assert len(result.data) == 3
    assert not result.data.has_z.any()
    assert isinstance(result.data.geometry.iloc[0], MultiPolygon)
    assert 138.7 < result.data.total_bounds[0] < 138.8
    assert "対象地域の外" in refused(copy, "tsunami_inundation")


@pytest.mark.real_data
def test_real_topojson_is_refused(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "national_parks" / "NPS_akan.topojson"
    assert "TopoJSON" in refused(Path(shutil.copy(source, tmp_path)), "national_parks")
    assert "TopoJSON" in refused(Path(shutil.copy(source, tmp_path / "parks.geojson")), "national_parks")


@pytest.mark.real_data
def test_real_lists_become_text(shared_data: Path) -> None:
    result = read(shared_data / "evacuation" / "kushiro_city_all_shelters.geojson", "shelters")
    assert set(result.data.types) <= {"hinanjo", "kinkyuu", "hinanjo、kinkyuu", "kinkyuu、hinanjo"}
    assert not result.data.disasters.map(lambda value: isinstance(value, list)).any()


OFFICIAL_WITHOUT_PRJ = {
    "rivers": ({"W05_003": ["2"], "W05_004": ["釧路川"]}, LineString([(144.35, 43.2), KUSHIRO])),
    "coastline": ({"C23_001": ["01206"], "C23_004": ["釧路港"]}, LineString([(144.3, 42.98), KUSHIRO])),
    "lakes": ({"W09_001": ["阿寒湖"], "W09_002": ["1"]}, box(144.06, 43.44, 144.12, 43.47)),
}


@pytest.mark.parametrize("name", OFFICIAL_WITHOUT_PRJ)
def test_official_shapefiles_without_prj_are_read_in_the_crs_of_their_specification(
    name: str, tmp_path: Path
) -> None:
    columns, shape = OFFICIAL_WITHOUT_PRJ[name]
    path = tmp_path / "official.shp"
    gpd.GeoDataFrame(columns, geometry=[shape], crs="EPSG:4612").to_file(path)
    path.with_suffix(".prj").unlink()
    result = read(path, name)
    assert result.data.crs.to_epsg() == 4612
    assert codes(result) == ["crs_of_publisher"]
    assert "EPSG:4612" in result.findings[0].message
    stated = read(path, name, crs="EPSG:6668")
    assert stated.data.crs.to_epsg() == 6668
    assert codes(stated) == []


@pytest.mark.parametrize("name", ["roads", "facilities", "lodging", "heritage", "rivers"])
def test_own_shapefiles_without_prj_are_refused_whatever_the_layer(name: str, tmp_path: Path) -> None:
    points = name not in ("roads", "rivers")
    shape = Point(KUSHIRO) if points else LineString([(144.3, 42.98), KUSHIRO])
    path = tmp_path / "own.shp"
    gpd.GeoDataFrame({"名称": ["a"], "施設名": ["b"]}, geometry=[shape], crs="EPSG:6668").to_file(
        path, encoding="utf-8"
    )
    path.with_suffix(".prj").unlink()
    assert "--crs" in refused(path, name, CrsError)


def test_points_are_preferred_where_an_archive_holds_lines_and_areas_too(tmp_path: Path) -> None:
    columns = {"P12_002": ["和琴半島"], "P12_005": ["半島"], "P12_006": ["弟子屈町"]}
    place = Point(144.32, 43.58)
    shapes = {"a": place, "b": LineString([(144.32, 43.58), (144.33, 43.58)]), "c": place.buffer(0.01)}
    members = {}
    for letter, shape in shapes.items():
        frame = gpd.GeoDataFrame(columns, geometry=[shape], crs="EPSG:6668")
        stem = f"P12{letter}-14_01"
        members |= {f"{stem}.{ext}": raw for ext, raw in cp932_shapefile(frame, tmp_path, stem).items()}
    path = tmp_path / "P12-14_01_GML.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
    result = read(path, "tourism_spots")
    assert result.data.geometry.tolist() == [place]
    assert codes(result) == ["files_left_out"]
    assert "P12b-14_01.shp" in result.findings[0].message
    assert "（" not in result.findings[0].values["files"]
