"""What the app does with the workspace: sample data, uploaded files, what a map needs."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from knr_gis.acquire import build_layers, import_files
from knr_gis.display import shown
from knr_gis.errors import SettingsError, StoreError
from knr_gis.ingest import Imported
from knr_gis.layers import THEMES, load_layers
from knr_gis.maps import MapPreset, arguments_of
from knr_gis.provenance import load_provenance, update_record, workspace_lock
from knr_gis.run import WALK_EXCLUSION
from knr_gis.sample import import_sample
from knr_gis.settings import Settings
from knr_gis.store import (
    GEOPACKAGE,
    forget_files,
    forget_unused,
    load_frame,
    refresh_geopackage,
)
from knr_gis.texts import say
from knr_gis.values import normal_text

Content = Literal["empty", "sample", "mixed", "own"]
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f\ud800-\udfff<>:"/\\|?*]')
_LONGEST_NAME = 80  # characters: 240 bytes of Japanese, below the 255 of most file systems
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def layer_titles(settings: Settings) -> dict[str, str]:
    """Return the title of every layer by its id, theme by theme."""
    layers = load_layers(settings.layers_dir).values()
    return {layer.id: layer.title_ja for layer in sorted(layers, key=lambda layer: THEMES.index(layer.theme))}


def content_of(workspace: Path) -> Content:
    """Tell what a workspace holds: nothing, the bundled sample, own files or both."""
    marks = {raw.sample for record in load_provenance(workspace).values() for raw in record.raw}
    if not marks:
        return "empty"
    if len(marks) == 2:
        return "mixed"
    return "sample" if True in marks else "own"


def load_sample(settings: Settings) -> int:
    """
    Take the bundled sample into an empty workspace and build it; return the number of layers.

    Raises
    ------
    SettingsError
        If the workspace holds anything already: sample and real data are not to be mixed.
    """
    if content_of(settings.workspace) != "empty":
        raise SettingsError("app.not_empty", workspace=settings.workspace.resolve())
    import_sample(settings)
    return len(build_layers(settings))


def drop_sample(settings: Settings) -> None:
    """Take every file of the bundled sample out of the workspace; own files stay."""
    records = load_provenance(settings.workspace)
    for layer_id, record in records.items():
        names = {raw.file for raw in record.raw if raw.sample}
        if names:
            forget_files(settings.workspace, layer_id, names)
    _forget_built_without_raw(settings.workspace)
    build_layers(settings)


def _forget_built_without_raw(workspace: Path) -> None:
    """Forget built layers that no raw file stands behind any more, also in the GeoPackage."""
    with workspace_lock(workspace):
        for layer_id, record in load_provenance(workspace).items():
            if not record.raw and record.built is not None:
                update_record(workspace, layer_id, built=None)
    forget_unused(workspace)
    if any(record.built for record in load_provenance(workspace).values()):
        refresh_geopackage(workspace)
    else:
        (workspace / GEOPACKAGE).unlink(missing_ok=True)


def safe_name(name: str) -> str:
    """
    Return the last part of an uploaded file's name as a name that stays in its folder on any system.

    Raises
    ------
    SettingsError
        If nothing of the name is left.
    """
    last = _FORBIDDEN.sub("_", re.split(r"[/\\]", name)[-1]).strip(" .")
    stem, dot, suffix = last.rpartition(".")
    if len(last) > _LONGEST_NAME:
        kept = suffix[:10] if dot else ""
        last = f"{(stem if dot else last)[: _LONGEST_NAME - len(kept) - 1]}.{kept}".strip(" .")
    if not last.strip("_. "):
        raise SettingsError("app.bad_name", name=name)
    return f"_{last}" if _DEVICES.match(last) else last


def files_to_import(names: Iterable[str]) -> list[str]:
    """
    Return which of the uploaded files are to be read: a shapefile's parts come with its ``.shp``.

    Raises
    ------
    SettingsError
        If two files have one name, or parts of a shapefile came without it.
    """
    listed = list(names)
    twice = sorted({name for name in listed if listed.count(name) > 1})
    if twice:
        raise SettingsError("app.same_name", name="、".join(twice))
    shapes = {Path(name).stem for name in listed if name.lower().endswith(".shp")}
    parts = [name for name in listed if name.lower().endswith(_SHAPE_PARTS)]
    alone = [name for name in parts if _shape_stem(name) not in shapes]
    if alone:
        raise SettingsError("app.no_shp", name="、".join(alone))
    return [name for name in listed if name not in parts]


_SHAPE_PARTS = (".dbf", ".shx", ".prj", ".cpg", ".qpj", ".sbn", ".sbx", ".shp.xml")


def _shape_stem(name: str) -> str:
    return name[: -len(".shp.xml")] if name.lower().endswith(".shp.xml") else Path(name).stem


def take_in(settings: Settings, layer_id: str, path: Path, stated: dict[str, Any]) -> Imported:
    """
    Import a file as a layer; files of the sample that the layer had go.

    Parameters
    ----------
    stated
        As ``import_files`` takes it.

    Raises
    ------
    KnrError
        If the file cannot be used; the workspace is as it was.
    """
    before = load_provenance(settings.workspace).get(layer_id)
    imported = import_files(settings, layer_id, (path,), **stated)[0]
    samples = {raw.file for raw in before.raw if raw.sample} if before is not None else set()
    if samples - {imported.raw.file}:
        forget_files(settings.workspace, layer_id, samples - {imported.raw.file})
    return imported


@dataclass(frozen=True)
class Need:
    """A layer that a map uses: whether the map can do without it, and whether it is there."""

    layer_id: str
    title: str
    required: bool
    present: bool


def needs_of(preset: MapPreset, settings: Settings) -> list[Need]:
    """Return the layers that the analysis of a map is given, the required ones first."""
    layers, provenance = load_layers(settings.layers_dir), load_provenance(settings.workspace)
    arguments = arguments_of(preset.analysis)
    needed: dict[str, bool] = {}
    for role, wanted in preset.inputs.items():
        ids = wanted if isinstance(wanted, tuple) else (wanted,)
        required = isinstance(wanted, str) and arguments[role].default is arguments[role].empty
        for layer_id in ids:
            needed[layer_id] = needed.get(layer_id, False) or required
    present = {layer_id for layer_id, record in provenance.items() if record.raw}
    found = [
        Need(i, layers[i].title_ja, required, i in present)
        for i, required in needed.items()
        if i != WALK_EXCLUSION and i in layers
    ]
    return sorted(found, key=lambda need: not need.required)


def spot_options(settings: Settings, layer_ids: tuple[str, ...]) -> dict[str, str]:
    """
    Return the places that a route can stop at: what the analysis is told, and the label.

    A name that several places share is told with its layer and municipality.
    """
    spots = [spot for layer_id in layer_ids for spot in _spots(settings, layer_id)]
    keys = [normal_text(name) for _, name, _ in spots]
    return {
        (name if keys.count(key) == 1 else f"{layer_id}:{name}" + (f"@{place}" if place else "")): _label(
            layer_id, name, place
        )
        for key, (layer_id, name, place) in zip(keys, spots, strict=True)
    }


def _spots(settings: Settings, layer_id: str) -> list[tuple[str, str, str]]:
    """Return layer, name and municipality of every named place of a built layer."""
    try:
        frame = load_frame(settings.workspace, layer_id)
    except StoreError:  # not there yet
        return []
    places = frame["municipality"] if "municipality" in frame else [""] * len(frame)
    names = frame["name"] if "name" in frame else [""] * len(frame)
    pairs = [(normal_text(n), str(n), normal_text(p)) for n, p in zip(names, places, strict=True)]
    return [(layer_id, name, place) for key, name, place in pairs if key]


def _label(layer_id: str, name: str, place: str) -> str:
    where = "・".join(filter(None, (shown("layer", layer_id), place)))
    return say("app.spot", name=name, where=where)
