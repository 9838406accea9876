"""From stop to stop over the roads."""

import geopandas as gpd
import pandas as pd
import shapely

from knr_gis.analyses.accounts import Row
from knr_gis.analyses.inputs import Numbers, road_speeds
from knr_gis.network import Network, edge_seconds
from knr_gis.routing import Reach, shortest_path
from knr_gis.snapping import Snap, snap

_SECONDS, _METRES = 60.0, 1000.0


def drive_legs(
    stops: gpd.GeoDataFrame, network: Network, roads: gpd.GeoDataFrame, *, speed_kmh: float, limit_m: float
) -> gpd.GeoDataFrame:
    """
    Return one row per leg with ``leg_status``; kilometres and minutes only where there is a route.

    Parameters
    ----------
    stops
        Points in order.
    roads
        The roads that the network was built from.
    limit_m
        Stops farther from any road have no route.
    """
    places = snap(network, shapely.get_coordinates(stops.geometry.to_numpy()), limit_m=limit_m)
    cost = edge_seconds(network, speed_kmh=road_speeds(roads, network.mode, speed_kmh))
    legs = [_leg(stops, places, network, cost, k) for k in range(len(stops) - 1)]
    table = pd.DataFrame([row for row, _ in legs])
    return gpd.GeoDataFrame(table, geometry=[line for _, line in legs], crs=stops.crs)


def _leg(
    stops: gpd.GeoDataFrame, places: Snap, network: Network, cost: Numbers, k: int
) -> tuple[dict[str, object], shapely.LineString | None]:
    """Return the row and the line of the leg from stop k to the next."""
    path = shortest_path(network, places.take([k]), places.take([k + 1]), cost_s=cost)
    far = not (places.reached[k] and places.reached[k + 1])
    names = stops["name"].tolist()
    row = {
        "stop_number": k + 1, "leg": f"{k + 1} {names[k]}→{names[k + 1]}",
        "from_name": names[k], "to_name": names[k + 1],
        "leg_status": str(Reach.FAR if far else path.status),
        "leg_km": path.length_m / _METRES, "leg_min": path.cost_s / _SECONDS,
        "from_snap_m": places.distance_m[k], "to_snap_m": places.distance_m[k + 1],
    }  # fmt: skip
    return row, path.line


def route_rows(legs: gpd.GeoDataFrame, n_stops: int) -> list[Row]:
    """
    Return the summary: kilometres and minutes by leg and for the whole route.

    The whole is unknown (NaN), not the sum of the rest, where a leg has no route.
    """
    lost = int((legs["leg_status"] != Reach.REACHED).sum())
    rows: list[Row] = [
        ("", "", "", "stops_count", float(n_stops), "件"),
        ("", "", "", "legs_count", float(len(legs)), "件"),
        ("", "", "", "legs_without_route", float(lost), "件"),
    ]
    for measure, column, unit in (("route_km", "leg_km", "km"), ("route_min", "leg_min", "分")):
        rows += [
            ("", "", str(leg.leg), measure, float(getattr(leg, column)), unit) for leg in legs.itertuples()
        ]
        rows.append(("", "", "", measure, float(legs[column].sum(skipna=False)), unit))
    return rows
