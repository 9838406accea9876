"""
The data of a route book: a trip as one JSON, to be laid out by another program.

The schema is described in ``docs/formats.md``; its number is ``VERSION``.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from knr_gis.crs import to_web
from knr_gis.errors import NothingToWriteError
from knr_gis.export.place import output_path
from knr_gis.export.statement import json_rows, json_value, record_of
from knr_gis.export.trip_tables import DATE, DAY, DAYS, LEGS, NUMBER, STOPS, TIMETABLE, is_trip, text_of
from knr_gis.fonts import plain
from knr_gis.geometry import present
from knr_gis.product import Product
from knr_gis.readable import heading, table_title
from knr_gis.result import Result

FORMAT, VERSION = "knr-gis routebook", 1
CUES = "cues"
_OWN = (TIMETABLE, LEGS, DAYS, STOPS, CUES)
_OF_PLACE = ("stop_label", "kind", "theme", "municipality")
_DEGREE_DECIMALS = 7
Row = dict[str, Any]


def write_routebook(product: Product, path: Path) -> None:
    """
    Write days, visits, legs with their ways and cues, and all other tables of a trip as one JSON.

    Raises
    ------
    NothingToWriteError, OutputError
        If the result is no trip, a layer has no credit line, or the file cannot be written.
    """
    if not is_trip(product.result):
        raise NothingToWriteError("export.routebook_nothing", map=product.title_ja)
    book = {
        "format": FORMAT, "version": VERSION, "about": record_of(product), "columns": _headings(product),
        "days": _days(product.result), "tables": _other_tables(product.result),
    }  # fmt: skip
    with output_path(product, path) as temporary:
        text = json.dumps(book, ensure_ascii=False, indent=1, allow_nan=False)
        temporary.write_text(text, encoding="utf-8", newline="\n")


def _headings(product: Product) -> dict[str, str]:
    """Return the Japanese heading of every column that occurs."""
    columns = {str(c): None for table in product.result.tables.values() for c in table.columns}
    return {c: heading(c) for c in columns}


def _days(result: Result) -> list[Row]:
    """Return each day with its visits, its legs, and the rows of other tables that are of that day."""
    visits = json_rows(result.tables[TIMETABLE])
    summaries = _rows_of(result, DAYS)
    places, legs = _places(result), _legs(result)
    found = []
    for day in dict.fromkeys(row[DAY] for row in visits):
        own = [row | places.get(row.get(NUMBER), {}) for row in visits if row[DAY] == day]
        found.append({
            "day": day, "date": text_of(own[0][DATE]) or None,
            "summary": next((row for row in summaries if row[DAY] == day), {}),
            "visits": own, "legs": [leg for leg in legs if leg[DAY] == day],
            "tables": _of_day(result, day),
        })  # fmt: skip
    return found


def _rows_of(result: Result, name: str) -> list[Row]:
    table = result.tables.get(name)
    return [] if table is None else json_rows(pd.DataFrame(table).drop(columns="geometry", errors="ignore"))


def _places(result: Result) -> dict[Any, Row]:
    """Return what is known of each place that is come to, with its position, by its number."""
    frame = result.features.get(STOPS)
    if frame is None or NUMBER not in frame.columns:
        return {}
    web = to_web(present(frame))
    facts = json_rows(pd.DataFrame(web.drop(columns=web.geometry.name)))
    return {
        row[NUMBER]: {k: row[k] for k in _OF_PLACE if k in row} | _position(point)
        for row, point in zip(facts, web.geometry, strict=True)
    }


def _position(point: Any) -> Row:
    x, y = (round(v, _DEGREE_DECIMALS) for v in (point.x, point.y))
    return {"longitude": x, "latitude": y}


def _legs(result: Result) -> list[Row]:
    """Return the legs, those without a way too, each with its line and its cues."""
    lines, cues = _lines(result), _rows_of(result, CUES)
    return [
        row
        | {"line": lines.get(row.get(NUMBER)), "cues": [c for c in cues if c.get(NUMBER) == row.get(NUMBER)]}
        for row in _rows_of(result, LEGS)
        if DAY in row
    ]


def _lines(result: Result) -> dict[Any, Any]:
    """Return the line of each leg as GeoJSON in degrees, by its number."""
    frame = result.features.get(LEGS)
    if frame is None or NUMBER not in frame.columns:
        return {}
    web = to_web(present(frame))
    rounded = shapely.transform(web.geometry.values, lambda xy: np.round(xy, _DEGREE_DECIMALS))
    return {
        json_value(n): json.loads(g) for n, g in zip(web[NUMBER], shapely.to_geojson(rounded), strict=True)
    }


def _of_day(result: Result, day: Any) -> dict[str, Row]:
    """Return the rows of that day of every other table, by its id."""
    found = {}
    for name, table in result.tables.items():
        if name not in _OWN and DAY in table.columns:
            rows = [row for row in _rows_of(result, name) if row[DAY] == day]
            found[name] = {"title": plain(table_title(name)), "rows": rows}
    return found


def _other_tables(result: Result) -> dict[str, Row]:
    """Return the tables that are not by day (rules, what was dropped ...), by id."""
    return {
        name: {"title": plain(table_title(name)), "rows": _rows_of(result, name)}
        for name, table in result.tables.items()
        if name not in (*_OWN, "not_evaluated") and DAY not in table.columns
    }
