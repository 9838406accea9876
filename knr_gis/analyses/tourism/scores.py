"""
What a visit is worth.

score = (visit + season + diversity) x weight of the theme, rounded to whole points:

- ``score_visit`` for each visit;
- ``score_season`` times the share of the year in which the place is shut: what can only be seen now is
  worth more. Unknown months add nothing;
- ``score_diversity`` times the share of the candidates that do not stand for the same of activity, nature and
  culture, for the rarest of the three that a place stands for: so that a day finds a second of the three.
"""

import numpy as np
import pandas as pd

from knr_gis.analyses.tourism.calendar import Opening
from knr_gis.analyses.tourism.fit import THREE, open_months, stands_for, themes_of
from knr_gis.analyses.tourism.wishes import Wishes
from knr_gis.network import Flags, Floats

_MONTHS = 12


def score_of(
    places: pd.DataFrame, openings: tuple[Opening, ...], candidates: Flags, *, wishes: Wishes
) -> Floats:
    """
    Return the score of each place, shape (N,); 0 for those that are no candidates.

    Parameters
    ----------
    candidates
        Shape (N,): places that may be visited.
    """
    n = wishes.numbers
    points = n["score_visit"] + n["score_season"] * _rarely_open(openings)
    points += n["score_diversity"] * _rare_kind(places, candidates)
    weights = np.array([theme_weight(theme, wishes) for theme in places["theme"]])
    # What is a must may be of a theme that nobody wished for.
    return np.where(candidates, np.rint(points * np.where(weights > 0, weights, 1.0)), 0.0)


def theme_weight(theme: object, wishes: Wishes) -> float:
    """Return the weight of a place's themes: the highest of those wished for, 0 where none is."""
    if not wishes.themes:
        return 1.0
    return max((wishes.themes.get(name, 0.0) for name in themes_of(theme)), default=0.0)


def _rarely_open(openings: tuple[Opening, ...]) -> Floats:
    """Return the share of the year in which each place is shut; 0 where that is unknown."""
    months = [open_months(opening) for opening in openings]
    return np.array([0.0 if known is None else 1 - len(known) / _MONTHS for known in months])


def _rare_kind(places: pd.DataFrame, candidates: Flags) -> Floats:
    """Return how rare the rarest of the three is that each place stands for; 0 where it stands for none."""
    kinds = [stands_for(t, a) for t, a in zip(places["theme"], places["activity"], strict=True)]
    held = np.array([[k in kind for k in THREE] for kind in kinds]).reshape(-1, len(THREE))
    share = held[candidates].mean(axis=0) if candidates.any() else np.zeros(len(THREE))
    return np.asarray(np.where(held, 1 - share, 0.0).max(axis=1), dtype=float)
