"""
Sunrise and sunset by the formulas of NOAA.

Source: NOAA Global Monitoring Laboratory, "Solar Calculation Details" (the spreadsheet after J. Meeus,
Astronomical Algorithms). The centre of the sun stands 0.833 degrees below the horizon (refraction 34', half
the disc 16'); hills on the horizon are not considered. Within 2 minutes of published tables at the latitude
of Hokkaido.
"""

import math
from datetime import date

_HORIZON_DEG = 90.833
_MINUTES_PER_DEGREE = 4.0
_NOON_MIN = 720.0
_JST_MIN = 540.0
_J2000 = date(2000, 1, 1)
_DAYS_PER_CENTURY = 36525.0


def sunrise(on: date, lon: float, lat: float) -> float:
    """Return minutes after midnight (Japan time) at which the sun rises; NaN where it does not."""
    return _crossing(on, lon, lat, side=-1)


def sunset(on: date, lon: float, lat: float) -> float:
    """
    Return minutes after midnight (Japan time) at which the sun sets; NaN where it does not.

    Parameters
    ----------
    lon, lat
        Degrees (EPSG:6668 and WGS 84 are the same here).
    """
    return _crossing(on, lon, lat, side=1)


def _crossing(on: date, lon: float, lat: float, *, side: int) -> float:
    """Return the minute of rising (-1) or setting (1), the sun taken where it stands at that minute."""
    minute = _NOON_MIN + side * 360.0
    for _ in range(3):
        declination, equation = _sun(on, minute)
        angle = _hour_angle(lat, declination)
        minute = _NOON_MIN - _MINUTES_PER_DEGREE * (lon - side * angle) - equation + _JST_MIN
    return minute


def _hour_angle(lat: float, declination: float) -> float:
    """Return the degrees between noon and the horizon; NaN where the sun stays above or below it."""
    phi = math.radians(lat)
    cosine = math.cos(math.radians(_HORIZON_DEG)) / (math.cos(phi) * math.cos(declination)) - math.tan(
        phi
    ) * math.tan(declination)
    return math.degrees(math.acos(cosine)) if -1 <= cosine <= 1 else float("nan")


def _sun(on: date, minute: float) -> tuple[float, float]:
    """Return declination (radians) and equation of time (minutes) at a minute of Japan time."""
    minute = _NOON_MIN if math.isnan(minute) else minute
    days = (on - _J2000).days - 0.5 + (minute - _JST_MIN) / 1440
    t = days / _DAYS_PER_CENTURY
    mean_long = math.radians((280.46646 + t * (36000.76983 + t * 0.0003032)) % 360)
    anomaly = math.radians(357.52911 + t * (35999.05029 - 0.0001537 * t))
    eccentricity = 0.016708634 - t * (0.000042037 + 0.0000001267 * t)
    node = math.radians(125.04 - 1934.136 * t)
    apparent = mean_long + math.radians(_centre(t, anomaly) - 0.00569 - 0.00478 * math.sin(node))
    tilt = math.radians(_tilt(t) + 0.00256 * math.cos(node))
    declination = math.asin(math.sin(tilt) * math.sin(apparent))
    return declination, _equation(math.tan(tilt / 2) ** 2, mean_long, eccentricity, anomaly)


def _centre(t: float, anomaly: float) -> float:
    """Return the equation of the centre in degrees."""
    return (
        math.sin(anomaly) * (1.914602 - t * (0.004817 + 0.000014 * t))
        + math.sin(2 * anomaly) * (0.019993 - 0.000101 * t)
        + math.sin(3 * anomaly) * 0.000289
    )


def _tilt(t: float) -> float:
    """Return the mean obliquity of the ecliptic in degrees."""
    return 23 + (26 + (21.448 - t * (46.815 + t * (0.00059 - t * 0.001813))) / 60) / 60


def _equation(y: float, mean_long: float, e: float, anomaly: float) -> float:
    """Return the equation of time in minutes."""
    radians = (
        y * math.sin(2 * mean_long)
        - 2 * e * math.sin(anomaly)
        + 4 * e * y * math.sin(anomaly) * math.cos(2 * mean_long)
        - 0.5 * y * y * math.sin(4 * mean_long)
        - 1.25 * e * e * math.sin(2 * anomaly)
    )
    return _MINUTES_PER_DEGREE * math.degrees(radians)
