"""Exposure in parts: the figures of the single process, whatever dies on the way."""

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from shapely.geometry import box

from knr_gis import cluster
from knr_gis.analyses.exposure import exposure
from knr_gis.analyses.exposure.partition import EXPOSURE, make_part, make_study, merge_parts
from knr_gis.build import load_surroundings
from knr_gis.cli import main
from knr_gis.definitions import read_toml
from knr_gis.errors import SettingsError, StoreError
from knr_gis.ingest import Statement, import_file
from knr_gis.layers import load_layers
from knr_gis.maps import load_presets
from knr_gis.region import load_region
from knr_gis.run import RunOptions, run_map
from knr_gis.settings import Settings
from tests import town

ROOT = Path(__file__).parents[1]
distributed = pytest.importorskip("distributed", reason="the extra knr-gis[distributed] is not installed")


def require_same(parted: pd.DataFrame, whole: pd.DataFrame) -> None:
    """Same rows in the same order, same unknowns, values within 1e-12 of each other."""
    pd.testing.assert_frame_equal(parted.drop(columns="value"), whole.drop(columns="value"))
    np.testing.assert_allclose(parted["value"], whole["value"], rtol=1e-12, atol=0, equal_nan=True)


def parted(**inputs: object) -> pd.DataFrame:
    study = make_study(**inputs)
    return merge_parts(study, [make_part(study, k) for k in range(len(study.land.frame))])[1]


# --- parts, without a cluster ----------------------------------------------------------------------


def town_inputs() -> dict[str, object]:
    exposed = {"farmland": town.farmland(), "roads": town.roads(), "settlements": town.settlements()}
    land = {"hazard": town.hazard(), "municipalities": town.municipalities()}
    return {**land, "exposed": exposed, "population": town.population()}


def test_parts_of_the_town_are_the_whole() -> None:
    """Borders, ties (畑1 lies half in either town), cells of unknown age: each counts once."""
    inputs = town_inputs()
    require_same(parted(**inputs), exposure(**inputs).summary)
    stated = {**inputs, "hazard_covers": ["北町"]}
    require_same(parted(**stated), exposure(**stated).summary)


def test_a_feature_counts_at_home_in_its_deepest_class_wherever_that_is() -> None:
    """Most of the field is dry land of 西町; its deepest corner lies in 東町."""
    field = town.frame({"name": ["畑"]}, [box(100, 200, 1100, 900)])
    inputs = {**town_inputs(), "exposed": {"farmland": field}}
    inputs["hazard"] = town.frame({"depth_min_m": [0.3, 3.0], "depth_max_m": [1.0, 5.0]}, [
        box(0, 0, 990, 300), box(1050, 0, 1500, 300),
    ])  # fmt: skip
    count = town.figures(parted(**inputs), "farmland_count")
    assert (count[town.WEST, "3m以上5m未満"], count[town.WEST, ""], count[town.EAST, ""]) == (1, 1, 0)
    require_same(parted(**inputs), exposure(**inputs).summary)


def test_a_layer_that_is_in_one_town_only_is_zero_in_the_others_and_not_missing() -> None:
    inputs = {**town_inputs(), "exposed": {"farmland": town.frame({"name": ["畑"]}, [box(10, 10, 20, 20)])}}
    inputs["population"] = town.population().iloc[:1]
    require_same(parted(**inputs), exposure(**inputs).summary)
    assert town.figures(parted(**inputs), "farmland_count")[town.EAST, ""] == 0


def squares(most: int) -> st.SearchStrategy[list[shapely.Polygon]]:
    place = st.integers(-200, 1900)
    square = st.builds(lambda x, y, w, h: box(x, y, x + w, y + h), place, place, *[st.integers(1, 1500)] * 2)
    return st.lists(square, min_size=1, max_size=most)


