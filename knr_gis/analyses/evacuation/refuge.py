"""Where those who are in time end up: under a roof, in the open, or where they stood."""

import numpy as np
from numpy.typing import NDArray

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.evacuation.counted import count_states
from knr_gis.analyses.evacuation.race import REACHED, Run
from knr_gis.analyses.evacuation.ways import SITE_GOAL
from knr_gis.analyses.inputs import is_false, is_true

# Beside these the kinds of goal that are no site (exit, here, ...) stand for themselves.
INDOOR, OUTDOOR, OUTDOOR_UNKNOWN = "indoor", "outdoor", "outdoor_unknown"
PLACES = (INDOOR, OUTDOOR, OUTDOOR_UNKNOWN, "exit", "here")


def goal_places(run: Run) -> NDArray[np.object_]:
    """
    Return what kind of place each way leads to, shape (n,); empty where there is no way.

    A site of which it is not known whether it has a roof is a state of its own: in winter the cold decides.
    """
    indoor, outdoor = is_true(run.goals, "indoor"), is_false(run.goals, "indoor")
    kinds = np.select([indoor, outdoor], [INDOOR, OUTDOOR], default=OUTDOOR_UNKNOWN).astype(object)
    at_site = run.ways.goal == SITE_GOAL
    return np.asarray(np.where(at_site, np.append(kinds, "")[run.ways.site], run.ways.goal), dtype=object)


def refuge_rows(run: Run) -> list[Row]:
    """Return those who are in time by the kind of place that they reach; the parts add up to all of them."""
    reached = run.judged["evac_status"].to_numpy(object) == REACHED
    places = np.where(reached, goal_places(run), "")
    counts = count_states(run, places, PLACES, reached)
    measures = [f"reached_{place}" for place in PLACES]
    return [row for count in counts for row in count.rows(measures, [""] * len(PLACES))]
