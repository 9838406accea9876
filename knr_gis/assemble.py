"""A result, its layers and their provenance put together as one product."""

import datetime as dt
import os
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import pandas as pd

from knr_gis import __version__
from knr_gis.assumptions import Assumption, all_assumptions
from knr_gis.display import shown_value
from knr_gis.findings import findings_table
from knr_gis.grid import Grid
from knr_gis.layers import Layer
from knr_gis.maps import MapPreset, Shown
from knr_gis.product import Product, ProductLayer, ScenarioLine, SourceLine
from knr_gis.provenance import LayerRecord, Provenance
from knr_gis.region import Region
from knr_gis.result import Basis, Result
from knr_gis.style import Style
from knr_gis.texts import has_text, in_words, say

_HASH_DIGITS = 12


@dataclass(frozen=True)
class Gathered:
    """
    What a run has at hand.

    Parameters
    ----------
    frames
        Loaded layers by id, in the working CRS; terrain as bands, for the map.
    grids
        Raster layers by id, as analyses are given them.
    absent
        Ids of layers that the preset names and the workspace lacks.
    """

    region: Region
    layers: dict[str, Layer]
    provenance: Provenance
    frames: dict[str, gpd.GeoDataFrame]
    absent: tuple[str, ...]
    grids: dict[str, Grid] = field(default_factory=dict)

    @property
    def at_hand(self) -> set[str]:
        """Ids of the layers that were loaded."""
        return {*self.frames, *self.grids}


def assemble(preset: MapPreset, result: Result, gathered: Gathered, changed: dict[str, Any]) -> Product:
    """
    Return the product of a run.

    Parameters
    ----------
    changed
        Scenario values that the user set for this run.
    """
    used = [i for i in dict.fromkeys((*preset.layer_ids, "municipalities")) if i in gathered.at_hand]
    records = {layer_id: gathered.provenance[layer_id] for layer_id in used}
    findings = [f for r in records.values() if r.built is not None for f in r.built.findings]
    drawn = [_product_layer(shown, result, gathered) for shown in preset.shown]
    present = _told_apart([layer for layer in drawn if layer is not None])
    return Product(
        id=preset.id,
        title_ja=preset.title_ja,
        title_en=preset.title_en,
        region_ja=gathered.region.title_ja,
        region_en=gathered.region.title_en,
        created=created_now(),
        version=__version__,
        crs_name=f"{gathered.region.crs.name} (EPSG:{gathered.region.crs.to_epsg()})",
        headline=say(result.headline.key, **result.headline.values),
        layers=tuple(sorted(present, key=lambda layer: layer.style.order)),
        result=result,
        sources=tuple(source_line(gathered.layers[i], record) for i, record in records.items()),
        scenario=scenario_lines(preset, result, changed),
        notes=tuple(say(note.key, **note.values) for note in result.notes),
        missing=missing_table(result, gathered),
        findings=findings_table(findings),
        sample=any(record.sample for record in records.values()),
        question_ja=preset.question_ja,
        question_en=preset.question_en,
        report=preset.report,
    )


def _told_apart(layers: list[ProductLayer]) -> list[ProductLayer]:
    """Return the layers; one that shows the same features again is named by the column it shows."""
    seen: set[str] = set()
    named = []
    for layer in layers:
        named.append(replace(layer, id=f"{layer.id}_{layer.style.column}") if layer.id in seen else layer)
        seen.add(layer.id)
    return named