@examples(max_examples=25)
@given(zones=squares(4), fields=squares(5), data=st.data())
def test_parts_are_the_whole_whatever_overlaps_what(zones: list, fields: list, data: st.DataObject) -> None:
    depth = [data.draw(st.sampled_from([0.0, 1.0, 3.0])) for _ in zones]
    hazard = town.frame({"depth_min_m": depth, "depth_max_m": [d + 1 for d in depth]}, zones)
    lines = [shapely.LineString(shape.exterior.coords) for shape in fields]
    layers = {"farmland": town.frame({"name": [""] * len(fields)}, fields)}
    layers["roads"] = town.frame({"name": [""] * len(lines)}, lines)
    inputs = {"hazard": hazard, "municipalities": town.municipalities(), "exposed": layers}
    ours, whole = parted(**inputs), exposure(**inputs).summary
    pd.testing.assert_frame_equal(ours.drop(columns="value"), whole.drop(columns="value"))
    # differences of areas that cancel (outside = total - inside) leave crumbs of rounding
    np.testing.assert_allclose(ours["value"], whole["value"], rtol=1e-12, atol=1e-9, equal_nan=True)


# --- on a cluster ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The workspace of the bundled sample, as far as the map needs it."""
    workspace = tmp_path_factory.mktemp("cluster") / "workspace"
    settings = Settings(workspace, ROOT / "layers", ROOT / "maps", ROOT / "region.toml")
    layers, region = load_layers(settings.layers_dir), load_region(settings.region_file)
    presets = load_presets(settings.maps_dir)
    wanted = {*presets["exposure"].layer_ids, *presets["parks_rules"].layer_ids}
    for layer_id, entry in read_toml(ROOT / "layers" / "sample" / "sample.toml")["layers"].items():
        if layer_id in wanted:
            path = ROOT / "layers" / "sample" / entry["file"]
            around = load_surroundings(workspace, region, layer_id)
            import_file(settings, layers[layer_id], around, path, Statement(sample=True))
    return settings


@pytest.fixture(scope="module")
def single(sample: Settings, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """What one process makes of it."""
    out = tmp_path_factory.mktemp("single")
    done = run_map(sample, "exposure", out, RunOptions(formats=("csv",)))
    return SimpleNamespace(result=done.product.result, csv=read_csv(done.files["csv"]))


def read_csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype={"muni_code": str}, keep_default_na=False, na_values={"value": [""]})


@pytest.fixture(scope="module")
def two_workers():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", scheduler_port=0,
        dashboard_address=None, silence_logs="CRITICAL",
    ) as running:  # fmt: skip
        yield running


def stall(flag: Path) -> int:
    """Make this worker stop in the middle of its next part; return its process."""

    def stalled(study: object, position: int) -> pd.DataFrame:
        flag.write_text(str(position), encoding="utf-8")
        time.sleep(600)
        return make_part(study, position)

    cluster.DIVISIONS["exposure"] = replace(EXPOSURE, make_part=stalled)
    return os.getpid()


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_loses_nothing_and_changes_no_figure(
    sample, single, two_workers, tmp_path
) -> None:
    flag, out = tmp_path / "in_the_middle", tmp_path / "out"
    address = two_workers.scheduler_address
    with distributed.Client(address) as client:
        victim = next(iter(client.scheduler_info()["workers"]))
        (pid,) = client.run(stall, flag, workers=[victim]).values()
        killer = _kill_when(flag, pid)
        done = cluster.scale_map(sample, "exposure", out, cluster.ScaleOptions(scheduler=address))
        killer.join(5)
        assert pid not in client.run(os.getpid).values()
    stopped = int(flag.read_text(encoding="utf-8"))
    parts = sorted((out / "parts").glob("*.parquet"))
    assert [int(path.name[:5]) for path in parts] == list(range(13)), "the part it was at is made again"
    assert stopped in range(13)
    require_same(done.product.result.summary, single.result.summary)
    require_same(read_csv(done.files["csv"]), single.csv)


def _kill_when(flag: Path, pid: int) -> Thread:
    """Start a thread that kills a process as soon as the flag is there."""

    def kill() -> None:
        while not flag.exists():
            time.sleep(0.05)
        os.kill(pid, signal.SIGKILL)

    thread = Thread(target=kill, daemon=True)
    thread.start()
    return thread


