"""The folder of products: one folder for each run, and nothing else is handed out."""

import datetime as dt
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from knr_gis.maps import FORMATS, SUFFIXES, file_name
from knr_gis.run import RunOptions, RunOutcome, run_map
from knr_gis.settings import Settings

_SUFFIXES = "|".join(re.escape(SUFFIXES.get(name, name)) for name in FORMATS)
_FOLDER = re.compile(r"(?P<map_id>[\w-]+)_(?P<time>\d{8}-\d{6})(?:-\d+)?")
_UNFINISHED: set[Path] = set()
_FILE = re.compile(rf"[\w-]+\.(?:{_SUFFIXES})")


@dataclass(frozen=True)
class PastRun:
    """A run whose products are in the folder: the map, when, and the files by format."""

    folder: Path
    map_id: str
    time: dt.datetime
    files: dict[str, Path]


def run_into_shelf(settings: Settings, map_id: str, out: Path, options: RunOptions) -> RunOutcome:
    """
    Run a map into a folder of its own: runs of two windows, or of yesterday, are not written over.

    Raises
    ------
    KnrError, OSError
        As ``run_map``; nothing is left of the folder then.
    """
    folder = _new_folder(out, map_id)
    _UNFINISHED.add(folder)
    try:
        outcome = run_map(settings, map_id, folder, options)
        _UNFINISHED.discard(folder)
    finally:
        _sweep(folder)
    return outcome


def sweep_unfinished() -> None:
    """Take away the folders of runs that are not finished: the program is about to end."""
    for folder in tuple(_UNFINISHED):
        _sweep(folder)


def _sweep(folder: Path) -> None:
    if folder in _UNFINISHED:
        shutil.rmtree(folder, ignore_errors=True)
        _UNFINISHED.discard(folder)


def _new_folder(out: Path, map_id: str) -> Path:
    stem = f"{map_id}_{dt.datetime.now().astimezone():%Y%m%d-%H%M%S}"
    for number in range(1000):
        folder = out / (stem if number == 0 else f"{stem}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        return folder
    raise FileExistsError(stem)


def product_path(out: Path, folder: str, name: str) -> Path | None:
    """Return the product of that name, or None: only plain files that a run wrote are handed out."""
    if not (_FOLDER.fullmatch(folder) and _FILE.fullmatch(name)):
        return None
    path = out / folder / name
    is_plain = path.is_file() and path.resolve() == out.resolve() / folder / name
    return path if is_plain else None


def past_runs(out: Path, most: int = 20) -> list[PastRun]:
    """Return the runs whose products are in the folder, the latest first."""
    found = [run for path in out.glob("*_*") if (run := _past_run(out, path)) is not None]
    return sorted(found, key=_by_time, reverse=True)[:most]


def _by_time(run: PastRun) -> tuple[dt.datetime, str]:
    return run.time, run.folder.name


def _past_run(out: Path, path: Path) -> PastRun | None:
    match = _FOLDER.fullmatch(path.name)
    if match is None or not path.is_dir() or path in _UNFINISHED:
        return None
    try:
        time = dt.datetime.strptime(match["time"], "%Y%m%d-%H%M%S").astimezone()
    except ValueError:
        return None
    names = {name: file_name(match["map_id"], name) for name in FORMATS}
    files = {name: path / n for name, n in names.items() if product_path(out, path.name, n)}
    return PastRun(path, match["map_id"], time, files) if files else None
