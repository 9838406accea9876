"""The safety of a trip: a straight road through a zone by pencil, the evacuation analysis, laws, gaps."""

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from knr_gis.analyses.evacuation.plan import make_plan
from knr_gis.analyses.evacuation.race import race
from knr_gis.analyses.tourism.bailout import ways_round
from knr_gis.analyses.tourism.fleeing import Fled, flee
from knr_gis.analyses.tourism.light import lights
from knr_gis.analyses.tourism.moves import make_leg
from knr_gis.analyses.tourism.safety import safety_headline, safety_part
from knr_gis.analyses.tourism.safety_analysis import safety
from knr_gis.analyses.tourism.trip import Day, Trip, Visit
from knr_gis.analyses.tourism.worst import worst_by_leg
from knr_gis.result import Blank, Result
from knr_gis.texts import say
from tests import town
from tests.analyses import tour_land as land

KM, NAN = land.KM, float("nan")
ROAD = [(0.0, 0.0), (10 * KM, 0.0)]
ROUND = [(0.0, 0.0), (0.0, 3 * KM), (10 * KM, 3 * KM), (10 * KM, 0.0)]
ROOT = Path(__file__).parents[2]


def land_of(*, covered_to: float = 20 * KM) -> gpd.GeoDataFrame:
    shapes = [box(-10 * KM, -10 * KM, covered_to, 10 * KM), box(covered_to, -10 * KM, 30 * KM, 10 * KM)]
    return town.frame({"muni_code": ["01206", "01661"], "name": ["西町", "東町"]}, shapes)


def water(x0: float = 2 * KM, x1: float = 6 * KM, *, arrival: float = 40.0) -> gpd.GeoDataFrame:
    """Depth of 1 to 3 m from x0 to x1, the water there ``arrival`` minutes after the earthquake."""
    columns = {"depth_min_m": [1.0], "depth_max_m": [3.0], "arrival_min": [arrival]}
    return town.frame(columns, [box(x0, -KM, x1, KM)])


def towers(*x: float) -> gpd.GeoDataFrame:
    """Towers beside the road, floors 5 m high: usable in 3 m of water."""
    flags = pd.array([True] * len(x), dtype="boolean")
    columns = {"name": [f"塔{k}" for k in range(len(x))], "tsunami": flags, "floor_height_m": [5.0] * len(x)}
    return town.frame(columns, [Point(at, 0.0) for at in x])


def trip_of(*ends: tuple[float, float], at: float = 540.0, lines: Any = (ROAD,), **given_too: Any) -> Trip:
    """One day by car from place to place, each leg an hour after the one before."""
    layers = {"hazard": water(), "municipalities": land_of(), "sites": towers(), **given_too}
    columns = layers.pop("road_columns", {})
    setting = land.setting(
        land.roads(*lines, **columns), **{k: v for k, v in layers.items() if v is not None}
    )
    places = land.places(*ends)
    legs = tuple(
        make_leg(
            setting, places, k, k + 1, mode=setting.mode, day=1, number=k + 1, on=setting.on,
            depart_min=at + 60 * k,
        )
        for k in range(len(ends) - 1)
    )  # fmt: skip
    visits = tuple(Visit(k, "stop", at, at, at) for k in range(len(ends)))
    return Trip(setting, places, (Day(1, setting.on, visits, legs),))


THROUGH = ((0.0, 0.0), (10 * KM, 0.0))


def fled(*ends: tuple[float, float], step_m: float = 200.0, **given_too: Any) -> Fled:
    return flee(trip_of(*(ends or THROUGH), **given_too), step_m)


def km_by_state(found: Fled) -> dict[str, float]:
    length = (found.steps["to_m"] - found.steps["from_m"]) / KM
    return {str(k): round(float(v), 6) for k, v in length.groupby(found.steps["state"]).sum().items()}


