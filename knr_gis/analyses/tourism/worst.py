"""The gravest place of each leg, and the stretch around it."""

from typing import NamedTuple

import geopandas as gpd
import numpy as np

from knr_gis.analyses.inputs import texts
from knr_gis.analyses.tourism.fleeing import IN_TIME, NO_WAY, TOO_LATE, Fled
from knr_gis.analyses.tourism.trip import Trip

# The mildest first; places out of danger and without data have no part in it.
GRAVITY = (IN_TIME, TOO_LATE, NO_WAY)


class Worst(NamedTuple):
    """
    The gravest stretch of a leg.

    Parameters
    ----------
    row
        The gravest stretch judged: row of ``Fled.steps``.
    first, last
        Rows of the stretch around it: what follows without a break in the same state.
    road_name
        Of the roads along it, the longest first; empty where no name is known.
    """

    leg: int
    row: int
    first: int
    last: int
    state: str
    at_km: float
    from_km: float
    to_km: float
    road_name: str
    municipality: str


def worst_by_leg(fled: Fled, trip: Trip) -> list[Worst]:
    """Return the gravest stretch of each leg that comes into danger, in order of the legs."""
    frame = fled.steps[fled.steps["state"].isin(GRAVITY)]
    return [_around(fled, trip, _gravest(frame[frame["leg"] == leg])) for leg in frame["leg"].unique()]


def worst_of(found: list[Worst], fled: Fled) -> Worst | None:
    """Return the gravest of the whole trip."""
    if not found:
        return None
    row = _gravest(fled.steps.loc[[worst.row for worst in found]])
    return next(worst for worst in found if worst.row == row)


def _gravest(frame: gpd.GeoDataFrame) -> int:
    """Return the row of the gravest state, there of the least margin, there of the longest walk."""
    gravity = frame["state"].map(GRAVITY.index).to_numpy(int)
    margin = np.nan_to_num(frame["margin_min"].to_numpy(float), nan=np.inf)
    walk = np.nan_to_num(frame["walk_min"].to_numpy(float), nan=np.inf)
    return int(frame.index[np.lexsort((-walk, margin, -gravity))[0]])


def _around(fled: Fled, trip: Trip, row: int) -> Worst:
    steps = fled.steps
    leg, state = steps["leg"].to_numpy(int), steps["state"].to_numpy(object)
    same = (leg == leg[row]) & (state == state[row])
    breaks = np.flatnonzero(~same)
    first = int(breaks[breaks < row].max(initial=-1)) + 1
    last = int(breaks[breaks > row].min(initial=len(steps))) - 1
    part = steps.iloc[first : last + 1]
    return Worst(
        leg=int(leg[row]), row=row, first=first, last=last, state=str(state[row]),
        at_km=float(steps.iloc[row][["from_km", "to_km"]].astype(float).mean()),
        from_km=float(part["from_km"].iloc[0]), to_km=float(part["to_km"].iloc[-1]),
        road_name="・".join(_by_length(part, road_names(trip, part))),
        municipality="・".join(_by_length(part, part["municipality"].tolist())),
    )  # fmt: skip


def _by_length(part: gpd.GeoDataFrame, names: list[str]) -> list[str]:
    """Return the names along a stretch, the longest first."""
    length = (part["to_m"] - part["from_m"]).groupby(np.array(names, dtype=object)).sum()
    return [str(name) for name in length.sort_values(ascending=False, kind="stable").index if name]


def road_names(trip: Trip, part: gpd.GeoDataFrame) -> list[str]:
    """Return the name of the road under each stretch, empty where it has none."""
    names = [*texts(trip.setting.layers["roads"], "road_name"), ""]
    return [names[row] for row in part["road"]]
