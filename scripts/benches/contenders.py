# ruff: noqa: PLC0415  a contender is imported when it runs: the others must not need it
"""
The ways to lay fields and roads over zones and municipalities, each run alone: ``contenders.py NAME FOLDER``.

Loads the data of the folder (not timed), runs one contender and prints a line of JSON: seconds, extra peak
memory and the table of amounts by municipality (13) and depth class (0-6).
"""

import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from knr_gis.cutting import split_polygons
from knr_gis.overlay import Shapes, make_zones
from knr_gis.store import SplitCache
from knr_gis.twofold import measure_both

Table = NDArray[np.float64]
Index = NDArray[np.intp]
THREADS = 2


class Data:
    """Layers of a folder, loaded when they are asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.zones, self.towns = self.layer("zones"), self.layer("towns")
        self.depth = np.load(folder / "depth.npy")

    def layer(self, name: str) -> Shapes:
        """Return the shapes of a layer."""
        return np.asarray(gpd.read_parquet(self.folder / f"{name}.parquet").geometry.values, dtype=object)

    def table(self, town: Any, zone: Any, amount: Any) -> Table:
        """Return amounts by municipality and depth class."""
        sums = np.zeros((len(self.towns), 7))
        np.add.at(sums, (np.asarray(town, dtype=int), self.depth[np.asarray(zone, dtype=int)]), amount)
        return sums


def sizes(shapes: Shapes) -> NDArray[np.float64]:
    """Return areas, or lengths of lines."""
    return np.asarray(shapely.area(shapes) + shapely.length(shapes) * (shapely.get_dimensions(shapes) == 1))


def ours(data: Data, layer: Shapes) -> Table:
    """Split, overlaps taken off, measured."""
    found = measure_both(layer, make_zones(data.zones), make_zones(data.towns))
    return data.table(found["second"], found["first"], found["amount"])


def ours_kept(data: Data, layer: Shapes) -> Table:
    """Do the same with the splits of an earlier run."""
    keeper = SplitCache(data.folder / "cache")
    found = measure_both(layer, make_zones(data.zones, keeper=keeper), make_zones(data.towns, keeper=keeper))
    return data.table(found["second"], found["first"], found["amount"])


def _pieces(shapes: Shapes, polygons: Shapes, feature: Index, polygon: Index) -> Shapes:
    """Return the piece of each pair: whole where a prepared polygon holds it, else cut."""
    shapely.prepare(polygons)
    inside = shapely.contains_properly(polygons[polygon], shapes[feature])
    pieces = shapes[feature]
    pieces[~inside] = shapely.intersection(shapes[feature[~inside]], polygons[polygon[~inside]])
    return pieces


def strtree(data: Data, layer: Shapes) -> Table:
    """Run the usual loop: a tree of polygons asked by features, contains_properly, intersection; twice."""
    feature, zone = shapely.STRtree(data.zones).query(layer, predicate="intersects")
    pieces = _pieces(layer, data.zones, feature, zone)
    row, town = shapely.STRtree(data.towns).query(pieces, predicate="intersects")
    return data.table(town, zone[row], sizes(_pieces(pieces, data.towns, row, town)))


def strtree_turned(data: Data, layer: Shapes) -> Table:
    """Run the same loop with trees of features asked by polygons, which GEOS then prepares."""
    zone, feature = shapely.STRtree(layer).query(data.zones, predicate="intersects")
    pieces = _pieces(layer, data.zones, feature, zone)
    town, row = shapely.STRtree(pieces).query(data.towns, predicate="intersects")
    return data.table(town, zone[row], sizes(_pieces(pieces, data.towns, row, town)))


def geopandas_overlay(data: Data, layer: Shapes) -> Table:
    """geopandas.overlay twice."""
    frames = [
        gpd.GeoDataFrame({name: range(len(s))}, geometry=s, crs="EPSG:6681")
        for name, s in (("f", layer), ("zone", data.zones), ("town", data.towns))
    ]
    cut = gpd.overlay(gpd.overlay(frames[0], frames[1]), frames[2])
    return data.table(cut["town"], cut["zone"], sizes(cut.geometry.to_numpy()))


def exactextract(data: Data, layer: Shapes) -> Table:
    """Shares of the cells of the grid that the zones were made of, without municipalities (less work)."""
    from exactextract import exact_extract  # type: ignore[import-untyped]
    from exactextract.raster import NumPyRasterSource  # type: ignore[import-untyped]

    grid = np.load(data.folder / "grid.npy")[::-1]
    high, wide = grid.shape
    raster = NumPyRasterSource(np.ascontiguousarray(grid), xmin=0, ymin=0, xmax=wide * 10.0, ymax=high * 10.0)
    low = shapely.bounds(layer)[:, 1] < high * 10.0
    frame = gpd.GeoDataFrame(geometry=layer[low], crs="EPSG:6681")
    rows = exact_extract(raster, frame, ["unique", "frac", "count"], output="pandas")
    table = np.zeros((1, 7))
    for depth, share, count in zip(rows["unique"], rows["frac"], rows["count"], strict=True):
        np.add.at(table[0], np.asarray(depth, dtype=int), np.asarray(share) * count * 100)
    table[0, 0] = 0
    return table


def _databases(data: Data, layer: Shapes, *, parts: bool) -> dict[str, pd.DataFrame]:
    """Return the three tables as WKB, polygons whole or in our parts."""
    tables = {"f": pd.DataFrame({"k": np.arange(len(layer)), "wkb": shapely.to_wkb(layer)})}
    for name, polygons in (("z", data.zones), ("m", data.towns)):
        shapes, owner = split_polygons(polygons) if parts else (polygons, np.arange(len(polygons)))
        tables[name] = pd.DataFrame({"k": owner, "wkb": shapely.to_wkb(shapes)})
    return tables


QUERY = """
WITH wet AS (SELECT z.k AS zone, ST_Intersection(f.g, z.g) AS g FROM f JOIN z ON ST_Intersects(f.g, z.g)),
     cut AS (SELECT m.k AS town, wet.zone AS zone, ST_Intersection(wet.g, m.g) AS g
             FROM wet JOIN m ON ST_Intersects(wet.g, m.g))
