"""Points over the municipalities and the hazard: where they lie and whether that is in the zone."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from knr_gis.analyses.inputs import Mask, shapes_of
from knr_gis.analyses.inundation import Inundation, first_zone
from knr_gis.texts import say


@dataclass(frozen=True, eq=False)
class Placed:
    """
    Where points lie.

    Parameters
    ----------
    muni, zone
        Shape (n,): position of the municipality, and row of ``Inundation.frame``; -1 where in none.
    known
        Shape (n,): whether the hazard data says if the point is in the zone.
    """

    muni: NDArray[np.intp]
    zone: NDArray[np.intp]
    known: Mask
    inundation: Inundation

    @property
    def wet(self) -> Mask:
        """Shape (n,): points known to lie in the zone."""
        return np.asarray(self.zone >= 0)

    def columns(self) -> dict[str, object]:
        """Return ``muni_code``, ``municipality``, ``flooded`` and ``depth_class``."""
        depth = np.where(self.known, say("depth.outside"), say("depth.not_evaluated")).astype(object)
        depth[self.wet] = self.inundation.frame["depth_class"].to_numpy(object)[self.zone[self.wet]]
        return {
            "muni_code": np.append(self.inundation.codes, "")[self.muni],
            "municipality": np.append(self.inundation.names, "")[self.muni],
            "flooded": flags(self.wet, self.known),
            "depth_class": depth,
        }


def place_points(points: gpd.GeoDataFrame, inundation: Inundation) -> Placed:
    """Return where points lie; one on a municipal border belongs where it is wet."""
    shapes = shapes_of(points)
    zone, muni = first_zone(shapes, inundation.zones), first_zone(shapes, inundation.land)
    wet = zone >= 0
    muni[wet] = inundation.frame["muni"].to_numpy(int)[zone[wet]]
    return Placed(muni, zone, wet | np.append(inundation.covered, False)[muni], inundation)


def flags(value: Mask, known: Mask) -> pd.arrays.BooleanArray:
    """Return true, false or, where it is not known, unknown."""
    return pd.arrays.BooleanArray(np.array(value, dtype=bool), ~known)


def as_points(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the features with a place as points: areas and lines by a point inside them."""
    placed = frame[~(frame.geometry.isna() | frame.geometry.is_empty)].reset_index(drop=True)
    return placed.set_geometry(placed.geometry.representative_point())
