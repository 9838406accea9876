"""What is at stake: the people of today's race, who is in time, and who could reach which candidate."""

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from knr_gis.analyses.capacity.arcs import MOST_ON_TERRAIN, arcs_in_time, quickest
from knr_gis.analyses.capacity.party import RESIDENTS, make_party
from knr_gis.analyses.capacity.rooms import count_rooms
from knr_gis.analyses.evacuation.race import EVALUATED, REACHED, Run
from knr_gis.analyses.inputs import Mask, Numbers
from knr_gis.analyses.siting.ask import Ask
from knr_gis.errors import AnalysisError
from knr_gis.network import Ints
from knr_gis.reaching import Arcs
from knr_gis.siting import Cover

PERSONS, ORIGINS = "persons", "origins"


@dataclass(frozen=True)
class Stakes:
    """
    The people of a run, counted.

    Parameters
    ----------
    kind
        ``persons``, or ``origins`` where the number of persons is nowhere known.
    amount
        Shape (n,): persons of each origin (unknown = 0), or 1 for each.
    evaluated
        Shape (n,): origins of which it could be told whether they are in time.
    """

    run: Run
    kind: str
    amount: Numbers
    evaluated: Mask

    @property
    def in_time(self) -> Mask:
        """Shape (n,): whether an origin reaches safety in time today, room aside."""
        return np.asarray(self.run.judged["evac_status"] == REACHED)

    @property
    def demand(self) -> Numbers:
        """Shape (n,): what is asked about at each origin."""
        return np.where(self.evaluated, self.amount, 0.0)


def find_stakes(run: Run) -> Stakes:
    """Return the people of a run."""
    persons, status = run.judged["persons"].to_numpy(float), run.judged["evac_status"].to_numpy(object)
    known = bool((~np.isnan(persons)).any()) or not len(persons)
    amount = np.nan_to_num(persons) if known else np.ones(len(persons))
    return Stakes(run, PERSONS if known else ORIGINS, amount, np.isin(status, EVALUATED))


@dataclass(frozen=True)
class Reach:
    """
    Who could be in time where.

    Parameters
    ----------
    cover
        Site 0 stands for all safety that has room for everybody (in time today, or the ways out of the zone);
        then, where their room counts, the existing sites; then the candidates.
    first
        Number of the first candidate.
    arcs
        Ways in time of all origins to the candidates, numbered from 0.
    unknown_room
        Number of existing sites that take nobody because their room is not known.
    """

    cover: Cover
    first: int
    arcs: Arcs
    unknown_room: int = 0


def find_reach(stakes: Stakes, places: gpd.GeoDataFrame, ask: Ask) -> Reach:
    """
    Return who reaches which candidate in time.

    Who is in time today asks for nothing, except where the room of the existing sites counts: then everybody
    asks for a place, and whoever can leave the zone in time needs none.

    Raises
    ------
    AnalysisError
        If people go over the terrain and there are too many places to search from each.
    """
    places = places.assign(site_id="")
    if stakes.kind == ORIGINS:
        places = places.assign(capacity_persons=np.inf)
    return _with_rooms(stakes, places, ask) if ask.count_room == "all" else _beside(stakes, places)


def best_first(reach: Reach, stakes: Stakes) -> Ints:
    """Return the candidates: those near enough to most who are not in time today, then the nearer."""
    count, arcs = int((~reach.cover.fixed).sum()), reach.arcs
    weight = np.where(stakes.in_time, 0.0, stakes.demand)[arcs.origin]
    persons = np.bincount(arcs.site, weight, minlength=count)
    seconds = np.bincount(arcs.site, weight * arcs.cost_s, minlength=count) / np.maximum(persons, 1e-9)
    return np.lexsort((np.arange(count), seconds, -persons)).astype(np.int64)


def reordered(reach: Reach, order: Ints) -> Reach:
    """Return the reach with the candidates in another order: of equal ones a solver takes the first."""
    number = np.empty_like(order)
    number[order] = np.arange(len(order))
    everywhere = np.concatenate([np.arange(reach.first), number + reach.first])
    cover, arcs = reach.cover, reach.cover.arcs
    moved = Arcs(arcs.origin, everywhere[arcs.site], arcs.cost_s)
    sites = np.concatenate([np.arange(reach.first), order + reach.first])
    ordered = moved.take(np.lexsort((moved.site, moved.origin)))
    own = Arcs(reach.arcs.origin, number[reach.arcs.site], reach.arcs.cost_s)
    room = cover.capacity_persons[sites]
    return replace(reach, cover=replace(cover, arcs=ordered, capacity_persons=room), arcs=own)


def _beside(stakes: Stakes, places: gpd.GeoDataFrame) -> Reach:
    """Return the reach where nobody who is in time today asks for a place."""
    arcs = _arcs(replace(stakes.run, goals=places))
    asks = arcs.take(~stakes.in_time[arcs.origin])
    safe = np.flatnonzero(stakes.in_time & stakes.evaluated)
    room = np.concatenate([[np.inf], places["capacity_persons"].to_numpy(float)])
    return Reach(_cover(stakes, safe, [(asks, 1)], room=room), 1, arcs)


def _with_rooms(stakes: Stakes, places: gpd.GeoDataFrame, ask: Ask) -> Reach:
    """Return the reach where existing sites have only so much room."""
    run = stakes.run
    rooms, today = count_rooms(run.goals, ask.room_rule), len(run.goals)
    both = gpd.GeoDataFrame(pd.concat([run.goals, places], ignore_index=True), crs=places.crs)
    party = make_party(RESIDENTS, _few(replace(run, goals=both)))
    old, new = party.arcs.take(party.arcs.site < today), party.arcs.take(party.arcs.site >= today)
    candidates = Arcs(new.origin, new.site - today, new.cost_s)
    first = 1 + len(rooms)
    safe = np.flatnonzero((party.gets_out | party.stays) & stakes.evaluated)
    room = np.concatenate([[np.inf], rooms.persons, places["capacity_persons"].to_numpy(float)])
    joined = [(quickest(old, rooms.of), 1), (candidates, first)]
    return Reach(
        _cover(stakes, safe, joined, room=room), first, candidates, int(np.isnan(rooms.persons).sum())
    )


def _arcs(run: Run) -> Arcs:
    return arcs_in_time(_few(run))


def _few(run: Run) -> Run:
    """Return the run; raise AnalysisError where the terrain would have to be searched too often."""
    if run.plan.ground is not None and len(run.goals) > MOST_ON_TERRAIN:
        raise AnalysisError("siting.terrain_too_many", count=len(run.goals), most=MOST_ON_TERRAIN)
    return run


def _cover(stakes: Stakes, safe: Ints, parts: list[tuple[Arcs, int]], *, room: Numbers) -> Cover:
    """Return the cover of ways that are numbered on from where each part begins."""
    origin = np.concatenate([safe, *(arcs.origin for arcs, _ in parts)])
    site = np.concatenate([np.zeros(len(safe)), *(arcs.site + start for arcs, start in parts)])
    cost = np.concatenate([np.zeros(len(safe)), *(arcs.cost_s for arcs, _ in parts)])
    order = np.lexsort((site, origin))
    arcs = Arcs(origin[order].astype(np.int64), site[order].astype(np.int64), cost[order])
    fixed: NDArray[np.bool_] = np.arange(len(room)) < parts[-1][1]
    return Cover(arcs, stakes.demand, room, fixed)
