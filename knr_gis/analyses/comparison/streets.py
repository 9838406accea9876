"""The streets in danger in both runs: where one must now go faster, or slower, or has no way out."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.comparison.pair import Pair
from knr_gis.analyses.evacuation.arrival import arrival_at
from knr_gis.analyses.evacuation.exits import goal_rows, in_danger
from knr_gis.analyses.evacuation.race import Run, speed_needed
from knr_gis.analyses.evacuation.segments import (
    NO_TIME,
    NO_WAY,
    SPEED_BANDS,
    STEP_M,
    even_steps,
    speed_bands,
)
from knr_gis.analyses.inputs import Numbers, texts
from knr_gis.analyses.inundation import first_zone
from knr_gis.routing import Field

WORSE, BETTER, SAME = "worse", "better", "same"
OUT = "out_of_danger"
_RANK = {band: rank for rank, band in enumerate((OUT, *SPEED_BANDS, NO_TIME, NO_WAY))}
_KEYS = ["muni", "road", "street_change", "speed_band_a", "speed_band_b"]
_M_PER_KM = 1000.0


def street_pair(pair: Pair) -> pd.DataFrame | None:
    """
    Return the streets in danger in either run in short steps with their band in both.

    Both runs are looked at in the middle of the same steps, exactly along the edges.

    Returns
    -------
    DataFrame
        ``muni``, ``road``, ``length_m``, ``speed_band_a``, ``speed_band_b``, ``street_change``,
        ``line``; None where there are no streets.
    """
    streets, field_a, field_b = pair.a.plan.streets, pair.a.ways.field, pair.b.ways.field
    if streets is None or field_a is None or field_b is None:
        return None
    edge, start, end = even_steps(np.maximum(np.ceil(streets.base.length_m / STEP_M), 1).astype(np.int64))
    middle = streets.base.at(edge, (start + end) / 2)
    zone = first_zone(shapely.points(middle), pair.a.inundation.zones)
    must_leave = [goal_rows(run.inundation, run.plan.scenario.goal_depth_m) for run in (pair.a, pair.b)]
    danger = [in_danger(zone, rows) for rows in must_leave]
    kept = np.flatnonzero(danger[0] | danger[1])
    edge, start, end, zone, middle = edge[kept], start[kept], end[kept], zone[kept], middle[kept]
    bands = [
        np.where(wet[kept], _bands(run, seconds_at(field, run, edge, (start + end) / 2), middle, zone), OUT)
        for run, field, wet in ((pair.a, field_a, danger[0]), (pair.b, field_b, danger[1]))
    ]
    ends = np.stack([streets.base.at(edge, share) for share in (start, end)], axis=1)
    return pd.DataFrame({
        "muni": pair.a.inundation.frame["muni"].to_numpy(int)[zone],
        "road": streets.base.road[edge],
        "length_m": (end - start) * streets.base.length_m[edge],
        "speed_band_a": bands[0], "speed_band_b": bands[1], "street_change": _change(*bands),
        "line": shapely.linestrings(ends),
    })  # fmt: skip


def seconds_at(field: Field, run: Run, edge: NDArray[np.int64], share: Numbers) -> Numbers:
    """
    Return the seconds to safety from places on edges, over the better end; NaN where no way leads.

    Parameters
    ----------
    edge, share
        Shape (n,): the edge of each place, and how far along it (0 to 1).
    """
    streets, cost = field.search.streets, field.search.cost
    first = streets.xy[streets.u] - field.network.nodes[field.network.u[streets.edge]]
    length = np.maximum(field.network.length_m[streets.edge], 1e-9)
    begins = streets.edge + np.clip(np.hypot(*first.T) / length, 0.0, 1.0 - 1e-9)
    order = np.argsort(begins, kind="stable")
    piece = order[np.searchsorted(begins[order], edge + share, side="right") - 1]
    within = (edge + share - begins[piece]) / streets.share[piece]
    along, against = run.plan.streets.seconds[:, edge] * streets.share[piece]  # type: ignore[union-attr]
    with np.errstate(invalid="ignore"):
        least = np.fmin(
            cost[streets.u[piece]] + against * within, cost[streets.v[piece]] + along * (1 - within)
        )
    return np.asarray(np.where(np.isfinite(least), least, np.nan))


def _bands(run: Run, seconds: Numbers, middle: Numbers, zone: NDArray[np.intp]) -> NDArray[np.object_]:
    scenario, rows = run.plan.scenario, run.inundation.frame.iloc[zone]
    points = gpd.GeoSeries(shapely.points(middle), crs=run.judged.crs)
    arrival = arrival_at(points, rows, run.plan.arrival, scenario)
    needed = speed_needed(seconds, arrival.minutes - scenario.safety_margin_min, scenario)
    return speed_bands(needed, seconds)


def _change(bands_a: NDArray[np.object_], bands_b: NDArray[np.object_]) -> NDArray[np.str_]:
    a, b = (np.array([_RANK[band] for band in bands], dtype=int) for bands in (bands_a, bands_b))
    return np.where(b > a, WORSE, np.where(b < a, BETTER, SAME))


def street_change_layer(pair: Pair, steps: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the streets whose band is another, one line per road, municipality and pair of bands."""
    changed = steps[steps["street_change"] != SAME]
    grouped = changed.groupby(_KEYS, sort=True)
    lines = changed["line"].to_numpy(object)
    whole = [shapely.line_merge(shapely.multilinestrings(lines[rows])) for rows in grouped.indices.values()]
    table = grouped["length_m"].sum().reset_index()
    roads = pair.a.plan.layers.get("roads")
    named = [] if roads is None else texts(roads, "road_name")
    return gpd.GeoDataFrame({
        "road_name": [named[k] for k in table["road"]],
        "municipality": [pair.a.inundation.names[k] for k in table["muni"]],
        **{c: table[c] for c in ("street_change", "speed_band_a", "speed_band_b")},
        "length_km": table["length_m"] / _M_PER_KM,
    }, geometry=whole, crs=pair.a.judged.crs)  # fmt: skip


def street_change_rows(pair: Pair, steps: pd.DataFrame) -> list[Row]:
    """Return the kilometres of street by municipality that got worse, better, or stayed in their band."""
    codes, rows = pair.a.inundation.codes, []
    places = [*zip(codes, pair.a.inundation.names, strict=True), ("", "")]
    for change in (WORSE, BETTER, SAME):
        own = steps[steps["street_change"] == change]
        km = np.bincount(own["muni"].to_numpy(int), own["length_m"] / _M_PER_KM, minlength=len(codes))
        figures = np.append(km, km.sum())
        rows += [
            (code, name, "", f"cmp_street_km_{change}", float(value), "km")
            for (code, name), value in zip(places, figures, strict=True)
        ]
    return rows
