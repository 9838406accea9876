"""What a workspace holds, and what is to be corrected in it, as tables."""

from pathlib import Path

import geopandas as gpd
import pandas as pd

from knr_gis.assemble import source_line
from knr_gis.atomic import atomic_path
from knr_gis.build import ensure_built, is_current
from knr_gis.check import check_layers
from knr_gis.findings import findings_table
from knr_gis.layers import Layer, load_layers
from knr_gis.provenance import LayerRecord, Provenance, load_provenance
from knr_gis.region import Region, load_region
from knr_gis.settings import Settings
from knr_gis.store import load_frame
from knr_gis.texts import say


def layer_rows(settings: Settings) -> list[list[str]]:
    """Return a row for each defined layer: id, title, state, rows, source, edition, date, licence."""
    layers = load_layers(settings.layers_dir)
    provenance = load_provenance(settings.workspace)
    region = load_region(settings.region_file)
    return [_row(layer, provenance, region) for layer in layers.values()]


def _row(layer: Layer, provenance: Provenance, region: Region) -> list[str]:
    record = provenance.get(layer.id, LayerRecord())
    rows = "―" if record.built is None else f"{record.built.rows:,}"
    obtained = max((raw.obtained for raw in record.raw), default="―")
    line = source_line(layer, record) if record.raw else None
    publisher = line.publisher if line else layer.source.publisher_ja
    licence = line.licence if line else layer.source.licence
    state = say(f"listing.state_{_state(layer, provenance, region)}")
    edition = line.edition if line else layer.source.edition
    return [layer.id, layer.title_ja, state, rows, publisher, edition, obtained, licence]


def _state(layer: Layer, provenance: Provenance, region: Region) -> str:
    """Return ``absent``, ``raw`` (not built), ``stale`` (built of older files) or ``ready``."""
    record = provenance.get(layer.id, LayerRecord())
    if not record.raw:
        return "absent"
    if record.built is None:
        return "raw"
    return "ready" if is_current(provenance, layer, region) else "stale"


def check_workspace(settings: Settings) -> pd.DataFrame:
    """
    Return the data-quality list of a workspace; layers that are out of date are built first.

    Returns
    -------
    DataFrame
        The columns of ``findings_table`` and ``layer_title``, gravest first.
    """
    layers = load_layers(settings.layers_dir)
    region = load_region(settings.region_file)
    ensure_built(settings, layers, region, [i for i in load_provenance(settings.workspace) if i in layers])
    provenance = load_provenance(settings.workspace)
    frames: dict[str, gpd.GeoDataFrame] = {
        layer_id: load_frame(settings.workspace, layer_id)
        for layer_id, record in provenance.items()
        if record.built is not None and record.built.file.endswith(".parquet")
    }
    table = findings_table(check_layers(frames, provenance, layers, region))
    return table.assign(layer_title=[layers[i].title_ja if i in layers else i for i in table.layer_id])


def write_check(table: pd.DataFrame, out: Path) -> Path:
    """
    Write the list as ``check.csv`` (UTF-8 with BOM, opens in Excel) and return its path.

    Headings, severities and names of layers are in the user's language; the code stays as it is, to
    sort and filter by.
    """
    path = out / "check.csv"
    readable = table.assign(
        severity=table.severity.map(lambda word: say(f"listing.severity_{word}")), layer_id=table.layer_title
    ).drop(columns="layer_title")
    headings = {name: say(f"listing.check_{name}") for name in readable.columns}
    with atomic_path(path) as temporary:
        readable.rename(columns=headings).to_csv(temporary, index=False, encoding="utf-8-sig")
    return path
