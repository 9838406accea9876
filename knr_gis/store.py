"""The workspace: raw files as they came, built layers, and the GeoPackage that QGIS opens.

Built layers are immutable files in ``built/``; ``provenance.json`` names the current ones. Replacing
that one file is the moment at which a change takes effect, so that an interruption leaves the old
state or the new one. ``layers.gpkg`` is a copy of the built layers for people.
"""

import contextlib
import shutil
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import rasterio
import shapely
from pyproj import CRS

from knr_gis.atomic import atomic_path
from knr_gis.errors import StoreError
from knr_gis.grid import Grid
from knr_gis.keeping import Split
from knr_gis.provenance import (
    Built,
    LayerRecord,
    RawFile,
    load_provenance,
    update_record,
    workspace_lock,
)

GEOPACKAGE = "layers.gpkg"
_ABANDONED_S = 24 * 3600.0


def raw_folder(workspace: Path, layer_id: str) -> Path:
    """Return the folder of a layer's raw files."""
    return workspace / "raw" / layer_id


def add_raw(workspace: Path, layer_id: str, source: Path, raw: RawFile) -> None:
    """
    Copy a file (or folder of tiles) into the workspace and record it.

    Parameters
    ----------
    source
        The user's file; it is only read. It may already be the file in ``raw/``.
    raw
        What is to be recorded of it; ``raw.file`` is its name in the workspace. A file of the
        same name is replaced and others stay, so that editions add up.
    """
    with workspace_lock(workspace):
        _copy_into(source, raw_folder(workspace, layer_id) / raw.file)
        known = load_provenance(workspace).get(layer_id, LayerRecord()).raw
        kept = tuple(r for r in known if r.file != raw.file)
        update_record(workspace, layer_id, raw=(*kept, raw))


