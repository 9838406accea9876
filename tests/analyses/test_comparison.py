"""Comparison of two scenarios: pencil answers of the town, what must close, errors in one line."""

import math

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from knr_gis.analyses.comparison import comparison
from knr_gis.analyses.comparison.account import require_both
from knr_gis.analyses.comparison.against import parse_against
from knr_gis.analyses.comparison.change import ABSENT, CHANGES, change_classes
from knr_gis.analyses.comparison.pair import Pair, match_origins, run_pair
from knr_gis.analyses.comparison.streets import seconds_at, street_pair
from knr_gis.analyses.evacuation import evacuation
from knr_gis.analyses.evacuation.plan import make_plan
from knr_gis.analyses.evacuation.race import STATUSES, race
from knr_gis.errors import AnalysisError, KnrError
from knr_gis.readable import heading
from knr_gis.result import Blank, Result
from knr_gis.snapping import snap
from knr_gis.texts import has_text, say
from tests import town
from tests.town import figures


def layers(**changes: object) -> dict[str, object]:
    inputs = {
        "hazard": town.hazard(), "municipalities": town.municipalities(), "sites": town.sites(),
        "settlements": town.homes(), "roads": town.streets(), "snap_limit_m": 200.0, "arrival_min": 14.0,
        "use_exits": False,
    }  # fmt: skip
    return {**inputs, **changes}


def run(*against: str, **changes: object) -> Result:
    return comparison(against=list(against), **layers(**changes))


def classes(result: Result) -> dict[str, str]:
    drawn = pd.concat([result.features["moved"], result.features["stayed"]])
    found = drawn.set_index("name")["evac_change"].to_dict()
    assert found == result.tables["changes"].set_index("name")["evac_change"].to_dict()
    return found


def region(result: Result, measure: str) -> float:
    return figures(result.summary, measure)["", ""]


def test_an_earlier_arrival_loses_exactly_those_by_pencil() -> None:
    # At 1 m/s after 5 min: 学 and 港 need 13.33 min, 近 10.17. 遠 is far from streets, 岬 has no way out.
    result = run("arrival_min=10.2")
    assert classes(result) == {
        "学": "lost", "港": "lost", "近": "in_time_less", "遠": "not_evaluated", "岬": "not_same",
    }  # fmt: skip
    table = result.tables["changes"].set_index("name")
    assert table.loc["学", ["margin_min_a", "margin_min_b", "margin_change_min"]].tolist() == pytest.approx(
        [14 - 5 - 500 / 60, 10.2 - 5 - 500 / 60, -3.8]
    )
    assert table.loc["学", "total_change_min"] == pytest.approx(0)
    assert table.loc["岬", "margin_change_min"] is Blank.NOT_ASKED
    assert (region(result, "cmp_origins_in_time_a"), region(result, "cmp_origins_in_time_b")) == (3, 1)
    assert (region(result, "cmp_origins_lost"), region(result, "cmp_origins_gained")) == (2, 0)
    assert region(result, "cmp_origins_percent_change") == pytest.approx(-40)
    said = say(result.headline.key, **result.headline.values)
    assert "14" in said
    assert "10.2" in said


def test_the_way_back_gains_exactly_the_same() -> None:
    back = run("arrival_min=14", arrival_min=10.2)
    assert classes(back) == {
        "学": "gained", "港": "gained", "近": "in_time_more", "遠": "not_evaluated", "岬": "not_same",
    }  # fmt: skip


def test_without_floors_above_the_water_the_tower_and_its_people_are_lost() -> None:
    result = run("vertical=false")
    assert classes(result)["港"] == "lost"
    assert result.features["moved"]["name"].tolist() == ["港"]
    changed = result.features["sites_changed"]
    assert changed["name"].tolist() == ["塔"]
    tower = result.tables["sites_changed"].set_index("name").loc["塔"]
    assert (tower["site_role_a"], tower["site_role_b"], tower["site_change"]) == (
        "vertical",
        "in_zone",
        "only_a",
    )
    assert (tower["comers_a"], tower["comers_b"]) == (1, 0)
    moves = result.tables["transitions"]
    row = moves[(moves["evac_status_a"] == "reached") & (moves["evac_status_b"] == "no_route")]
    assert row["origins"].tolist() == [1]
    gaps = result.tables["not_evaluated"]
    floor_unknown = gaps[gaps["reason"].str.startswith(say("values.site_role.floor_unknown"))]
    assert floor_unknown["reason"].tolist() == [
        say("comparison.gap_of", side="A", reason=say("values.site_role.floor_unknown"))
    ]


