"""Sensitivity: the design of the runs, pencil answers of the town, each run as evacuation alone has it."""

import itertools
import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

from knr_gis.analyses.evacuation import evacuation
from knr_gis.analyses.evacuation.plan import make_plan
from knr_gis.analyses.sensitivity import sensitivity
from knr_gis.analyses.sensitivity.design import FACTORIAL, main_effects, signs
from knr_gis.analyses.sensitivity.districts import find_districts
from knr_gis.analyses.sensitivity.study import run_study
from knr_gis.errors import AnalysisError, KnrError
from knr_gis.readable import heading
from knr_gis.result import Result
from knr_gis.texts import has_text, say
from tests import town
from tests.town import figures

LEVELS = ("arrival_earlier_min", "snap_low_m", "snap_high_m")
SPEED, DELAY, ARRIVAL, SNAP = "walk_speed", "start_delay", "arrival", "snap_limit"


def layers(**changes: object) -> dict[str, object]:
    inputs = {
        "hazard": town.hazard(), "municipalities": town.municipalities(), "sites": town.sites(),
        "settlements": town.homes(), "roads": town.streets(), "snap_limit_m": 200.0, "arrival_min": 14.0,
        "use_exits": False, "arrival_earlier_min": 3.0, "snap_low_m": 5.0, "snap_high_m": 500.0,
    }  # fmt: skip
    return {**inputs, **changes}


def run(**changes: object) -> Result:
    return sensitivity(**layers(**changes))


def peopled(**changes: object) -> dict[str, object]:
    """Cells of persons under the three demand rules."""
    homes = gpd.GeoDataFrame(
        {"building_use": ["住宅", "住宅"]}, geometry=[Point(450, 100).buffer(20), Point(400, 450).buffer(30)],
        crs=town.CRS,
    )  # fmt: skip
    return layers(population=town.population(), buildings=homes, snap_limit_m=300.0, **changes)


def flipped(result: Result) -> dict[str, set[str]]:
    table = result.tables["district_factors"]
    crossing = table[table["flips"]]
    return {name: set(rows["factor"]) for name, rows in crossing.groupby("district")}


def label(*keys: str) -> set[str]:
    return {say(f"sensitivity.factor.{key}") for key in keys}


# --- the design ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "runs"), [(1, 2), (2, 4), (3, 8), (4, 8), (5, 16)])
def test_the_design_is_balanced_and_orthogonal(count: int, runs: int) -> None:
    rows = signs(count)
    assert rows.shape == (runs, count)
    assert len(np.unique(rows, axis=0)) == runs
    assert (rows.sum(axis=0) == 0).all()
    assert np.array_equal(rows.T @ rows, runs * np.eye(count, dtype=int))


@pytest.mark.parametrize("count", [4, 5])
def test_main_effects_are_free_of_two_factor_interactions(count: int) -> None:
    rows = signs(count)
    for a, b in itertools.combinations(range(count), 2):
        assert (rows.T @ (rows[:, a] * rows[:, b]) == 0).all()
    # what they are mixed with is what the notes say: the interaction of all the others
    for k in range(count):
        others = np.delete(rows, k, axis=1).prod(axis=1)
        assert abs(int(rows[:, k] @ others)) == len(rows)


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=5), st.floats(-100, 100))
def test_effects_of_an_additive_answer_are_found_exactly(effects: list[float], middle: float) -> None:
    rows = signs(len(effects))
    response = middle + rows @ (np.array(effects) / 2)
    assert main_effects(rows, response[:, None])[:, 0] == pytest.approx(effects, abs=1e-9)


# --- the town ------------------------------------------------------------------------------------


def test_what_flips_each_home_by_pencil() -> None:
    # In time by 14 min: 学 13.33, 近 10.17 (10 m off its street), 港 13.33. At 0.5 m/s the least is 15.33; a
    # start after 15 min is too late for all; water 3 min earlier (11) leaves 近. 遠 lies 403 m from a street
    # and the tower: with a limit of 500 m it is there in 5 + 6.72. 岬 has no way out.
    result = run()
    assert flipped(result) == {
        "学": label(SPEED, DELAY, ARRIVAL), "港": label(SPEED, DELAY, ARRIVAL),
        "近": label(SPEED, DELAY, SNAP), "遠": label(SNAP),
    }  # fmt: skip
    table = result.tables["districts"].set_index("district")
    assert table["flip_class"].to_dict() == {
        "学": "several", "港": "several", "近": "several", "遠": "snap_limit", "岬": "stays_below",
    }  # fmt: skip
    assert table.loc["遠", "flip_text"] == say(
        "sensitivity.flip", changed=say("sensitivity.changed.snap_limit", level="500 m"), base=0, share=100
    )
    assert table.loc["岬", "flip_text"] == ""
    assert figures(result.summary, "sens_flipped")["", say("sensitivity.factor.snap_limit")] == 2


