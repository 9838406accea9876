"""津波避難困難地域: the ground from which nobody makes it in time, and who lives there."""

from dataclasses import dataclass
from typing import Any, Unpack

import geopandas as gpd

from knr_gis.analyses.difficult.areas import focus_of, make_areas
from knr_gis.analyses.difficult.drawn import features, ground_frame, tables
from knr_gis.analyses.difficult.figures import count_rows, ground_rows
from knr_gis.analyses.difficult.ground import Homes
from knr_gis.analyses.difficult.rules import by_rule, number_table, rule_rows, rule_table
from knr_gis.analyses.difficult.study import Study, make_study
from knr_gis.analyses.difficult.wording import gap_table, headline, notes
from knr_gis.analyses.evacuation.conditions import Given
from knr_gis.analyses.evacuation.plan import conditions_of, make_plan
from knr_gis.analyses.evacuation.race import race
from knr_gis.analyses.inputs import planning_number
from knr_gis.assumptions import all_assumptions
from knr_gis.result import Result, summary_frame

__all__ = ["difficult"]


def difficult(
    *,
    inhabited_within_m: float | None = None,
    least_floor_m2: float | None = None,
    join_within_m: float | None = None,
    least_area_m2: float | None = None,
    compare_rules: bool = True,
    focus_on: str | None = None,
    **given: Unpack[Given],
) -> Result:
    """
    Return the areas from which people cannot reach safety in time, and who lives there.

    The ground of the zone belongs to its nearest street (in steps of at most 25 m, Voronoi cells of their
    middles, cut by municipality and depth class). Who sets out from a place walks straight to that step at
    ``access_speed_mps``, then its way to safety. Ground is difficult where start delay + way > arrival -
    margin (``late``), where the way is longer than ``walk_limit_m``, or where there is none (``no_way``).
    Ground farther than ``snap_limit_m`` from a street is not evaluated; ground where nobody lives is taken
    out. Difficult + in time + uninhabited + not evaluated = the land of the zone, by municipality and class,
    and persons likewise; this is checked. Where no street can be walked, squares take their place.

    Source of the method: Okinawa Prefecture, 津波避難困難地域 (30 May 2014): streets whose users do not get
    out of the zone before the arrival, less uninhabited land.

    Parameters
    ----------
    inhabited_within_m, least_floor_m2
        Where a piece of a population cell has buildings, people live within this distance of them, unless
        the buildings have less floor than this per person: then buildings are missing from the data.
    join_within_m, least_area_m2
        Difficult ground of one municipality within this distance counts as one area; areas smaller than
        this stand together in one row per municipality.
    compare_rules
        Whether the same ground is judged by the published rules too.
    focus_on
        Name or code of the municipality that the print map shows; None: that with the most persons.
    given
        Layers and conditions, see ``Layers`` and ``Conditions``.

    Raises
    ------
    CrsError
        If the layers are not in one CRS in metres.
    AnalysisError
        If a scenario value makes no sense, nothing says where people are, or an account does not close.
    """
    numbers = {
        key: planning_number(key, value)
        for key, value in {
            "inhabited_within_m": inhabited_within_m, "least_floor_m2": least_floor_m2,
            "join_within_m": join_within_m, "least_area_m2": least_area_m2,
        }.items()
    }  # fmt: skip
    homes = Homes(numbers["inhabited_within_m"], numbers["least_floor_m2"])
    study = make_study(make_plan(**given), homes)
    studies = by_rule(study, conditions_of(given)) if compare_rules else {}
    ground = ground_frame(study)
    areas = make_areas(study, ground, numbers["join_within_m"], numbers["least_area_m2"])
    focus = focus_of(areas, given["municipalities"], focus_on)
    named = dict(zip(study.inundation.codes, study.inundation.names, strict=True)).get(focus)
    params = {**numbers, "compare_rules": compare_rules, "focus_on": named}
    return _result(_Answer(study, studies, ground, areas, focus), params)


@dataclass(frozen=True)
class _Answer:
    """What was found: ground by state, areas, the study under each rule, where the print map looks."""

    study: Study
    studies: dict[str, Study]
    ground: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    focus: str


def _result(answer: _Answer, params: dict[str, Any]) -> Result:
    """Return the answer as figures, maps, tables and words."""
    study, areas, studies = answer.study, answer.areas, answer.studies
    run, plan = race(study.plan), study.plan
    compared = {"rules": rule_table(studies), "rule_numbers": number_table(studies)} if studies else {}
    found, params = tables(areas, answer.ground, run), {**plan.scenario.params, **params}
    return Result(
        name="difficult",
        headline=headline(study, areas),
        features=features(study, areas, answer.ground, run, focus=answer.focus),
        summary=summary_frame(ground_rows(study) + count_rows(areas, study) + rule_rows(studies)),
        tables={
            "difficult_areas": found.pop("difficult_areas"), **compared, **found,
            "not_evaluated": gap_table(study),
        },
        params=params,
        basis=plan.scenario.basis,
        assumptions=tuple(key for key in params if key in all_assumptions()),
        notes=(*notes(study, areas, run, params), *plan.notes),
    )  # fmt: skip
