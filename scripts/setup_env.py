"""Everything that the two commands need: a virtual environment made of the lock file, once.

Only the standard library is used, and only syntax that older Pythons can parse, so that they can say
in one line that they are too old.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "knr-setup.stamp"
UNFINISHED = VENV / "knr-setup.unfinished"
OLDEST = (3, 11)
TOO_OLD = (
    "knr-gis には Python 3.11 以上が必要です（これは {found}、{executable}）。"
    "新しい Python を入れ、例えば python3.11 {script} のように実行してください。"
)
MISLEADING = ("PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PROJ_LIB", "PROJ_DATA", "GDAL_DATA")


def ensure_environment() -> Path:
    """Return the Python of an environment that matches the lock file; make or mend it where needed."""
    require_python()
    sys.path.insert(0, str(ROOT))
    python = venv_python(VENV)
    wanted = wanted_stamp()
    if STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted and runs(python):
        return python
    require_venv()
    started = time.monotonic()
    announce(python)
    try:
        make_venv(python)
        install(python)
    except KeyboardInterrupt:
        leave("setup.interrupted")
    STAMP.write_text(wanted, encoding="utf-8")
    UNFINISHED.unlink()
    tell("setup.ready", seconds=time.monotonic() - started)
    return python


def require_python() -> None:
    """Leave with one line unless this Python is new enough."""
    if sys.version_info[:2] < OLDEST:
        found = ".".join(str(part) for part in sys.version_info[:3])
        sys.exit(TOO_OLD.format(found=found, executable=sys.executable, script=sys.argv[0]))


def require_venv() -> None:
    """Leave with one line if the standard library came without venv (Debian splits it off)."""
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        leave("setup.no_venv")


def venv_python(folder: Path) -> Path:
    """Return where a virtual environment keeps its Python on this system."""
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def wanted_stamp() -> str:
    """Return what a finished environment was made from: the lock, our own metadata, this folder."""
    digest = hashlib.sha256()
    for path in (LOCK, ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    digest.update(str(ROOT).encode())
    return digest.hexdigest()


def runs(python: Path) -> bool:
    """Tell whether an environment's Python starts (its base may have gone) and is new enough."""
    check = f"import sys; sys.exit(sys.version_info[:2] < {OLDEST})"
    try:
        return subprocess.run([str(python), "-c", check], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def announce(python: Path) -> None:
    """Say which of the three kinds of set-up begins."""
    if UNFINISHED.exists():
        tell("setup.redo", folder=VENV)
    else:
        tell("setup.update" if runs(python) else "setup.start", folder=VENV)


def make_venv(python: Path) -> None:
    """Make the environment, unless a sound one is there; an unfinished one is made again."""
    if UNFINISHED.exists() or not runs(python):
        try:
            shutil.rmtree(VENV, ignore_errors=True)
            VENV.mkdir(exist_ok=True)
            UNFINISHED.touch()
            subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True, env=clean_environment())
        except (OSError, subprocess.CalledProcessError) as error:
            leave("setup.make_failed", folder=VENV, reason=error)
    UNFINISHED.touch()


def install(python: Path) -> None:
    """Install what the lock file names, hash by hash, and this checkout itself as an editable package."""
    tell("setup.packages")
    pip(python, "--no-deps", "--require-hashes", "-r", str(LOCK))
    tell("setup.own")
    pip(python, "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    point_relatively()


def point_relatively() -> None:
    """Let the editable install point to the checkout by a relative path.

    Pythons before 3.13 read .pth files in the locale's encoding: an absolute path with Japanese
    letters, written as UTF-8, would keep every Python of the environment from starting on Windows.
    """
    for pointer in VENV.rglob("*knr_gis*.pth"):
        pointer.write_text(os.path.relpath(str(ROOT), str(pointer.parent)) + "\n", encoding="ascii")


def pip(python: Path, *arguments: str) -> None:
    """Run pip install in the environment; leave with one line after pip's own if it fails."""
    command = [str(python), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    if subprocess.run([*command, *arguments], check=False, env=clean_environment()).returncode != 0:
        leave("setup.install_failed")


def clean_environment() -> "dict[str, str]":
    """Return the environment without what would lead Python, pip, PROJ or GDAL to another installation."""
    kept = {name: value for name, value in os.environ.items() if name not in MISLEADING}
    return {**kept, "PIP_USER": "0", "PYTHONUTF8": "1"}


def tell(key: str, **values: Any) -> None:
    """Print a sentence of texts/<language>/setup.toml at once, whatever the console's encoding."""
    from knr_gis.texts import say  # noqa: PLC0415 - after the check of the Python version

    encoding = sys.stdout.encoding or "utf-8"
    print(say(key, **values).encode(encoding, "replace").decode(encoding), flush=True)


def leave(key: str, **values: Any) -> None:
    """Leave with one line and status 1."""
    from knr_gis.texts import say  # noqa: PLC0415 - after the check of the Python version

    sys.exit(say(key, **values))
