"""Every format but the web map, by the suffix of its file."""

from collections.abc import Callable
from pathlib import Path

from knr_gis.export.flatgeobuf import write_flatgeobuf
from knr_gis.export.geodata import write_geojson, write_geopackage
from knr_gis.export.gpx import write_gpx
from knr_gis.export.ical import write_calendar
from knr_gis.export.kml import write_kml
from knr_gis.export.raster import write_rasters
from knr_gis.export.routebook import write_routebook
from knr_gis.export.summary import write_summary_csv
from knr_gis.export.workbook import write_workbook
from knr_gis.figure import write_atlas, write_map_pdf, write_map_png
from knr_gis.product import Product
from knr_gis.report import write_report_docx, write_report_pdf

Writer = Callable[[Product, Path], None]

WRITERS: dict[str, Writer] = {
    "png": write_map_png,
    "map_pdf": write_map_pdf,
    "atlas": write_atlas,
    "pdf": write_report_pdf,
    "xlsx": write_workbook,
    "docx": write_report_docx,
    "csv": write_summary_csv,
    "gpkg": write_geopackage,
    "geojson": write_geojson,
    "fgb": write_flatgeobuf,
    "tif": write_rasters,
    "kml": write_kml,
    "gpx": write_gpx,
    "ics": write_calendar,
    "routebook": write_routebook,
}
