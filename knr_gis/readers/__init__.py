"""Readers: one per family of file formats, all with the same shape."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd

from knr_gis.crs import Bounds
from knr_gis.findings import Finding
from knr_gis.grid import Grid
from knr_gis.layers import Layer


@dataclass(frozen=True)
class ReadRequest:
    """
    What to read.

    Parameters
    ----------
    path
        The file (or folder of tiles), as published; archives are read without unpacking them
        into the user's folders.
    layer
        Definition of the layer that the file is imported as.
    bounds
        Box in longitude and latitude (EPSG:6668): features that do not touch it are left out
        while reading. None reads everything.
    keeps_outside
        True for points whose stated municipality is to be compared with their position: tables and
        vector files then return features outside the box as well.
    crs
        CRS stated by the user for files that do not carry one; it never overrides a CRS that the
        file states.
    encoding
        Text encoding stated by the user; otherwise it is detected.
    """

    path: Path
    layer: Layer
    bounds: Bounds | None = None
    crs: str | None = None
    encoding: str | None = None
    keeps_outside: bool = False

    @property
    def reading_box(self) -> Bounds | None:
        """The box that features must touch to be returned; None returns all."""
        return None if self.keeps_outside else self.bounds


@dataclass(frozen=True)
class ReadResult:
    """
    What was read: a frame with the source's own columns and CRS, or a grid, and what was noticed.

    Readers do not rename columns, with one exception: readers whose format has no columns of its
    own (OSM tags, rasters, tiles, e-Stat mesh) return canonical columns.
    """

    data: gpd.GeoDataFrame | Grid
    findings: list[Finding] = field(default_factory=list)


Reader = Callable[[ReadRequest], ReadResult]
