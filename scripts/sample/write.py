"""Files of the sample: the same bytes for the same drawing."""

import json
import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
import shapely.geometry

from sample.plane import EPSG, to_degrees
from sample.terrain import Ground


def write_geojson(frame: gpd.GeoDataFrame, path: Path, *, decimals: int = 6) -> None:
    """Write a frame (metres) as GeoJSON in longitude and latitude, one feature a line."""
    columns = [c for c in frame.columns if c != "geometry"]
    records = frame[columns].astype(object).to_dict("records")
    lines = [
        _feature({k: _plain(v) for k, v in record.items()}, geometry, decimals)
        for record, geometry in zip(records, frame.geometry, strict=True)
    ]
    head = f'{{"type": "FeatureCollection", "name": "{path.stem}", "features": [\n'
    path.write_text(head + ",\n".join(lines) + "\n]}\n", encoding="utf-8", newline="\n")


def _feature(properties: dict[str, Any], geometry: Any, decimals: int) -> str:
    shape = shapely.geometry.mapping(shapely.orient_polygons(to_degrees(geometry, decimals)))
    feature = {"type": "Feature", "properties": properties, "geometry": shape}
    return json.dumps(feature, ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    """Return a cell as JSON knows it; missing is null, whole floats lose nothing."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value


def write_csv(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write points as a table with latitude and longitude (UTF-8 with BOM, for Excel)."""
    table = pd.DataFrame(frame.drop(columns="geometry"))
    lonlat = np.array([to_degrees(point, 5).coords[0] for point in frame.geometry])
    table.insert(2, "latitude", lonlat[:, 1])
    table.insert(3, "longitude", lonlat[:, 0])
    write_table(table, path)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table without geometry (UTF-8 with BOM)."""
    table.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def write_elevation(ground: Ground, path: Path) -> None:
    """Write heights as a GeoTIFF of 200 m cells, NaN at sea."""
    rounded = ground.published.astype("float32")
    profile = {
        "driver": "GTiff", "height": rounded.shape[0], "width": rounded.shape[1], "count": 1,
        "dtype": "float32", "crs": f"EPSG:{EPSG}", "transform": ground.transform @ ground.transform.scale(2),
        "nodata": float("nan"), "compress": "deflate", "predictor": 3, "zlevel": 9,
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as raster:
        raster.write(rounded, 1)
        raster.update_tags(note="schematic model data, not surveyed")