def _copy_into(source: Path, target: Path) -> None:
    """Copy a file or folder under its final name only when the copy is whole."""
    if target.exists() and source.resolve() == target.resolve():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_file():
        with atomic_path(target) as temporary:
            shutil.copyfile(source, temporary)
        return
    temporary = target.with_name(f".{target.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    shutil.copytree(source, temporary)
    shutil.rmtree(target, ignore_errors=True)
    temporary.replace(target)


def save_built(workspace: Path, layer_id: str, data: gpd.GeoDataFrame | Grid, built: Built) -> None:
    """Write a built layer under the name in ``built.file``, then record it."""
    target = workspace / built.file
    target.parent.mkdir(parents=True, exist_ok=True)
    with workspace_lock(workspace):
        with atomic_path(target) as temporary:
            if isinstance(data, Grid):
                write_grid(data, temporary)
            else:
                data.to_parquet(temporary)
        update_record(workspace, layer_id, built=built)


def load_frame(workspace: Path, layer_id: str) -> gpd.GeoDataFrame:
    """Return a built vector layer in the working CRS; raise StoreError when it is not there."""
    return gpd.read_parquet(_built_path(workspace, layer_id))


def load_grid(workspace: Path, layer_id: str) -> Grid:
    """Return a built raster layer in the working CRS; raise StoreError when it is not there."""
    return read_grid(_built_path(workspace, layer_id))


def load_table(path: Path) -> gpd.GeoDataFrame:
    """Return a vector layer from its file in ``built/``, which another machine may have named."""
    return gpd.read_parquet(path)


def save_part(path: Path, part: pd.DataFrame) -> None:
    """Write one part of a calculation, whole or not at all."""
    with atomic_path(path) as temporary:
        part.to_parquet(temporary, write_page_checksum=True)


def load_part(path: Path) -> pd.DataFrame | None:
    """Return a part that was kept; None where there is none, or the file is damaged."""
    try:
        return pd.read_parquet(path, page_checksum_verification=True)
    except (OSError, ValueError):
        return None


def _built_path(workspace: Path, layer_id: str) -> Path:
    record = load_provenance(workspace).get(layer_id)
    if record is None or record.built is None:
        raise StoreError("store.not_built", layer=layer_id, workspace=workspace)
    path = workspace / record.built.file
    if not path.is_file():
        raise StoreError("store.lost_file", path=path, layer=layer_id)
    return path


def write_grid(grid: Grid, path: Path) -> None:
    """Write a grid as a compressed GeoTIFF; unknown cells are NaN."""
    rows, columns = grid.values.shape
    profile = {
        "driver": "GTiff", "dtype": "float32", "count": 1, "height": rows, "width": columns,
        "crs": grid.crs.to_wkt(), "transform": grid.transform, "nodata": float("nan"),
        "compress": "deflate", "predictor": 3, "tiled": True,
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as dataset:
        dataset.write(grid.values.astype(np.float32), 1)
        dataset.update_tags(unit=grid.unit)


def read_grid(path: Path) -> Grid:
    """Return a grid that ``write_grid`` wrote."""
    with rasterio.open(path) as dataset:
        unit = dataset.tags().get("unit", "m")
        return Grid(dataset.read(1), dataset.transform, CRS.from_wkt(dataset.crs.to_wkt()), unit)


def refresh_geopackage(workspace: Path) -> Path:
    """Write every built vector layer into one GeoPackage, for QGIS, and return its path."""
    target = workspace / GEOPACKAGE
    with workspace_lock(workspace), atomic_path(target) as temporary:
        for layer_id, record in load_provenance(workspace).items():
            if record.built is not None and record.built.file.endswith(".parquet"):
                _append_table(load_frame(workspace, layer_id), temporary, layer_id)
    return target


def _append_table(gdf: gpd.GeoDataFrame, path: Path, table: str) -> None:
    pyogrio.write_dataframe(gdf, path, layer=table, driver="GPKG", use_arrow=True)


def forget_unused(workspace: Path) -> None:
    """Delete built files that no record names any more, and what killed runs left half-written."""
    with workspace_lock(workspace):
        used = {r.built.file for r in load_provenance(workspace).values() if r.built is not None}
        for path in (workspace / "built").glob("*"):
            if path.relative_to(workspace).as_posix() not in used:
                path.unlink()
        for leftover in (*workspace.glob(".*.tmp*"), *_abandoned(workspace / "raw")):
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


def _abandoned(raw: Path) -> list[Path]:
    """Return temporary files among the raw ones that no download can still be writing to."""
    oldest = time.time() - _ABANDONED_S
    return [path for path in raw.glob("*/.*.tmp*") if path.stat().st_mtime < oldest]


def forget_files(workspace: Path, layer_id: str, names: set[str]) -> None:
    """Take raw files out of a layer."""
    with workspace_lock(workspace):
        record = load_provenance(workspace).get(layer_id, LayerRecord())
        update_record(workspace, layer_id, raw=tuple(r for r in record.raw if r.file not in names))
        for name in names:
            path = raw_folder(workspace, layer_id) / name
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


class SplitCache:
    """
    Zones cut in earlier runs, one GeoParquet file for each set of polygons, named by its key.

    Parameters
    ----------
    folder
        Made when the first file is written. Whatever is in it may be deleted at any time.
    """

    kept_files = 32

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, key: str) -> Split | None:
        """Return what is kept under the key; None where there is nothing, or the file is damaged."""
        path = self.folder / f"{key}.parquet"
        if not path.is_file():
            return None
        try:
            table = gpd.read_parquet(path, page_checksum_verification=True)
            parts = np.asarray(table.geometry.values, dtype=object)
            owner = table["owner"].to_numpy(np.intp)
            return Split(parts, owner, float(table["overlap_m2"].max()) if len(table) else 0.0)
        except (OSError, ValueError, KeyError, TypeError, shapely.GEOSException):
            return None

    def save(self, key: str, split: Split) -> None:
        """Keep a split under its key and let go of the oldest files; without room nothing is kept."""
        columns = {"owner": split.owner, "overlap_m2": split.overlap_m2}
        table = gpd.GeoDataFrame(pd.DataFrame(columns, index=range(len(split.owner))), geometry=split.parts)
        with contextlib.suppress(OSError):
            with atomic_path(self.folder / f"{key}.parquet") as temporary:
                table.to_parquet(temporary, write_page_checksum=True)
            files = sorted(self.folder.glob("*.parquet"), key=lambda path: path.stat().st_mtime)
            for path in files[: -self.kept_files]:
                path.unlink(missing_ok=True)
