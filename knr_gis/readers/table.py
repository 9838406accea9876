"""Reader of tables: CSV, Excel and JSON records, with positions in any usual spelling."""

from collections.abc import Iterable
from pathlib import PurePath

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import CRS

from knr_gis.crs import JGD2011, parse_crs, transform_bounds
from knr_gis.definitions import nearest
from knr_gis.errors import ReadError
from knr_gis.findings import Finding
from knr_gis.layers import PLACELESS, Form, Layer
from knr_gis.readers import ReadRequest, ReadResult
from knr_gis.readers.coordinates import (
    JAPAN,
    Axes,
    Positions,
    are_metres,
    degrees_of,
    find_axes,
    known_names,
    metres_of,
)
from knr_gis.readers.header import Table, table_of
from knr_gis.readers.sheets import SUFFIXES, read_grids
from knr_gis.readers.single import read_single
from knr_gis.readers.table_lines import read_lines
from knr_gis.schema import canonical_columns, choose_form
from knr_gis.texts import say

_LISTED_ROWS = 20
_YEARS = range(2000, 2101)  # of tables with a column for each


def read_table(request: ReadRequest) -> ReadResult:
    """
    Read a table whose rows are points, lines from position to position, or figures by municipality.

    Every cell stays text, so that codes keep their zeros; the layer file says what it means. A JSON
    list of records gets a further column ``file_name``: some publishers name the municipality only
    there. Rows without a usable position are left out and listed, never placed at 0, 0.

    Returns
    -------
    ReadResult
        Source columns and points in the CRS of the request, else of the form, else EPSG:6668. For
        layers of figures by municipality the geometry is None in every row; for plain tables it is None
        where the row states no position.

    Raises
    ------
    ReadError
        If the file cannot be read as a table, or if no row has a usable position.
    """
    single = read_single(request.path, SUFFIXES)
    known = [*known_names(), *_layer_names(request.layer)]
    table = table_of(read_grids(single, request.encoding), known, single.name)
    if single.name.lower().endswith(".json"):
        table.frame["file_name"] = PurePath(single.name).stem
    ragged = _ragged(table, request.layer)
    if request.layer.geometry in PLACELESS:
        places = _places_if_told(table, request, single.name)
        return ReadResult(gpd.GeoDataFrame(table.frame, geometry=places), ragged)
    if request.layer.geometry == "line":
        titles = _feature_names(table.frame, request.layer)
        located = read_lines(table, request, titles=titles, file=single.name)
    else:
        located = _locate(table, request, single.name)
    return ReadResult(located.data, [*ragged, *located.findings])


def _layer_names(layer: Layer) -> list[str]:
    """Return every column name that the layer can make use of, the ones to be preferred last."""
    titles = [column.ja for column in canonical_columns().values()]
    return [*titles, *(name for form in layer.forms for name in _form_names(form)), *canonical_columns()]


def _form_names(form: Form) -> Iterable[str]:
    yield from form.match
    for names in form.columns.values():
        yield from names
    for template in form.years.values():
        yield from (template.format(year=year) for year in _YEARS)


def _ragged(table: Table, layer: Layer) -> list[Finding]:
    if not table.long_rows:
        return []
    values = {"count": len(table.long_rows), "rows": _listed(table.long_rows)}
    return [Finding("ragged_rows", layer.id, values=values)]


def _listed(numbers: list[int]) -> str:
    """Return row numbers for a sentence; a long list is cut."""
    shown = "、".join(str(number) for number in numbers[:_LISTED_ROWS])
    return shown if len(numbers) <= _LISTED_ROWS else say("read_table.and_more", shown=shown)


def _locate(table: Table, request: ReadRequest, file: str) -> ReadResult:
    """Return the rows that have a position inside the bounds of the request, as points."""
    names = [str(name) for name in table.frame.columns]
    axes = find_axes(names)
    if axes is None:
        hint = nearest("緯度", names) or nearest("latitude", names) or "-"
        raise ReadError("read_table.no_axes", path=file, found=_shortened(names), hint=hint)
    crs = _crs_of(names, axes, request, file)
    positions = _positions(table, axes, crs, request=request, file=file)
    if not positions.usable.any():
        raise _no_usable(table, axes, file)
    return _points(table, axes, positions, crs=crs, request=request)


def _crs_of(names: list[str], axes: Axes, request: ReadRequest, file: str) -> CRS:
    form = choose_form(names, request.layer, file)
    if axes.old_datum and not request.crs:
        raise ReadError("read_table.old_datum", path=file, column=axes.latitude)
    return parse_crs(request.crs or form.crs or JGD2011)


