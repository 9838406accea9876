"""Zone layers and subjects gathered, each subject laid over each zone layer."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.conflict.account import Places, Subject, account_rows, contacts, subject_of
from knr_gis.analyses.conflict.drawn import drawable, feature_table, kind_of
from knr_gis.analyses.conflict.layered import Coverage, Layered, areas_of, layered, together
from knr_gis.analyses.conflict.rules import NO_RULE
from knr_gis.analyses.inputs import by_dimension, layer_title, texts
from knr_gis.analyses.inundation import COVERED, NO_DATA, clip_hazard
from knr_gis.errors import AnalysisError
from knr_gis.texts import say

Frames = dict[str, gpd.GeoDataFrame]


@dataclass
class Found:
    """What has been gathered: zone layers, subjects, rows of the summary, pieces, tables, gaps."""

    parts: list[Layered] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    drawn: dict[str, list[gpd.GeoDataFrame]] = field(default_factory=dict)
    tables: list[pd.DataFrame] = field(default_factory=list)
    gaps: list[tuple[str, str, int]] = field(default_factory=list)


def width_of(within_m: float | None) -> float:
    """Return the distance that counts as near, 0 for none; raise AnalysisError if it is no distance."""
    if within_m is None:
        return 0.0
    if isinstance(within_m, bool) or not math.isfinite(within_m) or within_m < 0:
        raise AnalysisError("conflict.bad_distance", value=within_m)
    return float(within_m)


def add_zones(
    found: Found, zones: Frames, covered: Callable[[gpd.GeoDataFrame], Coverage], *,
    width: float, columns: dict[str, str],
) -> None:  # fmt: skip
    """Take in the zone layers; one without any area is a gap, never "outside everywhere"."""
    for layer_id in columns:
        if layer_id not in zones:
            raise AnalysisError("conflict.no_zone_layer", layer=layer_id, known="、".join(zones))
    for layer_id, frame in zones.items():
        areas = areas_of(frame)
        if areas.empty:
            found.gaps.append((layer_title(layer_id), "empty_zones", 0))
            continue
        if len(areas) < len(frame):
            found.gaps.append((layer_title(layer_id), "no_area", len(frame) - len(areas)))
        column = columns.get(layer_id, "")
        found.parts.append(layered(layer_id, areas, covered(areas), within_m=width, column=column))


def coverage_of(
    frame: gpd.GeoDataFrame, *, municipalities: gpd.GeoDataFrame, covers: list[str] | None, share: float
) -> Coverage:
    """Return where a layer is known to be complete: everywhere, unless it is a hazard."""
    if "depth_min_m" not in frame:
        return everywhere(len(municipalities))
    states = clip_hazard(frame, municipalities, hazard_covers=covers, sliver_share=share).coverage
    return Coverage(np.array([s == COVERED for s in states]), np.array([s != NO_DATA for s in states]))


def everywhere(count: int) -> Coverage:
    """Return the coverage of a layer that is complete in all municipalities."""
    return Coverage(np.ones(count, dtype=bool), np.ones(count, dtype=bool))


def add_subjects(found: Found, subjects: Frames, places: Places) -> None:
    """Take in the layers that are laid over the zones; what has no place of its own is a gap."""
    for layer_id, frame in subjects.items():
        weak = np.array(
            [t == say("exposure.weak_position", language="ja") for t in texts(frame, "position_quality")],
            bool,
        )
        kinds = by_dimension(frame[~weak])
        placed = sum(len(part) for part in kinds.values())
        lost = len(frame) - int(weak.sum()) - placed
        made = [subject_of(layer_id, d, part.reset_index(drop=True), places) for d, part in kinds.items()]
        at_sea = placed - sum(subject.land["feature"].nunique() for subject in made)
        gaps = {"weak_position": int(weak.sum()), "no_geometry": lost, "outside_region": at_sea}
        found.gaps += [(layer_title(layer_id), why, n) for why, n in gaps.items() if n]
        if frame.empty:
            found.gaps.append((layer_title(layer_id), "empty_layer", 0))
        found.subjects += made


def lay_all(found: Found, places: Places, width: float) -> None:
    """Lay every subject over every zone layer, and over all of them together for the map."""
    if not found.parts:
        return
    known = np.logical_and.reduce([part.evaluated for part in found.parts])
    rules = together(found.parts, Coverage(known, np.ones(len(known), dtype=bool)), within_m=width)
    with_rules = any(rule.duty != NO_RULE for rule in rules.rules)
    for subject in found.subjects:
        for part in found.parts:
            met = contacts(subject, part)
            found.rows += account_rows(subject, part, met, places)
            found.tables.append(feature_table(subject, part, met, places))
        met = contacts(subject, rules) if len(found.parts) > 1 or with_rules else met
        if with_rules:
            found.rows += account_rows(subject, rules, met, places)
        drawn = drawable(subject, rules, met, places)
        found.drawn.setdefault(kind_of(subject), []).append(drawn)
