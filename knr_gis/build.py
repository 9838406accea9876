"""From raw files to a layer of the workspace: our columns, the working CRS, the region."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from knr_gis import __version__
from knr_gis.crs import JGD2011, Bounds, require_crs, transform_bounds
from knr_gis.derive import add_location, derive_layer
from knr_gis.errors import ReadError
from knr_gis.findings import Finding
from knr_gis.geometry import cut_lines, drop_empty, repair
from knr_gis.grid import Grid, merge_grids
from knr_gis.layers import PLACELESS, Layer
from knr_gis.provenance import Built, Provenance, RawFile, load_provenance, raw_digest
from knr_gis.readers import ReadRequest, ReadResult
from knr_gis.readers.raster import grid_to_crs
from knr_gis.readers.registry import read_file
from knr_gis.region import Region
from knr_gis.schema import apply_form, canonical_columns, convert_columns, require_columns
from knr_gis.settings import Settings
from knr_gis.store import forget_unused, load_frame, raw_folder, refresh_geopackage, save_built
from knr_gis.strays import beyond_region, near_or_stated, states_municipality
from knr_gis.values import to_text

BOUNDARY = "municipalities"
_ELEVATION_CELL_M = 50.0
_BOUNDARY_TOLERANCE_M = 200.0


@dataclass(frozen=True)
class Surroundings:
    """
    What a layer is built into.

    Parameters
    ----------
    municipalities
        Built municipalities in the working CRS; None while they are not built: then the box of
        the region file is the boundary, and nothing is given a municipality.
    """

    region: Region
    municipalities: gpd.GeoDataFrame | None

    @cached_property
    def boundary(self) -> BaseGeometry | None:
        """The land of the region with its margin, in the working CRS, prepared; drawn a little wide."""
        if self.municipalities is None:
            return None
        outlines = self.municipalities.geometry.simplify(_BOUNDARY_TOLERANCE_M)
        boundary = outlines.buffer(self.region.margin_m + _BOUNDARY_TOLERANCE_M, quad_segs=2).union_all()
        shapely.prepare(boundary)
        return boundary

    @cached_property
    def bounds(self) -> Bounds:
        """Longitude and latitude box that readers clip to."""
        if self.municipalities is None:
            return self.region.bounds
        minx, miny, maxx, maxy = (float(value) for value in self.municipalities.total_bounds)
        margin = self.region.margin_m + _BOUNDARY_TOLERANCE_M
        box = (minx - margin, miny - margin, maxx + margin, maxy + margin)
        return transform_bounds(box, self.region.crs, JGD2011)


def load_surroundings(workspace: Path, region: Region, layer_id: str = "") -> Surroundings:
    """Return the surroundings that a workspace offers a layer; the boundary itself has none."""
    record = load_provenance(workspace).get(BOUNDARY)
    built = layer_id != BOUNDARY and record is not None and record.built is not None
    return Surroundings(region, load_frame(workspace, BOUNDARY) if built else None)


def ensure_built(
    settings: Settings, layers: dict[str, Layer], region: Region, wanted: list[str]
) -> list[str]:
    """
    Build those of the wanted layers that are out of date, the municipalities first.

    Returns
    -------
    list of str
        Ids of the layers that were built now. Layers without raw files are passed over.
    """
    alone = load_surroundings(settings.workspace, region, BOUNDARY)
    built = _build_stale(settings, layers, alone, [BOUNDARY])
    surroundings = load_surroundings(settings.workspace, region)
    built += _build_stale(settings, layers, surroundings, [i for i in wanted if i != BOUNDARY])
    if built:
        forget_unused(settings.workspace)
        refresh_geopackage(settings.workspace)
    return built


def _build_stale(
    settings: Settings, layers: dict[str, Layer], surroundings: Surroundings, wanted: list[str]
) -> list[str]:
    """Build the wanted layers that have raw files and are out of date; return their ids."""
    provenance = load_provenance(settings.workspace)
    known = [i for i in wanted if i in provenance and provenance[i].raw]
    stale = [i for i in known if not is_current(provenance, layers[i], surroundings.region)]
    for layer_id in stale:
        build_layer(settings, layers[layer_id], surroundings)
    return stale


def is_current(provenance: Provenance, layer: Layer, region: Region) -> bool:
    """Tell whether a layer was built of its present raw files, definition, municipalities and region."""
    record = provenance.get(layer.id)
    return bool(record and record.built and record.built.digest == build_digest(provenance, layer, region))


def build_digest(provenance: Provenance, layer: Layer, region: Region) -> str:
    """Return one digest for all that a built layer depends on."""
    parts = [provenance[layer.id].raw]
    if layer.id != BOUNDARY and BOUNDARY in provenance:
        parts.append(provenance[BOUNDARY].raw)
    told = [raw_digest(raw) for raw in parts]
    told += [region.crs.to_wkt(), repr(region.codes), repr(region.bounds), repr(region.margin_m)]
    told += [__version__, repr((layer.geometry, layer.formats, layer.required, layer.forms))]
    return hashlib.sha256(repr(told).encode()).hexdigest()


def build_layer(settings: Settings, layer: Layer, surroundings: Surroundings) -> Built:
    """
    Normalise the raw files of one layer, which must have some, and save the result in the workspace.

    Raises
    ------
    ReadError, SchemaError, CrsError
        If a file cannot be used.
    """
    provenance = load_provenance(settings.workspace)
    folder = raw_folder(settings.workspace, layer.id)
    data, findings = normalise_files(folder, provenance[layer.id].raw, layer, surroundings)
    digest = build_digest(provenance, layer, surroundings.region)
    built = _describe(data, layer, digest, tuple(findings))
    save_built(settings.workspace, layer.id, data, built)
    return built


def _describe(
    data: gpd.GeoDataFrame | Grid, layer: Layer, digest: str, findings: tuple[Finding, ...]
) -> Built:
    suffix, rows = (".tif", data.values.size) if isinstance(data, Grid) else (".parquet", len(data))
    now = dt.datetime.now(dt.UTC)
    file = f"built/{layer.id}-{digest[:8]}-{now:%Y%m%d%H%M%S%f}{suffix}"
    steps = ("resampled",) if isinstance(data, Grid) else ("columns", "crs", *_region_step(layer))
    return Built(file, rows, digest, now.isoformat(timespec="seconds"), steps, findings)


def _region_step(layer: Layer) -> tuple[str, ...]:
    return ("cut",) if layer.geometry == "line" else ("selected",)


def normalise_files(
    folder: Path, files: tuple[RawFile, ...], layer: Layer, surroundings: Surroundings
) -> tuple[gpd.GeoDataFrame | Grid, list[Finding]]:
    """Return the one layer that several raw files make, and what was noticed on the way."""
    results = [read_raw(folder / raw.file, raw, layer, surroundings) for raw in files]
    findings = [finding for result in results for finding in result.findings]
    grids = [result.data for result in results if isinstance(result.data, Grid)]
    if grids:
        return _merge_to_work(grids, surroundings.region), findings
    frames = [result.data for result in results if isinstance(result.data, gpd.GeoDataFrame)]
    joined = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=surroundings.region.crs)
    derived, more = derive_layer(joined, layer.id, surroundings.region, surroundings.municipalities)
    return derived, [*findings, *more]


def read_raw(path: Path, raw: RawFile, layer: Layer, surroundings: Surroundings) -> ReadResult:
    """Return one raw file as a frame with our columns in the working CRS, or as a grid."""
    request = ReadRequest(
        path, layer, surroundings.bounds, raw.crs or None, raw.encoding or None,
        keeps_outside=states_municipality(layer) and surroundings.municipalities is not None,
    )  # fmt: skip
    result = read_file(request)
    if isinstance(result.data, Grid):
        return result
    frame, findings = _normalise(result.data, raw, layer, surroundings)
    return ReadResult(frame, [*result.findings, *findings])


def _normalise(
    raw_frame: gpd.GeoDataFrame, raw: RawFile, layer: Layer, surroundings: Surroundings
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Rename, convert, bring into the working CRS and the region."""
    require_crs(raw_frame, raw.file)
    named = apply_form(raw_frame, layer, raw.file).assign(**raw.constants)
    if states_municipality(layer):
        named = near_or_stated(named, surroundings.bounds, surroundings.region)
    require_columns(named, layer, raw.file, [str(name) for name in raw_frame.columns])
    typed, findings = convert_columns(named, layer)
    work = tidy_columns(typed).to_crs(surroundings.region.crs)
    for step in (repair, drop_empty):
        work, more = step(work, layer)
        findings += more
    inside = clip_to_region(work, layer, surroundings)
    if inside.empty:
        raise ReadError("build.nothing_in_region", file=raw.file, region=surroundings.region.title_ja)
    located, more = add_location(inside, layer, surroundings.region, surroundings.municipalities)
    return located, findings + beyond_region(work, inside, layer, surroundings.region) + more


