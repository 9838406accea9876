"""Orienteering with days, lodging and time windows: arrays in, a tour and a bound out."""

from knr_gis.orienteering.left_out import LeftOut, Stay, timetable, why_not
from knr_gis.orienteering.problem import Problem, Tour, Travel
from knr_gis.orienteering.solving import solve

__all__ = ["LeftOut", "Problem", "Stay", "Tour", "Travel", "solve", "timetable", "why_not"]
