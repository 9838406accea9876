"""Findings: what an officer should know or correct in the data."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from knr_gis.texts import say

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """
    One fact about the data that a person should look at.

    Parameters
    ----------
    code
        Key of the sentence ``check.<code>`` in ``texts/``; stable, used in tests and filters.
    layer_id
        Layer the fact is about.
    severity
        ``error`` (result would be wrong), ``warning`` (to be confirmed) or ``info`` (was repaired).
    feature
        Name or identifier of the feature; empty when the whole file is meant.
    muni_code
        Municipality code (5 digits) where known, else empty.
    values
        Values for the sentence.
    x, y
        Position in degrees (EPSG:6668), where the feature has one.
    """

    code: str
    layer_id: str
    severity: Severity = "warning"
    feature: str = ""
    muni_code: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    x: float | None = None
    y: float | None = None

    @property
    def message(self) -> str:
        """The sentence for the officer."""
        return say(f"check.{self.code}", feature=self.feature, **self.values)


FINDING_COLUMNS = (
    "severity", "layer_id", "code", "muni_code", "feature", "message", "longitude", "latitude",
)  # fmt: skip


def findings_table(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return findings as a table, gravest first, one row each."""
    rank = {"error": 0, "warning": 1, "info": 2}
    rows = [
        (f.severity, f.layer_id, f.code, f.muni_code, f.feature, f.message, f.x, f.y)
        for f in sorted(findings, key=lambda f: (rank[f.severity], f.layer_id, f.code, f.feature))
    ]
    return pd.DataFrame(rows, columns=list(FINDING_COLUMNS))
