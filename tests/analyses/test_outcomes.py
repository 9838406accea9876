"""Why people are not in time, how late they can leave, and the laws that every scenario keeps."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point

from knr_gis.analyses.evacuation import evacuation
from knr_gis.analyses.evacuation.causes import CAUSES, miss_causes
from knr_gis.analyses.evacuation.conditions import Given
from knr_gis.analyses.evacuation.plan import make_plan
from knr_gis.analyses.evacuation.race import race
from knr_gis.analyses.evacuation.starts import weighted_median
from knr_gis.result import Result
from knr_gis.texts import say
from tests import town
from tests.town import EAST, NAN, NORTH, WEST, figures


def run(**changes: Any) -> Result:
    given_: dict[str, Any] = {
        "hazard": town.hazard(), "municipalities": town.municipalities(), "sites": town.sites(),
        "settlements": town.homes().assign(persons=[10.0, 20.0, 40.0, 80.0, NAN]), "roads": town.streets(),
        "snap_limit_m": 200.0, "arrival_min": 14.0, "use_exits": False,
    }  # fmt: skip
    return evacuation(**{**given_, **changes})


def causes(result: Result) -> dict[str, str]:
    """The cause of each origin; those in time have none."""
    table = result.tables["origins"].set_index("name")["miss_cause"]
    return {name: cause for name, cause in table.items() if isinstance(cause, str)}


def test_each_cause_by_pencil() -> None:
    # 学 500 m, 近 310 m, 港 500 m; 遠 is 403 m from a street, the street of 岬 leads nowhere
    far = {"遠": "far_from_road", "岬": "no_route"}
    assert causes(run()) == far
    assert causes(run(arrival_min=10.2)) == {**far, "学": "too_slow", "港": "too_slow"}
    assert causes(run(arrival_min=5.0)) == {
        **far,
        **dict.fromkeys("学近港", "too_slow"),
    }  # no time, but no delay
    assert causes(run(arrival_min=4.9)) == {**far, **dict.fromkeys("学近港", "too_soon")}
    assert causes(run(arrival_min=6.0, safety_margin_min=2.0)) == {
        **far,
        **dict.fromkeys("学近港", "too_soon"),
    }
    assert causes(run(walk_limit_m=400.0)) == {**far, "学": "too_long", "港": "too_long"}
    assert causes(run(walk_limit_m=400.0, arrival_min=10.2)) == {**far, "学": "too_slow", "港": "too_slow"}
    island = town.frame({"name": ["島"]}, [Point(150, 100).buffer(20)])
    assert causes(run(walk_exclusion=island))["岬"] == "excluded"


def test_the_table_of_causes_closes_with_late_no_route_and_not_evaluated() -> None:
    result = run(arrival_min=10.2)
    table = result.tables["causes"]
    rows = {
        (r.municipality, r.miss_cause): (r.persons, r.origins, r.origins_persons_unknown)
        for r in table.itertuples()
    }
    assert rows.pop(("西町", "no_route"))[1:] == (1, 1)  # 岬: persons unknown, not nobody
    assert np.isnan(table["persons"]).sum() == 1
    assert rows == {
        ("西町", "too_slow"): (10, 1, 0), ("東町", "too_slow"): (40, 1, 0),
        ("東町", "far_from_road"): (80, 1, 0),
    }  # fmt: skip
    for basis in ("persons", "origins"):
        missed = figures(result.summary, f"evac_{basis}_missed")
        parts = [figures(result.summary, f"evac_{basis}_{s}") for s in ("late", "no_route", "not_evaluated")]
        for code in (WEST, EAST, ""):
            assert missed[code, ""] == sum(part[code, ""] for part in parts)
            assert missed[code, ""] == sum(v for (c, g), v in missed.items() if c == code and g)
        assert np.isnan(missed[NORTH, ""])


def test_how_late_people_can_leave_by_pencil() -> None:
    # arrival 14: 学 and 港 500 m = 8.33 min: minute 5.67; 近 310 m: 8.83
    result = run()
    by_start = figures(result.summary, "evac_persons_by_start")
    band = say("values.start_band.s05")
    assert by_start["", band] == 70
    assert by_start["", say("values.start_band.far_from_road")] == 80
    assert by_start["", ""] == 150  # 岬 is not known
    assert figures(result.summary, "evac_origins_by_start")["", ""] == 5
    assert figures(result.summary, "evac_latest_start_least")[WEST, ""] == pytest.approx(14 - 500 / 60)
    # in 西町 20 of 30 persons can wait until 8.83; of the two origins half
    persons = figures(result.summary, "evac_persons_latest_start_median")
    assert persons[WEST, ""] == pytest.approx(14 - 310 / 60)
    assert persons["", ""] == pytest.approx(14 - 500 / 60)  # 40 + 10 of 70 must leave before
    assert (NORTH, "") not in persons
    limited = figures(run(walk_limit_m=400.0).summary, "evac_persons_by_start")
    assert (limited["", say("values.start_band.never")], limited["", band]) == (50, 20)
    gone = figures(run(arrival_min=6.0).summary, "evac_persons_by_start")
    assert (gone["", say("values.start_band.never")], gone["", say("values.start_band.s00")]) == (50, 20)


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 9)), min_size=1, max_size=12))
def test_the_median_of_weights_is_that_of_a_list_with_repetition(pairs: list[tuple[int, int]]) -> None:
    values, weights = (np.array(x, dtype=float) for x in zip(*pairs, strict=True))
    each = np.sort(np.repeat(values, weights.astype(int)))[::-1]
    assert weighted_median(values, weights) == each[(len(each) + 1) // 2 - 1]


def test_headline_and_notes_tell_the_scenario() -> None:
    result = run(season="winter", time_of_day="night", walker="elderly", use_exits=True)
    line = say(result.headline.key, **result.headline.values)
    assert line.startswith("【冬（積雪）・夜・高齢者】浸水域内の 150 人のうち")
    assert "避難場所か浸水域の外に着ける" in line
    notes = {note.key: note.values for note in result.notes}
    limits = say("evacuation.note_limits", **notes["evacuation.note_limits"])
    done, left = limits.split("考えていないもの")
    assert "積雪" in done
    assert "夜" in done
    assert "坂" in left  # asked for, but there is no elevation
    assert "evacuation.note_no_elevation" in notes
    # 岬の道 100 m, 学校通り 450 m, 港通り 700 m: no widths
    assert notes["evacuation.note_width_unknown"] == {"km": "1.2", "whole": "1.2"}
    day = {note.key: note.values for note in run(slope=False).notes}
    assert (
        "積雪" in say("evacuation.note_limits", **day["evacuation.note_limits"]).split("考えていないもの")[1]
    )
    assert not {"evacuation.note_no_elevation", "evacuation.note_width_unknown"} & day.keys()


FAST = (Phase.explicit, Phase.reuse, Phase.generate)  # a town is no smaller for a smaller seed


# --- laws -----------------------------------------------------------------------------------------


def random_town(seed: int) -> Given:
    """Crooked streets with widths, stairs and bridges, people with and without a number, some sites."""
    rng = np.random.default_rng(seed)
    corners = [(x * 150.0, y * 150.0) for x in range(8) for y in range(7)]
    lines, widths, stairs, bridges = [], [], [], []
    for x, y in corners:
        for dx, dy in ((150, 0), (0, 150)):
            if (x + dx, y + dy) in corners and rng.random() < 0.8:
                lines.append(LineString([(x, y), (x + dx, y + dy)]))
                widths.append(rng.choice([2.0, 4.0, NAN]))
                stairs.append(rng.random() < 0.15)
                bridges.append(rng.random() < 0.15)
    roads = town.frame({"road_name": [""] * len(lines), "width_m": widths}, lines)
    roads = roads.assign(stairs=pd.array(stairs, dtype="boolean"), bridge=pd.array(bridges, dtype="boolean"))
    homes = [Point(x * 25.0, y * 25.0) for x, y in rng.integers(0, 40, (15, 2))]
    persons = rng.choice([1.0, 10.0, NAN], 15)
    sites = [Point(x * 25.0, y * 25.0) for x, y in rng.integers(0, 40, (6, 2))]
    flags = pd.array([True] * 6, dtype="boolean")
    return Given(
        hazard=town.hazard(), municipalities=town.municipalities(), roads=roads,
        settlements=town.frame({"name": [str(k) for k in range(15)], "persons": persons}, homes),
        sites=town.frame({"name": list("abcdef"), "tsunami": flags, "floor_height_m": [9.0] * 6}, sites),
    )  # fmt: skip


def minutes(given_: Given, **conditions: Any) -> pd.Series:
    """Minutes from the earthquake to safety of each origin, infinite where it is not reached."""
    judged = race(make_plan(**{**given_, **conditions})).judged
    return judged.set_index("name")["total_min"].fillna(np.inf)


def saved(given_: Given, **conditions: Any) -> set[str]:
    judged = race(make_plan(**{**given_, **conditions})).judged
    return set(judged.loc[judged["evac_status"] == "reached", "name"])


conditions_of = st.fixed_dictionaries(
    {
        "season": st.sampled_from(["summer", "winter"]),
        "time_of_day": st.sampled_from(["day", "night"]),
        "walker": st.sampled_from(["adult", "elderly", "visitor"]),
        "bridges_out": st.sampled_from(["none", "zone", "all"]),
        "arrival_min": st.floats(3, 30),
        "use_exits": st.booleans(),
    }
)


@settings(max_examples=8, deadline=None, phases=FAST)
@given(seed=st.integers(0, 500), conditions=conditions_of, more=st.floats(0, 10))
def test_more_time_speed_or_sites_never_saves_fewer(
    seed: int, conditions: dict[str, Any], more: float
) -> None:
    town_ = random_town(seed)
    base = saved(town_, **conditions)
    assert base <= saved(town_, **{**conditions, "arrival_min": conditions["arrival_min"] + more})
    assert base <= saved(town_, **conditions, start_delay_min=0.0)
    assert base <= saved(town_, **conditions, walk_speed_mps=2.0)
    fewer = Given(**{**town_, "sites": town_["sites"].iloc[:3]})  # type: ignore[typeddict-item]
    assert saved(fewer, **conditions) <= base
    assert saved(town_, **{**conditions, "use_exits": False}) <= saved(
        town_, **{**conditions, "use_exits": True}
    )


@settings(max_examples=10, deadline=None, phases=FAST)
@given(seed=st.integers(0, 500), conditions=conditions_of)
def test_winter_and_night_are_never_faster(seed: int, conditions: dict[str, Any]) -> None:
    town_ = random_town(seed)

    def taken(**other: Any) -> pd.Series:
        return minutes(town_, **{**conditions, **other})

    assert (taken(season="winter") >= taken(season="summer") - 1e-9).all()
    assert (taken(time_of_day="night") >= taken(time_of_day="day") - 1e-9).all()
    swept = {"season": "winter", "snow_min_width_m": 0.0, "snow_closes_stairs": False}
    assert (taken(season="winter") >= taken(**swept) - 1e-9).all()


@settings(max_examples=10, deadline=None, phases=FAST)
@given(seed=st.integers(0, 500), conditions=conditions_of)
def test_every_origin_has_one_state_one_cause_and_one_band(seed: int, conditions: dict[str, Any]) -> None:
    town_ = random_town(seed)
    run_ = race(make_plan(**{**town_, **conditions}))
    late = run_.judged["evac_status"] != "reached"
    assert set(miss_causes(run_)[late]) <= set(CAUSES)
    assert set(miss_causes(run_)[~late]) <= {""}
    summary = evacuation(**{**town_, **conditions}).summary
    for basis in ("origins", "persons"):
        whole = figures(summary, f"evac_{basis}_all")["", ""]
        states = ("reached", "late", "no_route", "not_evaluated")
        assert sum(figures(summary, f"evac_{basis}_{s}")["", ""] for s in states) == pytest.approx(whole)
        assert figures(summary, f"evac_{basis}_by_start")["", ""] == pytest.approx(whole)