def test_a_wider_snap_limit_evaluates_who_was_not_and_says_so() -> None:
    result = run("snap_limit_m=500")
    assert classes(result)["遠"] == "evaluated_only_in_b"
    assert "comparison.note_shifted" in {note.key for note in result.notes}


def test_a_scenario_against_itself_changes_nothing() -> None:
    result = run("season=summer", "walker=adult")
    assert set(classes(result).values()) == {"in_time_same", "not_evaluated", "not_same"}
    changes = result.summary[result.summary["measure"].str.endswith("_change")]
    assert (changes["value"].dropna() == 0).all()
    assert (region(result, "cmp_street_km_worse"), region(result, "cmp_street_km_better")) == (0, 0)
    assert result.features["streets"].empty
    assert result.tables["differing_conditions"].empty
    assert result.headline.key == "comparison.headline_same"


def test_the_other_side_is_what_evacuation_says_of_it() -> None:
    changes = {"season": "winter", "time_of_day": "night", "walker": "elderly"}
    result = run(*(f"{k}={v}" for k, v in changes.items()), population=town.population(), arrival_min=40.0)
    alone = evacuation(**layers(population=town.population(), arrival_min=40.0, **changes))
    for measure, own in (
        ("evac_persons_reached", "cmp_persons_in_time_b"),
        ("evac_persons_in_time_of_all_percent", "cmp_persons_percent_b"),
        ("evac_by_age_reached", "cmp_by_age_in_time_b"),
    ):
        expected = figures(alone.summary, measure)
        assert figures(result.summary, own) == pytest.approx(expected, nan_ok=True)


def test_conditions_stand_side_by_side_and_those_that_differ_first() -> None:
    result = run("time_of_day=night", "arrival_min=20")
    table = result.tables["both_conditions"].set_index("condition")
    differing = table.index[table["differs"]]
    assert list(table.index[: len(differing)]) == list(differing)
    # night also sets the start delay and brings its speed factor
    expected = {say("params.time_of_day"), say("params.level_speed_mps")}
    assert expected <= set(differing)
    assert len(differing) == 5
    arrival = table.loc[next(c for c in differing if "到達時間" in c)]
    assert (arrival["value_a"], arrival["value_b"]) == ("14", "20")
    assert arrival["source_a"] == say("product.set_by_user")
    assert arrival["source_b"] == say("comparison.by_against")
    delay = table.loc[next(c for c in differing if "始める" in c)]
    assert (delay["value_a"], delay["value_b"]) == ("5", "10")
    assert say("comparison.unconfirmed", source="") in delay["source_b"]
    assert result.params["start_delay_min"] == "5 → 10"
    assert result.params["against"] == ["時間帯=夜", "津波の到達時間（地点ごとの値がない場合）=20"]
    assert not result.basis["start_delay_min"].verified


def test_the_default_is_a_winter_night() -> None:
    result = comparison(**layers())
    assert result.params["season"] == f"{say('values.season.summer')} → {say('values.season.winter')}"
    assert result.params["against"] == ["季節=冬（積雪）", "時間帯=夜"]


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ("seasn=winter", ("season", "against=seasn=winter")),
        ("season", ("season",)),
        ("season=wintr", ("winter", "against=season")),
        ("vertical=maybe", ("vertical", "true")),
        ("walk_speed_mps=fast", ("walk_speed_mps", "fast")),
        ("hazard=x", ("hazard_covers",)),
        ("demand=streets", ("demand", "sensitivity")),
        ("month=8", ("month",)),
        ("walk_speed_mps=-1", ("walk_speed_mps", "-1")),
        ("arrival_by=どこか=5", ("どこか",)),
    ],
)
def test_a_bad_entry_is_one_clear_line(pair: str, words: tuple[str, ...]) -> None:
    with pytest.raises(KnrError) as error:
        run(pair)
    assert len(str(error.value).splitlines()) == 1
    assert all(word in str(error.value) for word in words)


