"""The rules sheet of a trip: park zones and wetlands on it, rules of the road, duties at its stops."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.conflict.gather import everywhere
from knr_gis.analyses.conflict.layered import Layered, areas_of, layered
from knr_gis.analyses.conflict.rules import rules_as_of
from knr_gis.analyses.inputs import layer_title, shapes_of
from knr_gis.analyses.inundation import first_zone
from knr_gis.analyses.tourism.part import Part
from knr_gis.analyses.tourism.road_sheet import road_gaps, road_table
from knr_gis.analyses.tourism.safety_tables import leg_name
from knr_gis.analyses.tourism.timetable import why_lost
from knr_gis.analyses.tourism.trip import Leg, Trip
from knr_gis.analyses.tourism.visit_sheet import visit_table
from knr_gis.display import shown
from knr_gis.overlay import pieces
from knr_gis.result import Blank, Note
from knr_gis.texts import say

__all__ = ["rules_part"]

ZONES = ("national_parks", "ramsar_wetlands")
_KM = 1000.0
_RULE = ("rule_duty", "rule_authority", "rule_law", "rule_what", "rule_source")


def rules_part(trip: Trip) -> Part:
    """
    Return what applies along a trip: by park zone and wetland, by stretch of road, by place visited.

    Which rule a zone has stands in ``analyses/conflict/rules.toml``; where zones overlap, the strictest.
    A layer that is not there is a gap, never "nothing applies".
    """
    zones = [zone for layer in ZONES if (zone := _zone(trip, layer)) is not None]
    crossed = _crossed(trip, zones)
    return Part(
        features={"rule_stretches": _drawn(crossed, trip)} if len(crossed) else {},
        tables={
            "zone_rules": _rule_table(crossed, _visited(trip, zones)),
            "road_rules": road_table(trip), "visit_rules": visit_table(trip),
        },
        rows=_rows(trip, crossed, zones),
        notes=_notes(trip, zones),
        gaps=_gaps(trip, zones),
    )  # fmt: skip


def _zone(trip: Trip, layer_id: str) -> Layered | None:
    frame = trip.setting.layers.get(layer_id)
    if frame is None or areas_of(frame).empty:
        return None
    return layered(layer_id, frame, everywhere(1), within_m=0.0)


def _road_legs(trip: Trip) -> list[Leg]:
    """Return the legs whose line is the way itself; a train is drawn straight from station to station."""
    return [leg for leg in trip.legs if leg.line is not None and leg.mode != "train"]


def _crossed(trip: Trip, zones: list[Layered]) -> pd.DataFrame:
    """Return each leg in each zone: the leg, the kilometres, the rule, the line."""
    legs = _road_legs(trip)
    lines = np.array([leg.line for leg in legs], dtype=object)
    rows: list[dict[str, Any]] = []
    for zone in zones:
        for cut in pieces(lines, zone.zones).itertuples(index=False) if len(lines) else ():
            leg = legs[int(cut.feature)]
            rows.append({
                "day": leg.day, "stop_number": leg.number, "rule_subject": leg_name(trip, leg),
                "way_km": float(cut.amount) / _KM, "geometry": cut.geometry, **_of_zone(zone, int(cut.zone)),
            })  # fmt: skip
    return _joined(pd.DataFrame(rows))


def _joined(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the pieces of one leg in zones of one name and class as one, the strictest first."""
    if not len(rows):
        return rows
    keys = [c for c in rows.columns if c not in ("way_km", "geometry")]
    frame = gpd.GeoDataFrame(rows, geometry="geometry")
    merged = frame.dissolve(by=keys, aggfunc={"way_km": "sum"}, dropna=False).reset_index()
    return merged.sort_values(["stop_number", "rank", "zone_name"], kind="stable").reset_index(drop=True)


def _of_zone(zone: Layered, k: int) -> dict[str, Any]:
    rule = zone.rules[k]
    return {
        "zone_layer": zone.layers[k], "zone_name": zone.names[k], "zone_group": zone.labels[k],
        "rank": rule.rank, "rule_duty": rule.duty, "rule_authority": rule.authority, "rule_law": rule.law,
        "rule_what": rule.what, "rule_source": rule.source, "verified": rule.verified,
    }  # fmt: skip


