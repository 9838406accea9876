"""A table of figures by year, read at a year between two of its own."""

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.inputs import numbers, texts
from knr_gis.analyses.people import AGE_COLUMNS

FIGURES = ("persons", *AGE_COLUMNS)


def years_in(table: pd.DataFrame | None) -> list[int]:
    """Return the years that a table has any figure for, ascending."""
    if table is None:
        return []
    year = numbers(table, "year")
    known = ~np.isnan(np.column_stack([numbers(table, c) for c in FIGURES])).all(axis=1)
    return sorted({int(y) for y in year[known & ~np.isnan(year)]})


def reaches(years: list[int], year: int) -> bool:
    """Tell whether a year lies within the years given."""
    return bool(years) and years[0] <= year <= years[-1]


def at_year(table: gpd.GeoDataFrame, key: str, year: int) -> gpd.GeoDataFrame:
    """
    Return the figures of one year, one row for each key that has rows at or on both sides of it.

    Between two years the figures are interpolated linearly; a figure that is unknown in either is
    unknown. Of two rows of one key and year the last counts.

    Parameters
    ----------
    table
        Columns ``key``, ``year`` and any of ``FIGURES``.

    Returns
    -------
    GeoDataFrame
        Index ``key``; the columns and geometry of the nearest earlier row, ``FIGURES`` as numbers.
    """
    tidy = table.assign(year=numbers(table, "year"), **{c: numbers(table, c) for c in FIGURES})
    tidy = tidy.assign(**{key: texts(table, key)})
    tidy = tidy[tidy["year"].notna() & (tidy[key] != "")].drop_duplicates([key, "year"], keep="last")
    ordered = tidy.sort_values("year", kind="stable")
    before = ordered[ordered["year"] <= year].drop_duplicates(key, keep="last").set_index(key)
    after = ordered[ordered["year"] >= year].drop_duplicates(key, keep="first").set_index(key)
    both = before.index.intersection(after.index, sort=True)
    first, last = before.loc[both], after.loc[both]
    span = (last["year"] - first["year"]).to_numpy(float)
    part = np.divide(year - first["year"].to_numpy(float), span, out=np.zeros(len(both)), where=span > 0)
    moved = {c: first[c] + (last[c] - first[c]) * part for c in FIGURES}
    return first.assign(**moved, year=year)
