"""Cells scaled so that persons and age groups of each municipality add up to given totals."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from knr_gis.analyses.demand.years import FIGURES
from knr_gis.analyses.inputs import Mask, Numbers

PROJECTED, NO_PROJECTION, NO_BASE = "projected", "no_projection", "no_base"
FOLLOWS_PERSONS, FOLLOWS_OLD = "follows_persons", "follows_65_plus"
# Columns of the figures: all, 0-14, 15-64, 65 and over, of these 75 and over; and what is left of the old.
_ALL, _YOUNG, _WORKING, _OLD, _OLDEST, _OLDER = range(6)
_PARTS = (_YOUNG, _WORKING, _OLD)


@dataclass(frozen=True)
class Growth:
    """
    What became of the cells, and the totals on both sides.

    Parameters
    ----------
    grown
        Shape ``(cells, 5)``: the figures of the later year, NaN where unknown.
    base, target
        Shape ``(municipalities, 5)``: what the cells add up to, and what is projected; NaN = unknown.
    has_ages, has_oldest
        Shape ``(municipalities,)``: where age groups, and those over 75, follow totals of their own.
    """

    grown: Numbers
    base: Numbers
    target: Numbers
    has_ages: Mask
    has_oldest: Mask

    @classmethod
    def of_totals(cls, base: Numbers, target: Numbers) -> "Growth":
        """Return totals that were not scaled: those of two layers, side by side."""
        always = np.ones(len(base), dtype=bool)
        return cls(np.empty((0, len(FIGURES))), base, target, always, always)


def grow(figures: Numbers, muni: NDArray[np.int_], target: Numbers) -> Growth:
    """
    Return the figures scaled to the totals of their municipality.

    Each age group is scaled by its own factor (65 to 74 and 75 and over apart, so that the older never
    outnumber the old). The persons of a cell grow as its age groups together do, and all of a
    municipality's are then multiplied by one number so that they add up to its total; where the age
    groups of the cells make up their persons, that number is 1. A cell of unknown ages, and a
    municipality without projected ages, grows as the municipality does. An age group that is projected
    where there is nobody of it now has nowhere to be put: unknown.

    Parameters
    ----------
    figures
        Shape ``(cells, 5)``: persons, 0-14, 15-64, 65+, 75+ of each cell; NaN = unknown.
    muni
        Shape ``(cells,)``: position of the municipality.
    target
        Shape ``(municipalities, 5)``: the totals wanted; NaN = not projected.
    """
    target = _with_sum_of_ages(target)
    split = np.column_stack([figures, figures[:, _OLD] - figures[:, _OLDEST]])
    base = _totals(split, muni, len(target))
    wanted = np.column_stack([target, target[:, _OLD] - target[:, _OLDEST]])
    factor = _ratio(wanted, base)
    has_ages: Mask = np.asarray(~np.isnan(target[:, _PARTS]).any(axis=1))
    halved = _counted(~np.isnan(figures[:, _OLD]) & np.isnan(figures[:, _OLDEST]), muni, len(target)) == 0
    has_oldest = has_ages & halved & ~np.isnan(target[:, _OLDEST])
    grown = _grown_ages(split, factor[muni], has_ages[muni], has_oldest[muni])
    grown[:, _ALL] = _grown_persons(figures, grown, factor[muni, _ALL])
    scale = _ratio(target[:, _ALL], _totals(grown[:, [_ALL]], muni, len(target))[:, 0])
    grown[:, _ALL] *= scale[muni]
    return Growth(grown, base[:, : len(FIGURES)], target, has_ages, has_oldest)


def _with_sum_of_ages(target: Numbers) -> Numbers:
    """Return the totals, persons as the sum of the age groups where only these are given."""
    filled = target.copy()
    blank = np.isnan(filled[:, _ALL])
    filled[blank, _ALL] = filled[blank][:, _PARTS].sum(axis=1)
    return filled


def _totals(figures: Numbers, muni: NDArray[np.int_], count: int) -> Numbers:
    """Return the sums of what is known by municipality; shape ``(municipalities, columns)``."""
    known = np.nan_to_num(figures)
    return np.column_stack([np.bincount(muni, column, minlength=count) for column in known.T])


def _counted(flag: Mask, muni: NDArray[np.int_], count: int) -> NDArray[np.int_]:
    return np.bincount(muni[flag], minlength=count)


def _ratio(later: Numbers, now: Numbers) -> Numbers:
    """Return later / now: 1 where there is and will be nobody, NaN where people come to where nobody is."""
    quotient = np.divide(later, now, out=np.full(now.shape, np.nan), where=now > 0)
    return np.where((now == 0) & (later == 0), 1.0, quotient)


def _grown_ages(split: Numbers, factor: Numbers, has_ages: Mask, has_oldest: Mask) -> Numbers:
    """Return the age groups of each cell; the column of all persons is not filled yet."""
    grown = split[:, : len(FIGURES)] * factor[:, : len(FIGURES)]
    apart = split[:, _OLDER] * factor[:, _OLDER] + grown[:, _OLDEST]
    grown[:, _OLD] = np.where(has_oldest, apart, grown[:, _OLD])
    grown[:, _OLDEST] = np.where(has_oldest, grown[:, _OLDEST], split[:, _OLDEST] * factor[:, _OLD])
    same = split[:, : len(FIGURES)] * factor[:, [_ALL]]
    return np.where(has_ages[:, None], grown, same)


def _grown_persons(figures: Numbers, grown: Numbers, factor: Numbers) -> Numbers:
    """Return the persons of each cell, who grow as its age groups together; else as the municipality."""
    now, later = figures[:, _PARTS].sum(axis=1), grown[:, _PARTS].sum(axis=1)
    growth = np.divide(later, now, out=np.full(len(now), np.nan), where=now > 0)
    return figures[:, _ALL] * np.where(np.isnan(growth), factor, growth)


def growth_table(growth: Growth, groups: list[str]) -> pd.DataFrame:
    """
    Return one row for each municipality and group: its totals, its factor and how it came about.

    Returns
    -------
    DataFrame
        ``muni`` (position), ``age_group``, ``base_persons``, ``persons``, ``growth_factor``,
        ``projection_state``.
    """
    kept = [FIGURES.index(group) for group in groups]
    tables = [_group_rows(growth, k) for k in kept]
    return pd.concat(tables, ignore_index=True).sort_values("muni", kind="stable", ignore_index=True)


def _group_rows(growth: Growth, k: int) -> pd.DataFrame:
    base, target = growth.base[:, k], growth.target[:, k]
    whole = _ratio(growth.target[:, _ALL], growth.base[:, _ALL])
    follows = (k != _ALL) & ~growth.has_ages & ~np.isnan(whole)
    follows_old = np.array((k == _OLDEST) & growth.has_ages & ~growth.has_oldest)
    old = _ratio(growth.target[:, _OLD], growth.base[:, _OLD])
    factor = np.select([follows, follows_old], [whole, old], _ratio(target, base))
    missing = np.isnan(np.where(follows, whole, np.where(follows_old, old, target)))
    states = [(missing, NO_PROJECTION), ((base == 0) & np.isnan(factor), NO_BASE)]
    states += [(follows, FOLLOWS_PERSONS), (follows_old, FOLLOWS_OLD)]
    state = np.select([mask for mask, _ in states], [name for _, name in states], PROJECTED)
    later = np.where(follows | follows_old, base * factor, target)
    columns = {"base_persons": base, "persons": later, "growth_factor": factor}
    named = {"muni": range(len(base)), "age_group": FIGURES[k], **columns}
    return pd.DataFrame({**named, "projection_state": state})
