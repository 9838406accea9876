"""Orienteering with days, lodging and time windows: arrays in, a tour and a bound out."""

from knr_gis.orienteering.problem import Problem, Tour, Travel

__all__ = ["Problem", "Tour", "Travel"]
