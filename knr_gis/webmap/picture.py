"""The largest layers as one picture with a colour per class: small and quick, but without its features."""

import base64
import io
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from PIL import Image
from rasterio.features import rasterize
from rasterio.transform import from_bounds

from knr_gis.crs import to_web
from knr_gis.style import Style

MAX_SIDE = 4096
MAX_CLASSES = 255
Pixels = NDArray[np.uint8]


def picture_data(frame: gpd.GeoDataFrame, numbers: NDArray[np.int64], style: Style) -> dict[str, Any]:
    """
    Return a layer as a palette PNG in Web Mercator.

    Parameters
    ----------
    frame
        Placed features of a CRS in metres; points are not drawn so.
    numbers
        Class number of each feature; later features cover earlier ones, as on the vector map.

    Returns
    -------
    dict
        ``uri`` (data URI of the PNG, one pixel value per class, 0 = nothing) and ``box`` (west, south,
        east, north in degrees).
    """
    shapes = _mercator(to_web(frame.geometry.to_frame("geometry")).geometry.values)
    west, south, east, north = shapely.total_bounds(shapes)
    pixels = _drawn(shapes, numbers, (west, south, east, north))
    colors = [*(c.color for c in style.classes), style.color]
    box = [*_degrees(west, south), *_degrees(east, north)]
    return {"uri": _png_uri(pixels, colors), "box": [round(float(v), 6) for v in box]}


def _mercator(shapes: Any) -> Any:
    """Return longitude and latitude as Web Mercator on a globe of radius 1."""

    def project(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
        radians = np.radians(degrees)
        return np.column_stack([radians[:, 0], np.arcsinh(np.tan(radians[:, 1]))])

    return shapely.transform(shapes, project)


def _degrees(x: float, y: float) -> tuple[float, float]:
    return float(np.degrees(x)), float(np.degrees(np.arctan(np.sinh(y))))


def _drawn(shapes: Any, numbers: NDArray[np.int64], box: tuple[float, float, float, float]) -> Pixels:
    """Return class number + 1 for each pixel, 0 where nothing lies."""
    west, south, east, north = box
    step = max(east - west, north - south) / MAX_SIDE
    columns, rows = (max(1, round(size / step)) for size in (east - west, north - south))
    burnt = list(zip(shapes, (numbers + 1).tolist(), strict=True))
    lines = bool((shapely.get_dimensions(shapes) == 1).all())
    transform = from_bounds(west, south, east, north, columns, rows)
    drawn: Pixels = rasterize(
        burnt, out_shape=(rows, columns), transform=transform, fill=0, dtype="uint8", all_touched=lines
    )
    return drawn


def _png_uri(pixels: Pixels, colors: list[str]) -> str:
    """Return a PNG whose value 0 is clear and whose other values have the colours."""
    image = Image.fromarray(pixels)
    image.putpalette([0, 0, 0, *(int(c[i : i + 2], 16) for c in colors for i in (1, 3, 5))])
    buffer = io.BytesIO()
    image.save(buffer, "PNG", transparency=0, optimize=False, compress_level=6)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
