"""Layers laid over zones, and accounts that close: groups + near + outside + not evaluated = total."""

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.conflict.layered import Layered
from knr_gis.analyses.inputs import Numbers, shapes_of, texts
from knr_gis.errors import AnalysisError
from knr_gis.overlay import Zones, pieces
from knr_gis.texts import say

SIZES = {0: ("count", "件", 1.0), 1: ("length", "km", 1e-3), 2: ("area", "ha", 1e-4)}
_LABELS = ("name", "road_name", "line_name", "park_name", "polygon_id", "mesh_code")
_CLOSE, _NOISE = 1e-6, 1e-10


@dataclass(frozen=True)
class Subject:
    """
    What is laid over the zones: the features of one dimension of one layer.

    Parameters
    ----------
    labels
        What each feature is called, empty where it has no name; shape ``(features,)``.
    land
        Its pieces on land: columns ``feature``, ``muni``, ``amount`` (m2, m or 1), ``geometry``.
    """

    layer: str
    dimension: int
    labels: list[str]
    land: pd.DataFrame
    crs: object

    @property
    def measure(self) -> str:
        """Name of its measure (``roads_length``)."""
        return f"{self.layer}_{SIZES[self.dimension][0]}"


@dataclass(frozen=True)
class Places:
    """The municipalities, ready for cutting."""

    zones: Zones
    codes: list[str]
    names: list[str]


def subject_of(layer_id: str, dimension: int, frame: gpd.GeoDataFrame, places: Places) -> Subject:
    """Return the features of one dimension, cut by municipality; what is at sea is left out."""
    named = zip(*(texts(frame, column) for column in _LABELS), strict=True)
    labels = [next((name for name in names if name), "") for names in named]
    land = pieces(shapes_of(frame), places.zones).rename(columns={"zone": "muni"})
    return Subject(layer_id, dimension, labels, land, frame.crs)


def contacts(subject: Subject, over: Layered) -> pd.DataFrame:
    """
    Return the pieces of a layer in the zones and in the ring near them.

    Returns
    -------
    DataFrame
        Columns ``feature``, ``muni``, ``zone`` (polygon; of the ring the nearest), ``group`` (of the ring
        the number of groups), ``near`` (bool), ``amount``, ``distance`` (metres to the nearest zone, NaN
        inside), ``geometry``. Lengths, areas and distances are straight and exact.
    """
    cut = pieces(np.asarray(subject.land["geometry"], dtype=object), over.zones)
    source = subject.land.iloc[cut["feature"].to_numpy(int)]
    zone, near = cut["zone"].to_numpy(int).copy(), cut["zone"].to_numpy(int) == over.near
    ring = np.asarray(cut["geometry"], dtype=object)[near]
    distance = np.full(len(cut), np.nan)
    if len(ring):
        (row, nearest), metres = shapely.STRtree(over.polygons).query_nearest(
            ring, return_distance=True, all_matches=False
        )
        places = np.flatnonzero(near)[row]
        zone[places], distance[places] = nearest, metres
    group = np.where(near, len(over.groups), over.group[zone]) if len(cut) else zone
    return pd.DataFrame({
        "feature": source["feature"].to_numpy(int), "muni": source["muni"].to_numpy(int), "zone": zone,
        "group": group, "near": near, "amount": cut["amount"].to_numpy(float), "distance": distance,
        "geometry": cut["geometry"].to_numpy(),
    })  # fmt: skip


def account_rows(subject: Subject, over: Layered, found: pd.DataFrame, places: Places) -> Iterator[Row]:
    """
    Yield the account of a layer over a zone layer, by municipality and for the region.

    Raises
    ------
    AnalysisError
        If more lies in the zones and near them than there is.
    """
    _, unit, factor = SIZES[subject.dimension]
    shape = (len(places.codes), len(over.groups) + 1)
    total = _sums(
        subject.land["muni"], np.zeros(len(subject.land), int), subject.land["amount"], (shape[0], 1)
    )
    inside = _sums(found["muni"], found["group"], found["amount"], shape)
    yield from _rows(
        subject.measure,
        unit,
        _closed(subject, over, inside * factor, total[:, 0] * factor, places),
        over,
        places,
    )
    if subject.dimension == max(SIZES):
        counted, all_of = _counts(subject, found, shape)
        name = f"{subject.layer}_count"
        yield from _rows(name, SIZES[0][1], _closed(subject, over, counted, all_of, places), over, places)


