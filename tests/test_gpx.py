"""GPX as a navigation device reads it."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import gpxpy
import numpy as np
import paper_town
import pytest
from shapely.geometry import LineString, MultiLineString, Point

from knr_gis.errors import OutputError
from knr_gis.export.gpx import write_gpx
from knr_gis.product import Product


def with_features(**features: gpd.GeoDataFrame) -> Product:
    return paper_town.product(result=replace(paper_town.product().result, features=features))


def reload(product: Product, folder: Path) -> tuple[str, gpxpy.gpx.GPX]:
    write_gpx(product, folder / "a.gpx")
    text = (folder / "a.gpx").read_text(encoding="utf-8")
    return text, gpxpy.parse(text)


def test_lines_are_tracks_points_are_waypoints_and_nothing_is_a_route(tmp_path: Path) -> None:
    text, gpx = reload(paper_town.product(), tmp_path)
    assert [track.name for track in gpx.tracks] == ["1日目 1日目", "2日目 2日目"]
    assert len(gpx.waypoints) == 3
    assert not gpx.routes
    assert "<rte" not in text


def test_length_survives_within_half_a_percent(tmp_path: Path) -> None:
    _, gpx = reload(paper_town.product(), tmp_path)
    for track, metres in zip(gpx.tracks, paper_town.routes().length, strict=True):
        assert track.length_2d() == pytest.approx(metres, rel=0.005)


def test_position_is_latitude_and_longitude(tmp_path: Path) -> None:
    _, gpx = reload(paper_town.product(), tmp_path)
    expected = paper_town.sites().to_crs(4326).geometry.iloc[0]
    assert (gpx.waypoints[0].latitude, gpx.waypoints[0].longitude) == pytest.approx((expected.y, expected.x))
    assert gpx.waypoints[0].latitude == pytest.approx(42.97, abs=0.01)


def test_file_says_where_it_comes_from(tmp_path: Path) -> None:
    text, gpx = reload(paper_town.product(), tmp_path)
    assert "模式データ" in gpx.description
    assert gpx.keywords == "模式データ"
    assert "国土交通省" in gpx.copyright_author
    assert gpx.creator == "knr-gis 0.1.0"
    assert "2026-10-12T00:30:00Z" in text  # 09:30 in Japan


def test_markup_and_control_characters_are_inert(tmp_path: Path) -> None:
    text, gpx = reload(paper_town.product(), tmp_path)
    assert "<script>" not in text
    assert "\x07" not in text
    assert "<script>alert(1)</script>" in gpx.waypoints[1].name


def test_unknown_values_are_named_in_the_description(tmp_path: Path) -> None:
    _, gpx = reload(paper_town.product(), tmp_path)
    assert "不明" in gpx.waypoints[1].description


def test_long_track_is_thinned_but_keeps_its_length(tmp_path: Path) -> None:
    x = np.linspace(0, 40_000, 12_000)
    line = LineString(np.column_stack([x, -120_000 + 2_000 * np.sin(x / 3_000)]))
    _, gpx = reload(with_features(legs=paper_town.frame({"name": ["長い"]}, [line])), tmp_path)
    assert gpx.get_track_points_no() <= 2000
    assert gpx.length_2d() == pytest.approx(line.length, rel=0.005)


def test_track_that_cannot_be_thinned_without_loss_stays_whole(tmp_path: Path) -> None:
    y = np.tile([0.0, 900.0], 1500)
    line = LineString(np.column_stack([np.arange(3000) * 10.0, y - 120_000]))
    _, gpx = reload(with_features(legs=paper_town.frame({"name": ["峠"]}, [line])), tmp_path)
    assert gpx.get_track_points_no() > 2000
    assert gpx.length_2d() == pytest.approx(line.length, rel=0.005)


def test_parts_are_segments_of_one_track_and_polygons_have_no_place(tmp_path: Path) -> None:
    parts = MultiLineString([[(0, -120_000), (0, -119_000)], [(500, -119_000), (500, -118_000)]])
    legs = paper_town.frame({"day": [1, 2]}, [parts, None])
    _, gpx = reload(with_features(legs=legs, zones=paper_town.zones()), tmp_path)
    assert len(gpx.tracks) == 1
    assert len(gpx.tracks[0].segments) == 2
    assert gpx.tracks[0].name == "1日目 legs"
    assert gpx.length_2d() == pytest.approx(2000, rel=0.005)


def test_result_of_polygons_only_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="GPX"):
        write_gpx(with_features(zones=paper_town.zones()), tmp_path / "a.gpx")
    assert not list(tmp_path.iterdir())


def test_empty_name_gets_the_title_and_a_number(tmp_path: Path) -> None:
    sites = paper_town.frame({"name": [None, "A"]}, [Point(0, -120_000), Point(1, -120_000)])
    _, gpx = reload(with_features(evacuation_sites=sites), tmp_path)
    assert [w.name for w in gpx.waypoints] == ["指定緊急避難場所 1", "A"]


def test_legs_and_stops_of_a_route_keep_their_number_and_names(tmp_path: Path) -> None:
    line = LineString([(0, -120_000), (0, -119_000)])
    legs = paper_town.frame({"leg": ["1 釧路→根室"], "name": ["国道"]}, [line])
    stops = paper_town.frame({"stop_label": ["1 釧路"], "name": ["釧路"]}, [Point(0, -120_000)])
    _, gpx = reload(with_features(legs=legs, stops=stops), tmp_path)
    assert [t.name for t in gpx.tracks] == ["1 釧路→根室"]
    assert [w.name for w in gpx.waypoints] == ["1 釧路"]


def trip() -> dict[str, gpd.GeoDataFrame]:
    """Two days: three legs, the last without a way; a worst stretch on the second leg; a bail-out point."""
    corners = [(0, 0), (0, 4000), (3000, 4000), (3000, 9000), (8000, 9000)]
    ways = [LineString([(x, y - 120_000) for x, y in corners[k : k + 2]]) for k in range(3)]
    legs = paper_town.frame(
        {
            "day": [1, 1, 2, 2], "leg": ["1 釧路→厚岸", "2 厚岸→浜中", "3 浜中→根室", "4 根室→納沙布"],
            "from_name": ["釧路", "厚岸", "浜中", "根室"], "to_name": ["厚岸", "浜中", "根室", "納沙布"],
        },
        [*ways, None],
    )  # fmt: skip
    worst = paper_town.frame({"day": [1], "leg": ["2 厚岸→浜中"]}, [ways[1]])
    points = paper_town.frame({"name": ["高台"]}, [Point(0, -118_000)])
    return {"legs": legs, "worst": worst, "bail_out": points}


def test_a_day_is_one_track_with_a_segment_for_each_leg(tmp_path: Path) -> None:
    text, gpx = reload(with_features(**trip()), tmp_path)
    assert [t.name for t in gpx.tracks] == ["1日目 釧路→浜中", "2日目 浜中→納沙布"]
    assert [len(t.segments) for t in gpx.tracks] == [2, 1]
    assert gpx.tracks[1].description == "3 浜中→根室 / 4 根室→納沙布（経路なし）"
    assert "<rte" not in text
    assert [w.name for w in gpx.waypoints] == ["高台"]


def test_legs_without_a_way_are_told_though_they_have_no_line(tmp_path: Path) -> None:
    legs = trip()["legs"].assign(stop_number=[1, 2, 3, 4])
    shown = legs[~legs.geometry.isna()].reset_index(drop=True)
    table = legs.drop(columns=["geometry", "leg"])
    result = replace(paper_town.product().result, features={"legs": shown}, tables={"legs": table})
    _, gpx = reload(paper_town.product(result=result), tmp_path)
    assert [t.name for t in gpx.tracks] == ["1日目 釧路→浜中", "2日目 浜中→納沙布"]
    assert gpx.tracks[1].description == "浜中→根室 / 根室→納沙布（経路なし）"


def test_places_that_were_not_chosen_and_points_without_names_are_no_waypoints(tmp_path: Path) -> None:
    profile = paper_town.frame({"flee_min": [3.0, 4.0]}, [Point(0, -118_000), Point(0, -117_000)])
    dropped = paper_town.frame({"name": ["行かない所"]}, [Point(0, -118_000)])
    _, gpx = reload(with_features(**trip(), profile=profile, dropped=dropped), tmp_path)
    assert [w.name for w in gpx.waypoints] == ["高台"]


def test_no_length_of_a_trip_counts_twice(tmp_path: Path) -> None:
    _, gpx = reload(with_features(**trip()), tmp_path)
    assert [t.length_2d() for t in gpx.tracks] == pytest.approx([7000, 5000], rel=0.005)


def test_a_day_of_many_points_is_thinned_as_a_whole(tmp_path: Path) -> None:
    x = np.linspace(0, 20_000, 3_000)
    shapes = [LineString(np.column_stack([x, k * 3_000 - 120_000 + 900 * np.sin(x / 2_000)])) for k in (0, 1)]
    legs = paper_town.frame({"day": [1, 1], "leg": ["a", "b"]}, shapes)
    _, gpx = reload(with_features(legs=legs), tmp_path)
    assert gpx.tracks[0].get_points_no() <= 2000
    assert gpx.length_2d() == pytest.approx(sum(s.length for s in shapes), rel=0.005)


def test_the_day_names_are_inert(tmp_path: Path) -> None:
    legs = trip()["legs"].assign(from_name=paper_town.EVIL, to_name="</name><rte/>")
    text, gpx = reload(with_features(legs=legs), tmp_path)
    assert "<script>" not in text
    assert "<rte" not in text
    assert gpx.tracks[0].name.endswith("→</name><rte/>")


def test_file_tells_conditions_and_editions(tmp_path: Path) -> None:
    _, gpx = reload(paper_town.product(), tmp_path)
    assert "避難の歩行速度: 1.0m/s" in gpx.description
    assert "版 2023、2026-10-01 入手" in gpx.description
    assert "加工 変換・切り出し" in gpx.description


def test_a_train_leaves_no_track_and_is_named(tmp_path: Path) -> None:
    lines = [
        LineString([(0, -120_000), (1_000, -120_000)]),
        LineString([(1_000, -120_000), (90_000, -120_000)]),
    ]
    columns = {"day": [1, 1], "stop_number": [1, 2], "leg_mode": ["cycle", "train"], "name": ["走る", "乗る"]}
    _, gpx = reload(with_features(legs=paper_town.frame(columns, lines)), tmp_path)
    (track,) = gpx.tracks
    assert track.length_2d() == pytest.approx(1_000, rel=0.005)
    assert "鉄道" in track.description
    assert "乗る" in track.description