def test_nothing_to_compare_is_said() -> None:
    with pytest.raises(AnalysisError, match="against"):
        run()


def test_lists_flags_and_numbers_are_read_as_set_reads_them() -> None:
    assert parse_against(["arrival_by=西町=5,東町=7", "slope = false", "year=2040"]) == {
        "arrival_by": ["西町=5", "東町=7"], "slope": False, "year": 2040,
    }  # fmt: skip


def other_people() -> Pair:
    """Two runs with other persons: cell A halved, cell B empty in the second."""
    later = town.population().assign(persons=[50.0, 0.0, math.nan, 20.0])
    a = race(make_plan(**layers(population=town.population(), snap_limit_m=2000.0)))
    b = race(make_plan(**layers(population=later, snap_limit_m=2000.0)))
    return Pair(a, b, match_origins(a, b, a.origins.ages, 1.0), a.origins.ages, {"year": 2040})


def test_people_of_another_year_keep_both_accounts() -> None:
    pair = other_people()
    require_both(pair)
    assert not pair.same_people
    gone = pair.frame[pair.frame["evac_change"] == "only_in_a"]
    # B: 500 m x 250 m of land hold its 50 persons
    assert gone["persons_a"].sum() == pytest.approx(50)
    stay = pair.frame[(pair.frame["persons_a"] > 0) & (pair.frame["persons_b"] > 0)]
    assert stay["persons_b"].to_numpy() == pytest.approx(stay["persons_a"].to_numpy() / 2)


def test_another_year_is_told_with_the_number_of_people_in_both() -> None:
    codes = [town.WEST, town.EAST, town.NORTH]
    later = pd.DataFrame({"muni_code": codes, "year": 2040, "persons": [50.0, 25.0, 10.0]})
    result = run("year=2040", population=town.population(), population_projection=later, snap_limit_m=2000.0)
    said = say(result.headline.key, **result.headline.values)
    assert say("comparison.this_year") in said
    assert say("comparison.later_year", year=2040) in said
    all_a, all_b = (result.tables["transitions"][f"persons_{side}"].iloc[-1] for side in "ab")
    assert 0 < all_b < all_a
    assert say("comparison.people", all_a=f"{all_a:,.0f}", all_b=f"{all_b:,.0f}") in said


def test_the_people_are_the_same_where_only_the_way_is_another() -> None:
    result = run("walk_speed_mps=2", population=town.population())
    said = say(result.headline.key, **result.headline.values)
    assert result.headline.key == "comparison.headline_persons"
    assert "2 m/s" in said or "2m/s" in said
    assert "persons_b" not in result.tables["transitions"]


def test_another_width_of_gaps_is_another_zone() -> None:
    # two banks, 100 m of dry river between them: a way out only where so narrow a gap counts as safe
    banks = town.frame(
        {"depth_min_m": [1.0, 1.0], "depth_max_m": [2.0, 2.0]}, [box(0, 0, 2000, 300), box(0, 400, 2000, 600)]
    )
    street = town.frame({"road_name": [""]}, [LineString([(500, 100), (500, 350)])])
    given_ = {"hazard": banks, "roads": street, "sites": town.sites().head(0), "use_exits": True,
              "settlements": town.frame({"name": ["家"]}, [Point(500, 200)])}  # fmt: skip
    result = run("gap_width_m=0", gap_width_m=150.0, **given_)
    assert classes(result) == {"家": "gained"}


def test_a_row_that_is_lost_is_noticed() -> None:
    pair = other_people()
    broken = Pair(pair.a, pair.b, pair.frame.iloc[1:], pair.ages, pair.changes)
    with pytest.raises(AnalysisError):
        require_both(broken)


speeds, minutes = st.floats(0.3, 3.0), st.floats(0.0, 30.0)


