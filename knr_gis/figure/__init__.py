"""Print maps by matplotlib: A4 or A3 at a true, round scale; the only door to matplotlib."""

from knr_gis.figure.atlas import write_atlas, write_atlas_pictures
from knr_gis.figure.choice import ATLASES, ORIENTATIONS, PAPERS_MM, SCALES, PaperChoice
from knr_gis.figure.sheet import draw_sheet
from knr_gis.figure.writing import Picture, write_figure, write_map_pdf, write_map_png

__all__ = [
    "ATLASES",
    "ORIENTATIONS",
    "PAPERS_MM",
    "SCALES",
    "PaperChoice",
    "Picture",
    "draw_sheet",
    "write_atlas",
    "write_atlas_pictures",
    "write_figure",
    "write_map_pdf",
    "write_map_png",
]
