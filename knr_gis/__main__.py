"""``python -m knr_gis``."""

from knr_gis.cli import main

main()
