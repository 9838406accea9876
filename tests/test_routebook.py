"""The data of a route book: the whole trip, nothing lost and nothing made up."""

import json
from pathlib import Path
from typing import Any

import paper_town
import paper_trip
import pytest

from knr_gis.errors import OutputError
from knr_gis.export.routebook import write_routebook


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("book") / "itinerary.routebook.json"
    write_routebook(paper_trip.product(), path)
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_days_hold_their_visits_and_legs(book: dict[str, Any]) -> None:
    assert (book["format"], book["version"]) == ("knr-gis routebook", 1)
    assert [(d["day"], d["date"]) for d in book["days"]] == [(1, "2026-10-12"), (2, "2026-10-13")]
    assert [[v["name"] for v in d["visits"]] for d in book["days"]] == [
        paper_trip.NAMES[:3], [*paper_trip.NAMES[2:], "納沙布岬"],
    ]  # fmt: skip
    assert [[leg["leg_km"] for leg in d["legs"]] for d in book["days"]] == [[4.0, 3.0], [5.0, None]]
    assert [d["summary"]["day_km"] for d in book["days"]] == [7.0, None]


def test_a_leg_has_its_line_in_degrees_and_its_cues(book: dict[str, Any]) -> None:
    first, lost = book["days"][0]["legs"][0], book["days"][1]["legs"][1]
    expected = paper_trip.legs().to_crs(4326).geometry.iloc[0].coords[0]
    assert first["line"]["coordinates"][0] == pytest.approx(expected, abs=1e-7)
    assert [(c["cue_km"], c["road_name"]) for c in first["cues"]] == [(0.0, "国道44号"), (2.5, "")]
    assert lost["line"] is None
    assert lost["leg_status"] == "disconnected"


def test_places_have_their_position(book: dict[str, Any]) -> None:
    expected = paper_trip.stops().to_crs(4326).geometry.iloc[1]
    oysters = book["days"][0]["visits"][1]
    assert (oysters["longitude"], oysters["latitude"]) == pytest.approx((expected.x, expected.y), abs=1e-7)
    assert oysters["kind"] == "spot"
    assert oysters["wait_min"] == 0.0
    assert book["days"][0]["visits"][0]["arrive"] is None


def test_other_tables_stand_by_day_or_for_the_trip(book: dict[str, Any]) -> None:
    assert [d["tables"]["safety"]["rows"] for d in book["days"]] == [
        [{"day": 1, "flee_min": 12.5}], [{"day": 2, "flee_min": None}],
    ]  # fmt: skip
    assert book["tables"]["rules"]["rows"][0]["name"] == "霧多布湿原"
    assert set(book["tables"]) == {"rules"}


def test_book_says_where_it_comes_from(book: dict[str, Any]) -> None:
    about = book["about"]
    assert about["sample"] is True
    assert about["generator"] == "knr-gis 0.1.0"
    assert {s["edition"] for s in about["sources"]} == {"2023"}
    assert about["conditions"][0]["label"] == "避難の歩行速度"
    assert book["columns"]["leg_mode"] != ""


def test_a_result_that_is_no_trip_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="ルートブック"):
        write_routebook(paper_town.product(), tmp_path / "a.routebook.json")
    assert not list(tmp_path.iterdir())
