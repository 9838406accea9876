"""What is known of each edge of the network: its road, the inundation it lies in, parks and wetlands."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.inputs import numbers, shapes_of, texts
from knr_gis.analyses.inundation import depth_ranks
from knr_gis.network import Floats, Network, Shapes
from knr_gis.overlay import make_zones, measure

# 地種区分, the strictest first; a grade that is none of these counts as the mildest.
GRADES = (
    "特別保護地区", "第1種特別地域", "第2種特別地域", "第3種特別地域", "特別地域", "海域公園地区", "普通地域",
    "その他",
)  # fmt: skip
SPECIAL_PROTECTION = GRADES[0]


@dataclass(frozen=True, eq=False)
class EdgeFacts:
    """
    Facts of the edges, each worked out when it is first asked for.

    Parameters
    ----------
    roads
        The frame that the network was built from.
    hazard, parks, wetlands
        ``tsunami_inundation``, ``national_parks``, ``ramsar_wetlands``; None: not known, never "outside".
    """

    network: Network
    roads: gpd.GeoDataFrame
    hazard: gpd.GeoDataFrame | None
    parks: gpd.GeoDataFrame | None
    wetlands: gpd.GeoDataFrame | None

    def text(self, column: str) -> Shapes:
        """Return a text column of the roads by edge, shape (E,); "" where it is unknown."""
        return np.array(texts(self.roads, column), dtype=object)[self.network.road]

    @cached_property
    def speed_kmh(self) -> Floats:
        """Shape (E,): the road's own speed; NaN where unknown."""
        return numbers(self.roads, "speed_kmh")[self.network.road]

    @cached_property
    def depths(self) -> pd.DataFrame | None:
        """
        Exact metres of each edge in each depth class: ``edge``, ``depth_class``, ``depth_rank``, ``metres``.

        ``depth_rank`` is 0 for the shallowest class; where polygons overlap the deeper class counts.
        """
        if self.hazard is None:
            return None
        ranks = depth_ranks(self.hazard)
        zones = make_zones(shapes_of(self.hazard), ranks.precedence[ranks.rank])
        table = self._within(zones)
        rank = ranks.rank[table["zone"].to_numpy(int)]
        labels = np.array(ranks.labels, dtype=object)[rank]
        columns = {"depth_class": labels, "depth_rank": rank}
        return _summed(table.assign(**columns), ["edge", *columns])

    @cached_property
    def wet(self) -> Floats:
        """Shape (E,): share of each edge in the inundation zone, 0 to 1; NaN without hazard data."""
        return self._share(self.depths)

    @cached_property
    def park_parts(self) -> pd.DataFrame | None:
        """Exact metres of each edge in each park zone: ``edge``, ``park_name``, ``grade``, ``metres``."""
        if self.parks is None:
            return None
        grades = texts(self.parks, "grade")
        zones = make_zones(shapes_of(self.parks), np.array([_strictness(g) for g in grades], dtype=np.intp))
        return self._named(zones, self.parks, ["park_name", "grade"])

    @cached_property
    def park_grade(self) -> Shapes:
        """Shape (E,): the strictest grade that an edge touches, "" outside; None without park data."""
        found = np.full(len(self.network), None if self.park_parts is None else "", dtype=object)
        if self.park_parts is not None:
            order = self.park_parts["grade"].map(_strictness).argsort(kind="stable").to_numpy()[::-1]
            strictest_last = self.park_parts.iloc[order]
            found[strictest_last["edge"].to_numpy(int)] = strictest_last["grade"].to_numpy()
        return found

    @cached_property
    def wetland_parts(self) -> pd.DataFrame | None:
        """Exact metres of each edge in each Ramsar site: ``edge``, ``name``, ``metres``."""
        if self.wetlands is None:
            return None
        return self._named(make_zones(shapes_of(self.wetlands)), self.wetlands, ["name"])

    def park_share(self, grade: str | None = None) -> Floats:
        """Return the share of each edge in a park zone (of one grade), shape (E,); NaN without data."""
        parts = self.park_parts
        return self._share(parts if parts is None or grade is None else parts[parts["grade"] == grade])

    def _within(self, zones: Any) -> pd.DataFrame:
        found = measure(self.network.lines, zones)
        return found.rename(columns={"feature": "edge", "amount": "metres"})

    def _named(self, zones: Any, frame: gpd.GeoDataFrame, columns: list[str]) -> pd.DataFrame:
        table = self._within(zones)
        row = table["zone"].to_numpy(int)
        names = {c: np.array(texts(frame, c), dtype=object)[row] for c in columns}
        return _summed(table.assign(**names), ["edge", *columns])

    def _share(self, parts: pd.DataFrame | None) -> Floats:
        if parts is None:
            return np.full(len(self.network), np.nan)
        metres = np.bincount(parts["edge"].to_numpy(int), parts["metres"], minlength=len(self.network))
        return np.clip(metres / self.network.length_m, 0.0, 1.0)


def _strictness(grade: str) -> int:
    """Return the place of a grade, the lower the stricter."""
    return GRADES.index(grade) if grade in GRADES else len(GRADES)


def _summed(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return table.groupby(keys, as_index=False, sort=True)["metres"].sum()
