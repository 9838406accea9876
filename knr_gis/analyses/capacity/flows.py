"""Who goes where: the ways that the assignment uses, and what they ask of people."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.capacity.party import Party
from knr_gis.analyses.capacity.placing import NEAREST, OTHER, Placing
from knr_gis.analyses.capacity.sites import roofs
from knr_gis.analyses.evacuation.coverage import places_of
from knr_gis.analyses.inputs import Mask, Numbers
from knr_gis.network import Ints
from knr_gis.result import Blank

_SECONDS = 60.0
_NOBODY = 1e-9


def flow_frame(placing: Placing) -> gpd.GeoDataFrame:
    """Return straight lines from each origin to the sites where its persons are placed, the most on top."""
    parts = [_flows_of(placing, number) for number in range(len(placing.parties))]
    joined = pd.concat(parts, ignore_index=True)
    order = joined["persons"].sort_values(kind="stable").index
    return gpd.GeoDataFrame(joined.loc[order].reset_index(drop=True), crs=parts[0].crs)


def _flows_of(placing: Placing, number: int) -> gpd.GeoDataFrame:
    party, arcs, goals = placing.parties[number], placing.arcs, placing.parties[0].run.goals
    used, row = used_ways(placing, number)
    site, near = placing.rooms.main[arcs.site[used]], placing.rooms.main[placing.nearest[arcs.origin[used]]]
    judged, extra = party.run.judged.iloc[row], placing.extra_s[used]
    delay = party.run.plan.scenario.start_delay_min
    total = delay + arcs.cost_s[used] / _SECONDS
    columns = {
        "name": judged["name"].to_numpy(object),
        "party": np.full(len(used), party.kind, dtype=object),
        "municipality": judged["municipality"].to_numpy(object),
        "cap_placing": np.where(placing.at_nearest[used], NEAREST, OTHER),
        "assigned_site": goals["name"].to_numpy(object)[site],
        "assigned_municipality": goals["municipality"].to_numpy(object)[site],
        "nearest_site": goals["name"].to_numpy(object)[near],
        "persons": placing.assignment.flow_persons[used],
        "walk_min": arcs.cost_s[used] / _SECONDS,
        "total_min": total,
        "extra_min": extra / _SECONDS,
        "margin_min": judged["arrival_min"].to_numpy(float)
        - party.run.plan.scenario.safety_margin_min
        - total,
    }
    ends = [shapely.get_coordinates(f.geometry.to_numpy()) for f in (judged, goals.iloc[site])]
    lines = shapely.linestrings(np.stack(ends, axis=1)) if len(used) else []
    return gpd.GeoDataFrame(columns, geometry=list(lines), crs=goals.crs)


def used_ways(placing: Placing, number: int) -> tuple[Ints, Ints]:
    """Return the ways that persons of one party take, and the origin of each as a row of the party."""
    first, size = int(placing.start[number]), len(placing.parties[number])
    origin = placing.arcs.origin
    own = (origin >= first) & (origin < first + size) & (placing.assignment.flow_persons > _NOBODY)
    used = np.flatnonzero(own)
    return used, origin[used] - first


def flow_table(flows: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the flows as a table, those who are sent on first, by the persons that they are."""
    table = pd.DataFrame(flows.drop(columns="geometry"))
    ordered = table.assign(_sent=table["cap_placing"] == OTHER).sort_values(
        ["_sent", "persons"], ascending=False, kind="stable"
    )
    sent = ordered.pop("_sent")
    blank = {c: ordered[c].astype(object).where(sent, Blank.NOT_ASKED) for c in ("nearest_site", "extra_min")}
    return ordered.assign(**blank).reset_index(drop=True)


def flow_rows(placing: Placing, number: int, prefix: str = "cap") -> list[Row]:
    """Return what the places of a party are like: under a roof or not, in another town, how much farther."""
    party = placing.parties[number]
    used, row = used_ways(placing, number)
    persons, site = placing.assignment.flow_persons[used], placing.arcs.site[used]
    goals = party.run.goals.iloc[placing.rooms.main[site]]
    away = goals["muni_code"].to_numpy(object) != party.run.judged["muni_code"].to_numpy(object)[row]
    kinds = {f"placed_{key}": mask[site] for key, mask in roofs(placing).items()}
    rows: list[Row] = []
    for key, mask in {**kinds, "placed_elsewhere": away}.items():
        rows += _person_rows(party, row, np.where(mask, persons, 0.0), f"{prefix}_persons_{key}")
    return rows + _extra_rows(party, row, persons, placing.extra_s[used] / _SECONDS, prefix)


def _person_rows(party: Party, row: Ints, persons: Numbers, measure: str) -> list[Row]:
    """Return persons by the municipality that they come from."""
    if np.isnan(party.persons).all():
        return []
    run = party.run
    places = places_of(run.judged, run.inundation).knowing(run.judged, party.persons)
    sums = np.bincount(run.judged["muni"].to_numpy(int)[row], persons, minlength=len(run.inundation.codes))
    return places.line(sums.astype(float), measure, "人")


def _extra_rows(party: Party, row: Ints, persons: Numbers, extra_min: Numbers, prefix: str) -> list[Row]:
    """Return how many more minutes those walk who are sent past their nearest site: the mean and the most."""
    run, sent = party.run, extra_min > 0
    muni, places = run.judged["muni"].to_numpy(int)[row], places_of(run.judged, run.inundation)
    rows: list[Row] = []
    for k, (code, name) in enumerate(places.named):
        own: Mask = sent & ((muni == k) | (not code))
        if own.any():
            mean = float(np.average(extra_min[own], weights=persons[own]))
            rows.append((code, name, "", f"{prefix}_extra_min_mean", mean, "分"))
            rows.append((code, name, "", f"{prefix}_extra_min_most", float(extra_min[own].max()), "分"))
    return rows
