"""The one thing that analyses and products share."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

import geopandas as gpd
import pandas as pd


class Blank(Enum):
    """A cell of a detail table whose question does not arise (a distance where there is no way)."""

    NOT_ASKED = ""


SUMMARY_COLUMNS = ("muni_code", "municipality", "group", "measure", "value", "unit")


@dataclass(frozen=True)
class Note:
    """A sentence that must stand on every product: key in ``texts/`` and its values."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Basis:
    """
    Where a scenario value is from, where ``assumptions.toml`` does not say it.

    Parameters
    ----------
    verified
        True only where the source itself was read; False is shown as 要確認.
    """

    source: str
    verified: bool


@dataclass(frozen=True)
class Band:
    """
    A strip of words under a profile, one for each label: depth classes, states.

    Parameters
    ----------
    title
        What it tells.
    words
        The word of each label's stretch.
    order
        All words that there may be, the mildest first: a graver one is darker, and never hidden.
    calm, unknown
        Words drawn as an empty stretch (nothing is there), and as what is not known.
    """

    title: str
    words: tuple[str, ...]
    order: tuple[str, ...]
    calm: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Along:
    """
    What a ``profile`` has more than other charts: its axis, its strips and the lines under them.

    Parameters
    ----------
    edges
        Where the stretches of the labels begin and end, one more than labels, never descending.
    title, unit
        Of the axis (``距離``, ``km``).
    lower, lower_unit
        A value for each label, by the name of the line, as in ``Chart.series``.
    marks
        Places on the axis with a name (the stops).
    """

    edges: tuple[float, ...]
    title: str
    unit: str
    lower: dict[str, tuple[float | Blank, ...]]
    lower_unit: str
    bands: tuple[Band, ...] = ()
    marks: tuple[tuple[float, str], ...] = ()

    @property
    def at(self) -> tuple[float, ...]:
        """The middle of each stretch."""
        return tuple((a + b) / 2 for a, b in zip(self.edges, self.edges[1:], strict=False))


@dataclass(frozen=True)
class Chart:
    """
    A chart of the report and the workbook.

    Parameters
    ----------
    id
        Name, unique in the result: letters, digits and ``_``.
    title
        What it shows, without the unit.
    kind
        ``bar`` and ``stacked_bar`` lie flat, one bar (or group of bars) for each label from top to bottom;
        ``line`` runs over the labels from left to right; ``profile`` draws the series over a measured axis,
        and ``along`` under it.
    labels
        Municipalities, years ..., as people read them.
    series
        A value for each label, by the name of the series as people read it. NaN is unknown: drawn as such
        and named under the chart, never 0; ``Blank.NOT_ASKED`` is where the question does not arise.
    unit
        Of all values (``人``).
    note
        A sentence under the chart.
    page
        Title of the page that it stands on, where the report has pages of its own (``ReportPlan.pages``);
        empty for the chapter of charts.
    along
        Of a ``profile``.
    """

    id: str
    title: Note
    kind: Literal["bar", "stacked_bar", "line", "profile"]
    labels: tuple[str, ...]
    series: dict[str, tuple[float | Blank, ...]]
    unit: str
    note: Note | None = None
    page: str = ""
    along: Along | None = None

    def __post_init__(self) -> None:
        """Refuse a series that has not one value for each label: a defect of the analysis."""
        found = {name: len(values) for name, values in self.series.items()}
        if self.along is not None:
            found |= {name: len(values) for name, values in self.along.lower.items()}
            found |= {band.title: len(band.words) for band in self.along.bands}
            found |= {self.along.title: len(self.along.edges) - 1}
        elif self.kind == "profile":
            raise ValueError(self.id)
        for name, count in found.items():
            if count != len(self.labels):
                raise ValueError(name, count, len(self.labels))


@dataclass(frozen=True)
class Result:
    """
    What an analysis found.

    Parameters
    ----------
    name
        Name of the analysis.
    headline
        The answer in one sentence, with its figures.
    features
        Result layers by id, each in the working CRS. Their style stands in the map preset.
    summary
        Long table with the columns of SUMMARY_COLUMNS. ``value`` is NaN where a figure is unknown,
        never 0; states (no route, not evaluated ...) are measures of their own.
    tables
        Detail tables by id, for the workbook; ``Blank.NOT_ASKED`` is printed as an empty cell.
    params
        Scenario values that were used, by name.
    basis
        Source of each scenario value that a rule or a choice set, by name.
    assumptions
        Keys of the planning numbers used (see ``assumptions.py``).
    notes
        Limits and warnings, the gravest first.
    charts
        Charts for the report and the workbook, in their order.
    """

    name: str
    headline: Note
    features: dict[str, gpd.GeoDataFrame]
    summary: pd.DataFrame
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    basis: dict[str, Basis] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    charts: tuple[Chart, ...] = ()


def summary_frame(rows: list[tuple[str, str, str, str, float, str]]) -> pd.DataFrame:
    """Return summary rows as a table with the columns of SUMMARY_COLUMNS."""
    frame = pd.DataFrame(rows, columns=list(SUMMARY_COLUMNS))
    return frame.astype({"value": float})