SELECT town, zone, sum({size}(g)) AS amount FROM cut GROUP BY town, zone
"""


def duckdb(data: Data, layer: Shapes, *, parts: bool) -> Callable[[], Table]:
    """Return the query over tables that are loaded."""
    duckdb, extension_module = import_module("duckdb"), import_module("duckdb_extension_spatial")
    base = Path(str(extension_module.__file__)).parent
    extension = next(base.rglob("spatial.duckdb_extension"))
    connection = duckdb.connect(config={"threads": THREADS, "allow_unsigned_extensions": "true"})
    connection.execute(f"LOAD '{extension}'")
    for name, table in _databases(data, layer, parts=parts).items():
        connection.register("loaded", table)
        connection.execute(f"CREATE TABLE {name} AS SELECT k, ST_GeomFromWKB(wkb) AS g FROM loaded")  # noqa: S608
    query = QUERY.format(size=_size_function(layer))

    def work() -> Table:
        found = connection.execute(query).df()
        return data.table(found["town"], found["zone"], found["amount"])

    return work


def sedonadb(data: Data, layer: Shapes, *, parts: bool) -> Callable[[], Table]:
    """Return the query over tables in memory."""
    import pyarrow as pa

    connection = import_module("sedonadb").connect()
    for name, table in _databases(data, layer, parts=parts).items():
        connection.create_data_frame(pa.Table.from_pandas(table)).to_view("loaded", overwrite=True)
        rows = connection.sql("SELECT k, ST_GeomFromWKB(wkb) AS g FROM loaded")
        rows.to_memtable().to_view(name)
    query = QUERY.format(size=_size_function(layer))

    def work() -> Table:
        found = pa.RecordBatchReader.from_stream(connection.sql(query)).read_all().to_pandas()
        return data.table(found["town"], found["zone"], found["amount"])

    return work


def _size_function(layer: Shapes) -> str:
    return "ST_Length" if shapely.get_dimensions(layer[0]) == 1 else "ST_Area"


PLAIN: dict[str, Callable[[Data, Shapes], Table]] = {
    "ours": ours, "ours_kept": ours_kept,
    "strtree": strtree, "strtree_turned": strtree_turned,
    "geopandas": geopandas_overlay, "exactextract": exactextract,
}  # fmt: skip


def prepared(name: str, data: Data, layer: Shapes) -> Callable[[], Table]:
    """Return the work of a contender, tables of databases loaded."""
    if name in PLAIN:
        return lambda: PLAIN[name](data, layer)
    engine = {"duckdb": duckdb, "sedonadb": sedonadb}[name.partition("_")[0]]
    return engine(data, layer, parts=name.endswith("_parts"))


def peak_mib(*, reset: bool = False) -> float:
    """Return the highest memory use since the last reset, in MiB (Linux)."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def main() -> None:
    """Run one contender on one layer: NAME FOLDER LAYER REPEAT."""
    name, folder, layer_name, repeat = sys.argv[1:5]
    data = Data(Path(folder))
    layer = data.layer(layer_name)
    ours(Data(Path(folder).parent / "tiny"), layer[:1])  # compiled code is loaded before the clock starts
    work, seconds, busy = prepared(name, data, layer), [], []
    before = peak_mib(reset=True)
    for _ in range(int(repeat)):
        start, used = time.perf_counter(), time.process_time()
        table = work()
        seconds.append(time.perf_counter() - start)
        busy.append(time.process_time() - used)
    times = {"seconds": float(np.median(seconds)), "cpu": float(np.median(busy))}
    report = {**times, "mib": peak_mib() - before, "table": table.tolist()}
    print(json.dumps(report))


if __name__ == "__main__":
    main()
