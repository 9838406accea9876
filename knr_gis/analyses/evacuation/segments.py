"""The streets themselves: how long it takes out of danger from each, and how fast one must go."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.evacuation.arrival import arrival_at
from knr_gis.analyses.evacuation.exits import goal_rows, in_danger
from knr_gis.analyses.evacuation.origins import ARRIVALS
from knr_gis.analyses.evacuation.race import Run, speed_needed
from knr_gis.analyses.evacuation.ways import EXIT_GOAL
from knr_gis.analyses.inputs import Numbers, texts
from knr_gis.analyses.inundation import first_zone
from knr_gis.display import shown
from knr_gis.routing import Field

# Streets are judged in steps of this length, by the point in the middle.
STEP_M = 25.0
# 津波からの逃げ地図: bands of three minutes, the last one open.
BAND_MIN, BANDS = 3, 9
# DOGAMI O-20-07, ft/s: 0-2 slow walk, 2-4 walk, 4-6 fast walk, 6-8 jog, 8-10 run, 10-14.7 sprint.
_FOOT = 0.3048
_SPEED_EDGES = tuple(_FOOT * feet for feet in (2.0, 4.0, 6.0, 8.0, 10.0, 14.7))
SPEED_BANDS = ("slow_walk", "walk", "fast_walk", "jog", "run", "sprint", "unlikely")
NO_WAY, NO_TIME = "no_way", "no_time"
_M_PER_KM = 1000.0


@dataclass(frozen=True)
class Steps:
    """
    The streets in danger in short steps.

    Parameters
    ----------
    frame
        One row per step: ``muni``, ``road`` (row of the road layer), ``piece``, ``zone``, ``length_m``,
        ``seconds`` (NaN: no way), ``speed_needed_mps``, ``speed_band``, ``time_band``.
    ends
        Shape (n, 2, 2): both ends of each step.
    """

    frame: pd.DataFrame
    ends: Numbers


def street_steps(run: Run) -> Steps | None:
    """Return the streets in danger in steps with their time to safety; None where there are no streets."""
    field = run.ways.field
    if field is None:
        return None
    piece, start, end = _cut(field, run)
    middle = _place(field, piece, (start + end) / 2)
    zone = first_zone(shapely.points(middle), run.inundation.zones)
    rows = goal_rows(run.inundation, run.plan.scenario.goal_depth_m)
    wet = np.flatnonzero(in_danger(zone, rows))
    piece, start, end, zone, middle = piece[wet], start[wet], end[wet], zone[wet], middle[wet]
    edge = field.search.streets.edge[piece]
    frame = pd.DataFrame({
        "muni": run.inundation.frame["muni"].to_numpy(int)[zone],
        "road": field.network.road[edge],
        "piece": piece,
        "zone": zone,
        "length_m": (end - start) * field.search.streets.share[piece] * field.network.length_m[edge],
        "seconds": _seconds(field, run, piece, (start + end) / 2),
    })  # fmt: skip
    ends = np.stack([_place(field, piece, start), _place(field, piece, end)], axis=1)
    return Steps(_banded(frame, middle, run), ends)


def _cut(field: Field, run: Run) -> tuple[NDArray[np.int64], Numbers, Numbers]:
    """Return the pieces of streets in danger in steps: piece, and the shares where each begins and ends."""
    streets, wet = field.search.streets, run.plan.streets.wet  # type: ignore[union-attr]
    length = streets.share * field.network.length_m[streets.edge]
    in_danger = np.append(wet, np.zeros(len(field.network) - len(wet), dtype=bool))[streets.edge]
    count = np.where(in_danger, np.ceil(length / STEP_M), 0).astype(np.int64)
    return even_steps(count)


def even_steps(count: NDArray[np.int64]) -> tuple[NDArray[np.int64], Numbers, Numbers]:
    """
    Return lines cut into equal steps: the line, and the shares where each step begins and ends.

    Parameters
    ----------
    count
        Shape (lines,): how many steps; 0 leaves a line out.
    """
    line = np.repeat(np.arange(len(count)), count)
    step = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
    return line, step / count[line], (step + 1) / count[line]


def _place(field: Field, piece: NDArray[np.int64], share: Numbers) -> Numbers:
    streets = field.search.streets
    start, end = streets.xy[streets.u[piece]], streets.xy[streets.v[piece]]
    return np.asarray(start + share[:, None] * (end - start))


def _seconds(field: Field, run: Run, piece: NDArray[np.int64], share: Numbers) -> Numbers:
    """Return the time to safety from a place on each piece: over the end that is the better."""
    streets, search = field.search.streets, field.search
    edge = streets.edge[piece]
    along, against = run.plan.streets.seconds[:, edge] * streets.share[piece]  # type: ignore[union-attr]
    with np.errstate(invalid="ignore"):
        over_v = search.cost[streets.v[piece]] + along * (1 - share)
        over_u = search.cost[streets.u[piece]] + against * share
    least = np.fmin(over_u, over_v)
    return np.asarray(np.where(np.isfinite(least), least, np.nan))


def _banded(frame: pd.DataFrame, middle: Numbers, run: Run) -> pd.DataFrame:
    """Return the steps with the speed needed and the bands of speed and of time."""
    scenario = run.plan.scenario
    zone = run.inundation.frame[["muni_code", *ARRIVALS]].iloc[frame["zone"]]
    points = gpd.GeoSeries(shapely.points(middle), crs=run.judged.crs)
    arrival = arrival_at(points, zone, run.plan.arrival, scenario)
    seconds = frame["seconds"].to_numpy()
    needed = speed_needed(seconds, arrival.minutes - scenario.safety_margin_min, scenario)
    return frame.assign(
        speed_needed_mps=needed, speed_band=speed_bands(needed, seconds), time_band=time_bands(seconds)
    )


def speed_bands(needed: Numbers, seconds: Numbers) -> NDArray[np.object_]:
    """Return the band of each speed (DOGAMI, Beat the Wave), ``no_way`` and ``no_time`` apart."""
    band: NDArray[np.object_] = np.array(SPEED_BANDS, dtype=object)[
        np.digitize(np.nan_to_num(needed), _SPEED_EDGES)
    ]
    band[np.isnan(needed)] = NO_TIME
    band[np.isnan(seconds)] = NO_WAY
    return band


def time_bands(seconds: Numbers) -> NDArray[np.object_]:
    """Return the three-minute band of each time: ``t03`` (up to 3 min) ... ``t24``, ``t99`` or ``no_way``."""
    upper = np.clip(np.ceil(np.nan_to_num(seconds) / 60 / BAND_MIN), 1, BANDS).astype(int)
    names = np.array([*(f"t{BAND_MIN * k:02d}" for k in range(1, BANDS)), "t99"], dtype=object)
    band: NDArray[np.object_] = names[upper - 1]
    band[np.isnan(seconds)] = NO_WAY
    return band


def street_layers(run: Run, steps: Steps | None) -> dict[str, gpd.GeoDataFrame]:
    """Return the streets in danger by band, and the points where people come out of it."""
    return {} if steps is None else {"streets": _dissolved(steps, run), "exits": _exit_frame(run)}


def _dissolved(steps: Steps, run: Run) -> gpd.GeoDataFrame:
    """Return the steps of one named road (unnamed: together), municipality and band as one line each."""
    runs, ends = _in_a_row(steps)
    group = runs.assign(road_name=_road_names(runs, run)).groupby(
        ["muni", "road_name", "speed_band", "time_band"], sort=True
    )
    table = group.agg(length_m=("length_m", "sum"), seconds=("seconds", "max"),
                      speed_needed_mps=("speed_needed_mps", "max")).reset_index()  # fmt: skip
    number = group.ngroup().to_numpy()
    order = np.argsort(number, kind="stable")
    lines = shapely.multilinestrings(shapely.linestrings(ends[order]), indices=number[order])
    return gpd.GeoDataFrame({
        "road_name": table["road_name"], "municipality": [run.inundation.names[k] for k in table["muni"]],
        "speed_band": table["speed_band"], "time_band": table["time_band"], "walk_min": table["seconds"] / 60,
        "speed_needed_mps": table["speed_needed_mps"], "length_km": table["length_m"] / _M_PER_KM,
    }, geometry=shapely.line_merge(lines), crs=run.judged.crs)  # fmt: skip


def _in_a_row(steps: Steps) -> tuple[pd.DataFrame, Numbers]:
    """Return steps that follow each other on one piece of street in one band as one, and its ends."""
    frame = steps.frame
    same = np.logical_and.reduce([
        frame[c].to_numpy()[1:] == frame[c].to_numpy()[:-1]
        for c in ("piece", "muni", "speed_band", "time_band")
    ])  # fmt: skip
    same &= (steps.ends[1:, 0] == steps.ends[:-1, 1]).all(axis=1)
    first = np.flatnonzero(np.append(True, ~same)[: len(frame)])
    last = np.append(first[1:], len(frame))[: len(first)] - 1
    runs = frame.iloc[first].reset_index(drop=True)
    if len(first):
        runs["length_m"] = np.add.reduceat(frame["length_m"].to_numpy(), first)
        runs["seconds"] = np.maximum.reduceat(frame["seconds"].to_numpy(), first)
        runs["speed_needed_mps"] = np.maximum.reduceat(frame["speed_needed_mps"].to_numpy(), first)
    return runs, np.stack([steps.ends[first, 0], steps.ends[last, 1]], axis=1)


def _road_names(runs: pd.DataFrame, run: Run) -> list[str]:
    roads = run.plan.layers.get("roads")
    rows, position = np.unique(runs["road"].to_numpy(int), return_inverse=True)
    names = [] if roads is None else texts(roads.iloc[rows], "road_name")
    return [names[k] for k in position]


def _exit_frame(run: Run) -> gpd.GeoDataFrame:
    """Return the exits that people use, with how many come out there."""
    judged = run.judged[run.judged["goal_kind"] == EXIT_GOAL]
    ends = shapely.get_coordinates(shapely.get_point(run.ways.lines[judged.index], -1)).round(2)
    used = pd.DataFrame({"x": ends[:, 0], "y": ends[:, 1], "persons": judged["persons"].to_numpy(float)})
    table = used.groupby(["x", "y"], as_index=False).agg(
        persons=("persons", lambda p: p.sum(min_count=1)), origins=("persons", "size")
    )
    points = gpd.points_from_xy(table["x"], table["y"])
    return gpd.GeoDataFrame(table[["persons", "origins"]], geometry=points, crs=run.judged.crs)


def street_rows(run: Run, steps: Steps | None) -> list[Row]:
    """Return the kilometres of street in danger by municipality; the group is the band of speed needed."""
    if steps is None:
        return []
    frame, codes = steps.frame, run.inundation.codes
    bands = [*SPEED_BANDS, NO_TIME, NO_WAY]
    band = frame["speed_band"].map(bands.index).to_numpy(int)
    table = np.zeros((len(codes), len(bands)))
    np.add.at(table, (frame["muni"].to_numpy(int), band), frame["length_m"].to_numpy() / _M_PER_KM)
    full = np.column_stack([table, table.sum(axis=1)])
    unseen = ~run.inundation.covered & (full[:, -1] == 0)  # no street found where the data does not cover
    figures = np.vstack([np.where(unseen[:, None], np.nan, full), full.sum(axis=0)])
    places = [*zip(codes, run.inundation.names, strict=True), ("", "")]
    labels = [*(shown("speed_band", b) for b in bands), ""]
    return [
        (code, name, label, "street_km_by_speed_needed", float(value), "km")
        for (code, name), line in zip(places, figures, strict=True)
        for label, value in zip(labels, line, strict=True)
    ]
