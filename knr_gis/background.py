"""The ground of print maps: layers of the workspace that a map draws under everything, with their sources."""

from dataclasses import replace

import geopandas as gpd

from knr_gis.assemble import credit_line, source_line
from knr_gis.build import ensure_built
from knr_gis.figure.ground import ground_ids
from knr_gis.layers import Layer
from knr_gis.product import Product, ProductLayer
from knr_gis.provenance import LayerRecord, load_provenance
from knr_gis.region import Region
from knr_gis.settings import Settings
from knr_gis.store import load_frame, load_grid

DRAWN_FORMATS = frozenset({"png", "map_pdf", "atlas", "pdf", "docx"})


def with_ground(product: Product, settings: Settings, layers: dict[str, Layer], region: Region) -> Product:
    """Return the product with the layers of its ground that are in the workspace, and their sources."""
    wanted = [layer_id for layer_id in ground_ids() if layer_id in layers]
    ensure_built(settings, layers, region, wanted)
    known = load_provenance(settings.workspace)
    records = {i: known[i] for i in wanted if i in known and known[i].built is not None}
    ground = tuple(_ground_layer(settings, layers[i], record) for i, record in records.items())
    told = {source.layer_id for source in product.sources}
    added = tuple(source_line(layers[i], r) for i, r in records.items() if i not in told)
    sample = product.sample or any(record.sample for record in records.values())
    return replace(product, ground=ground, sources=(*product.sources, *added), sample=sample)


def _ground_layer(settings: Settings, layer: Layer, record: LayerRecord) -> ProductLayer:
    grid = load_grid(settings.workspace, layer.id) if layer.geometry == "raster" else None
    frame = gpd.GeoDataFrame(geometry=[]) if grid else load_frame(settings.workspace, layer.id)
    return ProductLayer(
        id=layer.id, title_ja=layer.title_ja, title_en=layer.title_en, theme=layer.theme, frame=frame,
        style=layer.style, popup=(), attribution=credit_line(layer, record), grid=grid,
    )  # fmt: skip
