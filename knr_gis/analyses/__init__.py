"""The computations that maps and reports ask for by name."""

from collections.abc import Callable

from knr_gis.analyses.capacity import capacity
from knr_gis.analyses.comparison import comparison
from knr_gis.analyses.conflict import conflict
from knr_gis.analyses.difficult import difficult
from knr_gis.analyses.evacuation import evacuation
from knr_gis.analyses.exposure import exposure
from knr_gis.analyses.isolation import isolation
from knr_gis.analyses.overview import overview
from knr_gis.analyses.profile import profile
from knr_gis.analyses.sensitivity import sensitivity
from knr_gis.analyses.siting import siting
from knr_gis.analyses.tourism import tourism
from knr_gis.analyses.tourism.catchment import catchment
from knr_gis.analyses.tourism.corridor import corridor
from knr_gis.analyses.tourism.itinerary import itinerary
from knr_gis.analyses.tourism.safety_analysis import safety
from knr_gis.result import Result

ANALYSES: dict[str, Callable[..., Result]] = {
    "overview": overview,
    "exposure": exposure,
    "profile": profile,
    "evacuation": evacuation,
    "capacity": capacity,
    "difficult": difficult,
    "comparison": comparison,
    "sensitivity": sensitivity,
    "siting": siting,
    "isolation": isolation,
    "conflict": conflict,
    "tourism": tourism,
    "itinerary": itinerary,
    "safety": safety,
    "corridor": corridor,
    "catchment": catchment,
}
