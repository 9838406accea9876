"""The places of an atlas: municipalities, districts, evacuation sites, days of a trip."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from knr_gis.crs import Bounds
from knr_gis.display import shown
from knr_gis.errors import NothingToWriteError
from knr_gis.figure.scale import result_frames, shows_towns
from knr_gis.fonts import plain
from knr_gis.front import key_table
from knr_gis.product import Product, ProductLayer
from knr_gis.readable import heading, printed_rows, summary_tables
from knr_gis.texts import say

_SITE_LAYERS = ("result_sites", "evacuation_sites", "shelters")
_SITE_COLUMNS = ("site_name", "assigned_site", "nearest_site")  # columns that name the site of a way
_AROUND_M = 600.0  # the surroundings of a site, at least
_FARTHEST_M = 12_000.0
_MARGIN = 0.05
_MOST_FIGURES = 14


@dataclass(frozen=True)
class Place:
    """
    One place of an atlas.

    Parameters
    ----------
    product
        The product, with the features of this place only where the atlas is of days or sites.
    content
        Whether the analysis found anything there.
    """

    title: str
    bounds: Bounds
    product: Product
    figures: tuple[str, ...] = ()
    outline: BaseGeometry | None = None
    mark: tuple[float, float] | None = None
    content: bool = True


def places_of(product: Product, kind: str, name: str = "") -> list[Place]:
    """
    Return the places of an atlas, in the order of the data.

    Parameters
    ----------
    name
        Part of the title of the places wanted; empty for all.

    Raises
    ------
    NothingToWriteError
        If the product has no such places, or none of that name.
    """
    finders: dict[str, Callable[[Product], list[Place]]] = {
        "municipality": _towns, "district": _districts, "site": _sites, "day": _days,
    }  # fmt: skip
    places = finders[kind](product)
    if not places:
        raise NothingToWriteError("figure.no_places", title=product.title, kind=say(f"figure.atlas_{kind}"))
    wanted = [place for place in places if name in place.title]
    if not wanted:
        known = "、".join(place.title for place in places[:5])
        raise NothingToWriteError("figure.no_such_place", title=product.title, name=name, known=known)
    return wanted


def _towns(product: Product) -> list[Place]:
    """Return the municipalities; a page shows the result there, or all of it where there is none."""
    layers = [x for x in (*product.layers, *product.ground) if shows_towns(x) and not x.frame.empty]
    if not layers:
        return []
    frame = layers[0].frame
    column = "municipality" if "municipality" in frame.columns else "name"
    named = frame.dissolve(column, sort=False)
    return [_town(product, str(name), shape) for name, shape in named.geometry.items()]


def _town(product: Product, name: str, shape: BaseGeometry) -> Place:
    found = _found_in(product, shape)
    box = np.array(shape.bounds) if found is None else found
    return Place(
        name, _wider(box), product, figures=_town_figures(product, name), outline=shape,
        content=found is not None,
    )  # fmt: skip


def _found_in(product: Product, shape: BaseGeometry) -> np.ndarray | None:
    """Return the box around what the analysis found within a shape."""
    shapely.prepare(shape)
    boxes = []
    for frame in result_frames(product):
        if len(frame) and not any(frame is x.frame for x in product.layers if shows_towns(x)):
            geometry = frame.geometry.values
            inside = shapely.intersection(geometry[shapely.intersects(shape, geometry)], shape)
            boxes += [shapely.bounds(g) for g in inside if not g.is_empty]
    return _around(boxes) if boxes else None


def _around(boxes: list[np.ndarray]) -> np.ndarray:
    stacked = np.array(boxes)
    return np.concatenate([np.nanmin(stacked[:, :2], axis=0), np.nanmax(stacked[:, 2:], axis=0)])


def _wider(box: np.ndarray) -> Bounds:
    margin = _MARGIN * float(max(box[2] - box[0], box[3] - box[1]))
    return box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin


def _town_figures(product: Product, name: str) -> tuple[str, ...]:
    """Return the figures of a municipality: its row of the key table, else of its plain measures."""
    for table in (key_table(product), *summary_tables(product.result.summary)):
        cells = [] if table is None else [row for row in printed_rows(table) if row and row[0] == name]
        if table is not None and cells:
            pairs = list(zip(table.headings, cells[0], strict=True))[1 : _MOST_FIGURES + 1]
            return tuple(_figure(title, value) for title, value in pairs)
    return ()


def _figure(title: str, value: str) -> str:
    return say("figure.figure", title=plain(title), value=plain(value))


def _districts(product: Product) -> list[Place]:
    """Return the districts that a layer names, with what lies in them."""
    layers = [x for x in product.layers if "district" in x.frame.columns and not x.frame.empty]
    if not layers:
        return []
    places = []
    for name, part in layers[0].frame.groupby("district", sort=False):
        box = _wider(_least(np.asarray(part.total_bounds, float)))
        areas = part.geometry[part.geom_type.isin(("Polygon", "MultiPolygon"))]
        outline = shapely.union_all(areas.values) if len(areas) == len(part) else None
        places.append(Place(plain(name), box, product, outline=outline))
    return places


def _least(box: np.ndarray, around: float = _AROUND_M) -> np.ndarray:
    """Return a box that is no smaller than the surroundings of a point."""
    middle = (box[:2] + box[2:]) / 2
    half = np.maximum((box[2:] - box[:2]) / 2, around)
    return np.concatenate([middle - half, middle + half])


def _sites(product: Product) -> list[Place]:
    """Return the evacuation sites on the map, with the ways that lead there."""
    layers = {x.id: x for x in product.layers if x.visible and not x.frame.empty}
    found = next((layers[i] for i in _SITE_LAYERS if i in layers), None)
    if found is None or "name" not in found.frame.columns:
        return []
    points = found.frame[found.frame.geom_type == "Point"]
    rows = points[points["name"].notna()]
    return [_site(product, found, row) for _, row in rows.iterrows()]


def _site(product: Product, layer: ProductLayer, row: pd.Series) -> Place:
    point, name = row.geometry, str(row["name"])
    ways = [_of_site(x.frame, name) for x in product.layers if x.visible]
    boxes = [np.asarray(w.total_bounds, float) for w in ways if w is not None and len(w)]
    here = np.array([point.x, point.y] * 2)
    box = _around([here, *boxes])
    box = np.clip(box, here - _FARTHEST_M, here + _FARTHEST_M)
    box = _around([box, here + np.array([-1, -1, 1, 1]) * _AROUND_M])
    kept = _kept(product, lambda frame: _of_site(frame, name))
    figures = [(heading(c), shown(c, row[c])) for c in layer.popup if c in row.index and c != "name"]
    where = row.get("municipality")
    title = name if not isinstance(where, str) else say("figure.site", name=name, where=where)
    return Place(
        plain(title), _wider(box), kept, figures=tuple(_figure(*pair) for pair in figures[:_MOST_FIGURES]),
        mark=(point.x, point.y),
    )  # fmt: skip


def _of_site(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame | None:
    """Return the features that lead to a site; None where a layer does not tell."""
    columns = [c for c in _SITE_COLUMNS if c in frame.columns]
    return frame[frame[columns[0]] == name] if columns else None


def _days(product: Product) -> list[Place]:
    """Return the days of a trip, each with its own legs and stops."""
    frames = [f for f in product.result.features.values() if "day" in f.columns and not f.empty]
    if not frames:
        return []
    days = sorted({int(day) for frame in frames for day in frame["day"].dropna()})
    return [_day(product, day) for day in days]


def _day(product: Product, day: int) -> Place:
    kept = _kept(product, lambda frame: frame[frame["day"] == day] if "day" in frame.columns else None)
    boxes = [np.asarray(f.total_bounds, float) for f in kept.result.features.values()
             if "day" in f.columns and len(f)]  # fmt: skip
    stops = kept.result.features.get("stops")
    figures = (
        () if stops is None or "name" not in stops.columns else tuple(_stop(r) for _, r in stops.iterrows())
    )
    title = say("figure.day", day=day)
    return Place(title, _wider(_least(_around(boxes))), kept, figures=figures)


def _stop(row: pd.Series) -> str:
    """Return a stop with its hours."""
    hours = [str(row[c]) for c in ("arrive", "leave") if c in row.index and pd.notna(row[c]) and str(row[c])]
    return say("figure.stop", hours="–".join(hours), name=plain(row["name"])).strip()


def _kept(product: Product, chosen: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame | None]) -> Product:
    """Return the product with the chosen features only; frames for which nothing is chosen stay whole."""
    cut: dict[int, gpd.GeoDataFrame] = {}
    frames = [x.frame for x in product.layers] + list(product.result.features.values())
    for frame in frames:
        if id(frame) not in cut:
            part = chosen(frame)
            cut[id(frame)] = frame if part is None else part
    layers = tuple(replace(x, frame=cut[id(x.frame)]) for x in product.layers)
    features = {name: cut[id(frame)] for name, frame in product.result.features.items()}
    return replace(product, layers=layers, result=replace(product.result, features=features))
