"""Web maps: one HTML file that opens with no network (the only place that uses folium)."""

from knr_gis.webmap.page import render_webmap, write_webmap

__all__ = ["render_webmap", "write_webmap"]