def cells(table: pd.DataFrame, *columns: str, row: int = 0) -> tuple[Any, ...]:
    return tuple(table[column].iloc[row] for column in columns)


# --- by pencil -----------------------------------------------------------------------------------


def test_a_straight_road_through_a_zone() -> None:
    """1 m/s, start after 10 min, water after 40: 1.8 km can be walked, the middle is 2 km from dry land."""
    found = fled()
    assert km_by_state(found) == {"in_time": 3.6, "late": 0.4, "outside": 6.0}
    middle = (found.steps["from_m"] + found.steps["to_m"]).to_numpy(float) / 2
    wet = found.steps["in_zone"].to_numpy(bool)
    walk = np.minimum(middle - 2 * KM, 6 * KM - middle)[wet] / 60
    assert found.steps["walk_min"].to_numpy(float)[wet] == pytest.approx(walk)
    assert found.steps["margin_min"].to_numpy(float)[wet] == pytest.approx(40 - 10 - walk)
    assert np.isnan(found.steps["walk_min"].to_numpy(float)[~wet]).all()


def test_a_tower_in_the_middle_is_in_time_for_all() -> None:
    found = fled(sites=towers(4 * KM))
    assert km_by_state(found) == {"in_time": 4.0, "outside": 6.0}
    at = found.steps[(found.steps["from_m"] == pytest.approx(3600)) | (found.steps["from_m"] == 3600)]
    assert cells(at, "walk_min", "goal_kind", "site_name") == (pytest.approx(300 / 60), "site", "塔0")


def test_stretches_end_where_the_zone_ends_and_are_the_whole_leg() -> None:
    found = fled(step_m=700.0)
    ends = found.steps["to_m"].tolist()
    assert {2 * KM, 6 * KM} <= set(np.round(ends, 6))
    assert found.steps["from_m"].tolist() == [0.0, *ends[:-1]]
    assert ends[-1] == pytest.approx(10 * KM)
    assert (found.steps["to_m"] - found.steps["from_m"]).max() <= 700 + 1e-6


def test_the_worst_stretch_is_named_with_road_and_kilometres() -> None:
    trip = trip_of(*THROUGH, road_columns={"road_name": ["国道1号"]})
    note, part = safety_headline(trip)
    row = cells(
        part.tables["safety_legs"],
        "worst_from_km",
        "worst_to_km",
        "worst_place",
        "worst_state",
        "least_margin_min",
    )
    assert row == (
        pytest.approx(3.8),
        pytest.approx(4.2),
        "国道1号・西町",
        "late",
        pytest.approx(30 - 1900 / 60),
    )
    text = say(note.key, **note.values)
    assert "3.8〜4.2 km（国道1号・西町）" in text
    assert "間に合わないのは 0.4 km" in text


def test_out_by_road_to_the_site_and_where_both_end() -> None:
    """From 3.9 km it is 1.9 km back to the edge: at 60 km/h 1.9 min by car."""
    part = safety_part(trip_of(*THROUGH, sites=towers(5500.0), drive_speed_kmh=60.0))
    row = part.tables["plan_b"].iloc[0]
    middle = float(row["worst_km"])
    assert row["out_km"] == pytest.approx(min(middle - 2, 6 - middle))
    assert row["out_min"] == pytest.approx(row["out_km"])
    assert row["refuge_name"] == "塔0"
    assert row["refuge_walk_min"] == pytest.approx((5.5 - middle) * KM / 60)
    ends = part.features["safety_ends"].set_index("out_kind").geometry
    assert ends["refuge"].distance(Point(5500, 0)) < 1e-6
    assert min(ends["road"].distance(Point(x, 0)) for x in (2 * KM, 6 * KM)) < 1e-6


