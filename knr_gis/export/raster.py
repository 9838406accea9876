"""
Surfaces as Cloud Optimized GeoTIFF: what the map was drawn from as a raster, and depths and minutes of zones.

Zones whose classes are ranges of metres or minutes are burnt: each cell has the value of the zone over its
centre; where zones overlap, the worse one (deeper, earlier).
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from affine import Affine
from rasterio.features import rasterize

from knr_gis.crs import require_crs
from knr_gis.errors import NothingToWriteError
from knr_gis.export.archive import write_archive
from knr_gis.export.raster_qml import raster_qml
from knr_gis.export.statement import generator
from knr_gis.fonts import plain
from knr_gis.geometry import present
from knr_gis.grid import Grid
from knr_gis.looks import kind_of
from knr_gis.product import Product, ProductLayer
from knr_gis.readable import heading
from knr_gis.texts import say

UNKNOWN = -1.0
_CELLS_M = (5.0, 10.0, 20.0, 25.0, 50.0, 100.0, 200.0, 500.0)
_MOST_CELLS = 20_000_000
_UNITS = {"_m": "m", "_min": "min"}
_EARLIER_IS_WORSE = ("_min",)


@dataclass(frozen=True)
class Surface:
    """
    One raster to be written.

    Parameters
    ----------
    column
        What the numbers are: a canonical column.
    grid
        NaN where there is nothing; ``UNKNOWN`` in a zone whose value is unknown.
    """

    layer: ProductLayer
    column: str
    grid: Grid


def write_rasters(product: Product, path: Path) -> None:
    """
    Write every surface of the product as ``<layer>.tif`` (COG) and ``<layer>.qml`` in one ZIP.

    The files are not compressed by the archive, so that programs read parts of them in place.

    Raises
    ------
    NothingToWriteError, OutputError
        If the product has no surface, a layer has no credit line, or the file cannot be written.
    """
    product.require_traceable()
    surfaces = surfaces_of(product)
    if not surfaces:
        raise NothingToWriteError("export.tif_nothing", map=product.title_ja)
    write_archive(product, path, partial(_fill, product, surfaces), stored=(".tif",))


def surfaces_of(product: Product) -> list[Surface]:
    """Return the surfaces of a product: rasters that its layers were drawn from, and zones that are burnt."""
    found = []
    for layer in product.layers:
        column = layer.style.column
        if layer.grid is not None:
            found.append(Surface(layer, column, layer.grid))
        elif _is_surface(layer.frame, layer):
            found.append(Surface(layer, column, burnt(layer.frame, column)))
    return found


def _is_surface(frame: gpd.GeoDataFrame, layer: ProductLayer) -> bool:
    """Tell whether a layer is zones by ranges of metres or minutes."""
    column = layer.style.column
    if column not in frame.columns or not column.endswith(tuple(_UNITS)) or present(frame).empty:
        return False
    ranged = any(c.lower is not None or c.upper is not None for c in layer.style.classes)
    return ranged and pd.api.types.is_numeric_dtype(frame[column]) and kind_of(frame) == "polygon"


def burnt(frame: gpd.GeoDataFrame, column: str) -> Grid:
    """
    Return zones as a raster of at most 20 million cells, in whole multiples of the cell size.

    Parameters
    ----------
    frame
        Polygons in metres; a value that is missing becomes ``UNKNOWN``, under all that is known.
    """
    kept = present(frame)
    values = kept[column].astype(float).to_numpy()
    worst_last = np.argsort(-values if column.endswith(_EARLIER_IS_WORSE) else values, kind="stable")
    known = np.isfinite(values[worst_last])
    order = np.concatenate([worst_last[~known], worst_last[known]])
    shapes = zip(kept.geometry.values[order], np.nan_to_num(values[order], nan=UNKNOWN), strict=True)
    transform, size = _lattice(shapely.total_bounds(kept.geometry.values))
    cells = rasterize(shapes, out_shape=size, transform=transform, fill=np.nan, dtype="float32")
    unit = next(unit for ending, unit in _UNITS.items() if column.endswith(ending))
    return Grid(cells, transform, require_crs(frame, column), unit)


def _lattice(bounds: np.ndarray) -> tuple[Affine, tuple[int, int]]:
    """Return the finest lattice over the bounds that has few enough cells: transform, (rows, columns)."""
    for cell in _CELLS_M:
        west, south = np.floor(bounds[:2] / cell)
        east, north = np.ceil(bounds[2:] / cell)
        size = max(int(north - south), 1), max(int(east - west), 1)
        if size[0] * size[1] <= _MOST_CELLS:
            break
    return Affine(cell, 0, west * cell, 0, -cell, north * cell), size


def _fill(product: Product, surfaces: list[Surface], folder: Path) -> None:
    for surface in surfaces:
        name = surface.layer.id
        _write_cog(product, surface, folder / f"{name}.tif")
        style = raster_qml(surface.layer.style, surface.grid)
        (folder / f"{name}.qml").write_text(style, encoding="utf-8", newline="\n")


def _write_cog(product: Product, surface: Surface, path: Path) -> None:
    """Write one band with what it is, in which unit, and where it comes from."""
    grid, values = surface.grid, surface.grid.values.astype("float32")
    rows, columns = values.shape
    with rasterio.open(
        path, "w", driver="COG", width=columns, height=rows, count=1, dtype="float32", crs=grid.crs.to_wkt(),
        transform=grid.transform, nodata=np.nan, compress="DEFLATE", predictor=3, blocksize=512,
        overview_resampling="nearest",
    ) as file:  # fmt: skip
        file.write(values, 1)
        file.set_band_description(1, surface.column)
        file.set_band_unit(1, grid.unit)
        file.update_tags(**_tags(product, surface))


def _tags(product: Product, surface: Surface) -> dict[str, str]:
    mark = f"{say('export.sample_statement')} " if product.sample else ""
    tags = {
        "TIFFTAG_IMAGEDESCRIPTION": plain(f"{mark}{surface.layer.title_ja} {heading(surface.column)}"),
        "TIFFTAG_COPYRIGHT": plain(surface.layer.attribution),
        "TIFFTAG_SOFTWARE": generator(product),
        "TIFFTAG_DATETIME": product.created.replace("T", " "),
        "NODATA_MEANING": say("export.tif_nodata"),
    }
    if np.any(surface.grid.values == UNKNOWN) and surface.layer.grid is None:
        tags |= {"UNKNOWN_VALUE": f"{UNKNOWN:g}", "UNKNOWN_MEANING": say("export.tif_unknown")}
    return tags
