"""knr-gis: disaster-prevention and tourism GIS for the Kushiro-Nemuro region."""

__version__ = "0.1.0"
