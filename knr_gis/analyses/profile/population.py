"""Persons of each municipality: now, in a later year, the old among them, and those in the zone."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np

from knr_gis.analyses.accounts import account_rows
from knr_gis.analyses.demand import project_population
from knr_gis.analyses.demand.years import at_year, years_in
from knr_gis.analyses.evacuation.conditions import Layers
from knr_gis.analyses.inputs import Numbers, numbers
from knr_gis.analyses.inundation import Inundation
from knr_gis.analyses.people import AGE_COLUMNS, people_accounts, place_people
from knr_gis.analyses.profile.figures import KNOWN, NO_LAYER, NO_PROJECTION, PARTIAL, UNKNOWN, Figure
from knr_gis.analyses.profile.measured import every, nothing, zone_states
from knr_gis.result import Note
from knr_gis.texts import say

DEFAULT_YEAR = 2045  # a generation from now; the last year of many plans
_ALL_AGES, _OLD = AGE_COLUMNS[:3], AGE_COLUMNS[2]


@dataclass(frozen=True)
class Counted:
    """
    A population layer over municipalities and zone.

    Parameters
    ----------
    persons, inside
        Shape ``(municipalities,)``: all, and those in the zone; NaN = unknown.
    states, inside_states
        What is known of both.
    ages
        Persons by age column, shape ``(municipalities,)``.
    """

    persons: Numbers
    inside: Numbers
    states: tuple[str, ...]
    inside_states: tuple[str, ...]
    ages: dict[str, Numbers]


def count_people(population: gpd.GeoDataFrame | None, inundation: Inundation) -> Counted | None:
    """Return the persons of a mesh by municipality, or None without a mesh that is fine enough."""
    people = None if population is None or population.empty else place_people(population, inundation)
    if people is None:
        return None
    accounts = {account.measure: account for account in people_accounts(people, inundation)}
    everyone, gaps = accounts["persons"], accounts["persons_unknown_cells"]
    account_rows(everyone, inundation)  # raises where more are in the zone than there are
    states = _counted_states(everyone.total, gaps.total, every(KNOWN, inundation))
    inside, unknown = everyone.inside.sum(axis=1), gaps.inside.sum(axis=1)
    inside_states = _counted_states(inside, unknown, zone_states(inundation))
    return Counted(
        persons=_valued(everyone.total, states),
        inside=_valued(inside, inside_states),
        states=states,
        inside_states=inside_states,
        ages={name: accounts[name].total for name in _ALL_AGES if name in accounts},
    )


def _counted_states(persons: Numbers, gaps: Numbers, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return what is known of sums over cells of which some hold an unknown number."""
    triples = zip(known, persons, gaps, strict=True)
    return tuple(s if s != KNOWN or not gap else (PARTIAL if n > 0 else UNKNOWN) for s, n, gap in triples)


def _valued(values: Numbers, states: tuple[str, ...]) -> Numbers:
    return np.where([s in (KNOWN, PARTIAL) for s in states], values, np.nan)


def resident_figures(
    counted: Counted | None, municipal: gpd.GeoDataFrame | None, inundation: Inundation
) -> list[Figure]:
    """
    Return the persons now, and the share of those of 65 and over among persons of known age.

    Parameters
    ----------
    municipal
        Persons by municipality as published: they count where they are there, the mesh where they are not.
    """
    now = _municipal(municipal, inundation)
    if counted is None:
        return [now, nothing("elderly_percent", "％", inundation)]
    if np.isnan(now.part).all():
        title = say("profile.by_mesh")
        now = Figure("residents_persons", "人", counted.persons, counted.states, title=title)
    if len(counted.ages) < len(_ALL_AGES):
        return [now, nothing("elderly_percent", "％", inundation, UNKNOWN)]
    whole = np.sum(list(counted.ages.values()), axis=0)
    whole = np.where(whole > 0, whole, np.nan)
    states = _known_or(whole, UNKNOWN)
    return [now, Figure("elderly_percent", "％", counted.ages[_OLD], states, whole=whole)]


def _municipal(municipal: gpd.GeoDataFrame | None, inundation: Inundation) -> Figure:
    if municipal is None or municipal.empty:
        return nothing("residents_persons", "人", inundation)
    persons = municipal.assign(persons=numbers(municipal, "persons")).drop_duplicates(
        "muni_code", keep="last"
    )
    found = (
        persons.set_index(persons["muni_code"].astype(str))["persons"]
        .reindex(inundation.codes)
        .to_numpy(float)
    )
    return Figure("residents_persons", "人", found, _known_or(found, UNKNOWN))