def _places_if_told(table: Table, request: ReadRequest, file: str) -> gpd.GeoSeries:
    """Return the points of a plain table, None where a row has none; its rows are kept either way."""
    names = [str(name) for name in table.frame.columns]
    axes = find_axes(names) if request.layer.geometry == "table" else None
    if axes is None:
        return gpd.GeoSeries([None] * len(table.frame), crs=JGD2011)
    crs = _crs_of(names, axes, request, file)
    positions = _positions(table, axes, crs, request=request, file=file)
    points = gpd.GeoSeries(gpd.points_from_xy(positions.x, positions.y), crs=crs)
    return points.where(positions.usable, None)


def _shortened(names: list[str]) -> str:
    return "、".join(names[:_LISTED_ROWS])


def _positions(table: Table, axes: Axes, crs: CRS, *, request: ReadRequest, file: str) -> Positions:
    x, y = ([_cell(v) for v in table.frame[name]] for name in (axes.longitude, axes.latitude))
    if crs.is_projected:
        return metres_of(x, y, crs=crs, box=request.bounds or JAPAN, is_xy=axes.is_xy)
    if axes.is_xy and are_metres(x, y):
        raise ReadError("read_table.metres", path=file, columns=f"{axes.longitude}, {axes.latitude}")
    return degrees_of(x, y)


def _cell(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _no_usable(table: Table, axes: Axes, file: str) -> ReadError:
    first = table.frame.iloc[0]
    written = f"{axes.latitude}={first[axes.latitude]}, {axes.longitude}={first[axes.longitude]}"
    return ReadError("read_table.no_usable", path=file, row=table.numbers[0], written=written)


def _points(table: Table, axes: Axes, positions: Positions, *, crs: CRS, request: ReadRequest) -> ReadResult:
    """Return points inside the bounds, with a finding for each row that was mended or left out."""
    inside = _inside(positions, crs, request)
    lost = ~positions.usable
    names = _feature_names(table.frame, request.layer)
    findings = [
        *_lost_findings(table, axes, names, rows=lost, layer_id=request.layer.id),
        *_mended_findings(table, positions, names, inside=inside, layer_id=request.layer.id),
    ]
    points = gpd.points_from_xy(positions.x[inside], positions.y[inside], crs=crs)
    frame = table.frame[inside].reset_index(drop=True)
    return ReadResult(gpd.GeoDataFrame(frame, geometry=points, crs=crs), findings)


def _inside(positions: Positions, crs: CRS, request: ReadRequest) -> NDArray[np.bool_]:
    if request.reading_box is None:
        return positions.usable
    west, south, east, north = transform_bounds(request.reading_box, JGD2011, crs)
    x, y = positions.x, positions.y
    return np.asarray((x >= west) & (x <= east) & (y >= south) & (y <= north))


def _feature_names(frame: pd.DataFrame, layer: Layer) -> list[str]:
    """Return the name of each row as its form says, for findings; blank where there is none."""
    names = [str(name) for name in frame.columns]
    form = choose_form(names, layer)
    title = canonical_columns()["name"].ja
    single = next((n for n in (*form.columns.get("name", ()), "name", title) if n in names), None)
    parts = [n for n in form.joins.get("name", ()) if n in names] or ([single] if single else [])
    return ["".join(_cell(cell) or "" for cell in row) for row in frame[parts].to_numpy()]


def _lost_findings(
    table: Table, axes: Axes, names: list[str], *, rows: NDArray[np.bool_], layer_id: str
) -> list[Finding]:
    frame, findings = table.frame, []
    for place in np.flatnonzero(rows):
        cells = (frame[axes.latitude].iloc[place], frame[axes.longitude].iloc[place])
        written = " ".join(cell for cell in map(_cell, cells) if cell) or say("read_table.blank")
        values: dict[str, object] = {"row": table.numbers[place], "written": written}
        findings.append(Finding("no_coordinates", layer_id, feature=names[place], values=values))
    return findings


def _mended_findings(
    table: Table, positions: Positions, names: list[str], *, inside: NDArray[np.bool_], layer_id: str
) -> list[Finding]:
    """Return what was mended: swapped values (one finding where the whole file is), minutes, seconds."""
    swapped, findings = positions.swapped & inside, []
    everywhere = bool(positions.swapped[positions.usable].all())
    if everywhere and swapped.any():
        where = say("read_table.all_rows", count=int(swapped.sum()))
        findings.append(Finding("coordinates_swapped", layer_id, "info", values={"where": where}))
    for place in np.flatnonzero(swapped & (not everywhere)):
        values = {"where": say("read_table.row", row=table.numbers[place])}
        x, y = float(positions.x[place]), float(positions.y[place])
        findings.append(
            Finding("coordinates_swapped", layer_id, "info", names[place], values=values, x=x, y=y)
        )
    n_dms = int((positions.dms & inside).sum())
    if n_dms:
        findings.append(Finding("coordinates_dms", layer_id, "info", values={"count": n_dms}))
    return findings
