"""How a plan was found, what it leaves out, and what it stands on that is not known."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.inputs import listed, texts
from knr_gis.analyses.tourism.part import Part
from knr_gis.analyses.tourism.planning import Plan
from knr_gis.analyses.tourism.spells import closed_between
from knr_gis.analyses.tourism.timetable import clock_text, date_text
from knr_gis.analyses.tourism.trip import Day, Trip, Visit
from knr_gis.analyses.tourism.wishes import NUMBERS
from knr_gis.display import shown
from knr_gis.result import Note
from knr_gis.texts import say
from knr_gis.values import normal_text

_PERCENT, _METRES = 100, 1000
_TRAIN = "train"
_PARTY = ["party_number", "day", "on_date", "stop_number", "name", "arrive", "begins", "leave"]
_TRIP_KEYS = ("date", "mode", "start_time", "trains", "avoid", "avoid_how")


def headline(plan: Plan) -> Note:
    """Return the plan in one sentence: what it must hold and does not, and how good it is known to be."""
    trip, tour = plan.trip, plan.tour
    stops = sum(visit.kind == "stop" for visit in trip.visits)
    missing = listed([texts(trip.places, "name")[row] for row in tour.missing])
    values = {
        "on": plan.board.dates[0].isoformat(), "days": len(trip.days), "stops": stops,
        "km": _kilometres(trip), "score": f"{tour.score:g}",
        "bound": f"{tour.bound:g}", "gap": f"{tour.gap * _PERCENT:.1f}",
        "missing": say("itinerary.headline_missing", names=missing) if missing else "",
    }  # fmt: skip
    return Note("itinerary.headline_optimal" if tour.gap == 0 else "itinerary.headline", values)


def _kilometres(trip: Trip) -> str:
    """Return the way on the road; trains, whose way is not known, are said to be left out."""
    road = f"{sum(leg.length_m for leg in trip.legs if leg.mode != _TRAIN) / _METRES:,.0f}"
    trains = any(leg.mode == _TRAIN for leg in trip.legs)
    return say("itinerary.headline_trains" if trains else "itinerary.headline_road", km=road)


def plan_part(plans: Sequence[Plan], *, lost: str = "") -> Part:
    """
    Return the search's account, the dropped places, and the plans of all parties.

    Parameters
    ----------
    plans
        One for each party, the first the one that is shown.
    lost
        Why further parties have no plan.
    """
    plan = plans[0]
    setting, wishes = plan.board.setting, plan.board.wishes
    dropped = plan.trip.dropped
    tables = {"dropped": dropped.reset_index(drop=True)}
    if len(plans) > 1:
        tables["parties"] = pd.DataFrame(_party_rows(plans), columns=_PARTY)
    gaps = [(say("itinerary.gap_parties"), lost, wishes.parties - len(plans))] if lost else []
    conditions = {key: setting.conditions[key] for key in (*_TRIP_KEYS, *setting.numbers_used)}
    return Part(
        features={k: frame for k, frame in _layers(plan).items() if len(frame)},
        tables=tables,
        rows=_rows(plan),
        notes=tuple(_notes(plan)) + setting.notes,
        gaps=[*gaps, *_gaps(plan)],
        params=conditions | wishes.params,
        assumptions=(*setting.numbers_used, *NUMBERS),
    )


def _layers(plan: Plan) -> dict[str, gpd.GeoDataFrame]:
    return {"dropped": _drawn(plan), "closures": _closures(plan)}


def _closures(plan: Plan) -> gpd.GeoDataFrame:
    """Return the roads that are closed at some hour of the plan's days, each with the days."""
    setting, problem = plan.board.setting, plan.problem
    ways, begin, end = setting.ways[setting.mode], problem.day_start_min[0], problem.day_end_min[0]
    closed = {on: closed_between(ways, on, float(begin), float(end)) for on in plan.board.dates}
    rules = [rule for rule in setting.rules if any(rule.rule_id in ids for ids in closed.values())]
    rows = [
        {
            "rule_name": rule.name or rule.rule_id, "road_name": rule.road_name,
            "closed_on": listed([date_text(on) for on, ids in closed.items() if rule.rule_id in ids]),
            "detour": rule.detour, "info_source": rule.info_source, "confirmed_on": rule.confirmed_on,
        }
        for rule in rules
    ]  # fmt: skip
    lines = [shapely.union_all(ways.network.lines[ways.rule_edges[rule.rule_id]]) for rule in rules]
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=lines, crs=plan.trip.places.crs)


