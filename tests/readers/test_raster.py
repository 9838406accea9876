"""GeoTIFF of elevation and depth: windows, no-data, classes and their areas."""

import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pyproj import CRS
from rasterio.errors import NotGeoreferencedWarning

from knr_gis.depth import standard_classes
from knr_gis.errors import CrsError, ReadError
from knr_gis.grid import Grid, sample
from knr_gis.layers import Layer, Source
from knr_gis.readers import ReadRequest
from knr_gis.readers import raster as raster_module
from knr_gis.readers.depth_areas import depth_polygons
from knr_gis.readers.raster import coarsen, grid_to_crs, read_raster
from knr_gis.style import Style

SAMPLES = Path(__file__).parents[2].parent / "shared" / "data" / "samples_not_region"
real = pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared/data is not there")
PLANE = CRS.from_epsg(6681)
TEN_METRES = Affine(10, 0, 1000, 0, -10, 2000)
SOURCE = Source("", "", "", (), "", "", "")


def request(path: Path, layer_id: str = "elevation", **options: Any) -> ReadRequest:
    geometry = "raster" if layer_id == "elevation" else "polygon"
    layer = Layer(
        layer_id, "terrain", geometry, ("raster",), layer_id, layer_id, SOURCE, (), (), (), Style("")
    )
    return ReadRequest(path, layer, **options)


def write(path: Path, values: Any, *, scale: float = 1.0, offset: float = 0.0, **profile: Any) -> Path:
    bands = np.atleast_3d(np.asarray(values)).transpose(2, 0, 1)
    settings_of = {"crs": "EPSG:6681", "transform": TEN_METRES} | profile
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(
            path, "w", driver="GTiff", height=bands.shape[1], width=bands.shape[2],
            count=bands.shape[0], dtype=bands.dtype, **settings_of,
        ) as file:  # fmt: skip
            file.write(bands)
            file.scales, file.offsets = [scale] * bands.shape[0], [offset] * bands.shape[0]
    return path


def test_unknown_cells_become_nan(tmp_path: Path) -> None:
    raw = np.array([[1, -9999, 32767], [np.nan, 7, 3.4e38]], dtype=np.float32)
    result = read_raster(request(write(tmp_path / "a.tif", raw, nodata=7)))
    expected = np.array([[1, np.nan, np.nan], [np.nan, np.nan, np.nan]])
    np.testing.assert_array_equal(result.data.values, expected)
    assert [(f.code, f.values["count"]) for f in result.findings] == [("raster_absurd", 1)]
    assert result.data.crs.equals(PLANE)


def test_scale_and_offset_are_applied_after_nodata(tmp_path: Path) -> None:
    raw = np.array([[100, 250], [-32768, 0]], dtype=np.int16)
    path = write(tmp_path / "cm.tif", raw, nodata=-32768, scale=0.01, offset=5.0)
    values = read_raster(request(path)).data.values
    np.testing.assert_allclose(values, [[6.0, 7.5], [np.nan, 5.0]], rtol=1e-6)


def test_only_the_window_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.arange(100 * 100, dtype=np.float32).reshape(100, 100) / 10
    degrees = Affine(0.01, 0, 144.0, 0, -0.01, 44.0)
    path = write(tmp_path / "degrees.tif", values, crs="EPSG:6668", transform=degrees)
    seen = []
    strips = raster_module._strips
    monkeypatch.setattr(raster_module, "_strips", lambda w, k: seen.append(w) or strips(w, k))
    box = (144.105, 43.705, 144.195, 43.795)
    grid = read_raster(request(path, bounds=box)).data
    assert (seen[0].width, seen[0].height) == (10, 10)
    np.testing.assert_array_equal(grid.values, values[20:30, 10:20])
    assert grid.bounds == pytest.approx((144.1, 43.7, 144.2, 43.8))
    with pytest.raises(ReadError, match="対象範囲に重なりません"):
        read_raster(request(path, bounds=(150.0, 40.0, 151.0, 41.0)))


def test_a_grid_drawn_from_the_south_is_turned(tmp_path: Path) -> None:
    south_up = Affine(10, 0, 1000, 0, 10, 1980)
    values = np.array([[1, 2], [3, 4]], dtype=np.float32)
    grid = read_raster(request(write(tmp_path / "south.tif", values, transform=south_up))).data
    np.testing.assert_array_equal(grid.values, [[3, 4], [1, 2]])
    assert grid.transform == Affine(10, 0, 1000, 0, -10, 2000)


