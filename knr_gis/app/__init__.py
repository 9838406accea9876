"""The same as the command line, in a browser on this machine."""

from knr_gis.app.server import require_free_port, serve_app

__all__ = ["require_free_port", "serve_app"]