def _drawn(plan: Plan) -> gpd.GeoDataFrame:
    """Return the places that are not in the plan as points."""
    dropped, places = plan.trip.dropped, plan.trip.places
    points = places.geometry.iloc[dropped.index].to_numpy()
    return gpd.GeoDataFrame(dropped.reset_index(drop=True), geometry=points, crs=places.crs)


def _rows(plan: Plan) -> list[Row]:
    """Return score, bound and gap, and how many places were dropped for which reason."""
    tour, reasons = plan.tour, Counter(plan.trip.dropped["drop_reason"])
    stops = sum(visit.kind == "stop" for visit in plan.trip.visits)
    figures = (
        ("plan_stops", stops, "件"), ("plan_dropped", sum(reasons.values()), "件"),
        ("plan_score", tour.score, "点"),
        ("plan_bound", tour.bound, "点"), ("plan_gap_percent", tour.gap * _PERCENT, "%"),
        ("plan_missing", len(tour.missing), "件"),
    )  # fmt: skip
    rows: list[Row] = [("", "", "", measure, float(value), unit) for measure, value, unit in figures]
    by_reason = sorted(reasons.items())
    return rows + [("", "", shown("drop_reason", k), "plan_dropped", float(n), "件") for k, n in by_reason]


def _stops(plan: Plan) -> Iterator[tuple[Day, Visit]]:
    for day in plan.trip.days:
        yield from ((day, visit) for visit in day.visits if visit.kind == "stop")


def _party_rows(plans: Sequence[Plan]) -> Iterator[tuple[Any, ...]]:
    """Yield every visit of every party."""
    for party, plan in enumerate(plans, start=1):
        names, number = texts(plan.trip.places, "name"), 0
        for day in plan.trip.days:
            for visit in day.visits[0 if number == 0 else 1 :]:
                number += 1
                clock = [clock_text(m) for m in (visit.arrive_min, visit.start_min, visit.leave_min)]
                yield (party, day.number, date_text(day.on), number, names[visit.place], *clock)


def _notes(plan: Plan) -> Iterator[Note]:
    """Yield what must be read beside the plan, the gravest first."""
    tour, names = plan.tour, texts(plan.trip.places, "name")
    if tour.missing:
        yield Note("itinerary.note_missing", {"names": listed([names[row] for row in tour.missing])})
    if tour.gap > 0:
        yield Note("itinerary.note_gap", {"gap": f"{tour.gap * _PERCENT:.1f}", "bound": f"{tour.bound:g}"})
    if not tour.told.get("in_time", True):
        yield Note("itinerary.note_time", {"seconds": f"{plan.board.wishes.seconds:g}"})
    yield Note("itinerary.note_limits")


def _gaps(plan: Plan) -> Iterator[tuple[str, str, object]]:
    """Yield of how many stops and nights something is not known that the plan stands on."""
    places, doors = plan.trip.places, plan.board.doors
    rows = [visit.place for _, visit in _stops(plan)]
    nights = [day.visits[-1].place for day in plan.trip.days if day.visits[-1].kind == "lodging"]
    told = {
        "months": sum("months_open" in doors.openings[row].unknown for row in rows),
        "hours": sum(bool({"opens", "closes"} & doors.openings[row].unknown) for row in rows),
        "stay": sum(math.isnan(places["stay_min"].iloc[row]) for row in rows),
        "indoor": sum(bool(places["indoor"].isna().iloc[row]) for row in rows),
        "guide": sum(not normal_text(places["guide_duty"].iloc[row]) for row in rows),
        "beds": sum(math.isnan(places["capacity_persons"].iloc[row]) for row in nights),
        "nights": sum("months_open" in doors.openings[row].unknown for row in nights),
    }
    for key, count in told.items():
        if count:
            yield say(f"itinerary.gap_{key}"), say(f"itinerary.gap_{key}_why"), count
