"""The results of a capacity run as layers for the map and as tables."""

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.capacity.flows import flow_frame, flow_table, used_ways
from knr_gis.analyses.capacity.party import Party
from knr_gis.analyses.capacity.placing import HERE as STAYS
from knr_gis.analyses.capacity.placing import (
    LEFT_ZONE,
    NEAREST,
    OTHER,
    OUTCOMES,
    PERSONS_UNKNOWN,
    PLACED,
    STATES,
    Outcome,
    Placing,
)
from knr_gis.analyses.capacity.sites import site_table
from knr_gis.analyses.evacuation.causes import miss_causes
from knr_gis.analyses.inputs import Numbers
from knr_gis.result import Blank
from knr_gis.texts import say

_SECONDS = 60.0
_WITHOUT = tuple(key for key in OUTCOMES if key not in (*PLACED, STAYS))
_SHOWN = ("name", "party", "muni_code", "municipality", "depth_class", "persons", "cap_state", "left_cause",
          "placed_nearest_persons", "placed_other_persons", "left_zone_persons", "without_place_persons",
          "nearest_site", "nearest_min", "assigned_site", "extra_min", "arrival_min")  # fmt: skip
_CAUSE_COLUMNS = ["municipality", "muni_code", "cap_state", "left_cause"]


def features(
    placing: Placing, outcomes: tuple[Outcome, ...], sites: gpd.GeoDataFrame
) -> dict[str, gpd.GeoDataFrame]:
    """Return origins, the areas they stand for, flows, sites and the zone."""
    run, origins = placing.parties[0].run, origin_frame(placing, outcomes)
    drawn = {"origins": origins, "flows": flow_frame(placing), "sites": sites}
    areas = run.origins.areas
    if areas is not None:
        own = pd.DataFrame(origins.drop(columns="geometry")).iloc[: len(areas)]
        drawn["origin_areas"] = gpd.GeoDataFrame(own, geometry=areas.to_numpy(), crs=origins.crs)
    return {**drawn, "inundation": run.inundation.frame.drop(columns=["muni", "depth_rank"])}


def origin_frame(placing: Placing, outcomes: tuple[Outcome, ...]) -> gpd.GeoDataFrame:
    """Return the origins of all parties with what became of their persons."""
    frames = [_origins_of(placing, number, outcome) for number, outcome in enumerate(outcomes)]
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=frames[0].crs)


def _origins_of(placing: Placing, number: int, outcome: Outcome) -> gpd.GeoDataFrame:
    party, start = placing.parties[number], int(placing.start[number])
    own = slice(start, start + len(party))
    names = np.append(placing.parties[0].run.goals["name"].to_numpy(object)[placing.rooms.main], "")
    known = ~np.isnan(party.persons)
    persons = {key: np.where(known, value, np.nan) for key, value in outcome.persons.items()}
    without = np.sum([persons[key] for key in _WITHOUT if key != LEFT_ZONE], axis=0)
    told = party.run.judged.assign(
        party=party.kind,
        cap_state=outcome.state,
        left_cause=outcome.cause,
        placed_nearest_persons=persons[NEAREST],
        placed_other_persons=persons[OTHER],
        left_zone_persons=persons[LEFT_ZONE],
        without_place_persons=without,
        nearest_site=names[placing.nearest[own]],
        nearest_min=placing.nearest_s[own] / _SECONDS,
        **_assigned(placing, number, names),
    )
    return told[[*_SHOWN, *party.run.origins.ages, "geometry"]]


def _assigned(
    placing: Placing, number: int, names: np.ndarray[tuple[int], np.dtype[np.object_]]
) -> dict[str, object]:
    """Return for each origin where its persons are placed, and how much farther they go on average."""
    used, row = used_ways(placing, number)
    size, flow = len(placing.parties[number]), placing.assignment.flow_persons[used]
    sites = np.full(size, "", dtype=object)
    for k in np.lexsort((-flow, row)):
        name = names[placing.arcs.site[used[k]]]
        sites[row[k]] = say("capacity.comma").join([sites[row[k]], name]) if sites[row[k]] else name
    placed = np.bincount(row, flow, minlength=size)
    extra = np.bincount(row, flow * placing.extra_s[used] / _SECONDS, minlength=size)
    mean: Numbers = np.divide(extra, placed, out=np.full(size, np.nan), where=placed > 0)
    return {"assigned_site": sites, "extra_min": mean}


