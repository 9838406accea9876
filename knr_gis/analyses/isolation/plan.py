"""The conditions of an isolation run, checked."""

from dataclasses import dataclass
from typing import Literal, cast, get_args

from knr_gis.errors import AnalysisError

Bridges = Literal["zone", "all", "none"]


@dataclass(frozen=True)
class FailurePlan:
    """
    What is taken to fail.

    Parameters
    ----------
    zone
        Whether the parts of streets inside the zone fail.
    depth_m
        Only where the water may be deeper than this.
    bridges
        ``zone``: bridges in the zone or touched by it, over their whole length; ``all``; ``none``:
        a bridge is a street like any other.
    roads
        Names or OpenStreetMap numbers of roads closed by hand.
    """

    zone: bool
    depth_m: float
    bridges: Bridges
    roads: tuple[str, ...]


def require_bridges(which: str) -> Bridges:
    """Return which bridges fail; raise AnalysisError when it is none of the choices."""
    if which not in get_args(Bridges):
        raise AnalysisError("isolation.bad_bridges", value=which, known="、".join(get_args(Bridges)))
    return cast("Bridges", which)