def created_now() -> str:
    """Return the local time to the minute; ``SOURCE_DATE_EPOCH`` sets it for reproducible output."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    now = dt.datetime.fromtimestamp(int(epoch), dt.UTC) if epoch else dt.datetime.now(dt.UTC).astimezone()
    return now.isoformat(sep=" ", timespec="minutes")[:16]


def _product_layer(shown: Shown, result: Result, gathered: Gathered) -> ProductLayer | None:
    """Return a drawable layer, or None where its data is absent or empty."""
    if shown.layer:
        return _context_layer(shown, gathered)
    frame = result.features.get(shown.result)
    if frame is None or frame.empty or shown.style is None:
        return None
    used = [i for i in shown.credits if i in gathered.frames]
    credits_ = [credit_line(gathered.layers[i], gathered.provenance[i]) for i in used]
    attribution = "／".join(dict.fromkeys(credits_)) or say("product.own_work")
    return ProductLayer(
        id=f"result_{shown.result}", title_ja=shown.title_ja, title_en=shown.title_en, theme=shown.theme,
        frame=frame, style=shown.style, popup=shown.popup, attribution=attribution, visible=shown.visible,
        focus=shown.focus, split=shown.split, band=shown.band, band_step=shown.band_step, side=shown.side,
    )  # fmt: skip


def _context_layer(shown: Shown, gathered: Gathered) -> ProductLayer | None:
    layer = gathered.layers[shown.layer]
    frame = gathered.frames.get(layer.id)
    if frame is None or frame.empty:
        return None
    return ProductLayer(
        id=layer.id,
        title_ja=shown.title_ja or layer.title_ja,
        title_en=shown.title_en or layer.title_en,
        theme=shown.theme or layer.theme,
        frame=frame,
        style=_style_of(shown, layer),
        popup=shown.popup or layer.popup,
        attribution=credit_line(layer, gathered.provenance[layer.id]),
        visible=shown.visible,
        focus=shown.focus,
        grid=gathered.grids.get(layer.id),
        split=shown.split,
        band=shown.band,
        band_step=shown.band_step,
        side=shown.side,
    )


def _style_of(shown: Shown, layer: Layer) -> Style:
    """Return the style that the map gives a layer, without names where the map wants none."""
    style = shown.style or layer.style
    return style if shown.labels else replace(style, label="")


def credit_line(layer: Layer, record: LayerRecord) -> str:
    """Return the credit line; sample data and files of other origin are credited as what they are."""
    if record.sample:
        return say("product.sample_credit")
    return "／".join(dict.fromkeys(raw.credit or layer.source.attribution for raw in record.raw))


def source_line(layer: Layer, record: LayerRecord) -> SourceLine:
    """Return where a layer came from, as it is printed."""
    source, raw, sample = layer.source, record.raw, record.sample
    steps = record.built.processing if record.built is not None else ()
    return SourceLine(
        layer_id=layer.id,
        title_ja=layer.title_ja,
        title_en=layer.title_en,
        publisher=_publisher(layer, record),
        edition=say("product.sample_mark") if sample else _stated(record, "edition", source.edition),
        licence=say("product.sample_licence") if sample else _stated(record, "licence", source.licence),
        attribution=credit_line(layer, record),
        origin="; ".join(r.origin for r in raw),
        obtained=max((r.obtained for r in raw), default=""),
        sha256=" ".join(r.sha256[:_HASH_DIGITS] for r in raw),
        processing="、".join(say(f"processing.{step}") for step in steps),
        sample=sample,
    )


def _publisher(layer: Layer, record: LayerRecord) -> str:
    """Return the publisher; what the user brought under another credit is not the official one's."""
    if record.sample:
        return say("product.sample_publisher")
    is_other = any(raw.credit for raw in record.raw)
    return (
        say("product.other_publisher")
        if is_other
        else in_words(layer.source.publisher_ja, layer.source.publisher_en)
    )


def _stated(record: LayerRecord, field: str, official: str) -> str:
    """Return what was said of the files, or what holds for the official one."""
    return "；".join(dict.fromkeys(getattr(raw, field) or official for raw in record.raw))


def scenario_lines(preset: MapPreset, result: Result, changed: dict[str, Any]) -> tuple[ScenarioLine, ...]:
    """Return the conditions of the run: what the officer set needs no confirming by us."""
    return tuple(_scenario_line(key, result, preset, changed) for key in result.params)


def _scenario_line(key: str, result: Result, preset: MapPreset, changed: dict[str, Any]) -> ScenarioLine:
    known, value, basis = all_assumptions().get(key), result.params[key], result.basis.get(key)
    own = key in changed or key in preset.params
    label = (
        in_words(known.ja, known.en) if known else say(f"params.{key}") if has_text(f"params.{key}") else key
    )
    source = say("product.set_by_user") if key in changed else ""
    source = source or (say("product.set_by_preset") if own else _source_of(basis or known))
    return ScenarioLine(
        key=key,
        label=label,
        value=shown_value(key, value),
        unit=known.unit if known else "",
        source=source,
        verified=key in changed or _is_verified(basis, known, own=own),
        changed=key in changed,
    )


def _source_of(stated: Basis | Assumption | None) -> str:
    return stated.source if stated else ""


def _is_verified(basis: Basis | None, known: Assumption | None, *, own: bool) -> bool:
    """Tell whether a value needs no confirming: its source was read, or it is no planning number."""
    if basis is not None and not own:
        return basis.verified
    return known is None or (known.verified and not own)


def missing_table(result: Result, gathered: Gathered) -> pd.DataFrame:
    """Return what was not evaluated: layers that are absent and what the analysis says itself."""
    columns = ["what", "reason", "count"]
    reason = say("product.layer_absent")
    own = result.tables.get("not_evaluated")
    told = set() if own is None else set(own["what"])
    titles = [in_words(gathered.layers[i].title_ja, gathered.layers[i].title_en) for i in gathered.absent]
    rows = [(title, reason, pd.NA) for title in titles if title not in told]
    absent = pd.DataFrame(rows, columns=columns)
    if own is None or own.empty:
        return absent
    return pd.concat([own[columns], absent], ignore_index=True) if rows else own[columns]
