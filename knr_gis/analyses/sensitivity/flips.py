"""Which factor carries a district over the threshold."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knr_gis.analyses.inputs import Mask, Numbers
from knr_gis.analyses.sensitivity.factors import Factor, Level
from knr_gis.analyses.sensitivity.study import Study
from knr_gis.texts import say

SEVERAL, ABOVE, BELOW, UNKNOWN = "several", "stays_above", "stays_below", "unknown"


@dataclass(frozen=True)
class Flip:
    """
    One factor in all districts, the others at their base.

    Parameters
    ----------
    levels
        Its other levels.
    shares
        Shape (levels, districts): percent in time at each.
    flips
        Shape (districts,): not all of base and levels lie on the same side of the threshold.
    swing
        Shape (districts,): largest less smallest share, in points; NaN where nobody is known.
    """

    factor: Factor
    levels: tuple[Level, ...]
    shares: Numbers
    flips: Mask
    swing: Numbers


def find_flips(study: Study, threshold: float) -> list[Flip]:
    """Return what each factor does to each district."""
    base = study.shares(study.outcomes[0])
    found = []
    for factor in study.factors:
        outcomes = study.one_at_a_time(factor)
        shares = np.array([study.shares(outcome) for outcome in outcomes])
        every = np.vstack([base, shares])
        known = ~np.isnan(every).any(axis=0)
        safe = every >= threshold
        flips = known & (safe.any(axis=0) != safe.all(axis=0))
        found.append(Flip(factor, factor.others, shares, flips, every.max(axis=0) - every.min(axis=0)))
    return found


def flip_classes(study: Study, flips: list[Flip], threshold: float) -> NDArray[np.object_]:
    """
    Return the class of each district, shape (districts,).

    The factor that alone flips it, ``several``, ``stays_above`` or ``stays_below`` where none does,
    ``unknown`` where no persons are known, empty where nobody starts in the base.
    """
    base, first = study.shares(study.outcomes[0]), study.outcomes[0]
    count = np.sum([flip.flips for flip in flips], axis=0)
    found = np.where(base >= threshold, ABOVE, BELOW).astype(object)
    for flip in flips:
        found[flip.flips] = flip.factor.key
    found[count > 1] = SEVERAL
    found[np.isnan(base)] = UNKNOWN
    found[first.origins.sum(axis=0) == 0] = ""
    return found


def flip_sentence(flips: list[Flip], base: float, district: int, threshold: float) -> str:
    """Return in words what carries a district over the threshold, the largest swing first."""
    own = sorted((flip for flip in flips if flip.flips[district]), key=lambda flip: -flip.swing[district])
    told = [
        say("sensitivity.flip", changed=flip.factor.changed(level), base=f"{base:.0f}", share=f"{share:.0f}")
        for flip in own
        for level, share in zip(flip.levels, flip.shares[:, district], strict=True)
        if (share >= threshold) != (base >= threshold)
    ]
    return say("sensitivity.between").join(told)
