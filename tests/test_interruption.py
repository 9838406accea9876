"""Killed at any moment, the workspace is in the old state or the new one, and the next build goes on."""

import signal
import subprocess
import sys
import time

import pytest

from knr_gis.acquire import build_layers
from knr_gis.build import is_current, load_surroundings
from knr_gis.ingest import Statement, import_file
from knr_gis.layers import load_layers
from knr_gis.provenance import load_provenance
from knr_gis.region import load_region
from knr_gis.settings import load_settings
from knr_gis.store import forget_unused, load_frame, refresh_geopackage

LAYERS = ("municipalities", "roads", "population", "evacuation_sites")
DELAYS_S = (0.9, 1.3, 1.6, 1.9, 2.2, 2.6)


@pytest.mark.slow
def test_a_killed_build_leaves_no_half_layer(tmp_path):
    settings = load_settings(tmp_path / "w")
    layers, region = load_layers(settings.layers_dir), load_region(settings.region_file)
    for layer_id in LAYERS:
        path = next((settings.layers_dir / "sample").glob(f"{layer_id}.*"))
        around = load_surroundings(settings.workspace, region, layer_id)
        import_file(settings, layers[layer_id], around, path, Statement(sample=True))
    for delay in DELAYS_S:
        command = [sys.executable, "-m", "knr_gis", "build", "--workspace", str(settings.workspace)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            time.sleep(delay)
            running.send_signal(signal.SIGKILL)
        provenance = load_provenance(settings.workspace)
        assert set(provenance) == set(LAYERS)
        for layer_id, record in provenance.items():
            if record.built is not None:
                assert len(load_frame(settings.workspace, layer_id)) == record.built.rows
    build_layers(settings)
    provenance = load_provenance(settings.workspace)
    assert all(is_current(provenance, layers[layer_id], region) for layer_id in LAYERS)
    refresh_geopackage(settings.workspace)
    forget_unused(settings.workspace)
    assert {p.name for p in settings.workspace.iterdir()} <= {
        "layers.gpkg", "provenance.json", "raw", "built", "cache", ".lock",
    }  # fmt: skip
