"""What of a layer lies in each municipality, and what of it in the zone."""

import geopandas as gpd
import numpy as np

from knr_gis.analyses.accounts import Account, account_rows, amount_account, count_account
from knr_gis.analyses.inputs import Numbers, by_dimension, numbers, shapes_of, texts
from knr_gis.analyses.inundation import (
    COVERED,
    EDGE_ONLY,
    NO_DATA,
    Inundation,
    first_zone,
    overlay_layer,
)
from knr_gis.analyses.profile.figures import (
    EDGE_OF_HAZARD,
    KNOWN,
    NO_HAZARD,
    NO_LAYER,
    PARTIAL,
    UNKNOWN,
    Figure,
)
from knr_gis.overlaps import ground_once
from knr_gis.texts import say

_UNITS = {0: ("件", 1.0), 1: ("km", 1e-3), 2: ("ha", 1e-4)}
_HA, _KM2 = 1e-4, 1e-6
_IN_ZONE = {COVERED: KNOWN, EDGE_ONLY: EDGE_OF_HAZARD, NO_DATA: NO_HAZARD}


def every(state: str, inundation: Inundation) -> tuple[str, ...]:
    """Return one state for all municipalities."""
    return (state,) * len(inundation.codes)


def nothing(key: str, unit: str, inundation: Inundation, state: str = NO_LAYER) -> Figure:
    """Return a figure that is not there, and why."""
    return Figure(key, unit, np.full(len(inundation.codes), np.nan), every(state, inundation))


def zone_states(inundation: Inundation) -> tuple[str, ...]:
    """Return for each municipality whether what lies in the zone is known."""
    return tuple(_IN_ZONE[state] for state in inundation.coverage)


def ground_figures(inundation: Inundation) -> list[Figure]:
    """Return the area of the municipalities, and of it what is inundated."""
    land, wet = inundation.land.areas, inundation.area_m2.sum(axis=1)
    known = tuple(PARTIAL if s == EDGE_OF_HAZARD else s for s in zone_states(inundation))
    wet = np.where([s == NO_HAZARD for s in known], np.nan, wet)
    return [
        Figure("municipality_km2", "km²", land * _KM2, every(KNOWN, inundation)),
        Figure("inundated_area", "ha", wet * _HA, known),
        Figure("inundated_share_percent", "％", wet, known, whole=land),
    ]


def layer_figures(
    frame: gpd.GeoDataFrame | None, key: str, dimension: int, inundation: Inundation, *, in_zone: bool = False
) -> list[Figure]:
    """
    Return how much of a layer lies in each municipality; a layer without features is a gap, not a zero.

    Ground that several features of a layer hold counts once.

    Parameters
    ----------
    key
        Name of the measure.
    dimension
        What is measured: 0 number of features, 1 kilometres of lines, 2 hectares of areas.
    in_zone
        Whether to add what lies in the zone (``<key>_in_zone``).
    """
    keys, unit = (key, f"{key}_in_zone")[: 2 if in_zone else 1], _UNITS[dimension][0]
    if frame is None or frame.empty:
        return [nothing(name, unit, inundation) for name in keys]
    account = _account(frame, key, dimension, inundation)
    account_rows(account, inundation)  # raises where more lies in the zone than there is
    inside = np.where(inundation.covered, account.inside.sum(axis=1), np.nan)
    whole = Figure(key, unit, account.total, every(KNOWN, inundation))
    return [whole, Figure(keys[-1], unit, inside, zone_states(inundation))][: len(keys)]


def _account(frame: gpd.GeoDataFrame, key: str, dimension: int, inundation: Inundation) -> Account:
    unit, factor = _UNITS[dimension]
    size = (len(inundation.codes), len(inundation.classes))
    total = Account(key, unit, np.zeros(size), np.zeros(size[0]))
    kinds = by_dimension(frame)
    for kind, part in kinds.items():
        if dimension and kind != dimension:
            continue
        shapes = ground_once(shapes_of(part)) if kind == dimension == 2 else shapes_of(part)
        overlaid, ones = overlay_layer(shapes, inundation), np.ones(len(part))
        measured = amount_account if dimension else count_account
        total = total.plus(measured(overlaid, inundation, ones * factor, measure=key, unit=unit))
    return total


def kind_figures(
    frame: gpd.GeoDataFrame | None, column: str, key: str, inundation: Inundation
) -> list[Figure]:
    """Return hectares of areas by kind; ground that several features hold counts for the first."""
    if frame is None or frame.empty:
        return []
    areas = by_dimension(frame).get(2, frame.iloc[:0])
    own = areas.set_geometry(gpd.GeoSeries(list(ground_once(shapes_of(areas))), areas.index, crs=frame.crs))
    kinds = np.array([text or say("profile.kind_unknown") for text in texts(own, column)], dtype=object)
    found = []
    for kind in dict.fromkeys(kinds):
        account = _account(own[kinds == kind], key, 2, inundation)
        title = say("profile.of_kind", kind=kind)
        states = every(KNOWN, inundation)
        found.append(Figure(key, "ha", account.total, states, group=str(kind), title=title))
    return found


def capacity_figures(
    capacity: Numbers,
    muni: Numbers,
    key: str,
    inundation: Inundation,
    *,
    states: tuple[str, ...] | None = None,
) -> list[Figure]:
    """
    Return known capacity, and the number of places whose capacity is unknown, never taken for 0.

    Parameters
    ----------
    capacity, muni
        Shape ``(places,)``: persons (NaN = unknown) and position of the municipality, -1 outside.
    key
        Start of the names of both measures.
    states
        Of the municipalities where places as such are not known; None: all are.
    """
    n, inside = len(inundation.codes), muni >= 0
    known, where = ~np.isnan(capacity[inside]), muni[inside].astype(int)
    persons = np.bincount(where[known], capacity[inside][known], minlength=n)
    some, lacking = np.bincount(where[known], minlength=n), np.bincount(where[~known], minlength=n)
    own = states or every(KNOWN, inundation)
    told = np.where(lacking == 0, KNOWN, np.where(some > 0, PARTIAL, UNKNOWN))
    seen = np.array([s == KNOWN for s in own])
    told = np.where(seen, told, own)
    amount = np.where(seen & ((some > 0) | (lacking == 0)), persons, np.nan)
    return [
        Figure(f"{key}_capacity_persons", "人", amount, tuple(str(s) for s in told)),
        Figure(f"{key}_capacity_unknown", "件", np.where(seen, lacking, np.nan), own),
    ]


def shelter_figures(shelters: gpd.GeoDataFrame | None, inundation: Inundation) -> list[Figure]:
    """Return the number of shelters and their capacity."""
    if shelters is None or shelters.empty:
        units = {"shelters_count": "件", "shelters_capacity_persons": "人", "shelters_capacity_unknown": "件"}
        return [nothing(key, unit, inundation) for key, unit in units.items()]
    points = by_dimension(shelters).get(0, shelters.iloc[:0])
    muni = first_zone(shapes_of(points), inundation.land).astype(float)
    capacity = capacity_figures(numbers(points, "capacity_persons"), muni, "shelters", inundation)
    return layer_figures(shelters, "shelters_count", 0, inundation) + capacity
