"""Map tiles ``z/x/y.png`` in a folder or ZIP: GSI elevation tiles and hazard-map tiles."""

import math
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from affine import Affine
from numpy.typing import NDArray
from PIL import Image
from pyproj import CRS

from knr_gis.crs import Bounds
from knr_gis.errors import ReadError
from knr_gis.findings import Finding
from knr_gis.grid import Grid
from knr_gis.readers import ReadRequest, ReadResult
from knr_gis.readers.depth_areas import class_polygons
from knr_gis.readers.raster import DEPTH_LAYERS, coarsen, coarsening
from knr_gis.readers.tile_colours import Legend, choose_legend, count_colours, to_classes

Tile = tuple[int, int, int]
Pixels = NDArray[np.uint8]

WEB_MERCATOR = CRS.from_epsg(3857)
SIZE = 256
# Half the circumference of the sphere that EPSG:3857 uses (radius 6,378,137 m).
_HALF_M = math.pi * 6_378_137.0
_NAME = re.compile(r"(?:^|/)(\d{1,2})/(\d{1,8})/(\d{1,8})\.png$", re.IGNORECASE)
# Polygons are made block by block of so many tiles, so that a region never stands in memory whole.
_BLOCK = 16
# A tile of 256 x 256 RGBA pixels has 262 kB unpacked; whatever is larger is no tile.
_MAX_TILE_BYTES = 1_000_000


@dataclass(frozen=True)
class _TileSet:
    """Tiles of a source: where each is, and how its bytes are had."""

    name: str
    entries: dict[Tile, str]
    load: Callable[[str], bytes]

    def pixels(self, tile: Tile) -> Pixels:
        """Return a tile as (256, 256, 4) RGBA; raise ReadError naming the tile when it is broken."""
        return _decode(self.load(self.entries[tile]), self.name, "/".join(map(str, tile)) + ".png")


def read_tiles(request: ReadRequest) -> ReadResult:
    """
    Return elevation tiles as a grid, or hazard-map tiles as depth-class polygons.

    Tiles that do not touch ``request.bounds`` are not opened. Where several zoom levels are mixed,
    the highest one that covers all the others is used.

    Returns
    -------
    ReadResult
        EPSG:3857. Elevation: a Grid in metres. Hazard: polygons with ``depth_min_m``,
        ``depth_max_m``, ``depth_label``; a colour of no legend is inundated with unknown depth.

    Raises
    ------
    ReadError
        If there are no tiles, a tile is broken, or the colours are those of no legend.
    """
    layer = request.layer
    if layer.geometry != "raster" and layer.id not in DEPTH_LAYERS:
        raise ReadError("read_raster.wrong_layer", file=request.path.name, layer=layer.title_ja)
    with _opened(request.path) as tiles:
        chosen, findings = _choose(tiles, request)
        read = _read_elevation if layer.geometry == "raster" else _read_hazard
        data, noticed = read(tiles, chosen, layer.id)
    return ReadResult(data, [*findings, *noticed])


@contextmanager
def _opened(path: Path) -> Iterator[_TileSet]:
    """Open a folder or a ZIP of tiles; nothing is unpacked."""
    if path.is_dir():
        files = {str(p): p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file()}
        yield _tile_set(path.name, files, lambda name: Path(name).read_bytes())
        return
    if not zipfile.is_zipfile(path) and path.suffix.lower() != ".zip":
        raise ReadError("read_raster.tiles.no_folder", file=path.name)
    try:
        with zipfile.ZipFile(path) as archive:
            small = [info.filename for info in archive.infolist() if info.file_size <= _MAX_TILE_BYTES]
            yield _tile_set(path.name, {name: name for name in small}, archive.read)
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, zlib.error) as error:
        raise ReadError("read_raster.tiles.broken_zip", file=path.name, reason=error) from error


