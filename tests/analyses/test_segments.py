"""Streets by the speed that is needed (Beat the Wave) and by three minutes (逃げ地図), by pencil."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from knr_gis.analyses.evacuation import evacuation
from knr_gis.analyses.evacuation.conditions import Conditions
from knr_gis.analyses.evacuation.plan import make_plan
from knr_gis.analyses.evacuation.race import Run, race, speed_needed
from knr_gis.analyses.evacuation.scenario import resolve_scenario
from knr_gis.analyses.evacuation.segments import SPEED_BANDS, Steps, speed_bands, street_steps, time_bands
from knr_gis.errors import AnalysisError
from knr_gis.result import Result
from tests import town
from tests.town import DEEP, SHALLOW, WEST, figures

FOOT = 0.3048


def straight(**changes: Any) -> dict[str, Any]:
    """One flat straight street from the sea to dry land at y = 1000 x 0.9; the zone ends there."""
    hazard = town.frame({"depth_min_m": [1.0], "depth_max_m": [2.0]}, [box(0, 0, 1000, 900)])
    road = town.frame({"road_name": ["本通り"]}, [LineString([(500, 0), (500, 950)])])
    home = town.frame({"name": ["家"]}, [Point(500, 360)])
    return {
        "hazard": hazard, "municipalities": town.municipalities(), "sites": town.sites().head(0),
        "settlements": home, "roads": road, "arrival_min": 20.0, "start_delay_min": 5.0, "gap_width_m": 0.0,
        **changes,
    }  # fmt: skip


def steps_of(**changes: Any) -> tuple[Run, Steps]:
    run = race(make_plan(**straight(**changes)))
    steps = street_steps(run)
    assert steps is not None
    return run, steps


def test_latest_start_and_speed_needed_by_pencil() -> None:
    # 540 m at 1 m/s = 9 min; arrival 20: leave by minute 11; from minute 5 on 540 m / 900 s = 0.6 m/s do
    row = evacuation(**straight()).tables["origins"].iloc[0]
    assert (row["distance_m"], row["walk_min"], row["evac_status"]) == (540, 9, "reached")
    assert (row["latest_start_min"], row["speed_needed_mps"]) == (11, pytest.approx(0.6))
    slower = evacuation(**straight(walk_speed_mps=0.5, safety_margin_min=2.0)).tables["origins"].iloc[0]
    # the speed needed does not depend on the speed that is walked, the latest start does
    assert slower["speed_needed_mps"] == pytest.approx(540 / (13 * 60))
    assert slower["latest_start_min"] == pytest.approx(20 - 2 - 18)
    late = evacuation(**straight(arrival_min=4.0)).tables["origins"].iloc[0]
    assert (late["evac_status"], late["latest_start_min"]) == ("late", -5)
    assert np.isnan(late["speed_needed_mps"])  # no speed does: the water is there before the start


@pytest.mark.parametrize("winter", [False, True])
def test_on_a_flat_straight_street_the_speed_needed_is_distance_over_time_left(*, winter: bool) -> None:
    _, steps = steps_of(season="winter" if winter else "summer")
    middle = steps.ends.mean(axis=1)
    assert steps.frame["length_m"].max() <= 25 + 1e-9
    assert steps.frame["length_m"].sum() == pytest.approx(900)
    assert steps.frame["speed_needed_mps"].to_numpy() == pytest.approx((900 - middle[:, 1]) / (15 * 60))
    speed = 0.8 if winter else 1.0
    assert steps.frame["seconds"].to_numpy() == pytest.approx((900 - middle[:, 1]) / speed)


def test_speed_bands_are_those_of_dogami_in_feet() -> None:
    feet = np.array([0.5, 1.9, 2.1, 3.9, 4.1, 5.9, 6.1, 7.9, 8.1, 9.9, 10.1, 14.6, 14.8, 99.0])
    assert speed_bands(feet * FOOT, feet).tolist() == [band for band in SPEED_BANDS for _ in range(2)]
    assert speed_bands(np.array([np.nan, np.nan]), np.array([60.0, np.nan])).tolist() == ["no_time", "no_way"]


def test_time_bands_are_three_minutes_each() -> None:
    minutes = np.array([0, 2.9, 3, 3.1, 6, 12, 12.1, 21, 23.9, 24, 24.1, 500, np.nan])
    expected = ["t03", "t03", "t03", "t06", "t06", "t12", "t15", "t21", "t24", "t24", "t99", "t99", "no_way"]
    assert time_bands(minutes * 60).tolist() == expected


def test_bands_of_the_straight_street() -> None:
    _, steps = steps_of()
    in_band = steps.frame.groupby("time_band")["length_m"].sum()
    # 180 m in three minutes at 1 m/s; steps of 25 m fall to the band of their middle
    assert in_band.to_dict() == pytest.approx({f"t{m:02d}": 180 for m in (3, 6, 9, 12, 15)}, abs=25)
    by_speed = steps.frame.groupby("speed_band")["length_m"].sum()
    slow = 2 * FOOT * 15 * 60  # 549 m can be left at less than 2 ft/s
    assert by_speed.to_dict() == pytest.approx({"slow_walk": slow, "walk": 900 - slow}, abs=25)


def test_no_time_and_no_way_are_states_of_their_own() -> None:
    _, steps = steps_of(arrival_min=5.0)
    assert set(steps.frame["speed_band"]) == {"no_time"}
    assert "no_way" not in set(steps.frame["time_band"])
    roads = town.frame(
        {"road_name": ["本通り", "行き止まり"]},
        [LineString([(500, 0), (500, 950)]), LineString([(100, 100), (200, 100)])],
    )
    _, steps = steps_of(roads=roads)
    lost = steps.frame[steps.frame["road"] == 1]
    assert set(lost["speed_band"]) == set(lost["time_band"]) == {"no_way"}
    assert lost["length_m"].sum() == pytest.approx(100)


def test_both_ways_round_a_block_the_better_counts() -> None:
    """A street along the zone with an exit at each end: the middle is the watershed."""
    hazard = town.frame({"depth_min_m": [1.0], "depth_max_m": [2.0]}, [box(100, 0, 900, 900)])
    road = town.frame({"road_name": ["横道"]}, [LineString([(50, 100), (950, 100)])])
    _, steps = steps_of(hazard=hazard, roads=road)
    x = steps.ends.mean(axis=1)[:, 0]
    assert steps.frame["seconds"].to_numpy() == pytest.approx(np.minimum(x - 100, 900 - x))


def test_kilometres_close_and_are_unknown_where_the_data_does_not_cover() -> None:
    result: Result = evacuation(
        hazard=town.hazard(), municipalities=town.municipalities(), sites=town.sites(),
        settlements=town.homes(), roads=town.streets(),
    )  # fmt: skip
    km = figures(result.summary, "street_km_by_speed_needed")
    # in the zone: 学校通り 50..500, 港通り 1000..1700, 岬の道 100..200
    assert km["", ""] == pytest.approx(0.45 + 0.7 + 0.1)
    assert km[WEST, ""] == pytest.approx(0.45 + 0.1)  # 港通り begins on the border: it lies in 東町
    for code in (WEST, "01661", ""):
        assert sum(v for (c, g), v in km.items() if c == code and g) == pytest.approx(km[code, ""])
    assert np.isnan(km["01662", ""])
    streets = result.features["streets"]
    assert streets["length_km"].sum() == pytest.approx(km["", ""])
    assert streets.geometry.length.sum() == pytest.approx(1000 * km["", ""], rel=1e-6)
    assert {SHALLOW, DEEP} <= set(result.features["inundation"]["depth_class"])


@given(
    metres=st.integers(0, 5000),
    arrival=st.integers(0, 60),
    start=st.integers(0, 20),
    speed=st.floats(0.1, 3.0),
)
def test_who_goes_at_the_speed_needed_just_makes_it(
    metres: int, arrival: int, start: int, speed: float
) -> None:
    scenario = resolve_scenario(Conditions(walk_speed_mps=speed, start_delay_min=start))
    needed = speed_needed(np.array([metres / speed]), np.array([arrival]), scenario)[0]
    if metres == 0:
        assert needed == 0
    elif arrival <= start:
        assert np.isnan(needed)
    else:
        assert metres / needed / 60 + start == pytest.approx(arrival)


def test_the_map_of_a_scenario_without_streets_has_no_street_layer() -> None:
    result = evacuation(**straight(roads=None, sites=town.sites()))
    assert "streets" not in result.features
    assert not (result.summary["measure"] == "street_km_by_speed_needed").any()
    assert isinstance(result.summary, pd.DataFrame)


def test_the_print_map_shows_the_zone_or_a_chosen_municipality() -> None:
    given_: dict[str, Any] = {
        "hazard": town.hazard(), "municipalities": town.municipalities(), "sites": town.sites(),
        "settlements": town.homes(), "roads": town.streets(),
    }  # fmt: skip
    whole = evacuation(**given_)
    assert whole.features["zone_edge"]["municipality"].tolist() == ["東町", "西町"]
    assert "focus_on" not in whole.params
    east = evacuation(**given_, focus_on="東町")
    assert east.features["zone_edge"].total_bounds.tolist() == [1000, 0, 2000, 600]
    assert (east.params["focus_on"], east.notes[-1].values) == ("東町", {"municipality": "東町"})
    north = evacuation(**given_, focus_on="01662")  # no zone: its land
    assert north.features["zone_edge"].total_bounds.tolist() == [0, 1000, 2000, 2000]
    pd.testing.assert_frame_equal(east.summary, whole.summary)
    with pytest.raises(AnalysisError, match="南町"):
        evacuation(**given_, focus_on="南町")
