"""An analysis in parts on several processes or machines: the only door to dask.

Every part is a file that is whole or not there, named by what it was made of: a worker that dies loses
the part it was at, which another makes again; a run that is broken off goes on where it was.
"""

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely

from knr_gis import __version__
from knr_gis.analyses.conflict.partition import CONFLICT
from knr_gis.analyses.exposure.partition import EXPOSURE
from knr_gis.assemble import Gathered, assemble
from knr_gis.errors import AnalysisError, KnrError, OutputError, SettingsError, StoreError
from knr_gis.export.geodata import write_geoparquet
from knr_gis.maps import MapPreset, load_presets, parse_settings, require_preset
from knr_gis.region import load_region
from knr_gis.result import Note, Result
from knr_gis.run import RunOptions, RunOutcome, analysis_inputs, gather, write_products
from knr_gis.settings import Settings
from knr_gis.store import load_part, load_table, save_part

if TYPE_CHECKING:
    from distributed import Client

DIVISIONS = {"exposure": EXPOSURE, "conflict": CONFLICT}
_CONNECT_S, _WORKERS_S = 15, 60


@dataclass(frozen=True)
class ScaleOptions:
    """
    What the user chose for a run in parts.

    Parameters
    ----------
    scheduler
        Address of a dask scheduler (``tcp://10.0.0.5:8786``); empty for a cluster on this machine.
    workers
        Processes of the cluster on this machine; 0 for one per core.
    pairs
        ``key=value`` of each ``--set``.
    """

    scheduler: str = ""
    workers: int = 0
    pairs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Job:
    """
    What a worker is told: where the layers are and where the parts go. All paths are absolute.

    Parameters
    ----------
    inputs
        Argument of the analysis, layer id and file (GeoParquet), one for each layer.
    grouped
        Arguments that take layers by id.
    params
        Scenario values as JSON: a job must be a key.
    fingerprint
        Digest of all that a part is made of.
    """

    version: str
    analysis: str
    inputs: tuple[tuple[str, str, Path], ...]
    grouped: tuple[str, ...]
    params: str
    parts: Path
    fingerprint: str

    def path(self, position: int) -> Path:
        """Return the file of the part of a municipality, given its row in the layer."""
        return self.parts / f"{position:05d}-{self.fingerprint[:16]}.parquet"


def scale_map(settings: Settings, map_id: str, out: Path, options: ScaleOptions | None = None) -> RunOutcome:
    """
    Make the summary of a map and its municipalities, one part for each municipality, on a cluster.

    Parameters
    ----------
    out
        Folder for ``<map_id>.summary.csv`` and ``<map_id>.municipalities.parquet`` (GeoParquet); the parts
        are kept in ``out/parts`` and are used again where nothing that they were made of has changed.

    Raises
    ------
    KnrError
        If the extra is not installed, the analysis cannot be made in parts, the scheduler does not answer,
        or a layer or product cannot be used or written.
    """
    chosen = options or ScaleOptions()
    preset = require_preset(load_presets(settings.maps_dir), map_id)
    division = DIVISIONS.get(preset.analysis)
    if division is None:
        raise SettingsError(
            "cluster.whole_only", map=map_id, analysis=preset.analysis, known=",".join(DIVISIONS)
        )
    require_distributed()
    changed = parse_settings(chosen.pairs, preset)
    gathered = gather(settings, preset, load_region(settings.region_file))
    job = make_job(settings, preset, gathered, out=out, params={**preset.params, **changed})
    inputs = {k: v for k, v in analysis_inputs(preset, gathered).items() if k in division.roles}
    study = division.make_study(**inputs, **json.loads(job.params))
    lacking = [k for k in range(division.count(study)) if load_part(job.path(k)) is None]
    if lacking:
        with _client(chosen) as client:
            _make_parts(client, job, lacking)
    result = _merged(study, job, made=len(lacking))
    product = assemble(preset, result, gathered, changed)
    files = write_products(product, out, RunOptions()).files
    files["parquet"] = out / f"{preset.id}.municipalities.parquet"
    write_geoparquet(product, "municipalities", files["parquet"])
    return RunOutcome(product, files)


def require_distributed() -> ModuleType:
    """Return ``distributed``, or raise SettingsError saying how to install it."""
    try:
        import distributed  # noqa: PLC0415  an extra
    except ImportError as error:
        raise SettingsError("cluster.no_extra") from error
    return distributed


