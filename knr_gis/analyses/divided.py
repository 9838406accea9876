"""An analysis made one municipality at a time: what a cluster must know of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd


@dataclass(frozen=True)
class Whole:
    """
    What the parts of all municipalities make together.

    Parameters
    ----------
    municipalities
        Outlines with the figures of the summary as columns.
    params, assumptions
        As in ``Result``.
    """

    summary: pd.DataFrame
    municipalities: gpd.GeoDataFrame
    params: dict[str, Any]
    assumptions: tuple[str, ...]


@dataclass(frozen=True)
class Division:
    """
    How an analysis is made in parts.

    Parameters
    ----------
    roles
        Arguments that are layers and on which the summary hangs.
    unasked
        Conditions that have no part in the summary.
    make_study
        Takes layers and conditions as the analysis does; what only the whole layers can tell.
    count
        Municipalities of a study.
    make_part
        Takes the study and the row of a municipality; returns a table.
    merge
        Takes the study and all parts in the order of the municipalities.
    """

    roles: tuple[str, ...]
    unasked: tuple[str, ...]
    make_study: Callable[..., Any]
    count: Callable[[Any], int]
    make_part: Callable[[Any, int], pd.DataFrame]
    merge: Callable[[Any, Sequence[pd.DataFrame]], Whole]
