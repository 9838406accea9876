"""The people of a later year: mesh cells scaled to what is projected for their municipality."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from knr_gis.analyses.demand.growth import (
    FOLLOWS_PERSONS,
    NO_BASE,
    NO_PROJECTION,
    Growth,
    grow,
    growth_table,
)
from knr_gis.analyses.demand.years import FIGURES, at_year, reaches, years_in
from knr_gis.analyses.inputs import (
    Numbers,
    by_dimension,
    listed,
    municipality_names,
    numbers,
    shapes_of,
)
from knr_gis.analyses.people import known_ages
from knr_gis.crs import require_same_crs
from knr_gis.errors import AnalysisError
from knr_gis.overlay import make_zones, pieces
from knr_gis.result import Note

MESH, MUNICIPALITY = "mesh", "municipality"
# Between a census and the first projected year towns of the region lose some per cent, not a quarter.
_UNLIKE = 0.25
_NOT_PROJECTED = ("households",)


@dataclass(frozen=True)
class Projected:
    """
    The people of a later year.

    Parameters
    ----------
    frame
        As the population layer, with the persons and age groups of the year (NaN = unknown): cells of
        the mesh projection, or pieces of the given cells, one for each municipality (``muni_code``).
    factors
        One row for each municipality and age group (``persons``: all): ``muni_code``,
        ``municipality``, ``age_group``, ``base_persons``, ``persons``, ``growth_factor``,
        ``projection_state``.
    year
        The year.
    source
        ``mesh`` or ``municipality``: which projection was used.
    notes
        What must be read beside the figures.
    """

    frame: gpd.GeoDataFrame
    factors: pd.DataFrame
    year: int
    source: str
    notes: tuple[Note, ...]


def project_population(
    population: gpd.GeoDataFrame | None,
    *,
    municipalities: gpd.GeoDataFrame,
    projection: gpd.GeoDataFrame | None = None,
    mesh_projection: gpd.GeoDataFrame | None = None,
    year: int,
) -> Projected:
    """
    Return the population of a later year.

    A mesh projection that reaches the year is taken as it is. Otherwise each cell, cut by
    municipality (persons by area of land), is scaled so that the persons and the age groups of each
    municipality add up to its projection. The base is what the cells themselves add up to, not an
    earlier year of the projection: totals then close whatever edition the mesh is of.

    Parameters
    ----------
    population
        Cells (or points) with ``persons`` and, where known, age groups; all layers in one CRS in metres.
    municipalities
        Polygons with ``muni_code`` and ``name``.
    projection
        Rows with ``muni_code``, ``year``, ``persons`` and, where known, age groups; no geometry needed.
    mesh_projection
        Cells with ``mesh_code``, ``year``, ``persons`` and, where known, age groups.
    year
        Years between two given ones are interpolated linearly.

    Raises
    ------
    AnalysisError
        If no projection reaches the year, or there is no population to scale.
    CrsError
        If the layers are not in one CRS in metres.
    """
    given = [frame for frame in (population, mesh_projection) if frame is not None]
    require_same_crs(municipalities, *given)
    meshed, stated = years_in(mesh_projection), years_in(projection)
    if mesh_projection is not None and reaches(meshed, year):
        return _of_mesh(mesh_projection, population, municipalities, year=year)
    if projection is None or not reaches(stated, year):
        raise _no_year(year, sorted({*meshed, *stated}))
    if population is None or population.empty:
        raise AnalysisError("demand.no_population", year=year)
    return _of_municipality(population, projection, municipalities, year=year)


def _no_year(year: int, years: list[int]) -> AnalysisError:
    key = "demand.year_outside" if years else "demand.no_projection"
    return AnalysisError(key, year=year, known="、".join(map(str, years)))


def _of_municipality(
    population: gpd.GeoDataFrame, projection: gpd.GeoDataFrame, municipalities: gpd.GeoDataFrame, *, year: int
) -> Projected:
    """Return the cells scaled to the projection of their municipality."""
    cells = _by_municipality(population, municipalities)
    codes = municipalities["muni_code"].astype(str).tolist()
    target = _figures(at_year(projection, "muni_code", year), codes)
    growth = grow(_columns(cells), cells["muni"].to_numpy(int), target)
    frame = cells.assign(**{c: growth.grown[:, k] for k, c in enumerate(FIGURES) if c in cells})
    factors = _named(growth_table(growth, ["persons", *known_ages(population)]), municipalities)
    first = years_in(projection)[0]
    unlike = _unlike(growth.base[:, 0], _figures(at_year(projection, "muni_code", first), codes)[:, 0])
    names = np.array(municipality_names(municipalities), dtype=object)
    notes = [*_notes(factors, year, years_in(projection), MUNICIPALITY), *_unlike_note(names[unlike], first)]
    return Projected(frame.drop(columns="muni"), factors, year, MUNICIPALITY, tuple(notes))


def _of_mesh(
    mesh: gpd.GeoDataFrame,
    population: gpd.GeoDataFrame | None,
    municipalities: gpd.GeoDataFrame,
    *,
    year: int,
) -> Projected:
    """Return the cells of the mesh projection, and how their sums compare with the population."""
    frame = at_year(mesh, "mesh_code", year).reset_index()
    known = ["persons", *known_ages(frame)]
    frame = frame.drop(columns=[c for c in FIGURES if c not in known])
    later = _sums(frame, municipalities)
    now = np.full_like(later, np.nan) if population is None else _sums(population, municipalities)
    rows = growth_table(Growth.of_totals(now, later), known)
    factors = _named(rows, municipalities)
    return Projected(frame, factors, year, MESH, tuple(_notes(factors, year, years_in(mesh), MESH)))


def _by_municipality(population: gpd.GeoDataFrame, municipalities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the pieces of the cells by municipality (``muni``: position) with their share of the figures."""
    kinds = by_dimension(population)
    source = kinds.get(2, kinds.get(0, population.iloc[:0])).reset_index(drop=True)
    cut = pieces(shapes_of(source), make_zones(shapes_of(municipalities)))
    cell, muni = cut["feature"].to_numpy(int), cut["zone"].to_numpy(int)
    amount = cut["amount"].to_numpy(float)
    share = amount / np.bincount(cell, amount, minlength=len(source))[cell]
    codes = municipalities["muni_code"].astype(str).to_numpy(object)
    shared = {c: numbers(source, c)[cell] * share for c in FIGURES if c in source}
    rows = source.iloc[cell].drop(columns=[c for c in _NOT_PROJECTED if c in source]).reset_index(drop=True)
    # A cell in one municipality keeps its square: what of it is sea or lake is not ours to cut away.
    whole = np.bincount(cell, minlength=len(source))[cell] == 1
    shapes = np.where(whole, shapes_of(rows), np.asarray(cut["geometry"], dtype=object))
    named = rows.assign(**shared, muni=muni, muni_code=codes[muni])
    return named.set_geometry(gpd.GeoSeries(list(shapes), index=named.index, crs=population.crs))


