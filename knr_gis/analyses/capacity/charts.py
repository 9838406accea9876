"""Charts of a capacity run: what becomes of the people of each municipality, and the sites most asked for."""

import geopandas as gpd
import numpy as np

from knr_gis.analyses.capacity.account import PERSONS, Account
from knr_gis.analyses.capacity.placing import NOT_EVALUATED, OUTCOMES
from knr_gis.display import shown
from knr_gis.result import Blank, Chart, Note
from knr_gis.texts import say

_PERCENT = 100.0
_MOST_SITES = 12


def charts(account: Account, sites: gpd.GeoDataFrame) -> tuple[Chart, ...]:
    """Return the charts that have anything to show."""
    return (*_outcome_chart(account), *_site_chart(sites))


def _outcome_chart(account: Account) -> list[Chart]:
    """Return the share of each outcome among the persons in the zone, by municipality."""
    whole = account.sums(PERSONS, OUTCOMES).sum(axis=1)
    there = np.flatnonzero(whole > 0)
    if not len(there):
        return []
    parts: dict[str, tuple[str, ...]] = {
        shown("cap_state", key): (key,) for key in OUTCOMES if key not in NOT_EVALUATED
    }
    parts[say("capacity.chart_not_evaluated")] = NOT_EVALUATED
    series: dict[str, tuple[float | Blank, ...]] = {}
    for name, outcomes in parts.items():
        share = account.sums(PERSONS, outcomes).sum(axis=1)[there] * _PERCENT / whole[there]
        if share.any():
            series[name] = tuple(float(value) for value in share)
    labels = tuple(account.party.run.inundation.names[k] for k in there)
    return [Chart("cap_outcomes", Note("capacity.chart_outcomes"), "stacked_bar", labels, series, "％")]


def _site_chart(sites: gpd.GeoDataFrame) -> list[Chart]:
    """Return room, comers and placed of the sites that would turn most people away."""
    away = sites[sites["turned_away_persons"] > 0]
    asked = away.sort_values("turned_away_persons", ascending=False, kind="stable").head(_MOST_SITES)
    if asked.empty:
        return []
    series: dict[str, tuple[float | Blank, ...]] = {
        say(f"capacity.chart_{key}"): tuple(float(value) for value in asked[f"{key}_persons"])
        for key in ("room", "wish", "load")
    }
    title = Note("capacity.chart_sites", {"count": len(asked)})
    return [Chart("cap_crowd", title, "bar", tuple(map(str, asked["name"])), series, "人")]
