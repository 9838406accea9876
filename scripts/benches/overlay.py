"""
Fields and roads by municipality and depth zone, beside geopandas.overlay, a tree loop and databases.

``python scripts/benches/overlay.py [--quick] [--tenfold] [--docs]``: --quick takes a tenth of the data,
--tenfold also ten times the data, --docs writes the tables into docs/speed.md. Every contender runs alone, in
a process of its own, on the same files; its table of 13 x 6 figures is compared with ours.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from benches import Row  # noqa: E402  the folder is put on the path first
from benches.fields import (  # noqa: E402
    CELL_M,
    Shapes,
    depth_grid,
    municipalities,
    random_fields,
    random_roads,
    staircase_zones,
)

WIDTH_M = 400_000.0
FIELDS, ROADS, TOWNS = 300_000, 450_000, 13
DOCS = ROOT / "docs" / "speed.md"


@dataclass(frozen=True)
class Contender:
    """A way to do it: what it is called, what is said about it, how often it runs, its limit in seconds."""

    name: str
    title: str
    note: str = ""
    repeat: int = 1
    limit: int = 90


@dataclass(frozen=True)
class Outcome:
    """Seconds (None: stopped at the limit), seconds of all cores, peak memory, figures, what went wrong."""

    seconds: float | None
    cpu: float = 0.0
    mib: float = 0.0
    table: NDArray[np.float64] | None = None
    error: str = ""


OURS = Contender(
    "ours", "**knr_gis: split and measure**", "every figure of the table; nothing kept", repeat=3, limit=900
)
AREAS = (
    OURS,
    Contender("ours_kept", "knr_gis, second run", "splits read from the workspace's cache", repeat=3),
    Contender(
        "strtree", "STRtree loop", "tree of zones, `intersects`, prepared `contains_properly` shortcut"
    ),
    Contender("strtree_turned", "STRtree loop, turned round", "tree of features: `intersects` prepared too"),
    Contender("geopandas", "geopandas.overlay, twice", limit=240),
    Contender("duckdb_raw", "DuckDB spatial, polygons as they are", "2 threads, tables loaded"),
    Contender("sedonadb_raw", "SedonaDB, polygons as they are", "2 cores, tables loaded"),
    Contender("duckdb_parts", "DuckDB spatial on our parts", "2 threads; the split is **not** in its time"),
    Contender("sedonadb_parts", "SedonaDB on our parts", "2 cores; the split is **not** in its time"),
    Contender(
        "exactextract",
        "exactextract on the grid of the zones",
        "grid given; class totals only, no municipalities",
    ),
)
LINES = tuple(c for c in AREAS if c.name != "exactextract")


def write_data(folder: Path, *, regions: int = 1, share: float = 1.0) -> str:
    """Write the layers of some regions side by side, and return a sentence about their size."""
    folder.mkdir(parents=True)
    width = WIDTH_M * share
    layers: dict[str, list[Shapes]] = {"zones": [], "towns": [], "fields": [], "roads": []}
    depths: list[NDArray[np.int64]] = []
    for region in range(regions):
        grid = depth_grid(width, seed=20240 + region)
        zones, depth = staircase_zones(grid)
        made = {
            "zones": zones,
            "towns": municipalities(TOWNS, width, seed=30240 + region),
            "fields": random_fields(int(FIELDS * share), width, seed=40240 + region),
            "roads": random_roads(int(ROADS * share), width, seed=50240 + region),
        }
        for name, shapes in made.items():
            layers[name].append(_moved(shapes, region * (width * 1.05 + 10_000)))
        depths.append(depth)
    if regions == 1:
        np.save(folder / "grid.npy", grid)
    np.save(folder / "depth.npy", np.concatenate(depths))
    for name, found in layers.items():
        gpd.GeoDataFrame(geometry=np.concatenate(found), crs="EPSG:6681").to_parquet(
            folder / f"{name}.parquet"
        )
    return _size(*(np.concatenate(layers[name]) for name in ("fields", "roads", "zones", "towns")))


def _moved(shapes: Shapes, x: float) -> Shapes:
    return np.asarray(shapely.transform(shapes, lambda xy: xy + np.array([x, 0.0]))) if x else shapes


def _size(fields: Shapes, roads: Shapes, zones: Shapes, towns: Shapes) -> str:
    counts = shapely.get_num_coordinates(zones)
    return (
        f"{len(fields):,} fields of 12 vertices, {len(roads):,} road edges, {len(zones):,} zones of "
        f"{counts.sum():,} vertices (largest {counts.max():,}; steps of {CELL_M:.0f} m, 6 classes), "
        f"{len(towns)} municipalities of {shapely.get_num_coordinates(towns).max():,} vertices"
    )


def run(contender: Contender, folder: Path, layer: str) -> Outcome:
    """Run one contender in a process of its own."""
    script = Path(__file__).with_name("contenders.py")
    command = [sys.executable, str(script), contender.name, str(folder), layer, str(contender.repeat)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=contender.limit, check=False)
    except subprocess.TimeoutExpired:
        return Outcome(None)
    if done.returncode:
        return Outcome(None, error=(done.stderr.strip().splitlines() or ["killed"])[-1])
    report = json.loads(done.stdout.strip().splitlines()[-1])
    return Outcome(report["seconds"], report["cpu"], report["mib"], np.array(report["table"]))


def worst_cell(found: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    """Return the greatest relative difference of a figure; of class totals if towns are not told apart."""
    if len(found) == 1:
        expected = expected.sum(axis=0, keepdims=True)
    some = expected > 0
    return float(np.abs(found[some] / expected[some] - 1).max())


def compare(contenders: tuple[Contender, ...], folder: Path, layer: str) -> list[str]:
    """Return the lines of a table; the first contender is ours."""
    head = "| contender | s | times ours | s of cores | extra peak MiB | worst figure | note |"
    lines = [head, "|" + "---|" * 7]
    base: Outcome | None = None
    for contender in contenders:
        outcome = run(contender, folder, layer)
        base = base or outcome
        lines.append(_line(contender, outcome, base))
        print(lines[-1], flush=True)
    return lines


def _line(contender: Contender, outcome: Outcome, base: Outcome) -> str:
    if base.seconds is None or base.table is None:
        raise SystemExit(base.error or "our own run was stopped")
    if outcome.error:
        return f"| {contender.title} | - | - | - | - | - | did not run: {outcome.error[:90]} |"
    if outcome.seconds is None or outcome.table is None:
        bound = f"> {contender.limit / base.seconds:.0f}"
        return (
            f"| {contender.title} | stopped at {contender.limit} | {bound} | - | - | - | {contender.note} |"
        )
    error = worst_cell(outcome.table, base.table)
    return (
        f"| {contender.title} | {outcome.seconds:.2f} | {outcome.seconds / base.seconds:.1f} "
        f"| {outcome.cpu:.2f} | {outcome.mib:,.0f} | {error:.0e} | {contender.note} |"
    )


def growth(small: Path, large: Path) -> list[str]:
    """Return a table of ten times the data beside the data."""
    lines = [
        "| layer | s | s for 10 times | ratio | extra peak MiB | for 10 times |",
        "|---|---|---|---|---|---|",
    ]
    for layer in ("fields", "roads"):
        one, ten = (run(OURS, folder, layer) for folder in (small, large))
        if one.seconds is None or ten.seconds is None:
            raise SystemExit(one.error or ten.error or "stopped")
        ratio = ten.seconds / one.seconds
        times = f"{one.seconds:.2f} | {ten.seconds:.2f} | {ratio:.1f}"
        lines.append(f"| {layer} | {times} | {one.mib:,.0f} | {ten.mib:,.0f} |")
        print(lines[-1], flush=True)
    return lines


def bench_overlay(repeat: int) -> list[Row]:
    """Hectares of fields by municipality and depth zone, a tenth of the data (all: benches/overlay.py)."""
    with tempfile.TemporaryDirectory() as name:
        folder = _folders(Path(name), share=0.1)[0]
        rows = []
        for contender in (OURS, AREAS[1], AREAS[2]):
            chosen = Contender(contender.name, contender.title.strip("*"), contender.note, repeat)
            outcome = run(chosen, folder, "fields")
            if outcome.seconds is None:
                raise SystemExit(outcome.error)
            rows.append(Row(chosen.title, outcome.seconds, chosen.note))
        return rows


def _folders(base: Path, *, share: float) -> tuple[Path, str]:
    write_data(base / "tiny", share=0.002)
    return base / "data", write_data(base / "data", share=share)


def machine() -> str:
    """Return what the figures were measured on."""
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, load {load:.1f}"
    )


def write_docs(sections: dict[str, list[str]]) -> None:
    """Put the tables between the marks of docs/speed.md."""
    text = DOCS.read_text(encoding="utf-8")
    for name, lines in sections.items():
        start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        head, _, rest = text.partition(start)
        text = f"{head}{start}\n" + "\n".join(lines) + f"\n{end}{rest.partition(end)[2]}"
    DOCS.write_text(text, encoding="utf-8")


def main() -> None:
    """Run the bench from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of the data")
    parser.add_argument("--tenfold", action="store_true", help="also ten times the data")
    parser.add_argument("--docs", action="store_true", help="write docs/speed.md")
    parser.add_argument("--only", default="", help="contenders to run beside ours, with commas; growth: none")
    options = parser.parse_args()
    chosen = {*options.only.split(","), "ours"} if options.only else {c.name for c in AREAS}
    with tempfile.TemporaryDirectory() as name:
        base, share = Path(name), 0.1 if options.quick else 1.0
        folder, size = _folders(base, share=share)
        print(f"{size}; {machine()}\n")
        sections = {} if options.only == "growth" else {"machine": [f"{size}. {machine()}."]}
        for section, layer, contenders in (("areas", "fields", AREAS), ("lines", "roads", LINES)):
            if sections:
                sections[section] = compare(tuple(c for c in contenders if c.name in chosen), folder, layer)
        if options.tenfold:
            write_data(base / "ten", regions=10, share=share)
            sections["growth"] = [*growth(folder, base / "ten"), "", f"{machine()}."]
    if options.docs:
        write_docs(sections)


if __name__ == "__main__":
    main()