def _sums(muni: pd.Series, group: NDArray[np.intp], amount: pd.Series, shape: tuple[int, int]) -> Numbers:
    table = np.zeros(shape)
    np.add.at(table, (muni.to_numpy(int), np.asarray(group, dtype=int)), amount.to_numpy(float))
    return table


def _counts(subject: Subject, found: pd.DataFrame, shape: tuple[int, int]) -> tuple[Numbers, Numbers]:
    """Return areas counted once: where most of each lies, in the strictest group that it touches."""
    home = subject.land.sort_values("amount", ascending=False, kind="stable").drop_duplicates("feature")
    strictest = found.groupby("feature")["group"].min()
    one = pd.Series(1.0, index=home.index)
    total = _sums(home["muni"], np.zeros(len(home), int), one, (shape[0], 1))[:, 0]
    met = home[home["feature"].isin(strictest.index)]
    group = strictest.loc[met["feature"]].to_numpy(int)
    return _sums(met["muni"], group, one.loc[met.index], shape), total


def _closed(
    subject: Subject, over: Layered, inside: Numbers, total: Numbers, places: Places
) -> tuple[Numbers, Numbers]:
    """
    Return groups, near, outside and not evaluated side by side, and the total.

    Where a hazard layer shows nothing of a municipality its groups are unknown (NaN), and what is not
    seen in a zone is not evaluated, never outside.
    """
    inside = inside.copy()
    inside[~over.seen, :-1] = 0.0
    rest = total - inside.sum(axis=1)
    for name, left, whole in zip(places.names, rest, total, strict=True):
        if left < -_CLOSE * max(abs(whole), 1.0):
            raise AnalysisError("analyses.not_closed", measure=subject.measure, municipality=name,
                                parts=f"{whole - left:.6f}", total=f"{whole:.6f}")  # fmt: skip
    rest = np.where(rest < _NOISE * np.maximum(total, 1.0), 0.0, rest)
    inside[~over.seen, :-1] = np.nan
    outside = np.where(over.evaluated, rest, np.nan)
    return np.column_stack([inside, outside, np.where(over.evaluated, 0.0, rest)]), total


def _rows(
    measure: str, unit: str, closed: tuple[Numbers, Numbers], over: Layered, places: Places
) -> Iterator[Row]:
    """Yield the rows of one account: each group, near, outside, not evaluated, all; inside and near."""
    table, total = closed
    groups = len(over.groups)
    inside = table[:, :groups].sum(axis=1)
    columns = [*((f"{measure}_by_{over.id}", label, table[:, k]) for k, label in enumerate(over.groups))]
    if over.within_m > 0:
        near = say("conflict.near", metres=f"{over.within_m:,.0f}")
        columns += [
            (f"{measure}_by_{over.id}", near, table[:, groups]),
            (f"{measure}_near_{over.id}", "", table[:, groups]),
        ]
    columns.append((f"{measure}_by_{over.id}", say("conflict.outside"), table[:, groups + 1]))
    if not over.evaluated.all():
        columns.append((f"{measure}_by_{over.id}", say("conflict.not_evaluated"), table[:, groups + 2]))
    columns += [(f"{measure}_by_{over.id}", "", total), (f"{measure}_inside_{over.id}", "", inside)]
    for name, group, values in columns:
        whole = np.nan if np.isnan(values).all() else float(np.nansum(values))
        for code, place, value in zip(
            [*places.codes, ""], [*places.names, ""], [*values, whole], strict=True
        ):
            yield (code, place, group, name, float(value), unit)