def test_a_grid_too_large_is_averaged_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raster_module, "MAX_CELLS", 6)
    monkeypatch.setattr(raster_module, "_STRIP_CELLS", 10)
    values = np.array([[1, 3, 5, 5, 9], [1, 3, -9999, 5, 9], [2, 2, 8, 8, 0]], dtype=np.float32)
    result = read_raster(request(write(tmp_path / "big.tif", values)))
    np.testing.assert_array_equal(result.data.values, [[2, 5, 9], [2, 8, 0]])
    assert result.data.transform.a == 20
    assert [(f.code, f.values) for f in result.findings] == [("grid_coarsened", {"factor": 2})]


@given(
    values=hnp.arrays(
        np.float32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(0, 9)
    ),
    factor=st.integers(1, 4),
)
def test_coarsening_keeps_means(values: Any, factor: int) -> None:
    rows, columns = (size // factor * factor for size in values.shape)
    whole = coarsen(values, factor)[: rows // factor, : columns // factor]
    assert whole.sum() * factor**2 == pytest.approx(values[:rows, :columns].sum(), rel=1e-5)


def test_depth_becomes_class_polygons_by_pencil(tmp_path: Path) -> None:
    depth = np.array(
        [[0.0, 0.01, 0.3, 0.3], [0.009, 0.299, 0.5, 25.0], [-9999, np.nan, 1.0, -3.0]], dtype=np.float32
    )
    wet = read_raster(request(write(tmp_path / "depth.tif", depth), "tsunami_inundation")).data
    areas = wet.assign(area=wet.area).groupby("depth_min_m").area.sum().to_dict()
    assert areas == {0.01: 200, 0.3: 200, 0.5: 100, 1.0: 100, 20.0: 100}
    deepest = wet[wet.depth_min_m == 20].iloc[0]
    assert np.isnan(deepest.depth_max_m)
    assert deepest.depth_label == "20m以上"
    assert wet.loc[wet.depth_min_m == 0.3, "depth_label"].tolist() == ["0.3m以上0.5m未満"]
    assert wet.geometry.is_valid.all()


@settings(max_examples=40, deadline=None)
@given(
    depth=hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=8),
        elements=st.sampled_from([np.nan, -1.0, 0.0, 0.005, 0.01, 0.2, 0.3, 0.7, 2.0, 4.9, 5.0, 19.0, 80.0]),
    )
)
def test_area_of_each_class_is_cells_times_cell_area(depth: Any) -> None:
    wet = depth_polygons(Grid(depth, TEN_METRES, PLANE))
    assert wet.geometry.is_valid.all()
    for c in standard_classes():
        upper = np.float32(np.inf if c.upper_m is None else c.upper_m)
        n_cells = int(((depth >= np.float32(c.lower_m)) & (depth < upper)).sum())
        assert wet[wet.depth_min_m == c.lower_m].area.sum() == pytest.approx(100 * n_cells)
    assert wet.area.sum() == pytest.approx(100 * int((depth >= np.float32(0.01)).sum()))


def test_strips_do_not_change_the_area(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    depth = np.random.default_rng(5).uniform(-1, 12, (50, 40)).astype(np.float32)
    path = write(tmp_path / "depth.tif", depth)
    whole = read_raster(request(path, "tsunami_inundation")).data
    monkeypatch.setattr(raster_module, "_STRIP_CELLS", 100)
    strips = read_raster(request(path, "tsunami_inundation")).data
    sums = [f.assign(area=f.area).groupby("depth_label").area.sum().to_dict() for f in (whole, strips)]
    assert sums[0] == sums[1]


def test_whole_numbers_as_depth_are_reported(tmp_path: Path) -> None:
    path = write(tmp_path / "rank.tif", np.array([[1, 2], [3, 0]], dtype=np.uint8))
    result = read_raster(request(path, "tsunami_inundation"))
    assert [f.code for f in result.findings] == ["depth_raster_whole_numbers"]


def test_impossible_depth_is_reported_not_counted_as_deep(tmp_path: Path) -> None:
    path = write(tmp_path / "deep.tif", np.array([[1, 500]], dtype=np.float32))
    result = read_raster(request(path, "tsunami_inundation"))
    assert result.data.area.sum() == 100
    assert [f.values for f in result.findings] == [{"count": 1}]


def test_a_missing_crs_must_be_stated(tmp_path: Path) -> None:
    path = write(tmp_path / "nowhere.tif", np.ones((2, 2), dtype=np.float32), crs=None)
    with pytest.raises(CrsError, match=r"nowhere\.tif"):
        read_raster(request(path))
    assert read_raster(request(path, crs="EPSG:6680")).data.crs.to_epsg() == 6680


def test_a_stated_crs_does_not_override_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "here.tif", np.ones((2, 2), dtype=np.float32))
    assert read_raster(request(path, crs="EPSG:4326")).data.crs.to_epsg() == 6681


