"""FlatGeobuf: every layer as a file that is read in parts, with its style for QGIS beside it."""

from functools import partial
from pathlib import Path

import geopandas as gpd
import pyogrio

from knr_gis.errors import NothingToWriteError
from knr_gis.export.archive import write_archive
from knr_gis.export.geodata import layer_of, map_frames, storable
from knr_gis.export.qml import qml_of
from knr_gis.export.statement import all_credits
from knr_gis.fonts import plain
from knr_gis.geometry import present
from knr_gis.product import Product
from knr_gis.texts import say


def write_flatgeobuf(product: Product, path: Path) -> None:
    """
    Write every layer of the map and of the result as ``<layer>.fgb`` and ``<layer>.qml`` in one ZIP.

    Geometry is exact and in the working CRS; features without geometry have no place in this format.

    Raises
    ------
    NothingToWriteError, OutputError
        If no layer has a feature, a layer has no credit line, or the file cannot be written.
    """
    product.require_traceable()
    frames = {name: kept for name, frame in map_frames(product).items() if len(kept := present(frame))}
    if not frames:
        raise NothingToWriteError("export.fgb_nothing", map=product.title_ja)
    write_archive(product, path, partial(_fill, product, frames))


def _fill(product: Product, frames: dict[str, gpd.GeoDataFrame], folder: Path) -> None:
    for name, frame in frames.items():
        layer = layer_of(product, name)
        credit = layer.attribution if layer else " / ".join(all_credits(product))
        mark = f"{say('export.sample_statement')} " if product.sample else ""
        options = {"TITLE": plain(layer.title_ja if layer else name), "DESCRIPTION": plain(mark + credit)}
        pyogrio.write_dataframe(
            storable(frame), folder / f"{name}.fgb", driver="FlatGeobuf", layer=name, layer_options=options
        )
        if layer is not None:
            style = qml_of(frame, layer.style, layer.id)
            (folder / f"{name}.qml").write_text(style, encoding="utf-8", newline="\n")
