"""Reader of e-Stat mesh statistics: population by grid cell, with its suppressed cells."""

import csv
import io
import re
from collections.abc import Sequence

import geopandas as gpd
import jismesh.utils as jismesh
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from knr_gis.crs import JGD2011, Bounds
from knr_gis.errors import ReadError
from knr_gis.findings import Finding
from knr_gis.layers import Form, Layer
from knr_gis.readers import ReadRequest, ReadResult
from knr_gis.readers.encoding import decode_text
from knr_gis.readers.header import plain_name
from knr_gis.readers.single import read_single
from knr_gis.schema import CANONICAL, choose_form
from knr_gis.values import normal_text, to_number

KEY, STATE, TARGET, SOURCES = "KEY_CODE", "HTKSYORI", "HTKSAKI", "GASSAN"
_HEADS = (KEY, STATE, TARGET, SOURCES)
_SUFFIXES = (".txt", ".csv")
_HIDDEN = "*"
_IS_HIDDEN_CELL = "2"
# JIS X 0410: 1st mesh (4 digits), 2nd (2 of 0-7), 3rd (2), then up to three halvings (1-4): 1 km to 125 m.
_CODE = re.compile(r"\d{4}[0-7]{2}\d{2}[1-4]{0,3}")
_LISTED = 5


def read_mesh(request: ReadRequest) -> ReadResult:
    """
    Read a mesh table of e-Stat, as published (text or ZIP), into canonical columns.

    Suppression goes by column, not by row. In the census files a suppressed cell (``HTKSYORI`` 2)
    publishes its total and its households; ``*`` stands only in the finer columns, and only those
    are added to the cell named in ``HTKSAKI`` (whose ``GASSAN`` lists where they came from). So

    - a number that is published counts, in every row, and in the cell where it is published;
    - a ``*`` is unknown (NaN), never 0: its people are in the receiving cell already;
    - thus the sum of every column is that of the publisher, and nobody counts twice.

    Cells keep their own outline. Giving a receiving cell the union with its suppressed neighbours
    would spread its people evenly over all of them: in the file of mesh 5339 (census 2020) this
    would move 43,490 of the 88,017 people of such groups into a neighbouring cell, while keeping the
    cells moves the age groups of no more than the 1,730 people who live in suppressed ones, and no
    totals. A receiving cell may therefore hold more people by age than in total; suppressed cells
    stay in the frame with ``suppressed`` true, so that a map and a count can show them.

    Columns are found by the Japanese titles in the second header row (numbers shift between
    surveys), else by their number, both as the layer file lists them.

    Returns
    -------
    ReadResult
        ``mesh_code``, the columns of the form, ``suppressed``, ``carried_to_mesh``,
        ``carried_from_mesh``; squares in EPSG:6668. Cells outside the bounds are left out first.

    Raises
    ------
    ReadError
        If the file is no mesh table, mixes sizes of cells, or has no column of the form.
    """
    single = read_single(request.path, _SUFFIXES)
    text = decode_text(single.raw, file=single.name, encoding=request.encoding)
    header, titles, body = _split(text, single.name)
    columns = _find_columns(header, titles, request.layer)
    if not columns:
        raise ReadError("read_mesh.no_column", path=single.name, layer=request.layer.title_ja)
    raw = pd.DataFrame(body, columns=header, dtype=object)
    valid, findings = _valid_cells(raw, single.name, request.layer)
    near = valid[_touches(valid[KEY].tolist(), request.bounds)]
    frame = _cells(near.reset_index(drop=True), columns)
    return ReadResult(frame, [*findings, *_suppression(frame, request.layer)])


def _split(text: str, file: str) -> tuple[list[str], list[str], list[list[str]]]:
    """Return the column ids, their titles (blank where the file has none) and the rows of cells."""
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if any(row)]
    if not rows or KEY not in [cell.strip() for cell in rows[0]]:
        raise ReadError("read_mesh.no_key", path=file)
    header = [cell.strip() for cell in rows[0]]
    width, key = len(header), header.index(KEY)
    body = [_fitted(row, width) for row in rows[1:]]
    # Only the row of titles has no code; a later row without one is reported as unreadable.
    has_titles = bool(body) and not any(c.isdigit() for c in normal_text(body[0][key]))
    titles = body.pop(0) if has_titles else [""] * width
    if not body:
        raise ReadError("read_table.header_only", path=file)
    return header, titles, body


def _fitted(row: list[str], width: int) -> list[str]:
    return row[:width] + [""] * (width - len(row))


def _find_columns(header: list[str], titles: list[str], layer: Layer) -> dict[str, str]:
    """Return canonical column -> column id, by title first, then by id."""
    form = _mesh_form(header, layer)
    by_name = {plain_name(name): name for name in header}
    by_name |= {plain_name(t): n for t, n in zip(titles, header, strict=True) if plain_name(t)}
    found = {
        ours: next((by_name[key] for name in theirs if (key := plain_name(name)) in by_name), None)
        for ours, theirs in form.columns.items()
    }
    return {ours: name for ours, name in found.items() if name is not None and name not in _HEADS}


def _mesh_form(header: list[str], layer: Layer) -> Form:
    form = choose_form(header, layer)
    return form if KEY in form.match else CANONICAL


