"""The safety profile of a day: heights, depth classes, states, minutes on foot and margin by kilometre."""

from collections.abc import Sequence
from itertools import accumulate

import geopandas as gpd
import numpy as np

from knr_gis.analyses.tourism.fleeing import IN_TIME, NO_DATA, NO_WAY, OUTSIDE, TOO_LATE, Fled
from knr_gis.analyses.tourism.trip import Day, Trip
from knr_gis.display import shown
from knr_gis.result import Along, Band, Blank, Chart, Note
from knr_gis.texts import say

_KM = 1000.0
_ORDER = (OUTSIDE, NO_DATA, IN_TIME, TOO_LATE, NO_WAY)
_EVALUATED = (IN_TIME, TOO_LATE, NO_WAY)


def profile_charts(trip: Trip, fled: Fled) -> tuple[Chart, ...]:
    """Return one profile for each day that has a way."""
    charts = []
    for day in trip.days:
        steps = fled.steps[fled.steps["leg"].isin([leg.number for leg in day.legs])]
        if len(steps):
            charts.append(_chart(trip, fled, day, steps))
    return tuple(charts)


def _chart(trip: Trip, fled: Fled, day: Day, steps: gpd.GeoDataFrame) -> Chart:
    edges = np.append(0.0, np.cumsum((steps["to_m"] - steps["from_m"]).to_numpy(float))) / _KM
    along = Along(
        edges=tuple(edges.tolist()), title=say("safety.distance"), unit="km",
        lower={
            say("safety.line_walk"): _walked(steps, "walk_min"),
            say("safety.line_margin"): _walked(steps, "margin_min"),
        },
        lower_unit="分", bands=_bands(steps, fled), marks=_marks(trip, fled, day),
    )  # fmt: skip
    heights = tuple(steps["elevation_m"].astype(float))
    return Chart(
        id=f"safety_profile_{day.number}", title=Note("safety.profile_title", {"day": _day_name(day)}),
        kind="profile", labels=tuple(f"{place:.2f}" for place in edges[:-1]),
        series={say("safety.line_height"): heights}, unit="m", note=_note(day), along=along,
    )  # fmt: skip


def _day_name(day: Day) -> str:
    if day.on is None:
        return say("safety.day", number=day.number)
    return say("safety.day_on", number=day.number, date=day.on.isoformat())


def _note(day: Day) -> Note:
    lost = sum(not leg.found for leg in day.legs)
    return Note("safety.profile_gap", {"count": lost}) if lost else Note("safety.profile_note")


def _walked(steps: gpd.GeoDataFrame, column: str) -> tuple[float | Blank, ...]:
    """Return minutes where somebody must walk; unknown where that is unknown, not asked out of danger."""
    asked = {OUTSIDE: Blank.NOT_ASKED, NO_WAY: Blank.NOT_ASKED}
    pairs = zip(steps["state"], steps[column], strict=True)
    return tuple(asked.get(state, float("nan") if state == NO_DATA else float(v)) for state, v in pairs)


def _bands(steps: gpd.GeoDataFrame, fled: Fled) -> tuple[Band, ...]:
    outside, unknown = say("depth.outside"), say("depth.not_evaluated")
    classes = [] if fled.plan is None else fled.plan.inundation.classes
    depths = (outside, unknown, say("safety.in_gap"), say("safety.on_bridge"), *classes)
    states = tuple(shown("safety_state", state) for state in _ORDER)
    return (
        Band(say("safety.band_depth"), tuple(steps["depth_class"]), depths, (outside,), (unknown,)),
        Band(
            say("safety.band_state"), tuple(shown("safety_state", s) for s in steps["state"]), states,
            states[:1], states[1:2],
        ),
    )  # fmt: skip


def _marks(trip: Trip, fled: Fled, day: Day) -> tuple[tuple[float, str], ...]:
    """Return the stops where they lie on the axis; a leg without a way has no length on it."""
    lengths = [fled.courses[g.number].line.length if g.number in fled.courses else 0.0 for g in day.legs]
    places = [day.legs[0].start, *(leg.end for leg in day.legs)]
    names = [str(trip.places["name"].iloc[place]) for place in places]
    return tuple(
        (at / _KM, f"{number} {name}")
        for number, (at, name) in enumerate(_once(list(accumulate(lengths, initial=0.0)), names), 1)
    )


def _once(at: Sequence[float], names: Sequence[str]) -> list[tuple[float, str]]:
    """Return places and names; of one name at one place once."""
    pairs = list(zip(at, names, strict=True))
    return [pair for k, pair in enumerate(pairs) if k == 0 or pair != pairs[k - 1]]
