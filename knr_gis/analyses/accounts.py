"""Accounts that close: depth classes + outside + not evaluated = total, by municipality."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from knr_gis.analyses.inputs import Mask, Numbers
from knr_gis.analyses.inundation import COVERED, NO_DATA, Inundation, Overlaid
from knr_gis.errors import AnalysisError
from knr_gis.texts import say

Row = tuple[str, str, str, str, float, str]
_CLOSE, _SAME = 1e-9, 1e-6
_M2_PER_HA = 10_000


@dataclass(frozen=True)
class Account:
    """
    One quantity by municipality and depth class.

    Parameters
    ----------
    inside
        Shape ``(municipalities, classes)``.
    total
        Shape ``(municipalities,)``: the quantity in the whole municipality, measured independently.
    """

    measure: str
    unit: str
    inside: Numbers
    total: Numbers

    def plus(self, other: "Account") -> "Account":
        """Return the sum of two accounts of one measure."""
        return Account(self.measure, self.unit, self.inside + other.inside, self.total + other.total)

    def times(self, factor: float) -> "Account":
        """Return the account times a number."""
        return Account(self.measure, self.unit, self.inside * factor, self.total * factor)

    def floored(self) -> "Account":
        """Return the account without the tiny negative amounts that rounding leaves in a difference."""
        return Account(self.measure, self.unit, np.maximum(self.inside, 0), np.maximum(self.total, 0))


class Ground(Protocol):
    """What rows of a summary tell of land and hazard (see ``Inundation``): areas in square metres."""

    @property
    def codes(self) -> list[str]: ...  # noqa: D102
    @property
    def names(self) -> list[str]: ...  # noqa: D102
    @property
    def classes(self) -> list[str]: ...  # noqa: D102
    @property
    def coverage(self) -> list[str]: ...  # noqa: D102
    @property
    def covered(self) -> Mask: ...  # noqa: D102
    @property
    def area_m2(self) -> Numbers: ...  # noqa: D102
    @property
    def land_m2(self) -> Numbers: ...  # noqa: D102


def summary_rows(accounts: Sequence[Account], ground: Ground) -> list[Row]:
    """Return areas, then what lies in the zone, then every account: the summary of what lies in the zone."""
    rows = area_rows(ground)
    for account in accounts:
        rows += in_zone_rows(account, ground)
    for account in accounts:
        rows += account_rows(account, ground)
    return rows


def account_rows(account: Account, inundation: Ground) -> list[Row]:
    """
    Return the summary rows of an account, per municipality and for the whole region.

    Where the hazard data does not cover a municipality its classes are unknown (NaN) and all that is
    not seen inside a zone counts as not evaluated, never as outside.

    Raises
    ------
    AnalysisError
        If more lies in the zones than there is.
    """
    _require_closed(account, inundation)
    table = _with_states(account, inundation)
    places = list(zip(inundation.codes, inundation.names, strict=True))
    with_region = [*places, ("", "")]
    figures = np.vstack([table, _known_sum(table)])
    groups = [*inundation.classes, say("depth.outside"), say("depth.not_evaluated"), ""]
    return [
        (code, name, group, account.measure, float(value), account.unit)
        for (code, name), line in zip(with_region, figures, strict=True)
        for group, value in zip(groups, line, strict=True)
    ]


def in_zone_rows(account: Account, inundation: Ground) -> list[Row]:
    """Return what lies in the zone as one figure per municipality; unknown unless it is covered."""
    inside = np.where(inundation.covered, account.inside.sum(axis=1), np.nan)
    figures = np.append(inside, _known_sum(inside[:, None])[0])
    places = [*zip(inundation.codes, inundation.names, strict=True), ("", "")]
    measure = f"{account.measure}_in_zone"
    return [(c, n, "", measure, float(v), account.unit) for (c, n), v in zip(places, figures, strict=True)]


def area_rows(inundation: Ground) -> list[Row]:
    """Return the inundated area by class, and the land of each municipality as an account, in hectares."""
    area = inundation.area_m2 / _M2_PER_HA
    unseen = np.array([state == NO_DATA for state in inundation.coverage])
    known = np.where(unseen[:, None], np.nan, area)
    table = np.column_stack([known, known.sum(axis=1)])
    table = np.vstack([table, _known_sum(table)])
    places = [*zip(inundation.codes, inundation.names, strict=True), ("", "")]
    rows = [
        (code, name, group, "inundated_area", float(value), "ha")
        for (code, name), line in zip(places, table, strict=True)
        for group, value in zip([*inundation.classes, ""], line, strict=True)
    ]
    return rows + account_rows(land_account(inundation), inundation)


def land_account(inundation: Ground) -> Account:
    """Return the land of each municipality as an account, in hectares."""
    return Account("land_area", "ha", inundation.area_m2 / _M2_PER_HA, inundation.land_m2 / _M2_PER_HA)


def _with_states(account: Account, inundation: Ground) -> Numbers:
    """Return classes, outside, not evaluated and total side by side, one row per municipality."""
    unseen = np.array([state == NO_DATA for state in inundation.coverage])
    covered = np.array([state == COVERED for state in inundation.coverage])
    seen = np.where(unseen[:, None], 0.0, account.inside)
    rest = np.maximum(account.total - seen.sum(axis=1), 0.0)
    inside = np.where(unseen[:, None], np.nan, seen)
    outside, unknown = np.where(covered, rest, np.nan), np.where(covered, 0.0, rest)
    return np.column_stack([inside, outside, unknown, account.total])


def _known_sum(table: Numbers) -> Numbers:
    """Return the sums of the columns over what is known; NaN where nothing is."""
    known = ~np.isnan(table)
    return np.where(known.any(axis=0), np.where(known, table, 0.0).sum(axis=0), np.nan)


def _require_closed(account: Account, inundation: Ground) -> None:
    parts = account.inside.sum(axis=1)
    for name, part, total in zip(inundation.names, parts, account.total, strict=True):
        if part - total > _CLOSE * max(abs(total), 1.0):
            raise AnalysisError(
                "analyses.not_closed", measure=account.measure, municipality=name,
                parts=f"{part:.6f}", total=f"{total:.6f}",
            )  # fmt: skip


def require_same(
    parts: Numbers, whole: Numbers, measure: str, municipalities: Sequence[str], *, crumbs: float = _SAME
) -> None:
    """
    Raise AnalysisError unless parts add up to a whole that was counted apart from them.

    Parameters
    ----------
    parts, whole
        Shape ``(municipalities, ...)``.
    crumbs
        What may be lost anywhere beside the millionth that rounding takes.
    """
    if not np.allclose(parts, whole, rtol=_SAME, atol=crumbs):
        worst = int(np.abs(parts - whole).reshape(len(municipalities), -1).max(axis=1).argmax())
        raise AnalysisError(
            "analyses.not_closed", measure=measure, municipality=municipalities[worst],
            parts=f"{parts[worst].sum():.6f}", total=f"{whole[worst].sum():.6f}",
        )  # fmt: skip


def require_parts(whole: Account, parts: list[Account]) -> None:
    """Raise AnalysisError unless parts (the kinds of a layer) add up to the whole, class by class."""
    wanted = np.column_stack([whole.inside, whole.total])
    found = sum(np.column_stack([part.inside, part.total]) for part in parts)
    if not np.allclose(found, wanted, rtol=_CLOSE, atol=_CLOSE):
        raise AnalysisError(
            "analyses.not_closed", measure=whole.measure, municipality="-",
            parts=f"{np.sum(found):.6f}", total=f"{wanted.sum():.6f}",
        )  # fmt: skip


def amount_account(
    overlaid: Overlaid, inundation: Inundation, weight: Numbers, *, measure: str, unit: str
) -> Account:
    """
    Return amounts times a weight per feature, by municipality and depth class.

    Parameters
    ----------
    weight
        Shape ``(features,)``: what one square metre, metre or point of each feature counts for.
    """
    land, wet = overlaid.land, overlaid.wet
    total = np.zeros(len(inundation.codes))
    np.add.at(total, land["muni"].to_numpy(int), land["amount"].to_numpy() * weight[land["feature"]])
    inside = inundation.sums(wet["zone"].to_numpy(int), wet["amount"].to_numpy() * weight[wet["feature"]])
    return Account(measure, unit, inside, total)


def count_account(
    overlaid: Overlaid, inundation: Inundation, counted: Numbers, *, measure: str, unit: str
) -> Account:
    """
    Return the number of features, each counted once.

    A feature that lies in several municipalities counts where most of it lies; one in several depth
    classes counts in the deepest.
    """
    home = overlaid.land.sort_values("amount", ascending=False, kind="stable").drop_duplicates("feature")
    muni = np.full(overlaid.count, -1, dtype=np.intp)
    muni[home["feature"].to_numpy(int)] = home["muni"].to_numpy(int)
    rank = deepest_class(overlaid, inundation)
    total, inside = (
        np.zeros(len(inundation.codes)),
        np.zeros((len(inundation.codes), len(inundation.classes))),
    )
    placed, wet = muni >= 0, (muni >= 0) & (rank >= 0)
    np.add.at(total, muni[placed], counted[placed])
    np.add.at(inside, (muni[wet], rank[wet]), counted[wet])
    return Account(measure, unit, inside, total)


def deepest_class(overlaid: Overlaid, inundation: Inundation) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Return the deepest class that each feature touches, -1 where it lies outside; shape ``(features,)``."""
    rank = inundation.frame["depth_rank"].to_numpy(int)[overlaid.wet["zone"].to_numpy(int)]
    wet = overlaid.wet.assign(rank=rank, order=inundation.precedence[rank])
    first = wet.sort_values("order", kind="stable").drop_duplicates("feature")
    deepest = np.full(overlaid.count, -1, dtype=np.intp)
    deepest[first["feature"].to_numpy(int)] = first["rank"].to_numpy(int)
    return deepest
