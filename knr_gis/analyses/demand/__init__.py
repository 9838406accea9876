"""How many people there are, and where they start from: later years, visitors, places within a cell."""

from knr_gis.analyses.demand.projection import Projected, project_population
from knr_gis.analyses.demand.spread import RULES, Spread, inner_points, persons_at, spread_people
from knr_gis.analyses.demand.visitors import Visiting, visitor_origins

__all__ = [
    "RULES",
    "Projected",
    "Spread",
    "Visiting",
    "inner_points",
    "persons_at",
    "project_population",
    "spread_people",
    "visitor_origins",
]
