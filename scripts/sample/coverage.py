"""Areas that meet without gap or overlap even after their coordinates have been rounded."""

import geopandas as gpd
import numpy as np
import shapely

from sample.plane import degrees_to_metres, to_degrees


def exact_partition(frame: gpd.GeoDataFrame, decimals: int) -> gpd.GeoDataFrame:
    """
    Return the frame with areas rebuilt from their boundaries on the grid of the written coordinates.

    Rounding moves corners that lie on a neighbour's edge, which leaves slivers; noding all boundaries
    on the grid itself and giving each face to one area leaves none.

    Parameters
    ----------
    frame
        Areas in metres that overlap by slivers at most.
    decimals
        Decimals of degrees in the file.
    """
    rounded = shapely.make_valid(np.array([to_degrees(area, decimals) for area in frame.geometry]))
    noded = shapely.union_all(shapely.boundary(rounded), grid_size=10.0**-decimals)
    faces = shapely.get_parts(shapely.polygonize([noded]))
    inside, owner = shapely.STRtree(rounded).query(shapely.point_on_surface(faces), predicate="within")
    first = np.full(len(faces), -1)
    first[inside[::-1]] = owner[::-1]
    areas = [shapely.union_all(faces[first == i]) for i in range(len(frame))]
    built = frame.assign(geometry=[degrees_to_metres(area) for area in areas])
    kept: gpd.GeoDataFrame = built[~built.geometry.is_empty].reset_index(drop=True)
    return kept
