"""Season and light at a moment of a trip: what walkers on it must be taken to meet."""

from datetime import date, timedelta
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from knr_gis.analyses.tourism.calendar import DAY_MIN, WINTER
from knr_gis.analyses.tourism.sun import sunrise, sunset
from knr_gis.crs import to_web
from knr_gis.network import Floats

SUMMER_SEASON, WINTER_SEASON = "summer", "winter"
DAY, NIGHT = "day", "night"


class Light(NamedTuple):
    """Season and time of day, as the scenarios of the evacuation have them."""

    season: str
    time_of_day: str


def lights(
    on: date | None,
    minutes: Floats,
    place: shapely.Point,
    crs: object,
    *,
    season: str | None,
    time: str | None,
) -> list[Light]:
    """
    Return season and light at minutes of a day, one for each.

    Parameters
    ----------
    on
        The day; None: summer and daylight where nothing else is asked for, which the products say.
    minutes
        After midnight; from 1440 on the day after. NaN counts as noon.
    place
        Where the sun is looked at, in ``crs``.
    season, time
        Asked for: they go before the date and the sun.
    """
    if on is None:
        return [Light(season or SUMMER_SEASON, time or DAY)] * len(minutes)
    at = to_web(gpd.GeoSeries([place], crs=crs).to_frame("geometry").set_geometry("geometry")).geometry.iloc[
        0
    ]
    days, minute = np.divmod(np.where(np.isnan(minutes), DAY_MIN / 2, minutes), DAY_MIN)
    suns = {int(d): _sun(on + timedelta(days=int(d)), at) for d in np.unique(days)}
    return [
        Light(
            season or _season(on + timedelta(days=int(d))),
            time or (DAY if suns[int(d)][0] <= m < suns[int(d)][1] else NIGHT),
        )
        for d, m in zip(days, minute, strict=True)
    ]


def _season(on: date) -> str:
    return WINTER_SEASON if on.month in WINTER else SUMMER_SEASON


def _sun(on: date, at: shapely.Point) -> tuple[float, float]:
    return sunrise(on, at.x, at.y), sunset(on, at.x, at.y)