def test_the_way_round_the_zone() -> None:
    with_way = trip_of(*THROUGH, lines=(ROAD, ROUND), drive_speed_kmh=60.0)
    (found,) = ways_round(with_way, flee(with_way, 200.0))
    assert (found.status, found.way.km, found.way.minutes) == ("found", pytest.approx(16), pytest.approx(16))
    for ends, status in (
        (THROUGH, "none"),
        (((0, 0), (4 * KM, 0)), "ends_in_zone"),
        (((0, 0), (KM, 0)), "not_needed"),
    ):
        trip = trip_of(*ends)
        assert ways_round(trip, flee(trip, 200.0))[0].status == status


def test_a_pass_on_the_leg_and_its_detour() -> None:
    rule = {"rule_id": "pass", "name": "峠", "rule_kind": "closed", "from_date": "11-01", "to_date": "04-30"}
    rules = land.rules((rule, ROAD)).assign(detour=["海岸まわり"])
    summer = safety_part(trip_of(*THROUGH, lines=(ROAD, ROUND), road_rules=rules, date="2026-07-01"))
    told = summer.tables["plan_b"]["pass_detour"].iloc[0]
    assert "峠" in told
    assert "海岸まわり" in told
    assert "16 km" in told
    winter = safety_part(trip_of(*THROUGH, lines=(ROAD, ROUND), road_rules=rules, date="2026-01-15"))
    assert (
        say("safety.pass_avoided", name="峠", detour="海岸まわり")
        in winter.tables["plan_b"]["pass_detour"].iloc[0]
    )
    around = trip_of(*THROUGH, lines=(ROAD, ROUND), road_rules=rules, date="2026-01-15")
    assert "歩いて逃げる必要がある所は 0.0 km" in headline_of(around)


def headline_of(trip: Trip) -> str:
    note, _ = safety_headline(trip)
    return say(note.key, **note.values)


def test_the_night_is_spent_out_of_danger_and_off_the_pass() -> None:
    """The inn lies in the zone, the hut on the pass, one is shut in July; the hotel is what remains."""
    rule = {"rule_id": "pass", "name": "峠", "rule_kind": "closed", "from_date": "11-01", "to_date": "04-30"}
    beyond = [(8 * KM, 0.0), (10 * KM, 0.0)]
    inns = town.frame(
        {"name": ["浜の宿", "峠の小屋", "高台ホテル", "休業中"], "months_open": ["", "", "", "1"]},
        [Point(4 * KM, 0), Point(9 * KM, 0), Point(0, 2.5 * KM), Point(0, KM)],
    )
    lines = ([(0.0, 0.0), (8 * KM, 0.0)], beyond, [(0.0, 0.0), (0.0, 3 * KM)])
    given_too = {
        "lines": lines,
        "lodging": inns,
        "road_rules": land.rules((rule, beyond)),
        "date": "2026-07-01",
    }
    row = safety_part(trip_of(*THROUGH, drive_speed_kmh=60.0, **given_too)).tables["plan_b"].iloc[0]
    assert cells(row.to_frame().T, "night_name", "night_km") == ("高台ホテル", pytest.approx(2.5))
    assert row["night_min"] == pytest.approx(2.5)
    none = safety_part(trip_of(*THROUGH, **{**given_too, "lodging": inns.iloc[:2]})).tables["plan_b"].iloc[0]
    assert none["night_name"] == say("safety.no_lodging")
    assert safety_part(trip_of(*THROUGH)).tables["plan_b"]["night_km"].iloc[0] is Blank.NOT_ASKED


def test_a_bridge_in_the_zone_is_no_safe_place() -> None:
    """Over the river the hazard data is blank; who stands there walks to the end of the bridge."""
    zone = town.frame({"depth_min_m": [1.0] * 2, "depth_max_m": [3.0] * 2, "arrival_min": [40.0] * 2},
                      [box(2 * KM, -KM, 3.9 * KM, KM), box(4.1 * KM, -KM, 6 * KM, KM)])  # fmt: skip
    lines = ([(0, 0), (3.8 * KM, 0)], [(3.8 * KM, 0), (4.2 * KM, 0)], [(4.2 * KM, 0), (10 * KM, 0)])
    bridge = {"bridge": [False, True, False]}
    found = fled(hazard=zone, lines=lines, road_columns=bridge)
    over = found.steps[found.steps["depth_class"] == say("safety.on_bridge")]
    assert (over["to_m"] - over["from_m"]).sum() == pytest.approx(200)
    assert (over["walk_min"] > 25).all()
    assert set(over["state"]) <= {"in_time", "late"}


