"""What a route run says in words."""

import geopandas as gpd
import pandas as pd

from knr_gis.analyses.inputs import listed
from knr_gis.display import shown
from knr_gis.result import Note
from knr_gis.routing import Reach
from knr_gis.texts import say


def headline(legs: gpd.GeoDataFrame, stops: gpd.GeoDataFrame) -> Note:
    """Return the route in one sentence; where a leg has no route, that comes first."""
    lost = legs[legs["leg_status"] != Reach.REACHED]
    values = {
        "stops": len(stops), "first": stops["name"].iloc[0], "last": stops["name"].iloc[-1],
        "km": f"{legs['leg_km'].sum():,.1f}", "hours": f"{legs['leg_min'].sum() / 60:,.1f}",
    }  # fmt: skip
    if len(lost):
        return Note("tourism.headline_gap", {**values, "lost": len(lost), "legs": len(legs)})
    return Note("tourism.headline", values)


def notes(legs: gpd.GeoDataFrame) -> tuple[Note, ...]:
    """Return what must be read beside the route, the gravest first."""
    lost = legs[legs["leg_status"] != Reach.REACHED]
    said = [Note("tourism.note_gap", {"names": listed([_leg_name(leg) for leg in lost.itertuples()])})]
    limits = (Note("tourism.note_snap"), Note("tourism.note_limits"))
    return (*said, *limits) if len(lost) else limits


def gap_table(legs: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the legs without a route: columns ``what``, ``reason``, ``count``."""
    lost = legs[legs["leg_status"] != Reach.REACHED]
    rows = [(_leg_name(leg), shown("leg_status", leg.leg_status), pd.NA) for leg in lost.itertuples()]
    return pd.DataFrame(rows, columns=["what", "reason", "count"])


def _leg_name(leg: tuple[object, ...]) -> str:
    return say("tourism.leg", start=leg.from_name, end=leg.to_name)  # type: ignore[attr-defined]
