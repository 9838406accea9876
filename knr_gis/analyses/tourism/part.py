"""A part of a trip's products: what one question about a trip gives, and how the parts become a result."""

from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import pandas as pd

from knr_gis.analyses.accounts import Row
from knr_gis.result import Basis, Chart, Note, Result, summary_frame

GAP_COLUMNS = ["what", "reason", "count"]


@dataclass(frozen=True)
class Part:
    """
    What one question gives: layers, tables, summary rows, charts, and what must be said.

    Parameters
    ----------
    gaps
        What could not be judged: what, reason, count (``pd.NA`` where it is no count).
    assumptions
        Keys of planning numbers used, of which ``params`` holds the values.
    """

    features: dict[str, gpd.GeoDataFrame] = field(default_factory=dict)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    charts: tuple[Chart, ...] = ()
    notes: tuple[Note, ...] = ()
    gaps: list[tuple[str, str, object]] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)
    basis: dict[str, Basis] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()


def joined(name: str, headline: Note, parts: list[Part]) -> Result:
    """Return the parts as one result, in their order."""
    gaps = [gap for part in parts for gap in part.gaps]
    return Result(
        name=name,
        headline=headline,
        features={k: frame for part in parts for k, frame in part.features.items()},
        summary=summary_frame([row for part in parts for row in part.rows]),
        tables={k: table for part in parts for k, table in part.tables.items()}
        | {"not_evaluated": pd.DataFrame(gaps, columns=GAP_COLUMNS)},
        params={k: value for part in parts for k, value in part.params.items()},
        basis={k: basis for part in parts for k, basis in part.basis.items()},
        assumptions=tuple(dict.fromkeys(key for part in parts for key in part.assumptions)),
        notes=_notes(parts),
        charts=tuple(chart for part in parts for chart in part.charts),
    )


def _notes(parts: list[Part]) -> tuple[Note, ...]:
    """Return each note once."""
    found: list[Note] = []
    for note in (note for part in parts for note in part.notes):
        if note not in found:
            found.append(note)
    return tuple(found)
