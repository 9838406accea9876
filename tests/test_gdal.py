"""fiona, pyogrio and rasterio wheels each carry a GDAL and a PROJ: they must live in one process."""

import subprocess
import sys
from itertools import permutations
from pathlib import Path

import pytest

LIBRARIES = ("fiona", "pyogrio", "rasterio")

# Reads and writes with all three, and moves one point with each PROJ: the station of Kushiro, in zone XIII.
WORK = """
import sys, warnings
warnings.simplefilter("error")
warnings.filterwarnings("ignore", message="Use `@` matmul")
for name in sys.argv[1].split(","):
    __import__(name)
import fiona, fiona.transform, geopandas, numpy, pyogrio, rasterio, rasterio.warp
from pathlib import Path
from rasterio.transform import from_origin

folder = Path(sys.argv[2])
place = geopandas.points_from_xy([144.3826], [42.9906])
point = geopandas.GeoDataFrame({"name": ["釧路駅"]}, geometry=place, crs=6668)
moved = point.to_crs(6681)
moved.to_file(folder / "p.gpkg", driver="GPKG", engine="pyogrio")
with fiona.open(folder / "p.gpkg") as source:
    row = next(iter(source))
    assert source.crs.to_epsg() == 6681, source.crs
    assert row["properties"]["name"] == "釧路駅"
    x, y = row["geometry"]["coordinates"]
read = pyogrio.read_dataframe(folder / "p.gpkg")
assert read.crs.to_epsg() == 6681
places = [(x, y), (read.geometry.x[0], read.geometry.y[0])]
for transform in (rasterio.warp.transform, fiona.transform.transform):
    xs, ys = transform("EPSG:6668", "EPSG:6681", [144.3826], [42.9906])
    places.append((xs[0], ys[0]))
spread = numpy.ptp(numpy.array(places), axis=0).max()
assert spread < 1e-3, places
source = numpy.full((20, 20), 7, dtype="float32")
there = numpy.full((20, 20), numpy.nan, dtype="float32")
rasterio.warp.reproject(
    source, there, src_crs="EPSG:6668", dst_crs="EPSG:6681", dst_nodata=numpy.nan,
    src_transform=from_origin(144.37, 43.0, 0.001, 0.001),
    dst_transform=from_origin(x - 100, y + 100, 10, 10),
)
assert (there == 7).all()
with rasterio.open(
    folder / "g.tif", "w", driver="GTiff", width=20, height=20, count=1, dtype="float32", crs="EPSG:6681",
    transform=from_origin(x - 100, y + 100, 10, 10),
) as out:
    out.write(there, 1)
with rasterio.open(folder / "g.tif") as back:
    assert back.crs.to_epsg() == 6681
    assert back.read(1).mean() == 7
print(f"{x:.2f} {y:.2f}")
"""


@pytest.mark.parametrize("order", list(permutations(LIBRARIES)), ids=">".join)
def test_every_import_order_finds_its_data(order: tuple[str, ...], tmp_path: Path) -> None:
    command = [sys.executable, "-c", WORK, ",".join(order), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    # EPSG:6681 has its origin at 44 N 144.25 E: 0.1326 degrees of longitude east, 1.0094 of latitude south.
    x, y = map(float, done.stdout.split())
    assert x == pytest.approx(0.1326 * 81_490 * 0.9999, abs=20)
    assert y == pytest.approx(-1.0094 * 111_090 * 0.9999, abs=60)
