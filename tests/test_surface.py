"""Bands between heights: areas are cells times cell area, the sea has none."""

import numpy as np
import pytest
from affine import Affine
from pyproj import CRS

from knr_gis.grid import Grid
from knr_gis.surface import coarsen, elevation_bands

TRANSFORM = Affine(10, 0, 0, 0, -10, 0)


def grid(values):
    return Grid(np.array(values, dtype=np.float32), TRANSFORM, CRS.from_epsg(6681))


def test_bands_by_pencil():
    """2 x 3 cells of 100 m2: two below 10 m, three from 10 m, one unknown."""
    bands = elevation_bands(grid([[1, 12, 12], [-3, 10, np.nan]]), [0, 10, 100])
    areas = bands.dissolve(by="elevation_m").area
    assert areas[0.0] == pytest.approx(200)
    assert areas[10.0] == pytest.approx(300)
    assert len(areas) == 2


def test_coarse_blocks_average_what_is_known():
    coarse = coarsen(grid([[1, 3, np.nan], [1, 3, np.nan]]), 2)
    assert coarse.values[0, 0] == pytest.approx(2)
    assert np.isnan(coarse.values[0, 1])
    assert coarse.transform.a == 20
    assert coarsen(grid([[1]]), 2).values.shape == (1, 1)
