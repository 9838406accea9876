"""Plans: times by pencil, a reason for all left out, caps of parties, the pass road on three dates."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest

from knr_gis.analyses.tourism.fit import stands_for
from knr_gis.analyses.tourism.itinerary import itinerary
from knr_gis.analyses.tourism.wishes import make_wishes
from knr_gis.build import ensure_built, load_surroundings
from knr_gis.errors import AnalysisError
from knr_gis.ingest import Statement, import_file
from knr_gis.layers import load_layers
from knr_gis.region import load_region
from knr_gis.result import Blank, Result
from knr_gis.settings import load_settings
from knr_gis.store import load_frame
from knr_gis.texts import say
from tests import tour_grid as grid
from tests.town import figures

SAMPLE = Path(__file__).parents[2] / "layers" / "sample"


def plan(**changes: Any) -> Result:
    result = itinerary(**grid.given(**changes))
    for note in (result.headline, *result.notes):
        assert "{" not in say(note.key, **note.values)
    return result


def spots(*rows: dict[str, Any], **stations: tuple[int, int]) -> dict[str, gpd.GeoDataFrame]:
    return {"tourism_spots": grid.spots(*rows), "stations": grid.stations(駅=(0, 0), **stations)}


def timetable(result: Result, day: int) -> list[tuple[object, ...]]:
    rows = result.tables["timetable"]
    columns = ["name", "arrive", "wait_min", "leave"]
    return [tuple(row) for row in rows[rows["day"] == day][columns].itertuples(index=False)]


def reason(result: Result, name: str) -> tuple[str, str, str]:
    dropped = result.tables["dropped"].set_index("name")
    row = dropped.loc[name]
    return row["drop_reason"], row["drop_text"], row["next_date"]


# --- the plan ------------------------------------------------------------------------------------


def test_the_clock_of_a_day_by_pencil() -> None:
    # 駅 (0,0) -> 岬 (3,0): 15 km at 60 km/h = 15 min; it opens at 10:00; 60 min; 5 min to 宿 at (3,1)
    result = plan(spots=spots({"name": "岬", "at": (3, 0), "opens": "10:00"}), days=1)
    blank = Blank.NOT_ASKED
    assert timetable(result, 1) == [
        ("駅", blank, blank, "09:00"), ("岬", "09:15", pytest.approx(45), "11:00"),
        ("宿", "11:05", pytest.approx(0), blank),
    ]  # fmt: skip
    assert result.headline.key == "itinerary.headline_optimal"
    assert figures(result.summary, "plan_gap_percent")["", ""] == 0
    assert figures(result.summary, "plan_stops")["", ""] == 1
    assert result.features["legs"]["day"].tolist() == [1, 1]


def test_the_night_ends_one_day_and_begins_the_next() -> None:
    result = plan(locked=["岬=1", "滝=2"], end="駅")
    assert timetable(result, 1)[0][0] == "駅"
    assert timetable(result, 1)[-1][0] == timetable(result, 2)[0][0]
    assert timetable(result, 2)[-1][0] == "駅"
    assert "岬" in [row[0] for row in timetable(result, 1)]
    assert "滝" in [row[0] for row in timetable(result, 2)]


def test_themes_choose_and_weigh() -> None:
    shown = spots(
        {"name": "湯", "at": (1, 0), "theme": "温泉"}, {"name": "市", "at": (2, 0), "theme": "食"},
        {"name": "鳥", "at": (3, 0), "theme": "自然・野鳥"},
    )  # fmt: skip
    result = plan(spots=shown, themes=["野鳥=3", "食"], days=1)
    assert reason(result, "湯")[0] == "theme"
    assert "温泉" in reason(result, "湯")[1]
    short = plan(spots=shown, themes=["野鳥=3", "食"], days=1, hours_per_day=1.5)
    assert [row[0] for row in timetable(short, 1)][1:-1] == ["鳥"]
    assert reason(short, "市")[0] == "no_room"
    must = plan(spots=shown, themes=["食"], must=["湯"], days=1)
    assert "湯" in [row[0] for row in timetable(must, 1)]


def test_lodgings_are_those_allowed_open_and_large_enough() -> None:
    assert timetable(plan(lodgings=["民宿"]), 1)[-1][0] == "民宿"
    rooms = grid.lodgings(
        {"name": "宿", "at": (3, 1), "capacity_persons": 3.0},
        {"name": "冬宿", "at": (2, 1), "months_open": "12-3"},
        {"name": "謎宿", "at": (1, 1), "capacity_persons": float("nan"), "months_open": ""},
    )  # fmt: skip
    result = plan(lodging=rooms)
    assert timetable(result, 1)[-1][0] == timetable(result, 2)[-1][0] == "謎宿"
    gaps = result.tables["not_evaluated"].set_index("what")["count"]
    assert gaps[say("itinerary.gap_beds")] == gaps[say("itinerary.gap_nights")] == 2
    with pytest.raises(AnalysisError, match="1 日目（2026-07-01）") as error:
        plan(lodging=rooms, lodgings=["宿", "冬宿"])
    assert "party_persons" in str(error.value)


def test_the_same_input_gives_the_same_plan() -> None:
    many = [{"name": f"所{k}", "at": (k % 4, k // 4), "stay_min": 20.0 + k} for k in range(10)]
    one, two = (plan(spots=spots(*many), rounds=50, days=1) for _ in range(2))
    assert figures(one.summary, "plan_stops")["", ""] >= 8
    pd.testing.assert_frame_equal(one.summary, two.summary)
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table, two.tables[name])
    for name, frame in one.features.items():
        assert frame.geometry.to_wkb().equals(two.features[name].geometry.to_wkb())
        assert (
            frame.drop(columns="geometry")
            .astype(str)
            .equals(two.features[name].drop(columns="geometry").astype(str))
        )


# --- what is left out ----------------------------------------------------------------------------


def test_every_place_left_out_has_its_reason_and_its_next_date() -> None:
    shown = spots(
        {"name": "雪", "at": (1, 0), "months_open": "12-2"},
        {"name": "祝", "at": (1, 0), "closed_dates": "7/1"},
        {"name": "短", "at": (1, 0), "opens": "10:00", "closes": "10:30"},
        {"name": "夕", "at": (1, 0), "opens": "18:00", "closes": "21:00", "stay_min": 120.0},
        {"name": "宵", "at": (1, 0), "opens": "17:30", "closes": "20:00", "indoor": True},
        {"name": "朝", "at": (3, 2), "opens": "05:00", "closes": "09:30"},
        {"name": "狭", "at": (1, 0), "daily_cap": 3.0}, {"name": "混", "at": (1, 0), "hourly_cap": 2.0},
        {"name": "嫌", "at": (1, 0)}, {"name": "孤", "at": (9, 9)},
        {"name": "長", "at": (2, 0), "stay_min": 540.0},
        {"name": "可", "at": (0, 1)},
    )  # fmt: skip
    result = plan(spots=shown, days=1, never=["嫌"])
    expected = {
        "雪": ("closed", "2026-12-01"), "短": ("hours", ""), "夕": ("sunset", ""), "宵": ("opening", ""),
        "朝": ("late", ""), "狭": ("cap", ""), "混": ("cap", ""), "嫌": ("never", ""), "孤": ("no_road", ""),
        "長": ("hours", ""), "祝": ("closed", "2026-07-02"),
    }  # fmt: skip
    told = {name: (reason(result, name)[0], reason(result, name)[2]) for name in expected}
    assert told == expected
    assert "7/1" in reason(result, "祝")[1]
    assert "定休日: ―" in reason(result, "祝")[1]
    assert "12-2" in reason(result, "雪")[1]
    assert len(result.tables["dropped"]) == len(result.features["dropped"]) == 11
    assert figures(result.summary, "plan_dropped")["", ""] == 11


def test_too_far_and_too_long_on_the_way_are_told_apart() -> None:
    far = plan(days=1, hours_per_day=1.4, lodgings=["民宿"])  # 岬: 15 + 60 + 15 min = 1.5 h
    assert reason(far, "岬")[0] == "far"
    drive = plan(days=1, drive_limit_h=0.45, lodgings=["民宿"])
    assert reason(drive, "岬")[0] == "drive"
    assert "0.45" in reason(drive, "岬")[1]


def test_a_closed_road_is_the_reason_and_tells_when_it_opens() -> None:
    kept = [edge for edge in grid.edges() if (3, 0) not in edge or edge == ((2, 0), (3, 0))]
    closed = {"edge": ((2, 0), (3, 0)), "name": "岬の道", "from_date": "06-01", "to_date": "07-20"}
    result = plan(roads=grid.roads(kept), road_rules=grid.rules(closed), days=1)
    code, text, again = reason(result, "岬")
    assert (code, again) == ("road", "2026-07-21")
    assert "岬の道" in text
    assert result.features["closures"]["closed_on"].tolist() == ["2026-07-01"]
    opened = plan(roads=grid.roads(kept), road_rules=grid.rules(closed), days=1, date="2026-07-21")
    assert "岬" in [row[0] for row in timetable(opened, 1)]
    assert "closures" not in opened.features


def test_a_must_that_cannot_be_met_is_told() -> None:
    result = plan(must=["岬"], spots=spots({"name": "岬", "at": (3, 0), "months_open": "1"}, {"name": "湖"}))
    assert result.notes[0].key == "itinerary.note_missing"
    assert "岬" in say(result.headline.key, **result.headline.values)
    assert reason(result, "岬")[0] == "closed"
    assert result.tables["dropped"]["name"].iloc[0] == "岬"
    assert figures(result.summary, "plan_missing")["", ""] == 1


# --- several parties -----------------------------------------------------------------------------


def test_parties_share_the_caps_one_after_another() -> None:
    shown = spots(
        {"name": "岬", "at": (3, 0), "daily_cap": 8.0}, {"name": "滝", "at": (0, 2), "hourly_cap": 4.0}
    )
    result = plan(spots=shown, parties=3, days=1)
    caps = result.tables["caps"]
    cape = caps[caps["name"] == "岬"]
    assert cape["cap_persons"].sum() == 8
    assert set(cape["daily_left"]) == {0.0}
    falls = caps[caps["name"] == "滝"]
    assert len(falls) == 3
    assert set(falls["hourly_left"]) == {0.0}
    assert falls["cap_hour"].is_unique
    assert figures(result.summary, "caps_over")["", ""] == 0
    parties = result.tables["parties"]
    assert parties.groupby("party_number")["name"].apply(lambda names: "岬" in set(names)).tolist() == [
        True, True, False,
    ]  # fmt: skip


def test_a_party_without_a_bed_is_a_gap() -> None:
    rooms = grid.lodgings({"name": "宿", "at": (3, 1), "capacity_persons": 8.0})
    result = plan(lodging=rooms, parties=3, days=1)
    gaps = result.tables["not_evaluated"].set_index("what")
    assert gaps.loc[say("itinerary.gap_parties"), "count"] == 1
    assert result.tables["beds"][["cap_persons", "beds_left"]].to_numpy().tolist() == [[8.0, 0.0]]


# --- adventure travel ----------------------------------------------------------------------------


def test_what_counts_as_activity_nature_and_culture() -> None:
    assert stands_for("自然", "") == {"nature"}
    assert stands_for("自然・野鳥", "カヌー") == {"nature", "activity"}
    assert stands_for("食", None) == stands_for(None, "郷土料理") == {"culture"}
    assert stands_for("温泉", "") == stands_for(None, None) == set()


def test_each_day_is_held_against_the_standard() -> None:
    shown = spots(
        {"name": "岬", "at": (3, 0), "months_open": "5-10"}, {"name": "市", "at": (0, 2), "theme": "食"}
    )
    result = plan(spots=shown, locked=["岬=1", "市=1"])
    days = result.tables["at_days"]
    assert days["at_count"].tolist() == [2, 0]
    assert days["at_fit"].tolist() == ["yes", "no"]
    assert days.loc[0, ["at_nature", "at_culture"]].tolist() == ["岬", "市"]
    assert figures(result.summary, "at_days_fit")["", ""] == 1
    assert "itinerary.note_at_lacking" in [note.key for note in result.notes]
    months = result.tables["at_months"].set_index("month")
    assert months.loc[[1, 7], "stops_open"].tolist() == [1, 2]
    regions = result.tables["at_regions"]
    assert regions[["municipality", "stops_count", "nights_count"]].to_numpy().tolist() == [["西町", 2, 2]]
    assert figures(result.summary, "at_region_stops")["", ""] == 2


# --- conditions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"date": None}, "date"), ({"date": "7月"}, "date"), ({"start": ""}, "start"),
        ({"start": "幻"}, "幻"), ({"days": 0}, "days"), ({"days": 2.5}, "days"), ({"parties": 99}, "parties"),
        ({"themes": ["自然=x"]}, "自然=x"), ({"locked": ["岬"]}, "岬"), ({"locked": ["岬=3"]}, "岬=3"),
        ({"must": ["岬"], "never": ["岬"]}, "岬"), ({"lodgings": ["岬"]}, "岬"), ({"seconds": 0}, "seconds"),
        ({"themes": ["工芸"]}, "themes"), ({"hours_per_day": -1}, "hours_per_day"),
        ({"hours_per_day": 0.1, "lodgings": ["宿"]}, "hours_per_day"),
    ],
)  # fmt: skip
def test_conditions_that_cannot_be_used_are_one_clear_line(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(AnalysisError, match=words) as error:
        plan(**changes)
    assert "\n" not in str(error.value)


def test_wishes_are_printed_as_given() -> None:
    wishes = make_wishes(grid.given(themes=["食=2"], must=["岬"]))
    assert wishes.params["themes"] == {"食": 2.0}
    assert wishes.params["must"] == ["岬"]
    assert wishes.params["hours_per_day"] == 9


# --- the bundled sample --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> dict[str, gpd.GeoDataFrame]:
    """The sample's roads, their rules, the spot 知床峠 and the lodging at 羅臼."""
    settings = load_settings(tmp_path_factory.mktemp("pass"))
    layers, region = load_layers(settings.layers_dir), load_region(settings.region_file)
    files = {"roads": "roads.geojson", "road_rules": "road_rules.csv", "tourism_spots": "tourism_spots.csv",
             "lodging": "lodging.csv"}  # fmt: skip
    for layer_id, file in files.items():
        around = load_surroundings(settings.workspace, region, layer_id)
        import_file(settings, layers[layer_id], around, SAMPLE / file, Statement(sample=True))
    ensure_built(settings, layers, region, list(files))
    frames = {layer_id: load_frame(settings.workspace, layer_id) for layer_id in files}
    spot = frames["tourism_spots"]
    only = spot[spot["name"] == "知床峠"].assign(months_open="通年", opens="", closes="")
    inns = frames["lodging"]
    return {**frames, "tourism_spots": only, "lodging": inns[inns["name"].str.startswith("羅臼")]}


