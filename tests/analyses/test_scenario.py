"""Scenarios: what each choice sets, who overrules whom, and that every value is printed with its source."""

from dataclasses import fields
from typing import Any

import pytest

from knr_gis.analyses.evacuation import evacuation
from knr_gis.analyses.evacuation.conditions import DEFAULTS, Conditions
from knr_gis.analyses.evacuation.naming import goal_name, scenario_name
from knr_gis.analyses.evacuation.scenario import CHOICES, Scenario, definitions, resolve_scenario
from knr_gis.assemble import scenario_lines
from knr_gis.assumptions import all_assumptions
from knr_gis.errors import AnalysisError
from knr_gis.maps import load_preset_file
from knr_gis.settings import load_settings
from knr_gis.texts import say
from tests import town

SETTERS = ("time_of_day", "season", "walker", "rule")
ENTRIES = [
    (setter, name, key, entry)
    for setter in SETTERS
    for name, keys in definitions()[setter].items()
    for key, entry in keys.items()
]
NAMES = {f.name for f in fields(Scenario)} - {"basis"}


def resolve(**conditions: Any) -> Scenario:
    return resolve_scenario(Conditions(**conditions))


@pytest.mark.parametrize(("setter", "name", "key", "entry"), ENTRIES)
def test_a_choice_sets_what_its_entry_says_and_names_its_source(
    setter: str, name: str, key: str, entry: dict[str, Any]
) -> None:
    scenario = resolve(**{setter: name})
    assert getattr(scenario, key) == entry["value"]
    assert (scenario.basis[key].source, scenario.basis[key].verified) == (entry["source"], entry["verified"])


@pytest.mark.parametrize(("setter", "name", "key", "entry"), ENTRIES)
def test_the_officers_value_goes_before_every_choice(
    setter: str, name: str, key: str, entry: dict[str, Any]
) -> None:
    other = {"deadline": "30cm", "bridges_out": "zone"}
    own = other.get(key, {float: 0.123, bool: not entry["value"]}.get(type(entry["value"])))
    scenario = resolve(**{setter: name, key: own})
    assert getattr(scenario, key) == own
    assert key not in scenario.basis


def test_definitions_are_complete_and_sourced() -> None:
    assert {setter: set(names) for setter, names in definitions().items()} == {
        setter: set(CHOICES[setter]) for setter in SETTERS
    }
    for _, _, key, entry in ENTRIES:
        assert key in NAMES
        assert entry["source"].strip()
        assert type(entry["verified"]) is bool
    # what was told by somebody else, or from memory, is not confirmed
    told = ("紹介", "記憶", "注記", "仮の値")
    assert not any(e["verified"] and any(word in e["source"] for word in told) for *_, e in ENTRIES)
    assert {*all_assumptions(), *DEFAULTS} >= NAMES


def test_published_rules_say_what_the_notes_say() -> None:
    okinawa, wakayama, miyagi = (resolve(rule=rule) for rule in ("okinawa", "wakayama", "miyagi"))
    assert (okinawa.walk_speed_mps, okinawa.use_sites, okinawa.use_exits) == (0.5, False, True)
    assert (wakayama.start_delay_min, wakayama.walk_speed_mps, wakayama.goal_depth_m) == (5, 0.5, 0.3)
    # 21 m/min off the streets and on narrow ones, 0.21 m/s on stairs
    assert wakayama.walk_speed_mps * wakayama.narrow_speed_factor == pytest.approx(21 / 60)
    assert wakayama.walk_speed_mps * wakayama.access_speed_factor == pytest.approx(21 / 60)
    assert wakayama.walk_speed_mps * wakayama.stairs_speed_factor == pytest.approx(0.21)
    assert (wakayama.narrow_width_m, wakayama.deadline) == (3, "1cm")
    assert (miyagi.walk_speed_mps, miyagi.start_delay_min, miyagi.walk_limit_m) == (1.0, 15, 500)


def test_a_rule_goes_before_season_time_and_walker() -> None:
    scenario = resolve(rule="wakayama", walker="elderly", time_of_day="night")
    assert (scenario.walk_speed_mps, scenario.start_delay_min) == (0.5, 5)  # 0.72 and 10 without the rule
    assert "和歌山" in scenario.basis["walk_speed_mps"].source
    assert resolve(walker="visitor", time_of_day="night").basis["start_delay_min"].source.startswith("仮の値")


def test_a_condition_whose_layer_is_missing_is_told() -> None:
    given: dict[str, Any] = {
        "hazard": town.hazard(), "municipalities": town.municipalities(), "sites": town.sites(),
        "settlements": town.homes(), "roads": town.streets(),
    }  # fmt: skip
    notes = {"evacuation.note_month_unmet", "evacuation.note_buildings_unmet"}
    told = {note.key for note in evacuation(**given, month=8, demand="buildings").notes}
    assert notes <= told
    assert not notes & {note.key for note in evacuation(**given).notes}


