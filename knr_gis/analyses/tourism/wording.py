"""What a route run says in words."""

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.inputs import layer_title, listed, texts
from knr_gis.analyses.tourism.order import BestOrder
from knr_gis.analyses.tourism.route import Pace
from knr_gis.analyses.tourism.trip import Leg, Trip
from knr_gis.analyses.tourism.ways import INUNDATION, PROTECTION
from knr_gis.result import Note
from knr_gis.texts import say

_METRES, _HOUR = 1000.0, 60.0


def headline(trip: Trip) -> Note:
    """Return the route in one sentence; where a leg has no way, that comes first."""
    found = [leg for leg in trip.legs if leg.found]
    names = texts(trip.places, "name")
    stops = sum(visit.kind != "station" for day in trip.days for visit in day.visits[1:]) + 1
    metres = sum(leg.length_m for leg in found if leg.mode != "train")
    values = {
        "stops": stops, "first": names[trip.legs[0].start], "last": names[trip.legs[-1].end],
        "km": f"{metres / _METRES:,.1f}", "days": len(trip.days),
        "hours": f"{sum(leg.arrive_min - leg.depart_min for leg in found) / _HOUR:,.1f}",
    }  # fmt: skip
    lost = len(trip.legs) - len(found)
    if not found:
        return Note("tourism.headline_none", {"legs": len(trip.legs)})
    if lost:
        return Note("tourism.headline_gap", {**values, "lost": lost, "legs": len(trip.legs)})
    return Note("tourism.headline", values)


def route_notes(trip: Trip, pace: Pace, best: BestOrder | None) -> tuple[Note, ...]:
    """Return how order and days came about, and what was kept away from."""
    said = [] if best is None else [Note(f"route.note_{best.method}")]
    return (*said, *_nights(trip, pace), *_avoided(trip), Note("tourism.note_limits"))


def _nights(trip: Trip, pace: Pace) -> list[Note]:
    """Return where nights are spent without a lodging, and that days end at lodgings alone."""
    names, kinds = texts(trip.places, "name"), trip.places["kind"].tolist()
    ends = [day.visits[-1].place for day in trip.days[:-1]]
    without = [names[place] for place in ends if kinds[place] != "lodging"]
    said = []
    if without and pace.hours_per_day is not None:
        said.append(Note("route.note_hours", {"hours": f"{pace.hours_per_day:g}", "names": listed(without)}))
    elif without:
        said.append(Note("route.note_midnight", {"names": listed(without)}))
    if pace.hours_per_day is None:
        said.append(Note("route.note_lodging"))
    return said


def avoided_m(trip: Trip, leg: Leg) -> float:
    """Return the metres of a leg in what is to be avoided."""
    if leg.mode == "train" or not len(leg.edges):
        return 0.0
    return float((trip.setting.ways[leg.mode].avoided[leg.edges] * leg.edge_m).sum())


def _avoided(trip: Trip) -> list[Note]:
    """Return what was kept away from and how far that went; never that a route is safe."""
    avoid, how = trip.setting.conditions["avoid"], trip.setting.conditions["avoid_how"]
    if not avoid or how == "none":
        return []
    found = [leg for leg in trip.legs if leg.found]
    if not found:
        return []
    km = sum(avoided_m(trip, leg) for leg in found) / _METRES
    rules = {rule.rule_id: rule.name for rule in trip.setting.rules}
    named = rules | {PROTECTION: say("route.protection")}
    names = [named.get(entry) or layer_title(entry) for entry in avoid]
    said = [Note(f"route.note_avoid_{how}", {"names": listed(names), "km": f"{km:,.1f}"})]
    kept_out = "route.note_inundation" if km == 0 else "route.note_inundation_in"
    return [*said, *([Note(kept_out)] if INUNDATION in avoid else [])]


def route_rows(trip: Trip) -> list[Row]:
    """Return the kilometres within what is to be avoided, where something is."""
    if not trip.setting.conditions["avoid"]:
        return []
    metres = [avoided_m(trip, leg) for leg in trip.legs if leg.found]
    return [("", "", "", "route_avoided_km", sum(metres) / _METRES, "km")]
