"""The data-quality list of the tables that trips are planned with: each wrong cell is one clear line."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, Point

from knr_gis.check import check_layers
from knr_gis.check_trips import check_trips
from knr_gis.findings import Finding
from knr_gis.region import load_region
from knr_gis.settings import load_settings

CRS = "EPSG:6681"
LINE = LineString([(0, 0), (1000, 0)])
GOOD_SPOT = {
    "name": "岬", "months_open": "4月～11月", "opens": "09:00", "closes": "17:00", "closed_weekdays": "月",
    "closed_dates": "12/29～1/3", "guide_duty": "5/10～7/31", "daily_cap": 40.0, "hourly_cap": 10.0,
    "confirmed_on": "2026-04-01",
}  # fmt: skip
GOOD_RULE = {
    "name": "峠", "rule_id": "a", "rule_kind": "closed", "from_date": "11-04", "to_date": "4/28",
    "from_hour": "17:00", "to_hour": None, "confirmed_on": "2026-04-01",
}  # fmt: skip
GOOD_TRAIN = {
    "from_station": "釧路", "to_station": "根室駅", "departs": "08:10", "arrives": "10:52",
    "months_open": "通年", "confirmed_on": "2026-04-01",
}  # fmt: skip
STATIONS = gpd.GeoDataFrame({"name": ["釧路", "根室"]}, geometry=[Point(0, 0), Point(9, 9)], crs=CRS)


def frame(*rows: dict[str, object], at: object = Point(0, 0)) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(pd.DataFrame(list(rows)), geometry=[at] * len(rows), crs=CRS)


def told(found: list[Finding]) -> list[tuple[str, str]]:
    assert all("{" not in f.message and "\n" not in f.message for f in found)
    return [(f.code, f.feature) for f in found]


def spot_findings(**changes: object) -> list[Finding]:
    return check_trips({"tourism_spots": frame(GOOD_SPOT, {**GOOD_SPOT, "name": "湖", **changes})})


def test_sound_tables_have_no_finding() -> None:
    frames = {
        "tourism_spots": frame(GOOD_SPOT, {**GOOD_SPOT, "opens": "終日", "closes": None}),
        "lodging": frame({"name": "宿", "months_open": "通年", "check_in": "15:00",
                          "check_in_until": "19:00", "check_out": "10:00", "confirmed_on": "2026-04-01"}),
        "service_points": frame({"name": "所", "service_kind": "fuel", "months_open": "通年",
                                 "opens": "22:00", "closes": "25:00", "confirmed_on": "2026-04-01"}),
        "road_rules": frame(GOOD_RULE, {"name": "沿道", "rule_kind": "no_stopping",
                                        "confirmed_on": "2026-04-01"}, at=LINE),
        "train_legs": frame(GOOD_TRAIN, at=None), "stations": STATIONS,
    }  # fmt: skip
    assert check_trips(frames) == []
    assert check_trips({}) == []


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"months_open": "2026-04-11"}, "months_unread", ("2026-04-11", "4月～11月")),
        ({"months_open": "11月下旬から"}, "months_unread", ("11月下旬から",)),
        ({"opens": "日の出"}, "cell_unread", ("開く時刻", "日の出", "9:00")),
        ({"closes": "17時ごろ"}, "cell_unread", ("閉まる時刻", "17時ごろ")),
        ({"opens": "17:00", "closes": "09:00"}, "hours_backwards", ("17:00", "09:00", "25:00")),
        ({"closed_weekdays": "第1月曜"}, "cell_unread", ("定休日", "第1月曜")),
        ({"closed_dates": "年末年始"}, "cell_unread", ("休業日", "年末年始", "12/29～1/3")),
        ({"guide_duty": "ヒグマの時期"}, "cell_unread", ("ガイド", "ヒグマの時期")),
        ({"hourly_cap": 50.0}, "caps_contradict", ("50", "40")),
    ],
)
def test_a_wrong_cell_of_a_place_is_one_line_that_names_it(
    changes: dict[str, object], code: str, words: tuple[str, ...]
) -> None:
    (finding,) = spot_findings(**changes)
    assert told([finding]) == [(code, "湖")]
    assert all(word in finding.message for word in (*words, "湖"))
    assert finding.x == pytest.approx(144.25, abs=1e-6)


def test_what_is_blank_or_not_confirmed_is_counted() -> None:
    found = spot_findings(months_open=None, confirmed_on="要確認")
    assert told(found) == [("months_blank", ""), ("unconfirmed", "")]
    assert {f.severity for f in found} == {"info"}
    assert "2 件のうち 1 件" in found[1].message


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"from_date": None}, "rule_blank", ("開始日", "いつも通行止め")),
        ({"from_date": "11月上旬"}, "rule_unread", ("11月上旬", "11-04", "いつも通行止め")),
        ({"rule_kind": "closed_daily", "to_hour": None}, "rule_blank", ("終了時刻", "0:00")),
        ({"to_hour": "日没"}, "rule_unread", ("日没",)),
        ({"rule_kind": "雪"}, "rule_unread", ("規制の種類", "雪", "駐停車禁止")),
        ({"rule_id": "a"}, "rule_id_repeated", ("a",)),
        ({"from_date": "2026-11-04"}, "rule_every_year", ("2026-11-04", "毎年の 11-04", "「年」に 2026")),
    ],
)
def test_a_wrong_rule_is_one_line_that_says_how_it_is_taken(
    changes: dict[str, object], code: str, words: tuple[str, ...]
) -> None:
    rules = frame(GOOD_RULE, {**GOOD_RULE, "name": "林道", "rule_id": "b", **changes}, at=LINE)
    (finding,) = check_trips({"road_rules": rules})
    assert told([finding]) == [(code, "林道")]
    assert all(word in finding.message for word in words)
    is_slight = code in ("rule_id_repeated", "rule_every_year")
    assert finding.severity == ("warning" if is_slight else "error")


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"to_station": "花咲"}, "station_unknown", ("降りる駅", "花咲")),
        ({"from_station": None}, "station_unknown", ("乗る駅", "空欄")),
        ({"departs": None}, "time_blank", ("発時刻",)),
        ({"arrives": "昼ごろ"}, "cell_unread", ("着時刻", "昼ごろ")),
        ({"arrives": "08:00"}, "hours_backwards", ("08:10", "08:00")),
        ({"months_open": "夏"}, "months_unread", ("夏",)),
    ],
)
def test_a_wrong_train_is_one_line(changes: dict[str, object], code: str, words: tuple[str, ...]) -> None:
    trains = frame(GOOD_TRAIN, {**GOOD_TRAIN, **changes}, at=None)
    (finding,) = check_trips({"train_legs": trains, "stations": STATIONS})
    assert finding.code == code
    assert all(word in finding.message for word in words)
    assert "→" in finding.feature
    assert finding.x is None


def test_without_stations_no_train_is_blamed() -> None:
    assert check_trips({"train_legs": frame({**GOOD_TRAIN, "to_station": "花咲"}, at=None)}) == []


def test_a_service_of_no_kind() -> None:
    rows = ({"name": n, "service_kind": k, "months_open": "通年", "confirmed_on": "x"}
            for n, k in (("甲", "fuel"), ("乙", "温泉"), ("丙", None)))  # fmt: skip
    found = check_trips({"service_points": frame(*rows)})
    assert told(found) == [("cell_unread", "乙"), ("cell_unread", "丙")]
    assert "給油" in found[0].message


def test_the_list_of_a_workspace_holds_them() -> None:
    region = load_region(load_settings().region_file)
    frames = {"tourism_spots": frame({**GOOD_SPOT, "months_open": "夏"})}
    assert told(check_layers(frames, {}, {}, region)) == [("months_unread", "岬")]


def test_the_sample_has_nothing_but_what_is_to_be_confirmed() -> None:
    folder = Path(__file__).parents[1] / "layers" / "sample"
    frames = {}
    for layer_id in ("tourism_spots", "lodging", "service_points", "road_rules", "train_legs"):
        table = pd.read_csv(folder / f"{layer_id}.csv", encoding="utf-8-sig", dtype=str)
        frames[layer_id] = gpd.GeoDataFrame(table, geometry=[Point(0, 0)] * len(table), crs=CRS)
    frames["stations"] = gpd.read_file(folder / "stations.geojson")
    assert {code for code, _ in told(check_trips(frames))} == {"unconfirmed"}