def over_the_pass(sample: dict[str, gpd.GeoDataFrame], on: str, start: str) -> Result:
    """The spot by itself is open all year and at all hours: only the road decides."""
    return itinerary(
        roads=sample["roads"], road_rules=sample["road_rules"], lodging=sample["lodging"],
        spots={"tourism_spots": sample["tourism_spots"]}, date=on, start_time=start, days=1, rounds=100,
        start=str(sample["lodging"]["name"].iloc[0]), must=["知床峠"], outdoor_by_sunset=False,
        hours_per_day=4.0,
    )  # fmt: skip


def test_the_pass_road_may_be_used_at_noon_in_july(sample: dict[str, gpd.GeoDataFrame]) -> None:
    result = over_the_pass(sample, "2026-07-01", "12:00")
    assert "知床峠" in result.tables["timetable"]["name"].tolist()
    assert "dropped" not in result.features


@pytest.mark.parametrize(
    ("on", "start", "again"), [("2026-01-01", "12:00", "2026-0[456]"), ("2026-10-25", "18:00", "2027-")]
)
def test_the_pass_road_is_not_used_when_it_is_closed_and_the_plan_says_why(
    sample: dict[str, gpd.GeoDataFrame], on: str, start: str, again: str
) -> None:
    result = over_the_pass(sample, on, start)
    assert "知床峠" not in result.tables["timetable"]["name"].tolist()
    code, text, next_date = reason(result, "知床峠")
    assert code == "road"
    assert "知床横断道路" in text
    assert pd.Series([next_date]).str.match(again).all()
    assert any("知床横断道路" in name for name in result.features["closures"]["rule_name"])
    assert result.notes[0].key == "itinerary.note_missing"