def _known_or(values: Numbers, state: str) -> tuple[str, ...]:
    return tuple(state if np.isnan(v) else KNOWN for v in values)


def people_in_zone(counted: Counted | None, residents: Figure | None, inundation: Inundation) -> list[Figure]:
    """
    Return the persons in the zone, and their share of all.

    Parameters
    ----------
    residents
        All persons; those of the same mesh if None.
    """
    keys = (("persons_in_zone", "人"), ("persons_in_zone_percent", "％"))
    if counted is None:
        return [nothing(key, unit, inundation) for key, unit in keys]
    whole = Figure("", "人", counted.persons, counted.states) if residents is None else residents
    pairs = zip(counted.inside_states, whole.states, strict=True)
    states = tuple(b if a == KNOWN else a for a, b in pairs)
    return [
        Figure("persons_in_zone", "人", counted.inside, counted.inside_states),
        Figure("persons_in_zone_percent", "％", counted.inside, states, whole=whole.part),
    ]


def chosen_year(
    asked: int | None, projection: gpd.GeoDataFrame | None, mesh_projection: gpd.GeoDataFrame | None
) -> int | None:
    """Return the year asked for, else 2045, else the last projected one; None where none is projected."""
    years = sorted({*years_in(projection), *years_in(mesh_projection)})
    if asked is not None or not years:
        return asked
    return DEFAULT_YEAR if years[0] <= DEFAULT_YEAR <= years[-1] else years[-1]


def later_figures(
    layers: Layers, now: Figure, year: int | None, inundation: Inundation
) -> tuple[list[Figure], tuple[Note, ...]]:
    """
    Return the persons of a later year and the change in per cent, and what must be said of them.

    Parameters
    ----------
    now
        The persons now.

    Raises
    ------
    AnalysisError
        If no projection reaches the year.
    """
    keys = (("projected_persons", "人"), ("population_change_percent", "％"))
    if year is None:
        return [nothing(key, unit, inundation, NO_LAYER) for key, unit in keys], ()
    persons, notes = _projected(layers, year, inundation)
    title = say("profile.projected", year=year)
    later = Figure("projected_persons", "人", persons, _known_or(persons, NO_PROJECTION), title=title)
    pairs = zip(now.states, later.states, strict=True)
    states = tuple(a if a != KNOWN else b for a, b in pairs)
    title = say("profile.change", year=year)
    change = Figure(
        "population_change_percent", "％", persons - now.part, states, whole=now.part, title=title
    )
    return [later, change], notes


def _projected(layers: Layers, year: int, inundation: Inundation) -> tuple[Numbers, tuple[Note, ...]]:
    """Return the persons of the year by municipality; without a mesh, those that the projection states."""
    population, projection = layers.get("population"), layers.get("population_projection")
    mesh, codes = layers.get("population_mesh_projection"), inundation.codes
    if population is None and projection is not None and mesh is None:
        stated = at_year(projection, "muni_code", year)
        return numbers(stated.reindex(codes), "persons"), (Note("profile.note_stated", {"year": year}),)
    projected = project_population(
        population, municipalities=layers["municipalities"], projection=projection,
        mesh_projection=mesh, year=year,
    )  # fmt: skip
    rows = projected.factors[projected.factors["age_group"] == "persons"].set_index("muni_code")
    first = Note(f"profile.note_{projected.source}", {"year": year})
    return numbers(rows.reindex(codes), "persons"), (first, *projected.notes[1:])


def trend(
    projection: gpd.GeoDataFrame | None, inundation: Inundation
) -> tuple[list[int], dict[str, Numbers]]:
    """Return the projected years, and persons and those of 65 and over, shape ``(years, municipalities)``."""
    years = years_in(projection)
    if projection is None or not years:
        return [], {}
    rows = [at_year(projection, "muni_code", year).reindex(inundation.codes) for year in years]
    found = {column: np.array([numbers(row, column) for row in rows]) for column in ("persons", _OLD)}
    return years, {column: table for column, table in found.items() if not np.isnan(table).all()}
