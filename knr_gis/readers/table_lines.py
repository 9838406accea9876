"""Lines of a table: each row from a position to a position, through others on the way, or as WKT."""

import re
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from knr_gis.crs import JGD2011, parse_crs, transform_bounds
from knr_gis.errors import ReadError
from knr_gis.findings import Finding
from knr_gis.readers import ReadRequest, ReadResult
from knr_gis.readers.coordinates import JAPAN, column_names, degrees_of
from knr_gis.readers.header import Table, plain_name
from knr_gis.schema import choose_form
from knr_gis.texts import say
from knr_gis.values import to_text

_SHOWN_NAMES = 20
# Between points of 経由: a semicolon, a line break, or what stands for one; within a point a comma or blanks.
_BETWEEN = re.compile(r"[;；\n\r|→]+")
_WITHIN = re.compile(r"[,，、\s]+")
_ENDS = ("start_longitude", "start_latitude", "end_longitude", "end_latitude")


class _Drawn(NamedTuple):
    """A row's line (None where it has none), how many points of 経由 were not read, and if it was swapped."""

    line: BaseGeometry | None
    n_unread: int = 0
    swapped: bool = False


def read_lines(table: Table, request: ReadRequest, *, titles: list[str], file: str) -> ReadResult:
    """
    Return the rows that make a line inside the box of the request.

    Latitude and longitude in each other's place are put right and told. A row without a usable line is left
    out and told; a point of 経由 that cannot be read is left out of its line and told.

    Parameters
    ----------
    titles
        What to call each row in findings.

    Raises
    ------
    ReadError
        If there are no columns of positions, they are in metres, or no row has a line.
    """
    names = [str(name) for name in table.frame.columns]
    crs = parse_crs(request.crs or choose_form(names, request.layer, file).crs or JGD2011)
    columns = _columns(names)
    if "wkt" not in columns and not set(_ENDS) <= columns.keys():
        raise ReadError("read_table.no_ends", path=file, found="、".join(names[:_SHOWN_NAMES]))
    if "wkt" not in columns and crs.is_projected:
        raise ReadError("read_table.ends_in_metres", path=file, crs=crs.to_string())
    cells = [{key: to_text(row[c]) or "" for key, c in columns.items()} for _, row in table.frame.iterrows()]
    drawn = [_from_wkt(row["wkt"], crs) if row.get("wkt") else _from_ends(row) for row in cells]
    if all(one.line is None for one in drawn):
        raise ReadError("read_table.no_line", path=file, row=table.numbers[0], written=_written(cells[0]))
    findings = _findings(table, request, drawn, titles=titles, cells=cells)
    frame = gpd.GeoDataFrame(table.frame, geometry=[one.line for one in drawn], crs=crs)
    return ReadResult(frame[_wanted(drawn, request, crs)].reset_index(drop=True), findings)


def _columns(names: list[str]) -> dict[str, str]:
    """Return the column of each part of a position that is there."""
    plain = {plain_name(name): name for name in reversed(names)}
    return {
        key: plain[word]
        for key, known in column_names()["line"].items()
        if (word := next((w for w in map(plain_name, known) if w in plain), None))
    }


def _from_ends(row: dict[str, str]) -> _Drawn:
    """Return the line from the start over the points between to the end."""
    between = [part for part in _BETWEEN.split(row.get("via", "")) if part.strip()]
    pairs = [[p for p in _WITHIN.split(part.strip()) if p] for part in between]
    kept = [pair for pair in pairs if len(pair) == 2]
    written = [
        (row.get(_ENDS[1], ""), row.get(_ENDS[0], "")),
        *kept,
        (row.get(_ENDS[3], ""), row.get(_ENDS[2], "")),
    ]
    places = degrees_of([second for _, second in written], [first for first, _ in written])
    usable = places.usable
    if not (usable[0] and usable[-1]):
        return _Drawn(None)
    xy = np.column_stack([places.x, places.y])[usable]
    line = LineString(xy)
    n_unread = len(between) - int(usable[1:-1].sum())
    return _Drawn(line if line.length > 0 else None, n_unread, swapped=bool(places.swapped[usable].any()))


def _from_wkt(text: str, crs: CRS) -> _Drawn:
    """Return the line of a text in WKT; None where it is no line, or in degrees lies outside Japan."""
    shape = shapely.force_2d(shapely.from_wkt(text, on_invalid="ignore"))
    if shape is None or shapely.get_dimensions(shape) != 1 or shape.length == 0:
        return _Drawn(None)
    if not crs.is_geographic or _in_japan(shape):
        return _Drawn(shape)
    turned = shapely.transform(shape, lambda xy: xy[:, ::-1])
    return _Drawn(turned, swapped=True) if _in_japan(turned) else _Drawn(None)


def _in_japan(shape: BaseGeometry) -> bool:
    return bool(shapely.within(shape, shapely.box(*JAPAN)))


def _wanted(drawn: list[_Drawn], request: ReadRequest, crs: CRS) -> list[bool]:
    """Tell which rows have a line that touches the box."""
    if request.reading_box is None:
        return [one.line is not None for one in drawn]
    box = shapely.box(*transform_bounds(request.reading_box, JGD2011, crs))
    return [one.line is not None and one.line.intersects(box) for one in drawn]


def _findings(
    table: Table, request: ReadRequest, drawn: list[_Drawn], *, titles: list[str], cells: list[dict[str, str]]
) -> list[Finding]:
    """Return what was left out, and what was mended."""
    found = []
    for one, number, title, row in zip(drawn, table.numbers, titles, cells, strict=True):
        layer_id, values = request.layer.id, {"row": number, "written": _written(row)}
        if one.line is None:
            found.append(Finding("no_line", layer_id, "error", title, values=dict(values)))
        elif one.n_unread:
            values["count"] = one.n_unread
            found.append(Finding("via_unread", layer_id, "error", title, values=dict(values)))
        if one.swapped:
            where = {"where": say("read_table.row", row=number)}
            found.append(Finding("coordinates_swapped", layer_id, "info", title, values=dict(where)))
    return found


def _written(row: dict[str, str]) -> str:
    """Return what the cells of a row's position say, for a sentence."""
    return " ".join(cell for cell in row.values() if cell)[:80] or say("read_table.blank")