@settings(max_examples=6, deadline=None)
@given(speed=speeds, arrival=minutes, delay=minutes, covers=st.booleans())
def test_transitions_close_and_differences_are_gains_less_losses(
    speed: float, arrival: float, delay: float, covers: bool
) -> None:
    against = [f"walk_speed_mps={speed}", f"arrival_min={arrival}", f"start_delay_min={delay}"]
    against += ["hazard_covers=北町"] if covers else []
    result = run(*against, population=town.population(), snap_limit_m=400.0)
    moves = result.tables["transitions"]
    parts, total = moves.iloc[:-1], moves.iloc[-1]
    assert parts["origins"].sum() == total["origins"]
    assert parts["persons_a"].sum() == pytest.approx(total["persons_a"])
    alone = evacuation(**layers(population=town.population(), snap_limit_m=400.0)).summary
    for status in ("reached", "late", "no_route", "far_from_road"):
        moved = parts.loc[parts["evac_status_a"] == status, "persons_a"].sum()
        assert moved == pytest.approx(figures(alone, f"evac_persons_{status}")["", ""])
    by_class = [
        figures(result.summary, f"cmp_persons_{c}") for c in CHANGES if c not in ("only_in_a", "only_in_b")
    ]
    for key, value in figures(result.summary, "cmp_persons_in_time_change").items():
        gained, lost = (figures(result.summary, f"cmp_persons_{c}")[key] for c in ("gained", "lost"))
        assert value == pytest.approx(gained - lost, nan_ok=True)
        whole = figures(alone, "evac_persons_all")[key]
        assert sum(table[key] for table in by_class) == pytest.approx(whole, nan_ok=True)


@settings(max_examples=10, deadline=None)
@given(slow=speeds, fast=speeds, arrival=minutes)
def test_a_faster_walk_loses_nobody_and_no_street(slow: float, fast: float, arrival: float) -> None:
    slow, fast = sorted((slow, fast))
    result = run(f"walk_speed_mps={fast}", walk_speed_mps=slow, arrival_min=arrival)
    bad = {"lost", "in_time_less", "not_less", "way_lost", "evaluated_only_in_a"}
    assert not bad & set(classes(result).values())


def test_every_pair_of_states_has_a_class_and_every_class_a_name() -> None:
    states = [*STATUSES, ABSENT]
    a, b = (
        np.array(side, dtype=object) for side in zip(*[(x, y) for x in states for y in states], strict=True)
    )
    for shift in (-2.0, 0.0, 2.0, math.nan):
        found = change_classes(a, b, np.full(len(a), shift), 1.0)
        assert set(found) <= set(CHANGES)
        same = a == b
        assert not {"lost", "gained", "way_lost", "way_found"} & set(found[same])
    assert all(has_text(f"values.evac_change.{name}") for name in CHANGES)
    assert all(
        has_text(f"measures.cmp_{k}_{c}") for c in CHANGES for k in ("persons", "persons_b", "origins")
    )


def test_streets_are_looked_at_exactly_where_they_are() -> None:
    pair = run_pair(layers(), parse_against(["walk_speed_mps=2"]), 1.0)
    streets, field = pair.a.plan.streets, pair.a.ways.field
    assert streets is not None
    assert field is not None
    y = np.array([60.0, 199.0, 201.0, 399.0, 650.0, 690.0, 710.0, 1100.0])
    on = snap(streets.base, np.column_stack([np.full(len(y), 500.0), y]), limit_m=1.0)
    share = on.along_m / streets.base.length_m[on.edge]
    assert seconds_at(field, pair.a, on.edge, share) == pytest.approx(np.abs(700 - y))
    field_b = pair.b.ways.field
    assert field_b is not None
    assert seconds_at(field_b, pair.b, on.edge, share) == pytest.approx(np.abs(700 - y) / 2)
    steps = street_pair(pair)
    assert steps is not None
    wet = shapely.intersection(
        shapely.union_all(town.hazard().geometry.to_numpy()),
        shapely.union_all(town.streets().geometry.to_numpy()),
    )
    assert steps["length_m"].sum() == pytest.approx(wet.length, abs=2 * 25)
    assert (steps["street_change"] != "worse").all()


def test_columns_of_the_tables_have_names() -> None:
    result = run("vertical=false", population=town.population())

    for table in result.tables.values():
        lacking = [c for c in table.columns if heading(c) == c and c not in ("what", "reason", "count")]
        assert lacking == []
    assert all(has_text(f"measures.{m}") for m in pd.unique(result.summary["measure"]))
