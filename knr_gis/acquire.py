"""Layers into the workspace by command: fetch, import, build."""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from knr_gis.build import BOUNDARY, Surroundings, ensure_built, load_surroundings
from knr_gis.definitions import toml_value
from knr_gis.errors import FetchError, KnrError, SettingsError, StoreError
from knr_gis.fetch import fetch_each
from knr_gis.fetch_job import Progress, no_progress
from knr_gis.fetched import FetchedFile
from knr_gis.ingest import Imported, Statement, import_file
from knr_gis.layers import Layer, load_layers, require_layer
from knr_gis.provenance import load_provenance
from knr_gis.region import load_region
from knr_gis.settings import Settings
from knr_gis.store import forget_files, raw_folder
from knr_gis.texts import say

_SEVERAL = 2


@dataclass(frozen=True)
class FetchReport:
    """What was fetched, in sentences, and what failed."""

    lines: list[str]
    failures: list[KnrError]


def fetch_layers(
    settings: Settings,
    layer_ids: tuple[str, ...],
    *,
    mirror: str | None = None,
    force: bool = False,
    progress: Progress = no_progress,
) -> FetchReport:
    """
    Download the official files of layers and take them into the workspace.

    With no ids, every layer that has a download address is fetched; one failure does not keep
    the others from being tried, neither other layers nor other files of the same layer.
    """
    layers = load_layers(settings.layers_dir)
    wanted = [require_layer(layers, i) for i in layer_ids] or _downloadable(layers)
    lines: list[str] = []
    failures: list[KnrError] = []
    for layer in wanted:
        done, failed = _fetch_one(settings, layer, mirror, progress, force=force)
        lines += done
        failures += failed
    return FetchReport(lines, failures)


def _downloadable(layers: dict[str, Layer]) -> list[Layer]:
    """Return the layers with addresses, the municipalities first: the others are clipped by them."""
    found = [layer for layer in layers.values() if layer.source.downloads]
    return sorted(found, key=lambda layer: layer.id != BOUNDARY)


def _fetch_one(
    settings: Settings, layer: Layer, mirror: str | None, progress: Progress, *, force: bool
) -> tuple[list[str], list[KnrError]]:
    """Fetch the files of one layer, take in each that came, and return what to say and what failed."""
    folder = raw_folder(settings.workspace, layer.id)
    around = load_surroundings(settings.workspace, load_region(settings.region_file), layer.id)
    lines: list[str] = []
    failures: list[KnrError] = []
    try:
        files = fetch_each(
            layer, raw_dir=folder, settings=settings, mirror=mirror, force=force, progress=progress
        )
        for file in files:
            try:
                lines.append(_take_in(settings, layer, around, file))
            except KnrError as error:
                failures.append(error)
    except KnrError as error:
        failures.append(error)
    return lines, _absent_together(failures, layer, n_taken=len(lines))


def _take_in(settings: Settings, layer: Layer, around: Surroundings, file: FetchedFile | FetchError) -> str:
    """Read a file that came through, record it, and return the sentence that says so."""
    if isinstance(file, FetchError):
        raise file
    import_file(settings, layer, around, file.path, Statement(origin=file.url))
    return say("cli.fetched", layer=layer.title_ja, file=file.path.name, size=f"{file.size_bytes:,}")


def _absent_together(failures: list[KnrError], layer: Layer, *, n_taken: int) -> list[KnrError]:
    """Return the failures, several files that a mirror lacks as one: 1 次メッシュ are many."""
    absent = [error for error in failures if error.key == "fetch.not_in_mirror"]
    if len(absent) + n_taken < _SEVERAL or not absent:
        return failures
    values = {"layer": layer.title_ja, "count": len(absent), "taken": n_taken, "page": layer.source.page}
    names = "、".join(str(error.values["name"]) for error in absent)
    together = FetchError(
        "fetch.several_not_in_mirror", **values, names=names, folder=absent[0].values["folder"]
    )
    return [together, *(error for error in failures if error not in absent)]


def import_files(settings: Settings, layer_id: str, files: tuple[Path, ...], **stated: Any) -> list[Imported]:
    """
    Import local files as one layer.

    Parameters
    ----------
    stated
        ``crs``, ``encoding``, ``constants`` (pairs ``column=value``), ``credit``, ``licence``,
        ``edition`` and ``replace`` as on the command line.

    Raises
    ------
    KnrError
        On the first file that cannot be used. Files before it stay imported; it leaves no trace.
    """
    layer = require_layer(load_layers(settings.layers_dir), layer_id)
    around = load_surroundings(settings.workspace, load_region(settings.region_file), layer_id)
    constants = dict(_parse_constant(pair) for pair in stated.get("constants", ()))
    told = {key: stated.get(key, "") for key in ("crs", "encoding", "credit", "licence", "edition")}
    statement = Statement(**told, constants=constants)
    before = load_provenance(settings.workspace).get(layer_id)
    imported = [
        import_file(settings, layer, around, path, replace(statement, name=name))
        for path, name in _own_names(files).items()
    ]
    if stated.get("replace") and before is not None:
        forget_files(
            settings.workspace, layer_id, {r.file for r in before.raw} - {i.raw.file for i in imported}
        )
    return imported


def _own_names(files: tuple[Path, ...]) -> dict[Path, str]:
    """
    Return the files of a command with a name each; empty where a file's own will do.

    Towns call their lists alike: such files are told apart by the folder that they come from.
    """
    shared = {name for name, count in Counter(path.name for path in files).items() if count > 1}
    names = {
        path: f"{path.resolve().parent.name}_{path.name}" if path.name in shared else "" for path in files
    }
    twice = [name for name, count in Counter(filter(None, names.values())).items() if count > 1]
    if twice:
        raise SettingsError("acquire.same_names", name=twice[0])
    return names


def _parse_constant(pair: str) -> tuple[str, Any]:
    """Return ``("walk", False)`` of ``walk=false``; what is not TOML is text."""
    name, equals, text = pair.partition("=")
    if not equals:
        raise SettingsError("acquire.bad_constant", pair=pair)
    return name.strip(), toml_value(text.strip())


def build_layers(settings: Settings, layer_ids: tuple[str, ...] = ()) -> dict[str, int]:
    """
    Build the layers that are out of date (all, or those named) and return their rows by id.

    Raises
    ------
    StoreError
        If a layer is named that has no raw file.
    """
    layers = load_layers(settings.layers_dir)
    region = load_region(settings.region_file)
    for layer_id in layer_ids:
        require_layer(layers, layer_id)
        require_raw(settings.workspace, layers[layer_id])
    wanted = list(layer_ids) or [i for i in load_provenance(settings.workspace) if i in layers]
    built = ensure_built(settings, layers, region, wanted)
    provenance = load_provenance(settings.workspace)
    return {i: b.rows for i in built if (b := provenance[i].built) is not None}


def require_raw(workspace: Path, layer: Layer) -> None:
    """Raise StoreError unless the layer has a raw file."""
    record = load_provenance(workspace).get(layer.id)
    if record is None or not record.raw:
        raise StoreError("build.no_raw", layer=layer.title_ja, id=layer.id)