def _visited(trip: Trip, zones: list[Layered]) -> pd.DataFrame:
    """Return each place visited in each zone."""
    seen = {visit.place: day.number for day in reversed(trip.days) for visit in day.visits}
    places = sorted(seen, key=lambda place: seen[place])
    points = shapes_of(trip.places.iloc[places])
    rows = [
        {"day": seen[place], "rule_subject": str(trip.places["name"].iloc[place]), **_of_zone(zone, int(k))}
        for zone in zones
        for place, k in zip(places, first_zone(points, zone.zones), strict=True)
        if k >= 0
    ]
    return pd.DataFrame(rows)


def _rule_table(crossed: pd.DataFrame, visited: pd.DataFrame) -> pd.DataFrame:
    """Return legs in zones and places in zones as one table, with the rule and where it is from."""
    parts = [part.drop(columns="geometry", errors="ignore") for part in (crossed, visited) if len(part)]
    columns = [
        "day", "stop_number", "rule_subject", "way_km", "zone_layer", "zone_name", "zone_group", *_RULE,
        "rule_verified", "rule_as_of",
    ]  # fmt: skip
    if not parts:
        return pd.DataFrame(columns=columns)
    table = pd.concat(parts, ignore_index=True)
    said = {True: say("difficult.confirmed"), False: say("difficult.needs_confirming")}
    table["rule_verified"] = table["verified"].map(said)
    table["rule_as_of"] = rules_as_of()
    table["zone_layer"] = table["zone_layer"].map(layer_title)
    for column, kind in (("stop_number", int), ("way_km", float)):
        kept = table[column] if column in table else [np.nan] * len(table)
        table[column] = pd.Series(
            [Blank.NOT_ASKED if np.isnan(v) else kind(v) for v in kept], table.index, dtype=object
        )
    for column in _RULE[1:]:
        table[column] = table[column].astype(object).where(table[column] != "", Blank.NOT_ASKED)
    return table[columns]


def _drawn(crossed: pd.DataFrame, trip: Trip) -> gpd.GeoDataFrame:
    """Return the stretches of the legs in zones for the map."""
    shown_ = crossed.assign(zone_layer=crossed["zone_layer"].map(layer_title))
    return gpd.GeoDataFrame(
        shown_.drop(columns=["rank", "verified"]), geometry="geometry", crs=trip.setting.crs
    )


def _rows(trip: Trip, crossed: pd.DataFrame, zones: list[Layered]) -> list[Row]:
    """Return the kilometres in each kind of zone by class, and those outside: together the way."""
    whole = sum(leg.length_m for leg in _road_legs(trip)) / _KM
    rows: list[Row] = []
    for zone in zones:
        part = crossed[crossed["zone_layer"] == zone.id] if len(crossed) else crossed
        sums = part.groupby("zone_group")["way_km"].sum() if len(part) else pd.Series(dtype=float)
        measure = f"way_km_{zone.id}"
        rows += [("", "", label, measure, float(sums.get(label, 0.0)), "km") for label in zone.groups]
        outside = max(whole - float(sums.sum()), 0.0)
        rows.append(("", "", say("conflict.outside"), measure, outside, "km"))
        rows.append(("", "", "", measure, whole, "km"))
    return rows


def _notes(trip: Trip, zones: list[Layered]) -> tuple[Note, ...]:
    said = []
    unread = len({rule for zone in zones for rule in zone.rules if not rule.verified})
    if zones:
        said.append(Note("rules_sheet.note_rules", {"count": unread, "date": rules_as_of()}))
        said.append(Note("rules_sheet.note_passing"))
    if any(zone.id == "national_parks" for zone in zones):
        said.append(Note("conflict.note_parks"))
    if trip.setting.rules:
        said.append(Note("rules_sheet.note_roads"))
    return (*said, Note("rules_sheet.note_limits"))


def _gaps(trip: Trip, zones: list[Layered]) -> list[tuple[str, str, object]]:
    """Return which layers were not there, and which legs no rule was looked for on."""
    have = {zone.id for zone in zones}
    rows: list[tuple[str, str, object]] = [
        (layer_title(layer), say("rules_sheet.gap_layer"), pd.NA) for layer in ZONES if layer not in have
    ]
    lost = [leg for leg in trip.legs if leg not in _road_legs(trip)]
    rows += [(leg_name(trip, leg), say("rules_sheet.gap_leg", state=_why(leg)), pd.NA) for leg in lost]
    return rows + road_gaps(trip)


def _why(leg: Leg) -> str:
    return shown("leg_mode", leg.mode) if leg.found else why_lost(leg)