def clip_to_region(gdf: gpd.GeoDataFrame, layer: Layer, surroundings: Surroundings) -> gpd.GeoDataFrame:
    """
    Return the features that touch the region and its margin.

    Lines are cut at the margin; polygons are kept whole, so that a park keeps its true outline
    (analyses cut them by municipality).
    """
    boundary = surroundings.boundary
    if boundary is None or layer.geometry in PLACELESS:
        return gdf
    inside = gdf[shapely.intersects(boundary, gdf.geometry.to_numpy())]
    return (cut_lines(inside, boundary) if layer.geometry == "line" else inside).reset_index(drop=True)


def tidy_columns(gdf: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return our columns first, the source's own after them as text under names that do not clash."""
    ours = [n for n in canonical_columns() if n in gdf.columns]
    theirs = [n for n in gdf.columns if n not in ours and n != gdf.geometry.name]
    tidy = gdf[[*ours, *theirs, gdf.geometry.name]]
    if tidy.geometry.name != "geometry":
        tidy = tidy.rename_geometry("geometry")
    taken = {name.lower() for name in ours} | {"geometry", "geom", "fid"}
    for name in theirs:
        free = _free_name(str(name), taken)
        taken.add(free.lower())
        tidy = tidy.rename(columns={name: free})
        if tidy[free].dtype == object:
            tidy[free] = tidy[free].map(to_text).astype("string")
    return tidy


def _free_name(name: str, taken: set[str]) -> str:
    """Return the name, with ``_src`` behind it as often as needed: SQL does not see case."""
    return name if name.lower() not in taken else _free_name(f"{name}_src", taken)


def _merge_to_work(grids: list[Grid], region: Region) -> Grid:
    return merge_grids([grid_to_crs(grid, region.crs, _ELEVATION_CELL_M) for grid in grids])
