"""Features for other programs: GeoPackage and GeoJSON."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from knr_gis.crs import to_web
from knr_gis.export.place import output_path
from knr_gis.export.qml import qml_of
from knr_gis.export.statement import all_credits, generator, json_value, notes_of, record_of
from knr_gis.fonts import plain
from knr_gis.geometry import present
from knr_gis.product import Product, ProductLayer
from knr_gis.readable import created_time
from knr_gis.result import SUMMARY_COLUMNS
from knr_gis.texts import say

STYLE_COLUMNS = [
    "f_table_catalog", "f_table_schema", "f_table_name", "f_geometry_column", "styleName", "styleQML",
    "styleSLD", "useAsDefault", "description", "owner", "ui", "update_time",
]  # fmt: skip
_DEGREE_DECIMALS = 7  # about a centimetre


def result_layers(product: Product) -> dict[str, gpd.GeoDataFrame]:
    """Return the features of the result by id; those of the visible layers where it has none."""
    found = {name: frame for name, frame in product.result.features.items() if not frame.empty}
    return found or {x.id: x.frame for x in product.layers if x.visible and not x.frame.empty}


def layer_of(product: Product, name: str) -> ProductLayer | None:
    """Return the map layer that shows a feature set of the result, or that bears the id."""
    frame = product.result.features.get(name)
    shown = next((layer for layer in product.layers if frame is not None and layer.frame is frame), None)
    return shown or next((layer for layer in product.layers if layer.id == name), None)


def map_frames(product: Product) -> dict[str, gpd.GeoDataFrame]:
    """
    Return the features of the map and of the result by the name under which they are stored, each once.

    Those of the result that are no layer of the map are named ``result_<id>``.
    """
    shown = {id(layer.frame): layer.id for layer in reversed(product.layers)}  # the first of a frame names it
    drawn = {layer.id: layer.frame for layer in product.layers if shown[id(layer.frame)] == layer.id}
    hidden = {f"result_{n}": f for n, f in product.result.features.items() if id(f) not in shown}
    return drawn | hidden


def write_geopackage(product: Product, path: Path) -> None:
    """
    Write layers, result features and the tables that explain them as one GeoPackage, in the map's styles.

    Geometry is exact and in the working CRS. Features of the result that are a layer of the map
    stand there once; others are named ``result_<id>``.

    Raises
    ------
    OutputError
        If a layer has no credit line or the file cannot be written.
    """
    frames = map_frames(product)
    with output_path(product, path) as temporary, _file_date(product):
        for name, frame in frames.items():
            _add_layer(frame, temporary, name, product)
        for name, table in _attribute_tables(product).items():
            if table.columns.empty:  # nothing was set, say: GeoPackage has no table without columns
                continue
            pyogrio.write_dataframe(table, temporary, layer=name, driver="GPKG", append=temporary.exists())
        _add_styles(product, frames, temporary)


def _add_styles(product: Product, frames: dict[str, gpd.GeoDataFrame], path: Path) -> None:
    """Write the table from which QGIS takes the style of a layer; the first of a layer is its default."""
    rows, styled = [], set()
    for layer in product.layers:
        for name in (n for n, frame in frames.items() if frame is layer.frame):
            rows.append(_style_row(product, layer, name) | {"useAsDefault": name not in styled})
            styled.add(name)
    if rows:
        table = pd.DataFrame(rows)[STYLE_COLUMNS]
        options = {"FID": "id", "IDENTIFIER": "layer_styles"}
        pyogrio.write_dataframe(
            table, path, layer="layer_styles", driver="GPKG", append=True, layer_options=options
        )


def _style_row(product: Product, layer: ProductLayer, name: str) -> dict[str, Any]:
    """Return a row of ``layer_styles``; QGIS looks for an empty schema, the table and its geometry."""
    return {
        "f_table_catalog": "", "f_table_schema": "", "f_table_name": name, "f_geometry_column": "geom",
        "styleName": layer.id[:30], "styleQML": qml_of(layer.frame, layer.style, layer.id), "styleSLD": "",
        "description": plain(f"{layer.title_ja} {generator(product)}"), "owner": "", "ui": "",
        "update_time": pd.Timestamp(created_time(product).astimezone(UTC)),
    }  # fmt: skip


def write_geoparquet(product: Product, feature_set: str, path: Path) -> None:
    """
    Write one feature set of the result as GeoParquet, exact and in the working CRS.

    The credit lines, and whether it is of sample data, stand in its ``attrs``.

    Raises
    ------
    OutputError
        If a layer has no credit line or the file cannot be written.
    """
    frame = product.result.features[feature_set].copy()
    frame.attrs = {
        "sources": [source.attribution for source in product.sources], "sample": product.sample,
        "created": product.created, "version": product.version,
    }  # fmt: skip
    with output_path(product, path) as temporary:
        frame.to_parquet(temporary, write_covering_bbox=True)


@contextmanager
def _file_date(product: Product) -> Iterator[None]:
    """Date what GDAL writes by the run, so that the same product gives the same file."""
    date = created_time(product).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": date})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _add_layer(frame: gpd.GeoDataFrame, path: Path, name: str, product: Product) -> None:
    """Write one layer; its title and credit line travel as its GeoPackage metadata."""
    layer = layer_of(product, name)
    title = layer.title_ja if layer else name
    credit = layer.attribution if layer else " / ".join(all_credits(product))
    mark = f"{say('export.sample_statement')} " if product.sample else ""
    pyogrio.write_dataframe(
        storable(frame), path, layer=name, driver="GPKG", append=path.exists(),
        layer_options={"IDENTIFIER": title, "DESCRIPTION": plain(mark + credit)},
    )  # fmt: skip


def storable(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a frame whose columns any driver takes: lists and other objects as text, names unique."""
    plain_frame = frame.reset_index(drop=True)
    for column in plain_frame.columns.drop(plain_frame.geometry.name):
        if plain_frame[column].dtype == object:
            plain_frame[column] = plain_frame[column].map(_storable_value)
    clash = [c for c in plain_frame.columns if str(c).lower() in ("fid", "geom")]
    return plain_frame.rename(columns={c: f"{c}_" for c in clash})


