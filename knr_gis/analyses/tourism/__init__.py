"""A route over the roads through chosen places, in the order given."""

import geopandas as gpd

from knr_gis.analyses.inputs import planning_number, require_mode
from knr_gis.analyses.tourism.legs import drive_legs, route_rows
from knr_gis.analyses.tourism.stops import choose_stops, numbered
from knr_gis.analyses.tourism.wording import gap_table, headline, notes
from knr_gis.crs import require_same_crs
from knr_gis.errors import AnalysisError
from knr_gis.network import build_network
from knr_gis.result import Result, summary_frame

__all__ = ["tourism"]

SPEED_KEYS = {"drive": "drive_speed_kmh", "cycle": "cycle_speed_kmh", "walk": "tour_walk_speed_kmh"}


def tourism(  # noqa: PLR0913  one argument per role and condition: the signature is the contract
    *,
    spots: dict[str, gpd.GeoDataFrame],
    roads: gpd.GeoDataFrame,
    stops: list[str] | None = None,
    mode: str = "drive",
    drive_speed_kmh: float | None = None,
    cycle_speed_kmh: float | None = None,
    tour_walk_speed_kmh: float | None = None,
    route_snap_limit_m: float | None = None,
) -> Result:
    """
    Return the fastest way from stop to stop.

    Parameters
    ----------
    spots
        Layers by id that stops are chosen from, with ``name``; in metres.
    roads
        Lines; a car goes at their ``speed_kmh`` where it is known.
    stops
        Names in order; ``layer:name`` or ``name@municipality`` where a name is not unique.
    mode
        ``drive``, ``cycle`` or ``walk``.
    drive_speed_kmh, cycle_speed_kmh, tour_walk_speed_kmh
        Speeds; those of ``assumptions.toml`` where None.
    route_snap_limit_m
        Farthest distance from a stop to its road; farther stops have no route.

    Raises
    ------
    CrsError
        If the layers are not in one CRS in metres.
    AnalysisError
        If a stop is unknown or ambiguous, there are fewer than two, or no road fits the mode.
    """
    travel = require_mode(mode)
    require_same_crs(roads, *spots.values())
    chosen = choose_stops(spots, stops or [])
    given = {"drive": drive_speed_kmh, "cycle": cycle_speed_kmh, "walk": tour_walk_speed_kmh}[travel]
    speed = planning_number(SPEED_KEYS[travel], given, positive=True)
    limit = planning_number("route_snap_limit_m", route_snap_limit_m)
    network = build_network(roads, mode=travel)
    if not len(network):
        raise AnalysisError("tourism.no_roads", mode=travel)
    legs = drive_legs(chosen, network, roads, speed_kmh=speed, limit_m=limit)
    found = legs[~legs.geometry.isna()].reset_index(drop=True)
    keys = (SPEED_KEYS[travel], "route_snap_limit_m")
    return Result(
        name="tourism",
        headline=headline(legs, chosen),
        features={"legs": found, "stops": chosen.assign(stop_label=numbered(chosen))},
        summary=summary_frame(route_rows(legs, len(chosen))),
        tables={
            "legs": legs.drop(columns=["geometry", "leg"]),
            "stops": chosen.drop(columns="geometry"),
            "not_evaluated": gap_table(legs),
        },
        params={"stops": list(stops or []), "mode": travel, keys[0]: speed, keys[1]: limit},
        assumptions=keys,
        notes=notes(legs),
    )
