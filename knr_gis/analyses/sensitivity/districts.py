"""Districts: each place belongs to the nearest settlement of its municipality."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from knr_gis.analyses.inputs import by_dimension, shapes_of, texts
from knr_gis.analyses.inundation import Inundation, first_zone


@dataclass(frozen=True)
class Districts:
    """
    All districts.

    Parameters
    ----------
    frame
        Points with ``name``, ``muni`` (position), ``muni_code`` and ``municipality``: settlements, and where
        a municipality has none, a point inside it (then all of it is one district).
    """

    frame: gpd.GeoDataFrame

    def __len__(self) -> int:
        """Return the number of districts."""
        return len(self.frame)

    def of(self, places: gpd.GeoDataFrame) -> NDArray[np.intp]:
        """
        Return the district of each place, shape (n,).

        Parameters
        ----------
        places
            Points with ``muni``, in the CRS of the districts.
        """
        centre, muni = (
            shapely.get_coordinates(self.frame.geometry.to_numpy()),
            self.frame["muni"].to_numpy(int),
        )
        xy, own = shapely.get_coordinates(places.geometry.to_numpy()), places["muni"].to_numpy(int)
        found = np.full(len(places), -1, dtype=np.intp)
        for k in np.unique(own):
            here, near = np.flatnonzero(own == k), np.flatnonzero(muni == k)
            found[here] = near[cKDTree(centre[near]).query(xy[here])[1]]
        return found


def find_districts(
    settlements: gpd.GeoDataFrame | None, municipalities: gpd.GeoDataFrame, inundation: Inundation
) -> Districts:
    """Return the districts: settlement points by municipality, else the municipality itself."""
    points = None if settlements is None else by_dimension(settlements).get(0)
    places = gpd.GeoDataFrame({"name": []}, geometry=[], crs=municipalities.crs) if points is None else points
    muni = first_zone(shapes_of(places), inundation.land)
    inside = np.flatnonzero(muni >= 0)
    lone = np.setdiff1d(np.arange(len(inundation.codes)), muni)
    middles = municipalities.geometry.representative_point().to_numpy()[lone]
    rows = np.concatenate([muni[inside], lone]).astype(int)
    names = [texts(places, "name")[k] for k in inside] + [inundation.names[k] for k in lone]
    frame = gpd.GeoDataFrame({
        "name": names, "muni": rows, "muni_code": [inundation.codes[k] for k in rows],
        "municipality": [inundation.names[k] for k in rows],
    }, geometry=[*shapes_of(places)[inside], *middles], crs=municipalities.crs)  # fmt: skip
    return Districts(frame)