# --- equal to the evacuation analysis ------------------------------------------------------------


@pytest.mark.parametrize(("on", "at", "season", "time"), [
    ("2026-07-01", 540.0, "summer", "day"), ("2026-07-01", 1260.0, "summer", "night"),
    ("2026-01-15", 1260.0, "winter", "night"),
])  # fmt: skip
def test_every_place_is_judged_as_an_origin_there(on: str, at: float, season: str, time: str) -> None:
    given_too = {
        "sites": towers(2500.0, 5200.0),
        "hazard": water(arrival=55.0),
        "elevation": land.plane(0.01, cell_m=50.0),
    }
    found = fled(date=on, at=at, **given_too)
    wet = found.steps[found.steps["in_zone"]]
    origins = gpd.GeoDataFrame(
        {"name": [str(k) for k in wet.index]}, geometry=list(wet.geometry), crs=town.CRS
    )
    plan = make_plan(
        **given_too, municipalities=land_of(), settlements=origins, roads=land.roads(ROAD), walker="visitor",
        season=season, time_of_day=time,
    )  # fmt: skip
    judged = race(plan).judged
    judged.index = judged["name"].astype(int)
    for column in ("walk_min", "margin_min", "arrival_min", "distance_m"):
        assert wet[column].to_numpy(float) == pytest.approx(judged.loc[wet.index, column].to_numpy(float))
    names = {"in_time": "reached", "late": "late", "no_route": "no_route"}
    assert [names[s] for s in wet["state"]] == judged.loc[wet.index, "evac_status"].tolist()
    assert wet["site_name"].tolist() == judged.loc[wet.index, "site_name"].tolist()
    assert set(wet["season"]) == {season}
    assert set(wet["time_of_day"]) == {time}


# --- laws ----------------------------------------------------------------------------------------

PLACES = st.lists(st.floats(2100, 5900).map(lambda x: round(x, 1)), max_size=3, unique=True)


@cache
def margins(sites: tuple[float, ...], arrival: float) -> np.ndarray:
    found = fled(sites=towers(*sites), hazard=water(arrival=arrival), step_m=400.0)
    return found.steps["margin_min"].to_numpy(float)


@settings(max_examples=12, deadline=None)
@given(sites=PLACES, more=PLACES)
def test_more_sites_never_worsen_a_margin(sites: list[float], more: list[float]) -> None:
    few, many = margins(tuple(sites), 40.0), margins(tuple(dict.fromkeys([*sites, *more])), 40.0)
    assert ((many >= few - 1e-9) | np.isnan(few)).all()


@settings(max_examples=12, deadline=None)
@given(sites=PLACES, arrival=st.floats(5, 60), later=st.floats(0, 60))
def test_a_later_arrival_never_worsens_it(sites: list[float], arrival: float, later: float) -> None:
    soon, late = margins(tuple(sites), arrival), margins(tuple(sites), arrival + later)
    assert ((late >= soon - 1e-9) | np.isnan(soon)).all()


@settings(max_examples=10, deadline=None)
@given(x0=st.floats(500, 4500), width=st.floats(50, 5000), step=st.floats(50, 2000))
def test_kilometres_close_whatever_the_steps(x0: float, width: float, step: float) -> None:
    found = fled(hazard=water(x0, x0 + width), step_m=step, hazard_covers=["西町"])
    of = km_by_state(found)
    assert sum(of.values()) == pytest.approx(10.0)
    assert of["outside"] == pytest.approx(10.0 - min(width, 10 * KM - x0) / KM, abs=1e-5)