def bad_files(folder: Path) -> dict[str, tuple[Path, str]]:
    ones = np.ones((64, 64), dtype=np.float32)
    cut = write(folder / "cut.tif", np.random.default_rng(1).random((400, 400)).astype(np.float32))
    cut.write_bytes(cut.read_bytes()[:200_000])
    (folder / "empty.tif").touch()
    (folder / "page.tif").write_text("<html>404</html>")
    return {
        "cut": (cut, "読めません"),
        "empty": (folder / "empty.tif", "空のファイル"),
        "page": (folder / "page.tif", "読めません"),
        "absent": (folder / "absent.tif", "読めません"),
        "picture": (write(folder / "p.tif", np.zeros((4, 4, 3), dtype=np.uint8)), "画像"),
        "no_place": (write(folder / "n.tif", ones, transform=Affine.identity()), "位置の情報"),
        "rotated": (write(folder / "r.tif", ones, transform=Affine.rotation(20)), "傾いて"),
        "unknown": (write(folder / "u.tif", ones * -9999), "数値のある格子がありません"),
    }


@pytest.mark.parametrize(
    "name", ["cut", "empty", "page", "absent", "picture", "no_place", "rotated", "unknown"]
)
def test_a_bad_file_is_one_clear_line(name: str, tmp_path: Path) -> None:
    path, sentence = bad_files(tmp_path)[name]
    with pytest.raises(ReadError, match=sentence) as caught:
        read_raster(request(path))
    assert path.name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_dry_depth_and_wrong_layer_are_said(tmp_path: Path) -> None:
    path = write(tmp_path / "dry.tif", np.zeros((3, 3), dtype=np.float32))
    with pytest.raises(ReadError, match="浸水"):
        read_raster(request(path, "tsunami_inundation"))
    with pytest.raises(ReadError, match="farmland"):
        read_raster(request(path, "farmland"))


def test_a_plane_stays_a_plane_in_another_crs() -> None:
    columns, rows = np.meshgrid(np.arange(120), np.arange(100))
    lon, lat = 144.3 + (columns + 0.5) * 0.001, 43.1 - (rows + 0.5) * 0.001
    tilted = (lon * 100 + lat * 50).astype(np.float32)
    tilted[:10, :10] = np.nan
    grid = Grid(tilted, Affine(0.001, 0, 144.3, 0, -0.001, 43.1), CRS.from_epsg(6668))
    for resolution, tolerance in ((25.0, 0.01), (200.0, 0.06)):
        there = grid_to_crs(grid, PLANE, resolution)
        assert there.transform.a == resolution
        assert there.bounds[0] % resolution == pytest.approx(0, abs=1e-9)
        lons, lats = np.array([144.35, 144.4]), np.array([43.05, 43.02])
        points = gpd.GeoSeries.from_xy(lons, lats, crs=6668).to_crs(6681)
        x, y = points.x.to_numpy(), points.y.to_numpy()
        found = sample(there, x, y)
        half = resolution * 0.75 / 81_000 * 100  # a point lies up to half a cell from its cell's centre
        np.testing.assert_allclose(found, lons * 100 + lats * 50, atol=half + tolerance)
        known = there.values[np.isfinite(there.values)]
        assert np.nanmin(tilted) - 0.1 <= known.min() <= known.max() <= np.nanmax(tilted) + 0.1
        corner = gpd.GeoSeries.from_xy([144.303], [43.097], crs=6668).to_crs(6681)
        assert np.isnan(sample(there, corner.x.to_numpy(), corner.y.to_numpy())[0])


@real
@pytest.mark.real_data
def test_real_depth_raster() -> None:
    path = SAMPLES / "tsunami" / "inasafe_tsunami_wgs84.tif"
    wet = read_raster(request(path, "tsunami_inundation")).data
    with rasterio.open(path) as file:
        raw = file.read(1)
    cell = 0.00018**2
    for c in standard_classes():
        upper = np.inf if c.upper_m is None else c.upper_m
        n_cells = int(((raw >= np.float32(c.lower_m)) & (raw < np.float32(upper))).sum())
        areas = [polygon.area for polygon in wet[wet.depth_min_m == c.lower_m].geometry]
        assert sum(areas) == pytest.approx(n_cells * cell, rel=1e-9)
    assert wet.crs.to_epsg() == 4326


@real
@pytest.mark.real_data
def test_real_elevation_raster() -> None:
    path = SAMPLES / "dem" / "SRTM15plus_V2.0_sample.tiff"
    grid = read_raster(request(path, bounds=(90.0, 22.0, 91.0, 23.0))).data
    whole = read_raster(request(path)).data
    assert grid.values.shape[0] < 80 > grid.values.shape[1]
    assert -1600 < np.nanmin(whole.values) < np.nanmax(whole.values) < 4000
    x, y = np.array([90.5, 90.123]), np.array([22.5, 22.777])
    np.testing.assert_array_equal(sample(grid, x, y), sample(whole, x, y))