def test_a_factor_without_effect_flips_nothing() -> None:
    result = run(factors=[DELAY, SPEED], delay_low_min=5.0, delay_high_min=5.0)
    for names in flipped(result).values():
        assert names == label(SPEED)
    effects = result.tables["effects"]
    still = effects[effects["factor"] == say("sensitivity.factor.start_delay")]
    assert (still[["change_low_points", "change_high_points", "main_effect_points"]] == 0).all().all()


def test_a_stricter_threshold_is_honoured() -> None:
    people = peopled(factors=[SPEED], demand="streets")
    shares = sensitivity(**people).tables["district_factors"]
    for threshold in (1.0, 50.0, 99.0):
        table = sensitivity(**people, threshold_percent=threshold).tables["district_factors"]
        levels = table[["low_percent", "base_percent", "high_percent"]].to_numpy(float)
        safe = levels >= threshold
        assert table["flips"].tolist() == (safe.any(axis=1) & ~safe.all(axis=1)).tolist()
        first, again = (
            t.drop(columns="flips").sort_values(["district", "factor"], ignore_index=True)
            for t in (shares, table)
        )
        pd.testing.assert_frame_equal(first, again)


def test_the_demand_rule_needs_cells_and_is_said_to_be_left_out() -> None:
    assert "sensitivity.note_no_demand" in {note.key for note in run().notes}
    assert len(run().tables["runs"]) == 1 + 2 * 4 + 8
    with pytest.raises(AnalysisError, match="factors"):
        run(factors=["demand_rule"])
    people = sensitivity(**peopled())
    assert "sensitivity.note_no_demand" not in {note.key for note in people.notes}
    assert len(people.tables["runs"]) == 1 + 2 * 5 + 16
    without_homes = sensitivity(**{**peopled(), "buildings": None})
    assert len(without_homes.tables["runs"]) == 1 + 2 * 4 + 1 + 16


def test_each_run_is_what_evacuation_says_under_its_conditions() -> None:
    asked = peopled(season="winter", time_of_day="night", start_delay_min=5.0)
    study = run_study(asked)
    ones = [o for o in study.outcomes if o.trial.kind != FACTORIAL]
    crossed = [o for o in study.outcomes if o.trial.kind == FACTORIAL]
    assert len(crossed) == 16
    for outcome in (*ones, *crossed[::5]):
        levels = outcome.trial.levels
        alone = evacuation(**{
            **{k: v for k, v in asked.items() if k not in LEVELS},
            "walk_speed_mps": levels[SPEED], "start_delay_min": levels[DELAY], "snap_limit_m": levels[SNAP],
            "arrival_min": 14.0 + float(levels[ARRIVAL]), "demand": levels["demand_rule"],
        }).summary  # fmt: skip
        expected = figures(alone, "evac_persons_in_time_of_all_percent")
        share = dict(zip([*study.base.inundation.codes, ""], study.municipal(outcome), strict=True))
        for code, value in share.items():
            assert math.isnan(value) or value == pytest.approx(expected[code, ""], abs=1e-6)
        statuses = [figures(alone, f"evac_persons_{s}")["", ""] for s in ("reached", "late", "no_route")]
        assert outcome.persons.sum(axis=1)[:3] == pytest.approx(statuses)


def test_the_demand_rule_has_a_part() -> None:
    study = run_study(peopled())
    found = [o.origins.sum() for o in study.outcomes if o.trial.varied == "demand_rule"]
    assert found[0] > study.outcomes[0].origins.sum()  # along the streets there are more starting points
    totals = [o.persons.sum() for o in study.outcomes]
    assert totals == pytest.approx([totals[0]] * len(totals))


def test_districts_and_persons_by_class_are_all_of_them() -> None:
    result = sensitivity(**peopled())
    whole = figures(
        evacuation(**{k: v for k, v in peopled().items() if k not in LEVELS}).summary, "evac_persons_all"
    )
    for measure in ("sens_districts", "sens_persons"):
        table = figures(result.summary, measure)
        for code in {code for code, _ in table}:
            parts = sum(v for (c, group), v in table.items() if c == code and group)
            assert parts == pytest.approx(table[code, ""])
    assert figures(result.summary, "sens_persons")["", ""] == pytest.approx(whole["", ""])
    assert figures(result.summary, "sens_districts")["", ""] == len(result.tables["districts"])
    base = figures(result.summary, "sens_in_time_percent")
    assert base["", ""] == pytest.approx(result.tables["runs"]["in_time_percent"].iloc[0])


@settings(max_examples=4, deadline=None)
@given(
    arrival=st.floats(3, 30), delay=st.floats(0, 15), speed=st.floats(0.5, 1.2), low=st.floats(1, 300),
    high=st.floats(300, 900),
)  # fmt: skip
def test_faster_earlier_and_nearer_are_never_worse(
    arrival: float, delay: float, speed: float, low: float, high: float
) -> None:
    result = sensitivity(**{
        **peopled(arrival_min=arrival, start_delay_min=delay, walk_speed_mps=speed), "snap_low_m": low,
        "snap_high_m": high,
    })  # fmt: skip
    table = result.tables["district_factors"]
    for key in (SPEED, DELAY, ARRIVAL, SNAP):
        rows = table[table["factor"] == say(f"sensitivity.factor.{key}")]
        levels = rows[["low_percent", "base_percent", "high_percent"]].to_numpy(float)
        worse = levels[:, ::-1] if key == DELAY else levels
        assert (np.diff(worse, axis=1)[~np.isnan(levels).any(axis=1)] >= -1e-6).all()