# --- what is not known ---------------------------------------------------------------------------


def test_without_a_hazard_layer_nothing_is_judged_and_nothing_raises() -> None:
    for lacking in ("hazard", "municipalities", "sites"):
        note, part = safety_headline(trip_of(*THROUGH, **{lacking: None}))
        states = set(part.tables["safety_points"]["safety_state"])
        assert (states == {"no_data"}) == (lacking != "sites")
        assert say(note.key, **note.values)
        assert part.charts
    assert "間に合わない" not in headline_of(trip_of(*THROUGH, hazard=None))


def test_a_municipality_that_the_data_does_not_cover_is_without_data() -> None:
    trip = trip_of(*THROUGH, municipalities=land_of(covered_to=8 * KM))
    part = safety_part(trip)
    assert part.tables["safety_legs"]["no_data_percent"].iloc[0] == pytest.approx(20)
    told = [row for row in part.gaps if "東町" in row[0]]
    assert told[0][1] == say("values.safety_reason.not_covered")
    covered = safety_part(
        trip_of(*THROUGH, municipalities=land_of(covered_to=8 * KM), hazard_covers=["東町"])
    )
    assert covered.tables["safety_legs"]["no_data_percent"].iloc[0] == 0


def test_legs_without_a_way_are_said_and_not_counted() -> None:
    part = safety_part(trip_of((0, 0), (4 * KM, 0), (0, 9 * KM)))
    table = part.tables["safety_legs"]
    assert table["leg_status"].tolist() == ["reached", "far"]
    assert table["late_km"].tolist()[1] is Blank.NOT_ASKED
    assert len(part.gaps) == 1
    lost = trip_of((0, 9 * KM), (0, 8 * KM))
    assert safety_headline(lost)[0].key == "safety.headline_nothing"
    assert safety_part(lost).charts == ()


def test_behind_a_leg_without_a_way_no_hour_is_known() -> None:
    trip = trip_of((0, 0), (4 * KM, 0), (0, 9 * KM), (KM, 0))
    assert [leg.found for leg in trip.legs] == [True, False, False]
    again = replace(trip.legs[0], number=3)
    day = replace(trip.days[0], legs=(*trip.legs[:2], again))
    times = (
        safety_part(replace(trip, days=(day,))).tables["safety_points"].groupby("stop_number")["pass_time"]
    )
    assert times.first().to_dict() == {1: "09:00", 3: ""}


def test_a_train_is_not_judged() -> None:
    """The line of a train is drawn straight from station to station, and nobody leaves it where it stands."""
    trip = trip_of(*THROUGH)
    ride = replace(
        trip.legs[0], mode="train", edges=np.empty(0, dtype=np.int64), forward=np.empty(0, dtype=bool),
        edge_m=np.empty(0), enter_min=np.empty(0), length_m=NAN,
    )  # fmt: skip
    part = safety_part(replace(trip, days=(replace(trip.days[0], legs=(ride,)),)))
    points = part.tables["safety_points"]
    assert set(points["safety_state"]) == {"no_data"}
    assert set(points["safety_reason"]) == {"on_train"}
    assert part.tables["safety_legs"]["no_data_percent"].iloc[0] == 100


def test_roads_alone_are_enough_for_a_part() -> None:
    setting = land.setting(land.roads(ROAD))
    places = land.places(*THROUGH)
    leg = make_leg(setting, places, 0, 1, mode="drive", day=1, number=1, on=None, depart_min=540.0)
    part = safety_part(Trip(setting, places, (Day(1, None, (), (leg,)),)))
    assert set(part.tables["safety_points"]["safety_state"]) == {"no_data"}


