"""What lies in two kinds of zones at once: fields by municipality and depth, or under two hazards."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from knr_gis.edges import Shapes
from knr_gis.overlay import measure, pieces, sizes_of
from knr_gis.zones import Zones

# A feature that lies in one zone but for this share of itself counts as lying in it wholly.
_WHOLE = 1e-12


def measure_both(shapes: Shapes, first: Zones, second: Zones) -> pd.DataFrame:
    """
    Return how much of each feature lies in each pair of zones.

    Parameters
    ----------
    shapes
        Shape ``(n,)``, in metres, all of one dimension.
    first, second
        Zones of two kinds; most features should lie in one zone of ``second`` (municipalities).

    Returns
    -------
    DataFrame
        Columns ``feature``, ``first``, ``second`` (positions) and ``amount`` as in ``measure``.
    """
    held = measure(shapes, first).rename(columns={"zone": "first"})
    feature = held["feature"].to_numpy(int)
    single = _only_zone(shapes, np.unique(feature), second)[feature]
    simple = held[single >= 0].assign(second=single[single >= 0])
    astride = np.unique(feature[single < 0])
    table = pd.concat([simple, _of_pieces(shapes, astride, first, second)], ignore_index=True)
    columns = ["feature", "first", "second", "amount"]
    return table[columns].sort_values(columns[:3], ignore_index=True)


def _only_zone(shapes: Shapes, chosen: NDArray[np.intp], zones: Zones) -> NDArray[np.intp]:
    """Return the zone that holds the whole of each chosen feature, -1 where none does; shape ``(n,)``."""
    table = measure(shapes[chosen], zones)
    row = table["feature"].to_numpy(int)
    whole = table["amount"].to_numpy() >= sizes_of(shapes[chosen])[row] * (1 - _WHOLE)
    zone = np.full(len(shapes), -1, dtype=np.intp)
    zone[chosen[row[whole]]] = table["zone"].to_numpy(int)[whole]
    return zone


def _of_pieces(shapes: Shapes, chosen: NDArray[np.intp], first: Zones, second: Zones) -> pd.DataFrame:
    """Return the same for features that lie in several zones: their pieces in the first, measured again."""
    cut = pieces(shapes[chosen], first)
    found = measure(np.asarray(cut["geometry"], dtype=object), second).rename(columns={"zone": "second"})
    row = found["feature"].to_numpy(int)
    feature = chosen[cut["feature"].to_numpy(int)[row]]
    return found.assign(feature=feature, first=cut["zone"].to_numpy(int)[row])
