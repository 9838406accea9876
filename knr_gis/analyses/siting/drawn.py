"""The answer as layers of a map."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from knr_gis.analyses.evacuation.race import REACHED
from knr_gis.analyses.evacuation.sites import USABLE
from knr_gis.analyses.evacuation.ways import NO_ROUTE, SITE_GOAL
from knr_gis.analyses.siting.choosing import Answer, Choice, first_row, is_usable
from knr_gis.analyses.siting.figures import left_causes
from knr_gis.analyses.siting.tables import KEPT_LISTS, chosen_frame
from knr_gis.texts import say

ALREADY, NEWLY, PARTLY, STILL = "already", "newly", "newly_part", "still"
_NOBODY = 1e-6
_ORIGIN_COLUMNS = ("name", "municipality", "depth_class", "persons", "site_effect", "still_cause",
                   "before_total_min", "total_min", "arrival_min", "site_name")  # fmt: skip
_SITE_COLUMNS = ("name", "municipality", "site_role", "depth_class", "capacity_persons")


def features(answer: Answer, ranked: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """Return candidates by what they bring, the chosen, the people, their ways, sites of today, the zone."""
    run = answer.stakes.run
    origins = _origins(answer)
    drawn = {
        "candidates": ranked.iloc[::-1].reset_index(drop=True),
        "refused": _refused(answer),
        "chosen_best": _marked(answer, answer.best, "A"),
        "chosen_fewest": _marked(answer, answer.fewest, "B"),
        "origins": origins,
        "routes": _routes(answer, origins),
        "sites": run.sites.loc[run.sites["site_role"].isin(USABLE), [*_SITE_COLUMNS, "geometry"]],
        "inundation": run.inundation.frame.drop(columns=["muni", "depth_rank"]),
    }
    if run.origins.areas is not None:
        drawn["origin_areas"] = gpd.GeoDataFrame(
            pd.DataFrame(origins.drop(columns="geometry")),
            geometry=run.origins.areas.to_numpy(),
            crs=origins.crs,
        )
    return drawn


def _refused(answer: Answer) -> gpd.GeoDataFrame:
    columns = ["name", "offer_type", "municipality", "candidate_state", "depth_class", "water_m",
               "floor_height_m", "storeys", "geometry"]  # fmt: skip
    told = ~is_usable(answer.candidates) & (answer.ask.candidates_from in KEPT_LISTS)
    return answer.candidates.loc[told, columns].reset_index(drop=True)


def _marked(answer: Answer, choice: Choice, letter: str) -> gpd.GeoDataFrame:
    """Return the chosen places with a mark to be read on the map."""
    frame = chosen_frame(answer, choice)
    order = np.arange(1, len(frame) + 1)
    marks = [say("siting.mark", letter=letter, order=k) for k in order]
    return frame.assign(build_order=order, site_mark=np.array(marks, dtype=object))


def _origins(answer: Answer) -> gpd.GeoDataFrame:
    """Return the origins with what answer A does to them."""
    before, after = answer.stakes.run.judged, answer.best.run.judged
    cause = left_causes(answer, answer.best.siting.after)
    told = before.assign(
        site_effect=site_effects(answer), still_cause=cause, before_total_min=before["total_min"],
        total_min=after["total_min"].to_numpy(), site_name=after["site_name"].to_numpy(),
    )  # fmt: skip
    return told[[*_ORIGIN_COLUMNS, "geometry"]]


def site_effects(answer: Answer) -> NDArray[np.object_]:
    """
    Return what answer A does to each origin, shape (n,).

    ``already`` in time before, ``newly`` in time, ``newly_part`` (no room for all of them), ``still`` late,
    ``no_route``, or not evaluated and why. Where the number of persons is not known, the race tells.
    """
    stakes, siting = answer.stakes, answer.best.siting
    status = stakes.run.judged["evac_status"].to_numpy(object)
    after = answer.best.run.judged["evac_status"].to_numpy(object) == REACHED
    silent = np.select([stakes.in_time, after], [ALREADY, NEWLY], default=STILL)
    more = siting.after.placed_persons - siting.before.placed_persons > _NOBODY
    whole = siting.after.left_persons <= _NOBODY
    asked = np.select([more & whole, more, whole], [NEWLY, PARTLY, ALREADY], default=STILL)
    effect = np.where(stakes.demand > 0, asked, silent)
    effect = np.where((effect == STILL) & (status == NO_ROUTE), NO_ROUTE, effect)
    return np.asarray(np.where(stakes.evaluated, effect, status), dtype=object)


def _routes(answer: Answer, origins: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the ways of those newly in time to the sites of answer A."""
    run, first = answer.best.run, first_row(answer.stakes.run.plan)
    row = np.append(run.goals["row"].to_numpy(int), -1)[run.ways.site]
    newly = np.isin(origins["site_effect"], (NEWLY, PARTLY)) & (run.ways.goal == SITE_GOAL) & (row >= first)
    newly &= ~shapely.is_missing(run.ways.lines)
    columns = ["name", "municipality", "persons", "site_name", "total_min", "arrival_min"]
    return gpd.GeoDataFrame(
        pd.DataFrame(origins.loc[newly, columns]), geometry=list(run.ways.lines[newly]), crs=origins.crs
    ).reset_index(drop=True)
