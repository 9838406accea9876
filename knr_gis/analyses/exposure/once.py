"""Ground and stretches that several features of a layer share: told, and counted once."""

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from knr_gis.analyses.inputs import Numbers, texts
from knr_gis.edges import Index
from knr_gis.overlaps import ground_once, overlap_of
from knr_gis.overlay import Shapes

# A square metre, or a metre: less is rounding of the data and is taken off without a word.
WORTH_TELLING = 1.0
_NAMES = ("polygon_id", "park_name", "line_name", "road_name", "name")


class Once(NamedTuple):
    """
    The features of a layer without what earlier ones hold already.

    Parameters
    ----------
    shapes
        Shape ``(n,)``; the very shapes that were given where nothing is shared.
    lost
        Square metres or metres that a plain sum would count too much.
    pairs
        Columns ``first``, ``second`` (positions) and ``amount`` that the two share, in the same unit.
    """

    shapes: Shapes
    lost: float
    pairs: pd.DataFrame


def areas_once(shapes: Shapes) -> Once:
    """Return polygons of which every place belongs to one, the first that holds it."""
    own = ground_once(shapes)
    if all(a is b for a, b in zip(own, shapes, strict=True)):
        return points_once(shapes)
    overlap = overlap_of(shapes)
    return Once(own, overlap.total_m2, overlap.pairs.rename(columns={"area_m2": "amount"}))


def lines_once(shapes: Shapes) -> Once:
    """
    Return lines without the straight stretches that an earlier line, or the line itself, has already.

    Stretches are the same where both of their ends are, as in data of one origin.
    """
    ends, owner = _stretches(shapes)
    table = pd.DataFrame(ends.reshape(-1, 4))
    again = table.duplicated().to_numpy()
    if not again.any():
        return points_once(shapes)
    earliest = table.assign(owner=owner).groupby(list(table))["owner"].transform("first").to_numpy()
    amount = np.hypot(*(ends[again, 1] - ends[again, 0]).T)
    pairs = pd.DataFrame({"first": earliest[again], "second": owner[again], "amount": amount})
    own = _without(shapes, ends[~again], owner[~again], np.unique(owner[again]))
    return Once(own, float(amount.sum()), pairs.groupby(["first", "second"], as_index=False)["amount"].sum())


def _without(shapes: Shapes, ends: Numbers, owner: Index, touched: Index) -> Shapes:
    """Return the lines, those touched made of the stretches that are left to them (``owner`` rises)."""
    own = shapes.copy()
    for row, start, end in zip(touched, *np.searchsorted(owner, [touched, touched + 1]), strict=True):
        own[row] = shapely.line_merge(shapely.multilinestrings(ends[start:end]))
    return own


def _stretches(shapes: Shapes) -> tuple[Numbers, Index]:
    """Return the stretches of lines, shape ``(m, 2, 2)``, the lesser end first, and whose they are."""
    single, source = shapely.get_parts(shapes, return_index=True)
    xy, line = shapely.get_coordinates(single, return_index=True)
    here = np.flatnonzero((line[1:] == line[:-1]) & (xy[1:] != xy[:-1]).any(axis=1))
    ends = np.stack([xy[here], xy[here + 1]], axis=1)
    turned = (ends[:, 0, 0] > ends[:, 1, 0]) | (
        (ends[:, 0, 0] == ends[:, 1, 0]) & (ends[:, 0, 1] > ends[:, 1, 1])
    )
    ends[turned] = ends[turned, ::-1]
    return ends, source[line[here]]


def points_once(shapes: Shapes) -> Once:
    """Return shapes that share nothing: two points at one place are two things."""
    return Once(shapes, 0.0, pd.DataFrame({"first": [], "second": [], "amount": []}))


ONCE = {0: points_once, 1: lines_once, 2: areas_once}


class Shared(NamedTuple):
    """What the features of a layer share: hectares or kilometres, and the pairs, the largest first."""

    layer: str
    amount: float
    unit: str
    pairs: pd.DataFrame


def shared_of(layer_id: str, dimension: int, frame: gpd.GeoDataFrame, once: Once) -> Shared:
    """Return who shares how much with whom, with the names or the numbers of the features."""
    told = np.array([f"#{row + 1}" for row in range(len(frame))], dtype=object)
    for column in _NAMES:
        given = np.array(texts(frame, column), dtype=object)
        told[given != ""] = given[given != ""]
    pairs = once.pairs[once.pairs["amount"] >= WORTH_TELLING]
    pairs = pairs.sort_values("amount", ascending=False, kind="stable")
    unit, factor = ("ha", 1e-4) if dimension > 1 else ("km", 1e-3)
    columns = {
        "layer": layer_id, "first_feature": told[pairs["first"].to_numpy(int)],
        "second_feature": told[pairs["second"].to_numpy(int)],
        "shared_value": pairs["amount"].to_numpy(float) * factor, "value_unit": unit,
    }  # fmt: skip
    return Shared(layer_id, once.lost * factor, unit, pd.DataFrame(columns, index=range(len(pairs))))


def shared_table(shared: list[Shared]) -> pd.DataFrame:
    """Return the pairs of all layers below one another."""
    return pd.concat([one.pairs for one in shared], ignore_index=True)