def tables(
    placing: Placing, outcomes: tuple[Outcome, ...], layers: dict[str, gpd.GeoDataFrame]
) -> dict[str, pd.DataFrame]:
    """Return the tables of a run: who is left over and why, the sites, the flows, the origins."""
    return {
        "left_over": left_over_table(placing.parties, outcomes),
        "cap_sites": site_table(layers["sites"]),
        "cap_flows": flow_table(layers["flows"]),
        "cap_origins": _origin_table(layers["origins"]),
    }


def _origin_table(origins: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the origins as a table, the gravest first, of these the most persons first."""
    table = pd.DataFrame(origins.drop(columns="geometry"))
    rank = table["cap_state"].map(STATES.index)
    table = table.assign(_rank=rank, _less=-table["without_place_persons"]).sort_values(
        ["_rank", "_less"], kind="stable"
    )
    table = table.drop(columns=["_rank", "_less"]).reset_index(drop=True)
    asked = {c: table[c] != "" for c in ("left_cause", "assigned_site")}
    asked |= {"extra_min": table["extra_min"].notna()}
    asked |= dict.fromkeys(("nearest_site", "nearest_min"), table["nearest_min"].notna())
    return table.assign(
        **{c: table[c].astype(object).where(mask, Blank.NOT_ASKED) for c, mask in asked.items()}
    )


def left_over_table(parties: tuple[Party, ...], outcomes: tuple[Outcome, ...]) -> pd.DataFrame:
    """
    Return those without a place by municipality, what became of them, and why.

    Columns ``persons`` (of those known) and ``origins``; origins of unknown persons stand by themselves.
    """
    frames = [_left_of(party, outcome) for party, outcome in zip(parties, outcomes, strict=True)]
    joined = pd.concat(frames, ignore_index=True)
    grouped = joined.groupby(["muni", *_CAUSE_COLUMNS, "party", "_rank"], sort=True)
    table = grouped.agg(
        persons=("persons", lambda p: p.sum(min_count=1)), origins=("persons", "size")
    ).reset_index()
    table = table.sort_values(["muni", "_rank"], kind="stable", ignore_index=True)
    return table[[*_CAUSE_COLUMNS, "party", "persons", "origins"]]


def _left_of(party: Party, outcome: Outcome) -> pd.DataFrame:
    """Return a row for each origin and outcome with persons without a place, or of unknown persons."""
    unknown, missed = np.isnan(party.persons), miss_causes(party.run)
    silent = np.flatnonzero(unknown & (outcome.state != STAYS))
    told = [np.flatnonzero(outcome.persons[key] > 0) for key in _WITHOUT]
    row = np.concatenate([*told, silent])
    keys = [np.full(len(own), key, dtype=object) for key, own in zip(_WITHOUT, told, strict=True)]
    persons = [outcome.persons[key][own] for key, own in zip(_WITHOUT, told, strict=True)]
    why = np.where(outcome.state == PERSONS_UNKNOWN, PERSONS_UNKNOWN, missed)
    table = (
        pd.DataFrame(party.run.judged)[["muni", "muni_code", "municipality"]].iloc[row].reset_index(drop=True)
    )
    state = np.concatenate([*keys, outcome.state[silent]])
    return table.assign(
        cap_state=state,
        left_cause=np.concatenate([outcome.cause[row[: len(row) - len(silent)]], why[silent]]),
        party=party.kind,
        persons=np.concatenate([*persons, np.full(len(silent), np.nan)]),
        _rank=[STATES.index(key) for key in state],
    )
