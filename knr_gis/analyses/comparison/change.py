"""What became of an origin from one scenario to the other."""

import numpy as np
from numpy.typing import NDArray

from knr_gis.analyses.evacuation.race import EVALUATED, REACHED
from knr_gis.analyses.evacuation.ways import NO_ROUTE
from knr_gis.analyses.inputs import Numbers

ABSENT = "absent"
LOST, GAINED = "lost", "gained"
IN_TIME_LESS, IN_TIME_SAME, IN_TIME_MORE = "in_time_less", "in_time_same", "in_time_more"
NOT_LESS, NOT_SAME, NOT_MORE = "not_less", "not_same", "not_more"
WAY_LOST, WAY_FOUND = "way_lost", "way_found"
ONLY_EVALUATED_A, ONLY_EVALUATED_B = "evaluated_only_in_a", "evaluated_only_in_b"
NOT_EVALUATED, ONLY_A, ONLY_B = "not_evaluated", "only_in_a", "only_in_b"
# The gravest first.
CHANGES = (
    LOST, WAY_LOST, NOT_LESS, NOT_SAME, NOT_MORE, WAY_FOUND, ONLY_EVALUATED_A, ONLY_EVALUATED_B,
    NOT_EVALUATED, ONLY_A, ONLY_B, GAINED, IN_TIME_LESS, IN_TIME_MORE, IN_TIME_SAME,
)  # fmt: skip
# The same state in both.
STAYS = (IN_TIME_LESS, IN_TIME_SAME, IN_TIME_MORE, NOT_LESS, NOT_SAME, NOT_MORE, NOT_EVALUATED)
_TIE = 1e-9

Codes = NDArray[np.object_]


def change_classes(status_a: Codes, status_b: Codes, margin_change_min: Numbers, band_min: float) -> Codes:
    """
    Return the class of each origin.

    Parameters
    ----------
    status_a, status_b
        Shape (n,): ``evac_status`` in both, ``absent`` where the origin is in one only.
    margin_change_min
        Shape (n,): NaN where there is no way in one of them.
    band_min
        Changes of the margin up to this count as none.
    """
    band = band_min + _TIE
    known_a, known_b = np.isin(status_a, EVALUATED), np.isin(status_b, EVALUATED)
    in_a, in_b = status_a == REACHED, status_b == REACHED
    no_way_a, no_way_b = status_a == NO_ROUTE, status_b == NO_ROUTE
    less, more = margin_change_min < -band, margin_change_min > band
    cases = [
        (status_b == ABSENT, ONLY_A), (status_a == ABSENT, ONLY_B),
        (~known_a & ~known_b, NOT_EVALUATED), (~known_b, ONLY_EVALUATED_A), (~known_a, ONLY_EVALUATED_B),
        (in_a & ~in_b, LOST), (~in_a & in_b, GAINED),
        (in_a & less, IN_TIME_LESS), (in_a & more, IN_TIME_MORE), (in_a, IN_TIME_SAME),
        (no_way_b & ~no_way_a, WAY_LOST), (no_way_a & ~no_way_b, WAY_FOUND),
        (less, NOT_LESS), (more, NOT_MORE),
    ]  # fmt: skip
    return np.select([case for case, _ in cases], [name for _, name in cases], NOT_SAME).astype(object)
