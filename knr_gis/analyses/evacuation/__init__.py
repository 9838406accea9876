"""Who in the zone reaches safety before the water, who does not, and for whom it is not known."""

from dataclasses import replace
from typing import Unpack

from knr_gis.analyses.evacuation.causes import cause_rows, cause_table
from knr_gis.analyses.evacuation.charts import charts
from knr_gis.analyses.evacuation.conditions import Given
from knr_gis.analyses.evacuation.coverage import coverage_rows
from knr_gis.analyses.evacuation.drawn import features, origin_table, site_table, zone_edge
from knr_gis.analyses.evacuation.guests import (
    Guests,
    visitor_layers,
    visitor_rows,
    visitor_run,
    visitor_tables,
)
from knr_gis.analyses.evacuation.plan import conditions_of, make_plan
from knr_gis.analyses.evacuation.race import Run, race
from knr_gis.analyses.evacuation.refuge import refuge_rows
from knr_gis.analyses.evacuation.segments import street_rows, street_steps
from knr_gis.analyses.evacuation.sites import site_rows
from knr_gis.analyses.evacuation.starts import start_rows
from knr_gis.analyses.evacuation.wording import gap_table, headline, notes
from knr_gis.analyses.inputs import chosen_codes
from knr_gis.assumptions import all_assumptions
from knr_gis.result import Note, Result, summary_frame

__all__ = ["evacuation"]


def evacuation(*, focus_on: str | None = None, **given: Unpack[Given]) -> Result:
    """
    Return who in the zone reaches safety in time.

    Parameters
    ----------
    focus_on
        Name or code of the municipality that the print map shows; None: all of the zone.
    given
        Layers and conditions, see ``Layers`` and ``Conditions``.

    Raises
    ------
    CrsError
        If the layers are not in one CRS in metres.
    AnalysisError
        If a scenario value makes no sense, nothing says where people are, or an account does not close.
    """
    plan = make_plan(**given)
    run = race(plan)
    focus = chosen_codes([focus_on] if focus_on else [], given["municipalities"], key="focus_on")
    result = _result(run, visitor_run(plan, conditions_of(given)))
    framed = replace(result, features={**result.features, "zone_edge": zone_edge(run, focus)})
    if not focus:
        return framed
    note = Note("evacuation.note_focus", {"municipality": focus_on})
    return replace(framed, params={**framed.params, "focus_on": focus_on}, notes=(*framed.notes, note))


def _result(run: Run, guests: Guests | None) -> Result:
    """Return the run as figures, maps, tables and words."""
    steps, params = street_steps(run), run.plan.scenario.params
    rows = coverage_rows(run.judged, run.origins, run.inundation) + refuge_rows(run) + cause_rows(run)
    rows += start_rows(run) + site_rows(run.sites, run.inundation)
    rows += street_rows(run, steps) + (visitor_rows(guests) if guests else [])
    summary = summary_frame(rows)
    tables = {
        "origins": origin_table(run),
        "causes": cause_table(run),
        "sites": site_table(run),
        "not_evaluated": gap_table(run),
    }
    return Result(
        name="evacuation",
        headline=headline(run, summary),
        features={**features(run, steps), **(visitor_layers(guests) if guests else {})},
        summary=summary,
        tables={**tables, **(visitor_tables(guests) if guests else {})},
        params=params,
        basis=run.plan.scenario.basis,
        assumptions=tuple(key for key in params if key in all_assumptions()),
        notes=(*notes(run, steps, summary), *run.plan.notes, *(guests.notes if guests else ())),
        charts=charts(run),
    )