def _columns(frame: pd.DataFrame) -> Numbers:
    return np.column_stack([numbers(frame, column) for column in FIGURES])


def _figures(rows: pd.DataFrame, codes: list[str]) -> Numbers:
    """Return the figures of each municipality, NaN where there is no row; shape ``(municipalities, 5)``."""
    return _columns(rows.loc[:, list(FIGURES)].reindex(codes))


def _sums(frame: gpd.GeoDataFrame, municipalities: gpd.GeoDataFrame) -> Numbers:
    """Return what is known of each figure in each municipality, NaN where nothing is."""
    cells = _by_municipality(frame, municipalities)
    figures, muni = _columns(cells), cells["muni"].to_numpy(int)
    sums = np.full((len(municipalities), len(FIGURES)), np.nan)
    for k in range(len(FIGURES)):
        known = ~np.isnan(figures[:, k])
        there = np.bincount(muni[known], minlength=len(municipalities)) > 0
        added = np.bincount(muni[known], figures[known, k], minlength=len(municipalities))
        sums[there, k] = added[there]
    return sums


def _named(rows: pd.DataFrame, municipalities: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the table of factors with code and name of the municipality in front."""
    muni = rows["muni"].to_numpy(int)
    codes = municipalities["muni_code"].astype(str).to_numpy(object)[muni]
    names = np.array(municipality_names(municipalities), dtype=object)[muni]
    named = rows.assign(muni_code=codes, municipality=names).drop(columns="muni")
    return named[["muni_code", "municipality", *[c for c in rows.columns if c != "muni"]]]


def _notes(factors: pd.DataFrame, year: int, years: list[int], source: str) -> list[Note]:
    """Return the year and its source, and the municipalities that could not be projected."""
    notes = [Note(f"demand.note_{source}", {"year": year})]
    if year not in years:
        before, after = max(y for y in years if y < year), min(y for y in years if y > year)
        notes.append(Note("demand.note_interpolated", {"year": year, "before": before, "after": after}))
    for state in (NO_PROJECTION, NO_BASE, FOLLOWS_PERSONS):
        names = list(dict.fromkeys(factors.loc[factors["projection_state"] == state, "municipality"]))
        if names:
            values = {"year": year, "count": len(names), "names": listed(names, 13)}
            notes.append(Note(f"demand.note_{state}", values))
    return notes


def _unlike(base: Numbers, first: Numbers) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell where the cells add up to something far from the first projected year."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(base - first) > _UNLIKE * first)


def _unlike_note(names: np.ndarray[tuple[int], np.dtype[np.object_]], first: int) -> list[Note]:
    if not len(names):
        return []
    percent = f"{100 * _UNLIKE:.0f}"
    values = {"count": len(names), "names": listed(list(names), 13), "first": first, "percent": percent}
    return [Note("demand.note_base_unlike", values)]
