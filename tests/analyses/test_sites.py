"""Which sites may be counted on: storeys, the open in winter, shallow water, what is unknown."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

from knr_gis.analyses.evacuation import evacuation
from knr_gis.analyses.evacuation.conditions import Conditions
from knr_gis.analyses.evacuation.scenario import resolve_scenario
from knr_gis.analyses.evacuation.sites import judge_sites
from knr_gis.analyses.inundation import clip_hazard
from knr_gis.result import Result
from tests import town
from tests.town import NAN, WEST, figures

DRY, LOW, HIGH = (500, 700), (500, 400), (500, 100)  # outside; 0.3 to 1 m; 1 to 3 m of water


def roles(places: list[tuple[float, float]], *, hazard: Any = None, **columns: Any) -> list[str]:
    conditions = columns.pop("conditions", {})
    flags = {"tsunami": pd.array([True] * len(places), dtype="boolean")}
    frame = town.frame({"name": [f"棟{k}" for k in range(len(places))], **flags}, [Point(p) for p in places])
    frame = frame.assign(**columns)
    zone = clip_hazard(
        town.hazard() if hazard is None else hazard,
        town.municipalities(),
        hazard_covers=None,
        sliver_share=0.001,
    )
    judged = judge_sites(frame, None, zone, resolve_scenario(Conditions(**conditions)))
    return judged["site_role"].tolist()


def test_storeys_tell_the_height_where_the_floor_does_not() -> None:
    # water 3 m: four storeys at least, and (storeys - 1) x 3 m above it
    storeys = np.array([1, 2, 3, 4, 10, NAN])
    assert roles([HIGH] * 6, storeys=storeys) == ["floor_too_low"] * 3 + ["vertical_storeys"] * 2 + [
        "floor_unknown"
    ]
    # water 1 m: three storeys at least
    assert roles([LOW] * 3, storeys=storeys[1:4]) == ["floor_too_low", "vertical_storeys", "vertical_storeys"]
    low_rooms = {"storey_height_m": 0.9}
    assert roles([HIGH], storeys=[4], conditions=low_rooms) == ["floor_too_low"]  # 2.7 m, water 3 m
    assert roles([HIGH], storeys=[10], conditions={"vertical": False}) == ["in_zone"]


def test_a_floor_height_goes_before_the_storeys() -> None:
    assert roles([HIGH] * 2, storeys=[10, 1], floor_height_m=[2.0, 9.0]) == ["floor_too_low", "vertical"]


def test_water_of_unknown_depth_is_too_high_for_any_building() -> None:
    assert roles([(1700, 550)], storeys=[40]) == ["water_unknown"]


def test_outdoor_sites_in_winter() -> None:
    indoor = pd.array([True, False, None], dtype="boolean")
    assert roles([DRY] * 3, indoor=indoor) == ["used"] * 3
    winter = {"season": "winter"}
    assert roles([DRY] * 3, indoor=indoor, conditions=winter) == ["used"] * 3
    strict = {"season": "winter", "outdoor_in_winter": False}
    assert roles([DRY] * 3, indoor=indoor, conditions=strict) == ["used", "outdoor_winter", "used"]
    assert roles([DRY] * 3, indoor=indoor, conditions={"outdoor_in_winter": False}) == ["used"] * 3  # summer
    assert roles([DRY], conditions=strict) == ["used"]  # nothing known of roofs


def test_a_site_in_water_below_the_goal_is_used() -> None:
    hazard = town.hazard().assign(depth_min_m=[0.01, 0.3, NAN], depth_max_m=[0.3, 3.0, NAN])
    assert roles([LOW, HIGH], hazard=hazard) == ["floor_unknown"] * 2
    assert roles([LOW, HIGH], hazard=hazard, conditions={"goal_depth_m": 0.3}) == ["used", "floor_unknown"]


def town_result(**changes: Any) -> Result:
    sites = town.sites()
    sites["indoor"] = pd.array([False if n == "高台" else None for n in sites["name"]], dtype="boolean")
    given: dict[str, Any] = {
        "hazard": town.hazard(), "municipalities": town.municipalities(), "sites": sites,
        "settlements": town.homes().assign(persons=[10.0, 20.0, 40.0, 80.0, NAN]), "roads": town.streets(),
        "snap_limit_m": 200.0, "season": "winter", "arrival_min": 40.0,
    }  # fmt: skip
    return evacuation(**{**given, **changes})


PARTS = ("indoor", "outdoor", "outdoor_unknown", "exit", "here")


@pytest.mark.parametrize(("exits", "expected"), [(False, (0, 30, 40, 0, 0)), (True, (0, 0, 40, 30, 0))])
def test_who_is_in_time_but_in_the_open_is_counted_apart(exits: bool, expected: tuple[float, ...]) -> None:
    result = town_result(use_exits=exits)
    for basis in ("persons", "origins"):
        parts = [figures(result.summary, f"evac_{basis}_reached_{part}") for part in PARTS]
        whole = figures(result.summary, f"evac_{basis}_reached")
        for code in (WEST, "01661", ""):
            assert sum(part[code, ""] for part in parts) == pytest.approx(whole[code, ""])
    persons = [figures(result.summary, f"evac_persons_reached_{part}")["", ""] for part in PARTS]
    assert persons == pytest.approx(expected)  # 学 10 + 近 20; the tower of 港 (40) may have a roof or not
    notes = {note.key: note.values for note in result.notes}
    said = {"outdoor": str(expected[1]), "exit": str(expected[3]), "unknown": "40"}
    assert notes["evacuation.note_open_air_persons"] == said
    summer = town_result(use_exits=exits, season="summer")
    assert "evacuation.note_open_air_persons" not in [note.key for note in summer.notes]


def test_where_a_way_leads_stands_in_the_table() -> None:
    table = town_result(use_exits=False).tables["origins"].set_index("name")
    assert table.loc[["学", "港"], "goal_place"].tolist() == ["outdoor", "outdoor_unknown"]


def test_sites_are_no_goal_when_only_the_way_out_counts() -> None:
    result = town_result(use_sites=False)
    table = result.tables["origins"].set_index("name")
    assert (table.loc["学", "goal_kind"], table.loc["港", "evac_status"]) == ("exit", "no_route")
    keys = [note.key for note in result.notes]
    assert "evacuation.note_no_sites_used" in keys
    assert "evacuation.note_sites" not in keys
    used = result.summary.query("measure == 'sites_used' and muni_code == ''")["value"]
    assert used.tolist() == [0]
    assert "not_a_goal" in set(result.tables["sites"]["site_role"])
