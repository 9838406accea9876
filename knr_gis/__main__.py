"""``python -m knr_gis``."""

from knr_gis.cli import main

if __name__ == "__main__":  # processes of a cluster import this module again
    main()