def _tile_set(name: str, files: dict[str, str], load: Callable[[str], bytes]) -> _TileSet:
    """Return the files whose names end in ``z/x/y.png``; the same tile twice cannot be."""
    entries: dict[Tile, str] = {}
    for file, shown in files.items():
        match = _NAME.search(shown.replace("\\", "/"))
        if match is None:
            continue
        tile = (int(match[1]), int(match[2]), int(match[3]))
        if tile in entries:
            raise ReadError("read_raster.tiles.twice", file=name, tile="/".join(map(str, tile)))
        entries[tile] = file
    if not entries:
        raise ReadError("read_raster.tiles.none", file=name)
    return _TileSet(name, entries, load)


def _decode(content: bytes, file: str, tile: str) -> Pixels:
    """Return the pixels of a PNG; its size is checked before it is unpacked."""
    if not content.startswith(b"\x89PNG"):
        head = content[:20].decode("ascii", errors="replace").strip()
        raise ReadError("read_raster.tiles.not_png", file=file, tile=tile, head=head)
    try:
        width, height = struct.unpack(">II", content[16:24])
        if (width, height) == (SIZE, SIZE):
            with Image.open(BytesIO(content), formats=["PNG"]) as image:
                return np.asarray(image.convert("RGBA"))
    except (OSError, SyntaxError, ValueError, struct.error, zlib.error) as error:
        raise ReadError("read_raster.tiles.broken", file=file, tile=tile, reason=error) from error
    raise ReadError("read_raster.tiles.size", file=file, tile=tile, width=width, height=height)


def tile_bounds(tile: Tile) -> Bounds:
    """
    Return the box of a tile in longitude and latitude.

    The world is a square of ``2**z`` tiles; column 0 begins at 180 degrees west, row 0 at the
    northern edge, and latitude is ``atan(sinh(pi * (1 - 2 * row / 2**z)))``.
    """
    zoom, column, row = tile
    n = 2**zoom
    north, south = (math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * r / n)))) for r in (row, row + 1))
    return column / n * 360 - 180, south, (column + 1) / n * 360 - 180, north


def tile_transform(zoom: int, column: float, row: float) -> Affine:
    """Return the transform from pixels, counted from the corner of a tile, to EPSG:3857 metres."""
    edge = 2 * _HALF_M / 2**zoom
    return Affine(edge / SIZE, 0, column * edge - _HALF_M, 0, -edge / SIZE, _HALF_M - row * edge)


def _choose(tiles: _TileSet, request: ReadRequest) -> tuple[list[Tile], list[Finding]]:
    """Return the tiles to read: those under the box, of the highest zoom that covers the others."""
    wanted = [tile for tile in tiles.entries if _touches(tile_bounds(tile), request.bounds)]
    if not wanted:
        raise ReadError("read_raster.tiles.outside", file=tiles.name)
    zooms = sorted({tile[0] for tile in wanted}, reverse=True)
    zoom = next((z for z in zooms if _covers(z, wanted)), None)
    if zoom is None:
        shown = ", ".join(map(str, sorted(zooms)))
        raise ReadError("read_raster.tiles.zooms", file=tiles.name, zooms=shown)
    chosen = sorted(tile for tile in wanted if tile[0] == zoom)
    if zoom == zooms[0]:
        return chosen, []
    values = {"used": zoom, "highest": zooms[0]}
    return chosen, [Finding("tiles_zoom_incomplete", request.layer.id, "info", values=values)]


def _touches(box: Bounds, bounds: Bounds | None) -> bool:
    if bounds is None:
        return True
    return box[0] < bounds[2] and box[2] > bounds[0] and box[1] < bounds[3] and box[3] > bounds[1]


def _covers(zoom: int, tiles: list[Tile]) -> bool:
    """
    Tell whether the tiles of a zoom level lie under or over every tile of the other levels.

    Publishers leave empty tiles out, so a coarse tile counts as covered by one finer tile in it.
    """
    mine = {(x, y) for z, x, y in tiles if z == zoom}
    for other in {z for z, _, _ in tiles} - {zoom}:
        shift = abs(zoom - other)
        theirs = {(x, y) for z, x, y in tiles if z == other}
        finer, coarser = (mine, theirs) if other < zoom else (theirs, mine)
        shrunk = {(x >> shift, y >> shift) for x, y in finer}
        if not (coarser <= shrunk if other < zoom else shrunk <= coarser):
            return False
    return True