def test_a_second_run_makes_only_what_is_lost_or_damaged(sample, single, two_workers, tmp_path) -> None:
    options = cluster.ScaleOptions(scheduler=two_workers.scheduler_address)
    first = cluster.scale_map(sample, "exposure", tmp_path, options)
    require_same(first.product.result.summary, single.result.summary)
    lost, damaged, *kept = sorted((tmp_path / "parts").glob("*.parquet"))
    before = {path: path.stat().st_mtime_ns for path in kept}
    lost.unlink()
    damaged.write_bytes(damaged.read_bytes()[:100])
    second = cluster.scale_map(sample, "exposure", tmp_path, options)
    assert {path: path.stat().st_mtime_ns for path in kept} == before
    assert second.product.result.headline.values["made"] == 2
    require_same(second.product.result.summary, single.result.summary)
    third = cluster.scale_map(
        sample, "exposure", tmp_path, cluster.ScaleOptions(scheduler="tcp://127.0.0.1:1")
    )
    assert third.product.result.headline.values["made"] == 0, "no cluster is asked for what is there"
    changed = cluster.ScaleOptions(options.scheduler, pairs=("hazard_sliver_share=0.5",))
    fourth = cluster.scale_map(sample, "exposure", tmp_path, changed)
    assert fourth.product.result.headline.values["made"] == 13, "other conditions are other parts"


def test_geoparquet_comes_out_with_the_figures_of_the_single_process(
    sample, single, two_workers, tmp_path
) -> None:
    options = cluster.ScaleOptions(scheduler=two_workers.scheduler_address)
    files = cluster.scale_map(sample, "exposure", tmp_path, options).files
    frame = gpd.read_parquet(files["parquet"])
    expected = single.result.features["municipalities"]
    assert frame.crs == expected.crs
    assert shapely.equals(frame.geometry.to_numpy(), expected.geometry.to_numpy()).all()
    plain, wanted = (pd.DataFrame(f.drop(columns="geometry")) for f in (frame, expected))
    pd.testing.assert_frame_equal(plain, wanted, rtol=1e-12, atol=0, check_dtype=False)
    assert frame.attrs["sample"] is True
    assert all(frame.attrs["sources"])


def test_conflict_overlays_in_parts_are_those_of_the_single_process(sample, two_workers, tmp_path) -> None:
    whole = run_map(sample, "parks_rules", tmp_path / "whole", RunOptions(formats=("csv",)))
    options = cluster.ScaleOptions(scheduler=two_workers.scheduler_address)
    parted = cluster.scale_map(sample, "parks_rules", tmp_path / "parts", options)
    require_same(parted.product.result.summary, whole.product.result.summary)
    towns = gpd.read_parquet(parted.files["parquet"])
    assert len(towns) == 13
    assert towns["tourism_spots_count_inside_national_parks"].sum() > 0


# --- what a user may get wrong ---------------------------------------------------------------------


def test_without_the_extra_there_is_one_line(sample, tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = CliRunner().invoke(
        main, ["scale", "exposure", "--workspace", str(sample.workspace), "--out", str(tmp_path)]
    )
    assert done.exit_code == 1
    assert "knr-gis[distributed]" in done.output
    assert len(done.output.splitlines()) == 1


def test_another_analysis_is_refused_in_one_line(sample, tmp_path) -> None:
    done = CliRunner().invoke(
        main, ["scale", "evacuation", "--workspace", str(sample.workspace), "--out", str(tmp_path)]
    )
    assert (done.exit_code, len(done.output.splitlines())) == (1, 1)
    assert "knr run evacuation" in done.output


def test_a_scheduler_that_is_not_there_is_named(sample, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(cluster, "_CONNECT_S", 0.5)
    with pytest.raises(SettingsError, match=r"tcp://127\.0\.0\.1:1"):
        cluster.scale_map(sample, "exposure", tmp_path, cluster.ScaleOptions(scheduler="tcp://127.0.0.1:1"))


def test_a_worker_of_another_version_or_without_the_workspace_says_so(tmp_path) -> None:
    job = cluster.Job(
        "0.0.0", "exposure", (("hazard", "x", tmp_path / "no.parquet"),), (), "{}", tmp_path, "f" * 64
    )
    with pytest.raises(SettingsError, match=r"0\.0\.0"):
        cluster.do_part(job, 0)
    here = replace(job, version=cluster.__version__)
    with pytest.raises(StoreError, match=r"no\.parquet"):
        cluster.do_part(here, 0)