def _storable_value(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list | tuple | set | dict | np.ndarray):
        return ", ".join(str(v) for v in (sorted(value) if isinstance(value, set) else value))
    return None if value is pd.NA else str(value)


def _attribute_tables(product: Product) -> dict[str, pd.DataFrame]:
    """Return the tables without geometry: the summary as in the CSV, sources, conditions, limits."""
    lines = [product.headline, *notes_of(product)]
    return {
        "summary": product.result.summary.loc[:, list(SUMMARY_COLUMNS)],
        "sources": pd.DataFrame([vars(s) for s in product.sources]).astype({"sample": bool}, errors="ignore"),
        "conditions": pd.DataFrame([vars(s) for s in product.scenario]),
        "notes": pd.DataFrame({"note": lines}),
        "missing": product.missing,
    }


def write_geojson(product: Product, path: Path) -> None:
    """
    Write the result features as one GeoJSON (RFC 7946: EPSG:4326, seven decimals).

    The collection carries what ``record_of`` tells (sources, conditions, notes, sample ...); every
    feature says in ``layer`` which result layer it belongs to. Unknown values are null.

    Raises
    ------
    OutputError
        If a layer has no credit line or the file cannot be written.
    """
    features = [f for name, frame in result_layers(product).items() for f in _features(frame, name)]
    collection = {"type": "FeatureCollection", **record_of(product), "features": features}
    with output_path(product, path) as temporary:
        text = json.dumps(collection, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        temporary.write_text(text, encoding="utf-8")


def _features(frame: gpd.GeoDataFrame, layer: str) -> list[dict[str, Any]]:
    """Return a frame as GeoJSON features; shells run counter-clockwise as RFC 7946 asks."""
    web = to_web(present(frame))
    rounded = shapely.transform(web.geometry.values, lambda xy: np.round(xy, _DEGREE_DECIMALS))
    shapes = shapely.to_geojson(shapely.orient_polygons(rounded))
    columns = [c for c in web.columns if c != web.geometry.name]
    return [
        {"type": "Feature", "geometry": json.loads(shape),
         "properties": {"layer": layer, **{c: json_value(v) for c, v in zip(columns, row, strict=True)}}}
        for shape, row in zip(shapes, web[columns].itertuples(index=False, name=None), strict=True)
    ]  # fmt: skip