def decode_elevation(pixels: Pixels) -> NDArray[np.float32]:
    """
    Return the elevation (m) of pixels of a GSI elevation tile; NaN where there is none.

    Source: GSI 標高タイルの詳細仕様. ``x = 2**16 R + 2**8 G + B``; below ``2**23`` the elevation is
    ``0.01 x``, above it ``0.01 (x - 2**24)``, and ``2**23`` means none.
    """
    x = pixels[..., 0].astype(np.int64) * 65536 + pixels[..., 1].astype(np.int64) * 256 + pixels[..., 2]
    metres = np.where(x < 2**23, x, x - 2**24) * 0.01
    unknown = (x == 2**23) | (pixels[..., 3] == 0)
    return np.where(unknown, np.nan, metres).astype(np.float32)


def _read_elevation(tiles: _TileSet, chosen: list[Tile], layer_id: str) -> tuple[Grid, list[Finding]]:
    """Return the mosaic of elevation tiles, averaged to coarser cells where it would not fit."""
    zoom, left, top, n_columns, n_rows = _extent(chosen)
    factor = 2 ** math.ceil(math.log2(coarsening(n_columns * n_rows * SIZE**2)))
    edge = max(1, SIZE // factor)
    values = np.full((n_rows * edge, n_columns * edge), np.nan, dtype=np.float32)
    for tile in chosen:
        row, column = (tile[2] - top) * edge, (tile[1] - left) * edge
        values[row : row + edge, column : column + edge] = coarsen(
            decode_elevation(tiles.pixels(tile)), SIZE // edge
        )
    if not np.isfinite(values).any():
        raise ReadError("read_raster.no_values", file=tiles.name)
    transform = tile_transform(zoom, left, top) @ Affine.scale(SIZE // edge)
    coarser = [Finding("grid_coarsened", layer_id, "info", values={"factor": factor})]
    return Grid(values, transform, WEB_MERCATOR), coarser if factor > 1 else []


def _extent(tiles: list[Tile]) -> tuple[int, int, int, int, int]:
    """Return zoom, first column, first row, number of columns and of rows."""
    columns, rows = [x for _, x, _ in tiles], [y for _, _, y in tiles]
    left, top = min(columns), min(rows)
    return tiles[0][0], left, top, max(columns) - left + 1, max(rows) - top + 1


def _read_hazard(
    tiles: _TileSet, chosen: list[Tile], layer_id: str
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return the inundated area of hazard tiles as depth-class polygons."""
    colours = count_colours(tiles.pixels(tile) for tile in chosen)
    legend, findings = choose_legend(colours, tiles.name, layer_id)
    frames = [_block(tiles, part, legend) for part in _blocks(chosen)]
    wet = [frame for frame in frames if not frame.empty]
    return gpd.GeoDataFrame(pd.concat(wet, ignore_index=True), crs=WEB_MERCATOR), findings


def _blocks(chosen: list[Tile]) -> list[list[Tile]]:
    """Return the tiles in square groups of neighbours."""
    groups: dict[tuple[int, int], list[Tile]] = {}
    for tile in chosen:
        groups.setdefault((tile[1] // _BLOCK, tile[2] // _BLOCK), []).append(tile)
    return list(groups.values())


def _block(tiles: _TileSet, part: list[Tile], legend: Legend) -> gpd.GeoDataFrame:
    """Return the polygons of one group of tiles."""
    zoom, left, top, n_columns, n_rows = _extent(part)
    index = np.zeros((n_rows * SIZE, n_columns * SIZE), dtype=np.uint8)
    for tile in part:
        row, column = (tile[2] - top) * SIZE, (tile[1] - left) * SIZE
        index[row : row + SIZE, column : column + SIZE] = to_classes(tiles.pixels(tile), legend)
    return class_polygons(index, legend.classes, tile_transform(zoom, left, top), crs=WEB_MERCATOR)
