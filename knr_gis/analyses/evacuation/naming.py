"""What a scenario is called: who walks when, where to, what is thought of and what is not."""

from typing import Any

from knr_gis.analyses.evacuation.arrival import FIGURE
from knr_gis.analyses.evacuation.race import Run
from knr_gis.analyses.evacuation.scenario import Scenario, definitions
from knr_gis.assumptions import assumption
from knr_gis.display import shown
from knr_gis.texts import say


def scenario_name(scenario: Scenario) -> str:
    """
    Return the scenario in a few words: the rule unless it is the officer's own, season, time, who walks.

    Where a rule or the officer sets another speed than that of the walker, the speed is told instead. A later
    year and fallen bridges are told too: the figures must not be read as those of today.
    """
    rule = [] if scenario.rule == "own" else [shown("rule", scenario.rule)]
    words = [*rule, shown("season", scenario.season), shown("time_of_day", scenario.time_of_day)]
    return say("evacuation.between").join(
        [*_year_name(scenario), *words, _walker_name(scenario), *_fallen(scenario)]
    )


def _year_name(scenario: Scenario) -> list[str]:
    return [] if scenario.year is None else [say("evacuation.people_of_year", year=scenario.year)]


def _fallen(scenario: Scenario) -> list[str]:
    if scenario.bridges_out == "none":
        return []
    return [say("evacuation.bridges_fallen", bridges=shown("bridges_out", scenario.bridges_out))]


def _walker_name(scenario: Scenario) -> str:
    own: dict[str, Any] = definitions()["walker"][scenario.walker].get("walk_speed_mps", {})
    if scenario.walk_speed_mps == own.get("value", assumption("walk_speed_mps").value):
        return shown("walker", scenario.walker)
    return say("evacuation.own_speed", speed=f"{scenario.walk_speed_mps:g}")


def goal_name(scenario: Scenario) -> str:
    """Return where people are to get to."""
    depth = f"{scenario.goal_depth_m:g}"
    out = say("evacuation.goal_shallow", depth=depth) if scenario.goal_depth_m else say("evacuation.goal_out")
    if not scenario.use_exits:
        return say("evacuation.goal_sites")
    return say("evacuation.goal_either", out=out) if scenario.use_sites else out


def considered(run: Run) -> dict[str, str]:
    """Return what the scenario thinks of and what it leaves out, as lists in one line each."""
    scenario, sloping = run.plan.scenario, run.plan.layers.get("elevation") is not None
    factors = {
        "night": scenario.time_of_day == "night",
        "snow": scenario.winter,
        "slope": scenario.slope and sloping,
        "bridges": scenario.bridges_out != "none",
        "arrival": bool((run.judged["arrival_source"] != FIGURE).any()),
    }
    done = [say(f"evacuation.factor.{name}") for name, thought_of in factors.items() if thought_of]
    left = [say(f"evacuation.factor.{name}") for name, thought_of in factors.items() if not thought_of]
    return {
        "done": say("evacuation.comma").join([*done, say("evacuation.factor.always")]),
        "left": say("evacuation.comma").join([*left, say("evacuation.factor.never")]),
    }
