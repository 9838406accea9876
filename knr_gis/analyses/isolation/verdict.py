"""What became of each settlement: flooded, isolated, both, neither, or not evaluated and why."""

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.inputs import Mask, Numbers
from knr_gis.analyses.isolation.broken import Broken, Parts
from knr_gis.analyses.isolation.homes import Homes
from knr_gis.analyses.isolation.placing import flags

FLOODED, ISOLATED, BOTH, NEITHER = "flooded", "isolated", "both", "neither"
ISOLATED_ZONE_UNKNOWN, ZONE_UNKNOWN = "isolated_zone_unknown", "zone_unknown"
NOT_CONNECTED_BEFORE, FAR = "not_connected_before", "far_from_road"
STATUSES = (
    BOTH, ISOLATED, ISOLATED_ZONE_UNKNOWN, FLOODED, NEITHER, ZONE_UNKNOWN, NOT_CONNECTED_BEFORE, FAR,
)  # fmt: skip
CUT_OFF = (BOTH, ISOLATED, ISOLATED_ZONE_UNKNOWN)
NOT_EVALUATED = (ZONE_UNKNOWN, NOT_CONNECTED_BEFORE, FAR)


def judge_homes(
    homes: Homes, broken: Broken, parts: Parts, *, snap_m: Numbers, zone_fails: bool
) -> gpd.GeoDataFrame:
    """
    Return the settlements with ``isolated``, ``iso_status``, ``snap_m`` and ``part`` of the network.

    The first places of ``broken`` are the settlements, in their order. A settlement whose own
    street fails has no way out and counts as isolated. ``isolated`` is unknown for a settlement
    that the network does not reach or that did not hang together with it before; where streets
    fail for lying in the zone (``zone_fails``), also for one that the hazard data does not cover
    and that is not cut off by what is known.
    """
    node = broken.places[: len(homes.frame)]
    far = node < 0
    joined = parts.joined[node] & ~far
    cut = parts.cut_off[node] & joined
    flooded = homes.frame["flooded"]
    status = _status(flooded, cut, far=far, joined=joined)
    open_ = ~joined | (flooded.isna().to_numpy(bool) & ~cut & zone_fails)
    return homes.frame.assign(
        isolated=flags(cut, ~open_),
        iso_status=status,
        snap_m=snap_m,
        part=np.where(far, -1, parts.after[node]),
    )


def _status(flooded: pd.Series, cut: Mask, *, far: Mask, joined: Mask) -> list[str]:
    """Return the state of each settlement: the first that holds."""
    wet, unknown = flooded.fillna(value=False).to_numpy(bool), flooded.isna().to_numpy(bool)
    states = [
        (far, FAR),
        (~joined, NOT_CONNECTED_BEFORE),
        (cut & unknown, ISOLATED_ZONE_UNKNOWN),
        (unknown, ZONE_UNKNOWN),
        (cut & wet, BOTH),
        (cut, ISOLATED),
        (wet, FLOODED),
    ]
    return list(np.select([mask for mask, _ in states], [state for _, state in states], default=NEITHER))