def test_level_speed_by_pencil() -> None:
    assert resolve().level_speed_mps == 1.0
    assert resolve(walker="elderly").level_speed_mps == 0.72
    assert resolve(time_of_day="night").level_speed_mps == pytest.approx(0.8)
    assert resolve(season="winter", time_of_day="night", walker="elderly").level_speed_mps == pytest.approx(
        0.72 * 0.8 * 0.8
    )
    assert resolve(rule="wakayama").access_speed_mps == pytest.approx(0.35)


def test_only_values_that_have_a_part_are_told() -> None:
    summer, winter = resolve().params, resolve(season="winter", time_of_day="night", year=2040).params
    for key in ("snow_speed_factor", "snow_min_width_m", "outdoor_in_winter", "night_speed_factor", "year"):
        assert key not in summer
        assert key in winter
    assert "narrow_speed_factor" not in summer
    assert "narrow_speed_factor" in resolve(rule="wakayama").params
    assert winter["level_speed_mps"] == pytest.approx(0.64)
    assert (summer["tobler_rate"], summer["tobler_shift"]) == (3.5, 0.05)  # they are in every time
    assert "tobler_rate" not in resolve(slope=False).params


@pytest.mark.parametrize("rule", CHOICES["rule"])
def test_every_value_of_a_rule_stands_on_the_products_with_its_source(rule: str) -> None:
    result = evacuation(
        hazard=town.hazard(), municipalities=town.municipalities(), sites=town.sites(),
        settlements=town.homes(), roads=town.streets(), rule=rule, walker="elderly", season="winter",
        time_of_day="night", safety_margin_min=2.0,
    )  # fmt: skip
    preset = load_preset_file(load_settings().maps_dir / "evacuation.toml")
    changed = {"rule": rule, "walker": "elderly", "safety_margin_min": 2.0}
    lines = {line.key: line for line in scenario_lines(preset, result, changed)}
    for key, entry in definitions()["rule"][rule].items():
        assert (lines[key].source, lines[key].verified) == (entry["source"], entry["verified"]), key
        assert not lines[key].changed
    assert (lines["safety_margin_min"].value, lines["safety_margin_min"].changed) == ("2", True)
    assert lines["rule"].value == say(f"values.rule.{rule}")
    assert lines["night_speed_factor"].source == all_assumptions()["night_speed_factor"].source
    assert not lines["night_speed_factor"].verified
    assert all(line.label != key for key, line in lines.items())  # every condition has a Japanese name


def test_names_of_scenarios_and_goals() -> None:
    assert scenario_name(resolve()) == "夏・昼・成人"
    assert scenario_name(resolve(season="winter", time_of_day="night", walker="group")) == (
        "冬（積雪）・夜・子ども・高齢者の同行"
    )
    # the rule's speed, not that of the walker: then the walker is not named
    assert (
        scenario_name(resolve(rule="okinawa", walker="elderly")) == "沖縄県の考え方・夏・昼・歩く速さ 0.5 m/s"
    )
    assert scenario_name(resolve(walk_speed_mps=1.5)) == "夏・昼・歩く速さ 1.5 m/s"
    assert scenario_name(resolve(year=2040, bridges_out="zone")) == (
        "2040年の推計人口・夏・昼・成人・落ちた橋: 浸水域にかかる橋"
    )
    assert goal_name(resolve()) == "避難場所か浸水域の外"
    assert goal_name(resolve(use_exits=False)) == "避難場所"
    assert goal_name(resolve(use_sites=False)) == "浸水域の外"
    assert goal_name(resolve(goal_depth_m=0.3)) == "避難場所か浸水深 0.3m までの所"


@pytest.mark.parametrize(
    ("conditions", "word"),
    [
        ({"rule": "osaka"}, "osaka"),
        ({"season": "spring"}, "spring"),
        ({"deadline": "2cm"}, "2cm"),
        ({"month": 13}, "13"),
        ({"walk_limit_m": 0.0}, "walk_limit_m"),
        ({"walk_speed_mps": 0.0}, "walk_speed_mps"),
        ({"snow_speed_factor": 0.0, "season": "winter"}, "snow_speed_factor"),
        ({"snow_speed_factor": 80.0, "season": "winter"}, "0.8"),  # 80 for 80 %
        ({"night_speed_factor": 1.2, "time_of_day": "night"}, "night_speed_factor"),
        ({"start_delay_min": -1.0}, "start_delay_min"),
        ({"use_sites": False, "use_exits": False}, "use_exits"),
    ],
)
def test_what_makes_no_sense_is_one_line(conditions: dict[str, Any], word: str) -> None:
    with pytest.raises(AnalysisError, match=word) as error:
        resolve(**conditions)
    assert "\n" not in str(error.value)
