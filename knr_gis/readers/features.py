"""Features of one layer of a file, streamed through a box; only what touches it is held."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import fiona
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from knr_gis.crs import JGD2011, Bounds, transform_bounds
from knr_gis.errors import CrsError
from knr_gis.readers.coordinates import JAPAN
from knr_gis.readers.ksj_gml import read_ksj
from knr_gis.readers.sources import Source, decoded, open_layer

_EVERYWHERE: Bounds = (-1e12, -1e12, 1e12, 1e12)


@dataclass(frozen=True)
class Rows:
    """
    What was read of one layer.

    Parameters
    ----------
    frame
        Features with a shape that touch the box.
    n_empty
        Features of the whole layer that have no shape.
    n_swapped
        Features kept whose latitude and longitude were exchanged and have been mended.
    n_impossible
        Features dropped because no such place exists in the CRS.
    extent
        Bounds of the whole layer as text; empty if there are none.
    """

    frame: gpd.GeoDataFrame
    n_empty: int
    n_swapped: int
    n_impossible: int
    extent: str


def read_rows(source: Source, crs: CRS, bounds: Bounds | None) -> Rows:
    """
    Return the features of a layer that touch a box.

    Parameters
    ----------
    crs
        CRS of the coordinates.
    bounds
        Box in longitude and latitude (EPSG:6668); None returns everything.

    Raises
    ------
    CrsError
        If the coordinates as a whole cannot be in the CRS.
    """
    extent = source.extent
    if extent is not None:
        _require_possible(extent, crs, source.name)
    boxes = _boxes(bounds, crs, extent)
    frame, n_empty = _read(source, crs, boxes)
    flat = frame.set_geometry(shapely.force_2d(frame.geometry.to_numpy()), crs=crs)
    mended, n_swapped = _mend_swapped(flat, crs)
    possible, n_impossible = _drop_impossible(mended, crs)
    text = "" if extent is None else "{:.6g}, {:.6g} - {:.6g}, {:.6g}".format(*extent)
    return Rows(possible.reset_index(drop=True), n_empty, n_swapped, n_impossible, text)


def _require_possible(extent: Bounds, crs: CRS, name: str) -> None:
    """Raise CrsError when a layer is in metres but said to be in degrees, or the other way round."""
    values = {
        "path": name,
        "crs": crs.to_string(),
        "extent": "{:.6g}, {:.6g} - {:.6g}, {:.6g}".format(*extent),
    }
    west, south, east, north = extent
    if crs.is_geographic and (west > 180 or south > 180 or east < -180 or north < -180):
        raise CrsError("read_vector.metres_in_degrees", **values)
    if crs.is_projected and (_within(extent, JAPAN) or _within(extent, _exchanged(JAPAN))):
        raise CrsError("read_vector.degrees_in_metres", **values)


def _within(box: Bounds, outer: Bounds) -> bool:
    return box[0] >= outer[0] and box[1] >= outer[1] and box[2] <= outer[2] and box[3] <= outer[3]


def _exchanged(box: Bounds) -> Bounds:
    return box[1], box[0], box[3], box[2]


def _boxes(bounds: Bounds | None, crs: CRS, extent: Bounds | None) -> list[Bounds] | None:
    """Return the box in the CRS of the file, and its mirror image where latitudes exceed 90 degrees."""
    if bounds is None:
        return None
    box = transform_bounds(bounds, JGD2011, crs.to_2d())
    has_swapped = crs.is_geographic and extent is not None and extent[3] > 90
    return [box, _exchanged(box)] if has_swapped else [box]


def _read(source: Source, crs: CRS, boxes: list[Bounds] | None) -> tuple[gpd.GeoDataFrame, int]:
    """Return the features inside the boxes and the number of features without a shape."""
    if source.index is not None:
        n_empty = sum(not feature.shape for feature in source.index.features[source.layer])
        return read_ksj(source.index, source.layer, crs=crs, boxes=boxes), n_empty
    with open_layer(source.path, source.name, source.layer, source.options) as data:
        frame = frame_of(_features(data, boxes), source, crs)
        n_placed = sum(1 for _ in data.keys(bbox=_EVERYWHERE)) if boxes else None
    with_shape = ~(frame.geometry.isna() | frame.geometry.is_empty).to_numpy()
    n_empty = source.count - n_placed if n_placed is not None else int((~with_shape).sum())
    return frame[with_shape], max(n_empty, 0)


def _features(data: fiona.Collection, boxes: list[Bounds] | None) -> Iterator[fiona.Feature]:
    """Yield features one by one; GDAL leaves out what does not touch the box."""
    wanted: list[Bounds | None] = [None] if boxes is None else [*boxes]
    for box in wanted:
        yield from data.filter(bbox=box)


def frame_of(features: Iterator[fiona.Feature], source: Source, crs: CRS) -> gpd.GeoDataFrame:
    """Return features as a frame; each is forgotten once its values are taken."""
    shapes: list[BaseGeometry | None] = []
    values: dict[str, list[Any]] = {name: [] for name in source.columns}
    asked = dict(zip(source.columns, source.raw_columns or source.columns, strict=True))
    for feature in features:
        shapes.append(_shape(feature))
        for name, raw in asked.items():
            values[name].append(plain(feature.properties[raw], source.encoding))
    return gpd.GeoDataFrame(pd.DataFrame(values), geometry=gpd.GeoSeries(shapes, crs=crs))


def _shape(feature: fiona.Feature) -> BaseGeometry | None:
    """Return the shape of a feature; None where there is none or it has too few corners to be one."""
    if feature.geometry is None:
        return None
    try:
        return shapely.geometry.shape(feature.geometry)
    except (ValueError, shapely.errors.ShapelyError):
        return None


def plain(value: Any, encoding: str = "") -> Any:
    """Return a property as one value: lists are joined by 、, tables become JSON text."""
    if encoding and isinstance(value, str):
        return decoded(value, encoding)
    if isinstance(value, list | tuple):
        return "、".join(str(plain(item)) for item in value) or None
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return value


def _mend_swapped(frame: gpd.GeoDataFrame, crs: CRS) -> tuple[gpd.GeoDataFrame, int]:
    """
    Return the frame with latitude and longitude put right where they stand in each other's place.

    In Japan there is no doubt: longitudes exceed 90 degrees, latitudes do not.
    """
    if not crs.is_geographic or frame.empty:
        return frame, 0
    box = frame.bounds.to_numpy()
    rows = (box[:, 1] > 90) & (box[:, 3] <= 180) & (np.abs(box[:, [0, 2]]) <= 90).all(axis=1)
    if not rows.any():
        return frame, 0
    shapes = frame.geometry.to_numpy().copy()
    shapes[rows] = shapely.transform(shapes[rows], _exchange_columns)
    return frame.set_geometry(shapes, crs=crs), int(rows.sum())


def _exchange_columns(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return points[:, ::-1]


def _drop_impossible(frame: gpd.GeoDataFrame, crs: CRS) -> tuple[gpd.GeoDataFrame, int]:
    """Return the frame without features beyond 180 degrees of longitude or 90 of latitude."""
    if not crs.is_geographic or frame.empty:
        return frame, 0
    box = np.abs(frame.bounds.to_numpy())
    possible = (box[:, [0, 2]] <= 180).all(axis=1) & (box[:, [1, 3]] <= 90).all(axis=1)
    return frame[possible], int((~possible).sum())
