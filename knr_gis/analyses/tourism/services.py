"""Where along a trip fuel, a toilet or food is far apart."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.inputs import listed, planning_number, texts
from knr_gis.analyses.tourism.along import Piece, tape
from knr_gis.analyses.tourism.part import Part
from knr_gis.analyses.tourism.service_gaps import (
    Gap,
    Mark,
    ends_of,
    gaps_between,
    kinds_of,
    marks_on,
    runs,
    service_rules,
)
from knr_gis.analyses.tourism.trip import Trip
from knr_gis.display import shown
from knr_gis.result import Blank, Note
from knr_gis.texts import say

WITHIN = "service_within_m"
_ROLE = "service_points"
_COLUMNS = [
    "service_kind", "gap_state", "day", "from_name", "to_name", "from_km", "to_km", "gap_km", "gap_min",
    "limit_km", "limit_min",
]  # fmt: skip


def services_part(trip: Trip, numbers: Mapping[str, Any] | None = None) -> Part:
    """
    Return the gaps between services along the way, held against the limits.

    A service counts where it lies within ``service_within_m`` (straight) of the way and is not known to be
    shut when it is passed. Gaps for fuel run on through the nights; those for toilets and food are of one
    day, which begins and ends with a place that is taken to have both. Where a leg has no way the gap is cut.

    Parameters
    ----------
    numbers
        Values that stand before those of ``assumptions.toml``.
    """
    points = trip.setting.layers.get(_ROLE)
    if points is None:
        return Part(gaps=[(shown("layer", _ROLE), say("services.no_layer"), pd.NA)])
    modes = {leg.mode for leg in trip.legs if leg.found}
    kinds = [k for k, rule in service_rules().items() if modes & set(rule["modes"])]
    keys = (WITHIN, *(service_rules()[k]["limit"] for k in kinds))
    values = {key: planning_number(key, (numbers or {}).get(key)) for key in keys}
    named = np.array([kinds_of(text) for text in texts(points, "service_kind")], dtype=object)
    known = [k for k in kinds if any(k in names for names in named)]
    found = {k: _gaps(trip, k, points[[k in n for n in named]], within_m=values[WITHIN]) for k in known}
    return _part(trip, kinds, found, values)


def _gaps(trip: Trip, kind: str, points: gpd.GeoDataFrame, *, within_m: float) -> tuple[list[Gap], int]:
    """Return the gaps of one kind in their order along the trip, and how many services were shut."""
    pieces, names, shut = tape(trip), texts(trip.places, "name"), 0
    daily, gaps = kind != "fuel", []
    for run in runs(pieces, daily=daily):
        marks: list[Mark] = list(ends_of(run, names))
        for piece in (piece for piece in run if piece.leg.mode != "train"):
            found, n_shut = marks_on(piece, points, trip.days[piece.leg.day - 1], within_m=within_m)
            marks += found
            shut += n_shut
        gaps += gaps_between(kind, marks, timed=daily)
    return gaps, shut


def _part(
    trip: Trip, kinds: list[str], found: dict[str, tuple[list[Gap], int]], values: dict[str, float]
) -> Part:
    gaps = [gap for kind_gaps, _ in found.values() for gap in kind_gaps]
    table = _table(gaps, values)
    return Part(
        features={"service_gaps": _drawn(tape(trip), gaps, table, trip)},
        tables={"service_longest": _summed(found, values), "service_gaps": table},
        rows=_rows(found, values),
        notes=_notes(found, values),
        gaps=_untold(trip, kinds, found),
        params=dict(values),
        assumptions=tuple(values),
    )


def _limit(kind: str, values: dict[str, float]) -> tuple[float, bool]:
    """Return the limit of a kind and whether it is one of kilometres."""
    key = service_rules()[kind]["limit"]
    return values[key], key.endswith("_km")


def _is_over(gap: Gap, values: dict[str, float]) -> bool:
    limit, by_km = _limit(gap.kind, values)
    return (gap.km if by_km else gap.minutes) > limit


def _table(gaps: list[Gap], values: dict[str, float]) -> pd.DataFrame:
    rows = []
    for gap in gaps:
        limit, by_km = _limit(gap.kind, values)
        limits = (limit, Blank.NOT_ASKED) if by_km else (Blank.NOT_ASKED, limit)
        state = "over" if _is_over(gap, values) else "within"
        rows.append((
            gap.kind, state, gap.day, gap.start.name, gap.end.name, gap.start.km, gap.end.km, gap.km,
            gap.minutes, *limits,
        ))  # fmt: skip
    return pd.DataFrame(rows, columns=_COLUMNS)


def _summed(found: dict[str, tuple[list[Gap], int]], values: dict[str, float]) -> pd.DataFrame:
    """Return the longest gap of each kind, how many are too long, and how many services were shut."""
    rows = []
    for kind, (gaps, shut) in found.items():
        if gaps:
            longest = _longest(gaps, by_km=_limit(kind, values)[1])
            own = _table([longest], values).iloc[0]
            rows.append(
                own.to_dict() | {"gaps_over": sum(_is_over(g, values) for g in gaps), "shut_services": shut}
            )
    return pd.DataFrame(rows, columns=[*_COLUMNS, "gaps_over", "shut_services"])


def _drawn(pieces: tuple[Piece, ...], gaps: list[Gap], table: pd.DataFrame, trip: Trip) -> gpd.GeoDataFrame:
    """Return the gaps above their limit as lines, one for each leg that they run over."""
    rows, lines = [], []
    for number, gap in enumerate(gaps):
        for piece in pieces:
            line = piece.between(gap.start.km, gap.end.km)
            if table["gap_state"].iloc[number] == "over" and line is not None:
                rows.append({**table[_COLUMNS[:-2]].iloc[number].to_dict(), "day": piece.leg.day})
                lines.append(line)
    columns = pd.DataFrame(rows, columns=_COLUMNS[:-2])
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(lines, crs=trip.places.crs), crs=trip.places.crs)


def _longest(gaps: list[Gap], *, by_km: bool) -> Gap:
    return max(gaps, key=lambda gap: gap.km if by_km else gap.minutes)


def _rows(found: dict[str, tuple[list[Gap], int]], values: dict[str, float]) -> list[Row]:
    rows: list[Row] = []
    for kind, (gaps, shut) in found.items():
        name = shown("service_kind", kind)
        if gaps:
            _, by_km = _limit(kind, values)
            longest = _longest(gaps, by_km=by_km)
            over = sum(_is_over(gap, values) for gap in gaps)
            rows += [
                ("", "", name, "service_longest_km", longest.km, "km"),
                ("", "", name, "service_longest_min", longest.minutes, "分"),
                ("", "", name, "service_gaps_over", float(over), "件"),
            ]
        rows.append(("", "", name, "services_shut", float(shut), "件"))
    return rows


def _notes(found: dict[str, tuple[list[Gap], int]], values: dict[str, float]) -> tuple[Note, ...]:
    """Return the longest gap of each kind that is too long, and how gaps were measured."""
    said = []
    for kind, (gaps, _) in found.items():
        over = [gap for gap in gaps if _is_over(gap, values)]
        if over:
            limit, by_km = _limit(kind, values)
            longest = _longest(over, by_km=by_km)
            told = {
                "kind": shown("service_kind", kind), "start": longest.start.name, "end": longest.end.name,
                "km": f"{longest.km:,.1f}", "minutes": f"{longest.minutes:,.0f}", "count": len(over),
                "limit": f"{limit:g} {'km' if by_km else '分'}",
            }  # fmt: skip
            said.append(Note("services.note_over", told))
    return (*said, Note("services.note_method", {"metres": f"{values[WITHIN]:g}"}))


def _untold(
    trip: Trip, kinds: list[str], found: dict[str, tuple[list[Gap], int]]
) -> list[tuple[str, str, object]]:
    """Return what could not be judged."""
    missing = [shown("service_kind", kind) for kind in kinds if kind not in found]
    gaps: list[tuple[str, str, object]] = []
    if missing:
        gaps.append((listed(missing), say("services.no_points"), pd.NA))
    lost = sum(not leg.found for leg in trip.legs)
    if lost and found:
        gaps.append((say("services.cut"), say("services.cut_reason"), lost))
    return gaps