def test_the_profile_has_gaps_where_nothing_is_known_and_nothing_where_there_is_no_need() -> None:
    trip = trip_of(*THROUGH, municipalities=land_of(covered_to=8 * KM), elevation=land.plane(0.01))
    (chart,) = safety_part(trip).charts
    assert chart.along is not None
    walk = chart.along.lower[say("safety.line_walk")]
    state = chart.along.bands[1].words
    for value, word in zip(walk, state, strict=True):
        if word == say("values.safety_state.no_data"):
            assert isinstance(value, float)
            assert np.isnan(value)
        else:
            assert isinstance(value, Blank) == (word == say("values.safety_state.outside"))
    heights = next(iter(chart.series.values()))
    assert heights[5] == pytest.approx(0.01 * KM * (chart.along.at[5]), abs=2.0)
    assert [name for _, name in chart.along.marks] == ["1 P0", "2 P1"]


# --- season and light ----------------------------------------------------------------------------


def test_season_and_light_of_a_moment() -> None:
    kushiro = Point(0.0, -110 * KM)

    def told(on: str | None, *minutes: float, **asked: str) -> list[tuple[str, str]]:
        day = None if on is None else date.fromisoformat(on)
        options = {"season": None, "time": None, **asked}
        return [tuple(x) for x in lights(day, np.array(minutes), kushiro, town.CRS, **options)]  # type: ignore[arg-type]

    assert told("2026-07-01", 180, 300, 1100, 1200) == [
        ("summer", "night"), ("summer", "day"), ("summer", "day"), ("summer", "night"),
    ]  # fmt: skip
    assert told("2026-12-21", 960) == [("winter", "night")]
    assert told("2026-11-30", 600, 600 + 1440) == [("summer", "day"), ("winter", "day")]
    assert told(None, 1400) == [("summer", "day")]
    assert told("2026-07-01", 600, season="winter", time="night") == [("winter", "night")]


def test_after_sunset_in_winter_the_walk_takes_longer() -> None:
    noon, night = (fled(date="2026-01-15", at=at).steps["walk_min"].max() for at in (720.0, 1200.0))
    summer = fled(date="2026-07-01", at=720.0).steps["walk_min"].max()
    assert summer < noon < night


# --- words and the analysis ----------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["knr_gis/texts", "docs", "maps", "layers", "knr_gis/assets"])
def test_no_text_calls_a_way_safe(folder: str) -> None:
    files = [p for p in (ROOT / folder).rglob("*") if p.suffix in (".toml", ".md", ".js", ".j2", ".html")]
    assert files
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert not [word for word in ("安全な経路", "安全なルート", "安全な道") if word in text], path


def test_the_limits_are_always_said() -> None:
    keys = [note.key for note in safety_part(trip_of(*THROUGH)).notes]
    assert {"safety.note_not_safe", "safety.note_limits", "safety.note_walker"} <= set(keys)
    assert "浸水想定域を避けた経路" in say("safety.note_not_safe")


def run() -> Result:
    spots = town.frame({"name": ["起点", "終点"]}, [Point(0, 0), Point(10 * KM, 0)])
    return safety(
        roads=land.roads(ROAD), spots={"tourism_spots": spots}, stops=["起点", "終点"], hazard=water(),
        municipalities=land_of(), sites=towers(4 * KM), date="2026-07-01",
    )  # fmt: skip


def test_the_analysis_joins_profile_rules_and_route() -> None:
    found = run()
    assert {"safety", "legs", "stops"} <= set(found.features)
    assert {"safety_legs", "plan_b", "safety_points", "road_rules", "not_evaluated"} <= set(found.tables)
    assert found.params["stops"] == ["起点", "終点"]
    drawn = found.features["safety"]
    assert drawn.length.sum() == pytest.approx(10 * KM)
    assert all(isinstance(line, LineString) for line in drawn.geometry)
    assert [w.leg for w in worst_by_leg(fled(), trip_of(*THROUGH))] == [1]
