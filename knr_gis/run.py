"""One run: a preset, the layers of the workspace, an analysis, and the products written."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd

from knr_gis.analyses import ANALYSES
from knr_gis.assemble import Gathered, assemble
from knr_gis.background import DRAWN_FORMATS, with_ground
from knr_gis.build import ensure_built
from knr_gis.english import renamed, renamed_layer, town_names
from knr_gis.errors import NothingToWriteError, SettingsError, StoreError
from knr_gis.excerpt import excerpt_of, find_municipality
from knr_gis.export import WRITERS
from knr_gis.figure import PaperChoice, write_atlas, write_map_pdf, write_map_png
from knr_gis.grid import Grid
from knr_gis.keeping import kept_in
from knr_gis.layers import Layer, load_layers, require_layer
from knr_gis.maps import (
    FORMATS,
    MapPreset,
    arguments_of,
    file_name,
    load_presets,
    parse_settings,
    require_preset,
)
from knr_gis.product import Product
from knr_gis.provenance import load_provenance
from knr_gis.region import Municipality, Region, load_region, walk_exclusion_area
from knr_gis.report import write_report_docx, write_report_pdf
from knr_gis.settings import Settings
from knr_gis.store import SplitCache, load_frame, load_grid
from knr_gis.surface import elevation_bands
from knr_gis.texts import speaking
from knr_gis.webmap import write_webmap

WALK_EXCLUSION = "walk_exclusion"
REPORTS = ("pdf", "docx")  # what is written of a municipality where no format is named
PAPER_FORMATS = (*REPORTS, "png", "map_pdf")  # what there is of a municipality at all


@dataclass(frozen=True)
class Towns:
    """The municipalities that reports are made of one by one, all with their areas, and the templates."""

    chosen: tuple[Municipality, ...]
    land: gpd.GeoDataFrame | None
    templates: Path | None


@dataclass(frozen=True)
class RunOptions:
    """
    What the user chose for a run.

    Parameters
    ----------
    pairs
        ``key=value`` of each ``--set``.
    formats
        Formats to write; empty for those of the preset. ``summary.csv`` is always written.
    online_base
        Offer GSI tiles as base maps (the map then asks the network for them).
    light
        Keep the web map below 8 MB (for mail) rather than 25 MB, drawn more simply where that needs it.
    municipality
        Name or code of a municipality: paper formats are written for it, others for the whole region.
    each
        ``"municipality"``: paper formats are written for each of them.
    language
        ``"ja"`` or ``"en"``; empty for that of the user.
    fitting
        Leave out formats that the result has nothing for (a calendar of a trip without a date) and say so,
        rather than end the run; it is so too where ``formats`` is empty.
    paper
        How print maps are laid out. With an atlas, it is written too; a scale then is that of its pages, and
        the map on one sheet keeps the largest that it fits at.
    """

    pairs: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    online_base: bool = False
    light: bool = False
    fitting: bool = False
    municipality: str = ""
    each: str = ""
    language: str = ""
    paper: PaperChoice = field(default_factory=PaperChoice)


@dataclass(frozen=True)
class RunOutcome:
    """
    What a run made.

    Parameters
    ----------
    files
        The files that the product was written to, by format.
    left_out
        Why a format was left out, in a sentence each.
    """

    product: Product
    files: dict[str, Path]
    left_out: tuple[str, ...] = ()


def run_map(settings: Settings, map_id: str, out: Path, options: RunOptions | None = None) -> RunOutcome:
    """
    Make one map or report.

    Parameters
    ----------
    out
        Folder for the products; files are named ``<map_id>.<format>``.

    Raises
    ------
    KnrError
        If a definition, a layer, a scenario value or a product cannot be used or written.
    """
    chosen = options or RunOptions()
    with speaking(chosen.language):
        return _run(settings, map_id, out, chosen)


def _run(settings: Settings, map_id: str, out: Path, chosen: RunOptions) -> RunOutcome:
    preset = require_preset(load_presets(settings.maps_dir), map_id)
    towns = chosen_towns(load_region(settings.region_file), chosen)
    formats = require_formats(chosen.formats or (REPORTS if towns else preset.formats))
    formats += ("atlas",) * bool(chosen.paper.atlas)
    changed = parse_settings(chosen.pairs, preset)
    region = load_region(settings.region_file)
    gathered = gather(settings, preset, region)
    inputs = analysis_inputs(preset, gathered)
    with kept_in(SplitCache(settings.workspace / "cache")):
        result = ANALYSES[preset.analysis](**inputs, **{**preset.params, **changed})
    names = town_names(region)
    frames = {i: renamed_layer(frame, names) for i, frame in gathered.frames.items()}
    gathered = replace(gathered, frames=frames)
    product = assemble(preset, renamed(result, names), gathered, changed)
    if DRAWN_FORMATS.intersection(formats):
        product = with_ground(product, settings, gathered.layers, region)
    options = replace(chosen, formats=formats, fitting=chosen.fitting or not chosen.formats)
    if not towns:
        return write_products(product, out, options, settings.templates_dir)
    return write_excerpts(
        product, out, options, Towns(towns, frames.get("municipalities"), settings.templates_dir)
    )


def require_formats(formats: tuple[str, ...]) -> tuple[str, ...]:
    """Return the formats, or raise SettingsError naming the unknown one."""
    for name in formats:
        if name not in FORMATS:
            raise SettingsError("run.bad_format", name=name, known=",".join(FORMATS))
    return formats


def gather(settings: Settings, preset: MapPreset, region: Region) -> Gathered:
    """Return the layers that a preset names, built where they were out of date."""
    layers = load_layers(settings.layers_dir)
    wanted = [i for i in preset.layer_ids if i != WALK_EXCLUSION]
    for layer_id in wanted:
        require_layer(layers, layer_id)
    ensure_built(settings, layers, region, [*wanted, "lakes"])
    provenance = load_provenance(settings.workspace)
    built = [i for i in layers if i in provenance and provenance[i].built is not None]
    present = {*wanted, "lakes"} & set(built)
    grids = {i: load_grid(settings.workspace, i) for i in present if layers[i].geometry == "raster"}
    frames = {i: load_frame(settings.workspace, i) for i in present - grids.keys()}
    drawn = {entry.layer for entry in preset.shown}
    frames |= {i: _bands(grid, layers[i]) for i, grid in grids.items() if i in drawn}
    absent = tuple(i for i in wanted if i not in built)
    return Gathered(region, layers, provenance, frames, absent, grids)


def _bands(grid: Grid, layer: Layer) -> gpd.GeoDataFrame:
    """Return terrain as bands between the heights of its legend."""
    return elevation_bands(grid, [c.lower for c in layer.style.classes if c.lower is not None])


def analysis_inputs(preset: MapPreset, gathered: Gathered) -> dict[str, Any]:
    """
    Return the arguments of the analysis that are layers.

    Raises
    ------
    StoreError
        If a layer that the analysis cannot do without is not in the workspace.
    """
    arguments = arguments_of(preset.analysis)
    inputs: dict[str, Any] = {}
    for role, wanted in preset.inputs.items():
        optional = arguments[role].default is not arguments[role].empty
        if isinstance(wanted, tuple):
            inputs[role] = {i: gathered.frames[i] for i in wanted if i in gathered.frames}
        elif wanted == WALK_EXCLUSION:
            inputs[role] = _exclusion_frame(gathered)
        elif wanted in gathered.grids:
            inputs[role] = gathered.grids[wanted]
        elif wanted in gathered.frames:
            inputs[role] = gathered.frames[wanted]
        elif not optional:
            raise StoreError("run.layer_needed", layer=gathered.layers[wanted].title_ja, id=wanted)
    return inputs


def _exclusion_frame(gathered: Gathered) -> gpd.GeoDataFrame:
    area = walk_exclusion_area(gathered.region, gathered.frames.get("lakes"))
    return gpd.GeoDataFrame(geometry=[area], crs=gathered.region.crs)


def write_products(
    product: Product, out: Path, options: RunOptions, templates: Path | None = None
) -> RunOutcome:
    """
    Write the summary and every format asked for; the first failure ends the run.

    Parameters
    ----------
    templates
        Folder of the office's own report templates.
    """
    writers: dict[str, Callable[[Product, Path], None]] = {
        **WRITERS,
        "html": partial(write_webmap, online_base=options.online_base, light=options.light),
        **_paper_writers(options.paper, templates),
    }
    files: dict[str, Path] = {}
    left_out: list[str] = []
    for name in dict.fromkeys(("csv", *options.formats)):
        path = out / file_name(product.id, name)
        try:
            writers[name](product, path)
        except NothingToWriteError as error:
            if not options.fitting:
                raise
            left_out.append(str(error))
        else:
            files[name] = path
    return RunOutcome(product, files, tuple(left_out))


def chosen_towns(region: Region, options: RunOptions) -> tuple[Municipality, ...]:
    """
    Return the municipalities that reports are asked for one by one; none for the report of the region.

    Raises
    ------
    SettingsError
        If there is no such municipality, or both ways of choosing are used.
    """
    if options.municipality and options.each:
        raise SettingsError("excerpt.both")
    if options.municipality:
        return (find_municipality(region, options.municipality),)
    if options.each not in ("", "municipality"):
        raise SettingsError("excerpt.each", name=options.each)
    return region.municipalities if options.each else ()


def write_excerpts(product: Product, out: Path, options: RunOptions, towns: Towns) -> RunOutcome:
    """Write the paper formats of each municipality, and for the region the workbook with all figures."""
    whole = replace(options, formats=("xlsx", *(f for f in options.formats if f not in PAPER_FORMATS)))
    outcome = write_products(product, out, whole)
    files, product_shown = dict(outcome.files), product
    for town in towns.chosen:
        product_shown = excerpt_of(product, town, land=towns.land, book=file_name(product.id, "xlsx"))
        for name in (f for f in dict.fromkeys(options.formats) if f in PAPER_FORMATS):
            path = out / file_name(product_shown.id, name)
            _paper_writers(options.paper, towns.templates)[name](product_shown, path)
            files[f"{name} {town.code}"] = path
    return replace(outcome, product=product_shown if len(towns.chosen) == 1 else product, files=files)


def _paper_writers(choice: PaperChoice, templates: Path | None) -> dict[str, Callable[[Product, Path], None]]:
    """Return the writers of paper as the user wants it."""
    one = replace(choice, scale=None) if choice.atlas else choice
    return {
        "png": partial(write_map_png, choice=one),
        "map_pdf": partial(write_map_pdf, choice=one),
        "atlas": partial(write_atlas, choice=choice),
        "pdf": partial(write_report_pdf, templates=templates, choice=choice),
        "docx": partial(write_report_docx, templates=templates, choice=choice),
    }
