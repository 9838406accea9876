"""Layers that set rules made ready for cutting: groups, strictest first, and the ring near them."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from knr_gis.analyses.conflict.rules import DUTIES, Rule, layer_rule, park_rule
from knr_gis.analyses.inputs import Mask, layer_title, shapes_of, texts
from knr_gis.analyses.inundation import depth_ranks
from knr_gis.display import shown
from knr_gis.errors import AnalysisError
from knr_gis.overlay import Shapes, Zones, dimension_of, make_zones, valid_polygons
from knr_gis.texts import say

ALL = "rules"
_NAMES = ("park_name", "name", "category")
_ARC_STEPS = 64  # the ring is short of the true distance by at most 0.008 %
_AREA = 2


@dataclass(frozen=True)
class Layered:
    """
    A layer of zones; every place belongs to one of its polygons, to the ring near them, or to none.

    Parameters
    ----------
    id
        Layer id, or ``ALL`` for all layers together, grouped by duty.
    polygons
        Shape ``(n,)``, valid, as published (they may overlap).
    groups
        Labels of the groups, strictest first.
    group
        Group of each polygon, shape ``(n,)``.
    rules, names, labels, layers
        Of each polygon: its rule, its own name, the label of its group, and the layer it is of.
    zones
        The polygons made ready, the strictest first; the ring is zone ``n`` where it was asked for.
    overlap_m2
        What lay in two polygons and was left to the stricter.
    ring, within_m
        What lies within a distance (the zones with it), and the distance; 0 for none.
    evaluated, seen
        For each municipality: whether what lies outside is known to be outside, and whether the layer
        shows anything there at all (a hazard layer need not).
    """

    id: str
    polygons: Shapes
    groups: list[str]
    group: NDArray[np.intp]
    rules: list[Rule]
    names: list[str]
    labels: list[str]
    layers: list[str]
    zones: Zones
    overlap_m2: float
    ring: shapely.Geometry
    within_m: float
    evaluated: Mask
    seen: Mask

    @property
    def near(self) -> int:
        """Position of the ring among the zones."""
        return len(self.polygons)


@dataclass(frozen=True)
class Coverage:
    """For each municipality, shape ``(municipalities,)``: see ``Layered.evaluated`` and ``seen``."""

    evaluated: Mask
    seen: Mask


def layered(
    layer_id: str, frame: gpd.GeoDataFrame, coverage: Coverage, *, within_m: float, column: str = ""
) -> Layered:
    """
    Return a zone layer made ready.

    Parameters
    ----------
    frame
        Polygons in metres; what is no area is left out (``zones_of`` reports it).
    within_m
        Width in metres of the ring that counts as near; 0 for none.
    column
        Column whose values are the groups; by park kind and grade, by depth, or one group if empty.

    Raises
    ------
    AnalysisError
        If the column is not there.
    """
    frame = areas_of(frame)
    rules = _rules(layer_id, frame)
    labels, order = _labels(layer_id, frame, column)
    key = np.lexsort((np.arange(len(frame)), order, np.array([rule.rank for rule in rules], dtype=np.intp)))
    frame, rules, labels = frame.iloc[key], [rules[k] for k in key], [labels[k] for k in key]
    names = [
        next((n for n in choice if n), "") for choice in zip(*(texts(frame, c) for c in _NAMES), strict=True)
    ]
    groups = list(dict.fromkeys(labels))
    return _made(layer_id, shapes_of(frame), coverage, within_m=within_m, of={
        "groups": groups, "group": np.array([groups.index(label) for label in labels], dtype=np.intp),
        "rules": rules, "names": names, "labels": labels, "layers": [layer_id] * len(frame),
    })  # fmt: skip


def together(parts: list[Layered], coverage: Coverage, *, within_m: float) -> Layered:
    """Return all layers as one whose groups are the duties: the strictest zone of each place."""
    rows = [(part, k) for part in parts for k in range(len(part.polygons))]
    rows.sort(key=lambda row: row[0].rules[row[1]].rank)
    duties = [part.rules[k].duty for part, k in rows]
    present = [duty for duty in DUTIES if duty in duties]
    shapes = np.array([part.polygons[k] for part, k in rows], dtype=object)
    return _made(ALL, shapes, coverage, within_m=within_m, of={
        "groups": [shown("rule_duty", duty) for duty in present],
        "group": np.array([present.index(duty) for duty in duties], dtype=np.intp),
        "rules": [part.rules[k] for part, k in rows], "names": [part.names[k] for part, k in rows],
        "labels": [part.labels[k] for part, k in rows], "layers": [part.id for part, _ in rows],
    })  # fmt: skip


def areas_of(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the rows that are areas."""
    return frame[dimension_of(shapes_of(frame)) == _AREA]


def _made(
    layer_id: str, shapes: Shapes, coverage: Coverage, *, within_m: float, of: dict[str, Any]
) -> Layered:  # fmt: skip
    polygons = valid_polygons(shapes)
    zones = make_zones(polygons)
    overlap, ring = zones.overlap_m2, shapely.Polygon()
    if within_m > 0:
        ring = shapely.union_all(shapely.buffer(polygons, within_m, quad_segs=_ARC_STEPS))
        zones = make_zones(np.append(polygons, ring))
    return Layered(
        id=layer_id, polygons=polygons, zones=zones, overlap_m2=overlap, ring=ring, within_m=within_m,
        evaluated=coverage.evaluated, seen=coverage.seen, **of,
    )  # fmt: skip


def _rules(layer_id: str, frame: gpd.GeoDataFrame) -> list[Rule]:
    """Return the rule of each zone: by kind and grade of a park, or that of the layer."""
    if "grade" not in frame:
        return [layer_rule(layer_id)] * len(frame)
    return [park_rule(*zone) for zone in zip(texts(frame, "park_kind"), texts(frame, "grade"), strict=True)]


def _labels(layer_id: str, frame: gpd.GeoDataFrame, column: str) -> tuple[list[str], NDArray[np.intp]]:
    """Return the label of each zone's group and its order among zones of one rule."""
    if column:
        if column not in frame:
            raise AnalysisError("conflict.no_column", layer=layer_title(layer_id), column=column,
                                known="、".join(c for c in frame.columns if c != "geometry"))  # fmt: skip
        labels = [shown(column, value) for value in texts(frame, column)]
        return labels, np.array([sorted(set(labels)).index(label) for label in labels], dtype=np.intp)
    if "grade" in frame:
        pairs = zip(texts(frame, "park_kind"), texts(frame, "grade"), strict=True)
        labels = [f"{kind} {grade or say('conflict.no_grade')}".strip() for kind, grade in pairs]
        return labels, np.zeros(len(frame), dtype=np.intp)
    if "depth_min_m" in frame:
        rank, classes, precedence = depth_ranks(frame)
        return [classes[k] for k in rank], precedence[rank]
    return [layer_title(layer_id)] * len(frame), np.zeros(len(frame), dtype=np.intp)
