"""Persons of a population layer, shared out by area over the land of each mesh cell."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from knr_gis.analyses.accounts import Account, amount_account, count_account
from knr_gis.analyses.inputs import Mask, Numbers, by_dimension, numbers, shapes_of
from knr_gis.analyses.inundation import Inundation, Overlaid, overlay_layer

AGE_COLUMNS = ("age_0_14_persons", "age_15_64_persons", "age_65_plus_persons", "age_75_plus_persons")
# Cells far larger than the 1 km mesh cannot say who lives in a coastal strip.
_COARSEST_M2 = 25e6


@dataclass(frozen=True)
class People:
    """
    A population layer laid over municipalities and hazard.

    Parameters
    ----------
    frame
        Cells (or points) with ``persons``; unknown numbers are NaN.
    overlaid
        Where their land lies.
    land
        Shape ``(cells,)``: land of each cell in square metres (1 for points).
    """

    frame: gpd.GeoDataFrame
    overlaid: Overlaid
    land: Numbers

    @property
    def placed(self) -> Mask:
        """Which cells have land in the region."""
        return np.asarray(self.land > 0)


def place_people(population: gpd.GeoDataFrame, inundation: Inundation) -> People | None:
    """Return the people over the hazard, or None where the layer is too coarse or has no place."""
    kinds = by_dimension(population)
    kind = 2 if 2 in kinds else 0
    if kind not in kinds or is_too_coarse(population):
        return None
    frame = kinds[kind].reset_index(drop=True)
    return people_at(frame, overlay_layer(shapes_of(frame), inundation))


def people_at(frame: gpd.GeoDataFrame, overlaid: Overlaid) -> People:
    """Return cells or points with persons, once they are laid over the hazard."""
    amount = overlaid.land["amount"].to_numpy()
    land = np.bincount(overlaid.land["feature"].to_numpy(int), amount, minlength=len(frame))
    return People(frame, overlaid, np.asarray(land, dtype=float))


def is_too_coarse(population: gpd.GeoDataFrame) -> bool:
    """Tell whether half of the cells are larger than 25 square kilometres (municipal totals, say)."""
    return bool(len(population) and np.median(shapely.area(shapes_of(population))) > _COARSEST_M2)


def share_per_amount(people: People, column: str) -> Numbers:
    """Return persons per square metre of land, 0 where the number is unknown; shape ``(cells,)``."""
    known = np.nan_to_num(numbers(people.frame, column))
    return np.divide(known, people.land, out=np.zeros(len(known)), where=people.placed)


def known_ages(frame: gpd.GeoDataFrame) -> list[str]:
    """Return the age columns that hold any number."""
    return [column for column in AGE_COLUMNS if not np.isnan(numbers(frame, column)).all()]


def people_accounts(
    people: People, inundation: Inundation, prefix: str = "", *, ages: list[str] | None = None
) -> list[Account]:
    """
    Return persons, persons by age group, and what is unknown of them.

    Parameters
    ----------
    prefix
        Put before the names of the measures: ``settlements_`` gives ``settlements_persons``.
    ages
        Age columns that count as known, where the people are a part of a layer; None: see ``known_ages``.
    """
    ages = known_ages(people.frame) if ages is None else ages
    columns = ["persons", *ages]
    accounts = [
        amount_account(
            people.overlaid,
            inundation,
            share_per_amount(people, column),
            measure=prefix + column,
            unit="人",
        )
        for column in columns
    ]
    return [*accounts, *_unknown_accounts(people, inundation, prefix, ages)]


def _unknown_accounts(people: People, inundation: Inundation, prefix: str, ages: list[str]) -> list[Account]:
    """Return the number of cells whose persons are unknown, and the persons of unknown age."""
    total = numbers(people.frame, "persons")
    unknown = np.isnan(total).astype(float)
    cells = count_account(
        people.overlaid, inundation, unknown, measure=f"{prefix}persons_unknown_cells", unit="件"
    )
    if not ages:
        return [cells]
    groups = np.column_stack([numbers(people.frame, column) for column in AGE_COLUMNS[:3]])
    ageless = np.isnan(groups).any(axis=1) & ~np.isnan(total)
    density = np.where(ageless, share_per_amount(people, "persons"), 0.0)
    name = f"{prefix}persons_age_unknown"
    return [cells, amount_account(people.overlaid, inundation, density, measure=name, unit="人")]
