"""The workspace: atomic, traceable, readable by QGIS."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from affine import Affine
from geopandas.testing import assert_geodataframe_equal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely.geometry import Point

from knr_gis import store
from knr_gis.errors import StoreError
from knr_gis.grid import Grid
from knr_gis.provenance import Built, RawFile, file_digest, load_provenance, raw_digest

ZONE = CRS.from_epsg(6681)


def frame(n=3):
    columns = {
        "name": pd.array([f"避難場所{i}" for i in range(n)], dtype="string"),
        "tsunami": pd.array([True, None, False][:n], dtype="boolean"),
        "capacity_persons": [10.0, float("nan"), 3.0][:n],
        "storeys": pd.array([1, None, 3][:n], dtype="Int64"),
    }
    return gpd.GeoDataFrame(columns, geometry=[Point(i, i) for i in range(n)], crs=ZONE)


def built(name, rows=3):
    return Built(f"built/{name}", rows, "digest", "2026-11-23T12:00:00+09:00", ("crs",), ())


def test_frames_come_back_as_they_were(tmp_path):
    """Types matter: an unknown flag must come back as unknown, not as false."""
    store.save_built(tmp_path, "evacuation_sites", frame(), built("sites.parquet"))
    back = store.load_frame(tmp_path, "evacuation_sites")
    assert_geodataframe_equal(back, frame())
    assert back.tsunami[1] is pd.NA


def test_grids_come_back_with_unknown_cells_unknown(tmp_path):
    values = np.array([[1.5, np.nan], [-2, 3]], dtype=np.float32)
    grid = Grid(values, Affine(50, 0, 1000, 0, -50, 2000), ZONE)
    store.save_built(tmp_path, "elevation", grid, built("elevation.tif"))
    back = store.load_grid(tmp_path, "elevation")
    np.testing.assert_array_equal(back.values, values)
    assert back.transform == grid.transform
    assert back.crs.to_epsg() == 6681


def test_absent_layer_names_itself_and_the_next_step(tmp_path):
    with pytest.raises(StoreError) as error:
        store.load_frame(tmp_path, "roads")
    assert "roads" in str(error.value)
    assert "knr build" in str(error.value)


def test_interrupted_save_leaves_the_old_state(tmp_path, monkeypatch):
    store.save_built(tmp_path, "evacuation_sites", frame(), built("old.parquet"))

    def fail(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(gpd.GeoDataFrame, "to_parquet", fail)
    with pytest.raises(KeyboardInterrupt):
        store.save_built(tmp_path, "evacuation_sites", frame(1), built("new.parquet"))
    assert len(store.load_frame(tmp_path, "evacuation_sites")) == 3
    assert [p.name for p in (tmp_path / "built").iterdir()] == ["old.parquet"]


def test_interrupted_record_leaves_the_old_state(tmp_path, monkeypatch):
    store.save_built(tmp_path, "evacuation_sites", frame(), built("old.parquet"))

    def fail(*_args, **_kwargs):
        raise OSError("disk full")

    monkeypatch.setattr(json, "dumps", fail)
    with pytest.raises(OSError, match="disk full"):
        store.save_built(tmp_path, "evacuation_sites", frame(1), built("new.parquet"))
    monkeypatch.undo()
    assert len(store.load_frame(tmp_path, "evacuation_sites")) == 3
    store.forget_unused(tmp_path)
    assert [p.name for p in (tmp_path / "built").iterdir()] == ["old.parquet"]


def test_broken_provenance_is_one_line(tmp_path):
    (tmp_path / "provenance.json").write_text("{", encoding="utf-8")
    with pytest.raises(StoreError) as error:
        load_provenance(tmp_path)
    assert "provenance.json" in str(error.value)
    assert "\n" not in str(error.value)


def raw(name, sha="0", **more):
    return RawFile(name, sha, 1, name, "2026-11-23", **more)


def test_raw_files_add_up_and_a_name_replaces_its_own(tmp_path):
    for name, text in (("a.csv", "1"), ("b.csv", "2"), ("a.csv", "3")):
        source = tmp_path / "usb" / name
        source.parent.mkdir(exist_ok=True)
        source.write_text(text, encoding="utf-8")
        store.add_raw(tmp_path / "w", "shelters", source, raw(name, file_digest(source)))
    record = load_provenance(tmp_path / "w")["shelters"]
    assert [r.file for r in record.raw] == ["b.csv", "a.csv"]
    assert (store.raw_folder(tmp_path / "w", "shelters") / "a.csv").read_text(encoding="utf-8") == "3"
    store.forget_files(tmp_path / "w", "shelters", {"b.csv"})
    assert [r.file for r in load_provenance(tmp_path / "w")["shelters"].raw] == ["a.csv"]
    assert not (store.raw_folder(tmp_path / "w", "shelters") / "b.csv").exists()


def test_tile_folders_are_copied_whole(tmp_path):
    tile = tmp_path / "dem" / "15" / "1" / "2.png"
    tile.parent.mkdir(parents=True)
    tile.write_bytes(b"png")
    store.add_raw(tmp_path / "w", "elevation", tmp_path / "dem", raw("dem"))
    assert (store.raw_folder(tmp_path / "w", "elevation") / "dem/15/1/2.png").read_bytes() == b"png"


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["walk", "edition"]), st.booleans() | st.integers()), st.text())
def test_the_digest_sees_what_was_stated(tmp_path, constants, crs):
    del tmp_path
    plain = (raw("a"),)
    stated = (raw("a", constants=constants, crs=crs),)
    assert (raw_digest(plain) == raw_digest(stated)) == (not constants and not crs)


def test_qgis_finds_every_layer_in_the_geopackage(tmp_path):
    store.save_built(tmp_path, "evacuation_sites", frame(), built("sites.parquet"))
    store.save_built(tmp_path, "shelters", frame(2), built("shelters.parquet", 2))
    path = store.refresh_geopackage(tmp_path)
    tables = {name for name, _ in pyogrio.list_layers(path)}
    assert tables == {"evacuation_sites", "shelters"}
    back = pyogrio.read_dataframe(path, layer="evacuation_sites")
    assert back.crs.to_epsg() == 6681
    assert back.name.tolist() == frame().name.tolist()
    assert [p.name for p in tmp_path.glob("*.tmp*")] == []