def _valid_cells(raw: pd.DataFrame, file: str, layer: Layer) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the rows whose code is one of JIS X 0410, all of one size; the others are reported."""
    codes = pd.Series([normal_text(cell) for cell in raw[KEY]], index=raw.index, dtype=object)
    good = np.array([bool(_CODE.fullmatch(code)) for code in codes], bool)
    if not good.any():
        raise ReadError("read_mesh.no_code", path=file, code=codes.iloc[0])
    lengths = sorted({len(code) for code in codes[good]})
    if len(lengths) > 1:
        raise ReadError("read_mesh.mixed_sizes", path=file, lengths="、".join(map(str, lengths)))
    valid = raw.assign(**{KEY: codes})[good]
    if good.all():
        return valid, []
    shown = "、".join(code or '""' for code in codes[~good][:_LISTED])
    values = {"count": int((~good).sum()), "codes": shown}
    return valid, [Finding("mesh_code_invalid", layer.id, values=values)]


def _touches(codes: Sequence[str], bounds: Bounds | None) -> NDArray[np.bool_]:
    """Tell which cells touch a box in longitude and latitude."""
    if bounds is None:
        return np.ones(len(codes), bool)
    west, south, east, north = _edges(codes)
    minx, miny, maxx, maxy = bounds
    return np.asarray((west <= maxx) & (east >= minx) & (south <= maxy) & (north >= miny))


def _edges(codes: Sequence[str]) -> NDArray[np.float64]:
    """Return west, south, east and north of cells in degrees, shape ``(4, n)``."""
    if not len(codes):
        return np.empty((4, 0))
    # jismesh 2.1 fails on an array of one (it calls numpy.asscalar): the last code stands there twice.
    numbers = np.array([int(code) for code in [*codes, codes[-1]]], np.int64)
    south, west = jismesh.to_meshpoint(numbers, 0, 0)
    north, east = jismesh.to_meshpoint(numbers, 1, 1)
    return np.array([west, south, east, north], float)[:, :-1]


def mesh_polygons(codes: Sequence[str]) -> gpd.GeoSeries:
    """Return the squares of mesh codes of 8 to 11 digits (JIS X 0410) in EPSG:6668."""
    return gpd.GeoSeries(shapely.box(*_edges(codes)), crs=JGD2011)


def _cells(raw: pd.DataFrame, columns: dict[str, str]) -> gpd.GeoDataFrame:
    data: dict[str, object] = {"mesh_code": raw[KEY]}
    for ours, theirs in columns.items():
        data[ours] = [to_number(cell) for cell in raw[theirs]]
    hidden = [_is_hidden(row) for row in raw[[*columns.values()]].to_numpy()]
    stated = [normal_text(cell) == _IS_HIDDEN_CELL for cell in raw.get(STATE, [""] * len(raw))]
    data["suppressed"] = [a or b for a, b in zip(hidden, stated, strict=True)]
    for ours, theirs in (("carried_to_mesh", TARGET), ("carried_from_mesh", SOURCES)):
        data[ours] = [normal_text(cell) or None for cell in raw.get(theirs, [""] * len(raw))]
    return gpd.GeoDataFrame(data, geometry=mesh_polygons(raw[KEY].tolist()), crs=JGD2011)


def _is_hidden(cells: Sequence[object]) -> bool:
    return any(normal_text(cell) == _HIDDEN for cell in cells)


def _suppression(frame: gpd.GeoDataFrame, layer: Layer) -> list[Finding]:
    """Return how many cells are suppressed, and how many of them are carried out of what was read."""
    hidden = frame[frame.suppressed.astype(bool)]
    if hidden.empty:
        return []
    persons = float(hidden.persons.sum()) if "persons" in frame else 0.0
    values: dict[str, object] = {"count": len(hidden), "persons": round(persons)}
    findings = [Finding("mesh_suppressed", layer.id, "info", values=values)]
    outside = ~hidden.carried_to_mesh.isin(frame.mesh_code) & hidden.carried_to_mesh.notna()
    if outside.any():
        values = {"count": int(outside.sum())}
        findings.append(Finding("mesh_carried_outside", layer.id, "info", values=values))
    return findings


def drop_repeated_mesh(gdf: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, int]:
    """
    Return cells once each, and how many rows were left out.

    Files split by prefecture repeat the cells on the border; of two rows with the same code the one
    with more figures stays. A cell that is divided (files of two sizes) gives way to its parts,
    which hold the same people.

    Parameters
    ----------
    gdf
        Column ``mesh_code`` (text); other columns, geometry and CRS are kept as they are.
    """
    codes = gdf["mesh_code"].astype("string").reset_index(drop=True)
    known = gdf.notna().sum(axis=1).reset_index(drop=True)
    best = known.sort_values(ascending=False, kind="stable").index
    ordered = codes.loc[best]
    unique = ordered[~ordered.duplicated() | ordered.isna()].index
    parents = {code[:size] for code in codes.dropna() for size in range(8, len(code))}
    kept = sorted(place for place in unique if pd.isna(codes[place]) or codes[place] not in parents)
    return gdf.iloc[kept].reset_index(drop=True), len(gdf) - len(kept)
