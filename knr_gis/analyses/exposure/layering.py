"""Hazards, or editions of one hazard, laid over each other: every place in one class, by municipality."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.inputs import Mask, Numbers, layer_title, numbers, shapes_of, texts
from knr_gis.analyses.inundation import (
    COVERED,
    EDGE_ONLY,
    NO_DATA,
    Inundation,
    Ranks,
    clip_classes,
    depth_ranks,
)
from knr_gis.cutting import joined
from knr_gis.definitions import Table, read_toml
from knr_gis.overlay import pieces
from knr_gis.texts import say

# Deeper than any class: stands for a class without an upper bound where bounds are compared.
_NO_LIMIT_M = 1e6
CHANGES = ("new", "gone", "deeper", "shallower", "same", "depth_unknown")


def clip_other(
    layer_id: str, hazard: gpd.GeoDataFrame, municipalities: gpd.GeoDataFrame, *,
    stated: set[str], sliver_share: float,
) -> Inundation:  # fmt: skip
    """
    Return a hazard by municipality and its own classes: depths, or those of ``hazards.toml``.

    Parameters
    ----------
    stated
        Codes of municipalities that the hazard is stated to cover.
    """
    entry = _definitions().get(layer_id)
    ranks = depth_ranks(hazard) if entry is None else _named_ranks(hazard, entry)
    return clip_classes(hazard, municipalities, ranks, stated=stated, sliver_share=sliver_share)


@cache
def _definitions() -> Table:
    return read_toml(Path(__file__).with_name("hazards.toml"))


def _named_ranks(hazard: gpd.GeoDataFrame, entry: Table) -> Ranks:
    """Return the classes by a column of text, in the order of its definition; what has none comes last."""
    named = [text or say("exposure.kind.unknown") for text in texts(hazard, entry["column"])]
    listed = {name: place for place, name in enumerate(entry["gravest_first"])}
    labels = sorted(set(named), key=lambda name: (listed.get(name, len(listed)), name))
    order = np.arange(len(labels), dtype=np.intp)
    return Ranks(np.array([labels.index(name) for name in named], dtype=np.intp), labels, order)


def at_once(
    hazards: dict[str, Inundation], municipalities: gpd.GeoDataFrame
) -> tuple[Inundation, dict[str, int]]:
    """
    Return the ground by which hazards lie on it, and for each of these classes how many they are.

    Where a hazard has no data, or only the edge of it, nothing can be said of what no hazard touches.
    """
    stacked = _stacked(hazards)
    sets = sorted({names for names, _ in stacked}, key=lambda names: (len(names), names))
    labels = [say("exposure.hazard.together").join(map(layer_title, names)) for names in sets]
    rank = np.array([sets.index(names) for names, frame in stacked for _ in range(len(frame))], dtype=np.intp)
    ranks = Ranks(rank, labels, np.arange(len(sets), dtype=np.intp)[::-1].copy())
    together = _classed([frame for _, frame in stacked], municipalities, ranks)
    states = zip(*(hazard.coverage for hazard in hazards.values()), strict=True)
    coverage = [_least_sure(state) for state in states]
    counts = dict(zip(labels, map(len, sets), strict=True))
    return replace(together, coverage=coverage), counts


def _stacked(hazards: dict[str, Inundation]) -> list[tuple[tuple[str, ...], gpd.GeoDataFrame]]:
    """Return for every set of hazards the ground that all of its hazards share."""
    stacked: list[tuple[tuple[str, ...], gpd.GeoDataFrame]] = []
    for name, hazard in hazards.items():
        shared = [((*names, name), _shared(frame, hazard)) for names, frame in stacked]
        stacked += [*((n, f) for n, f in shared if len(f)), ((name,), hazard.frame[["geometry"]])]
    return stacked


def _shared(frame: gpd.GeoDataFrame, hazard: Inundation) -> gpd.GeoDataFrame:
    """Return the parts of polygons that lie in a hazard."""
    cut = pieces(shapes_of(frame), hazard.zones)
    return gpd.GeoDataFrame(geometry=list(cut["geometry"]), crs=hazard.frame.crs)


def _least_sure(states: Sequence[str]) -> str:
    if all(state == COVERED for state in states):
        return COVERED
    return NO_DATA if all(state == NO_DATA for state in states) else EDGE_ONLY


def changes(before: Inundation, after: Inundation, municipalities: gpd.GeoDataFrame) -> Inundation:
    """
    Return the ground of two editions by what has changed (``CHANGES``).

    A municipality that one edition does not cover is not compared.
    """
    cut = pieces(shapes_of(after.frame), before.zones)
    both = gpd.GeoDataFrame(geometry=list(cut["geometry"]), crs=after.frame.crs)
    old, new = before.frame.iloc[cut["zone"].to_numpy()], after.frame.iloc[cut["feature"].to_numpy()]
    frames = [both, after.frame[["geometry"]], before.frame[["geometry"]]]
    rank = [_change(old, new), np.full(len(frames[1]), 0), np.full(len(frames[2]), 1)]
    # What both editions hold goes before what stands in one of them.
    precedence = np.array([4, 5, 0, 1, 2, 3], dtype=np.intp)
    labels = [say(f"exposure.change.{name}") for name in CHANGES]
    laid = _classed(frames, municipalities, Ranks(np.concatenate(rank).astype(np.intp), labels, precedence))
    pairs = zip(before.coverage, after.coverage, strict=True)
    return replace(laid, coverage=[COVERED if pair == (COVERED, COVERED) else NO_DATA for pair in pairs])


def _change(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Return what has changed where both editions have water: position in CHANGES."""
    unknown = _untold(old) | _untold(new)
    low = _bound(new, "depth_min_m", 0.0) - _bound(old, "depth_min_m", 0.0)
    high = _bound(new, "depth_max_m", _NO_LIMIT_M) - _bound(old, "depth_max_m", _NO_LIMIT_M)
    step = np.where(low != 0, low, high)
    kind = np.select([unknown, step > 0, step < 0], [5, 2, 3], default=4)
    return kind.astype(np.intp)


def _untold(frame: gpd.GeoDataFrame) -> Mask:
    return np.isnan(numbers(frame, "depth_min_m")) & np.isnan(numbers(frame, "depth_max_m"))


def _bound(frame: gpd.GeoDataFrame, column: str, open_end: float) -> Numbers:
    """Return a bound of the depth, and what stands for one that is open."""
    return np.nan_to_num(numbers(frame, column), nan=open_end)


def _classed(frames: list[gpd.GeoDataFrame], municipalities: gpd.GeoDataFrame, ranks: Ranks) -> Inundation:
    together = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=municipalities.crs)
    return clip_classes(together, municipalities, ranks, stated=set(), sliver_share=0.0)


def drawn_classes(laid: Inundation, column: str) -> gpd.GeoDataFrame:
    """Return the ground of each class as it counts (no place in two); none where it is not evaluated."""
    unseen = np.array([state == NO_DATA for state in laid.coverage])[laid.frame["muni"].to_numpy(int)]
    seen = np.flatnonzero(~unseen[laid.zones.owner])
    order = seen[np.argsort(laid.zones.owner[seen], kind="stable")]
    owner, parts = laid.zones.owner[order], laid.zones.parts[order]
    rows, starts = np.unique(owner, return_index=True)
    shapes = [joined(some) for some in np.split(parts, starts[1:])] if len(rows) else []
    source = laid.frame.iloc[rows]
    columns = {
        "municipality": source["municipality"].to_numpy(), column: source["depth_class"].to_numpy(),
        "area_ha": laid.zones.areas[rows] / 10_000,
    }  # fmt: skip
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=laid.frame.crs)