def make_job(
    settings: Settings, preset: MapPreset, gathered: Gathered, *, out: Path, params: dict[str, Any]
) -> Job:
    """Return the job of a run: the built layers that its analysis is given, and their fingerprint."""
    inputs, digests = [], []
    division, grouped = DIVISIONS[preset.analysis], []
    for role in division.roles:
        wanted = preset.inputs.get(role, ())
        grouped += [] if isinstance(wanted, str) else [role]
        for layer_id in [wanted] if isinstance(wanted, str) else wanted:
            record = gathered.provenance.get(layer_id)
            if layer_id in gathered.frames and record is not None and record.built is not None:
                inputs.append((role, layer_id, (settings.workspace / record.built.file).resolve()))
                digests.append((role, layer_id, record.built.digest))
    asked = {k: v for k, v in params.items() if k not in division.unasked}
    told = json.dumps(asked, sort_keys=True, ensure_ascii=False)
    made_of = (__version__, shapely.geos_version_string, preset.analysis, digests, told)
    digest = hashlib.sha256(repr(made_of).encode()).hexdigest()
    where, groups = (out / "parts").resolve(), tuple(dict.fromkeys(grouped))
    return Job(__version__, preset.analysis, tuple(inputs), groups, told, where, digest)


@lru_cache(maxsize=1)
def _study_of(job: Job) -> Any:
    """Return the study of a job; a worker process reads its layers once."""
    layers: dict[str, Any] = {role: {} for role in job.grouped}
    for role, layer_id, path in job.inputs:
        if not path.is_file():
            raise StoreError("cluster.not_shared", path=path)
        if role in job.grouped:
            layers[role][layer_id] = load_table(path)
        else:
            layers[role] = load_table(path)
    return DIVISIONS[job.analysis].make_study(**layers, **json.loads(job.params))


def do_part(job: Job, position: int) -> None:
    """
    Make and keep the part of one municipality, on a worker.

    Raises
    ------
    SettingsError
        If the worker has another version of knr-gis.
    StoreError
        If the worker does not see the workspace.
    """
    if job.version != __version__:
        raise SettingsError("cluster.other_version", theirs=__version__, ours=job.version)
    study = _study_of(job)
    started = time.perf_counter()
    part = DIVISIONS[job.analysis].make_part(study, position)
    save_part(job.path(position), part.assign(seconds=time.perf_counter() - started))


@contextmanager
def _client(options: ScaleOptions) -> Iterator["Client"]:
    """Yield a client of the scheduler, or of a cluster made for the block on this machine."""
    distributed = require_distributed()
    if options.scheduler:
        try:
            client = distributed.Client(options.scheduler, timeout=_CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise SettingsError("cluster.no_scheduler", address=options.scheduler) from error
        with client:
            _require_workers(client, options.scheduler)
            yield client
        return
    with (
        distributed.LocalCluster(
            n_workers=options.workers or None, threads_per_worker=1, processes=True, host="127.0.0.1",
            scheduler_port=0, dashboard_address=None, silence_logs="ERROR",
        ) as cluster,
        distributed.Client(cluster) as client,
    ):  # fmt: skip
        yield client


def _require_workers(client: Any, address: str) -> None:
    """Raise SettingsError where no worker joins the scheduler: a run would wait for ever."""
    try:
        client.wait_for_workers(1, timeout=_WORKERS_S)
    except TimeoutError as error:
        raise SettingsError("cluster.no_workers", address=address) from error


def _make_parts(client: Any, job: Job, positions: list[int]) -> None:
    """Have the parts made; what a dead worker was at is made by another."""
    distributed = require_distributed()
    futures = client.map(do_part, [job] * len(positions), positions, pure=False)
    try:
        client.gather(futures)
    except KnrError:
        raise
    except distributed.KilledWorker as error:
        raise AnalysisError("cluster.workers_die", reason=error.task) from error
    except (ImportError, RuntimeError) as error:  # the worker cannot read what it is sent
        raise SettingsError("cluster.worker_failed", reason=error) from error


def _merged(study: Any, job: Job, *, made: int) -> Result:
    """Return the result that the parts make together."""
    division = DIVISIONS[job.analysis]
    parts = [load_part(job.path(k)) for k in range(division.count(study))]
    whole = [part for part in parts if part is not None]
    if len(whole) < len(parts):
        raise OutputError("cluster.parts_lost", path=job.parts)
    merged = division.merge(study, whole)
    seconds = pd.Series([part["seconds"].iloc[0] for part in whole])
    told = {"parts": len(parts), "made": made, "kept": len(parts) - made}
    cost = {"mean": f"{seconds.mean():.2f}", "most": f"{seconds.max():.2f}"}
    return Result(
        name=job.analysis,
        headline=Note("cluster.headline", {**told, **cost}),
        features={"municipalities": merged.municipalities},
        summary=merged.summary,
        params=merged.params,
        assumptions=merged.assumptions,
        notes=(Note("cluster.note_summary_only"),),
    )
