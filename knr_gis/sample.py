"""The bundled sample: a schematic region that shows every product without any download."""

import shutil
from pathlib import Path

from knr_gis.build import load_surroundings
from knr_gis.definitions import read_toml
from knr_gis.ingest import Statement, import_file
from knr_gis.layers import load_layers
from knr_gis.region import load_region
from knr_gis.run import RunOptions, RunOutcome, run_map
from knr_gis.settings import Settings, load_settings


def import_sample(settings: Settings) -> None:
    """Import every file of the bundled sample, marked as 模式データ."""
    folder = settings.layers_dir / "sample"
    listed = read_toml(folder / "sample.toml")["layers"]
    layers, region = load_layers(settings.layers_dir), load_region(settings.region_file)
    for layer_id, entry in listed.items():
        path = folder / entry["file"]
        around = load_surroundings(settings.workspace, region, layer_id)
        import_file(settings, layers[layer_id], around, path, Statement(sample=True))


def run_demo(out: Path) -> list[RunOutcome]:
    """
    Make every map, table and report of the sample.

    Parameters
    ----------
    out
        Folder for the products; the workspace is made anew in ``out/workspace``.
    """
    workspace = out / "workspace"
    shutil.rmtree(workspace, ignore_errors=True)
    settings = load_settings(workspace)
    import_sample(settings)
    plan = read_toml(Path(__file__).with_name("demo.toml"))
    return [
        run_map(settings, row["map"], out, RunOptions(tuple(row.get("set", ())), formats))
        for row in plan["runs"]
        if (formats := (*plan["formats"], *row.get("formats", ())))
    ]
