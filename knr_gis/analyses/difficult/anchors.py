"""The places that the ground belongs to: streets in short steps, or squares where there are no streets."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import shapely

from knr_gis.analyses.difficult.ground import Ground
from knr_gis.analyses.evacuation.segments import STEP_M, even_steps
from knr_gis.analyses.inputs import Mask, Numbers
from knr_gis.network import Network
from knr_gis.overlay import Shapes, make_zones, pieces

# More squares than this are made larger instead: on the ground, and in the rectangle around it.
_MOST_SQUARES, _MOST_AROUND = 100_000, 1_000_000


@dataclass(frozen=True)
class Anchors:
    """
    Places with a way to safety; each stands for the ground that is nearest to its middle.

    Parameters
    ----------
    ends
        Shape (n, 2, 2): both ends of a step of street; twice the middle of a square.
    streets
        Whether people walk from the ground to a street; False: a square stands for all of its ground.
    side_m
        Of the squares, as large as the ground needs it; 0 where there are streets.
    """

    ends: Numbers
    streets: bool
    side_m: float = 0.0

    def __len__(self) -> int:
        """Return the number of places."""
        return len(self.ends)

    @cached_property
    def middle(self) -> Numbers:
        """Shape (n, 2)."""
        return np.asarray(self.ends.mean(axis=1))

    @cached_property
    def shapes(self) -> Shapes:
        """Shape (n,): the steps as lines, the squares as points."""
        found: Shapes = shapely.linestrings(self.ends) if self.streets else shapely.points(self.middle)
        return found


def street_anchors(network: Network, shut: Mask, ground: Ground, limit_m: float) -> Anchors:
    """
    Return the streets near the ground in steps of at most 25 m; of those in one place the first.

    Parameters
    ----------
    shut
        Shape (E,): edges that nobody sets out from (fallen bridges).
    """
    count = np.where(shut, 0, np.ceil(network.length_m / STEP_M)).astype(np.int64)
    edge, start, end = even_steps(count)
    ends = np.stack([network.at(edge, share) for share in (start, end)], axis=1)
    near = _near(ends.mean(axis=1), ground, limit_m)
    twice = pd.DataFrame(ends[near].mean(axis=1).round(2)).duplicated().to_numpy()
    return Anchors(ends[near[~twice]], streets=True)


def square_anchors(ground: Ground, cell_m: float) -> Anchors:
    """Return the middles of squares that cover the ground; larger ones where there would be too many."""
    walked = ground.parts[ground.walked]
    if not len(walked):
        return Anchors(np.empty((0, 2, 2)), streets=False, side_m=cell_m)
    x0, y0, x1, y1 = shapely.total_bounds(walked)
    areas = (shapely.area(walked).sum() / _MOST_SQUARES, (x1 - x0) * (y1 - y0) / _MOST_AROUND)
    side = max(cell_m, float(np.sqrt(max(areas))))
    x, y = np.arange(x0 + side / 2, x1 + side / 2, side), np.arange(y0 + side / 2, y1 + side / 2, side)
    middle = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    middle = middle[_near(middle, ground, side * 0.71)]
    return Anchors(np.stack([middle, middle], axis=1), streets=False, side_m=side)


def _near(places: Numbers, ground: Ground, limit_m: float) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Return which places lie within a distance of ground that people walk from."""
    tree = shapely.STRtree(ground.parts[ground.walked])
    found = tree.query_nearest(shapely.points(places), max_distance=limit_m, all_matches=False)[0]
    return np.unique(found)


def allot(anchors: Anchors, ground: Ground) -> pd.DataFrame:
    """
    Return the walked ground cut by the anchor that it is nearest to.

    Returns
    -------
    DataFrame
        Columns ``anchor``, ``part`` (of the ground) and ``geometry``; ground without any anchor has -1.
    """
    walked = ground.walked
    if not len(anchors):
        whole = {"anchor": np.full(len(walked), -1), "part": walked, "geometry": ground.parts[walked]}
        return pd.DataFrame(whole)
    around = shapely.box(*shapely.total_bounds(ground.parts)).buffer(1.0)
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(anchors.middle), extend_to=around, ordered=True)
    )
    zones = make_zones(ground.parts[walked])
    cut = pieces(cells, zones)
    return pd.DataFrame({
        "anchor": cut["feature"], "part": walked[cut["zone"].to_numpy(int)], "geometry": cut["geometry"],
    })  # fmt: skip