def test_with_all_combinations_no_main_effect_points_the_wrong_way() -> None:
    # Of half of the combinations this need not hold: there an interaction of all others is mixed in.
    for arrival in (6.0, 11.0, 14.0):
        effects = sensitivity(**peopled(factors=[SPEED, DELAY, ARRIVAL], arrival_min=arrival)).tables[
            "effects"
        ]
        for key, sign in ((SPEED, 1), (DELAY, -1), (ARRIVAL, 1)):
            own = effects[effects["factor"] == say(f"sensitivity.factor.{key}")]
            assert (sign * own["main_effect_points"] >= 0).all()


# --- districts -----------------------------------------------------------------------------------


def test_a_district_is_the_nearest_settlement_of_the_same_municipality() -> None:
    towns = town.municipalities()
    villages = town.frame({"name": ["西", "東", "沖"]}, [Point(100, 100), Point(1050, 100), Point(500, -900)])
    plan = make_plan(**{k: v for k, v in layers().items() if k not in LEVELS})
    districts = find_districts(villages, towns, plan.inundation)
    assert districts.frame["name"].tolist() == ["西", "東", "北町"]  # 沖 is in none, 北町 has no settlement
    places = town.frame(
        {"muni": [0, 0, 1, 2]}, [Point(990, 100), Point(0, 0), Point(1999, 999), Point(5, 1500)]
    )
    # 990 is nearer to 東 but belongs to 西町
    assert districts.frame["name"].iloc[districts.of(places)].tolist() == ["西", "西", "東", "北町"]
    alone = find_districts(None, towns, plan.inundation)
    assert alone.frame["name"].tolist() == ["西町", "東町", "北町"]


def test_a_district_of_unknown_persons_is_unknown_and_not_safe() -> None:
    villages = town.frame(
        {"name": ["左", "右"]}, [Point(200, 200), Point(750, 200)]
    )  # cell C holds unknown persons
    result = sensitivity(**{**peopled(), "settlements": villages, "factors": [SPEED]})
    table = result.tables["districts"].set_index("district")
    assert table.loc["右", "flip_class"] == "unknown"
    assert math.isnan(table.loc["右", "in_time_percent"])
    assert table.loc["左", "flip_class"] != "unknown"


def test_origins_are_counted_where_no_persons_are_known() -> None:
    runs = run().tables["runs"]
    parts = runs[["origins_reached", "origins_late", "origins_no_route", "origins_not_evaluated"]].sum(axis=1)
    assert parts.tolist() == runs["origins"].tolist() == [5] * len(runs)
    assert runs["in_time_percent"].iloc[0] == pytest.approx(60)


# --- what people read ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"factors": ["walk_sped"]}, ("walk_sped", "walk_speed")),
        ({"speed_low_mps": 1.5}, ("speed_low_mps", "1.5")),
        ({"delay_high_min": 1.0}, ("delay_high_min",)),
        ({"speed_low_mps": 0.0}, ("speed_low_mps",)),
        ({"arrival_later_min": -5.0}, ("arrival_later_min",)),
        ({"threshold_percent": -1.0}, ("threshold_percent",)),
        ({"threshold_percent": 150.0}, ("threshold_percent", "150", "100")),
        ({"demand_rules": ["road"]}, ("road", "streets")),
    ],
)
def test_a_bad_level_is_one_clear_line(changes: dict[str, object], words: tuple[str, ...]) -> None:
    with pytest.raises(KnrError) as error:
        sensitivity(**{**peopled(), **changes})
    assert len(str(error.value).splitlines()) == 1
    assert all(word in str(error.value) for word in words)


def test_default_levels_that_the_base_has_passed_are_the_base() -> None:
    slow = run(factors=[SPEED, DELAY], walk_speed_mps=0.3, start_delay_min=20.0)
    assert (slow.params["speed_low_mps"], slow.params["delay_high_min"]) == (0.3, 20.0)


def test_everything_has_a_name() -> None:
    for result in (run(), sensitivity(**peopled())):
        for table in result.tables.values():
            lacking = [c for c in table.columns if heading(c) == c and c not in ("what", "reason", "count")]
            assert lacking == []
        assert all(has_text(f"measures.{m}") for m in pd.unique(result.summary["measure"]))
        assert all(has_text(f"values.flip_class.{c}") for c in result.tables["districts"]["flip_class"])
        assert say(result.headline.key, **result.headline.values)
        assert all(say(note.key, **note.values) for note in result.notes)
        assert set(result.features["origins"]["flip_class"]) <= set(result.tables["districts"]["flip_class"])
